"""How the targets of a year stand as of a day, in columns: a country has ten thousand of them. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from django.utils import timezone

from evaluation.progress import Lack, State
from evaluation.rounding import IntArray
from goals.found import Found, Listed
from goals.judged_days import IN_SHORT, LACKS, PLACES, STATES, last_verdicts
from goals.models import Assessment, Plan, Target
from goals.rolls import BoolArray, Roll, roll_of_year
from goals.said import last_said
from goals.selectors import SAID, evidence_of, targets_by_key
from goals.verdicts import Verdicts
from indicators.models import Figure, Indicator, Submission
from indicators.selectors import indicators
from memory.tables import remembered, remembered_each
from provinces.models import Region
from provinces.selectors import Changed, evidence_changes

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def _instant(when: datetime | None) -> int:
    """A moment in microseconds since 1970; never is before any other."""
    return -1 if when is None else (when - _BEGINNING) // timedelta(microseconds=1)


class Standing(NamedTuple):
    """A stored verdict in short; as far as these are there, as `Found` has them."""

    target: Listed
    state: State
    lack: str
    simulated: bool
    verdict: int  # its key


#: A verdict as far as most of a page needs it.
Judged = Found | Standing


@dataclass(frozen=True)
class Standings:
    """The verdicts on the targets of a roll as of a day, each at its target's place."""

    roll: Roll
    states: IntArray  # by their places in STATES
    lacks: IntArray  # what is missing before a target can be judged, by its place in LACKS; -1 for nothing
    unsettled: BoolArray  # the latest evaluation says otherwise, a second one has to agree
    simulated: BoolArray
    verdicts: IntArray  # the keys of the stored ones
    judged_now: Mapping[int, Found]  # by place, those that are not stored

    def __len__(self) -> int:
        return len(self.states)

    def are(self, *states: State) -> BoolArray:
        """Which of them are in one of some states."""
        return np.isin(self.states, [PLACES[state] for state in states])

    def lacking(self, *lacks: Lack) -> BoolArray:
        """Which of them lack one of some things."""
        return np.isin(self.lacks, [LACKS.index(lack) for lack in lacks])

    def at(self, places: IntArray) -> list[Judged]:
        """The verdicts at some places, in short where they are stored."""
        columns = (self.states, self.lacks, self.simulated, self.verdicts)
        rows = zip(self.roll.listed(places), *(column[places].tolist() for column in columns), strict=True)
        known = (self.judged_now.get(place) for place in places.tolist())
        return [one or _standing(*row) for one, row in zip(known, rows, strict=True)]

    def at_each(self, parts: Sequence[IntArray]) -> list[list[Judged]]:
        """The same for several lots of places, read at once."""
        found = iter(self.at(np.concatenate([NO_PLACES, *parts])))
        return [list(islice(found, len(part))) for part in parts]


NO_PLACES = np.empty(0, dtype=np.int64)


def _standing(target: Listed, state: int, lack: int, simulated: bool, key: int) -> Standing:
    return Standing(target, STATES[state], LACKS[lack] if lack >= 0 else "", simulated, key)


#: More targets than these are not judged while a reader waits: with a country's evidence it takes a millisecond each.
MOST_AT_ONCE = 400


