"""Which station an unknown code or name means: a person says so from the finding, and the file is read again."""

from __future__ import annotations

from django.db import transaction

from indicators.models import Finding, Submission
from ingest.services import reread_submission
from provinces.models import Region, Site


class CannotAssignError(Exception):
    """The finding names no unknown station."""


@transaction.atomic
def assign_to_station(finding: Finding, site: Site) -> Submission:
    """From now on the finding's original text means this station; its file is read again by the caller's task."""
    _check(finding)
    if finding.original not in site.aliases:
        site.aliases = [*site.aliases, finding.original]
        site.save()
    reread_submission(finding.submission_id)
    return finding.submission


@transaction.atomic
def assign_to_new_station(finding: Finding, name: str, city: Region) -> Submission:
    """The finding's original text is the code of a station that nobody registered yet."""
    _check(finding)
    Site.objects.create(kind=Site.Kind.AIR_STATION, code=finding.original[:40], name=name, region=city)
    reread_submission(finding.submission_id)
    return finding.submission


def _check(finding: Finding) -> None:
    if finding.code != "unknown_site" or finding.submission.state != Submission.State.ACCEPTED:
        raise CannotAssignError(finding.code)
