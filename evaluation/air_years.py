"""Months and years of air from city days (HJ 663, GB 3095): statistics, attainment, composite index, provinces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Literal

import numpy as np

from evaluation import standards
from evaluation.air import DAY_SCALE, GOOD_DAY_AQI, HEAVY_DAY_AQI, BoolArray, aqi_by_date
from evaluation.rounding import IntArray, Number, exact, round_half_even
from evaluation.standards import air_decimals, air_limit
from evaluation.statistics import mean, percentile_of_sorted
from evaluation.validity import CN, ValidityProfile, days_by_month

#: The column of city days that holds a pollutant's daily value.
COLUMN_OF: Mapping[str, str] = {
    "PM2.5": "pm25",
    "PM10": "pm10",
    "SO2": "so2",
    "NO2": "no2",
    "CO": "co",
    "O3": "o3_8h",
}

#: Pollutants whose figures, like the composite index, leave dust and exceptional days out (2.7, B).
DUST_SENSITIVE = ("PM2.5", "PM10")


@dataclass(frozen=True)
class Metric:
    """What a year of a pollutant is judged by: its mean (`percent` None) or a percentile, against which limit."""

    pollutant: str
    percent: int | None
    compare_with: str  # averaging time of the limit: "annual", "24h" or "daily max 8h"
    source: str
    verified: str

    @property
    def code(self) -> str:
        """Such as "PM2.5 mean" or "O3 p90"."""
        return f"{self.pollutant} {'mean' if self.percent is None else f'p{self.percent}'}"


@cache
def metrics() -> tuple[Metric, ...]:
    """The ten figures by which a year is judged, in the order of the table (HJ 663 Table 1, A.2).

    In words: a year is judged by its mean and by its high days, and both must pass: sulphur and nitrogen dioxide by the
    mean and the 98th percentile, particles by the mean and the 95th, carbon monoxide by the 95th, ozone by the 90th.
    方法：年评价看平均浓度和特定百分位数，两者都达标才算达标：SO2、NO2看年均值和第98百分位数，PM10、
    PM2.5看年均值和第95百分位数，CO看第95百分位数，O3看日最大8小时平均的第90百分位数。
    依据：HJ 663-2013 表1；HJ 663-2026 表1、A.2（B）
    """
    return tuple(
        Metric(
            row["pollutant"],
            int(row["percentile"]) if row["percentile"] else None,
            row["compare_with"].removesuffix(" limit"),
            row["source"],
            row["verified"],
        )
        for row in standards.table("air_annual_metrics")
    )


@dataclass(frozen=True)
class PeriodValue:
    """One figure of a period, beside its limit.

    `value` is exact and unrounded; `printed` has the decimals of a statistic; attainment is judged at its own decimals.
    `attains` is None where it is not known. With too few valid days nothing proves that the limit was kept; that it was
    broken is proven only if it would be broken had all missing days been zero.
    """

    metric: Metric
    value: Fraction
    printed: Decimal
    limit: Decimal
    attains: bool | None
    days_valid: int
    sufficient: bool

    @property
    def exceedance_multiple(self) -> Decimal:
        """超标倍数 (C - S)/S, 2 decimals; 0.00 where the limit is kept (HJ 663-2013, formula R, decimals C)."""
        over = max(Fraction(0), (self.value - exact(self.limit)) / exact(self.limit))
        return round_half_even(over, air_decimals("exceedance multiple").attainment)


def mean_of_days(days: IntArray) -> Fraction | None:
    """The mean of the valid days (10^-9 units) in the printed unit; None without any.

    In words: the mean of a month or a year is the mean of its daily values.
    方法：月均值、年均值是该时段内有效日均值的算术平均，最后一步才修约（四舍六入五成双）。
    依据：HJ 663-2013 6.1（B）；GB/T 8170（B）
    """
    valid = days[days >= 0]
    return Fraction(int(valid.sum()), DAY_SCALE * len(valid)) if len(valid) else None


@dataclass(frozen=True)
class MonthMean:
    """A month's mean in the printed unit, None without a valid day, and whether its valid days are enough."""

    value: Fraction | None
    days_valid: int
    sufficient: bool


