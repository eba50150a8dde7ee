"""Ambient air: the sub-index, the AQI of a day, a city's day from its stations' hours.

Scalar functions take and give exact numbers and are the reference. Array functions do the same on integers and are
compared with the scalar ones by tests. In arrays

* an *hour* is an integer in thousandths of the unit that the standard prints (ng/m³; CO µg/m³),
* a *day* is an integer in 10^-9 of that unit (fg/m³; CO pg/m³), fine enough that no sum of 24 hours over any number
  of stations is moved across a whole number,
* MISSING stands for no value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import lcm

import numpy as np
import numpy.typing as npt

from evaluation import standards
from evaluation.rounding import IntArray, Number, exact, round_half_even, round_half_even_to
from evaluation.standards import POLLUTANTS
from evaluation.statistics import percentile
from evaluation.validity import CN, ValidityProfile

BoolArray = npt.NDArray[np.bool_]

MISSING = -1
HOUR_SCALE = 10**3
DAY_SCALE = 10**9

#: The daily figures behind an AQI: column -> (pollutant, averaging time) of the breakpoint table.
DAILY_FIGURES: Mapping[str, tuple[str, str]] = {
    "pm25": ("PM2.5", "24h"),
    "pm10": ("PM10", "24h"),
    "so2": ("SO2", "24h"),
    "no2": ("NO2", "24h"),
    "co": ("CO", "24h"),
    "o3_8h": ("O3", "8h"),
    "o3_1h": ("O3", "1h"),
}
#: A day is complete with these; the 1 h maximum of ozone takes part only where the data have it (R).
SIX = ("pm25", "pm10", "so2", "no2", "co", "o3_8h")

GOOD_DAY_AQI = 100
HEAVY_DAY_AQI = 200


def iaqi(pollutant: str, averaging: str, concentration: Number, on: date) -> int | None:
    """The sub-index of one concentration, by the rule in force for data of that day.

    `pollutant` is one of PM2.5, PM10, SO2, NO2, CO, O3; `averaging` is "24h", "8h" or "1h"; the concentration is in
    µg/m³, CO in mg/m³. Rounded up (HJ 633-2012 6.2, HJ 633-2026 4.2.6); from 2026-03-01 the concentration is rounded
    first (4.2.2). None where the standard gives no sub-index (2012: SO2 1 h and O3 8 h above 800).
    ValueError for a pair that the standard lacks, for text that is no number and for a negative concentration.
    """
    standard = standards.aqi_standard(on)
    column = standards.breakpoints(standard, pollutant, averaging)
    value = exact(concentration)
    if value < 0:
        raise ValueError(f"a concentration is not negative: {concentration}")
    if _rounds_first(standard):
        value = exact(round_half_even(value, 1 if pollutant == "CO" else 0))
    if value > exact(column.concentrations[-1]):
        return column.above
    for index in range(1, len(column.iaqis)):
        low, high = exact(column.concentrations[index - 1]), exact(column.concentrations[index])
        if value <= high:
            step = column.iaqis[index] - column.iaqis[index - 1]
            return -((low - value) * step // (high - low)) + column.iaqis[index - 1]
    raise AssertionError("the breakpoints start at zero")


def _rounds_first(standard: str) -> bool:
    return standard >= "HJ 633-2026"


def iaqi_of_days(figure: str, days: IntArray, standard: str) -> IntArray:
    """Vectorised `iaqi` of daily figures ("pm25" ... "o3_1h"), days in 10^-9 units; MISSING where there is none."""
    pollutant, averaging = DAILY_FIGURES[figure]
    column = standards.breakpoints(standard, pollutant, averaging)
    if _rounds_first(standard):
        days = np.where(days < 0, days, round_half_even_to(days, DAY_SCALE // (10 if pollutant == "CO" else 1)))
    marks = np.array([int(mark * DAY_SCALE) for mark in column.concentrations], dtype=np.int64)
    levels = np.array(column.iaqis, dtype=np.int64)
    upper = np.clip(np.searchsorted(marks, days, side="left"), 1, len(marks) - 1)
    low, high = marks[upper - 1], marks[upper]
    index = -(-(levels[upper] - levels[upper - 1]) * (days - low) // (high - low)) + levels[upper - 1]
    above = MISSING if column.above is None else column.above
    return np.where(days < 0, MISSING, np.where(days > marks[-1], above, index))


@dataclass(frozen=True)
class DailyAqi:
    """The AQI of many days; every array has the shape of the days.

    `aqi` is MISSING unless the day is *valid*: all six figures are there, or the others prove an AQI above 100 already
    (HJ 633-2026 5.3.1; 2012 is silent, and thin data may prove failure, never success).
    `primary` holds a bit for each figure of DAILY_FIGURES, set where it leads an AQI above 50.
    """

    aqi: IntArray
    primary: IntArray
    complete: BoolArray

    @property
    def valid(self) -> BoolArray:
        return self.aqi >= 0


def aqi_of_days(figures: Mapping[str, IntArray], standard: str) -> DailyAqi:
    """The AQI of many days, all under one standard. `figures`: columns of DAILY_FIGURES, equal shapes.

    A column that is not given counts as missing everywhere. HJ 633-2026 knows no daily 1 h figure of ozone, so
    "o3_1h" takes part under HJ 633-2012 only.
    """
    used = {name: days for name, days in figures.items() if name != "o3_1h" or not _rounds_first(standard)}
    shape = next(iter(used.values())).shape
    indices = {name: iaqi_of_days(name, days, standard) for name, days in used.items()}
    greatest = np.full(shape, MISSING, dtype=np.int64)
    for values in indices.values():
        greatest = np.maximum(greatest, values)
    complete = np.ones(shape, dtype=np.bool_)
    for name in SIX:
        complete &= _given(name, used, indices, shape)
    valid = complete | (greatest > GOOD_DAY_AQI)
    aqi = np.where(valid, greatest, MISSING)
    primary = np.zeros(shape, dtype=np.int64)
    for bit, name in enumerate(DAILY_FIGURES):
        if name in indices:
            primary |= np.where(valid & (aqi > 50) & (indices[name] == aqi), 1 << bit, 0)
    return DailyAqi(aqi=aqi, primary=primary, complete=complete)


def _given(
    name: str, figures: Mapping[str, IntArray], indices: Mapping[str, IntArray], shape: tuple[int, ...]
) -> BoolArray:
    """A figure is given when it has a sub-index; O3 8 h above 800 goes by its 1 h sub-index (2012, note 3)."""
    if name not in indices:
        return np.zeros(shape, dtype=np.bool_)
    given = indices[name] >= 0
    if name == "o3_8h" and "o3_1h" in indices:
        given = given | ((figures[name] >= 0) & (indices["o3_1h"] >= 0))
    return given


def primary_pollutants(mask: int) -> tuple[str, ...]:
    """The pollutants of a `primary` mask, ties all named, in the order of the table (HJ 633-2012 3.5)."""
    names = [DAILY_FIGURES[name][0] for bit, name in enumerate(DAILY_FIGURES) if mask >> bit & 1]
    return tuple(dict.fromkeys(names))


@dataclass(frozen=True)
class CityDays:
    """A city's days from its stations' hours. Every array has one entry a day, in 10^-9 units.

    `hours_valid` counts the station-hours that had a PM2.5 value, out of `hours_possible`.
    """

    figures: Mapping[str, IntArray]
    hours_valid: IntArray
    hours_possible: int


def city_days(hours: Mapping[str, IntArray], days: Sequence[date], profile: ValidityProfile = CN) -> CityDays:
    """City days by HJ 663-2013: station days first, then their mean over the stations (C).

    `hours`: "pm25", "pm10", "so2", "no2", "co", "o3", each of shape (stations, days, 24) in thousandths; entry h is
    the hour that ends at h+1 o'clock, so the last one closes the day. Every valid station day takes part; a city day
    needs the share of points that the profile asks for. For ozone the mean of the stations' daily maxima of the 8 h
    mean, not the maximum of the city's mean.
    """
    points = next(iter(hours.values())).shape[0]
    needed = profile.points_needed(points)
    figures = {
        name: _over_stations(*_station_means(values, profile.hours_per_day), needed)
        for name, values in hours.items()
        if name != "o3"
    }
    if "o3" in hours:
        limits = np.array([int(standards.air_limit("O3", "daily max 8h", day) * HOUR_SCALE) for day in days])
        figures["o3_8h"] = _over_stations(*_station_max_8h(hours["o3"], limits, profile), needed)
        figures["o3_1h"] = _over_stations(*_station_max_1h(hours["o3"], profile), needed)
    counted = hours["pm25"] if "pm25" in hours else next(iter(hours.values()))
    return CityDays(figures, hours_valid=(counted >= 0).sum(axis=(0, 2)), hours_possible=points * 24)


_DAY_DENOMINATOR = lcm(*range(1, 25))
_8H_DENOMINATOR = lcm(*range(1, 9))


def _station_means(hours: IntArray, hours_needed: int) -> tuple[IntArray, int]:
    """Exact station-day means as integers over a common denominator; MISSING with too few hours."""
    given = hours >= 0
    count = given.sum(axis=2)
    total = np.where(given, hours, 0).sum(axis=2)
    mean = total * (_DAY_DENOMINATOR // np.maximum(count, 1))
    return np.where(count >= hours_needed, mean, MISSING), _DAY_DENOMINATOR


def _station_max_8h(hours: IntArray, limits: IntArray, profile: ValidityProfile) -> tuple[IntArray, int]:
    """Daily maxima of the running 8 h mean, windows ending 08:00 to 24:00 within the day (GB 3095 Table 4).

    A day with fewer valid windows than the profile asks for is still valid where it exceeds the limit
    (HJ 663-2013 6.1.2).
    """
    windows = np.lib.stride_tricks.sliding_window_view(hours, 8, axis=2)
    given = windows >= 0
    count = given.sum(axis=3)
    total = np.where(given, windows, 0).sum(axis=3)
    mean = np.where(count >= profile.hours_per_8h, total * (_8H_DENOMINATOR // np.maximum(count, 1)), MISSING)
    greatest = mean.max(axis=2)
    enough = (mean >= 0).sum(axis=2) >= profile.windows_per_day
    exceeds = greatest > limits[np.newaxis, :] * _8H_DENOMINATOR
    return np.where(enough | exceeds, greatest, MISSING), _8H_DENOMINATOR


def _station_max_1h(hours: IntArray, profile: ValidityProfile) -> tuple[IntArray, int]:
    """Daily maxima of the hour, where the day has as many hours as a daily mean needs."""
    enough = (hours >= 0).sum(axis=2) >= profile.hours_per_day
    return np.where(enough, hours.max(axis=2), MISSING), 1


def _over_stations(station_days: IntArray, denominator: int, points_needed: int) -> IntArray:
    """The mean over the stations that have a value, from thousandths/denominator to 10^-9 units, half to even."""
    given = station_days >= 0
    count = given.sum(axis=0)
    total = np.where(given, station_days, 0).sum(axis=0)
    divisor = np.maximum(count, 1) * denominator
    whole, rest = np.divmod(total, divisor)
    step = DAY_SCALE // HOUR_SCALE
    part, left = np.divmod(rest * step, divisor)
    up = (2 * left > divisor) | ((2 * left == divisor) & (part % 2 == 1))
    return np.where(count >= points_needed, whole * step + part + up, MISSING)


def day_value(days_1e9: int) -> Fraction:
    """A stored day in the unit that the standard prints."""
    return Fraction(days_1e9, DAY_SCALE)


__all__ = [
    "POLLUTANTS",
    "CityDays",
    "DailyAqi",
    "aqi_of_days",
    "city_days",
    "day_value",
    "iaqi",
    "iaqi_of_days",
    "percentile",
    "primary_pollutants",
]
