"""Writing observations keyed by moment and site: hours of air, values of water, comparison series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt
from django.db import IntegrityError, models, transaction

from evaluation.air import HOUR_SCALE
from evaluation.calendar import SHANGHAI, day_of
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
from indicators.columns import HOUR_COLUMNS, HOUR_ITEMS, WATER_ITEMS, Observations
from indicators.merging import Arriving, Held, Merge, merge, stepped_back
from indicators.models import (
    AirDay,
    AirHour,
    Comparison,
    DirtyAirDay,
    Extent,
    Submission,
    WaterValue,
)
from indicators.services import RevisedCell, Span, Stored, grades_of, record_extents, record_revisions
from provinces.models import Site
from provinces.services import note_changed_evidence


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
        said = list(known.order_by().values_list("pk", "region_id", "kind", "role"))
        region_of = {pk: region for pk, region, _kind, _role in said}
        counted = (Site.Kind.AIR_STATION, Site.Role.CITY_POINT)
        points = np.array([pk for pk, _region, kind, role in said if (kind, role) == counted], dtype=np.int64)
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
    note_changed_evidence({region}, at, ["air"])
