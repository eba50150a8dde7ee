"""Tables in, tables out: the AQI of rows, the year of cities, the class of sections, for `manage.py evaluate`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import numpy as np

from evaluation import air, air_years, basins
from evaluation.comparison import ranks
from evaluation.rounding import IntArray, Number, exact, round_half_even
from evaluation.standards import aqi_standard, table, versions_on
from evaluation.water import (
    CLASS_NAMES,
    Waterbody,
    assessed,
    assessment_places,
    counts_for_class,
    item_class,
    item_mean,
    reading,
    section_class,
)

Row = Mapping[str, str]
Code = Literal[
    "no column", "no date", "not a date", "not a number", "twice", "no rule", "not a water body", "not a class"
]

#: What stands for no value.
NOTHING = ("", "-", "—", "NA", "NaN", "null")

_SPELLINGS = {
    "日期": "date",
    "时间": "date",
    "地区": "region",
    "城市": "region",
    "city": "region",
    "region_code": "region",
    "月份": "month",
    "断面": "section",
    "断面名称": "section",
    "水体": "waterbody",
    "目标类别": "target_class",
    "pm2.5": "pm25",
    "o3": "o3_8h",
}


@dataclass(frozen=True)
class Problem:
    """Why a cell cannot be evaluated. `row` counts the rows below the header from 1; 0 is the whole table."""

    row: int
    column: str
    code: Code
    text: str


class SheetError(ValueError):
    """A table that cannot be evaluated, with every problem found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"row {one.row} {one.column}: {one.code} {one.text}" for one in problems))
        self.problems = problems


class _Reader:
    """Reads the cells of a table by what their columns mean, and collects what is wrong with them."""

    def __init__(self, rows: Sequence[Row], spelled: Callable[[str], str]) -> None:
        self.rows = rows
        self.column_of = {spelled(name): name for row in rows[:1] for name in row}
        self.problems: list[Problem] = []

    def text(self, row: int, name: str) -> str:
        value = (self.rows[row].get(self.column_of.get(name, "")) or "").strip()
        return "" if value in NOTHING else value

    def wrong(self, row: int, name: str, code: Code, text: str = "") -> None:
        self.problems.append(Problem(row + 1, self.column_of.get(name, name), code, text))

    def number(self, row: int, name: str, read: Callable[[str], Fraction] = exact) -> Fraction | None:
        text = self.text(row, name)
        if not text:
            return None
        try:
            value = read(text)
        except ValueError:
            value = Fraction(-1)
        if value < 0:
            self.wrong(row, name, "not a number", text)
            return None
        return value

    def day(self, row: int, otherwise: date | None = None) -> date | None:
        text = self.text(row, "date")
        if not text:
            if otherwise is None:
                self.wrong(row, "date", "no date")
            return otherwise
        parts = re.fullmatch(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d\d)(\d\d))(?:[ T].*)?", text)
        try:
            if parts:
                return date(int(parts[1]), int(parts[2] or parts[4]), int(parts[3] or parts[5]))
        except ValueError:
            pass
        self.wrong(row, "date", "not a date", text)
        return None

    def need(self, *names: str) -> None:
        """Each of the columns has to be there; of a tuple written with |, one of them."""
        for name in names:
            if not any(one in self.column_of for one in name.split("|")):
                self.problems.append(Problem(0, name, "no column", ""))
        self.done()

    def done(self) -> None:
        if self.problems:
            raise SheetError(self.problems)


def _spelled(name: str) -> str:
    plain = re.sub(r"[(（].*|\s", "", name.strip().lower().replace("₂", "2").replace("₃", "3"))
    return _SPELLINGS.get(plain, plain)


# ---- aqi -------------------------------------------------------------------------------------------------------------

_REAL_TIME = ("pm25_1h", "pm10_1h", "so2_1h", "no2_1h", "co_1h")


