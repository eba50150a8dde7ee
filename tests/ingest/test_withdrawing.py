"""A file taken back: what stands afterwards is what would stand had it never come."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage

from indicators.day_services import rebuild_city_days
from indicators.known_days import city_days
from indicators.known_figures import figure_record
from indicators.models import AirDay, AirHour, DirtyAirDay, Figure, Revision, Submission, WaterValue
from ingest import services
from ingest.withdrawing import CannotWithdrawError, withdraw_submission
from tests.ingest import files

pytestmark = pytest.mark.django_db

HOUR_FIELDS = ("site", "ts", "pm25_ng", "pm10_ng", "so2_ng", "no2_ng", "o3_ng", "co_ug", "submission")


@pytest.fixture
def clerk(db) -> User:
    return User.objects.create_user("clerk")


def loaded(name: str, text: str, **notes: str) -> Submission:
    received = services.receive_file(name, text.encode(), via=Submission.Via.UPLOAD, **notes)
    return services.load_submission(received.submission.pk)


@pytest.mark.services
def test_hours_step_back_to_the_file_before_and_the_day_follows(stations, clerk):
    first = loaded("a.csv", files.national("20210301", range(1, 24)))
    wrong = loaded("b.csv", files.national("20210301", range(1, 13), {"PM2.5": "44"}))
    rebuild_city_days()
    withdraw_submission(wrong.pk, clerk, "站点填错")
    assert set(AirHour.objects.values_list("pm25_ng", "pm10_ng", "submission")) == {(30_000, 50_000, first.pk)}
    assert DirtyAirDay.objects.exists()
    rebuild_city_days()
    assert AirDay.objects.get().pm25_fg == 30 * 10**9
    wrong.refresh_from_db()
    assert (wrong.state, wrong.reason, wrong.decided_by) == ("withdrawn", "站点填错", clerk)
    back = Revision.objects.filter(old_submission=wrong)
    assert {(r.old_value, r.new_value, r.new_submission_id) for r in back} == {(44, 30, first.pk)}


def test_hours_that_nobody_else_gave_are_unknown_again_and_earlier_days_still_show_them(stations, clerk):
    wrong = loaded("a.csv", files.national("20210301", range(1, 24)))
    rebuild_city_days()
    withdraw_submission(wrong.pk, clerk, "演练数据")
    rebuild_city_days()
    assert not AirHour.objects.exists()
    assert not AirDay.objects.exists()
    day = date(2021, 3, 1)
    assert city_days(["430400"], day, day)["430400"].figures["pm25"][0] < 0
    assert city_days(["430400"], day, day, as_of=day)["430400"].figures["pm25"][0] == 30 * 10**9


def test_a_later_file_that_said_the_same_keeps_its_values(stations, clerk):
    wrong = loaded("a.csv", files.national("20210301", range(1, 24)))
    again = loaded("b.csv", files.national("20210301", range(1, 24)) + "\n")
    assert again.rows_stored == 0
    withdraw_submission(wrong.pk, clerk, "重复")
    assert set(AirHour.objects.values_list("pm25_ng", "submission")) == {(30_000, again.pk)}


@pytest.mark.parametrize("seed", range(6))
def test_any_file_withdrawn_leaves_the_table_of_the_others(stations, clerk, seed):
    chance = random.Random(seed)
    texts = []
    for _ in range(4):
        hours = sorted(chance.sample(range(1, 6), 3))
        values = {item: str(chance.randint(1, 9)) for item in chance.sample(sorted(files.PLAIN), 3)}
        texts.append((files.national("20210301", hours, values), chance.choice(["", "", "reviewed"])))
    taken = chance.randrange(4)
    found = [loaded(f"{seed}-{n}.csv", text, review=review) for n, (text, review) in enumerate(texts)]
    withdraw_submission(found[taken].pk, clerk, "试")
    after = set(AirHour.objects.values_list(*HOUR_FIELDS[:-1]))
    AirHour.objects.all().delete()
    Submission.objects.filter(pk=found[taken].pk).update(state="withdrawn")
    for n, submission in enumerate(found):
        if n != taken:
            services.reread_submission(submission.pk)
            services.load_submission(submission.pk)
    assert after == set(AirHour.objects.values_list(*HOUR_FIELDS[:-1]))


def day_line(chance: random.Random, day: int) -> str:
    """A line of layout (c): some of its figures are missing (0)."""
    fine, coarse, so2, co, no2 = (chance.choice([0, chance.randint(1, 9)]) for _ in range(5))
    return f"衡阳,2020-03-{day:02d},62,50~70,良,{fine},{coarse},{so2},{co},{no2},88,100\n"


@pytest.mark.parametrize("seed", range(8))
def test_any_printed_days_withdrawn_leave_the_table_of_the_others(clerk, seed):
    chance = random.Random(seed)
    texts = [
        ("".join(day_line(chance, day) for day in chance.sample(range(1, 5), 3)), chance.choice(["", "", "reviewed"]))
        for _ in range(4)
    ]
    taken = chance.randrange(4)
    fields = ("region", "day", "pm25_fg", "pm10_fg", "so2_fg", "no2_fg", "co_pg", "aqi", "submission")
    found = [loaded(f"{n}/衡阳.csv", text, review=review) for n, (text, review) in enumerate(texts)]
    withdraw_submission(found[taken].pk, clerk, "试")
    after = set(AirDay.objects.values_list(*fields[:-1]))
    AirDay.objects.all().delete()
    for n, submission in enumerate(found):
        if n != taken:
            services.reread_submission(submission.pk)
            services.load_submission(submission.pk)
    assert after == set(AirDay.objects.values_list(*fields[:-1]))


@pytest.mark.services
def test_printed_days_water_and_figures_step_back(clerk):
    first = loaded("衡阳.csv", files.CITY_DAYS)
    second = loaded("衡阳 2.csv", files.CITY_DAYS.replace("40.5", "55"))
    withdraw_submission(second.pk, clerk, "口径错")
    assert AirDay.objects.get(day=date(2020, 3, 1)).pm25_fg == 40_500_000_000
    assert set(AirDay.objects.values_list("submission", flat=True)) == {first.pk}
    water = loaded("2021-03/试验断面.csv", files.WATER)
    withdraw_submission(water.pk, clerk, "断面错")
    assert not WaterValue.objects.exists()
    loaded("f.csv", files.FIGURE_HEAD + files.figure())
    revised = loaded("g.csv", files.FIGURE_HEAD + files.figure(value="41"))
    withdraw_submission(revised.pk, clerk, "撤稿")
    assert [(figure.value, figure.withdrawn_at) for figure in Figure.objects.all()] == [(40, None)]
    withdraw_submission(Submission.objects.get(name="f.csv").pk, clerk, "撤稿")
    on_record = figure_record(["430400"], ["pm25_mean"])
    assert on_record.known(None, date(2022, 1, 1)) == []
    assert len(on_record.known(date(2021, 7, 1), date(2022, 1, 1))) == 1


def test_a_file_that_cannot_be_read_again_keeps_what_it_brought(stations):
    one = loaded("a.csv", files.national("20210301", range(1, 24)))
    path = Path(default_storage.path(one.path))
    kept = path.read_bytes()
    path.write_bytes(b"other bytes")
    services.reread_submission(one.pk)
    again = services.load_submission(one.pk)
    assert (again.state, again.rows_stored, AirHour.objects.count()) == ("accepted", 46, 46)
    assert [finding.code for finding in again.findings.order_by("pk")] == ["not_read_again", "bytes_lost"]
    assert again.extents.exists()
    path.write_bytes(kept)
    services.reread_submission(one.pk)
    assert services.load_submission(one.pk).findings.count() == 0


def test_a_withdrawal_needs_a_reason_and_something_in_force(stations, clerk):
    register = Submission.objects.get()
    with pytest.raises(CannotWithdrawError):
        withdraw_submission(register.pk, clerk, "试")
    hours = loaded("a.csv", files.national("20210301", [1]))
    with pytest.raises(ValueError, match="reason"):
        withdraw_submission(hours.pk, clerk, "  ")
    withdraw_submission(hours.pk, clerk, "试")
    with pytest.raises(CannotWithdrawError):
        withdraw_submission(hours.pk, clerk, "再试")


def test_a_reviewed_file_replaces_a_provisional_one_and_is_not_replaced_by_it(stations):
    loaded("a.csv", files.national("20210301", [1]), review="provisional")
    loaded("b.csv", files.national("20210301", [1], {"PM2.5": "28", "PM10": "49"}), review="reviewed")
    late = loaded("c.csv", files.national("20210301", [1], {"PM2.5": "31", "PM10": "51"}), review="provisional")
    hour = AirHour.objects.first()
    assert (hour.pm25_ng, hour.pm10_ng, hour.so2_ng) == (28_000, 49_000, None)
    assert [finding.code for finding in late.findings.all()] == ["behind_higher_grade"]
    assert (late.rows_stored, late.rows_set_aside) == (0, 2)
