"""What was known of earlier values on a day, and what was revised since.

As of a day D: observations whose period ended by D; a first value counts as known from the end of its period, a
revision from the moment it was recorded. So what is stored is read, and revisions recorded after D are taken back.
A real value that displaced a simulated one is no revision in this sense: the simulated one was never known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from django.db.models import Max, QuerySet

from evaluation.calendar import end_of_day
from indicators.models import Extent, Revision
from memory.tables import remembered_each


def later_revisions(tables: Collection[str], regions: Iterable[str], as_of: date) -> Sequence[Revision]:
    """Revisions of earlier values that were recorded after the day, the latest first."""
    asked = (tuple(tables), tuple(sorted(regions)))
    if not _recorded_after(as_of, *asked):
        return []
    found = revisions(*asked).filter(recorded_at__gt=end_of_day(as_of), period_end__lte=end_of_day(as_of))
    return list(found.order_by("-recorded_at", "-id"))


def revised_between(regions: Iterable[str], day: date, later: date | None) -> bool:
    """Whether what was known of days up to `day` changed after it, as seen from `later` (None: from now)."""
    asked = ((Extent.Table.AIR_HOUR, Extent.Table.AIR_DAY), tuple(sorted(regions)))
    if not _recorded_after(day, *asked):
        return False
    found = revisions(*asked).filter(recorded_at__gt=end_of_day(day), period_end__lte=end_of_day(day))
    return (found if later is None else found.filter(recorded_at__lte=end_of_day(later))).exists()


def revisions(tables: tuple[str, ...], regions: tuple[str, ...]) -> QuerySet[Revision]:
    """The revisions of earlier values of these tables and regions that were ever recorded."""
    return Revision.objects.filter(table__in=tables, region__in=regions, old_value__isnull=False, old_simulated=False)


def _recorded_after(day: date, tables: tuple[str, ...], regions: tuple[str, ...]) -> bool:
    """Whether any were recorded after a day: mostly none were, and that need not be asked anew for every day."""
    over = end_of_day(day)
    return any(last is not None and last > over for last in last_recorded(regions, tables).values())


@remembered_each(Revision, most=5000)
def last_recorded(regions: Sequence[str], tables: tuple[str, ...]) -> Mapping[str, datetime | None]:
    """When the last one of each region was recorded; None where there was none."""
    last = revisions(tables, tuple(regions)).order_by().values_list("region").annotate(Max("recorded_at"))
    return dict.fromkeys(regions) | dict(last)
