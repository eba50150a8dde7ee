"""The statistical layer: its laws, a worked example, and what it must refuse to say."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.forecast import (
    LEVELS,
    MONTH_ENDS,
    OUTCOMES,
    SERIES,
    SLOTS,
    PooledNumbers,
    beta_binomial,
    case_of,
    daily_values,
    elapsed_on,
    is_complete,
    mean_of_cities,
    outcomes,
    probability,
    slots_of,
    t4_cdf,
    t4_quantile,
)
from evaluation.progress import Rule

PM25, GOOD, HEAVY, O3 = (SERIES[name] for name in ("pm25", "good_days", "heavy_days", "o3_8h"))


def numbers(spread: float = 0.1, share: float = 0.1, years: int = 5) -> PooledNumbers:
    """Pooled numbers that are the same in every month."""
    flat = np.ones(11)
    return PooledNumbers(flat * spread, flat * 0, flat * share, flat * 0, years)


def year_of(value: float) -> np.ndarray:
    """A common year of the same value each day; the place of 29 February is empty."""
    days = np.full(SLOTS, value, dtype=np.float64)
    days[MONTH_ENDS[1] - 1] = np.nan
    return days


# ---- Student's t and the beta-binomial, against naive ones -----------------------------------------------------------


def test_t4_by_its_table():
    """Quantiles of t with 4 degrees of freedom, as statistical tables print them."""
    printed = {0.75: 0.741, 0.9: 1.533, 0.95: 2.132, 0.975: 2.776, 0.99: 3.747, 0.995: 4.604}
    for p, quantile in printed.items():
        assert float(t4_quantile(p)) == pytest.approx(quantile, abs=0.0006)


@given(st.floats(min_value=0.001, max_value=0.999))
def test_t4_quantile_undoes_its_distribution(p):
    assert float(t4_cdf(t4_quantile(p))) == pytest.approx(p, abs=1e-9)


@pytest.mark.parametrize(("trials", "mean", "theta"), [(5, 0.3, 0.1), (92, 0.07, 0.04), (31, 0.5, 0.3)])
def test_the_beta_binomial_by_its_definition(trials, mean, theta):
    """C(n,k)·B(k+α, n-k+β)/B(α, β), by gamma functions."""
    size = 1 / theta - 1
    a, b = mean * size, (1 - mean) * size

    def beta(x: float, y: float) -> float:
        return math.lgamma(x) + math.lgamma(y) - math.lgamma(x + y)

    naive = [math.comb(trials, k) * math.exp(beta(k + a, trials - k + b) - beta(a, b)) for k in range(trials + 1)]
    assert beta_binomial(trials, mean, theta) == pytest.approx(naive, rel=1e-9)


# ---- the calendar ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [2019, 2020])
def test_every_day_of_a_year_has_its_own_place(year):
    length = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    placed = slots_of(date(year, 1, 1), np.arange(length, dtype=np.float64))
    assert np.isnan(placed[MONTH_ENDS[1] - 1]) == (year == 2019)
    for day in (date(year, 1, 1), date(year, 2, 28), date(year, 3, 1), date(year, 12, 31)):
        assert placed[elapsed_on(day) - 1] == (day - date(year, 1, 1)).days


def test_a_part_of_a_year_lands_where_it_belongs():
    placed = slots_of(date(2021, 2, 27), np.array([1.0, 2.0, 3.0]))
    assert [placed[elapsed_on(day) - 1] for day in (date(2021, 2, 27), date(2021, 2, 28), date(2021, 3, 1))] == [
        1,
        2,
        3,
    ]
    assert int((~np.isnan(placed)).sum()) == 3


@pytest.mark.parametrize(
    ("year", "day", "remaining"),
    [
        (2021, date(2021, 1, 31), 334),
        (2021, date(2021, 9, 30), 92),
        (2020, date(2020, 1, 31), 335),
        (2020, date(2020, 3, 1), 305),
    ],
)
def test_the_days_that_remain_are_those_of_the_calendar(year, day, remaining):
    case = case_of(year_of(30), elapsed_on(day), {year - 1: year_of(30)}, year)
    assert case is not None
    assert case.remaining == remaining == (date(year, 12, 31) - day).days


# ---- which years serve -----------------------------------------------------------------------------------------------


def test_a_past_year_needs_324_days_and_20_in_every_month():
    days = year_of(30)
    assert is_complete(days)
    days[:12] = np.nan
    assert not is_complete(days)  # 19 days of January are left
    days = year_of(30)
    days[::9] = np.nan  # 41 places, each month keeps more than 20
    assert (~np.isnan(days)).sum() == 324
    assert is_complete(days)
    days[1] = np.nan
    assert not is_complete(days)


def test_without_a_complete_past_year_nothing_is_forecast():
    thin = np.full(SLOTS, np.nan)
    thin[:200] = 30
    assert case_of(year_of(30), 200, {2020: thin}, 2021) is None
    assert case_of(year_of(30), 200, {}, 2021) is None
    assert case_of(year_of(30), 200, {2021: year_of(30), 2022: year_of(30)}, 2021) is None  # no past years
    assert case_of(np.full(SLOTS, np.nan), 200, {2020: year_of(30)}, 2021) is None
    assert case_of(year_of(30), SLOTS, {2020: year_of(30)}, 2021) is None


def test_the_future_of_the_year_is_not_looked_at():
    """What comes after the day must not move the forecast: it is not known then."""
    past = {2020: year_of(40), 2019: year_of(45)}
    this_year, other = year_of(30), year_of(30)
    other[200:] = 500
    first, second = (case_of(days, 200, past, 2021) for days in (this_year, other))
    assert (outcomes(PM25, first, numbers()) == outcomes(PM25, second, numbers())).all()


# ---- the ensembles ---------------------------------------------------------------------------------------------------


def test_a_mean_without_spread_is_worked_out_by_hand():
    """273 of 365 days (to 30 September) of 30, last year 40 throughout, no seasonal shape.

    ln R = ln 40 + 0.1·ln(30/40) + 0.2·ln(30/40): R = 40·0.75^0.3 = 36.69; the year (273·30 + 92·36.69)/365 = 31.69."""
    case = case_of(year_of(30), elapsed_on(date(2021, 9, 30)), {2020: year_of(40)}, 2021)
    ensemble = outcomes(PM25, case, numbers(spread=0.0))
    expected = (273 * 30 + 92 * 40 * 0.75**0.3) / 365
    assert ensemble == pytest.approx(np.full(OUTCOMES, expected), rel=1e-12)
    assert expected == pytest.approx(31.69, abs=0.005)


def test_a_citys_own_season_gives_way_by_half():
    """Last year 60 to September and 20 after, a mean of 49.9; pooled, the rest of the year is like the whole of it.

    The shape ln(20/49.9) is halved: ln R = ln 20 - ½·ln(20/49.9), so R = √(20·49.9) = 31.6; this year repeats the 60.
    """
    days = year_of(60)
    days[elapsed_on(date(2021, 9, 30)) :] = 20
    case = case_of(days, elapsed_on(date(2021, 9, 30)), {2020: days}, 2021)
    whole = (273 * 60 + 92 * 20) / 365
    expected = (273 * 60 + 92 * math.sqrt(20 * whole)) / 365
    assert outcomes(PM25, case, numbers(spread=0.0))[0] == pytest.approx(expected, rel=1e-12)


def test_few_years_behind_the_numbers_widen_the_range():
    case = case_of(year_of(30), 200, {2020: year_of(40)}, 2021)
    widths = [np.ptp(np.quantile(outcomes(PM25, case, numbers(years=n)), (0.1, 0.9))) for n in (1, 2, 6)]
    assert widths == sorted(widths, reverse=True)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(min_value=40, max_value=360),
    st.floats(min_value=5, max_value=150),
    st.floats(min_value=5, max_value=150),
    st.floats(min_value=0.01, max_value=0.4),
)
def test_an_ensemble_ascends_and_holds_its_middle(elapsed, level, past, spread):
    case = case_of(year_of(level), elapsed, {2020: year_of(past), 2019: year_of(past)}, 2021)
    ensemble = outcomes(PM25, case, numbers(spread=spread))
    assert ensemble.shape == (OUTCOMES,)
    assert (np.diff(ensemble) >= 0).all()
    assert min(level, past) * 0.8 < np.median(ensemble) < max(level, past) * 1.25


@settings(max_examples=30, deadline=None)
@given(st.integers(min_value=31, max_value=360), st.integers(min_value=0, max_value=30))
def test_days_stay_between_what_is_certain(elapsed, bad):
    """The year's share of good days lies between all and none of the remaining days being good."""
    days = year_of(0)
    days[:bad] = 1
    case = case_of(days, elapsed, {2020: year_of(0)}, 2021)
    valid = int((~np.isnan(case.days)).sum())
    ensemble = outcomes(GOOD, case, numbers(spread=0.05))
    whole = valid + case.remaining
    assert ensemble.min() >= 100 * (valid - bad) / whole - 1e-9
    assert ensemble.max() <= 100 * (whole - bad) / whole + 1e-9
    assert (np.diff(ensemble) >= 0).all()
    heavy = outcomes(HEAVY, case, numbers(spread=0.05))
    assert heavy.min() >= bad
    assert heavy.max() <= bad + case.remaining


