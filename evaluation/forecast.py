"""The statistical layer: where the year may end, from whole past years. Gated, and never mixed with what is certain.

The past years stay whole, as blocks: months drawn independently of each other give bands that look plausible and are
far too narrow. A forecast is an *ensemble*: `OUTCOMES` equally likely year-end figures, ascending. Its median, its
range and the share of it that attains a target follow by counting.

What is learned from many cities (how wide, what drift, what shape of the year) comes in as `PooledNumbers`, data with
their provenance; what was chosen once stands below.

A year is an array of 366 days, the place of 29 February empty in common years; NaN is a day without a valid value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

import numpy as np
import numpy.typing as npt

from evaluation.air import DAY_SCALE, GOOD_DAY_AQI, HEAVY_DAY_AQI
from evaluation.budget import Comparator
from evaluation.progress import Rule
from evaluation.rounding import IntArray, round_half_even

FloatArray = npt.NDArray[np.float64]

#: How many equally likely outcomes an ensemble has, and the probabilities that they stand for.
OUTCOMES = 400
LEVELS: FloatArray = (np.arange(OUTCOMES) + 0.5) / OUTCOMES

SLOTS = 366
#: The days of a leap year that have gone by at the end of each month.
MONTH_ENDS: tuple[int, ...] = tuple(
    (date(2020, month + 1, 1) - date(2020, 1, 1)).days if month < 12 else SLOTS for month in range(1, 13)
)
#: A finished year serves as a past one with so many valid days, and so many in every month.
DAYS_OF_A_YEAR, DAYS_OF_A_MONTH = 324, 20
#: Past years looked at; a year counts a third of the one after it.
OLDEST, DECAY = 6, 1 / 3
#: The recent days whose level says most about the near future.
RECENT = 60
#: How far the remainder follows this year's level so far, and the level of the recent days, by month end.
FOLLOWS_YEAR = (0.05, 0.05, *(0.1,) * 9)
FOLLOWS_RECENT = (0.05, 0.05, 0.1, 0.1, *(0.2,) * 7)
#: How far a city's own shape of the year gives way to that of all: one autumn is a poor witness of the next.
SHAPE_SHRINKS = 0.5
#: Days that the pooled share of days is worth when a city's own share is worked out.
PRIOR_DAYS = 10

Method = Literal["mean", "days", "percentile"]
#: By how much a single finished year is too little, in variances: the spread of means is learned with each year's own
#: shift taken out, that of days and percentiles with it.
CAUTION: Mapping[Method, float] = {"mean": 2.0, "days": 1.0, "percentile": 0.5}


@dataclass(frozen=True)
class Series:
    """A daily series that is forecast: `figure` of the indicator, by which method, how far its shape shrinks."""

    figure: str
    method: Method
    shrinks: float = SHAPE_SHRINKS
    counts: bool = False  # the year's figure is a number of days, not a share of the days that do *not* count
    percent: int = 0


SERIES: Mapping[str, Series] = {
    one.figure: one
    for one in (
        Series("pm25", "mean"),
        Series("pm10", "mean"),
        Series("good_days", "days"),
        Series("heavy_days", "days", shrinks=SHAPE_SHRINKS / 2, counts=True),
        Series("o3_8h", "percentile", percent=90),
    )
}


@dataclass(frozen=True)
class PooledNumbers:
    """What many cities taught about one series, a value for each month end from January to November.

    `spread`: scale of the log remainder (mean, percentile), or the overdispersion 1/(α+β+1) of days. `shape`: the mean
    log ratio of the remainder to its year (mean only). `share`: the pooled share of days in the remainder (days only).
    `drift`: log (or logit) change a year of age. `years`: finished target years behind them; these are the trials, as
    all cities share a year's weather.
    """

    spread: FloatArray
    shape: FloatArray
    share: FloatArray
    drift: FloatArray
    years: int

    def caution(self, series: Series) -> float:
        """By how much the variance grows because few years taught it."""
        return 1 + CAUTION[series.method] / self.years

    def at(self, elapsed: int) -> MonthNumbers:
        """The numbers on the day when `elapsed` days of 366 have gone by: between two month ends in proportion."""
        ends = np.array(MONTH_ENDS[:11], dtype=np.float64)

        def between(values: FloatArray | Sequence[float]) -> float:
            return float(np.interp(elapsed, ends, np.asarray(values, dtype=np.float64)))

        return MonthNumbers(
            between(self.spread),
            between(self.shape),
            between(self.share),
            between(self.drift),
            between(FOLLOWS_YEAR),
            between(FOLLOWS_RECENT),
        )


@dataclass(frozen=True)
class MonthNumbers:
    """`PooledNumbers` and what was chosen, on one day of the year."""

    spread: float
    shape: float
    share: float
    drift: float
    follows_year: float
    follows_recent: float


@dataclass(frozen=True)
class Case:
    """One city's year until a day, with its complete past years.

    `days` (366,): this year, NaN from slot `elapsed` on. `past` (years, 366) with `ages` in years, youngest first.
    """

    days: FloatArray
    elapsed: int
    past: FloatArray
    ages: IntArray
    remaining: int  # calendar days to come

    @property
    def weights(self) -> FloatArray:
        """The weights of the past years; they sum to 1."""
        weights = DECAY ** (self.ages - 1.0)
        return np.asarray(weights / weights.sum(), dtype=np.float64)

    @property
    def mean_age(self) -> float:
        """The weighted age of the past years."""
        return float((self.weights * self.ages).sum())

    @property
    def variance_factor(self) -> float:
        """The variance of a forecast from these years against one from a single past year."""
        return float((1 + (self.weights**2).sum()) / 2)


def is_complete(year: FloatArray, days: int = DAYS_OF_A_YEAR, a_month: int = DAYS_OF_A_MONTH) -> bool:
    """Whether a finished year (366,) has enough valid days, in all and in every month, to serve as a past one."""
    valid = np.concatenate(([0], np.cumsum(~np.isnan(year))))
    by_month = np.diff(valid[[0, *MONTH_ENDS]])
    return bool(valid[-1] >= days and by_month.min() >= a_month)


def case_of(days: FloatArray, elapsed: int, years: Mapping[int, FloatArray], year: int) -> Case | None:
    """The case of a city: `days` of `year` up to `elapsed`, `years` its finished ones, complete or not.

    None without a valid day so far, without a complete past year, or when no day remains: then nothing is forecast.
    """
    return case_of_complete(days, elapsed, {one: past for one, past in years.items() if is_complete(past)}, year)


def case_of_complete(days: FloatArray, elapsed: int, years: Mapping[int, FloatArray], year: int) -> Case | None:
    """`case_of` where all of `years` are known to be complete."""
    used = [past for past in sorted(years, reverse=True) if year - OLDEST <= past < year]
    known = np.where(np.arange(SLOTS) < elapsed, days, np.nan)
    remaining = SLOTS - elapsed - (0 if _is_leap(year) or elapsed > MONTH_ENDS[0] + 28 else 1)
    if not used or remaining <= 0 or np.isnan(known).all():
        return None
    return Case(
        known,
        elapsed,
        np.stack([years[past] for past in used]),
        np.array([year - past for past in used], dtype=np.int64),
        remaining,
    )


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def slots_of(first: date, values: FloatArray) -> FloatArray:
    """Values of consecutive days of one year, `first` onwards, as the array (366,) of that year."""
    year = np.full(SLOTS, np.nan)
    begin = elapsed_on(first) - 1
    if _is_leap(first.year) or begin >= MONTH_ENDS[1] - 1:
        year[begin : begin + len(values)] = values
        return year
    before = MONTH_ENDS[1] - 1 - begin  # days up to 28 February
    year[begin : begin + min(before, len(values))] = values[:before]
    rest = values[before:]
    year[MONTH_ENDS[1] : MONTH_ENDS[1] + len(rest)] = rest
    return year


def daily_values(series: Series, figures: Mapping[str, IntArray], aqi: IntArray) -> FloatArray:
    """The values of days that a series runs over, NaN where there is none: the concentration in its unit, or 1 on a day
    that counts (a heavy day; for the share of good days one that is *not* good) and 0 on another.

    `figures` in 10^-9 units and `aqi`, of equal length, MISSING where there is none.
    """
    if series.method != "days":
        values = figures[series.figure]
        return np.where(values >= 0, values / DAY_SCALE, np.nan)
    worse_than = HEAVY_DAY_AQI if series.counts else GOOD_DAY_AQI
    return np.where(aqi >= 0, (aqi > worse_than).astype(np.float64), np.nan)


def elapsed_on(day: date) -> int:
    """The places of 366 that have gone by at the end of a day."""
    return (date(2020, day.month, day.day) - date(2020, 1, 1)).days + 1


# ---- ensembles -------------------------------------------------------------------------------------------------------


def outcomes(series: Series, case: Case, numbers: PooledNumbers) -> FloatArray:
    """The ensemble of a city's year-end figure (OUTCOMES,), ascending, in the unit of the figure (a share in %)."""
    if series.method == "mean":
        return mean_outcomes(series, case, numbers)
    if series.method == "percentile":
        return percentile_outcomes(series, case, numbers, percentile_curves(case, series.percent))
    return days_outcomes(series, case, numbers)


