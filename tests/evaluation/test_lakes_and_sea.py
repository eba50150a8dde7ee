"""The trophic index and sea water (standards register 3.6, 4)."""

from decimal import Decimal
from fractions import Fraction
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.lakes import lake_means, tli, tli_of_parameter, trophic_state
from evaluation.rounding import round_half_even
from evaluation.sea import good_area_share, good_point_share, sea_class, sea_item_class, sea_items
from evaluation.water import ph_mean

LAKE = {"chla": "10", "TP": "0.05", "TN": "1.0", "SD": "1.0", "CODMn": "4.0"}
#: Standards register 3.6.
FORMULAS = {
    "chla": (2.5, 1.086, 0.26625),
    "TP": (9.436, 1.624, 0.18787),
    "TN": (5.453, 1.694, 0.17903),
    "SD": (5.118, -1.94, 0.18342),
    "CODMn": (0.109, 2.661, 0.18342),
}


@given(st.fixed_dictionaries({name: st.decimals(min_value="0.01", max_value=200, places=2) for name in LAKE}))
def test_the_trophic_index_is_the_weighted_mean_of_its_formulas(values):
    expected = sum(w * 10 * (a + b * log(float(values[name]))) for name, (a, b, w) in FORMULAS.items())
    assert float(tli(values)) == pytest.approx(expected, abs=0.02)  # the register prints weights to 5 decimals


def test_a_constant_alone():
    """ln 1 = 0: 10·5.453 and 10·5.118."""
    assert tli_of_parameter("TN", 1) == Decimal("54.53")
    assert tli_of_parameter("SD", 1) == Decimal("51.18")


@pytest.mark.parametrize(
    ("index", "state"),
    [
        ("29.94", "贫营养"),
        ("29.95", "中营养"),  # 30.0 once printed: half to even
        ("30", "中营养"),
        ("50", "中营养"),
        ("50.1", "轻度富营养"),
        ("60", "轻度富营养"),
        ("70", "中度富营养"),
        ("70.1", "重度富营养"),
    ],
)
def test_trophic_states(index, state):
    assert trophic_state(index)[0] == state


@pytest.mark.parametrize(
    ("values", "why"),
    [({"chla": 1}, "missing: TP"), (LAKE | {"SD": "0"}, "no logarithm")],
)
def test_a_lake_without_all_five_has_no_index(values, why):
    with pytest.raises(ValueError, match=why):
        tli(values)
    with pytest.raises(ValueError, match="knows no pH"):
        tli_of_parameter("pH", 7)


def test_time_first_then_points():
    points = [{"TP": ["0.02", "0.04"]}, {"TP": ["0.09"]}]
    assert lake_means(points) == {"TP": Fraction(6, 100)}  # not 0.05
    assert lake_means([{"pH": ["6", "8"]}]) == {"pH": ph_mean([6, 8])}  # 6.297, not 7


@pytest.mark.parametrize(
    ("item", "value", "grade"),
    [
        ("DO", "6", 2),  # oxygen lies above its limit
        ("DO", "6.01", 1),
        ("DO", "3", 5),
        ("inorganic N", "0.20", 1),
        ("inorganic N", "0.21", 2),
        ("inorganic N", "0.51", 5),
        ("active phosphate P", "0.030", 2),  # classes 2 and 3 share the limit
        ("pH", "7.8", 1),
        ("pH", "7.0", 3),
        ("pH", "8.9", 5),
    ],
)
def test_sea_items(item, value, grade):
    assert sea_item_class(item, value) == grade


def test_the_worst_item_of_sea_water_decides():
    assert sea_class({"DO": "7", "inorganic N": "0.35", "salinity": "30"}) == 3
    assert sea_class({"salinity": "30"}) is None
    assert len(sea_items()) == 16
    with pytest.raises(ValueError, match="no limits for salinity"):
        sea_item_class("salinity", 30)


def test_good_area_is_the_mean_of_three_surveys():
    surveys = [{1: 600, 2: 200, 5: 200}, {1: 500, 2: 200, 3: 300}, {1: 700, 2: 121, 4: 179}]
    assert round_half_even(good_area_share(surveys), 1) == Decimal("77.4")  # (80 + 70 + 82.1)/3
    assert good_point_share([1, 2, 3, 5]) == 50


@pytest.mark.parametrize("surveys", [[], [{1: 0}], [{6: 3}], [{1: 5, 2: -1}]])
def test_no_area_no_share(surveys):
    with pytest.raises(ValueError, match=r"survey"):
        good_area_share(surveys)
    with pytest.raises(ValueError, match="at least one point"):
        good_point_share([])


@given(st.dictionaries(st.sampled_from(["DO", "inorganic N", "petroleum", "Hg"]), st.integers(0, 9), min_size=1))
def test_one_more_item_never_betters_the_sea(values):
    assert sea_class(values | {"active phosphate P": "0.04"}) >= sea_class(values)
