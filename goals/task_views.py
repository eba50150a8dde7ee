"""Tasks and what people write under them and under targets: each view checks what it is asked, calls one function."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from goals import selectors
from goals.dashboard.tasks import task_page, tasks_page
from goals.days import shown_day, shown_year
from goals.models import Target, Task, TaskReport
from goals.reporting import ReportError, attachment_path, report_task, write_note
from goals.task_forms import ReportForm, TargetDutyForm, TaskDutyForm
from indicators.kept_bytes import kept_bytes

_DECISIONS = (TaskReport.Kind.CLOSED, TaskReport.Kind.REOPENED)


@require_safe
@permission_required("goals.view_task", raise_exception=True)
def tasks(request: HttpRequest) -> HttpResponse:
    """The tasks of a year by state, as a board or a table."""
    shown = shown_day(request)
    year = shown_year(request, shown)
    asked = [request.GET.get(name, "")[:60] for name in ("region", "state", "unit", "view", "page")]
    page = tasks_page(year, shown.day, *asked)
    context = {"shown": shown, "year": year, "years": selectors.plan_years(), "page": page, "simulated": page.simulated}
    return render(request, "goals/tasks.html", context)


@require_safe
@permission_required("goals.view_task", raise_exception=True)
def task(request: HttpRequest, register_id: str) -> HttpResponse:
    """A task with its journal, and the forms to report on it."""
    return _task(request, register_id, None)


def _task(request: HttpRequest, register_id: str, form: ReportForm | None) -> HttpResponse:
    shown = shown_day(request)
    found = _found(register_id)
    page = task_page(found, shown.day)
    day = shown.day or timezone.localdate()
    context = {
        "shown": shown,
        "page": page,
        "form": form or ReportForm(initial={"reported_on": day.isoformat()}),
        "duty": TaskDutyForm(instance=found),
        "given": request.POST,
        "simulated": page.task.simulated,
    }
    return render(request, "goals/task.html", context, status=200 if form is None else 422)


def _found(register_id: str) -> Task:
    return get_object_or_404(Task.objects.select_related("plan__region"), register_id=register_id)


@require_POST
@permission_required("goals.add_taskreport", raise_exception=True)
def report(request: HttpRequest, register_id: str) -> HttpResponse:
    """Add an entry to a task's journal; closing and sending back take a right of their own."""
    found = _found(register_id)
    form = ReportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _task(request, register_id, form)
    if form.cleaned_data["kind"] in _DECISIONS and not request.user.has_perm("goals.close_task"):
        raise PermissionDenied
    user = get_object_or_404(User, pk=request.user.pk)
    try:
        entry = report_task(found, form.given(), user)
    except ReportError as problem:
        form.add_error(None, str(problem))
        return _task(request, register_id, form)
    messages.success(
        request, _("已记下：%(kind)s，%(day)s。") % {"kind": entry.get_kind_display(), "day": entry.reported_on}
    )
    return redirect("task", register_id=register_id)


@require_POST
@permission_required("goals.change_task", raise_exception=True)
def task_duty(request: HttpRequest, register_id: str) -> HttpResponse:
    """Who sees to a task, and until when."""
    found = _found(register_id)
    form = TaskDutyForm(request.POST, instance=found)
    if form.is_valid():
        form.save()
        messages.success(request, _("已保存责任与期限。"))
    else:
        messages.error(request, " ".join(str(problem) for problems in form.errors.values() for problem in problems))
    return redirect("task", register_id=register_id)


@require_safe
@permission_required("goals.view_taskreport", raise_exception=True)
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes of an attachment as they came, always to be saved, never to be shown in place."""
    entry = get_object_or_404(TaskReport.objects.exclude(attachment_sha256=""), pk=pk)
    data = kept_bytes(attachment_path(entry.attachment_sha256), entry.attachment_sha256)
    if data is None:
        raise Http404(_("附件的字节不在了，或与收到时不同。"))
    answer = HttpResponse(data, content_type="application/octet-stream")
    name = content_disposition_header(as_attachment=True, filename=entry.attachment_name)
    answer["Content-Disposition"] = name or "attachment"
    return answer


# ---- under targets ---------------------------------------------------------------------------------------------------


@require_POST
@permission_required("goals.add_targetnote", raise_exception=True)
def note(request: HttpRequest, register_id: str) -> HttpResponse:
    """Write under a target."""
    target = get_object_or_404(Target, register_id=register_id)
    user = get_object_or_404(User, pk=request.user.pk)
    try:
        write_note(target, request.POST.get("text", ""), user)
    except ReportError as problem:
        messages.error(request, str(problem))
    return redirect("target", register_id=register_id)


@require_POST
@permission_required("goals.change_target", raise_exception=True)
def target_duty(request: HttpRequest, register_id: str) -> HttpResponse:
    """Who answers for a target, by when, and when its next figure is expected."""
    target = get_object_or_404(Target, register_id=register_id)
    form = TargetDutyForm(request.POST, instance=target)
    if form.is_valid():
        target.save(update_fields=form.Meta.fields)  # not `updated_at`: no verdict rests on who answers for it
        messages.success(request, _("已保存责任与期限。"))
    else:
        messages.error(request, " ".join(str(problem) for problems in form.errors.values() for problem in problems))
    return redirect("target", register_id=register_id)
