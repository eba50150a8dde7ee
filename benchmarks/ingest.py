"""Rows a second from files of the national layout to the table, against Django's own upsert of the same rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
from django.db import connection, transaction

from evaluation.calendar import SHANGHAI
from indicators.models import AirHour, Submission
from ingest.services import load_submission, receive_file
from provinces.models import Region, Site
from provinces.services import load_regions

SITES, DAYS = 1500, 10
ITEMS = ("PM2.5", "PM10", "SO2", "NO2", "O3", "CO")


def run() -> Iterator[str]:
    """Measure on the database of the settings; what was stored is thrown away."""
    load_regions()
    with transaction.atomic():
        sites = _sites()
        files = [_file(day, sites) for day in range(1, DAYS + 1)]
        began = time.perf_counter()
        stored = 0
        for number, text in enumerate(files, start=1):
            received = receive_file(f"china_sites_202203{number:02d}.csv", text, via=Submission.Via.COMMAND)
            stored += load_submission(received.submission.pk).rows_stored
        ours = stored / (time.perf_counter() - began)
        AirHour.objects.all().delete()
        rows = _rows(sites, received.submission)
        began = time.perf_counter()
        AirHour.objects.bulk_create(
            rows, batch_size=2000, update_conflicts=True, unique_fields=["ts", "site"], update_fields=["pm25_ng"]
        )
        theirs = len(rows) / (time.perf_counter() - began)
        transaction.set_rollback(True)
    yield f"{connection.vendor}: ingest {ours:,.0f} rows/s (site-hours, file to table, findings and revisions included)"
    yield f"{connection.vendor}: yardstick bulk_create(update_conflicts) of ready rows {theirs:,.0f} rows/s"


def _sites() -> list[Site]:
    city = Region.objects.get(code="430400")
    return [
        Site.objects.create(
            kind=Site.Kind.AIR_STATION, code=f"B{n:04d}", name=f"测试{n}", region=city, role=Site.Role.CITY_POINT
        )
        for n in range(SITES)
    ]


def _file(day: int, sites: list[Site]) -> bytes:
    random = np.random.default_rng(day)
    lines = ["date,hour,type," + ",".join(site.code for site in sites)]
    for hour in range(24):
        for item in ITEMS:
            values = random.integers(1, 90, len(sites)).astype(str)
            lines.append(f"202203{day:02d},{hour},{item}," + ",".join(values))
    return "\n".join(lines).encode()


def _rows(sites: list[Site], submission: Submission) -> list[AirHour]:
    first = datetime(2022, 4, 1, tzinfo=SHANGHAI)
    return [
        AirHour(
            ts=first + timedelta(hours=hour),
            site=site,
            submission=submission,
            pm25_ng=1000,
            pm10_ng=1,
            so2_ng=1,
            no2_ng=1,
            o3_ng=1,
            co_ug=1,
        )
        for hour in range(24)
        for site in sites
    ]
