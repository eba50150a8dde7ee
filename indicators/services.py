"""Writing indicators and observations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from evaluation.air import HOUR_SCALE
from evaluation.calendar import day_of, end_of_day
from evaluation.water import WATER_SCALE
from indicators.bulk import database_times, insert_rows, select_rows, update_rows
from indicators.catalogue import IndicatorDefinition, indicator_definitions
from indicators.columns import HOUR_COLUMNS, HOUR_ITEMS
from indicators.merging import Change, Held, Values, merge
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
    behind_real: int = 0
    touched: set[str] = field(default_factory=set)  # region codes


@dataclass(frozen=True)
class _Table:
    """How rows of a table are found, written and put into words for a revision."""

    model: type[models.Model]
    kind: str
    key: tuple[str, ...]
    values: tuple[str, ...]
    items: tuple[str, ...]
    scale: int


_AIR_HOUR = _Table(AirHour, Extent.Table.AIR_HOUR, ("ts", "site_id"), HOUR_COLUMNS, HOUR_ITEMS, HOUR_SCALE)
_WATER = _Table(WaterValue, Extent.Table.WATER_VALUE, ("ts", "site_id", "item"), ("micro",), (), WATER_SCALE)
_COMPARISON = _Table(
    Comparison, Extent.Table.COMPARISON, ("ts", "site_id", "hours"), ("pm25_ng",), ("PM2.5",), HOUR_SCALE
)

SiteRow = tuple[tuple[Any, ...], Values]  # ((moment, site, ...), values)


def store_air_hours(rows: Sequence[tuple[datetime, int, Values]], submission: Submission, at: datetime) -> Stored:
    """Store hours of sites and mark the city days that they change. `at`: the moment of a revision."""
    keyed = [((ts, site), values) for ts, site, values in rows]
    stored, written = _store(_AIR_HOUR, keyed, submission, at)
    _mark_dirty(written)
    return stored


def store_water_values(
    rows: Sequence[tuple[datetime, int, Sequence[tuple[str, int]]]], submission: Submission, at: datetime
) -> Stored:
    """Store readings of sections; counts readings (section x time), not items."""
    keyed: list[SiteRow] = [((ts, site, item), (micro,)) for ts, site, values in rows for item, micro in values]
    stored, written = _store(_WATER, keyed, submission, at)
    stored.stored = len({key[:2] for key in written})
    return stored


def store_comparisons(
    rows: Sequence[tuple[datetime, int, int]], hours: int, submission: Submission, at: datetime
) -> Stored:
    """Store values of a comparison series."""
    keyed: list[SiteRow] = [((ts, site, hours), (pm25,)) for ts, site, pm25 in rows]
    return _store(_COMPARISON, keyed, submission, at)[0]


def _store(
    table: _Table, rows: Sequence[SiteRow], submission: Submission, at: datetime
) -> tuple[Stored, list[tuple[Any, ...]]]:
    """Merge rows into a table keyed by moment and site; returns also the keys that were written."""
    if not rows:
        return Stored(), []
    stamp = database_times()
    moments = {stamp(key[0]): key[0] for key, _values in rows}
    keyed = [((stamp(key[0]), *key[1:]), values) for key, values in rows]
    sites = {key[1] for key, _values in rows}
    result = merge(keyed, _held(table, min(moments), max(moments), sites), simulated=submission.simulated)
    insert_rows(
        table.model,
        (*table.key, *table.values, "submission_id"),
        ((*key, *values, submission.pk) for key, values in result.new),
    )
    update_rows(
        table.model,
        (*table.values, "submission_id"),
        table.key,
        [(*values, submission.pk, *key) for key, values in result.changed],
    )
    regions = dict(Site.objects.filter(pk__in=sites).values_list("pk", "region_id"))
    _record_revisions(table, result.changes, moments, regions, submission, at)
    written = [(moments[key[0]], *key[1:]) for key, _values in (*result.new, *result.changed)]
    record_extents(table.kind, [(regions[key[1]], key[0]) for key in written], submission)
    return (
        Stored(
            stored=len(written),
            revised=len({change.key for change in result.changes}),
            behind_real=result.behind_real,
            touched={regions[key[1]] for key in written},
        ),
        written,
    )


def _held(table: _Table, first: Any, last: Any, sites: set[int]) -> dict[tuple[Any, ...], Held]:
    where, parameters = "ts BETWEEN %s AND %s", [first, last]
    if len(sites) <= 500:
        where += f" AND site_id IN ({', '.join(['%s'] * len(sites))})"
        parameters += sites
    rows = select_rows(table.model, (*table.key, *table.values, "submission_id"), where, parameters)
    if not rows:
        return {}
    simulated = set(Submission.objects.filter(simulated=True).values_list("pk", flat=True))
    width = len(table.key)
    stamp = database_times()
    held = {}
    for row in rows:
        key = (row[0] if isinstance(row[0], str) else stamp(row[0]), *row[1:width])
        held[key] = Held(tuple(row[width:-1]), row[-1], row[-1] in simulated)
    return held


def _record_revisions(
    table: _Table,
    changes: Sequence[Change[tuple[Any, ...]]],
    moments: Mapping[Any, datetime],
    regions: Mapping[int, str],
    submission: Submission,
    at: datetime,
) -> None:
    Revision.objects.bulk_create(
        (
            Revision(
                table=table.kind,
                region_id=regions[change.key[1]],
                site_id=change.key[1],
                period_end=moments[change.key[0]],
                item=table.items[change.place] if table.items else change.key[2],
                old_value=printed(change.old, table.scale),
                new_value=printed(change.new, table.scale),
                old_submission_id=change.old_submission,
                new_submission=submission,
                old_simulated=change.old_simulated,
                recorded_at=at,
            )
            for change in changes
        ),
        batch_size=500,
    )


def printed(value: int | None, scale: int) -> Decimal | None:
    """A stored integer as a decimal of the printed unit."""
    return None if value is None else Decimal(value) / scale


def record_extents(kind: str, places: Iterable[tuple[str, datetime]], submission: Submission) -> None:
    """Remember which city a submission brought something of (region code, end of the period), and for which time."""
    periods: dict[str, list[datetime]] = defaultdict(list)
    for region, moment in places:
        periods[region].append(moment)
    Extent.objects.bulk_create(
        Extent(
            submission=submission,
            region_id=region,
            table=kind,
            first=min(moments),
            last=max(moments),
            rows=len(moments),
        )
        for region, moments in sorted(periods.items())
    )


def _mark_dirty(written: Sequence[tuple[Any, ...]]) -> None:
    points = Site.objects.filter(
        pk__in={key[1] for key in written}, kind=Site.Kind.AIR_STATION, role=Site.Role.CITY_POINT
    )
    cities = dict(points.values_list("pk", "region_id"))
    days = {ts: day_of(ts) for ts in {key[0] for key in written}}
    dirty = {(cities[key[1]], days[key[0]]) for key in written if key[1] in cities}
    DirtyAirDay.objects.bulk_create(
        (DirtyAirDay(region_id=region, day=day) for region, day in sorted(dirty)), ignore_conflicts=True
    )


def reconsider_city(region: str, at: datetime) -> None:
    """Have all of a city's days worked out again: its stations changed. The next sweep does the work."""
    days = AirDay.objects.filter(region=region, basis=AirDay.Basis.STATIONS).values_list("day", flat=True)
    DirtyAirDay.objects.bulk_create(
        (DirtyAirDay(region_id=region, day=day) for day in days), ignore_conflicts=True, batch_size=500
    )
    note_changed_evidence({region}, at)


