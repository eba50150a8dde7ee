"""Reading observations, as they are known now or as they were known on an earlier day.

As of a day D: observations whose period ended by D; a first value counts as known from the end of its period, a
revision from the moment it was recorded. So what is stored is read, and revisions recorded after D are taken back.
A real value that displaced a simulated one is no revision in this sense: the simulated one was never known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from django.db import connection
from django.db.models import Max, Min, Q, QuerySet

from evaluation.air import DAY_SCALE, HOUR_SCALE, MISSING, aqi_by_date, primary_pollutants
from evaluation.calendar import SHANGHAI, day_of, end_of_day
from evaluation.rounding import IntArray
from evaluation.standards import aqi_standard
from evaluation.validity import CN, ValidityProfile
from evaluation.water import WATER_SCALE, item_mean
from indicators.bulk import Wanted, select_columns
from indicators.city_days import HourGrid, city_days_from
from indicators.columns import DAY_COLUMNS, HOUR_ITEMS, PRINTED
from indicators.models import AirDay, ExceptionalDay, Extent, Figure, Revision, Source, Submission, WaterValue
from provinces.models import Region, Site
from provinces.selectors import air_points


@lru_cache(maxsize=1024)
def _days_from(first: date, length: int) -> tuple[date, ...]:
    return tuple(first + timedelta(days=n) for n in range(length))


@dataclass(frozen=True)
class CityDays:
    """One city's consecutive days, `first` onwards. Figures in 10^-9 units, AQI whole; MISSING where there is none."""

    first: date
    figures: Mapping[str, IntArray]
    aqi: IntArray
    primary: IntArray
    hours_valid: IntArray
    hours_possible: IntArray
    simulated: npt.NDArray[np.bool_]
    excluded: npt.NDArray[np.bool_]  # dust and exceptional days that were taken out of some figures

    @property
    def length(self) -> int:
        """The number of days."""
        return len(self.aqi)

    @property
    def dates(self) -> Sequence[date]:
        """The days themselves."""
        return _days_from(self.first, self.length)

    def year(self, year: int) -> CityDays:
        """The part of one year; shorter when the days end or begin within it."""
        start = max(0, (date(year, 1, 1) - self.first).days)
        stop = max(start, (date(year + 1, 1, 1) - self.first).days)
        return CityDays(
            max(self.first, date(year, 1, 1)),
            {name: values[start:stop] for name, values in self.figures.items()},
            self.aqi[start:stop],
            self.primary[start:stop],
            self.hours_valid[start:stop],
            self.hours_possible[start:stop],
            self.simulated[start:stop],
            self.excluded[start:stop],
        )

    def on_the_basis_of(self, day: date) -> CityDays:
        """The same days with their AQI by the rule in force on another day (同口径)."""
        found = aqi_by_date(self.figures, self.dates, day)
        return replace(self, aqi=found.aqi, primary=found.primary)

    def without(self, days: Collection[date], names: Collection[str]) -> CityDays:
        """The same days with these figures taken out of the given ones, which are marked as excluded if measured."""
        marked = np.array([day in days for day in self.dates], dtype=np.bool_)
        marked &= np.any([self.figures[name] >= 0 for name in names], axis=0)
        if not marked.any():
            return self
        figures = {
            name: np.where(marked, MISSING, values) if name in names else values
            for name, values in self.figures.items()
        }
        return replace(self, figures=figures, excluded=marked)


#: The columns of a stored city day as a row of integers; the figures follow in the order of DAY_COLUMNS.
_REGION, _DAY, _BASIS, _SIMULATED, _AQI, _PRIMARY, _VALID, _POSSIBLE, _FIGURES = range(9)
_BASES = (AirDay.Basis.STATIONS.value, AirDay.Basis.FILE.value)
_EPOCH = date(1970, 1, 1).toordinal()
_ROW = (
    Wanted("CAST(region_id AS integer)", "number"),
    Wanted("day", "date"),
    Wanted("basis", "text", _BASES),
    Wanted("CAST(simulated AS integer)", "number"),
    *(Wanted(name, "number") for name in ("aqi", '"primary"', "hours_valid", "hours_possible", *DAY_COLUMNS.values())),
)


