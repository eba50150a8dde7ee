"""(g) Monthly sheets as bureaus lay them out: a merged title with year and month, two rows of headings with units, one
row a city or section, total rows at the end, "—" where there is no figure.

The title is the document that a figure names; it says neither an issuer nor a day of publication, and none is made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from evaluation.calendar import month_end
from ingest.readers.text import csv_rows
from ingest.readers.water_stations import ITEMS, UNITS
from ingest.tidy import FigureTable, Finding, RawFigure, RawWater, StructuralError, WaterTable

NAME_AIR = "bureau_air_month"
NAME_WATER = "bureau_water_month"

#: What stands for "no figure".
BLANK = frozenset({"", "—", "-", "－", "/", "--", "*"})

#: A heading without its unit (a pattern) -> indicator and the unit it must come in.
_INDICATORS = (
    (r"(优良天数|AQI达标率|空气质量优良天数|优良率).*", "good_day_ratio", "%"),
    (r"PM2\.?5", "pm25_mean", "µg/m3"),
    (r"PM10", "pm10_mean", "µg/m3"),
    (r"SO2", "so2_mean", "µg/m3"),
    (r"NO2", "no2_mean", "µg/m3"),
    (r"O3.*(90|评价浓度).*", "o3_p90", "µg/m3"),
    (r"CO.*95.*", "co_p95", "mg/m3"),
    (r".*综合指数", "composite_index", ""),
)
_TITLE = re.compile(r"(20\d{2})年(\d{1,2})(?:[—\-–~至](\d{1,2}))?月(?:(\d{1,2})[—\-–~至](\d{1,2})日)?(.+)")
_SUBJECT = re.compile(r"(.+?(?:省|自治区|市|州|盟|地区))")
_TOTAL = frozenset({"合计", "总计", "平均", "均值", "小计"})


@dataclass(frozen=True)
class _Title:
    text: str
    first: date
    last: date
    region: str


def _title(text: str) -> _Title | None:
    """The period and region of a title such as 2021年1—8月广西壮族自治区设区市环境空气质量状况."""
    found = _TITLE.fullmatch(re.sub(r"\s+", "", text))
    if found is None:
        return None
    year, month, until, first_day, last_day, rest = found.groups()
    region = _SUBJECT.match(rest)
    try:
        first = date(int(year), int(month), int(first_day or 1))
        last = (
            date(int(year), int(until or month), int(last_day))
            if last_day
            else month_end(date(int(year), int(until or month), 1))
        )
    except ValueError:
        return None
    return _Title(found[0], first, last, region[1] if region else "") if last >= first else None


def _begins(text: str) -> tuple[_Title | None, list[str]]:
    rows = [row for _line, row in _first_rows(text, 2)]
    title = _title("".join(rows[0])) if rows and sum(1 for cell in rows[0] if cell.strip()) == 1 else None
    return title, [cell.strip() for cell in rows[1]] if len(rows) > 1 else []


def _first_rows(text: str, count: int) -> list[tuple[int, list[str]]]:
    rows = []
    for row in csv_rows(text[:20_000]):
        rows.append(row)
        if len(rows) == count:
            break
    return rows


def recognises_air(text: str) -> bool:
    """By a title with a month, and a column 城市 below it."""
    title, header = _begins(text)
    return title is not None and "城市" in header


def recognises_water(text: str) -> bool:
    """By a title with a month, and a column 断面名称 below it."""
    title, header = _begins(text)
    return title is not None and "断面名称" in header


@dataclass(frozen=True)
class _Column:
    """A column under its two headings; `unit` from whichever names one."""

    above: str
    name: str
    unit: str
    left: str  # the heading to its left


def _columns(first: Sequence[str], second: Sequence[str]) -> list[_Column]:
    """Two rows of headings as one: a merged heading holds for the cells to its right."""
    found: list[_Column] = []
    above = ""
    for top, below in zip((_plain(cell) for cell in first), (_plain(cell) for cell in second), strict=True):
        above = top or above
        (upper, upper_unit), (lower, lower_unit) = _split(above), _split(below)
        left = found[-1].name if found else ""
        found.append(_Column(upper if below else "", lower or upper, lower_unit or upper_unit, left))
    return found


def _plain(cell: str) -> str:
    return re.sub(r"\s+", "", cell).replace("（", "(").replace("）", ")").replace("³", "3").replace("₂", "2")


def _split(heading: str) -> tuple[str, str]:
    found = re.fullmatch(r"(.*?)\(([^()]*)\)", heading)
    return (found[1], re.sub("[μµ]", "µ", found[2])) if found else (heading, "")


def _table(text: str) -> tuple[_Title, list[_Column], Iterator[tuple[int, list[str]]]]:
    rows = csv_rows(text)
    (_line, above), (line, first), (_next, second) = (next(rows, (0, [])) for _ in range(3))
    title = _title("".join(above))
    if title is None or len(second) != len(first):
        raise StructuralError(Finding("broken_csv", row=line))
    return title, _columns(first, second), rows


def _place_of(name: str, columns: Sequence[_Column]) -> int:
    """Where a column stands. Raises StructuralError when it is not there."""
    for place, column in enumerate(columns):
        if column.name == name:
            return place
    raise StructuralError(Finding("column_missing", row=2, details={"columns": name}))


# ---- air -------------------------------------------------------------------------------------------------------------


def read_air(text: str, _name: str) -> FigureTable:
    """Figures of cities, and of the region in the total rows."""
    title, columns, rows = _table(text)
    indicators = {place: found for place, column in enumerate(columns) if (found := _indicator(column))}
    if not indicators:
        raise StructuralError(Finding("column_missing", row=2, details={"columns": "PM2.5、优良天数比例…"}))
    city = _place_of("城市", columns)
    return FigureTable(NAME_AIR, _air_rows(rows, title, city, indicators, len(columns)))


def _indicator(column: _Column) -> tuple[str, str, str] | None:
    """Indicator, unit and scope words of a column; StructuralError for another unit than the indicator's."""
    if column.above == "排名":
        return None  # follows from the figures
    if column.name == "排名":  # ranks what stands to its left
        return ("rank", "", "设区市综合指数排名") if "综合指数" in column.left else None
    for pattern, code, unit in _INDICATORS:
        if re.fullmatch(pattern, column.name):
            if column.unit != unit:
                raise StructuralError(Finding("unknown_unit", 3, column.name, column.unit))
            return code, unit, ""
    return None


