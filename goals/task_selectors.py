"""Tasks as they stand on a day, for the pages. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from evaluation.tasks import TaskState, task_state
from goals.models import QuantityProgress, Target, Task, TaskQuantity, TaskReport
from goals.selectors import Commitment

#: So many days ahead a task is near its date.
NEAR = timedelta(days=30)


@dataclass(frozen=True)
class SupervisedTask:
    """A task with its state on a day, its quantities, its journal up to then and the targets it serves."""

    task: Task
    state: TaskState
    commitments: Sequence[Commitment]
    reports: Sequence[TaskReport]
    targets: Sequence[Target]
    day: date

    @property
    def due(self) -> date:
        """The day by which it is due."""
        return _due(self.task, self.commitments)

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
    targets = Target.objects.select_related("plan__region", "indicator", "parent").defer("plan__text")
    wanted = list(
        tasks.select_related("plan__region")
        .defer("plan__text")
        .prefetch_related(
            Prefetch("quantities", TaskQuantity.objects.filter(is_commitment=True).order_by("register_id")),
            Prefetch("targets", targets),
            Prefetch("reports", TaskReport.objects.filter(reported_on__lte=day).select_related("entered_by")),
        )
    )
    latest = _latest_progress(wanted, day)
    return [_supervised(task, latest, day) for task in wanted]


def supervised_task(task: Task, as_of: date | None) -> SupervisedTask:
    """One of them."""
    return supervised_tasks(Task.objects.filter(pk=task.pk), as_of)[0]


def _latest_progress(tasks: Iterable[Task], day: date) -> dict[int, QuantityProgress]:
    quantities = [quantity.pk for task in tasks for quantity in task.quantities.all()]
    reports = QuantityProgress.objects.filter(quantity__in=quantities, reported_on__lte=day).order_by("reported_on")
    return {report.quantity_id: report for report in reports}


def _supervised(task: Task, latest: dict[int, QuantityProgress], day: date) -> SupervisedTask:
    commitments = [Commitment(quantity, latest.get(quantity.pk)) for quantity in task.quantities.all()]
    reports = list(task.reports.all())
    due = _due(task, commitments)
    once = [one.share for one in commitments if not recurs(one)]
    begun = any(one.progress is not None and one.progress.done for one in commitments)
    state = task_state([report.kind for report in reports], once, due, day, begun=begun)
    return SupervisedTask(task, state, commitments, reports, list(task.targets.all()), day)


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
