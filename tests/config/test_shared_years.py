"""Years of city days that pages share are what each of them would have read for itself."""

from __future__ import annotations

from datetime import date
from random import Random

import numpy as np
import pytest
from django.utils import timezone

from evaluation.validity import CN
from goals.city_years import DUST_COLUMNS, counted, is_whole
from indicators.known_days import CityDays, city_days, city_years
from memory.tables import known_versions
from provinces.services import note_changed_evidence
from tests.goals.cast import revise, year_of_days

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("remembering")]
CITIES = ["430400", "440100"]
YEARS = range(2019, 2022)
AS_OF = (None, date(2018, 6, 30), date(2019, 12, 31), date(2020, 8, 1), date(2020, 8, 31), date(2021, 3, 1))


@pytest.fixture(autouse=True)
def _evidence() -> None:
    for city in CITIES:
        for year in YEARS:
            year_of_days(city, year, date(2021, 9, 30) if year == 2021 else None, level=30 + year - 2019)
    revise(date(2020, 7, 4), 61, 12, on=date(2020, 8, 15))
    note_changed_evidence(CITIES, timezone.now())


def as_lists(days: CityDays) -> list[object]:
    """All that is known of some days."""
    columns = (days.aqi, days.primary, days.hours_valid, days.hours_possible, days.simulated, days.excluded)
    return [days.first, *(column.tolist() for column in (*columns, *days.figures.values()))]


def test_a_shared_year_is_the_part_of_all_days_that_lies_in_it():
    choice = Random(2)
    with known_versions({}):
        for _ in range(24):
            as_of = choice.choice(AS_OF)
            cities = choice.sample(CITIES, choice.randint(1, 2))
            found = city_years(cities, YEARS, as_of, CN)
            whole = city_days(cities, date(2019, 1, 1), date(2021, 12, 31), as_of)
            for city in cities:
                for year, days in found[city].items():
                    alone = whole[city].year(year)
                    assert days.length == alone.length
                    assert as_lists(days)[days.length == 0 :] == as_lists(alone)[alone.length == 0 :]
                    counted(days, "pm25")  # what pages ask of them, which is kept with them
                    is_whole(days, "pm25")
                    days.without({date(year, 2, 3)}, DUST_COLUMNS)


def test_only_years_that_were_over_and_not_revised_since_are_shared():
    with known_versions({}):
        now, before, then = (city_years(CITIES, YEARS, as_of, CN) for as_of in (None, *AS_OF[4:2:-1]))
    old, revised = CITIES
    assert now[old][2019] is before[old][2019] is then[old][2019]
    assert before[old][2020] is not now[old][2020]  # that day lies within it
    assert then[revised][2019] is not now[revised][2019]  # something was revised since
    july = (date(2020, 7, 4) - date(2020, 1, 1)).days
    at = [days[revised][2020].figures["pm25"][july] // 10**9 for days in (now, before, then)]
    assert at == [12, 12, 61]


def test_a_changed_day_of_a_city_is_read_anew():
    with known_versions({}):
        first = city_years(CITIES, YEARS, None, CN)
    note_changed_evidence([CITIES[0]], timezone.now())
    with known_versions({"provinces_evidencechange": "2"}):
        second = city_years(CITIES, YEARS, None, CN)
    assert first[CITIES[0]][2019] is not second[CITIES[0]][2019]
    assert first[CITIES[1]][2019] is second[CITIES[1]][2019]


def test_what_is_taken_out_of_a_shared_year_stays_in_it():
    with known_versions({}):
        year = city_years(CITIES, YEARS, None, CN)[CITIES[0]][2019]
    before = as_lists(year)
    without = [
        year.without(days, DUST_COLUMNS) for days in ({date(2019, 2, 3)}, {date(2019, 2, 4)}, {date(2020, 2, 3)})
    ]
    assert as_lists(year) == before
    assert [np.flatnonzero(one.excluded).tolist() for one in without] == [[33], [34], []]
    assert without[2] is year
    assert year.without({date(2019, 2, 3)}, DUST_COLUMNS) is without[0]
