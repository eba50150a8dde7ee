"""What Celery runs for this room."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from goals import alerting, assessing, digest, selectors


@shared_task(name="goals.assess_shown_day")
def assess_shown_day() -> None:
    """Judge every target as of the day that the pages open on, and on all that is known now."""
    for as_of in (selectors.shown_date(), None):
        for year in selectors.plan_years():
            assessing.assess_targets(selectors.approved_targets(year=year), as_of)


@shared_task(name="goals.watch_sections")
def watch_sections() -> None:
    """Warn of sections that fell behind, by the last whole month before the day that the pages open on."""
    day = selectors.shown_date()
    if day is not None:
        alerting.watch_sections(selectors.approved_targets(year=day.year), day, timezone.now())


@shared_task(name="goals.send_digests")
def send_digests() -> None:
    """Send the new alerts to those who asked for it."""
    digest.send_digests(timezone.now())
