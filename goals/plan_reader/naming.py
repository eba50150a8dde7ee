"""From the words of a plan to the indicators of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from goals.plan_reader.normal import normalise
from indicators.catalogue import alias_spellings

_AT_LEAST_AS_GOOD = "|".join(
    (
        *("达到或优于", "达到或好于", "达到和好于", "达到和优于", "达到及优于", "达到或者优于", "达到或者好于"),
        *(
            "优于或达到",
            "好于或达到",
            "优于或等于",
            "优于和达到",
            "达或优于",
            "达到并优于",
            "达到或高于",
            "优于",
            "好于",
        ),
    )
)
#: Words that say the same in names; applied in order, to aliases and to plans alike.
_SAME = [
    (r"年评价值|年评价浓度|评价浓度|年均值|年平均值|年度均值|平均值|均值", "浓度"),
    (r"浓度浓度", "浓度"),
    (r"年均|年平均|平均|年度", ""),
    (r"PM2\.?5", "细颗粒物"),
    (r"PM10", "可吸入颗粒物"),
    (r"细颗粒物细颗粒物", "细颗粒物"),
    (r"可吸入颗粒物可吸入颗粒物", "可吸入颗粒物"),
    (r"VOCS?", "挥发性有机物"),
    (r"CO2", "二氧化碳"),
    (r"SO2", "二氧化硫"),
    (r"NO2", "二氧化氮"),
    (r"NOX", "氮氧化物"),
    (r"CODCR|COD", "化学需氧量"),
    (r"NH3-?N", "氨氮"),
    (r"O3(-8H)?", "臭氧"),
    (r"单位GDP|单位地区生产总值|单位生产总值|万元GDP|万元地区生产总值|万元国内生产总值", "单位国内生产总值"),
    (r"比率|占比|比重|百分比", "比例"),
    (r"城市环境空气质量|城市空气质量|环境空气质量|空气环境质量|环境空气|空气质量|大气环境", "空气"),
    (r"饮用水水源地|饮用水源地|饮用水水源|饮用水源|水源地", "饮用水源"),
    (rf"({_AT_LEAST_AS_GOOD})(III|三)类", "优III类"),
    (r"(III|三)类(及以上|及其以上|以上|及优于(III|三)类|或优于(III|三)类|及更优)", "优III类"),
    (r"(?<!I)(I|一)类?[-~至到](III|三)类", "优III类"),
    (r"劣于?(V|五)类(?:标准)?", "劣V类"),
    (r"水质(?!量)(?=.)", ""),
    (r"的", ""),
]  # fmt: skip
_SAME_COMPILED = [(re.compile(pattern), words) for pattern, words in _SAME]
_GLOSS = re.compile(r"\((?!A\))[^()]*\)")


@dataclass(frozen=True)
class NamedIndicator:
    """What the reader needs to know of an indicator."""

    code: str
    name_zh: str
    aliases: tuple[str, ...]
    domain: str
    unit: str
    direction: str  # decrease, increase or hold
    measured: bool  # False for what a person judges and for lists


@dataclass(frozen=True)
class Named:
    """An indicator found in words: words[start:end] is its name; before it stands the scope."""

    indicator: NamedIndicator
    start: int
    end: int


class Names:
    """The indicators by the ways they are named."""

    def __init__(self, indicators: Iterable[NamedIndicator]) -> None:
        self.by_code = {indicator.code: indicator for indicator in indicators}
        self._spelt: dict[str, list[NamedIndicator]] = {}
        ways = [
            (alias, indicator)
            for indicator in self.by_code.values()
            for alias in (indicator.name_zh, *indicator.aliases)
        ]
        # Names without marks first: among namesakes the one that is called so in so many words is meant.
        for alias, indicator in sorted(ways, key=lambda way: len(alias_spellings(way[0])) > 1):
            for words in alias_spellings(alias):
                named = self._spelt.setdefault(fold(normalise(words).text), [])
                if indicator not in named:
                    named.append(indicator)
        self._spelt.pop("", None)
        self._longest = max((len(words) for words in self._spelt), default=0)

    def whole(self, words: str, unit: str = "") -> NamedIndicator | None:
        """The indicator that these words name, all of them; among namesakes the one of that unit."""
        named = self._spelt.get(fold(words))
        if not named:
            return None
        return next((indicator for indicator in named if unit and indicator.unit == unit), named[0])

    def ending(self, words: str, unit: str = "") -> Named | None:
        """The indicator with the longest name that ends these words."""
        for start in range(max(0, len(words) - 2 * self._longest), len(words) - 1):
            if words[start] in "()、的\t":
                continue
            indicator = self.whole(words[start:], unit)
            if indicator is not None:
                return Named(indicator, start, len(words))
        return None


@lru_cache(maxsize=50_000)
def _folded(words: str) -> str:
    plain = words.upper().replace("\t", "").replace('"', "").replace("Ⅲ", "III").replace("Ⅴ", "V")
    without = _GLOSS.sub("", plain)
    plain = without or plain.strip("()")
    for pattern, same in _SAME_COMPILED:
        plain = pattern.sub(same, plain)
    return plain


def fold(words: str) -> str:
    """The words with what says the same made the same: a name in brackets, 年均, 比率 for 比例, PM2.5 for 细颗粒物."""
    return _folded(words) if len(words) < 60 else ""


def names_of(rows: Iterable[Mapping[str, object]]) -> Names:
    """Names from plain rows: code, name_zh, aliases, domain, unit, direction, statistic."""
    return Names(
        NamedIndicator(
            code=str(row["code"]),
            name_zh=str(row["name_zh"]),
            aliases=tuple(str(alias) for alias in row["aliases"]),  # type: ignore[attr-defined]
            domain=str(row["domain"]),
            unit=str(row["unit"]),
            direction=str(row["direction"]),
            measured=row["statistic"] not in ("judgement", "list"),
        )
        for row in rows
    )
