"""Whether a file's values can be what their headers say. What can hardly be is held back for a person. Pure.

Own rules (R). A series is what one place has of one item. It is compared with what is stored of the same place in the
days before, and with what physics says. The bounds stand far outside of what weather does, and below what errors do:
in 3,000 station days of April 2020 no level moved by more than 13 times and no spread by more than 150 (units: 1000).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations

import numpy as np
import numpy.typing as npt

from evaluation.air import HOUR_SCALE, iaqi
from evaluation.calendar import day_of
from evaluation.rounding import IntArray
from indicators.columns import HOUR_ITEMS
from ingest.schema.hours import GivenAqi
from ingest.schema.tidied import BoolArray
from ingest.tidy import Finding

#: So many values of an item must a file have of a place, and so many the days before, for a series to say anything.
LEAST_VALUES, LEAST_HISTORY = 12, 3
#: Times by which the median of one series, and the spread (from the tenth to the ninetieth of a hundred), may move.
LEVEL_OF_ONE, SPREAD_OF_ONE = 100, 300
#: What most places of a file do together is the file's: so many make "most" mean something, a single hour will do.
LEVEL_OF_MOST, LEAST_PLACES = 50, 5
#: How much better two series must fit each other's days before than their own, as the logarithm of how many times: for
#: one place, and for the median of several. The greatest in April 2020 were 4.2 and 1.7.
SWAP_OF_ONE, SWAP_OF_MOST, LEAST_SWAPPED = 5.0, 3.0, 3
#: Fine particles are part of the coarse ones. In damp air instruments disagree by a few percent for a day; a quarter
#: too much in most hours is another thing (4 of 9,000 real days). A whole file is never above in most of its hours.
FINE_ABOVE_COARSE_QUARTERS, FINE_ABOVE_COARSE_SHARE = 5, 0.5
#: So many days must be comparable, and most of them outside, for printed days to contradict the stations' hours.
LEAST_DAYS = 3
#: Half of what separates two neighbouring breakpoints of the index at their closest.
AQI_TOLERANCE = 10

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """Values of several items as a matrix (row, item) in thousandths, -1 where there is none; each row's place, and the
    number of the day or month that it lies in, where a file may hold several."""

    items: Sequence[str]
    place: IntArray
    values: IntArray
    period: IntArray | None = None


@dataclass(frozen=True)
class Doubt:
    """Series that can hardly be what their headers say: their items and places, and why."""

    code: str
    items: Sequence[str]
    places: Sequence[int]
    details: Mapping[str, str | int] = field(default_factory=dict)


def doubts(given: Measured, before: Measured) -> list[Doubt]:
    """The doubtful series of a file. `before`: the same places' values in the days before it."""
    now = _summary(given)
    usual = _of_places(_summary(before), now.place)
    found = [*_jumps(given.items, now, usual), *_breaks(given), *_swaps(given.items, now, usual)]
    explained = {place for doubt in found if {"PM2.5", "PM10"} & {*doubt.items} for place in doubt.places}
    return [*found, *_fine_above_coarse(given, explained)]


@dataclass(frozen=True)
class _Summary:
    """By (place, item): how many values, their (lower) median, and how far they spread."""

    place: IntArray
    count: IntArray
    level: IntArray
    spread: IntArray