def _plain(row: AirDay) -> list[int]:
    """A city day that is not stored, as such a row."""
    numbers = (row.aqi, row.primary, row.hours_valid, row.hours_possible)
    figures = (getattr(row, name) for name in DAY_COLUMNS.values())
    key = [int(row.region_id), row.day.toordinal() - _EPOCH, _BASES.index(row.basis), int(row.simulated)]
    return [*key, *(_number(value) for value in (*numbers, *figures))]


def _rows_of(days: Iterable[AirDay]) -> IntArray:
    return np.array([_plain(day) for day in days], dtype=np.int64).reshape(-1, len(_ROW))


def city_days(
    cities: Iterable[str], first: date, last: date, as_of: date | None = None, profile: ValidityProfile = CN
) -> dict[str, CityDays]:
    """The days of cities by region code, from `first` to `last` (or to `as_of`, if that is earlier).

    Where a day is known in two ways, a real one is taken before a simulated one, and one worked out from stations
    before a printed one. Days by CN are stored; by another validity profile they are worked out from the hours.
    """
    codes = sorted(set(cities))
    until = last if as_of is None else min(last, as_of)
    length = max(0, (until - first).days + 1)
    rows = _stored_days(codes, first, last, until) if codes and length else _rows_of([])
    if as_of is not None:
        rows = _as_known_on(until, rows, codes)
    if profile is not CN and length:
        printed = rows[rows[:, _BASIS] != _BASES.index(AirDay.Basis.STATIONS)]
        days = [first + timedelta(days=n) for n in range(length)]
        rows = np.concatenate((printed, _worked_out(profile, codes, days, as_of)))
    rows = rows[np.lexsort((rows[:, _BASIS], rows[:, _SIMULATED]))[::-1]]  # the best of a day is written last
    return {code: _arrays(rows[rows[:, _REGION] == int(code)], first, length) for code in codes}


def _stored_days(codes: Sequence[str], first: date, last: date, until: date) -> IntArray:
    """The rows up to `until`. Who steps through the days of a year asks for the same ones again and again: those of
    the last few are remembered, until air data of any of the cities change. Whoever writes city days says so of their
    cities in the same transaction; within one that is still open nothing is remembered."""
    changes = Region.objects.filter(code__in=codes).order_by("code").values_list("air_changed_at", flat=True)
    few = len(codes) * ((last - first).days + 1) <= _REMEMBERED_DAYS
    if not few or connection.in_atomic_block or not any(stamps := tuple(changes)):
        return _read_days(codes, first, until)
    rows = _remembered_days(connection.settings_dict["NAME"], tuple(codes), stamps, first, last)
    return rows[rows[:, _DAY] <= until.toordinal() - _EPOCH]


def _read_days(codes: Sequence[str], first: date, last: date) -> IntArray:
    where = f"region_id IN ({', '.join(['%s'] * len(codes))}) AND day BETWEEN %s AND %s"
    return select_columns(AirDay, _ROW, where, [*codes, first, last])


#: So many city days are remembered together at most, 5 MB.
_REMEMBERED_DAYS = 36_000


@lru_cache(maxsize=8)
def _remembered_days(
    _database: object, codes: tuple[str, ...], _changes: tuple[datetime | None, ...], first: date, last: date
) -> IntArray:
    rows = _read_days(codes, first, last)
    rows.setflags(write=False)
    return rows


def _arrays(rows: IntArray, first: date, length: int) -> CityDays:
    places = rows[:, _DAY] + _EPOCH - first.toordinal()

    def column(number: int) -> IntArray:
        array = np.full(length, MISSING, dtype=np.int64)
        array[places] = rows[:, number]
        return array

    return CityDays(
        first,
        {name: column(_FIGURES + n) for n, name in enumerate(DAY_COLUMNS)},
        column(_AQI),
        column(_PRIMARY),
        column(_VALID),
        column(_POSSIBLE),
        column(_SIMULATED) == 1,
        np.zeros(length, dtype=np.bool_),
    )


# ---- revisions taken back --------------------------------------------------------------------------------------------


