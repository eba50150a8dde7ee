"""(h) Tables that somebody explained once: which column is the time, which the place, which holds which item in which
unit. Pure.

A unit is named for every column of values and converted; none is assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Literal, get_args

import numpy as np

from indicators.columns import WATER_ITEMS
from ingest.readers.text import csv_rows, wrong_width
from ingest.readers.tidy_csv import DAY_NAMES, is_timed, water_time
from ingest.readers.units import MISSING, a_day, converted, moment, units_of
from ingest.tidy import (
    HOUR_ITEMS,
    AirDayTable,
    AirHourTable,
    FigureTable,
    Finding,
    HourBlock,
    RawDay,
    RawFigure,
    RawWater,
    StructuralError,
    WaterTable,
)

Kind = Literal["hours", "days", "water", "figures"]
#: Of which months a figure speaks that stands in a month's row: that month, or the year up to it.
Period = Literal["month", "to_month"]

#: What the columns of each kind of table may hold; of figures, any indicator.
ITEMS: Mapping[str, Sequence[str]] = {"hours": HOUR_ITEMS, "days": DAY_NAMES, "water": WATER_ITEMS}


@dataclass(frozen=True)
class Mapped:
    """A table as it was explained. `time` and `place` name columns, `items` for each item its column and unit.

    stamp: whether an hour is named by its end or its beginning. place_by: what the place column holds, of hours.
    city: the column of a section's city. within: the province of sections or regions, in words. issuer: who published
    the figures. period: see Period.
    """

    name: str
    header: tuple[str, ...]
    header_row: int
    kind: Kind
    time: tuple[str, ...]
    place: str
    items: Mapping[str, tuple[str, str]]
    stamp: Literal["end", "begin"] = "end"
    place_by: Literal["code", "name", "city"] = "code"
    city: str = ""
    within: str = ""
    issuer: str = ""
    period: Period = "month"

    def __post_init__(self) -> None:
        """ValueError for a mapping that is not whole."""
        known = ITEMS.get(self.kind)
        for item, (column, unit) in self.items.items():
            if column not in self.header or (known is not None and (item not in known or unit not in units_of(item))):
                raise ValueError(f"{item}: {column} {unit}")
        columns = [*self.time, self.place, *([self.city] if self.city else [])]
        if not self.items or not self.time or any(column not in self.header for column in columns):
            raise ValueError("a mapping names a time, a place and at least one item, all of them columns of the header")
        if self.kind not in get_args(Kind) or (self.kind == "figures" and not self.issuer):
            raise ValueError("figures name who published them")

    @classmethod
    def from_json(cls, name: str, header: Sequence[str], header_row: int, mapping: Mapping[str, Any]) -> Mapped:
        """From what a Layout keeps. TypeError or ValueError for a mapping that is not whole."""
        items = {item: (str(column), str(unit)) for item, (column, unit) in mapping["items"].items()}
        said = {**mapping, "items": items, "time": tuple(mapping["time"])}
        return cls(name=name, header=tuple(header), header_row=header_row, **said)

    def recognises(self, text: str) -> bool:
        """By the very cells of its header, in its row."""
        return header_in_row(text, self.header_row) == list(self.header)

    def read(self, text: str, _name: str) -> AirHourTable | AirDayTable | WaterTable | FigureTable:
        """Hours, days, readings or figures. StructuralError where the header differs."""
        if not self.recognises(text):
            raise StructuralError(
                Finding("column_missing", self.header_row, details={"columns": "、".join(self.header)})
            )
        if self.kind == "days":
            return AirDayTable(self.name, self._days(text), self._columns(DAY_NAMES), o3_is_max_8h=True)
        if self.kind == "water":
            columns = self._columns(WATER_ITEMS)
            return WaterTable(self.name, self._water(text), WATER_ITEMS, columns, reference=None)
        if self.kind == "figures":
            return FigureTable(self.name, self._figures(text))
        return AirHourTable(
            self.name, self.place_by, self._hours(text), self._columns(HOUR_ITEMS), missing=frozenset({""})
        )

    def _columns(self, items: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.items[item][0] if item in self.items else item for item in items)

    def _rows(self, text: str) -> Iterator[_Row | Finding]:
        for line, cells in csv_rows(text):
            if line <= self.header_row:
                continue
            if len(cells) != len(self.header):
                yield wrong_width(line, len(cells), len(self.header))
            else:
                row = dict(zip(self.header, (cell.strip() for cell in cells), strict=True))
                yield _Row(line, " ".join(row[column] for column in self.time), row[self.place], row)

    def _cells(self, row: _Row, items: Sequence[str]) -> tuple[str, ...]:
        """The texts of these items in stored units; empty for an item that the table does not have."""
        return tuple(
            converted(item, row.cells[self.items[item][0]], self.items[item][1]) if item in self.items else ""
            for item in items
        )

    def _hours(self, text: str) -> Iterator[HourBlock | Finding]:
        """Neighbouring rows of one hour go together."""
        for key, group in groupby(self._rows(text), lambda row: row.time if isinstance(row, _Row) else None):
            if key is None:
                yield from (found for found in group if isinstance(found, Finding))
                continue
            rows = [row for row in group if isinstance(row, _Row)]
            cells = zip(*(self._cells(row, HOUR_ITEMS) for row in rows), strict=True)
            lines = np.array([[row.line for row in rows]], dtype=np.int64)
            yield HourBlock(self._end_of(key), key, [row.place for row in rows], [*cells], lines)

    def _end_of(self, words: str) -> datetime | None:
        ts = moment(words)
        return ts + timedelta(hours=1) if ts is not None and self.stamp == "begin" else ts

    def _days(self, text: str) -> Iterator[RawDay | Finding]:
        for row in self._rows(text):
            if isinstance(row, Finding):
                yield row
                continue
            day = a_day(row.time)
            yield RawDay(row.line, row.place, row.time if day is None else day.isoformat(), self._cells(row, DAY_NAMES))

    def _water(self, text: str) -> Iterator[RawWater | Finding]:
        rows = list(self._rows(text))
        timed = any(is_timed(row.time) for row in rows if isinstance(row, _Row))
        for row in rows:
            if isinstance(row, Finding):
                yield row
                continue
            city = row.cells[self.city] if self.city else ""
            cells = self._cells(row, WATER_ITEMS)
            yield RawWater(
                row.line, self.within, "", row.place, city, "", water_time(row.time, timed=timed), "正常", cells
            )

    def _figures(self, text: str) -> Iterator[RawFigure | Finding]:
        for row in self._rows(text):
            if isinstance(row, Finding):
                yield row
                continue
            first, last = _months(row.time, self.period)
            for indicator, (column, unit) in self.items.items():
                value = row.cells[column]
                if value not in MISSING:
                    yield RawFigure(
                        row.line,
                        {
                            "region_code": "",
                            "region": row.place,
                            "within": self.within,
                            "period_start": first,
                            "period_end": last,
                            "indicator": indicator,
                            "value": value,
                            "unit": unit,
                            "yoy": "",
                            "yoy_unit": "",
                            "scope": "",
                            "issuer": self.issuer,
                            "published_on": "",
                            "note": "",
                            "kind": "observed",
                            "operator": "",
                        },
                    )


@dataclass(frozen=True)
class _Row:
    line: int
    time: str
    place: str
    cells: Mapping[str, str]


def _months(words: str, period: Period) -> tuple[str, str]:
    """First and last month of the words of a month or a year; the words themselves where they are neither."""
    plain = words.strip().removesuffix(" 00:00:00")
    for pattern in ("%Y-%m", "%Y/%m", "%Y年%m月", "%Y%m", "%Y-%m-%d"):
        try:
            found = datetime.strptime(plain, pattern)  # noqa: DTZ007 a month has no zone
        except ValueError:
            continue
        if pattern == "%Y%m" and len(plain) != 6:
            continue
        return f"{found:%Y}-01" if period == "to_month" else f"{found:%Y-%m}", f"{found:%Y-%m}"
    year = plain.removesuffix("年")
    return (f"{year}-01", f"{year}-12") if len(year) == 4 and year.isascii() and year.isdecimal() else (words, words)


def header_in_row(text: str, number: int) -> list[str]:
    """The cells of a row; empty when there is no such row."""
    for line, row in csv_rows(text[:200_000]):
        if line >= number:
            return [cell.strip() for cell in row] if line == number else []
    return []
