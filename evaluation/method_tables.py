"""The numbers of the standards in force on a day, as tables to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from evaluation import standards, validity

#: A title or heading in Chinese and English.
Words = tuple[str, str]


@dataclass(frozen=True)
class Table:
    """Numbers as the standard in force prints them."""

    key: str
    title: Words
    standard: str
    columns: Sequence[Words]
    rows: Sequence[Sequence[str]]


def tables_on(on: date) -> list[Table]:
    """The tables in force on a day; those of a standard that did not exist yet are left out."""
    makers = (_breakpoints, _bands, _limits, _validity, _water_limits, _water_decimals, _sea_limits)
    return [table for make in makers if (table := make(on)) is not None]


def _breakpoints(on: date) -> Table | None:
    try:
        standard = standards.aqi_standard(on)
    except LookupError:
        return None
    rows = [row for row in standards.table("air_iaqi_breakpoints") if row["standard"] == standard]
    pairs = list(dict.fromkeys((row["pollutant"], row["averaging"], row["unit"]) for row in rows))
    cells = {(row["pollutant"], row["averaging"], row["iaqi"]): row["concentration_breakpoint"] for row in rows}
    levels = list(dict.fromkeys(row["iaqi"] for row in rows))
    return Table(
        "breakpoints",
        ("空气质量分指数对应的浓度，µg/m³（CO mg/m³）", "Concentrations of the sub-indices, µg/m³ (CO mg/m³)"),
        standard,
        [("分指数", "Sub-index"), *((f"{name} {averaging}",) * 2 for name, averaging, _unit in pairs)],
        [
            [level, *(cells.get((name, averaging, level), "") or "—" for name, averaging, _unit in pairs)]
            for level in levels
        ],
    )


def _bands(on: date) -> Table | None:
    if on < standards.PILOT_FROM:
        return None
    return Table(
        "bands",
        ("指数级别与颜色", "Bands and colours of the index"),
        standards.aqi_standard(on),
        [("AQI", "AQI"), ("级别", "Level"), ("类别", "Category"), ("英文名", "In English"), ("颜色RGB", "Colour RGB")],
        [
            [
                f"{one.low}–{one.high}",
                one.level_zh,
                one.category_zh,
                one.category_en,
                "{}, {}, {}".format(*one.rgb),
            ]
            for one in standards.aqi_bands()
        ],
    )


def _limits(on: date) -> Table | None:
    rows = standards.air_limits_on(on)
    if not rows:
        return None
    return Table(
        "limits",
        ("环境空气浓度限值", "Limits of ambient air"),
        rows[0]["standard"],
        [
            ("污染物", "Pollutant"),
            ("平均时间", "Averaging"),
            ("一级", "Level 1"),
            ("二级", "Level 2"),
            ("单位", "Unit"),
            ("核实", "Mark"),
        ],
        [
            [
                row["pollutant"],
                row["averaging"],
                row["level_1"],
                row["level_2"],
                row["unit"].replace("ug", "µg"),
                row["verified"],
            ]
            for row in rows
        ],
    )


#: The settings of a validity profile, in words.
_SETTINGS: dict[str, Words] = {
    "minutes_per_hour": ("小时值：采样分钟数", "Hour: minutes of sampling"),
    "hours_per_day": ("日均值：有效小时数", "Day: valid hours"),
    "hours_per_8h": ("8小时平均：有效小时数", "8 h mean: valid hours"),
    "first_window_end": ("日最大8小时：首个滑动平均结束于（时）", "Daily max 8 h: first window ends at (o'clock)"),
    "windows": ("日最大8小时：滑动平均个数", "Daily max 8 h: windows"),
    "windows_needed": ("日最大8小时：至少有效个数", "Daily max 8 h: valid windows needed"),
    "valid_above_limit": ("个数不足但超过限值时有效", "Valid with fewer when above the limit"),
    "days_per_year": ("年：有效天数", "Year: valid days"),
    "percent_of_year": ("年：有效天数占比%", "Year: valid days, %"),
    "percent_of_quarter": ("季：有效天数占比%", "Quarter: valid days, %"),
    "days_per_month": ("月：有效天数", "Month: valid days"),
    "days_per_february": ("2月：有效天数", "February: valid days"),
    "season": ("臭氧季（月）", "Ozone season (months)"),
    "percent_of_season": ("臭氧季：有效天数占比%", "Ozone season: valid days, %"),
    "percent_of_points": ("城市：有效点位占比%", "City: valid points, %"),
    "percent_of_few_points": ("城市：点位少时占比%", "City: valid points where few, %"),
    "few_points": ("点位少于", "Few means fewer than"),
}


def _validity(_on: date) -> Table:
    def cell(profile: validity.ValidityProfile, name: str) -> str:
        value = getattr(profile, name)
        if name == "season":
            return "—" if value is None else f"{value[0]}–{value[1]}"
        return {True: "✓", False: "—"}[value] if isinstance(value, bool) else str(value or "—")

    profiles = list(validity.PROFILES.values())
    return Table(
        "validity",
        ("数据有效性要求（EU、EPA、CAAQS未核实，标R）", "Validity of data (EU, EPA, CAAQS unverified, marked R)"),
        "GB 3095 表4；HJ 663 6.1",
        [("要求", "Requirement"), *((profile.code,) * 2 for profile in profiles)],
        [[name, *(cell(profile, name) for profile in profiles)] for name in _SETTINGS],
    )


#: What else stands in a cell and differs between the languages.
_WORDS: dict[str, Words] = {
    "annual": ("年平均", "annual"),
    "quarterly": ("季平均", "quarterly"),
    "24h": ("24小时平均", "24 h"),
    "1h": ("1小时平均", "1 h"),
    "daily max 8h": ("日最大8小时平均", "daily max 8 h"),
    "河流": ("河流", "river"),
    "湖库": ("湖库", "lake"),
    "range": ("范围", "range"),
    "COD (alkaline permanganate)": ("化学需氧量", "COD (alkaline permanganate)"),
    "inorganic N": ("无机氮", "inorganic N"),
    "active phosphate P": ("活性磷酸盐", "active phosphate P"),
    "petroleum": ("石油类", "petroleum"),
    "non-ionic NH3": ("非离子氨", "non-ionic NH3"),
    "total Cr": ("总铬", "total Cr"),
    **{f"{numeral}级": (f"{numeral}级", f"Level {n}") for n, numeral in enumerate("一二三四五六", start=1)},
}


def worded(cell: str) -> Words:
    """A cell in both languages; a number, a symbol or the standard's own word is the same in both."""
    return _SETTINGS.get(cell) or _WORDS.get(cell) or _water_items().get(cell) or (cell, cell)


