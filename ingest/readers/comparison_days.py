"""(c) Daily city air and weather of 2014 to 2021 from a research collection: PM2.5 only, as a comparison.

Its gases are sub-indices turned back into concentrations, its ozone is no 8 h maximum: they are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from evaluation.calendar import SHANGHAI
from ingest.readers.text import header_of, records
from ingest.tidy import ComparisonTable, Finding, RawComparison

NAME = "comparison_days"


def recognises(text: str) -> bool:
    """By its columns date, PM25, city and season."""
    return {"date", "PM25", "city", "season"} <= set(header_of(text))


def read(text: str, _name: str) -> ComparisonTable:
    """A table of days of one city, named in English."""
    rows = records(text, ("date", "PM25", "city"))
    return ComparisonTable(NAME, _rows(rows), "研究数据集", hours=24, column="PM25", city_by="english")


def _rows(rows: Iterator[tuple[int, dict[str, str] | Finding]]) -> Iterator[RawComparison | Finding]:
    for line, row in rows:
        if isinstance(row, Finding):
            yield row
        else:
            value = "" if row["PM25"] == "NA" else row["PM25"]
            yield RawComparison(line, row["city"], _end_of_day(row["date"]), row["date"], value, "")


def _end_of_day(text: str) -> datetime | None:
    parts = re.fullmatch(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", text)
    try:
        day = datetime(int(parts[1]), int(parts[2]), int(parts[3]), tzinfo=SHANGHAI) if parts else None
    except ValueError:
        return None
    return None if day is None else day + timedelta(days=1)
