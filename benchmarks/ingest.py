"""Rows a second from files of the national layout to the table, against PostgreSQL's own COPY of the same rows."""

from __future__ import annotations

import csv
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TypeVar

import numpy as np
from django.conf import settings
from django.db import connection, transaction

from indicators.models import AirHour, Submission
from ingest.folders import find_files
from ingest.handing_in import HandIn, load_together
from ingest.services import load_submission, receive_file
from provinces.models import Region
from provinces.services import load_regions

SITES = 1600
ITEMS = ("PM2.5", "PM10", "SO2", "NO2", "O3", "CO")
ROUNDS = 5

Found = TypeVar("Found")


def run() -> Iterator[str]:
    """Measure on the database of the settings, which is thrown away afterwards."""
    load_regions()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _register(folder)
        if connection.vendor == "postgresql":
            yield from _postgresql(folder)
        else:
            yield from _sqlite(folder)
        yield from _hourly_batch(folder)


def _sqlite(folder: Path) -> Iterator[str]:
    paths = _days(folder, date(2022, 3, 1), 12)
    HandIn().load(folder / "stations.csv")
    HandIn().load(paths[0])
    rows = [_timed(partial(HandIn().load, path)) for path in paths[1:7]]
    before = _peak_mb()
    rows += [_timed(partial(HandIn().load, path)) for path in paths[7:]]
    speeds = [answers[0]["rows_stored"] / took for answers, took in rows]
    yield f"sqlite: files to table {np.median(speeds):,.0f} rows/s (a file a day of {SITES} sites, one process)"
    yield f"sqlite: peak memory {before:,.0f} MB after 7 files, {_peak_mb():,.0f} MB after 12"
    yield f"sqlite: yardstick bulk_create(update_conflicts) of ready rows {_bulk_create():,.0f} rows/s"


def _postgresql(folder: Path) -> Iterator[str]:
    """Rounds of: raw \\copy of a month's rows by one connection, the same month's files by two processes and by one."""
    paths = _days(folder, date(2022, 1, 1), 30)
    HandIn().load(folder / "stations.csv")
    rows = folder / "rows.txt"
    rounds = []
    for number in range(1, ROUNDS + 1):
        _forget()
        _answers, two = _timed(lambda: load_together(paths, HandIn(), 2))
        count = AirHour.objects.count()
        if number == 1:
            with rows.open("w") as file, connection.cursor() as cursor:
                cursor.copy_expert("COPY indicators_airhour TO STDOUT", file)
        bare, keyed = _raw_copy(rows, "WITHOUT key"), _raw_copy(rows, "PRIMARY KEY (ts, site_id)")
        for path in paths:  # the same rows in other bytes
            path.write_bytes(path.read_bytes() + b"\n" * number)
        _answers, again = _timed(lambda: load_together(paths, HandIn(), 2))
        yield (
            f"postgresql, round {number}: {count:,} rows; raw \\copy, one connection: {count / bare:,.0f} rows/s "
            f"without a key, {count / keyed:,.0f} with it; files to table, two processes: {count / two:,.0f} rows/s = "
            f"{bare / two:.2f} and {keyed / two:.2f} of it; the same rows again: {count / again:,.0f} = "
            f"{bare / again:.2f} and {keyed / again:.2f}"
        )
        rounds.append((bare, keyed, two, again))
    bare, keyed, two, again = np.median(np.array(rounds), axis=0)
    yield (
        f"postgresql, medians of {ROUNDS} rounds: raw \\copy {count / bare:,.0f} rows/s without a key, "
        f"{count / keyed:,.0f} with it; two processes {count / two:,.0f} = {bare / two:.2f} and {keyed / two:.2f}; "
        f"the same rows again {count / again:,.0f} = {bare / again:.2f} and {keyed / again:.2f}"
    )
    _forget()
    _count, one = _timed(lambda: sum(len(HandIn().load(path)) for path in paths))
    yield f"postgresql: one process, second index kept: {count / one:,.0f} rows/s; peak memory {_peak_mb():,.0f} MB"


