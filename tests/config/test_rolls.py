"""What a process has read of the targets of a year is brought up to date as they are written, whoever writes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.translation import override

from config.data_version import let_columns_change, table_versions, watch_tables
from goals import rolls
from goals.dashboard import search
from goals.models import Plan, Target
from goals.rolls import roll_of_year, rolls_of_years
from goals.selectors import approved_targets
from indicators.models import Indicator
from memory.tables import known_versions
from tests.goals.cast import target

pytestmark = [pytest.mark.django_db, pytest.mark.services, pytest.mark.usefixtures("remembering")]
YEAR = 2021
_LONG_AGO = timedelta(days=1)


@pytest.fixture(autouse=True)
def written_long_ago() -> None:
    Target.objects.update(updated_at=timezone.now() - _LONG_AGO)


def said(*, remembered: bool, year: int = YEAR) -> list[tuple[object, ...]]:
    """The rows of a year's roll."""
    with known_versions(table_versions() if remembered else None):
        roll = roll_of_year(year)
        columns = (
            roll.keys,
            roll.plan_keys,
            roll.indicators,
            roll.domains,
            roll.aspirational,
            roll.updated,
            roll.names,
        )
        assert list(roll.plans) == list(dict.fromkeys(roll.plan_keys.tolist()))
        return [(*row[:-1], *row[-1]) for row in zip(*(column.tolist() for column in columns), strict=True)]


def naively(year: int = YEAR) -> list[tuple[object, ...]]:
    """The same by the targets themselves, one after the other."""
    beginning, microsecond = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
    return [
        (
            one.pk, one.plan_id, one.indicator_id, one.domain, one.aspirational,
            (one.updated_at - beginning) // microsecond, one.register_id, one.indicator_zh,
        )
        for one in approved_targets(year=year)
    ]  # fmt: skip


def test_after_any_change_the_roll_is_what_is_stored():
    """Targets that come, go, change and move, one or several at a time, also of another year, against reading anew."""
    choice, other_year = Random(3), Plan.objects.create(region_id="450000", year=2020, title="另一年")

    def some(count: int = 1) -> list[Target]:
        return choice.sample(list(Target.objects.filter(children=None)), count)

    def come() -> None:
        like = some()[0]
        like.pk, like.register_id, like.order = None, f"NEW-{choice.random()}", choice.randint(0, 40)
        like.status = choice.choice(("approved", "approved", "draft"))
        like.save()

    def move() -> None:
        Target.objects.filter(pk=some()[0].pk).update(plan=choice.choice([*Plan.objects.all(), other_year]))

    def follow() -> None:
        one = some()[0]
        before = Target.objects.filter(plan=one.plan_id, parent=None).exclude(pk=one.pk).first()
        Target.objects.filter(pk=one.pk).update(parent=before)

    changes: list[Callable[[], object]] = [
        come,
        move,
        follow,
        lambda: [one.save() for one in some()],
        lambda: [one.delete() for one in some()],
        lambda: Target.objects.filter(pk__in=[one.pk for one in some(3)]).update(domain="soil"),
        lambda: Target.objects.filter(pk__in=[one.pk for one in some(2)]).update(
            status=choice.choice(Target.Status.values)
        ),
        lambda: Target.objects.filter(pk=some()[0].pk).update(order=choice.randint(0, 40)),
        lambda: Target.objects.filter(pk=some()[0].pk).update(text_sha256="0" * 64),
        lambda: Plan.objects.filter(region_id="450000", year=YEAR).update(title=str(choice.random())),
    ]
    for turn in range(80):
        for change in choice.choices(changes, k=choice.randint(1, 2)):
            change()
        found = said(remembered=True)
        assert found == said(remembered=False), turn
        assert found == naively(), turn
        assert said(remembered=True, year=2020) == naively(2020), turn


@pytest.fixture
def read_anew(monkeypatch) -> list[int]:
    """The years that are read as if nothing were remembered."""
    asked: list[int] = []
    plain = rolls._rolls_of.read
    monkeypatch.setattr(rolls._rolls_of, "read", lambda years: [asked.extend(years), plain(years)][1])
    return asked


def test_of_a_year_only_the_plan_is_read_of_which_a_target_was_written(read_anew, django_assert_max_num_queries):
    said(remembered=True)
    assert read_anew == [YEAR]
    target("GX-08").save()
    Target.objects.filter(register_id="DL-01").update(domain="soil")
    Target.objects.filter(register_id="HY-02").update(status="retired")
    with django_assert_max_num_queries(2):  # the versions, the targets
        said(remembered=True)
    assert read_anew == [YEAR]


