"""The exact steering layer: what the rest of the year may still hold. No statistics, no assumption.

Everything rests on one idea. Of the days that remain nothing is known but that a concentration is not negative and a
day is good or not. So the year's final figure lies in a `Span`; a target is *secured* when the worse end of the span
attains it, *impossible* when the better end does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from evaluation.rounding import Edge, Number, exact, round_half_even, rounding_edge
from evaluation.statistics import percentile_of_sorted, total

Comparator = Literal["<", "<=", "=", ">=", ">"]
#: A comparator as it is stored -> the same, known to be one.
COMPARATORS: Mapping[str, Comparator] = {"<": "<", "<=": "<=", "=": "=", ">=": ">=", ">": ">"}


@dataclass(frozen=True)
class Span:
    """The least and the greatest value that a figure can still end with; None where there is no bound."""

    low: Fraction | None
    high: Fraction | None


@dataclass(frozen=True)
class DaysSoFar:
    """A running total of one city's year.

    `total` is the sum of the daily values, or the number of days that count; `valid` the days behind it; `remaining`
    the days that may still add to it.
    """

    total: Fraction
    valid: int
    remaining: int

    @property
    def expected(self) -> int:
        """The valid days that the year will have if every remaining day is valid."""
        return self.valid + self.remaining


def attains(value: Number, comparator: Comparator, limit: Number, places: int) -> bool:
    """Whether a value, rounded half to even to `places` decimals, meets the limit (HJ 663, attainment decimals)."""
    rounded, bound = exact(round_half_even(value, places)), exact(limit)
    return {
        "<": rounded < bound,
        "<=": rounded <= bound,
        "=": rounded == bound,
        ">=": rounded >= bound,
        ">": rounded > bound,
    }[comparator]


def can_attain(span: Span, comparator: Comparator, limit: Number, places: int) -> bool:
    """Whether any value within the span meets the limit."""
    if comparator in ("<", "<="):
        return span.low is None or attains(span.low, comparator, limit, places)
    if comparator in (">", ">="):
        return span.high is None or attains(span.high, comparator, limit, places)
    below = span.low is None or exact(round_half_even(span.low, places)) <= exact(limit)
    above = span.high is None or exact(round_half_even(span.high, places)) >= exact(limit)
    return below and above


def must_attain(span: Span, comparator: Comparator, limit: Number, places: int) -> bool:
    """Whether every value within the span meets the limit."""
    ends: list[Fraction | None] = []
    if comparator in ("<", "<=", "="):
        ends.append(span.high)
    if comparator in (">", ">=", "="):
        ends.append(span.low)
    return all(end is not None and attains(end, comparator, limit, places) for end in ends)


# ---- the mean of days ------------------------------------------------------------------------------------------------


def remaining_mean(limit: Number, days: int, mean: Number, elapsed: int) -> Fraction:
    """年剩余日控制值: the mean that the remaining days may have, (limit·days - mean·elapsed)/(days - elapsed).

    `days` valid days expected in the year, `mean` over the `elapsed` ones so far; plain, unrounded, in the unit of the
    limit. Negative when the year is lost. ValueError when no day remains or the counts make no sense.

    In words: what the mean of the days that remain may be for the year to keep its limit. It counts on all of them to
    be valid; late in the year it moves strongly with the rounding of the mean so far.
    方法：余下天数的平均值最高可以是（目标×全年有效天数−已有均值×已过天数）÷余下天数；按修约规则留足“四舍六入五成双”的边界后，向严的一侧取整。
    依据：县级调度通报的通行算法（可复算）；留足修约边界为自定
    """
    if not 0 <= elapsed < days:
        raise ValueError(f"{elapsed} of {days} days elapsed leave no remaining day to control")
    return (exact(limit) * days - exact(mean) * elapsed) / (days - elapsed)


def remaining_mean_rounding_aware(
    limit: Number, days: int, mean: Number, elapsed: int, places: int, comparator: Comparator = "<="
) -> Fraction:
    """`remaining_mean` up to the edge of what still rounds to the limit at `places` decimals.

    The edge itself attains an even limit and not an odd one (30.5 is 30, 31.5 is 32): see `rounding_edge`.
    """
    return remaining_mean(_edge(limit, comparator, places).value, days, mean, elapsed)


def region_remaining_mean(limit: Number, cities: Sequence[DaysSoFar]) -> Fraction:
    """The mean that the remaining days may have, the same in every city, for the unweighted mean of cities to meet
    the limit. For one city it is `remaining_mean`. ValueError when no day remains anywhere."""
    weight = sum((Fraction(city.remaining, city.expected) for city in cities), Fraction(0))
    if weight == 0:
        raise ValueError("no remaining day to control")
    so_far = sum((city.total / city.expected for city in cities), Fraction(0))
    return (exact(limit) * len(cities) - so_far) / weight


def strictest(limit: Number, comparator: Comparator, places: int) -> Edge:
    """The edge of the values that attain the limit once rounded to `places` decimals."""
    return _edge(limit, comparator, places)


def _edge(limit: Number, comparator: Comparator, places: int) -> Edge:
    step = Fraction(1) / Fraction(10) ** places
    if comparator == "<":
        limit, comparator = exact(limit) - step, "<="
    elif comparator == ">":
        limit, comparator = exact(limit) + step, ">="
    return rounding_edge(limit, places, "upper" if comparator == "<=" else "lower")


def mean_span(cities: Sequence[DaysSoFar]) -> Span:
    """Where the unweighted mean of cities can end: remaining days of zero, or without bound."""
    low = _city_mean([city.total / city.expected for city in cities])
    ended = all(city.remaining == 0 for city in cities)
    return Span(low, low if ended else None)


# ---- days that count -------------------------------------------------------------------------------------------------


def days_that_may_fail(percent: str | Decimal, days: int, failed: int) -> int:
    """还可超标天数: how many more of `days` expected valid days may fail (standards register, section 7 no. 2).

    `percent` as printed ("94.5"): its decimals are those of the comparison. Needed is the smallest whole number g of
    good days with round(100·g/days) >= percent; the answer is days - g - failed, negative when the year is lost.

    In words: how many more days may miss the standard for the year's share of good days still to be met.
    方法：先求达到目标比率最少需要的优良天数，再从全年有效天数中减去它和已超标天数；多个城市时按各市比率平均计算，给出怎么分布都成立的天次。
    依据：算术推导（自定）
    """
    return days - good_days_needed(percent, days) - failed


def good_days_needed(percent: str | Decimal, days: int) -> int:
    """The smallest number of good days whose ratio, rounded as printed, meets `percent`. ValueError above 100."""
    printed = Decimal(percent)
    places = max(0, -int(printed.as_tuple().exponent))
    edge = rounding_edge(printed, places, "lower")
    needed = edge.value * days / 100
    whole = -(-needed.numerator // needed.denominator)
    good = whole if edge.inclusive or whole > needed else whole + 1
    if good > days:
        raise ValueError(f"no ratio reaches {percent} %")
    return max(good, 0)


def region_days_that_may_fail(
    limit: Number, places: int, cities: Sequence[DaysSoFar], comparator: Comparator = ">="
) -> int:
    """还可超标天次: city-days that may still fail, wherever they fall, with the mean of the cities' ratios still met.

    `total` of each city counts its good days. A day costs 1/expected of its city's ratio, so the dearest days are
    spent first: the answer is safe for any spread over the cities. Negative: so many city-days too many have failed.
    """
    edge = _edge(limit, comparator, places)
    share = sum(((city.total + city.remaining) / city.expected for city in cities), Fraction(0))
    spare = share - edge.value * len(cities) / 100
    if spare < 0 or (spare == 0 and not edge.inclusive):
        dearest = max(Fraction(1, city.expected) for city in cities)
        over = -spare / dearest
        missing = -(-over.numerator // over.denominator)
        return -max(missing, 1)
    left = 0
    for city in sorted(cities, key=lambda city: city.expected):
        cost = Fraction(1, city.expected)
        affordable = spare / cost
        fits = affordable.numerator // affordable.denominator
        if not edge.inclusive and fits == affordable:
            fits -= 1
        if fits < city.remaining:
            return left + max(fits, 0)
        left += city.remaining
        spare -= city.remaining * cost
    return left


def days_until(limit: Number, comparator: Comparator, places: int, cities: Sequence[DaysSoFar]) -> int:
    """Days (over all cities) by which the counts may still grow under a cap, or must still grow to a floor.

    The figure is the mean of the cities' counts. Negative under a cap that is broken; 0 at least to a floor.
    """
    edge = _edge(limit, "<=" if comparator == "=" else comparator, places)
    so_far = sum((city.total for city in cities), Fraction(0))
    distance = edge.value * len(cities) - so_far
    if comparator in (">", ">="):
        needed = -(-distance.numerator // distance.denominator)
        if needed == distance and not edge.inclusive:
            needed += 1
        return max(needed, 0)
    left = distance.numerator // distance.denominator
    return left - 1 if left == distance and not edge.inclusive else left


def ratio_span(cities: Sequence[DaysSoFar]) -> Span:
    """Where the mean of the cities' good-day ratios (%) can end: all remaining days bad, or all good."""
    return Span(
        _city_mean([100 * city.total / city.expected for city in cities]),
        _city_mean([100 * (city.total + city.remaining) / city.expected for city in cities]),
    )


