"""Writing city days: worked out from the stations' hours, or stored as a file prints them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import numpy as np
from django.db import transaction

from evaluation import air, standards
from evaluation.calendar import end_of_day
from indicators.city_days import HourGrid, city_days_from, or_none
from indicators.columns import DAY_COLUMNS, PRINTED
from indicators.merging import Held, Merge, merge
from indicators.models import AirDay, DirtyAirDay, Extent, Revision, Submission
from indicators.services import Stored, printed, record_extents
from provinces.models import Region
from provinces.selectors import air_points
from provinces.services import note_changed_evidence


def rebuild_city_days(at: datetime) -> int:
    """Work out again every city day whose hours changed; returns how many.

    The list of such days is in the database, so a rebuild that was cut short is taken up by the next one. A month is
    a transaction.
    """
    rebuilt = 0
    while True:
        first = DirtyAirDay.objects.order_by("day").values_list("day", flat=True).first()
        if first is None:
            return rebuilt
        with transaction.atomic():
            dirty = list(DirtyAirDay.objects.select_for_update().filter(day__year=first.year, day__month=first.month))
            rebuilt += len(dirty)
            _rebuild({(row.region_id, row.day) for row in dirty}, at)
            DirtyAirDay.objects.filter(pk__in=[row.pk for row in dirty]).delete()


def _rebuild(dirty: set[tuple[str, date]], at: datetime) -> None:
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
    note_changed_evidence({region for region, _day in dirty}, at)


# ---- days that a file prints ----------------------------------------------------------------------------------------

PrintedDay = tuple[str, date, tuple[int | None, ...]]  # region, day, figures in the order of PRINTED


def store_printed_days(rows: Sequence[PrintedDay], submission: Submission, at: datetime) -> Stored:
    """Store the days of a file. `at`: the moment of a revision."""
    if not rows:
        return Stored()
    held = {
        (day.region_id, day.day): Held(
            tuple(getattr(day, DAY_COLUMNS[name]) for name in PRINTED), day.submission_id or 0, day.simulated
        )
        for day in AirDay.objects.filter(
            basis=AirDay.Basis.FILE,
            region__in={region for region, _day, _values in rows},
            day__range=(min(day for _r, day, _v in rows), max(day for _r, day, _v in rows)),
        )
    }
    keyed = [((region, day), values) for region, day, values in rows]
    result = merge(keyed, held, simulated=submission.simulated)
    written = [*result.new, *result.changed]
    AirDay.objects.bulk_create(
        _printed_days(written, submission),
        batch_size=500,
        update_conflicts=True,
        unique_fields=["region", "day", "basis"],
        update_fields=[*DAY_COLUMNS.values(), "aqi", "primary", "standard", "submission", "simulated"],
    )
    _record_revisions(result, submission, at)
    touched = [(region, end_of_day(day)) for (region, day), _values in written]
    record_extents(Extent.Table.AIR_DAY, touched, submission)
    return Stored(
        stored=len(written),
        revised=len({change.key for change in result.changes}),
        behind_real=result.behind_real,
        touched={region for region, _end in touched},
    )


def _printed_days(
    written: Sequence[tuple[tuple[str, date], tuple[int | None, ...]]], submission: Submission
) -> Iterable[AirDay]:
    if not written:
        return
    days = [day for (_region, day), _values in written]
    columns = zip(*(values for _key, values in written), strict=True)
    figures = {
        name: np.array([air.MISSING if value is None else value for value in column], dtype=np.int64)
        for name, column in zip(PRINTED, columns, strict=True)
    }
    aqi = air.aqi_by_date(figures, days)
    for n, ((region, day), values) in enumerate(written):
        yield AirDay(
            region_id=region,
            day=day,
            basis=AirDay.Basis.FILE,
            aqi=or_none(aqi.aqi[n]),
            primary=int(aqi.primary[n]),
            standard=standards.aqi_standard(day),
            submission=submission,
            simulated=submission.simulated,
            **{DAY_COLUMNS[name]: value for name, value in zip(PRINTED, values, strict=True)},
        )


def _record_revisions(result: Merge[tuple[str, date]], submission: Submission, at: datetime) -> None:
    by_region: dict[str, list[Revision]] = defaultdict(list)
    for change in result.changes:
        region, day = change.key
        by_region[region].append(
            Revision(
                table=Extent.Table.AIR_DAY,
                region_id=region,
                period_end=end_of_day(day),
                item=PRINTED[change.place],
                old_value=printed(change.old, air.DAY_SCALE),
                new_value=printed(change.new, air.DAY_SCALE),
                old_submission_id=change.old_submission,
                new_submission=submission,
                old_simulated=change.old_simulated,
                recorded_at=at,
            )
        )
    Revision.objects.bulk_create([row for rows in by_region.values() for row in rows], batch_size=500)
