"""Handing in files and reading what was found in them."""

from __future__ import annotations

import logging
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from indicators.models import Submission
from ingest import services, tasks
from ingest.folders import opened
from ingest.forms import UploadForm
from ingest.messages import sentence

logger = logging.getLogger(__name__)

_PAGE = 60
WITH_FINDINGS = "findings"


@require_safe
@permission_required("indicators.view_submission", raise_exception=True)
def submissions(request: HttpRequest) -> HttpResponse:
    """The files received, the latest first."""
    state = request.GET.get("state", "")
    found = Submission.objects.annotate(found=Count("findings")).select_related("received_by")
    found = found.order_by("-received_at", "-pk")
    if state in Submission.State.values:
        found = found.filter(state=state)
    elif state == WITH_FINDINGS:
        found = found.filter(found__gt=0)
    context = {
        "submissions": found[:_PAGE],
        "counts": dict(Submission.objects.values_list("state").annotate(Count("pk")).order_by()),
        "states": Submission.State.choices,
        "state": state,
        "form": UploadForm(),
        "simulated": Submission.objects.filter(simulated=True).exists(),
    }
    return render(request, "ingest/submissions.html", context)


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
                _receive(request, found.name, found.data, form.cleaned_data["reader"])
                received += 1
    except OSError:
        logger.exception("the bytes of an upload could not be kept")
        messages.error(request, _("磁盘已满或不可写，这一份和之后的没有收下。请管理员腾出空间后再交。"))
    if not received:
        return redirect("submissions")
    text = ngettext("收到%(count)d份，正在读。", "收到%(count)d份，正在读。", received)
    messages.success(request, text % {"count": received})
    return redirect("submissions")


def _receive(request: HttpRequest, name: str, data: bytes, reader: str) -> None:
    with transaction.atomic():
        user = request.user if request.user.is_authenticated else None
        received = services.receive_file(name, data, via=Submission.Via.UPLOAD, user=user, wanted_reader=reader)
        if received.duplicate:
            messages.info(request, _("%(name)s 以前收到过，未再读。") % {"name": name})
        else:
            transaction.on_commit(partial(tasks.load_soon, received.submission.pk))


@require_safe
@permission_required("indicators.view_submission", raise_exception=True)
def submission(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: what was read, what was found, what to do."""
    found = get_object_or_404(Submission.objects.select_related("received_by"), pk=pk)
    findings = [
        {"finding": finding, "says": sentence(finding.code, finding.original, finding.details, finding.column)}
        for finding in found.findings.all()[:500]
    ]
    context = {
        "submission": found,
        "findings": findings,
        "extents": found.extents.select_related("region").order_by("table", "region")[:60],
        "revisions": found.revisions.select_related("region", "site")[:50],
        "simulated": found.simulated,
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
