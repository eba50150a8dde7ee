"""What becomes of a value that arrives where one is stored already. Pure.

A stored value is never lost: it moves to a revision. Reviewed files stand above provisional ones and these above
simulated ones; a row of a higher grade displaces one of a lower grade whole, so that no simulated or provisional number
can hide in it, never the reverse. Within a grade each value stands by itself: the one received later stays, whatever
order the files are loaded in, and a missing value erases nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

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
