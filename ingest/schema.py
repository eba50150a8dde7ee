"""From raw rows to tidy rows and findings. Pure: places are resolved and the clock is read by the caller.

What every function here keeps to: a cell that cannot stand is set aside with its original text and the rest of its row
is kept; a row without place or time is set aside as a whole; a row that is there twice is kept once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from evaluation.air import DAY_SCALE, HOUR_SCALE
from evaluation.calendar import SHANGHAI, day_of, month_end
from evaluation.rounding import IntArray
from evaluation.standards import PILOT_FROM
from evaluation.water import WATER_SCALE
from indicators.catalogue import UNMAPPED_SCOPE
from indicators.columns import Observations
from ingest.cells import MISSING, PLAUSIBLE_AIR, PLAUSIBLE_WATER, cell_reader, problem
from ingest.tidy import (
    DAY_ITEMS,
    HOUR_ITEMS,
    AirDayTable,
    AirHourTable,
    ComparisonTable,
    FigureTable,
    Finding,
    HourBlock,
    RawDay,
    RawFigure,
    RawSite,
    RawWater,
    SiteTable,
    WaterTable,
)

#: So many hours of a file are looked at with the AQI that it gives, and so many of one hour.
MOST_AQI_LOOKED_AT, _AQI_AN_HOUR = 48, 16
#: So many findings of a file are kept one by one; a file with more is not worth reading line by line.
MOST_FINDINGS = 5000

Row = TypeVar("Row")
Key = TypeVar("Key")
BoolArray = npt.NDArray[np.bool_]
#: A name or code -> the key of the place, or the code of a finding.
Resolve = Callable[[str], int | str]


@dataclass
class Tidied(Generic[Row]):
    """Tidy rows with what was found on the way. `read` counts the rows that held anything."""

    rows: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    read: int = 0
    set_aside: int = 0
    more_findings: int = 0

    def find(self, finding: Finding) -> None:
        """Keep a finding, or count it once there are too many."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)
        else:
            self.more_findings += 1

    def drop(self) -> None:
        """A row that is not stored; its finding is told elsewhere."""
        self.read += 1
        self.set_aside += 1

    def set_row_aside(self, finding: Finding) -> None:
        """A row that is not stored, and why."""
        self.drop()
        self.find(finding)

    def close(self) -> Tidied[Row]:
        """Say how many findings were not kept one by one."""
        if self.more_findings:
            self.findings.append(Finding("more_findings", details={"count": self.more_findings}))
            self.more_findings = 0
        return self