def month_mean(days: IntArray, month: int, profile: ValidityProfile = CN) -> MonthMean:
    """A whole month of city days, 10^-9 units. With too few valid days the value is there and says so.

    In words: a month counts with at least 27 valid days, February with 25.
    方法：每月至少27个（2月至少25个）有效日均值，月均值才有效。
    依据：GB 3095-2012 表4、GB 3095-2026 表4（A）
    """
    valid = int((days >= 0).sum())
    return MonthMean(mean_of_days(days), valid, profile.month_suffices(month, valid))


def percentile_of_days(days: IntArray, percent: Number) -> Fraction | None:
    """The percentile of the valid days (10^-9 units) in the printed unit; None without any. See `percentile`."""
    valid = np.sort(days[days >= 0])
    return percentile_of_sorted([int(day) for day in valid], percent) / DAY_SCALE if len(valid) else None


def period_value(
    metric: Metric, days: IntArray, limits_on: date, *, sufficient: bool, level: int = 2
) -> PeriodValue | None:
    """One figure of a period from its city days (10^-9 units, MISSING where there is none); None without a valid day.

    `limits_on`: the day whose limits judge; `sufficient`: whether the days are enough (see `ValidityProfile`).
    LookupError where no limit was in force.

    In words: the figure is rounded as the limit is written (whole numbers, for carbon monoxide one decimal) and then
    compared with the level 2 limit. Reaching it exactly is keeping it.
    方法：统计值先按评价位数修约（PM2.5等取整数，CO保留1位小数），再与二级标准限值比较，不超过即达标。
    依据：GB 3095 表1；HJ 663-2026 表3（C）
    """
    value = _statistic(metric, days)
    least = _statistic(metric, np.maximum(days, 0))
    if value is None or least is None:
        return None
    limit = air_limit(metric.pollutant, metric.compare_with, limits_on, level)
    decimals = air_decimals(metric.pollutant)

    def keeps(amount: Fraction) -> bool:
        return round_half_even(amount, decimals.attainment) <= limit

    return PeriodValue(
        metric=metric,
        value=value,
        printed=round_half_even(value, decimals.statistic),
        limit=limit,
        attains=keeps(value) if sufficient else None if keeps(least) else False,
        days_valid=int((days >= 0).sum()),
        sufficient=sufficient,
    )


def _statistic(metric: Metric, days: IntArray) -> Fraction | None:
    return mean_of_days(days) if metric.percent is None else percentile_of_days(days, metric.percent)


def single_item_attainment(pollutant: str, days: IntArray, on: Sequence[date], level: int = 2) -> Decimal | None:
    """达标率 in %, 1 decimal: days that keep their daily limit out of the valid days; None without any.

    Each day is compared with the limit in force on it, at the decimals of attainment (formula R, decimals C).
    """
    averaging = "daily max 8h" if pollutant == "O3" else "24h"
    places = air_decimals(pollutant).attainment
    valid = [(int(day), when) for day, when in zip(days, on, strict=True) if day >= 0]
    if not valid:
        return None
    kept = sum(
        round_half_even(Fraction(day, DAY_SCALE), places) <= air_limit(pollutant, averaging, when, level)
        for day, when in valid
    )
    return round_half_even(Fraction(100 * kept, len(valid)), air_decimals("attainment rate").attainment)


# ---- good days -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DayCounts:
    """Good and heavy-pollution days among the days with a valid AQI."""

    valid: int
    good: int
    heavy: int

    @property
    def good_ratio(self) -> Fraction | None:
        """优良天数比率 in %, unrounded; None without a valid day.

        In words: the days with an index of at most 100, out of the days that have a valid index; dust days count.
        方法：AQI不超过100的天数除以有效天数，保留1位小数；沙尘日照常计入。
        依据：环境空气质量评价通行做法（B）
        """
        return Fraction(100 * self.good, self.valid) if self.valid else None


def day_counts(aqi: IntArray) -> DayCounts:
    """Counts of a period from the AQI of its days; MISSING takes no part."""
    valid = aqi >= 0
    good, heavy = valid & (aqi <= GOOD_DAY_AQI), valid & (aqi > HEAVY_DAY_AQI)
    return DayCounts(int(valid.sum()), int(good.sum()), int(heavy.sum()))


# ---- a city's year ---------------------------------------------------------------------------------------------------

Basis = Literal["as then", "same basis"]


