"""The reviewed data files of plans, one a plan: their schema. Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from importlib import resources
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from evaluation.progress import Kind
from indicators.catalogue import Domain


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Quoted(_Strict):
    span: tuple[int, int]

    @model_validator(mode="after")
    def _span_is_in_order(self) -> Self:
        if not 0 <= self.span[0] < self.span[1]:
            raise ValueError(f"span {self.span} is empty or reversed")
        return self


class PlanRow(_Strict):
    """The plan itself."""

    region: str
    year: int
    title: str
    text_sha256: str = ""
    issued_on: date | None = None


class TargetRow(_Quoted):
    """A target as the register has it. Changes are signed: "down 2.5 %" is -2.5 with <=."""

    id: str
    domain: Domain
    indicator: str
    indicator_zh: str
    scope: str = ""
    scope_zh: str = ""
    kind: Kind
    comparator: Literal["", "<", "<=", "=", ">=", ">"] = ""
    value: Decimal | None = None
    unit: str = ""
    baseline_year: int | None = None
    baseline_note: str = ""
    approximate: bool = False
    aspirational: bool = False
    allows_equal: bool = False
    reference: str = ""
    quote_zh: str
    notes: str = ""


class TaskRow(_Quoted):
    """A numbered task."""

    id: str
    chapter_zh: str
    number: str
    title_zh: str


class QuantityRow(_Quoted):
    """A number printed in a task."""

    id: str
    task: str
    task_zh: str
    quantity: Decimal
    unit: str = ""
    deadline: str = ""
    quote_zh: str
    is_commitment: bool = False


class PlanFile(_Strict):
    """One plan with everything that was read out of it."""

    plan: PlanRow
    targets: tuple[TargetRow, ...]
    tasks: tuple[TaskRow, ...]
    quantities: tuple[QuantityRow, ...]


def shipped_plans() -> list[PlanFile]:
    """The plans that ship with the project, by region code. ValidationError for a file that breaks the schema."""
    files = sorted(
        (file for file in resources.files("goals").joinpath("plans").iterdir() if file.name.endswith(".yaml")),
        key=lambda file: file.name,
    )
    return [
        PlanFile.model_validate(yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)) for file in files
    ]
