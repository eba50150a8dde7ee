"""City days, as they are known now or as they were known on an earlier day (see `revised`). Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluation.air import DAY_SCALE, HOUR_SCALE, MISSING, aqi_by_date
from evaluation.calendar import SHANGHAI, day_of
from evaluation.rounding import IntArray
from evaluation.standards import aqi_standard
from evaluation.validity import CN, ValidityProfile
from indicators.bulk import EPOCH
from indicators.city_days import HourGrid, city_days_from
from indicators.columns import DAY_COLUMNS, HOUR_ITEMS, PRINTED
from indicators.models import AirDay, ExceptionalDay, Extent, Revision
from indicators.revised import later_revisions
from indicators.stored_days import (
    AQI,
    BASES,
    BASIS,
    DAY,
    FIGURES,
    NOTHING,
    POSSIBLE,
    PRIMARY,
    SIMULATED,
    VALID,
    StoredYear,
    best_last,
    between,
    number,
    rows_of,
    stored_days,
    stored_years,
)
from memory.tables import remembered_each
from provinces.models import Region
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
    #: What was worked out from these days by a name, for who asks again. Past years are shared between pages.
    worked_out: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

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
        here = frozenset(day for day in days if 0 <= (day - self.first).days < self.length)
        if not here:
            return self
        key = (here, tuple(names))
        if key not in self.worked_out:
            self.worked_out[key] = self._without(here, names)
        found: CityDays = self.worked_out[key]
        return found

    def _without(self, days: Collection[date], names: Collection[str]) -> CityDays:
        marked = np.zeros(self.length, dtype=np.bool_)
        marked[[(day - self.first).days for day in days]] = True
        marked &= np.any([self.figures[name] >= 0 for name in names], axis=0)
        figures = {
            name: np.where(marked, MISSING, values) if name in names else values
            for name, values in self.figures.items()
        }
        return replace(self, figures=figures, excluded=marked)


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
    found = stored_days(codes, first, until) if codes and length else dict.fromkeys(codes, NOTHING)
    if as_of is not None:
        found |= _as_known_on(until, found)
    if profile is not CN and length:
        found = _by_profile(profile, found, [first + timedelta(days=n) for n in range(length)], as_of)
    return {code: _arrays(found[code], first, length) for code in codes}


def city_years(
    cities: Iterable[str], years: range, as_of: date | None = None, profile: ValidityProfile = CN
) -> dict[str, dict[int, CityDays]]:
    """`city_days` of consecutive years, by region code and year; the year of `as_of` as far as that day.

    Years that were over, of which nothing was revised since, are shared: nobody may change them.
    """
    codes = sorted(set(cities))
    revised: Collection[str] = codes
    if profile is CN:
        tables = (Extent.Table.AIR_HOUR, Extent.Table.AIR_DAY)
        revised = () if as_of is None else {one.region_id for one in later_revisions(tables, codes, as_of)}
    found: dict[str, dict[int, CityDays]] = {code: {} for code in codes}
    stored = stored_years([code for code in codes if code not in revised], years)
    for (code, year), rows in stored.items():
        found[code][year] = _stored_year(rows, year, as_of)
    if revised:  # by other profiles a day takes hours of the one before, in another year, too
        span = (date(years[0], 1, 1), date(years[-1], 12, 31))
        for code, days in city_days(revised, *span, as_of, profile).items():
            found[code] = {year: days.year(year) for year in years}
    return found


def _stored_year(stored: StoredYear, year: int, as_of: date | None) -> CityDays:
    first, last = date(year, 1, 1), date(year, 12, 31)
    if as_of is not None and as_of < last:
        until = max(as_of, first - timedelta(days=1))
        return _arrays(between(stored.rows, first, until), first, (until - first).days + 1)
    if stored.made is None:
        stored.made = _arrays(stored.rows, first, (last - first).days + 1)
    made: CityDays = stored.made
    return made


def _arrays(rows: IntArray, first: date, length: int) -> CityDays:
    places = rows[:, DAY] + EPOCH - first.toordinal()

    def column(number: int) -> IntArray:
        array = np.full(length, MISSING, dtype=np.int64)
        array[places] = rows[:, number]
        return array

    return CityDays(
        first,
        {name: column(FIGURES + n) for n, name in enumerate(DAY_COLUMNS)},
        column(AQI),
        column(PRIMARY),
        column(VALID),
        column(POSSIBLE),
        column(SIMULATED) == 1,
        np.zeros(length, dtype=np.bool_),
    )


# ---- revisions taken back --------------------------------------------------------------------------------------------


def _as_known_on(day: date, found: Mapping[str, IntArray]) -> dict[str, IntArray]:
    """The rows of those cities of which later revisions tell, as they were known: the days that were revised are worked
    out again with the old values."""
    later = later_revisions((Extent.Table.AIR_HOUR, Extent.Table.AIR_DAY), found, day)
    old = _days_of_old_hours([one for one in later if one.table == Extent.Table.AIR_HOUR])
    old |= _old_printed_days([one for one in later if one.table == Extent.Table.AIR_DAY])
    return {code: _with_old_days(found[code], old, code) for code in {region for region, _day, _basis in old}}


def _with_old_days(rows: IntArray, old: _OldDays, code: str) -> IntArray:
    days = {
        (on.toordinal() - EPOCH, BASES.index(basis)): day for (region, on, basis), day in old.items() if region == code
    }
    kept = np.array([key not in days for key in map(tuple, rows[:, [DAY, BASIS]].tolist())], dtype=np.bool_)
    return best_last(np.concatenate((rows[kept], rows_of(day for day in days.values() if day is not None))))


def _by_profile(
    profile: ValidityProfile, found: Mapping[str, IntArray], days: Sequence[date], as_of: date | None
) -> dict[str, IntArray]:
    """The rows with city days worked out from the hours by a validity profile, with later revisions taken back."""
    points = air_points([Region(code=code) for code in found])
    grid = HourGrid.read([site for sites in points.values() for site in sites], days)
    for revision in later_revisions([Extent.Table.AIR_HOUR], found, as_of) if as_of else ():
        if revision.site_id in grid.sites and days[0] <= day_of(revision.period_end) <= days[-1]:
            _put_back(grid, revision, days[0])
    stations = BASES.index(AirDay.Basis.STATIONS)
    return {
        code: best_last(
            np.concatenate(
                (rows[rows[:, BASIS] != stations], rows_of(city_days_from(grid, code, points[code], days, profile)))
            )
        )
        for code, rows in found.items()
    }


@remembered_each(ExceptionalDay, most=2000)
def exceptional_days(cities: Sequence[str]) -> Mapping[str, Mapping[date, date]]:
    """The listed dust and exceptional days by city, each with the day on which its list was issued."""
    listed = ExceptionalDay.objects.filter(region__in=cities).order_by("listed_on")
    found: dict[str, dict[date, date]] = {city: {} for city in cities}
    for region, day, listed_on in listed.values_list("region_id", "day", "listed_on"):
        found[region].setdefault(day, listed_on)
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
        figures = {name: np.array([number(getattr(row, DAY_COLUMNS[name]))], dtype=np.int64) for name in PRINTED}
        aqi = aqi_by_date(figures, [day])
        row.aqi = None if aqi.aqi[0] < 0 else int(aqi.aqi[0])
        row.primary = int(aqi.primary[0])
        old[region, day, AirDay.Basis.FILE] = row
    return old
