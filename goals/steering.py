"""What steering a target to year-end looks at, beside its verdict: the budget's course, who used it, what a repeated
year would give, which sections can still change, what was handed down to cities. Reads only."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from evaluation.air import DAY_SCALE
from evaluation.budget import COMPARATORS, strictest
from evaluation.calendar import days_of_year, is_month_end, month_end
from evaluation.forecast import OLDEST
from evaluation.progress import (
    STATISTICS,
    CityYear,
    Rule,
    State,
    Statistic,
    evidence_of_days,
    judge,
    meets,
)
from evaluation.rounding import round_half_even
from evaluation.sections import SectionSoFar
from evaluation.steering import ItemRoom, contributions, item_rooms
from evaluation.water import WORSE_THAN_V
from goals.city_years import counted, is_whole
from goals.evidence import Best, EvidenceRoom, Subject
from goals.found import Found
from goals.models import Allocation, Target
from goals.outlook import Repeat, repeats
from indicators.catalogue import DAILY_STATISTICS
from indicators.known_days import CityDays
from memory.tables import remembered
from provinces.models import Region, Site


def rules_in(found: Found) -> list[Rule]:
    """The rules that a verdict was judged by."""
    return [
        Rule(COMPARATORS[rule["comparator"]], Decimal(rule["limit"]), rule["places"])
        for rule in found.facts.get("rules", [])
    ]


@dataclass(frozen=True)
class Steering:
    """A daily target on the way to year-end: its evidence, the rule that binds, and past years repeated."""

    subject: Subject
    year: int
    best: Best
    rule: Rule
    repeated: Sequence[Repeat]
    whole: float  # the budget of the year before its first day; a mean has none and begins at zero

    @property
    def statistic(self) -> Statistic:
        """The statistic of the indicator."""
        return STATISTICS[self.subject.indicator.statistic]

    @cached_property
    def limit(self) -> Fraction:
        """The edge of what still attains the rule once rounded."""
        return strictest(self.rule.limit, self.rule.comparator, self.rule.places).value


def steering(found: Found, subject: Subject, room: EvidenceRoom) -> Steering | None:
    """What the pictures and tables of a daily target need; None for others, without a rule, or after the year."""
    rules, year = rules_in(found), found.target.plan.year
    if subject.indicator.statistic not in DAILY_STATISTICS or not rules:
        return None
    best = room.best(subject, year)
    if best is None or not best.cities or best.evidence.closed:
        return None
    whole = _whole_budget(found.facts.get("budget", {}))
    return Steering(subject, year, best, rules[0], repeats(room, subject, year, best), whole)


def _whole_budget(budget: Mapping[str, Any]) -> float:
    """Days that a budget held before any was used."""
    used = budget.get("used", budget.get("over", 0))
    return float(budget["left"] + used) if budget.get("kind") in _OF_DAYS else 0.0


_OF_DAYS = ("days_may_fail", "days_left", "percentile_days")


# ---- the budget, day by day ------------------------------------------------------------------------------------------


def budget_frame(room: EvidenceRoom, on: Steering) -> pd.DataFrame | None:
    """What is left of the year's budget at the end of each day: columns date, this_year, and one a complete past year.

    All years are held against this year's rule. Of days: how many may still count (a mean of cities: city-days). Of a
    mean: what was spared so far, in the unit of the year's mean. None where the budget has no such course: a floor on
    a mean, a percentile of several cities.
    """
    is_floor = on.rule.comparator in (">=", ">")
    if is_floor != (on.statistic == "day_ratio") or (on.statistic == "percentile" and len(on.best.cities) > 1):
        return None
    frame = pd.DataFrame({"date": pd.to_datetime(days_of_year(on.year))})
    until = room.until(on.year)
    this_year = _budget_course(room, on, on.year, len(frame), complete=False)
    if this_year is None:
        return None
    last = max((date(on.year, 12, 31) - timedelta(days=c.remaining) for c in on.best.cities.values()), default=until)
    this_year[(last - date(on.year, 1, 1)).days + 1 :] = np.nan
    frame["this_year"] = this_year
    for year in range(on.year - 1, on.year - OLDEST - 1, -1):
        course = _budget_course(room, on, year, len(frame), complete=True)
        if course is not None:
            frame[str(year)] = course
    return frame


def _budget_course(room: EvidenceRoom, on: Steering, year: int, length: int, *, complete: bool) -> np.ndarray | None:
    courses = []
    for code in on.best.cities:
        days = room.days(on.subject, code, year)
        if days is None or not days.length:
            return None
        if complete and not is_whole(days, on.subject.indicator.figure):
            return None
        courses.append(_city_budget(days, on, length))
    return np.asarray(np.sum(courses, axis=0) + on.whole, dtype=np.float64)


def _city_budget(days: CityDays, on: Steering, length: int) -> np.ndarray:
    """By how much a city's days change the budget, cumulated, for each of `length` days."""
    valid, adds = counted(days, on.subject.indicator.figure)
    limit, number = float(on.limit), len(on.best.cities)
    if on.statistic == "mean":
        spared = np.where(valid, limit - adds / DAY_SCALE, 0) / length / number
    elif on.statistic == "day_ratio":
        spared = -np.where(valid, 1.0 - adds, 0)
    elif on.statistic == "day_count":
        spared = -np.where(valid, adds, 0).astype(np.float64)
    else:
        spared = -(valid & (adds / DAY_SCALE > limit)).astype(np.float64)
    course = np.full(length, np.nan)
    whole = np.cumsum(spared)
    course[: min(length, len(whole))] = whole[:length]
    if len(whole) < length and len(whole):
        course[len(whole) :] = whole[-1]
    return course


