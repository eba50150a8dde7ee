"""The invented sentences and what they promise, read from sentences.txt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

YEAR = 2023
REGION = ("江城市", "江城")
_ROW = re.compile(
    r'(?P<indicator>"[^"]+"|\w+)(?: @(?P<scope>\S+))?(?: (?P<kind>relative_change|point_change|increment))?'
    r" (?P<comparator>[<>]=?|=) (?P<value>-?[\d.]+)(?: (?P<unit>(?!base|about|aim)\S+))?"
    r"(?: base (?P<base>\d{4}))?(?P<about> about)?(?P<aim> aim)?"
)


@dataclass(frozen=True)
class Promise:
    """A target as a sentence states it."""

    indicator: str
    scope: str
    kind: str
    comparator: str
    value: Decimal
    unit: str
    baseline_year: int | None
    approximate: bool
    aspirational: bool


@dataclass(frozen=True)
class Sentence:
    """A sentence with the promises in it."""

    topic: str
    words: str
    promises: tuple[Promise, ...]


def sentences() -> list[Sentence]:
    """All invented sentences, in the order of the file."""
    return list(_read(Path(__file__).with_name("sentences.txt").read_text(encoding="utf-8").splitlines()))


def _read(lines: list[str]) -> Iterator[Sentence]:
    topic, words, rows = "", "", []
    for line in [*lines, "## end"]:
        if line.startswith("  "):
            rows.append(line.strip())
            continue
        if words:
            yield Sentence(topic, words, tuple(_promise(row) for row in rows if row != "-"))
            assert rows, f"{words} says nothing of what it promises"
        words, rows = "", []
        if line.startswith("## "):
            topic = line[3:]
        elif line and not line.startswith("#"):
            words = line


def _promise(row: str) -> Promise:
    match = _ROW.fullmatch(row)
    assert match is not None, row
    return Promise(
        indicator=match["indicator"].strip('"'),
        scope=match["scope"] or "",
        kind=match["kind"] or "absolute",
        comparator=match["comparator"],
        value=Decimal(match["value"]),
        unit=match["unit"] or "",
        baseline_year=int(match["base"]) if match["base"] else None,
        approximate=bool(match["about"]),
        aspirational=bool(match["aim"]),
    )
