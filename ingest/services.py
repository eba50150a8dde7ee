"""Receiving files and loading them: bytes kept as they came, one transaction a file, all or nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial, reduce, singledispatch
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from goals.assessing import assess_stale
from indicators.catalogue import indicator_definitions, scope_of, unit_as_stored
from indicators.city_days import hours_of_the_days_before
from indicators.columns import PRINTED, WATER_ITEMS, Observations
from indicators.day_services import PrintedDay, rebuild_city_days, store_printed_days
from indicators.models import Extent, Figure, Finding, Indicator, Layout, OfferedValue, Source, Submission
from indicators.services import (
    Stored,
    note_stored,
    store_air_hours,
    store_comparisons,
    store_figures,
    store_offered_values,
    store_water_values,
)
from ingest import places, plausibility, schema, tidy
from ingest.readers import read_document, texts_of
from ingest.readers.mapped import Mapped
from provinces.models import Region, Site
from provinces.names import normalise
from provinces.selectors import RegionIndex, region_index


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
    _keep(path, data)
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


def _keep(path: str, data: bytes) -> None:
    """Write the bytes whole or not at all: under another name first, and to the disk before the name is given.

    OSError when the disk is full; nothing has been noted then.
    """
    final = Path(default_storage.path(path))
    if final.exists() and final.stat().st_size == len(data):
        return
    final.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=final.parent, prefix=".part-", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(final)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise


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
    try:
        with default_storage.open(submission.path) as file:
            data: bytes = file.read()
    except FileNotFoundError:
        return None
    return data if hashlib.sha256(data).hexdigest() == submission.sha256 else None


def reread_submission(submission_id: int) -> None:
    """Let a file be read again from its bytes: after the register or an alias was added, say. Not a withdrawn one."""
    with transaction.atomic():
        submission = Submission.objects.select_for_update().get(pk=submission_id)
        if submission.state != Submission.State.WITHDRAWN:
            _let_read_again(submission)


def _let_read_again(submission: Submission) -> None:
    submission.state = Submission.State.RECEIVED
    submission.rows_stored = 0
    submission.save()
    submission.findings.all().delete()
    submission.extents.all().delete()


def release_submission(submission_id: int, user: User, reason: str) -> None:
    """Let a held file be loaded as it is: a person has looked at it and says why. ValueError without a reason."""
    if not reason.strip():
        raise ValueError("a release needs a reason")
    with transaction.atomic():
        submission = Submission.objects.select_for_update().get(pk=submission_id)
        if submission.state == Submission.State.HELD:
            submission.released, submission.reason = True, reason.strip()
            submission.decided_by, submission.decided_at = user, timezone.now()
            _let_read_again(submission)


def explained_layouts() -> list[Mapped]:
    """The layouts that people explained."""
    return [
        Mapped.from_json(f"layout-{layout.pk}", layout.header, layout.header_row, layout.mapping)
        for layout in Layout.objects.all()
    ]


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
    return found


class HeldError(Exception):
    """What a file holds can hardly be what its headers say: it waits for a person."""

    def __init__(self, findings: list[tidy.Finding]) -> None:
        super().__init__(findings[0].code)
        self.findings = findings


@dataclass(frozen=True)
class Outcome:
    """What reading a file came to."""

    state: Submission.State
    reader: str
    rows_read: int
    rows_set_aside: int
    findings: list[tidy.Finding]
    stored: Stored


def read_and_store(submission: Submission, data: bytes | None) -> Outcome:
    """Read the bytes and store the rows; a refusal writes nothing. To be called within a transaction.

    Rows of the future are set aside. Where the clock was turned back since the file came, its receipt is the present.
    """
    now = max(timezone.now(), submission.received_at)
    try:
        if data is None:
            raise tidy.StructuralError(tidy.Finding("bytes_lost"))
        tables = read_document(tidy.Document(submission.name, data), submission.wanted_reader, explained_layouts())
        context = Context(now)
        with transaction.atomic():
            return reduce(_both, (_store(table, submission, context) for table in tables))
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
        context = Context(max(timezone.now(), submission.received_at), look)
        document = tidy.Document(submission.name, data)
        for table in read_document(document, submission.wanted_reader, explained_layouts()):
            if not isinstance(table, tidy.FigureTable | tidy.SiteTable):
                _store(table, submission, context)
    return found


def store_again(days: Sequence[PrintedDay], submission: Submission) -> None:
    """Store the printed days of an accepted file once more, after another one was withdrawn; its extents stand."""
    extents = set(submission.extents.values_list("pk", flat=True))
    store_printed_days(days, submission)
    submission.extents.exclude(pk__in=extents).delete()


def _both(first: Outcome, second: Outcome) -> Outcome:
    """What two sheets of one workbook came to."""
    stored = Stored(
        first.stored.stored + second.stored.stored,
        first.stored.revised + second.stored.revised,
        first.stored.behind + second.stored.behind,
        first.stored.touched | second.stored.touched,
    )
    return Outcome(
        Submission.State.ACCEPTED,
        first.reader,
        first.rows_read + second.rows_read,
        first.rows_set_aside + second.rows_set_aside,
        [*first.findings, *second.findings],
        stored,
    )


def _write_outcome(submission: Submission, outcome: Outcome) -> None:
    submission.state = outcome.state
    submission.reader = outcome.reader
    submission.rows_read = outcome.rows_read
    submission.rows_stored = outcome.stored.stored
    submission.rows_set_aside = outcome.rows_set_aside
    submission.rows_revised = outcome.stored.revised
    submission.loaded_at = timezone.now()
    submission.save()
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
            for finding in outcome.findings
        ),
        batch_size=500,
    )
    note_stored(outcome.stored, submission.loaded_at)


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


# ---- storing, by kind of table -----------------------------------------------------------------------------------


#: What stores rows of a kind (an Extent.Table) for a submission.
Keep = Callable[[str, Any, Submission], Stored]

_STORES: Mapping[str, Callable[[Any, Submission], Stored]] = {
    Extent.Table.AIR_HOUR: store_air_hours,
    Extent.Table.AIR_DAY: store_printed_days,
    Extent.Table.WATER_VALUE: store_water_values,
    Extent.Table.COMPARISON: store_comparisons,
}


class Context:
    """What storing a table needs besides the table. `keep` is what becomes of its rows."""

    def __init__(self, now: datetime, keep: Keep | None = None) -> None:
        self.now = now
        self.keep: Keep = keep or (lambda kind, rows, submission: _STORES[kind](rows, submission))
        self.only_looks = keep is not None

    @cached_property
    def index(self) -> RegionIndex:
        """All regions by name; made when a table names a place."""
        return region_index()


@singledispatch
def _store(table: tidy.Table, submission: Submission, context: Context) -> Outcome:
    raise TypeError(f"no way to store {table!r}")


def _outcome(reader: str, rows: schema.Tidied[schema.Row], stored: Stored) -> Outcome:
    findings = rows.findings or ([] if rows.read else [tidy.Finding("no_rows")])
    if stored.behind:
        findings = [*findings, tidy.Finding("behind_higher_grade", details={"rows": stored.behind})]
    return Outcome(Submission.State.ACCEPTED, reader, rows.read, rows.set_aside + stored.behind, findings, stored)


@_store.register
def _(table: tidy.AirHourTable, submission: Submission, context: Context) -> Outcome:
    find = places.hour_sites(table, lambda: context.index, simulated=submission.simulated)
    hours = schema.tidy_hours(table, find, context.now)
    if len(hours.rows) and not submission.released and not context.only_looks:
        found = plausibility.doubts(hours.rows, hours_of_the_days_before(hours.rows), hours.aqi)
        if found:
            raise HeldError(found)
    return _outcome(table.reader, hours.told, context.keep(Extent.Table.AIR_HOUR, hours.rows, submission))


@_store.register
def _(table: tidy.AirDayTable, submission: Submission, context: Context) -> Outcome:
    rows = schema.tidy_days(table, places.city_code(context.index), context.now)
    order = [schema.DAY_FIGURES.index(name) for name in PRINTED]
    days = [(row.region, row.day, tuple(row.values[place] for place in order)) for row in rows.rows]
    return _outcome(table.reader, rows, context.keep(Extent.Table.AIR_DAY, days, submission))


@_store.register
def _(table: tidy.WaterTable, submission: Submission, context: Context) -> Outcome:
    find = places.water_sections(context.index, simulated=submission.simulated)
    rows = schema.tidy_water(table, find, context.now)
    return _outcome(table.reader, rows, context.keep(Extent.Table.WATER_VALUE, _water_columns(rows.rows), submission))


def _water_columns(rows: list[schema.WaterRow]) -> Observations:
    flat = [
        (int(row.ts.timestamp()), row.site, WATER_ITEMS.index(item), micro)
        for row in rows
        for item, micro in row.values
    ]
    found = np.array(flat, dtype=np.int64).reshape(len(flat), 4)
    return Observations(found[:, 0], found[:, 1], found[:, 2], found[:, 3:])


@_store.register
def _(table: tidy.ComparisonTable, submission: Submission, context: Context) -> Outcome:
    find = (places.english_city_code if table.city_by == "english" else places.city_code)(context.index)
    rows = schema.tidy_comparisons(table, find, context.now)
    cities = {city.code: city for city in Region.objects.filter(code__in={row.region for row in rows.rows})}
    sites = {code: places.comparison_site(city, table.series_zh).pk for code, city in cities.items()}
    flat = [(int(row.ts.timestamp()), sites[row.region], table.hours, row.pm25) for row in rows.rows]
    found = np.array(flat, dtype=np.int64).reshape(len(flat), 4)
    values = Observations(found[:, 0], found[:, 1], found[:, 2], found[:, 3:])
    return _outcome(table.reader, rows, context.keep(Extent.Table.COMPARISON, values, submission))


@_store.register
def _(table: tidy.FigureTable, submission: Submission, context: Context) -> Outcome:
    definitions = indicator_definitions()
    rules = schema.FigureRules(
        region_named=partial(places.region_named, context.index),
        regions=frozenset(Region.objects.values_list("code", flat=True)),
        units=dict(Indicator.objects.values_list("code", "unit")),
        scope_of=lambda words, indicator: scope_of(words, definitions[indicator].domain),
        unit_as_stored=unit_as_stored,
    )
    rows = schema.tidy_figures(table, rules)
    figures = [_figure(row) for row in rows.rows if not row.comparator]
    stored = store_figures(figures, submission)
    stored.stored += store_offered_values([_offer(row) for row in rows.rows if row.comparator], submission)
    return _outcome(table.reader, rows, stored)


def _figure(row: schema.FigureRow) -> Figure:
    return Figure(
        region_id=row.region,
        indicator_id=row.indicator,
        scope=row.scope,
        scope_zh=row.scope_zh,
        period_start=row.period_start,
        period_end=row.period_end,
        value=row.value,
        unit=row.unit,
        yoy=row.yoy,
        yoy_unit=row.yoy_unit,
        issuer=row.issuer,
        published_on=row.published_on,
        note=row.note,
        row=row.row,
    )


def _offer(row: schema.FigureRow) -> OfferedValue:
    return OfferedValue(
        region_id=row.region,
        indicator_id=row.indicator,
        year=row.period_end.year,
        scope=row.scope,
        scope_zh=row.scope_zh,
        comparator=row.comparator,
        value=row.value,
        unit=row.unit,
        document=row.issuer,
        published_on=row.published_on,
        derived=row.derived,
        note=row.note,
        row=row.row,
    )


@_store.register
def _(table: tidy.SiteTable, submission: Submission, context: Context) -> Outcome:
    rows = schema.tidy_sites(table, places.city_code(context.index))
    stored = Stored(touched={row.region for row in rows.rows})
    there = {site.code: site for site in Site.objects.filter(kind=Site.Kind.AIR_STATION).exclude(code="")}
    uncoded = Site.objects.filter(kind=Site.Kind.AIR_STATION, code="")
    named = {(site.region_id, site.normalised_name): site for site in uncoded}
    new: list[Site] = []
    for row in rows.rows:
        # A station that a file named before the register came keeps its hours: it gets its code now.
        known = there.get(row.code) or named.get((row.region, normalise(row.name)))
        site = known or Site(kind=Site.Kind.AIR_STATION, simulated=submission.simulated)
        if _follow_register(site, row):
            stored.stored += 1
            if known:
                site.save()
            else:
                new.append(site)
    Site.objects.bulk_create(new, batch_size=500)
    return _outcome(table.reader, rows, stored)


def _follow_register(site: Site, row: schema.SiteRow) -> bool:
    """Bring a station to what the register says; False when it says nothing new."""
    role = Site.Role.REFERENCE if row.is_reference else Site.Role.CITY_POINT
    fields = {
        "code": row.code,
        "name": row.name,
        "region_id": row.region,
        "role": role,
        "longitude": row.longitude,
        "latitude": row.latitude,
    }
    if site.pk and all(getattr(site, name) == value for name, value in fields.items()):
        return False
    for name, value in fields.items():
        setattr(site, name, value)
    site.normalised_name = normalise(row.name)
    return True


def finish_loads() -> None:
    """What follows once files are stored: the city days whose hours changed, then the verdicts that rest on them."""
    rebuild_city_days(timezone.now())
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