@dataclass(frozen=True)
class AirYear:
    """A city's year, or the part of it from 1 January to its last day.

    `counts_suffice` and `composite_suffices` tell whether the days behind the counts and the index are enough.
    """

    year: int
    values: Mapping[str, PeriodValue]  # by code of the metric
    counts: DayCounts
    counts_suffice: bool
    attains: bool | None
    composite: CompositeIndex | None
    composite_suffices: bool


def air_year(
    figures: Mapping[str, IntArray],
    days: Sequence[date],
    profile: ValidityProfile = CN,
    basis: date | None = None,
    excluded: BoolArray | None = None,
) -> AirYear:
    """A city's year from its days, columns of COLUMN_OF in 10^-9 units, all days within one year.

    By default *as then*: each day's AQI by its own rule, the limits of the last day (whether 2026 is judged wholly by
    the new limits is not known). `basis`: the *same basis*, everything by the rules of that day. `excluded` marks dust
    and exceptional days, which PM2.5, PM10 and the composite index leave out and good-day counts keep; they still
    count as measured. ValueError for days of two years or none.

    In words: dust and exceptional days are a list that is decided nationally. Particle figures and the composite index
    are given without them, the share of good days with them.
    方法：沙尘日和例外事件日由国家认定、逐日导入；PM2.5、PM10和综合指数剔除这些天，优良天数比率、重污染天数不剔除，
    两本账都给出。
    依据：环办监测〔2016〕120号（B、C）；HJ 663-2026 例外事件（C）
    """
    if len({day.year for day in days}) != 1:
        raise ValueError("the days of a year are of one year")
    limits_on = basis or days[-1]

    def enough(measured: BoolArray, figure: str = "") -> bool:
        return profile.so_far_suffices(days_by_month(measured, days), days[-1], figure)

    values: dict[str, PeriodValue] = {}
    for metric in metrics():
        column = figures.get(COLUMN_OF[metric.pollutant])
        if column is None:
            continue
        kept = column[~excluded] if excluded is not None and metric.pollutant in DUST_SENSITIVE else column
        sufficient = enough(column >= 0, COLUMN_OF[metric.pollutant])
        value = period_value(metric, kept, limits_on, sufficient=sufficient)
        if value is not None:
            values[metric.code] = value
    aqi = aqi_by_date(figures, days, basis).aqi
    without = {name: column if excluded is None else column[~excluded] for name, column in figures.items()}
    return AirYear(
        year=days[-1].year,
        values=values,
        counts=day_counts(aqi),
        counts_suffice=enough(aqi >= 0),
        attains=_all_attain(values),
        composite=composite_index_of_days(without, limits_on),
        composite_suffices=len(values) == len(metrics()) and all(one.sufficient for one in values.values()),
    )


def _all_attain(values: Mapping[str, PeriodValue]) -> bool | None:
    """Failed if any figure fails; attained if all ten are there and do; else unknown."""
    found = [value.attains for value in values.values()]
    if False in found:
        return False
    return True if len(found) == len(metrics()) and all(found) else None


# ---- composite index -------------------------------------------------------------------------------------------------

#: The period statistic of each pollutant in the composite index, and the averaging time of its limit.
COMPOSITE: Mapping[str, tuple[int | None, str]] = {
    "SO2": (None, "annual"),
    "NO2": (None, "annual"),
    "PM10": (None, "annual"),
    "CO": (95, "24h"),
    "O3": (90, "daily max 8h"),
    "PM2.5": (None, "annual"),
}


@dataclass(frozen=True)
class CompositeIndex:
    """The sum of the sub-indices, each rounded; `main` are the pollutants with the greatest one (主要污染物)."""

    index: Decimal
    sub_indices: Mapping[str, Decimal]
    main: tuple[str, ...]