def _air_rows(
    rows: Iterator[tuple[int, list[str]]],
    title: _Title,
    city: int,
    indicators: dict[int, tuple[str, str, str]],
    width: int,
) -> Iterator[RawFigure | Finding]:
    for line, row in rows:
        if len(row) != width:
            yield Finding("wrong_field_count", line, details={"found": len(row), "wanted": width})
            continue
        cells = [cell.strip() for cell in row]
        region, scope = _whose(cells, city, title)
        for place, (code, unit, words) in indicators.items():
            if cells[place] not in BLANK:
                yield RawFigure(
                    line,
                    {
                        "region_code": "",
                        "region": region,
                        "within": title.region,
                        "period_start": f"{title.first:%Y-%m}",
                        "period_end": f"{title.last:%Y-%m}",
                        "indicator": code,
                        "value": cells[place],
                        "unit": unit,
                        "yoy": "",
                        "yoy_unit": "",
                        "scope": words or scope,
                        "issuer": title.text,
                        "published_on": "",
                        "note": "",
                        "kind": "observed",
                        "operator": "",
                    },
                )


def _whose(cells: Sequence[str], city: int, title: _Title) -> tuple[str, str]:
    """The region of a row and the words of its scope: a total row is the title's region, in the row's own words."""
    label = cells[city]
    is_total = cells[0] in _TOTAL or not cells[0] or re.match(r"全[省市区国]|平均|\d+个", label)
    if not is_total:
        return label, ""
    return title.region, re.sub(r"^(全[省市区])\(.*\)$", r"\1", label.replace("（", "(").replace("）", ")"))


# ---- water -----------------------------------------------------------------------------------------------------------


def read_water(text: str, _name: str) -> WaterTable:
    """Means of sections over the title's period, as the bureau gives them; stamped within its last day."""
    title, columns, rows = _table(text)
    items: dict[int, str] = {}
    for place, column in enumerate(columns):
        item = ITEMS.get(column.name)
        if item:
            if column.unit.replace("µ", "μ") != UNITS[item]:
                raise StructuralError(Finding("unknown_unit", 3, column.name, column.unit))
            items[place] = item
    if not items:
        raise StructuralError(Finding("column_missing", row=3, details={"columns": "监测项目"}))
    return WaterTable(
        NAME_WATER,
        _water_rows(rows, title, columns, list(items), _place_of("断面名称", columns)),
        items=tuple(items.values()),
        columns=tuple(columns[place].name for place in items),
        reference=title.last,
        month=(title.last.year, title.last.month),
    )


def _water_rows(
    rows: Iterator[tuple[int, list[str]]],
    title: _Title,
    columns: Sequence[_Column],
    items: Sequence[int],
    section: int,
) -> Iterator[RawWater | Finding]:
    where = {column.name: place for place, column in enumerate(columns)}
    for line, row in rows:
        if len(row) != len(columns):
            yield Finding("wrong_field_count", line, details={"found": len(row), "wanted": len(columns)})
            continue
        cells = [cell.strip() for cell in row]
        if cells[0] in _TOTAL or re.fullmatch(r"\d+个断面", cells[section]):
            continue  # the shares of the total row follow from the sections
        city = cells[where["所在地市"]] if "所在地市" in where else ""
        yield RawWater(
            row=line,
            province=title.region,
            basin=cells[where["流域"]] if "流域" in where else "",
            section=cells[section],
            city="" if city in BLANK else city,
            river="",
            time_text=f"{title.last:%m-%d} 23:59",
            status="正常",
            cells=tuple(cells[place] for place in items),
        )
