"""Writing indicators and observations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from evaluation.air import HOUR_SCALE
from evaluation.calendar import SHANGHAI, day_of, end_of_day
from evaluation.rounding import IntArray
from evaluation.water import WATER_SCALE
from indicators.bulk import (
    Column,
    Wanted,
    delete_rows,
    insert_columns,
    lock_against_writers,
    moment,
    select_columns,
    update_columns,
)
from indicators.catalogue import IndicatorDefinition, indicator_definitions
from indicators.columns import HOUR_COLUMNS, HOUR_ITEMS, WATER_ITEMS, Observations
from indicators.merging import Arriving, Changes, Held, Merge, merge, stepped_back
from indicators.models import (
    AirDay,
    AirHour,
    Comparison,
    DirtyAirDay,
    Extent,
    Figure,
    Indicator,
    OfferedValue,
    Revision,
    Submission,
    WaterValue,
)
from provinces.models import Region, Site
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


# ---- observations --------------------------------------------------------------------------------------------------


@dataclass
class Stored:
    """What became of the rows of a submission."""

    stored: int = 0
    revised: int = 0
    behind: int = 0  # rows kept out by a stored row of a higher grade
    touched: set[str] = field(default_factory=set)  # region codes


@dataclass(frozen=True)
class _Table:
    """How rows of a table are found, written and put into words for a revision."""

    model: type[models.Model]
    kind: str
    values: tuple[str, ...]
    value_kind: Literal["integer", "bigint"]
    scale: int
    items: tuple[str, ...]  # of the values, or of the parts where a row is one item
    part: str = ""  # the column beyond moment and site
    parts: tuple[str, ...] = ()

    def item(self, column: int, part: int) -> str:
        """What is measured in a column of a row of that part."""
        return self.items[column] if len(self.items) == len(self.values) else self.items[part]

    def key(self, ts: IntArray, site: IntArray, part: IntArray) -> list[Column]:
        """The columns of the key."""
        key = [Column("ts", "moment", ts), Column("site_id", "bigint", site)]
        kind: Literal["text", "smallint"] = "text" if self.parts else "smallint"
        return [*key, Column(self.part, kind, part, self.parts)] if self.part else key

    def columns(self, values: IntArray, submission: IntArray) -> list[Column]:
        """The columns beside the key."""
        found = [Column(name, self.value_kind, values[:, n]) for n, name in enumerate(self.values)]
        return [*found, Column("submission_id", "bigint", submission)]


#: Above this, asking for all is quicker than naming each.
_MANY_SITES = 500

_AIR_HOUR = _Table(AirHour, Extent.Table.AIR_HOUR, HOUR_COLUMNS, "integer", HOUR_SCALE, HOUR_ITEMS)
_WATER = _Table(
    WaterValue, Extent.Table.WATER_VALUE, ("micro",), "bigint", WATER_SCALE, WATER_ITEMS, "item", WATER_ITEMS
)
_COMPARISON = _Table(Comparison, Extent.Table.COMPARISON, ("pm25_ng",), "integer", HOUR_SCALE, ("PM2.5",), "hours")


_TABLES = {table.kind: table for table in (_AIR_HOUR, _WATER, _COMPARISON)}


def store_air_hours(rows: Observations, submission: Submission) -> Stored:
    """Store hours of sites, in the order of HOUR_ITEMS, and mark the city days that they change."""
    return _store(_AIR_HOUR, rows, submission)


def store_water_values(rows: Observations, submission: Submission) -> Stored:
    """Store values of sections; `part` is the place of the item in WATER_ITEMS. Counts readings (section x time)."""
    return _store(_WATER, rows, submission)


def store_comparisons(rows: Observations, submission: Submission) -> Stored:
    """Store values of a comparison series; `part` is its period in hours."""
    return _store(_COMPARISON, rows, submission)


def _store(table: _Table, rows: Observations, submission: Submission) -> Stored:
    """Merge rows into a table keyed by moment and site."""
    if not len(rows):
        return Stored()
    where = _Places.of(rows)
    record_extents(table.kind, where.spans(), submission)
    if _stored_as_new(table, rows, submission):
        written, result = np.arange(len(rows)), None
    else:
        result = _merged(table, rows, submission)
        written = np.concatenate([result.new, result.changed])
        record_revisions(table.kind, table.scale, result.changes, partial(where.cell, table))
    if table is _AIR_HOUR:
        _mark_dirty(where, written)
    return Stored(
        stored=_readings(table, rows, written),
        revised=0 if result is None else _readings(table, rows, result.changes.row),
        behind=0 if result is None else result.behind,
        # Verdicts rest on city days, whose rebuild tells its regions; telling them here too would cost a lock each.
        touched=set() if table is _AIR_HOUR else where.regions_of(written),
    )


def step_back(
    kind: str, withdrawn: Observations, others: Sequence[tuple[Submission, Observations]], at: datetime
) -> None:
    """Bring the rows that a withdrawn submission had to what the others say of them, these in the order of receipt.

    A row of which no other speaks is deleted; every value that gives way moves to a revision recorded at that moment.
    """
    table = _TABLES[kind]
    lock_against_writers(table.model)
    codes = _codes(withdrawn.ts, withdrawn.site, withdrawn.part)
    back = stepped_back(codes, _held(table, withdrawn), [_arriving(rows, other) for other, rows in others])
    key = partial(_key_at, table, withdrawn)
    if len(back.gone):
        delete_rows(table.model, key(back.gone))
    if len(back.changed):
        update_columns(table.model, key(back.changed), table.columns(back.values, back.submission))
    where = _Places.of(withdrawn)
    record_revisions(table.kind, table.scale, back.changes, partial(where.cell, table), at)
    if table is _AIR_HOUR:
        _mark_dirty(where, np.unique(np.concatenate([back.gone, back.changed])))


def _key_at(table: _Table, rows: Observations, places: IntArray) -> list[Column]:
    return table.key(rows.ts[places], rows.site[places], rows.part[places])


def _readings(table: _Table, rows: Observations, places: IntArray) -> int:
    """How many hours or readings (site x time) these rows are; a row that is one item is part of a reading."""
    if not table.parts:
        return len(places) if len(places) == len(rows) else len(np.unique(places))
    return len(np.unique(_codes(rows.ts[places], rows.site[places], np.zeros_like(places))))


def _stored_as_new(table: _Table, rows: Observations, submission: Submission) -> bool:
    """Append all rows; False, with nothing written, when one of them is there already."""
    owner = np.full(len(rows), submission.pk)
    try:
        with transaction.atomic():
            key = table.key(rows.ts, rows.site, rows.part)
            insert_columns(table.model, [*key, *table.columns(rows.values, owner)])
    except IntegrityError:
        return False
    return True


def _merged(table: _Table, rows: Observations, submission: Submission) -> Merge:
    """Compare with what is stored, and write what differs.

    Whoever finds something to write shuts out other writers and compares again: what another worker stored in between
    is a stored value like any other.
    """
    result = merge(_arriving(rows, submission), _held(table, rows))
    if not len(result.new) and not len(result.changed):
        return result
    lock_against_writers(table.model)
    result = merge(_arriving(rows, submission), _held(table, rows))
    for places, values, owner in (
        (result.new, rows.values[result.new], np.full(len(result.new), submission.pk)),
        (result.changed, result.values, result.submission),
    ):
        key = table.key(rows.ts[places], rows.site[places], rows.part[places])
        if places is result.new:
            insert_columns(table.model, [*key, *table.columns(values, owner)])
        elif len(places):
            update_columns(table.model, key, table.columns(values, owner))
    return result


def _arriving(rows: Observations, submission: Submission) -> Arriving:
    return Arriving(_codes(rows.ts, rows.site, rows.part), rows.values, submission.pk, submission.grade)


def _codes(ts: IntArray, site: IntArray, part: IntArray) -> IntArray:
    """One number for each key: minutes (26 bits until the year 2097), site (32 bits), part (5 bits)."""
    return (ts // 60) << 37 | site << 5 | part


def _held(table: _Table, rows: Observations) -> Held:
    sites = np.unique(rows.site)
    where, parameters = "ts BETWEEN %s AND %s", [moment(int(rows.ts.min())), moment(int(rows.ts.max()))]
    if len(sites) <= _MANY_SITES:
        where += f" AND site_id IN ({', '.join(['%s'] * len(sites))})"
        parameters += sites.tolist()
    part = [Wanted(table.part, "text" if table.parts else "number", table.parts)] if table.part else []
    wanted = [Wanted("ts", "moment"), Wanted("site_id", "number"), *part]
    wanted += [Wanted(name, "number") for name in (*table.values, "submission_id")]
    found = select_columns(table.model, wanted, where, parameters)
    owner = found[:, -1]
    grades = grades_of(np.unique(owner).tolist())
    return Held(
        _codes(found[:, 0], found[:, 1], found[:, 2] if table.part else np.zeros_like(owner)),
        found[:, -1 - len(table.values) : -1],
        owner,
        np.array([grades[pk] for pk in owner.tolist()], dtype=np.int64),
    )


def grades_of(submissions: Sequence[int]) -> dict[int, int]:
    """The grade of each of these submissions."""
    found = Submission.objects.filter(pk__in=submissions).only("simulated", "review")
    return {submission.pk: submission.grade for submission in found}


@dataclass(frozen=True)
class _Places:
    """Of each row: the place of its region in `regions`, of its day in `days`."""

    rows: Observations
    regions: Sequence[str]
    region: IntArray
    points: npt.NDArray[np.bool_]  # whether the row's site counts for its city
    days: Sequence[date]
    day: IntArray

    @classmethod
    def of(cls, rows: Observations) -> _Places:
        """The places of rows."""
        sites, site = np.unique(rows.site, return_inverse=True)
        known = Site.objects.all() if len(sites) > _MANY_SITES else Site.objects.filter(pk__in=sites.tolist())
        region_of = dict(known.order_by().values_list("pk", "region_id"))
        counted = known.filter(kind=Site.Kind.AIR_STATION, role=Site.Role.CITY_POINT).order_by()
        points = np.array(counted.values_list("pk", flat=True), dtype=np.int64)
        of_site = [region_of[pk] for pk in sites.tolist()]
        regions = sorted(set(of_site))
        order = {region: place for place, region in enumerate(regions)}
        moments, ts = np.unique(rows.ts, return_inverse=True)
        of_moment = [day_of(datetime.fromtimestamp(seconds, SHANGHAI)) for seconds in moments.tolist()]
        days = sorted(set(of_moment))
        day_order = {day: place for place, day in enumerate(days)}
        return cls(
            rows,
            regions,
            np.array([order[region] for region in of_site])[site],
            np.isin(sites, points)[site],
            days,
            np.array([day_order[day] for day in of_moment])[ts],
        )

    def cell(self, table: _Table, row: int, column: int) -> RevisedCell:
        """Where the value in a column of a row belongs."""
        return RevisedCell(
            self.regions[self.region[row]],
            int(self.rows.site[row]),
            datetime.fromtimestamp(int(self.rows.ts[row]), SHANGHAI),
            table.item(column, int(self.rows.part[row])),
        )

    def regions_of(self, places: IntArray) -> set[str]:
        """The regions of these rows."""
        return {self.regions[region] for region in np.flatnonzero(np.bincount(self.region[places])).tolist()}

    def spans(self) -> Iterator[Span]:
        """The rows by region."""
        first, last = np.full(len(self.regions), self.rows.ts.max()), np.full(len(self.regions), self.rows.ts.min())
        np.minimum.at(first, self.region, self.rows.ts)
        np.maximum.at(last, self.region, self.rows.ts)
        counts = np.bincount(self.region).tolist()
        return map(Span._make, zip(self.regions, first.tolist(), last.tolist(), counts, strict=True))

    def point_days(self, places: IntArray) -> set[tuple[str, date]]:
        """The city days for which a point of the city has one of these rows."""
        chosen = places[self.points[places]]
        counts = np.bincount(self.region[chosen] * len(self.days) + self.day[chosen])
        pairs = np.flatnonzero(counts).tolist()
        return {(self.regions[pair // len(self.days)], self.days[pair % len(self.days)]) for pair in pairs}


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


def _mark_dirty(where: _Places, written: IntArray) -> None:
    """Queue the city days. A mark a load: one that a rebuild is just working off does not stand for this load."""
    found = sorted(where.point_days(written))
    insert_columns(
        DirtyAirDay,
        [
            Column("region_id", "text", np.arange(len(found)), [region for region, _day in found]),
            Column("day", "date", np.array([day.toordinal() for _region, day in found], dtype=np.int64)),
        ],
    )


def reconsider_city(region: str, at: datetime) -> None:
    """Have all of a city's days worked out again: its stations changed. The next sweep does the work."""
    days = AirDay.objects.filter(region=region, basis=AirDay.Basis.STATIONS).values_list("day", flat=True)
    DirtyAirDay.objects.bulk_create((DirtyAirDay(region_id=region, day=day) for day in days), batch_size=500)
    note_changed_evidence({region}, at)


