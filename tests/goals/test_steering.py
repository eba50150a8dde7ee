"""Steering on stored data: the outlook's states, two evaluations, the record, alerts, the time machine."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from smtplib import SMTPRecipientsRefused

import numpy as np
import orjson
import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluation.forecast import SERIES
from evaluation.lessons import Lesson, shipped
from evaluation.progress import State
from goals import alerting, digest, sentences
from goals.allocating import AllocationError, allocate, shares_of
from goals.assessing import assess_days, assess_stale, assess_targets, replay
from goals.history import Stored, last_change, runs, stored_states
from goals.learning import TooLittleToLearnError, relearn
from goals.models import Alert, Allocation, Assessment, ForecastLesson, SiteSetting, Target
from goals.outlook import lesson_on
from goals.record import forecasts_page
from goals.selectors import approved_targets, stale_targets, verdicts
from goals.steering import budget_frame, city_table, months_frame, steering, swing_sections
from goals.verdicts import Verdicts
from indicators.models import AirDay, Revision, Submission, WaterValue
from provinces.models import Region, Site
from provinces.selectors import cities_of
from provinces.services import note_changed_evidence
from tests.goals.cast import assign, days, figure, judged, target

pytestmark = pytest.mark.django_db

GUANGZHOU, GUANGXI, HENGYANG = "440100", "450000", "430400"
NEW_YEAR, SEPTEMBER_30, YEAR_END = date(2021, 1, 1), date(2021, 9, 30), date(2021, 12, 31)


def year_of_days(region: str, year: int, until: date | None = None, level: float = 30.0, seed: int = 0) -> None:
    """Days that scatter about a level, in every city of a region."""
    last = until or date(year, 12, 31)
    length = (last - date(year, 1, 1)).days + 1
    for place, city in enumerate(cities_of(Region.objects.get(code=region))):
        random = np.random.default_rng([seed, place, year])
        values = level * np.exp(random.normal(0, 0.25, length))
        AirDay.objects.bulk_create(
            AirDay(
                region=city,
                day=date(year, 1, 1) + timedelta(days=n),
                basis=AirDay.Basis.STATIONS,
                pm25_fg=round(float(value) * 10) * 10**8,
                aqi=60,
                primary=0,
                standard="HJ 633-2012",
            )
            for n, value in enumerate(values)
        )


@pytest.fixture
def past() -> None:
    """Three finished years of Guangzhou at 32, against the cap of 33 that its plan sets."""
    for year in (2018, 2019, 2020):
        year_of_days(GUANGZHOU, year, level=32)


# ---- the outlook -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "state"), [(24, State.LIKELY), (33.0, State.OPEN), (39, State.UNLIKELY)])
def test_the_outlook_decides_between_likely_open_and_unlikely(past, level, state):
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30, level=level)
    found = judged("GZ-01", SEPTEMBER_30)
    forecast = found.facts["forecast"]
    assert found.state == state
    assert forecast["shown"] is True
    assert forecast["years"] == [2020, 2019, 2018]
    assert Decimal(forecast["low"]) <= Decimal(forecast["middle"]) <= Decimal(forecast["high"])
    assert "回测" in sentences.record_sentence(found.facts)  # a probability never stands without its record


def test_what_fails_its_gate_is_not_shown(past, monkeypatch):
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30, level=24)
    monkeypatch.setattr(Lesson, "may_speak", lambda *_args: False)
    found = judged("GZ-01", SEPTEMBER_30)
    assert found.state == State.OPEN
    assert found.facts["forecast"]["shown"] is False
    assert sentences.outlook_sentence(found.facts) == sentences.record_sentence(found.facts) == ""
    assert "未通过历史检验" in sentences.hidden_sentence(found.facts)


def test_without_a_complete_past_year_there_is_no_outlook():
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30, level=24)
    year_of_days(GUANGZHOU, 2020, date(2020, 8, 1))
    found = judged("GZ-01", SEPTEMBER_30)
    assert found.state == State.OPEN
    assert "forecast" not in found.facts
    assert "context" not in found.facts


def test_certain_facts_override_the_outlook(past):
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30, level=50)
    found = judged("GZ-01", SEPTEMBER_30)
    assert found.state == State.IMPOSSIBLE
    assert "forecast" not in found.facts


def test_an_outlook_from_simulated_years_is_marked(past):
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30, level=24)
    assert not judged("GZ-01", SEPTEMBER_30).simulated
    AirDay.objects.filter(region=GUANGZHOU, day__year=2018).update(simulated=True)
    assert judged("GZ-01", SEPTEMBER_30).simulated


def test_in_how_many_past_years_the_rest_would_have_been_enough(past):
    """273 days of 33.2 leave (33.5·365 - 33.2·273)/92 = 34.4 for the rest; past years at 32 stayed below that."""
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=33.2)
    context = judged("GZ-01", SEPTEMBER_30).facts["context"]
    naive = []
    for year in (2020, 2019, 2018):
        rest = AirDay.objects.filter(region=GUANGZHOU, day__gt=date(year, 9, 30), day__lte=date(year, 12, 31))
        mean = sum(Decimal(day.pm25_fg) for day in rest) / len(rest) / 10**9
        naive.append((year, (Decimal("33.2") * 273 + mean * 92) / 365 < Decimal("33.5")))
    assert [(one["year"], one["attains"]) for one in context["years"]] == naive
    assert context["within"] == sum(attains for _year, attains in naive)


def test_a_region_needs_the_past_of_all_its_cities():
    for year in (2019, 2020):
        year_of_days(GUANGXI, year, level=29)
    year_of_days(GUANGXI, 2021, SEPTEMBER_30, level=25)
    assert judged("GX-06", SEPTEMBER_30).state == State.LIKELY
    AirDay.objects.filter(region=cities_of(Region.objects.get(code=GUANGXI))[0], day__year__lt=2021).delete()
    assert "forecast" not in judged("GX-06", SEPTEMBER_30).facts


def test_of_days_a_percentile_allows(past):
    """GZ-02 (ozone): once 182 is the cap of 2020 held, 40 of 273 days above it: 36 are allowed in 365."""
    AirDay.objects.filter(region=GUANGZHOU).update(o3_8h_fg=100 * 10**9)
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30)
    AirDay.objects.filter(region=GUANGZHOU, day__year=2021).update(o3_8h_fg=100 * 10**9)
    AirDay.objects.filter(region=GUANGZHOU, day__lte=date(2021, 2, 9), day__year=2021).update(o3_8h_fg=200 * 10**9)
    one = target("GZ-02")
    one.tolerance, one.tolerance_document = Decimal(0), "函"
    one.save()
    found = judged("GZ-02", SEPTEMBER_30)
    assert found.facts["budget"] == {"kind": "percentile_days", "left": -4, "until_lost": -2, "over": 40, "days": 92}
    assert found.state == State.IMPOSSIBLE
    assert sentences.budget_sentence(found.facts) == "超限已40天，必不达标"


# ---- two evaluations running -----------------------------------------------------------------------------------------


def states(identity: str, first: date, number: int) -> list[str]:
    """The states of a target on some days running."""
    return [judged(identity, first + timedelta(days=n)).state.value for n in range(number)]


@pytest.fixture
def jumpy(past, monkeypatch) -> dict[date, str]:
    """Probabilities by the day of the last data, in place of the forecast's."""
    said: dict[date, str] = {}
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)

    def facts(self, rules, places):
        return {"probability": said[self.day], "low": "1", "high": "2", "record": {}, "source": "", "month": 9}

    def outlook(room, subject, year, best, lesson):
        class Said:
            passes = True
            day = best.last

        Said.facts = facts
        return Said()

    monkeypatch.setattr("goals.verdicts.outlook", outlook)
    return said


