"""A city's days from its stations' hours (HJ 663). Integers and scales as in `evaluation.air`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import lcm

import numpy as np

from evaluation import standards
from evaluation.air import DAY_SCALE, HOUR_SCALE, MISSING
from evaluation.rounding import IntArray
from evaluation.validity import CN, ValidityProfile


@dataclass(frozen=True)
class CityDays:
    """A city's days from its stations' hours. Every array has one entry a day, in 10^-9 units.

    `hours_valid` counts the station-hours that had a PM2.5 value, out of `hours_possible`.
    """

    figures: Mapping[str, IntArray]
    hours_valid: IntArray
    hours_possible: int


def city_days(hours: Mapping[str, IntArray], days: Sequence[date], profile: ValidityProfile = CN) -> CityDays:
    """City days by HJ 663-2013: station days first, then their mean over the stations.

    `hours`: "pm25", "pm10", "so2", "no2", "co", "o3", each of shape (stations, days, 24) in thousandths, MISSING where
    there is none; entry h is the hour that ends at h+1 o'clock, so the last one closes the day. `days` ascend and may
    have gaps. A value that is not given makes nothing: no invalid input but arrays of unequal shape (ValueError).

    In words: a station's day needs at least 20 valid hours; its value is their mean. The city's day is the mean of its
    stations' days, for ozone the mean of the stations' daily maxima of the 8-hour mean. Three quarters of the stations
    must have a value (half, where there are fewer than four).
    方法：站点日均值至少要有20个有效小时值；城市日值是各城市评价点日值的平均，臭氧是各点日最大8小时平均的平均；
    至少75%的点位有效（不足4个点时50%）。
    依据：GB 3095 表4（A）；HJ 663-2013 6.1（点位比例R）；由点到城市（C）
    """
    points = next(iter(hours.values())).shape[0]
    needed = profile.points_needed(points)
    figures = {
        name: _over_stations(*_station_means(values, profile.hours_per_day), needed)
        for name, values in hours.items()
        if name != "o3"
    }
    if "o3" in hours:
        figures["o3_8h"] = _over_stations(*station_max_8h(hours["o3"], days, profile), needed)
        figures["o3_1h"] = _over_stations(*_station_max_1h(hours["o3"], profile), needed)
    counted = hours["pm25"] if "pm25" in hours else next(iter(hours.values()))
    return CityDays(figures, hours_valid=(counted >= 0).sum(axis=(0, 2)), hours_possible=points * 24)


_DAY_DENOMINATOR = lcm(*range(1, 25))
_8H_DENOMINATOR = lcm(*range(1, 9))


def _station_means(hours: IntArray, hours_needed: int) -> tuple[IntArray, int]:
    """Exact station-day means as integers over a common denominator; MISSING with too few hours."""
    count = (hours >= 0).sum(axis=2)
    total = np.maximum(hours, 0).sum(axis=2, dtype=np.int64)
    mean = total * (_DAY_DENOMINATOR // np.maximum(count, 1))
    return np.where(count >= hours_needed, mean, MISSING), _DAY_DENOMINATOR


def station_max_8h(hours: IntArray, days: Sequence[date], profile: ValidityProfile = CN) -> tuple[IntArray, int]:
    """Daily maxima of the running 8 h mean (O3), as integers over a common denominator.

    In words: the 8-hour mean of an hour covers it and the seven before it, within the day, and needs six valid hours.
    The day's value is the greatest of those that end at 8, 9 ... 24 o'clock. At least 14 of the 17 must be valid;
    with fewer the day still counts if its greatest one is above the limit.
    方法：8小时滑动平均含当小时及之前7小时，不跨自然日，至少6个有效小时值；取8时至24时结束的17个滑动平均中的最大值。
    有效的应不少于14个；不足14个但最大值已超过限值的，仍然有效。
    依据：GB 3095-2026 表4（A）；HJ 663-2013 6.1.2、HJ 663-2026 6.1.2（B）
    """
    limits = np.array([int(standards.air_limit("O3", "daily max 8h", day) * HOUR_SCALE) for day in days])
    first = profile.first_window_end - 8
    around = _with_neighbours(hours, days, before=max(0, -first), after=max(0, first + profile.windows + 7 - 24))
    total = _of_eight(np.maximum(around, 0))
    count = _of_eight((around >= 0).astype(np.int64))
    start = max(0, first)
    total, count = (part[:, :, start : start + profile.windows] for part in (total, count))
    enough_hours = count >= profile.hours_per_8h
    mean = np.where(enough_hours, total * (_8H_DENOMINATOR // np.maximum(count, 1)), MISSING)
    greatest = mean.max(axis=2)
    valid = enough_hours.sum(axis=2) >= profile.windows_needed
    if profile.valid_above_limit:
        valid |= greatest > limits[np.newaxis, :] * _8H_DENOMINATOR
    return np.where(valid, greatest, MISSING), _8H_DENOMINATOR


def _of_eight(values: IntArray) -> IntArray:
    """Sums of eight neighbours along the last axis."""
    running = np.zeros((*values.shape[:-1], values.shape[-1] + 1), dtype=np.int64)
    np.cumsum(values, axis=-1, out=running[..., 1:])
    sums: IntArray = running[..., 8:] - running[..., :-8]
    return sums


def _with_neighbours(hours: IntArray, days: Sequence[date], before: int, after: int) -> IntArray:
    """The hours of each day with some of the day before and the day after; MISSING where those are not among `days`."""
    if not before and not after:
        return hours
    follows = np.array([False, *((b - a).days == 1 for a, b in zip(days, days[1:], strict=False))])
    earlier = np.where(follows[None, :, None], np.roll(hours, 1, axis=1), MISSING)
    later = np.where(np.roll(follows, -1)[None, :, None], np.roll(hours, -1, axis=1), MISSING)
    return np.concatenate([earlier[:, :, 24 - before :], hours, later[:, :, :after]], axis=2)


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
