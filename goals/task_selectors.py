"""Tasks as they stand on a day, for the pages. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils import timezone

from evaluation.tasks import TaskState, task_state
from goals.models import QuantityProgress, Task, TaskQuantity, TaskReport
from goals.selectors import Commitment

#: So many days ahead a task is near its date.
NEAR = timedelta(days=30)


@dataclass(frozen=True)
class SupervisedTask:
    """A task with its state on a day, its quantities, its journal up to then, and by when it is due."""

    task: Task
    state: TaskState
    commitments: Sequence[Commitment]
    reports: Sequence[TaskReport]
    served: int  # so many targets
    due: date
    day: date

    @property
    def days_left(self) -> int:
        """Days to its due date; below zero when it has passed."""
        return (self.due - self.day).days

    @property
    def is_near(self) -> bool:
        """Whether it is open and due within a month."""
        return self.state in (TaskState.NOT_STARTED, TaskState.ONGOING) and self.days_left <= NEAR.days

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do but closing it."""
        return self.state in (TaskState.DONE, TaskState.CLOSED)

    @property
    def last(self) -> TaskReport | None:
        """The latest entry of its journal."""
        return self.reports[-1] if self.reports else None

    @property
    def simulated(self) -> bool:
        """Whether anything invented takes part in its state."""
        amounts = any(one.progress is not None and one.progress.simulated for one in self.commitments)
        return amounts or any(report.simulated for report in self.reports)


def supervised_tasks(tasks: QuerySet[Task], as_of: date | None) -> list[SupervisedTask]:
    """Tasks as they stood on a day (None: today), in the order of the query. Four queries, however many tasks."""
    day = as_of or timezone.localdate()
    links = Task.targets.through.objects.filter(task=OuterRef("pk")).order_by()
    served = Subquery(links.values("task").annotate(Count("target")).values("target__count"))
    wanted = list(tasks.select_related("plan__region").defer("plan__text").annotate(served=served))
    quantities = _quantities(wanted) if wanted else []
    latest = _latest_progress(quantities, day) if quantities else {}
    commitments = {
        task: [Commitment(quantity, latest.get(quantity.pk)) for quantity in found]
        for task, found in _by_task(quantities).items()
    }
    reports = _by_task(_reports(wanted, day)) if wanted else {}
    return [
        _supervised(task, commitments.get(task.pk, []), reports.get(task.pk, []), task.served or 0, day)
        for task in wanted
    ]


def supervised_task(task: Task, as_of: date | None) -> SupervisedTask:
    """One of them."""
    return supervised_tasks(Task.objects.filter(pk=task.pk), as_of)[0]


def _quantities(tasks: Sequence[Task]) -> list[TaskQuantity]:
    """What was committed to in these tasks."""
    return list(TaskQuantity.objects.filter(task__in=tasks, is_commitment=True).order_by("register_id"))


def _latest_progress(quantities: Sequence[TaskQuantity], day: date) -> dict[int, QuantityProgress]:
    reports = QuantityProgress.objects.filter(quantity__in=quantities, reported_on__lte=day).order_by("reported_on")
    return {report.quantity_id: report for report in reports}


def _reports(tasks: Sequence[Task], day: date) -> QuerySet[TaskReport]:
    return TaskReport.objects.filter(task__in=tasks, reported_on__lte=day).select_related("entered_by")


_Row = TypeVar("_Row", TaskQuantity, TaskReport)


def _by_task(rows: Iterable[_Row]) -> dict[int, list[_Row]]:
    found: dict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        found[row.task_id].append(row)
    return found


def _supervised(
    task: Task, commitments: Sequence[Commitment], reports: Sequence[TaskReport], served: int, day: date
) -> SupervisedTask:
    due = _due(task, commitments)
    once = [one.share for one in commitments if not recurs(one)]
    begun = any(one.progress is not None and one.progress.done for one in commitments)
    state = task_state([report.kind for report in reports], once, due, day, begun=begun)
    return SupervisedTask(task, state, commitments, reports, served, due, day)


def _due(task: Task, commitments: Sequence[Commitment]) -> date:
    """Its own due date, else the first of its quantities', else the end of the plan's year."""
    printed = [one.quantity.due_on for one in commitments if one.quantity.due_on is not None]
    return task.due_on or min(printed, default=date(task.plan.year, 12, 31))


def recurs(commitment: Commitment) -> bool:
    """Whether a quantity is owed again and again: once a quarter (次/季度) is not done with the first time."""
    return "/" in commitment.quantity.unit


def by_state(tasks: Iterable[SupervisedTask]) -> dict[TaskState, list[SupervisedTask]]:
    """Tasks in the order of their states, those due first on top."""
    found: dict[TaskState, list[SupervisedTask]] = defaultdict(list)
    for one in tasks:
        found[one.state].append(one)
    return {state: sorted(found[state], key=lambda one: (one.due, one.task.order)) for state in TaskState}
