"""The pictures of an indicator across regions: spread, map, years; and the limits that belong to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from charts import dots, years
from charts.maps import Area, map_svg, tiles_svg
from evaluation.air_years import COLUMN_OF, metrics
from evaluation.standards import air_limits_on
from goals import sentences
from goals.evidence import EvidenceRoom, as_printed
from goals.picture import Picture, as_json
from goals.ranking import Place, subject_of_region
from goals.sentences import number_label, unit_label
from indicators.models import Indicator
from provinces.models import Region
from provinces.shapes import sheet_of, squares


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


def spread_picture(
    known: Sequence[Place], indicator: Indicator, limits: Sequence[dots.Rule], source: str
) -> Picture | None:
    """Every region as a dot over its value, against the limits; None for fewer than two."""
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


def map_picture(known: Sequence[Place], indicator: Indicator, view: str, source: str) -> Picture | None:
    """Every region in five steps of its value, on a map or as squares; None where none has an outline."""
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
    subtitle = _("按数值分五档着色，颜色越醒目数值越大")
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
    around = tuple(f"{province}0000" for province in sorted(provinces)) if cities else None
    return map_svg(areas, sheet_of(tuple(area.code for area in areas), around), label)


def _steps(values: Sequence[float]) -> list[float]:
    """Four bounds that part the values into five steps of equal width, at round places."""
    if not values:
        return [0.0, 0.0, 0.0, 0.0]
    low, high = min(values), max(values)
    size = (high - low) / 5 or 1
    places = 0 if size >= 2 else 1 if size >= 0.2 else 2
    return [round(low + size * n, places) for n in range(1, 5)]


def years_picture(
    regions: Sequence[Region], indicator: Indicator, span: Sequence[int], room: EvidenceRoom, source: str
) -> Picture | None:
    """Every region over the years, against the limit of the version in force; None where fewer than two are known."""
    values = {region: [_of_year(region, indicator, year, room) for year in span] for region in regions}
    known = {region: found for region, found in values.items() if sum(one is not None for one in found) > 1}
    if not known:
        return None
    few = len(known) <= 6
    lines = [
        years.Line(region.label, [None if one is None else float(one) for one in found], place + 1 if few else 0)
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
    return None if best is None else as_printed(best, indicator.display_places)