# ---- figures -------------------------------------------------------------------------------------------------------


@transaction.atomic
def store_figures(rows: Sequence[Figure], submission: Submission) -> Stored:
    """Store published figures; a different value for the same issuer, scope and period is a revision."""
    result = Stored()
    found = Figure.objects.filter(region__in={row.region_id for row in rows}).select_related("submission")
    held = {_figure_key(figure): figure for figure in found}
    for row in rows:
        row.submission, row.simulated = submission, submission.simulated
        there = held.get(_figure_key(row))
        if there is None:
            row.save()
        elif there.submission is not None and there.submission.grade > submission.grade:
            result.behind += 1
            continue
        elif not _revise_figure(there, row, submission, result):
            continue
        result.stored += 1
        result.touched.add(row.region_id)
    record_extents(
        Extent.Table.FIGURE, spans_of((row.region_id, end_of_day(row.period_end)) for row in rows), submission
    )
    return result


def _figure_key(figure: Figure) -> tuple[object, ...]:
    return (
        figure.region_id,
        figure.indicator_id,
        figure.scope_zh,
        figure.period_start,
        figure.period_end,
        figure.issuer,
    )


_FIGURE_FIELDS = ("value", "unit", "yoy", "yoy_unit", "published_on", "note", "scope", "simulated")


