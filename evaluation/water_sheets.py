"""Tables of water in, tables out: the class of sections from their readings (`manage.py evaluate --what water`)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction

from evaluation import basins
from evaluation.rounding import Number, round_half_even
from evaluation.sheet import Problem, Row, SheetError, SheetReader, spelled, yes
from evaluation.standards import table, versions_on
from evaluation.water import (
    CLASS_NAMES,
    Waterbody,
    assessed,
    assessment_places,
    counts_for_class,
    item_class,
    item_mean,
    reading,
    section_class,
)

# ---- water -----------------------------------------------------------------------------------------------------------


def evaluate_water(rows: Sequence[Row], on: date | None = None) -> list[dict[str, str]]:
    """The class of sections from their readings, and last a row for all of them.

    Columns: section; items by key or Chinese name, units in brackets ignored (mg/L as in GB 3838). Where there are any:
    date or month (rows of a month are averaged, then the months), waterbody (river or lake), target_class (1 to 5 or Ⅰ
    to Ⅴ). "0.01L" and "<0.01" stand for half the detection limit. GB 3838-2002 is the only standard; SheetError for a
    day `on` before it, and with every cell that cannot be read.
    """
    if on is not None and "GB 3838-2002" not in [one.standard for one in versions_on(on)]:
        raise SheetError([Problem(0, "date", "no rule", on.isoformat())])
    sheet = SheetReader(rows, lambda name: _item_spelled(name) or spelled(name))
    items = [name for name in sheet.column_of if name in _items()]
    sheet.need("section")
    if not any(counts_for_class(item) for item in items):
        raise SheetError([Problem(0, "pH, DO, CODMn ...", "no column", "")])
    found: dict[str, dict[str, dict[object, list[Fraction]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    bodies: dict[str, Waterbody] = {}
    targets: dict[str, int] = {}
    for row in range(len(rows)):
        section = sheet.text(row, "section")
        if not section:
            continue
        day = sheet.day(row) if "date" in sheet.column_of else None
        month: object = (day.year, day.month) if day else sheet.text(row, "month") or row
        bodies[section] = _waterbody(sheet, row)
        targets |= _target(sheet, row, section)
        for item in items:
            value = sheet.number(row, item, reading)
            if value is not None:
                found[section][item][month].append(value)
    sheet.done()
    means: dict[str, dict[str, Number]] = {
        section: {
            item: item_mean(item, [item_mean(item, values) for values in months.values()])
            for item, months in found[section].items()
        }
        for section in bodies
    }
    lines = [_section_line(section, means[section], bodies[section], targets.get(section)) for section in bodies]
    return [*lines, *_all_sections(means, bodies)]


def _items() -> dict[str, str]:
    return {row["key"]: row["name_cn"] for row in table("gb3838_table1")}


def _item_spelled(name: str) -> str | None:
    plain = re.sub(r"[(（](?!六价).*|\s", "", name.strip().replace("（六价）", "(六价)"))
    names = _items()
    aliases = {"Cr6": "六价铬", "pH": "PH"}
    return next((key for key, zh in names.items() if plain in (key, zh, aliases.get(key))), None)


def _waterbody(sheet: SheetReader, row: int) -> Waterbody:
    text = sheet.text(row, "waterbody")
    meaning: dict[str, Waterbody] = {"": "river", "river": "river", "河流": "river", "lake": "lake", "湖库": "lake"}
    if text not in meaning:
        sheet.wrong(row, "waterbody", "not a water body", text)
    return meaning.get(text, "river")


def _target(sheet: SheetReader, row: int, section: str) -> dict[str, int]:
    text = sheet.text(row, "target_class")
    known = {name: grade for grade, name in CLASS_NAMES.items()} | {str(grade): grade for grade in range(1, 6)}
    if text and text.removesuffix("类") not in known:
        sheet.wrong(row, "target_class", "not a class", text)
        return {}
    return {section: known[text.removesuffix("类")]} if text else {}


_WATER_COLUMNS = (
    "section",
    "waterbody",
    "class",
    "grade",
    "items",
    "worst_items",
    "main_pollutants",
    "target_class",
    "meets_target",
    "sections",
    "share_I_III",
    "share_worse_than_V",
    "notes",
)


def _section_line(section: str, means: Mapping[str, Number], body: Waterbody, target: int | None) -> dict[str, str]:
    found = section_class(means, body)
    line = dict.fromkeys(_WATER_COLUMNS, "") | {"section": section, "waterbody": body}
    if found is None:
        return line
    main = basins.main_pollutants(means, body)
    return line | {
        "class": CLASS_NAMES[found.grade],
        "grade": basins.section_grade(found.grade).name_zh,
        "items": str(found.items),
        "worst_items": ";".join(found.worst),
        "main_pollutants": ";".join(str(one) for one in main),
        "target_class": "" if target is None else CLASS_NAMES[target],
        "meets_target": "" if target is None else yes(basins.meets_own_target(found, target)),
        "notes": ";".join(_better_by_rounding(means, body)),
    }


def _better_by_rounding(means: Mapping[str, Number], body: Waterbody) -> Iterable[str]:
    """The items whose class is better once rounded for assessment: pH at no decimals lets 9.4 pass (C)."""
    for item, value in means.items():
        if counts_for_class(item, body):
            rounded = assessed(item, value)
            if item_class(item, rounded, body) < item_class(item, value, body):
                yield f"{item} {round_half_even(value, assessment_places(item) + 2)} → {rounded}"


def _all_sections(means: Mapping[str, Mapping[str, Number]], bodies: Mapping[str, Waterbody]) -> list[dict[str, str]]:
    """A row for the rivers and one for the lakes: shares, and the grade by the rule for many sections."""
    lines = []
    for body in ("river", "lake"):
        chosen = [means[section] for section in means if bodies[section] == body]
        grade = basins.region_grade(chosen, body)
        classes = [one.grade for section in chosen if (one := section_class(section, body)) is not None]
        if grade is not None:
            lines.append(
                dict.fromkeys(_WATER_COLUMNS, "")
                | {
                    "section": "*",
                    "waterbody": body,
                    "grade": grade.grade.name_zh,
                    "sections": str(len(classes)),
                    "share_I_III": str(round_half_even(basins.class_share(classes, (1, 2, 3)), 1)),
                    "share_worse_than_V": str(round_half_even(basins.class_share(classes, (6,)), 1)),
                }
            )
    return lines


def unused_water_columns(header: Iterable[str]) -> list[str]:
    """The columns that `evaluate_water` leaves aside, as they are written."""
    known = {"section", "date", "month", "waterbody", "target_class"}
    return [name for name in header if spelled(name) not in known and _item_spelled(name) is None]
