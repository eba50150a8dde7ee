"""City days: worked out from the stations' hours, or stored as a file prints them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from evaluation import air, standards
from evaluation.calendar import end_of_day
from evaluation.rounding import IntArray
from evaluation.validity import CN
from indicators.bulk import database_times, select_rows
from indicators.merging import Held, Merge, merge
from indicators.models import AirDay, AirHour, DirtyAirDay, Extent, Revision, Submission
from indicators.services import HOUR_COLUMNS, Stored, printed, record_extents
from provinces.models import Region, Site
from provinces.selectors import air_points
from provinces.services import note_changed_evidence

#: The figures of a city day: name in `evaluation.air` -> column.
COLUMNS: Mapping[str, str] = {
    "pm25": "pm25_fg",
    "pm10": "pm10_fg",
    "so2": "so2_fg",
    "no2": "no2_fg",
    "co": "co_pg",
    "o3_8h": "o3_8h_fg",
    "o3_1h": "o3_1h_fg",
}
_HOUR_NAMES = ("pm25", "pm10", "so2", "no2", "o3", "co")
Days = Mapping[str, IntArray]


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
            *COLUMNS.values(),
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


@dataclass(frozen=True)
class HourGrid:
    """Hours of many sites as one array: (pollutant, site, day, hour), thousandths, MISSING where there is none."""

    sites: Mapping[int, int]  # site -> position
    values: IntArray
    simulated: np.typing.NDArray[np.bool_]  # (site, day)

    @classmethod
    def read(cls, sites: Sequence[Site], days: Sequence[date]) -> HourGrid:
        """The stored hours of these sites on consecutive days."""
        position = {site.pk: place for place, site in enumerate(sites)}
        values = np.full((len(HOUR_COLUMNS), len(sites), len(days), 24), air.MISSING, dtype=np.int64)
        simulated = np.zeros((len(sites), len(days)), dtype=np.bool_)
        if sites:
            cls._fill(position, values, simulated, days)
        return cls(position, values, simulated)

    @staticmethod
    def _fill(
        position: Mapping[int, int],
        values: IntArray,
        simulated: np.typing.NDArray[np.bool_],
        days: Sequence[date],
    ) -> None:
        stamp = database_times()
        begin = end_of_day(days[0] - timedelta(days=1))
        hour_of = {stamp(begin + timedelta(hours=n + 1)): n for n in range(24 * len(days))}
        marked = set(Submission.objects.filter(simulated=True).values_list("pk", flat=True))
        rows = select_rows(
            AirHour,
            ("ts", "site_id", "submission_id", *(f"COALESCE({column}, -1)" for column in HOUR_COLUMNS)),
            "ts > %s AND ts <= %s",
            [stamp(begin), stamp(end_of_day(days[-1]))],
        )
        kept = [row for row in rows if row[1] in position]
        if not kept:
            return
        hour = np.array([hour_of[row[0] if isinstance(row[0], str) else stamp(row[0])] for row in kept])
        site = np.array([position[row[1]] for row in kept])
        numbers = np.array([row[3:] for row in kept], dtype=np.int64)
        values[:, site, hour // 24, hour % 24] = numbers.T
        made_up = np.array([row[2] in marked for row in kept])
        simulated[site[made_up], hour[made_up] // 24] = True


def city_days_from(hours: HourGrid, city: str, points: Sequence[Site], days: Sequence[date]) -> list[AirDay]:
    """The city days that the hours give, unsaved and in order; a day without any valid hour gives none."""
    by_service: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for n, day in enumerate(days):
        by_service[tuple(hours.sites[site.pk] for site in points if _in_service(site, day))].append(n)
    found = [
        row for places, chosen in by_service.items() if places for row in _city_days(hours, city, places, chosen, days)
    ]
    return sorted(found, key=lambda row: row.day)


def _in_service(site: Site, day: date) -> bool:
    return not (site.opened_on and day < site.opened_on) and not (site.closed_on and day > site.closed_on)


def _city_days(
    hours: HourGrid, city: str, places: Sequence[int], chosen: Sequence[int], all_days: Sequence[date]
) -> Iterable[AirDay]:
    """The chosen days, on all of which the same stations are in service."""
    days = [all_days[n] for n in chosen]
    values = hours.values[:, places][:, :, chosen]
    worked_out = air.city_days(dict(zip(_HOUR_NAMES, values, strict=True)), days, CN)
    aqi = aqi_of(worked_out.figures, days)
    simulated = hours.simulated[list(places)][:, chosen].any(axis=0)
    for n, day in enumerate(days):
        if (values[:, :, n] >= 0).any():
            yield AirDay(
                region_id=city,
                day=day,
                basis=AirDay.Basis.STATIONS,
                aqi=_or_none(aqi.aqi[n]),
                primary=int(aqi.primary[n]),
                standard=standards.aqi_standard(day),
                hours_valid=int(worked_out.hours_valid[n]),
                hours_possible=worked_out.hours_possible,
                simulated=bool(simulated[n]),
                **{COLUMNS[name]: _or_none(figure[n]) for name, figure in worked_out.figures.items()},
            )


def _or_none(value: Any) -> int | None:
    return None if value < 0 else int(value)


def aqi_of(figures: Days, days: Sequence[date]) -> air.DailyAqi:
    """The AQI of days, each under the rule in force on it."""
    rules = [standards.aqi_standard(day) for day in days]
    aqi = np.full(len(days), air.MISSING, dtype=np.int64)
    primary = np.zeros(len(days), dtype=np.int64)
    complete = np.zeros(len(days), dtype=np.bool_)
    for rule in set(rules):
        chosen = np.array([found == rule for found in rules])
        part = air.aqi_of_days({name: figure[chosen] for name, figure in figures.items()}, rule)
        aqi[chosen], primary[chosen], complete[chosen] = part.aqi, part.primary, part.complete
    return air.DailyAqi(aqi, primary, complete)


# ---- days that a file prints -----------------------------------------------------------------------------------------

#: Of a printed day, in this order; the 1 h maximum of ozone is in no such file.
PRINTED = ("pm25", "pm10", "so2", "no2", "co", "o3_8h")
PrintedDay = tuple[str, date, tuple[int | None, ...]]  # region, day, figures in the order of PRINTED


def store_printed_days(rows: Sequence[PrintedDay], submission: Submission, at: datetime) -> Stored:
    """Store the days of a file. `at`: the moment of a revision."""
    if not rows:
        return Stored()
    held = {
        (day.region_id, day.day): Held(
            tuple(getattr(day, COLUMNS[name]) for name in PRINTED), day.submission_id or 0, day.simulated
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
        update_fields=[*COLUMNS.values(), "aqi", "primary", "standard", "submission", "simulated"],
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
    aqi = aqi_of(figures, days)
    for n, ((region, day), values) in enumerate(written):
        yield AirDay(
            region_id=region,
            day=day,
            basis=AirDay.Basis.FILE,
            aqi=_or_none(aqi.aqi[n]),
            primary=int(aqi.primary[n]),
            standard=standards.aqi_standard(day),
            submission=submission,
            simulated=submission.simulated,
            **{COLUMNS[name]: value for name, value in zip(PRINTED, values, strict=True)},
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
