"""`manage.py evaluate FILE`: the standards from a shell, CSV in and CSV out. Stores nothing."""

from __future__ import annotations

import csv
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.air_sheets import evaluate_aqi, evaluate_year, unused_year_columns
from evaluation.sheet import Code, Problem, Row, SheetError
from evaluation.water_sheets import evaluate_water, unused_water_columns
from ingest.messages import sentence
from ingest.readers.text import csv_rows, decoded
from ingest.tidy import Document, StructuralError

_SENTENCES: Mapping[Code, str | Promise] = {
    "no column": gettext_lazy("表中没有“%(column)s”这一列，请加上或改列名。"),
    "no date": gettext_lazy("第%(row)d行没有日期，请填写，或用 --on 指定按哪一天的标准。"),
    "not a date": gettext_lazy("第%(row)d行%(column)s“%(text)s”不是日期，请写成 2021-03-01。"),
    "not a number": gettext_lazy("第%(row)d行%(column)s“%(text)s”不是非负数，请改正；没有数据请留空。"),
    "twice": gettext_lazy("第%(row)d行的%(text)s在同一地区出现了两次，请留一行。"),
    "no rule": gettext_lazy("%(text)s还没有相应的标准，请去掉这些行，或用 --on 指定按哪一天的标准。"),
    "not a water body": gettext_lazy("第%(row)d行%(column)s“%(text)s”应为 river（河流）或 lake（湖库）。"),
    "not a class": gettext_lazy("第%(row)d行%(column)s“%(text)s”应为Ⅰ至Ⅴ或1至5。"),
}


EVALUATIONS: Mapping[str, Callable[[Sequence[Row], date | None], list[dict[str, str]]]] = {
    "aqi": evaluate_aqi,
    "year": evaluate_year,
    "water": evaluate_water,
}
#: The AQI keeps every column of its table; the others say which they leave aside.
UNUSED: Mapping[str, Callable[[Iterable[str]], list[str]]] = {
    "year": unused_year_columns,
    "water": unused_water_columns,
}


class Command(BaseCommand):
    """Evaluate a table by the standards."""

    help = "按标准评价一张表：AQI、年评价、水质类别 / Evaluate a table: AQI, year, water class"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--what", choices=list(EVALUATIONS), required=True)
        parser.add_argument("--on", type=_day, metavar="DATE", help=_("一律按这一天有效的标准；不写则按各行自己的日期"))

    def handle(self, *_args: object, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(_("找不到 %(path)s。") % {"path": path}, returncode=2)
        try:
            lines, rows = _table(path)
            found = EVALUATIONS[options["what"]](rows, options["on"])
        except StructuralError as error:
            raise CommandError(
                sentence(error.finding.code, error.finding.original, error.finding.details), returncode=1
            ) from error
        except SheetError as error:
            self.stderr.write("\n".join(_said(problem, lines) for problem in error.problems))
            sys.exit(1)
        columns = dict.fromkeys(column for row in found for column in row)
        unused = UNUSED[options["what"]](rows[0]) if options["what"] in UNUSED else []
        if unused:
            self.stderr.write(_("这些列没有用到：%(columns)s") % {"columns": "、".join(unused)})
        writer = csv.DictWriter(self.stdout, list(columns), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(_("“%(text)s”不是日期，请写成 2021-03-01。") % {"text": text}) from None


def _table(path: Path) -> tuple[Sequence[int], list[dict[str, str]]]:
    """The rows of a CSV file by their header, and the line on which each stands."""
    numbered = list(csv_rows(decoded(Document(path.name, path.read_bytes()))))
    if len(numbered) < 2:
        raise CommandError(_("表中没有数据行。"), returncode=1)
    header = [name.strip() for name in numbered[0][1]]
    for line, cells in numbered[1:]:
        if len(cells) != len(header):
            raise CommandError(
                _("第%(row)d行有%(cells)d格，表头有%(columns)d格，请核对。")
                % {"row": line, "cells": len(cells), "columns": len(header)},
                returncode=1,
            )
    return [line for line, _cells in numbered], [dict(zip(header, cells, strict=True)) for _line, cells in numbered[1:]]


def _said(problem: Problem, lines: Sequence[int]) -> str:
    place = {"row": lines[problem.row], "column": problem.column, "text": problem.text}
    return str(_SENTENCES[problem.code]) % place