def later_revisions(table: str, regions: Iterable[str], as_of: date) -> QuerySet[Revision]:
    """Revisions of earlier values that were recorded after the day, the latest first."""
    return Revision.objects.filter(
        table=table,
        region__in=list(regions),
        recorded_at__gt=end_of_day(as_of),
        period_end__lte=end_of_day(as_of),
        old_value__isnull=False,
        old_simulated=False,
    ).order_by("-recorded_at", "-id")


def revised_between(regions: Iterable[str], day: date, later: date | None) -> bool:
    """Whether what was known of days up to `day` changed after it, as seen from `later` (None: from now)."""
    found = Revision.objects.filter(
        table__in=(Extent.Table.AIR_HOUR, Extent.Table.AIR_DAY),
        region__in=list(regions),
        recorded_at__gt=end_of_day(day),
        period_end__lte=end_of_day(day),
        old_value__isnull=False,
        old_simulated=False,
    )
    return (found if later is None else found.filter(recorded_at__lte=end_of_day(later))).exists()


def _as_known_on(day: date, rows: IntArray, codes: Sequence[str]) -> IntArray:
    """City days as they were known: those touched by later revisions are worked out again with the old values."""
    hours = list(later_revisions(Extent.Table.AIR_HOUR, codes, day))
    days = list(later_revisions(Extent.Table.AIR_DAY, codes, day))
    if not hours and not days:
        return rows
    old = _days_of_old_hours(hours) | _old_printed_days(days)
    touched = {(int(region), on.toordinal() - _EPOCH, _BASES.index(basis)) for region, on, basis in old}
    kept = [key not in touched for key in map(tuple, rows[:, [_REGION, _DAY, _BASIS]].tolist())]
    return np.concatenate((rows[kept], _rows_of(row for row in old.values() if row is not None)))


def _worked_out(profile: ValidityProfile, codes: Sequence[str], days: Sequence[date], as_of: date | None) -> IntArray:
    """City days from the hours by a validity profile, with later revisions taken back."""
    points = air_points([Region(code=code) for code in codes])
    grid = HourGrid.read([site for sites in points.values() for site in sites], days)
    for revision in later_revisions(Extent.Table.AIR_HOUR, codes, as_of) if as_of else ():
        if revision.site_id in grid.sites and days[0] <= day_of(revision.period_end) <= days[-1]:
            _put_back(grid, revision, days[0])
    return _rows_of(row for code in codes for row in city_days_from(grid, code, points[code], days, profile))


def exceptional_days(cities: Iterable[str], first: date, last: date, as_of: date | None = None) -> dict[str, set[date]]:
    """The listed dust and exceptional days by city; as of a day, those of lists issued by then."""
    listed = ExceptionalDay.objects.filter(region__in=list(cities), day__range=(first, last))
    if as_of is not None:
        listed = listed.filter(listed_on__lte=as_of)
    found: dict[str, set[date]] = defaultdict(set)
    for region, day in listed.values_list("region_id", "day"):
        found[region].add(day)
    return found


_OldDays = dict[tuple[str, date, str], AirDay | None]


def _days_of_old_hours(revisions: Sequence[Revision]) -> _OldDays:
    by_city: dict[str, list[Revision]] = defaultdict(list)
    for revision in revisions:
        by_city[revision.region_id].append(revision)
    old: _OldDays = {}
    for city, found in by_city.items():
        wanted = sorted({day_of(revision.period_end) for revision in found})
        days = [wanted[0] + timedelta(days=n) for n in range((wanted[-1] - wanted[0]).days + 1)]
        points = air_points([Region(code=city)])[city]
        grid = HourGrid.read(points, days)
        for revision in found:
            if revision.site_id in grid.sites and revision.old_value is not None:
                _put_back(grid, revision, days[0])
        worked_out = {row.day: row for row in city_days_from(grid, city, points, days)}
        for day in wanted:
            old[city, day, AirDay.Basis.STATIONS] = worked_out.get(day)
    return old


def _put_back(grid: HourGrid, revision: Revision, first: date) -> None:
    day = day_of(revision.period_end)
    hour = (revision.period_end.astimezone(SHANGHAI) - timedelta(seconds=1)).hour
    place = HOUR_ITEMS.index(revision.item)
    value = int((revision.old_value or Decimal(0)) * HOUR_SCALE)
    grid.values[place, grid.sites[revision.site_id or 0], (day - first).days, hour] = value


