"""(e) Published figures: the tidy CSV with one figure a row, its issuer and its day of publication."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.readers.text import header_of, records
from ingest.tidy import FigureTable, Finding, RawFigure

NAME = "published_figures"

COLUMNS = (
    "region_code",
    "region",
    "period_start",
    "period_end",
    "indicator",
    "value",
    "unit",
    "yoy",
    "yoy_unit",
    "scope",
    "issuer",
    "published_on",
    "note",
    "kind",
    "operator",
)


def recognises(text: str) -> bool:
    """By the columns that no figure can do without."""
    return {"region_code", "indicator", "period_start", "period_end", "value"} <= set(header_of(text))


def read(text: str, _name: str) -> FigureTable:
    """A table of figures."""
    return FigureTable(NAME, _rows(records(text, COLUMNS)))


def _rows(rows: Iterator[tuple[int, dict[str, str] | Finding]]) -> Iterator[RawFigure | Finding]:
    for line, row in rows:
        yield row if isinstance(row, Finding) else RawFigure(line, row)