class TooManyError(Exception):
    """So many targets would have to be judged first."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} targets to be judged first")
        self.count = count


_in_a_hurry: ContextVar[bool] = ContextVar("a reader waits", default=False)


def hurry(does: bool) -> None:
    """Whether a reader waits, until the end of the surrounding `at_leisure`."""
    _in_a_hurry.set(does)


@contextmanager
def at_leisure() -> Iterator[None]:
    """Nobody waits, unless somebody says so within."""
    before = _in_a_hurry.set(False)
    try:
        yield
    finally:
        _in_a_hurry.reset(before)


def standings(year: int | None, as_of: date | None, roll: Roll) -> Standings:
    """How the targets of a roll of a year stand: by the stored verdicts where nothing changed since, else judged now.

    What `goals.selectors.verdicts` says of each, in short. Raises TooManyError where a reader waits and more than
    MOST_AT_ONCE would have to be judged.
    """
    stored = _stored(year, as_of)
    found = np.full((len(roll), len(IN_SHORT) - 1), -1, dtype=np.int64)
    at = np.searchsorted(stored[:, 0], roll.keys)
    is_stored = at < len(stored)
    is_stored[is_stored] = stored[at[is_stored], 0] == roll.keys[is_stored]
    found[is_stored] = stored[at[is_stored]]
    stale = np.flatnonzero(~is_stored)
    if len(stale) > MOST_AT_ONCE and _in_a_hurry.get():
        raise TooManyError(len(stale))
    if len(stale) and len(roll) <= MOST_AT_ONCE:
        targets_by_key(roll.keys.tolist())  # of a few all that a page may ask for, at once
    judged = Verdicts(roll.at(stale), as_of, timezone.localdate()).all() if len(stale) else []
    judged_now = dict(zip(stale.tolist(), judged, strict=True))
    for place, one in judged_now.items():
        lack, other = one.facts.get("lack"), one.facts.get("evaluated")
        found[place, 2:] = (
            PLACES[one.state],
            LACKS.index(lack) if lack else -1,
            PLACES[State(other)] if other else -1,
            one.simulated,
        )
    _keys, verdicts, states, lacks, others, simulated = found.T
    return Standings(roll, states, lacks, others >= 0, simulated > 0, verdicts, judged_now)


def _stored(year: int | None, as_of: date | None) -> IntArray:
    """The last verdict of a day on each target of a year, in short, where nothing that it rests on changed since, by
    the keys of the targets."""
    (keys, changed), rows = last_changes_of_year(year), last_verdicts(as_of)
    places = np.searchsorted(keys, rows[:, 0])
    known = places < len(keys)
    known[known] = keys[places[known]] == rows[known, 0]
    known[known] = rows[known, -1] >= changed[places[known]]
    found: IntArray = rows[known, :-1]
    return found


@remembered(*SAID, most=3)
def last_changes_of_year(year: int | None) -> tuple[IntArray, IntArray]:
    """The keys of a year's targets in order, and when anything last changed that the verdict on each rests on, in
    microseconds since 1970: what `goals.selectors` says of a few targets, for thousands."""
    roll, (does_rest, places) = roll_of_year(year), _rests_of_year(year)
    evidence = evidence_changes(plan.region_id for plan in roll.plans.values())
    regions = [[_instant(when) for when in evidence[plan.region_id]] for plan in roll.plans.values()]
    when = _rows(regions, np.int64)[places]
    changed = np.maximum(roll.updated, np.where(does_rest, when, -1).max(axis=1))
    for target, said in last_said().items():
        place = roll.places.get(target)
        if place is not None:
            changed[place] = max(changed[place], _instant(said))
    order = np.argsort(roll.keys)
    return roll.keys[order], changed[order]


@remembered(Target, Plan, Region, Indicator, most=4)
def _rests_of_year(year: int | None) -> tuple[BoolArray, IntArray]:
    """Of each target of a year on which kinds of evidence the verdict on it rests, and the place of its plan."""
    known, roll = indicators(), roll_of_year(year)
    pairs: dict[tuple[str, str], int] = {}
    rows = zip(roll.indicators.tolist(), roll.domains.tolist(), strict=True)
    kinds = [pairs.setdefault(pair, len(pairs)) for pair in rows]
    rests = [[kind in evidence_of(known[code].statistic, domain) for kind in Changed._fields] for code, domain in pairs]
    plan_keys = np.array(list(roll.plans), dtype=np.int64)
    order = np.argsort(plan_keys)
    return _rows(rests, np.bool_)[kinds], order[np.searchsorted(plan_keys, roll.plan_keys, sorter=order)]


def _rows(found: Sequence[Sequence[int]], kind: type[np.generic]) -> npt.NDArray[Any]:
    """A row for each, with a column for each kind of evidence."""
    return np.array(found, dtype=kind).reshape(-1, len(Changed._fields))


def in_full(found: Sequence[Judged]) -> list[Found]:
    """Verdicts with all that they say, of which some are known in short."""
    short = [one for one in found if isinstance(one, Standing)]
    stored = verdicts_by_key([one.verdict for one in short])
    targets = targets_by_key([one.target.pk for one in short])
    return [verdict_in_full(one, stored, targets) for one in found]


@remembered_each(Assessment, Figure, Submission, most=1000)
def verdicts_by_key(keys: Sequence[int]) -> Mapping[int, Assessment]:
    """Stored verdicts by their keys, with the figures that they rest on."""
    return Assessment.objects.order_by().select_related("figure__submission").in_bulk(keys)


def verdict_in_full(one: Judged, stored: Mapping[int, Assessment], targets: Mapping[int, Target]) -> Found:
    """A verdict with all that it says, where it is known in short by its row among stored ones and its target."""
    if isinstance(one, Found):
        return one
    row = stored[one.verdict]
    return Found(targets[one.target.pk], one.state, row.value, row.facts, row.figure, row.simulated)
