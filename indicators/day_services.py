"""Writing city days: worked out from the stations' hours, or stored as a file prints them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import numpy as np
from django.db import transaction
from django.utils import timezone

from evaluation import air, standards
from evaluation.calendar import end_of_day, month_end
from evaluation.rounding import IntArray
from indicators.bulk import Column, delete_rows, insert_columns, lock_against_writers, take_turns, update_columns
from indicators.city_days import HourGrid, city_days_from
from indicators.columns import DAY_COLUMNS, PRINTED, PrintedDay
from indicators.merging import Arriving, Changes, Held, merge, stepped_back
from indicators.models import AirDay, DirtyAirDay, Extent, Submission
from indicators.services import RevisedCell, Stored, grades_of, record_extents, record_revisions, spans_of
from provinces.models import Region
from provinces.selectors import air_points
from provinces.services import note_changed_evidence

#: The room of turns (see bulk.take_turns) in which months are worked out again.
_REBUILDING = 1


def rebuild_city_days() -> int:
    """Work out again every city day whose hours changed; returns how many.

    The list of such days is in the database, so a rebuild that was cut short is taken up by the next one. A month is
    a transaction, and one worker at a time: else the one that read its hours first might write its days last. A month
    that cannot be worked out holds up no other; its failure is raised once the others are done.
    """
    rebuilt, waiting = 0, DirtyAirDay.objects.order_by("day")
    failures: list[Exception] = []
    while True:
        first = waiting.values_list("day", flat=True).first()
        if first is None:
            break
        try:
            rebuilt += _rebuild_month(first)
        except (ArithmeticError, LookupError, ValueError) as failure:
            failures.append(failure)
            waiting = waiting.exclude(day__range=(first.replace(day=1), month_end(first)))
    if failures:
        raise failures[0]
    return rebuilt


@transaction.atomic
def _rebuild_month(day: date) -> int:
    take_turns(_REBUILDING, day.year * 12 + day.month)
    dirty = list(DirtyAirDay.objects.filter(day__range=(day.replace(day=1), month_end(day))))
    days = {(row.region_id, row.day) for row in dirty}
    if days:
        _rebuild(days)
    for n in range(0, len(dirty), 500):
        DirtyAirDay.objects.filter(pk__in=[row.pk for row in dirty[n : n + 500]]).delete()
    return len(days)


def _rebuild(dirty: set[tuple[str, date]]) -> None:
    cities = list(Region.objects.filter(code__in={region for region, _day in dirty}))
    first, last = min(day for _region, day in dirty), max(day for _region, day in dirty)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    points = air_points(cities)
    hours = HourGrid.read([site for sites in points.values() for site in sites], days)
    rebuilt: list[AirDay] = []
    for city in cities:
        wanted = [day for day in days if (city.code, day) in dirty]
        rebuilt += [day for day in city_days_from(hours, city.code, points[city.code], days) if day.day in wanted]
    there = {(day.region_id, day.day) for day in rebuilt}
    AirDay.objects.bulk_create(
        rebuilt,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["region", "day", "basis"],
        update_fields=[
            *DAY_COLUMNS.values(),
            "aqi",
            "primary",
            "standard",
            "hours_valid",
            "hours_possible",
            "simulated",
        ],
    )
    for region, day in dirty - there:
        AirDay.objects.filter(region=region, day=day, basis=AirDay.Basis.STATIONS).delete()
    # each month says it with a time of its own: what is kept between two of them must not pass for what is known after
    note_changed_evidence({region for region, _day in dirty}, timezone.now(), ["air"])


# ---- days that a file prints ----------------------------------------------------------------------------------------


def store_printed_days(rows: Sequence[PrintedDay], submission: Submission) -> Stored:
    """Store the days of a file."""
    if not rows:
        return Stored()
    lock_against_writers(AirDay)
    arriving = _arriving(rows, submission)
    result = merge(arriving, _held(rows))
    new, changed = ([rows[place] for place in places.tolist()] for places in (result.new, result.changed))
    owner = np.full(len(new), submission.pk)
    insert_columns(AirDay, [*_key(new), *_columns(new, arriving.values[result.new], owner)])
    if changed:
        update_columns(AirDay, _key(changed), _columns(changed, result.values, result.submission))
    _record_revisions(rows, result.changes)
    record_extents(Extent.Table.AIR_DAY, spans_of((region, end_of_day(day)) for region, day, _v in rows), submission)
    return Stored(
        stored=len(new) + len(changed),
        revised=len(np.unique(result.changes.row)),
        behind=result.behind,
        touched={region for region, _day, _values in (*new, *changed)},
    )


def step_back_printed_days(
    withdrawn: Sequence[PrintedDay], others: Sequence[tuple[Submission, Sequence[PrintedDay]]], at: datetime
) -> None:
    """Bring the days that a withdrawn submission had to what the others say of them, these in the order of receipt."""
    if not withdrawn:
        return
    lock_against_writers(AirDay)
    codes = _codes((region, day) for region, day, _values in withdrawn)
    back = stepped_back(codes, _held(withdrawn), [_arriving(rows, other) for other, rows in others])
    gone, changed = ([withdrawn[place] for place in places.tolist()] for places in (back.gone, back.changed))
    if gone:
        delete_rows(AirDay, _key(gone))
    if changed:
        update_columns(AirDay, _key(changed), _columns(changed, back.values, back.submission))
    _record_revisions(withdrawn, back.changes, at)


def _arriving(rows: Sequence[PrintedDay], submission: Submission) -> Arriving:
    values = [[_number(value) for value in values] for _region, _day, values in rows]
    return Arriving(
        _codes((region, day) for region, day, _values in rows),
        np.array(values, dtype=np.int64).reshape(len(rows), len(PRINTED)),
        submission.pk,
        submission.grade,
    )


def _record_revisions(rows: Sequence[PrintedDay], changes: Changes, at: datetime | None = None) -> None:
    record_revisions(
        Extent.Table.AIR_DAY,
        air.DAY_SCALE,
        changes,
        lambda row, column: RevisedCell(rows[row][0], None, end_of_day(rows[row][1]), PRINTED[column]),
        at,
    )


def _codes(keys: Iterable[tuple[str, date]]) -> IntArray:
    """One number for each city day: the region's six digits, then the day."""
    return np.array([int(region) << 24 | day.toordinal() for region, day in keys], dtype=np.int64)


