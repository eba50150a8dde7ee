"""(a) The national hourly archive: `china_sites_YYYYMMDD.csv`, `china_cities_YYYYMMDD.csv`.

Columns date, hour, type, then one a station code or city; a row a type and hour. Hour h ends at h:00, so hour 0 closes
the previous day. AQI, the 24 h and the 8 h rows are not read: they are worked out again from the hours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from evaluation.calendar import SHANGHAI
from ingest.readers.text import header_of, lines, wrong_width
from ingest.tidy import HOUR_ITEMS, AirHourTable, Finding, HourBlock, StructuralError

NAME = "national_archive"

#: In these hours the file's own AQI is looked at: enough to tell whether the columns are what they say.
_AQI_HOURS = frozenset({"4", "04", "12", "20"})


def recognises(text: str) -> bool:
    """By the first three columns."""
    return text[:40].lstrip().lower().startswith("date,hour,type,")


def read(text: str, _name: str) -> AirHourTable:
    """A table of hours, by station code or by city."""
    columns = tuple(header_of(text)[3:])
    if not columns or "" in columns:
        raise StructuralError(Finding("column_missing", row=1, details={"columns": "站点编码或城市"}))
    if len(set(columns)) != len(columns):
        twice = sorted({column for column in columns if columns.count(column) > 1})
        raise StructuralError(Finding("column_twice", row=1, details={"columns": "、".join(twice[:5])}))
    by_code = re.fullmatch(r"[A-Za-z0-9]+", "".join(columns)) is not None
    return AirHourTable(
        NAME, site_by="code" if by_code else "city", rows=_rows(text, columns), missing=frozenset({"", "—", "NaN"})
    )


def _rows(text: str, columns: tuple[str, ...]) -> Iterator[HourBlock | Finding]:
    rows = lines(text)
    next(rows)
    block: dict[str, tuple[int, list[str]]] = {}
    stamp = ("", "")
    for number, line in rows:
        day, hour, item = [*line.split(",", 3), "", ""][:3]
        if day == "date":
            yield Finding("wrong_header_again", number, day)
            continue
        if (day, hour) != stamp:
            yield from _hour(block, stamp, columns)
            block, stamp = {}, (day, hour)
        looked_at = item == "AQI" and hour in _AQI_HOURS
        if item not in HOUR_ITEMS and not looked_at and line.count(",") == len(columns) + 2:
            continue  # what is worked out from several hours
        cells = line.split(",")
        if len(cells) != len(columns) + 3:
            yield wrong_width(number, len(cells), len(columns) + 3)
        elif item in block:
            yield Finding("repeated_row", number, item, original=" ".join(stamp))
        else:
            block[item] = (number, cells[3:])
    yield from _hour(block, stamp, columns)


def _hour(
    block: dict[str, tuple[int, list[str]]], stamp: tuple[str, str], columns: tuple[str, ...]
) -> Iterator[HourBlock]:
    if not block.keys() & set(HOUR_ITEMS):
        return
    blank = [""] * len(columns)
    first = min(number for number, _cells in block.values())
    numbers = [block[item][0] if item in block else first for item in HOUR_ITEMS]
    yield HourBlock(
        end_of_hour(*stamp),
        " ".join(stamp),
        columns,
        [block[item][1] if item in block else blank for item in HOUR_ITEMS],
        np.array(numbers, dtype=np.int64)[:, None],
        block["AQI"][1] if "AQI" in block else (),
    )


def end_of_hour(day: str, hour: str) -> datetime | None:
    """The end of hour `hour` (0 to 23) of the day written YYYYMMDD; None when there is no such hour."""
    if not (re.fullmatch(r"\d{8}", day.strip()) and re.fullmatch(r"\d{1,2}", hour.strip())):
        return None
    digits = day.strip()
    try:
        midnight = datetime(int(digits[:4]), int(digits[4:6]), int(digits[6:]), tzinfo=SHANGHAI)
    except ValueError:
        return None
    return midnight + timedelta(hours=int(hour)) if int(hour) <= 23 else None
