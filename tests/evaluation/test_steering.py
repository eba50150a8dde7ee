"""Who used the budget, what a repeated year gives, which sections swing: against naive counting and the register."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.basins import section_warning
from evaluation.budget import DaysSoFar, region_remaining_mean
from evaluation.progress import CityYear, Rule, State, meets, outlook_state, settled
from evaluation.rounding import round_half_even
from evaluation.statistics import percentile
from evaluation.steering import contributions, item_rooms, percentile_days, propose, remaining_mean_range, year_if
from evaluation.water import section_class


def city(values: list[int], remaining: int) -> CityYear:
    """A city's year so far from its daily values, in whole units."""
    return CityYear(Fraction(sum(values)), len(values), remaining, 0, True, tuple(sorted(values)))


# ---- a percentile as a budget of days


@pytest.mark.parametrize(
    ("p", "days", "safe", "lost"),
    [(90, 365, 36, 38), (90, 366, 36, 38), (95, 365, 18, 20), (98, 365, 7, 9), (95, 361, 18, 19)],
)
def test_the_days_that_a_percentile_allows(p, days, safe, lost):
    """Standards register, section 7 no. 3; k = 343 is whole for 361 days and 95 %: no day lies in between."""
    found = percentile_days(p, days)
    assert (found.safe, found.lost) == (safe, lost)


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=2, max_value=120), st.sampled_from([90, 95, 98]), st.data())
def test_safe_days_are_safe_and_lost_ones_lost(days, p, data):
    """However high the days above and however low the others."""
    found = percentile_days(p, days)
    over = data.draw(st.integers(min_value=0, max_value=days))
    worst = percentile([160] * (days - over) + [10_000] * over, p)
    best = percentile([0] * (days - over) + [Fraction(160_001, 1000)] * over, p)
    if over <= found.safe:
        assert worst <= 160
    if over >= found.lost:
        assert best > 160


def test_a_year_without_days_has_no_percentile():
    with pytest.raises(ValueError, match="at least one day"):
        percentile_days(90, 0)


def test_the_rounding_of_the_printed_mean_blurs_the_control_value():
    """Wei County 2020, standards register 8.1: printed 55 at day 348 of 366, target 57: 86.0 to 105.3."""
    county = DaysSoFar(Fraction(55 * 348), 348, 18)
    low, high = remaining_mean_range(57, [county], 55, 0)
    assert (round_half_even(low, 1), round_half_even(high, 1)) == (Decimal("86.0"), Decimal("105.3"))
    with pytest.raises(ValueError, match="no mean"):
        remaining_mean_range(57, [DaysSoFar(Fraction(0), 0, 366)], 55, 0)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.fractions(20, 60, max_denominator=9), min_size=1, max_size=4), st.fractions(-1, 1, max_denominator=7)
)
def test_the_range_holds_every_mean_that_prints_alike(means, shift):
    """Cities with 200 days so far, each with its own number to come, all shifted within half a unit of the print."""
    region = [DaysSoFar(mean * 200, 200, 100 + 20 * n) for n, mean in enumerate(means)]
    printed = round_half_even(sum(means) / len(means), 0)
    low, high = remaining_mean_range(35, region, printed, 0)
    by = Fraction(printed) + shift / 2 - sum(means) / len(means)
    moved = [DaysSoFar(city.total + by * 200, 200, city.remaining) for city in region]
    assert low <= region_remaining_mean(35, moved) <= high


# ---- cities


def test_contributions_add_up_to_what_the_region_overdrew():
    """Two cities, half the year gone: 40 and 20 against 31. (9·½ - 11·½)/2 = -½ µg/m³ of the year."""
    cities = {"a": city([40] * 100, 100), "b": city([20] * 100, 100)}
    found = contributions("mean", "<=", 31, cities)
    assert found == {"a": Fraction(9, 4), "b": Fraction(-11, 4)}
    assert sum(found.values()) == Fraction(-1, 2)


def test_contributions_of_good_days_are_points_of_the_regions_share():
    """90 of 100 days good where 95 % are asked: 5 points over half the year, shared by two cities."""
    cities = {"a": city([1] * 90 + [0] * 10, 100), "b": city([1] * 100, 100)}
    found = contributions("day_ratio", ">=", 95, cities)
    assert found == {"a": Fraction(5, 4), "b": Fraction(-5, 4)}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(5, 120), min_size=5, max_size=40), min_size=1, max_size=5), st.integers(10, 60))
