"""The page 方法: how every indicator is worked out, and the numbers in force on a day. Reads only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from evaluation import method_tables, methods, standards
from goals.sentences import domain_label, in_english, unit_label
from indicators.catalogue import DOMAINS, IndicatorDefinition, indicator_definitions

#: The topic that tells how an indicator comes about, by its statistic, else by its domain.
_BY_STATISTIC = {
    "mean": "air-year",
    "percentile": "air-year",
    "day_ratio": "air-year",
    "day_count": "air-year",
    "composite_index": "composite-index",
    "class_share": "water",
    "judgement": "steering",
    "list": "steering",
}
_BY_DOMAIN = {
    "air": "air-year",
    "water": "water",
    "marine": "sea",
    "climate": "totals",
    "emissions": "totals",
}


@dataclass(frozen=True)
class MethodText:
    """A method in the language of the page."""

    title: str
    words: str
    basis: str
    name: str


@dataclass(frozen=True)
class TopicText:
    """A topic in the language of the page."""

    key: str
    title: str
    methods: Sequence[MethodText]


@dataclass(frozen=True)
class Cell:
    """A cell of a table; numbers stand to the right."""

    text: str
    is_number: bool


@dataclass(frozen=True)
class LineText:
    """A row of a table; `colour` is the CSS colour of an AQI band."""

    head: str
    cells: Sequence[Cell]
    colour: str = ""


@dataclass(frozen=True)
class TableText:
    """A table in the language of the page."""

    key: str
    title: str
    standard: str
    columns: Sequence[Cell]
    rows: Sequence[LineText]


@dataclass(frozen=True)
class IndicatorText:
    """An indicator: what it says, how it comes about, by which clause."""

    code: str
    name: str
    unit: str
    how: str
    topic: str
    standard: str
    clause: str


@dataclass(frozen=True)
class MethodsPage:
    """Everything on the page. `domains` are (label, indicators)."""

    on: date
    versions: Sequence[standards.Version]
    topics: Sequence[TopicText]
    domains: Sequence[tuple[str, Sequence[IndicatorText]]]
    tables: Sequence[TableText]


def methods_page(on: date) -> MethodsPage:
    """The page for a day."""
    english = in_english()
    topics = [
        TopicText(
            topic.key,
            _said(topic.title),
            [MethodText(_said(one.title), one.en if english else one.zh, one.basis, one.name) for one in topic.methods],
        )
        for topic in methods.TOPICS
    ]
    definitions = indicator_definitions().values()
    domains = [
        (domain_label(domain), [_indicator(one, on) for one in definitions if one.domain == domain])
        for domain in DOMAINS
    ]
    return MethodsPage(
        on=on,
        versions=standards.versions_on(on),
        topics=topics,
        domains=[pair for pair in domains if pair[1]],
        tables=[_table(table) for table in method_tables.tables_on(on)],
    )


def topic_of(statistic: str, domain: str) -> str:
    """The topic that tells how an indicator of this statistic and domain is worked out."""
    return _BY_STATISTIC.get(statistic) or _BY_DOMAIN.get(domain, "shares")


def _said(words: method_tables.Words) -> str:
    return words[1] if in_english() else words[0]


def _indicator(one: IndicatorDefinition, on: date) -> IndicatorText:
    return IndicatorText(
        code=one.code,
        name=one.name_en if in_english() else one.name_zh,
        unit=unit_label(one.unit),
        how=_how(one),
        topic=topic_of(one.statistic, one.domain),
        standard=standards.as_in_force(one.standard, on),
        clause=one.clause_en if in_english() else one.clause,
    )


def _how(one: IndicatorDefinition) -> str:
    match one.statistic:
        case "mean":
            return _("各城市日值的平均，再取各城市的平均；公布值优先")
        case "percentile":
            return _("各城市日值的第%(percent)s百分位数，再取各城市的平均；公布值优先") % {"percent": one.percent}
        case "day_ratio":
            return _("各城市优良天数占有效天数的比例，再取各城市的平均；公布值优先")
        case "day_count":
            return _("各城市天数的平均；公布值优先")
        case "composite_index":
            return _("六项污染物单项指数之和，再取各城市的平均；公布值优先")
        case "class_share":
            return _("断面按各月平均浓度判类，求所列类别的比例；公布值优先")
        case "judgement":
            return _("由人评议，写明依据、署名和日期")
        case "list":
            return _("一组下达的指标，逐项另列，取其中最要紧的状态")
        case _:
            return _("取发布机构公布的数值；没有公布的由人按文件录入，写明文件、署名和日期")


def _table(table: method_tables.Table) -> TableText:
    numeric = [all(_is_number(row[n]) for row in table.rows) for n in range(len(table.columns))]
    return TableText(
        key=table.key,
        title=_said(table.title),
        standard=table.standard,
        columns=[Cell(_said(words), is_number) for words, is_number in zip(table.columns, numeric, strict=True)],
        rows=[
            LineText(
                _said(method_tables.worded(row[0])),
                [
                    Cell(_said(method_tables.worded(text)), is_number)
                    for text, is_number in zip(row[1:], numeric[1:], strict=True)
                ],
                f"rgb({row[-1]})" if table.key == "bands" else "",
            )
            for row in table.rows
        ],
    )


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[\d.–-]+|—|✓", text) is not None
