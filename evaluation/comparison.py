"""Comparing periods and places: 同比, 环比, points, 三年均值, ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal, TypeVar

from evaluation.rounding import Number, exact, round_half_even

_Name = TypeVar("_Name")


def change_percent(value: Number, base: Number, places: int = 1, restated: Number | None = None) -> Decimal:
    """同比 or 环比 in %: the change between two *published, rounded* values, rounded half to even.

    `restated` is the base as its issuer later revised it and then takes the place of `base` (the history of gases was
    restated in 2018; the review of dust days changes spring). Below zero is a fall; 0.0 is 持平.
    ZeroDivisionError when the base is zero: a change on nothing has no percentage.

    In words: this period's printed value minus that of the same period last year (or of the month before), in per cent
    of the latter. Where the earlier value was revised, the revised one is the base.
    方法：用已公布（修约后）的本期值与上年同期值（环比为上一期）相减再除以后者，保留1位小数；上年同期值后来修订过的，
    以修订值为基数。0.0%为持平。
    依据：生态环境部空气质量通报通行做法（B）
    """
    base = exact(base if restated is None else restated)
    return round_half_even((exact(value) - base) / base * 100, places)


def change_points(value: Number, base: Number, places: int = 1, restated: Number | None = None) -> Decimal:
    """The change of a ratio in percentage points (百分点), of two published values, rounded half to even.

    In words: shares, such as that of good days, are compared by subtraction; the result is in percentage points.
    方法：优良天数比率、水质类别比例等比率指标直接相减，单位为百分点。
    依据：生态环境部空气质量通报通行做法（B）
    """
    base = base if restated is None else restated
    return round_half_even(exact(value) - exact(base), places)


def on_three_years(value: Number, earlier: Sequence[Number], places: int = 1) -> Decimal:
    """同比三年均值: the change in % on the mean of the same period of the three years before (in use in Sichuan, 2024).

    ValueError unless there are exactly three earlier values; ZeroDivisionError when their mean is zero.

    In words: this period's value against the mean of the same period of the three years before, in per cent.
    方法：本期值与前三年同期平均值相比的变化率，保留1位小数。
    依据：四川省2024年通报（C）
    """
    if len(earlier) != 3:
        raise ValueError(f"a mean of three years needs three values, not {len(earlier)}")
    base = sum((exact(one) for one in earlier), exact(0)) / 3
    return round_half_even((exact(value) - base) / base * 100, places)


def trailing_mean(values: Mapping[int, Number], year: int, years: int = 3) -> Decimal | None:
    """三年滑动平均: the unrounded mean of a year and those before it, as a decimal of 9 places; None where one lacks.

    HJ 663-2026 brings it; its text has not been read (C), so no verdict rests on it.
    """
    wanted = [values[one] for one in range(year - years + 1, year + 1) if one in values]
    if len(wanted) < years:
        return None
    return round_half_even(sum((exact(one) for one in wanted), exact(0)) / years, 9)


def ranks(values: Mapping[_Name, Number], best: Literal["low", "high"] = "low") -> dict[_Name, int]:
    """Ranks from 1, by *published* values: equal ones share a rank and the next is skipped (12, 12, 14).

    In words: cities with the same printed value share a place, and the following place stays empty.
    方法：按公布值排序，数值相同名次并列，其后的名次空出（12、12、14）。
    依据：环办监测〔2018〕19号排名通行做法（B）
    """
    exacts = {name: exact(value) for name, value in values.items()}
    ordered = sorted(exacts.values(), reverse=best == "high")
    first = {value: place for place, value in reversed(list(enumerate(ordered, start=1)))}
    return {name: first[value] for name, value in exacts.items()}
