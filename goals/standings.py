"""How the targets of a year stand as of a day, in columns: a country has ten thousand of them. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from django.utils import timezone

from evaluation.progress import RULE_VERSION, Lack, State
from evaluation.rounding import IntArray
from goals.found import Found
from goals.models import Assessment, Plan, Target
from goals.selectors import SAID, last_changes_of_year
from goals.verdicts import Verdicts
from indicators.bulk import Wanted, moment, select_columns
from memory.tables import remembered
from provinces.models import Region

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Roll:
    """Some targets of a year in the order of their plans. What a page asks of all of them, each day anew, is asked
    once."""

    targets: Sequence[Target]

    @cached_property
    def keys(self) -> IntArray:
        """The key of each target."""
        return np.array([one.id for one in self.targets], dtype=np.int64)

    @cached_property
    def plan_keys(self) -> IntArray:
        """The key of each target's plan."""
        return np.array([one.plan_id for one in self.targets], dtype=np.int64)

    @cached_property
    def places(self) -> Mapping[int, int]:
        """The place of each target by its key."""
        return {key: place for place, key in enumerate(self.keys.tolist())}

    @cached_property
    def aspirational(self) -> BoolArray:
        """Which of them are aspirational (力争)."""
        return np.array([one.aspirational for one in self.targets], dtype=np.bool_)

    @cached_property
    def domains(self) -> frozenset[str]:
        """The domains that any of them counts to."""
        return frozenset(one.domain for one in self.targets)

    @cached_property
    def plans(self) -> Mapping[int, Plan]:
        """Their plans by their keys."""
        return {one.plan_id: one.plan for one in self.targets}

    @cached_property
    def regions(self) -> Sequence[tuple[Region, IntArray]]:
        """Their regions, provinces first, each with the places of its targets; in a year a region has one plan."""
        by_plan: dict[int, list[int]] = {}
        for place, plan in enumerate(self.plan_keys.tolist()):
            by_plan.setdefault(plan, []).append(place)
        found = [(self.plans[plan].region, np.array(places)) for plan, places in by_plan.items()]
        return sorted(found, key=lambda of: (of[0].level != Region.Level.PROVINCE, of[0].code))


class Standing(NamedTuple):
    """A stored verdict in short; as far as these are there, as `Found` has them."""

    target: Target
    state: State
    lack: str
    simulated: bool
    verdict: int  # its key


#: A verdict as far as most of a page needs it.
Judged = Found | Standing


#: The states and what may be lacking by their places, as columns have them.
STATES, LACKS = tuple(State), tuple(Lack)
PLACES: Mapping[State, int] = {state: place for place, state in enumerate(STATES)}


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
        rows = zip(places.tolist(), *(column[places].tolist() for column in columns), strict=True)
        return [self.judged_now.get(place) or self._standing(place, *row) for place, *row in rows]

    def _standing(self, place: int, state: int, lack: int, simulated: bool, key: int) -> Standing:
        return Standing(self.roll.targets[place], STATES[state], LACKS[lack] if lack >= 0 else "", simulated, key)


def standings(year: int | None, as_of: date | None, roll: Roll) -> Standings:
    """How the targets of a roll of a year stand: by the stored verdicts where nothing changed since, else judged now.

    What `goals.selectors.verdicts` says of each, in short.
    """
    stored = _stored(year, as_of)
    found = np.full((len(roll.targets), len(_IN_SHORT)), -1, dtype=np.int64)
    at = np.searchsorted(stored[:, 0], roll.keys)
    is_stored = at < len(stored)
    is_stored[is_stored] = stored[at[is_stored], 0] == roll.keys[is_stored]
    found[is_stored] = stored[at[is_stored]]
    stale = np.flatnonzero(~is_stored).tolist()
    judged = Verdicts([roll.targets[place] for place in stale], as_of, timezone.localdate()).all() if stale else []
    for place, one in zip(stale, judged, strict=True):
        lack, other = one.facts.get("lack"), one.facts.get("evaluated")
        found[place, 2:] = (
            PLACES[one.state],
            LACKS.index(lack) if lack else -1,
            PLACES[State(other)] if other else -1,
            one.simulated,
        )
    _keys, verdicts, states, lacks, others, simulated = found.T
    return Standings(roll, states, lacks, others >= 0, simulated > 0, verdicts, dict(zip(stale, judged, strict=True)))


#: What of a stored verdict stands in columns.
_IN_SHORT = (
    Wanted("target_id", "number"),
    Wanted("id", "number"),
    Wanted("state", "text", STATES),
    Wanted("facts", "text", LACKS, key="lack"),
    Wanted("facts", "text", STATES, key="evaluated"),
    Wanted("CAST(simulated AS integer)", "number"),
)


@remembered(*SAID, Assessment, most=6)
def _stored(year: int | None, as_of: date | None) -> IntArray:
    """The last verdict of a day on each target, in short, where nothing that it rests on changed since, by the keys of
    the targets; with those on targets that are not of the year, which nobody asks for."""
    changed = last_changes_of_year(year)
    if not changed:
        return np.empty((0, len(_IN_SHORT)), dtype=np.int64)
    of_the_day, day = ("as_of IS NULL", []) if as_of is None else ("as_of = %s", [as_of])
    doubtful = Wanted("assessed_at", "earlier", [str(moment(max(changed.values())))])
    where = f"{of_the_day} AND rule_version = %s"
    rows = select_columns(Assessment, (*_IN_SHORT, doubtful), where, [*day, RULE_VERSION])
    rows = rows[np.lexsort(rows.T[[1, 0]])]
    rows = rows[np.append(rows[1:, 0] != rows[:-1, 0], True)[: len(rows)]]
    if rows[:, -1].any():
        exact: dict[int, datetime] = dict(
            Assessment.objects.filter(as_of=as_of, rule_version=RULE_VERSION).values_list("id", "assessed_at")
        )
        pairs = rows[:, :2].tolist()
        rows = rows[[target in changed and exact[key] >= changed[target] for target, key in pairs]]
    found: IntArray = rows[:, :-1]
    return found


def in_full(found: Sequence[Judged]) -> list[Found]:
    """Verdicts with all that they say, of which some are known in short."""
    keys = [one.verdict for one in found if isinstance(one, Standing)]
    stored = Assessment.objects.select_related("figure__submission").in_bulk(keys) if keys else {}
    return [verdict_in_full(one, stored) for one in found]


def verdict_in_full(one: Judged, stored: Mapping[int, Assessment]) -> Found:
    """A verdict with all that it says, where it is known in short by its row among stored ones."""
    if isinstance(one, Found):
        return one
    row = stored[one.verdict]
    return Found(one.target, one.state, row.value, row.facts, row.figure, row.simulated)
