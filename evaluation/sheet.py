"""A table as people keep it: what its columns mean, what its cells say, and everything that is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from evaluation.rounding import exact

Row = Mapping[str, str]
Code = Literal[
    "no column", "no date", "not a date", "not a number", "twice", "no rule", "not a water body", "not a class"
]

#: What stands for no value.
NOTHING = ("", "-", "—", "NA", "NaN", "null")

_SPELLINGS = {
    "日期": "date",
    "时间": "date",
    "地区": "region",
    "城市": "region",
    "city": "region",
    "region_code": "region",
    "月份": "month",
    "断面": "section",
    "断面名称": "section",
    "水体": "waterbody",
    "目标类别": "target_class",
    "pm2.5": "pm25",
    "o3": "o3_8h",
}


@dataclass(frozen=True)
class Problem:
    """Why a cell cannot be evaluated. `row` counts the rows below the header from 1; 0 is the whole table."""

    row: int
    column: str
    code: Code
    text: str


class SheetError(ValueError):
    """A table that cannot be evaluated, with every problem found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"row {one.row} {one.column}: {one.code} {one.text}" for one in problems))
        self.problems = problems


class SheetReader:
    """Reads the cells of a table by what their columns mean, and collects what is wrong with them."""

    def __init__(self, rows: Sequence[Row], meaning: Callable[[str], str]) -> None:
        self.rows = rows
        self.column_of = {meaning(name): name for row in rows[:1] for name in row}
        self.problems: list[Problem] = []

    def text(self, row: int, name: str) -> str:
        value = (self.rows[row].get(self.column_of.get(name, "")) or "").strip()
        return "" if value in NOTHING else value

    def wrong(self, row: int, name: str, code: Code, text: str = "") -> None:
        self.problems.append(Problem(row + 1, self.column_of.get(name, name), code, text))

    def number(self, row: int, name: str, read: Callable[[str], Fraction] = exact) -> Fraction | None:
        text = self.text(row, name)
        if not text:
            return None
        try:
            value = read(text)
        except ValueError:
            value = Fraction(-1)
        if value < 0:
            self.wrong(row, name, "not a number", text)
            return None
        return value

    def day(self, row: int, otherwise: date | None = None) -> date | None:
        text = self.text(row, "date")
        if not text:
            if otherwise is None:
                self.wrong(row, "date", "no date")
            return otherwise
        parts = re.fullmatch(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d\d)(\d\d))(?:[ T].*)?", text)
        try:
            if parts:
                return date(int(parts[1]), int(parts[2] or parts[4]), int(parts[3] or parts[5]))
        except ValueError:
            pass
        self.wrong(row, "date", "not a date", text)
        return None

    def need(self, *names: str) -> None:
        """Each of the columns has to be there; of a tuple written with |, one of them."""
        for name in names:
            if not any(one in self.column_of for one in name.split("|")):
                self.problems.append(Problem(0, name, "no column", ""))
        self.done()

    def done(self) -> None:
        if self.problems:
            raise SheetError(self.problems)


def spelled(name: str) -> str:
    """What a column means: its usual names, units in brackets left out; an unknown name stays, in small letters."""
    plain = re.sub(r"[(（].*|\s", "", name.strip().lower().replace("₂", "2").replace("₃", "3"))
    return _SPELLINGS.get(plain, plain)


def yes(known: bool | None) -> str:
    """true, false, or nothing for unknown."""
    return "" if known is None else "true" if known else "false"
