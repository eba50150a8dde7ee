"""What was known of earlier values on a day, and what was revised since.

As of a day D: observations whose period ended by D; a first value counts as known from the end of its period, a
revision from the moment it was recorded. So what is stored is read, and revisions recorded after D are taken back.
A real value that displaced a simulated one is no revision in this sense: the simulated one was never known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import product

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from evaluation.calendar import end_of_day
from indicators.models import Extent, Revision
from memory.tables import remembered
from provinces.models import Region


def later_revisions(tables: Collection[str], regions: Iterable[str], as_of: date) -> Sequence[Revision]:
    """Revisions of earlier values that were recorded after the day, the latest first."""
    asked = (tuple(tables), tuple(regions))
    if not _recorded_after(as_of, *asked):
        return []
    found = revisions(*asked).filter(recorded_at__gt=end_of_day(as_of), period_end__lte=end_of_day(as_of))
    return list(found.order_by("-recorded_at", "-id"))


def revised_between(regions: Iterable[str], day: date, later: date | None) -> bool:
    """Whether what was known of days up to `day` changed after it, as seen from `later` (None: from now)."""
    asked = ((Extent.Table.AIR_HOUR, Extent.Table.AIR_DAY), tuple(regions))
    if not _recorded_after(day, *asked):
        return False
    found = revisions(*asked).filter(recorded_at__gt=end_of_day(day), period_end__lte=end_of_day(day))
    return (found if later is None else found.filter(recorded_at__lte=end_of_day(later))).exists()


def revisions(tables: tuple[str, ...], regions: tuple[str, ...]) -> QuerySet[Revision]:
    """The revisions of earlier values of these tables and regions that were ever recorded."""
    return Revision.objects.filter(table__in=tables, region__in=regions, old_value__isnull=False, old_simulated=False)


def _recorded_after(day: date, tables: Sequence[str], regions: Iterable[str]) -> bool:
    """Whether any were recorded after a day: mostly none were, and that need not be asked anew for every day."""
    over, last = end_of_day(day), last_recorded()
    return any(last[key] > over for key in product(regions, tables) if key in last)


@remembered(Revision, Region)
def last_recorded() -> Mapping[tuple[str, str], datetime]:
    """When anything of a region and table was last revised; of those of which anything was. However many revisions
    there are, it takes a look into their index for each."""
    ever = Revision.objects.filter(region=OuterRef("pk"))
    latest = ever.order_by("-recorded_at").values("recorded_at")
    of_each = {table: Subquery(latest.filter(table=table)[:1]) for table in Extent.Table.values}
    rows = Region.objects.filter(Exists(ever)).annotate(**of_each).values_list("code", *of_each)
    return {(code, table): when for code, *found in rows for table, when in zip(of_each, found, strict=True) if when}
