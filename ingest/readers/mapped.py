"""(h) Tables that somebody explained once, and (i) the tidy CSV. Pure.

Explained: which column is the time, which the place, which holds which item in which unit.

A unit is named for every column of values and converted; none is assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import numpy as np

from evaluation.calendar import SHANGHAI
from ingest.readers.bureau_sheets import BLANK
from ingest.readers.text import csv_rows, header_of, wrong_width
from ingest.tidy import DAY_ITEMS, HOUR_ITEMS, AirDayTable, AirHourTable, Finding, HourBlock, RawDay, StructuralError

NAME_TIDY = "tidy_hours"

#: Unit -> factor to the unit that is stored: µg/m³, and mg/m³ for carbon monoxide.
UNITS = {"µg/m3": Decimal(1), "mg/m3": Decimal(1000)}
UNITS_CO = {"mg/m3": Decimal(1), "µg/m3": Decimal("0.001")}

_MISSING = frozenset(BLANK | {"NaN", "NA", "null", "_"})
_TIMES = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y年%m月%d日 %H时",
    "%Y年%m月%d日%H时",
    "%Y-%m-%d %H",
    "%Y%m%d %H",
    "%Y%m%d%H",
)
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d")


@dataclass(frozen=True)
class Mapped:
    """A table as it was explained: `items` names for each item its column and unit; `place_by` what the place column
    holds; `stamp` whether an hour is named by its end or its beginning."""

    name: str
    header: tuple[str, ...]
    header_row: int
    kind: Literal["hours", "days"]
    time: tuple[str, ...]
    stamp: Literal["end", "begin"]
    place: str
    place_by: Literal["code", "name", "city"]
    items: Mapping[str, tuple[str, str]]

    @classmethod
    def from_json(cls, name: str, header: Sequence[str], header_row: int, mapping: Mapping[str, Any]) -> Mapped:
        """From what a Layout keeps. KeyError or ValueError for a mapping that is not whole."""
        items = {item: (str(column), str(unit)) for item, (column, unit) in mapping["items"].items()}
        allowed = HOUR_ITEMS if mapping["kind"] == "hours" else DAY_ITEMS
        for item, (column, unit) in items.items():
            if item not in allowed or column not in header or factor(item, unit) is None:
                raise ValueError(f"{item}: {column} {unit}")
        if not items or any(column not in header for column in (*mapping["time"], mapping["place"])):
            raise ValueError("a mapping names a time, a place and at least one item, all of them columns of the header")
        return cls(
            name,
            tuple(header),
            header_row,
            mapping["kind"],
            tuple(mapping["time"]),
            mapping["stamp"],
            mapping["place"],
            mapping["place_by"],
            items,
        )

    def recognises(self, text: str) -> bool:
        """By the very cells of its header, in its row."""
        return header_in_row(text, self.header_row) == list(self.header)

    def read(self, text: str, _name: str) -> AirHourTable | AirDayTable:
        """Hours of sites, or days of cities."""
        if not self.recognises(text):
            raise StructuralError(
                Finding("column_missing", self.header_row, details={"columns": "、".join(self.header)})
            )
        if self.kind == "days":
            columns = tuple(self.items[item][0] if item in self.items else item for item in DAY_ITEMS)
            return AirDayTable(self.name, self._days(text), columns, o3_is_max_8h=True)
        columns = tuple(self.items[item][0] if item in self.items else item for item in HOUR_ITEMS)
        return AirHourTable(self.name, self.place_by, self._hours(text), columns, missing=frozenset({""}))

    def _rows(self, text: str) -> Iterator[tuple[int, dict[str, str]] | Finding]:
        for line, row in csv_rows(text):
            if line <= self.header_row:
                continue
            if len(row) != len(self.header):
                yield wrong_width(line, len(row), len(self.header))
            else:
                yield line, dict(zip(self.header, (cell.strip() for cell in row), strict=True))

    def _hours(self, text: str) -> Iterator[HourBlock | Finding]:
        for found in self._rows(text):
            if isinstance(found, Finding):
                yield found
                continue
            line, row = found
            words = " ".join(row[column] for column in self.time)
            ts = moment(words)
            if ts is not None and self.stamp == "begin":
                ts += timedelta(hours=1)
            cells = [[self._cell(item, row)] for item in HOUR_ITEMS]
            yield HourBlock(ts, words, [row[self.place]], cells, np.array([[line]], dtype=np.int64))

    def _days(self, text: str) -> Iterator[RawDay | Finding]:
        for found in self._rows(text):
            if isinstance(found, Finding):
                yield found
                continue
            line, row = found
            words = " ".join(row[column] for column in self.time)
            day = a_day(words)
            yield RawDay(
                line,
                row[self.place],
                words if day is None else day.isoformat(),
                tuple(self._cell(item, row) for item in DAY_ITEMS),
            )

    def _cell(self, item: str, row: Mapping[str, str]) -> str:
        if item not in self.items:
            return ""
        column, unit = self.items[item]
        return converted(item, row[column], unit)


def header_in_row(text: str, number: int) -> list[str]:
    """The cells of a row; empty when there is no such row."""
    for line, row in csv_rows(text[:200_000]):
        if line >= number:
            return [cell.strip() for cell in row] if line == number else []
    return []


def factor(item: str, unit: str) -> Decimal | None:
    """What a value in that unit is multiplied by; None for a unit that the item does not come in."""
    return (UNITS_CO if item == "CO" else UNITS).get(unit)


def converted(item: str, text: str, unit: str) -> str:
    """The text in the unit that is stored; one that is no number as it stands, one that means none empty."""
    if text in _MISSING:
        return ""
    times = factor(item, unit)
    if times is None or times == 1:
        return text
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    return format(value * times, "f") if value.is_finite() and abs(value.adjusted()) < 30 else text


def moment(text: str) -> datetime | None:
    """A time of day in the usual spellings; hour 24 is the next day's 0. None for what is no time."""
    text = " ".join(text.split())
    for pattern in _TIMES:
        for hour_24, plain in ((False, text), (True, _without_24(text))):
            if hour_24 and plain == text:
                continue
            try:
                found = datetime.strptime(plain, pattern).replace(tzinfo=SHANGHAI)
            except ValueError:
                continue
            return found + timedelta(days=1) if hour_24 else found
    return None


