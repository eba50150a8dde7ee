"""Readings of water sections."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from evaluation.calendar import SHANGHAI
from evaluation.water import WATER_SCALE
from ingest.cells import MISSING, PLAUSIBLE_WATER, cell_reader
from ingest.schema.tidied import Tidied, add_once, numbers_of
from ingest.tidy import (
    Finding,
    RawWater,
    WaterTable,
)


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
        numbers = numbers_of(raw, cells, table.columns, result)
        values = tuple((item, value) for item, value in zip(table.items, numbers, strict=True) if value is not None)
        if values:
            add_once(result, seen, where, WaterRow(*where, values), raw.row, raw.time_text)
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
