"""Files sent often, at once, late, out of order, delivered twice; a full disk, a clock that is turned: with workers."""

from __future__ import annotations

import os
import re
import time
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tests.faults.installation import REGISTER, STATIONS, Installation, may_mount
from tests.ingest import files

pytestmark = [pytest.mark.needs_services, pytest.mark.xdist_group("faults")]

SITES = [f"K{n:03d}" for n in range(STATIONS)]


@pytest.fixture(scope="module")
def worker(installation):
    """The installation with one worker of two processes at work."""
    installation.start_worker()
    yield installation
    installation.kill_workers()


def a_file(folder: Path, name: str, day: str, hours: range, fine: int) -> None:
    """Hours of all stations on a day, whose PM2.5 is that."""
    folder.mkdir(exist_ok=True)
    text = files.national(day, hours, {**files.PLAIN, "PM2.5": str(fine)}, SITES)
    (folder / name).write_text(text, encoding="utf-8")


def read(found: Installation) -> None:
    found.wait(lambda: not found.waiting(), "all files are read")


def submissions(found: Installation, name: str) -> list[int]:
    """The keys of the files of such a name, in the order of receipt."""
    return [pk for (pk,) in found.ask(f"SELECT id FROM indicators_submission WHERE name LIKE '{name}' ORDER BY id")]


def outcome(found: Installation, name: str) -> list[tuple[object, ...]]:
    """State, rows and extents of the files of such a name."""
    return found.ask(
        "SELECT state, rows_stored, (SELECT count(*) FROM indicators_extent e WHERE e.submission_id = s.id) "
        f"FROM indicators_submission s WHERE name LIKE '{name}' ORDER BY id"
    )


def test_the_same_file_sent_twenty_times_at_once_is_read_once(worker, tmp_path):
    a_file(tmp_path / "in", "same.csv", "20220101", range(1, 24), 30)
    worker.hand_in(tmp_path / "in", "at-once", "20")
    read(worker)
    assert outcome(worker, "same.csv") == [("accepted", 23 * STATIONS, 2)]