def test_a_single_day_changes_no_state(jumpy):
    first = date(2021, 9, 20)
    for n, p in enumerate(["0.5", "0.5", "0.9", "0.5", "0.9", "0.9", "0.5", "0.1", "0.1"]):
        jumpy[first - timedelta(days=1) + timedelta(days=n)] = p
    jumpy |= {first - timedelta(days=n): "0.5" for n in range(2, 5)}
    assert states("GZ-01", first, 8) == ["open", "open", "open", "open", "likely", "likely", "likely", "unlikely"]
    held = judged("GZ-01", first + timedelta(days=1))
    assert held.facts["evaluated"] == "likely"
    assert "连续两个数据日" in sentences.held_sentence(held.facts)


def test_the_order_and_number_of_runs_change_nothing(jumpy):
    first = date(2021, 9, 10)
    random = np.random.default_rng(5)
    for n in range(-3, 21):
        jumpy[first + timedelta(days=n)] = str(random.choice(["0.1", "0.5", "0.9"]))
    wanted = [first + timedelta(days=n) for n in range(20)]
    once = {day: judged("GZ-01", day).state.value for day in wanted}
    shuffled = [wanted[n] for n in random.permutation(20)]
    for day in [*shuffled, *shuffled[:5]]:
        assess_targets([target("GZ-01")], day)
    assert {row.as_of: row.state for row in Assessment.objects.all()} == once
    Assessment.objects.all().delete()
    for _day, _rows in assess_days([target("GZ-01")], wanted[::3]):
        pass
    assert {row.as_of: row.state for row in Assessment.objects.all()} == {day: once[day] for day in wanted[::3]}


