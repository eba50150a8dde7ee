"""Any regions beside each other, by any indicators, over any years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from charts import years as drawn
from evaluation.progress import State
from evaluation.standards import as_in_force
from goals import selectors
from goals.dashboard.choice import Option
from goals.dashboard.indicator_pictures import limits_over
from goals.evidence import as_printed
from goals.models import Plan, Target
from goals.picture import Picture, as_json
from goals.ranking import ranking_room, subject_of_region
from goals.sentences import number_label, unit_label
from indicators.models import Indicator
from memory.tables import remembered
from provinces.models import Region
from provinces.selectors import cities_of_each

#: As many of each at once as a reader can tell apart.
MOST_REGIONS, MOST_INDICATORS, MOST_YEARS = 12, 6, 8
_FIRST_INDICATORS = ("pm25_mean", "good_day_ratio")


@dataclass(frozen=True)
class Compared:
    """What was chosen."""

    regions: Sequence[str]
    indicators: Sequence[str]
    years: Sequence[int]

    @classmethod
    def of(cls, query: QueryDict) -> Compared:
        """The choice in an address; more than can be told apart is left out."""
        years = sorted({int(year) for year in query.getlist("y") if year.isdecimal() and 2000 <= int(year) <= 2100})
        return cls(
            list(dict.fromkeys(query.getlist("r")))[:MOST_REGIONS],
            list(dict.fromkeys(query.getlist("i")))[:MOST_INDICATORS],
            years[-MOST_YEARS:],
        )


@dataclass(frozen=True)
class Value:
    """A figure of the table; `state` of the target on it, where there is one."""

    text: str
    state: State | None
    register_id: str
    thin: bool


@dataclass(frozen=True)
class Block:
    """An indicator: regions as rows, years as columns."""

    indicator: Indicator
    unit: str
    rows: Sequence[tuple[Region, Sequence[Value]]]
    picture: Picture | None


@dataclass(frozen=True)
class ComparePage:
    """The comparison, and what there is to choose from."""

    blocks: Sequence[Block]
    chosen: Compared
    regions: Sequence[Option]
    indicators: Sequence[Option]
    years: Sequence[int]
    simulated: bool

    @property
    def pictures(self) -> list[Picture]:
        """The pictures of all blocks."""
        return [block.picture for block in self.blocks if block.picture is not None]


def compare_page(asked: Compared, as_of: date | None) -> ComparePage:
    """The page of what was asked for; where nothing was, the regions with plans by two daily indicators."""
    today = timezone.localdate()
    planned = list(reversed(selectors.planned_regions()))
    cities = {city.code: city for found in cities_of_each(planned).values() for city in found}
    known = {region.code: region for region in planned} | cities
    usable = (one for one in selectors.used_indicators() if one.statistic not in ("judgement", "list"))
    by_code = {one.code: one for one in usable}
    last = (as_of or today).year
    chosen = Compared(
        [code for code in asked.regions if code in known] or [region.code for region in planned[:5]],
        [code for code in asked.indicators if code in by_code] or [c for c in _FIRST_INDICATORS if c in by_code],
        asked.years or [last - 1, last],
    )
    regions = [known[code] for code in chosen.regions]
    indicators = [by_code[code] for code in chosen.indicators]
    room = ranking_room(regions, indicators, sorted({*chosen.years, min(chosen.years) - 1}), as_of, today)
    targets = _targets(tuple(chosen.regions), tuple(chosen.indicators), tuple(chosen.years))
    states = {one.target.pk: one.state for one in selectors.verdicts(targets.values(), as_of)} if targets else {}
    simulated = False
    blocks = []
    for indicator in indicators:
        rows: list[tuple[Region, list[Value]]] = []
        for region in regions:
            subject, cells = subject_of_region(region, indicator), []
            for year in chosen.years:
                best = room.best(subject, year)
                target = targets.get((region.code, indicator.code, year))
                simulated |= best is not None and best.simulated
                cells.append(
                    Value(
                        "—" if best is None else number_label(as_printed(best, indicator.display_places)),
                        states.get(target.pk) if target else None,
                        target.register_id if target else "",
                        best is not None and not best.evidence.sufficient,
                    )
                )
            rows.append((region, cells))
        blocks.append(Block(indicator, unit_label(indicator.unit), rows, _picture(indicator, rows, chosen.years)))
    return ComparePage(
        blocks=blocks,
        chosen=chosen,
        regions=[Option(code, region.label) for code, region in known.items()],
        indicators=[Option(code, one.label) for code, one in by_code.items()],
        years=list(range(last - 7, last + 1)),
        simulated=simulated,
    )


@remembered(Target, Plan, Region, Indicator)
def _targets(
    regions: tuple[str, ...], indicators: tuple[str, ...], years: tuple[int, ...]
) -> Mapping[tuple[str, str, int], Target]:
    """The targets on these, the first of a region, indicator and year."""
    found = (
        Target.objects.filter(
            status=Target.Status.APPROVED, plan__region__in=regions, indicator__in=indicators, plan__year__in=years
        )
        .select_related("plan__region", "indicator", "parent")
        .defer("plan__text")
    )
    return {
        (one.plan.region_id, one.indicator_id, one.plan.year): one for one in reversed(selectors.in_plan_order(found))
    }


_Rows: TypeAlias = Sequence[tuple[Region, Sequence[Value]]]


def _picture(indicator: Indicator, rows: _Rows, years: Sequence[int]) -> Picture | None:
    values = [(region, [_plain(one.text) for one in cells]) for region, cells in rows]
    known = [(region, found) for region, found in values if any(one is not None for one in found)]
    if not known or len(years) < 2:
        return None
    few = len(known) <= 6
    lines = [drawn.Line(region.label, found, place + 1 if few else 0) for place, (region, found) in enumerate(known)]
    unit = unit_label(indicator.unit)
    figure = drawn.over_years(years, lines, limits_over(indicator, years), unit, indicator.display_places, 260)
    title = _("%(name)s：%(first)s—%(last)s年") % {"name": indicator.label, "first": years[0], "last": years[-1]}
    subtitle = _("各年数值，单位 %(unit)s；虚线为标准限值") % {"unit": unit or "—"}
    table = [[region.label, *(one.text for one in cells)] for region, cells in rows]
    columns = (_("地区"), *(str(year) for year in years))
    source = as_in_force(indicator.standard, date(years[-1], 12, 31))
    return Picture(f"compare-{indicator.code}", title, subtitle, as_json(figure), columns, table, source=source)


def _plain(text: str) -> float | None:
    return None if text == "—" else float(text.replace("−", "-"))
