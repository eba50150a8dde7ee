"""Which of several accounts of a city day is taken."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from indicators.known_days import city_days
from indicators.models import AirDay, Submission
from indicators.revised import revised_between

pytestmark = [pytest.mark.django_db, pytest.mark.services]

DAY, CITY = date(2021, 3, 1), "430400"


def stored(basis: str, value: int, *, simulated: bool = False) -> None:
    """A day of Hengyang with a PM2.5 of so many µg/m³."""
    file, _created = Submission.objects.get_or_create(
        sha256="c" * 64, defaults={"name": "d.csv", "size": 1, "received_at": timezone.now()}
    )
    AirDay.objects.create(
        region_id=CITY, day=DAY, basis=basis, pm25_fg=value * 10**9, standard="HJ 633-2012", simulated=simulated,
        submission=file if basis == AirDay.Basis.FILE else None,
    )  # fmt: skip


def taken() -> int:
    """The PM2.5 that counts."""
    return int(city_days([CITY], DAY, DAY)[CITY].figures["pm25"][0]) // 10**9


def test_stations_come_before_print():
    stored(AirDay.Basis.FILE, 31)
    stored(AirDay.Basis.STATIONS, 30)
    assert taken() == 30


def test_a_real_day_comes_before_a_simulated_one():
    stored(AirDay.Basis.STATIONS, 30, simulated=True)
    stored(AirDay.Basis.FILE, 31)
    assert taken() == 31
    assert not city_days([CITY], DAY, DAY)[CITY].simulated.any()


def test_no_day_is_missing_and_never_zero():
    found = city_days([CITY], DAY, date(2021, 3, 3))[CITY]
    assert found.length == 3
    assert (found.figures["pm25"] < 0).all()
    assert (found.aqi < 0).all()
    assert not revised_between([CITY], DAY, None)
