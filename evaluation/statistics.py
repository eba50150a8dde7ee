"""Statistics of the assessment rules, exact: Fractions in, Fractions out, rounded by nobody but the caller."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from math import lcm

from evaluation.rounding import Number, exact


def mean(values: Iterable[Number]) -> Fraction:
    """Arithmetic mean. ValueError without values."""
    numbers = [exact(value) for value in values]
    if not numbers:
        raise ValueError("a mean needs at least one value")
    return total(numbers) / len(numbers)


def total(numbers: Collection[Fraction]) -> Fraction:
    """The exact sum; 0 of nothing. Over one denominator, which spares bringing it to lowest terms at every step."""
    below = lcm(*(number.denominator for number in numbers))
    return Fraction(sum(number.numerator * (below // number.denominator) for number in numbers), below)


def percentile(values: Iterable[Number], p: Number) -> Fraction:
    """The p-th percentile (HJ 663-2013 appendix A): k = 1 + (n - 1)·p/100, linear between its neighbours.

    Order of `values` does not matter. ValueError without values or for p outside 0..100.

    In words: put the values in order; the percentile lies where p per cent of the way from the first to the last is
    done, and between two values in proportion.
    方法：把各日的值从小到大排列，第p百分位数位于第1+(n−1)×p/100个；不是整数时在相邻两个值之间按比例内插。
    依据：HJ 663-2013 附录A、HJ 663-2026 A.6（B）
    """
    return percentile_of_sorted(sorted(exact(value) for value in values), p)


def percentile_of_sorted(ascending: Sequence[Fraction] | Sequence[int], p: Number) -> Fraction:
    """`percentile` of exact values that are sorted already. ValueError as there."""
    if not ascending:
        raise ValueError("a percentile needs at least one value")
    if not 0 <= exact(p) <= 100:
        raise ValueError(f"a percentile lies between 0 and 100, not {p}")
    position = (len(ascending) - 1) * exact(p) / 100  # a Fraction: a float could fall just below a whole number
    lower = position.numerator // position.denominator
    rest = position - lower
    if rest == 0:
        return Fraction(ascending[lower])
    return ascending[lower] + (ascending[lower + 1] - ascending[lower]) * rest
