"""Tasks as they stand on a day, for the pages. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeVar

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from evaluation.tasks import TaskState, task_state
from goals.models import Plan, QuantityProgress, Task, TaskQuantity, TaskReport
from goals.selectors import Commitment, plans
from memory.tables import remembered, remembered_each
from provinces.models import Region

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


@dataclass(frozen=True)
class TaskRecord:
    """A task with all that was ever reported of it, the earliest first."""

    task: Task
    quantities: Sequence[TaskQuantity]  # those committed to
    progress: Sequence[QuantityProgress]
    reports: Sequence[TaskReport]
    served: int

    def is_due(self, until: date) -> bool:
        """Whether anything of it is due by a day: the task (without a date of its own with the year of its plan), a
        quantity, the next report."""
        own = self.task.due_on or date(self.task.plan.year, 12, 31)
        dates = (own, self.task.next_report_on, *(quantity.due_on for quantity in self.quantities))
        return any(one is not None and one <= until for one in dates)


def supervised_tasks(records: Iterable[TaskRecord], as_of: date | None) -> list[SupervisedTask]:
    """Tasks as they stood on a day (None: today), in their order."""
    day = as_of or timezone.localdate()
    return [_supervised(record, day) for record in records]


def supervised_task(task: Task, as_of: date | None) -> SupervisedTask:
    """One of them."""
    record = next(one for one in records_of("plan", task.plan_id) if one.task.pk == task.pk)
    return supervised_tasks([record], as_of)[0]


_REMEMBERED = (Task, Task.targets.through, TaskQuantity, QuantityProgress, TaskReport, Plan, Region)


@remembered(*_REMEMBERED, most=200)
def records_of(what: Literal["plan__year", "plan"], which: int) -> Sequence[TaskRecord]:
    """The tasks of a year or a plan; the regions of a higher code first."""
    return _records(Task.objects.filter(**{what: which}), plans() if what == "plan__year" else None)


def records_serving(target: int) -> list[TaskRecord]:
    """The tasks that serve a target, by its key."""
    serving = _serving().get(target, {})
    plans = sorted(set(serving.values()))
    return [one for plan in plans for one in records_of("plan", plan) if one.task.pk in serving]


def targets_served(task: int) -> set[int]:
    """The targets that a task serves, by their keys."""
    return {target for target, tasks in _serving().items() if task in tasks}


@remembered(Task, Task.targets.through)
def _serving() -> Mapping[int, Mapping[int, int]]:
    """Of each target the tasks that serve it, each with its plan, by their keys."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    links = Task.targets.through.objects.order_by().values_list("target_id", "task_id", "task__plan_id")
    for target, task, plan in links:
        found[target][task] = plan
    return found


@remembered(*_REMEMBERED)
def records_due(year: int, until: date) -> Sequence[TaskRecord]:
    """The tasks of a year of which something is due by a day: the task, a quantity, or the next report."""
    wanted = Q(due_on__lte=until) | Q(quantities__is_commitment=True, quantities__due_on__lte=until)
    wanted |= Q(next_report_on__lte=until)
    if until >= date(year, 12, 31):
        wanted |= Q(due_on__isnull=True)  # due with the year
    return _records(Task.objects.filter(wanted, plan__year=year).distinct())


def _records(tasks: QuerySet[Task], known: Mapping[int, Plan] | None = None) -> list[TaskRecord]:
    """Four queries, however many tasks; one where their plans or words alone changed.

    `known`: their plans, where there are so many tasks that to make a plan and a region of each takes longer.
    """
    links = Task.targets.through.objects.filter(task=OuterRef("pk")).order_by()
    served = Subquery(links.values("task").annotate(Count("target")).values("target__count"))
    tasks = tasks.annotate(served=served).order_by("-plan__region", "order")
    if known is None:
        wanted = list(tasks.select_related("plan__region").defer("plan__text"))
    else:
        wanted = list(tasks)
        for task in wanted:
            task.plan = known[task.plan_id]
    keys = [task.pk for task in wanted]
    quantities, reports = _quantities_of(keys), _reports_of(keys)
    progress = _progress_of([quantity.pk for found in quantities.values() for quantity in found])
    return [
        TaskRecord(
            task,
            quantities[task.pk],
            [one for quantity in quantities[task.pk] for one in progress[quantity.pk]],
            reports[task.pk],
            task.served or 0,
        )
        for task in wanted
    ]


_MOST = 5000


@remembered_each(TaskQuantity, most=_MOST)
def _quantities_of(tasks: Sequence[int]) -> Mapping[int, Sequence[TaskQuantity]]:
    """Those committed to."""
    found = TaskQuantity.objects.filter(task__in=tasks, is_commitment=True).order_by("register_id")
    return _by_key(tasks, ((one.task_id, one) for one in found))


@remembered_each(QuantityProgress, most=_MOST)
def _progress_of(quantities: Sequence[int]) -> Mapping[int, Sequence[QuantityProgress]]:
    found = QuantityProgress.objects.filter(quantity__in=quantities).order_by("reported_on")
    return _by_key(quantities, ((one.quantity_id, one) for one in found))


@remembered_each(TaskReport, most=_MOST)
def _reports_of(tasks: Sequence[int]) -> Mapping[int, Sequence[TaskReport]]:
    found = TaskReport.objects.filter(task__in=tasks).select_related("entered_by").order_by("reported_on", "id")
    return _by_key(tasks, ((one.task_id, one) for one in found))


_Row = TypeVar("_Row", TaskQuantity, QuantityProgress, TaskReport)


def _by_key(keys: Sequence[int], rows: Iterable[tuple[int, _Row]]) -> dict[int, list[_Row]]:
    found: dict[int, list[_Row]] = {key: [] for key in keys}
    for key, row in rows:
        found[key].append(row)
    return found


def _supervised(record: TaskRecord, day: date) -> SupervisedTask:
    latest = {one.quantity_id: one for one in record.progress if one.reported_on <= day}
    commitments = [Commitment(quantity, latest.get(quantity.pk)) for quantity in record.quantities]
    reports = [report for report in record.reports if report.reported_on <= day]
    due = _due(record.task, commitments)
    once = [one.share for one in commitments if not recurs(one)]
    begun = any(one.progress is not None and one.progress.done for one in commitments)
    state = task_state([report.kind for report in reports], once, due, day, begun=begun)
    return SupervisedTask(record.task, state, commitments, reports, record.served, due, day)


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