def _without_24(text: str) -> str:
    for written, plain in ((" 24:00:00", " 00:00:00"), (" 24:00", " 00:00"), (" 24时", " 00时"), (" 24", " 00")):
        if text.endswith(written):
            return text.removesuffix(written) + plain
    return text


def a_day(text: str) -> date | None:
    """A date in the usual spellings; a midnight that a workbook adds does no harm."""
    text = text.strip().removesuffix(" 00:00:00")
    for pattern in _DAYS:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=SHANGHAI).date()
        except ValueError:
            continue
    return None


# ---- the tidy CSV ----------------------------------------------------------------------------------------------------

_TIDY = ("time", "site", "item", "value", "unit")
_TIDY_ZH = ("时间", "站点编码", "项目", "数值", "单位")


def recognises_tidy(text: str) -> bool:
    """By the columns time, site, item, value and unit (时间, 站点编码, 项目, 数值, 单位), in any order."""
    header = set(header_of(text))
    return set(_TIDY) <= header or set(_TIDY_ZH) <= header


def read_tidy(text: str, _name: str) -> AirHourTable:
    """One value a row, with its unit; `time` is the end of the hour, `site` a station's code."""
    header = header_of(text)
    names = _TIDY if set(_TIDY) <= set(header) else _TIDY_ZH
    places = [header.index(name) for name in names]
    return AirHourTable(NAME_TIDY, "code", _tidy_hours(text, places, len(header)), HOUR_ITEMS, missing=frozenset({""}))


def _tidy_hours(text: str, places: Sequence[int], width: int) -> Iterator[HourBlock | Finding]:
    """Neighbouring rows of one site and time go together, whatever the order of their items."""
    block: dict[str, tuple[int, str]] = {}
    key = ("", "")
    rows = csv_rows(text)
    next(rows)
    for line, row in rows:
        if len(row) != width:
            yield wrong_width(line, len(row), width)
            continue
        time, site, item, value, unit = (row[place].strip() for place in places)
        item = item.upper().replace("PM25", "PM2.5")
        if item not in HOUR_ITEMS:
            yield Finding("unknown_item", line, item, item)
            continue
        if factor(item, unit.replace("³", "3").replace("u", "µ").replace("μ", "µ")) is None:
            yield Finding("unit_unknown_for_item", line, item, unit)
            continue
        if (time, site) != key or item in block:
            yield from _tidy_hour(block, key)
            block, key = {}, (time, site)
        block[item] = line, converted(item, value, unit.replace("³", "3").replace("u", "µ").replace("μ", "µ"))
    yield from _tidy_hour(block, key)


def _tidy_hour(block: Mapping[str, tuple[int, str]], key: tuple[str, str]) -> Iterator[HourBlock]:
    if block:
        first = min(line for line, _value in block.values())
        found = [block.get(item, (first, "")) for item in HOUR_ITEMS]
        lines = np.array([[line] for line, _value in found], dtype=np.int64)
        yield HourBlock(moment(key[0]), key[0], [key[1]], [[value] for _line, value in found], lines)
