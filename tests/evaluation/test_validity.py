"""How many values make a valid mean; the numbers are those of GB 3095 Table 4 and of the table's R rows."""

from datetime import date

import pytest

from evaluation.standards import table
from evaluation.validity import CN, PROFILES, other_pollutant_suffices, profile

FULL = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}


def test_the_numbers_of_gb_3095():
    assert (CN.minutes_per_hour, CN.hours_per_day, CN.hours_per_8h, CN.windows_needed) == (45, 20, 6, 14)
    assert (CN.days_per_year, CN.days_per_month, CN.days_per_february) == (324, 27, 25)
    assert (CN.hour_suffices(44), CN.hour_suffices(45)) == (False, True)


@pytest.mark.parametrize(("points", "needed"), [(1, 1), (2, 1), (3, 2), (4, 3), (5, 4), (8, 6), (11, 9)])
def test_points_of_a_city(points, needed):
    """75 %, and 50 % with fewer than four."""
    assert CN.points_needed(points) == needed


def test_a_year_needs_324_days_and_27_in_each_month():
    assert CN.year_suffices(FULL, 2021)
    assert CN.year_suffices(FULL | {2: 25, 6: 27}, 2021)
    assert not CN.year_suffices(FULL | {6: 26}, 2021)
    assert not CN.year_suffices(FULL | {2: 24}, 2021)
    twenty_seven = dict.fromkeys(FULL, 27) | {2: 25}  # 322 days
    assert not CN.year_suffices(twenty_seven, 2021)
    assert CN.year_suffices(twenty_seven | {1: 29}, 2021)  # 324


def test_a_year_that_can_no_longer_become_valid_is_not_fit_to_be_judged():
    until_september = {month: days for month, days in FULL.items() if month <= 9}
    assert CN.so_far_suffices(until_september, date(2021, 9, 30))
    assert CN.so_far_suffices(until_september | {3: 27}, date(2021, 9, 30))
    assert not CN.so_far_suffices(until_september | {3: 26}, date(2021, 9, 30))
    thin = dict.fromkeys(range(1, 10), 27) | {2: 25}  # 241 valid, 92 left: 333
    assert CN.so_far_suffices(thin, date(2021, 9, 30))
    assert not CN.so_far_suffices({**dict.fromkeys(range(1, 12), 27), 2: 25}, date(2021, 12, 10))  # 295 + 21


def test_no_whole_month_no_verdict():
    assert not CN.so_far_suffices({1: 30}, date(2021, 1, 30))
    assert CN.so_far_suffices({1: 31}, date(2021, 1, 31))


def test_eu_asks_for_nine_tenths_of_the_year():
    eu = PROFILES["EU"]
    assert eu.year_suffices({**FULL, 1: 0, 2: 23}, 2021)  # 329 of 365, 90 % is 328.5
    assert not eu.year_suffices({**FULL, 1: 0, 2: 22}, 2021)


def test_epa_asks_for_three_quarters_of_each_quarter():
    epa = PROFILES["EPA"]
    assert epa.year_suffices({**FULL, 2: 9}, 2021)  # 71 of 90: 67.5 needed
    assert not epa.year_suffices({**FULL, 2: 5}, 2021)  # 67
    assert not epa.so_far_suffices({1: 31, 2: 5, 3: 31}, date(2021, 3, 31))
    assert epa.so_far_suffices({1: 10}, date(2021, 1, 31))  # the quarter can still become valid


def test_caaqs_asks_for_three_quarters_of_the_year_and_60_percent_of_each_quarter():
    caaqs = PROFILES["CAAQS"]
    assert caaqs.year_suffices({**FULL, 1: 0, 2: 23}, 2021)  # 54 of 90
    assert not caaqs.year_suffices({**FULL, 1: 0, 2: 22}, 2021)
    half = dict.fromkeys(FULL, 18)  # 54 a quarter, 216 a year: 273.75 needed
    assert not caaqs.year_suffices(half, 2021)


def test_ozone_has_a_season_in_north_america():
    summer_only = {month: FULL[month] if 4 <= month <= 9 else 0 for month in FULL}
    for code, fit in (("CN", False), ("EU", False), ("EPA", True), ("CAAQS", True)):
        assert PROFILES[code].year_suffices(summer_only, 2021, "o3_8h") is fit
        assert PROFILES[code].year_suffices(summer_only, 2021, "pm25") is False


def test_tsp_bap_and_lead_are_sampled_more_rarely():
    five_a_month = dict.fromkeys(range(1, 13), 5)
    assert other_pollutant_suffices("TSP", "annual", five_a_month)
    assert not other_pollutant_suffices("TSP", "annual", five_a_month | {3: 4, 4: 6})
    assert other_pollutant_suffices("Pb", "quarterly", {1: 5, 2: 5, 3: 5})
    assert not other_pollutant_suffices("Pb", "quarterly", {1: 5, 2: 5, 3: 4})
    with pytest.raises(ValueError, match="no rule"):
        other_pollutant_suffices("TSP", "quarterly", five_a_month)


def test_every_row_has_a_mark_and_what_is_not_chinese_is_recalled():
    for row in table("air_data_validity"):
        assert row["verified"] in ("A", "B", "C", "R")
        assert row["source"]
        assert row["profile"] == "CN" or row["verified"] == "R"


def test_an_unknown_profile_is_refused():
    with pytest.raises(ValueError, match="no validity profile"):
        profile("WHO")
