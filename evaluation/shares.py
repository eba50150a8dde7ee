"""Shares by number, volume and area: groundwater, drinking water, farmland, accidents. Parts are stored with the value:
the definitions of numerator and denominator differ from place to place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from evaluation.rounding import Number, exact


def share(part: Number, whole: Number) -> Fraction:
    """`part` of `whole` in %, unrounded. ValueError unless 0 <= part <= whole and whole is above zero.

    In words: the part over the whole, in per cent; both numbers and the source of the definition are kept with it.
    方法：分子除以分母再乘100%；各地口径不同，分子、分母和口径出处随数值一并保存。
    依据：各指标的发布口径（R）
    """
    above, below = exact(part), exact(whole)
    if not (0 <= above <= below and below > 0):
        raise ValueError(f"{part} is no part of {whole}")
    return 100 * above / below


def groundwater_class(item_classes: Sequence[int]) -> int:
    """The class of a groundwater point, 1 to 5: its worst item (GB/T 14848-2017). ValueError without items or for a
    class outside 1 to 5. The classes of the items are input: the table of limits is not at hand."""
    if not item_classes or not all(1 <= found <= 5 for found in item_classes):
        raise ValueError(f"not classes of items: {list(item_classes)}")
    return max(item_classes)


def groundwater_class_v_share(point_classes: Sequence[int]) -> Fraction:
    """地下水Ⅴ类水比例 in %: points of class Ⅴ out of all national points, unrounded. ValueError as `share`.

    In words: groundwater points of class Ⅴ out of all points evaluated; a point is as good as its worst item.
    方法：Ⅴ类点位数除以参评点位数；点位类别取最差一项。
    依据：GB/T 14848-2017（R）；“十四五”口径（C）
    """
    if not all(1 <= found <= 5 for found in point_classes):
        raise ValueError("a class of groundwater lies between 1 and 5")
    return share(sum(found == 5 for found in point_classes), len(point_classes))


@dataclass(frozen=True)
class DrinkingSource:
    """A centralised drinking-water source: whether it meets class Ⅲ, and the volume taken from it (any one unit)."""

    meets: bool
    volume: Number = 0


def sources_met_by_number(sources: Sequence[DrinkingSource]) -> Fraction:
    """集中式饮用水水源地达标率 by number, in %, unrounded. ValueError without sources.

    In words: sources that keep class Ⅲ out of all sources; also by the volume of water taken.
    方法：达到或优于Ⅲ类的水源地个数除以水源地总数（按水源地数）；或达标取水量除以总取水量（按水量）。
    依据：GB 3838-2002、GB/T 14848-2017 Ⅲ类（B）
    """
    return share(sum(source.meets for source in sources), len(sources))


def sources_met_by_volume(sources: Sequence[DrinkingSource]) -> Fraction:
    """集中式饮用水水源地水量达标率 in %, unrounded. ValueError without volume or for a negative one."""
    volumes = [exact(source.volume) for source in sources]
    if any(volume < 0 for volume in volumes):
        raise ValueError("a volume is not negative")
    met = sum((volume for source, volume in zip(sources, volumes, strict=True) if source.meets), Fraction(0))
    return share(met, sum(volumes, Fraction(0)))


def drinking_source_meets(item_classes: Sequence[int], other_items_met: Sequence[bool] = ()) -> bool:
    """Whether a source meets class Ⅲ: the worst of its Table 1 items, and each item of Tables 2 and 3 by itself (B).

    ValueError without any Table 1 item: an unmeasured source is not a good one.
    """
    if not item_classes:
        raise ValueError("a source without measurements has no verdict")
    return max(item_classes) <= 3 and all(other_items_met)


def safe_use_of_farmland(priority: Number, medium: Number, strict: Number, contaminated: Number) -> Fraction:
    """受污染耕地安全利用率 in %, by area: (B + C + D)/E (C). ValueError as `share`.

    `priority`: lightly contaminated land under priority measures; `medium`: with safe use or remediation and crops that
    meet the standard; `strict`: heavily contaminated under strict control; `contaminated`: all such land.

    In words: contaminated farmland in safe use, by the measures that its degree asks for, out of all contaminated
    farmland, by area.
    方法：（优先保护类措施面积＋安全利用或修复且农产品达标面积＋严格管控面积）÷受污染耕地总面积。
    依据：受污染耕地安全利用率核算口径（C）
    """
    return share(exact(priority) + exact(medium) + exact(strict), contaminated)


def accidents_per_10_000_sources(accidents: int, sources: int) -> Fraction:
    """放射源辐射事故年发生率, 起/万枚: accidents of the year per 10 000 sources in use (C).

    ValueError without sources and for negative accidents.
    """
    if sources <= 0 or accidents < 0:
        raise ValueError(f"{accidents} accidents on {sources} sources make no rate")
    return Fraction(accidents * 10_000, sources)
