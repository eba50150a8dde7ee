"""Changes and ranks, against the ministry's bulletins."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.comparison import change_percent, change_points, on_three_years, ranks, trailing_mean


@pytest.mark.parametrize(
    ("value", "base", "printed"),
    [  # ministry bulletins, standards register 8.4
        ("42", "39", "7.7"),
        ("73", "63", "15.9"),
        ("128", "127", "0.8"),
        ("9", "9", "0.0"),
        ("25", "24", "4.2"),
        ("1.1", "1.2", "-8.3"),
        ("139", "145", "-4.1"),
        ("8", "9", "-11.1"),
        ("19", "19", "0.0"),
        ("0.8", "0.8", "0.0"),
        ("28", "28", "0.0"),
        ("138", "139", "-0.7"),
        ("56", "53", "5.7"),
        ("144", "138", "4.3"),
        ("28.1", "28.2", "-0.4"),
        ("32.1", "32.9", "-2.4"),
    ],
)
def test_change_on_the_year_before(value, base, printed):
    assert change_percent(value, base) == Decimal(printed)


@pytest.mark.parametrize(
    ("value", "first_published", "restated", "printed"),
    [("28", "28", "27", "3.7"), ("57", "56", "55", "3.6"), ("53", "57", "55", "-3.6")],
)
def test_the_three_that_fit_the_revised_base_only(value, first_published, restated, printed):
    """Standards register 8.4: April is the dust season."""
    assert change_percent(value, first_published) != Decimal(printed)
    assert change_percent(value, first_published, restated=restated) == Decimal(printed)


@pytest.mark.parametrize(
    ("value", "base", "points"),
    [("81.1", "89.0", "-7.9"), ("89.8", "81.1", "8.7"), ("83.1", "89.8", "-6.7"), ("80.4", "85.1", "-4.7")],
)
def test_ratios_change_in_points(value, base, points):
    assert change_points(value, base) == Decimal(points)
    assert change_points(value, "0", restated=base) == Decimal(points)


def test_a_change_on_nothing_has_no_percentage():
    with pytest.raises(ZeroDivisionError):
        change_percent(3, 0)


def test_on_the_mean_of_three_years():
    assert on_three_years("27", ["30", "33", "27"]) == Decimal("-10.0")
    with pytest.raises(ValueError, match="three values"):
        on_three_years("27", ["30", "33"])


def test_a_moving_mean_needs_every_year():
    values = {2019: "30", 2020: "27", 2021: "27"}
    assert trailing_mean(values, 2021) == Decimal(28)
    assert trailing_mean(values, 2020) is None


def test_ties_share_a_rank_and_the_next_is_skipped():
    """Standards register 2.6: 12, 12, 14."""
    cities = {f"c{n}": f"{n}.00" for n in range(11)} | {"甲": "11.50", "乙": "11.5", "丙": "11.51"}
    placed = ranks(cities)
    assert (placed["甲"], placed["乙"], placed["丙"]) == (12, 12, 14)
    assert ranks({"a": 1, "b": 2}, best="high") == {"a": 2, "b": 1}


@given(st.dictionaries(st.text(max_size=3), st.integers(min_value=0, max_value=9), max_size=12))
def test_a_rank_is_one_more_than_those_before(values):
    placed = ranks({name: Fraction(value, 3) for name, value in values.items()})
    for name, value in values.items():
        assert placed[name] == 1 + sum(other < value for other in values.values())