def test_at_year_end_contributions_are_the_distance_to_the_limit(values, limit):
    cities = {n: city(days, 0) for n, days in enumerate(values)}
    region = sum(Fraction(sum(days), len(days)) for days in values) / len(values)
    assert sum(contributions("mean", "<=", limit, cities).values()) == region - limit


def test_a_city_without_a_day_contributes_nothing_known():
    assert "b" not in contributions("mean", "<=", 31, {"a": city([30], 3), "b": city([], 4)})


# ---- a year repeated


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=60), st.lists(st.integers(0, 300), min_size=1, max_size=60))
def test_repeating_a_year_is_the_statistic_of_the_joined_days(now, rest):
    one, adds = city(now, len(rest)), np.array(rest)
    joined = now + rest
    assert year_if("mean", one, adds) == Fraction(sum(joined), len(joined))
    assert year_if("day_count", one, adds) == sum(joined)
    assert year_if("percentile", one, adds, 90) == percentile(joined, 90)


def test_a_gap_in_the_earlier_year_is_filled_in_proportion():
    """4 days remain, of which the earlier year has 2 of 30: they stand for 4."""
    assert year_if("mean", city([10] * 6, 4), np.array([30, 30])) == Fraction(60 + 120, 10)
    with pytest.raises(ValueError, match="no day of the earlier year"):
        year_if("mean", city([10] * 6, 4), np.array([], dtype=np.int64))


# ---- broken down to cities


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.decimals(min_value=5, max_value=90, places=1), min_size=2, max_size=18),
    st.integers(min_value=10, max_value=70),
)
def test_a_proposal_meets_the_target_and_lets_nobody_fall_back(levels, limit):
    named = dict(enumerate(levels))
    found = propose(limit, "<=", named, 0)
    assert sum(found.values()) / len(found) <= limit or sum(levels) / len(levels) <= limit
    assert all(found[n] <= named[n] for n in named)
    assert meets([Rule("<=", Decimal(limit), 0)], sum(found.values()) / Decimal(len(found)))
    shares = {n: 100 - level / 10 for n, level in named.items()}
    floors = propose("97", ">=", shares, 1)
    assert sum(floors.values()) / len(floors) >= Decimal(97)
    assert all(floors[n] >= shares[n] for n in shares)


def test_a_proposal_by_hand():
    """40 and 20 down to a mean of 27: both by a tenth."""
    assert propose(27, "<=", {"a": Decimal(40), "b": Decimal(20)}, 1) == {"a": Decimal("36.0"), "b": Decimal("18.0")}
    assert propose(35, "<=", {"a": Decimal(40), "b": Decimal(20)}, 0) == {"a": Decimal(40), "b": Decimal(20)}
    with pytest.raises(ValueError, match="nothing to break"):
        propose(27, "<=", {}, 0)


# ---- swing sections


def test_the_room_of_an_item_by_hand():
    """NH3-N, nine months of 1.1 against 1.0 for class Ⅲ at two decimals (half to even: 1.005 is 1.00): the three to
    come may have (12·1.005 - 9.9)/3 = 0.72."""
    months = {(month, "NH3-N"): Fraction(11, 10) for month in range(1, 10)}
    room = item_rooms(months, 3, 3, "river")[0]
    assert (room.item, room.remaining, room.limit, room.is_floor) == ("NH3-N", Decimal("0.72"), Decimal("1.0"), False)
    assert room.tightness == Fraction(11, 10)


def test_oxygen_must_be_reached_from_below():
    """Nine months of 4 against 5 at one decimal, to which 4.95 rounds: the rest must reach (12·4.95 - 36)/3 = 7.8."""
    months = {(month, "DO"): Fraction(4) for month in range(1, 10)}
    room = item_rooms(months, 3, 3, "river")[0]
    assert (room.remaining, room.is_floor) == (Decimal("7.8"), True)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.fractions(min_value=0, max_value=4, max_denominator=200), min_size=1, max_size=11),
    st.sampled_from(["NH3-N", "CODMn", "TP", "DO"]),
)
def test_at_the_room_the_section_keeps_its_class_and_beyond_it_does_not(values, item):
    left = 12 - len(values)
    months = {(n + 1, item): value for n, value in enumerate(values)}
    room = item_rooms(months, 3, left, "river")[0]
    sliver = Fraction(1, 10) ** (-int(room.remaining.as_tuple().exponent)) * (-1 if room.is_floor else 1)

    def year(rest: Fraction) -> int:
        return section_class({item: (sum(values) + rest * left) / 12}).grade

    if room.remaining > 0:
        assert year(Fraction(room.remaining)) <= 3
        assert year(Fraction(room.remaining) + sliver) > 3
    elif not room.is_floor and room.remaining < 0:
        assert year(Fraction(0)) > 3


