"""(i) Tidy tables: one value a row, with its time, its place, its item and its unit. Pure.

Neighbouring rows of one time and place go together, whatever the order of their items.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from indicators.columns import WATER_ITEMS
from ingest.readers.text import csv_rows, header_of, wrong_width
from ingest.readers.units import a_day, converted, moment, plain_unit, units_of
from ingest.tidy import (
    DAY_ITEMS,
    HOUR_ITEMS,
    AirDayTable,
    AirHourTable,
    Finding,
    HourBlock,
    RawDay,
    RawWater,
    WaterTable,
)

NAME_HOURS, NAME_DAYS, NAME_WATER = "tidy_hours", "tidy_days", "tidy_water"

#: The columns of each layout, in English and in Chinese; the last three are item, value and unit.
HOURS = (("time", "site", "item", "value", "unit"), ("时间", "站点编码", "项目", "数值", "单位"))
DAYS = (("date", "city", "item", "value", "unit"), ("日期", "城市", "项目", "数值", "单位"))
WATER = (
    ("time", "province", "section", "item", "value", "unit"),
    ("时间", "省份", "断面名称", "项目", "数值", "单位"),
)


def recognises_hours(text: str) -> bool:
    """By the columns time, site, item, value and unit (时间, 站点编码, 项目, 数值, 单位), in any order."""
    return _named(text, HOURS)


def recognises_days(text: str) -> bool:
    """By the columns date, city, item, value and unit (日期, 城市, 项目, 数值, 单位), in any order."""
    return _named(text, DAYS)


def recognises_water(text: str) -> bool:
    """By the columns time, province, section, item, value and unit (时间, 省份, 断面名称, 项目, 数值, 单位)."""
    return _named(text, WATER)


def _named(text: str, names: Sequence[Sequence[str]]) -> bool:
    header = set(header_of(text))
    return any(set(columns) <= header for columns in names)


#: The figures of a day, in the order of DAY_ITEMS. Ozone says which of its statistics it is.
DAY_NAMES = tuple("O3_8h" if item == "O3" else item for item in DAY_ITEMS)

#: The line and the converted text of each item of one time and place.
Cells = dict[str, tuple[int, str]]


def read_hours(text: str, _name: str) -> AirHourTable:
    """`time` is the end of the hour, `site` a station's code."""
    return AirHourTable(NAME_HOURS, "code", _hours(text), HOUR_ITEMS, missing=frozenset({""}))


def _hours(text: str) -> Iterator[HourBlock | Finding]:
    for found in _groups(text, HOURS, HOUR_ITEMS):
        if isinstance(found, Finding):
            yield found
            continue
        (time, site), cells, first = found
        texts = [cells.get(item, (first, "")) for item in HOUR_ITEMS]
        lines = np.array([[line] for line, _value in texts], dtype=np.int64)
        yield HourBlock(moment(time), time, [site], [[value] for _line, value in texts], lines)


def read_days(text: str, _name: str) -> AirDayTable:
    """Days of cities; ozone is the day's greatest mean of eight hours, and its item must say so: O3_8h."""
    return AirDayTable(NAME_DAYS, _days(text), DAY_NAMES, o3_is_max_8h=True)


def _days(text: str) -> Iterator[RawDay | Finding]:
    for found in _groups(text, DAYS, DAY_NAMES):
        if isinstance(found, Finding):
            yield found
            continue
        (time, city), cells, first = found
        day = a_day(time)
        texts = tuple(cells.get(item, (first, ""))[1] for item in DAY_NAMES)
        yield RawDay(first, city, time if day is None else day.isoformat(), texts)


def read_water(text: str, _name: str) -> WaterTable:
    """Readings of sections. A date without an hour stands for a sample of that day."""
    return WaterTable(NAME_WATER, _water(text), items=WATER_ITEMS, columns=WATER_ITEMS, reference=None)


def _water(text: str) -> Iterator[RawWater | Finding]:
    groups = list(_groups(text, WATER, WATER_ITEMS))
    timed = any(is_timed(found[0][0]) for found in groups if not isinstance(found, Finding))
    for found in groups:
        if isinstance(found, Finding):
            yield found
            continue
        (time, province, section), cells, first = found
        texts = tuple(cells.get(item, (first, ""))[1] for item in WATER_ITEMS)
        yield RawWater(first, province, "", section, "", "", water_time(time, timed=timed), "正常", texts)


def is_timed(text: str) -> bool:
    """Whether a text names a time of day; a workbook's midnight does not show."""
    return a_day(text) is None and moment(text) is not None


def water_time(text: str, *, timed: bool) -> str:
    """A time with its year as the schema reads it. What is no time stays as it stands.

    A date alone is a midnight in a table with times, for a workbook hides that; in a table of samples a day it is
    stamped within its last minute, as the monthly sheets are.
    """
    day = a_day(text)
    if day is not None:
        return f"{day.isoformat()} {'00:00' if timed else '23:59'}"
    ts = moment(text)
    return text if ts is None else f"{ts:%Y-%m-%d %H:%M}"


def _groups(
    text: str, names: Sequence[Sequence[str]], items: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], Cells, int] | Finding]:
    """Time and place, the items found there, and the first of their lines."""
    header = header_of(text)
    columns = next(chosen for chosen in names if set(chosen) <= set(header))
    places = [header.index(name) for name in columns]
    cells: Cells = {}
    key: tuple[str, ...] = ()
    rows = csv_rows(text)
    next(rows)
    for line, row in rows:
        if len(row) != len(header):
            yield wrong_width(line, len(row), len(header))
            continue
        *place, item, value, unit = (row[at].strip() for at in places)
        item, unit = _item(item), plain_unit(unit)
        if item not in items:
            yield Finding("unknown_item", line, item, item, {"items": "、".join(items)})
            continue
        if unit not in units_of(item):
            yield Finding("unit_unknown_for_item", line, item, unit, {"units": "、".join(units_of(item))})
            continue
        if tuple(place) != key or item in cells:
            if cells:
                yield key, cells, min(line for line, _value in cells.values())
            cells, key = {}, tuple(place)
        cells[item] = line, converted(item, value, unit)
    if cells:
        yield key, cells, min(line for line, _value in cells.values())


def _item(text: str) -> str:
    """An item's own spelling, whatever the case; PM25 is PM2.5."""
    plain = text.upper().replace("PM25", "PM2.5")
    return {item.upper(): item for item in (*HOUR_ITEMS, *DAY_NAMES, *WATER_ITEMS)}.get(plain, text)
