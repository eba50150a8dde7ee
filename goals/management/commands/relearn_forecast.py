"""`manage.py relearn_forecast`: learn the outlook again from the finished years that are stored."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from tqdm import tqdm

from evaluation.forecast import SERIES
from goals.learning import TooLittleToLearnError, relearn


class Command(BaseCommand):
    """Learn the forecast's pooled numbers from the bureau's own finished years, and use them from today on."""

    help = "用本库已结束的年份重学年终展望的参数 / Learn the outlook from the finished years that are stored"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help=_("只在标准输出打印一份 JSON"))

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            kept, lesson = relearn(timezone.localdate(), tqdm(SERIES, disable=not self.stderr.isatty()))
        except TooLittleToLearnError as error:
            says = _("已结束的年份不够：至少两个城市、连续三个完整年（每年不少于324天、每月不少于20天）。仍用原参数。")
            raise CommandError(says, returncode=1) from error
        months = {figure: sorted(found) for figure, found in lesson.months.items()}
        if options["json"]:
            document = {"source": kept.source, "months": months, "scores": list(lesson.scores)}
            self.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
            return
        self.stdout.write(kept.source)
        for figure, found in months.items():
            self.stdout.write(f"{figure}  {_('可显示的月末')}  {'、'.join(map(str, found)) or '—'}")