def test_overlapping_files_out_of_order_keep_the_later_value_and_lose_none(worker, tmp_path):
    """Eight files of one day, read by two processes in the order against that of receipt."""
    given: dict[int, list[int]] = defaultdict(list)
    for n in range(8):
        hours = range(1 + n % 3, 24 - n // 2)
        a_file(tmp_path / "in", f"over_{n}.csv", "20220201", hours, 10 + n)
        for hour in hours:
            given[hour].append(10 + n)
    worker.hand_in(tmp_path / "in", "only")
    worker.enqueue(reversed(submissions(worker, "over_%")))
    read(worker)
    hour = "extract(hour FROM {} AT TIME ZONE 'Asia/Shanghai')::int"
    stands = dict(worker.ask(
        f"SELECT {hour.format('ts')}, min(pm25_ng) / 1000 FROM indicators_airhour "
        "WHERE ts >= '2022-02-01 00:30+08' AND ts < '2022-02-02 00:30+08' GROUP BY 1 "
        f"HAVING count(*) = {STATIONS} AND min(pm25_ng) = max(pm25_ng)"
    ))  # fmt: skip
    assert stands == {hour: values[-1] for hour, values in given.items()}
    gave_way = worker.ask(
        f"SELECT {hour.format('period_end')}, old_value::int, count(DISTINCT site_id) FROM indicators_revision "
        "WHERE item = 'PM2.5' AND period_end < '2022-02-03' AND period_end > '2022-02-01' GROUP BY 1, 2"
    )
    assert set(gave_way) == {(hour, value, STATIONS) for hour, values in given.items() for value in values[:-1]}


def test_hours_that_come_late_complete_their_day(worker, tmp_path):
    a_file(tmp_path / "in", "late_a.csv", "20220301", range(8, 24), 30)
    worker.hand_in(tmp_path / "in")
    read(worker)
    a_file(tmp_path / "late", "late_b.csv", "20220301", range(1, 8), 20)
    a_file(tmp_path / "late", "late_c.csv", "20220302", range(1), 20)  # hour 0 ends the day before
    worker.hand_in(tmp_path / "late")
    read(worker)
    # 16 hours of 30 and 8 of 20: 640 / 24
    day = "SELECT pm25_fg, hours_valid FROM indicators_airday WHERE day = '2022-03-01' AND basis = 'stations'"
    worker.wait(lambda: {pm25 for pm25, _valid in worker.ask(day)} == {26_666_666_667}, "the day is worked out again")


def test_a_task_delivered_again_while_it_runs_leaves_the_file_to_the_first(worker, tmp_path):
    a_file(tmp_path / "in", "again.csv", "20220401", range(1, 24), 30)
    worker.hand_in(tmp_path / "in", "only")
    with worker.locked("indicators_airhour"):
        worker.enqueue(submissions(worker, "again.csv") * 5)
        blocked = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ILIKE '%airhour%'"
        worker.wait(lambda: worker.ask(blocked) != [], "the first process waits for the table")
        time.sleep(0.5)  # the second one meets the file that the first one holds
    read(worker)
    assert outcome(worker, "again.csv") == [("accepted", 23 * STATIONS, 2)]


def test_a_clock_that_was_turned_back_leaves_no_file_waiting(worker, tmp_path):
    """What was received and queued by a clock that ran ahead."""
    a_file(tmp_path / "in", "clock.csv", "20220501", range(1, 24), 30)
    worker.hand_in(tmp_path / "in", "only")
    ahead = "received_at = now() + interval '30 days', queued_at = now() + interval '30 days'"
    worker.ask(f"UPDATE indicators_submission SET {ahead} WHERE name = 'clock.csv'")
    worker.sweep(None)
    read(worker)
    assert outcome(worker, "clock.csv") == [("accepted", 23 * STATIONS, 2)]


@pytest.fixture
def mounts():
    """Only root may make a file system that is too small."""
    if not may_mount():
        if os.environ.get("DABIAO_TEST_NO_SKIP"):
            pytest.fail("this process may not mount a file system")
        pytest.skip("this process may not mount a file system: it takes root")


def test_a_table_whose_disk_is_full_takes_nothing_until_there_is_room(worker, tmp_path, mounts):
    a_file(tmp_path / "in", "full.csv", "20220601", range(1, 24), 30)
    (size,) = worker.ask("SELECT pg_relation_size('indicators_airhour') / 1024")[0]
    with worker.small_disk(size + 96) as disk:
        worker.ask_alone(f"CREATE TABLESPACE small LOCATION '{disk.folder}'")
        worker.ask("ALTER TABLE indicators_airhour SET TABLESPACE small")
        try:
            filler = disk.folder / "filler"
            with pytest.raises(OSError, match="No space left"):
                filler.write_bytes(b"x" * 2**20)
            worker.hand_in(tmp_path / "in")
            worker.wait(lambda: "No space left on device" in worker.database_log(), "the disk is full")
            assert outcome(worker, "full.csv") == [("received", 0, 0)]
            disk.grow(size + 65536)
            worker.sweep()
            read(worker)
            assert outcome(worker, "full.csv") == [("accepted", 23 * STATIONS, 2)]
        finally:
            disk.grow(size + 65536)
            worker.ask("ALTER TABLE indicators_airhour SET TABLESPACE pg_default")
            worker.ask_alone("DROP TABLESPACE small")


def test_a_full_disk_keeps_no_half_of_a_file_and_notes_none(installation, tmp_path, mounts):
    a_file(tmp_path / "in", "half.csv", "20220701", range(1, 24), 30)
    with installation.small_disk(8) as disk, installation.data_in(disk.folder):
        with pytest.raises(AssertionError, match="No space left"):
            installation.hand_in(tmp_path / "in")
        assert [path.name for path in disk.folder.rglob("*") if path.is_file() and path.stat().st_size > 0] == []
    assert outcome(installation, "half.csv") == []


@pytest.mark.long
def test_a_visibility_time_out_delivers_a_task_again_and_stores_once(installation, tmp_path):
    """Redis gives a task that is not acknowledged in time to another process; the load goes on in the first."""
    a_file(tmp_path / "in", "visible.csv", "20220801", range(1, 24), 30)
    installation.kill_workers()
    installation.start_worker(app="tests.faults.hasty", says="INFO")
    with installation.locked("indicators_airhour"):
        installation.hand_in(tmp_path / "in")
        installation.wait(lambda: deliveries(installation) != {}, "it was delivered")
        time.sleep(2)
        installation.start_worker(app="tests.faults.hasty", says="INFO")  # who joins looks for what others lost
        installation.wait(lambda: max(deliveries(installation).values()) > 1, "it was delivered again")
        time.sleep(1)
    read(installation)
    installation.kill_workers()
    assert outcome(installation, "visible.csv") == [("accepted", 23 * STATIONS, 2)]


def deliveries(found: Installation) -> Counter[str]:
    """How often each task was delivered that workers logged."""
    return Counter(re.findall(r"load_submission\[([0-9a-f-]+)\] received", found.worker_log()))


def test_the_register_is_what_these_tests_count_on():
    assert REGISTER.count("\n") == STATIONS + 1