class Places:
    """Resolves each name once and gathers what was not found into one finding a name, with its number of rows."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._known: dict[str, int | str] = {}
        self._lost: dict[str, tuple[str, int, int]] = {}
        self._last: tuple[Sequence[str], IntArray] | None = None

    def of(self, names: Sequence[str], lines: IntArray, *, filled: BoolArray) -> IntArray:
        """The keys of the places, -1 for one that was not found; where its row is `filled`, that is noted."""
        if self._last is None or self._last[0] is not names:
            self._last = names, np.array([self._key(name) for name in names], dtype=np.int64)
        keys = self._last[1]
        for row in np.flatnonzero((keys < 0) & filled).tolist():
            name = names[row]
            code, first, rows = self._lost.get(name, (str(self._known[name]), int(lines[row]), 0))
            self._lost[name] = (code, first, rows + 1)
        return keys

    def _key(self, name: str) -> int:
        place = self._known.get(name)
        if place is None:
            place = self._known[name] = self._resolve(name)
        return place if isinstance(place, int) else -1

    def findings(self, column: str = "") -> Iterator[Finding]:
        """One finding for each name that was not found; the name is the column where `column` names none."""
        for name, (code, row, rows) in self._lost.items():
            yield Finding(code, row, column or name, name, {"rows": rows})


@dataclass
class TidiedHours:
    """The hours of a file as columns (see Observations), with what was found on the way."""

    rows: Observations
    told: Tidied[None]
    aqi: list[GivenAqi]


class GivenAqi(NamedTuple):
    """An hour with all six pollutants (thousandths, in the order of HOUR_ITEMS) and the AQI that the file gives it."""

    ts: datetime
    values: tuple[int, ...]
    aqi: int


def tidy_hours(table: AirHourTable, resolve: Resolve, now: datetime) -> TidiedHours:
    """Hours of sites in thousandths, in the order of HOUR_ITEMS. `resolve` knows the codes or names of the table."""
    told: Tidied[None] = Tidied()
    blocks: Iterable[HourBlock | Finding] = table.rows
    if table.site_by == "name":
        blocks = list(table.rows)
        resolve = _doubted(resolve, _names_on_twice(blocks))
    hours = _Hours(table, Places(resolve), now, told)
    for block in blocks:
        if isinstance(block, Finding):
            told.set_row_aside(block)
        else:
            hours.add(block)
    for finding in hours.places.findings(column="WatchPoint" if table.columns else ""):
        told.find(finding)
    rows = hours.once()
    told.close()
    return TidiedHours(rows, told, hours.aqi)


#: Before it there is no standard to judge the air by.
_FIRST_DAY: dict[str, str | int] = {"first": str(PILOT_FROM)}


def _untimely(end: datetime | None, now: datetime) -> str:
    """The code of what is wrong with the end of a period; empty when nothing is."""
    if end is None:
        return "bad_time"
    if end > now:
        return "future_time"
    return "too_early" if day_of(end) < PILOT_FROM else ""


class _Hours:
    """Gathers the blocks of a table: what is stored of each, and where each row stood."""

    def __init__(self, table: AirHourTable, places: Places, now: datetime, told: Tidied[None]) -> None:
        self.places = places
        self._columns = table.columns
        self._readers = [cell_reader(HOUR_SCALE, PLAUSIBLE_AIR[item], table.missing) for item in HOUR_ITEMS]
        self._now = now
        self._told = told
        self._ts: list[IntArray] = []
        self._site: list[IntArray] = []
        self._line: list[IntArray] = []
        self._values: list[IntArray] = []
        self._texts: dict[int, str] = {}
        self.aqi: list[GivenAqi] = []

    def add(self, block: HourBlock) -> None:
        """Read the cells of an hour; sites without any text stand for nothing."""
        cells = np.empty((len(HOUR_ITEMS), len(block.sites)), dtype=np.int64)
        for item, (reader, texts) in enumerate(zip(self._readers, block.cells, strict=True)):
            cells[item] = np.fromiter(map(reader.__getitem__, texts), dtype=np.int64, count=len(texts))
        filled = (cells != MISSING).any(axis=0)
        rows = np.flatnonzero(filled)
        lines = np.broadcast_to(block.lines, cells.shape)
        untimely = _untimely(block.ts, self._now)
        if block.ts is None or untimely:
            for row in rows.tolist():
                self._told.set_row_aside(Finding(untimely, int(lines[0, row]), "", block.ts_text, _FIRST_DAY))
            return
        sites = self.places.of(block.sites, lines[0], filled=filled)
        if (cells < MISSING).any():
            self._tell(block, np.where(sites < 0, MISSING, cells), lines)
        site = sites[rows]
        values = np.maximum(cells[:, rows], MISSING)
        kept = (site >= 0) & (values >= 0).any(axis=0)
        dropped = int(len(rows) - kept.sum())
        self._told.read += dropped
        self._told.set_aside += dropped
        self._texts[int(block.ts.timestamp())] = block.ts_text
        self._ts.append(np.full(int(kept.sum()), int(block.ts.timestamp()), dtype=np.int64))
        self._site.append(site[kept])
        self._line.append(lines[0, rows][kept])
        self._values.append(values[:, kept].T)
        if block.aqi and len(self.aqi) < MOST_AQI_LOOKED_AT:
            whole = [
                row for row in np.flatnonzero((cells >= 0).all(axis=0))[:_AQI_AN_HOUR] if block.aqi[row].isdecimal()
            ]
            self.aqi += [GivenAqi(block.ts, tuple(cells[:, row].tolist()), int(block.aqi[row][:4])) for row in whole]

    def _tell(self, block: HourBlock, cells: IntArray, lines: IntArray) -> None:
        for row, item in np.argwhere((cells < MISSING).T).tolist():
            column = self._columns[item] if self._columns else block.sites[row]
            details: dict[str, str | int] = {"item": HOUR_ITEMS[item]}
            code = problem(int(cells[item, row])) or ""
            self._told.find(Finding(code, int(lines[item, row]), column, block.cells[item][row].strip(), details))

    def once(self) -> Observations:
        """All rows; of a site's hour that is there twice, the first."""
        if not self._ts:
            none = np.zeros(0, dtype=np.int64)
            return Observations(none, none, none, none.reshape(0, len(HOUR_ITEMS)))
        ts, site, line = (np.concatenate(parts) for parts in (self._ts, self._site, self._line))
        values = np.concatenate(self._values)
        self._told.read += len(ts)
        _known, first, same = np.unique(ts << 32 | site, return_index=True, return_inverse=True)
        if len(first) < len(ts):
            for row in np.flatnonzero(first[same] != np.arange(len(ts))).tolist():
                alike = bool((values[row] == values[first[same[row]]]).all())
                self._told.set_aside += 1
                code = "repeated_row" if alike else "repeated_row_differs"
                self._told.find(Finding(code, int(line[row]), original=self._texts[int(ts[row])]))
            keep = np.sort(first)
            ts, site, values = ts[keep], site[keep], values[keep]
        return Observations(ts, site, np.zeros(len(ts), dtype=np.int64), values)


