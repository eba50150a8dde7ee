"""`python -m tests.goals.plan_reader.score`: how well plans are read, as a table."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from goals.plan_reader import Reading
from indicators.catalogue import indicator_definitions
from tests.goals.plan_reader.reading import in_a_plan, promises, read
from tests.goals.plan_reader.said import sentences

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden"
PLANS = ROOT.parent / "shared" / "plans"
REGIONS = {
    "广西": ("450000", ("广西壮族自治区", "广西")),
    "大连": ("210200", ("大连市", "大连")),
    "广州": ("440100", ("广州市", "广州")),
    "衡阳": ("430400", ("衡阳市", "衡阳")),
    "河南": ("410000", ("河南省", "河南")),
}


@dataclass(frozen=True)
class Score:
    """How many were found right, found wrongly, and missed."""

    right: int
    wrong: int
    missed: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 1 where there was nothing to find and nothing was."""
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else 1.0


def score(found: Iterable[object], wanted: Iterable[object]) -> Score:
    """What was found held against what there is; each counts once."""
    there, expected = Counter(found), Counter(wanted)
    right = (there & expected).total()
    return Score(right, there.total() - right, expected.total() - right)


def readings() -> dict[str, Reading]:
    """The five plans as read, by region. FileNotFoundError where the texts are not beside this checkout."""
    found = {}
    for region, (code, names) in REGIONS.items():
        (path,) = PLANS.glob(f"{code}_*.txt") if PLANS.is_dir() else ()
        found[region] = read(path.read_bytes().decode("utf-8"), 2021, names)
    return found


def golden(name: str) -> list[dict[str, str]]:
    """A table of the golden register."""
    with (GOLDEN / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


TARGET_KEYS = (
    "region", "indicator_en", "scope_zh", "kind", "comparator", "value", "unit", "baseline_year", "approximate",
    "aspirational", "reference",
)  # fmt: skip


def targets_read(plans: dict[str, Reading]) -> list[tuple[str, ...]]:
    """The targets of all plans, as the golden register spells them."""
    english = {code: definition.name_en for code, definition in indicator_definitions().items()}
    return [
        (
            region,
            english.get(draft.indicator, draft.indicator_zh),
            draft.scope_zh,
            draft.kind.value,
            draft.comparator,
            "" if draft.value is None else f"{draft.value:f}",
            draft.unit,
            str(draft.baseline_year or ""),
            str(draft.approximate).lower(),
            str(draft.aspirational).lower(),
            draft.reference,
        )
        for region, reading in plans.items()
        for draft in reading.targets
    ]


def targets_wanted() -> list[tuple[str, ...]]:
    """The targets of the golden register."""
    return [tuple(row[key] for key in TARGET_KEYS) for row in golden("targets")]


def with_number(rows: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Those that print a number."""
    return [row for row in rows if row[5]]


def quantities_read(plans: dict[str, Reading], commitment: bool) -> list[tuple[str, ...]]:
    """The commitments, or the context numbers, of all plans."""
    return [
        (region, one.task_number, f"{one.quantity:f}", one.unit)
        for region, reading in plans.items()
        for one in reading.quantities
        if one.is_commitment is commitment
    ]


def quantities_wanted(commitment: bool) -> list[tuple[str, ...]]:
    """The commitments, or the context numbers, of the golden register."""
    return [
        (row["region"], row["task_number"], row["quantity"], row["unit"])
        for row in golden("task_quantities")
        if (row["is_commitment"] == "true") is commitment
    ]


def tasks_read(plans: dict[str, Reading]) -> list[tuple[str, ...]]:
    """The numbered tasks of all plans."""
    return [
        (region, task.number, task.chapter_zh, task.title_zh, str(task.char_start), str(task.char_end))
        for region, reading in plans.items()
        for task in reading.tasks
    ]


def tasks_wanted() -> list[tuple[str, ...]]:
    """The numbered tasks of the golden register."""
    keys = ("region", "number", "chapter_zh", "title_zh", "char_start", "char_end")
    return [tuple(row[key] for key in keys) for row in golden("tasks")]


def table() -> list[tuple[str, Score]]:
    """What is measured, line by line."""
    rows: list[tuple[str, Score]] = []
    said = sentences()
    read_so = [(one.words, promise) for one in said for promise in promises(in_a_plan(one.words))]
    rows.append(("invented sentences", score(read_so, [(one.words, row) for one in said for row in one.promises])))
    try:
        plans = readings()
    except (FileNotFoundError, ValueError):
        return rows
    found, wanted = targets_read(plans), targets_wanted()
    rows.append(("five plans, targets with a number", score(with_number(found), with_number(wanted))))
    rows.append(("five plans, all targets", score(found, wanted)))
    for region in REGIONS:
        own: Sequence[tuple[str, ...]] = [row for row in found if row[0] == region]
        rows.append((f"  {region}", score(own, [row for row in wanted if row[0] == region])))
    rows.append(("five plans, numbered tasks", score(tasks_read(plans), tasks_wanted())))
    for commitment, words in ((True, "commitments"), (False, "context numbers")):
        pair = (quantities_read(plans, commitment), quantities_wanted(commitment))
        rows.append((f"five plans, {words}", score(*pair)))
    return rows


def main() -> None:
    """Print the table."""
    rows = table()
    sys.stdout.write(f"{'':38}{'right':>7}{'wrong':>7}{'missed':>8}{'F1':>8}\n")
    for words, one in rows:
        sys.stdout.write(f"{words:38}{one.right:7}{one.wrong:7}{one.missed:8}{one.f1:8.3f}\n")
    if len(rows) == 1:
        sys.stdout.write("the texts of the five plans are not beside this checkout\n")


if __name__ == "__main__":
    main()
