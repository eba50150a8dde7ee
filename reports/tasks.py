"""What Celery runs for this room."""

from __future__ import annotations

from celery import shared_task

from reports import services


@shared_task(name="reports.issue_report")
def issue_report(report_id: int) -> None:
    """Make a report that was asked for."""
    services.issue_report(report_id)


@shared_task(name="reports.sweep")
def sweep() -> None:
    """Take up reports that a broken broker or worker left lying."""
    for report_id in services.waiting_reports():
        issue_report.delay(report_id)