def test_only_days_with_data_are_evaluations(jumpy):
    """Two days without data lie between: the evaluation before 23 September is the one of the 20th."""
    AirDay.objects.filter(region=GUANGZHOU, day__in=[date(2021, 9, 21), date(2021, 9, 22)]).delete()
    jumpy |= {date(2021, 9, n): p for n, p in ((19, "0.9"), (20, "0.9"), (21, "0.1"), (22, "0.1"), (23, "0.9"))}
    assert judged("GZ-01", date(2021, 9, 23)).facts.get("evaluated") is None
    assert judged("GZ-01", date(2021, 9, 23)).state == State.LIKELY


@pytest.mark.services
def test_a_room_of_an_earlier_day_takes_later_revisions_back(past):
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)
    revise(date(2021, 9, 1), 30, 300, on=date(2021, 9, 29))
    one = target("GZ-01")
    room = Verdicts([one], SEPTEMBER_30, date(2021, 10, 1))
    subject = room.subjects[one.pk]
    level = {day: room.room.earlier(day).best(subject, 2021).level for day in (date(2021, 9, 28), date(2021, 9, 29))}
    assert level[date(2021, 9, 28)] == 30
    assert level[date(2021, 9, 29)] == Fraction(271 * 30 + 300, 272)


def test_judging_many_days_at_once_says_what_each_day_says_alone(past):
    """Later days are in the room already, and must not show: neither their values nor that they are simulated."""
    year_of_days(GUANGZHOU, 2021, date(2021, 9, 20), level=24)
    days(GUANGZHOU, date(2021, 9, 21), SEPTEMBER_30, pm25=500, simulated=True)
    revise(date(2021, 9, 2), 30, 300, on=date(2021, 9, 25))
    one = [target("GZ-01"), target("GZ-07")]
    asked = [date(2021, 8, 31), date(2021, 9, 10), date(2021, 9, 24), date(2021, 9, 26), SEPTEMBER_30]
    for day, rows in assess_days(one, asked):
        alone = Verdicts(one, day, timezone.localdate()).all()
        for row, found in zip(rows, alone, strict=True):
            assert (row.state, row.value, row.simulated) == (found.state, found.value, found.simulated)
            assert row.facts == found.facts


def test_a_certain_fact_changes_the_state_at_once(past):
    days(GUANGZHOU, NEW_YEAR, date(2021, 9, 29), pm25=44.79)  # just below 33.5·365/273
    assert judged("GZ-01", date(2021, 9, 29)).state != State.IMPOSSIBLE
    days(GUANGZHOU, SEPTEMBER_30, SEPTEMBER_30, pm25=60)
    assert judged("GZ-01", SEPTEMBER_30).state == State.IMPOSSIBLE


# ---- the record and the time machine ---------------------------------------------------------------------------------


def revise(day: date, old: float, new: float, on: date) -> Revision:
    """A printed day of Guangzhou that a later file revised on a day."""
    file = Submission.objects.create(sha256="a" * 64, name="revised.csv", size=1, received_at=timezone.now())
    row = AirDay.objects.get(region=GUANGZHOU, day=day)
    AirDay.objects.filter(region=GUANGZHOU, day=day).delete()
    row.basis, row.submission, row.pm25_fg = AirDay.Basis.FILE, file, round(new * 10**9)
    row.save(force_insert=True)
    at = timezone.make_aware(timezone.datetime(on.year, on.month, on.day, 12))
    return Revision.objects.create(
        table="air_day", region_id=GUANGZHOU, period_end=timezone.make_aware(
            timezone.datetime(day.year, day.month, day.day) + timedelta(days=1)),
        item="pm25", old_value=Decimal(str(old)), new_value=Decimal(str(new)), new_submission=file, recorded_at=at,
    )  # fmt: skip


def test_a_replay_says_exactly_what_was_stored(past):
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30, level=24)
    one = target("GZ-01")
    assess_targets([one], SEPTEMBER_30)
    assert replay(one, SEPTEMBER_30).is_same
    year_of_days(GUANGZHOU, 2022, date(2022, 1, 31), level=90)
    assert replay(one, SEPTEMBER_30).is_same  # what came later does not reach back
    assert replay(one, date(2021, 8, 31)) is None  # nothing was stored for that day


