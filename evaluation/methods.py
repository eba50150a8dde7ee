"""How each figure is worked out, for a layman: drawn from the docstrings of the functions and from the tables.

A docstring's paragraphs "In words:", "方法：" and "依据：" (clause and mark) are what the page and docs/methods.md
print, so neither can say anything else than the code. `python -m evaluation.methods` prints the latter.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from evaluation import (
    air,
    air_days,
    air_years,
    basins,
    budget,
    comparison,
    lakes,
    progress,
    sea,
    shares,
    standards,
    statistics,
    totals,
    validity,
    water,
)

#: A title or heading in Chinese and English.
Words = tuple[str, str]


@dataclass(frozen=True)
class Method:
    """One function: what it does in both languages, and on which clause it rests, with the mark of its verification."""

    title: Words
    name: str
    zh: str
    en: str
    basis: str


@dataclass(frozen=True)
class Topic:
    """The methods of one kind of figure."""

    key: str
    title: Words
    functions: Sequence[tuple[Words, Any]]

    @property
    def methods(self) -> list[Method]:
        """The methods as their docstrings tell them."""
        return [described(title, function) for title, function in self.functions]


TOPICS: tuple[Topic, ...] = (
    Topic(
        "aqi",
        ("空气质量指数", "Air quality index"),
        (
            (("分指数", "Sub-index"), air.iaqi),
            (("日报、首要污染物、缺项", "Daily report, primary pollutant, what is missing"), air.daily_report),
            (("级别、优良天、重污染天", "Bands, good days, heavy-pollution days"), air.band),
            (("实时报", "Real-time report"), air.real_time_report),
            (("按当时标准与同口径", "As then, and on the same basis"), air.aqi_by_date),
        ),
    ),
    Topic(
        "air-day",
        ("空气：从小时到日、从站点到城市", "Air: from hours to days, from stations to cities"),
        (
            (("日均值与城市日值", "Daily means and the city's day"), air_days.city_days),
            (("臭氧日最大8小时平均", "Ozone: daily maximum of the 8-hour mean"), air_days.station_max_8h),
        ),
    ),
    Topic(
        "air-year",
        ("空气：月、年评价", "Air: months and years"),
        (
            (("平均浓度", "Mean concentration"), air_years.mean_of_days),
            (("百分位数", "Percentile"), statistics.percentile),
            (("年评价看什么", "What judges a year"), air_years.metrics),
            (("达标", "Attainment"), air_years.period_value),
            (("有效月", "A valid month"), air_years.month_mean),
            (("有效年", "A valid year"), validity.ValidityProfile.year_suffices),
            (("优良天数比率", "Share of good days"), air_years.DayCounts.good_ratio),
            (("沙尘与例外事件两本账", "Two accounts of dust and exceptional days"), air_years.air_year),
            (("全省（区）数值", "A province's figure"), air_years.province_value),
            (("参比状态与实况", "Reference and actual state"), air_years.at_reference_state),
        ),
    ),
    Topic(
        "composite-index",
        ("环境空气质量综合指数", "Composite index of air"),
        ((("综合指数与主要污染物", "Index and main pollutant"), air_years.composite_index),),
    ),
    Topic(
        "comparison",
        ("同比、环比与排名", "Comparison and ranks"),
        (
            (("同比、环比", "Change in per cent"), comparison.change_percent),
            (("比率的变化", "Change of a share"), comparison.change_points),
            (("同比三年均值", "On the mean of three years"), comparison.on_three_years),
            (("排名", "Ranks"), comparison.ranks),
        ),
    ),
    Topic(
        "water",
        ("地表水", "Surface water"),
        (
            (("低于检出限", "Below detection"), water.reading),
            (("平均", "Mean over time"), water.ph_mean),
            (("修约", "Decimals"), water.assessed),
            (("单项类别", "Class of an item"), water.item_class),
            (("断面类别", "Class of a section"), water.section_class),
            (("断面定性评价", "Grade of a section"), basins.section_grade),
            (("断面达标", "A section's own target"), basins.meets_own_target),
            (("类别比例", "Share of classes"), basins.class_share),
            (("河流、流域、区域定性评价", "Grade of a river, basin or region"), basins.grade_of_shares),
            (("超标倍数与主要污染指标", "Multiples and main pollutants"), basins.exceedances),
            (("城市水质指数", "City water quality index"), basins.cwqi),
        ),
    ),
    Topic(
        "lakes",
        ("湖库营养状态", "Trophic state of lakes"),
        (
            (("综合营养状态指数", "Trophic index"), lakes.tli),
            (("营养状态分级", "Trophic state"), lakes.trophic_state),
        ),
    ),
    Topic(
        "sea",
        ("海水", "Sea water"),
        (
            (("海水类别", "Class of sea water"), sea.sea_class),
            (("近岸海域优良水质比例", "Share of good nearshore water"), sea.good_area_share),
        ),
    ),
    Topic(
        "shares",
        ("地下水、饮用水、土壤等比例", "Groundwater, drinking water, soil: shares"),
        (
            (("地下水Ⅴ类水比例", "Groundwater of class Ⅴ"), shares.groundwater_class_v_share),
            (("饮用水水源地达标率", "Drinking-water sources that meet class Ⅲ"), shares.sources_met_by_number),
            (("受污染耕地安全利用率", "Safe use of contaminated farmland"), shares.safe_use_of_farmland),
            (("其他比率", "Other shares"), shares.share),
        ),
    ),
    Topic(
        "totals",
        ("总量减排与降碳", "Totals and carbon"),
        (
            (("比基准年削减", "Cut on a baseline"), totals.cut_percent),
            (("重点工程减排量", "Tonnes of key projects"), totals.key_project_progress),
            (("强度下降率", "Fall of an intensity"), totals.intensity_fall),
            (("累计下降率", "Cumulative fall"), totals.cumulative_fall),
            (("时序进度", "Schedule"), totals.schedule_point),
        ),
    ),
    Topic(
        "steering",
        ("全年目标的余量与状态", "What the year may still hold, and states"),
        (
            (("年剩余日控制值", "What the remaining mean may be"), budget.remaining_mean),
            (("还可超标天数", "Days that may still fail"), budget.days_that_may_fail),
            (("百分位数的余量", "Budget of a percentile"), budget.percentile_span),
            (("状态", "State"), progress.judge),
        ),
    ),
)


@cache
def described(title: Words, function: Callable[..., Any] | property) -> Method:
    """What a function's docstring says in its three paragraphs. ValueError where one is missing."""
    getter: Any = function.fget if isinstance(function, property) else function
    text = inspect.getdoc(getter) or ""
    parts = {}
    for mark in ("In words:", "方法：", "依据："):
        found = re.search(rf"^{mark}(.+?)(?=^(?:In words:|方法：|依据：)|\Z)", text, re.MULTILINE | re.DOTALL)
        if found is None:
            raise ValueError(f"the docstring of {getter.__qualname__} has no paragraph {mark}")
        parts[mark] = found[1].strip()
    english = " ".join(parts["In words:"].split())
    module = getter.__module__.removeprefix("evaluation.")
    return Method(
        title=title,
        name=f"{module}.{getter.__qualname__}",
        zh=parts["方法："].replace("\n", ""),
        en=english[0].upper() + english[1:],
        basis=parts["依据："].replace("\n", ""),
    )


