"""Cities side by side, held against a second, naive way of counting."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pytest

from goals.ranking import change_of, led_by, places, ranking_room
from indicators.models import AirDay, Indicator
from provinces.models import Region
from provinces.selectors import cities_of
from tests.goals.cast import days, year_of_days

pytestmark = pytest.mark.django_db
GUANGXI = "450000"
DAY = date(2021, 9, 30)


def _ranked(code: str, *, exceeding: bool = False):
    cities = cities_of(Region.objects.get(code=GUANGXI))
    indicator = Indicator.objects.get(code=code)
    room = ranking_room(cities, [indicator], (2020, 2021), DAY, date(2022, 1, 1))
    return places(cities, indicator, 2021, room, exceeding=exceeding)


def _mean(city: str, year: int) -> Decimal:
    """The mean of a city's days to 30 September, rounded half to even by the decimal module."""
    rows = AirDay.objects.filter(region=city, day__range=(date(year, 1, 1), date(year, 9, 30)))
    values = [Decimal(row.pm25_fg) / 10**9 for row in rows]
    return (sum(values) / len(values)).quantize(Decimal("0.1"), ROUND_HALF_EVEN)


def test_cities_are_ranked_by_printed_values_and_equal_ones_share_a_rank():
    for year, seed in ((2020, 1), (2021, 2)):
        year_of_days(GUANGXI, year, date(year, 9, 30), level=30, seed=seed)
    found = _ranked("pm25_mean")
    values = {one.region.code: _mean(one.region.code, 2021) for one in found}
    assert {one.region.code: one.value for one in found} == values
    assert {one.region.code: one.rank for one in found} == {
        code: 1 + sum(other < value for other in values.values()) for code, value in values.items()
    }
    assert {one.region.code for one in found if one.tied} == {
        code for code, value in values.items() if list(values.values()).count(value) > 1
    }
    for one in found:
        before = _mean(one.region.code, 2020)
        assert one.before == before
        assert one.change == ((one.value - before) / before * 100).quantize(Decimal("0.1"), ROUND_HALF_EVEN)


def test_a_high_ratio_of_good_days_ranks_first_and_changes_in_points():
    days(GUANGXI, date(2020, 1, 1), date(2020, 12, 31), aqi=60)
    AirDay.objects.filter(day__year=2020, day__month__lte=3).update(aqi=120)
    days(GUANGXI, date(2021, 1, 1), DAY, aqi=60)
    AirDay.objects.filter(region="450100", day__year=2021, day__month=1).update(aqi=120)
    found = _ranked("good_day_ratio")
    last = found[-1]
    assert (last.region.code, last.rank, last.tied) == ("450100", 14, False)
    assert all(one.rank == 1 and one.tied for one in found[:-1])
    share = (Decimal(100) * (273 - 31) / 273).quantize(Decimal("0.1"), ROUND_HALF_EVEN)
    before = (Decimal(100) * (274 - 91) / 274).quantize(Decimal("0.1"), ROUND_HALF_EVEN)
    assert (last.value, last.change) == (share, share - before)


def test_a_city_without_data_has_no_rank_and_no_zero():
    days(GUANGXI, date(2021, 1, 1), DAY)
    AirDay.objects.filter(region="450100").delete()
    found = {one.region.code: one for one in _ranked("pm25_mean", exceeding=True)}
    nothing = found["450100"]
    assert (nothing.value, nothing.rank, nothing.before, nothing.bad_days) == (None, None, None, None)
    assert found["450200"].before is None
    assert found["450200"].change is None


def test_days_above_the_limit_are_counted_with_what_led_them():
    days(GUANGXI, date(2021, 1, 1), DAY, aqi=80)
    bad = AirDay.objects.filter(region="450100", day__month=2)  # 28 days
    bad.update(aqi=130, primary=1 << 5)  # ozone, 8 h
    bad.filter(day__day__lte=3).update(primary=1 | 1 << 5)  # tied with PM2.5
    AirDay.objects.filter(region="450100", day=date(2021, 3, 1)).update(aqi=101, primary=1 << 6)  # ozone, 1 h
    one = next(one for one in _ranked("pm25_mean", exceeding=True) if one.region.code == "450100")
    assert one.bad_days == 29
    assert list(one.causes) == [("O3", 29), ("PM2.5", 3)]


def test_what_leads_counts_only_days_above_the_limit():
    class City:
        aqi = np.array([-1, 100, 101, 200])
        primary = np.array([1, 1, 2, 0])

    assert led_by(City()) == [("PM10", 1)]


def test_a_change_on_nothing_is_none():
    indicator = Indicator.objects.get(code="pm25_mean")
    assert change_of(Decimal(3), Decimal(0), indicator) is None
    assert change_of(Decimal(3), None, indicator) is None