def test_a_revision_after_the_day_is_taken_back(past):
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)
    one = target("GZ-01")
    assess_targets([one], SEPTEMBER_30)
    revise(date(2021, 9, 1), 30, 300, on=date(2021, 10, 5))
    assert replay(one, SEPTEMBER_30).is_same
    assert judged("GZ-01", date(2021, 10, 6)).facts["level"] == "31.0"  # (272·30 + 300)/273


def test_a_replay_that_differs_names_what_came_since(past):
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)
    one = target("GZ-01")
    assess_targets([one], SEPTEMBER_30)
    Assessment.objects.update(assessed_at=timezone.make_aware(timezone.datetime(2021, 10, 1, 6)))
    Target.objects.filter(pk=one.pk).update(updated_at=timezone.make_aware(timezone.datetime(2021, 1, 1)))
    one.refresh_from_db()
    revise(date(2021, 9, 1), 30, 300, on=date(2021, 10, 5))
    days(GUANGZHOU, date(2021, 10, 1), date(2021, 10, 8), pm25=30)
    row = assess_targets([one], date(2021, 10, 8))[0]
    assert row.reason == "revised data"
    assert [cause["kind"] for cause in row.causes] == ["revision"]
    assert (row.causes[0]["old"], row.causes[0]["new"]) == ("30", "300")
    AirDay.objects.filter(region=GUANGZHOU, day=date(2021, 9, 2)).update(pm25_fg=500 * 10**9)  # late, and no revision
    again = replay(one, SEPTEMBER_30)
    assert not again.is_same
    assert again.reason == "new data"


def test_a_replay_says_which_revision_makes_the_difference(past):
    """Judged at 6 in the morning of 30 September; at noon a day of early September is revised."""
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)
    one = target("GZ-01")
    assess_targets([one], SEPTEMBER_30)
    Assessment.objects.update(assessed_at=timezone.make_aware(timezone.datetime(2021, 9, 30, 6)))
    Target.objects.filter(pk=one.pk).update(updated_at=timezone.make_aware(timezone.datetime(2021, 1, 1)))
    one.refresh_from_db()
    revision = revise(date(2021, 9, 1), 30, 300, on=SEPTEMBER_30)
    again = replay(one, SEPTEMBER_30)
    assert (again.is_same, again.reason) == (False, "revised data")
    assert [cause["id"] for cause in again.causes] == [revision.pk]


def test_an_amendment_is_the_reason_and_its_words_are_kept(past):
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)
    one = target("GZ-01")
    assess_targets([one], SEPTEMBER_30)
    one.value, one._change_reason = Decimal(20), "厅务会调整"
    one.save()
    row = assess_targets([target("GZ-01")], SEPTEMBER_30)[0]
    assert (row.reason, row.state) == ("amended target", "impossible")
    assert row.causes[0]["why"] == "厅务会调整"
    assert ["value", "33", "20"] in row.causes[0]["changes"]


def test_other_numbers_for_the_outlook_are_a_changed_rule(past):
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30, level=24)
    one = [target("GZ-01")]
    assess_targets(one, SEPTEMBER_30)
    own = Lesson(shipped().numbers, shipped().scores, "本局 2018—2020")
    ForecastLesson.objects.create(learned_on=date(2021, 9, 1), source=own.source, data=own.as_json())
    row = assess_targets(one, SEPTEMBER_30)[0]
    assert row.reason == "changed rule"
    assert row.causes[0]["lesson_after"] == "本局 2018—2020"
    assert lesson_on(date(2021, 8, 31)).source == shipped().source  # not learned yet on that day


def stored(*pairs: tuple[int, str]) -> list[Stored]:
    """Stored verdicts of January 2021, by day."""
    return [Stored(n, date(2021, 1, day), state, "new data") for n, (day, state) in enumerate(pairs, start=1)]


def test_a_year_as_runs_of_states():
    found = runs(stored((3, "open"), (5, "open"), (8, "likely")), NEW_YEAR, date(2021, 1, 20))
    assert [(run.state, run.first.day, run.last.day) for run in found] == [
        (None, 1, 2), ("open", 3, 7), ("likely", 8, 8), (None, 9, 20)]  # fmt: skip
    assert sum(run.days for run in found) == 20
    assert runs([], NEW_YEAR, date(2021, 1, 20))[0].state is None


def test_what_nobody_judged_for_longer_than_a_month_is_unknown():
    history = [*stored((3, "open")), Stored(9, date(2021, 4, 1), "open", "new data")]
    found = runs(history, NEW_YEAR, date(2021, 4, 1))
    assert [(run.state, run.first, run.last) for run in found][1:3] == [
        ("open", date(2021, 1, 3), date(2021, 2, 3)),
        (None, date(2021, 2, 4), date(2021, 3, 31)),
    ]