# ---- figures -------------------------------------------------------------------------------------------------------


@transaction.atomic
def store_figures(rows: Sequence[Figure], submission: Submission, at: datetime) -> Stored:
    """Store published figures; a different value for the same issuer, scope and period is a revision."""
    result = Stored()
    held = {_figure_key(figure): figure for figure in Figure.objects.filter(region__in={row.region_id for row in rows})}
    extents: list[tuple[str, datetime]] = []
    for row in rows:
        row.submission, row.simulated = submission, submission.simulated
        there = held.get(_figure_key(row))
        if there is not None and submission.simulated and not there.simulated:
            result.behind_real += 1
            continue
        if there is not None and not _revise_figure(there, row, submission, at, result):
            continue
        if there is None:
            row.save()
        result.stored += 1
        result.touched.add(row.region_id)
        extents.append((row.region_id, end_of_day(row.period_end)))
    record_extents(Extent.Table.FIGURE, extents, submission)
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


def _revise_figure(there: Figure, row: Figure, submission: Submission, at: datetime, result: Stored) -> bool:
    """Bring a stored figure to what the new row says; False when it says the same."""
    if all(getattr(there, name) == getattr(row, name) for name in _FIGURE_FIELDS):
        return False
    if there.value != row.value:
        result.revised += 1
        _record_revised_figure(there, row.value, submission, at)
        # The value first said is known from the day it was published; the new one from its receipt.
        row.published_on = min(filter(None, (there.published_on, row.published_on)), default=None)
    for name in (*_FIGURE_FIELDS, "submission", "row"):
        setattr(there, name, getattr(row, name))
    there.save()
    return True


def _record_revised_figure(there: Figure, new: Decimal | None, submission: Submission | None, at: datetime) -> None:
    Revision.objects.create(
        table=Extent.Table.FIGURE,
        region_id=there.region_id,
        figure=there,
        period_end=end_of_day(there.period_end),
        item=there.indicator_id,
        old_value=there.value,
        new_value=new,
        old_submission=there.submission,
        new_submission=submission,
        old_simulated=there.simulated,
        recorded_at=at,
    )


def amend_figure(figure: Figure, at: datetime) -> None:
    """Save a figure that a person types or amends; the value it had moves to a revision."""
    there = Figure.objects.filter(pk=figure.pk).first()
    with transaction.atomic():
        if there is not None and there.value != figure.value:
            _record_revised_figure(there, figure.value, None, at)
        figure.save()
        note_changed_evidence({figure.region_id} | ({there.region_id} if there else set()), at)


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
