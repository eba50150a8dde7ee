"""How many hours of a site's day hold a value, against the hours themselves."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

import pytest
from django.utils import timezone

from evaluation.calendar import SHANGHAI
from indicators.city_days import HourGrid, captured_hours
from indicators.columns import HOUR_COLUMNS
from indicators.models import AirHour, Submission
from provinces.models import Site

DAYS = [date(2021, 2, 27) + timedelta(days=n) for n in range(4)]


@pytest.fixture
def sites(db) -> list[Site]:
    return [
        Site.objects.create(kind="air_station", code=f"T{n}", name=f"站{n}", region_id="430400", role="city_point")
        for n in range(3)
    ]


def hour(site: Site, ts: datetime, **values: int) -> AirHour:
    file, _created = Submission.objects.get_or_create(
        sha256="c" * 64, defaults={"name": "h.csv", "size": 1, "received_at": timezone.now()}
    )
    return AirHour(site=site, ts=ts, submission=file, **values)


@pytest.mark.parametrize("seed", range(4))
def test_they_are_counted_as_the_grid_has_them(sites, seed):
    random = Random(seed)
    first = datetime(2021, 2, 26, 20, tzinfo=SHANGHAI)
    AirHour.objects.bulk_create(
        hour(site, first + timedelta(hours=n), **{name: 7 for name in HOUR_COLUMNS if random.random() < 0.3})
        for site in sites[:2]
        for n in range(24 * 5)
        if random.random() < 0.8
    )
    grid = HourGrid.read(sites, DAYS)
    assert captured_hours(sites, DAYS).tolist() == (grid.values >= 0).any(axis=0).sum(axis=2).tolist()


def test_hour_0_closes_the_day_before_and_an_hour_without_any_value_is_not_captured(sites):
    midnight = datetime(2021, 2, 28, 0, tzinfo=SHANGHAI)
    AirHour.objects.bulk_create(
        [hour(sites[0], midnight, co_ug=1), hour(sites[0], midnight + timedelta(hours=1), pm25_ng=0),
         hour(sites[0], midnight + timedelta(hours=2))]
    )  # fmt: skip
    assert captured_hours(sites[:1], DAYS).tolist() == [[1, 1, 0, 0]]


def test_no_sites_no_hours(db):
    assert captured_hours([], DAYS).shape == (0, 4)
