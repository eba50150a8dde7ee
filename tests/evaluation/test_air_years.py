"""Years of air: limits, attainment, the composite index, dust days, provinces; a second version in Fraction."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation import air, air_years
from evaluation.calendar import days_of_year
from evaluation.rounding import round_half_even

DAY = air.DAY_SCALE
YEAR = days_of_year(2021)
TYPICAL = {"pm25": 28, "pm10": 50, "so2": 9, "no2": 25, "co": Fraction(7, 10), "o3_8h": 120}


def columns(days=365, **printed):
    """A year of equal days; what is given replaces a figure: one value, or one a day (None: missing)."""
    found = {}
    for name, value in (TYPICAL | printed).items():
        values = value if isinstance(value, list) else [value] * days
        found[name] = np.array([air.MISSING if one is None else int(one * DAY) for one in values], dtype=np.int64)
    return found


def test_ten_figures_judge_a_year():
    """Standards register 2.2."""
    assert [metric.code for metric in air_years.metrics()] == [
        *("SO2 mean", "SO2 p98", "NO2 mean", "NO2 p98", "PM10 mean", "PM10 p95"),
        *("PM2.5 mean", "PM2.5 p95", "CO p95", "O3 p90"),
    ]


def test_a_year_that_attains():
    year = air_years.air_year(columns(), YEAR)
    assert year.attains is True
    assert year.counts == air_years.DayCounts(valid=365, good=365, heavy=0)
    pm25 = year.values["PM2.5 mean"]
    assert (pm25.printed, pm25.limit, pm25.attains, pm25.days_valid) == (Decimal("28.0"), 35, True, 365)


def test_a_day_of_nothing_is_a_day():
    year = air_years.air_year(columns(so2=0), YEAR)
    assert (year.values["SO2 mean"].sufficient, year.values["SO2 mean"].printed) == (True, Decimal(0))


@pytest.mark.parametrize(("mean", "attains"), [("35.4", True), ("35.5", False), ("34.5", True), ("35.6", False)])
def test_attainment_compares_whole_numbers(mean, attains):
    """Standards register 2.5: half to even, so 35.5 is 36 and fails."""
    year = air_years.air_year(columns(pm25=Decimal(mean)), YEAR)
    assert year.values["PM2.5 mean"].attains is attains


def test_30_4_meets_30_on_the_limits_of_2026():
    year = air_years.air_year(columns(pm25=Decimal("30.4")), YEAR, basis=date(2026, 3, 1))
    assert (year.values["PM2.5 mean"].limit, year.values["PM2.5 mean"].attains) == (30, True)


def test_mean_and_percentile_must_both_pass():
    high_days = columns(pm25=[20] * 340 + [90] * 25)  # mean 24.8, the 95th percentile 90
    year = air_years.air_year(high_days, YEAR)
    assert year.values["PM2.5 mean"].attains is True
    assert year.values["PM2.5 p95"].attains is False
    assert year.attains is False


def test_thin_data_prove_failure_never_success():
    thin = air_years.air_year(columns(pm25=[28] * 200 + [None] * 165), YEAR)
    unclear = air_years.air_year(columns(pm25=[60] * 200 + [None] * 165), YEAR)  # 32.9 had the rest been zero
    lost = air_years.air_year(columns(pm25=[65] * 200 + [None] * 165), YEAR)  # 35.6
    assert unclear.values["PM2.5 mean"].attains is None
    assert (thin.values["PM2.5 mean"].attains, thin.values["PM2.5 mean"].sufficient) == (None, False)
    assert lost.values["PM2.5 mean"].attains is False
    assert thin.attains is None
    assert (thin.counts_suffice, thin.composite_suffices) == (False, False)


def test_one_bad_day_is_no_bad_year():
    year = air_years.air_year(columns(1, pm25=300), YEAR[:1])
    assert year.values["PM2.5 mean"].attains is False  # of this one day it is certain
    assert air_years.air_year(columns(pm25=[300] + [None] * 364), YEAR).values["PM2.5 mean"].attains is None


def test_a_year_without_ozone_has_no_verdict_and_no_index():
    without = columns()
    del without["o3_8h"]
    year = air_years.air_year(without, YEAR)
    assert (year.attains, year.composite, year.counts.valid) == (None, None, 0)
    assert year.counts.good_ratio is None


def test_days_of_two_years_are_refused():
    with pytest.raises(ValueError, match="one year"):
        air_years.air_year(columns(2), [date(2021, 12, 31), date(2022, 1, 1)])


def test_as_then_and_the_same_basis():
    """Standards register 1.2: PM2.5 of 61 to 75 was good and is polluted by the newer table."""
    figures = columns(pm25=65)
    assert air_years.air_year(figures, YEAR).counts.good == 365
    assert air_years.air_year(figures, YEAR, basis=date(2026, 3, 1)).counts.good == 0


def test_2026_itself_goes_by_the_day():
    days = days_of_year(2026)
    year = air_years.air_year(columns(pm25=65), days)
    assert year.counts == air_years.DayCounts(valid=365, good=59, heavy=0)  # January and February
    assert air_years.air_year(columns(pm25=65), days, basis=days[-1]).counts.good == 0


def test_two_accounts_of_dust():
    """PM and the composite index leave dust days out, good days keep them (standards register 2.7)."""
    dusty = columns(pm10=[400] * 10 + [50] * 355)
    dust = np.array([n < 10 for n in range(365)])
    with_dust, without = air_years.air_year(dusty, YEAR), air_years.air_year(dusty, YEAR, excluded=dust)
    assert round_half_even(with_dust.values["PM10 mean"].value, 2) == Decimal("59.59")  # (4000 + 355·50)/365
    assert without.values["PM10 mean"].value == 50
    assert without.values["PM10 mean"].sufficient  # the excluded days were measured
    assert with_dust.counts == without.counts
    assert with_dust.composite.index > without.composite.index
    assert without.values["O3 p90"].days_valid == 365


def test_exceedance_multiple_and_attainment_rate():
    year = air_years.air_year(columns(pm25=42), YEAR)
    assert year.values["PM2.5 mean"].exceedance_multiple == Decimal("0.20")
    assert year.values["PM10 mean"].exceedance_multiple == Decimal("0.00")
    days = np.array([75 * DAY, 76 * DAY, air.MISSING, 70 * DAY], dtype=np.int64)
    on = [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2)]
    assert air_years.single_item_attainment("PM2.5", days, on) == Decimal("33.3")  # 75 is the last good one in February
    assert air_years.single_item_attainment("PM2.5", days[2:3], on[2:3]) is None


def test_a_month_needs_27_days():
    days = np.array([30 * DAY] * 26 + [air.MISSING] * 5, dtype=np.int64)
    assert air_years.month_mean(days, 7) == air_years.MonthMean(Fraction(30), 26, sufficient=False)
    assert air_years.month_mean(days, 2).sufficient


# ---- composite index -------------------------------------------------------------------------------------------------

NAIMAN = {"SO2": 9, "NO2": 14, "PM10": 77, "CO": "1.1", "O3": 96, "PM2.5": 23}


def test_naiman():
    """Standards register 8.3, printed 3.14: each item is rounded before the sum."""
    found = air_years.composite_index(NAIMAN, date(2023, 3, 31))
    assert found.index == Decimal("3.14")
    assert [str(found.sub_indices[name]) for name in ("SO2", "NO2", "PM10", "CO", "O3", "PM2.5")] == [
        *("0.15", "0.35", "1.10", "0.28", "0.60", "0.66")
    ]
    assert found.main == ("PM10",)
    assert air_years.composite_index(NAIMAN, date(2023, 3, 31), item_places=None).index == Decimal("3.13")


def test_limits_by_version_and_weights_as_data():
    newer = air_years.composite_index(NAIMAN, date(2026, 3, 31))
    assert (newer.sub_indices["PM2.5"], newer.sub_indices["PM10"]) == (Decimal("0.77"), Decimal("1.28"))
    weighted = air_years.composite_index(NAIMAN, date(2023, 3, 31), weights={"PM2.5": 3, "O3": 2, "NO2": 2})
    assert weighted.index == Decimal("5.41")  # 0.15 + 0.70 + 1.10 + 0.28 + 1.20 + 1.98


def test_an_index_without_all_six_is_refused():
    with pytest.raises(ValueError, match="missing: CO"):
        air_years.composite_index({name: 1 for name in NAIMAN if name != "CO"}, date(2023, 3, 31))


def test_improvement_and_who_is_left_out():
    assert air_years.improvement("3.14", "3.50") == Decimal("-10.29")
    assert air_years.deterioration_ranked({"甲": True, "乙": False, "丙": None}) == ["乙", "丙"]


# ---- provinces, states -----------------------------------------------------------------------------------------------


def test_days_are_not_pooled():
    assert round_half_even(air_years.province_value([Fraction(2600, 28), 100]), 1) == Decimal("96.4")
    assert air_years.DayCounts(valid=28, good=26, heavy=0).good_ratio == Fraction(2600, 28)  # Zhuhai, 92.9 %
    assert round_half_even(air_years.DayCounts(91, 86, 0).good_ratio, 1) == Decimal("94.5")  # Naiman


def test_gases_were_restated_in_2018():
    """Standards register 2.8: factor 0.9156."""
    assert round_half_even(air_years.at_reference_state("NO2", 1), 4) == Decimal("0.9156")
    assert round_half_even(air_years.at_reference_state("O3", 160), 1) == Decimal("146.5")
    with pytest.raises(ValueError, match="no factor"):
        air_years.at_reference_state("PM2.5", 35)


# ---- a second version ------------------------------------------------------------------------------------------------


def naive_percentile(values: list[Fraction], p: int) -> Fraction:
    ordered = sorted(values)
    k = 1 + Fraction((len(ordered) - 1) * p, 100)
    s = int(k)
    return ordered[s - 1] if s == k else ordered[s - 1] + (ordered[s] - ordered[s - 1]) * (k - s)


def random_year(seed: int) -> dict[str, np.ndarray]:
    """A year of all six figures, some with so few days that it does not suffice."""
    random = np.random.default_rng(seed)
    table = {name: (random.random(365) * 2 * float(top) * DAY).astype(np.int64) for name, top in TYPICAL.items()}
    for values in table.values():
        values[random.random(365) < random.choice([0.02, 0.12])] = air.MISSING
    return table


def by_arrays(table):
    found = air_years.air_year(table, YEAR)
    values = {code: (one.value, one.days_valid, one.sufficient) for code, one in found.values.items()}
    return values, (found.counts.valid, found.counts.good, found.counts.heavy)


def naively(table):
    values = {}
    for metric in air_years.metrics():
        column = table[air_years.COLUMN_OF[metric.pollutant]].tolist()
        valid = [Fraction(day, DAY) for day in column if day >= 0]
        value = sum(valid) / len(valid) if metric.percent is None else naive_percentile(valid, metric.percent)
        by_month = [sum(column[n] >= 0 for n in range(365) if YEAR[n].month == month) for month in range(1, 13)]
        enough = all(by_month[month - 1] >= (25 if month == 2 else 27) for month in range(1, 13))
        values[metric.code] = (value, len(valid), enough and sum(by_month) >= 324)
    indices = air.aqi_of_days(table, "HJ 633-2012").aqi.tolist()  # compared with reports in test_air
    valid_days = [aqi for aqi in indices if aqi >= 0]
    return values, (len(valid_days), sum(aqi <= 100 for aqi in valid_days), sum(aqi > 200 for aqi in valid_days))


@pytest.mark.parametrize("seed", range(4))
def test_some_random_years_agree_with_the_naive_version(seed):
    assert by_arrays(random_year(seed)) == naively(random_year(seed))


@pytest.mark.long
def test_a_million_random_days_agree_with_the_naive_version():
    for seed in range(460):  # x 365 days x 6 pollutants
        assert by_arrays(random_year(seed)) == naively(random_year(seed)), seed


@given(st.lists(st.integers(min_value=0, max_value=500), min_size=1, max_size=40), st.integers(0, 10**6))
def test_the_order_of_the_days_does_not_matter(values, seed):
    days = np.array(values, dtype=np.int64) * DAY
    shuffled = np.random.default_rng(seed).permutation(days)
    assert air_years.mean_of_days(days) == air_years.mean_of_days(shuffled)
    assert air_years.percentile_of_days(days, 95) == air_years.percentile_of_days(shuffled, 95)


def test_no_valid_day_no_figure():
    nothing = np.array([air.MISSING, air.MISSING], dtype=np.int64)
    assert air_years.mean_of_days(nothing) is None
    assert air_years.percentile_of_days(nothing, 90) is None
