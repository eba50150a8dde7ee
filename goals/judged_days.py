"""The verdicts that are stored of a day, in columns; what a process has read is kept up to date as others are added.

A country has tens of thousands a day, of which a new file changes a few. Reads only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from django.db.models import Count, Sum

from evaluation.progress import RULE_VERSION, Lack, State
from evaluation.rounding import IntArray
from goals.models import Assessment
from indicators.bulk import EPOCH, Wanted, moment, select_columns, select_lists
from memory.tables import remembered_each

#: The states and what may be lacking by their places, as columns have them.
STATES, LACKS = tuple(State), tuple(Lack)
PLACES: Mapping[State, int] = {state: place for place, state in enumerate(STATES)}

#: A verdict's state in a column.
STATE = Wanted("state", "text", STATES)

#: What of a stored verdict stands in columns.
IN_SHORT = (
    Wanted("target_id", "number"),
    Wanted("id", "number"),
    STATE,
    Wanted("facts", "text", LACKS, key="lack"),
    Wanted("facts", "text", STATES, key="evaluated"),
    Wanted("CAST(simulated AS integer)", "number"),
    Wanted("assessed_at", "instant"),
)
_WITH_ITS_RULE = (*IN_SHORT, Wanted("rule_version", "number"))
_TARGET, _KEY, _MOMENT, _RULE = 0, 1, -2, -1


def last_verdicts(day: date | None) -> IntArray:
    """The last verdict of a day (None: of now) on each target by the rule in use, `IN_SHORT`, by the targets' keys."""
    return _verdicts_of([day])[day].last


class _Verdicts(NamedTuple):
    """The verdicts of a day, `_WITH_ITS_RULE`, and of each target the last one by the rule in use, `IN_SHORT`."""

    every: IntArray
    last: IntArray

    @classmethod
    def of(cls, every: IntArray) -> _Verdicts:
        """What counts among the verdicts of a day."""
        rows = every[every[:, _RULE] == RULE_VERSION, :_RULE]
        rows = rows[np.lexsort((rows[:, _KEY], rows[:, _TARGET]))]
        return cls(every, rows[~as_neighbour(rows, 1, columns=1)])


#: A verdict may be committed so much later than it says that it was judged; by more, its target is judged once more.
_LATE_SECONDS = 30


def _up_to_date(known: Mapping[date | None, _Verdicts]) -> Mapping[date | None, _Verdicts]:
    """Days with the verdicts that were added or judged again since, which says when; not where others are gone."""
    before = {day: one.every for day, one in known.items() if day is not None and len(one.every)}
    counted = _counted(before)
    found: dict[date | None, _Verdicts] = {}
    for day, rows in before.items():
        since = int(rows[:, _MOMENT].max()) // 1_000_000 - _LATE_SECONDS
        later = select_columns(Assessment, _WITH_ITS_RULE, "as_of = %s AND assessed_at >= %s", [day, moment(since)])
        every = np.concatenate((rows[~np.isin(rows[:, _KEY], later[:, _KEY])], later))
        if counted[day] == _Counted.of(every[:, _KEY]):
            found[day] = _Verdicts.of(every)
    return found


@remembered_each(Assessment, most=6, renew=_up_to_date)
def _verdicts_of(days: Sequence[date | None]) -> Mapping[date | None, _Verdicts]:
    found = {}
    for day in days:
        where, given = ("as_of IS NULL", []) if day is None else ("as_of = %s", [day])
        found[day] = _Verdicts.of(select_columns(Assessment, _WITH_ITS_RULE, where, given))
    return found


# ---- states ----------------------------------------------------------------------------------------------------------


class _Counted(NamedTuple):
    """How many verdicts, and the sum of their keys: while both are the same, so are they; their states never change."""

    number: int
    sum_of_keys: int

    @classmethod
    def of(cls, keys: IntArray) -> _Counted:
        """What is counted of some verdicts."""
        return cls(len(keys), int(keys.sum()))


def _counted(days: Collection[date]) -> dict[date, _Counted]:
    """What is counted of days: in a tenth of the time that it takes to read them."""
    stored = Assessment.objects.filter(as_of__in=days).order_by().values_list("as_of") if days else None
    found = {} if stored is None else {day: _Counted(*of) for day, *of in stored.annotate(Count("pk"), Sum("pk"))}
    return {day: found.get(day, _Counted(0, 0)) for day in days}


class DayStates(NamedTuple):
    """The last state that is stored for each target on a day, and the verdict that brought it: the targets' keys, the
    verdicts', places in STATES."""

    targets: IntArray
    verdicts: IntArray
    states: IntArray
    counted: _Counted
    last_key: int

    @classmethod
    def of(cls, rows: IntArray, before: DayStates | None = None) -> DayStates:
        """By verdicts of a day, rows of target, state and key, which come after others."""
        counted, last_key = _Counted.of(rows[:, 2]), int(rows[:, 2].max(initial=0))
        if before is not None:
            rows = np.concatenate((np.column_stack((before.targets, before.states, before.verdicts)), rows))
            counted = _Counted(counted.number + before.counted.number, counted.sum_of_keys + before.counted.sum_of_keys)
            last_key = max(last_key, before.last_key)
        rows = rows[np.lexsort((rows[:, 2], rows[:, 0]))]
        rows = rows[~as_neighbour(rows, -1, columns=2)]  # said again on the same day
        rows = rows[~as_neighbour(rows, 1, columns=1)]  # changed on the same day
        targets, states, verdicts = rows.T
        return cls(targets.copy(), verdicts.copy(), states.copy(), counted, last_key)


def _with_new_ones(known: Mapping[date, DayStates]) -> Mapping[date, DayStates]:
    """Days with the verdicts that were stored since; not where others are gone, or were late to be committed."""
    counted = _counted(known)
    found = {day: one for day, one in known.items() if one.counted == counted[day]}
    grown = {day: one for day, one in known.items() if day not in found}
    new = _read_states(list(grown), min((one.last_key for one in grown.values()), default=0))
    for day, before in grown.items():
        now = DayStates.of(new[day][new[day][:, 2] > before.last_key], before)
        if now.counted == counted[day]:
            found[day] = now
    return found


@remembered_each(Assessment, most=150, renew=_with_new_ones)
def states_of(days: Sequence[date]) -> Mapping[date, DayStates]:
    """The stored states of all targets on each of some days."""
    return {day: DayStates.of(rows) for day, rows in _read_states(days, 0).items()}


def _read_states(days: Sequence[date], after: int) -> dict[date, IntArray]:
    """Of each day the verdicts whose keys come after one: rows of target, state and key."""
    if not days:
        return {}
    where = f"as_of IN ({', '.join(['%s'] * len(days))}) AND id > %s"
    found: dict[int, list[IntArray]] = {day.toordinal() - EPOCH: [np.empty((0, 3), dtype=np.int64)] for day in days}
    keys, lists = (Wanted("as_of", "date"), STATE), ("target_id", "id")
    for day, state, targets, verdicts in select_lists(Assessment, keys, lists, where, [*days, after]):
        found[day].append(np.column_stack((targets, np.full(len(targets), state), verdicts)))
    return {day: np.concatenate(rows) for day, rows in zip(days, found.values(), strict=True)}


def as_neighbour(rows: npt.NDArray[Any], step: Literal[-1, 1], columns: int) -> npt.NDArray[np.bool_]:
    """Which rows say the same in their first columns as the row before or after."""
    same: npt.NDArray[np.bool_] = (rows[1:, :columns] == rows[:-1, :columns]).all(axis=1)
    return np.concatenate(([False], same) if step < 0 else (same, [False]))[: len(rows)]
