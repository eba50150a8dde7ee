"""Tables in, tables out: what is read, what is refused, and that the numbers are those of the functions."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from evaluation.air_sheets import evaluate_aqi, evaluate_year, unused_year_columns
from evaluation.sheet import Problem, SheetError
from evaluation.water_sheets import evaluate_water, unused_water_columns

CLEAN = {"date": "2021-07-01", "pm25": "20", "pm10": "40", "so2": "10", "no2": "20", "co": "0.8", "o3_8h": "90"}


def only(rows, **wanted):
    """The one row with these cells."""
    found = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    assert len(found) == 1
    return found[0]


def problems(evaluate, rows, on=None) -> list[Problem]:
    with pytest.raises(SheetError) as error:
        evaluate(rows, on)
    return list(error.value.problems)


# ---- aqi -------------------------------------------------------------------------------------------------------------


def test_each_row_goes_by_its_own_date_and_keeps_its_columns():
    rows = [CLEAN | {"pm25": "65", "备注": "甲"}, CLEAN | {"pm25": "65", "date": "2026-07-01", "备注": "乙"}]
    then, now = evaluate_aqi(rows)
    assert (then["备注"], then["aqi"], then["category"], then["standard"]) == ("甲", "88", "良", "HJ 633-2012")
    assert (now["aqi"], now["category"], now["primary"]) == ("105", "轻度污染", "PM2.5")
    assert [row["aqi"] for row in evaluate_aqi(rows, date(2026, 3, 1))] == ["105", "105"]


@pytest.mark.parametrize("written", ["2021-07-01", "2021/7/1", "2021年7月1日", "20210701", "2021-07-01 08:00"])
def test_dates_as_people_write_them(written):
    assert evaluate_aqi([CLEAN | {"date": written}])[0]["aqi"] == "45"


def test_columns_as_people_name_them():
    row = {
        "日期": "2021-07-01",
        "PM2.5(µg/m³)": "20",
        "PM10": "40",
        "SO2": "10",
        "NO₂": "20",
        "CO（mg/m³）": "0.8",
        "O3": "90",
    }
    assert evaluate_aqi([row])[0]["aqi"] == "45"


def test_what_is_missing_is_said_and_makes_no_aqi():
    for nothing in ("", "—", "NA"):
        row = evaluate_aqi([CLEAN | {"co": nothing}])[0]
        assert (row["aqi"], row["missing"], row["iaqi_pm25"]) == ("", "co", "29")


def test_an_aqi_of_zero_is_shown_as_one():
    zero = dict.fromkeys(CLEAN, "0") | {"date": "2026-07-01"}
    assert evaluate_aqi([zero])[0]["aqi"] == "1"


def test_hours_make_a_real_time_report():
    hour = {"date": "2026-07-01 08:00", "pm25_1h": "70", "pm10_1h": "40", "so2_1h": "900", "no2_1h": "3", "co_1h": "1"}
    row = evaluate_aqi([hour | {"o3_1h": "50"}])[0]
    assert (row["aqi"], row["iaqi_pm25_1h"], row["primary"]) == ("200", "110", "SO2")


def test_every_bad_cell_is_named_at_once():
    rows = [CLEAN | {"pm25": "abc", "pm10": "-3"}, CLEAN | {"date": "2021-13-01"}, CLEAN | {"date": ""}]
    assert problems(evaluate_aqi, rows) == [
        Problem(1, "pm25", "not a number", "abc"),
        Problem(1, "pm10", "not a number", "-3"),
        Problem(2, "date", "not a date", "2021-13-01"),
        Problem(3, "date", "no date", ""),
    ]
    assert problems(evaluate_aqi, [CLEAN | {"date": "2010-01-01"}])[0].code == "no rule"
    assert problems(evaluate_aqi, [{"date": "2021-01-01"}])[0].code == "no column"


# ---- year ------------------------------------------------------------------------------------------------------------


def year_of(region: str, pm25: str, length: int = 365) -> list[dict[str, str]]:
    first = date(2021, 1, 1)
    return [
        CLEAN | {"region": region, "date": (first + timedelta(days=n)).isoformat(), "pm25": pm25} for n in range(length)
    ]


def test_a_year_has_its_ten_figures_good_days_and_index():
    rows = evaluate_year(year_of("甲", "28"))
    assert [row["figure"] for row in rows][-4:] == [
        *("good-day ratio", "heavy-pollution days", "composite index", "all items")
    ]
    pm25 = only(rows, figure="PM2.5 mean")
    assert (pm25["value"], pm25["limit"], pm25["attains"], pm25["days_valid"]) == ("28.0", "35", "true", "365")
    assert only(rows, figure="good-day ratio")["value"] == "100.0"
    assert only(rows, figure="all items")["attains"] == "true"
    # 10/60 .17 + 20/40 .50 + 40/70 .57 + .8/4 .20 + 90/160 .56 + 28/35 .80
    assert only(rows, figure="composite index")["value"] == "2.80"


def test_regions_are_ranked_and_ties_share():
    rows = evaluate_year([*year_of("甲", "30"), *year_of("乙", "28"), *year_of("丙", "30")])
    ranks = {region: only(rows, region=region, figure="composite index")["rank"] for region in "甲乙丙"}
    assert ranks == {"甲": "2", "乙": "1", "丙": "2"}


def test_the_same_basis_takes_the_newer_limits():
    rows = evaluate_year(year_of("甲", "32"), date(2026, 3, 1))
    assert only(rows, figure="PM2.5 mean")["attains"] == "false"
    assert only(evaluate_year(year_of("甲", "32")), figure="PM2.5 mean")["attains"] == "true"


def test_a_gap_is_missing_days():
    rows = [row for row in year_of("甲", "28") if not row["date"].startswith("2021-03")]
    pm25 = only(evaluate_year(rows), figure="PM2.5 mean")
    assert (pm25["days_valid"], pm25["sufficient"], pm25["attains"]) == ("334", "false", "")


def test_a_day_twice_is_refused():
    twice = [*year_of("甲", "28", 3), CLEAN | {"region": "甲", "date": "2021-01-02"}]
    assert problems(evaluate_year, twice) == [Problem(4, "date", "twice", "2021-01-02")]
    assert problems(evaluate_year, [CLEAN | {"date": "2010-01-01"}])[0].code == "no rule"


# ---- water -----------------------------------------------------------------------------------------------------------

SECTION = {"断面": "甲", "pH值": "7.2", "溶解氧(mg/L)": "8.1", "高锰酸盐指数": "2.1", "氨氮": "0.10", "总磷": "0.05"}


def test_a_section_and_the_row_for_all():
    section, together = evaluate_water([SECTION | {"目标类别": "Ⅲ类"}])
    assert (section["class"], section["grade"], section["items"]) == ("Ⅱ", "优", "5")
    assert (section["target_class"], section["meets_target"]) == ("Ⅲ", "true")
    assert (together["section"], together["sections"], together["share_I_III"]) == ("*", "1", "100.0")


def test_months_first_then_their_mean():
    """January 0.9 twice and February 3.0 make 1.95, class Ⅴ; the mean of the rows would be 1.6."""
    january = SECTION | {"month": "1", "氨氮": "0.90"}
    section = evaluate_water([january, january, SECTION | {"month": "2", "氨氮": "3.00"}])[0]
    assert (section["class"], section["main_pollutants"]) == ("Ⅴ", "氨氮(1.0)")
    by_date = [
        row | {"date": f"2021-0{row['month']}-03"} for row in (january, SECTION | {"month": "2", "氨氮": "3.00"})
    ]
    assert evaluate_water(by_date)[0]["class"] == "Ⅴ"


def test_below_detection_and_lakes():
    lake = SECTION | {"水体": "湖库", "铬(六价)": "0.004L"}
    found = evaluate_water([lake])[0]
    assert (found["waterbody"], found["class"], found["items"]) == ("lake", "Ⅲ", "6")  # TP 0.05 in a lake


def test_what_passes_by_rounding_alone_is_said():
    """Standards register 3.3: pH at 0 decimals lets 9.4 pass."""
    found = evaluate_water([SECTION | {"pH值": "9.4"}])[0]
    assert (found["class"], found["notes"]) == ("Ⅱ", "pH 9.40 → 9")
    assert evaluate_water([SECTION])[0]["notes"] == ""


def test_bad_water_is_refused():
    row = SECTION | {"水体": "塘", "目标类别": "六", "氨氮": "未检出"}
    assert [one.code for one in problems(evaluate_water, [row])] == ["not a water body", "not a class", "not a number"]
    assert problems(evaluate_water, [{"断面": "甲", "水温": "20"}])[0].code == "no column"
    assert problems(evaluate_water, [{"pH": "7"}])[0].column == "section"
    assert problems(evaluate_water, [SECTION], date(2001, 1, 1))[0].code == "no rule"


def test_a_section_without_any_of_the_21_has_no_class():
    empty = SECTION | dict.fromkeys(["pH值", "溶解氧(mg/L)", "高锰酸盐指数", "氨氮", "总磷"], "")
    assert [row["class"] for row in evaluate_water([empty])] == [""]


def test_columns_left_aside_are_named():
    assert unused_water_columns([*SECTION, "备注", "水体"]) == ["备注"]
    assert unused_year_columns([*CLEAN, "城市", "湿度"]) == ["湿度"]


def test_more_decimals_than_are_kept_are_rounded_once():
    assert Decimal(evaluate_aqi([CLEAN | {"pm25": "20.12345678901"}])[0]["iaqi_pm25"]) == 29