def _summary(given: Measured) -> _Summary:
    places = np.unique(given.place)
    count, level, spread = (np.zeros((len(places), len(given.items)), dtype=np.int64) for _ in range(3))
    for item in range(len(given.items)):
        there = given.values[:, item] >= 0
        order = np.sort(given.place[there] << 32 | given.values[there, item])
        begins = np.flatnonzero(np.diff(order >> 32, prepend=-1))
        counts = np.diff(begins, append=len(order))
        at = np.searchsorted(places, order[begins] >> 32)
        count[at, item] = counts
        level[at, item] = order[begins + (counts - 1) // 2] & 0xFFFFFFFF
        spread[at, item] = order[begins + counts - 1 - counts // 10] - order[begins + counts // 10]
    return _Summary(places, count, level, spread)


def _of_places(then: _Summary, places: IntArray) -> _Summary:
    """The same of these places; zeros for one that is not there."""
    rows = np.flatnonzero(np.isin(places, then.place))
    at = np.searchsorted(then.place, places[rows])
    count, level, spread = (np.zeros((len(places), then.count.shape[1]), dtype=np.int64) for _ in range(3))
    count[rows], level[rows], spread[rows] = then.count[at], then.level[at], then.spread[at]
    return _Summary(places, count, level, spread)


def _jumps(items: Sequence[str], now: _Summary, usual: _Summary) -> list[Doubt]:
    compared = (now.count > 0) & (usual.count >= LEAST_HISTORY)
    alone = compared & (now.count >= LEAST_VALUES)
    jumped = alone & _beyond(now.level, usual.level, LEVEL_OF_ONE)
    spreads = alone & ~jumped & _beyond(now.spread, usual.spread, SPREAD_OF_ONE)
    together = compared & _beyond(now.level, usual.level, LEVEL_OF_MOST)
    number = (compared & (now.level > 0) & (usual.level > 0)).sum(axis=0)
    jumped |= together & ((number >= LEAST_PLACES) & (2 * together.sum(axis=0) > number))
    return [
        _moved(code, name, now.place[rows], was[rows, item], became[rows, item])
        for code, found, was, became in (
            ("level_jumps", jumped, usual.level, now.level),
            ("spread_jumps", spreads & ~jumped, usual.spread, now.spread),
        )
        for item, name in enumerate(items)
        if len(rows := np.flatnonzero(found[:, item]))
    ]


def _breaks(given: Measured) -> list[Doubt]:
    """Series whose level moves from one period of the file to the next as it moves between files in `_jumps`."""
    if given.period is None or not len(given.period) or given.period.min() == given.period.max():
        return []
    first = int(given.period.min())
    number = int(given.period.max()) - first + 1
    places, place = np.unique(given.place, return_inverse=True)
    each = _summary(Measured(given.items, place * number + given.period - first, given.values))
    found = []
    for item, name in enumerate(given.items):
        rows = np.flatnonzero(each.count[:, item] >= LEAST_VALUES)
        place, level = places[each.place[rows] // number], each.level[rows, item]
        broken = (place[1:] == place[:-1]) & _beyond(level[1:], level[:-1], LEVEL_OF_ONE)
        at = np.flatnonzero(broken)
        if len(at):
            details = {"before": _printed(int(level[at[0]])), "now": _printed(int(level[at[0] + 1]))}
            found.append(Doubt("level_breaks", [name], np.unique(place[at]).tolist(), details))
    return found


def _moved(code: str, item: str, places: IntArray, was: IntArray, became: IntArray) -> Doubt:
    details = {"before": _printed(int(was[0])), "now": _printed(int(became[0]))}
    return Doubt(code, [item], places.tolist(), details)


def _printed(thousandths: int) -> str:
    return format(Decimal(thousandths) / HOUR_SCALE, ".4g")


def _beyond(level: IntArray, usual: IntArray, times: int) -> BoolArray:
    return (level > 0) & (usual > 0) & ((level > times * usual) | (level * times < usual))


def _swaps(items: Sequence[str], now: _Summary, usual: _Summary) -> list[Doubt]:
    """Two items whose medians are each other's of the days before."""
    sound = (now.count >= LEAST_VALUES) & (usual.count >= LEAST_HISTORY) & (now.level > 0) & (usual.level > 0)
    level, before = (np.log(np.where(sound, of, 1)) for of in (now.level, usual.level))
    found = []
    for one, other in combinations(range(len(items)), 2):
        rows = np.flatnonzero(sound[:, one] & sound[:, other])
        better = _distance(level, before, rows, (one, one), (other, other)) - _distance(
            level, before, rows, (one, other), (other, one)
        )
        together = len(rows) >= LEAST_SWAPPED and float(np.median(better)) > SWAP_OF_MOST
        places = now.place[rows[better > (SWAP_OF_MOST if together else SWAP_OF_ONE)]].tolist()
        if places:
            found.append(Doubt("columns_swapped", [items[one], items[other]], places))
    return found


def _distance(level: FloatArray, before: FloatArray, rows: IntArray, *pairs: tuple[int, int]) -> FloatArray:
    total: FloatArray = np.zeros(len(rows))
    for now, then in pairs:
        total += np.abs(level[rows, now] - before[rows, then])
    return total


def _fine_above_coarse(given: Measured, explained: Collection[int]) -> list[Doubt]:
    """Of one place, or of the whole file where each has few values; not where another doubt explains it."""
    if not {"PM2.5", "PM10"} <= set(given.items):
        return []
    fine, coarse = (given.values[:, given.items.index(item)] for item in ("PM2.5", "PM10"))
    both = (fine >= 0) & (coarse >= 0) & ~np.isin(given.place, list(explained))
    above, far_above = both & (fine > coarse), both & (4 * fine > FINE_ABOVE_COARSE_QUARTERS * coarse)
    places, place = np.unique(given.place, return_inverse=True)
    number, more, far = (np.bincount(place, of, len(places)) for of in (both, above, far_above))
    wrong = (number >= LEAST_VALUES) & (far > FINE_ABOVE_COARSE_SHARE * number)
    if both.sum() >= LEAST_VALUES and above.sum() > FINE_ABOVE_COARSE_SHARE * both.sum():
        wrong = number > 0
    if not wrong.any():
        return []
    details = {"rows": int(more[wrong].sum()), "total": int(number[wrong].sum())}
    return [Doubt("fine_above_coarse", ["PM2.5", "PM10"], places[wrong].tolist(), details)]


def outside_the_hours(given: Measured, low: IntArray, high: IntArray, rounding: Mapping[str, int]) -> list[Doubt]:
    """Printed days that lie outside of what the stations measured: a mean lies within its hours' range, and so does the
    greatest mean of eight hours. `low`, `high`: like given.values, -1 where the hours are not known."""
    known = (given.values >= 0) & (low >= 0)
    slack = np.array([rounding[item] for item in given.items])
    outside = known & ((given.values < low - slack) | (given.values > high + slack))
    places, place = np.unique(given.place, return_inverse=True)
    found = []
    for item, name in enumerate(given.items):
        number = np.bincount(place, known[:, item], len(places))
        wrong = np.bincount(place, outside[:, item], len(places))
        chosen = (number >= LEAST_DAYS) & (2 * wrong > number)
        if chosen.any():
            details = {"rows": int(wrong[chosen].sum()), "total": int(number[chosen].sum())}
            found.append(Doubt("outside_the_hours", [name], places[chosen].tolist(), details))
    return found


def aqi_differs(given: Sequence[GivenAqi]) -> Finding | None:
    """An hour's index follows from its six values, so most of those given must be those worked out; where they are not,
    it cannot be told which item is wrong, and the whole file is held."""
    differ = sum(abs(hour_aqi(one) - one.aqi) > AQI_TOLERANCE for one in given)
    if len(given) < LEAST_VALUES or differ <= len(given) / 2:
        return None
    return Finding(
        "aqi_differs", column="AQI", original=str(given[0].aqi), details={"rows": differ, "count": len(given)}
    )


def hour_aqi(one: GivenAqi) -> int:
    """The index that monitoring centres print for an hour: gases by their limits of an hour, particles by the
    breakpoints of a day (HJ 633-2026 4.2.4; before 2026 the custom, as HJ 633-2012 has none of an hour for them)."""
    day = day_of(one.ts)
    values = {item: Decimal(value) / HOUR_SCALE for item, value in zip(HOUR_ITEMS, one.values, strict=True)}
    averaging = {"PM2.5": "24h", "PM10": "24h"}
    return max(iaqi(item, averaging.get(item, "1h"), value, day) or 0 for item, value in values.items())
