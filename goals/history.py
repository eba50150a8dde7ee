"""The record of stored verdicts: since when a state stands, what changed, and the year as a strip. Reads only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from django.db.models import F, Max, Min, Q, QuerySet, Window
from django.db.models.functions import Lag

from evaluation.progress import State
from evaluation.rounding import IntArray
from goals.models import Assessment, Target
from goals.verdicts import Found
from indicators.bulk import EPOCH, Wanted, select_columns
from memory.tables import remembered, remembered_each


class Stored(NamedTuple):
    """A stored verdict in short: of a year of days a target has hundreds."""

    id: int
    as_of: date
    state: str
    reason: str


@dataclass(frozen=True)
class Since:
    """Since when a target has been in its state, by the stored verdicts, and why it came there."""

    day: date
    reason: str
    before: str


def stored_states(
    targets: Iterable[Target], until: date | None, first: date | None = None
) -> Mapping[int, list[Stored]]:
    """The stored verdicts of each target up to a day, the last one of each day, the earliest first."""
    by_target: dict[int, dict[date, Stored]] = defaultdict(dict)
    keys = [target.pk for target in targets]
    for target, *row in _rows(keys, until, first).values_list("target_id", *Stored._fields):
        stored = Stored._make(row)
        by_target[target][stored.as_of] = stored
    return {target: list(days.values()) for target, days in by_target.items()}


@remembered(Assessment, most=64)
def record_of(target: int, first: date) -> Sequence[Stored]:
    """The stored verdicts of one target from a day on, the last one of each day, the earliest first."""
    rows = Assessment.objects.filter(target=target, as_of__gte=first).order_by("as_of", "id")
    return list({row[1]: Stored._make(row) for row in rows.values_list(*Stored._fields)}.values())


@remembered(Assessment, most=64)
def in_full(target: int, ids: tuple[int, ...], day: date | None) -> Sequence[Assessment]:
    """Stored verdicts of a target as they were written, and those of a day, the latest first."""
    of_the_day = Q(as_of=day) if day is not None else Q(pk__in=())
    return list(Assessment.objects.filter(Q(pk__in=ids) | of_the_day, target=target).order_by("-as_of", "-id"))


def changed(history: Sequence[Stored]) -> list[Stored]:
    """The verdicts of a history that changed the state, the first one included."""
    pairs = zip([None, *history], history, strict=False)
    return [now for before, now in pairs if before is None or before.state != now.state]


def stored_changes(targets: Iterable[Target], until: date | None) -> Mapping[int, list[Stored]]:
    """As `stored_states`, without the days on which a target stayed in its state: of a year of days, a handful."""
    return changes_of([target.pk for target in targets], until, None)


def changes_of(targets: Collection[int], until: date | None, first: date | None) -> Mapping[int, list[Stored]]:
    """The verdicts of targets, by their keys, that changed a state from one day to another, the first ones included.

    The database leaves them out. Of several verdicts on one day the last one counts, so a day may turn out to have
    changed nothing after all.
    """
    before = Window(Lag("state"), partition_by="target_id", order_by=["as_of", "id"])
    rows = _rows(targets, until, first).annotate(before=before)
    rows = rows.filter(Q(before__isnull=True) | ~Q(before=F("state")))
    by_target: dict[int, list[Stored]] = defaultdict(list)
    for target, *row in rows.values_list("target_id", *Stored._fields):
        stored, known = Stored._make(row), by_target[target]
        if known and known[-1].as_of == stored.as_of:
            known.pop()
        if not known or known[-1].state != stored.state:
            known.append(stored)
    return by_target


@dataclass(frozen=True)
class States:
    """The states that targets were in within some days: of those that changed the verdicts that did it, of all others
    their one state, with the day since which it is stored."""

    changes: Mapping[int, Sequence[Stored]]
    constant: Mapping[int, tuple[State, date]]

    def on(self, day: date) -> dict[int, State]:
        """The state of each target by the last verdict stored until a day, of those that have one."""
        found = {target: state for target, (state, since) in self.constant.items() if since <= day}
        for target, stored in self.changes.items():
            known = [one.state for one in stored if one.as_of <= day]
            if known:
                found[target] = State(known[-1])
        return found


@remembered(Assessment, most=8)
def states_within(first: date | None, until: date | None) -> States:
    """The stored states of all targets from one day to another (None: all that is stored)."""
    if first is not None and until is not None:
        return _by_days([first + timedelta(days=n) for n in range((until - first).days + 1)])
    return _of_all(first, until)


def _by_days(days: Sequence[date]) -> States:
    """Day by day, so that the next day has one more to read; a country's ten thousand targets at a time."""
    stored = [(day, one) for day, one in _states_of(days).items() if len(one.targets)]
    if not stored:
        return States({}, {})
    targets = np.unique(np.concatenate([one.targets for _day, one in stored]))
    latest = np.full(len(targets), -1)
    turns: list[tuple[int, int, date, int]] = []  # target, verdict, day, state: those that differ from the one before
    for day, one in stored:
        places = np.searchsorted(targets, one.targets)
        turned = latest[places] != one.states
        columns = (column[turned].tolist() for column in one)
        turns += [(target, key, day, state) for target, key, state in zip(*columns, strict=True)]
        latest[places] = one.states
    counts = Counter(target for target, *_turn in turns)
    constant = {target: (_STATES[state], day) for target, _key, day, state in turns if counts[target] == 1}
    moved = [turn for turn in turns if counts[turn[0]] > 1]
    keys = [key for _target, key, *_turn in moved]
    reasons = dict(Assessment.objects.filter(pk__in=keys).order_by().values_list("pk", "reason")) if keys else {}
    changes: dict[int, list[Stored]] = defaultdict(list)
    for target, key, day, state in moved:
        changes[target].append(Stored(key, day, _STATES[state].value, reasons[key]))
    return States(changes, constant)


