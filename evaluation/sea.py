"""Sea water by GB 3097-1997: the class of an item and of a station, and the share of good nearshore area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache

from evaluation.rounding import Number, exact
from evaluation.standards import table

#: The value that stands for 劣四类, worse than class 4.
WORSE_THAN_4 = 5

SEA_CLASS_NAMES: Mapping[int, str] = {1: "一类", 2: "二类", 3: "三类", 4: "四类", 5: "劣四类"}


@cache
def _limits(item: str) -> tuple[str, tuple[tuple[Decimal, Decimal], ...]]:
    for row in table("gb3097_seawater"):
        if row["item"] == item:
            cells = [row[f"class_{n}"].partition("-") for n in range(1, 5)]
            return row["rule"], tuple((Decimal(low), Decimal(high or low)) for low, _, high in cells)
    raise ValueError(f"GB 3097-1997 has no limits for {item}")


def sea_items() -> list[str]:
    """The items of the table, in its order."""
    return [row["item"] for row in table("gb3097_seawater")]


def sea_item_class(item: str, value: Number) -> int:
    """The class of one value, 1 to 4, or 5 for 劣四类; mg/L, pH without unit. Oxygen must lie *above* its limit.

    A value takes the best class that it keeps. ValueError for an item without limits and for text that is no number.
    """
    rule, limits = _limits(item)
    amount = exact(value)
    for grade, (low, high) in enumerate(limits, start=1):
        if rule == ">" and amount > exact(low):
            return grade
        if rule == "<=" and amount <= exact(high):
            return grade
        if rule == "range" and exact(low) <= amount <= exact(high):
            return grade
    return WORSE_THAN_4


def sea_class(values: Mapping[str, Number]) -> int | None:
    """The class of a station: its worst item. None without any item of the table; others take no part.

    In words: sea water has four classes. As with rivers, the worst item decides; oxygen must be above its limit.
    方法：海水分四类，取最差一项的类别；溶解氧须大于限值，其余项目不超过限值；超过四类限值的为劣四类。
    依据：GB 3097-1997 表1（主要项目B，其余C）
    """
    known = sea_items()
    return max((sea_item_class(item, value) for item, value in values.items() if item in known), default=None)


def good_point_share(classes: Sequence[int]) -> Fraction:
    """优良点位比例 in %: points of classes 1 and 2 out of all points, in use to 2017 (C). ValueError without points."""
    if not classes:
        raise ValueError("a share needs at least one point")
    return Fraction(100 * sum(found <= 2 for found in classes), len(classes))


def good_area_share(surveys: Sequence[Mapping[int, Number]]) -> Fraction:
    """优良水质面积比例 in %, unrounded: the mean of the surveys' shares of the area of classes 1 and 2.

    `surveys`: for spring, summer and autumn, class (1 to 5) -> area in km². Areas are input: how HJ 442.10-2020
    interpolates them is not known. ValueError without a survey, for an unknown class, a negative area or no area.

    In words: the sea area of classes one and two out of the whole nearshore area, as the mean of three surveys.
    方法：春、夏、秋三期调查中，一、二类海水面积占近岸海域面积的比例，取三期平均，保留1位小数；2017年以前按点位比例。
    依据：近岸海域优良水质（一、二类）比例通行口径（C）；面积插值方法未掌握，面积作为输入
    """
    if not surveys:
        raise ValueError("a share needs at least one survey")
    shares = []
    for survey in surveys:
        areas = {grade: exact(area) for grade, area in survey.items()}
        if any(grade not in SEA_CLASS_NAMES or area < 0 for grade, area in areas.items()) or not sum(areas.values()):
            raise ValueError(f"not the areas of a survey: {dict(survey)}")
        shares.append(100 * sum((areas.get(grade, Fraction(0)) for grade in (1, 2)), Fraction(0)) / sum(areas.values()))
    return sum(shares, Fraction(0)) / len(shares)
