"""What Celery runs for this room."""

from __future__ import annotations

from celery import shared_task

from goals import assessing, selectors


@shared_task(name="goals.assess_shown_day")
def assess_shown_day() -> None:
    """Judge every target as of the day that the pages open on, and on all that is known now."""
    for as_of in (selectors.shown_date(), None):
        assessing.assess_targets(selectors.approved_targets(), as_of)
