"""A verdict as the pages take it, worked out now or stored earlier."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from evaluation.progress import State
from goals.models import Plan, Target
from indicators.models import Figure, Indicator


class Listed(NamedTuple):
    """A target as far as a list of thousands shows it."""

    pk: int
    register_id: str
    plan: Plan
    indicator: Indicator
    indicator_zh: str
    domain: str
    aspirational: bool


@dataclass
class Found:
    """A verdict with everything that a person may ask about it."""

    target: Target
    state: State
    value: Decimal | None = None
    facts: MutableMapping[str, Any] = field(default_factory=dict)
    figure: Figure | None = None
    simulated: bool = False
    evaluated_daily: bool = False  # rests on days and may scatter: two evaluations running change its state

    @property
    def lack(self) -> str:
        """What is missing before the target can be judged, a `Lack`; empty for nothing."""
        return str(self.facts.get("lack", ""))
