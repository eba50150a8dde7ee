"""A small line for a table cell, as SVG that takes its colours from the page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, EDGE = 132, 28, 4


def spark(
    this_year: Sequence[float | None], last_year: Sequence[float | None], target: float | None, label: str
) -> str:
    """Twelve months at most of this year over last year's ghost, the target dashed. Empty without any value."""
    known = [value for value in (*this_year, *last_year, target) if value is not None]
    if not any(value is not None for value in this_year):
        return ""
    low, high = min(known), max(known)
    span = (high - low) or 1.0

    def y(value: float) -> float:
        return EDGE + (HEIGHT - 2 * EDGE) * (1 - (value - low) / span)

    def line(values: Sequence[float | None], css: str) -> str:
        points = [(_x(n), y(value)) for n, value in enumerate(values) if value is not None]
        if len(points) < 2:
            return ""
        return f'<polyline class="{css}" points="{" ".join(f"{px:.1f},{py:.1f}" for px, py in points)}"/>'

    last = max(n for n, value in enumerate(this_year) if value is not None)
    end = this_year[last]
    parts = [
        f'<svg class="ch spark" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">',
        "" if target is None else f'<path class="target dash" d="M0 {y(target):.1f}H{WIDTH}"/>',
        line(last_year, "ghost"),
        line(this_year, "year"),
        "" if end is None else f'<circle class="dot" cx="{_x(last):.1f}" cy="{y(end):.1f}" r="3.5"/>',
        "</svg>",
    ]
    return "".join(parts)


def _x(month: int) -> float:
    return EDGE + (WIDTH - 2 * EDGE) * month / 11
