"""(d) Automatic surface-water stations: a CSV a section and month, or a JSON a day for the country.

Times read MM-DD HH:MM without a year. The CSV takes it from the folder of its month (2021-04/...), the JSON from the
date in its name; a file that says neither is refused.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from ingest.readers.text import header_of, records, wrong_width
from ingest.tidy import Finding, RawWater, StructuralError, WaterTable

NAME_CSV = "water_section_csv"
NAME_JSON = "water_day_json"

#: Heading (without its unit) -> item. Chlorophyll and algae stand for lakes; conductivity and turbidity have no class.
ITEMS = {
    "水温": "WT",
    "pH": "pH",
    "溶解氧": "DO",
    "电导率": "EC",
    "浊度": "TURB",
    "高锰酸盐指数": "CODMn",
    "氨氮": "NH3-N",
    "总磷": "TP",
    "总氮": "TN",
    "叶绿素α": "CHLA",
    "藻密度": "ALGAE",
}
#: The unit in which each item must come; another one is a structural finding.
UNITS = {
    "WT": "℃",
    "pH": "无量纲",
    "DO": "mg/L",
    "EC": "μS/cm",
    "TURB": "NTU",
    "CODMn": "mg/L",
    "NH3-N": "mg/L",
    "TP": "mg/L",
    "TN": "mg/L",
    "CHLA": "mg/L",
    "ALGAE": "cells/L",
}
_PLACE = ("省份", "流域", "断面名称", "监测时间", "站点情况")


def recognises_csv(text: str) -> bool:
    """By the columns 断面名称 and 监测时间."""
    return {"断面名称", "监测时间"} <= set(header_of(text))


def recognises_json(text: str) -> bool:
    """By an object with `thead` and `tbody`."""
    head = text.lstrip()[:4000]
    return head.startswith("{") and '"thead"' in text and '"tbody"' in text


def read_csv(text: str, name: str) -> WaterTable:
    """Readings of one section, in the month that its folder names."""
    header = header_of(text)
    columns = _item_columns(header)
    rows = records(text, _PLACE)
    year, month = _month_of(name)
    return WaterTable(
        NAME_CSV,
        _csv_rows(rows, list(columns)),
        items=tuple(columns.values()),
        columns=tuple(columns),
        reference=_last_day(year, month),
        month=(year, month),
    )


def _csv_rows(rows: Iterator[tuple[int, dict[str, str] | Finding]], columns: list[str]) -> Iterator[RawWater | Finding]:
    for line, row in rows:
        if isinstance(row, Finding):
            yield row
            continue
        yield RawWater(
            row=line,
            province=row["省份"],
            basin=row["流域"],
            section=row["断面名称"],
            city="",
            river="",
            time_text=row["监测时间"],
            status=row["站点情况"],
            cells=tuple(row[column] for column in columns),
        )


def read_json(text: str, name: str) -> WaterTable:
    """Readings of many sections on the day that the file name gives. Rows count from 1 in `tbody`."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StructuralError(Finding("broken_json")) from error
    if not isinstance(content, dict) or not isinstance(content.get("thead"), list):
        raise StructuralError(Finding("broken_json"))
    header = [_plain(cell).strip() for cell in content["thead"]]
    body = content.get("tbody")
    missing = [place for place in _PLACE if place not in header]
    if missing or not isinstance(body, list):
        raise StructuralError(Finding("column_missing", details={"columns": "、".join(missing) or "tbody"}))
    columns = _item_columns(header)
    return WaterTable(
        NAME_JSON,
        _json_rows(body, header, list(columns)),
        items=tuple(columns.values()),
        columns=tuple(columns),
        reference=_day_of(name),
    )


def _json_rows(body: list[Any], header: list[str], columns: list[str]) -> Iterator[RawWater | Finding]:
    for number, cells in enumerate(body, start=1):
        if not isinstance(cells, list) or len(cells) != len(header):
            yield wrong_width(number, len(cells) if isinstance(cells, list) else 0, len(header))
            continue
        row = dict(zip(header, cells, strict=True))
        city, river = _tooltip(str(row["断面名称"]))
        yield RawWater(
            row=number,
            province=_plain(row["省份"]),
            basin=_plain(row["流域"]),
            section=_plain(row["断面名称"]),
            city=city,
            river=river,
            time_text=_plain(row["监测时间"]),
            status=_plain(row["站点情况"]),
            cells=tuple(_measured(row[column]) for column in columns),
        )


def _item_columns(header: list[str]) -> dict[str, str]:
    """Heading -> item, for the headings that name an item and its unit."""
    found: dict[str, str] = {}
    for heading in header:
        match = re.fullmatch(r"(.+?)\((.+)\)", heading)
        item = ITEMS.get(match[1]) if match else None
        if match and item:
            if match[2].replace("µ", "μ") != UNITS[item]:
                raise StructuralError(Finding("unknown_unit", row=1, column=heading, original=match[2]))
            found[heading] = item
    if not found:
        raise StructuralError(Finding("column_missing", row=1, details={"columns": "监测项目"}))
    return found


def _plain(cell: object) -> str:
    return "" if cell is None else html.unescape(re.sub(r"<[^>]*>", "", str(cell))).strip()


def _measured(cell: object) -> str:
    """The value as measured, which the tooltip keeps (原始值); else what the cell shows."""
    original = re.search(r"title='原始值：([^']*)'", str(cell))
    return original[1].strip() if original else _plain(cell)


def _tooltip(cell: str) -> tuple[str, str]:
    text = html.unescape(cell)
    city = re.search(r"所在地市:([^\n']*)", text)
    river = re.search(r"所属河流:([^\n']*)", text)
    return (city[1].strip() if city else "", river[1].strip() if river else "")


def _month_of(name: str) -> tuple[int, int]:
    """The month that a folder (or the file name) gives. Raises StructuralError when none does."""
    found = re.findall(r"(?<!\d)(20\d{2})-(0[1-9]|1[0-2])(?!\d)", name)
    if not found:
        raise StructuralError(Finding("year_unknown", column="监测时间", original=name))
    return int(found[-1][0]), int(found[-1][1])


def _day_of(name: str) -> date:
    """The day that the file name gives. Raises StructuralError when it gives none."""
    found = re.findall(r"(?<!\d)(20\d{2})-(\d{2})-(\d{2})(?!\d)", name)
    try:
        return date(*(int(part) for part in found[-1]))
    except (IndexError, ValueError) as error:
        raise StructuralError(Finding("year_unknown", column="监测时间", original=name)) from error


def _last_day(year: int, month: int) -> date:
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    return date.fromordinal(first_of_next.toordinal() - 1)