def _old_printed_days(revisions: Sequence[Revision]) -> _OldDays:
    """Printed days with their old figures; the AQI follows from these."""
    old: _OldDays = {}
    by_key: dict[tuple[str, date], list[Revision]] = defaultdict(list)
    for revision in revisions:
        by_key[revision.region_id, day_of(revision.period_end)].append(revision)
    for (region, day), found in by_key.items():
        there = AirDay.objects.filter(region=region, day=day, basis=AirDay.Basis.FILE).first()
        row = there or AirDay(region_id=region, day=day, basis=AirDay.Basis.FILE, standard=aqi_standard(day))
        for revision in found:
            setattr(row, DAY_COLUMNS[revision.item], int((revision.old_value or Decimal(0)) * DAY_SCALE))
        figures = {name: np.array([_number(getattr(row, DAY_COLUMNS[name]))], dtype=np.int64) for name in PRINTED}
        aqi = aqi_by_date(figures, [day])
        row.aqi = None if aqi.aqi[0] < 0 else int(aqi.aqi[0])
        row.primary = int(aqi.primary[0])
        old[region, day, AirDay.Basis.FILE] = row
    return old


def _number(value: int | None) -> int:
    return MISSING if value is None else value


# ---- water -----------------------------------------------------------------------------------------------------------


#: The layout whose values of sections are means of a month (see ingest.readers.bureau_sheets).
MONTHLY_SHEET = "bureau_water_month"


@dataclass(frozen=True)
class SectionMonths:
    """One section's monthly means: (month, item) -> mean in the unit of the item."""

    site: Site
    months: Mapping[tuple[int, str], Fraction]
    simulated: bool


def section_months(sections: Sequence[Site], year: int, as_of: date | None = None) -> list[SectionMonths]:
    """The monthly means of sections in a year: the mean of a month's readings (环办监测函〔2020〕82号, C).

    Where a bureau's own monthly sheet gives a section's mean, that stands instead of the readings.
    """
    first = datetime(year, 1, 1, tzinfo=SHANGHAI)
    last = end_of_day(min(date(year, 12, 31), as_of or date(year, 12, 31)))
    values = WaterValue.objects.filter(site__in=sections, ts__gte=first, ts__lte=last)
    readings = {
        (site, ts, item): micro for site, ts, item, micro in values.values_list("site_id", "ts", "item", "micro")
    }
    if as_of is not None:
        for revision in later_revisions(Extent.Table.WATER_VALUE, {s.region_id for s in sections}, as_of):
            key = (revision.site_id or 0, revision.period_end, revision.item)
            if revision.old_value is not None:
                readings[key] = int(revision.old_value * WATER_SCALE)
    simulated = set(values.filter(submission__simulated=True).order_by().values_list("site_id", flat=True).distinct())
    by_month: dict[int, dict[tuple[int, str], list[int]]] = defaultdict(lambda: defaultdict(list))
    monthly = set(values.filter(submission__reader=MONTHLY_SHEET).values_list("site_id", "ts", "item"))
    of_a_sheet = {(site, ts.astimezone(SHANGHAI).month, item) for site, ts, item in monthly}
    for (site, ts, item), value in readings.items():
        month = ts.astimezone(SHANGHAI).month
        if (site, ts, item) in monthly or (site, month, item) not in of_a_sheet:
            by_month[site][month, item].append(value)
    return [
        SectionMonths(
            section,
            {key: _month_mean(key[1], found) for key, found in by_month[section.pk].items()},
            section.pk in simulated,
        )
        for section in sections
    ]


def _month_mean(item: str, micros: Sequence[int]) -> Fraction:
    """The mean of readings in millionths; whole numbers add up many times faster than fractions."""
    if item == "pH":
        return item_mean(item, [Fraction(micro, WATER_SCALE) for micro in micros])
    return Fraction(sum(micros), len(micros) * WATER_SCALE)


# ---- figures ---------------------------------------------------------------------------------------------------------


