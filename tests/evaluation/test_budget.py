"""The exact steering layer, against printed county briefings and against trying every case."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.budget import (
    DaysSoFar,
    Span,
    attains,
    can_attain,
    count_span,
    days_that_may_fail,
    mean_span,
    must_attain,
    percentile_span,
    ratio_span,
    region_days_that_may_fail,
    region_remaining_mean,
    remaining_mean,
    remaining_mean_rounding_aware,
)
from evaluation.rounding import round_half_even
from evaluation.statistics import percentile


@pytest.mark.parametrize(
    ("mean", "elapsed", "computed", "printed"),
    [("58", 209, "55.67", 56), ("55", 348, "95.67", 95)],  # Wei County 2020, standards register 8.1
)
def test_wei_county(mean, elapsed, computed, printed):
    control = remaining_mean(57, 366, mean, elapsed)
    assert round_half_even(control, 2) == Decimal(computed)
    if printed == 56:
        assert round_half_even(control, 0) == printed
    low = remaining_mean(57, 366, Fraction(mean) + Fraction(1, 2), elapsed)
    high = remaining_mean(57, 366, Fraction(mean) - Fraction(1, 2), elapsed)
    assert low <= printed <= high


def test_the_range_behind_the_printed_95():
    low = remaining_mean(57, 366, "55.5", 348)
    high = remaining_mean(57, 366, "54.5", 348)
    assert (round_half_even(low, 1), round_half_even(high, 1)) == (Decimal("86.0"), Decimal("105.3"))


def test_no_remaining_day_no_control_value():
    with pytest.raises(ValueError, match="no remaining day"):
        remaining_mean(57, 366, 55, 366)


def test_the_edge_of_an_odd_cap_lies_half_a_unit_higher():
    plain = remaining_mean(31, 365, "26.9", 273)
    aware = remaining_mean_rounding_aware(31, 365, "26.9", 273, 0)
    assert aware - plain == Fraction(1, 2) * 365 / 92


@settings(deadline=None)
@given(
    st.integers(min_value=20, max_value=60),
    st.integers(min_value=1, max_value=364),
    st.fractions(min_value=5, max_value=90, max_denominator=50),
)
def test_at_the_remaining_mean_the_year_just_attains(limit, elapsed, mean):
    edge = remaining_mean_rounding_aware(limit, 365, mean, elapsed, 0)
    sliver = Fraction(1, 1000)

    def year(rest: Fraction) -> Fraction:
        return (mean * elapsed + rest * (365 - elapsed)) / 365

    assert attains(year(edge - sliver), "<=", limit, 0)
    assert not attains(year(edge + sliver), "<=", limit, 0)


def naive_days_that_may_fail(percent: str, days: int, failed: int) -> int:
    places = len(percent.partition(".")[2])
    good = next(g for g in range(days + 1) if round_half_even(Fraction(100 * g, days), places) >= Decimal(percent))
    return days - good - failed


@settings(deadline=None)
@given(
    st.integers(min_value=0, max_value=1000).map(lambda tenths: f"{tenths / 10:.1f}"),
    st.integers(min_value=1, max_value=400),
    st.integers(min_value=0, max_value=400),
)
def test_days_that_may_fail_against_counting_up(percent, days, failed):
    assert days_that_may_fail(percent, days, failed) == naive_days_that_may_fail(percent, days, failed)


def test_days_that_may_fail_of_the_plans():
    assert days_that_may_fail("94.5", 14 * 365, 0) == 283  # 14 cities of Guangxi
    assert days_that_may_fail("92.5", 365, 0) == 27  # Guigang's plan prints both
    assert days_that_may_fail("88", 365, 50) == -5  # 87.5 rounds to 88, so 320 good days do


def test_a_ratio_above_a_hundred_is_refused():
    with pytest.raises(ValueError, match="no ratio"):
        days_that_may_fail("100.1", 365, 0)


city = st.builds(
    lambda valid, good_share, remaining: DaysSoFar(Fraction(int(valid * good_share)), valid, remaining),
    st.integers(min_value=1, max_value=12),
    st.floats(min_value=0, max_value=1),
    st.integers(min_value=0, max_value=6),
)


def worst_spread(cities: list[DaysSoFar], days: int) -> Fraction:
    """The mean ratio after `days` failures placed where they hurt most, tried greedily day by day."""
    left = [c.remaining for c in cities]
    good = [c.total + c.remaining for c in cities]
    for _ in range(days):
        index = max((i for i in range(len(cities)) if left[i]), key=lambda i: Fraction(1, cities[i].expected))
        left[index] -= 1
        good[index] -= 1
    return sum(100 * g / c.expected for g, c in zip(good, cities, strict=True)) / len(cities)


@settings(max_examples=200, deadline=None)
@given(st.lists(city, min_size=1, max_size=4), st.integers(min_value=300, max_value=1000))
def test_city_days_that_may_fail_wherever_they_fall(cities, tenths):
    limit = Decimal(tenths).scaleb(-1)
    left = region_days_that_may_fail(limit, 1, cities)
    remaining = sum(c.remaining for c in cities)
    if left < 0:
        assert not attains(worst_spread(cities, 0), ">=", limit, 1)
    else:
        assert attains(worst_spread(cities, left), ">=", limit, 1)
        assert left == remaining or not attains(worst_spread(cities, left + 1), ">=", limit, 1)


def test_one_city_is_the_plain_budget():
    so_far = DaysSoFar(total=Fraction(240), valid=273, remaining=92)
    assert region_days_that_may_fail(Decimal(88), 1, [so_far]) == days_that_may_fail("88.0", 365, 33)


def test_the_remaining_mean_of_a_region_holds_in_every_city():
    cities = [DaysSoFar(Fraction(27 * 270), 270, 92), DaysSoFar(Fraction(31 * 273), 273, 92)]
    rest = region_remaining_mean(31, cities)
    year = [(c.total + rest * c.remaining) / c.expected for c in cities]
    assert sum(year) / 2 == 31
    one = DaysSoFar(Fraction(58 * 209), 209, 157)
    assert region_remaining_mean(57, [one]) == remaining_mean(57, 366, 58, 209)


# ---- where a figure can end ----------------------------------------------------------------------------------------


def test_a_mean_has_no_upper_bound_until_no_day_remains():
    assert mean_span([DaysSoFar(Fraction(3000), 100, 265)]) == Span(Fraction(3000, 365), None)
    assert mean_span([DaysSoFar(Fraction(3650), 365, 0)]) == Span(Fraction(10), Fraction(10))


def test_a_ratio_and_a_count_have_both_bounds():
    so_far = [DaysSoFar(Fraction(90), 100, 100)]
    assert ratio_span(so_far) == Span(Fraction(45), Fraction(95))
    assert count_span(so_far) == Span(Fraction(90), Fraction(190))


@settings(deadline=None)
@given(
    st.lists(st.integers(min_value=0, max_value=300), min_size=1, max_size=30),
    st.integers(min_value=0, max_value=10),
    st.data(),
)
def test_whatever_the_rest_brings_the_percentile_stays_within_its_span(days, remaining, data):
    span = percentile_span(90, sorted(days), remaining)
    assert percentile_span(90, [day * 7 for day in sorted(days)], remaining, 7) == span
    rest = data.draw(st.lists(st.integers(min_value=0, max_value=10_000), min_size=remaining, max_size=remaining))
    final = percentile(days + rest, 90)
    assert span.low <= final
    assert span.high is None or final <= span.high


def test_thirty_six_ozone_days_are_always_safe():
    """Standards register section 7 no. 3, n = 365."""
    fine = [Fraction(100)] * 329
    high = [Fraction(400)]
    assert percentile(fine + high * 36, 90) <= 160
    assert percentile(fine[:-2] + high * 38, 90) > 160


@pytest.mark.parametrize(
    ("p", "limit", "length", "safe"),
    [(90, 160, 365, 36), (90, 160, 366, 36), (95, 75, 365, 18), (98, 150, 365, 7), (98, 150, 366, 7)],
)
def test_days_that_never_break_a_percentile(p, limit, length, safe):
    """Standards register section 7 no. 3: so many days of any height are safe; two more fail, just above the limit."""
    fine, sky = [Fraction(limit)] * length, Fraction(10**6)
    assert percentile(fine[safe:] + [sky] * safe, p) <= limit
    assert percentile([Fraction(limit)] * (length - safe - 2) + [Fraction(limit + 1)] * (safe + 2), p) > limit


@given(
    st.fractions(min_value=0, max_value=100, max_denominator=40),
    st.fractions(min_value=0, max_value=40, max_denominator=40),
    st.sampled_from(["<", "<=", "=", ">=", ">"]),
    st.integers(min_value=0, max_value=100),
)
def test_what_must_be_also_can_be(low, width, comparator, limit):
    span = Span(low, low + width)
    if must_attain(span, comparator, limit, 0):
        assert can_attain(span, comparator, limit, 0)
    if width == 0:
        assert must_attain(span, comparator, limit, 0) == can_attain(span, comparator, limit, 0)