def test_one_new_city_day_is_due_for_its_own_targets_only(past):
    days(GUANGZHOU, NEW_YEAR, date(2021, 9, 29), pm25=30)
    SiteSetting.objects.create(shown_date=SEPTEMBER_30)
    assess_targets(approved_targets(), SEPTEMBER_30)
    days(GUANGZHOU, SEPTEMBER_30, SEPTEMBER_30, pm25=30)
    note_changed_evidence({GUANGZHOU}, timezone.now(), ["air"])
    due = {one.register_id for one in stale_targets(approved_targets(), SEPTEMBER_30)}
    assert due == {"GZ-01", "GZ-02", "GZ-07"}  # the air targets of Guangzhou
    assert {row.target.register_id for row in assess_stale()} == due


def test_judging_many_asks_no_more_than_judging_few(past):
    """Twice as many targets, each with a twin: as many queries."""
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)

    def queries(day: date) -> int:
        with CaptureQueriesContext(connection) as asked:
            assess_targets(approved_targets(), day)
        return sum(query["sql"].startswith("SELECT") for query in asked.captured_queries)  # rows go in by batches

    queries(date(2021, 9, 28))
    few = queries(date(2021, 9, 29))
    twins = list(Target.objects.all())
    for twin in twins:
        twin.pk, twin.register_id = None, f"{twin.register_id}-X"
    Target.objects.bulk_create(twins)
    assert queries(SEPTEMBER_30) == few


# ---- alerts ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def falling(past) -> Alert:
    """Guangzhou falls from likely to impossible between August and September."""
    days(GUANGZHOU, NEW_YEAR, date(2021, 8, 31), pm25=24)
    days(GUANGZHOU, date(2021, 9, 1), SEPTEMBER_30, pm25=300)
    for day in (date(2021, 8, 31), SEPTEMBER_30, SEPTEMBER_30):
        assess_targets([target("GZ-01")], day)
    return Alert.objects.get()


def person(name: str = "李科长", email: str = "li@example.invalid") -> User:
    """Somebody of the bureau."""
    user = User.objects.create_user(name, email=email)
    user.groups.add(Group.objects.get(name="业务科室"))
    return user


@pytest.mark.services
def test_leaving_a_state_downward_raises_one_alert(falling):
    assert (falling.before, falling.after, falling.raised_on) == ("likely", "impossible", SEPTEMBER_30)
    assert falling.assessment.reason == "new data"  # a certain verdict has no outlook: no rule changed
    assert sentences.alert_sentence(falling) == "广州 PM2.5浓度：由“有望完成”转为“已无法完成”"


def test_history_is_no_news(falling):
    Alert.objects.all().delete()
    assess_targets([target("GZ-01")], date(2021, 9, 15))  # before a day that was judged already
    assert not Alert.objects.exists()


def test_an_outlook_that_may_not_be_shown_any_more_is_no_alarm(past, monkeypatch):
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30, level=24)
    assess_targets([target("GZ-01")], date(2021, 8, 31))
    monkeypatch.setattr(Lesson, "may_speak", lambda *_args: False)
    assert assess_targets([target("GZ-01")], SEPTEMBER_30)[0].state == "open"
    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        ("likely", "open", True), ("open", "unlikely", True), ("secured", "likely", True), ("open", "missed", True),
        ("open", "likely", False), ("likely", "no data", False), ("awaiting number", "open", False),
        ("unlikely", "unlikely", False), ("met", "missed", True),
    ],
)  # fmt: skip
def test_what_is_downward(before, after, worse):
    assert alerting.fell(before, after) is worse


def test_an_alert_is_acknowledged_commented_and_closed(falling):
    user = person()
    with pytest.raises(alerting.AlertStateError, match="先写说明"):
        alerting.close(falling, "  ", user)
    falling.refresh_from_db()
    assert falling.acknowledged_at is None
    alerting.comment(falling, "九月静稳天气", user)
    alerting.close(falling, "启动秋冬攻坚", user)
    falling.refresh_from_db()
    assert (falling.acknowledged_by, falling.closed_by) == (user, user)
    assert [one.text for one in falling.comments.all()] == ["九月静稳天气", "启动秋冬攻坚"]
    with pytest.raises(alerting.AlertStateError, match="已经关闭"):
        alerting.close(falling, "再说一次", user)


