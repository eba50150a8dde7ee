"""What people and higher levels said of targets: assigned numbers, judgements, and when any of it last changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar

from django.db.models import Max

from goals.models import AssignedValue, Judgement, Target
from memory.tables import remembered


def assigned_values(targets: Iterable[Target], as_of: date | None) -> Mapping[int, list[AssignedValue]]:
    """The numbers that higher levels assigned to each target by a day (None: until now), the earliest first."""
    known = _assigned(_keys(targets))
    return _by_target(one for one in known if as_of is None or one.assigned_on <= as_of)


def judgements(targets: Iterable[Target], as_of: date | None) -> Mapping[int, list[Judgement]]:
    """The judgements on each target by a day (None: until now), the earliest first."""
    known = _judgements(_keys(targets))
    return _by_target(one for one in known if as_of is None or one.judged_on <= as_of)


def last_said(targets: Iterable[Target]) -> Mapping[int, datetime]:
    """When anything of this last changed for a target; the histories know of what was deleted, too."""
    return _last_said(_keys(targets))


@remembered(AssignedValue)
def _assigned(targets: tuple[int, ...]) -> Sequence[AssignedValue]:
    found = AssignedValue.objects.filter(target__in=targets).order_by("assigned_on", "id")
    return list(found.select_related("entered_by"))


@remembered(Judgement)
def _judgements(targets: tuple[int, ...]) -> Sequence[Judgement]:
    found = Judgement.objects.filter(target__in=targets).order_by("judged_on")
    return list(found.select_related("entered_by"))


@remembered(AssignedValue, Judgement)
def _last_said(targets: tuple[int, ...]) -> Mapping[int, datetime]:
    found: dict[int, datetime] = {}
    assigned, judged = (
        records.filter(target_id__in=targets).order_by().values_list("target_id").annotate(Max("history_date"))
        for records in (AssignedValue.history, Judgement.history)
    )
    for target, when in assigned.union(judged, all=True):
        found[target] = max(when, found.get(target, when))
    return found


_Said = TypeVar("_Said", AssignedValue, Judgement)


def _by_target(rows: Iterable[_Said]) -> Mapping[int, list[_Said]]:
    grouped: dict[int, list[_Said]] = defaultdict(list)
    for row in rows:
        grouped[row.target_id].append(row)
    return grouped


def _keys(targets: Iterable[Target]) -> tuple[int, ...]:
    return tuple(target.id for target in targets)
