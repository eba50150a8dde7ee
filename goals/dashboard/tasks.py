"""Supervised tasks (督办): the board and the table of a year, and the page of one task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext as _

from evaluation.tasks import TaskState
from goals import selectors
from goals.dashboard.choice import Option
from goals.found import Found
from goals.models import Target, Task, TaskReport
from goals.selectors import Commitment
from goals.task_selectors import (
    SupervisedTask,
    by_state,
    records_of,
    supervised_task,
    supervised_tasks,
    targets_served,
)

#: A column of the board shows so many tasks, a page of the table so many of them.
ON_BOARD, ON_A_PAGE = 12, 200
NEAR = "near"


def task_state_label(state: str) -> str:
    """The word for a task's state."""
    return {
        TaskState.NOT_STARTED: _("未开始"),
        TaskState.ONGOING: _("推进中"),
        TaskState.DONE: _("已完成"),
        TaskState.CLOSED: _("已销号"),
        TaskState.OVERDUE: _("逾期"),
    }[TaskState(state)]


@dataclass(frozen=True)
class Column:
    """A state with its tasks: those shown on the board, and how many there are."""

    state: TaskState
    label: str
    tasks: Sequence[SupervisedTask]
    total: int


@dataclass(frozen=True)
class TasksPage:
    """The tasks of a year that fit the reader's choice."""

    columns: Sequence[Column]
    rows: Page[SupervisedTask]
    total: int
    overdue: Sequence[SupervisedTask]
    near: int
    region: str
    state: str
    unit: str
    view: str
    regions: Sequence[Option]
    units: Sequence[str]
    simulated: bool


def tasks_page(
    year: int | None, as_of: date | None, region: str, state: str, unit: str, view: str, number: str = "1"
) -> TasksPage:
    """The page of tasks. `state`: one of the five, or "near"; it has the tasks as a table. `number`: its page."""
    every = supervised_tasks(records_of("plan__year", year or 0), as_of)
    chosen = [
        one
        for one in every
        if (not region or one.task.plan.region_id == region) and (not unit or one.task.lead_unit == unit)
    ]
    in_states = by_state(chosen)
    rows = [one for one in chosen if not state or one.state == state or (state == NEAR and one.is_near)]
    regions = {one.task.plan.region_id: one.task.plan.region for one in every}
    return TasksPage(
        columns=[
            Column(key, task_state_label(key), found[:ON_BOARD], len(found))
            for key in (TaskState.OVERDUE, TaskState.NOT_STARTED, TaskState.ONGOING, TaskState.DONE, TaskState.CLOSED)
            if (found := in_states[key]) or key != TaskState.OVERDUE
        ],
        rows=Paginator(rows, ON_A_PAGE).get_page(number),
        total=len(chosen),
        overdue=in_states[TaskState.OVERDUE],
        near=sum(one.is_near for one in chosen),
        region=region if region in regions else "",
        state=state,
        unit=unit,
        view="table" if view == "table" or state else "board",
        regions=[Option(code, one.label) for code, one in regions.items()],
        units=sorted({one.task.lead_unit for one in every if one.task.lead_unit}),
        simulated=any(one.simulated for one in chosen),
    )


@dataclass(frozen=True)
class TaskPage:
    """A task: its state, its quantities, its journal, the targets that it serves, and the words of the plan."""

    task: SupervisedTask
    quote: str
    journal: Sequence[TaskReport]
    targets: Sequence[Found]
    quantities: Sequence[Commitment]
    may_close: bool
    may_reopen: bool


def _targets(task: Task) -> Sequence[Target]:
    """The targets that a task serves: nearly always approved ones of its own plan."""
    served = targets_served(task.pk)
    of_plan = [one for one in selectors.targets_of_region(task.plan.region_id, task.plan.year) if one.pk in served]
    if len(of_plan) == len(served):
        return of_plan
    return list(task.targets.select_related("plan__region", "indicator", "parent").defer("plan__text"))


def task_page(task: Task, as_of: date | None) -> TaskPage:
    """The page of a task as of a day."""
    found = supervised_task(task, as_of)
    plan, text = task.plan, task.plan.text
    return TaskPage(
        task=found,
        quote=text[task.char_start : task.char_end] if text else task.title_zh,
        journal=list(reversed(found.reports)),
        targets=selectors.verdicts_of_region(plan.region_id, plan.year, as_of, _targets(task) if found.served else []),
        quantities=found.commitments,
        may_close=found.state == TaskState.DONE,
        may_reopen=found.is_settled,
    )