# ---- the tables of a day ---------------------------------------------------------------------------------------------


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
}


def worded(cell: str) -> Words:
    """A cell in both languages; a number or symbol is its own word."""
    return _SETTINGS.get(cell) or _WORDS.get(cell) or (cell, cell)


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
            *((name,) * 2 for name in ("一类", "二类", "三类", "四类")),
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


# ---- as a document ---------------------------------------------------------------------------------------------------

#: The day whose tables docs/methods.md shows.
DOCUMENTED_ON = date(2026, 3, 1)


def as_markdown(on: date = DOCUMENTED_ON) -> str:
    """Everything above as one document in both languages."""
    lines = [
        "# 方法 Methods",
        "",
        "Made by `make docs` from the docstrings and tables of `evaluation/`; the application shows the same under",
        "方法, for any day. Marks: A read on the standard's own pages, B two sources agree, C one source, R recalled",
        "and unverified, 自定 our own rule.",
        "",
    ]
    for topic in TOPICS:
        lines += [f"## {topic.title[0]} {topic.title[1]}", ""]
        for method in topic.methods:
            lines += [f"### {method.title[0]} {method.title[1]}", "", method.zh, "", method.en, ""]
            lines += [f"依据：{method.basis}　`{method.name}`", ""]
    lines += [f"# 表 Tables in force on {on}", ""]
    for table in tables_on(on):
        lines += [f"## {table.title[0]} {table.title[1]}", "", table.standard, ""]
        lines += [_markdown_row([zh if zh == en else f"{zh} {en}" for zh, en in table.columns])]
        lines += [_markdown_row(["---"] * len(table.columns))]
        lines += [_markdown_row([" ".join(dict.fromkeys(worded(cell))) for cell in row]) for row in table.rows]
        lines += [""]
    lines += [f"## 有效的标准 Standards in force on {on}", ""]
    lines += [f"- {one.standard} {one.name_zh}（{one.verified}）" for one in standards.versions_on(on)]
    return "\n".join(lines) + "\n"


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
