"""Published and entered figures, as they are known now or were known on an earlier day (see `revised`). Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from evaluation.calendar import end_of_day
from indicators.models import Extent, Figure, Indicator, Revision
from indicators.revised import last_recorded, revisions
from memory.tables import remembered_each


@dataclass(frozen=True)
class FigureRecord:
    """All figures of some regions and indicators, withdrawn ones too, of each region and indicator the newest period
    first; and the revisions of earlier figures, the latest first."""

    figures: Sequence[Figure]
    revisions: Sequence[Revision]

    def known(self, as_of: date | None, today: date) -> list[Figure]:
        """The published and entered figures that were known, with the values that they had then.

        A figure counts from its day of publication. Where that is unknown: only once its year is over, and only when no
        `as_of` is set.
        """
        if as_of is None:
            return [
                one
                for one in self.figures
                if one.withdrawn_at is None
                and (one.published_on is not None or one.period_end < date(today.year, 1, 1))
            ]
        over = end_of_day(as_of)
        old = {
            one.figure_id: one.old_value for one in self.revisions if one.recorded_at > over and one.period_end <= over
        }
        known = [
            one
            for one in self.figures
            if (one.withdrawn_at is None or one.withdrawn_at > over)
            and one.published_on is not None
            and one.published_on <= as_of
            and one.period_end <= as_of
        ]
        return [_with_value(one, old[one.pk]) if one.pk in old else one for one in known]


def _with_value(figure: Figure, value: Decimal | None) -> Figure:
    then = copy(figure)
    then.value = value
    return then


def figure_record(regions: Iterable[str], indicators: Iterable[str]) -> FigureRecord:
    """What is on record of regions and indicators."""
    asked, codes = sorted(regions), sorted(indicators)
    figures = _on_record(tuple((region, indicator) for region in asked for indicator in codes))
    table = Extent.Table.FIGURE
    revised = tuple(region for region in asked if (region, table) in last_recorded())
    later = revisions((table,), revised).order_by("-recorded_at", "-id") if revised else ()
    return FigureRecord([figure for found in figures.values() for figure in found], list(later))


@remembered_each(Figure, Indicator, most=5000)
def _on_record(asked: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Sequence[Figure]]:
    """By region and indicator."""
    regions, indicators = (set(codes) for codes in zip(*asked, strict=True))
    figures = Figure.objects.filter(region__in=regions, indicator__in=indicators)
    figures = figures.select_related("entered_by", "indicator")
    found: dict[tuple[str, str], list[Figure]] = {key: [] for key in asked}
    for figure in figures.order_by("-period_end", "period_start", "published_on"):
        if (key := (figure.region_id, figure.indicator_id)) in found:
            found[key].append(figure)
    return found