def evaluate_aqi(rows: Sequence[Row], on: date | None = None) -> list[dict[str, str]]:
    """The AQI of each row, its own columns kept in front. Concentrations in µg/m³, CO in mg/m³.

    Columns pm25, pm10, so2, no2, co, o3_8h, o3_1h make a daily report; with hours of other pollutants (so2_1h ...) the
    row is a real-time report. Each row goes by the rule in force on its `date`; all by that of `on`, where it is given.
    SheetError with every cell that is no concentration or no date, and for days before the first rule.
    """
    sheet = _Reader(rows, _spelled)
    sheet.need("|".join([*air.DAILY_FIGURES, *_REAL_TIME]))
    hourly = any(name in sheet.column_of for name in _REAL_TIME)
    report = air.real_time_report if hourly else air.daily_report
    names = [name for name in (*air.DAILY_FIGURES, *_REAL_TIME) if name in sheet.column_of]
    out = []
    for row, cells in enumerate(rows):
        figures = {name: sheet.number(row, name) for name in names}
        day = on or sheet.day(row)
        if day is None:
            continue
        try:
            found = report(figures, day)
        except LookupError:
            sheet.wrong(row, "date", "no rule", day.isoformat())
            continue
        out.append({**cells, **_aqi_columns(found)})
    sheet.done()
    return out


def _aqi_columns(found: air.AqiReport) -> dict[str, str]:
    indices = {f"iaqi_{name}": "" if index is None else str(index) for name, index in found.indices.items()}
    return {
        **indices,
        "aqi": "" if found.aqi is None else str(air.displayed_aqi(found.aqi)),
        "category": "" if found.aqi is None else air.band(found.aqi).category_zh,
        "primary": ";".join(found.primary),
        "exceeding": ";".join(found.exceeding),
        "missing": ";".join(found.missing),
        "standard": found.standard,
    }


# ---- year ------------------------------------------------------------------------------------------------------------


def evaluate_year(rows: Sequence[Row], on: date | None = None) -> list[dict[str, str]]:
    """The years of cities from their days: columns date, pm25, pm10, so2, no2, co, o3_8h, and region where several.

    One row a figure: the ten that judge a year, good days, the composite index with its rank among the regions of the
    year. `on`: the same basis, everything by the rules of that day; else each day by its own rule and the year by the
    limits of its last day. SheetError as `evaluate_aqi`, and for a day that comes twice.
    """
    sheet = _Reader(rows, _spelled)
    sheet.need("date", "|".join(air.DAILY_FIGURES))
    values = _days_by_year(sheet)
    sheet.done()
    years = {}
    for (region, year), found in values.items():
        days = [date(year, 1, 1) + timedelta(days=n) for n in range((max(found) - date(year, 1, 1)).days + 1)]
        figures = {name: _column([found.get(day, {}).get(name) for day in days]) for name in air.DAILY_FIGURES}
        try:
            years[region, year] = (days, figures, air_years.air_year(figures, days, basis=on))
        except LookupError:
            raise SheetError([Problem(0, "date", "no rule", str(year))]) from None
    placed = _ranks({key: year for key, (_days, _figures, year) in years.items()})
    return [
        {"region": region, "year": str(year), **line}
        for (region, year), (days, figures, found_year) in years.items()
        for line in _year_lines(found_year, days, figures, on, placed.get((region, year)))
    ]


def _days_by_year(sheet: _Reader) -> dict[tuple[str, int], dict[date, dict[str, Fraction]]]:
    found: dict[tuple[str, int], dict[date, dict[str, Fraction]]] = defaultdict(dict)
    for row in range(len(sheet.rows)):
        cells = {name: sheet.number(row, name) for name in air.DAILY_FIGURES if name in sheet.column_of}
        day = sheet.day(row)
        if day is None:
            continue
        year = found[sheet.text(row, "region"), day.year]
        if day in year:
            sheet.wrong(row, "date", "twice", day.isoformat())
        year[day] = {name: value for name, value in cells.items() if value is not None}
    return found


def _column(values: Iterable[Fraction | None]) -> IntArray:
    scaled = [air.MISSING if value is None else int(round_half_even(value * air.DAY_SCALE, 0)) for value in values]
    return np.array(scaled, dtype=np.int64)


def _ranks(years: Mapping[tuple[str, int], air_years.AirYear]) -> dict[tuple[str, int], int]:
    placed: dict[tuple[str, int], int] = {}
    for year in {year for _region, year in years}:
        of_year = {key: found.composite.index for key, found in years.items() if key[1] == year and found.composite}
        placed |= ranks(of_year)
    return placed