def known_figures(regions: Iterable[str], indicators: Iterable[str], as_of: date | None, today: date) -> list[Figure]:
    """Published and entered figures that were known, the newest period first.

    A figure counts from its day of publication. Where that is unknown: only once its year is over, and only when no
    `as_of` is set.
    """
    found = Figure.objects.filter(region__in=list(regions), indicator__in=list(indicators)).select_related(
        "submission", "entered_by"
    )
    stands = Q(withdrawn_at__isnull=True)
    found = found.filter(stands if as_of is None else stands | Q(withdrawn_at__gt=end_of_day(as_of)))
    if as_of is None:
        found = found.filter(Q(published_on__isnull=False) | Q(period_end__lt=date(today.year, 1, 1)))
    else:
        found = found.filter(published_on__lte=as_of, period_end__lte=as_of)
    figures = list(found.order_by("-period_end", "period_start", "published_on"))
    if as_of is not None:
        old = {
            revision.figure_id: revision.old_value for revision in later_revisions(Extent.Table.FIGURE, regions, as_of)
        }
        for figure in figures:
            figure.value = old.get(figure.pk, figure.value)
    return figures


# ---- provenance ------------------------------------------------------------------------------------------------------


def submissions_behind(regions: Iterable[str], tables: Iterable[str], first: date, last: date) -> QuerySet[Submission]:
    """The submissions that brought observations of these regions in a period, the latest first."""
    extents = Extent.objects.filter(
        region__in=list(regions),
        table__in=list(tables),
        last__gt=end_of_day(first - timedelta(days=1)),
        first__lte=end_of_day(last),
    )
    return Submission.objects.filter(pk__in=extents.order_by().values("submission")).order_by("-received_at", "-id")


def submissions_to_check() -> QuerySet[Submission]:
    """Files of which all or some waits for a person to look at it."""
    partly = Q(state=Submission.State.ACCEPTED, held_back__isnull=False) & ~Q(held_back={})
    return Submission.objects.filter(Q(state=Submission.State.HELD) | partly)


def late_sources(now: datetime) -> list[Source]:
    """The sources from which something new was due by now and has not come, or that could not be asked."""
    return [source for source in Source.objects.filter(active=True) if source.due_at() < now or source.failure]


def last_day_with_observations() -> date | None:
    """The last day on which an observation of air or water ended; what somebody published later says nothing of it."""
    watched = (Extent.Table.AIR_HOUR, Extent.Table.AIR_DAY, Extent.Table.WATER_VALUE)
    latest = Extent.objects.filter(table__in=watched).aggregate(Max("last"))["last__max"]
    return None if latest is None else day_of(latest)


def city_years_with_days() -> list[tuple[str, int, int]]:
    """The cities that have days, with the first and the last year of these."""
    found = AirDay.objects.order_by().values("region_id").annotate(first=Min("day"), last=Max("day"))
    return sorted((row["region_id"], row["first"].year, row["last"].year) for row in found)


def air_day_frame(cities: Iterable[str], first: date, last: date) -> pd.DataFrame:
    """City days as a frame for people: a row a city and day, concentrations in µg/m³ (CO mg/m³) as decimals."""
    rows = [
        _frame_row(code, days, n)
        for code, days in city_days(cities, first, last).items()
        for n in range(days.length)
        if any(values[n] >= 0 for values in days.figures.values())
    ]
    columns = ["region_code", "date", "aqi", "pm25", "pm10", "so2", "no2", "co", "o3", "primary", "valid", "simulated"]
    return pd.DataFrame(rows, columns=columns)


def _frame_row(code: str, days: CityDays, n: int) -> tuple[object, ...]:
    def value(name: str) -> Decimal | None:
        number = int(days.figures[name][n])
        return None if number < 0 else Decimal(number) / DAY_SCALE

    return (
        code,
        days.first + timedelta(days=n),
        None if days.aqi[n] < 0 else int(days.aqi[n]),
        *(value(name) for name in ("pm25", "pm10", "so2", "no2", "co", "o3_8h")),
        ";".join(primary_pollutants(max(0, int(days.primary[n])))),
        bool(days.aqi[n] >= 0),
        bool(days.simulated[n]),
    )
