"""(f) Hourly PM2.5 of a consulate's monitor: a comparison, never part of a city's figure.

Stamps end the hour, so hour 24 is the next day's 12:00 AM. The AQI in the file is the US index and is not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from evaluation.calendar import SHANGHAI
from ingest.readers.text import header_of, records
from ingest.tidy import ComparisonTable, Finding, RawComparison, StructuralError

NAME = "consulate"

_TIME, _VALUE = "Date (LT)", "Raw Conc."


def recognises(text: str) -> bool:
    """By its columns of local time and raw concentration."""
    return {_TIME, _VALUE, "QC Name"} <= set(header_of(text))


def read(text: str, _name: str) -> ComparisonTable:
    """A table of hours of one monitor."""
    rows = records(text, ("Site", "Parameter", _TIME, _VALUE, "Conc. Unit", "Duration", "QC Name"))
    return ComparisonTable(NAME, _rows(rows), "领事馆监测", hours=1, column=_VALUE, city_by="english")


def _rows(rows: Iterator[tuple[int, dict[str, str] | Finding]]) -> Iterator[RawComparison | Finding]:
    for line, row in rows:
        if isinstance(row, Finding):
            yield row
            continue
        if row["Conc. Unit"].upper() != "UG/M3" or row["Duration"] != "1 Hr":
            raise StructuralError(Finding("unknown_unit", line, "Conc. Unit", f"{row['Conc. Unit']} {row['Duration']}"))
        value = "" if row["QC Name"] == "Missing" else row[_VALUE]
        yield RawComparison(line, row["Site"], _stamp(row[_TIME]), row[_TIME], value, row["QC Name"])


def _stamp(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %I:%M %p").replace(tzinfo=SHANGHAI)
    except ValueError:
        return None
