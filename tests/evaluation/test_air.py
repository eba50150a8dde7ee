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


def test_an_hour_of_particles_has_no_sub_index_before_2026():
    assert air.iaqi("PM2.5", "1h", 70, THEN) is None
    assert air.iaqi("PM2.5", "1h", 70, NOW) == 110
    with pytest.raises(ValueError, match="no AQI rule"):
        air.iaqi("SO2", "8h", 70, NOW)


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


# ---- reports, bands, the two bases -----------------------------------------------------------------------------------

THEN, NOW = date(2021, 7, 1), date(2026, 7, 1)


def test_a_daily_report_names_what_leads_and_what_exceeds():
    found = air.daily_report(CLEAN | {"pm25": 80, "o3_8h": 180}, THEN)
    assert (found.aqi, found.primary, found.exceeding, found.missing) == (119, ("O3",), ("PM2.5", "O3"), ())


def test_exceeding_pollutants_were_dropped_in_2026():
    assert air.daily_report(CLEAN | {"pm25": 80}, NOW).exceeding == ()


def test_a_report_with_a_pollutant_missing():
    """HJ 633-2026 5.3.1, 5.3.2."""
    without_co = {name: value for name, value in CLEAN.items() if name != "co"}
    unknown = air.daily_report(without_co, NOW)
    assert (unknown.aqi, unknown.missing, unknown.indices["pm25"]) == (None, ("co",), 29)  # 50·20/35 = 28.6
    assert air.daily_report(without_co | {"pm10": 200}, NOW).aqi == 131  # 100 + 50·80/130 = 130.8
    assert air.daily_report(without_co, NOW, ignored=("CO",)).aqi == 45


def test_a_pollutant_outside_the_plan_is_left_out_only_if_it_never_led_a_polluted_day():
    clean = air.daily_report(CLEAN, NOW)
    co_day = air.daily_report(CLEAN | {"co": 20}, NOW)
    co_good = air.daily_report(CLEAN | {"co": 4}, NOW)
    assert (co_day.primary, co_good.primary, co_good.aqi) == (("CO",), ("CO",), 100)
    assert air.may_be_ignored("CO", [clean, co_good])
    assert not air.may_be_ignored("CO", [clean, co_day])
    with pytest.raises(ValueError, match="three years"):
        air.may_be_ignored("CO", [])


HOURS_2012 = {"so2_1h": 20, "no2_1h": 30, "co_1h": 1, "o3_1h": 100, "o3_8h": 90, "pm25": 30, "pm10": 40}
HOURS_2026 = {"so2_1h": 20, "no2_1h": 30, "co_1h": 1, "o3_1h": 100, "pm25_1h": 70, "pm10_1h": 40}


def test_the_real_time_report_of_both_rules():
    then, now = air.real_time_report(HOURS_2012, THEN), air.real_time_report(HOURS_2026, NOW)
    assert (then.aqi, then.missing) == (45, ())
    assert (now.aqi, now.primary) == (110, ("PM2.5",))  # 100 + 50·10/55 = 109.1 on the daily breakpoints
    assert air.real_time_report(HOURS_2026, THEN).missing == ("pm25", "pm10")  # an hour of particles has no index then


def test_above_800_in_real_time():
    """HJ 633-2012 note 2, HJ 633-2026: SO2 1 h."""
    then = air.real_time_report(HOURS_2012 | {"so2_1h": 900}, THEN)
    assert (then.aqi, then.indices["so2_1h"], then.missing) == (None, None, ("so2_1h",))
    by_day = air.real_time_report(HOURS_2012 | {"so2_1h": 900, "so2": 475}, THEN)
    assert (by_day.aqi, by_day.primary, by_day.missing) == (150, ("SO2",), ())
    assert "so2" not in air.real_time_report(HOURS_2012 | {"so2": 475}, THEN).indices
    assert air.real_time_report(HOURS_2026 | {"so2_1h": 900}, NOW).aqi == 200
    with_ozone = air.real_time_report(HOURS_2012 | {"o3_8h": 900, "o3_1h": 1000}, THEN)
    assert (with_ozone.aqi, with_ozone.primary) == (400, ("O3",))


def test_an_unknown_figure_is_refused():
    with pytest.raises(ValueError, match="no such figure: pm2"):
        air.daily_report({"pm2": 3}, THEN)