def _names_on_twice(blocks: Iterable[HourBlock | Finding]) -> set[str]:
    """Names that the national list has more than once in an hour: they name no one station."""
    counted = Counter((site, block.ts) for block in blocks if isinstance(block, HourBlock) for site in block.sites)
    return {site for (site, _ts), times in counted.items() if times > 1}


def _doubted(resolve: Resolve, ambiguous: set[str]) -> Resolve:
    return lambda name: "ambiguous_site" if name in ambiguous else resolve(name)


def _add_once(result: Tidied[Row], seen: dict[Key, int], key: Key, row: Row, number: int, original: str) -> None:
    """Store a row unless its place and time were there before: the first one stays."""
    result.read += 1
    first = seen.get(key)
    if first is None:
        seen[key] = len(result.rows)
        result.rows.append(row)
        return
    code = "repeated_row" if result.rows[first] == row else "repeated_row_differs"
    result.set_aside += 1
    result.find(Finding(code, number, original=original))


#: The figures of DAY_ITEMS by their names in `evaluation.air`.
DAY_FIGURES = ("pm25", "pm10", "so2", "no2", "co", "o3_8h")


class DayRow(NamedTuple):
    """A city's printed day in 10^-9 units, in the order of DAY_FIGURES."""

    region: str
    day: date
    values: tuple[int | None, ...]


def tidy_days(table: AirDayTable, city_code: Callable[[str], str | None], now: datetime) -> Tidied[DayRow]:
    """Days of cities. `city_code` knows the names of cities; None for one it does not know."""
    result: Tidied[DayRow] = Tidied()
    readers = [
        cell_reader(DAY_SCALE, PLAUSIBLE_AIR[item], frozenset({"", "NaN", "-"}), zero_is_missing=True)
        for item in DAY_ITEMS
    ]
    strange: set[str] = set()
    seen: dict[tuple[str, date], int] = {}
    ozone_row = 0
    for raw in table.rows:
        if isinstance(raw, Finding):
            result.set_row_aside(raw)
            continue
        day, region = _iso_day(raw.day_text), city_code(raw.city)
        if day is None or day > now.date():
            result.set_row_aside(Finding("bad_time" if day is None else "future_time", raw.row, original=raw.day_text))
        elif day < PILOT_FROM:
            result.set_row_aside(Finding("too_early", raw.row, original=raw.day_text, details=_FIRST_DAY))
        elif region is None:
            if raw.city not in strange:
                result.find(Finding("unknown_city", raw.row, original=raw.city))
            strange.add(raw.city)
            result.drop()
        else:
            cells = [reader[text] for reader, text in zip(readers, raw.cells, strict=True)]
            if not table.o3_is_max_8h:
                ozone_row = ozone_row or (raw.row if cells[-1] != MISSING else 0)
                cells[-1] = MISSING
            _add_day(result, seen, raw, DayRow(region, day, _numbers(raw, cells, table.columns, result)), cells)
    if ozone_row:
        result.find(Finding("statistic_not_stated", ozone_row, "O3"))
    return result.close()


