"""Asking for reports and taking them home."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from goals.selectors import shown_date
from provinces.models import Region
from reports import services, tasks
from reports.forms import ReportForm
from reports.models import Report


@require_safe
@permission_required("reports.view_report", raise_exception=True)
def reports(request: HttpRequest) -> HttpResponse:
    """The reports asked for and issued, the latest first."""
    found = list(Report.objects.select_related("region", "requested_by")[:100])
    context = {
        "reports": found,
        "waiting": any(report.state == Report.State.REQUESTED for report in found),
        "simulated": any(report.simulated for report in found),
        "month": shown_date() or timezone.localdate(),
        "plan_regions": Region.objects.filter(plans__isnull=False).distinct().order_by("-code"),
    }
    return render(request, "reports/reports.html", context)


@require_POST
@permission_required("reports.add_report", raise_exception=True)
def request_report(request: HttpRequest) -> HttpResponse:
    """Ask for a report; it is made in the background."""
    form = ReportForm(request.POST)
    if not form.is_valid():
        for problems in form.errors.values():
            messages.error(request, " ".join(str(problem) for problem in problems))
        return redirect("reports")
    asked = form.cleaned_data
    with transaction.atomic():
        report = services.request_report(
            asked["region"], asked["month"], asked["format"], request.user if request.user.is_authenticated else None
        )
        transaction.on_commit(partial(tasks.issue_report.delay, report.pk))
    return redirect("reports")


@require_safe
@permission_required("reports.view_report", raise_exception=True)
def report_file(request: HttpRequest, pk: int) -> FileResponse:
    """The bytes as they were issued."""
    report = get_object_or_404(Report.objects.select_related("region"), pk=pk)
    if report.state != Report.State.ISSUED:
        raise Http404
    name = f"{report.region.short_name}{report.month:%Y-%m}月报.{report.format}"
    return FileResponse(report.file.open("rb"), as_attachment=True, filename=name)
