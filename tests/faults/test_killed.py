"""Killed workers, a lost broker, a crashed database: no row is lost, none is there twice, no file is half loaded."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.faults.installation import STATIONS, Installation
from tests.ingest import files

pytestmark = [pytest.mark.needs_services, pytest.mark.xdist_group("faults")]


def a_month(folder: Path, month: str, days: int) -> int:
    """A file a day of all stations; the value of PM2.5 is the day. Returns how many rows they hold."""
    folder.mkdir()
    sites = [f"K{n:03d}" for n in range(STATIONS)]
    for day in range(1, days + 1):
        text = files.national(f"{month}{day:02d}", range(1, 24), {**files.PLAIN, "PM2.5": str(day)}, sites)
        (folder / f"china_sites_{month}{day:02d}.csv").write_text(text, encoding="utf-8")
    return days * 23 * STATIONS


def check(found: Installation, month: str, rows: int, days: int) -> None:
    """Every row of the month once, with the value its file gave it, and each file accounted for whole."""
    name = f"name LIKE 'china_sites_{month}%'"
    assert found.ask(
        f"SELECT count(*), count(DISTINCT submission_id), min(pm25_ng), max(pm25_ng) FROM indicators_airhour "
        f"JOIN indicators_submission s ON s.id = submission_id WHERE {name}"
    ) == [(rows, days, 1000, 1000 * days)]
    assert found.ask(
        f"SELECT count(*), count(DISTINCT sha256), sum(rows_stored), min(rows_stored), max(rows_stored) "
        f"FROM indicators_submission WHERE state = 'accepted' AND {name}"
    ) == [(days, days, rows, rows // days, rows // days)]
    day = "EXTRACT(DAY FROM h.ts AT TIME ZONE 'Asia/Shanghai' - interval '1 second')"
    assert found.ask(
        "SELECT count(*) FROM indicators_airhour h JOIN indicators_submission s ON s.id = h.submission_id "
        f"WHERE {name} AND h.pm25_ng <> 1000 * {day}"
    ) == [(0,)]
    assert found.ask(
        f"SELECT count(*) FROM indicators_extent e JOIN indicators_submission s ON s.id = submission_id WHERE {name}"
    ) == [(2 * days,)]
    assert found.ask(
        "SELECT count(*) FROM indicators_revision JOIN indicators_submission s ON s.id = old_submission_id "
        f"WHERE {name}"
    ) == [(0,)]


def kill_while_loading(found: Installation, folder: Path, month: str, kills: int) -> int:
    """Load a month while worker processes are killed at random moments; how many were."""
    days = 28
    rows = a_month(folder, month, days)
    chance = random.Random(int(month))
    found.start_worker()
    found.hand_in(folder)
    found.wait(lambda: found.waiting() < days, "the load has begun")
    killed = 0
    limit = time.monotonic() + 120
    while found.waiting():
        assert time.monotonic() < limit, "the load does not end"
        time.sleep(chance.uniform(0, 0.25))
        killed += found.kill_a_child(chance.randrange(4)) if killed < kills else 0
        found.revive_workers()
    found.kill_workers()
    check(found, month, rows, days)
    return killed


def test_workers_killed_while_they_load(installation, tmp_path):
    assert kill_while_loading(installation, tmp_path / "in", "202101", 6)


def test_a_process_killed_while_its_statement_runs_leaves_its_file_to_nobody(installation, tmp_path):
    """The database goes on with the statement and holds the file that long; another process is given it meanwhile."""
    rows = a_month(tmp_path / "in", "202106", 1)
    installation.start_worker()
    with installation.locked("indicators_airhour"):
        installation.hand_in(tmp_path / "in")
        blocked = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ILIKE '%airhour%'"
        installation.wait(lambda: installation.ask(blocked) != [], "the load waits for the table")
        installation.kill_children()
        time.sleep(2)
    installation.wait(lambda: not installation.waiting(), "the file is read, without the sweep", 30)
    installation.kill_workers()
    check(installation, "202106", rows, 1)


def test_a_worker_killed_whole_leaves_its_files_to_the_sweep(installation, tmp_path):
    rows = a_month(tmp_path / "in", "202103", 12)
    installation.start_worker()
    installation.hand_in(tmp_path / "in")
    installation.wait(lambda: installation.waiting() < 12, "the load has begun")
    installation.kill_workers()
    installation.sweep()
    installation.start_worker()
    installation.wait(lambda: not installation.waiting(), "all files are read")
    installation.kill_workers()
    check(installation, "202103", rows, 12)


def test_a_broker_that_went_between_upload_and_load(installation, tmp_path):
    rows = a_month(tmp_path / "in", "202104", 5)
    installation.stop_redis()
    try:
        installation.hand_in(tmp_path / "in")  # received all the same
        assert installation.waiting() == 5
    finally:
        installation.start_redis()
    installation.start_worker()
    installation.sweep()
    installation.wait(lambda: not installation.waiting(), "the sweep picked the files up")
    installation.kill_workers()
    check(installation, "202104", rows, 5)


def test_a_database_that_crashed_while_files_were_loaded(installation, tmp_path):
    rows = a_month(tmp_path / "in", "202105", 20)
    installation.start_worker()
    installation.hand_in(tmp_path / "in")
    installation.wait(lambda: installation.waiting() < 20, "the load has begun")
    installation.crash_postgresql()
    time.sleep(0.5)
    installation.start_postgresql()
    installation.sweep()
    installation.wait(lambda: not installation.waiting(), "all files are read")
    installation.kill_workers()
    check(installation, "202105", rows, 20)


@pytest.mark.long
def test_a_hundred_kills_at_random_moments(installation, tmp_path):
    killed = 0
    for number in range(60):
        month = f"{2013 + number // 12}{number % 12 + 1:02d}"
        killed += kill_while_loading(installation, tmp_path / month, month, 20)
        if killed >= 100:
            return
    pytest.fail(f"only {killed} kills: the load is over before they strike")


@pytest.mark.long
def test_a_thousand_files_at_once_leave_the_pages_answering(installation, tmp_path):
    """While two workers read, and more files wait than they can take. How long a page takes is for the benchmarks; here
    none may hang, fail, or keep a file from being read."""
    (tmp_path / "in").mkdir()
    sites = [f"K{n:03d}" for n in range(STATIONS)]
    for n in range(1000):
        day, hour = f"202201{1 + n // 40:02d}", n % 40 // 2
        text = files.national(day, [hour], {**files.PLAIN, "NO2": str(1 + n % 90)}, sites)
        (tmp_path / "in" / f"china_sites_{day}_{n}.csv").write_text(text, encoding="utf-8")
    installation.manage("prepare")
    installation.start_worker()
    with installation.served() as address:
        ask = installation.signed_in(address)
        for _ in range(8):  # both processes have started and made their first page
            ask("/")
        receiving = installation.hand_in_beside(tmp_path / "in")
        took: list[float] = []
        while receiving.poll() is None or installation.waiting():
            for path in ("/", "/data/", "/data/coverage/?region=430400&month=2022-01"):
                began = time.monotonic()
                ask(path)
                took.append(time.monotonic() - began)
            assert len(took) < 3000, "the load does not end"
    installation.kill_workers()
    assert receiving.returncode == 0
    assert len(took) > 20
    print(f"{len(took)} pages, the slowest {max(took):.2f} s")  # noqa: T201 shown by -s
    assert installation.ask("SELECT count(*) FROM indicators_submission WHERE name LIKE 'china_sites_202201%'") == [
        (1000,)
    ]
    assert not installation.waiting()
