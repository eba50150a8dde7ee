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
    backtest,
    basins,
    budget,
    comparison,
    forecast,
    lakes,
    progress,
    sea,
    shares,
    standards,
    statistics,
    steering,
    totals,
    validity,
    water,
)
from evaluation.method_tables import Words, tables_on, worded


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
            (("断面各项的余量", "Room of a section's items"), steering.item_rooms),
            (("各市占用共同预算", "What each city uses of a common budget"), steering.contributions),
            (("若重演往年", "If a past year were repeated"), steering.year_if),
            (("分解下达的建议", "A proposal for breaking a target down"), steering.propose),
            (("状态", "State"), progress.judge),
            (("连续两次才改变", "Two evaluations running"), progress.settled),
            (("断面水质预警", "Warnings of sections"), basins.section_warning),
        ),
    ),
    Topic(
        "forecast",
        ("年终展望", "Outlook on year-end"),
        (
            (("均值", "A mean"), forecast.mean_outcomes),
            (("天数与天数比率", "Days and shares of days"), forecast.days_outcomes),
            (("百分位数", "A percentile"), forecast.percentile_outcomes),
            (("全省（区）", "A province"), forecast.mean_of_cities),
            (("检验", "The test"), backtest.backtest),
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
