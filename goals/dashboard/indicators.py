"""An indicator across regions: ranks, spread, map, years with the limits of each version, months side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from charts import dots, years
from charts.maps import Area, map_svg, tiles_svg
from charts.spark import spark
from evaluation.air_years import COLUMN_OF, metrics
from evaluation.progress import URGENCY, State
from evaluation.standards import air_limits_on, as_in_force
from goals import frames, selectors, sentences
from goals.dashboard.choice import Option
from goals.evidence import EvidenceRoom
from goals.methods import topic_of
from goals.models import SiteSetting, Target
from goals.picture import Picture, as_json
from goals.ranking import Place, as_printed, change_unit, is_daily, places, ranking_room, subject_of_region
from goals.sentences import domain_label, number_label, unit_label
from goals.verdicts import Found
from indicators.catalogue import DOMAINS
from indicators.models import Figure, Indicator
from provinces.models import Region
from provinces.selectors import cities_of
from provinces.shapes import outlines, squares

#: The trend goes so many years back.
BACK = 5
EVERY, PLANS = "all", "plans"
#: More targets of an indicator than these are counted, not shown mark by mark.
MOST_MARKS = 40


# ---- the list --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class IndicatorLine:
    """An indicator with the targets of the year that rest on it."""

    indicator: Indicator
    found: Sequence[Found]

    @property
    def counts(self) -> Sequence[tuple[State, int]]:
        """How many are in each state, where there are too many for marks."""
        return [] if len(self.found) <= MOST_MARKS else Counter(one.state for one in self.found).most_common()


@dataclass(frozen=True)
class IndicatorGroup:
    """The indicators of a domain."""

    domain: str
    label: str
    lines: Sequence[IndicatorLine]


def indicator_list(year: int | None, as_of: date | None) -> list[IndicatorGroup]:
    """The indicators that targets of a year rest on, by domain, with the states of these."""
    found = selectors.verdicts(selectors.approved_targets(year=year), as_of)
    by_code: dict[str, list[Found]] = {}
    for one in found:
        by_code.setdefault(one.target.indicator_id, []).append(one)
    lines = [
        IndicatorLine(members[0].target.indicator, sorted(members, key=lambda one: URGENCY.index(one.state)))
        for members in by_code.values()
    ]
    return [
        IndicatorGroup(domain, domain_label(domain), sorted(chosen, key=lambda line: -len(line.found)))
        for domain in DOMAINS
        if (chosen := [line for line in lines if line.indicator.domain == domain])
    ]


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
    targets = list(selectors.approved_targets(year=year).filter(indicator=indicator))
    groups = _groups(indicator, year)
    chosen = next((one.value for one in groups if one.value == group), groups[0].value if groups else PLANS)
    regions = _members(indicator, chosen, year)
    span = list(range(year - BACK, year + 1)) if is_daily(indicator) else sorted(_figure_years(indicator, year))
    room = ranking_room(regions, [indicator], span, as_of, today)
    found = places(regions, indicator, year, room, exceeding=is_daily(indicator))
    known = [one for one in found if one.value is not None]
    limits = limits_on(indicator, date(year, 12, 31))
    setting = SiteSetting.objects.filter(pk=1).first()
    may_map = setting is None or setting.shows_map
    view = "tiles" if view == "tiles" or not may_map else "map"
    last = max((one.last for one in known if one.last is not None), default=room.until(year))
    source = as_in_force(indicator.standard, last)
    made = [
        _spread_picture(known, indicator, limits, source),
        _map_picture(known, indicator, view, source),
        _years_picture(regions, indicator, span, room, source),
    ]
    return IndicatorPage(
        indicator=indicator,
        unit=unit_label(indicator.unit),
        year=year,
        years=selectors.plan_years(),
        group=chosen,
        groups=groups,
        rows=_ranked(found, indicator, targets, limits),
        change_unit=change_unit(indicator),
        has_days=is_daily(indicator),
        headline=_headline(known, indicator),
        pictures=[picture for picture in made if picture is not None],
        multiples=_multiples(known, indicator, year, room) if is_daily(indicator) else [],
        targets=selectors.verdicts(targets, as_of),
        standard=source,
        topic=topic_of(indicator.statistic, indicator.domain),
        view=view,
        may_map=may_map,
        simulated=any(one.simulated for one in found),
    )


def _groups(indicator: Indicator, year: int) -> list[Option]:
    """The groups to choose from: for what comes from days the cities of each province with a plan, and all of them."""
    regions = _plan_regions(year)
    if not is_daily(indicator):
        return [Option(PLANS, _("有数值的地区"))]
    provinces = [region for region in regions if region.level == Region.Level.PROVINCE]
    named = [Option(region.code, _("%(region)s各市") % {"region": region.label}) for region in provinces]
    named += [Option(PLANS, _("有计划的地区"))] if len(regions) > 1 else []
    return [*named, Option(EVERY, _("全部城市"))] if len(provinces) > 1 else named or [Option(PLANS, _("有计划的地区"))]


def _plan_regions(year: int) -> list[Region]:
    return list(Region.objects.filter(plans__year=year).order_by("-code"))


def _members(indicator: Indicator, group: str, year: int) -> list[Region]:
    plans = _plan_regions(year)
    if not is_daily(indicator):
        codes = set(Figure.objects.filter(indicator=indicator).values_list("region_id", flat=True))
        more = Region.objects.filter(code__in=codes - {region.code for region in plans})
        return [*plans, *more.order_by("code")]
    if group == PLANS:
        return plans
    if group == EVERY:
        cities = {city.code: city for region in plans for city in cities_of(region)}
        return [cities[code] for code in sorted(cities)]
    return cities_of(Region.objects.get(code=group))


def _figure_years(indicator: Indicator, year: int) -> set[int]:
    ends = Figure.objects.filter(indicator=indicator, period_end__year__range=(year - BACK, year))
    return {year - 1, year, *(end.year for end in ends.values_list("period_end", flat=True))}


def _ranked(
    found: Sequence[Place], indicator: Indicator, targets: Sequence[Target], limits: Sequence[dots.Rule]
) -> list[Ranked]:
    numbers = [float(n) for one in found for n in (one.value, one.before) if n is not None]
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    limit = next((rule.value for rule in limits if low <= rule.value <= high), None)
    return [
        Ranked(
            place=one,
            value=number_label(one.value),
            before=number_label(one.before),
            change="—" if one.change is None else f"{one.change:+f}".replace("-", "−"),
            causes=_("、").join(f"{pollutant} {days}" for pollutant, days in one.causes) or "—",
            svg=dots.dumbbell(
                _float(one.value), _float(one.before), limit, low, high,
                _("%(region)s：现值%(now)s，上年同期%(before)s")
                % {"region": one.region.label, "now": number_label(one.value), "before": number_label(one.before)},
            ),
        )
        for one in found
    ]  # fmt: skip


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


# ---- limits ----------------------------------------------------------------------------------------------------------


def limits_on(indicator: Indicator, on: date, level: int = 2) -> list[dots.Rule]:
    """The limits of GB 3095 for an indicator's year, of every level, by the version in force on a day."""
    metric = _metric(indicator)
    if metric is None:
        return []
    pollutant, averaging = metric
    rows = [row for row in air_limits_on(on) if (row["pollutant"], row["averaging"]) == (pollutant, averaging)]
    named = {1: _("一级"), 2: _("二级")}
    return [
        dots.Rule(float(row[f"level_{grade}"]), f"{row['standard']} {named[grade]} {row[f'level_{grade}']}")
        for row in rows
        for grade in (1, 2)
        if grade == level or row["level_1"] != row["level_2"]
    ]


