"""Accounts of the same air: with and without dust, as then and on the same basis, by another validity profile."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from evaluation import air
from evaluation.progress import State
from evaluation.validity import PROFILES
from goals.found import Found
from goals.models import Plan, Target
from indicators.known_days import city_days
from indicators.models import AirDay, ExceptionalDay, Indicator
from tests.goals.cast import days, judged, target
from tests.ingest import files
from tests.ingest.files import written

pytestmark = pytest.mark.django_db

GUANGZHOU, HENGYANG = "440100", "430400"
NEW_YEAR, YEAR_END = date(2021, 1, 1), date(2021, 12, 31)
TWELFTH = date(2021, 1, 12)


@pytest.fixture
def dusty_january():
    """GZ-01, PM2.5 within 33: twelve days of 120, then 31. All days make (12·120 + 353·31)/365 = 33.9."""
    days(GUANGZHOU, NEW_YEAR, TWELFTH, pm25=120, aqi=158)
    days(GUANGZHOU, TWELFTH + timedelta(days=1), YEAR_END, pm25=31, aqi=60)


def dust(first: date, last: date, listed_on: date) -> None:
    ExceptionalDay.objects.bulk_create(
        ExceptionalDay(
            region_id=GUANGZHOU, day=first + timedelta(days=n), kind="dust", listed_on=listed_on, document="沙尘清单"
        )
        for n in range((last - first).days + 1)
    )


def with_account(identity: str, account: str, as_of: date) -> Found:
    Target.objects.filter(register_id=identity).update(dust_account=account)
    return judged(identity, as_of)


def test_particles_leave_listed_dust_days_out_and_the_other_account_stands_beside(dusty_january):
    assert judged("GZ-01", YEAR_END).state == State.MISSED
    dust(NEW_YEAR, TWELFTH, listed_on=date(2021, 2, 10))
    without = with_account("GZ-01", "excluded", YEAR_END)
    assert (without.state, without.value) == (State.MET, Decimal("31.0"))
    assert without.facts["dust"] == {"days": 12, "left_out": True, "other": "33.9"}
    assert without.facts["coverage"]["days_missing"] == 0  # dust days were measured
    with_dust = with_account("GZ-01", "included", YEAR_END)
    assert (with_dust.state, with_dust.facts["dust"]["other"]) == (State.MISSED, "31.0")


def test_a_list_counts_from_the_day_it_was_issued(dusty_january):
    dust(NEW_YEAR, TWELFTH, listed_on=date(2021, 2, 10))
    before, after = judged("GZ-01", date(2021, 2, 9)), judged("GZ-01", date(2021, 2, 10))
    assert before.value == Decimal("57.7")  # (1440 + 28·31)/40
    assert "dust" not in before.facts
    assert after.value == Decimal("31.0")


def test_a_listed_day_without_data_stays_missing(dusty_january):
    dust(NEW_YEAR, TWELFTH, listed_on=date(2021, 2, 10))
    AirDay.objects.filter(day__lte=date(2021, 1, 6)).delete()
    found = judged("GZ-01", YEAR_END)
    assert found.facts["coverage"]["days_missing"] == 6
    assert found.state == State.INSUFFICIENT_DATA  # 25 of 31 days of January were measured


def test_dust_days_are_no_remaining_days(dusty_january):
    """353 days count: 33.5·353 - 31·261 = 3734.5 over the 92 that remain."""
    dust(NEW_YEAR, TWELFTH, listed_on=date(2021, 2, 10))
    AirDay.objects.filter(day__gt=date(2021, 9, 30)).delete()
    found = judged("GZ-01", date(2021, 9, 30))
    assert found.facts["budget"]["required"] == "40.5"  # 40.59…, to the strict side


def test_good_days_keep_dust_days(dusty_january):
    """GZ-02: the share of good days; 12 of 365 failed."""
    identity = Target.objects.get(plan__region=GUANGZHOU, indicator="good_day_ratio", parent=None).register_id
    dust(NEW_YEAR, TWELFTH, listed_on=date(2021, 2, 10))
    found = judged(identity, YEAR_END)
    assert found.value == Decimal("96.7")
    assert "dust" not in found.facts


# ---- as then, same basis ---------------------------------------------------------------------------------------------

TYPICAL = {"pm25": 65, "pm10": 80, "so2": 9, "no2": 25, "co": 1, "o3_8h": 100}


def full_days(first: date, last: date, values: dict[str, int] = TYPICAL) -> None:
    """Days with all six figures, whose AQI is PM2.5's: 88 by HJ 633-2012, 105 by HJ 633-2026."""
    columns = {"o3_8h_fg" if name == "o3_8h" else f"{name}_{'pg' if name == 'co' else 'fg'}": value * 10**9
               for name, value in values.items()}  # fmt: skip
    AirDay.objects.bulk_create(
        AirDay(
            region_id=GUANGZHOU, day=day, basis="stations", aqi=88 if day < date(2026, 3, 1) else 105, primary=1,
            standard="HJ 633-2012" if day < date(2026, 3, 1) else "HJ 633-2026", **columns,
        )
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1))
    )  # fmt: skip