class _DayStates(NamedTuple):
    """The last state that is stored for each target on a day, and the verdict that brought it: the targets' keys, the
    verdicts', places in _STATES."""

    targets: IntArray
    verdicts: IntArray
    states: IntArray


_STATES = tuple(State)


@remembered_each(Assessment, most=100)
def _states_of(days: Sequence[date]) -> Mapping[date, _DayStates]:
    state = Wanted("state", "text", [one.value for one in _STATES])
    wanted = (Wanted("as_of", "date"), Wanted("target_id", "number"), state, Wanted("id", "number"))
    where = f"as_of IN ({', '.join(['%s'] * len(days))})"
    rows = select_columns(Assessment, wanted, where, days)
    rows = rows[np.lexsort(rows.T[[3, 1, 0]])]
    rows = rows[~_as_neighbour(rows, -1, columns=3)]  # said again on the same day
    rows = rows[~_as_neighbour(rows, 1, columns=2)]  # changed on the same day
    found = {}
    for day in days:
        _day, targets, states, verdicts = rows[rows[:, 0] == day.toordinal() - EPOCH].T
        found[day] = _DayStates(targets.copy(), verdicts.copy(), states.copy())
    return found


def _as_neighbour(rows: IntArray, step: Literal[-1, 1], columns: int) -> npt.NDArray[np.bool_]:
    """Which rows say the same in their first columns as the row before or after."""
    same: npt.NDArray[np.bool_] = (rows[1:, :columns] == rows[:-1, :columns]).all(axis=1)
    return np.concatenate(([False], same) if step < 0 else (same, [False]))[: len(rows)]


def _of_all(first: date | None, until: date | None) -> States:
    """Of years of days few changed a state, and only these are looked at one by one."""
    spans = _between(Assessment.objects.order_by(), first, until).values_list("target_id")
    found = spans.annotate(Min("state"), Max("state"), Min("as_of"))
    constant, moved = {}, []
    for target, low, high, since in found:
        if low == high:
            constant[target] = (State(low), since)
        else:
            moved.append(target)
    return States(changes_of(moved, until, first) if moved else {}, constant)


def _rows(targets: Collection[int], until: date | None, first: date | None) -> QuerySet[Assessment]:
    rows = Assessment.objects.filter(target__in=targets)
    return _between(rows, first, until).order_by("as_of", "id")


def _between(rows: QuerySet[Assessment], first: date | None, until: date | None) -> QuerySet[Assessment]:
    rows = rows.filter(as_of__isnull=False)
    if until is not None:
        rows = rows.filter(as_of__lte=until)
    return rows if first is None else rows.filter(as_of__gte=first)


def last_change(history: Sequence[Stored], now: State) -> Since | None:
    """The last change of state in a history of stored verdicts; None when the state never changed, or when none of
    them tells since when a target is as it is `now`."""
    if not history or history[-1].state != now:
        return None
    for before, after in zip(reversed(history[:-1]), reversed(history[1:]), strict=True):
        if before.state != after.state:
            return Since(after.as_of, after.reason, before.state)
    return None


@dataclass(frozen=True)
class Change:
    """A target whose stored state differs from the one before."""

    found: Found
    before: State
    after: State
    day: date
    reason: str


def recent_changes(
    found: Sequence[Found], as_of: date | None, days: int, histories: Mapping[int, Sequence[Stored]]
) -> list[Change]:
    """Changes of state within the last days before the shown one, the latest first, by the stored verdicts.

    As of now: the last change of each, whenever it was.
    """
    after = date.min if as_of is None else as_of - timedelta(days=days)
    changes = []
    for one in found:
        history = histories.get(one.target.id)
        if history and history[-1].as_of > after:
            since = last_change(history, one.state)
            if since is not None and since.day > after:
                changes.append(Change(one, State(since.before), one.state, since.day, since.reason))
    return sorted(changes, key=lambda change: change.day, reverse=True)


# ---- the year as a strip ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """Days in a row that are in one state; `state` None where nothing is stored for them."""

    state: State | None
    first: date
    last: date
    reason: str = ""
    verdict: int | None = None  # the stored verdict that begins it

    @property
    def days(self) -> int:
        """How many days it lasts."""
        return (self.last - self.first).days + 1


def runs(history: Sequence[Stored], first: date, last: date) -> list[Run]:
    """A year's stored verdicts as runs of equal state from `first` to `last`.

    A state holds until the next stored verdict, as long as no more than a month lies between: what nobody judged for
    longer is unknown, and so are the days before the first verdict and after the last one.
    """
    found: list[Run] = []
    known = [one for one in history if first <= one.as_of <= last]
    place, begin = 0, first
    while place < len(known):
        one = latest = known[place]
        place += 1
        while (
            place < len(known)
            and known[place].state == one.state
            and known[place].as_of <= _holds_until(latest) + _ONE_DAY
        ):
            latest = known[place]
            place += 1
        if begin < one.as_of:
            found.append(Run(None, begin, one.as_of - _ONE_DAY))
        end = latest.as_of if place == len(known) else min(known[place].as_of - _ONE_DAY, _holds_until(latest))
        found.append(Run(State(one.state), one.as_of, end, one.reason, one.id))
        begin = end + _ONE_DAY
    return [*found, Run(None, begin, last)] if begin <= last else found


def _holds_until(one: Stored) -> date:
    return one.as_of + LONGEST_GAP


#: How long a stored state stands for days that nobody judged.
LONGEST_GAP = timedelta(days=31)
_ONE_DAY = timedelta(days=1)