def test_a_percentile_of_a_year_that_repeats_itself_is_that_of_the_year():
    """Past and present the same and no spread: the percentile is that of the whole year, whatever the day."""
    random = np.random.default_rng(4)
    days = year_of(1) * random.uniform(40, 200, SLOTS)
    case = case_of(days, 150, {2020: days}, 2021)
    ensemble = outcomes(O3, case, numbers(spread=0.0))
    known = days[~np.isnan(days)]
    assert ensemble == pytest.approx(np.full(OUTCOMES, np.percentile(known, 90)), abs=0.6)


def test_a_region_is_the_mean_of_its_cities_at_the_same_level():
    one, two = np.sort(np.random.default_rng(1).normal(30, 3, (2, OUTCOMES)), axis=1)
    region = mean_of_cities([one, two])
    assert np.quantile(region, 0.9) == pytest.approx((np.quantile(one, 0.9) + np.quantile(two, 0.9)) / 2)
    with pytest.raises(ValueError, match="no cities"):
        mean_of_cities([])


def test_probability_rounds_each_outcome_as_the_rule_says():
    """30.5 rounds to the even 30 and attains 30; 31.5 rounds to 32 and misses 31."""
    ensemble = np.array([29.0, 30.5, 30.6, 31.5])
    assert probability(ensemble, [Rule("<=", Decimal(30), 0)]) == Decimal("0.50")
    assert probability(ensemble, [Rule("<=", Decimal(31), 0)]) == Decimal("0.75")
    assert probability(ensemble, [Rule("<=", Decimal(31), 0), Rule(">=", Decimal(31), 0)]) == Decimal("0.25")
    assert probability(ensemble, [Rule("<", Decimal(31), 0)]) == Decimal("0.50")


def test_the_levels_are_the_middles_of_equal_parts():
    assert LEVELS[0] == pytest.approx(0.5 / OUTCOMES)
    assert np.diff(LEVELS) == pytest.approx(np.full(OUTCOMES - 1, 1 / OUTCOMES))


def test_which_days_count():
    figures = {"pm25": np.array([35_000_000_000, -1, 0])}
    aqi = np.array([100, 101, -1])
    assert daily_values(PM25, figures, aqi)[0] == 35.0
    assert np.isnan(daily_values(PM25, figures, aqi)[1])
    assert daily_values(GOOD, figures, aqi)[:2].tolist() == [0.0, 1.0]
    assert np.isnan(daily_values(GOOD, figures, aqi)[2])
    assert daily_values(HEAVY, figures, np.array([200, 201, 300])).tolist() == [0.0, 1.0, 1.0]
