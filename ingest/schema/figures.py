"""Published figures and targets."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from evaluation.calendar import month_end
from indicators.catalogue import UNMAPPED_SCOPE
from ingest.schema.tidied import Tidied, add_once, iso_day
from ingest.tidy import (
    FigureTable,
    Finding,
    RawFigure,
)


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
        add_once(result, seen, key, row, raw.row, row.issuer)
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
    published = iso_day(cell["published_on"])
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
