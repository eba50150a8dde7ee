"""What is held back: series that jump, swapped columns, what physics forbids; and how a person decides."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.columns import HOUR_ITEMS
from indicators.models import AirDay, AirHour, Submission, WaterValue
from indicators.selectors import submissions_to_check
from ingest import services
from ingest.plausibility import Measured, doubts
from ingest.services import finish_loads
from ingest.withdrawing import withdraw_submission
from tests.ingest import files
from tests.ingest.test_sheets import found_in, loaded

SITES = ("T001A", "T002A")


def a_week(**values: str) -> None:
    """Seven ordinary days of March 2021 at both stations, from the first on."""
    for day in range(1, 8):
        loaded(f"{day}.csv", files.national(f"202103{day:02d}", range(1, 24), {**files.PLAIN, **values}))


def by_site(day: str, hours, values: dict[str, dict[str, str]]) -> str:
    """The national layout with other values at each site: site -> item -> value, else plain."""
    lines = [f"date,hour,type,{','.join(values)}"]
    for hour in hours:
        for item, plain in files.PLAIN.items():
            lines.append(f"{day},{hour},{item}," + ",".join(values[site].get(item, plain) for site in values))
    return "\n".join(lines) + "\n"


# ---- series ----------------------------------------------------------------------------------------------------------


@pytest.mark.services
@pytest.mark.django_db
def test_one_series_in_another_unit_is_held_back_and_the_rest_is_stored(stations):
    a_week()
    one = loaded("a.csv", by_site("20210308", range(1, 24), {"T001A": {"PM10": "0.050"}, "T002A": {}}))
    assert (one.state, found_in(one), one.rows_stored) == ("accepted", [(None, "level_jumps")], 46)
    finding = one.findings.get()
    assert (finding.column, finding.details["places"], finding.details["before"]) == ("PM10", "甲站 (T001A)", "50")
    stored = AirHour.objects.filter(submission=one)
    assert set(stored.filter(site__code="T001A").values_list("pm10_ng", "pm25_ng")) == {(None, 30_000)}
    assert set(stored.filter(site__code="T002A").values_list("pm10_ng", flat=True)) == {50_000}
    assert list(submissions_to_check()) == [one]


@pytest.mark.django_db
def test_a_file_of_which_nothing_is_left_is_held_until_a_person_releases_it(stations, client_of):
    a_week()
    grams = {"PM2.5": "0.030", "PM10": "0.050"}
    one = loaded("mg.csv", "".join(
        line + "\n" for line in files.national("20210308", range(1, 24), grams).splitlines()
    ))  # fmt: skip
    assert (one.state, one.rows_stored) == ("held", 0)
    assert {finding.column for finding in one.findings.all()} == {"PM2.5", "PM10"}
    assert AirHour.objects.filter(submission=one).count() == 0
    client = client_of("shuju")
    client.post(f"/data/{one.pk}/release/", {"reason": " "})
    assert services.load_submission(one.pk).state == "held"
    client.post(f"/data/{one.pk}/release/", {"reason": "停电后零点校准，已核"})
    assert services.load_submission(one.pk).state == "accepted"
    assert AirHour.objects.filter(submission=one).count() == 46


@pytest.mark.django_db
def test_a_series_that_a_person_releases_joins_the_rest(stations, client_of):
    a_week()
    one = loaded("a.csv", by_site("20210308", range(1, 24), {"T001A": {"PM10": "0.050"}, "T002A": {}}))
    client = client_of("shuju")
    page = client.get(f"/data/{one.pk}/").content.decode()
    assert "甲站 (T001A)" in page
    assert "放行入库" in page
    client.post(f"/data/{one.pk}/release/", {"reason": "仪器更换，已核"})
    again = services.load_submission(one.pk)
    assert (again.state, again.held_back, found_in(again)) == ("accepted", {}, [])
    assert set(AirHour.objects.filter(submission=one, site__code="T001A").values_list("pm10_ng", flat=True)) == {50}
    assert not submissions_to_check().exists()


@pytest.mark.django_db
def test_what_was_held_back_stays_so_when_the_file_is_read_again(stations, client_of):
    a_week()
    one = loaded("a.csv", by_site("20210308", range(1, 24), {"T001A": {"PM10": "0.050"}, "T002A": {}}))
    other = loaded("b.csv", by_site("20210308", range(1, 24), {"T001A": {"SO2": "9", "PM10": ""}, "T002A": {}}))
    withdraw_submission(other.pk, client_of("shuju").get("/").wsgi_request.user, "交错了")
    assert set(AirHour.objects.filter(submission=one, site__code="T001A").values_list("pm10_ng", "so2_ng")) == {
        (None, 8_000)
    }
    services.reread_submission(one.pk)
    assert services.load_submission(one.pk).held_back == one.held_back
    assert not AirHour.objects.filter(submission=one, site__code="T001A", pm10_ng__isnull=False).exists()


@pytest.mark.django_db
def test_a_spread_that_jumps_is_held_back(stations):
    for day in range(1, 8):
        hours = [files.national(f"202103{day:02d}", [hour], {"SO2": str(8 + hour // 12 / 100)}) for hour in range(24)]
        loaded(f"{day}.csv", hours[0] + "".join(text.split("\n", 1)[1] for text in hours[1:]))
    wild = [files.national("20210308", [hour], {"SO2": "8" if hour % 2 else "400"}) for hour in range(1, 24)]
    one = loaded("wild.csv", wild[0] + "".join(text.split("\n", 1)[1] for text in wild[1:]))
    assert [code for _row, code in found_in(one)] == ["spread_jumps"]


@pytest.mark.django_db
def test_a_unit_that_changes_within_a_file_is_held_back(stations):
    first, *rest = [
        files.national(f"202103{day:02d}", range(1, 24), {**files.PLAIN, "SO2": "8" if day < 5 else "0.008"})
        for day in range(1, 8)
    ]
    one = loaded("march.csv", first + "".join(text.split("\n", 1)[1] for text in rest))
    finding = one.findings.get()
    assert (finding.code, finding.column, finding.details["count"]) == ("level_breaks", "SO2", 2)
    assert (finding.details["before"], finding.details["now"]) == ("8", "0.008")
    assert not AirHour.objects.filter(so2_ng__isnull=False).exists()
    assert AirHour.objects.filter(no2_ng=20_000).count() == one.rows_stored == 7 * 46


@pytest.mark.django_db
def test_an_hour_of_which_most_stations_jump_together_is_held(db, ingest, tmp_path):
    sites = [f"T{n:03d}A" for n in range(1, 8)]
    register = "code,name,city,lon,lat,code_origin\n" + "".join(f"{code},站{code},衡阳,,,made up\n" for code in sites)
    loaded("stations.csv", register)
    for day in range(1, 8):
        loaded(f"{day}.csv", files.national(f"202103{day:02d}", [9], sites=sites))
    one = loaded("mg.csv", files.national("20210308", [9], {**files.PLAIN, "SO2": "0.008"}, sites))
    assert found_in(one) == [(None, "level_jumps")]
    assert (one.findings.get().details["count"], one.rows_stored) == (7, 7)
    assert not AirHour.objects.filter(submission=one, so2_ng__isnull=False).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("pair", [("CO", "NO2"), ("SO2", "O3"), ("CO", "PM10")])
def test_two_columns_that_changed_places_are_held_back(stations, pair):
    a_week(SO2="4", O3="90")
    usual = {**files.PLAIN, "SO2": "4", "O3": "90"}
    swapped = {**usual, pair[0]: usual[pair[1]], pair[1]: usual[pair[0]]}
    one = loaded("a.csv", files.national("20210308", range(1, 24), swapped))
    assert set(one.findings.get(code="columns_swapped").column.split("、")) == set(pair)
    assert one.rows_stored == 46  # the other four items


@pytest.mark.django_db
def test_a_station_whose_fine_particles_exceed_the_coarse_ones_is_held_back(stations):
    swapped = {"PM2.5": "50", "PM10": "30"}
    one = loaded("a.csv", by_site("20210301", range(1, 24), {"T001A": swapped, "T002A": {}}))
    assert [(finding.code, finding.column) for finding in one.findings.all()] == [("fine_above_coarse", "PM2.5、PM10")]
    assert AirHour.objects.filter(site__code="T002A", pm25_ng=30_000).count() == 23
    assert not AirHour.objects.filter(site__code="T001A", pm25_ng__isnull=False).exists()


@pytest.mark.django_db
def test_a_hard_week_of_weather_is_not_held(stations):
    a_week()
    dust = {**files.PLAIN, "PM2.5": "400", "PM10": "2200"}
    one = loaded("dust.csv", files.national("20210308", range(1, 24), dust))
    assert (one.state, found_in(one)) == ("accepted", [])


# ---- the index -------------------------------------------------------------------------------------------------------


def with_aqi(text: str, aqi: str) -> str:
    """The national layout with the index that the file gives its hours."""
    lines = text.splitlines()
    hours = [line for line in lines if ",PM2.5," in line]
    return "\n".join([*lines[:1], *(line.split("PM2.5")[0] + f"AQI,{aqi},{aqi}" for line in hours), *lines[1:]]) + "\n"


@pytest.mark.django_db
def test_hours_whose_index_is_another_are_held(stations):
    # PM2.5 of 30 is 43, PM10 of 50 is 50, CO of 0.7 is 7: the greatest is 50 (HJ 633-2012 table 1)
    whole = files.national("20210301", range(1, 24))
    rows = sorted(with_aqi(whole, "50").splitlines()[1:], key=lambda line: int(line.split(",")[1]))
    fits = "\n".join(["date,hour,type,T001A,T002A", *rows]) + "\n"
    assert loaded("a.csv", fits).state == "accepted"
    assert AirHour.objects.count() == 46
    many = [f"T{n:03d}A" for n in range(1, 21)]
    wrong = files.national("20210302", [4, 12], sites=many)
    lines = []
    for line in wrong.splitlines():
        lines.append(line)
        if ",PM2.5," in line:
            lines.append(line.split("PM2.5")[0] + "AQI," + ",".join(["155"] * 20))
    one = loaded("b.csv", "\n".join(lines) + "\n")
    assert (one.state, [code for _row, code in found_in(one)]) == ("held", ["aqi_differs"])


# ---- printed days ----------------------------------------------------------------------------------------------------


def city_days(pm25: str, first: int = 1, last: int = 7) -> str:
    return "".join(f"衡阳,2021-03-{day:02d},62,50~70,良,{pm25},50,8,0.7,20,60,100\n" for day in range(first, last + 1))


@pytest.mark.services
@pytest.mark.django_db
def test_printed_days_lie_within_the_range_of_the_stations_hours(stations):
    for day in range(1, 8):
        loaded(f"{day}.csv", files.national(f"202103{day:02d}", range(24)))
    loaded("8.csv", files.national("20210308", [0]))
    finish_loads()
    fits = loaded("衡阳.csv", city_days("30"))
    assert "outside_the_hours" not in [code for _row, code in found_in(fits)]
    one = loaded("衡阳.csv", city_days("33"))
    finding = one.findings.get(code="outside_the_hours")
    assert (finding.column, finding.details["places"], finding.details["rows"]) == ("PM2.5", "衡阳", 7)
    assert set(AirDay.objects.filter(basis="file").values_list("pm25_fg", "pm10_fg")) == {(30 * 10**9, 50 * 10**9)}


@pytest.mark.django_db
def test_printed_days_in_another_unit_are_held(db):
    loaded("衡阳.csv", city_days("30", 1, 15))
    one = loaded("衡阳.csv", city_days("0.03", 16, 28))
    assert one.findings.get(code="level_jumps").column == "PM2.5"
    assert not AirDay.objects.filter(day__gt=date(2021, 3, 15), pm25_fg__isnull=False).exists()


# ---- water -----------------------------------------------------------------------------------------------------------


@pytest.mark.services
@pytest.mark.django_db
def test_water_in_another_unit_is_held_back(db):
    line = files.WATER.splitlines()[1]
    first = [line.replace("03-01", f"03-{day:02d}") for day in range(1, 15)]
    loaded("试验断面/2021-03/试验断面.csv", files.WATER_HEAD + "\n".join(first) + "\n")
    later = [line.replace("03-01", f"04-{day:02d}").replace(",0.05,", ",50,") for day in range(1, 15)]
    one = loaded("试验断面/2021-04/试验断面.csv", files.WATER_HEAD + "\n".join(later) + "\n")
    finding = one.findings.get()
    assert (finding.code, finding.column, finding.details["places"]) == ("level_jumps", "TP", "试验断面")
    kept = WaterValue.objects.filter(submission=one)
    assert not kept.filter(item="TP").exists()
    assert kept.filter(item="NH3-N").count() == 14


# ---- laws ------------------------------------------------------------------------------------------------------------

_CELLS = st.lists(st.integers(1, 900_000), min_size=24, max_size=24)


def measured(values: np.ndarray) -> Measured:
    return Measured(HOUR_ITEMS, np.zeros(len(values), dtype=np.int64), values)


@given(st.lists(_CELLS, min_size=6, max_size=6))
def test_what_is_as_the_days_before_is_never_doubted_for_it(columns):
    values = np.array(columns).T
    values[:, 1] = values[:, 0] + values[:, 1]  # the coarse hold the fine
    assert doubts(measured(values), measured(values)) == []
    assert doubts(measured(values), measured(values[:0])) == []


def series(chance: random.Random, most: int) -> list[tuple[int, int]]:
    """Values of up to seven places, low ones or high ones, some missing, some with spikes."""
    found = []
    for place in range(1, chance.randint(1, 8)):
        low, high = chance.choice([(1, 9), (1, 9), (900, 9000), (1, 9000), (10**5, 10**6)])
        count, spikes = chance.randint(0, most), chance.choice([[], [10**6]])
        found += [
            (place, chance.choice([-1, *[chance.randint(low, high) for _ in range(6)], *spikes])) for _ in range(count)
        ]
    chance.shuffle(found)
    return found


def naive_level(rows: list[tuple[int, int]], place: int) -> tuple[int, int, int]:
    """How many values, the lower median, and from the tenth to the ninetieth of a hundred."""
    values = sorted(value for at, value in rows if at == place and value >= 0)
    number = len(values)
    return (
        (number, values[(number - 1) // 2], values[-1 - number // 10] - values[number // 10]) if number else (0, 0, 0)
    )


def test_levels_and_spreads_jump_as_a_naive_count_says():
    chance = random.Random(4)
    seen = Counter[str]()
    for _ in range(1000):
        now, before = series(chance, chance.choice([2, 30])), series(chance, 8)
        known = {place: (*naive_level(now, place), *naive_level(before, place)) for place, _value in now}
        compared = {place: found for place, found in known.items() if found[0] and found[3] >= 3}

        def far(place: int, at: int, times: int, known: dict[int, tuple[int, ...]] = known) -> bool:
            one, other = known[place][at], known[place][at + 3]
            return one > 0 and other > 0 and (one > times * other or other > times * one)

        most = {place for place in compared if far(place, 1, 50)}
        levels = {place for place in compared if known[place][0] >= 12 and far(place, 1, 100)}
        levels |= most if len(compared) >= 5 and 2 * len(most) > len(compared) else set()
        spreads = {place for place in compared if known[place][0] >= 12 and far(place, 2, 300)} - levels
        expected = {code: found for code, found in (("level_jumps", levels), ("spread_jumps", spreads)) if found}
        tables = [np.array(rows, dtype=np.int64).reshape(-1, 2) for rows in (now, before)]
        found = doubts(*(Measured(("SO2",), table[:, 0], table[:, 1:]) for table in tables))
        assert {doubt.code: set(doubt.places) for doubt in found} == expected
        seen.update(expected.keys())
    assert min(seen["level_jumps"], seen["spread_jumps"]) > 20


@given(st.lists(_CELLS, min_size=6, max_size=6), st.integers(0, 5))
def test_a_thousandth_is_always_found(columns, item):
    before = np.array(columns).T
    before[:, 1] = before[:, 0] + before[:, 1]
    now = before.copy()
    now[:, item] = now[:, item] * 1000
    assert (HOUR_ITEMS[item]) in {found for doubt in doubts(measured(now), measured(before)) for found in doubt.items}


def test_submissions_that_are_whole_wait_for_nobody(db):
    Submission.objects.create(
        sha256="0" * 64, name="a", size=1, path="", via="upload", state="accepted",
        received_at="2021-03-01T00:00+08:00", held_back={},
    )  # fmt: skip
    assert not submissions_to_check().exists()
