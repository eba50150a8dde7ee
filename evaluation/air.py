"""The air quality index: the sub-index of a concentration, the daily and the real-time report (HJ 633).

Scalar functions take and give exact numbers and are the reference. Array functions do the same on integers and are
compared with the scalar ones by tests. In arrays

* an *hour* is an integer in thousandths of the unit that the standard prints (ng/m³; CO µg/m³),
* a *day* is an integer in 10^-9 of that unit (fg/m³; CO pg/m³), fine enough that no sum of 24 hours over any number
  of stations is moved across a whole number,
* MISSING stands for no value.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache, cached_property
from math import floor

import numpy as np
import numpy.typing as npt

from evaluation import standards
from evaluation.rounding import IntArray, Number, exact, round_half_even
from evaluation.standards import POLLUTANTS, Band, Breakpoints
from evaluation.statistics import percentile

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

#: The figures behind a real-time report, by rule: of 2012 particles go by their 24 h running mean, of 2026 by the hour.
REAL_TIME_FIGURES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "HJ 633-2012": {
        "pm25": ("PM2.5", "24h"),
        "pm10": ("PM10", "24h"),
        "so2_1h": ("SO2", "1h"),
        "no2_1h": ("NO2", "1h"),
        "co_1h": ("CO", "1h"),
        "o3_1h": ("O3", "1h"),
        "o3_8h": ("O3", "8h"),
    },
    "HJ 633-2026": {
        "pm25_1h": ("PM2.5", "1h"),
        "pm10_1h": ("PM10", "1h"),
        "so2_1h": ("SO2", "1h"),
        "no2_1h": ("NO2", "1h"),
        "co_1h": ("CO", "1h"),
        "o3_1h": ("O3", "1h"),
    },
}

PRIMARY_ABOVE_AQI = 50
GOOD_DAY_AQI = 100
HEAVY_DAY_AQI = 200


# ---- one concentration -----------------------------------------------------------------------------------------------


def iaqi(pollutant: str, averaging: str, concentration: Number, on: date) -> int | None:
    """The sub-index of one concentration, by the rule in force for data of that day.

    `pollutant` is one of PM2.5, PM10, SO2, NO2, CO, O3; `averaging` is "24h", "8h" or "1h"; the concentration is in
    µg/m³, CO in mg/m³. From 2026-03-01 the concentration is rounded first. None where the standard gives no sub-index
    (2012: SO2 1 h and O3 8 h above 800, which from 2026 are 200 and 300, and an hour of particles).
    ValueError for a pair that no version has, for text that is no number and for a negative concentration;
    LookupError for data from before 2012-02-29.

    In words: a table gives the concentrations that stand for an index of 50, 100, 150 and so on. Between two of them
    the index rises in a straight line. It is always rounded up to a whole number.
    方法：表中给出指数50、100、150……对应的浓度，两档之间按直线内插，结果一律向上进位取整；
    2026年3月1日起先把浓度修约（CO保留1位小数，其余取整）再计算。
    依据：HJ 633-2012 表1、6.2；HJ 633-2026 表3、4.2.2、4.2.6（A）
    """
    standard = standards.aqi_standard(on)
    value = exact(concentration)
    if value < 0:
        raise ValueError(f"a concentration is not negative: {concentration}")
    if not standards.has_breakpoints(standard, pollutant, averaging):
        return None
    column = standards.breakpoints(standard, pollutant, averaging)
    if standards.rounds_concentration_first(standard):
        value = exact(round_half_even(value, standards.concentration_places(pollutant)))
    if value > exact(column.concentrations[-1]):
        return column.above
    return _between_breakpoints(column, value)


def _between_breakpoints(column: Breakpoints, value: Fraction) -> int:
    """The sub-index of a concentration within the table, rounded up."""
    for index in range(1, len(column.iaqis)):
        low, high = exact(column.concentrations[index - 1]), exact(column.concentrations[index])
        if value <= high:
            step = column.iaqis[index] - column.iaqis[index - 1]
            return -((low - value) * step // (high - low)) + column.iaqis[index - 1]
    raise AssertionError("the value lies within the table")


def displayed_aqi(aqi: int) -> int:
    """An AQI as it is shown: within the table's range, 1 to 500. Its sub-indices are kept as they are.

    HJ 633-2026 4.1.1 gives the range and is silent on a concentration of zero (own default); 2012 says 0 to 500.
    """
    return min(max(aqi, 1), 500)


def band(aqi: int) -> Band:
    """The band of an AQI with its names and colour; above 500 the last one. ValueError for a negative AQI.

    In words: an index up to 50 is excellent, to 100 good, to 150 lightly polluted, to 200 moderately, to 300 heavily,
    and severely polluted above. A day of at most 100 counts as good, one above 200 as a heavy-pollution day.
    方法：指数0—50优、51—100良、101—150轻度污染、151—200中度污染、201—300重度污染、300以上严重污染。
    100及以下为优良天，200以上为重污染天。
    依据：HJ 633-2012、HJ 633-2026 级别表（A）；优良天、重污染天口径（B）
    """
    if aqi < 0:
        raise ValueError(f"an AQI is not negative: {aqi}")
    return next((one for one in standards.aqi_bands() if aqi <= one.high), standards.aqi_bands()[-1])


# ---- one report ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AqiReport:
    """The AQI of one day or hour. `indices`: figure -> sub-index; None where the standard gives none.

    `aqi` is None unless it may be published: nothing is missing, or those there prove it above 100. `exceeding` is
    empty under HJ 633-2026, which dropped the term.
    """

    standard: str
    aqi: int | None
    indices: Mapping[str, int | None]
    missing: tuple[str, ...]
    primary: tuple[str, ...]
    exceeding: tuple[str, ...]


def daily_report(figures: Mapping[str, Number | None], on: date, ignored: Collection[str] = ()) -> AqiReport:
    """The daily report (日报) of one day from the figures of DAILY_FIGURES, µg/m³, CO mg/m³; None where missing.

    HJ 633-2012 takes both maxima of ozone, HJ 633-2026 that of 8 h only. `ignored` names pollutants outside the
    monitoring plan that need not be there (see `may_be_ignored`). ValueError for an unknown figure, and as `iaqi`.

    In words: the index of a day is the greatest of its sub-indices; what leads an index above 50 is the primary
    pollutant, ties all named. With a pollutant missing the index is given only if the others prove it above 100.
    方法：当日各项污染物分指数中最大的一个即为AQI；AQI大于50时，分指数最大的污染物为首要污染物，并列都列出；
    2012版中分指数大于100的为超标污染物。
    缺项时用其余项目计算，只有结果大于100才给出AQI。
    依据：HJ 633-2012；HJ 633-2026 5.3.1、5.3.2（A）；2012版对缺项未作规定，按2026版处理（自定）
    """
    wanted = dict(DAILY_FIGURES)
    if standards.rounds_concentration_first(standards.aqi_standard(on)):
        wanted.pop("o3_1h")
    return _report(figures, wanted, SIX, on, ignored, known=DAILY_FIGURES)


def real_time_report(figures: Mapping[str, Number | None], on: date, ignored: Collection[str] = ()) -> AqiReport:
    """The real-time report (实时报) of one hour; figures as in REAL_TIME_FIGURES of the rule in force.

    In 2012 "pm25" and "pm10" are running means of 24 hours (an hour of them has no sub-index) and O3 has an 8 h running
    mean beside its hour; SO2 goes by its 24 h mean "so2" where the hour is above 800. In 2026 all six are hours and
    particles take the daily breakpoints. Errors as `daily_report`.

    In words: the index of an hour. Until February 2026 particles went by the mean of the last 24 hours; since then all
    six go by the hour itself.
    方法：2012版用SO2、NO2、CO、O3小时值、O3滑动8小时值和颗粒物24小时滑动均值；2026版六项都用小时值，
    颗粒物小时值按日均值的分档计算。
    依据：HJ 633-2012；HJ 633-2026 4.2.4（A）
    """
    standard = standards.aqi_standard(on)
    wanted = dict(REAL_TIME_FIGURES[standard])
    needed = [name for name in wanted if name != "o3_8h"]
    known = {**DAILY_FIGURES, **{name: pair for rule in REAL_TIME_FIGURES.values() for name, pair in rule.items()}}
    hour = figures.get("so2_1h")
    if hour is not None and iaqi("SO2", "1h", hour, on) is None:
        wanted["so2"] = DAILY_FIGURES["so2"]
    return _report(figures, wanted, needed, on, ignored, known=known)


def _report(
    figures: Mapping[str, Number | None],
    wanted: Mapping[str, tuple[str, str]],
    needed: Iterable[str],
    on: date,
    ignored: Collection[str],
    known: Mapping[str, tuple[str, str]],
) -> AqiReport:
    if unknown := set(figures) - set(known):
        raise ValueError(f"no such figure: {', '.join(sorted(unknown))}")
    there = {name: value for name, value in figures.items() if name in wanted and value is not None}
    indices = {name: iaqi(*wanted[name], value, on) for name, value in there.items()}
    given = {name: index for name, index in indices.items() if index is not None}
    pollutants = {wanted[name][0] for name in given}
    missing = tuple(
        name
        for name in needed
        if name not in given
        and wanted[name][0] not in ignored
        and not (name in there and wanted[name][0] in pollutants)  # above 800 ozone goes by its other averaging time
    )
    greatest = max(given.values(), default=None)
    aqi = greatest if greatest is not None and (not missing or greatest > GOOD_DAY_AQI) else None
    standard = standards.aqi_standard(on)
    leads = [name for name, index in given.items() if aqi is not None and index == aqi > PRIMARY_ABOVE_AQI]
    exceeds = [name for name, index in given.items() if index > GOOD_DAY_AQI and standards.names_exceeding(standard)]
    return AqiReport(standard, aqi, indices, missing, _pollutants(leads, wanted), _pollutants(exceeds, wanted))


def _pollutants(names: Iterable[str], figures: Mapping[str, tuple[str, str]]) -> tuple[str, ...]:
    chosen = set(names)
    return tuple(dict.fromkeys(pair[0] for name, pair in figures.items() if name in chosen))


def may_be_ignored(pollutant: str, days: Sequence[AqiReport]) -> bool:
    """Whether a pollutant outside the monitoring plan may be left out: in the three years before, whose daily reports
    are `days`, it led no day of light pollution or worse (HJ 633-2026 5.3.2, A). ValueError without any day."""
    if not days:
        raise ValueError("three years of reports are needed to leave a pollutant out")
    return not any(pollutant in day.primary and day.aqi is not None and day.aqi > GOOD_DAY_AQI for day in days)


# ---- many days -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Steps:
    """A sub-index as steps: each bucket of 2^shift units holds at most one step, just above `edges[bucket]`.

    Bucket 0 is that of MISSING. `levels[2·bucket]` holds up to the edge, `levels[2·bucket + 1]` above it.
    """

    shift: int
    edges: IntArray
    levels: npt.NDArray[np.int16]
    top: int
    ends: bool  # above the top there is no sub-index


@cache
def _steps(figure: str, standard: str) -> _Steps:
    """Turns the breakpoints into steps: the greatest day, in 10^-9 units, that still has a sub-index of 0, 1, 2 ...

    One comparison against an exact integer then replaces the rounding of the concentration, the division and the
    ceiling, so nothing is left to floats.
    """
    pollutant, averaging = DAILY_FIGURES[figure]
    column = standards.breakpoints(standard, pollutant, averaging)
    unit = DAY_SCALE // 10 ** standards.concentration_places(pollutant)
    first = standards.rounds_concentration_first(standard)
    last_with: dict[int, int] = {}  # greatest day -> greatest sub-index that it has
    for n in range(1, len(column.iaqis)):
        low, high = (exact(mark) * DAY_SCALE for mark in column.concentrations[n - 1 : n + 1])
        for level in range(column.iaqis[n - 1], column.iaqis[n] + 1):
            share = Fraction(level - column.iaqis[n - 1], column.iaqis[n] - column.iaqis[n - 1])
            day = floor(low + (high - low) * share)
            if first:
                whole = day // unit
                day = whole * unit + unit // 2 - (whole % 2)  # half goes to the even one
                last_with[day] = _between_breakpoints(column, Fraction(whole * unit, DAY_SCALE))
            else:
                last_with[day] = level
    edges = sorted(last_with)
    shift = int(np.diff(edges).min()).bit_length() - 1
    buckets = (edges[-1] >> shift) + 2
    edge_of, levels = np.full(buckets + 1, np.iinfo(np.int64).max), np.zeros(2 * buckets + 2, dtype=np.int16)
    edge_of[0], levels[:2] = 0, MISSING
    places = np.searchsorted(edges, np.arange(buckets) << shift)
    for bucket, place in enumerate(np.minimum(places, len(edges) - 1), start=1):
        levels[2 * bucket] = levels[2 * bucket + 1] = last_with[edges[place]]
        if edges[place] >> shift == bucket - 1 and place + 1 < len(edges):
            edge_of[bucket], levels[2 * bucket + 1] = edges[place], last_with[edges[place + 1]]
    return _Steps(shift, edge_of, levels, edges[-1], ends=column.above is None)


#: A sub-index that no figure has.
_NOBODY = -2

#: Days worked on at a time: what a processor's own memory holds.
_BLOCK = 1 << 15


def _indices(figure: str, days: IntArray, standard: str) -> npt.NDArray[np.int16]:
    steps = _steps(figure, standard)
    bucket = (days >> steps.shift) + 1  # what lies outside is clipped: below to MISSING, above to the top
    place = 2 * bucket
    place += days > steps.edges.take(bucket, mode="clip")
    index = steps.levels.take(place, mode="clip")
    return np.where(days > steps.top, np.int16(MISSING), index) if steps.ends else index


def iaqi_of_days(figure: str, days: IntArray, standard: str) -> IntArray:
    """Vectorised `iaqi` of daily figures ("pm25" ... "o3_1h"), days in 10^-9 units; MISSING where there is none.

    Any shape, kept. Every negative day counts as MISSING. KeyError for an unknown figure.
    """
    return _indices(figure, days, standard).astype(np.int64)


@dataclass(frozen=True)
class DailyAqi:
    """The AQI of many days; every array has the shape of the days.

    `aqi` is MISSING unless the day is *valid*: all six figures are there, or the others prove an AQI above 100 already
    (HJ 633-2026 5.3.1; 2012 is silent, and thin data may prove failure, never success).
    `indices` are the sub-indices by figure, MISSING where there is none.
    """

    aqi: IntArray
    complete: BoolArray
    indices: Mapping[str, npt.NDArray[np.int16]]

    @property
    def valid(self) -> BoolArray:
        return self.aqi >= 0

    @cached_property
    def primary(self) -> IntArray:
        """A bit for each figure of DAILY_FIGURES, set where it leads an AQI above 50."""
        leading = np.where(self.aqi > PRIMARY_ABOVE_AQI, self.aqi, _NOBODY).astype(np.int16)
        return self._bits(lambda index: index == leading)

    @cached_property
    def exceeding(self) -> IntArray:
        """A bit for each figure whose sub-index is above 100 (超标污染物, HJ 633-2012; HJ 633-2026 dropped it)."""
        return self._bits(lambda index: index > GOOD_DAY_AQI)

    def _bits(self, holds: Callable[[npt.NDArray[np.int16]], BoolArray]) -> IntArray:
        mask = np.zeros(self.aqi.shape, dtype=np.uint8)
        for bit, name in enumerate(DAILY_FIGURES):
            if name in self.indices:
                mask |= holds(self.indices[name]).view(np.uint8) << np.uint8(bit)
        return mask.astype(np.int64)


def aqi_of_days(figures: Mapping[str, IntArray], standard: str) -> DailyAqi:
    """The AQI of many days, all under one standard. `figures`: columns of DAILY_FIGURES, equal shapes.

    A column that is not given counts as missing everywhere. HJ 633-2026 knows no daily 1 h figure of ozone, so
    "o3_1h" takes part under HJ 633-2012 only.
    """
    first = standards.rounds_concentration_first(standard)
    taken = {name: days for name, days in figures.items() if not (first and name == "o3_1h")}
    used = {name: days.ravel() for name, days in taken.items()}
    shape = next(iter(figures.values())).shape
    count = int(np.prod(shape))
    indices = {name: np.empty(count, dtype=np.int16) for name in used}
    greatest, complete = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.bool_)
    for start in range(0, count, _BLOCK):
        block = slice(start, start + _BLOCK)
        for name, days in used.items():
            indices[name][block] = _indices(name, days[block], standard)
        here = {name: found[block] for name, found in indices.items()}
        greatest[block], complete[block] = _combined(here, used, block)
    valid = complete | (greatest > GOOD_DAY_AQI)
    return DailyAqi(
        aqi=np.where(valid, greatest, MISSING).reshape(shape),
        complete=complete.reshape(shape),
        indices={name: found.reshape(shape) for name, found in indices.items()},
    )


def _combined(
    indices: Mapping[str, npt.NDArray[np.int16]], figures: Mapping[str, IntArray], block: slice
) -> tuple[npt.NDArray[np.int16], BoolArray]:
    """The greatest sub-index, and whether all six figures have one.

    A figure is given when it has a sub-index; O3 8 h above 800 goes by its 1 h sub-index (2012, note 3).
    """
    found = list(indices.values())
    greatest = found[0]
    for index in found[1:]:
        greatest = np.maximum(greatest, index)
    least = np.full(len(greatest), MISSING, dtype=np.int16)
    if all(name in indices for name in SIX):
        ozone = indices["o3_8h"]
        if "o3_1h" in indices:
            ozone = np.where(figures["o3_8h"][block] >= 0, np.maximum(ozone, indices["o3_1h"]), ozone)
        least = ozone
        for name in SIX[:-1]:
            least = np.minimum(least, indices[name])
    return greatest, least >= 0


def aqi_by_date(figures: Mapping[str, IntArray], days: Sequence[date], basis: date | None = None) -> DailyAqi:
    """The AQI of days, one array entry a day: each by the rule in force on it, or all by that of the day `basis`.

    The first is *as published then* (按当时标准), the second the *same basis* (同口径), which a comparison across a
    change of standard needs. LookupError for a day before 2012-02-29.

    In words: the index of a day follows the standard of that day. To compare two periods that fall under different
    standards, the earlier one is worked out again by the newer table, and both results are shown.
    方法：每一天按当天有效的标准计算。两个时期标准不同时，另把较早时期按新标准重算一遍（同口径），
    与按当时标准的结果并列给出。
    依据：HJ 633-2026 自2026-03-01施行（A）；2026年的年度评价口径尚无规定，两种口径都给出（自定）
    """
    rules = [standards.aqi_standard(basis or day) for day in days]
    parts = {rule: np.array([found == rule for found in rules]) for rule in set(rules)}
    if len(parts) == 1:
        return aqi_of_days(figures, rules[0])
    aqi = np.full(len(days), MISSING, dtype=np.int64)
    complete = np.zeros(len(days), dtype=np.bool_)
    indices = {name: np.full(len(days), MISSING, dtype=np.int16) for name in figures}
    for rule, chosen in parts.items():
        part = aqi_of_days({name: figure[chosen] for name, figure in figures.items()}, rule)
        aqi[chosen], complete[chosen] = part.aqi, part.complete
        for name, found in part.indices.items():
            indices[name][chosen] = found
    return DailyAqi(aqi, complete, indices)


def primary_pollutants(mask: int) -> tuple[str, ...]:
    """The pollutants of a `primary` mask, ties all named, in the order of the table (HJ 633-2012)."""
    names = [DAILY_FIGURES[name][0] for bit, name in enumerate(DAILY_FIGURES) if mask >> bit & 1]
    return tuple(dict.fromkeys(names))


def day_value(days_1e9: int) -> Fraction:
    """A stored day in the unit that the standard prints."""
    return Fraction(days_1e9, DAY_SCALE)


__all__ = [
    "POLLUTANTS",
    "AqiReport",
    "DailyAqi",
    "aqi_by_date",
    "aqi_of_days",
    "band",
    "daily_report",
    "day_value",
    "displayed_aqi",
    "iaqi",
    "iaqi_of_days",
    "may_be_ignored",
    "percentile",
    "primary_pollutants",
    "real_time_report",
]
