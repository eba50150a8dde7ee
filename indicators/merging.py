"""What becomes of a value that arrives where one is stored already. Pure.

A stored value is never lost: it moves to a revision. Reviewed files stand above provisional ones and these above
simulated ones; a row of a higher grade displaces one of a lower grade whole, so that no simulated or provisional number
can hide in it, never the reverse. Within a grade each value stands by itself: the one received later stays, whatever
order the files are loaded in, and a missing value erases nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.rounding import IntArray


@dataclass(frozen=True)
class Arriving:
    """Rows of one submission: keys (each once), values (row, column) with -1 where there is none."""

    key: IntArray
    values: IntArray
    submission: int
    grade: int


@dataclass(frozen=True)
class Held:
    """Rows that are stored, each with its submission and that submission's grade."""

    key: IntArray
    values: IntArray
    submission: IntArray
    grade: IntArray


@dataclass(frozen=True)
class Changes:
    """Values that gave way: `row` counts the arriving rows, `column` the values within one; -1 is no value."""

    row: IntArray
    column: IntArray
    old: IntArray
    new: IntArray
    old_submission: IntArray
    new_submission: IntArray


@dataclass(frozen=True)
class Merge:
    """What to write. Rows are places among the arriving ones."""

    new: IntArray
    changed: IntArray
    values: IntArray  # of the changed rows, as they become
    submission: IntArray  # of the changed rows
    changes: Changes
    behind: int  # rows that a stored row of a higher grade keeps out


def merge(arriving: Arriving, held: Held) -> Merge:
    """Compare arriving rows with those held."""
    order = np.argsort(held.key, kind="stable")
    place = np.searchsorted(held.key[order], arriving.key)
    there = np.zeros(len(arriving.key), dtype=np.bool_)
    inside = place < len(order)
    there[inside] = held.key[order[place[inside]]] == arriving.key[inside]
    row = np.flatnonzero(there)
    other = order[place[row]]
    old, given = held.values[other], arriving.values[row]
    behind = held.grade[other] > arriving.grade
    displaces = held.grade[other] < arriving.grade
    later = arriving.submission >= held.submission[other]
    first, second = np.where(later[:, None], given, old), np.where(later[:, None], old, given)
    final = np.where(first >= 0, first, second)
    final[displaces] = given[displaces]
    final[behind] = old[behind]
    changed = displaces | (final != old).any(axis=1)
    # A value that came too late: it was known before the one that is stored, which stays.
    outrun = (given != old) & (given >= 0) & (old >= 0) & ~(later | behind | displaces)[:, None]
    return Merge(
        new=np.flatnonzero(~there),
        changed=row[changed],
        values=final[changed],
        submission=np.where(later | displaces, arriving.submission, held.submission[other])[changed],
        changes=_changes(arriving, held, row, other, final, outrun),
        behind=int(behind.sum()),
    )


def _changes(
    arriving: Arriving,
    held: Held,
    row: IntArray,
    other: IntArray,
    final: IntArray,
    outrun: np.typing.NDArray[np.bool_],
) -> Changes:
    old, given = held.values[other], arriving.values[row]
    at, column = np.nonzero((final != old) | outrun)
    late = outrun[at, column]
    mine, theirs = np.full(len(at), arriving.submission), held.submission[other[at]]
    return Changes(
        row=row[at],
        column=column,
        old=np.where(late, given[at, column], old[at, column]),
        new=final[at, column],
        old_submission=np.where(late, mine, theirs),
        new_submission=np.where(late, theirs, mine),
    )


# ---- a submission taken back -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SteppedBack:
    """What to write when a submission is taken back. Rows are places among its rows."""

    gone: IntArray  # of which nobody else speaks
    changed: IntArray
    values: IntArray  # of the changed rows, as they become
    submission: IntArray  # of the changed rows
    changes: Changes


def stepped_back(withdrawn: IntArray, held: Held, others: Sequence[Arriving]) -> SteppedBack:
    """What stands of these keys (each once) had only the others arrived, in the order of receipt."""
    there = np.isin(held.key, withdrawn)
    held = Held(held.key[there], held.values[there], held.submission[there], held.grade[there])
    final = Held(held.key[:0], held.values[:0], held.submission[:0], held.grade[:0])
    for other in others:
        chosen = np.isin(other.key, withdrawn)
        final = _folded(final, replace(other, key=other.key[chosen], values=other.values[chosen]))
    at = _places_of(held.key, final.key)
    values = np.where((at >= 0)[:, None], _at(final.values, at), -1)
    owner = np.where(at >= 0, _at(final.submission, at), -1)
    row = _places_of(held.key, withdrawn)
    differs = values != held.values
    kept = (at >= 0) & (differs.any(axis=1) | (owner != held.submission))
    place, column = np.nonzero(differs)
    return SteppedBack(
        gone=row[at < 0],
        changed=row[kept],
        values=values[kept],
        submission=owner[kept],
        changes=Changes(
            row=row[place],
            column=column,
            old=held.values[place, column],
            new=values[place, column],
            old_submission=held.submission[place],
            new_submission=owner[place],
        ),
    )


def _folded(state: Held, arriving: Arriving) -> Held:
    """A table in memory after rows were merged into it."""
    result = merge(arriving, state)
    place = _places_of(arriving.key[result.changed], state.key)
    values, submission, grade = state.values.copy(), state.submission.copy(), state.grade.copy()
    values[place], submission[place] = result.values, result.submission
    grade[place] = np.maximum(grade[place], arriving.grade)
    new = len(result.new)
    return Held(
        np.concatenate([state.key, arriving.key[result.new]]),
        np.concatenate([values, arriving.values[result.new]]),
        np.concatenate([submission, np.full(new, arriving.submission)]),
        np.concatenate([grade, np.full(new, arriving.grade)]),
    )


def _places_of(keys: IntArray, known: IntArray) -> IntArray:
    """Where each key stands among the known ones (each once); -1 for one that does not."""
    if not len(known):
        return np.full(len(keys), -1, dtype=np.int64)
    order = np.argsort(known)
    place = order[np.minimum(np.searchsorted(known[order], keys), len(known) - 1)]
    return np.where(known[place] == keys, place, -1)


def _at(values: IntArray, places: IntArray) -> IntArray:
    """The values at these places; anything at a place of -1."""
    return values[places] if len(values) else np.full((len(places), *values.shape[1:]), -1, dtype=np.int64)
