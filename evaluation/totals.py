"""Totals and carbon: cuts on a baseline, tonnes of key projects, intensity, cumulative change, schedules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import log2
from typing import Literal

from evaluation.rounding import Number, exact, round_half_even, without_trailing_zeros


def cut_percent(base: Number, now: Number) -> Fraction:
    """The cut on a baseline total in %, unrounded: (E_base - E_t)/E_base; negative for a rise.

    Totals come from 环境统计, in one unit. ZeroDivisionError for a base of zero.

    In words: how much less was emitted than in the base year, in per cent of the base year.
    方法：（基准年排放量−当年排放量）÷基准年排放量，单位%。
    依据：“十三五”及以前总量减排口径（B）
    """
    return (exact(base) - exact(now)) / exact(base) * 100


def key_project_progress(verified_tonnes: Iterable[Number], target_tonnes: Number) -> Fraction:
    """重点工程减排量 progress in %, unrounded: verified tonnes over the tonnes that the target asks for.

    ValueError for a target that is not above zero and for negative tonnes.

    In words: since the 14th plan a place owes tonnes cut by named projects, not a percentage; progress is the tonnes
    verified so far over the tonnes owed.
    方法：已核定的重点工程减排量之和除以目标减排量。“十四五”下达的是吨数，不是百分比。
    依据：国发〔2021〕33号（B）；潜江市2025年任务（C）
    """
    amounts = [exact(tonnes) for tonnes in verified_tonnes]
    if exact(target_tonnes) <= 0 or any(amount < 0 for amount in amounts):
        raise ValueError("tonnes are not negative, and a target is above zero")
    return sum(amounts, Fraction(0)) / exact(target_tonnes) * 100


def intensity_fall(earlier: tuple[Number, Number], now: tuple[Number, Number]) -> Fraction:
    """The fall of an intensity in one year, d = 1 - I_t/I_(t-1), as a fraction of 1; each year (total, GDP).

    Both GDPs at the same constant prices (不变价); nominal GDP would count inflation as a success.
    ZeroDivisionError for a total or GDP of zero.

    In words: emissions (or energy) per unit of GDP at constant prices, this year against last.
    方法：单位GDP二氧化碳排放（能耗）= 排放量（能耗）÷不变价GDP；当年下降率 = 1−当年强度÷上年强度。
    依据：“十四五”核算口径（C）
    """
    before = exact(earlier[0]) / exact(earlier[1])
    return 1 - exact(now[0]) / exact(now[1]) / before


def cumulative_fall(yearly_falls: Iterable[Number]) -> Fraction:
    """The fall over several years, 1 - Π(1 - d_t), as a fraction of 1; yearly falls do not add.

    In words: falls of several years are multiplied, not added: twice 10 % is 19 %.
    方法：累计下降率 = 1−（1−d₁）×（1−d₂）×……，各年下降率不能直接相加。
    依据：“十四五”核算口径（C）
    """
    left = Fraction(1)
    for fall in yearly_falls:
        left *= 1 - exact(fall)
    return 1 - left


Fallback = Literal["line", "compound"]


@dataclass(frozen=True)
class SchedulePoint:
    """A year's value of a schedule and where it comes from: assigned for that year, or worked out."""

    value: Decimal
    assigned: bool


def schedule_point(
    assigned: Mapping[int, Decimal], start: tuple[int, Decimal], year: int, fallback: Fallback = "line"
) -> SchedulePoint | None:
    """The point of a schedule for one year (时序进度).

    `assigned`: year -> value as assigned; `start`: the baseline year and its value (0 for a cumulative change). The
    assigned value of the year itself; else, to 4 decimals, the straight line to the next assigned year, or "compound":
    the same rate every year, for a cumulative fall in % from a start of 0. None when no later year is assigned. What is
    worked out is a fallback that the caller must say so. ValueError for a compound schedule that falls by 100 %
    or more.

    In words: a plan's path is assigned year by year. Where a year was not assigned, a straight line stands in, and
    the page says so.
    方法：时序进度以上级逐年下达的数为准；没有下达的年份才用直线（或等比）内插，并注明。
    依据：时序进度两种算法都在使用（R）；优良天数2022年时序85.6%为下达值（C）
    """
    if year in assigned:
        return SchedulePoint(assigned[year], assigned=True)
    later = [known for known in assigned if known > year]
    if not later or year < start[0]:
        return None
    earlier = {start[0]: start[1], **{known: value for known, value in assigned.items() if known < year}}
    low, high = max(earlier), min(later)
    between = _on_the_compound_path if fallback == "compound" else _on_the_line
    value = between(exact(earlier[low]), exact(assigned[high]), Fraction(year - low, high - low))
    return SchedulePoint(without_trailing_zeros(round_half_even(value, 4)), assigned=False)


def _on_the_line(low: Fraction, high: Fraction, share: Fraction) -> Fraction:
    return low + (high - low) * share


def _on_the_compound_path(low: Fraction, high: Fraction, share: Fraction) -> Fraction:
    """Cumulative falls in %: what is left shrinks by the same factor every year. Roots are irrational: to 12 digits."""
    left_low, left_high = 1 - low / 100, 1 - high / 100
    if left_low <= 0 or left_high <= 0:
        raise ValueError("a compound path does not fall by 100 % or more")
    left = 2.0 ** (log2(left_low) + (log2(left_high) - log2(left_low)) * float(share))
    return exact(round_half_even((1 - left) * 100, 10))