def left_at_end(on: Steering, figure: float) -> float:
    """What would be left of the budget if the year ended with this figure, in the terms of `budget_frame`."""
    limit = float(on.limit)
    if on.statistic == "mean":
        return limit - figure
    expected = sum(city.valid + city.remaining for city in on.best.cities.values())
    if on.statistic == "day_ratio":
        return (figure - limit) / 100 * expected
    return (limit - figure) * len(on.best.cities)


# ---- what is needed against what has been ----------------------------------------------------------------------------


def months_frame(room: EvidenceRoom, on: Steering) -> pd.DataFrame:
    """The statistic of every month of this year and of the past ones: columns month, year, value, this_year.

    The unweighted mean of the cities; months of the future are left out.
    """
    rows = []
    until = room.until(on.year)
    for year in range(on.year - OLDEST, on.year + 1):
        cities = (room.days(on.subject, code, year) for code in on.best.cities)
        known = [_month_means(days, on.subject.indicator.figure, year) for days in cities if days is not None]
        values = np.mean(known, axis=0) if known else np.full(12, np.nan)
        for month, value in enumerate(values.tolist(), start=1):
            if not math.isnan(value) and (year < on.year or month_end(date(year, month, 1)) <= until):
                rows.append((month, year, value, year == on.year))
    return pd.DataFrame(rows, columns=["month", "year", "value", "this_year"])


def _month_means(days: CityDays, figure: str, year: int) -> np.ndarray:
    """A city's mean of every month of a year (12,), NaN where nothing of it is known."""
    valid, adds = counted(days, figure)
    begins = [(date(year, month, 1) - days.first).days for month in range(1, 13)]
    months = np.searchsorted(begins, np.arange(days.length), side="right")
    number = np.bincount(months[valid], minlength=13)[1:]
    total = np.bincount(months[valid], weights=adds[valid], minlength=13)[1:]
    return np.where(number > 0, total / np.maximum(number, 1) / DAY_SCALE, np.nan)


# ---- cities ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CityLine:
    """A city's part in a region's target. Figures are rounded as the indicator is shown; None is unknown."""

    region: Region
    level: Decimal | None
    cost: Fraction | None
    repeated: Sequence[Decimal | None]  # the year-end if the rest were as in the years of the heading
    allocation: Allocation | None
    state: State | None
    thin: bool


@dataclass(frozen=True)
class CityTable:
    """The cities of a region's target, those that cost most first, and the region itself."""

    lines: Sequence[CityLine]
    years: Sequence[int]
    whole: Sequence[Decimal]  # of the region, if every city repeats the year
    attains: Sequence[bool]
    total: Fraction
    unit: str
    allocated: Decimal | None  # the mean of what was handed down, where every city has a value
    allocation_fits: bool | None  # whether that attains the region's limit


