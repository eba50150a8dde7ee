"""The outlines and the squares: every region is there, rings run clockwise, nothing lies on anything else."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from charts.dots import Rule, distribution, dumbbell
from charts.maps import Area, map_svg, sheet, tiles_svg
from provinces.models import Region
from provinces.shapes import SEA, outlines, sheet_of, squares


def _size(ring) -> float:
    """Twice the signed area; below zero clockwise."""
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(ring, ring[1:], strict=False))


@pytest.mark.django_db
def test_every_province_and_city_has_an_outline_and_a_square():
    wanted = set(Region.objects.filter(level="province").values_list("code", flat=True))
    wanted |= set(Region.objects.filter(counts_as_city=True).values_list("code", flat=True))
    assert len(wanted) > 360
    assert wanted <= set(outlines())
    assert wanted <= set(squares())


def test_outer_rings_run_clockwise():
    largest = {code: max(rings, key=lambda ring: abs(_size(ring))) for code, rings in outlines().items() if code != SEA}
    assert all(_size(ring) < 0 for ring in largest.values())
    assert all(ring[0] == ring[-1] for rings in outlines().values() for ring in rings if rings is not outlines()[SEA])


def test_the_country_is_whole():
    inside = {"650000": (87.6, 43.8), "540000": (91.1, 29.7), "710000": (121.0, 23.8), "460000": (109.8, 19.2)}
    for code, (x, y) in inside.items():
        assert any(_holds(ring, x, y) for ring in outlines()[code]), code
    assert len(outlines()[SEA]) >= 9


@pytest.mark.django_db
def test_a_map_of_the_country_shows_all_provinces_and_the_dashes_in_the_sea(client_of):
    text = client_of("keshi").get("/?year=2021&view=map").content.decode()
    assert text.count('class="around"') == 34
    assert text.count('class="sea"') == len(outlines()[SEA])


def _holds(ring, x: float, y: float) -> bool:
    crossings = 0
    for (ax, ay), (bx, by) in zip(ring, ring[1:], strict=False):
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            crossings += 1
    return crossings % 2 == 1


def test_no_two_squares_of_a_province_are_one():
    provinces = [place for code, place in squares().items() if code.endswith("0000")]
    assert len(set(provinces)) == len(provinces) == 34
    cities = Counter((code[:2], place) for code, place in squares().items() if not code.endswith("0000"))
    assert max(cities.values()) == 1


def test_north_is_up_and_east_is_right():
    """Harbin lies north-east of Guangzhou, Urumqi north-west of it."""
    areas = [Area(code, code, code, "plain") for code in ("230100", "440100", "650100")]
    svg = map_svg(areas, sheet(outlines(), [area.code for area in areas], width=800), "x")
    at = {code: (float(x), float(y)) for x, y, code in re.findall(r'<text x="(\d+)" y="(-?\d+)" class="m">(\d+)<', svg)}
    harbin, guangzhou, urumqi = (at[code] for code in ("230100", "440100", "650100"))
    assert harbin[1] < guangzhou[1] > urumqi[1]
    assert urumqi[0] < guangzhou[0] < harbin[0]


def test_what_is_drawn_is_escaped_named_and_linked():
    svg = map_svg(
        [Area("450000", "<广西>", 'a "b"', "warn", "/regions/450000/?a=1&b=2", "open")], sheet_of(("450000",)), "图"
    )
    assert "&lt;广西&gt;" in svg
    assert 'href="/regions/450000/?a=1&amp;b=2"' in svg
    assert "<title>a &quot;b&quot;</title>" in svg
    assert 'href="#m-open"' in svg


@pytest.mark.parametrize("around", [(), None])
def test_a_region_without_an_outline_draws_nothing(around):
    assert map_svg([Area("999999", "x", "x", "plain")], sheet_of(("999999",), around), "图") == ""
    assert tiles_svg([Area("999999", "x", "x", "plain")], squares(), "图") == ""


def test_dots_lie_in_the_order_of_their_values():
    svg = distribution([("甲", 20.0), ("乙", 35.5), ("丙", 35.5)], [Rule(35, "二级 35")], "µg/m³", "分布")
    dots = {
        name: (float(x), float(y)) for x, y, name in re.findall(r'cx="([\d.]+)" cy="([\d.]+)" r="5.5"><title>(.)', svg)
    }
    assert dots["甲"][0] < dots["乙"][0] == dots["丙"][0]
    assert dots["乙"][1] != dots["丙"][1]  # equal values stand on each other
    line = float(re.search(r'class="rule dash" d="M([\d.]+)', svg)[1])
    assert dots["甲"][0] < line < dots["乙"][0]


def test_what_is_unknown_is_not_drawn():
    svg = dumbbell(None, 24.0, None, 20.0, 30.0, "x")
    assert svg.count("<circle") == 1
    assert distribution([], [], "", "x") == ""