def _held(rows: Sequence[PrintedDay]) -> Held:
    found = list(
        AirDay.objects.filter(
            basis=AirDay.Basis.FILE,
            region__in={region for region, _day, _values in rows},
            day__range=(min(day for _r, day, _v in rows), max(day for _r, day, _v in rows)),
        )
    )
    grades = grades_of(list({day.submission_id or 0 for day in found}))
    values = [[_number(getattr(day, DAY_COLUMNS[name])) for name in PRINTED] for day in found]
    return Held(
        _codes((day.region_id, day.day) for day in found),
        np.array(values, dtype=np.int64).reshape(len(found), len(PRINTED)),
        np.array([day.submission_id for day in found], dtype=np.int64),
        np.array([grades[day.submission_id or 0] for day in found], dtype=np.int64),
    )


def _number(value: int | None) -> int:
    return air.MISSING if value is None else value


def _key(rows: Sequence[PrintedDay]) -> list[Column]:
    same, place = np.zeros(len(rows), dtype=np.int64), np.arange(len(rows))
    return [
        Column("region_id", "text", place, [region for region, _day, _values in rows]),
        Column("day", "date", np.array([day.toordinal() for _region, day, _values in rows], dtype=np.int64)),
        Column("basis", "text", same, [AirDay.Basis.FILE]),
    ]


def _columns(rows: Sequence[PrintedDay], values: IntArray, owner: IntArray) -> list[Column]:
    """The columns beside the key, of days with these values instead of their own."""
    if not rows:
        return []
    days = [day for _region, day, _values in rows]
    figures = dict(zip(PRINTED, values.T, strict=True))
    aqi = air.aqi_by_date(figures, days)
    standard = [standards.aqi_standard(day) for day in days]
    simulated = list(Submission.objects.filter(simulated=True, pk__in=set(owner.tolist())).values_list("pk", flat=True))
    unknown = np.full(len(rows), air.MISSING)
    return [
        *(Column(column, "bigint", figures.get(name, unknown)) for name, column in DAY_COLUMNS.items()),
        Column("aqi", "smallint", aqi.aqi),
        Column("primary", "smallint", aqi.primary),
        Column("standard", "text", np.arange(len(rows)), standard),
        Column("submission_id", "bigint", owner),
        Column("simulated", "boolean", np.isin(owner, simulated).astype(np.int64)),
    ]
