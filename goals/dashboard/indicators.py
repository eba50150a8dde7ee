"""An indicator across regions: ranks, spread, map, years with the limits of each version, months side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _

from charts import dots
from charts.spark import spark
from evaluation.progress import URGENCY, State
from evaluation.rounding import IntArray
from evaluation.standards import as_in_force
from goals import frames, selectors
from goals.dashboard.choice import Choice, Option, chosen_roll
from goals.dashboard.indicator_pictures import limits_on, map_picture, spread_picture, years_picture
from goals.evidence import EvidenceRoom
from goals.found import Found
from goals.judged_days import STATES
from goals.methods import topic_of
from goals.picture import Picture
from goals.ranking import Place, change_unit, is_daily, places, ranking_room, subject_of_region
from goals.rolls import Roll
from goals.sentences import domain_label, number_label, unit_label
from goals.standings import NO_PLACES, Judged, Standings, in_full, standings
from indicators.catalogue import DOMAINS
from indicators.models import Figure, Indicator
from indicators.selectors import indicators
from memory.tables import remembered
from provinces.models import Region
from provinces.selectors import cities_of, cities_of_each

#: The trend goes so many years back.
BACK = 5
EVERY, PLANS = "all", "plans"
#: More targets of an indicator than these are counted, not shown mark by mark.
MOST_MARKS = 40


# ---- the list --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class IndicatorLine:
    """An indicator with the targets of the year that rest on it: how many are in each state where there are too many
    for marks, else each of them."""

    indicator: Indicator
    total: int
    counts: Sequence[tuple[State, int]]
    found: Sequence[Judged]


@dataclass(frozen=True)
class IndicatorGroup:
    """The indicators of a domain."""

    domain: str
    label: str
    lines: Sequence[IndicatorLine]


@dataclass(frozen=True)
class IndicatorList:
    """The indicators of a year by domain, and whether anything simulated takes part."""

    groups: Sequence[IndicatorGroup]
    simulated: bool


def indicator_list(year: int | None, as_of: date | None) -> IndicatorList:
    """The indicators that targets of a year rest on, by domain, with the states of these."""
    found, known = standings(year, as_of, chosen_roll(year, Choice())), indicators()
    places = _by_code(found.roll)
    shown = found.at_each([places[code] if len(places[code]) <= MOST_MARKS else NO_PLACES for code in places])
    lines = [
        IndicatorLine(known[code], len(places[code]), _counts(found, places[code]), sorted(marked, key=_urgency))
        for code, marked in zip(places, shown, strict=True)
    ]
    groups = [
        IndicatorGroup(domain, domain_label(domain), sorted(chosen, key=lambda line: -line.total))
        for domain in DOMAINS
        if (chosen := [line for line in lines if line.indicator.domain == domain])
    ]
    return IndicatorList(groups, bool(found.simulated.any()))


def _by_code(roll: Roll) -> Mapping[str, IntArray]:
    """The places of the targets of each indicator."""
    found: dict[str, list[int]] = {}
    for place, code in enumerate(roll.indicators.tolist()):
        found.setdefault(code, []).append(place)
    return {code: np.array(places) for code, places in found.items()}


def _counts(found: Standings, places: IntArray) -> Sequence[tuple[State, int]]:
    """How many are in each state, where they are too many for marks."""
    if len(places) <= MOST_MARKS:
        return []
    return Counter(STATES[state] for state in found.states[places].tolist()).most_common()


def _urgency(one: Judged) -> int:
    return URGENCY.index(one.state)


# ---- one of them -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Multiple:
    """A region's months as a small line."""

    region: Region
    value: str
    svg: str


@dataclass(frozen=True)
class Ranked:
    """A row of the ranking, ready to print."""

    place: Place
    value: str
    before: str
    change: str
    causes: str
    svg: str


@dataclass(frozen=True)
class IndicatorPage:
    """An indicator in a year as of a day, for a group of regions."""

    indicator: Indicator
    unit: str
    year: int
    years: Sequence[int]
    group: str
    groups: Sequence[Option]
    rows: Sequence[Ranked]
    change_unit: str
    has_days: bool
    headline: str
    pictures: Sequence[Picture]
    multiples: Sequence[Multiple]
    targets: Sequence[Found]
    standard: str
    topic: str
    view: str
    may_map: bool
    simulated: bool


def indicator_page(indicator: Indicator, year: int, as_of: date | None, group: str, view: str) -> IndicatorPage:
    """The page of an indicator. `group`: a province's code for its cities, "plans" for the regions with plans."""
    today = timezone.localdate()
    groups = _groups(indicator, year)
    chosen = next((one.value for one in groups if one.value == group), groups[0].value if groups else PLANS)
    regions = _members(indicator, chosen, year)
    span = list(range(year - BACK, year + 1)) if is_daily(indicator) else sorted(_figure_years(indicator, year))
    room = ranking_room(regions, [indicator], span, as_of, today)
    found = places(regions, indicator, year, room, exceeding=is_daily(indicator))
    known = [one for one in found if one.value is not None]
    limits = limits_on(indicator, date(year, 12, 31))
    may_map = selectors.shows_map()
    view = "tiles" if view == "tiles" or not may_map else "map"
    last = max((one.last for one in known if one.last is not None), default=room.until(year))
    source = as_in_force(indicator.standard, last)
    made = [
        spread_picture(known, indicator, limits, source),
        map_picture(known, indicator, view, source),
        years_picture(regions, indicator, span, room, source),
    ]
    judged = standings(year, as_of, chosen_roll(year, Choice(indicator=indicator.code)))
    return IndicatorPage(
        indicator=indicator,
        unit=unit_label(indicator.unit),
        year=year,
        years=selectors.plan_years(),
        group=chosen,
        groups=groups,
        rows=_ranked(found, limits),
        change_unit=change_unit(indicator),
        has_days=is_daily(indicator),
        headline=_headline(known, indicator),
        pictures=[picture for picture in made if picture is not None],
        multiples=_multiples(known, indicator, year, room) if is_daily(indicator) else [],
        targets=in_full(judged.at(np.arange(len(judged)))),
        standard=source,
        topic=topic_of(indicator.statistic, indicator.domain),
        view=view,
        may_map=may_map,
        simulated=any(one.simulated for one in found),
    )


