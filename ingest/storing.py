"""Storing what a table holds, by its kind: rows tidied, doubtful series held back, the rest kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial, reduce, singledispatch
from typing import Any

import numpy as np

from evaluation.air import DAY_SCALE, HOUR_SCALE
from evaluation.rounding import IntArray
from evaluation.water import WATER_SCALE
from indicators.before import days_before, hours_before, range_of_hours, water_before
from indicators.catalogue import indicator_definitions, scope_of, unit_as_stored
from indicators.columns import HOUR_ITEMS, PRINTED, WATER_ITEMS, Observations, PrintedDay
from indicators.day_services import store_printed_days
from indicators.figure_services import store_figures, store_offered_values
from indicators.models import Extent, Figure, Indicator, OfferedValue, Submission
from indicators.observation_services import store_air_hours, store_comparisons, store_water_values
from indicators.services import Stored
from ingest import places, plausibility, tidy
from ingest.plausibility import Doubt, Measured
from ingest.schema.days import DAY_FIGURES, tidy_days
from ingest.schema.figures import FigureRow, FigureRules, tidy_figures
from ingest.schema.hours import tidy_hours
from ingest.schema.others import SiteRow, tidy_comparisons, tidy_sites
from ingest.schema.tidied import Row, Tidied
from ingest.schema.water import WaterRow, tidy_water
from ingest.tidy import DAY_ITEMS
from provinces.models import Region, Site
from provinces.names import normalise
from provinces.selectors import RegionIndex, region_index


class HeldError(Exception):
    """What a file holds can hardly be what its headers say: it waits for a person."""

    def __init__(self, findings: list[tidy.Finding]) -> None:
        super().__init__(findings[0].code)
        self.findings = findings


@dataclass(frozen=True)
class Outcome:
    """What reading a file came to."""

    state: Submission.State
    reader: str
    rows_read: int
    rows_set_aside: int
    findings: list[tidy.Finding]
    stored: Stored


def _both(first: Outcome, second: Outcome) -> Outcome:
    """What two sheets of one workbook came to."""
    stored = Stored(
        first.stored.stored + second.stored.stored,
        first.stored.revised + second.stored.revised,
        first.stored.behind + second.stored.behind,
        first.stored.touched | second.stored.touched,
    )
    return Outcome(
        Submission.State.ACCEPTED,
        first.reader,
        first.rows_read + second.rows_read,
        first.rows_set_aside + second.rows_set_aside,
        [*first.findings, *second.findings],
        stored,
    )


#: Item -> the places (keys of sites, codes of regions) of the series that are held back.
HeldBack = Mapping[str, Sequence[int]]
#: What becomes of rows of a kind (an Extent.Table) of a submission.
Keep = Callable[[str, Any, Submission], Stored]

_STORES: Mapping[str, Callable[[Any, Submission], Stored]] = {
    Extent.Table.AIR_HOUR: store_air_hours,
    Extent.Table.AIR_DAY: store_printed_days,
    Extent.Table.WATER_VALUE: store_water_values,
    Extent.Table.COMPARISON: store_comparisons,
}


class Context:
    """What storing the tables of a file needs besides them. `keep` is what becomes of their rows; `recorded` what was
    held back of each table when the file was looked at first, None before that."""

    def __init__(self, now: datetime, recorded: Mapping[str, HeldBack] | None = None, keep: Keep | None = None) -> None:
        self.now = now
        self.recorded = recorded
        self.keep: Keep = keep or (lambda kind, rows, submission: _STORES[kind](rows, submission))
        self.held_back: dict[str, HeldBack] = {}
        self.table = 0

    @cached_property
    def index(self) -> RegionIndex:
        """All regions by name; made when a table names a place."""
        return region_index()

    def held(self, doubts: Callable[[], Sequence[Doubt]], named: Callable[[int], str], told: Tidied[Any]) -> HeldBack:
        """The series of the table at hand that are held back: as they were recorded, or as they are doubted now."""
        found: HeldBack
        if self.recorded is not None:
            found = self.recorded.get(str(self.table), {})
        else:
            doubted = doubts()
            places: dict[str, set[int]] = defaultdict(set)
            for doubt in doubted:
                for item in doubt.items:
                    places[item].update(doubt.places)
            found = {item: sorted(chosen) for item, chosen in places.items()}
            told.findings += [_finding(doubt, named) for doubt in doubted]
        if found:
            self.held_back[str(self.table)] = found
        return found


def _finding(doubt: Doubt, named: Callable[[int], str]) -> tidy.Finding:
    """A doubt in words: how many places, and which come first."""
    first = "、".join(named(place) for place in doubt.places[:3])
    return tidy.Finding(
        doubt.code,
        column="、".join(doubt.items),
        details={**doubt.details, "count": len(doubt.places), "places": first},
    )


def _site_name(place: int) -> str:
    return str(Site.objects.get(pk=place))


def _region_name(place: int) -> str:
    return Region.objects.get(code=f"{place:06d}").short_name


def store_tables(tables: Sequence[tidy.Table], submission: Submission, context: Context) -> Outcome:
    """Store all tables of a file, within a transaction that the caller takes back when this raises: StructuralError, or
    HeldError when nothing would be left."""
    outcome = reduce(_both, (store_table(n, table, submission, context) for n, table in enumerate(tables)))
    if context.recorded is None and context.held_back and outcome.rows_read == outcome.rows_set_aside:
        raise HeldError(outcome.findings)
    return outcome


def store_table(number: int, table: tidy.Table, submission: Submission, context: Context) -> Outcome:
    """Store a table of a file; `number` counts them from 0."""
    context.table = number
    return _store(table, submission, context)


@singledispatch
def _store(table: tidy.Table, submission: Submission, context: Context) -> Outcome:
    raise TypeError(f"no way to store {table!r}")


def _outcome(reader: str, rows: Tidied[Row], stored: Stored, withheld: int = 0) -> Outcome:
    findings = rows.findings or ([] if rows.read else [tidy.Finding("no_rows")])
    if stored.behind:
        findings = [*findings, tidy.Finding("behind_higher_grade", details={"rows": stored.behind})]
    aside = rows.set_aside + stored.behind + withheld
    return Outcome(Submission.State.ACCEPTED, reader, rows.read, aside, findings, stored)


# ---- hours -----------------------------------------------------------------------------------------------------------


@_store.register
def _(table: tidy.AirHourTable, submission: Submission, context: Context) -> Outcome:
    find = places.hour_sites(table, lambda: context.index, simulated=submission.simulated)
    hours = tidy_hours(table, find, context.now)
    differs = plausibility.aqi_differs(hours.aqi) if context.recorded is None else None
    if differs:
        raise HeldError([differs])
    held = context.held(lambda: _doubts_of_hours(hours.rows), _site_name, hours.told)
    rows = hours.rows.without(held, HOUR_ITEMS)
    stored = context.keep(Extent.Table.AIR_HOUR, rows, submission)
    return _outcome(table.reader, hours.told, stored, len(hours.rows) - len(rows))


def _doubts_of_hours(rows: Observations) -> list[Doubt]:
    if not len(rows):
        return []
    days = (rows.ts + 8 * 3600) // 86400  # of Shanghai
    given = Measured(HOUR_ITEMS, rows.site, rows.values, days)
    return plausibility.doubts(given, Measured(HOUR_ITEMS, *hours_before(rows)))


# ---- days ------------------------------------------------------------------------------------------------------------

#: Printed days are rounded to the unit, carbon monoxide to a tenth of it; in thousandths.
_ROUNDING = {item: HOUR_SCALE // 10 if item == "CO" else HOUR_SCALE for item in DAY_ITEMS}


@_store.register
def _(table: tidy.AirDayTable, submission: Submission, context: Context) -> Outcome:
    rows = tidy_days(table, places.city_code(context.index), context.now)
    order = [DAY_FIGURES.index(name) for name in PRINTED]
    days = [(row.region, row.day, tuple(row.values[place] for place in order)) for row in rows.rows]
    held = context.held(lambda: _doubts_of_days(days), _region_name, rows)
    kept = _days_without(days, held)
    stored = context.keep(Extent.Table.AIR_DAY, kept, submission)
    return _outcome(table.reader, rows, stored, len(days) - len(kept))


def _doubts_of_days(days: Sequence[PrintedDay]) -> list[Doubt]:
    if not days:
        return []
    months = np.array([day.year * 12 + day.month for _region, day, _values in days], dtype=np.int64)
    given = Measured(DAY_ITEMS, *_thousandths(days), months)
    first = min(day for _region, day, _values in days)
    before = days_before({region for region, _day, _values in days}, first)
    found = plausibility.doubts(given, Measured(DAY_ITEMS, *_thousandths(before)))
    low, high = range_of_hours([(region, day) for region, day, _values in days])
    return [*found, *plausibility.outside_the_hours(given, low, high, _ROUNDING)]


def _thousandths(days: Sequence[PrintedDay]) -> tuple[IntArray, IntArray]:
    """Region and values of printed days."""
    values = np.array(
        [[-1 if value is None else value for value in values] for _region, _day, values in days], dtype=np.int64
    ).reshape(len(days), len(PRINTED))
    shrunk = np.where(values < 0, -1, values // (DAY_SCALE // HOUR_SCALE))
    return np.array([int(region) for region, _day, _values in days], dtype=np.int64), shrunk


def _days_without(days: Sequence[PrintedDay], held: HeldBack) -> list[PrintedDay]:
    """The days without the series that are held back; a day of which nothing is left is left out."""
    if not held:
        return list(days)
    gone = [set(held.get(item, ())) for item in DAY_ITEMS]
    kept = (
        (region, day, tuple(None if int(region) in out else value for out, value in zip(gone, values, strict=True)))
        for region, day, values in days
    )
    return [row for row in kept if any(value is not None for value in row[2])]


# ---- water -----------------------------------------------------------------------------------------------------------

#: What rises and falls a hundredfold by itself: mud after rain, algae in bloom.
_UNSTEADY = frozenset({"TURB", "CHLA", "ALGAE"})
_STEADY = tuple(item for item in WATER_ITEMS if item not in _UNSTEADY)


@_store.register
def _(table: tidy.WaterTable, submission: Submission, context: Context) -> Outcome:
    find = places.water_sections(context.index, simulated=submission.simulated)
    rows = tidy_water(table, find, context.now)
    values = _water_columns(rows.rows)
    held = context.held(lambda: _doubts_of_water(values), _site_name, rows)
    kept = values.without(held, WATER_ITEMS)
    stored = context.keep(Extent.Table.WATER_VALUE, kept, submission)
    return _outcome(table.reader, rows, stored, values.readings() - kept.readings())


def _water_columns(rows: list[WaterRow]) -> Observations:
    flat = [
        (int(row.ts.timestamp()), row.site, WATER_ITEMS.index(item), micro)
        for row in rows
        for item, micro in row.values
    ]
    found = np.array(flat, dtype=np.int64).reshape(len(flat), 4)
    return Observations(found[:, 0], found[:, 1], found[:, 2], found[:, 3:])


def _doubts_of_water(rows: Observations) -> list[Doubt]:
    if not len(rows):
        return []
    return plausibility.doubts(_measured(rows), _measured(water_before(rows)))


def _measured(rows: Observations) -> Measured:
    """Rows of one item each as a matrix of the steady items."""
    place = np.array([_STEADY.index(item) if item in _STEADY else -1 for item in WATER_ITEMS])[rows.part]
    values = np.full((len(rows), len(_STEADY)), -1, dtype=np.int64)
    chosen = np.flatnonzero(place >= 0)
    values[chosen, place[chosen]] = rows.values[chosen, 0] // (WATER_SCALE // HOUR_SCALE)
    return Measured(_STEADY, rows.site, values, rows.ts // (30 * 86400))


# ---- the rest --------------------------------------------------------------------------------------------------------


@_store.register
def _(table: tidy.ComparisonTable, submission: Submission, context: Context) -> Outcome:
    find = (places.english_city_code if table.city_by == "english" else places.city_code)(context.index)
    rows = tidy_comparisons(table, find, context.now)
    cities = {city.code: city for city in Region.objects.filter(code__in={row.region for row in rows.rows})}
    sites = {code: places.comparison_site(city, table.series_zh).pk for code, city in cities.items()}
    flat = [(int(row.ts.timestamp()), sites[row.region], table.hours, row.pm25) for row in rows.rows]
    found = np.array(flat, dtype=np.int64).reshape(len(flat), 4)
    values = Observations(found[:, 0], found[:, 1], found[:, 2], found[:, 3:])
    return _outcome(table.reader, rows, context.keep(Extent.Table.COMPARISON, values, submission))


@_store.register
def _(table: tidy.FigureTable, submission: Submission, context: Context) -> Outcome:
    definitions = indicator_definitions()
    rules = FigureRules(
        region_named=partial(places.region_named, context.index),
        regions=frozenset(Region.objects.values_list("code", flat=True)),
        units=dict(Indicator.objects.values_list("code", "unit")),
        scope_of=lambda words, indicator: scope_of(words, definitions[indicator].domain),
        unit_as_stored=unit_as_stored,
    )
    rows = tidy_figures(table, rules)
    figures = [_figure(row) for row in rows.rows if not row.comparator]
    stored = store_figures(figures, submission)
    stored.stored += store_offered_values([_offer(row) for row in rows.rows if row.comparator], submission)
    return _outcome(table.reader, rows, stored)


def _figure(row: FigureRow) -> Figure:
    return Figure(
        region_id=row.region,
        indicator_id=row.indicator,
        scope=row.scope,
        scope_zh=row.scope_zh,
        period_start=row.period_start,
        period_end=row.period_end,
        value=row.value,
        unit=row.unit,
        yoy=row.yoy,
        yoy_unit=row.yoy_unit,
        issuer=row.issuer,
        published_on=row.published_on,
        note=row.note,
        row=row.row,
    )


def _offer(row: FigureRow) -> OfferedValue:
    return OfferedValue(
        region_id=row.region,
        indicator_id=row.indicator,
        year=row.period_end.year,
        scope=row.scope,
        scope_zh=row.scope_zh,
        comparator=row.comparator,
        value=row.value,
        unit=row.unit,
        document=row.issuer,
        published_on=row.published_on,
        derived=row.derived,
        note=row.note,
        row=row.row,
    )


@_store.register
def _(table: tidy.SiteTable, submission: Submission, context: Context) -> Outcome:
    rows = tidy_sites(table, places.city_code(context.index))
    stored = Stored(touched={row.region for row in rows.rows})
    there = {site.code: site for site in Site.objects.filter(kind=Site.Kind.AIR_STATION).exclude(code="")}
    uncoded = Site.objects.filter(kind=Site.Kind.AIR_STATION, code="")
    named = {(site.region_id, site.normalised_name): site for site in uncoded}
    new: list[Site] = []
    for row in rows.rows:
        # A station that a file named before the register came keeps its hours: it gets its code now.
        known = there.get(row.code) or named.get((row.region, normalise(row.name)))
        site = known or Site(kind=Site.Kind.AIR_STATION, simulated=submission.simulated)
        if _follow_register(site, row):
            stored.stored += 1
            if known:
                site.save()
            else:
                new.append(site)
    Site.objects.bulk_create(new, batch_size=500)
    return _outcome(table.reader, rows, stored)


def _follow_register(site: Site, row: SiteRow) -> bool:
    """Bring a station to what the register says; False when it says nothing new."""
    role = Site.Role.REFERENCE if row.is_reference else Site.Role.CITY_POINT
    fields = {
        "code": row.code,
        "name": row.name,
        "region_id": row.region,
        "role": role,
        "longitude": row.longitude,
        "latitude": row.latitude,
    }
    if site.pk and all(getattr(site, name) == value for name, value in fields.items()):
        return False
    for name, value in fields.items():
        setattr(site, name, value)
    site.normalised_name = normalise(row.name)
    return True