def mean_outcomes(series: Series, case: Case, numbers: PooledNumbers) -> FloatArray:
    """The year's mean: the days so far, and a remainder that past years, this year's level and pooled shape suggest.

    In words: the rest of the year is taken from the same days of past years (the last one counts most), moved a little
    by how this year and its last 60 days differ from them, half-way to the usual shape of the year, and widened by how
    wrong that has been in cities whose year is over.
    方法：余下天数取往年同期整段（越近权重越大），按今年以来和最近60天的水平作小幅调整，季节形状向各城市平均收缩一半，再按历史检验的误差展开。
    依据：在183城2013—2017年、26城2014—2020年逐日数据上回测（自定）
    """
    now = numbers.at(case.elapsed)
    centre = mean_remainder(series, case, now) + now.drift * case.mean_age
    spread = now.spread * np.sqrt(case.variance_factor * numbers.caution(series))
    count = int((~np.isnan(case.days)).sum())
    so_far = float(np.nansum(case.days))
    rest = np.exp(centre + spread * T4_QUANTILES)
    return np.asarray((so_far + case.remaining * rest) / (count + case.remaining), dtype=np.float64)


def mean_remainder(series: Series, case: Case, now: MonthNumbers) -> float:
    """The logarithm of the expected mean of the remaining days, before drift."""
    rest = np.log(case.weights @ _means(case.past[:, case.elapsed :]))
    return float(rest + level_moves(case, now) - series.shrinks * (mean_shape(case) - now.shape))