def _metric(indicator: Indicator) -> tuple[str, str] | None:
    if indicator.statistic not in ("mean", "percentile"):
        return None
    for metric in metrics():
        if COLUMN_OF[metric.pollutant] == indicator.figure and metric.percent == indicator.percent:
            return metric.pollutant, metric.compare_with
    return None


def limits_over(indicator: Indicator, span: Sequence[int]) -> list[years.Limit]:
    """The level-two limit over some years, a piece a version."""
    pieces: dict[tuple[str, float], list[int]] = {}
    for year in span:
        for rule in limits_on(indicator, date(year, 12, 31)):
            if _("二级") in rule.label:
                pieces.setdefault((rule.label, rule.value), []).append(year)
    return [years.Limit(label, found, value) for (label, value), found in pieces.items()]


# ---- pictures --------------------------------------------------------------------------------------------------------


def _spread_picture(
    known: Sequence[Place], indicator: Indicator, limits: Sequence[dots.Rule], source: str
) -> Picture | None:
    if len(known) < 2:
        return None
    unit = unit_label(indicator.unit)
    values = [(one.region.label, float(one.value)) for one in known if one.value is not None]
    title = _("从%(low)s到%(high)s") % {
        "low": number_label(min(one.value for one in known if one.value is not None)),
        "high": number_label(max(one.value for one in known if one.value is not None)),
    }
    if limits:
        rule = max(limits, key=lambda one: one.value)
        over = sum(value > rule.value for _name, value in values)
        title = _("%(over)d个超过%(limit)s") % {"over": over, "limit": rule.label}
    subtitle = _("一点一个地区，单位 %(unit)s；虚线为标准限值") % {"unit": unit or "—"}
    svg = dots.distribution(values, limits, unit, title)
    rows = [[one.region.label, number_label(one.value)] for one in known]
    return Picture("spread", title, subtitle, "", (_("地区"), unit or "—"), rows, svg=svg, source=source)