def _groups(indicator: Indicator, year: int) -> list[Option]:
    """The groups to choose from: for what comes from days the cities of each province with a plan, and all of them."""
    regions = _planned(year)
    if not is_daily(indicator):
        return [Option(PLANS, _("有数值的地区"))]
    provinces = [region for region in regions if region.level == Region.Level.PROVINCE]
    named = [Option(region.code, _("%(region)s各市") % {"region": region.label}) for region in provinces]
    named += [Option(PLANS, _("有计划的地区"))] if len(regions) > 1 else []
    return [*named, Option(EVERY, _("全部城市"))] if len(provinces) > 1 else named or [Option(PLANS, _("有计划的地区"))]


def _planned(year: int) -> Sequence[Region]:
    """The higher codes first."""
    return selectors.planned_regions(year)[::-1]


def _members(indicator: Indicator, group: str, year: int) -> Sequence[Region]:
    plans = _planned(year)
    if not is_daily(indicator):
        codes = {region for region, _end in _figure_ends(indicator.code)} - {region.code for region in plans}
        return [*plans, *(Region.objects.filter(code__in=codes).order_by("code") if codes else ())]
    if group == PLANS:
        return plans
    if group == EVERY:
        cities = {city.code: city for found in cities_of_each(plans).values() for city in found}
        return [cities[code] for code in sorted(cities)]
    return cities_of(Region.objects.get(code=group))


def _figure_years(indicator: Indicator, year: int) -> set[int]:
    ends = {end.year for _region, end in _figure_ends(indicator.code)}
    return {year - 1, year, *(end for end in ends if year - BACK <= end <= year)}


@remembered(Figure, most=200)
def _figure_ends(indicator: str) -> Sequence[tuple[str, date]]:
    """The regions that have a figure of an indicator, with the ends of their periods."""
    return list(Figure.objects.filter(indicator=indicator).order_by().values_list("region_id", "period_end").distinct())


def _ranked(found: Sequence[Place], limits: Sequence[dots.Rule]) -> list[Ranked]:
    numbers = [float(n) for one in found for n in (one.value, one.before) if n is not None]
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    limit = next((rule.value for rule in limits if low <= rule.value <= high), None)
    return [ranked_line(one, limit, low, high) for one in found]


def ranked_line(place: Place, limit: float | None, low: float, high: float) -> Ranked:
    """A place of a ranking, ready to print; its dots stand on the common scale from `low` to `high`."""
    label = _("%(region)s：现值%(now)s，上年同期%(before)s") % {
        "region": place.region.label,
        "now": number_label(place.value),
        "before": number_label(place.before),
    }
    return Ranked(
        place=place,
        value=number_label(place.value),
        before=number_label(place.before),
        change=change_label(place.change),
        causes=_("、").join(f"{pollutant} {days}" for pollutant, days in place.causes) or "—",
        svg=dots.dumbbell(_float(place.value), _float(place.before), limit, low, high, label),
    )


def change_label(change: Decimal | None) -> str:
    """A change with its sign; a dash for unknown."""
    return "—" if change is None else f"{change:+f}".replace("-", "−")


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _headline(known: Sequence[Place], indicator: Indicator) -> str:
    """The finding: how many are worse than last year, who is last."""
    compared = [one for one in known if one.before is not None and one.value is not None]
    if not compared:
        return _("%(count)d个地区有数值") % {"count": len(known)} if known else _("还没有数值")
    higher = sum(one.value > one.before for one in compared if one.value is not None and one.before is not None)
    names = [one.region.label for one in known if one.rank == max(place.rank or 0 for place in known)]
    values = {"total": len(compared), "higher": higher, "names": _("、").join(names[:3])}
    if indicator.direction == "increase":
        return _("%(total)d个地区中%(higher)d个高于上年同期；%(names)s最低") % values
    return _("%(total)d个地区中%(higher)d个高于上年同期；%(names)s最高") % values


def _multiples(known: Sequence[Place], indicator: Indicator, year: int, room: EvidenceRoom) -> list[Multiple]:
    """The months of every region on one scale, so that they can be compared."""
    made = []
    frames_of = {
        one.region.code: frames.months_frame(room, subject_of_region(one.region, indicator), year) for one in known
    }
    for one in known:
        frame = frames_of[one.region.code]
        this_year, last_year = ([None if n != n else float(n) for n in frame[c]] for c in ("this_year", "last_year"))
        label = _("%(region)s逐月") % {"region": one.region.label}
        made.append(Multiple(one.region, number_label(one.value), spark(this_year, last_year, None, label)))
    return made
