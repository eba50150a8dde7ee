"""The monthly means of sections, against a naive second implementation and at the ends of months and years."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from django.utils import timezone

from evaluation.calendar import SHANGHAI, end_of_day
from evaluation.water import item_mean
from indicators.models import Revision, Submission, WaterValue
from indicators.water_months import MONTHLY_SHEET, section_months
from provinces.models import Site

ITEMS = ("pH", "DO", "NH3-N", "TP")


def moment(year: int, month: int, day: int, hour: int = 4) -> datetime:
    return datetime(year, month, day, hour, tzinfo=SHANGHAI)


def file(name: str, **more: object) -> Submission:
    return Submission.objects.create(sha256=f"{name:0>64}", name=name, size=1, received_at=timezone.now(), **more)


@pytest.fixture
def sections(db) -> list[Site]:
    return [
        Site.objects.create(kind="water_section", code=f"S{n}", name=f"断面{n}", region_id="430400", assessed=True)
        for n in range(3)
    ]


def read(site: Site, ts: datetime, item: str, micro: int, submission: Submission) -> WaterValue:
    return WaterValue.objects.create(site=site, ts=ts, item=item, micro=micro, submission=submission)


def revised(site: Site, ts: datetime, item: str, old: Decimal, recorded_at: datetime, submission: Submission) -> None:
    Revision.objects.create(
        table="water_value", region_id="430400", site=site, period_end=ts, item=item, old_value=old,
        new_value=Decimal(0), new_submission=submission, recorded_at=recorded_at,
    )  # fmt: skip


def naive(sites: Sequence[Site], year: int, as_of: date | None) -> list[tuple[dict[tuple[int, str], Fraction], bool]]:
    """Reading by reading."""
    found = []
    for site in sites:
        readings, of_a_sheet = {}, set()
        for value in WaterValue.objects.filter(site=site).select_related("submission"):
            readings[value.ts, value.item] = Fraction(value.micro, 10**6)
            if value.submission.reader == MONTHLY_SHEET:
                of_a_sheet.add((value.ts, value.item))
        if as_of is not None:
            later = Revision.objects.filter(site=site, recorded_at__gt=end_of_day(as_of))
            for one in later.order_by("-recorded_at"):
                readings[one.period_end, one.item] = Fraction(one.old_value or 0)
        months: dict[tuple[int, str], dict[bool, list[Fraction]]] = defaultdict(lambda: defaultdict(list))
        for (ts, item), value in readings.items():
            local = ts.astimezone(SHANGHAI)
            if local.year == year and (as_of is None or local.date() <= as_of):
                months[local.month, item][(ts, item) in of_a_sheet].append(value)
        means = {key: item_mean(key[1], kinds.get(True) or kinds[False]) for key, kinds in months.items()}
        until = end_of_day(min(date(year, 12, 31), as_of or date(year, 12, 31)))
        simulated = WaterValue.objects.filter(
            site=site, submission__simulated=True, ts__gte=moment(year, 1, 1, 0), ts__lt=until
        ).exists()
        found.append((means, simulated))
    return found


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("as_of", [None, date(2021, 5, 31), date(2021, 12, 31), date(2020, 6, 30)])
def test_they_are_what_reading_by_reading_gives(sections, seed, as_of):
    random = Random(seed)
    files = [file("1"), file("2", reader=MONTHLY_SHEET), file("3", simulated=True)]
    seen = set()
    for _n in range(120):
        day = date(2020, 10, 1) + timedelta(days=random.randrange(460))
        site = random.choice(sections)
        key = (site.pk, moment(day.year, day.month, day.day, random.choice((0, 4, 8, 20))), random.choice(ITEMS))
        if key not in seen:
            seen.add(key)
            read(site, key[1], key[2], random.randrange(10**7), random.choice(files[:2] if site.pk % 2 else files))
    for pk, ts, item in sorted(seen)[::5]:
        for days in (10, 200):
            old = Decimal(random.randrange(1, 10**4)) / 1000
            revised(Site.objects.get(pk=pk), ts, item, old, ts + timedelta(days=days), files[0])
    got = section_months(sections, 2021, as_of)
    assert [(dict(one.months), one.simulated) for one in got] == naive(sections, 2021, as_of)
    assert [one.site for one in got] == sections


def test_a_reading_of_hour_0_belongs_to_the_day_and_month_that_it_opens(sections):
    one, other = sections[0], file("1")
    read(one, moment(2021, 9, 30, 20), "TP", 100_000, other)
    read(one, moment(2021, 10, 1, 0), "TP", 300_000, other)
    read(one, moment(2022, 1, 1, 0), "TP", 900_000, other)
    (september,) = section_months([one], 2021, date(2021, 9, 30))
    assert september.months == {(9, "TP"): Fraction(1, 10)}
    (year,) = section_months([one], 2021)
    assert year.months == {(9, "TP"): Fraction(1, 10), (10, "TP"): Fraction(3, 10)}
    (next_year,) = section_months([one], 2022)
    assert next_year.months == {(1, "TP"): Fraction(9, 10)}


def test_a_revision_of_another_year_says_nothing_of_this_one(sections):
    one, other = sections[0], file("1")
    read(one, moment(2021, 3, 10), "TP", 100_000, other)
    read(one, moment(2020, 3, 10), "TP", 200_000, other)
    revised(one, moment(2020, 3, 10), "TP", Decimal("0.9"), moment(2021, 6, 1), other)
    (months,) = section_months([one], 2021, date(2021, 5, 31))
    assert months.months == {(3, "TP"): Fraction(1, 10)}
    (before,) = section_months([one], 2020, date(2021, 5, 31))
    assert before.months == {(3, "TP"): Fraction(9, 10)}


def test_a_reading_that_was_withdrawn_later_is_there_as_of_an_earlier_day(sections):
    revised(sections[0], moment(2021, 3, 10), "TP", Decimal("0.25"), moment(2021, 6, 1), file("1"))
    assert section_months(sections[:1], 2021, date(2021, 5, 31))[0].months == {(3, "TP"): Fraction(1, 4)}
    assert section_months(sections[:1], 2021, date(2021, 6, 1))[0].months == {}


def test_an_earlier_year_is_known_as_on_the_day_that_is_asked_for_and_only_as_far_as_wanted(sections):
    one, other = sections[0], file("1")
    for month, micro in ((3, 100_000), (9, 300_000)):
        read(one, moment(2020, month, 10), "TP", micro, other)
    revised(one, moment(2020, 3, 10), "TP", Decimal("0.7"), moment(2020, 11, 1), other)
    revised(one, moment(2020, 9, 10), "TP", Decimal("0.8"), moment(2021, 6, 1), other)
    then, now = date(2021, 5, 31), date(2021, 6, 30)
    until = date(2020, 5, 31)
    assert section_months([one], 2020, then)[0].months == {(3, "TP"): Fraction(1, 10), (9, "TP"): Fraction(8, 10)}
    assert section_months([one], 2020, now)[0].months == {(3, "TP"): Fraction(1, 10), (9, "TP"): Fraction(3, 10)}
    assert section_months([one], 2020, then, until)[0].months == {(3, "TP"): Fraction(1, 10)}
    assert section_months([one], 2020, None, until)[0].months == {(3, "TP"): Fraction(1, 10)}


def test_no_sections_no_months(db):
    assert section_months([], 2021) == []
