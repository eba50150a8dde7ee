"""Which table holds depends on the date of the data, never on today."""

from datetime import date
from decimal import Decimal

import pytest

from evaluation import standards


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2012, 2, 29), "HJ 633-2012"),
        (date(2021, 7, 1), "HJ 633-2012"),
        (date(2026, 2, 28), "HJ 633-2012"),
        (date(2026, 3, 1), "HJ 633-2026"),
        (date(2031, 1, 1), "HJ 633-2026"),
    ],
)
def test_the_aqi_rule_follows_the_date_of_the_data(on, expected):
    assert standards.aqi_standard(on) == expected


def test_before_the_pilot_cities_there_was_no_aqi():
    with pytest.raises(LookupError):
        standards.aqi_standard(date(2012, 2, 28))


@pytest.mark.parametrize(
    ("pollutant", "averaging", "on", "limit"),
    [  # standards register 2.1
        ("PM2.5", "annual", date(2021, 1, 1), "35"),
        ("PM2.5", "annual", date(2026, 3, 1), "30"),
        ("PM2.5", "annual", date(2031, 1, 1), "25"),
        ("PM10", "24h", date(2026, 3, 1), "120"),
        ("SO2", "24h", date(2031, 1, 1), "50"),
        ("O3", "daily max 8h", date(2014, 5, 1), "160"),  # pilot cities
    ],
)
def test_limits_by_date(pollutant, averaging, on, limit):
    assert standards.air_limit(pollutant, averaging, on) == Decimal(limit)


def test_no_limit_is_made_up():
    with pytest.raises(LookupError):
        standards.air_limit("PM2.5", "annual", date(2011, 1, 1))
    with pytest.raises(ValueError, match="no breakpoints"):
        standards.breakpoints("HJ 633-2012", "PM2.5", "1h")


def test_the_bands_have_no_gap():
    bands = standards.aqi_bands()
    assert [band.low for band in bands] == [0] + [band.high + 1 for band in bands[:-1]]
    assert [band.category_zh for band in bands] == ["优", "良", "轻度污染", "中度污染", "重度污染", "严重污染"]
