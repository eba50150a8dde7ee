"""GB/T 8170: half to even, once, on exact decimals."""

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.rounding import (
    exact,
    round_down,
    round_half_even,
    round_up,
    rounding_edge,
    without_trailing_zeros,
)

decimals = st.decimals(min_value=-10_000, max_value=10_000, allow_nan=False, allow_infinity=False, places=4)


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        ("30.5", 0, "30"),
        ("31.5", 0, "32"),
        ("-30.5", 0, "-30"),  # a negative number by its absolute value
        ("0.275", 2, "0.28"),  # Naiman's CO, standards register 8.3
        ("94.45", 1, "94.4"),
        ("2.2", 1, "2.2"),
        (Fraction(2, 3), 2, "0.67"),
        (0.275, 2, "0.28"),  # a float stands for the decimal that was written
        ("1250", -2, "1200"),
    ],
)
def test_half_goes_to_the_even_neighbour(value, places, expected):
    assert round_half_even(value, places) == Decimal(expected)


def test_the_result_carries_its_decimals():
    assert str(round_half_even("30", 1)) == "30.0"
    assert str(round_down("45.07", 1)) == "45.0"
    assert str(round_up("45.01", 1)) == "45.1"


@given(decimals, st.integers(min_value=0, max_value=3))
def test_it_agrees_with_the_decimal_module(value, places):
    assert round_half_even(value, places) == value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)


@given(decimals, st.integers(min_value=0, max_value=3))
def test_a_cap_is_rounded_down_and_a_floor_up(value, places):
    assert round_down(value, places) <= value <= round_up(value, places)
    assert round_up(value, places) - round_down(value, places) <= Decimal(1).scaleb(-places)


@given(st.integers(min_value=-500, max_value=500), st.integers(min_value=0, max_value=2))
def test_the_edge_separates_what_still_rounds_to_the_printed_number(scaled, places):
    printed = Decimal(scaled).scaleb(-places)
    sliver = Fraction(1, 10**6)
    for side, outwards in (("upper", 1), ("lower", -1)):
        edge = rounding_edge(printed, places, side)
        assert (round_half_even(edge.value, places) == printed) is edge.inclusive
        assert round_half_even(edge.value - outwards * sliver, places) == printed
        assert round_half_even(edge.value + outwards * sliver, places) != printed


def test_an_edge_needs_a_number_of_that_many_decimals():
    with pytest.raises(ValueError, match="more than 0 decimals"):
        rounding_edge("30.5", 0, "upper")


@pytest.mark.parametrize("text", ["", "abc", "NaN", "inf", "12l"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match="not a finite number"):
        exact(text)


def test_trailing_zeros_go_without_an_exponent():
    assert str(without_trailing_zeros(Decimal("10.00"))) == "10"
    assert str(without_trailing_zeros(Decimal("3.60"))) == "3.6"
