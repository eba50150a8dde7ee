"""Beyond the budget itself: who used it up, what a repeated year would give, which sections can still change a share.

Exact throughout; no probability. `evaluation.budget` says what the rest of the year may hold for a region as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from evaluation.budget import Comparator, DaysSoFar, region_remaining_mean
from evaluation.progress import CityYear, Statistic
from evaluation.rounding import IntArray, Number, exact, places_of, round_down, round_up, rounding_edge
from evaluation.statistics import percentile_of_sorted, total
from evaluation.water import Waterbody, assessment_places, item_limits

_Name = TypeVar("_Name")

# ---- a percentile as a budget of days ------------------------------------------------------------------------------


@dataclass(frozen=True)
class PercentileDays:
    """Days above the limit that a percentile of the year allows.

    With at most `safe` of them the limit is kept whatever their height, from `lost` on it is broken for certain; in
    between the height of single days decides.
    """

    safe: int
    lost: int


def percentile_days(p: Number, expected: int) -> PercentileDays:
    """How many of `expected` valid days may lie above the limit (standards register, section 7 no. 3).

    ValueError without a day. Of 365 days the 90th percentile allows 36; the 37th is in doubt, the 38th too many.
    """
    if expected < 1:
        raise ValueError("a percentile needs at least one day")
    position = (expected - 1) * exact(p) / 100
    lower = position.numerator // position.denominator
    between = position != lower
    return PercentileDays(safe=expected - 1 - lower - (1 if between else 0), lost=expected - lower)


# ---- how the printed mean blurs the control value ------------------------------------------------------------------


def remaining_mean_range(
    limit: Number, cities: Sequence[DaysSoFar], printed_mean: Number, places: int
) -> tuple[Fraction, Fraction]:
    """The least and greatest `region_remaining_mean` for all means so far that print as `printed_mean`.

    Late in the year the control value moves strongly with the rounding of the mean: that of Wei County, printed as 95,
    lies between 86.0 and 105.3 (standards register 8.1). The mean of several cities is shifted alike in all of them.
    ValueError without a valid or a remaining day.
    """
    valid = [city for city in cities if city.valid]
    if not valid:
        raise ValueError("no mean so far to be printed")
    mean = sum((city.total / city.valid for city in valid), Fraction(0)) / len(valid)
    exact_value = region_remaining_mean(limit, cities)
    weight = sum((Fraction(city.remaining, city.expected) for city in cities), Fraction(0))
    slope = sum((Fraction(city.valid, city.expected) for city in cities), Fraction(0)) / weight
    high = rounding_edge(printed_mean, places, "upper").value
    low = rounding_edge(printed_mean, places, "lower").value
    return exact_value - (high - mean) * slope, exact_value - (low - mean) * slope


# ---- a region by its cities ----------------------------------------------------------------------------------------


def contributions(
    statistic: Statistic,
    comparator: Comparator,
    limit: Number,
    cities: Mapping[_Name, CityYear],
    percent: Number | None = None,
) -> dict[_Name, Fraction]:
    """By how much each city's days so far move the region's year-end figure to the wrong side of the limit.

    In the unit of the figure; above zero costs, below zero spares. Each city keeps pace with the limit for the part of
    its year that is gone, so that the sum is what the region as a whole has overdrawn or spared. A city without a
    valid day is left out.

    In words: what each city has cost or spared of the common budget, compared with keeping just to the limit so far.
    方法：各市已有天数的统计值与限值之差，乘以已过天数占全年有效天数的比例，再除以城市数；正为超支，负为节余，各市之和等于全区超支或节余。
    依据：算术推导（自定）
    """
    sign = 1 if comparator in ("<", "<=", "=") else -1
    bound, number = exact(limit), len(cities)
    found: dict[_Name, Fraction] = {}
    for name, city in cities.items():
        if not city.valid:
            continue
        gone = Fraction(city.valid, city.valid + city.remaining)
        if statistic == "percentile":
            cost = percentile_of_sorted(city.values, percent or 0) / city.scale - bound
        elif statistic == "day_count":
            cost = city.total - bound * gone
        else:
            level = city.total / city.valid * (100 if statistic == "day_ratio" else 1)
            cost = (level - bound) * gone
        found[name] = sign * cost / number
    return found


def year_if(statistic: Statistic, city: CityYear, rest: IntArray, percent: Number | None = None) -> Fraction:
    """A city's year-end figure if its remaining days were `rest`, the valid days of an earlier year after the same day
    (in 1/scale of the unit, or 0 and 1). ValueError where there are none although days remain.

    Where the earlier year has a gap, the days that it has stand for all that remain.

    In words: this year so far and, for the days to come, those of an earlier year.
    方法：今年已有各天之后接上某一往年同日以后的各天，求全年统计值；往年有缺时按所有有效日按比例补足。
    依据：算术推导（自定）
    """
    if city.remaining and not len(rest):
        raise ValueError("no day of the earlier year to put in the place of those that remain")
    if statistic == "percentile":
        return percentile_of_sorted(sorted((*city.values, *rest.tolist())), percent or 0) / city.scale
    added = Fraction(int(rest.sum()) * city.remaining, len(rest) * city.scale) if city.remaining else Fraction(0)
    if statistic == "day_count":
        return city.total + added
    return (city.total + added) / (city.valid + city.remaining) * (100 if statistic == "day_ratio" else 1)


def propose(
    limit: Number, comparator: Comparator, levels: Mapping[_Name, Decimal], places: int
) -> dict[_Name, Decimal]:
    """A target broken down to cities (分解下达): last year's levels, all improved in the same proportion.

    Their unweighted mean attains the limit, as each is rounded to the strict side; no city may get worse. A share with
    a floor is improved by its distance from 100. ValueError without levels.

    In words: every city improves in the same proportion, just so far that the mean of all meets the target; none may
    fall behind its last year.
    方法：各市以上年值为基础按同一比例改善，使各市均值恰好达到目标，向严的一侧取整；任何城市不得劣于上年。
    依据：算术推导（自定），仅作建议
    """
    if not levels:
        raise ValueError("nothing to break a target down to")
    bound = exact(limit)
    is_cap = comparator in ("<", "<=", "=")
    distance = {name: exact(level) if is_cap else 100 - exact(level) for name, level in levels.items()}
    allowed = bound if is_cap else 100 - bound
    mean = sum(distance.values(), Fraction(0)) / len(distance)
    factor = min(Fraction(1), allowed / mean) if mean else Fraction(1)
    if is_cap:
        return {name: round_down(value * factor, places) for name, value in distance.items()}
    return {name: round_up(100 - value * factor, places) for name, value in distance.items()}


# ---- sections that can still change a share --------------------------------------------------------------------------


@dataclass(frozen=True)
class ItemRoom:
    """What the remaining months may have of one item for the section to keep a class.

    `remaining`: the mean of the months to come, rounded to the strict side; below zero (of a pollutant) it is lost.
    `tightness`: the mean so far over the limit (of oxygen the limit over the mean); above 1 the class is missed now.
    """

    item: str
    unit: str
    mean: Fraction
    limit: Decimal
    remaining: Decimal
    is_floor: bool
    tightness: Fraction


def item_rooms(
    months: Mapping[tuple[int, str], Fraction], worst: int, months_left: int, waterbody: Waterbody
) -> list[ItemRoom]:
    """The room of each item for a section to be of class `worst` or better at year-end, the tightest first.

    `months`: (month, item) -> mean. pH, which is bounded on both sides and averaged otherwise, is left out. ValueError
    when no month is left.

    In words: for each substance, what the mean of the months to come may be for the section to keep its class.
    方法：（限值的修约边界×全年月数−已有各月之和）÷余下月数，向严的一侧取整。
    依据：GB 3838-2002、环办监测函〔2020〕82号（C），算术推导（自定）
    """
    if months_left < 1:
        raise ValueError("no month is left to have any room")
    by_item: dict[str, list[Fraction]] = {}
    for (_month, item), value in months.items():
        by_item.setdefault(item, []).append(value)
    rooms = []
    for item, values in by_item.items():
        room = _item_room(item, values, worst, months_left, waterbody)
        if room is not None:
            rooms.append(room)
    return sorted(rooms, key=lambda room: -room.tightness)


def _item_room(
    item: str, values: Sequence[Fraction], worst: int, months_left: int, waterbody: Waterbody
) -> ItemRoom | None:
    try:
        limits = item_limits(item, waterbody)
    except ValueError:
        return None  # an item without limits, such as temperature
    if limits.rule == "range" or not limits.counts_for_class:
        return None
    low, high = limits.limits[worst - 1]
    is_floor = limits.rule == "ge"
    limit = low if is_floor else high
    places = max(assessment_places(item), places_of(limit))
    edge = rounding_edge(limit, places, "lower" if is_floor else "upper")
    number = len(values) + months_left
    so_far = total(values)
    required = (edge.value * number - so_far) / months_left
    printed = round_up(required, places) if is_floor else round_down(required, places)
    if not edge.inclusive and printed == required:
        printed += Decimal(1).scaleb(-places) * (1 if is_floor else -1)
    mean = so_far / len(values)
    over = (exact(limit) / mean if mean else Fraction(10**6)) if is_floor else mean / exact(limit)
    return ItemRoom(item, limits.unit, mean, limit, printed, is_floor, over)
