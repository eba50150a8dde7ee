"""Taking a wrong file back: what it brought gives way to what is known without it.

The files that speak of the same places and times are read again from their bytes, in the order of receipt, for the
rows that the withdrawn file had: the outcome is the one that would stand had it never come. The values it brought move
to revisions, so that pages drawn as of an earlier day still show what was known then.
"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from indicators.day_services import step_back_printed_days
from indicators.figure_services import withdraw_figures
from indicators.models import Extent, Submission
from indicators.observation_services import step_back
from indicators.services import evidence_in
from ingest import services
from provinces.services import note_changed_evidence


class CannotWithdrawError(Exception):
    """A file that brought no observations, or that is not in force."""


@transaction.atomic
def withdraw_submission(submission_id: int, user: User, reason: str) -> Submission:
    """Withdraw an accepted file. Its city days are marked for a rebuild; the caller enqueues that after the commit.

    ValueError without a reason; CannotWithdrawError for a file that is not accepted, or a register of stations.
    """
    if not reason.strip():
        raise ValueError("a withdrawal needs a reason")
    submission = Submission.objects.select_for_update().get(pk=submission_id)
    extents = list(submission.extents.all())
    if submission.state != Submission.State.ACCEPTED or not extents:
        raise CannotWithdrawError(submission.name)
    now = timezone.now()
    submission.state, submission.reason = Submission.State.WITHDRAWN, reason.strip()
    submission.decided_by, submission.decided_at = user, now
    submission.save()
    others = [(other, services.rows_of(other)) for other in _speaking_of_the_same(extents)]
    for kind, rows in services.rows_of(submission):
        same = [(other, found) for other, tables in others for name, found in tables if name == kind]
        if kind == Extent.Table.AIR_DAY:
            step_back_printed_days(rows, same, now)
        elif len(rows):
            step_back(kind, rows, same, now)
    withdraw_figures(submission, now)
    note_changed_evidence(
        {extent.region_id for extent in extents}, now, evidence_in(extent.table for extent in extents)
    )
    return submission


def _speaking_of_the_same(extents: list[Extent]) -> list[Submission]:
    """Other accepted files that brought rows of the same region, kind and time, in the order of receipt."""
    overlaps = Q()
    for extent in extents:
        overlaps |= Q(
            extents__region=extent.region_id,
            extents__table=extent.table,
            extents__first__lte=extent.last,
            extents__last__gte=extent.first,
        )
    found = Submission.objects.filter(overlaps, state=Submission.State.ACCEPTED)
    return list(found.distinct().order_by("pk"))