def _revise_figure(there: Figure, row: Figure, submission: Submission, result: Stored) -> bool:
    """Bring a stored figure to what the new row says; False when it says the same, or was received before it."""
    if not there.withdrawn_at and all(getattr(there, name) == getattr(row, name) for name in _FIGURE_FIELDS):
        return False
    if there.submission is not None and there.submission.outranks(submission):
        if there.value != row.value:
            _record_revised_figure(there, row, there)
        return False
    if there.value != row.value:
        result.revised += 1
        _record_revised_figure(there, there, row)
        # The value first said is known from the day it was published; the new one from its receipt.
        row.published_on = min(filter(None, (there.published_on, row.published_on)), default=None)
    for name in (*_FIGURE_FIELDS, "submission", "row"):
        setattr(there, name, getattr(row, name))
    there.withdrawn_at = None
    there.save()
    return True


def _record_revised_figure(figure: Figure, old: Figure, new: Figure, at: datetime | None = None) -> None:
    """`at`: when a person typed the new one; else it counts from its receipt."""
    Revision.objects.create(
        table=Extent.Table.FIGURE,
        region_id=figure.region_id,
        figure=figure,
        period_end=end_of_day(figure.period_end),
        item=figure.indicator_id,
        old_value=old.value,
        new_value=new.value,
        old_submission=old.submission,
        new_submission=None if at else new.submission,
        old_simulated=old.simulated,
        recorded_at=at or (new.submission.received_at if new.submission else timezone.now()),
    )


