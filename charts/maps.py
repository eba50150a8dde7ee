"""Regions as areas on a map, or as squares: SVG that takes its colours from the page. Pure.

A conic projection that keeps areas, as maps of the country use it (standard parallels 25 and 47, middle meridian 105).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
Ring: TypeAlias = tuple[Point, ...]
Rings: TypeAlias = tuple[Ring, ...]

_FIRST, _SECOND, _MIDDLE = (math.radians(degrees) for degrees in (25, 47, 105))
_N = (math.sin(_FIRST) + math.sin(_SECOND)) / 2
_C = math.cos(_FIRST) ** 2 + 2 * _N * math.sin(_FIRST)
#: Points nearer to the one before than this are left out: what the eye cannot part need not be sent.
_LEAST = 0.9


@dataclass(frozen=True)
class Area:
    """A region to be drawn: `css` names its colour, `mark` a symbol of the page, `text` what stands in it."""

    code: str
    label: str
    title: str
    css: str
    link: str = ""
    mark: str = ""
    text: str = ""


@dataclass(frozen=True)
class Sheet:
    """A map on which areas can be drawn: what lies around them, and where each of them lies. The same for every day."""

    width: int
    height: float
    ground: str
    paths: Mapping[str, str]
    middles: Mapping[str, Point]


def sheet(
    rings: Mapping[str, Rings], codes: Sequence[str], *, around: Sequence[str] = (), lines: Rings = (), width: int = 640
) -> Sheet:
    """A map for the regions with these codes, of those that have rings; `around` are regions that are only outlined
    behind them, `lines` belong to the map without enclosing anything."""
    plane = {code: _projected(rings[code]) for code in (*around, *codes) if code in rings}
    drawn, sea = [code for code in codes if code in rings], _projected(lines)
    frame = _Frame.of([sea, *plane.values()], width)
    ground = [f'<path class="around" d="{frame.path(plane[code])}"/>' for code in around]
    ground += [f'<path class="sea" d="{frame.line(line)}"/>' for line in sea]
    return Sheet(
        width,
        frame.height,
        "".join(ground),
        {code: frame.path(plane[code]) for code in drawn},
        {code: frame.middle(plane[code]) for code in drawn},
    )


def map_svg(areas: Sequence[Area], on: Sheet, label: str) -> str:
    """Areas in their places on a map. Empty without an outline."""
    drawn = [area for area in areas if area.code in on.paths]
    if not drawn:
        return ""
    box = f'viewBox="0 0 {on.width} {on.height:.0f}" role="group" aria-label="{escape(label)}"'
    parts = [f'<svg class="map" {box}>', on.ground]
    parts += [_area(area, on.paths[area.code]) for area in drawn]
    parts += [_name(area, on.middles[area.code]) for area in drawn]
    return "".join([*parts, "</svg>"])


def tiles_svg(
    areas: Sequence[Area],
    squares: Mapping[str, tuple[int, int]],
    label: str,
    *,
    around: Sequence[tuple[int, int]] = (),
    side: int = 76,
) -> str:
    """Areas as squares of equal size, roughly where they lie, among the empty squares `around`. "" without a square."""
    drawn = [area for area in areas if area.code in squares]
    if not drawn:
        return ""
    own = [squares[area.code] for area in drawn]
    places = [*own, *around]
    top, left = min(row for row, _column in places), min(column for _row, column in places)
    rows, columns = max(row for row, _column in places) - top + 1, max(column for _row, column in places) - left + 1
    box = f"0 0 {columns * side} {rows * side}"
    parts = [f'<svg class="map tiles" viewBox="{box}" role="group" aria-label="{escape(label)}">']
    for row, column in around:
        if (row, column) not in own:
            parts.append(f'<path class="around" d="{_square((column - left) * side, (row - top) * side, side)}"/>')
    for area, (row, column) in zip(drawn, own, strict=True):
        x, y = (column - left) * side, (row - top) * side
        parts.append(_area(area, _square(x, y, side)))
        parts.append(_name(area, (x + side / 2, y + side / 2)))
    return "".join([*parts, "</svg>"])


def _square(x: int, y: int, side: int) -> str:
    return f"M{x + 2} {y + 2}h{side - 4}v{side - 4}h{4 - side}z"


def _area(area: Area, path: str) -> str:
    shape = f'<path class="area {area.css}" d="{path}"><title>{escape(area.title)}</title></path>'
    if not area.link:
        return shape
    return f'<a href="{escape(area.link)}" aria-label="{escape(area.title)}">{shape}</a>'


def _name(area: Area, at: Point) -> str:
    x, y = at
    lines = [
        f'<text x="{x:.0f}" y="{y - (2 if area.text or area.mark else -4):.0f}" class="m">{escape(area.label)}</text>'
    ]
    if area.text:
        lines.append(f'<text x="{x:.0f}" y="{y + 13:.0f}" class="m v">{escape(area.text)}</text>')
    if area.mark:
        mark = f'<svg class="mk {area.mark}" x="{x - 7:.0f}" y="{y + 2:.0f}" width="14" height="14">'
        lines.append(f'{mark}<use href="#m-{area.mark}"/></svg>')
    return f'<g class="name {area.css}" aria-hidden="true">{"".join(lines)}</g>'


@dataclass(frozen=True)
class _Frame:
    """From the plane of the projection to the picture."""

    left: float
    top: float
    scale: float
    height: float

    @classmethod
    def of(cls, shapes: Sequence[Rings], width: int) -> _Frame:
        points = [point for rings in shapes for ring in rings for point in ring] or [(0.0, 0.0)]
        xs, ys = [x for x, _y in points], [y for _x, y in points]
        scale = (width - 8) / ((max(xs) - min(xs)) or 1)
        return cls(min(xs), max(ys), scale, (max(ys) - min(ys)) * scale + 8)

    def _at(self, point: Point) -> Point:
        return 4 + (point[0] - self.left) * self.scale, 4 + (self.top - point[1]) * self.scale

    def path(self, rings: Rings) -> str:
        """Rings as a path, without the points that nobody could see."""
        return "".join(self._ring(ring) for ring in rings)

    def _ring(self, ring: Ring) -> str:
        kept: list[Point] = []
        for point in map(self._at, ring):
            if not kept or math.dist(point, kept[-1]) >= _LEAST:
                kept.append(point)
        if len(kept) < 3:
            return ""
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in kept) + "Z"

    def line(self, line: Ring) -> str:
        """A line as a path that stays open."""
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in map(self._at, line))

    def middle(self, rings: Rings) -> Point:
        """The centre of gravity of the largest ring: where the name stands."""
        ring = max(rings, key=lambda ring: abs(_size(ring)))
        size, x, y = 0.0, 0.0, 0.0
        for (ax, ay), (bx, by) in zip(ring, ring[1:], strict=False):
            cross = ax * by - bx * ay
            size, x, y = size + cross, x + (ax + bx) * cross, y + (ay + by) * cross
        return self._at(ring[0]) if size == 0 else self._at((x / (3 * size), y / (3 * size)))


def _size(ring: Ring) -> float:
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(ring, ring[1:], strict=False)) / 2


def _projected(rings: Rings) -> Rings:
    return tuple(tuple(_albers(*point) for point in ring) for ring in rings)


def _albers(longitude: float, latitude: float) -> Point:
    radius = math.sqrt(_C - 2 * _N * math.sin(math.radians(latitude))) / _N
    angle = _N * (math.radians(longitude) - _MIDDLE)
    return radius * math.sin(angle), -radius * math.cos(angle)
