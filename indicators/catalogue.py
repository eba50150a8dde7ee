"""The catalogue of indicators and scopes: YAML files with a schema, read without a database."""

from __future__ import annotations

import itertools
import math
import re
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

DOMAINS = {
    "overall": ("综合", "Overall"),
    "air": ("空气", "Air"),
    "water": ("地表水", "Surface water"),
    "drinking_water": ("饮用水", "Drinking water"),
    "marine": ("海洋", "Sea"),
    "soil": ("土壤", "Soil"),
    "groundwater": ("地下水", "Groundwater"),
    "climate": ("降碳", "Carbon"),
    "emissions": ("减排", "Emissions"),
    "solid_waste": ("固废", "Waste"),
    "rural": ("农村", "Rural"),
    "ecology": ("生态", "Ecology"),
    "radiation": ("辐射", "Radiation"),
}

Domain = Literal[
    "overall",
    "air",
    "water",
    "drinking_water",
    "marine",
    "soil",
    "groundwater",
    "climate",
    "emissions",
    "solid_waste",
    "rural",
    "ecology",
    "radiation",
]
#: How a value comes about: from city days, from sections, as a printed figure, from a person, or as a list of others.
Statistic = Literal[
    "mean",
    "percentile",
    "day_ratio",
    "day_count",
    "composite_index",
    "class_share",
    "figure",
    "judgement",
    "list",
]
DAILY_STATISTICS = ("mean", "percentile", "day_ratio", "day_count")


_MARK = re.compile(r"\[([^\[\]{}]*)\]|\{([^\[\]{}]*)\}")
_MOST_SPELLINGS = 4000


@cache
def alias_spellings(alias: str) -> tuple[str, ...]:
    """Every way of saying an alias. ValueError where its marks do not close, or where the ways would be too many.

    An alias may carry two marks: [x|y] may be left out or be one of these, {x|y} must be one of these. So one alias
    covers the ways in which plans say the same: 地表水[国考][断面]优良{比例|率}.
    """
    ways: list[tuple[str, ...]] = []
    place = 0
    for mark in _MARK.finditer(alias):
        ways.append((alias[place : mark.start()],))
        ways.append(("", *mark[1].split("|")) if mark[1] is not None else tuple(mark[2].split("|")))
        place = mark.end()
    ways.append((alias[place:],))
    if any(set(words) & set("[]{}|") for way in ways for words in way):
        raise ValueError(f"the marks of {alias} do not close")
    count = math.prod(len(way) for way in ways)
    if count > _MOST_SPELLINGS:
        raise ValueError(f"{alias} has {count} spellings, more than {_MOST_SPELLINGS}")
    return tuple("".join(words) for words in itertools.product(*ways))


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class IndicatorDefinition(_Strict):
    """What is measured, in which unit, which way is better, and by which clause."""

    code: str
    name_zh: str
    name_en: str
    aliases: tuple[str, ...] = ()
    domain: Domain
    unit: str
    direction: Literal["decrease", "increase", "hold"]
    statistic: Statistic
    figure: str = ""  # the column of the city days, for daily statistics
    percent: int | None = None  # of a percentile
    classes: tuple[int, ...] = ()  # of a class share
    figures_of: tuple[str, ...] = ()  # indicators whose published figures say the same
    only_grows: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    display_places: int = 0
    attainment_places: int = 0
    default_scope: str = "region"
    default_scope_city: str = ""
    standard: str = ""
    clause: str = ""
    clause_en: str = ""
    why_zh: str
    why_en: str

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if (self.statistic in DAILY_STATISTICS) != bool(self.figure):
            raise ValueError("a daily statistic, and only that, names its column of the city days")
        if (self.statistic == "percentile") != (self.percent is not None):
            raise ValueError("a percentile, and only that, says which one")
        if (self.statistic == "class_share") != bool(self.classes):
            raise ValueError("a class share, and only that, lists its classes")
        for alias in self.aliases:
            alias_spellings(alias)
        if self.statistic not in ("judgement", "list") and not (self.standard and self.clause):
            raise ValueError("a number rests on a standard and its clause")
        if bool(self.clause) != bool(self.clause_en):
            raise ValueError("a clause is told in both languages")
        return self


class ScopeDefinition(_Strict):
    """What a figure or target covers, the words for it, and the rule that lists its members."""

    code: str
    name_zh: str
    name_en: str
    domains: tuple[Domain, ...] = ()
    aliases: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    rule: Literal["own", "cities", "assessed_sections", "reported"]
    accepts_automatic: bool = False

    def says(self, words: str, domain: str) -> bool:
        """Whether these words of a plan or publication mean this scope."""
        if self.domains and domain not in self.domains:
            return False
        return words in self.aliases or any(re.fullmatch(pattern, words) for pattern in self.patterns)


@cache
def indicator_definitions() -> dict[str, IndicatorDefinition]:
    """All indicators by code, from every definition file but the scopes. ValueError when a code occurs twice."""
    found: dict[str, IndicatorDefinition] = {}
    reader = TypeAdapter(list[IndicatorDefinition])
    for name in ("air", "water", "emissions", "land"):
        for definition in reader.validate_python(_yaml(name)):
            if definition.code in found:
                raise ValueError(f"indicator {definition.code} is defined twice")
            found[definition.code] = definition
    return found


@cache
def scope_definitions() -> dict[str, ScopeDefinition]:
    """All scopes by code."""
    return {scope.code: scope for scope in TypeAdapter(list[ScopeDefinition]).validate_python(_yaml("scopes"))}


#: The scope of a figure whose words mean none of the catalogue: kept, and never evidence.
UNMAPPED_SCOPE = "unmapped"


@cache
def scope_of(words: str, domain: str) -> str | None:
    """The code of the scope that these words mean for an indicator of this domain; None when none does.

    No words mean the indicator's default, which is for the caller to resolve: they give "".
    """
    words = re.sub(r"\s+", "", words).replace("（", "(").replace("）", ")")
    if not words:
        return ""
    return next((scope.code for scope in scope_definitions().values() if scope.says(words, domain)), None)


def unit_as_stored(unit: str) -> str:
    """The one spelling of a unit: the micro sign is U+00B5 whatever the source wrote."""
    return re.sub(r"^[uμµ]g", "µg", unit.strip()).replace("m³", "m3")


def _yaml(name: str) -> object:
    text = resources.files("indicators").joinpath("definitions", f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=yaml.CSafeLoader)  # the C loader: ten times faster
