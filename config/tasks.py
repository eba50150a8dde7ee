"""What Celery runs for the wiring."""

from celery import shared_task

from config import data_version, pages_ahead
from config.drawn_later import DRAW_PAGE
from config.kept_pages import Look


@shared_task(name="config.forget_old_changes")
def forget_old_changes() -> None:
    """Drop the oldest traces of changes."""
    data_version.forget_old_changes()


@shared_task(name="config.draw_ahead")
def draw_ahead() -> None:
    """Draw the pages that a change made old."""
    pages_ahead.draw_ahead()


@shared_task(name=DRAW_PAGE)
def draw_page(path: str, language: str, user: int) -> None:
    """Draw a page for somebody who waits for it."""
    pages_ahead.draw(Look(path, language, user))
