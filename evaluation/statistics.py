"""Statistics of the assessment rules, exact: Fractions in, Fractions out, rounded by nobody but the caller."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from evaluation.rounding import Number, exact, round_half_even


def mean(values: Iterable[Number]) -> Fraction:
    """Arithmetic mean. ValueError without values."""
    numbers = [exact(value) for value in values]
    if not numbers:
        raise ValueError("a mean needs at least one value")
    return sum(numbers, Fraction(0)) / len(numbers)


def percentile(values: Iterable[Number], p: Number) -> Fraction:
    """The p-th percentile (HJ 663-2013 appendix A): k = 1 + (n - 1)·p/100, linear between its neighbours.

    Order of `values` does not matter. ValueError without values or for p outside 0..100.
    """
    return percentile_of_sorted(sorted(exact(value) for value in values), p)


def percentile_of_sorted(ascending: Sequence[Fraction], p: Number) -> Fraction:
    """`percentile` of values that are sorted already."""
    if not ascending:
        raise ValueError("a percentile needs at least one value")
    if not 0 <= exact(p) <= 100:
        raise ValueError(f"a percentile lies between 0 and 100, not {p}")
    position = (len(ascending) - 1) * exact(p) / 100  # a Fraction: a float could fall just below a whole number
    lower = position.numerator // position.denominator
    rest = position - lower
    if rest == 0:
        return ascending[lower]
    return ascending[lower] + (ascending[lower + 1] - ascending[lower]) * rest


def change_percent(value: Number, base: Number, places: int = 1) -> Decimal:
    """同比: the change in % of two *published, rounded* values (standards register, section 7 no. 4).

    ZeroDivisionError when the base is zero: a change on nothing has no percentage.
    """
    return round_half_even((exact(value) - exact(base)) / exact(base) * 100, places)
