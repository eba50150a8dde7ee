"""(b) Hourly site files: one file a city (its name is the city), or one file an hour for the whole country.

The national hour files name no city and come in two column orders; what tells them apart is their `_id` column.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ingest.readers.national_archive import end_of_hour
from ingest.readers.text import header_of, records
from ingest.tidy import AirHourTable, Document, Finding, HourBlock

NAME = "site_hours"

MISSING = frozenset({"", "NaN", "-", "--", "—", "_"})


def recognises(text: str) -> bool:
    """By its columns Date, Hour and WatchPoint."""
    return {"Date", "Hour", "WatchPoint"} <= set(header_of(text))


def read(text: str, name: str) -> AirHourTable:
    """A table of hours by site name, within the city that the file is named after where it is one city's."""
    header = header_of(text)
    fine = "PM2.5" if "PM2.5" in header else "PM25"
    columns = (fine, "PM10", "SO2", "NO2", "O3_1h", "CO")
    national = "_id" in header
    rows = records(text, ("Date", "Hour", "WatchPoint", *columns))
    return AirHourTable(
        NAME,
        site_by="name" if national else "name_in_city",
        rows=_rows(rows, columns),
        columns=columns,
        city="" if national else Document(name, b"").stem,
        missing=MISSING,
    )


def _rows(
    rows: Iterator[tuple[int, dict[str, str] | Finding]], columns: tuple[str, ...]
) -> Iterator[HourBlock | Finding]:
    """Neighbouring rows of one hour go together."""
    block: list[tuple[int, dict[str, str]]] = []
    stamp = ("", "")
    for line, row in rows:
        if isinstance(row, Finding):
            yield row
            continue
        if (row["Date"], row["Hour"]) != stamp:
            yield from _hour(block, stamp, columns)
            block, stamp = [], (row["Date"], row["Hour"])
        block.append((line, row))
    yield from _hour(block, stamp, columns)


def _hour(
    block: list[tuple[int, dict[str, str]]], stamp: tuple[str, str], columns: tuple[str, ...]
) -> Iterator[HourBlock]:
    if block:
        yield HourBlock(
            end_of_hour(*stamp),
            " ".join(stamp),
            [row["WatchPoint"] for _line, row in block],
            [[row[column] for _line, row in block] for column in columns],
            np.array([[line for line, _row in block]], dtype=np.int64),
            [row.get("AQI", "") for _line, row in block],
        )
