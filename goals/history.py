"""The record of stored verdicts: since when a state stands, what changed, and the year as a strip. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache, reduce
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from django.db.models import F, Max, Min, Q, QuerySet, Window
from django.db.models.functions import Lag

from evaluation.progress import State
from evaluation.rounding import IntArray
from goals.found import Found
from goals.judged_days import PLACES, STATE, STATES, as_neighbour, states_of
from goals.models import Assessment, Target
from goals.selectors import targets_by_key
from goals.standings import Standing, Standings, verdict_in_full, verdicts_by_key
from indicators.bulk import EPOCH, Wanted, select_columns
from memory.tables import remembered


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
    """The stored verdicts of each target up to a day, without the days on which it stayed in its state."""
    return _changes_of_each(tuple(target.pk for target in targets), until)


@remembered(Assessment, most=64)
def _changes_of_each(targets: tuple[int, ...], until: date | None) -> Mapping[int, list[Stored]]:
    return changes_of(targets, until)


def changes_of(targets: Collection[int], until: date | None) -> Mapping[int, list[Stored]]:
    """The verdicts of targets, by their keys, that changed a state from one day to another, the first ones included.

    The database leaves out the others: of a year of days a handful stays. Of several verdicts on one day the last one
    counts, so a day may turn out to have changed nothing after all.
    """
    before = Window(Lag("state"), partition_by="target_id", order_by=["as_of", "id"])
    rows = _until(Assessment.objects.filter(target__in=targets).order_by("as_of", "id"), until).annotate(before=before)
    rows = rows.filter(Q(before__isnull=True) | ~Q(before=F("state")))
    by_target: dict[int, list[Stored]] = defaultdict(list)
    for target, *row in rows.values_list("target_id", *Stored._fields):
        stored, known = Stored._make(row), by_target[target]
        if known and known[-1].as_of == stored.as_of:
            known.pop()
        if not known or known[-1].state != stored.state:
            known.append(stored)
    return by_target


def _until(rows: QuerySet[Assessment], until: date | None) -> QuerySet[Assessment]:
    return rows.filter(as_of__isnull=False) if until is None else rows.filter(as_of__lte=until)


class Turn(NamedTuple):
    """A target's last change of state by its stored verdicts, and the key of the one that brought it."""

    before: State
    after: State
    day: date
    verdict: int


@dataclass(frozen=True)
class States:
    """The states that targets were in within some days: of those that changed, the last change."""

    turns: Mapping[int, Turn]
    _days: Sequence[date]
    _targets: IntArray
    _states: (
        IntArray  # of each day and target the state by the last verdict until then, by its place in STATES; -1 for none
    )

    def on(self, day: date, targets: IntArray) -> IntArray:
        """The state of each of some targets, by their keys, by the last verdict stored until one of the days: its place
        in STATES; -1 for none."""
        found = np.full(len(targets), -1, dtype=np.int64)
        at = np.searchsorted(self._targets, targets)
        known = at < len(self._targets)
        known[known] = self._targets[at[known]] == targets[known]
        found[known] = self._states[self._days.index(day), at[known]]
        return found


@remembered(Assessment, most=8)
def states_within(first: date, last: date) -> States:
    """The stored states of all targets from one day to another, both included.

    Day by day, so that the next day has one more to read; a country's ten thousand targets at a time.
    """
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    stored = states_of(days)
    targets = reduce(_union, (one.targets for one in stored.values()))
    states, verdicts = np.full((2, len(days), len(targets)), -1)
    for n, one in enumerate(stored.values()):
        states[n], verdicts[n] = states[max(0, n - 1)], verdicts[max(0, n - 1)]
        places = np.searchsorted(targets, one.targets)
        states[n, places], verdicts[n, places] = one.states, one.verdicts
    turned = (states[:-1] >= 0) & (states[:-1] != states[1:])
    turns: dict[int, Turn] = {}  # a later one takes the place of an earlier one
    for n, place in np.argwhere(turned).tolist():
        before, after = STATES[states[n, place]], STATES[states[n + 1, place]]
        turns[int(targets[place])] = Turn(before, after, days[n + 1], int(verdicts[n + 1, place]))
    return States(turns, days, targets, states.astype(np.int8))


def _union(some: IntArray, others: IntArray) -> IntArray:
    """Keys in order, of two days mostly the same."""
    return some if np.array_equal(some, others) else np.union1d(some, others)


@remembered(Assessment)
def last_turns() -> Mapping[int, Turn]:
    """The last change of every target that ever changed its state."""
    judged = Assessment.objects.filter(as_of__isnull=False).order_by().values("target_id")
    moved = judged.annotate(low=Min("state"), high=Max("state")).exclude(low=F("high"))
    keys = [target for target, _low, _high in moved.values_list("target_id", "low", "high")]
    rows = _states_of_each(keys, "as_of IS NOT NULL", [])
    turned = (rows[1:, 0] == rows[:-1, 0]) & (rows[1:, 2] != rows[:-1, 2])
    pairs = zip(rows[:-1][turned].tolist(), rows[1:][turned].tolist(), strict=True)  # the last of a target counts
    return {
        target: Turn(STATES[before], STATES[after], _day(day), verdict)
        for (_target, _before, before, _verdict), (target, day, after, verdict) in pairs
    }


