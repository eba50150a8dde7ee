"""Where a supervised task stands: the five states of 督办, from a journal, quantities and a date."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.tasks import TaskState, task_state

DUE = date(2021, 9, 30)
BEFORE, AFTER = DUE, DUE + timedelta(days=1)


@pytest.mark.parametrize(
    ("journal", "shares", "day", "state"),
    [
        ([], [], BEFORE, "not started"),
        ([], [None], BEFORE, "not started"),
        ([], [], AFTER, "overdue"),  # never begun is overdue, too
        (["progress"], [], BEFORE, "ongoing"),
        (["progress"], [Decimal("0.7")], AFTER, "overdue"),
        (["progress", "done"], [], AFTER, "done"),
        (["done", "closed"], [], AFTER, "closed"),
        (["done", "closed", "reopened"], [], BEFORE, "ongoing"),
        (["done", "reopened"], [], AFTER, "overdue"),
        (["done", "reopened", "progress", "done"], [], AFTER, "done"),
        ([], [Decimal(1), Decimal(1)], AFTER, "done"),  # 85 of 85
        ([], [Decimal(1), None], AFTER, "overdue"),  # a quantity of which nobody reported is not reached
        (["reopened"], [Decimal(1)], BEFORE, "ongoing"),  # sent back although its numbers are reached
    ],
)
def test_the_last_word_counts_then_the_quantities_then_the_date(journal, shares, day, state):
    assert task_state(journal, shares, DUE, day) == state


def test_amounts_that_were_reported_are_a_beginning():
    assert task_state([], [Decimal("0.1")], DUE, BEFORE, begun=True) == TaskState.ONGOING


def test_an_unknown_entry_is_refused():
    with pytest.raises(ValueError, match="no such entry"):
        task_state(["finished"], [], DUE, BEFORE)


KINDS = st.lists(st.sampled_from(["progress", "done", "closed", "reopened"]), max_size=6)


@given(KINDS, st.booleans())
def test_reports_of_progress_decide_nothing(journal, late):
    day = AFTER if late else BEFORE
    without = [kind for kind in journal if kind != "progress"]
    state, plain = (task_state(entries, [], DUE, day, begun=True) for entries in (journal, without))
    assert state == plain


@given(KINDS)
def test_only_time_makes_a_task_overdue(journal):
    early, late = (task_state(journal, [], DUE, day) for day in (BEFORE, AFTER))
    assert early != TaskState.OVERDUE
    assert late == early or (late == TaskState.OVERDUE and early in (TaskState.NOT_STARTED, TaskState.ONGOING))
