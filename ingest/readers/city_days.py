"""(c) Daily city files without a header: city, date, AQI, range, level, PM2.5, PM10, SO2, CO, NO2, O3, rank.

Zero means missing here. The AQI in these files is a mean of hourly indices and is not read. What the ozone column
holds is not written anywhere; in the archive of 2013 to 2017 it is *not* the daily maximum of the 8 h mean. So the
ozone is left out, unless whoever hands the file in declares it by naming the layout `city_days_o3_8h`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.readers.text import csv_rows, wrong_width
from ingest.tidy import AirDayTable, Finding, RawDay

NAME = "city_days"
NAME_O3_DECLARED = "city_days_o3_8h"

_WIDTH = 12
_COLUMNS = ("PM2.5", "PM10", "SO2", "NO2", "CO", "O3")
_PLACES = (5, 6, 7, 9, 8, 10)


def recognises(text: str) -> bool:
    """By a first row of twelve cells that begins with a name and a whole date."""
    first = next(csv_rows(text[:2000]), (0, []))[1]
    return (
        len(first) == _WIDTH
        and re.fullmatch(r"[^\d,]+", first[0]) is not None
        and re.fullmatch(r"\d{4}-\d{2}-\d{2}", first[1].strip()) is not None
    )


def read(text: str, _name: str) -> AirDayTable:
    """A table of city days without ozone."""
    return AirDayTable(NAME, _rows(text), _COLUMNS, o3_is_max_8h=False)


def read_o3_declared(text: str, _name: str) -> AirDayTable:
    """The same, its ozone column declared to be the daily maximum of the 8 h mean."""
    return AirDayTable(NAME_O3_DECLARED, _rows(text), _COLUMNS, o3_is_max_8h=True)


def _rows(text: str) -> Iterator[RawDay | Finding]:
    for line, row in csv_rows(text):
        if len(row) != _WIDTH:
            yield wrong_width(line, len(row), _WIDTH)
        else:
            yield RawDay(line, row[0].strip(), row[1].strip(), tuple(row[place].strip() for place in _PLACES))
