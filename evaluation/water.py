"""Surface water by GB 3838-2002: the class of an item, of a section, of many sections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from math import log10
from typing import Literal

from evaluation.rounding import Number, exact, round_half_even
from evaluation.standards import table
from evaluation.statistics import mean

Waterbody = Literal["river", "lake"]
Comparison = Literal["le", "ge", "range"]

#: Readings are kept as integers in 10^-6 of the item's unit.
WATER_SCALE = 10**6

#: The value that stands for 劣Ⅴ, worse than class Ⅴ.
WORSE_THAN_V = 6

CLASS_NAMES: Mapping[int, str] = {1: "Ⅰ", 2: "Ⅱ", 3: "Ⅲ", 4: "Ⅳ", 5: "Ⅴ", 6: "劣Ⅴ"}


@dataclass(frozen=True)
class ItemLimits:
    """One row of GB 3838-2002 Table 1: the limits of the classes Ⅰ to Ⅴ and how they are compared."""

    item: str
    name_zh: str
    unit: str
    rule: Comparison
    limits: tuple[tuple[Decimal, Decimal], ...]  # (low, high) of each class; equal ends unless the rule is "range"
    counts_for_class: bool  # among the 21 items of the section class


@cache
def item_limits(item: str, waterbody: Waterbody) -> ItemLimits:
    """The limits of an item, spelled as in the table ("NH3-N", "CODMn"). ValueError where Table 1 has none.

    Total phosphorus has its own limits in lakes; total nitrogen has limits in lakes only.
    """
    if waterbody not in ("river", "lake"):
        raise ValueError(f'a water body is "river" or "lake", not {waterbody!r}')
    for row in table("gb3838_table1"):
        if row["key"] == item and row["waterbody"] in (waterbody, "both") and row["rule"] != "none":
            return _item_limits(row)
    raise ValueError(f"GB 3838-2002 Table 1 has no limits for {item} in a {waterbody}")


def _item_limits(row: Mapping[str, str]) -> ItemLimits:
    def bounds(cell: str) -> tuple[Decimal, Decimal]:
        low, _, high = cell.partition("-")
        return Decimal(low), Decimal(high or low)

    rules: Mapping[str, Comparison] = {"le": "le", "ge": "ge", "range": "range"}
    return ItemLimits(
        item=row["key"],
        name_zh=row["name_cn"],
        unit=row["unit"],
        rule=rules[row["rule"]],
        limits=tuple(bounds(row[f"class_{name}"]) for name in ("I", "II", "III", "IV", "V")),
        counts_for_class=row["in_section_class_21_items"] == "yes",
    )


def item_class(item: str, value: Number, waterbody: Waterbody) -> int:
    """The class of one value, 1 to 5, or 6 for 劣Ⅴ (GB 3838-2002 Table 1).

    A value on the limit belongs to the better class; where classes share a limit, the better one wins. The value is
    taken as it is; rounding to the decimals for assessment is `assessed`'s task.
    ValueError for an item without limits and for text that is no number.

    In words: each substance has a limit for each of the classes Ⅰ to Ⅴ. A value takes the best class whose limit it
    keeps; beyond class Ⅴ it is "worse than Ⅴ".
    方法：每个项目按浓度与Ⅰ—Ⅴ类限值比较，取所满足的最好类别；正好等于限值的算较好一类，超过Ⅴ类限值的为劣Ⅴ类。
    湖库的总磷另有限值，总氮只对湖库有限值。
    依据：GB 3838-2002 表1（A）；pH超出6—9按劣Ⅴ类（惯例）
    """
    limits, amount = item_limits(item, waterbody), exact(value)
    for grade, (low, high) in enumerate(limits.limits, start=1):
        if limits.rule == "le" and amount <= exact(high):
            return grade
        if limits.rule == "ge" and amount >= exact(low):
            return grade
        if limits.rule == "range" and exact(low) <= amount <= exact(high):
            return grade
    return WORSE_THAN_V


@cache
def assessment_places(item: str) -> int:
    """The decimals to which an item is rounded before its class is found (环办监测函〔2020〕82号, C).

    ValueError for an item whose decimals are not known.
    """
    for row in table("surface_water_decimals"):
        if row["indicator"] == item:
            return int(row["assessment_decimals"])
    raise ValueError(f"no decimals for assessment are known for {item}")


def assessed(item: str, value: Number) -> Decimal:
    """A mean rounded for assessment, half to even; what would become 0 keeps one significant digit.

    ValueError for an item without known decimals. pH at no decimals lets 9.4 pass, which pages must show.

    In words: a mean is rounded to fixed decimals before its class is found.
    方法：平均值先按评价位数修约再定类别，例如溶解氧、高锰酸盐指数1位小数，氨氮2位，总磷3位，pH取整；
    修约后为0的保留1位有效数字。
    依据：环办监测函〔2020〕82号（C）
    """
    amount = exact(value)
    places = assessment_places(item)
    rounded = round_half_even(amount, places)
    while rounded == 0 and amount != 0:
        places += 1
        rounded = round_half_even(amount, places)
    return rounded


@lru_cache(maxsize=50_000, typed=True)
def class_of_mean(item: str, mean: Number, waterbody: Waterbody) -> int:
    """The class of a mean, which is rounded for assessment first (see `assessed` and `item_class`).

    The same months are judged again for every day of a year that somebody looks at.
    """
    return item_class(item, assessed(item, mean), waterbody)


def ph_mean(values: Iterable[Number]) -> Fraction:
    """The mean pH: -log10 of the mean of 10^-pH (环办监测函〔2020〕82号, C), to 9 decimals.

    The one mean that cannot be exact: powers of ten are irrational. ValueError without values.

    In words: the mean of an item over time is the arithmetic mean; for pH the hydrogen ions behind it are averaged.
    方法：各项目取算术平均；pH先换算成氢离子浓度平均再换算回来。
    依据：环办监测函〔2020〕82号（C）
    """
    hydrogen = [10.0 ** -float(exact(value)) for value in values]
    if not hydrogen:
        raise ValueError("a mean needs at least one value")
    return exact(round_half_even(-log10(sum(hydrogen) / len(hydrogen)), 9))


def item_mean(item: str, values: Iterable[Number]) -> Fraction:
    """The mean of an item over time: of hydrogen ions for pH, arithmetic for all others."""
    return ph_mean(values) if item == "pH" else mean(values)


def reading(printed: str) -> Fraction:
    """A reading as a laboratory prints it: "0.42", or below detection "0.01L", "<0.01": half the detection limit (C).

    ValueError for a negative number and for text that is no number, "未检出" without a limit among them: half of an
    unknown is unknown.

    In words: a value below what the laboratory can detect takes part with half the detection limit.
    方法：低于检出限的（记作检出限加L）按检出限的一半参加平均。
    依据：环办监测函〔2020〕82号（C）
    """
    text = printed.strip()
    below = text.startswith("<") or text[-1:] in ("L", "l")
    value = exact(text.strip("<Ll ")) if below else exact(text)
    if value < 0:
        raise ValueError(f"a reading is not negative: {printed}")
    return value / 2 if below else value


@dataclass(frozen=True)
class SectionClass:
    """The class of a section: its worst item (单因子评价法).

    `items` is the number of the 21 items that were there; the class holds for these only (按5项).
    """

    grade: int
    worst: tuple[str, ...]
    items: int


def section_class(means: Mapping[str, Number], waterbody: Waterbody = "river") -> SectionClass | None:
    """The class of a section from the means of its items, each in its unit; None when none of the 21 is there.

    Each mean is rounded for assessment first. Items outside the 21 (water temperature, total nitrogen, faecal
    coliforms, turbidity and so on) take no part. ValueError for a mean that is no number.

    In words: a section is as good as its worst item. How many of the 21 items were measured is said beside the class.
    方法：断面类别取21项中最差一项的类别（单因子评价法）；水温、总氮、粪大肠菌群不参加。实测项目少于21项时注明“按n项”。
    依据：环办〔2011〕22号（B）
    """
    grades = {
        item: class_of_mean(item, value, waterbody)
        for item, value in means.items()
        if counts_for_class(item, waterbody)
    }
    if not grades:
        return None
    grade = max(grades.values())
    return SectionClass(grade, tuple(item for item, found in grades.items() if found == grade), len(grades))


def counts_for_class(item: str, waterbody: Waterbody = "river") -> bool:
    """Whether an item is one of the 21 that make the class of a section."""
    try:
        return item_limits(item, waterbody).counts_for_class
    except ValueError:
        return False
