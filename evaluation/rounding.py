"""Rounding by GB/T 8170: half to even, once, at the end, on the exact decimal value.

Everything here works on exact numbers. A float stands for the shortest decimal that prints like it,
which is the decimal somebody wrote down; it never stands for its binary neighbour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import MAX_PREC, Context, Decimal
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt

Number = int | float | Decimal | Fraction | str
IntArray = npt.NDArray[np.int64]


def exact(value: Number) -> Fraction:
    """The exact value of a number as it was written.

    Raises ValueError for text that is no number, for NaN and for infinities.
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, float):
        value = repr(float(value))
    try:
        return Fraction(value)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"not a finite number: {value!r}") from error


def round_half_even(value: Number, places: int) -> Decimal:
    """`value` rounded half to even to `places` decimals (GB/T 8170-2008, 3.2).

    A negative number is rounded by its absolute value, which half-to-even does of itself. The result carries
    exactly `places` decimals ("30.0", not "30"). A negative `places` rounds to tens, hundreds and so on.
    Raises ValueError as `exact` does.
    """
    number = exact(value)
    # in whole numbers, which are several times faster than round() of a Fraction
    above = number.numerator * 10 ** max(places, 0)
    below = number.denominator * 10 ** max(-places, 0)
    scaled, rest = divmod(above, below)
    if 2 * rest > below or (2 * rest == below and scaled % 2):
        scaled += 1
    return _decimal(scaled, places)


def round_down(value: Number, places: int) -> Decimal:
    """The largest number of `places` decimals that is not above `value`: how a cap is printed."""
    return _decimal(math.floor(exact(value) * Fraction(10) ** places), places)


def round_up(value: Number, places: int) -> Decimal:
    """The smallest number of `places` decimals that is not below `value`: how a floor is printed."""
    return _decimal(math.ceil(exact(value) * Fraction(10) ** places), places)


def places_of(value: Decimal) -> int:
    """How many decimals a printed number carries ("72.29" has 2, "1E+2" none). ValueError for NaN and infinities."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"not a finite number: {value!r}")
    return max(0, -exponent)


def without_trailing_zeros(value: Decimal) -> Decimal:
    """The same number with no more decimals than it needs, never in exponent notation (10.00 -> 10)."""
    return Decimal(f"{value.normalize():f}")


@dataclass(frozen=True)
class Edge:
    """The end of the interval of values that still round to a printed number.

    `inclusive` tells whether the end itself does: half to even gives 30.5 to 30, and 31.5 to 32.
    """

    value: Fraction
    inclusive: bool


def rounding_edge(printed: Number, places: int, side: Literal["upper", "lower"]) -> Edge:
    """The largest ("upper") or smallest ("lower") value that rounds to `printed` at `places` decimals.

    Raises ValueError when `printed` itself has more decimals than `places`.
    """
    scaled = exact(printed) * Fraction(10) ** places
    if scaled.denominator != 1:
        raise ValueError(f"{printed} has more than {places} decimals")
    half = Fraction(1, 2) / Fraction(10) ** places
    value = exact(printed) + (half if side == "upper" else -half)
    return Edge(value, inclusive=scaled.numerator % 2 == 0)


#: Rounds nothing: a number may have as many digits as it needs.
_EVERY_DIGIT = Context(prec=MAX_PREC)


def _decimal(scaled: int, places: int) -> Decimal:
    return Decimal(scaled).scaleb(-places, _EVERY_DIGIT)
