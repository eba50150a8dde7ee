"""What becomes of a value that arrives where one is stored already. Pure.

A stored value is never lost: it moves to a revision. A missing value erases nothing. A real value displaces a
simulated one, row by row and whole, so that no simulated number can hide in a real row; never the reverse.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)
Values = tuple[int | None, ...]


class Held(NamedTuple):
    """A row that is stored."""

    values: Values
    submission: int
    simulated: bool


class Change(NamedTuple, Generic[Key]):
    """A stored value that gives way: `place` is its position within the row."""

    key: Key
    place: int
    old: int | None
    new: int | None
    old_submission: int
    old_simulated: bool


@dataclass
class Merge(Generic[Key]):
    """What to write."""

    new: list[tuple[Key, Values]] = field(default_factory=list)
    changed: list[tuple[Key, Values]] = field(default_factory=list)
    changes: list[Change[Key]] = field(default_factory=list)
    unchanged: int = 0
    behind_real: int = 0  # simulated rows for which a real one is stored


def merge(rows: Iterable[tuple[Key, Values]], held: Mapping[Key, Held], *, simulated: bool) -> Merge[Key]:
    """Compare arriving rows (each key once) with those held."""
    result: Merge[Key] = Merge()
    for key, values in rows:
        there = held.get(key)
        if there is None:
            result.new.append((key, values))
        elif simulated and not there.simulated:
            result.behind_real += 1
        else:
            _merge_row(result, key, values, there, displaces=there.simulated and not simulated)
    return result


def _merge_row(result: Merge[Key], key: Key, values: Sequence[int | None], there: Held, *, displaces: bool) -> None:
    final: list[int | None] = []
    for place, (old, new) in enumerate(zip(there.values, values, strict=True)):
        kept = new if displaces or new is not None else old
        final.append(kept)
        if kept != old:
            result.changes.append(Change(key, place, old, kept, there.submission, there.simulated))
    if displaces or tuple(final) != there.values:
        result.changed.append((key, tuple(final)))
    else:
        result.unchanged += 1