def _map_picture(known: Sequence[Place], indicator: Indicator, view: str, source: str) -> Picture | None:
    bounds = _steps([float(one.value) for one in known if one.value is not None])
    areas = [
        Area(
            one.region.code,
            one.region.label,
            f"{one.region.label} {number_label(one.value)} {unit_label(indicator.unit)}",
            f"h{sum(float(one.value) > bound for bound in bounds)}",
            text=number_label(one.value),
        )
        for one in known
        if one.value is not None
    ]
    svg = _drawn(areas, view)
    if not svg:
        return None
    edges = [f"{bound:g}" for bound in bounds]
    labels = [f"≤{edges[0]}", *(f"{a}–{b}" for a, b in zip(edges, edges[1:], strict=False)), f">{edges[-1]}"]
    worst = known[-1]
    title = _("%(region)s为%(value)s %(unit)s，居末") % {
        "region": worst.region.label,
        "value": number_label(worst.value),
        "unit": unit_label(indicator.unit),
    }
    rows = [[one.region.label, number_label(one.value)] for one in known]
    columns = (_("地区"), unit_label(indicator.unit) or "—")
    subtitle = _("按数值分五档着色，色深数大")
    return Picture("map", title, subtitle, "", columns, rows, labels=labels, svg=svg, source=source)


def _drawn(areas: Sequence[Area], view: str) -> str:
    provinces = {area.code[:2] for area in areas}
    label = _("各地区数值")
    cities = all(not area.code.endswith("0000") for area in areas)
    if view == "tiles" and cities and len(provinces) == 1:
        return tiles_svg(areas, squares(), label)
    if view == "tiles":
        rows: Mapping[str, tuple[int, int]] = {area.code: divmod(n, 8) for n, area in enumerate(areas)}
        return tiles_svg(areas, rows, label)
    around = (
        [f"{province}0000" for province in sorted(provinces)] if cities else [c for c in outlines() if c[2:] == "0000"]
    )
    return map_svg(areas, outlines(), label, around=around, width=640)


def _steps(values: Sequence[float]) -> list[float]:
    """Four bounds that part the values into five steps of equal width, at round places."""
    if not values:
        return [0.0, 0.0, 0.0, 0.0]
    low, high = min(values), max(values)
    size = (high - low) / 5 or 1
    places = 0 if size >= 2 else 1 if size >= 0.2 else 2
    return [round(low + size * n, places) for n in range(1, 5)]


def _years_picture(
    regions: Sequence[Region], indicator: Indicator, span: Sequence[int], room: EvidenceRoom, source: str
) -> Picture | None:
    values = {region: [_of_year(region, indicator, year, room) for year in span] for region in regions}
    known = {region: found for region, found in values.items() if sum(one is not None for one in found) > 1}
    if not known:
        return None
    few = len(known) <= 6
    lines = [
        years.Line(region.label, [_float(one) for one in found], place + 1 if few else 0)
        for place, (region, found) in enumerate(known.items())
    ]
    if not few:
        middles = [_middle([found[n] for found in known.values()]) for n in range(len(span))]
        lines.append(years.Line(_("各地中位"), middles, 1))
    limits = limits_over(indicator, span)
    figure = years.over_years(span, lines, limits, unit_label(indicator.unit), indicator.display_places)
    partial = room.until(span[-1]) < date(span[-1], 12, 31)
    subtitle = _("各年全年值，单位 %(unit)s") % {"unit": unit_label(indicator.unit) or "—"}
    if partial:
        subtitle += _("；%(year)s年为年初至%(day)s") % {
            "year": span[-1],
            "day": sentences.short_day(room.until(span[-1])),
        }
    title = _years_title(known, span)
    rows = [[region.label, *(number_label(one) for one in found)] for region, found in known.items()]
    columns = (_("地区"), *(str(year) for year in span))
    return Picture("years", title, subtitle, as_json(figure), columns, rows, source=source)


def _years_title(known: Mapping[Region, Sequence[Decimal | None]], span: Sequence[int]) -> str:
    falls = rises = 0
    for found in known.values():
        there = [one for one in found if one is not None]
        falls += there[-1] < there[0]
        rises += there[-1] > there[0]
    values = {"total": len(known), "falls": falls, "rises": rises, "year": span[0]}
    return _("与%(year)s年以来最早的一年比，%(total)d个地区中%(falls)d个下降、%(rises)d个上升") % values


def _middle(values: Sequence[Decimal | None]) -> float | None:
    known = sorted(float(value) for value in values if value is not None)
    if not known:
        return None
    half = len(known) // 2
    return known[half] if len(known) % 2 else (known[half - 1] + known[half]) / 2


def _of_year(region: Region, indicator: Indicator, year: int, room: EvidenceRoom) -> Decimal | None:
    best = room.best(subject_of_region(region, indicator), year)
    return None if best is None else as_printed(best, indicator)


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
