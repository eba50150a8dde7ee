"""What a draft says, typed: as read, as people corrected it, as it is written to a target, task or quantity. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from evaluation.progress import Kind
from goals.plan_reader import Doubt, QuantityDraft, TargetDraft, TaskDraft
from indicators.catalogue import scope_of

#: What an amendment of a target may change.
COMPARED = (
    "indicator",
    "scope",
    "kind",
    "comparator",
    "value",
    "unit",
    "baseline_year",
    "approximate",
    "aspirational",
    "allows_equal",
    "reference",
)
NEEDS_NUMBER = (Kind.ABSOLUTE, Kind.RELATIVE_CHANGE, Kind.POINT_CHANGE, Kind.INCREMENT)


class _Fields(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TargetFields(_Fields):
    """A target's fields. `scope` is a code of the catalogue, empty for the indicator's default."""

    indicator: str = ""
    indicator_zh: str = ""
    domain: str = "overall"
    scope: str = ""
    scope_zh: str = ""
    kind: Kind = Kind.QUALITATIVE
    comparator: Literal["", "<", "<=", "=", ">=", ">"] = ""
    value: Decimal | None = None
    unit: str = ""
    baseline_year: int | None = None
    baseline_note: str = ""
    approximate: bool = False
    aspirational: bool = False
    allows_equal: bool = False
    reference: str = ""


class TaskFields(_Fields):
    """A numbered task's fields."""

    chapter_zh: str = ""
    number: str
    title_zh: str


class QuantityFields(_Fields):
    """The fields of a number printed in a task."""

    task_number: str
    task_zh: str
    quantity: Decimal
    unit: str = ""
    deadline: str = ""
    is_commitment: bool = False


def target_fields(draft: TargetDraft) -> TargetFields:
    """What the reader read, with the scope as the catalogue has it."""
    return TargetFields(
        indicator=draft.indicator,
        indicator_zh=draft.indicator_zh[:80],
        domain=draft.domain,
        scope=scope_of(draft.scope_zh, draft.domain) or "",
        scope_zh=draft.scope_zh[:60],
        kind=draft.kind,
        comparator=draft.comparator,
        value=draft.value,
        unit=draft.unit,
        baseline_year=draft.baseline_year,
        baseline_note=draft.baseline_note[:120],
        approximate=draft.approximate,
        aspirational=draft.aspirational,
        allows_equal=draft.allows_equal,
        reference=draft.reference,
    )


def task_fields(draft: TaskDraft) -> TaskFields:
    """A task as read."""
    return TaskFields(chapter_zh=draft.chapter_zh[:80], number=draft.number[:40], title_zh=draft.title_zh[:200])


def quantity_fields(draft: QuantityDraft) -> QuantityFields:
    """A quantity as read."""
    return QuantityFields(
        task_number=draft.task_number[:40],
        task_zh=draft.task_zh[:120],
        quantity=draft.quantity,
        unit=draft.unit,
        deadline=draft.deadline[:60],
        is_commitment=draft.is_commitment,
    )


def lacks_of(fields: TargetFields) -> list[str]:
    """What keeps a draft from becoming a target, as codes: nothing is guessed in its place."""
    lacks = []
    if not fields.indicator:
        lacks.append("no_indicator")
    if fields.scope_zh and not fields.scope and scope_of(fields.scope_zh, fields.domain) is None:
        lacks.append("no_scope")
    if fields.kind in NEEDS_NUMBER and fields.value is None:
        lacks.append("no_number")
    if (fields.value is None) != (not fields.comparator):
        lacks.append("half_a_number")
    if fields.value is None and fields.unit:
        lacks.append("unit_without_number")
    if fields.allows_equal and fields.kind is not Kind.TREND:
        lacks.append("equal_is_of_trends")
    return lacks


def doubt_rows(doubts: Sequence[Doubt]) -> list[dict[str, Any]]:
    """Doubts as they are stored."""
    return [{"code": doubt.code, "about": dict(doubt.about)} for doubt in doubts]


def differences(there: Mapping[str, Any], fields: TargetFields) -> list[tuple[str, Any, Any]]:
    """Field, stored value, drafted value, for what an amended plan changes in a target."""
    drafted = fields.model_dump()
    return [(name, there[name], drafted[name]) for name in COMPARED if there[name] != drafted[name]]
