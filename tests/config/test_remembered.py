"""What the pages remember of the tables is never stale: every reader names all tables that it reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.data_version import watched_tables
from evaluation.calendar import SHANGHAI
from goals.assessing import assess_targets
from goals.models import SiteSetting, TargetNote
from goals.selectors import approved_targets
from indicators.models import Submission, WaterValue
from memory.tables import MEMORIES
from provinces.models import Site
from tests.config.test_pages_ahead import ADDRESSES
from tests.goals.cast import figure, judge, target, year_of_days

pytestmark = pytest.mark.django_db
DAY = date(2021, 9, 30)


@pytest.fixture
def addresses(stations) -> list[str]:
    """An address of every kept page, and evidence of all kinds behind them."""
    SiteSetting.objects.create(pk=1, shown_date=DAY)
    year_of_days("450000", 2020, level=32)
    year_of_days("450000", 2021, DAY, level=30)
    judge("GX-25", "impossible", date(2021, 9, 1))
    section = Site.objects.create(
        kind=Site.Kind.WATER_SECTION, region_id="450100", name="某断面", code="W1", assessed=True, waterbody="river"
    )
    WaterValue.objects.create(
        site=section, ts=datetime(2021, 3, 1, 4, tzinfo=SHANGHAI), item="NH3-N", micro=500_000,
        submission=Submission.objects.first(),
    )  # fmt: skip
    assess_targets(approved_targets("450000", 2021), DAY)
    figure("GX-18", "3.1", date(2021, 1, 1), date(2021, 6, 30), date(2021, 8, 1))
    writer = User.objects.create_user("writer")
    TargetNote.objects.create(target=target("GX-08"), text="x", written_by=writer, written_at=datetime.now(SHANGHAI))
    known = [path.format(site=stations[0].pk, submission=Submission.objects.first().pk) for path in ADDRESSES.values()]
    more = (
        "/targets/GX-08/",
        "/targets/GX-01/",
        "/targets/GX-18/",
        "/targets/GX-10/?as_of=2021-03-01",
        "/indicators/nox_emissions/",
    )
    more = (*more, "/search/?q=gx", "/?as_of=now")
    return [*known, *more]


#: Not watched: names of people, where a page may show an old one for a while; and what only a migration changes, or
#: nothing that is remembered rests on (the name of a group).
NOT_WATCHED = {"auth_user", "auth_permission", "django_content_type", "auth_group"}


def tables_read(queries: CaptureQueriesContext) -> set[str]:
    """The tables that some queries read; a history moves with what it is the history of."""
    found = {name for one in queries for name in re.findall(r'(?:FROM|JOIN) "?(\w+)"?', one["sql"])}
    return {name.replace("_historical", "_") for name in found} - NOT_WATCHED


@pytest.mark.services
def test_every_reader_names_all_tables_that_it_reads(client_of, addresses, remembering, monkeypatch):
    client = client_of("guanli")
    client.get("/")  # the pages are at hand now, and their readers
    read: dict[str, set[str]] = {}

    def forget() -> None:
        for memory in MEMORIES:
            memory.forget()

    def watched(name: str, plain: Callable[..., object]) -> Callable[..., object]:
        def reading(*args: object, **kwargs: object) -> object:
            forget()  # what a reader asks of another one is read, too
            with CaptureQueriesContext(connection) as queries:
                given = plain(*args, **kwargs)
            read.setdefault(name, set()).update(tables_read(queries))
            return given

        return reading

    for memory in MEMORIES:
        monkeypatch.setattr(memory, "read", watched(f"{memory.__module__}.{memory.__qualname__}", memory.read))
    for path in addresses:
        forget()
        assert client.get(path).status_code == 200, path
    named = {f"{memory.__module__}.{memory.__qualname__}": set(memory.tables) for memory in MEMORIES}
    unnamed = [f"{name}: {sorted(found - named[name])}" for name, found in read.items()]
    assert [one for one in unnamed if not one.endswith("[]")] == []
    assert sorted(set(named) - set(read)) == []  # each of them was asked


def test_the_tables_that_readers_name_are_watched():
    watched = set(watched_tables())
    assert {table for memory in MEMORIES for table in memory.tables} <= watched
