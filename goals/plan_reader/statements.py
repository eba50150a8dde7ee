"""A statement as found in the normal text, and the draft that it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.progress import Kind
from goals.plan_reader.drafts import Doubt, TargetDraft
from goals.plan_reader.figures import Binding
from goals.plan_reader.normal import NormalText
from goals.plan_reader.subjects import Item
from goals.plan_reader.words import Baseline
from indicators.catalogue import scope_of

_WEIGHTS = {"unknown_indicator": 0.4, "lists_differ": 0.5, "several_numbers": 0.3, "unknown_scope": 0.2}
_LIGHT = 0.15


@dataclass(frozen=True)
class Statement:
    """What a clause states of one indicator; [start, end) are places in the normal text."""

    item: Item
    kind: Kind
    start: int
    end: int
    binding: Binding | None = None
    unit: str = ""
    baseline: Baseline | None = None
    reference: str = ""
    approximate: bool = False
    aspirational: bool = False
    allows_equal: bool = False
    doubts: tuple[Doubt, ...] = ()


def draft_of(found: Statement, text: NormalText) -> TargetDraft:
    """The statement in the words and at the places of the text as received, with what is doubtful in it."""
    indicator, item = found.item.indicator, found.item
    start, end = text.span(found.start, found.end)
    doubts = _doubts(found)
    return TargetDraft(
        indicator=indicator.code if indicator else "",
        indicator_zh=_as_printed(found, text),
        scope_zh=item.scope,
        domain=indicator.domain if indicator else "overall",
        kind=found.kind,
        comparator=found.binding.comparator if found.binding else "",
        value=found.binding.value if found.binding else None,
        unit=found.unit if found.binding else "",
        baseline_year=found.baseline.year if found.baseline else None,
        baseline_note=found.baseline.words if found.baseline else "",
        approximate=found.approximate,
        aspirational=found.aspirational,
        allows_equal=found.allows_equal,
        reference=found.reference,
        quote_zh=text.original[start:end],
        char_start=start,
        char_end=end,
        confidence=_confidence(doubts),
        doubts=tuple(doubts),
    )


def _doubts(found: Statement) -> list[Doubt]:
    indicator, item = found.item.indicator, found.item
    doubts = list(found.doubts)
    if indicator is None:
        doubts.insert(0, Doubt("unknown_indicator", {"words": item.words}))
    if item.scope and scope_of(item.scope, indicator.domain if indicator else "overall") is None:
        doubts.append(Doubt("unknown_scope", {"words": item.scope}))
    level = found.binding is not None and not found.binding.change
    if level and indicator is not None and indicator.measured and found.unit != indicator.unit:
        doubts.append(Doubt("other_unit", {"unit": found.unit, "wanted": indicator.unit}))
    return doubts


def _as_printed(found: Statement, text: NormalText) -> str:
    """The name in the plan's own characters where it stands there in one piece."""
    words = found.item.words.replace("\t", "")
    place = text.text.find(words, found.start, found.end)
    if place < 0:
        return words
    start, end = text.span(place, place + len(words))
    return "".join(text.original[start:end].split())


def _confidence(doubts: Sequence[Doubt]) -> float:
    lost = sum(_WEIGHTS.get(doubt.code, _LIGHT) for doubt in doubts)
    return round(max(0.1, 1.0 - lost), 2)
