"""City days from hours, against slow, obvious second versions in Fraction."""

import math
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation import air, air_days
from evaluation.validity import CN, PROFILES

DAY = 10**9  # a stored day is in 10^-9 of the printed unit

# ---- a city's day from its stations' hours -------------------------------------------------------------------------


Hours = list[int | None]


def naive_city_day(stations: list[Hours], profile=CN) -> Fraction | None:
    """Station means first, then their mean; in thousandths."""
    means = []
    for hours in stations:
        given = [hour for hour in hours if hour is not None]
        if len(given) >= profile.hours_per_day:
            means.append(Fraction(sum(given), len(given)))
    needed = math.ceil(len(stations) * (Fraction(1, 2) if len(stations) < 4 else Fraction(3, 4)))
    return sum(means) / len(means) if len(means) >= needed else None


#: Which 8 h means make a day: (o'clock at which the first ends, how many), how many are needed, whether a maximum
#: above the limit counts from fewer. From the standards register 2.3 and the directives' words in the table.
WINDOWS = {
    "CN": ((8, 17), 14, True),
    "EU": ((1, 24), 18, False),
    "EPA": ((15, 17), 13, True),
    "CAAQS": ((1, 24), 18, True),
}


def naive_max_8h(yesterday: Hours, today: Hours, tomorrow: Hours, limit: int, profile: str = "CN") -> Fraction | None:
    (first, count), needed, above = WINDOWS[profile]
    clock = yesterday + today + tomorrow
    windows = []
    for end in range(first, first + count):
        given = [hour for hour in clock[24 + end - 8 : 24 + end] if hour is not None]
        if len(given) >= 6:
            windows.append(Fraction(sum(given), len(given)))
    if windows and (len(windows) >= needed or (above and max(windows) > limit)):
        return max(windows)
    return None


NONE: Hours = [None] * 24


def naive_city_o3(stations: list[Hours], limit: int) -> Fraction | None:
    tops = [top for top in (naive_max_8h(NONE, hours, NONE, limit) for hours in stations) if top is not None]
    needed = math.ceil(len(stations) * (Fraction(1, 2) if len(stations) < 4 else Fraction(3, 4)))
    return sum(tops) / len(tops) if len(tops) >= needed else None


def as_day(value: Fraction | None) -> int:
    return air.MISSING if value is None else round(value * 10**6)  # round() of a Fraction is half to even


hour = st.one_of(st.none(), st.integers(min_value=0, max_value=400_000))
mostly_there = st.one_of(*[st.integers(min_value=0, max_value=400_000)] * 9, st.none())
station = st.lists(mostly_there, min_size=24, max_size=24)


@settings(max_examples=150, deadline=None)
@given(st.lists(station, min_size=1, max_size=6))
def test_city_days_agree_with_the_naive_version(stations):
    hours = np.array([[[-1 if h is None else h for h in station]] for station in stations], dtype=np.int64)
    found = air_days.city_days({"pm25": hours, "o3": hours}, [date(2021, 7, 1)])
    assert found.figures["pm25"].tolist() == [as_day(naive_city_day(stations))]
    assert found.figures["o3_8h"].tolist() == [as_day(naive_city_o3(stations, 160_000))]
    assert found.hours_valid.tolist() == [sum(h is not None for station in stations for h in station)]
    assert found.hours_possible == 24 * len(stations)


def hours_of(*stations: list[int | None]) -> np.ndarray:
    return np.array([[[-1 if h is None else h for h in station]] for station in stations], dtype=np.int64)


def test_a_day_needs_twenty_hours():
    nineteen = [50_000] * 19 + [None] * 5
    twenty = [50_000] * 20 + [None] * 4
    day = [date(2021, 7, 1)]
    assert air_days.city_days({"pm25": hours_of(nineteen)}, day).figures["pm25"].tolist() == [air.MISSING]
    assert air_days.city_days({"pm25": hours_of(twenty)}, day).figures["pm25"].tolist() == [50 * DAY]


def test_two_of_three_points_make_a_city_and_two_of_four_do_not():
    full, empty = [30_000] * 24, [None] * 24
    day = [date(2021, 7, 1)]
    assert air_days.city_days({"pm25": hours_of(full, full, empty)}, day).figures["pm25"].tolist() == [30 * DAY]
    four = hours_of(full, full, empty, empty)
    assert air_days.city_days({"pm25": four}, day).figures["pm25"].tolist() == [air.MISSING]