# ---- warnings of sections (长江流域水环境质量监测预警办法（试行）2018)


def months_of(*values: str) -> dict[tuple[int, str], Fraction]:
    """NH3-N month by month."""
    return {(n, "NH3-N"): Fraction(value) for n, value in enumerate(values, start=1)}


@pytest.mark.parametrize(
    ("before", "now", "level"),
    [
        (("0.9", "0.9"), ("1.4", "1.4"), 2),  # Ⅲ -> Ⅳ in month and year
        (("0.9", "0.9"), ("1.9", "1.9"), 1),  # Ⅲ -> Ⅴ
        (("0.4", "0.4"), ("0.9", "0.9"), None),  # Ⅱ -> Ⅲ is not below Ⅲ
        (("0.9", "0.9"), ("0.4", "1.4"), None),  # the year so far is still Ⅲ (0.9)
        (("0.9", "0.9"), ("1.9", "0.9"), None),  # the month is not worse
        (("1.4", "1.4"), ("1.4", "1.4"), None),  # as bad as last year
    ],
)
def test_a_section_is_warned_of_when_month_and_year_fall(before, now, level):
    found = section_warning(months_of(*now), months_of(*before), 2, 3)
    assert (found.level if found else None) == level


def test_a_warning_needs_both_years_and_a_missed_target():
    assert section_warning(months_of("1.4"), {}, 1, 3) is None
    assert section_warning(months_of("1.4"), months_of("0.9"), 1, 4) is None  # Ⅳ is what it owes
    assert section_warning(months_of("0.9"), months_of("0.4"), 1, 2) is None  # Ⅲ misses Ⅱ, and is not below Ⅲ


# ---- two evaluations running

LIKELY, OPEN, UNLIKELY, THIN = State.LIKELY, State.OPEN, State.UNLIKELY, State.INSUFFICIENT_DATA


@pytest.mark.parametrize(
    ("latest_first", "state"),
    [
        ([OPEN], OPEN),
        ([OPEN, OPEN], OPEN),
        ([LIKELY, OPEN, OPEN], OPEN),  # one evaluation alone changes nothing
        ([LIKELY, LIKELY, OPEN], LIKELY),
        ([LIKELY, OPEN, LIKELY, OPEN, OPEN], OPEN),  # to and fro
        ([LIKELY, OPEN, LIKELY, LIKELY, OPEN], LIKELY),
        ([State.IMPOSSIBLE, LIKELY, LIKELY], State.IMPOSSIBLE),  # certain at once
        ([OPEN, State.IMPOSSIBLE], OPEN),  # a certainty that has gone holds nothing up
        ([THIN, OPEN, OPEN], OPEN),
        ([UNLIKELY, OPEN], OPEN),  # the first evaluation of the year stands
    ],
)
def test_a_state_changes_on_certainty_or_on_two_evaluations_running(latest_first, state):
    assert settled(latest_first) == state


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from([LIKELY, OPEN, UNLIKELY, THIN, State.IMPOSSIBLE, State.SECURED]), min_size=1, max_size=30)
)
def test_settling_day_by_day_is_settling_at_once(evaluations):
    """A second implementation that keeps a state from 1 January on and changes it as the rule says."""
    certain = (State.IMPOSSIBLE, State.SECURED)
    held, before = evaluations[0], evaluations[0]
    for now in evaluations[1:]:
        if now in certain or before in certain or now == before:
            held = now
        before = now
    assert settled(reversed(evaluations)) == held


def test_without_an_evaluation_there_is_no_state():
    with pytest.raises(ValueError, match="no evaluation"):
        settled([])


@pytest.mark.parametrize(
    ("probability", "state"),
    [(None, OPEN), ("0.80", LIKELY), ("0.79", OPEN), ("0.21", OPEN), ("0.20", UNLIKELY), ("0.00", UNLIKELY)],
)
def test_likely_from_eighty_unlikely_up_to_twenty(probability, state):
    assert outlook_state(None if probability is None else Decimal(probability)) == state
