"""Where regions lie on a map, and their squares where no map may be shown. Simplified outlines, see data/README.md."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

import orjson

from charts.maps import Rings, Sheet, sheet

SEA = "sea"  # the dashes in the South China Sea: lines, no ring


@lru_cache(maxsize=1)
def outlines() -> Mapping[str, Rings]:
    """The rings of every province and city by region code, of longitudes and latitudes; outer rings run clockwise."""
    text = resources.files("provinces").joinpath("data", "boundaries.geojson").read_bytes()
    return {shape["properties"]["code"]: _rings(shape["geometry"]) for shape in orjson.loads(text)["features"]}


def _rings(geometry: dict[str, object]) -> Rings:
    coordinates = geometry["coordinates"]
    assert isinstance(coordinates, list)
    rings = [ring for part in coordinates for ring in part] if geometry["type"] == "MultiPolygon" else coordinates
    return tuple(tuple((float(x), float(y)) for x, y in ring) for ring in rings)


def provinces_of_the_map() -> list[str]:
    """The provinces, all of which a map of the country shows, whichever of them it is about."""
    return [code for code in outlines() if code.endswith("0000")]


@lru_cache(maxsize=64)
def sheet_of(codes: tuple[str, ...], around: tuple[str, ...] | None = None) -> Sheet:
    """A map for regions with these codes and some around them; without these the whole country, with the dashes."""
    if around is not None:
        return sheet(outlines(), codes, around=around)
    return sheet(outlines(), codes, around=provinces_of_the_map(), lines=outlines()[SEA])


@lru_cache(maxsize=1)
def squares() -> Mapping[str, tuple[int, int]]:
    """Row and column of each province among the provinces, and of each city within its province."""
    text = resources.files("provinces").joinpath("data", "tiles.csv").read_text(encoding="utf-8")
    return {row["code"]: (int(row["row"]), int(row["column"])) for row in csv.DictReader(text.splitlines())}
