"""Receiving files and loading them: bytes kept as they came, one transaction a file, all or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from goals.assessing import assess_stale
from indicators.day_services import rebuild_city_days
from indicators.kept_bytes import keep_bytes, kept_bytes
from indicators.models import Finding, Layout, Source, Submission
from indicators.services import (
    Stored,
    note_stored,
)
from ingest import tidy
from ingest.readers import read_document, texts_of
from ingest.readers.mapped import Mapped
from ingest.storing import Context, HeldError, Outcome, store_table, store_tables


@dataclass(frozen=True)
class Received:
    """A submission, and whether its bytes had been received before."""

    submission: Submission
    duplicate: bool


class TooLargeError(Exception):
    """A file above the size that is taken."""


def receive_file(
    name: str,
    data: bytes,
    *,
    via: str,
    user: User | None = None,
    wanted_reader: str = "",
    review: str = Submission.Review.UNSTATED,
    source: Source | None = None,
    simulated: bool = False,
) -> Received:
    """Keep the bytes untouched and note their arrival; the caller enqueues the load after the commit.

    The same bytes twice are one submission. Raises TooLargeError above SUBMISSION_MAX_BYTES.
    """
    if len(data) > settings.SUBMISSION_MAX_BYTES:
        raise TooLargeError(name)
    sha256 = hashlib.sha256(data).hexdigest()
    there = Submission.objects.filter(sha256=sha256).first()
    if there is not None:
        return Received(there, duplicate=True)
    path = f"submissions/{sha256[:2]}/{sha256}"
    keep_bytes(path, data)
    submission, created = Submission.objects.get_or_create(
        sha256=sha256,
        defaults={
            "name": name[-300:],
            "size": len(data),
            "path": path,
            "via": via,
            "received_at": timezone.now(),
            "received_by": user,
            "wanted_reader": wanted_reader,
            "review": review,
            "source": source,
            "simulated": simulated,
        },
    )
    if created and source is not None:
        Source.objects.filter(pk=source.pk).update(heard_at=submission.received_at)
    return Received(submission, duplicate=not created)


def load_submission(submission_id: int) -> Submission:
    """Read a received file and store what it holds, in one transaction; a file that was read already is left alone.

    A structural finding refuses the file and writes no observation. Safe to call twice, and from two workers at once:
    what another one is just reading is left to it.
    """
    with transaction.atomic():
        waiting = Submission.objects.select_for_update(skip_locked=True)
        submission = waiting.filter(pk=submission_id, state=Submission.State.RECEIVED).first()
        if submission is None:
            return Submission.objects.get(pk=submission_id)
        outcome = read_and_store(submission, _kept_bytes(submission))
        _write_outcome(submission, outcome)
    return submission


def _kept_bytes(submission: Submission) -> bytes | None:
    """The bytes as they were received; None when they are not there any more, or not the same."""
    return kept_bytes(submission.path, submission.sha256)


def reread_submission(submission_id: int) -> None:
    """Let a file be read again from its bytes: after the register or an alias was added, or because its withdrawal was
    a mistake. Until that has worked, what it brought stays as it is."""
    with transaction.atomic():
        submission = Submission.objects.select_for_update().get(pk=submission_id)
        if submission.state != Submission.State.RECEIVED:
            _let_read_again(submission)


def _let_read_again(submission: Submission) -> None:
    in_force = submission.state in (Submission.State.ACCEPTED, Submission.State.WITHDRAWN)
    submission.state_before = submission.state if in_force else ""
    submission.state = Submission.State.RECEIVED
    submission.save()


def release_submission(submission_id: int, user: User, reason: str) -> None:
    """Let a held file be loaded as it is: a person has looked at it and says why. ValueError without a reason."""
    if not reason.strip():
        raise ValueError("a release needs a reason")
    with transaction.atomic():
        submission = Submission.objects.select_for_update().get(pk=submission_id)
        if submission.state == Submission.State.HELD or submission.held_back:
            submission.held_back = {}
            submission.released, submission.reason = True, reason.strip()
            submission.decided_by, submission.decided_at = user, timezone.now()
            _let_read_again(submission)


def explained_layouts() -> list[Mapped]:
    """The layouts that people explained."""
    return [
        Mapped.from_json(f"layout-{layout.pk}", layout.header, layout.header_row, layout.mapping)
        for layout in Layout.objects.all()
    ]


def layout_of(submission: Submission) -> Layout | None:
    """The layout that somebody explained, where the submission was read by one."""
    _word, dash, pk = submission.reader.partition("layout-")
    return Layout.objects.filter(pk=pk).first() if dash and pk.isdecimal() else None


def files_in_force_by(layout: Layout) -> QuerySet[Submission]:
    """The files that were read by a layout and are in force: as long as there are any, it does not change."""
    return Submission.objects.filter(reader=f"layout-{layout.pk}", state=Submission.State.ACCEPTED)


def text_of(submission: Submission) -> str:
    """The text of a kept file, of the first sheet of a workbook. StructuralError for what is no text."""
    data = _kept_bytes(submission)
    if data is None:
        raise tidy.StructuralError(tidy.Finding("bytes_lost"))
    return texts_of(tidy.Document(submission.name, data))[0][1]


def previewed(mapped: Mapped, text: str, most: int = 8) -> list[tuple[str, ...]]:
    """The first rows of a table as a mapping reads them: time, place, the items in stored units; nothing is stored."""
    found: list[tuple[str, ...]] = []
    for row in islice(mapped.read(text, "").rows, most):
        if isinstance(row, tidy.HourBlock):
            time = "" if row.ts is None else f"{row.ts:%Y-%m-%d %H:%M}"
            found += [(time, site, *cells) for site, *cells in zip(row.sites, *row.cells, strict=True)]
        elif isinstance(row, tidy.RawDay):
            found.append((row.day_text, row.city, *row.cells))
        elif isinstance(row, tidy.RawWater):
            found.append((row.time_text, row.section, *row.cells))
        elif isinstance(row, tidy.RawFigure):
            cell = row.fields
            period = f"{cell['period_start']}—{cell['period_end']}"
            found.append((period, cell["region"], cell["indicator"], cell["value"], cell["unit"]))
    return found[:most]


def read_and_store(submission: Submission, data: bytes | None) -> Outcome:
    """Read the bytes and store the rows; a refusal writes nothing. To be called within a transaction.

    Rows of the future are set aside. Where the clock was turned back since the file came, its receipt is the present.
    """
    now = max(timezone.now(), submission.received_at)
    try:
        if data is None:
            raise tidy.StructuralError(tidy.Finding("bytes_lost"))
        tables = read_document(tidy.Document(submission.name, data), submission.wanted_reader, explained_layouts())
        context = Context(now, submission.held_back)
        with transaction.atomic():
            if submission.loaded_at is not None:
                submission.extents.all().delete()  # of an earlier reading
            outcome = store_tables(tables, submission, context)
        submission.held_back = context.held_back
        return outcome
    except tidy.StructuralError as refusal:
        return Outcome(Submission.State.REFUSED, submission.wanted_reader, 0, 0, [refusal.finding], Stored())
    except HeldError as doubt:
        return Outcome(Submission.State.HELD, tables[0].reader, 0, 0, doubt.findings, Stored())


def rows_of(submission: Submission) -> list[tuple[str, Any]]:
    """The rows of an accepted file by kind, read again from its bytes, but for figures; nothing is stored."""
    found: list[tuple[str, Any]] = []

    def look(kind: str, rows: Any, _submission: Submission) -> Stored:
        found.append((kind, rows))
        return Stored()

    data = _kept_bytes(submission)
    if data is not None:
        context = Context(max(timezone.now(), submission.received_at), submission.held_back, look)
        document = tidy.Document(submission.name, data)
        for number, table in enumerate(read_document(document, submission.wanted_reader, explained_layouts())):
            if not isinstance(table, tidy.FigureTable | tidy.SiteTable):
                store_table(number, table, submission, context)
    return found


def _write_outcome(submission: Submission, outcome: Outcome) -> None:
    before, read_before = submission.state_before, submission.loaded_at is not None
    submission.state_before, submission.loaded_at = "", timezone.now()
    if before and outcome.state != Submission.State.ACCEPTED:
        submission.state = before
        submission.save()
        _keep_findings(submission, [tidy.Finding("not_read_again"), *outcome.findings])
        return
    if before == Submission.State.WITHDRAWN and not submission.released:
        submission.reason, submission.decided_by, submission.decided_at = "", None, None
    earlier = submission.rows_stored if before == Submission.State.ACCEPTED else 0
    submission.state = outcome.state
    submission.reader = outcome.reader
    submission.rows_read = outcome.rows_read
    submission.rows_stored = earlier + outcome.stored.stored
    submission.rows_set_aside = outcome.rows_set_aside
    submission.rows_revised = outcome.stored.revised
    submission.save()
    if read_before:
        submission.findings.all().delete()
    _keep_findings(submission, outcome.findings)
    note_stored(outcome.stored, submission, submission.loaded_at)


def _keep_findings(submission: Submission, findings: Iterable[tidy.Finding]) -> None:
    Finding.objects.bulk_create(
        (
            Finding(
                submission=submission,
                row=finding.row,
                column=finding.column[:80],
                code=finding.code,
                original=finding.original[:200],
                details=finding.details,
            )
            for finding in findings
        ),
        batch_size=500,
    )


@dataclass(frozen=True)
class Rehearsed:
    """What loading a file would come to."""

    sha256: str
    state: str
    duplicate: bool
    outcome: Outcome


def rehearse(
    files: Iterable[tuple[str, bytes]], *, wanted_reader: str = "", review: str = Submission.Review.UNSTATED
) -> Iterator[Rehearsed]:
    """Answer for each file (name, bytes) as if it were loaded, and write nothing.

    Everything happens in one transaction that is rolled back at the end, so that a register early in the batch counts
    for the hours after it.
    """
    with transaction.atomic():
        for name, data in files:
            yield _rehearse_one(name, data, wanted_reader, review)
        transaction.set_rollback(True)


def _rehearse_one(name: str, data: bytes, wanted_reader: str, review: str) -> Rehearsed:
    sha256 = hashlib.sha256(data).hexdigest()
    there = Submission.objects.filter(sha256=sha256).first()
    if there is not None:
        findings = [tidy.Finding(f.code, f.row, f.column, f.original, f.details) for f in there.findings.all()]
        earlier = Outcome(
            Submission.State(there.state),
            there.reader,
            there.rows_read,
            there.rows_set_aside,
            findings,
            Stored(),
        )
        return Rehearsed(sha256, there.state, True, earlier)
    submission = Submission.objects.create(
        sha256=sha256,
        name=name[-300:],
        size=len(data),
        path="",
        via=Submission.Via.COMMAND,
        received_at=timezone.now(),
        wanted_reader=wanted_reader,
        review=review,
    )
    outcome = read_and_store(submission, data)
    _write_outcome(submission, outcome)
    return Rehearsed(sha256, submission.state, False, outcome)


def finish_loads() -> None:
    """What follows once files are stored: the city days whose hours changed, then the verdicts that rest on them."""
    rebuild_city_days()
    assess_stale()


def anything_waits() -> bool:
    """Whether a received file still waits to be read."""
    return Submission.objects.filter(state=Submission.State.RECEIVED).exists()


def take_up_waiting(
    older_than: timedelta = timedelta(minutes=1), again_after: timedelta = timedelta(minutes=10), most: int = 500
) -> list[int]:
    """Files that were received and not read since, the oldest first; they are marked as queued now.

    The database is the queue of truth: what a broker forgot or a worker dropped is found here. A mark in the future
    was made by a clock that has been turned back since, and counts for nothing.
    """
    now = timezone.now()
    waiting = Submission.objects.filter(state=Submission.State.RECEIVED)
    waiting = waiting.filter(Q(received_at__lt=now - older_than) | Q(received_at__gt=now))
    waiting = waiting.filter(Q(queued_at__isnull=True) | Q(queued_at__lt=now - again_after) | Q(queued_at__gt=now))
    found = list(waiting.order_by("pk").values_list("pk", flat=True)[:most])
    Submission.objects.filter(pk__in=found).update(queued_at=now)
    return found
