"""Hours of sites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np

from evaluation.air import HOUR_SCALE
from evaluation.calendar import day_of
from evaluation.rounding import IntArray
from evaluation.standards import PILOT_FROM
from indicators.columns import Observations
from ingest.cells import MISSING, PLAUSIBLE_AIR, cell_reader, problem
from ingest.schema.tidied import Places, Resolve, Tidied
from ingest.tidy import (
    HOUR_ITEMS,
    AirHourTable,
    Finding,
    HourBlock,
)

#: So many hours of a file are looked at with the AQI that it gives, and so many of one hour.
MOST_AQI_LOOKED_AT, _AQI_AN_HOUR = 48, 16


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
FIRST_DAY: dict[str, str | int] = {"first": str(PILOT_FROM)}


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
                self._told.set_row_aside(Finding(untimely, int(lines[0, row]), "", block.ts_text, FIRST_DAY))
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