def city_table(on: Steering, room: EvidenceRoom, target: Target) -> CityTable:
    """Who costs and who spares how much of the common budget, and where each would end by repeating past years."""
    indicator = on.subject.indicator
    costs = contributions(on.statistic, on.rule.comparator, on.rule.limit, on.best.cities, indicator.percent)
    regions = {region.code: region for region in room.members(on.subject)}
    handed_down = {one.region_id: one for one in handed_down_of(target.pk)}
    shown = on.repeated[:3]
    lines = [
        CityLine(
            regions[code],
            _level(on, city),
            costs.get(code),
            [round_half_even(one.cities[code], indicator.display_places) for one in shown],
            handed_down.get(code),
            _state_of(on, code, city, handed_down.get(code)),
            not city.sufficient,
        )
        for code, city in on.best.cities.items()
    ]
    places = max(indicator.display_places, on.rule.places)
    values = [one.value for one in handed_down.values() if one.value is not None and one.region_id in on.best.cities]
    mean = sum(values, Decimal(0)) / len(values) if len(values) == len(regions) else None
    return CityTable(
        sorted(lines, key=lambda line: -(line.cost or Fraction(0))),
        [one.year for one in shown],
        [round_half_even(one.figure, places) for one in shown],
        [meets([on.rule], one.figure) for one in shown],
        sum(costs.values(), Fraction(0)),
        indicator.unit,
        None if mean is None else round_half_even(mean, places),
        None if mean is None else meets([on.rule], mean),
    )


def handed_down_of(target: int) -> Sequence[Allocation]:
    """What was handed down of a target."""
    return _handed_down().get(target, [])


@remembered(Allocation, Region)
def _handed_down() -> Mapping[int, Sequence[Allocation]]:
    found: dict[int, list[Allocation]] = defaultdict(list)
    for one in Allocation.objects.select_related("region", "entered_by").order_by("target_id", "region_id"):
        found[one.target_id].append(one)
    return found


def _level(on: Steering, city: CityYear) -> Decimal | None:
    evidence = evidence_of_days(on.statistic, [city], _percent(on))
    if evidence is None or evidence.level is None:
        return None
    return round_half_even(evidence.level, on.subject.indicator.display_places)


def _percent(on: Steering) -> Decimal | None:
    percent = on.subject.indicator.percent
    return None if percent is None else Decimal(percent)


def _state_of(on: Steering, code: str, city: CityYear, allocation: Allocation | None) -> State | None:
    """How a city stands against what was handed down to it, by certain facts."""
    if allocation is None or allocation.value is None:
        return None
    places = max(on.rule.places, -int(allocation.value.as_tuple().exponent))
    rule = Rule(COMPARATORS[allocation.comparator], allocation.value, places)
    return judge((rule,), evidence_of_days(on.statistic, [city], _percent(on))).state


def last_year_levels(room: EvidenceRoom, subject: Subject, year: int) -> dict[str, Decimal]:
    """The figure of each city of a subject for the year before, where its data suffice: what a proposal starts from."""
    levels = {}
    best = room.whole_year(subject, year - 1)
    for code, city in (best.cities if best else {}).items():
        evidence = evidence_of_days(
            STATISTICS[subject.indicator.statistic],
            [city],
            None if subject.indicator.percent is None else Decimal(subject.indicator.percent),
        )
        if evidence is not None and evidence.level is not None and city.sufficient:
            levels[code] = round_half_even(evidence.level, subject.indicator.attainment_places)
    return levels


# ---- sections --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SwingSection:
    """A section that can still change the share: its class now, and what the months to come may hold, item by item."""

    site: Site
    so_far: SectionSoFar
    inside: bool
    rooms: Sequence[ItemRoom]

    @property
    def tightness(self) -> Fraction:
        """How near the nearest item is to the limit; above 1 the class is missed now."""
        return max((room.tightness for room in self.rooms), default=Fraction(0))


#: So many items are shown of a section, and so many sections of a share.
MOST_ITEMS, MOST_SECTIONS = 3, 12
#: Items nearer to their limit than this are worth a look.
NEAR = Fraction(7, 10)


def swing_sections(found: Found, subject: Subject, room: EvidenceRoom) -> list[SwingSection]:
    """The sections that can still change a share of classes, the tightest first; none once the year is over.

    A section swings when nothing certain holds it in or out of the classes and one of its items lies near the limit.
    """
    year = found.target.plan.year
    if subject.indicator.statistic != "class_share" or "sections" not in found.facts.get("coverage", {}):
        return []
    until = room.until(year)
    left = 12 - (until.month if is_month_end(until) else until.month - 1)
    if left < 1:
        return []
    wanted = [int(grade) for grade in subject.indicator.classes]
    worst = max(wanted) if max(wanted) < WORSE_THAN_V else min(wanted) - 1
    swinging = []
    for one in room.section_months(subject.region, year, until):
        so_far = one.so_far
        if so_far is None or so_far.certainly_worse_than >= worst:
            continue
        rooms = [item for item in item_rooms(one.months, worst, left, one.waterbody) if item.tightness >= NEAR]
        if rooms:
            swinging.append(SwingSection(one.site, so_far, so_far.grade in wanted, rooms[:MOST_ITEMS]))
    return sorted(swinging, key=lambda section: -section.tightness)[:MOST_SECTIONS]
