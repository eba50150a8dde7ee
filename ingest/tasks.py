"""What Celery runs for this room. A task loads by id and calls the service of the same name."""

from __future__ import annotations

import logging

from celery import Task, shared_task
from django.conf import settings
from django.db import DatabaseError
from kombu.exceptions import OperationalError

from indicators.models import Submission
from ingest import services, sources

logger = logging.getLogger(__name__)

LOOKS_AGAIN = 5
LOOKS_AGAIN_AFTER_SECONDS = 3


@shared_task(
    bind=True,
    name="ingest.load_submission",
    autoretry_for=(DatabaseError,),
    max_retries=5,
    retry_backoff=2,
    retry_jitter=True,
)
def load_submission(self: Task[[int], None], submission_id: int) -> None:
    """Read a received file; the last one that waits brings the city days and verdicts in step.

    Who holds the file may be a process that was killed: the database goes on with its statement and then takes it
    back. So a file that is left to another one is looked at again; after a few looks it is the sweep's.
    """
    left_to_another = services.load_submission(submission_id).state == Submission.State.RECEIVED
    if left_to_another and self.request.retries < LOOKS_AGAIN:
        raise self.retry(countdown=LOOKS_AGAIN_AFTER_SECONDS)
    if not services.anything_waits():
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
    for submission_id in services.take_up_waiting():
        load_submission.delay(submission_id)
    finish_loads.delay()


@shared_task(name="ingest.watch_folder")
def watch_folder() -> None:
    """Take in what others put into the watched folder."""
    if sources.watch_folder(settings.WATCHED_FOLDER):
        finish_loads.delay()


@shared_task(name=sources.FETCH_TASK)
def fetch_source(source_id: int) -> None:
    """Ask a source's address for something new."""
    for submission_id in sources.fetch_source(source_id):
        load_soon(submission_id)


def load_soon(submission_id: int) -> None:
    """Enqueue a received file. Without a broker it waits for the sweep: what was received is in the database."""
    try:
        load_submission.delay(submission_id)
    except OperationalError:
        logger.warning("the broker does not answer: submission %s waits for the sweep", submission_id)


def finish_soon() -> None:
    """Have changed days and verdicts brought in step; without a broker the sweep does it."""
    try:
        finish_loads.delay()
    except OperationalError:
        logger.warning("the broker does not answer: changed days wait for the sweep")
