"""Where a task of a work plan stands (督办): pure, from its journal, its quantities and its due date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum


class TaskState(StrEnum):
    """The five states of a supervised task; closing (销号) is a decision about evidence, done a report."""

    NOT_STARTED = "not started"
    ONGOING = "ongoing"
    DONE = "done"
    CLOSED = "closed"
    OVERDUE = "overdue"


#: What a journal may say.
PROGRESS, DONE, CLOSED, REOPENED = "progress", "done", "closed", "reopened"


def task_state(
    journal: Sequence[str], shares: Iterable[Decimal | None], due_on: date, day: date, *, begun: bool = False
) -> TaskState:
    """The state of a task on a day.

    `journal`: the kinds of its entries up to the day, in order. `shares`: of each quantity that it commits to once,
    the part done (0 to 1), None where nobody reported; what recurs (once a quarter) is never reached and not among
    them. `begun`: whether any amount was reported. Only the last word counts: what was sent back is under way again.
    A task whose quantities are all reached is done unless it was sent back since. Past its due date a task that is
    neither done nor closed is overdue, whether it has begun or not. Raises ValueError for an unknown kind.
    """
    unknown = set(journal) - {PROGRESS, DONE, CLOSED, REOPENED}
    if unknown:
        raise ValueError(f"no such entry in a journal: {sorted(unknown)}")
    parts = list(shares)
    decided = [kind for kind in journal if kind != PROGRESS]
    last = decided[-1] if decided else ""
    if last == CLOSED:
        return TaskState.CLOSED
    reached = bool(parts) and all(part is not None and part >= 1 for part in parts)
    if last == DONE or (reached and last != REOPENED):
        return TaskState.DONE
    if day > due_on:
        return TaskState.OVERDUE
    return TaskState.ONGOING if begun or journal else TaskState.NOT_STARTED
