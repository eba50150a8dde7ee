"""Groundwater, drinking water, farmland; cuts, tonnes, intensity, schedules (standards register 4 to 6)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation import shares, totals
from evaluation.rounding import round_half_even


def test_groundwater_class_v():
    assert shares.groundwater_class([1, 4, 2]) == 4
    assert shares.groundwater_class_v_share([5, 4, 4, 3]) == 25
    for wrong in ([], [6]):
        with pytest.raises(ValueError, match="not classes"):
            shares.groundwater_class(wrong)
    with pytest.raises(ValueError, match="between 1 and 5"):
        shares.groundwater_class_v_share([0])


def test_drinking_water_by_number_and_by_volume():
    sources = [shares.DrinkingSource(True, 900), shares.DrinkingSource(False, 100), shares.DrinkingSource(True, 0)]
    assert round_half_even(shares.sources_met_by_number(sources), 1) == Decimal("66.7")
    assert shares.sources_met_by_volume(sources) == 90
    with pytest.raises(ValueError, match="not negative"):
        shares.sources_met_by_volume([shares.DrinkingSource(True, -1)])
    with pytest.raises(ValueError, match="no part"):
        shares.sources_met_by_volume([shares.DrinkingSource(True)])


def test_a_source_is_judged_by_all_its_items():
    assert shares.drinking_source_meets([1, 3], [True])
    assert not shares.drinking_source_meets([1, 4])
    assert not shares.drinking_source_meets([1, 3], [True, False])
    with pytest.raises(ValueError, match="without measurements"):
        shares.drinking_source_meets([])


def test_farmland_and_accidents():
    assert shares.safe_use_of_farmland(700, 180, 50, 1000) == 93
    assert shares.accidents_per_10_000_sources(1, 20_000) == Fraction(1, 2)
    for part, whole in ((3, 2), (-1, 2), (0, 0)):
        with pytest.raises(ValueError, match="no part"):
            shares.share(part, whole)
    with pytest.raises(ValueError, match="no rate"):
        shares.accidents_per_10_000_sources(0, 0)


def test_a_cut_on_the_baseline():
    assert totals.cut_percent(200, 184) == 8
    assert totals.cut_percent(200, 210) == -5
    with pytest.raises(ZeroDivisionError):
        totals.cut_percent(0, 1)


def test_key_projects_in_tonnes():
    """Qianjiang 2025: NOx 659.1 t."""
    assert totals.key_project_progress(["300", "359.1"], "659.1") == 100
    with pytest.raises(ValueError, match="not negative"):
        totals.key_project_progress(["-1"], 10)
    with pytest.raises(ValueError, match="above zero"):
        totals.key_project_progress([1], 0)


def test_yearly_falls_do_not_add():
    assert totals.cumulative_fall(["0.1", "0.1"]) == Fraction(19, 100)
    assert totals.cumulative_fall([]) == 0


def test_intensity_at_constant_prices():
    assert totals.intensity_fall((100, 50), (99, 55)) == Fraction(1, 10)  # 2 → 1.8


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)), min_size=2, max_size=6))
def test_the_cumulative_fall_is_that_of_the_ends(years):
    falls = [totals.intensity_fall(a, b) for a, b in zip(years, years[1:], strict=False)]
    first, last = Fraction(*years[0]), Fraction(*years[-1])
    assert totals.cumulative_fall(falls) == 1 - last / first


LINE = ["3.6", "7.2", "10.8", "14.4", "18"]
COMPOUND = ["3.89", "7.63", "11.23", "14.68", "18"]


@pytest.mark.parametrize(("fallback", "expected"), [("line", LINE), ("compound", COMPOUND)])
def test_a_schedule_to_18_percent(fallback, expected):
    """Standards register 5."""
    assigned = {2025: Decimal(18)}
    points = [totals.schedule_point(assigned, (2020, Decimal(0)), year, fallback) for year in range(2021, 2026)]
    assert [round_half_even(point.value, 2) for point in points] == [Decimal(value) for value in expected]
    assert [point.assigned for point in points] == [False] * 4 + [True]


def test_an_assigned_year_beats_the_line():
    """Good days: the ministry's 85.6 % for 2022 lies on no line from 87.0 to 87.5."""
    assigned = {2022: Decimal("85.6"), 2025: Decimal("87.5")}
    assert totals.schedule_point(assigned, (2020, Decimal("87.0")), 2022) == totals.SchedulePoint(Decimal("85.6"), True)
    after = totals.schedule_point(assigned, (2020, Decimal("87.0")), 2024)
    assert (after.value, after.assigned) == (Decimal("86.8667"), False)  # from the last assigned year on


def test_nothing_later_assigned_no_point():
    assert totals.schedule_point({2021: Decimal(3)}, (2020, Decimal(0)), 2022) is None
    assert totals.schedule_point({2025: Decimal(18)}, (2020, Decimal(0)), 2019) is None
    with pytest.raises(ValueError, match="100 %"):
        totals.schedule_point({2025: Decimal(100)}, (2020, Decimal(0)), 2022, "compound")
