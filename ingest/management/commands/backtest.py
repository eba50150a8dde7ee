"""`manage.py backtest PATH`: the forecast tested on daily histories. Stores nothing."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from tqdm import tqdm

from evaluation.backtest import Histories
from evaluation.forecast import SERIES
from evaluation.lessons import Lesson, number_rows, shipped, shipped_scores, teach
from ingest.histories import read_histories
from ingest.messages import sentence


class Command(BaseCommand):
    """Score the forecast on the histories in a file, folder or archive."""

    help = "用逐日历史检验年终展望 / Test the forecast on daily histories"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=_("每个 PATH 是一组城市的逐日历史"))
        parser.add_argument("--json", action="store_true", help=_("只在标准输出打印一份 JSON"))
        parser.add_argument("--save", type=Path, metavar="FOLDER", help=_("把学到的数和成绩写成两张 CSV"))

    def handle(self, *_args: object, **options: Any) -> None:
        sets = {_name(path): self._histories(path) for path in options["paths"]}
        source = " + ".join(_described(name, figures) for name, figures in sets.items())
        lesson = teach(sets, source, drifts=False, figures=tqdm(SERIES, disable=not self.stderr.isatty()))
        if not lesson.numbers:
            says = _("这些历史不够检验：至少要有两个城市、连续两个完整年（每年不少于324天、每月不少于20天）。")
            raise CommandError(says, returncode=1)
        if options["save"]:
            _save(options["save"], lesson)
        if options["json"]:
            self.stdout.write(orjson.dumps(_answer(sets, lesson), option=orjson.OPT_INDENT_2).decode())
            return
        for row in lesson.scores:
            self.stdout.write(_line(row))
        for figure, months in lesson.months.items():
            self.stdout.write(f"{figure}  {_('可显示的月末')}  {'、'.join(map(str, sorted(months))) or '—'}")

    def _histories(self, path: Path) -> Mapping[str, Histories]:
        try:
            found, refused = read_histories([path], timezone.now())
        except FileNotFoundError as error:
            raise CommandError(_("找不到 %(path)s。") % {"path": path}, returncode=2) from error
        for name, refusal in refused:
            says = sentence(refusal.finding.code, refusal.finding.original, refusal.finding.details)
            self.stderr.write(f"{name}  {says}")
        return found


def _name(path: Path) -> str:
    """What a set is called: its folder."""
    return path.resolve().parent.name if path.is_file() else path.resolve().name


def _described(name: str, figures: Mapping[str, Histories]) -> str:
    cities = {city for histories in figures.values() for city in histories}
    years = {year for histories in figures.values() for found in histories.values() for year in found}
    return f"{name}, {len(cities)} cities, {min(years)}-{max(years)}" if cities else name


def _answer(sets: Mapping[str, Mapping[str, Histories]], lesson: Lesson) -> dict[str, Any]:
    return {
        "sets": [_described(name, figures) for name, figures in sets.items()],
        "scores": [*lesson.scores, *shipped_scores(sets)],
        "months": {figure: sorted(months) for figure, months in lesson.months.items()},
        "shipped_months": {figure: sorted(months) for figure, months in shipped().months.items()},
        "numbers": list(number_rows(lesson)),
    }


def _line(row: Mapping[str, Any]) -> str:
    shares = " ".join(f"{name} {100 * row[name]:5.1f}%" for name in ("coverage", "wrong"))
    skills = " ".join(f"{name} {_skill(row[name])}" for name in ("skill_naive", "skill_base"))
    mark = "✓" if row["passes"] else "✗"
    head = f"{mark} {row['figure']:10} {row['set']:24} {row['protocol']:18} {row['month']:2}"
    return f"{head}  n {row['trials']:5}  CRPS {row['crps']:.4f}  {shares}  {skills}"


def _skill(value: float | None) -> str:
    return "—" if value is None else f"{value:+.3f}"


def _save(folder: Path, lesson: Lesson) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "forecast_numbers.csv", number_rows(lesson))
    _write(folder / "forecast_scores.csv", lesson.scores)


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
