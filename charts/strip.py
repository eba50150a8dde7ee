"""A year of states as a strip: SVG that takes its colours from the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

HEIGHT = 14


@dataclass(frozen=True)
class Stretch:
    """Days in a row of one state. `css` names its colour, `title` says what and since when."""

    begins: int  # days of the year before it
    days: int
    css: str
    title: str
    link: str = ""


def strip_svg(stretches: Sequence[Stretch], days: int, marked: int | None, label: str) -> str:
    """The stretches side by side over `days` days; `marked` draws a rule on a day of the year, counted from 0."""
    box = f'viewBox="0 0 {days} {HEIGHT}" preserveAspectRatio="none"'
    role = "group" if any(one.link for one in stretches) else "img"
    parts = [f'<svg class="strip-svg" {box} role="{role}" aria-label="{escape(label)}">']
    for one in stretches:
        shape = f'<rect class="run {one.css}" x="{one.begins}" y="2" width="{one.days}" height="{HEIGHT - 4}">'
        shape += f"<title>{escape(one.title)}</title></rect>"
        parts.append(
            f'<a href="{escape(one.link)}" aria-label="{escape(one.title)}">{shape}</a>' if one.link else shape
        )
    if marked is not None:
        parts.append(f'<rect class="now" x="{marked}" y="0" width="1" height="{HEIGHT}"/>')
    return "".join([*parts, "</svg>"])