def _year_lines(
    found: air_years.AirYear, days: Sequence[date], figures: Mapping[str, IntArray], on: date | None, rank: int | None
) -> Iterable[dict[str, str]]:
    for code, value in found.values.items():
        pollutant = value.metric.pollutant
        daily = [on] * len(days) if on else days
        rate = air_years.single_item_attainment(pollutant, figures[air_years.COLUMN_OF[pollutant]], daily)
        yield _line(
            code,
            value.printed,
            "mg/m3" if pollutant == "CO" else "µg/m3",
            limit=str(value.limit),
            attains=_yes(value.attains),
            sufficient=_yes(value.sufficient),
            days_valid=str(value.days_valid),
            exceedance_multiple=str(value.exceedance_multiple),
            attainment_rate="" if value.metric.percent is None or rate is None else str(rate),
        )
    counts, standard = found.counts, aqi_standard(on or days[-1])
    if counts.good_ratio is not None:
        valid = str(counts.valid)
        known = {"sufficient": _yes(found.counts_suffice), "days_valid": valid, "standard": standard}
        yield _line("good-day ratio", round_half_even(counts.good_ratio, 1), "%", **known)
        yield _line("heavy-pollution days", Decimal(counts.heavy), "d", **known)
    if found.composite is not None:
        main = ";".join(found.composite.main)
        enough = _yes(found.composite_suffices)
        yield _line(
            "composite index", found.composite.index, "", sufficient=enough, rank=str(rank), main_pollutants=main
        )
    yield _line("all items", None, "", attains=_yes(found.attains))


_YEAR_COLUMNS = (
    "figure",
    "value",
    "unit",
    "limit",
    "attains",
    "sufficient",
    "days_valid",
    "exceedance_multiple",
    "attainment_rate",
    "rank",
    "main_pollutants",
    "standard",
)


def _line(figure: str, value: Decimal | None, unit: str, **cells: str) -> dict[str, str]:
    filled = {"figure": figure, "value": "" if value is None else str(value), "unit": unit, **cells}
    return {column: filled.get(column, "") for column in _YEAR_COLUMNS}


def _yes(known: bool | None) -> str:
    return "" if known is None else "true" if known else "false"


# ---- water -----------------------------------------------------------------------------------------------------------


