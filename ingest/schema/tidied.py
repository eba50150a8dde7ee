"""What all kinds of rows share: tidy rows with what was found on the way, places, cells and days."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from evaluation.rounding import IntArray
from ingest.cells import problem
from ingest.tidy import (
    Finding,
    RawDay,
    RawWater,
)

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


def add_once(result: Tidied[Row], seen: dict[Key, int], key: Key, row: Row, number: int, original: str) -> None:
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


def numbers_of(
    raw: RawDay | RawWater, cells: Sequence[int], columns: tuple[str, ...], result: Tidied[Row]
) -> tuple[int | None, ...]:
    """The numbers of a row that stands in one line; a cell that is none becomes a finding and stays empty."""
    for column, text, cell in zip(columns, raw.cells, cells, strict=True):
        code = problem(cell)
        if code:
            result.find(Finding(code, raw.row, column, text))
    return tuple(None if cell < 0 else cell for cell in cells)


def iso_day(text: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
