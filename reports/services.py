"""Issuing reports: asked for, made, kept."""

from __future__ import annotations

import hashlib
from datetime import date

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone, translation

from reports.compose import NothingToReportError, compose
from reports.models import Report
from reports.typeset import TYPESETTERS, GlyphsMissingError, prepare_fonts


def request_report(region: str, month: date, file_format: str, user: User | None) -> Report:
    """Note that a report is wanted; the caller enqueues `issue_report` after the commit."""
    return Report.objects.create(
        region_id=region,
        month=month.replace(day=1),
        format=file_format,
        requested_at=timezone.now(),
        requested_by=user,
    )


def issue_report(report_id: int) -> Report:
    """Make a report and keep its bytes; a second call leaves an issued one alone.

    What cannot be made says why in `problem` and is FAILED; nothing half-made is kept.
    """
    with transaction.atomic():
        report = Report.objects.select_for_update().select_related("region").get(pk=report_id)
        if report.state == Report.State.ISSUED:
            return report
        try:
            prepare_fonts()
            with translation.override(settings.LANGUAGE_CODE):  # a report is in Chinese, whoever asks
                summary = compose(report.region_id, report.month)
                data = TYPESETTERS[report.format](summary, report.requested_at)
        except (NothingToReportError, GlyphsMissingError) as problem:
            report.state = Report.State.FAILED
            report.problem = str(problem)[:300]
            report.save()
            return report
        report.state = Report.State.ISSUED
        report.issued_at = timezone.now()
        report.sha256 = hashlib.sha256(data).hexdigest()
        report.simulated = summary.simulated
        report.problem = ""
        name = f"{report.region_id}-{report.month:%Y-%m}-{report.pk}.{report.format}"
        report.file.save(name, ContentFile(data), save=False)
        report.save()
        return report


def waiting_reports() -> list[int]:
    """Reports that were asked for and never made."""
    return list(Report.objects.filter(state=Report.State.REQUESTED).values_list("pk", flat=True))
