"""Handing in files and reading what was found in them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from evaluation.calendar import month_end
from goals.selectors import planned_regions
from indicators.models import Finding, Submission
from indicators.selectors import last_day_with_observations, submissions_to_check
from ingest import coverage, services, tasks
from ingest.assigning import CannotAssignError, assign_to_new_station, assign_to_station
from ingest.folders import opened
from ingest.forms import CoverageForm, MappingForm, UploadForm, layout_choices
from ingest.messages import sentence
from ingest.readers.mapped import ITEMS, header_in_row
from ingest.readers.text import csv_rows
from ingest.tidy import StructuralError
from ingest.withdrawing import CannotWithdrawError, withdraw_submission
from provinces.models import Region, Site

logger = logging.getLogger(__name__)

_PAGE = 60
WITH_FINDINGS = "findings"
#: So many rows of an unknown table are shown to whoever explains it.
_SHOWN_ROWS = 12


@require_safe
@permission_required("indicators.view_submission", raise_exception=True)
def submissions(request: HttpRequest) -> HttpResponse:
    """The files received, the latest first; asked by htmx, the rows alone, until all of them are read."""
    state = request.GET.get("state", "")
    to_check = submissions_to_check()
    found = to_check if state == Submission.State.HELD else Submission.objects.all()
    found = found.annotate(found=Count("findings")).select_related("received_by", "source")
    found = found.order_by("-received_at", "-pk")
    if state in Submission.State.values and state != Submission.State.HELD:
        found = found.filter(state=state)
    elif state == WITH_FINDINGS:
        found = found.filter(found__gt=0)
    rows = list(found[:_PAGE])
    context: dict[str, Any] = {
        "submissions": rows,
        "reading": any(row.state == Submission.State.RECEIVED for row in rows),
        "waiting": Submission.objects.filter(state=Submission.State.RECEIVED).count(),
        "counts": {
            **dict(Submission.objects.values_list("state").annotate(Count("pk")).order_by()),
            Submission.State.HELD: to_check.count(),
        },
        "states": Submission.State.choices,
        "state": state,
        "form": UploadForm(),
        "simulated": Submission.objects.filter(simulated=True).exists(),
    }
    alone = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    template = "ingest/rows.html" if alone else "ingest/submissions.html"
    return render(request, template, context)


@require_POST
@permission_required("indicators.add_submission", raise_exception=True)
def upload(request: HttpRequest) -> HttpResponse:
    """Keep the files and have them read in the background."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        for problems in form.errors.values():
            messages.error(request, " ".join(str(problem) for problem in problems))
        return redirect("submissions")
    received = 0
    try:
        for file in form.cleaned_data["documents"]:
            for found in opened(file.name, file.read()):
                _receive(request, found.name, found.data, form.cleaned_data)
                received += 1
    except OSError:
        logger.exception("the bytes of an upload could not be kept")
        messages.error(request, _("磁盘已满或不可写，这一份和之后的没有收下。请管理员腾出空间后再交。"))
    if not received:
        return redirect("submissions")
    text = ngettext("收到%(count)d份，正在读。", "收到%(count)d份，正在读。", received)
    messages.success(request, text % {"count": received})
    return redirect("submissions")


def _receive(request: HttpRequest, name: str, data: bytes, said: dict[str, Any]) -> None:
    with transaction.atomic():
        user = request.user if request.user.is_authenticated else None
        received = services.receive_file(
            name, data, via=Submission.Via.UPLOAD, user=user, wanted_reader=said["reader"], review=said["review"]
        )
        if received.duplicate:
            messages.info(request, _("%(name)s 以前收到过，未再读。") % {"name": name})
        else:
            transaction.on_commit(partial(tasks.load_soon, received.submission.pk))


