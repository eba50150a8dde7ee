"""Many sections together: grades and shares, main pollutants, trend, the city index of water (环办〔2011〕22号)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Literal

from evaluation.rounding import Number, exact, round_half_even
from evaluation.standards import table
from evaluation.water import (
    WORSE_THAN_V,
    SectionClass,
    Waterbody,
    assessed,
    counts_for_class,
    item_class,
    item_limits,
    item_mean,
    section_class,
)

#: A river, basin or region with fewer sections is graded on mean concentrations. Exactly five take the shares (R).
FEW_SECTIONS = 5
#: Named before all others when they exceed class Ⅲ (环办〔2011〕22号, R: the list of heavy metals is ours).
FIRST_NAMED = ("CN", "Hg", "Cd", "Cr6", "Pb", "As", "Cu", "Zn")
#: Exceeding these has no multiple (C).
WITHOUT_MULTIPLE = ("WT", "pH", "DO")


@dataclass(frozen=True)
class Grade:
    """A grade of water quality with its colour (colours R)."""

    name_zh: str
    name_en: str
    colour_zh: str
    colour_en: str


@cache
def grades() -> tuple[Grade, ...]:
    """The five grades from 优 to 重度污染."""
    rows = [row for row in table("surface_water_qualitative") if row["scope"] == "section"]
    return tuple(Grade(row["quality_cn"], row["quality_en"], row["colour_cn"], row["colour_en"]) for row in rows)


def section_grade(grade: int) -> Grade:
    """The grade of a section of class 1 to 6. ValueError for another number.

    In words: classes Ⅰ and Ⅱ are excellent, Ⅲ good, Ⅳ lightly polluted, Ⅴ moderately, worse than Ⅴ heavily.
    方法：Ⅰ—Ⅱ类为优，Ⅲ类良好，Ⅳ类轻度污染，Ⅴ类中度污染，劣Ⅴ类重度污染。
    依据：环办〔2011〕22号（B；颜色R）
    """
    if not 1 <= grade <= WORSE_THAN_V:
        raise ValueError(f"a class lies between 1 and 6, not {grade}")
    return grades()[max(0, grade - 2)]


def class_share(classes: Sequence[int], wanted: Collection[int]) -> Fraction:
    """The share (%) of sections whose class is among the wanted ones; unrounded. ValueError without sections.

    In words: sections of the wanted classes out of all sections evaluated. Two shares are compared in points.
    方法：所求类别的断面数除以参评断面数，保留1位小数；两个时期相比用百分点。
    依据：环办〔2011〕22号（B）
    """
    if not classes:
        raise ValueError("a share needs at least one section")
    return Fraction(100 * sum(found in wanted for found in classes), len(classes))


def grade_of_shares(classes: Sequence[int], heavy_below: Number = 75, few: int = FEW_SECTIONS) -> Grade:
    """The grade of a river, basin or region from the classes of its sections, five or more.

    `heavy_below`: 重度污染 asks for a share of Ⅰ-Ⅲ below 60 % or below 75 %; sources differ, and only exactly 60/40
    is touched (default 75). ValueError with fewer than `few` sections: those go by mean concentrations (exactly five
    take the shares, R; one municipality says more than five, so 6).

    In words: at least 90 % of the sections in classes Ⅰ to Ⅲ is excellent, at least 75 % good. Below that, the share of
    sections worse than class Ⅴ decides: under 20 % lightly, under 40 % moderately, else heavily polluted.
    方法：先看Ⅰ—Ⅲ类比例：90%及以上为优，75%—90%为良好；低于75%时看劣Ⅴ类比例：不足20%轻度污染，20%—40%中度污染，
    40%及以上重度污染。断面少于5个的，先求各断面浓度平均再按断面评价。
    依据：环办〔2011〕22号（B）；恰为5个断面按比例法（R）
    """
    if len(classes) < few:
        raise ValueError(f"{len(classes)} sections are graded on their mean concentrations, not on shares")
    good, worst = class_share(classes, (1, 2, 3)), class_share(classes, (WORSE_THAN_V,))
    excellent, fine, light, moderate, heavy = grades()
    if good >= 90:
        return excellent
    if good >= 75:
        return fine
    if worst >= 40 and good < exact(heavy_below):
        return heavy
    return light if worst < 20 else moderate


@dataclass(frozen=True)
class RegionGrade:
    """The grade of many sections. `by_means` holds the class on mean concentrations where there are fewer than five."""

    grade: Grade
    sections: int
    by_means: SectionClass | None = None


def region_grade(
    sections: Sequence[Mapping[str, Number]],
    waterbody: Waterbody = "river",
    heavy_below: Number = 75,
    few: int = FEW_SECTIONS,
) -> RegionGrade | None:
    """The grade of a river, basin or region from the means of each section's items; see `grade_of_shares`.

    Sections without any of the 21 items take no part; None when none is left.
    """
    found = [one for means in sections if (one := section_class(means, waterbody)) is not None]
    if not found:
        return None
    if len(found) >= few:
        return RegionGrade(grade_of_shares([one.grade for one in found], heavy_below, few), len(found))
    together = section_class(mean_concentrations(sections, waterbody), waterbody)
    if together is None:
        return None
    return RegionGrade(section_grade(together.grade), len(found), together)


def mean_concentrations(
    sections: Sequence[Mapping[str, Number]], waterbody: Waterbody = "river"
) -> dict[str, Fraction]:
    """The mean of each of the 21 items over the sections that have it; of hydrogen ions for pH (C)."""
    items = dict.fromkeys(item for means in sections for item in means if counts_for_class(item, waterbody))
    return {item: item_mean(item, [means[item] for means in sections if item in means]) for item in items}


def meets_own_target(found: SectionClass | None, target_class: int) -> bool | None:
    """Whether a section keeps the class that its own task letter asks for; None where it has no class.

    In words: a section meets its target when its class is no worse than the one its task letter asks for.
    方法：断面类别不差于该断面的考核目标类别即达标。
    依据：各断面目标由上级下达（数据）
    """
    return None if found is None else found.grade <= target_class


# ---- main pollutants -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Exceedance:
    """An item beyond class Ⅲ. `multiple` is (C - S)/S, None for pH and oxygen."""

    item: str
    name_zh: str
    grade: int
    multiple: Decimal | None

    def __str__(self) -> str:
        return self.name_zh if self.multiple is None else f"{self.name_zh}({self.multiple})"


def exceedances(
    means: Mapping[str, Number],
    waterbody: Waterbody = "river",
    places: int = 1,
    first_named: Collection[str] = FIRST_NAMED,
) -> list[Exceedance]:
    """The items of the 21 beyond class Ⅲ, worst first: cyanide and heavy metals, then by class, then by multiple.

    `first_named`: which items count as such (R); `places`: the decimals of a multiple.

    In words: how far an item lies above its class Ⅲ limit, as a multiple of that limit. The three worst are the main
    pollutants of a section that is worse than class Ⅲ; cyanide and heavy metals are always named first.
    方法：超标倍数 =（浓度−Ⅲ类限值）/Ⅲ类限值，水温、pH、溶解氧不计倍数。断面劣于Ⅲ类时，
    取类别最差的前三项为主要污染指标，类别相同比倍数；氰化物和重金属超标时优先列出，如“高锰酸盐指数(1.2)”。
    依据：环办〔2011〕22号（C；排序R）
    """
    found: list[tuple[tuple[bool, int, Fraction], Exceedance]] = []
    for item, value in means.items():
        if not counts_for_class(item, waterbody):
            continue
        rounded = assessed(item, value)
        grade = item_class(item, rounded, waterbody)
        if grade > 3:
            limits = item_limits(item, waterbody)
            over = (exact(rounded) - exact(limits.limits[2][1])) / exact(limits.limits[2][1])
            multiple = None if item in WITHOUT_MULTIPLE else round_half_even(over, places)
            key = (item not in first_named, -grade, Fraction(0) if multiple is None else -over)
            found.append((key, Exceedance(item, limits.name_zh, grade, multiple)))
    return [one for _key, one in sorted(found, key=lambda pair: pair[0])]


def main_pollutants(means: Mapping[str, Number], waterbody: Waterbody = "river") -> list[Exceedance]:
    """The main pollutants (主要污染指标) of a section: the first three of `exceedances`."""
    return exceedances(means, waterbody)[:3]


def basin_main_pollutants(sections: Sequence[Mapping[str, Number]], waterbody: Waterbody = "river") -> list[str]:
    """The main pollutants of a basin: the three items by 断面超标率, the share of sections where they are beyond Ⅲ (R).

    Ties keep the order of first appearance. With fewer than five sections, those of the mean concentrations.
    """
    if len(sections) < FEW_SECTIONS:
        return [one.item for one in main_pollutants(mean_concentrations(sections, waterbody), waterbody)]
    counted = Counter(one.item for means in sections for one in exceedances(means, waterbody))
    return [item for item, _count in counted.most_common(3)]


Trend = Literal["none", "some", "marked"]


def trend(
    good_share: tuple[Number, Number], worst_share: tuple[Number, Number], some: Number = 10, marked: Number = 20
) -> tuple[Trend, int]:
    """How water changed: ("none" | "some" | "marked", +1 better, -1 worse, 0 the same).

    `good_share` and `worst_share`: (before, now) of Ⅰ-Ⅲ and of worse than Ⅴ, in %. With ΔG and ΔD their changes in
    points: |ΔG - ΔD| up to `some` 无明显变化, to `marked` 有所变化, above 明显变化 (10 and 20 are R).
    """
    change = exact(good_share[1]) - exact(good_share[0]) - (exact(worst_share[1]) - exact(worst_share[0]))
    size: Trend = "none" if abs(change) <= exact(some) else "some" if abs(change) <= exact(marked) else "marked"
    return size, (change > 0) - (change < 0)


# ---- CWQI ------------------------------------------------------------------------------------------------------------


def cwqi_of_item(item: str, value: Number, waterbody: Waterbody = "river") -> Fraction:
    """The index of one item: C/S_Ⅲ; oxygen S_Ⅲ/C; pH 7 - pH up to 7 and (pH - 7)/2 above.

    ValueError for an item outside the 21, and for oxygen of 0, whose index has no value.
    """
    if not counts_for_class(item, waterbody):
        raise ValueError(f"{item} takes no part in the index of city water")
    amount = exact(value)
    if item == "pH":
        return 7 - amount if amount <= 7 else (amount - 7) / 2
    limit = exact(item_limits(item, waterbody).limits[2][1])
    if item == "DO":
        if amount == 0:
            raise ValueError("water without oxygen has no index")
        return limit / amount
    return amount / limit


def cwqi(
    sections: Sequence[Mapping[str, Number]],
    waterbody: Waterbody = "river",
    average: Literal["concentrations", "indices"] = "concentrations",
) -> Fraction:
    """城市水质指数 of a city's rivers or lakes from each section's means of the 21 items; unrounded, lower is better.

    The sum over the items of each item's index. `average` (R): the concentrations are averaged over the sections before
    the index (default), or the indices. ValueError without sections, and as `cwqi_of_item`.

    In words: each item's mean over the city's sections is divided by its class Ⅲ limit, and the quotients are added.
    方法：先求各断面各项浓度的平均，除以Ⅲ类限值得单项指数（溶解氧取倒数，pH按偏离7的程度），21项相加；数值越小水质越好。
    依据：环办监测〔2017〕51号（C；先平均浓度R）
    """
    if not sections:
        raise ValueError("an index needs at least one section")
    if average == "concentrations":
        means = mean_concentrations(sections, waterbody)
        return sum((cwqi_of_item(item, value, waterbody) for item, value in means.items()), Fraction(0))
    items = dict.fromkeys(item for means in sections for item in means if counts_for_class(item, waterbody))
    indices = {
        item: [cwqi_of_item(item, means[item], waterbody) for means in sections if item in means] for item in items
    }
    return sum((sum(found, Fraction(0)) / len(found) for found in indices.values()), Fraction(0))


def city_cwqi(river: Number, river_sections: int, lake: Number, lake_points: int) -> Fraction:
    """The city's index from those of its rivers and lakes, by numbers of sections and points (R).

    ValueError when there are neither.
    """
    if river_sections + lake_points == 0:
        raise ValueError("an index needs at least one section or point")
    return (exact(river) * river_sections + exact(lake) * lake_points) / (river_sections + lake_points)


# ---- warnings --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SectionWarning:
    """A section that fell behind its last year and its target: level 1 is the graver one."""

    level: Literal[1, 2]
    month_before: int
    month_now: int
    cumulative_before: int
    cumulative_now: int
    worst: tuple[str, ...]


def section_warning(
    this_year: Mapping[tuple[int, str], Number],
    last_year: Mapping[tuple[int, str], Number],
    month: int,
    target_class: int,
    waterbody: Waterbody = "river",
) -> SectionWarning | None:
    """The warning for a section by its (month, item) means up to `month`; None without one, or without both years.

    In words: a section is warned of when both the class of the month and the class of the year so far are worse than
    last year by one class at least (two: level 1), below class Ⅲ, and the year so far misses the section's target.
    方法：当月类别和累计类别均较上年同期下降1个及以上类别且低于Ⅲ类、累计类别达不到年度目标的，为二级预警；均下降2个及以上的，为一级。
    依据：长江流域水环境质量监测预警办法（试行）2018（C）
    """
    grades = []
    for months in (last_year, this_year):
        for cumulative in (False, True):
            chosen = [
                (item, value) for (n, item), value in months.items() if (n <= month if cumulative else n == month)
            ]
            found = section_class(_item_means(chosen), waterbody)
            if found is None:
                return None
            grades.append(found)
    month_before, all_before, month_now, all_now = (one.grade for one in grades)
    falls = min(month_now - month_before, all_now - all_before)
    if falls < 1 or min(month_now, all_now) <= 3 or all_now <= target_class:
        return None
    return SectionWarning(1 if falls >= 2 else 2, month_before, month_now, all_before, all_now, grades[3].worst)


def _item_means(values: Sequence[tuple[str, Number]]) -> dict[str, Fraction]:
    by_item: dict[str, list[Number]] = {}
    for item, value in values:
        by_item.setdefault(item, []).append(value)
    return {item: item_mean(item, found) for item, found in by_item.items()}
