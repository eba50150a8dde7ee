"""What people and higher levels said of targets: assigned numbers, judgements, and when any of it last changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any, TypeVar

from django.db.models import F, Max

from goals.models import AssignedValue, Judgement, Target
from memory.tables import remembered, remembered_each


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


@remembered_each(AssignedValue, Target, most=2000)
def _assigned(plans: Sequence[int]) -> Mapping[int, list[AssignedValue]]:
    found = AssignedValue.objects.filter(target__plan__in=plans).order_by("assigned_on", "id")
    return _by_plan(plans, found.select_related("entered_by").annotate(plan=F("target__plan")))


@remembered_each(Judgement, Target, most=2000)
def _judgements(plans: Sequence[int]) -> Mapping[int, list[Judgement]]:
    found = Judgement.objects.filter(target__plan__in=plans).order_by("judged_on")
    return _by_plan(plans, found.select_related("entered_by").annotate(plan=F("target__plan")))


@remembered(AssignedValue, Judgement)
def last_said() -> Mapping[int, datetime]:
    """When anything of this last changed, by the keys of targets of which anything was ever said; the histories know of
    what was deleted, too."""
    found: dict[int, datetime] = {}
    assigned, judged = (
        records.order_by().values_list("target").annotate(Max("history_date"))
        for records in (AssignedValue.history, Judgement.history)
    )
    for target, when in assigned.union(judged, all=True):
        found[target] = max(when, found.get(target, when))
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
