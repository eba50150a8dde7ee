"""Rows read as columns of integers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.utils import timezone

from goals.models import Assessment
from indicators.bulk import EPOCH, Wanted, select_columns, select_lists
from tests.goals.cast import target

pytestmark = [pytest.mark.django_db, pytest.mark.services]

DAY, WORDS = date(2021, 9, 30), ("evidence", 'it\'s "so"', "断面")


def stored(as_of: date | None, facts: dict[str, object]) -> int:
    row = Assessment.objects.create(
        target=target("GZ-01"), as_of=as_of, state="open", facts=facts, reason="first", rule_version=1,
        assessed_at=timezone.now(),
    )  # fmt: skip
    return row.pk


def test_a_text_is_read_as_its_place_also_where_it_stands_in_json():
    facts = [*({"lack": word} for word in (*WORDS, "another", None)), {}, {"within": {"lack": "evidence"}}]
    keys = [stored(DAY, one) for one in facts]
    wanted = (Wanted("id", "number"), Wanted("facts", "text", WORDS, key="lack"), Wanted("state", "text", ("open",)))
    rows = select_columns(Assessment, wanted, "as_of = %s", [DAY])
    assert sorted(rows.tolist()) == [[key, at, 0] for key, at in zip(keys, [0, 1, 2, -1, -1, -1, -1], strict=True)]
    assert rows.dtype == np.int64


def test_of_no_rows_the_columns_are_empty():
    assert select_columns(Assessment, (Wanted("id", "number"), Wanted("as_of", "date")), "1 = 0", []).shape == (0, 2)


def test_a_number_that_is_not_there_is_minus_one_and_a_date_is_counted_in_days():
    stored(DAY, {})
    rows = select_columns(Assessment, (Wanted("figure_id", "number"), Wanted("as_of", "date")), "1 = 1", [])
    assert rows.tolist() == [[-1, DAY.toordinal() - EPOCH]]


@pytest.mark.parametrize("part", [0, 1, 50, 123_456, 999_999])
def test_an_instant_is_read_to_the_microsecond(part):
    when = datetime(2021, 9, 30, 23, 59, 59, part, tzinfo=UTC)
    Assessment.objects.filter(pk=stored(DAY, {})).update(assessed_at=when)
    found = select_columns(Assessment, [Wanted("assessed_at", "instant")], "1 = 1", [])
    assert found.tolist() == [[(when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)]]


@pytest.mark.parametrize("known", [0, 1, 2])
def test_a_date_that_is_not_there_is_refused_not_left_out(known):
    for _ in range(known):
        stored(DAY, {})
    stored(None, {})
    for wanted in ((Wanted("id", "number"), Wanted("as_of", "date")), (Wanted("as_of", "date"),)):
        with pytest.raises((ValueError, TypeError)):
            select_columns(Assessment, wanted, "1 = 1", [])


def test_rows_come_as_lists_of_those_whose_keys_are_equal():
    words = ("open", "likely")
    expected: dict[tuple[int, int], list[int]] = {}
    for day, state in ((1, "open"), (1, "open"), (1, "likely"), (2, "open"), (3, "missed")):
        one = Assessment.objects.create(
            target=target("GX-08"), as_of=date(2021, 1, day), assessed_at=timezone.now(), state=state, rule_version=1
        )
        expected.setdefault((day - 1, words.index(state) if state in words else -1), []).append(one.pk)
    keys = (Wanted("as_of", "date"), Wanted("state", "text", words))
    found = select_lists(Assessment, keys, ("id", "target_id"), "as_of < %s", [date(2021, 1, 4)])
    first = (date(2021, 1, 1) - date(1970, 1, 1)).days
    assert {(day - first, state): sorted(ids.tolist()) for day, state, ids, _targets in found} == expected
    assert {target for *_keys, targets in found for target in targets.tolist()} == {target("GX-08").pk}
    assert select_lists(Assessment, keys, ("id",), "as_of > %s", [date(2021, 1, 4)]) == []