def composite_index(
    concentrations: Mapping[str, Number],
    limits_on: date,
    weights: Mapping[str, Number] | None = None,
    item_places: int | None = 2,
) -> CompositeIndex:
    """环境空气质量综合指数 of a period from its published concentrations, µg/m³, CO mg/m³ (lower is better).

    `concentrations`: period means of SO2, NO2, PM10, PM2.5, the 95th percentile of CO, the 90th of O3; all six, or
    ValueError. Limits of level 2 in force on `limits_on`: annual, for CO and O3 daily. Open settings: each sub-index is
    rounded to `item_places` before the sum (C, from one published case; None leaves it unrounded), and weights are 1
    (a project of 2026 weighs PM2.5 3, O3 2, NO2 2, unverified).

    In words: each pollutant's concentration divided by its limit, the six quotients added. The greatest quotient names
    the main pollutant.
    方法：六项污染物各自的浓度除以二级标准限值（SO2、NO2、PM10、PM2.5用年均限值，CO用日均限值，O3用日最大8小时限值），
    单项指数保留2位小数后相加；数值越小越好，单项指数最大的是主要污染物。
    依据：环办监测〔2018〕19号、环办〔2014〕64号（B）；单项先修约（C）；权重取1（R）
    """
    if missing := [name for name in COMPOSITE if name not in concentrations]:
        raise ValueError(f"the composite index needs all six pollutants; missing: {', '.join(missing)}")
    items = {}
    for name, (_percent, averaging) in COMPOSITE.items():
        item = exact(concentrations[name]) / exact(air_limit(name, averaging, limits_on))
        items[name] = item if item_places is None else exact(round_half_even(item, item_places))
    total = sum((item * exact((weights or {}).get(name, 1)) for name, item in items.items()), Fraction(0))
    greatest = max(items.values())
    return CompositeIndex(
        round_half_even(total, 2),
        {name: round_half_even(item, 2) for name, item in items.items()},
        tuple(name for name, item in items.items() if item == greatest),
    )


def composite_index_of_days(figures: Mapping[str, IntArray], limits_on: date) -> CompositeIndex | None:
    """The composite index of a period's city days; None unless all six pollutants have a valid day.

    The concentrations are rounded first to whole numbers, CO to 0.1, as the one case that can be recomputed has it (R).
    """
    found: dict[str, Decimal] = {}
    for name, (percent, _averaging) in COMPOSITE.items():
        column = figures.get(COLUMN_OF[name])
        if column is None:
            return None
        value = mean_of_days(column) if percent is None else percentile_of_days(column, percent)
        if value is None:
            return None
        found[name] = round_half_even(value, air_decimals(name).attainment)
    return composite_index(found, limits_on)


def improvement(index: Number, base: Number) -> Decimal:
    """The change of the composite index on the same period in %, 2 decimals; above zero is worse.

    ZeroDivisionError for a base of zero (环办监测〔2018〕19号, B).
    """
    return round_half_even((exact(index) - exact(base)) / exact(base) * 100, 2)


def deterioration_ranked(attains: Mapping[str, bool | None]) -> list[str]:
    """The cities that a ranking by deterioration names: those that meet level 2 in all items are left out
    (scheme of 2017, B). A city of which it is not known stays in."""
    return [city for city, all_items in attains.items() if all_items is not True]


# ---- provinces and states --------------------------------------------------------------------------------------------


def province_value(cities: Sequence[Number]) -> Fraction:
    """A province's figure: the unweighted mean of its cities' figures, concentrations and ratios alike.

    Unrounded values give our own figure; printed ones reproduce a bulletin. ValueError without a city.

    In words: every city counts the same. Shares of days are averaged city by city; days are not pooled.
    方法：全省（区）数值是所辖城市数值的算术平均，各市权重相同；比率也按城市平均，不把天数合并计算。
    依据：广东省2017年8月、2021年12月月报可复算（B）
    """
    return mean(cities)


#: A cubic metre at 298.15 K holds this share of the gas that one at 273 K holds (GB 3095-2012 amendment 1, 2018-09-01).
REFERENCE_STATE_FACTOR = Fraction(27300, 29815)


def at_reference_state(pollutant: str, standard_state: Number) -> Fraction:
    """A gas concentration printed before 2018-09-01 as the restated history has it: × 273/298.15 (µg/m³, CO mg/m³).

    ValueError for anything but SO2, NO2, CO, O3: particles went over to actual conditions, and no factor does that.

    In words: since September 2018 gases are stated at 25 °C, not 0 °C, so the same air has a smaller number. Earlier
    years were restated, and comparisons use the restated figures.
    方法：2018年9月起气态污染物改按25℃（298.15 K）参比状态计，数值为原0℃标准状态的273/298.15；颗粒物改按实况；
    历史数据已按新状态回算，同比用回算后的数。
    依据：GB 3095-2012 修改单（B）
    """
    if pollutant not in ("SO2", "NO2", "CO", "O3"):
        raise ValueError(f"no factor restates {pollutant}")
    return exact(standard_state) * REFERENCE_STATE_FACTOR
