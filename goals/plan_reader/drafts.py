"""What the reader hands on: drafts with the words they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from evaluation.progress import Kind


@dataclass(frozen=True)
class Doubt:
    """Something the reader is unsure of, as a code with what it speaks of; the words are the page's."""

    code: str
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TargetDraft:
    """A target as read: offsets count the characters of the text as received; changes are signed."""

    indicator: str  # a code of the catalogue; empty where no name of it was recognised
    indicator_zh: str
    scope_zh: str
    domain: str
    kind: Kind
    comparator: str
    value: Decimal | None
    unit: str
    baseline_year: int | None
    baseline_note: str
    approximate: bool
    aspirational: bool
    allows_equal: bool
    reference: str
    quote_zh: str
    char_start: int
    char_end: int
    confidence: float  # 0 to 1
    doubts: Sequence[Doubt] = ()


@dataclass(frozen=True)
class TaskDraft:
    """A numbered task."""

    chapter_zh: str
    number: str
    title_zh: str
    char_start: int
    char_end: int


@dataclass(frozen=True)
class QuantityDraft:
    """A number printed outside the targets: a commitment that can be ticked off, or context."""

    task_number: str
    task_zh: str
    quantity: Decimal
    unit: str
    deadline: str
    is_commitment: bool
    quote_zh: str
    char_start: int
    char_end: int
    confidence: float
    doubts: Sequence[Doubt] = ()


@dataclass(frozen=True)
class Reading:
    """A plan as read."""

    title: str
    year: int | None  # the one that the title names
    targets: Sequence[TargetDraft]
    tasks: Sequence[TaskDraft]
    quantities: Sequence[QuantityDraft]
    target_passages: Sequence[tuple[int, int]]
