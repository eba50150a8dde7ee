"""What Celery runs for this room. A task loads by id and calls the service of the same name."""

from __future__ import annotations

from celery import shared_task
from django.db import DatabaseError

from ingest import services


@shared_task(
    name="ingest.load_submission", autoretry_for=(DatabaseError,), max_retries=5, retry_backoff=2, retry_jitter=True
)
def load_submission(submission_id: int) -> None:
    """Read a received file, then bring the city days and verdicts in step."""
    services.load_submission(submission_id)
    finish_loads.delay()


@shared_task(
    name="ingest.finish_loads", autoretry_for=(DatabaseError,), max_retries=5, retry_backoff=2, retry_jitter=True
)
def finish_loads() -> None:
    """Work out changed city days again and judge the targets touched."""
    services.finish_loads()


@shared_task(name="ingest.sweep")
def sweep() -> None:
    """Take up what a broken broker or worker left lying."""
    for submission_id in services.waiting_submissions():
        load_submission.delay(submission_id)
    finish_loads.delay()