def test_across_the_change_of_standard_both_bases_are_given():
    of_2021 = Target.objects.get(plan__region=GUANGZHOU, indicator="good_day_ratio", parent=None)
    plan = Plan.objects.create(region=of_2021.plan.region, year=2026, title="2026年工作要点")
    of_2021.pk, of_2021.register_id, of_2021.plan = None, "GZ-2026-01", plan
    of_2021.save()
    full_days(date(2025, 1, 1), date(2025, 4, 30))
    full_days(date(2026, 1, 1), date(2026, 4, 30))
    found = judged("GZ-2026-01", date(2026, 4, 30))
    assert found.value == Decimal("49.2")  # 59 of 120: January and February by the older table
    assert found.facts["same_period"] == "100.0"
    assert found.facts["same_basis"] == {"standard": "HJ 633-2026", "level": "0.0", "same_period": "0.0"}


def test_under_one_standard_there_is_one_basis(dusty_january):
    identity = Target.objects.get(plan__region=GUANGZHOU, indicator="good_day_ratio", parent=None).register_id
    assert "same_basis" not in judged(identity, YEAR_END).facts


# ---- the composite index ---------------------------------------------------------------------------------------------


def test_the_composite_index_of_a_year():
    """0.15 + 0.62 + 0.71 + 0.25 + 0.62 + 0.80 = 3.15; 25/40 and 100/160 are 0.625, to the even 0.62."""
    one = target("GZ-01")
    one.pk, one.register_id, one.indicator, one.unit = None, "GZ-X", Indicator.objects.get(code="composite_index"), ""
    one.indicator_zh, one.value = "综合指数", Decimal("3.15")
    one.save()
    full_days(NEW_YEAR, YEAR_END, TYPICAL | {"pm25": 28, "pm10": 50})
    assert (judged("GZ-X", YEAR_END).state, judged("GZ-X", YEAR_END).value) == (State.MET, Decimal("3.15"))
    assert judged("GZ-X", date(2021, 9, 30)).state == State.OPEN
    AirDay.objects.filter(day__month=3).update(co_pg=None)
    assert judged("GZ-X", YEAR_END).state == State.INSUFFICIENT_DATA


# ---- validity profiles -----------------------------------------------------------------------------------------------


@pytest.fixture
def nineteen_hours(tmp_path, ingest, stations):
    """A day of nineteen hours at both stations: too few for GB 3095, enough for the directive."""
    ingest(written(tmp_path, "china_sites_20210301.csv", files.national("20210301", range(1, 20))))


def pm25_on_march_first(code: str, as_of: date | None = None) -> int:
    day = date(2021, 3, 1)
    found = city_days([HENGYANG], day, day, as_of, PROFILES[code])[HENGYANG]
    return int(found.figures["pm25"][0])


def test_another_profile_works_the_days_out_from_the_hours(nineteen_hours):
    assert pm25_on_march_first("CN") == air.MISSING
    assert pm25_on_march_first("EU") == 30 * air.DAY_SCALE


def test_as_of_an_earlier_day_revised_hours_are_taken_back(nineteen_hours, tmp_path, ingest):
    higher = dict.fromkeys(files.PLAIN, "90")
    ingest(written(tmp_path, "again_china_sites_20210301.csv", files.national("20210301", range(1, 20), higher)))
    assert pm25_on_march_first("EU") == 90 * air.DAY_SCALE
    assert pm25_on_march_first("EU", as_of=date(2021, 3, 2)) == 30 * air.DAY_SCALE


def test_a_target_is_judged_by_its_own_profile(nineteen_hours):
    identity = Target.objects.filter(plan__region=HENGYANG, indicator="pm25_mean").first().register_id
    assert judged(identity, date(2021, 3, 31)).value is None
    Target.objects.filter(register_id=identity).update(validity_profile="EU")
    assert judged(identity, date(2021, 3, 31)).value == Decimal("30.0")
