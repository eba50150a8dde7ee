"""The five plans of 2021 against the golden register; the texts lie beside the checkout only."""

from __future__ import annotations

import csv

import pytest

from goals.plan_reader import Reading
from tests.goals.plan_reader import score


@pytest.fixture(scope="module")
def plans(shared) -> dict[str, Reading]:
    return score.readings()


def test_every_target_with_a_number_is_read_exactly(plans):
    found = score.with_number(score.targets_read(plans))
    assert sorted(found) == sorted(score.with_number(score.targets_wanted()))


def test_all_98_targets_are_read_with_their_kind(plans):
    one = score.score(score.targets_read(plans), score.targets_wanted())
    assert one.right + one.missed == 98
    assert one.f1 >= 0.95


def test_all_175_numbered_tasks_stand_at_their_place(plans):
    wanted = score.tasks_wanted()
    assert len(wanted) == 175
    assert sorted(score.tasks_read(plans)) == sorted(wanted)


def test_commitments_and_context_numbers_are_told_apart(plans):
    promised = score.score(score.quantities_read(plans, True), score.quantities_wanted(True))
    context = score.score(score.quantities_read(plans, False), score.quantities_wanted(False))
    assert (promised.right + promised.missed, context.right + context.missed) == (15, 17)
    assert promised.f1 >= 0.95
    assert context.missed == 0


def test_the_passages_that_state_targets_are_the_registers(plans, shared):
    with (shared / "golden" / "sections.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            start, end = plans[row["region"]].target_passages[0]
            assert int(row["section_start"]) <= start <= int(row["section_start"]) + 8
            assert int(row["section_end"]) - 8 <= end <= int(row["section_end"])
            assert len(plans[row["region"]].target_passages) == 1


def test_quotes_are_the_words_at_their_place(plans, shared):
    for region, (code, _names) in score.REGIONS.items():
        (path,) = (shared / "plans").glob(f"{code}_*.txt")
        text = path.read_bytes().decode("utf-8")
        for draft in (*plans[region].targets, *plans[region].quantities):
            assert text[draft.char_start : draft.char_end] == draft.quote_zh
        wanted = {row["quote_zh"] for row in score.golden("targets") if row["region"] == region}
        found = {draft.quote_zh for draft in plans[region].targets}
        assert len(wanted - found) <= 1
