"""Registers of stations, and comparison series."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from evaluation.air import HOUR_SCALE
from ingest.cells import MISSING, PLAUSIBLE_AIR, cell_reader, problem
from ingest.schema.tidied import Tidied, add_once
from ingest.tidy import (
    ComparisonTable,
    Finding,
    RawSite,
    SiteTable,
)


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
            add_once(result, seen, raw.code, SiteRow(raw.code, raw.name, region, *place), raw.row, raw.code)
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
            add_once(result, seen, (raw.ts, region), ComparisonRow(raw.ts, region, cell), raw.row, raw.ts_text)
    return result.close()
