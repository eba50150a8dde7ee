"""`manage.py export WHAT`: rows for other programs, on standard output."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from goals.exports import EXPORTS, as_csv, as_json
from provinces.models import Region


class Command(BaseCommand):
    """Print targets, tasks, quantities, assessments, figures or air-days."""

    help = "导出目标、任务、数量、评价、数值或城市日值 / Export rows for other programs"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=list(EXPORTS))
        parser.add_argument("--region", default="", metavar="CODE")
        parser.add_argument("--year", type=int)
        parser.add_argument("--format", choices=["csv", "json"], default="csv")

    def handle(self, *_args: object, **options: Any) -> None:
        check_region(options["region"])
        rows = EXPORTS[options["what"]](options["region"], options["year"])
        text = as_csv(rows) if options["format"] == "csv" else as_json(rows)
        self.stdout.write(text, ending="" if text.endswith("\n") else "\n")


def check_region(code: str) -> None:
    """Refuse a region code that is not in the register."""
    if code and not Region.objects.filter(code=code).exists():
        raise CommandError(_("没有代码为 %(code)s 的地区。") % {"code": code}, returncode=2)