def _hourly_batch(folder: Path) -> Iterator[str]:
    """One hour of the country, as it comes every hour."""
    took = []
    for hour in range(5, 12):
        path = folder / f"china_sites_20220601_{hour:02d}.csv"
        _write(path, date(2022, 6, 1), [hour])
        data = path.read_bytes()
        took.append(_timed(partial(_load, path.name, data))[1])
    yield f"{connection.vendor}: hourly batch of {SITES} sites, received and loaded: {np.median(took) * 1000:.0f} ms"


def _load(name: str, data: bytes) -> Submission:
    return load_submission(receive_file(name, data, via=Submission.Via.COMMAND).submission.pk)


def _raw_copy(rows: Path, key: str) -> float:
    """Seconds of psql's \\copy into a table of the same columns."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS raw")
        cursor.execute("CREATE TABLE raw AS SELECT * FROM indicators_airhour WHERE 1 = 0")
        if key.startswith("PRIMARY"):
            cursor.execute(f"ALTER TABLE raw ADD {key}")
    address = settings.ENVIRONMENT.database_url
    took = _timed(lambda: subprocess.run(["psql", address, "-qc", f"\\copy raw FROM '{rows}'"], check=True))[1]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE raw")
    return took


def _forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE indicators_airhour, indicators_dirtyairday")
        cursor.execute("DELETE FROM indicators_extent")
        cursor.execute("DELETE FROM indicators_finding")
        cursor.execute("DELETE FROM indicators_submission WHERE name LIKE '%china_sites%'")


def _bulk_create() -> float:
    rows = list(AirHour.objects.all()[:36_000])
    with transaction.atomic():
        AirHour.objects.all().delete()
        _nothing, took = _timed(
            lambda: AirHour.objects.bulk_create(
                rows, batch_size=2000, update_conflicts=True, unique_fields=["ts", "site"], update_fields=["pm25_ng"]
            )
        )
        transaction.set_rollback(True)
    return len(rows) / took


def _register(folder: Path) -> None:
    cities = [city.short_name for city in Region.objects.filter(counts_as_city=True).order_by("code")]
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(["code", "name", "city", "lon", "lat", "code_origin"])
    writer.writerows([f"B{n:04d}", f"测试{n}", cities[n % len(cities)], "", "", "made up"] for n in range(SITES))
    (folder / "stations.csv").write_text(out.getvalue(), encoding="utf-8")


def _days(folder: Path, first: date, count: int) -> list[Path]:
    paths = []
    for n in range(count):
        day = first + timedelta(days=n)
        paths.append(folder / f"china_sites_{day:%Y%m%d}.csv")
        _write(paths[-1], day, range(24))
    return find_files(paths)


def _write(path: Path, day: date, hours: range | list[int]) -> None:
    """A day of the archive as it comes: 15 rows an hour, one cell in a hundred empty."""
    random = np.random.default_rng(day.toordinal())
    lines = ["date,hour,type," + ",".join(f"B{n:04d}" for n in range(SITES))]
    for hour in hours:
        fine = random.integers(1, 60, SITES)
        found = {"PM2.5": fine, "PM10": fine + random.integers(0, 60, SITES), "CO": random.integers(1, 30, SITES) / 10}
        for item in (*ITEMS, "AQI", *(f"{item}_24h" for item in ITEMS), "O3_8h", "O3_8h_24h"):
            values = found.get(item, random.integers(1, 90, SITES)).astype(str)
            values[random.random(SITES) < (1 if item == "AQI" else 0.01)] = ""
            lines.append(f"{day:%Y%m%d},{hour},{item}," + ",".join(values))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _timed(what: Callable[[], Found]) -> tuple[Found, float]:
    began = time.perf_counter()
    found = what()
    return found, time.perf_counter() - began


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
