"""`manage.py ingest PATH...`: hand in files from a shell."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.translation import gettext as _
from tqdm import tqdm

from indicators.models import Submission
from ingest.folders import FoundFile, find_files, read_files
from ingest.handing_in import HandIn, answer_of, load_together
from ingest.readers import BY_NAME
from ingest.services import finish_loads, rehearse


class Command(BaseCommand):
    """Receive and load files, folders and archives."""

    help = "接收并读入数据文件、文件夹、.gz、.zip / Receive and load data files, folders, .gz, .zip"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--reader", default="", help=f"{_('指定版式')}: {', '.join(BY_NAME)}")
        parser.add_argument("--review", default="", choices=Submission.Review.values, help=_("审核状态"))
        parser.add_argument("--processes", type=int, default=1, metavar="N", help=_("几个进程一起读（仅 PostgreSQL）"))
        parser.add_argument("--dry-run", action="store_true", help=_("照样回答，什么都不写入"))
        parser.add_argument("--json", action="store_true", help=_("只在标准输出打印一份 JSON"))

    def handle(self, *_args: object, **options: Any) -> None:
        if options["reader"] and options["reader"] not in BY_NAME:
            raise CommandError(
                _("没有叫“%(name)s”的版式。已有：%(names)s") % {"name": options["reader"], "names": "、".join(BY_NAME)},
                returncode=2,
            )
        try:
            paths = find_files(options["paths"])
        except FileNotFoundError as error:
            raise CommandError(_("找不到 %(path)s。") % {"path": error}, returncode=2) from error
        shown = partial(_shown, quiet=options["json"])
        handed_in = HandIn(options["reader"], options["review"])
        if options["dry_run"]:
            answers = list(_rehearsed(read_files(shown(paths)), handed_in))
        else:
            if options["processes"] > 1:
                if connection.vendor != "postgresql":
                    raise CommandError(_("SQLite 只容一个进程写入，请去掉 --processes。"), returncode=2)
                answers = load_together(paths, handed_in, options["processes"], shown)
            else:
                answers = [answer for path in shown(paths) for answer in handed_in.load(path)]
            finish_loads()
        self._print(answers, as_json=options["json"])
        if any(answer["state"] != Submission.State.ACCEPTED for answer in answers):
            sys.exit(1)

    def _print(self, answers: list[dict[str, Any]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(orjson.dumps({"submissions": answers}, option=orjson.OPT_INDENT_2).decode())
            return
        for answer in answers:
            self.stdout.write(
                _("%(file)s：%(state)s，读 %(rows_read)d 行，入库 %(rows_stored)d，搁置 %(rows_set_aside)d")
                % {**answer, "state": Submission.State(answer["state"]).label}
                + (_("（重复）") if answer["duplicate"] else "")
            )
            for finding in answer["findings"][:10]:
                place = "" if finding["row"] is None else _("第%(row)s行 ") % finding
                self.stdout.write(f"    {place}{finding['column']} {finding['message']}")
            if len(answer["findings"]) > 10:
                self.stdout.write(_("    另有 %(count)d 处，见 --json") % {"count": len(answer["findings"]) - 10})


def _shown(files: Iterable[Any], total: int | None = None, *, quiet: bool) -> Iterable[Any]:
    bar: Iterable[Any] = tqdm(files, unit="file", total=total, disable=quiet or not sys.stderr.isatty())
    return bar


def _rehearsed(files: Iterable[FoundFile], handed_in: HandIn) -> Iterator[dict[str, Any]]:
    labels: list[str] = []

    def named() -> Iterator[tuple[str, bytes]]:
        for file in files:
            labels.append(file.label)
            yield file.name, file.data

    for rehearsed in rehearse(named(), wanted_reader=handed_in.reader, review=handed_in.review):
        outcome = rehearsed.outcome
        counts = (outcome.rows_read, outcome.stored.stored, outcome.rows_set_aside)
        yield answer_of(
            labels[-1],
            rehearsed.sha256,
            outcome.reader,
            rehearsed.state,
            rehearsed.duplicate,
            counts,
            outcome.findings,
        )