def count_span(cities: Sequence[DaysSoFar]) -> Span:
    """Where the mean number of days can end: none of the remaining days counts, or all of them."""
    return Span(
        _city_mean([city.total for city in cities]), _city_mean([city.total + city.remaining for city in cities])
    )


# ---- percentiles -----------------------------------------------------------------------------------------------------


def percentile_span(p: Number, ascending: Sequence[int], remaining: int, scale: int = 1) -> Span:
    """Where a percentile of daily values can end: remaining days of zero, or of any height (HJ 663 appendix A).

    `ascending`: the values so far, sorted, in 1/`scale` of the unit.

    In words: of a full year, 36 days above the limit never break the 90th percentile of ozone; the 37th may, the 38th
    does.
    方法：百分位数按余下各天为零或任意高两种极端计算上下限；例如臭氧第90百分位数，全年365天中36天超限必不超标，第38天必超标。
    依据：HJ 663-2013 附录A（B）
    """
    if not ascending and not remaining:
        return Span(None, None)
    low = percentile_of_sorted([0] * remaining + list(ascending), p) / scale
    position = (len(ascending) + remaining - 1) * exact(p) / 100
    if position > len(ascending) - 1:
        return Span(low, None)
    lower = position.numerator // position.denominator
    rest = position - lower
    above = (ascending[lower + 1] - ascending[lower]) * rest if rest else Fraction(0)
    return Span(low, (ascending[lower] + above) / scale)


# ---- classes of sections ---------------------------------------------------------------------------------------------


def sections_that_may_fail(percent: str | Decimal, sections: int, failing: int) -> int:
    """How many more of `sections` may miss the class with the share, rounded as printed, still met."""
    return days_that_may_fail(percent, sections, failing)


def _city_mean(values: Sequence[Fraction]) -> Fraction:
    return total(values) / len(values)