def test_ozone_with_too_few_windows_counts_only_when_it_exceeds():
    """HJ 663-2013 6.1.2."""
    morning_only = [100_000] * 16 + [None] * 8  # windows ending 08:00 to 18:00: eleven with six hours or more
    high = [200_000] * 16 + [None] * 8
    day = [date(2021, 7, 1)]
    assert air_days.city_days({"o3": hours_of(morning_only)}, day).figures["o3_8h"].tolist() == [air.MISSING]
    assert air_days.city_days({"o3": hours_of(high)}, day).figures["o3_8h"].tolist() == [200 * DAY]


def test_city_ozone_is_the_mean_of_the_maxima_not_the_maximum_of_the_mean():
    early = [160_000] * 8 + [0] * 16
    late = [0] * 16 + [160_000] * 8
    found = air_days.city_days({"o3": hours_of(early, late)}, [date(2021, 7, 1)])
    assert found.figures["o3_8h"].tolist() == [160 * DAY]


def test_days_of_a_year_keep_their_order():
    days = [date(2021, 1, 1) + timedelta(days=n) for n in range(365)]
    hours = np.broadcast_to(np.arange(365, dtype=np.int64)[None, :, None] * 1000, (3, 365, 24))
    assert air_days.city_days({"pm25": hours}, days).figures["pm25"].tolist() == [n * DAY for n in range(365)]


# ---- the other validity profiles -------------------------------------------------------------------------------------


def random_hours(count: int) -> np.ndarray:
    """One station's hours on consecutive days, with gaps."""
    random = np.random.default_rng(count)
    hours = random.integers(0, 260_000, (1, count, 24), dtype=np.int64)
    hours[random.random(hours.shape) < 0.15] = air.MISSING
    return hours


def by_arrays(hours: np.ndarray, code: str) -> tuple[list[int], list[int]]:
    days = [date(2019, 1, 1) + timedelta(days=n) for n in range(hours.shape[1])]
    found = air_days.city_days({"pm25": hours, "o3": hours}, days, PROFILES[code]).figures
    return found["pm25"].tolist(), found["o3_8h"].tolist()


def naively(hours: np.ndarray, code: str) -> tuple[list[int], list[int]]:
    plain = [[None if hour < 0 else hour for hour in day] for day in hours[0].tolist()]
    around = [NONE, *plain, NONE]
    hours_needed = {"CN": 20, "EU": 18, "EPA": 18, "CAAQS": 18}[code]
    means = [naive_station_mean(day, hours_needed) for day in plain]
    maxima = [naive_max_8h(*around[n : n + 3], 160_000, code) for n in range(len(plain))]
    return [as_day(mean) for mean in means], [as_day(top) for top in maxima]


def naive_station_mean(hours: Hours, needed: int) -> Fraction | None:
    given = [hour for hour in hours if hour is not None]
    return Fraction(sum(given), len(given)) if len(given) >= needed else None


@pytest.mark.parametrize("code", WINDOWS)
def test_every_profile_agrees_with_the_naive_version(code):
    hours = random_hours(120)
    assert by_arrays(hours, code) == naively(hours, code)


@pytest.mark.long
@pytest.mark.parametrize("code", WINDOWS)
def test_a_million_random_hours_agree_with_the_naive_version(code):
    hours = random_hours(10_500)  # x 24 hours x 4 profiles
    assert by_arrays(hours, code) == naively(hours, code)


def test_a_window_reaches_into_a_neighbouring_day_only_if_it_is_there():
    """EU: the first window of a day ends at 01:00, so an evening counts for the next morning."""
    evening, quiet = [0] * 17 + [160_000] * 7, [0] * 24
    next_day = [date(2021, 7, 1), date(2021, 7, 2)]
    after_a_gap = [date(2021, 7, 1), date(2021, 7, 3)]
    hours = np.array([[evening, quiet]], dtype=np.int64)
    eu = PROFILES["EU"]
    assert air_days.city_days({"o3": hours}, next_day, eu).figures["o3_8h"].tolist() == [140 * DAY, 140 * DAY]
    assert air_days.city_days({"o3": hours}, after_a_gap, eu).figures["o3_8h"].tolist() == [140 * DAY, 0]
    assert air_days.city_days({"o3": hours}, next_day, CN).figures["o3_8h"].tolist() == [140 * DAY, 0]
