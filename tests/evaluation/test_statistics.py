"""Means, percentiles and changes, against worked examples and a second percentile."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.air import percentile
from evaluation.rounding import round_half_even
from evaluation.statistics import mean

values = st.lists(st.integers(min_value=0, max_value=500), min_size=1, max_size=40)


def test_the_example_of_appendix_a():
    """Standards register 8.5."""
    assert percentile([3, 4, 8, 2, 5, 4], 90) == Decimal("6.5")


@given(values, st.integers(min_value=0, max_value=100))
def test_it_is_numpys_linear_percentile(numbers, p):
    assert float(percentile(numbers, p)) == pytest.approx(float(np.percentile(numbers, p)), abs=1e-9)


@given(values, st.integers(min_value=0, max_value=100), st.randoms(use_true_random=False))
def test_order_does_not_matter_and_it_lies_between_its_neighbours(numbers, p, random):
    shuffled = list(numbers)
    random.shuffle(shuffled)
    found = percentile(numbers, p)
    assert found == percentile(shuffled, p)
    assert any(value <= found for value in numbers)
    assert any(value >= found for value in numbers)


@pytest.mark.parametrize(
    ("n", "p", "k"),
    [
        (365, 90, "328.6"),
        (365, 95, "346.8"),
        (365, 98, "357.72"),
        (366, 90, "329.5"),
        (366, 95, "347.75"),
        (366, 98, "358.7"),
    ],
)
def test_the_position_in_a_full_year(n, p, k):
    """Standards register 2.2: X(i) = i makes the percentile its own position."""
    assert percentile(range(1, n + 1), p) == Decimal(k)


def test_no_values_no_percentile():
    with pytest.raises(ValueError, match="at least one value"):
        percentile([], 90)
    with pytest.raises(ValueError, match="between 0 and 100"):
        percentile([1], 101)
    with pytest.raises(ValueError, match="at least one value"):
        mean([])


def test_guangdong_december_2021_from_its_cities(published_figures):
    """Standards register 2.9: the province is the unweighted mean of its 21 cities."""
    rows = [row for row in published_figures if row["scope"] == "21市" or row["period_start"] == "2021-12"]
    cities = [row for row in rows if row["region_code"].startswith("44") and row["region_code"] != "440000"]
    for indicator, places, printed in (("pm25_mean", 0, "31"), ("good_day_ratio", 1, "96.2")):
        found = [
            row["value"]
            for row in cities
            if row["indicator"] == indicator and row["period_start"] == row["period_end"] == "2021-12"
        ]
        assert len(found) == 21
        assert round_half_even(mean(found), places) == Decimal(printed)