def evaluate_water(rows: Sequence[Row], on: date | None = None) -> list[dict[str, str]]:
    """The class of sections from their readings, and last a row for all of them.

    Columns: section; items by key or Chinese name, units in brackets ignored (mg/L as in GB 3838). Where there are any:
    date or month (rows of a month are averaged, then the months), waterbody (river or lake), target_class (1 to 5 or Ⅰ
    to Ⅴ). "0.01L" and "<0.01" stand for half the detection limit. GB 3838-2002 is the only standard; SheetError for a
    day `on` before it, and with every cell that cannot be read.
    """
    if on is not None and "GB 3838-2002" not in [one.standard for one in versions_on(on)]:
        raise SheetError([Problem(0, "date", "no rule", on.isoformat())])
    sheet = _Reader(rows, lambda name: _item_spelled(name) or _spelled(name))
    items = [name for name in sheet.column_of if name in _items()]
    sheet.need("section")
    if not any(counts_for_class(item) for item in items):
        raise SheetError([Problem(0, "pH, DO, CODMn ...", "no column", "")])
    found: dict[str, dict[str, dict[object, list[Fraction]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    bodies: dict[str, Waterbody] = {}
    targets: dict[str, int] = {}
    for row in range(len(rows)):
        section = sheet.text(row, "section")
        if not section:
            continue
        day = sheet.day(row) if "date" in sheet.column_of else None
        month: object = (day.year, day.month) if day else sheet.text(row, "month") or row
        bodies[section] = _waterbody(sheet, row)
        targets |= _target(sheet, row, section)
        for item in items:
            value = sheet.number(row, item, reading)
            if value is not None:
                found[section][item][month].append(value)
    sheet.done()
    means: dict[str, dict[str, Number]] = {
        section: {
            item: item_mean(item, [item_mean(item, values) for values in months.values()])
            for item, months in found[section].items()
        }
        for section in bodies
    }
    lines = [_section_line(section, means[section], bodies[section], targets.get(section)) for section in bodies]
    return [*lines, *_all_sections(means, bodies)]


def _items() -> dict[str, str]:
    return {row["key"]: row["name_cn"] for row in table("gb3838_table1")}


def _item_spelled(name: str) -> str | None:
    plain = re.sub(r"[(（](?!六价).*|\s", "", name.strip().replace("（六价）", "(六价)"))
    names = _items()
    aliases = {"Cr6": "六价铬", "pH": "PH"}
    return next((key for key, zh in names.items() if plain in (key, zh, aliases.get(key))), None)


def _waterbody(sheet: _Reader, row: int) -> Waterbody:
    text = sheet.text(row, "waterbody")
    meaning: dict[str, Waterbody] = {"": "river", "river": "river", "河流": "river", "lake": "lake", "湖库": "lake"}
    if text not in meaning:
        sheet.wrong(row, "waterbody", "not a water body", text)
    return meaning.get(text, "river")


def _target(sheet: _Reader, row: int, section: str) -> dict[str, int]:
    text = sheet.text(row, "target_class")
    known = {name: grade for grade, name in CLASS_NAMES.items()} | {str(grade): grade for grade in range(1, 6)}
    if text and text.removesuffix("类") not in known:
        sheet.wrong(row, "target_class", "not a class", text)
        return {}
    return {section: known[text.removesuffix("类")]} if text else {}


_WATER_COLUMNS = (
    "section",
    "waterbody",
    "class",
    "grade",
    "items",
    "worst_items",
    "main_pollutants",
    "target_class",
    "meets_target",
    "sections",
    "share_I_III",
    "share_worse_than_V",
    "notes",
)


def _section_line(section: str, means: Mapping[str, Number], body: Waterbody, target: int | None) -> dict[str, str]:
    found = section_class(means, body)
    line = dict.fromkeys(_WATER_COLUMNS, "") | {"section": section, "waterbody": body}
    if found is None:
        return line
    main = basins.main_pollutants(means, body)
    return line | {
        "class": CLASS_NAMES[found.grade],
        "grade": basins.section_grade(found.grade).name_zh,
        "items": str(found.items),
        "worst_items": ";".join(found.worst),
        "main_pollutants": ";".join(str(one) for one in main),
        "target_class": "" if target is None else CLASS_NAMES[target],
        "meets_target": "" if target is None else _yes(basins.meets_own_target(found, target)),
        "notes": ";".join(_better_by_rounding(means, body)),
    }


def _better_by_rounding(means: Mapping[str, Number], body: Waterbody) -> Iterable[str]:
    """The items whose class is better once rounded for assessment: pH at no decimals lets 9.4 pass (C)."""
    for item, value in means.items():
        if counts_for_class(item, body):
            rounded = assessed(item, value)
            if item_class(item, rounded, body) < item_class(item, value, body):
                yield f"{item} {round_half_even(value, assessment_places(item) + 2)} → {rounded}"


def _all_sections(means: Mapping[str, Mapping[str, Number]], bodies: Mapping[str, Waterbody]) -> list[dict[str, str]]:
    """A row for the rivers and one for the lakes: shares, and the grade by the rule for many sections."""
    lines = []
    for body in ("river", "lake"):
        chosen = [means[section] for section in means if bodies[section] == body]
        grade = basins.region_grade(chosen, body)
        classes = [one.grade for section in chosen if (one := section_class(section, body)) is not None]
        if grade is not None:
            lines.append(
                dict.fromkeys(_WATER_COLUMNS, "")
                | {
                    "section": "*",
                    "waterbody": body,
                    "grade": grade.grade.name_zh,
                    "sections": str(len(classes)),
                    "share_I_III": str(round_half_even(basins.class_share(classes, (1, 2, 3)), 1)),
                    "share_worse_than_V": str(round_half_even(basins.class_share(classes, (6,)), 1)),
                }
            )
    return lines


EVALUATIONS: Mapping[str, Callable[[Sequence[Row], date | None], list[dict[str, str]]]] = {
    "aqi": evaluate_aqi,
    "year": evaluate_year,
    "water": evaluate_water,
}


def unused_columns(what: str, header: Iterable[str]) -> list[str]:
    """The columns that an evaluation of years or of water leaves aside, as they are written."""
    if what == "water":
        known = {"section", "date", "month", "waterbody", "target_class"}
        return [name for name in header if _spelled(name) not in known and _item_spelled(name) is None]
    return [name for name in header if _spelled(name) not in {"date", "region", *air.DAILY_FIGURES}]
