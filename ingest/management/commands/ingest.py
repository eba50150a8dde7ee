"""`manage.py ingest PATH...`: hand in files from a shell."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from tqdm import tqdm

from indicators.models import Submission
from ingest import tidy
from ingest.folders import FoundFile, find_files, read_files
from ingest.messages import sentence
from ingest.readers import BY_NAME
from ingest.services import finish_loads, load_submission, receive_file, rehearse


class Command(BaseCommand):
    """Receive and load files, folders and archives."""

    help = "接收并读入数据文件、文件夹、.gz、.zip / Receive and load data files, folders, .gz, .zip"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--reader", default="", help=f"{_('指定版式')}: {', '.join(BY_NAME)}")
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
        files = read_files(_shown(paths, quiet=options["json"]))
        if options["dry_run"]:
            answers = list(_rehearsed(files, options["reader"]))
        else:
            answers = list(_loaded(files, options["reader"]))
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


def _shown(paths: list[Path], *, quiet: bool) -> Iterable[Path]:
    bar: Iterable[Path] = tqdm(paths, unit="file", disable=quiet or not sys.stderr.isatty())
    return bar


def _loaded(files: Iterable[FoundFile], reader: str) -> Iterator[dict[str, Any]]:
    for file in files:
        received = receive_file(file.name, file.data, via=Submission.Via.COMMAND, wanted_reader=reader)
        submission = received.submission
        if submission.state == Submission.State.RECEIVED:
            submission = load_submission(submission.pk)
        yield _answer(
            file.label,
            submission.sha256,
            submission.reader,
            submission.state,
            received.duplicate,
            (submission.rows_read, submission.rows_stored, submission.rows_set_aside),
            [tidy.Finding(f.code, f.row, f.column, f.original, f.details) for f in submission.findings.all()],
        )


def _rehearsed(files: Iterable[FoundFile], reader: str) -> Iterator[dict[str, Any]]:
    labels: list[str] = []

    def named() -> Iterator[tuple[str, bytes]]:
        for file in files:
            labels.append(file.label)
            yield file.name, file.data

    for rehearsed in rehearse(named(), wanted_reader=reader):
        outcome = rehearsed.outcome
        counts = (outcome.rows_read, outcome.stored.stored, outcome.rows_set_aside)
        yield _answer(
            labels[-1],
            rehearsed.sha256,
            outcome.reader,
            rehearsed.state,
            rehearsed.duplicate,
            counts,
            outcome.findings,
        )


def _answer(
    label: str,
    sha256: str,
    reader: str,
    state: str,
    duplicate: bool,
    counts: tuple[int, int, int],
    findings: list[tidy.Finding],
) -> dict[str, Any]:
    return {
        "file": label,
        "sha256": sha256,
        "reader": reader,
        "state": state,
        "duplicate": duplicate,
        "rows_read": counts[0],
        "rows_stored": 0 if duplicate else counts[1],
        "rows_set_aside": counts[2],
        "findings": [
            {
                "row": finding.row,
                "column": finding.column,
                "code": finding.code,
                "message": sentence(finding.code, finding.original, finding.details),
            }
            for finding in findings
        ],
    }
