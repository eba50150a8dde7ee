"""Units and times as tables write them."""

from __future__ import annotations

from datetime import date

import pytest

from indicators.columns import WATER_ITEMS
from ingest.readers.tidy_csv import water_time
from ingest.readers.units import a_day, converted, moment, plain_unit, units_of
from ingest.tidy import HOUR_ITEMS


@pytest.mark.parametrize(
    ("item", "text", "unit", "stored"),
    [
        ("PM2.5", "0.031", "mg/m3", "31.000"),
        ("PM2.5", "31", "µg/m3", "31"),
        ("CO", "700", "µg/m3", "0.700"),
        ("CO", "0.7", "mg/m3", "0.7"),
        ("NH3-N", "120", "µg/L", "0.120"),
        ("TP", "20L", "µg/L", "0.020L"),
        ("TP", "<20", "µg/L", "<0.020"),
        ("TP", "未检出", "µg/L", "未检出"),
        ("PM10", "—", "mg/m3", ""),
        ("PM10", "八", "mg/m3", "八"),
        ("PM10", "NaN", "mg/m3", ""),
        ("PM10", "1e400", "mg/m3", "1e400"),
    ],
)
def test_a_value_is_converted_by_its_unit_and_what_is_none_stays(item, text, unit, stored):
    assert converted(item, text, unit) == stored


def test_every_item_has_its_units_and_no_other():
    assert all(units_of(item) for item in (*HOUR_ITEMS, *WATER_ITEMS))
    assert units_of("PM1") == {}
    with pytest.raises(KeyError):
        converted("TP", "1", "g/L")
    assert {plain_unit(text) for text in ("ug/m³", "μg/m3", " µg/m3 ")} == {"µg/m3"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2021/3/1 07:00", "2021-03-01 07:00"),
        ("2021-03-01 24:00", "2021-03-02 00:00"),
        ("2021年3月1日 7时", "2021-03-01 07:00"),
        ("2021030107", "2021-03-01 07:00"),
        ("20211208", None),  # a careless pattern reads 8 o'clock on 20 January
        ("2021-03-01", None),
        ("2021-13-01 07:00", None),
    ],
)
def test_a_time_is_read_in_the_usual_spellings_and_never_guessed(text, says):
    found = moment(text)
    assert (None if found is None else f"{found:%Y-%m-%d %H:%M}") == says


def test_a_day_without_separators_needs_all_its_digits():
    assert a_day("20211108") == date(2021, 11, 8)
    assert a_day("2021118") is None


def test_a_date_alone_is_midnight_only_where_other_rows_have_times():
    assert water_time("2021-04-08", timed=False) == "2021-04-08 23:59"
    assert water_time("2021-04-08", timed=True) == "2021-04-08 00:00"
    assert water_time("2021-04-08 04:00", timed=True) == "2021-04-08 04:00"
    assert water_time("04-08 04:00", timed=True) == "04-08 04:00"  # no year: told as no time
