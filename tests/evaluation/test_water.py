"""GB 3838-2002: the oracle, the worst item, the mean of pH."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.standards import table
from evaluation.water import assessed, item_class, item_limits, item_mean, ph_mean, reading, section_class
from tests.csv_rows import rows_of

ORACLE = rows_of("oracles/gb3838_oracle.csv")
ITEMS = sorted({row["key"] for row in table("gb3838_table1") if row["in_section_class_21_items"] == "yes"})


@pytest.mark.parametrize("row", ORACLE, ids=lambda row: row["id"])
def test_every_row_of_the_oracle(row):
    assert item_class(row["indicator"], row["value"], row["waterbody"]) == int(row["expected_class"])


def test_twenty_one_items_make_a_section():
    assert len(ITEMS) == 21
    assert {"pH", "DO", "CODMn", "NH3-N", "TP"} < set(ITEMS)
    assert not {"TN", "FColi", "WT"} & set(ITEMS)


def test_the_worst_item_decides():
    found = section_class({"pH": "7.2", "DO": "8.1", "CODMn": "3.1", "NH3-N": "1.2", "TP": "0.08", "TN": "9"})
    assert found is not None
    assert (found.grade, found.worst, found.items) == (4, ("NH3-N",), 5)  # total nitrogen takes no part


def test_nothing_of_the_21_no_class():
    assert section_class({"WT": "20.1", "TN": "1.2"}) is None


def test_a_mean_is_rounded_for_assessment_first():
    """NH3-N has two decimals: 1.004 is 1.00 and stays in class Ⅲ."""
    assert section_class({"NH3-N": "1.004"}).grade == 3
    assert section_class({"NH3-N": "1.006"}).grade == 4
    assert assessed("Hg", "0.000004") == Decimal("0.000004")  # would be 0: one significant digit stays


def test_lakes_have_their_own_phosphorus():
    assert item_class("TP", "0.05", "river") == 2
    assert item_class("TP", "0.05", "lake") == 3


def test_the_mean_of_ph_is_that_of_the_hydrogen():
    assert round(float(ph_mean(["6", "8"])), 3) == 6.297  # -log10((1e-6 + 1e-8)/2)


@pytest.mark.parametrize(("item", "body"), [("WT", "river"), ("TN", "river"), ("XYZ", "lake")])
def test_an_item_without_limits_is_refused(item, body):
    with pytest.raises(ValueError, match="no limits"):
        item_class(item, "1", body)


amounts = st.decimals(min_value=0, max_value=50, allow_nan=False, allow_infinity=False, places=4)


@given(st.dictionaries(st.sampled_from(ITEMS), amounts, min_size=1), st.sampled_from(ITEMS), amounts)
def test_one_more_item_never_makes_a_section_better(means, item, amount):
    before = section_class(means)
    after = section_class({item: amount, **means})
    assert after.grade >= before.grade


@given(st.sampled_from([item for item in ITEMS if item_limits(item, "river").rule == "le"]), amounts, amounts)
def test_more_of_a_pollutant_never_makes_a_better_class(item, amount, more):
    assert item_class(item, amount, "river") <= item_class(item, amount + more, "river")


@pytest.mark.parametrize(
    ("printed", "value"), [("0.42", "0.42"), ("0.01L", "0.005"), ("<0.01", "0.005"), (" 0.004 L", "0.002")]
)
def test_below_detection_half_the_limit_takes_part(printed, value):
    assert reading(printed) == Decimal(value)


@pytest.mark.parametrize("printed", ["-1", "未检出", "L", "", "<"])
def test_a_reading_without_a_number_is_refused(printed):
    with pytest.raises(ValueError, match=r"negative|finite"):
        reading(printed)


amount_and_more = st.tuples(amounts, st.decimals(min_value=0, max_value=10, places=4))


@given(st.sampled_from(ITEMS), st.sampled_from(["river", "lake"]), amount_and_more)
def test_more_of_a_pollutant_is_never_a_better_class(item, body, amounts):
    low, more = amounts
    if item_limits(item, body).rule == "le":
        assert item_class(item, low, body) <= item_class(item, low + more, body)
    if item == "DO":
        assert item_class(item, low, body) >= item_class(item, low + more, body)


@given(st.lists(st.decimals(min_value=4, max_value=10, places=2), min_size=1, max_size=12), st.randoms())
def test_the_order_of_readings_does_not_matter(values, random):
    shuffled = list(values)
    random.shuffle(shuffled)
    assert item_mean("TP", values) == item_mean("TP", shuffled)
    assert ph_mean(values) == pytest.approx(ph_mean(shuffled), abs=Decimal("1e-8"))
