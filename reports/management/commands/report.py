"""`manage.py report`: make a month's summary from a shell."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from provinces.models import Region
from reports.models import Report
from reports.services import issue_report, request_report
from reports.typeset import TYPESETTERS


class Command(BaseCommand):
    """Write the summary of a region's month to a file, and keep it."""

    help = "制作月报 / Make a month's summary (.pdf, .xlsx or .docx by the suffix)"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--region", required=True, metavar="CODE")
        parser.add_argument("--month", required=True, metavar="YYYY-MM")
        parser.add_argument("--out", required=True, type=Path, metavar="FILE")

    def handle(self, *_args: object, **options: Any) -> None:
        out: Path = options["out"]
        file_format = out.suffix.lower().removeprefix(".")
        if file_format not in TYPESETTERS:
            raise CommandError(_("文件名应以 .pdf、.xlsx 或 .docx 结尾。"), returncode=2)
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", options["month"]):
            raise CommandError(_("“%(text)s”不是月份，应如 2021-08。") % {"text": options["month"]}, returncode=2)
        if not Region.objects.filter(code=options["region"]).exists():
            raise CommandError(_("没有代码为 %(code)s 的地区。") % {"code": options["region"]}, returncode=2)
        year, month = (int(part) for part in options["month"].split("-"))
        report = issue_report(request_report(options["region"], date(year, month, 1), file_format, None).pk)
        if report.state != Report.State.ISSUED:
            self.stderr.write(report.problem)
            sys.exit(1)
        with report.file.open("rb") as made:
            out.write_bytes(made.read())
        self.stdout.write(f"{out}  {report.sha256}")
