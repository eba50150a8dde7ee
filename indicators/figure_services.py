"""Writing published figures and the targets that publications name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from evaluation.calendar import end_of_day
from indicators.models import (
    Extent,
    Figure,
    OfferedValue,
    Revision,
    Submission,
)
from indicators.services import Stored, record_extents, spans_of
from provinces.services import note_changed_evidence


@transaction.atomic
def store_figures(rows: Sequence[Figure], submission: Submission) -> Stored:
    """Store published figures; a different value for the same issuer, scope and period is a revision."""
    result = Stored()
    found = Figure.objects.filter(region__in={row.region_id for row in rows}).select_related("submission")
    held = {_figure_key(figure): figure for figure in found}
    for row in rows:
        row.submission, row.simulated = submission, submission.simulated
        there = held.get(_figure_key(row))
        if there is None:
            row.save()
        elif there.submission is not None and there.submission.grade > submission.grade:
            result.behind += 1
            continue
        elif not _revise_figure(there, row, submission, result):
            continue
        result.stored += 1
        result.touched.add(row.region_id)
    record_extents(
        Extent.Table.FIGURE, spans_of((row.region_id, end_of_day(row.period_end)) for row in rows), submission
    )
    return result


def _figure_key(figure: Figure) -> tuple[object, ...]:
    return (
        figure.region_id,
        figure.indicator_id,
        figure.scope_zh,
        figure.period_start,
        figure.period_end,
        figure.issuer,
    )


_FIGURE_FIELDS = ("value", "unit", "yoy", "yoy_unit", "published_on", "note", "scope", "simulated")


def _revise_figure(there: Figure, row: Figure, submission: Submission, result: Stored) -> bool:
    """Bring a stored figure to what the new row says; False when it says the same, or was received before it."""
    if not there.withdrawn_at and all(getattr(there, name) == getattr(row, name) for name in _FIGURE_FIELDS):
        return False
    if there.submission is not None and there.submission.outranks(submission):
        if there.value != row.value:
            _record_revised_figure(there, row, there)
        return False
    if there.value != row.value:
        result.revised += 1
        _record_revised_figure(there, there, row)
        # The value first said is known from the day it was published; the new one from its receipt.
        row.published_on = min(filter(None, (there.published_on, row.published_on)), default=None)
    for name in (*_FIGURE_FIELDS, "submission", "row"):
        setattr(there, name, getattr(row, name))
    there.withdrawn_at = None
    there.save()
    return True


def _record_revised_figure(figure: Figure, old: Figure, new: Figure, at: datetime | None = None) -> None:
    """`at`: when a person typed the new one; else it counts from its receipt."""
    Revision.objects.create(
        table=Extent.Table.FIGURE,
        region_id=figure.region_id,
        figure=figure,
        period_end=end_of_day(figure.period_end),
        item=figure.indicator_id,
        old_value=old.value,
        new_value=new.value,
        old_submission=old.submission,
        new_submission=None if at else new.submission,
        old_simulated=old.simulated,
        recorded_at=at or (new.submission.received_at if new.submission else timezone.now()),
    )


def amend_figure(figure: Figure, at: datetime) -> None:
    """Save a figure that a person types or amends; the value it had moves to a revision."""
    there = Figure.objects.filter(pk=figure.pk).first()
    with transaction.atomic():
        if there is not None and there.value != figure.value:
            _record_revised_figure(there, there, figure, at)
        figure.save()
        note_changed_evidence({figure.region_id} | ({there.region_id} if there else set()), at, ["figures"])


def withdraw_figures(submission: Submission, at: datetime) -> None:
    """Take back the figures of a submission: the value before stands again, or the figure is marked as withdrawn."""
    for figure in Figure.objects.filter(submission=submission, withdrawn_at=None):
        earlier = figure.revisions.filter(new_submission=submission, old_submission__state=Submission.State.ACCEPTED)
        before = earlier.order_by("-recorded_at", "-id").first()
        said = figure.value
        Revision.objects.create(
            table=Extent.Table.FIGURE,
            region_id=figure.region_id,
            figure=figure,
            period_end=end_of_day(figure.period_end),
            item=figure.indicator_id,
            old_value=said,
            new_value=before.old_value if before else None,
            old_submission=submission,
            new_submission=before.old_submission if before else None,
            old_simulated=figure.simulated,
            recorded_at=at,
        )
        if before is not None and before.old_submission is not None:
            figure.value, figure.submission, figure.row = before.old_value, before.old_submission, None
        else:
            figure.withdrawn_at = at
        figure.save()
    submission.offered_values.all().delete()


def store_offered_values(rows: Sequence[OfferedValue], submission: Submission) -> int:
    """Store published targets as offers to whoever enters assigned values; returns how many are new."""
    new = 0
    for row in rows:
        row.submission = submission
        _offer, created = OfferedValue.objects.get_or_create(
            region_id=row.region_id,
            indicator_id=row.indicator_id,
            year=row.year,
            scope_zh=row.scope_zh,
            document=row.document,
            defaults={
                "scope": row.scope,
                "comparator": row.comparator,
                "value": row.value,
                "unit": row.unit,
                "published_on": row.published_on,
                "derived": row.derived,
                "note": row.note,
                "submission": submission,
                "row": row.row,
            },
        )
        new += created
    return new