def test_the_digest_goes_to_those_who_asked_and_only_once(falling):
    asked, silent = person(), person("王科长", "wang@example.invalid")
    digest.subscribe(asked, wants=True)
    assert digest.send_digests(timezone.now()) == 0  # raised before they asked
    Alert.objects.update(raised_at=timezone.now())
    assert digest.send_digests(timezone.now()) == 1
    assert digest.send_digests(timezone.now()) == 0
    assert [message.to for message in mail.outbox] == [[asked.email]]
    assert "已无法完成" in mail.outbox[0].body
    assert silent.email not in str(mail.outbox[0].to)


def test_a_mail_server_that_refuses_loses_no_alert(falling, monkeypatch):
    for one in (person(), person("王科长", "wang@example.invalid")):
        digest.subscribe(one, wants=True)
    Alert.objects.update(raised_at=timezone.now())
    working = digest.send_mail

    def refused(subject: str, body: str, sender: str, to: list[str]) -> None:
        if to == ["li@example.invalid"]:
            raise SMTPRecipientsRefused({to[0]: (550, b"unknown")})
        working(subject, body, sender, to)

    monkeypatch.setattr(digest, "send_mail", refused)
    assert digest.send_digests(timezone.now()) == 1  # the other one's
    monkeypatch.setattr(digest, "send_mail", working)
    assert digest.send_digests(timezone.now()) == 1
    assert [message.to for message in mail.outbox] == [["wang@example.invalid"], ["li@example.invalid"]]


def section(number: int, readings: dict[tuple[int, int], float]) -> Site:
    """An assessed section of Hengyang with NH3-N by (year, month)."""
    site = Site.objects.create(
        kind=Site.Kind.WATER_SECTION, code=f"S{number}", name=f"断面{number}", region_id=HENGYANG, assessed=True
    )
    file, _created = Submission.objects.get_or_create(
        sha256="b" * 64, defaults={"name": "w.json", "size": 1, "received_at": timezone.now()}
    )
    WaterValue.objects.bulk_create(
        WaterValue(
            ts=timezone.make_aware(timezone.datetime(year, month, 10)),
            site=site,
            item="NH3-N",
            micro=round(value * 10**6),
            submission=file,
        )
        for (year, month), value in readings.items()
    )
    return site


def test_sections_that_fell_behind_are_warned_of_once():
    even = {(year, month): 0.9 for year in (2020, 2021) for month in range(1, 10)}
    section(1, even)
    worse = section(2, even | {(2021, month): 1.9 for month in range(1, 10)})
    for _twice in range(2):
        alerting.watch_sections([target("HY-05")], SEPTEMBER_30, timezone.now())
    alert = Alert.objects.get()
    assert (alert.site, alert.level, alert.raised_on) == (worse, 1, SEPTEMBER_30)
    assert alert.facts["cumulative_class"] == [3, 5]


def test_a_month_that_is_not_over_warns_of_nothing():
    even = {(year, month): 0.9 for year in (2020, 2021) for month in range(1, 10)}
    section(1, even | {(2020, 10): 0.9, (2021, 10): 9.0})
    alerting.watch_sections([target("HY-05")], date(2021, 10, 20), timezone.now())
    assert not Alert.objects.exists()
    alerting.watch_sections([target("HY-05")], date(2021, 10, 31), timezone.now())
    assert Alert.objects.get().raised_on == date(2021, 10, 31)


def test_swing_sections_are_those_near_their_limit():
    calm = {(2021, month): 0.1 for month in range(1, 10)}
    section(1, calm)
    near = section(2, {(2021, month): 1.1 for month in range(1, 10)})
    found = judged("HY-05", SEPTEMBER_30)
    one = target("HY-05")
    room = Verdicts([one], SEPTEMBER_30, date(2021, 10, 1))
    swinging = swing_sections(found, room.subjects[one.pk], room.room)
    assert [(one.site, one.inside) for one in swinging] == [(near, False)]
    assert swinging[0].rooms[0].remaining == Decimal("0.72")


# ---- a region by its cities ------------------------------------------------------------------------------------------


@pytest.fixture
def guangxi() -> Target:
    """Guangxi's PM2.5 with two past years, this one to September."""
    for year, level in ((2019, 31), (2020, 28)):
        year_of_days(GUANGXI, year, level=level)
    year_of_days(GUANGXI, 2021, SEPTEMBER_30, level=27)
    return target("GX-06")