def _numbers(
    raw: RawDay | RawWater, cells: Sequence[int], columns: tuple[str, ...], result: Tidied[Row]
) -> tuple[int | None, ...]:
    """The numbers of a row that stands in one line; a cell that is none becomes a finding and stays empty."""
    for column, text, cell in zip(columns, raw.cells, cells, strict=True):
        code = problem(cell)
        if code:
            result.find(Finding(code, raw.row, column, text))
    return tuple(None if cell < 0 else cell for cell in cells)


def _add_day(
    result: Tidied[DayRow],
    seen: dict[tuple[str, date], int],
    raw: RawDay,
    row: DayRow,
    cells: Sequence[int],
) -> None:
    if any(value is not None for value in row.values):
        _add_once(result, seen, (row.region, row.day), row, raw.row, raw.day_text)
    elif any(cell < MISSING for cell in cells):
        result.drop()


def _iso_day(text: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class WaterPlace(NamedTuple):
    """How a file names a section."""

    province: str
    city: str
    section: str
    basin: str
    river: str


class WaterRow(NamedTuple):
    """A reading of a section in millionths, by item."""

    ts: datetime
    site: int
    values: tuple[tuple[str, int], ...]


def tidy_water(table: WaterTable, resolve: Callable[[WaterPlace], int | str], now: datetime) -> Tidied[WaterRow]:
    """Readings of sections. Only stations in normal service count: others repeat old values or are being cleaned."""
    result: Tidied[WaterRow] = Tidied()
    missing = frozenset({"", "*", "--", "—", "null"})
    readers = [cell_reader(WATER_SCALE, PLAUSIBLE_WATER[item], missing, below_limit=True) for item in table.items]
    resolve = cache(resolve)
    seen: dict[tuple[datetime, int], int] = {}
    for raw in table.rows:
        if isinstance(raw, Finding):
            result.set_row_aside(raw)
            continue
        cells = [reader[text] for reader, text in zip(readers, raw.cells, strict=True)]
        if all(cell == MISSING for cell in cells):
            continue
        where = _when_and_where(raw, table, resolve, now)
        if isinstance(where, Finding):
            result.set_row_aside(where)
            continue
        numbers = _numbers(raw, cells, table.columns, result)
        values = tuple((item, value) for item, value in zip(table.items, numbers, strict=True) if value is not None)
        if values:
            _add_once(result, seen, where, WaterRow(*where, values), raw.row, raw.time_text)
        else:
            result.drop()
    return result.close()


def _when_and_where(
    raw: RawWater, table: WaterTable, resolve: Callable[[WaterPlace], int | str], now: datetime
) -> tuple[datetime, int] | Finding:
    if raw.status != "正常":
        return Finding("not_in_service", raw.row, "站点情况", raw.status)
    ts = _water_time(raw, table, now)
    if isinstance(ts, str):
        return Finding(ts, raw.row, "监测时间", raw.time_text)
    site = resolve(WaterPlace(raw.province, raw.city, raw.section, raw.basin, raw.river))
    if isinstance(site, str):
        return Finding(site, raw.row, "断面名称", raw.section)
    return ts, site


def _water_time(raw: RawWater, table: WaterTable, now: datetime) -> datetime | str:
    """The moment of a reading; without a year, in the latest one that does not lie after the table's reference day."""
    whole = re.fullmatch(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}", raw.time_text)
    if whole:
        ts = _iso_moment(raw.time_text)
        return "bad_time" if ts is None else "future_time" if ts > now else ts
    parts = re.fullmatch(r"(\d{2})-(\d{2}) (\d{2}):(\d{2})", raw.time_text)
    if parts is None or table.reference is None:
        return "bad_time"
    month, day, hour, minute = (int(part) for part in parts.groups())
    latest = datetime(table.reference.year, table.reference.month, table.reference.day, tzinfo=SHANGHAI)
    for year in range(table.reference.year, table.reference.year - 5, -1):
        try:
            ts = datetime(year, month, day, tzinfo=SHANGHAI) + timedelta(hours=hour, minutes=minute)
        except ValueError:
            continue
        if hour > 24 or minute > 59:
            return "bad_time"
        if ts > now:
            return "future_time"
        if table.month is not None:
            return ts if (year, month) == table.month else "time_outside_month"
        if ts <= latest + timedelta(days=1):
            return ts
    return "bad_time"


def _iso_moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    except ValueError:
        return None


@dataclass(frozen=True)
class FigureRow:
    """A published figure, or a published target (`comparator` is set then)."""

    row: int
    region: str
    indicator: str
    scope: str
    scope_zh: str
    period_start: date
    period_end: date
    value: Decimal | None
    unit: str
    yoy: str
    yoy_unit: str
    issuer: str
    published_on: date | None
    note: str
    comparator: str = ""
    derived: bool = False


@dataclass(frozen=True)
class FigureRules:
    """What the schema must know of the catalogue to read figures."""

    regions: frozenset[str]
    region_named: Callable[[str, str], str | None]  # name, the region it lies in -> code
    units: dict[str, str]  # indicator -> its unit
    scope_of: Callable[[str, str], str | None]  # words, indicator -> code
    unit_as_stored: Callable[[str], str]


def tidy_figures(table: FigureTable, rules: FigureRules) -> Tidied[FigureRow]:
    """Published figures and targets."""
    result: Tidied[FigureRow] = Tidied()
    strange: set[str] = set()
    seen: dict[tuple[object, ...], int] = {}
    for raw in table.rows:
        if isinstance(raw, Finding):
            result.set_row_aside(raw)
            continue
        row = _figure(raw, rules)
        if isinstance(row, Finding):
            result.set_row_aside(row)
            continue
        if row.scope == UNMAPPED_SCOPE and row.scope_zh not in strange:
            strange.add(row.scope_zh)
            result.find(Finding("unknown_scope", raw.row, "scope", row.scope_zh))
        key = (row.region, row.indicator, row.scope_zh, row.period_start, row.period_end, row.issuer, row.comparator)
        _add_once(result, seen, key, row, raw.row, row.issuer)
    return result.close()


#: A figure as printed, or none. ASCII: other scripts' digits are a slip of the input method, and are told as one.
_NUMBER = re.compile(r"([+-]?\d+(\.\d+)?)?", re.ASCII)


def _figure(raw: RawFigure, rules: FigureRules) -> FigureRow | Finding:
    cell = raw.fields
    region = cell["region_code"] or rules.region_named(cell["region"], cell.get("within", "")) or ""
    indicator = cell["indicator"]
    unit = rules.unit_as_stored(cell["unit"])
    problem = (
        _wrong("unknown_region", raw, "region_code" if cell["region_code"] else "region", region not in rules.regions)
        or _wrong("unknown_indicator", raw, "indicator", indicator not in rules.units)
        or _wrong("unit_differs", raw, "unit", bool(cell["value"]) and unit != rules.units.get(indicator, unit))
        or _wrong("not_a_number", raw, "value", not _NUMBER.fullmatch(cell["value"]))
        or _wrong("not_a_number", raw, "yoy", not _NUMBER.fullmatch(cell["yoy"]))
        or _wrong("empty_figure", raw, "value", not cell["value"] and not cell["yoy"])
        or _wrong("unknown_kind", raw, "kind", cell["kind"] not in ("observed", "target", "target_derived"))
        or _wrong(
            "unknown_comparator",
            raw,
            "operator",
            (cell["kind"] != "observed") != (cell["operator"] in ("<", "<=", "=", ">=", ">")),
        )
        or _wrong("issuer_missing", raw, "issuer", not cell["issuer"])
    )
    if problem:
        return problem
    start, end = _month(cell["period_start"]), _month(cell["period_end"])
    if start is None or end is None or end < start:
        return Finding("bad_period", raw.row, "period_start", f"{cell['period_start']}..{cell['period_end']}")
    published = _iso_day(cell["published_on"])
    if cell["published_on"] and published is None:
        return Finding("bad_time", raw.row, "published_on", cell["published_on"])
    scope = rules.scope_of(cell["scope"], indicator)
    return FigureRow(
        row=raw.row,
        region=region,
        indicator=indicator,
        scope=UNMAPPED_SCOPE if scope is None else scope,
        scope_zh=cell["scope"],
        period_start=start,
        period_end=month_end(end),
        value=Decimal(cell["value"]) if cell["value"] else None,
        unit=unit,
        yoy=cell["yoy"],
        yoy_unit=cell["yoy_unit"],
        issuer=cell["issuer"],
        published_on=published,
        note=cell["note"],
        comparator=cell["operator"],
        derived=cell["kind"] == "target_derived",
    )


def _wrong(code: str, raw: RawFigure, column: str, is_wrong: bool) -> Finding | None:
    return Finding(code, raw.row, column, raw.fields[column]) if is_wrong else None


def _month(text: str) -> date | None:
    parts = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text)
    return date(int(parts[1]), int(parts[2]), 1) if parts else None