def mean_shape(case: Case) -> float:
    """How the remainder of the past years differs from the whole of them, in logarithms."""
    return float(case.weights @ np.log(_means(case.past[:, case.elapsed :]) / _means(case.past)))


def level_moves(case: Case, now: MonthNumbers) -> float:
    """By what factor (logarithm) this year so far and its recent days move the remaining days of the past."""

    def level(part: slice) -> float:
        return float(np.log(np.nanmean(case.days[part]) / (case.weights @ _means(case.past[:, part]))))

    recent = slice(max(0, case.elapsed - RECENT), case.elapsed)
    year = level(slice(0, case.elapsed))
    enough = (~np.isnan(case.days[recent])).sum() >= RECENT // 4
    return now.follows_year * year + now.follows_recent * (level(recent) if enough else year)


def days_outcomes(series: Series, case: Case, numbers: PooledNumbers) -> FloatArray:
    """Days that count: those so far and a beta-binomial number of the remaining ones.

    In words: the chance of such a day in the rest of the year comes from past years and moves with this year; the days
    of a year hang together, so the number of them scatters far more than by independent days.
    方法：余下天数中超标（重污染）天的比例取自往年同期，并随今年的情况调整；天数按贝塔二项分布展开（同一年的天气相关，不按独立天数计）。
    依据：在183城2013—2017年逐日数据上回测（自定）
    """
    now = numbers.at(case.elapsed)
    probability = days_probability(series, case, now)
    theta = min(0.9, now.spread * case.variance_factor * numbers.caution(series))
    cumulative = np.cumsum(beta_binomial(case.remaining, probability, theta))
    left = np.minimum(np.searchsorted(cumulative, LEVELS), case.remaining).astype(np.float64)
    so_far, valid = float(np.nansum(case.days)), int((~np.isnan(case.days)).sum())
    if series.counts:
        return so_far + left
    expected = valid + case.remaining
    return np.asarray(100 * (expected - so_far - left[::-1]) / expected, dtype=np.float64)