@pytest.mark.parametrize(
    "change",
    [
        lambda: Target.objects.filter(register_id="GX-08").delete(),
        lambda: Plan.objects.filter(region_id="450000").update(region_id="460000"),
        lambda: Plan.objects.filter(region_id="450000").update(year=2022),
    ],
)
def test_where_a_target_is_gone_or_a_plan_is_elsewhere_the_year_is_read_anew(read_anew, change):
    said(remembered=True)
    change()
    assert said(remembered=True) == naively()
    assert read_anew == [YEAR, YEAR]


def test_of_a_year_without_a_plan_nothing_is_listed_before_and_after():
    for _ in range(2):
        assert said(remembered=True, year=2019) == []
        target("GX-08").save()
    Plan.objects.create(region_id="450000", year=2019, title="从前")
    Target.objects.filter(register_id="GX-08").update(plan=Plan.objects.get(year=2019))
    assert said(remembered=True, year=2019) == naively(2019) != []


def test_a_plan_that_was_written_is_shown_as_it_is_and_its_targets_are_not_read_anew(read_anew):
    said(remembered=True)
    Plan.objects.filter(region_id="450000").update(title="改了")
    said(remembered=True)
    with known_versions(table_versions()):
        assert [plan.title for plan in roll_of_year(YEAR).plans.values() if plan.region_id == "450000"] == ["改了"]
    assert read_anew == [YEAR]


def test_where_no_target_was_written_there_are_the_very_columns_of_before():
    def both() -> list[rolls.Roll]:
        with known_versions(table_versions()):
            return list(rolls_of_years([YEAR, 2020]).values())

    other = Plan.objects.create(region_id="450000", year=2020, title="另一年")
    Target.objects.filter(register_id="GX-10").update(plan=other, updated_at=timezone.now() - _LONG_AGO)
    before = both()
    Target.objects.filter(register_id="GX-08").update(domain="soil")
    now = both()
    assert now[0].names is not before[0].names
    assert now[1].names is before[1].names


def test_a_search_finds_what_was_written_and_looks_through_no_other_year(monkeypatch):
    def found(words: str) -> list[str]:
        with known_versions(table_versions()):
            return [hit.label for hits in search.search(words) if hits.kind == "targets" for hit in hits.hits]

    looked: list[int] = []
    plain = search._of_years.read
    monkeypatch.setattr(search._of_years, "read", lambda years: [looked.extend(years), plain(years)][1])
    other = Plan.objects.create(region_id="450000", year=2020, title="另一年")
    Target.objects.filter(register_id="GX-10").update(plan=other, updated_at=timezone.now() - _LONG_AGO)
    assert found("新写的名") == []
    Plan.objects.filter(year=YEAR).update(title="改了")
    assert found("新写的名") == []
    assert looked == [YEAR, 2020]
    Target.objects.filter(register_id="GX-08").update(indicator_zh="新写的名字")
    assert found("新写的名") == ["广西 新写的名字"]
    Indicator.objects.filter(code=target("GX-10").indicator_id).update(name_en="Newly named")
    with override("en"):
        assert "Guangxi Newly named" in found("newly")


# ---- when a target was written ---------------------------------------------------------------------------------------


def test_who_changes_a_target_and_does_not_say_when_is_helped_to_it():
    before = target("GX-08").updated_at
    Target.objects.filter(register_id="GX-08").update(domain="soil")
    assert timezone.now() - timedelta(seconds=20) < target("GX-08").updated_at < timezone.now() + timedelta(seconds=2)
    assert target("GX-10").updated_at == before
    with connection.cursor() as cursor:
        cursor.execute("UPDATE goals_target SET status = 'draft' WHERE register_id = 'GX-10'")
    assert target("GX-10").updated_at > before + _LONG_AGO / 2


def test_who_says_when_is_believed_and_the_text_of_a_quote_is_no_change():
    said_then = timezone.now() - timedelta(hours=3)
    Target.objects.filter(register_id="GX-08").update(domain="soil", updated_at=said_then)
    assert target("GX-08").updated_at == said_then
    Target.objects.filter(register_id="GX-08").update(text_sha256="0" * 64)
    assert target("GX-08").updated_at == said_then


def test_a_migration_may_drop_a_column_of_a_target():
    let_columns_change(None, "default")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE goals_target DROP COLUMN notes")
    watch_tables(None, "default")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE goals_target SET status = 'draft' WHERE register_id = 'GX-10'")
        cursor.execute("SELECT count(*) FROM goals_target WHERE updated_at > %s", [timezone.now() - _LONG_AGO / 2])
        assert cursor.fetchone() == (1,)


def test_a_target_committed_long_after_it_says_is_seen(read_anew):
    said(remembered=True)
    for late in ("GX-08", "DL-01"):  # by a roll that was read, by one that was brought up to date
        Target.objects.filter(register_id=late).update(
            domain="climate", updated_at=timezone.now() - timedelta(seconds=400)
        )
        found = said(remembered=True)
        assert found == naively()
        assert [row[3] for row in found if row[6] == late] == ["climate"]
    assert read_anew == [YEAR]
