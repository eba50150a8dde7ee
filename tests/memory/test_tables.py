"""What was read is remembered while its tables are as they were, and no longer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest
from django.db import transaction

from memory.tables import MEMORIES, known_versions, remembered, remembered_each
from provinces.models import Region, Site


class Counted:
    """A function that reads regions and sites, and how often it read."""

    def __init__(self, **wanted: object) -> None:
        self.read: list[str] = []

        @remembered(Region, Site, **wanted)
        def answer(name: str) -> str:
            self.read.append(name)
            return f"{name} {len(self.read)}"

        self.answer = answer


@pytest.fixture
def counted() -> Iterator[type[Counted]]:
    """Makes such functions, which are gone after the test."""
    before = len(MEMORIES)
    yield Counted
    del MEMORIES[before:]


AT_FIRST = {"provinces_region": "1", "provinces_site": "1", "goals_target": "1"}


@pytest.mark.django_db(transaction=True)
def test_while_its_tables_stay_as_they_are_it_reads_once(counted):
    one = counted()
    for versions in (AT_FIRST, AT_FIRST | {"goals_target": "2"}):
        with known_versions(versions):
            assert (one.answer("桂"), one.answer("豫")) == ("桂 1", "豫 2")
    assert one.read == ["桂", "豫"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["provinces_region", "provinces_site"])
def test_after_a_change_of_any_of_them_it_reads_anew(counted, table):
    one = counted()
    with known_versions(AT_FIRST):
        one.answer("桂")
    with known_versions(AT_FIRST | {table: "2"}):
        assert one.answer("桂") == "桂 2"
        assert one.answer("桂") == "桂 2"
    with known_versions({name: "1" for name in AT_FIRST if name != table}):
        assert one.answer("桂") == "桂 3"  # a table without a version never changed


@pytest.mark.django_db(transaction=True)
def test_where_no_versions_are_known_it_always_reads(counted):
    one = counted()
    with known_versions(AT_FIRST):
        one.answer("桂")
        with known_versions():
            assert one.answer("桂") == "桂 2"
        assert one.answer("桂") == "桂 1"
    assert one.answer("桂") == "桂 3"


@pytest.mark.django_db(transaction=True)
def test_within_an_open_transaction_it_always_reads(counted):
    """What it would read there may be rolled back."""
    one = counted()
    with known_versions(AT_FIRST):
        with transaction.atomic():
            one.answer("桂")
        assert one.answer("桂") == "桂 2"


@pytest.mark.django_db(transaction=True)
def test_what_was_asked_for_longest_ago_goes_first(counted):
    one = counted(most=2)
    with known_versions(AT_FIRST):
        for name in ("桂", "豫", "桂", "粤", "桂", "豫"):
            one.answer(name)
    assert one.read == ["桂", "豫", "粤", "豫"]


@pytest.mark.django_db(transaction=True)
def test_what_is_too_large_is_not_remembered(counted):
    one = counted(only_if=lambda given: given.startswith("桂"))
    with known_versions(AT_FIRST):
        for name in ("桂", "豫", "桂", "豫"):
            one.answer(name)
    assert one.read == ["桂", "豫", "豫"]


@pytest.mark.django_db(transaction=True)
def test_another_database_has_its_own(counted, settings):
    one = counted()
    from django.db import connection

    with known_versions(AT_FIRST):
        one.answer("桂")
        name = connection.settings_dict["NAME"]
        try:
            connection.settings_dict["NAME"] = "elsewhere"
            assert one.answer("桂") == "桂 2"
        finally:
            connection.settings_dict["NAME"] = name


@pytest.mark.django_db(transaction=True)
def test_arguments_by_name_are_told_apart(counted):
    one = counted()
    with known_versions(AT_FIRST):
        assert [one.answer(name="桂"), one.answer(name="豫"), one.answer(name="桂")] == ["桂 1", "豫 2", "桂 1"]


class CountedEach:
    """A function that reads regions for each of some names, and what it was asked for each time."""

    def __init__(self, **wanted: object) -> None:
        self.read: list[tuple[str, ...]] = []

        @remembered_each(Region, **wanted)
        def answers(names: Sequence[str], year: int = 2021) -> dict[str, str]:
            self.read.append(tuple(names))
            return {name: f"{name} {year} {len(self.read)}" for name in (*names, "not asked for")}

        self.answers = answers


@pytest.mark.django_db(transaction=True)
def test_for_each_of_many_only_what_is_lacking_is_read_together(counted):
    one = CountedEach()
    with known_versions(AT_FIRST):
        assert one.answers(["桂"]) == {"桂": "桂 2021 1"}
        asked = ["豫", "桂", "粤", "豫"]
        assert one.answers(asked) == {"豫": "豫 2021 2", "桂": "桂 2021 1", "粤": "粤 2021 2"}
        assert list(one.answers(asked)) == ["豫", "桂", "粤"]  # in the order asked for
        assert one.answers(["桂"], 2020) == {"桂": "桂 2020 3"}  # other arguments are told apart
        assert one.answers([]) == {}
    assert one.read == [("桂",), ("豫", "粤"), ("桂",)]


@pytest.mark.django_db(transaction=True)
def test_for_each_of_many_a_change_makes_it_read_anew(counted):
    one = CountedEach()
    with known_versions(AT_FIRST):
        one.answers(["桂", "豫"])
    with known_versions(AT_FIRST | {"provinces_region": "2"}):
        assert one.answers(["桂"]) == {"桂": "桂 2021 2"}
        assert one.answers(["豫", "桂"]) == {"豫": "豫 2021 3", "桂": "桂 2021 2"}


@pytest.mark.django_db(transaction=True)
def test_for_each_of_many_nothing_is_remembered_where_it_may_not_be(counted):
    one = CountedEach()
    with known_versions(AT_FIRST):
        with transaction.atomic():
            one.answers(["桂"])
        assert one.answers(["桂"]) == {"桂": "桂 2021 2"}
    assert one.answers(["桂"]) == {"桂": "桂 2021 3"}


@pytest.mark.django_db(transaction=True)
def test_for_each_of_many_the_oldest_goes_first_and_what_is_too_large_is_not_kept(counted):
    one = CountedEach(most=2, only_if=lambda given: not given.startswith("豫"))
    with known_versions(AT_FIRST):
        for names in (["桂", "豫"], ["豫", "粤"], ["桂"], ["湘"], ["粤"], ["桂"]):
            one.answers(names)
    assert one.read == [("桂", "豫"), ("豫", "粤"), ("湘",), ("粤",), ("桂",)]


@pytest.mark.django_db(transaction=True)
def test_for_each_of_many_what_can_be_renewed_is_not_read_anew(counted):
    asked: list[dict[str, str]] = []

    def renew(known: Mapping[str, str]) -> dict[str, str]:
        asked.append(dict(known))
        return {name: f"{what} and more" for name, what in known.items() if name != "豫"}

    one = CountedEach(renew=renew)
    with known_versions(AT_FIRST):
        one.answers(["桂", "豫"])
        one.answers(["桂", "豫"])
    assert asked == []  # nothing has changed
    with known_versions(AT_FIRST | {"provinces_region": "2"}):
        for _ in range(2):
            assert one.answers(["粤", "豫", "桂"]) == {"粤": "粤 2021 2", "豫": "豫 2021 2", "桂": "桂 2021 1 and more"}
    assert asked == [{"桂": "桂 2021 1", "豫": "豫 2021 1"}]  # not of what was never read
    with known_versions(AT_FIRST):
        assert one.answers(["桂"], 2020) == {"桂": "桂 2020 3"}  # other arguments are told apart
        with transaction.atomic():
            one.answers(["桂"])
    assert len(asked) == 1
    assert one.read == [("桂", "豫"), ("粤", "豫"), ("桂",), ("桂",)]
