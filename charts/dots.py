"""Dots on a line: this year beside last in a table cell, and how many places lie where. SVG in the page's colours."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, EDGE = 190, 20, 8


@dataclass(frozen=True)
class Rule:
    """A limit with its name."""

    value: float
    label: str


def dumbbell(now: float | None, before: float | None, limit: float | None, low: float, high: float, label: str) -> str:
    """This year's value and last year's on the common scale from `low` to `high`, the limit dashed across."""
    span = (high - low) or 1.0

    def x(value: float) -> float:
        return EDGE + (WIDTH - 2 * EDGE) * (value - low) / span

    middle = HEIGHT / 2
    parts = [f'<svg class="ch dumb" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">']
    parts.append(f'<path class="grid" d="M0 {middle}H{WIDTH}"/>')
    if limit is not None and low <= limit <= high:
        parts.append(f'<path class="rule dash" d="M{x(limit):.1f} 0V{HEIGHT}"/>')
    if now is not None and before is not None:
        parts.append(f'<path class="ghost" d="M{x(before):.1f} {middle}H{x(now):.1f}"/>')
    if before is not None:
        parts.append(f'<circle class="gdot" cx="{x(before):.1f}" cy="{middle}" r="3.5"/>')
    if now is not None:
        parts.append(f'<circle class="dot" cx="{x(now):.1f}" cy="{middle}" r="5"/>')
    return "".join([*parts, "</svg>"])


def distribution(
    values: Sequence[tuple[str, float]], rules: Sequence[Rule], unit: str, label: str, *, width: int = 640
) -> str:
    """A dot a place over its value, dots of the same value on top of each other, limits as named lines."""
    if not values:
        return ""
    known = [value for _name, value in values] + [rule.value for rule in rules]
    low, high = min(known), max(known)
    margin = 0.05 * ((high - low) or abs(high) or 1)
    low, high = low - margin, high + margin
    steps = 46
    stacks: dict[int, list[tuple[str, float]]] = defaultdict(list)
    for name, value in values:
        stacks[round((value - low) / (high - low) * steps)].append((name, value))
    tallest = max(len(stack) for stack in stacks.values())
    top = 22 + 14 * len(rules)
    ground = top + 13 * tallest + 6

    def x(value: float) -> float:
        return 20 + (width - 40) * (value - low) / (high - low)

    parts = [f'<svg class="ch spread" viewBox="0 0 {width} {ground + 26:.0f}" role="img" aria-label="{escape(label)}">']
    parts.append(f'<path class="axis" d="M0 {ground}H{width}"/>')
    for place, rule in enumerate(sorted(rules, key=lambda one: one.value)):
        anchor, shift = ("e", -5) if x(rule.value) > width * 0.6 else ("", 5)
        parts.append(f'<path class="rule dash" d="M{x(rule.value):.1f} {14 * place + 4}V{ground}"/>')
        at = f'x="{x(rule.value) + shift:.1f}" y="{14 * place + 14}"'
        parts.append(f'<text class="tk {anchor}" {at}>{escape(rule.label)}</text>')
    for stack in stacks.values():
        for height, (name, value) in enumerate(stack):
            says = f"{name} {value:g} {unit}".strip()
            dot = f'<circle class="dot" cx="{x(value):.1f}" cy="{ground - 9 - 13 * height:.1f}" r="5.5">'
            parts.append(f"{dot}<title>{escape(says)}</title></circle>")
    below = [
        f'<text class="m" x="{x(value):.1f}" y="{ground + 18:.1f}">{value:g}</text>'
        for value in _round_steps(low, high)
    ]
    return "".join([*parts, *below, "</svg>"])


def _round_steps(low: float, high: float) -> list[float]:
    """Four to eight round numbers between two bounds."""
    span = high - low
    size = 10.0 ** math.floor(math.log10(span))
    step = next(size * factor for factor in (0.1, 0.2, 0.5, 1, 2, 5) if span / (size * factor) <= 8)
    first = -(-low // step) * step
    found = []
    while first <= high:
        found.append(round(first, 9))
        first += step
    return found
