"""The text of a plan with its quotes marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from goals.models import Plan


@dataclass(frozen=True)
class Piece:
    """A run of a plan's text; `ids` are the targets that quote it."""

    text: str
    ids: Sequence[str]


def plan_pieces(plan: Plan) -> list[Piece]:
    """The text cut at the borders of its quotes, so that each run knows which targets rest on it."""
    targets = list(plan.targets.filter(parent__isnull=True, text_sha256=plan.text_sha256))
    borders = sorted({0, len(plan.text), *(t.char_start for t in targets), *(t.char_end for t in targets)})
    return [
        Piece(
            plan.text[start:end],
            [t.register_id for t in targets if t.char_start <= start and end <= t.char_end],
        )
        for start, end in zip(borders, borders[1:], strict=False)
    ]
