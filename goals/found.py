"""A verdict as the pages take it, worked out now or stored earlier."""

from __future__ import annotations

import json
from collections import UserDict
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

from evaluation.progress import State
from goals.models import Target
from indicators.models import Figure


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


class StoredFacts(UserDict[str, Any]):
    """The facts of a stored verdict, by the JSON they are stored as, which is read when one of them is asked for.

    A country's overview looks through ten thousand verdicts for what some of them lack. Nobody may change them: those
    of several verdicts can be one.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def data(self) -> dict[str, Any]:  # type: ignore[override]
        """All of them."""
        return _read(self._text)

    def __contains__(self, name: object) -> bool:
        return f'"{name}"' in self._text and name in self.data

    def get(self, name: str, default: Any = None) -> Any:
        """A fact, or the default where the verdict has none of that name."""
        return self.data[name] if name in self else default


@lru_cache(maxsize=2000)
def _read(text: str) -> dict[str, Any]:
    """Thousands of verdicts lack the same."""
    found: dict[str, Any] = json.loads(text)
    return found
