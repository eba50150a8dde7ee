"""Sub-index, AQI and city days against the oracle and against slow, obvious second versions in Fraction."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation import air, standards
from tests.csv_rows import rows_of

ORACLE = rows_of("oracles/iaqi_oracle.csv")
ON = {"HJ 633-2012": date(2021, 7, 1), "HJ 633-2026": date(2026, 7, 1)}
DAY = 10**9  # a stored day is in 10^-9 of the printed unit


@pytest.mark.parametrize("row", ORACLE, ids=lambda row: row["id"])
def test_every_row_of_the_oracle(row):
    expected = None if row["expected_iaqi"] == "NA" else int(row["expected_iaqi"])
    assert air.iaqi(row["pollutant"], row["averaging"], row["concentration"], ON[row["standard"]]) == expected


def test_the_oracle_through_the_vectorised_path():
    names = {pair: name for name, pair in air.DAILY_FIGURES.items()}
    rows = [row for row in ORACLE if (row["pollutant"], row["averaging"]) in names]
    assert len(rows) > 250
    for row in rows:
        name = names[row["pollutant"], row["averaging"]]
        days = np.array([int(Decimal(row["concentration"]) * DAY)], dtype=np.int64)
        expected = air.MISSING if row["expected_iaqi"] == "NA" else int(row["expected_iaqi"])
        assert air.iaqi_of_days(name, days, row["standard"]).tolist() == [expected], row


def test_co_2_2_is_55_and_not_56():
    """The float hazard of the register, section 1.2."""
    assert air.iaqi("CO", "24h", "2.2", ON["HJ 633-2012"]) == 55
    assert air.iaqi("CO", "24h", 2.2, ON["HJ 633-2012"]) == 55


@pytest.mark.parametrize("concentration", ["-1", "abc", "NaN"])
def test_a_concentration_is_a_number_and_not_negative(concentration):
    with pytest.raises(ValueError, match=r"negative|finite"):
        air.iaqi("PM2.5", "24h", concentration, ON["HJ 633-2012"])


@given(
    st.sampled_from([(name, standard) for name in air.DAILY_FIGURES for standard in ON]),
    st.lists(st.integers(min_value=0, max_value=3000 * DAY), min_size=1, max_size=30),
)
def test_the_vectorised_sub_index_agrees_with_the_exact_one(which, days):
    name, standard = which
    pollutant, averaging = air.DAILY_FIGURES[name]
    exact = [air.iaqi(pollutant, averaging, Fraction(day, DAY), ON[standard]) for day in days]
    got = air.iaqi_of_days(name, np.array(days, dtype=np.int64), standard).tolist()
    assert got == [air.MISSING if index is None else index for index in exact]


@given(
    st.sampled_from(["pm25", "pm10", "so2", "no2", "co"]),
    st.sampled_from(list(ON)),
    st.integers(min_value=0, max_value=1000 * DAY),
    st.integers(min_value=0, max_value=100 * DAY),
)
def test_a_sub_index_never_falls_when_the_concentration_rises(name, standard, low, more):
    one, two = air.iaqi_of_days(name, np.array([low, low + more], dtype=np.int64), standard)
    assert one <= two


# ---- the AQI of a day ----------------------------------------------------------------------------------------------


def figures(**printed: object) -> dict[str, np.ndarray]:
    """Daily figures in printed units; what is not named is missing."""
    values = {name: printed.get(name) for name in air.DAILY_FIGURES}
    return {
        name: np.array([air.MISSING if value is None else int(Decimal(str(value)) * DAY)], dtype=np.int64)
        for name, value in values.items()
    }


CLEAN = {"pm25": 20, "pm10": 40, "so2": 10, "no2": 20, "co": "0.8", "o3_8h": 90}


def test_the_aqi_is_the_greatest_sub_index_and_names_its_leader():
    day = air.aqi_of_days(figures(**CLEAN | {"o3_8h": 180}), "HJ 633-2012")
    assert day.aqi.tolist() == [119]  # 100 + 50·20/55 = 118.2, always up
    assert air.primary_pollutants(int(day.primary[0])) == ("O3",)


def test_no_primary_pollutant_up_to_50():
    day = air.aqi_of_days(figures(**CLEAN), "HJ 633-2012")
    assert day.aqi.tolist() == [45]
    assert air.primary_pollutants(int(day.primary[0])) == ()


def test_ties_are_all_named():
    day = air.aqi_of_days(figures(**CLEAN | {"pm25": 75, "o3_8h": 160}), "HJ 633-2012")
    assert day.aqi.tolist() == [100]
    assert air.primary_pollutants(int(day.primary[0])) == ("PM2.5", "O3")


def test_with_a_pollutant_missing_only_a_bad_day_is_proven():
    without_ozone = {name: value for name, value in CLEAN.items() if name != "o3_8h"}
    unknown = air.aqi_of_days(figures(**without_ozone), "HJ 633-2012")
    proven = air.aqi_of_days(figures(**without_ozone | {"pm25": 80}), "HJ 633-2012")
    assert unknown.aqi.tolist() == [air.MISSING]
    assert not unknown.valid[0]
    assert proven.aqi.tolist() == [107]  # 100 + 50·5/40 = 106.25
    assert proven.valid[0]
    assert not proven.complete[0]


def test_the_2026_table_has_no_daily_1h_ozone():
    high_hour = figures(**CLEAN | {"o3_1h": 300})
    assert air.aqi_of_days(high_hour, "HJ 633-2012").aqi.tolist() == [150]
    assert air.aqi_of_days(high_hour, "HJ 633-2026").aqi.tolist() == [45]


def test_pm25_of_65_was_good_until_2026():
    day = figures(**CLEAN | {"pm25": 65})
    assert air.aqi_of_days(day, "HJ 633-2012").aqi[0] <= air.GOOD_DAY_AQI
    assert air.aqi_of_days(day, "HJ 633-2026").aqi[0] > air.GOOD_DAY_AQI


def test_ozone_above_800_goes_by_its_hour_in_2012():
    extreme = air.aqi_of_days(figures(**CLEAN | {"o3_8h": 900, "o3_1h": 1000}), "HJ 633-2012")
    assert extreme.aqi.tolist() == [400]
    assert extreme.complete[0]


@pytest.mark.long
def test_a_million_random_days_agree_with_the_exact_sub_index():
    generator = np.random.default_rng(20210930)
    for standard, on in ON.items():
        for name, (pollutant, averaging) in air.DAILY_FIGURES.items():
            top = float(standards.breakpoints(standard, pollutant, averaging).concentrations[-1]) * 1.1
            days = (generator.random(72_000) * top * DAY).astype(np.int64)
            days[::3] = days[::3] // (DAY // 10) * (DAY // 10)  # tenths, where the edges lie
            got = air.iaqi_of_days(name, days, standard)
            exact = [air.iaqi(pollutant, averaging, Fraction(int(day), DAY), on) for day in days]
            assert got.tolist() == [air.MISSING if index is None else index for index in exact]
