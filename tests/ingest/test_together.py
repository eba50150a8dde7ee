"""Several hands at once, and a world that does not keep still: late data, a full disk, a clock that is turned."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from indicators import day_services, stored_days
from indicators.day_services import rebuild_city_days
from indicators.known_days import city_days
from indicators.models import AirDay, AirHour, DirtyAirDay, Revision, Submission
from ingest import services, tasks
from provinces.services import load_regions, note_changed_evidence
from tests.ingest import files

NAME = "china_sites_20210301.csv"


def handed_in(name: str, text: str) -> Submission:
    return services.receive_file(name, text.encode(), via=Submission.Via.UPLOAD).submission


def at_once(what: Callable[[Any], object], over: Sequence[Any]) -> list[Any]:
    """Each call in a thread with a connection of its own."""

    def call(one: Any) -> object:
        try:
            return what(one)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(over)) as pool:
        return list(pool.map(call, over))


@pytest.fixture
def register(transactional_db):
    load_regions()
    services.load_submission(handed_in("stations.csv", files.REGISTER).pk)


@pytest.mark.needs_services
@pytest.mark.parametrize("times", [20])
def test_the_same_file_sent_twenty_times_at_once_is_one_submission(register, times):
    text = files.national("20210301", range(1, 24))
    received = at_once(lambda _n: handed_in(NAME, text).pk, range(times))
    assert len(set(received)) == 1
    loaded = at_once(services.load_submission, received)
    assert {found.pk for found in loaded} == set(received)
    assert AirHour.objects.count() == 46
    assert Submission.objects.get(pk=received[0]).rows_stored == 46
    assert Revision.objects.count() == 0


@pytest.mark.needs_services
def test_a_task_delivered_again_while_it_runs_leaves_the_file_to_the_first(register):
    submission = handed_in(NAME, files.national("20210301", range(1, 24)))
    with patch("ingest.tasks.finish_loads.delay"):
        at_once(lambda pk: tasks.load_submission.apply((pk,)), [submission.pk] * 6)
    submission.refresh_from_db()
    assert (submission.state, submission.rows_stored) == ("accepted", 46)
    assert submission.extents.count() == 1


@pytest.mark.needs_services
def test_overlapping_files_loaded_at_once_keep_the_later_value_and_revise_the_earlier(register):
    texts = [files.national("20210301", range(1, 24), {**files.PLAIN, "PM2.5": str(10 + n)}) for n in range(4)]
    received = [handed_in(f"china_sites_20210301_{n}.csv", text).pk for n, text in enumerate(texts)]
    at_once(services.load_submission, received)
    assert AirHour.objects.count() == 46
    assert set(AirHour.objects.values_list("pm25_ng", "submission_id")) == {(13_000, received[-1])}
    assert {revision.new_submission_id > revision.old_submission_id for revision in Revision.objects.all()} == {True}


@pytest.mark.django_db
@pytest.mark.services
def test_a_file_loaded_late_does_not_undo_one_received_after_it(stations):
    first = handed_in("china_sites_20210301.csv", files.national("20210301", range(1, 24)))
    second = handed_in("china_sites_20210301_b.csv", files.national("20210301", range(1, 24), {"PM2.5": "44"}))
    services.load_submission(second.pk)
    services.load_submission(first.pk)
    hour = AirHour.objects.first()
    assert (hour.pm25_ng, hour.pm10_ng, hour.submission_id) == (44_000, 50_000, second.pk)
    kept = Revision.objects.filter(item="PM2.5").first()
    assert (kept.old_value, kept.new_value, kept.new_submission, kept.recorded_at) == (
        30,
        44,
        second,
        second.received_at,
    )


@pytest.mark.django_db
@pytest.mark.services
def test_a_load_while_its_day_is_rebuilt_leaves_the_day_marked(stations):
    services.load_submission(handed_in(NAME, files.national("20210301", range(1, 13))).pk)
    worked_out = []

    def meanwhile(days: set[object]) -> None:
        worked_out.append(days)
        if len(worked_out) == 1:
            services.load_submission(handed_in("b" + NAME, files.national("20210301", range(13, 24))).pk)

    with patch("indicators.day_services._rebuild", side_effect=meanwhile):
        rebuild_city_days()
    assert worked_out == [{("430400", date(2021, 3, 1))}] * 2
    assert not DirtyAirDay.objects.exists()


@pytest.mark.django_db
def test_a_month_that_cannot_be_worked_out_holds_up_no_other(stations):
    for name, day in (("a.csv", "20210115"), ("b.csv", "20210215")):
        services.load_submission(handed_in(name, files.national(day, range(1, 24))).pk)
    whole = day_services._rebuild

    def fails_in_january(days: set[tuple[str, date]]) -> None:
        if min(day for _region, day in days).month == 1:
            raise LookupError("no limit")
        whole(days)

    with patch("indicators.day_services._rebuild", side_effect=fails_in_january), pytest.raises(LookupError):
        rebuild_city_days()
    assert set(AirDay.objects.values_list("day", flat=True)) == {date(2021, 2, 15)}
    assert set(DirtyAirDay.objects.values_list("day", flat=True)) == {date(2021, 1, 15)}
    assert rebuild_city_days() == 1


@pytest.mark.django_db
def test_a_full_disk_refuses_the_upload_in_words_and_notes_nothing(client_of):
    client = client_of("shuju")
    full = OSError(errno.ENOSPC, "No space left on device")
    with patch("indicators.kept_bytes.os.fsync", side_effect=full):
        file = SimpleUploadedFile("stations.csv", files.REGISTER.replace("T00", "T77").encode())
        answer = client.post("/data/upload/", {"documents": [file], "reader": ""}, follow=True)
    assert answer.status_code == 200
    assert "磁盘" in answer.content.decode()
    assert not Submission.objects.exists()


@pytest.mark.django_db
def test_a_table_that_cannot_grow_leaves_the_file_waiting(stations):
    submission = handed_in(NAME, files.national("20210301", range(1, 24)))
    full = DatabaseError("could not extend file: No space left on device")
    with patch("indicators.observation_services.insert_columns", side_effect=full), pytest.raises(DatabaseError):
        services.load_submission(submission.pk)
    submission.refresh_from_db()
    assert (submission.state, AirHour.objects.count()) == ("received", 0)
    assert services.load_submission(submission.pk).rows_stored == 46


@pytest.mark.django_db
def test_bytes_that_are_gone_or_changed_are_refused(stations):
    for name, spoil in (("a.csv", lambda path: path.unlink()), ("b.csv", lambda path: path.write_bytes(b"else"))):
        submission = handed_in(name, files.national("20210301", [1], {"PM2.5": str(len(name)), "SO2": name[0]}))
        spoil(Path(default_storage.path(submission.path)))
        assert services.load_submission(submission.pk).state == "refused"
        assert [finding.code for finding in submission.findings.all()] == ["bytes_lost"]
    assert not AirHour.objects.exists()


@pytest.mark.django_db
def test_a_clock_that_was_turned_back_loses_no_row_and_no_file(stations):
    today = timezone.now()
    text = files.national(f"{today - timedelta(days=1):%Y%m%d}", [10, 11])
    submission = handed_in("china_sites_yesterday.csv", text)
    with patch("django.utils.timezone.now", return_value=today - timedelta(days=30)):
        assert services.take_up_waiting() == [submission.pk]
        assert services.load_submission(submission.pk).rows_stored == 4


@pytest.mark.django_db
def test_the_sweep_does_not_queue_a_file_each_minute_again(stations):
    submission = handed_in(NAME, files.national("20210301", [1]))
    Submission.objects.filter(pk=submission.pk).update(received_at=timezone.now() - timedelta(minutes=5))
    assert services.take_up_waiting() == [submission.pk]
    assert services.take_up_waiting() == []
    Submission.objects.filter(pk=submission.pk).update(queued_at=timezone.now() - timedelta(minutes=11))
    assert services.take_up_waiting() == [submission.pk]


@pytest.mark.django_db
def test_late_hours_complete_the_days_they_belong_to_and_no_other(stations):
    for name, text in (
        (NAME, files.national("20210301", range(1, 24))),
        ("china_sites_20210303.csv", files.national("20210303", range(1, 24))),
    ):
        services.load_submission(handed_in(name, text).pk)
    rebuild_city_days()
    late = handed_in("china_sites_20210302.csv", files.national("20210302", [0]))
    services.load_submission(late.pk)
    assert {str(mark.day) for mark in DirtyAirDay.objects.all()} == {"2021-03-01"}
    rebuild_city_days()
    assert dict(AirDay.objects.values_list("day__day", "hours_valid")) == {1: 48, 3: 46}


# ---- days that are remembered ----------------------------------------------------------------------------------------


def pm25_of(*days: date) -> list[int]:
    """What the pages read of Hengyang: µg/m³, -1 where nothing is known."""
    year = city_days(["430400"], date(2021, 1, 1), date(2021, 12, 31))["430400"]
    return [int(year.figures["pm25"][year.dates.index(day)]) // 10**9 for day in days]


@pytest.mark.services
def test_days_are_read_once_until_they_change(register, django_assert_num_queries):
    services.load_submission(handed_in(NAME, files.national("20210301", range(1, 24))).pk)
    rebuild_city_days()
    day, plain = date(2021, 3, 1), int(files.PLAIN["PM2.5"])
    assert pm25_of(day) == [plain]
    with django_assert_num_queries(1):  # whether anything changed
        assert pm25_of(day) == [plain]
    corrected = files.national("20210301", range(1, 24), {**files.PLAIN, "PM2.5": str(plain + 7)})
    services.load_submission(handed_in("b" + NAME, corrected).pk)
    assert pm25_of(day) == [plain]  # its days are not worked out again yet
    rebuild_city_days()
    assert pm25_of(day) == [plain + 7]


@pytest.mark.services
def test_who_reads_between_two_rebuilt_months_learns_of_the_second_too(register):
    days, plain = (date(2021, 1, 15), date(2021, 2, 15)), int(files.PLAIN["PM2.5"])
    for name, day in zip(("a.csv", "b.csv"), days, strict=True):
        services.load_submission(handed_in(name, files.national(f"{day:%Y%m%d}", range(1, 24))).pk)
    month, seen = day_services._rebuild_month, []

    def and_somebody_reads(day: date) -> int:
        rebuilt = month(day)
        seen.append(pm25_of(*days))
        return rebuilt

    with patch("indicators.day_services._rebuild_month", side_effect=and_somebody_reads):
        rebuild_city_days()
    assert seen == [[plain, -1], [plain, plain]]


def test_within_an_open_transaction_nothing_is_remembered(register):
    services.load_submission(handed_in(NAME, files.national("20210301", range(1, 24))).pk)
    rebuild_city_days()
    day, plain = date(2021, 3, 1), int(files.PLAIN["PM2.5"])
    with transaction.atomic():
        AirDay.objects.update(pm25_fg=99 * 10**9)
        assert pm25_of(day) == [99]
        transaction.set_rollback(True)
    assert pm25_of(day) == [plain]


@pytest.mark.services
def test_of_the_days_that_are_remembered_an_earlier_day_sees_its_own_past_alone(register):
    first, second = date(2021, 3, 1), date(2021, 3, 2)
    for day in (first, second):
        services.load_submission(handed_in(f"{day}.csv", files.national(f"{day:%Y%m%d}", range(1, 24))).pk)
    rebuild_city_days()
    for as_of, known in ((second, 2), (first, 1), (second, 2)):
        year = city_days(["430400"], date(2021, 1, 1), date(2021, 12, 31), as_of)["430400"]
        assert year.dates[-1] == as_of
        assert int((year.figures["pm25"] >= 0).sum()) == known


@pytest.mark.services
def test_what_is_remembered_of_some_cities_and_years_stands_beside_what_is_read_now(register):
    """Days of two cities in two years, asked for in any order, are those that a plain reading finds."""
    cities, first, second = ("430300", "430400"), date(2020, 12, 30), date(2021, 1, 2)
    days = [
        # of the stations: figure, simulated; of the file; and what counts
        ((20, False), (10, True), (20, False)),
        ((21, True), (11, True), (21, True)),
        ((22, False), (12, False), (22, False)),
        ((23, True), (13, False), (13, False)),
    ]
    file = Submission.objects.create(sha256="d" * 64, name="d.csv", size=1, received_at=timezone.now())
    AirDay.objects.bulk_create(
        AirDay(
            region_id=city, day=first + timedelta(days=n), basis=basis, pm25_fg=figure * 10**9,
            standard="HJ 633-2012", simulated=simulated, submission=file if basis == "file" else None,
        )
        for city in cities
        for n, kinds in enumerate(days)
        for basis, (figure, simulated) in zip(("stations", "file"), kinds, strict=False)
    )  # fmt: skip
    note_changed_evidence(cities, timezone.now(), ["air"])
    asked = [(cities[:1], first, first), (cities, first, second), (cities[1:], second, second), (cities, first, second)]
    for codes, begin, end in asked:
        found = city_days(codes, begin, end)
        wanted = [counts for n, (*_kinds, counts) in enumerate(days) if begin <= first + timedelta(days=n) <= end]
        for code in codes:
            figures = [int(value) // 10**9 for value in found[code].figures["pm25"]]
            assert list(zip(figures, found[code].simulated.tolist(), strict=True)) == wanted


def test_of_what_is_remembered_the_oldest_goes_first():
    kept, rows = stored_days._Remembered(2), np.empty((0, 15), dtype=np.int64)
    keys = [("db", code, None, 2021) for code in "abc"]
    kept.keep({keys[0]: rows, keys[1]: rows})
    kept.get([keys[0]])  # asked for again
    kept.keep({keys[2]: rows})
    assert set(kept.get(keys)) == {keys[0], keys[2]}