@lru_cache(maxsize=1)
def _water_items() -> Mapping[str, Words]:
    return {row["name_cn"]: (row["name_cn"], row["name_en"]) for row in standards.table("gb3838_table1")}


def _water_limits(on: date) -> Table | None:
    if not _in_force("GB 3838-2002", on):
        return None
    rows = [row for row in standards.table("gb3838_table1") if row["rule"] != "none"]
    return Table(
        "water",
        ("地表水环境质量标准基本项目限值", "Limits of surface water"),
        "GB 3838-2002 表1",
        [
            ("项目", "Item"),
            ("名称", "Name"),
            ("水体", "Water body"),
            *((name,) * 2 for name in ("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ")),
            ("单位", "Unit"),
        ],
        [
            [
                row["key"],
                row["name_cn"],
                {"both": "—", "river": "河流", "lake": "湖库"}[row["waterbody"]],
                *(row[f"class_{name}"] for name in ("I", "II", "III", "IV", "V")),
                row["unit"],
            ]
            for row in rows
        ],
    )


def _water_decimals(_on: date) -> Table:
    return Table(
        "decimals",
        ("地表水评价保留的小数位数", "Decimals for assessing surface water"),
        "环办监测函〔2020〕82号（C）",
        [("项目", "Item"), ("小数位数", "Decimals")],
        [[row["indicator"], row["assessment_decimals"]] for row in standards.table("surface_water_decimals")],
    )


def _sea_limits(on: date) -> Table | None:
    if not _in_force("GB 3097-1997", on):
        return None
    return Table(
        "sea",
        ("海水水质标准主要项目限值", "Limits of sea water"),
        "GB 3097-1997",
        [
            ("项目", "Item"),
            ("比较", "Rule"),
            *((f"{numeral}类", f"Class {n}") for n, numeral in enumerate("一二三四", start=1)),
            ("单位", "Unit"),
            ("核实", "Mark"),
        ],
        [
            [row["item"], row["rule"], *(row[f"class_{n}"] for n in range(1, 5)), row["unit"], row["verified"][0]]
            for row in standards.table("gb3097_seawater")
        ],
    )


def _in_force(standard: str, on: date) -> bool:
    return standard in [one.standard for one in standards.versions_on(on)]