def _states_of_each(targets: Sequence[int], where: str, given: Sequence[date]) -> IntArray:
    """Of each target and day that it was judged on, in their order, the last state and the verdict that brought it."""
    wanted = (Wanted("target_id", "number"), Wanted("as_of", "date"), STATE, Wanted("id", "number"))
    where = f"{where} AND target_id IN ({', '.join(map(str, targets))})"
    rows = select_columns(Assessment, wanted, where, given) if targets else np.empty((0, 4), np.int64)
    rows = rows[np.lexsort(rows.T[[3, 1, 0]])]
    rows = rows[~as_neighbour(rows, -1, columns=3)]  # said again on the same day
    return rows[~as_neighbour(rows, 1, columns=2)]  # changed on the same day


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
    """A target whose stored state differs from the one before, and the reason that the verdict on it gave."""

    found: Found
    before: State
    after: State
    day: date
    reason: str


def recent_changes(
    found: Standings, as_of: date | None, days: int, turns: Mapping[int, Turn]
) -> list[tuple[int, Turn]]:
    """The places of the targets whose state changed within the last days before the shown one, the latest first, each
    with its change, by the stored verdicts.

    As of now: the last change of each, whenever it was.
    """
    after, known = date.min if as_of is None else as_of - timedelta(days=days), found.roll.places
    recent = [(known[key], turn) for key, turn in turns.items() if key in known and turn.day > after]
    changes = [(place, turn) for place, turn in recent if found.states[place] == PLACES[turn.after]]
    return sorted(changes, key=lambda change: (-change[1].day.toordinal(), change[0]))


def with_reasons(found: Standings, changes: Sequence[tuple[int, Turn]]) -> list[Change]:
    """Changes in full."""
    now = found.at(np.array([place for place, _turn in changes], dtype=np.int64))
    short = [one for one in now if isinstance(one, Standing)]
    stored = verdicts_by_key({turn.verdict for _place, turn in changes} | {one.verdict for one in short})
    targets = targets_by_key([one.target.pk for one in short])
    return [
        Change(verdict_in_full(one, stored, targets), turn.before, turn.after, turn.day, stored[turn.verdict].reason)
        for one, (_place, turn) in zip(now, changes, strict=True)
    ]


# ---- the year as a strip ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """Days in a row that are in one state; `state` None where nothing is stored for them."""

    state: State | None
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it lasts."""
        return (self.last - self.first).days + 1


def runs(history: Sequence[Stored], first: date, last: date) -> list[Run]:
    """A year's stored verdicts, of each day one, as runs of equal state from `first` to `last`.

    A state holds until the next stored verdict, as long as no more than a month lies between: what nobody judged for
    longer is unknown, and so are the days before the first verdict and after the last one.
    """
    rows = [
        (0, one.as_of.toordinal() - EPOCH, PLACES[State(one.state)]) for one in history if first <= one.as_of <= last
    ]
    found = _runs_of_each(np.array(rows, dtype=np.int64).reshape(len(rows), 3), first, last)
    return found.get(0, [Run(None, first, last)])


def stored_runs(targets: Sequence[int], first: date, last: date) -> Mapping[int, list[Run]]:
    """The `runs` of targets, by their keys, of those that have any verdict."""
    rows = _states_of_each(targets, "as_of BETWEEN %s AND %s", [first, last])
    return _runs_of_each(rows[:, :3], first, last)


def _runs_of_each(rows: IntArray, first: date, last: date) -> dict[int, list[Run]]:
    """The runs of each target; rows of target, day and state, of each day one, in this order."""
    target, day, state = rows.T
    begins = np.ones(len(rows), dtype=np.bool_)
    begins[1:] = (target[1:] != target[:-1]) | (state[1:] != state[:-1]) | (day[1:] - day[:-1] > LONGEST_GAP.days + 1)
    ends = np.append(begins, True)[1:]  # each ends before the next one begins
    found = {}
    spans = np.column_stack((target[begins], state[begins], day[begins], day[ends])).tolist()
    for key, group in groupby(spans, key=itemgetter(0)):
        found[key] = _without_holes([(place, _day(begin), _day(end)) for _key, place, begin, end in group], first, last)
    return found


def _without_holes(spans: Sequence[tuple[int, date, date]], first: date, last: date) -> list[Run]:
    """Spans of days that were judged alike, each until the next one or as long as it holds, and what lies between."""
    found: list[Run] = []
    begin = first
    for (place, since, latest), after in zip(spans, [*spans[1:], None], strict=True):
        if begin < since:
            found.append(Run(None, begin, since - _ONE_DAY))
        end = latest if after is None else min(after[1] - _ONE_DAY, latest + LONGEST_GAP)
        found.append(Run(STATES[place], since, end))
        begin = end + _ONE_DAY
    return [*found, Run(None, begin, last)] if begin <= last else found


@lru_cache(maxsize=4000)
def _day(number: int) -> date:
    return date.fromordinal(number + EPOCH)


#: How long a stored state stands for days that nobody judged.
LONGEST_GAP = timedelta(days=31)
_ONE_DAY = timedelta(days=1)