def amend_figure(figure: Figure, at: datetime) -> None:
    """Save a figure that a person types or amends; the value it had moves to a revision."""
    there = Figure.objects.filter(pk=figure.pk).first()
    with transaction.atomic():
        if there is not None and there.value != figure.value:
            _record_revised_figure(there, there, figure, at)
        figure.save()
        note_changed_evidence({figure.region_id} | ({there.region_id} if there else set()), at)


def withdraw_figures(submission: Submission, at: datetime) -> None:
    """Take back the figures of a submission: the value before stands again, or the figure is marked as withdrawn."""
    for figure in Figure.objects.filter(submission=submission, withdrawn_at=None):
        earlier = figure.revisions.filter(new_submission=submission, old_submission__state=Submission.State.ACCEPTED)
        before = earlier.order_by("-recorded_at", "-id").first()
        said = figure.value
        Revision.objects.create(
            table=Extent.Table.FIGURE,
            region_id=figure.region_id,
            figure=figure,
            period_end=end_of_day(figure.period_end),
            item=figure.indicator_id,
            old_value=said,
            new_value=before.old_value if before else None,
            old_submission=submission,
            new_submission=before.old_submission if before else None,
            old_simulated=figure.simulated,
            recorded_at=at,
        )
        if before is not None and before.old_submission is not None:
            figure.value, figure.submission, figure.row = before.old_value, before.old_submission, None
        else:
            figure.withdrawn_at = at
        figure.save()
    submission.offered_values.all().delete()


def store_offered_values(rows: Sequence[OfferedValue], submission: Submission) -> int:
    """Store published targets as offers to whoever enters assigned values; returns how many are new."""
    new = 0
    for row in rows:
        row.submission = submission
        _offer, created = OfferedValue.objects.get_or_create(
            region_id=row.region_id,
            indicator_id=row.indicator_id,
            year=row.year,
            scope_zh=row.scope_zh,
            document=row.document,
            defaults={
                "scope": row.scope,
                "comparator": row.comparator,
                "value": row.value,
                "unit": row.unit,
                "published_on": row.published_on,
                "derived": row.derived,
                "note": row.note,
                "submission": submission,
                "row": row.row,
            },
        )
        new += created
    return new


def note_stored(stored: Stored, at: datetime) -> None:
    """Tell the regions that their evidence changed."""
    note_changed_evidence(stored.touched, at)