def days_probability(series: Series, case: Case, now: MonthNumbers) -> float:
    """The expected share of the remaining days that count, drift included."""
    logit = days_remainder(series, case, now) + now.drift * case.mean_age
    return float(1 / (1 + np.exp(-logit)))


def days_remainder(series: Series, case: Case, now: MonthNumbers) -> float:
    """The logit of the expected share of the remaining days that count, before drift."""
    k, recent = case.elapsed, slice(max(0, case.elapsed - RECENT), case.elapsed)

    def past(part: slice) -> float:
        return _logit(_share(case.past[:, part], case.weights, now.share))

    def this_year(part: slice) -> float:
        return _logit(_share(case.days[None, part], np.ones(1), now.share))

    rest = past(slice(k, SLOTS))
    level = this_year(slice(0, k)) - past(slice(0, k))
    last = this_year(recent) - past(recent)
    moves = now.follows_year * level + now.follows_recent * last
    return rest + moves - series.shrinks * (rest - past(slice(0, SLOTS)) - now.shape)


def days_shape(case: Case, share: float) -> float:
    """How the remainder of the past years differs from the whole of them, in logits; `share` as in `_share`."""
    rest, whole = (_logit(_share(part, case.weights, share)) for part in (case.past[:, case.elapsed :], case.past))
    return rest - whole


def beta_binomial(trials: int, mean: float, theta: float) -> FloatArray:
    """The probabilities of 0..trials successes (trials + 1,); θ = 1/(α+β+1), mean = α/(α+β), both within (0, 1)."""
    size = 1 / theta - 1
    alpha, beta = mean * size, (1 - mean) * size
    k = np.arange(trials, dtype=np.float64)
    steps = np.log((trials - k) / (k + 1)) + np.log((alpha + k) / (beta + trials - k - 1))
    logs = np.concatenate(([0.0], np.cumsum(steps)))
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def percentile_outcomes(series: Series, case: Case, numbers: PooledNumbers, curves: FloatArray) -> FloatArray:
    """A percentile of the year's days: each past year's remaining days, moved and widened, joined to the days so far.

    In words: the rest of the year is each past year's, raised or lowered as this year has been, many times over; the
    percentile is taken of the whole year each time.
    方法：以每个往年余下各天接在今年已有各天之后，按今年水平及历史误差整体缩放多次，每次求全年百分位数。
    依据：在183城2013—2017年逐日数据上回测（自定）
    """
    now = numbers.at(case.elapsed)
    spread = now.spread * np.sqrt(case.variance_factor * numbers.caution(series))
    return mixture(curves, case, level_moves(case, now) + spread * T4_QUANTILES)


#: Factors (logarithms) at which the percentile of the joined year is worked out; between them in proportion.
FACTORS: FloatArray = np.linspace(-1.2, 1.2, 49)


