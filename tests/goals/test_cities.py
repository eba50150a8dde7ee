"""A region's target by its cities."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from evaluation.progress import State
from goals.allocating import AllocationError, allocate, shares_of
from goals.models import Allocation, Target
from goals.steering import budget_frame, city_table, months_frame, steering
from goals.verdicts import Verdicts
from indicators.models import AirDay
from provinces.selectors import cities_of
from tests.goals.cast import judged, person, target, year_of_days

pytestmark = pytest.mark.django_db

GUANGZHOU, GUANGXI, HENGYANG = "440100", "450000", "430400"
NEW_YEAR, SEPTEMBER_30, YEAR_END = date(2021, 1, 1), date(2021, 9, 30), date(2021, 12, 31)


# ---- a region by its cities ------------------------------------------------------------------------------------------


@pytest.fixture
def guangxi() -> Target:
    """Guangxi's PM2.5 with two past years, this one to September."""
    for year, level in ((2019, 31), (2020, 28)):
        year_of_days(GUANGXI, year, level=level)
    year_of_days(GUANGXI, 2021, SEPTEMBER_30, level=27)
    return target("GX-06")


def test_the_cities_of_a_region_and_what_repeating_a_year_gives(guangxi):
    found = judged("GX-06", SEPTEMBER_30)
    room = Verdicts([guangxi], SEPTEMBER_30, date(2021, 10, 1))
    on = steering(found, room.subjects[guangxi.pk], room.room)
    table = city_table(on, room.room, guangxi)
    assert len(table.lines) == 14
    assert table.years == [2020, 2019]
    assert [line.cost for line in table.lines] == sorted((line.cost for line in table.lines), reverse=True)
    naive = 0
    for city in cities_of(guangxi.plan.region):
        now = list(AirDay.objects.filter(region=city, day__year=2021).values_list("pm25_fg", flat=True))
        rest = AirDay.objects.filter(region=city, day__gt=date(2020, 9, 30), day__year=2020)
        now += list(rest.values_list("pm25_fg", flat=True))
        naive += Decimal(sum(now)) / len(now) / 10**9 / 14
    assert table.whole[0] == round(naive, 1) or table.whole[0] == round(naive, 0)
    frame = budget_frame(room.room, on)
    assert list(frame.columns) == ["date", "this_year", "2020", "2019"]
    assert frame["this_year"].notna().sum() == 273  # nothing is drawn after the last day of data
    assert set(months_frame(room.room, on)["year"]) == {2019, 2020, 2021}


def test_the_months_of_all_years_are_the_means_of_the_cities_means(guangxi):
    """Day by day; a month of which a city has no day, and one that is not over, is not there."""
    cities = cities_of(guangxi.plan.region)
    AirDay.objects.filter(region=cities[3], day__year=2020, day__month=5).delete()
    AirDay.objects.filter(region=cities[0], day__year=2019, day__lt=date(2019, 2, 20)).delete()
    AirDay.objects.filter(region=cities[5], day=date(2021, 2, 10)).update(pm25_fg=None)
    AirDay.objects.filter(day__gt=date(2021, 9, 20)).delete()
    found, day = judged("GX-06", date(2021, 9, 20)), date(2021, 9, 20)
    room = Verdicts([guangxi], day, date(2021, 10, 1))
    frame = months_frame(room.room, steering(found, room.subjects[guangxi.pk], room.room))
    naive = {}
    for year, month in [(year, month) for year in (2019, 2020, 2021) for month in range(1, 13)]:
        means = []
        for city in cities:
            days = AirDay.objects.filter(region=city, day__year=year, day__month=month, pm25_fg__isnull=False)
            values = [row.pm25_fg / 10**9 for row in days]
            means.append(sum(values) / len(values) if values else None)
        if None not in means and (year, month) < (2021, 9):
            naive[year, month] = sum(means) / len(means)
    got = {(row.year, row.month): row.value for row in frame.itertuples()}
    assert set(got) == set(naive)
    assert got == pytest.approx(naive)
    assert frame["this_year"].tolist() == [year == 2021 for year in frame["year"]]


def test_a_target_is_broken_down_judged_and_held_against_its_parent(guangxi):
    room = Verdicts([guangxi], SEPTEMBER_30, date(2021, 10, 1))
    shares = shares_of(guangxi, room)
    assert len(shares.lines) == 14
    assert sum(line.proposed for line in shares.lines) / 14 <= 31
    values = {line.region.code: str(line.proposed) for line in shares.lines}
    user = person()
    with pytest.raises(AllocationError, match="文件"):
        allocate(guangxi, shares, values, " ", user)
    with pytest.raises(AllocationError, match="不是非负数"):
        allocate(guangxi, shares, values | {"450100": "很低"}, "桂环函", user)
    assert not Allocation.objects.exists()
    allocate(guangxi, shares, values | {"450100": "10"}, "桂环函", user)
    assert Allocation.objects.filter(proposed=True).count() == 13
    found = judged("GX-06", SEPTEMBER_30)
    table = city_table(steering(found, room.subjects[guangxi.pk], room.room), room.room, guangxi)
    strict = next(line for line in table.lines if line.region.code == "450100")
    assert strict.state == State.IMPOSSIBLE  # 273 days of 27 cannot end at 10
    assert table.allocation_fits is True
    allocate(guangxi, shares_of(guangxi, room), dict.fromkeys(values, "40"), "桂环函2", user)
    table = city_table(steering(found, room.subjects[guangxi.pk], room.room), room.room, guangxi)
    assert (table.allocated, table.allocation_fits) == (Decimal("40.0"), False)
    allocate(guangxi, shares_of(guangxi, room), {}, "撤回", user)
    assert not Allocation.objects.exists()
