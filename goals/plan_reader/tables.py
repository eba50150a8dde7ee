"""Tables of targets: rows whose cells are parted by tabs, under a header that says which column is the year's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from goals.plan_reader.numerals import UNITS

_NAMES = re.compile(r"指标(?:名称)?|项目|名称|内容|目标名称|指标类别")
_UNIT = re.compile(r"(?:计量)?单位")
_TARGET = re.compile(r"目标值?|计划值?|指标值|控制值|任务|要求")


@dataclass(frozen=True)
class Header:
    """Which column names the indicator, prints its unit (None: with the name or the number), sets the target."""

    name: int
    unit: int | None
    target: int
    columns: int


@dataclass(frozen=True)
class Cells:
    """What a row says of its target."""

    name: str
    unit: str
    target: str


def header_of(row: str, year: int) -> Header | None:
    """The header that a row is; None for any other. A column of another year is not the target's."""
    cells = row.split("\t")
    if any(re.fullmatch(r"[-\d.%≤≥<>]+", cell) for cell in cells):
        return None
    names = [number for number, cell in enumerate(cells) if _NAMES.search(cell) and not re.search(r"20\d\d|值", cell)]
    targets = [number for number, cell in enumerate(cells) if _TARGET.search(cell) and number not in names[-1:]]
    ours = [number for number in targets if str(year) in cells[number]]
    others = [number for number in targets if not re.search(r"20\d\d", cells[number])]
    if not names or not (ours or others):
        return None
    column = (ours or others)[0]
    units = [number for number, cell in enumerate(cells) if _UNIT.search(cell) and number != column]
    return Header(names[-1], units[0] if units else None, column, len(cells))


def cells_of(row: str, header: Header) -> Cells | None:
    """The cells of a row under a header; None where the row has other columns or sets no number."""
    cells: Sequence[str] = row.split("\t")
    if len(cells) != header.columns:
        return None
    name, target = cells[header.name], cells[header.target]
    unit = cells[header.unit] if header.unit is not None else ""
    inner = re.search(r"\(([^()]+)\)$", name)
    if not unit and inner is not None and inner[1] in UNITS:
        unit, name = inner[1], name[: inner.start()]
    if not re.search(r"\d", target):
        return None
    return Cells(name, "" if any(target.endswith(one) for one in UNITS) else unit if unit in UNITS else "", target)