def percentile_curves(case: Case, percent: int) -> FloatArray:
    """The year's percentile when the rest of each past year is multiplied by e^FACTORS: (years, factors)."""
    known = case.days[~np.isnan(case.days)]
    curves = np.empty((len(case.ages), len(FACTORS)))
    for row, past in enumerate(case.past[:, case.elapsed :]):
        rest = np.exp(FACTORS)[:, None] * past[~np.isnan(past)]
        whole = np.concatenate((np.broadcast_to(known, (len(FACTORS), len(known))), rest), axis=1)
        curves[row] = np.percentile(whole, percent, axis=1)
    return curves


def mixture(curves: FloatArray, case: Case, factors: FloatArray) -> FloatArray:
    """The ensemble over the past years by their weights, each with `factors` (logarithms, ascending)."""
    values = np.concatenate([np.interp(factors, FACTORS, curve) for curve in curves])
    weights = np.repeat(case.weights, len(factors)) / len(factors)
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return values[order][np.minimum(np.searchsorted(reached, LEVELS), len(values) - 1)]


def mean_of_cities(ensembles: Sequence[FloatArray]) -> FloatArray:
    """The ensemble of a region, the unweighted mean of its cities. ValueError without cities.

    In words: a bad year is taken to be bad in all cities at once, which is the widest and so the cautious case.
    方法：各市同一分位的年终值取算术平均，即假定好年份各市都好、坏年份各市都坏，区间偏宽、偏谨慎。
    依据：自定
    """
    if not ensembles:
        raise ValueError("the mean of no cities")
    return np.asarray(np.mean(np.stack(ensembles), axis=0), dtype=np.float64)


def probability(ensemble: FloatArray, rules: Sequence[Rule]) -> Decimal:
    """The share of the ensemble that attains all rules, each outcome rounded as the rule says; two decimals."""
    met = np.ones(len(ensemble), dtype=np.bool_)
    for rule in rules:
        met &= _COMPARE[rule.comparator](np.round(ensemble, rule.places), float(rule.limit))
    return round_half_even(str(met.mean()), 2)


_NEAR = 1e-9
_COMPARE: Mapping[Comparator, Callable[[FloatArray, float], npt.NDArray[np.bool_]]] = {
    "<": lambda values, limit: values < limit - _NEAR,
    "<=": lambda values, limit: values <= limit + _NEAR,
    "=": lambda values, limit: np.abs(values - limit) <= _NEAR,
    ">=": lambda values, limit: values >= limit - _NEAR,
    ">": lambda values, limit: values > limit + _NEAR,
}


def _means(rows: FloatArray) -> FloatArray:
    known = ~np.isnan(rows)
    return np.asarray(np.where(known, rows, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1), dtype=np.float64)


def _share(rows: FloatArray, weights: FloatArray, pooled: float) -> float:
    """The weighted share of days that count, each year's with the pooled share as some days more."""
    known = ~np.isnan(rows)
    shares = (np.where(known, rows, 0).sum(axis=1) + PRIOR_DAYS * pooled) / (known.sum(axis=1) + PRIOR_DAYS)
    return float(weights @ shares)


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


# ---- Student's t with four degrees of freedom ------------------------------------------------------------------------


def t4_cdf(x: FloatArray | float) -> FloatArray:
    """The distribution function of Student's t with four degrees of freedom, in closed form."""
    u = np.asarray(x, dtype=np.float64) / np.sqrt(1 + np.asarray(x, dtype=np.float64) ** 2 / 4)
    return np.asarray(0.5 + 0.375 * (u - u**3 / 12), dtype=np.float64)


def t4_quantile(p: FloatArray | float) -> FloatArray:
    """Its inverse, for 0 < p < 1."""
    u = 4 * np.sin(np.arcsin(2 * np.asarray(p, dtype=np.float64) - 1) / 3)
    return np.asarray(u / np.sqrt(1 - u**2 / 4), dtype=np.float64)


T4_QUANTILES: FloatArray = t4_quantile(LEVELS)