@dataclass(frozen=True)
class SiteRow:
    """A station of a register."""

    code: str
    name: str
    region: str
    longitude: Decimal | None
    latitude: Decimal | None

    @property
    def is_reference(self) -> bool:
        """Reference points 对照点 take no part in a city's figure."""
        return "对照" in self.name


def tidy_sites(table: SiteTable, city_code: Callable[[str], str | None]) -> Tidied[SiteRow]:
    """Stations of a register."""
    result: Tidied[SiteRow] = Tidied()
    seen: dict[str, int] = {}
    for raw in table.rows:
        if isinstance(raw, Finding):
            result.set_row_aside(raw)
            continue
        region = city_code(raw.city)
        if region is None:
            result.set_row_aside(Finding("unknown_city", raw.row, "city", raw.city))
        elif not raw.code or not raw.name:
            result.set_row_aside(Finding("empty_cell", raw.row, "name" if raw.code else "code"))
        else:
            place = _coordinates(raw, result)
            _add_once(result, seen, raw.code, SiteRow(raw.code, raw.name, region, *place), raw.row, raw.code)
    return result.close()


def _coordinates(raw: RawSite, result: Tidied[SiteRow]) -> tuple[Decimal | None, Decimal | None]:
    found: list[Decimal | None] = []
    for column, text, bound in (("lon", raw.longitude, 180), ("lat", raw.latitude, 90)):
        value = Decimal(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else None
        if value is not None and abs(value) > bound:
            value = None
        if text not in ("", "NA") and value is None:
            result.find(Finding("not_a_number", raw.row, column, text))
        found.append(None if value is None else round(value, 6))
    return found[0], found[1]


class ComparisonRow(NamedTuple):
    """PM2.5 of a comparison series, in thousandths."""

    ts: datetime
    region: str
    pm25: int


def tidy_comparisons(
    table: ComparisonTable, city_code: Callable[[str], str | None], now: datetime
) -> Tidied[ComparisonRow]:
    """Values of a comparison series; what its own quality control did not pass is set aside."""
    result: Tidied[ComparisonRow] = Tidied()
    reader = cell_reader(HOUR_SCALE, PLAUSIBLE_AIR["PM2.5"], frozenset({"", "NA", "-999", "-999.0"}))
    seen: dict[tuple[datetime, str], int] = {}
    for raw in table.rows:
        if isinstance(raw, Finding):
            result.set_row_aside(raw)
            continue
        cell = reader[raw.cell]
        if cell == MISSING:
            continue
        code = problem(cell)
        region = city_code(raw.city)
        if raw.ts is None or raw.ts > now:
            when = "bad_time" if raw.ts is None else "future_time"
            result.set_row_aside(Finding(when, raw.row, original=raw.ts_text))
        elif region is None:
            result.set_row_aside(Finding("unknown_city", raw.row, original=raw.city))
        elif raw.quality not in ("", "Valid"):
            result.set_row_aside(Finding("quality_not_valid", raw.row, table.column, f"{raw.cell} {raw.quality}"))
        elif code:
            result.set_row_aside(Finding(code, raw.row, table.column, raw.cell))
        else:
            _add_once(result, seen, (raw.ts, region), ComparisonRow(raw.ts, region, cell), raw.row, raw.ts_text)
    return result.close()