def test_the_cities_of_a_region_and_what_repeating_a_year_gives(guangxi):
    found = judged("GX-06", SEPTEMBER_30)
    room = Verdicts([guangxi], SEPTEMBER_30, date(2021, 10, 1))
    on = steering(found, room.subjects[guangxi.pk], room.room)
    table = city_table(on, room.room, guangxi)
    assert len(table.lines) == 14
    assert table.years == [2020, 2019]
    assert [line.cost for line in table.lines] == sorted((line.cost for line in table.lines), reverse=True)
    naive = 0
    for city in cities_of(guangxi.plan.region):
        now = list(AirDay.objects.filter(region=city, day__year=2021).values_list("pm25_fg", flat=True))
        rest = AirDay.objects.filter(region=city, day__gt=date(2020, 9, 30), day__year=2020)
        now += list(rest.values_list("pm25_fg", flat=True))
        naive += Decimal(sum(now)) / len(now) / 10**9 / 14
    assert table.whole[0] == round(naive, 1) or table.whole[0] == round(naive, 0)
    frame = budget_frame(room.room, on)
    assert list(frame.columns) == ["date", "this_year", "2020", "2019"]
    assert frame["this_year"].notna().sum() == 273  # nothing is drawn after the last day of data
    assert set(months_frame(room.room, on)["year"]) == {2019, 2020, 2021}


def test_a_target_is_broken_down_judged_and_held_against_its_parent(guangxi):
    room = Verdicts([guangxi], SEPTEMBER_30, date(2021, 10, 1))
    shares = shares_of(guangxi, room)
    assert len(shares.lines) == 14
    assert sum(line.proposed for line in shares.lines) / 14 <= 31
    values = {line.region.code: str(line.proposed) for line in shares.lines}
    user = person()
    with pytest.raises(AllocationError, match="文件"):
        allocate(guangxi, shares, values, " ", user)
    with pytest.raises(AllocationError, match="不是非负数"):
        allocate(guangxi, shares, values | {"450100": "很低"}, "桂环函", user)
    assert not Allocation.objects.exists()
    allocate(guangxi, shares, values | {"450100": "10"}, "桂环函", user)
    assert Allocation.objects.filter(proposed=True).count() == 13
    found = judged("GX-06", SEPTEMBER_30)
    table = city_table(steering(found, room.subjects[guangxi.pk], room.room), room.room, guangxi)
    strict = next(line for line in table.lines if line.region.code == "450100")
    assert strict.state == State.IMPOSSIBLE  # 273 days of 27 cannot end at 10
    assert table.allocation_fits is True
    allocate(guangxi, shares_of(guangxi, room), dict.fromkeys(values, "40"), "桂环函2", user)
    table = city_table(steering(found, room.subjects[guangxi.pk], room.room), room.room, guangxi)
    assert (table.allocated, table.allocation_fits) == (Decimal("40.0"), False)
    allocate(guangxi, shares_of(guangxi, room), {}, "撤回", user)
    assert not Allocation.objects.exists()


# ---- learning, the record, the commands ------------------------------------------------------------------------------


def test_too_few_years_teach_nothing():
    year_of_days(GUANGZHOU, 2020)
    with pytest.raises(TooLittleToLearnError):
        relearn(date(2021, 10, 1))
    with pytest.raises(CommandError, match="仍用原参数"):
        call_command("relearn_forecast")
    assert not ForecastLesson.objects.exists()


def test_a_bureau_learns_from_its_own_years():
    for year in range(2017, 2021):
        for place, city in enumerate((GUANGZHOU, HENGYANG, "450100", "450200")):
            year_of_days(city, year, level=30 + place, seed=place)
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30)
    kept, lesson = relearn(date(2021, 10, 1))
    assert set(lesson.numbers) <= set(SERIES)
    assert lesson.numbers["pm25"].years == 3  # targets 2018 to 2020; the open year teaches nothing
    assert lesson_on(date(2021, 10, 1)).source == kept.source
    assert lesson_on(date(2021, 9, 30)).source == shipped().source


@pytest.mark.services
def test_every_forecast_that_was_shown_is_held_against_its_outcome(past):
    year_of_days(GUANGZHOU, 2021, YEAR_END, level=24)
    for _day, _rows in assess_days([target("GZ-01")], [date(2021, 8, 31), SEPTEMBER_30]):
        pass
    assert forecasts_page(SEPTEMBER_30).waiting == 2
    page = forecasts_page(YEAR_END)
    assert page.waiting == 0
    line = page.running[0]
    assert (line.shown, line.forecasts, line.likely, line.unlikely) == (True, 2, "2 / 2", "0 / 0")


