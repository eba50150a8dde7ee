"""Handing in files by path: one after the other, or a backfill over several processes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import django
from django.db import connection

from indicators.bulk import without_site_index
from indicators.models import Submission
from ingest import tidy
from ingest.folders import FoundFile, is_register, read_files
from ingest.messages import sentence
from ingest.services import load_submission, receive_file

#: A forked process is ready at once; where forking is no custom, each starts Python and Django anew.
_start = get_context("fork" if sys.platform == "linux" else "spawn")

#: What is answered for a file: one object of the command's JSON.
Answer = dict[str, Any]


@dataclass(frozen=True)
class HandIn:
    """What the command line says of its files: their layout where the content does not tell, and their review."""

    reader: str = ""
    review: str = Submission.Review.UNSTATED

    def load(self, path: Path) -> list[Answer]:
        """Receive and load a file, or the members of an archive."""
        return [self._load(file) for file in read_files([path])]

    def _load(self, file: FoundFile) -> Answer:
        received = receive_file(
            file.name, file.data, via=Submission.Via.COMMAND, wanted_reader=self.reader, review=self.review
        )
        submission = received.submission
        if submission.state == Submission.State.RECEIVED:
            submission = load_submission(submission.pk)
        return answer_of(
            file.label,
            submission.sha256,
            submission.reader,
            submission.state,
            received.duplicate,
            (submission.rows_read, submission.rows_stored, submission.rows_set_aside),
            [tidy.Finding(f.code, f.row, f.column, f.original, f.details) for f in submission.findings.all()],
        )


def load_together(
    paths: list[Path],
    hand_in: HandIn,
    processes: int,
    shown: Callable[[Iterable[list[Answer]], int], Iterable[list[Answer]]] = lambda answers, _total: answers,
) -> list[Answer]:
    """Registers first, by this process; then every process takes the next file that nobody has. PostgreSQL only."""
    registers = [path for path in paths if is_register(path)]
    answers = [answer for path in registers for answer in hand_in.load(path)]
    rest = [path for path in paths if path not in registers]
    with without_site_index():
        connection.close()  # a process has its own
        with ProcessPoolExecutor(processes, _start, initializer=django.setup) as pool:
            for found in shown(pool.map(hand_in.load, rest), len(rest)):
                answers += found
    return answers


def answer_of(
    label: str,
    sha256: str,
    reader: str,
    state: str,
    duplicate: bool,
    counts: tuple[int, int, int],
    findings: list[tidy.Finding],
) -> Answer:
    """`counts`: rows read, stored, set aside. The same bytes again store nothing."""
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
                "message": sentence(finding.code, finding.original, finding.details, finding.column),
            }
            for finding in findings
        ],
    }
