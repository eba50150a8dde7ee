"""Many sections: grades, shares, main pollutants, trend, CWQI (standards register 3.4, 3.5, 3.7)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation import basins
from evaluation.water import section_class

CLEAN = {"pH": "7.2", "DO": "8.1", "CODMn": "2.1", "NH3-N": "0.10", "TP": "0.05"}  # class Ⅱ


def classes(good: int, middling: int, worst: int) -> list[int]:
    return [2] * good + [4] * middling + [6] * worst


@pytest.mark.parametrize(
    ("grade", "name"), [(1, "优"), (2, "优"), (3, "良好"), (4, "轻度污染"), (5, "中度污染"), (6, "重度污染")]
)
def test_the_grade_of_a_section(grade, name):
    assert basins.section_grade(grade).name_zh == name


def test_colours_of_the_grades():
    assert [grade.colour_zh for grade in basins.grades()] == ["蓝色", "绿色", "黄色", "橙色", "红色"]
    with pytest.raises(ValueError, match="between 1 and 6"):
        basins.section_grade(7)


@pytest.mark.parametrize(
    ("good", "middling", "worst", "name"),
    [
        (9, 1, 0, "优"),  # 90 % itself
        (89, 11, 0, "良好"),
        (75, 0, 25, "良好"),  # the share of good ones is asked first
        (74, 7, 19, "轻度污染"),
        (60, 20, 20, "中度污染"),
        (60, 1, 39, "中度污染"),
        (59, 1, 40, "重度污染"),
        (0, 0, 5, "重度污染"),
    ],
)
def test_the_grade_of_a_region(good, middling, worst, name):
    assert basins.grade_of_shares(classes(good, middling, worst)).name_zh == name


def test_exactly_60_and_40_is_where_sources_differ():
    assert basins.grade_of_shares(classes(6, 0, 4)).name_zh == "重度污染"
    assert basins.grade_of_shares(classes(6, 0, 4), heavy_below=60).name_zh == "中度污染"


def test_fewer_than_five_go_by_mean_concentrations():
    dirty = CLEAN | {"NH3-N": "2.50"}  # worse than Ⅴ
    found = basins.region_grade([CLEAN, CLEAN, dirty])
    assert (found.grade.name_zh, found.sections) == ("良好", 3)  # (0.1 + 0.1 + 2.5)/3 = 0.9, class Ⅲ
    assert found.by_means.worst == ("NH3-N",)
    five = basins.region_grade([CLEAN] * 4 + [dirty])
    assert (five.grade.name_zh, five.by_means) == ("良好", None)  # 80 %
    with pytest.raises(ValueError, match="mean concentrations"):
        basins.grade_of_shares([2, 2, 2, 2])


def test_exactly_five_sections_are_a_setting():
    dirty = CLEAN | {"NH3-N": "2.50"}
    assert basins.region_grade([CLEAN] * 4 + [dirty], few=6).by_means.worst == ("NH3-N",)  # 2.9/5 = 0.58, class Ⅲ
    assert basins.region_grade([CLEAN] * 3 + [dirty] * 2, heavy_below=60).grade.name_zh == "中度污染"
    assert basins.region_grade([CLEAN] * 3 + [dirty] * 2).grade.name_zh == "重度污染"


def test_a_section_without_any_of_the_21_takes_no_part():
    assert basins.region_grade([{"TN": "9"}]) is None
    assert basins.region_grade([CLEAN, {"WT": "20"}]).sections == 1


def test_a_share_and_its_target_class():
    assert basins.class_share([1, 2, 3, 4], (1, 2, 3)) == 75
    with pytest.raises(ValueError, match="at least one section"):
        basins.class_share([], (1,))
    assert basins.meets_own_target(section_class(CLEAN), 2) is True
    assert basins.meets_own_target(section_class(CLEAN | {"TP": "0.15"}), 2) is False
    assert basins.meets_own_target(None, 3) is None


def test_main_pollutants_and_how_they_are_written():
    """Standards register 3.5: 高锰酸盐指数(1.2)."""
    found = basins.main_pollutants(CLEAN | {"CODMn": "13.2", "NH3-N": "1.60", "TP": "0.25", "COD": "22", "DO": "2.5"})
    assert [str(one) for one in found] == ["高锰酸盐指数(1.2)", "氨氮(0.6)", "溶解氧"]  # all Ⅴ; oxygen has no multiple
    assert basins.main_pollutants(CLEAN) == []


def test_cyanide_and_heavy_metals_come_first():
    found = basins.exceedances(CLEAN | {"CODMn": "16", "Hg": "0.0002", "CN": "0.3"})
    assert [one.item for one in found] == ["CN", "Hg", "CODMn"]  # 劣Ⅴ, Ⅳ, then 劣Ⅴ


def test_main_pollutants_of_a_basin_go_by_sections_exceeding():
    sections = [CLEAN | {"TP": "0.25"}] * 3 + [CLEAN | {"NH3-N": "3"}] * 2 + [CLEAN | {"COD": "25"}]
    assert basins.basin_main_pollutants(sections) == ["TP", "NH3-N", "COD"]
    assert basins.basin_main_pollutants(sections[2:5]) == ["NH3-N"]  # few: the means (0.117 TP is Ⅲ)


@pytest.mark.parametrize(
    ("good", "worst", "expected"),
    [
        (("70.0", "80.0"), ("5", "5"), ("none", 1)),
        (("70.0", "80.1"), ("5", "5"), ("some", 1)),
        (("80", "65"), ("0", "5"), ("some", -1)),
        (("80", "65"), ("0", "6"), ("marked", -1)),
        (("80", "80"), ("5", "5"), ("none", 0)),
    ],
)
def test_trend(good, worst, expected):
    assert basins.trend(good, worst) == expected


def test_cwqi_of_one_section():
    """DO 5/C; pH above 7 (pH - 7)/2; the others C/S_Ⅲ: 0.1 + 5/8.1 + 2.1/6 + 0.1/1 + 0.05/0.2."""
    expected = Fraction(1, 10) + Fraction(50, 81) + Fraction(21, 60) + Fraction(1, 10) + Fraction(1, 4)
    assert float(basins.cwqi([CLEAN])) == pytest.approx(float(expected), abs=1e-8)
    assert basins.cwqi_of_item("pH", "6.5") == Fraction(1, 2)
    assert basins.cwqi_of_item("TP", "0.05", "lake") == 1


def test_cwqi_averages_concentrations_unless_told():
    sections = [{"DO": "10"}, {"DO": "5"}]
    assert basins.cwqi(sections) == Fraction(5) / Fraction("7.5")
    assert basins.cwqi(sections, average="indices") == Fraction(3, 4)
    assert basins.city_cwqi(8, 3, 4, 1) == 7


@pytest.mark.parametrize(("item", "value", "why"), [("DO", "0", "without oxygen"), ("TN", "1", "takes no part")])
def test_what_has_no_index(item, value, why):
    with pytest.raises(ValueError, match=why):
        basins.cwqi_of_item(item, value)


def test_no_section_no_index():
    with pytest.raises(ValueError, match="at least one section"):
        basins.cwqi([])
    with pytest.raises(ValueError, match="section or point"):
        basins.city_cwqi(0, 0, 0, 0)


@given(st.lists(st.integers(min_value=1, max_value=6), min_size=5, max_size=30), st.data())
def test_a_section_that_gets_worse_never_betters_the_grade(found, data):
    order = [grade.name_zh for grade in basins.grades()]
    n = data.draw(st.integers(min_value=0, max_value=len(found) - 1))
    worse = [*found[:n], min(6, found[n] + 1), *found[n + 1 :]]
    assert order.index(basins.grade_of_shares(worse).name_zh) >= order.index(basins.grade_of_shares(found).name_zh)


def test_multiples_are_of_the_assessed_value():
    assert basins.exceedances({"NH3-N": "1.104"})[0].multiple == Decimal("0.1")