def test_a_forecast_that_was_not_shown_is_held_against_its_outcome_too(past, monkeypatch):
    year_of_days(GUANGZHOU, 2021, YEAR_END, level=24)
    monkeypatch.setattr(Lesson, "may_speak", lambda *_args: False)
    assess_targets([target("GZ-01")], SEPTEMBER_30)
    assert Assessment.objects.get().probability is None
    assert [(line.shown, line.forecasts) for line in forecasts_page(YEAR_END).running] == [(False, 1)]


def run(*arguments: str) -> list[dict[str, object]]:
    """`manage.py assess ... --json`."""
    out = io.StringIO()
    call_command("assess", *arguments, "--json", stdout=out)
    return orjson.loads(out.getvalue())


def test_assess_prints_the_forecast_and_fills_the_record(past):
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30, level=24)
    found = run("--region", GUANGZHOU, "--since", "2021-09-28", "--as-of", "2021-09-30")
    one = next(row for row in found if row["target"] == "GZ-01")
    assert one["state"] == "likely"
    assert Decimal(one["forecast"]["probability"]) >= Decimal("0.8")
    days_stored = [row.as_of.day for row in stored_states([target("GZ-01")], None)[target("GZ-01").pk]]
    assert days_stored == [28, 29, 30]
    with pytest.raises(CommandError, match="--as-of"):
        run("--since", "2021-09-28")


def test_a_change_of_a_daily_figure_must_end_on_the_whole_base_year():
    """PM2.5 down 10 % on 2020, which was 40 in winter and 20 later, 30 as a whole: the same period of 2020 only says
    how things stand."""
    days(GUANGZHOU, date(2020, 1, 1), date(2020, 6, 30), pm25=40)
    days(GUANGZHOU, date(2020, 7, 1), date(2020, 12, 31), pm25=20)
    days(GUANGZHOU, NEW_YEAR, date(2021, 6, 30), pm25=38)
    one = target("GZ-01")
    one.kind, one.comparator, one.value, one.unit, one.baseline_year = "relative_change", "<=", Decimal(-10), "%", 2020
    one.save()
    found = judged("GZ-01", date(2021, 6, 30))
    assert found.facts["baseline"]["same_period"] is True
    assert found.value == Decimal("-5.0")  # 38 against 40
    assert found.facts["rules"][0]["limit"] == "27"  # of the whole year's 30, and -9.95 % rounds to -10.0: 27.015


def test_the_last_change_is_found_in_a_history():
    assert last_change(stored((3, "open"), (8, "likely"), (9, "likely")), State.LIKELY).day == date(2021, 1, 8)
    assert last_change(stored((3, "open")), State.OPEN) is None


def test_a_schedule_says_what_the_whole_year_must_be():
    """GX-18: 3.6 % less than 2020, which ended at 1.00 after a first half of 1.10: down to 0.9645 rounds to
    it, at the three decimals of the indicator 0.964."""
    change = {"year": 2021, "comparator": "<=", "as_change": True, "baseline_year": 2020, "unit": "%"}
    assign("GX-18", "-3.6", date(2021, 3, 1), **change)
    figure("GX-18", "1.10", date(2020, 1, 1), date(2020, 6, 30), date(2020, 8, 31))
    figure("GX-18", "1.00", date(2020, 1, 1), date(2020, 12, 31), date(2021, 2, 1))
    figure("GX-18", "1.05", NEW_YEAR, date(2021, 6, 30), date(2021, 8, 31))
    found = judged("GX-18", SEPTEMBER_30)
    assert found.value == Decimal("-4.5")
    assert found.facts["budget"]["kind"] == "year_level"
    assert found.facts["budget"]["limit"] == "0.964"


def test_the_control_value_says_how_the_rounding_of_the_mean_moves_it(past):
    """273 days at 30.0 print as 30.0: 29.95 to 30.05. The control value is (33.5·365 - 273·m)/92: 43.7 to 44.0."""
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)
    found = judged("GZ-01", SEPTEMBER_30)
    low, high = ((33.5 * 365 - 273 * m) / 92 for m in (30.05, 29.95))
    assert found.facts["budget"]["blur"] == {"low": f"{low:.1f}", "high": f"{high:.1f}"}
    assert "至" in sentences.blur_sentence(found.facts)


def test_figures_alone_settle_at_once():
    figure("HY-15", "500", date(2020, 1, 1), date(2020, 6, 30), date(2020, 8, 31))
    figure("HY-15", "1000", date(2020, 1, 1), date(2020, 12, 31), date(2021, 3, 1))
    figure("HY-15", "974", NEW_YEAR, YEAR_END, date(2022, 2, 1))
    assert verdicts([target("HY-15")], date(2022, 2, 1))[0].state == State.MET
