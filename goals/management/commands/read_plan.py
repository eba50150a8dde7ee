"""`manage.py read_plan FILE --region CODE --year YEAR`: a plan's text read into drafts."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from goals.exports import as_json, reading_rows
from goals.management.commands.export import check_region
from goals.plan_reader import Reading
from goals.versions import PlanVersionError, read_document, read_text, receive_version
from provinces.models import Region


class Command(BaseCommand):
    """Read a plan (txt, html, docx, pdf with a text layer) and print its drafts; --save keeps them for confirmation."""

    help = "读一份工作要点，得到目标、任务、数量的草稿 / Read a work plan into drafts"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--region", required=True, metavar="CODE")
        parser.add_argument("--year", required=True, type=int)
        parser.add_argument("--save", action="store_true", help="保存，留待核对 / keep for confirmation")
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: object, **options: Any) -> None:
        check_region(options["region"])
        region = Region.objects.get(code=options["region"])
        if not 2000 <= options["year"] <= 2100:
            raise CommandError(_("年度应在2000到2100之间。"), returncode=2)
        try:
            data = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}", returncode=2) from error
        try:
            reading = read_text(read_document(data).text, region, options["year"])
            if options["save"]:
                receive_version(data, options["file"].name, region, options["year"], "", None)
        except PlanVersionError as problem:
            self._refuse(str(problem), as_document=options["json"])
        if options["json"]:
            self.stdout.write(as_json(reading_rows(reading)))
        else:
            self._print(reading)

    def _refuse(self, why: str, *, as_document: bool) -> None:
        if as_document:
            self.stdout.write(as_json({"targets": [], "tasks": [], "quantities": [], "refused": why}))
        else:
            self.stderr.write(why)
        sys.exit(1)

    def _print(self, reading: Reading) -> None:
        self.stdout.write(reading.title)
        for row in reading_rows(reading)["targets"]:
            number = f"{row['comparator']} {row['value']:f} {row['unit']}" if row["value"] is not None else ""
            says = [row["indicator_zh"], row["scope_zh"], row["kind"], number, row["question"]]
            self.stdout.write("  " + "  ".join(part for part in says if part))
        promised = sum(quantity.is_commitment for quantity in reading.quantities)
        self.stdout.write(
            _("%(targets)d项目标，%(tasks)d项任务，%(quantities)d个数量（其中承诺%(promised)d个）")
            % {
                "targets": len(reading.targets),
                "tasks": len(reading.tasks),
                "quantities": len(reading.quantities),
                "promised": promised,
            }
        )
