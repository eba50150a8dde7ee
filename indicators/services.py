"""Writing the catalogue, and what every kind of observation leaves beside its rows: extents and revisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from django.utils import timezone

from indicators.bulk import (
    Column,
    insert_columns,
)
from indicators.catalogue import IndicatorDefinition, indicator_definitions
from indicators.merging import Changes
from indicators.models import (
    Extent,
    Indicator,
    Revision,
    Submission,
)
from provinces.models import Evidence, Region
from provinces.services import note_changed_evidence

# ---- the catalogue -------------------------------------------------------------------------------------------------


def load_indicators() -> int:
    """Bring the table of indicators in step with the definition files; returns how many rows are new or changed.

    Aliases that a bureau added stay. What was judged by an older definition is judged again.
    """
    stored = {indicator.code: indicator for indicator in Indicator.objects.all()}
    changed = 0
    for definition in indicator_definitions().values():
        there = stored.get(definition.code)
        fields = _fields(definition)
        if there is not None:
            fields["aliases"] = list(dict.fromkeys([*definition.aliases, *there.aliases]))
            if all(getattr(there, name) == value for name, value in fields.items()):
                continue
        Indicator.objects.update_or_create(code=definition.code, defaults=fields)
        changed += 1
    if changed:
        note_changed_evidence(Region.objects.values_list("code", flat=True), timezone.now())
    return changed


def _fields(definition: IndicatorDefinition) -> dict[str, Any]:
    fields = definition.model_dump(exclude={"code"})
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}


# ---- what observations leave behind ----------------------------------------------------------------------------------


@dataclass
class Stored:
    """What became of the rows of a submission."""

    stored: int = 0
    revised: int = 0
    behind: int = 0  # rows kept out by a stored row of a higher grade
    touched: set[str] = field(default_factory=set)  # region codes


def grades_of(submissions: Sequence[int]) -> dict[int, int]:
    """The grade of each of these submissions."""
    found = Submission.objects.filter(pk__in=submissions).only("simulated", "review")
    return {submission.pk: submission.grade for submission in found}


class RevisedCell(NamedTuple):
    """Where a revised value belongs: region, site (None for a city's day), end of the period, item."""

    region: str
    site: int | None
    period_end: datetime
    item: str


def record_revisions(
    kind: str, scale: int, changes: Changes, cell: Callable[[int, int], RevisedCell], at: datetime | None = None
) -> None:
    """Keep the values that gave way. `cell` tells where the value at (row, column) belongs.

    A revision counts from the receipt of the submission whose value stands, or from `at`, the moment of a withdrawal,
    after which it may be that no submission has a value (-1).
    """
    if not len(changes.row):
        return
    involved = np.unique(np.concatenate([changes.old_submission, changes.new_submission])).tolist()
    known = Submission.objects.in_bulk(involved)
    columns = (changes.row, changes.column, changes.old, changes.new, changes.old_submission, changes.new_submission)
    Revision.objects.bulk_create(
        (
            Revision(
                table=kind,
                region_id=place.region,
                site_id=place.site,
                period_end=place.period_end,
                item=place.item,
                old_value=printed(old, scale),
                new_value=printed(new, scale),
                old_submission_id=old_owner,
                new_submission_id=None if new_owner < 0 else new_owner,
                old_simulated=known[old_owner].simulated,
                recorded_at=at or known[new_owner].received_at,
            )
            for row, column, old, new, old_owner, new_owner in zip(
                *(values.tolist() for values in columns), strict=True
            )
            for place in (cell(row, column),)
        ),
        batch_size=500,
    )


def printed(value: int, scale: int) -> Decimal | None:
    """A stored integer as a decimal of the printed unit; below 0 is no value."""
    return None if value < 0 else Decimal(value) / scale


class Span(NamedTuple):
    """Rows of one region: the first and the last end of a period, in seconds since 1970, and how many there are."""

    region: str
    first: int
    last: int
    rows: int


def record_extents(kind: str, found: Iterable[Span], submission: Submission) -> None:
    """Remember which city a submission speaks of, for which time, and in how many rows; whether they say something new
    or not."""
    spans = list(found)
    same = np.zeros(len(spans), dtype=np.int64)
    insert_columns(
        Extent,
        [
            Column("submission_id", "bigint", same + submission.pk),
            Column("region_id", "text", np.arange(len(spans)), [span.region for span in spans]),
            Column("table", "text", same, [kind]),
            Column("first", "moment", np.array([span.first for span in spans], dtype=np.int64)),
            Column("last", "moment", np.array([span.last for span in spans], dtype=np.int64)),
            Column("rows", "integer", np.array([span.rows for span in spans], dtype=np.int64)),
        ],
    )


def spans_of(periods: Iterable[tuple[str, datetime]]) -> Iterator[Span]:
    """From pairs of region and end of the period."""
    by_region: dict[str, list[int]] = defaultdict(list)
    for region, end in periods:
        by_region[region].append(int(end.timestamp()))
    for region, ends in sorted(by_region.items()):
        yield Span(region, min(ends), max(ends), len(ends))


def note_stored(stored: Stored, submission: Submission, at: datetime) -> None:
    """Tell the regions that their evidence changed, and of which kind."""
    tables = submission.extents.order_by().values_list("table", flat=True).distinct()
    note_changed_evidence(stored.touched, at, evidence_in(tables))


def evidence_in(tables: Iterable[str]) -> set[Evidence]:
    """The kinds of evidence that tables hold; comparisons are none."""
    kinds: Mapping[str, Evidence] = {
        Extent.Table.AIR_HOUR: "air",
        Extent.Table.AIR_DAY: "air",
        Extent.Table.WATER_VALUE: "water",
        Extent.Table.FIGURE: "figures",
    }
    return {kinds[table] for table in tables if table in kinds}
