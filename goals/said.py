"""What people and higher levels said of targets: assigned numbers, judgements, and when any of it last changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any, TypeVar

from django.db.models import F, Max

from goals.models import AssignedValue, Judgement, Target
from memory.tables import remembered_each


def plans_of(targets: Iterable[Target]) -> tuple[int, ...]:
    """The keys of the plans of targets. What was said is read for whole plans: their targets are asked for one by one,
    all at once, and those in doubt again."""
    return tuple(sorted({target.plan_id for target in targets}))


def assigned_values(plans: tuple[int, ...], as_of: date | None) -> Mapping[int, list[AssignedValue]]:
    """The numbers assigned to each target of plans by a day (None: until now), the earliest first."""
    known = chain.from_iterable(_assigned(plans).values())
    return _by_target(one for one in known if as_of is None or one.assigned_on <= as_of)


def judgements(plans: tuple[int, ...], as_of: date | None) -> Mapping[int, list[Judgement]]:
    """The judgements on each target of plans by a day (None: until now), the earliest first."""
    known = chain.from_iterable(_judgements(plans).values())
    return _by_target(one for one in known if as_of is None or one.judged_on <= as_of)


def last_said(plans: tuple[int, ...]) -> Mapping[int, datetime]:
    """When anything of this last changed for a target of plans; the histories know of what was deleted, too."""
    return {target: when for found in _last_said(plans).values() for target, when in found.items()}


@remembered_each(AssignedValue, Target, most=2000)
def _assigned(plans: Sequence[int]) -> Mapping[int, list[AssignedValue]]:
    found = AssignedValue.objects.filter(target__plan__in=plans).order_by("assigned_on", "id")
    return _by_plan(plans, found.select_related("entered_by").annotate(plan=F("target__plan")))


@remembered_each(Judgement, Target, most=2000)
def _judgements(plans: Sequence[int]) -> Mapping[int, list[Judgement]]:
    found = Judgement.objects.filter(target__plan__in=plans).order_by("judged_on")
    return _by_plan(plans, found.select_related("entered_by").annotate(plan=F("target__plan")))


@remembered_each(AssignedValue, Judgement, Target, most=2000)
def _last_said(plans: Sequence[int]) -> Mapping[int, Mapping[int, datetime]]:
    found: dict[int, dict[int, datetime]] = {plan: {} for plan in plans}
    assigned, judged = (
        records.filter(target__plan__in=plans).order_by().values_list("target__plan", "target")
        for records in (AssignedValue.history, Judgement.history)
    )
    latest = Max("history_date")
    for plan, target, when in assigned.annotate(latest).union(judged.annotate(latest), all=True):
        found[plan][target] = max(when, found[plan].get(target, when))
    return found


def _by_plan(plans: Sequence[int], rows: Iterable[Any]) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = {plan: [] for plan in plans}
    for row in rows:
        grouped[row.plan].append(row)
    return grouped


_Said = TypeVar("_Said", AssignedValue, Judgement)


def _by_target(rows: Iterable[_Said]) -> Mapping[int, list[_Said]]:
    grouped: dict[int, list[_Said]] = defaultdict(list)
    for row in rows:
        grouped[row.target_id].append(row)
    return grouped