@require_safe
@permission_required("indicators.view_submission", raise_exception=True)
def submission(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: what was read, what was found, what to do."""
    found = get_object_or_404(Submission.objects.select_related("received_by"), pk=pk)
    layout = services.layout_of(found)
    kept = list(found.findings.all()[:500])
    findings = [
        {"finding": finding, "says": sentence(finding.code, finding.original, finding.details, finding.column)}
        for finding in kept
    ]
    context: dict[str, Any] = {
        "submission": found,
        "findings": findings,
        "extents": found.extents.select_related("region").order_by("table", "region")[:60],
        "revisions": found.revisions.select_related("region", "site")[:50],
        "simulated": found.simulated,
        "to_explain": any(finding.code == "unknown_layout" for finding in kept),
        "layout": layout,
        "layout_title": layout.title if layout else dict(layout_choices()).get(found.reader, found.reader),
        "cities": Region.objects.filter(counts_as_city=True).order_by("code") if findings else [],
    }
    return render(request, "ingest/submission.html", context)


@require_safe
@permission_required("indicators.view_submission", raise_exception=True)
def submission_bytes(request: HttpRequest, pk: int) -> FileResponse:
    """The bytes as they were received, always as a download."""
    found = get_object_or_404(Submission, pk=pk)
    name = found.name.rsplit("/", 1)[-1]
    return FileResponse(
        default_storage.open(found.path), as_attachment=True, filename=name, content_type="application/octet-stream"
    )


@require_POST
@permission_required("indicators.change_submission", raise_exception=True)
def reread(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a kept file again, after a register or an alias was added."""
    found = get_object_or_404(Submission, pk=pk)
    with transaction.atomic():
        services.reread_submission(found.pk)
        transaction.on_commit(partial(tasks.load_soon, found.pk))
    messages.success(request, _("正在重新读取。"))
    return redirect("submission", pk=pk)


@require_POST
@permission_required("indicators.change_submission", raise_exception=True)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a wrong file back, with a reason."""
    try:
        with transaction.atomic():
            withdraw_submission(pk, _person(request), request.POST.get("reason", ""))
            transaction.on_commit(tasks.finish_soon)
    except ValueError:
        messages.error(request, _("请写明理由。"))
    except CannotWithdrawError:
        messages.error(request, _("这份文件不能撤回：它没有入库，或者是站点名录。"))
    else:
        messages.success(request, _("已撤回；数值退回这份文件之前，相关目标正在重新评估。"))
    return redirect("submission", pk=pk)


@require_POST
@permission_required("indicators.change_submission", raise_exception=True)
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a held file be loaded as it is, with a reason."""
    try:
        with transaction.atomic():
            services.release_submission(pk, _person(request), request.POST.get("reason", ""))
            transaction.on_commit(partial(tasks.load_soon, pk))
    except ValueError:
        messages.error(request, _("请写明理由。"))
    else:
        messages.success(request, _("已放行，正在读取。"))
    return redirect("submission", pk=pk)


@require_POST
@permission_required("provinces.change_site", raise_exception=True)
def assign(request: HttpRequest, pk: int, finding_pk: int) -> HttpResponse:
    """Say which station an unknown code or name means: one of the register, or a new one of a city."""
    finding = get_object_or_404(Finding.objects.select_related("submission"), pk=finding_pk, submission=pk)
    code, name = request.POST.get("site", "").strip(), request.POST.get("name", "").strip()
    site = Site.objects.filter(kind=Site.Kind.AIR_STATION, code=code).first() if code else None
    city = Region.objects.filter(code=request.POST.get("city", ""), counts_as_city=True).first()
    try:
        with transaction.atomic():
            if site is not None:
                assign_to_station(finding, site)
            elif name and city is not None and request.user.has_perm("provinces.add_site"):
                assign_to_new_station(finding, name, city)
            else:
                messages.error(request, _("名录中没有这个编码；若是新站点，请写名称并选城市。"))
                return redirect("submission", pk=pk)
            transaction.on_commit(partial(tasks.load_soon, pk))
    except CannotAssignError:
        messages.error(request, _("这一条发现不能指认站点。"))
    else:
        messages.success(request, _("已指认，正在重新读取。"))
    return redirect("submission", pk=pk)


def _person(request: HttpRequest) -> User:
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user


# ---- coverage --------------------------------------------------------------------------------------------------------


@require_safe
@permission_required("indicators.view_submission", raise_exception=True)
def coverage_page(request: HttpRequest) -> HttpResponse:
    """Sites by days: how much was captured, what is late, what was set aside and why."""
    form = CoverageForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    regions = list(reversed(planned_regions()))
    region = asked.get("region") or next(iter(regions), None)
    month = asked.get("month") or (last_day_with_observations() or timezone.localdate()).replace(day=1)
    day = asked.get("day")
    found = coverage.submissions_of(region, day or month, day or month_end(month)) if region else []
    context: dict[str, Any] = {
        "region": region,
        "regions": regions,
        "month": month,
        "here": f"?region={region.code}&month={month:%Y-%m}" if region else "",
        "before": month - timedelta(days=1),
        "after": month_end(month) + timedelta(days=1),
        "day": day,
        "sites": coverage.site_days(region, month, timezone.localdate()) if region else [],
        "files": found[:_PAGE],
        "aside": [
            (number, sentence(code, first.original, first.details, first.column), first)
            for code, number, first in coverage.set_aside(found)
        ],
        "sources": coverage.sources(timezone.now()),
        "problem": "" if form.is_valid() else _("地区或月份不对，已改示默认的。"),
        "simulated": any(one.simulated for one in found),
    }
    return render(request, "ingest/coverage.html", context)


# ---- a table that nobody knows ---------------------------------------------------------------------------------------


@permission_required("indicators.add_layout", raise_exception=True)
def explain(request: HttpRequest, pk: int) -> HttpResponse:
    """Say once what the columns of an unknown table mean; look at the outcome; keep it as a layout.

    A layout that was explained wrongly is explained anew here, once the files it let in are withdrawn.
    """
    found = get_object_or_404(Submission, pk=pk)
    layout = services.layout_of(found)
    if layout is not None and services.files_in_force_by(layout).exists():
        messages.error(request, _("这种版式已有文件入库。请先撤回这些文件，再改版式，然后恢复它们。"))
        return redirect("submission", pk=pk)
    try:
        text = services.text_of(found)
    except StructuralError as error:
        finding = error.finding
        messages.error(request, sentence(finding.code, finding.original, finding.details, finding.column))
        return redirect("submission", pk=pk)
    row = layout.header_row if layout else _row_number(request)
    header = header_in_row(text, row)
    form = MappingForm(header, row, request.POST if request.method == "POST" else None, instance=layout)
    preview: list[tuple[str, ...]] = []
    items: Sequence[str] = ()
    if request.method == "POST" and form.is_valid():
        mapped = form.mapped()
        preview = services.previewed(mapped, text)
        items = ITEMS.get(mapped.kind, (_("指标"), _("数值"), _("单位")))
        if "save" in request.POST:
            with transaction.atomic():
                form.save(_person(request))
                services.reread_submission(found.pk)
                transaction.on_commit(partial(tasks.load_soon, found.pk))
            messages.success(request, _("版式已保存，以后同样表头的文件直接识别；正在重新读取。"))
            return redirect("submission", pk=pk)
    context = {
        "submission": found,
        "rows": list(islice(csv_rows(text[:200_000]), _SHOWN_ROWS)),
        "header": header,
        "row": row,
        "form": form,
        "layout": layout,
        "preview": preview,
        "items": items,
    }
    return render(request, "ingest/explain.html", context)


def _row_number(request: HttpRequest) -> int:
    """The row of the header that was chosen; the first for what is no row."""
    text = request.POST.get("header_row") or request.GET.get("header_row") or "1"
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 7 else 1