@pytest.mark.parametrize(
    ("aqi", "name", "rgb"),
    [
        (0, "优", (0, 228, 0)),
        (50, "优", (0, 228, 0)),
        (51, "良", (255, 255, 0)),
        (150, "轻度污染", (255, 126, 0)),
        (200, "中度污染", (255, 0, 0)),
        (201, "重度污染", (153, 0, 76)),
        (301, "严重污染", (126, 0, 35)),
        (600, "严重污染", (126, 0, 35)),
    ],
)
def test_bands_and_their_colours(aqi, name, rgb):
    """HJ 633 Table 2."""
    found = air.band(aqi)
    assert (found.category_zh, found.rgb) == (name, rgb)


def test_an_aqi_is_shown_within_its_range():
    assert [air.displayed_aqi(aqi) for aqi in (0, 1, 77, 500)] == [1, 1, 77, 500]
    with pytest.raises(ValueError, match="not negative"):
        air.band(-1)


def test_as_then_and_on_the_same_basis():
    """A day of PM2.5 65 was good on 28 February 2026 and is polluted the day after."""
    days = [date(2026, 2, 28), date(2026, 3, 1)]
    both = {name: np.repeat(values, 2) for name, values in figures(**CLEAN | {"pm25": 65}).items()}
    assert air.aqi_by_date(both, days).aqi.tolist() == [88, 105]  # 50 + 50·30/40 = 87.5; 100 + 50·5/55 = 104.5
    assert air.aqi_by_date(both, days, basis=days[1]).aqi.tolist() == [105, 105]
    assert air.aqi_by_date(both, days, basis=days[0]).aqi.tolist() == [88, 88]
    mixed = air.aqi_by_date(both, days)
    assert mixed.indices["pm25"].tolist() == [88, 105]
    assert [air.primary_pollutants(int(mask)) for mask in mixed.primary] == [("PM2.5",), ("PM2.5",)]


Answer = tuple[int, tuple[str, ...], tuple[str, ...], bool]


def random_days(count: int) -> dict[str, np.ndarray]:
    """Daily figures of all sizes; a tenth of the values is missing, half of them are tenths, where the edges lie."""
    random = np.random.default_rng(count)
    tops = {"pm25": 550, "pm10": 650, "so2": 2700, "no2": 1000, "co": 66, "o3_8h": 900, "o3_1h": 1300}
    scale = np.array([0.15, 0.3, 1.0])
    table = {
        name: (random.random(count) * top * random.choice(scale, count) * DAY).astype(np.int64)
        for name, top in tops.items()
    }
    for values in table.values():
        values[::2] = values[::2] // (DAY // 10) * (DAY // 10)
        values[random.random(count) < 0.1] = air.MISSING
    return table


def by_arrays(table: dict[str, np.ndarray], standard: str) -> list[Answer]:
    found = air.aqi_of_days(table, standard)
    exceeding = found.exceeding if standard == "HJ 633-2012" else np.zeros_like(found.aqi)
    return [
        (int(aqi), air.primary_pollutants(int(leads)), air.primary_pollutants(int(exceeds)), bool(complete))
        for aqi, leads, exceeds, complete in zip(found.aqi, found.primary, exceeding, found.complete, strict=True)
    ]


def by_reports(table: dict[str, np.ndarray], standard: str) -> list[Answer]:
    answers = []
    for day in zip(*table.values(), strict=True):
        figures = {
            name: None if value < 0 else Fraction(int(value), DAY) for name, value in zip(table, day, strict=True)
        }
        one = air.daily_report(figures, ON[standard])
        aqi = air.MISSING if one.aqi is None else one.aqi
        answers.append((aqi, one.primary, one.exceeding, not one.missing))
    return answers


@pytest.mark.parametrize("standard", ON)
def test_some_random_days_agree_with_their_reports(standard):
    table = random_days(300)
    assert by_arrays(table, standard) == by_reports(table, standard)


@pytest.mark.long
@pytest.mark.parametrize("standard", ON)
def test_a_million_random_values_agree_with_their_reports(standard):
    table = random_days(72_000)  # x 7 figures x 2 standards
    assert by_arrays(table, standard) == by_reports(table, standard)
