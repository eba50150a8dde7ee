"""What people report of tasks: how it goes, with quantities and an attachment; that it is done; closing it (销号)."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from io import BytesIO

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from goals.models import QuantityProgress, Target, TargetNote, Task, TaskReport
from goals.task_selectors import supervised_task
from indicators.kept_bytes import keep_bytes

MOST_ATTACHMENT_BYTES = 20 * 1024**2
_LONGEST = 4000


class ReportError(Exception):
    """The report cannot be taken; the message says why and what to do."""


@dataclass(frozen=True)
class Attachment:
    """A file as it came."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Given:
    """What somebody reports. `done` holds per quantity (its register id) the amount done so far, as typed."""

    kind: str
    reported_on: date
    text: str
    document: str = ""
    attachment: Attachment | None = None
    done: Mapping[str, str] = field(default_factory=dict)


def report_task(task: Task, given: Given, user: User) -> TaskReport:
    """Add an entry to a task's journal, with its quantities, all or nothing.

    Raises ReportError for an entry without words, a closing without evidence or of a task that nobody reported as
    done, sending back what is not done, a day to come, an amount that is no number, an attachment of an unknown kind.
    """
    text = given.text.strip()[:_LONGEST]
    if not text:
        raise ReportError(_("请写明进展情况。"))
    if given.reported_on > timezone.localdate():
        raise ReportError(_("日期 %(day)s 还没有到。") % {"day": given.reported_on})
    if given.kind == TaskReport.Kind.CLOSED and not (given.document.strip() or given.attachment):
        raise ReportError(_("销号要有依据：写明文件，或上传附件。"))
    amounts = _amounts(task, given.done)
    if given.attachment is not None:
        check_attachment(given.attachment)
    with transaction.atomic():
        Task.objects.select_for_update().get(pk=task.pk)
        _check_order(task, given)
        for register_id, amount in amounts.items():
            _note_amount(task, register_id, amount, given, user)
        return TaskReport.objects.create(
            task=task,
            kind=given.kind,
            reported_on=given.reported_on,
            text=text,
            document=given.document.strip()[:120],
            attachment_name=given.attachment.name[-200:] if given.attachment else "",
            attachment_sha256=_keep(given.attachment) if given.attachment else "",
            entered_by=user,
            entered_at=timezone.now(),
        )


def _check_order(task: Task, given: Given) -> None:
    """Closing follows on done, sending back on done or closed; an entry is never dated before the one it follows."""
    latest = task.reports.order_by("-reported_on", "-id").first()
    if latest is not None and given.reported_on < latest.reported_on:
        raise ReportError(_("已有 %(day)s 的记录，新记录的日期不能更早。") % {"day": latest.reported_on.isoformat()})
    state = supervised_task(task, given.reported_on).state
    if given.kind == TaskReport.Kind.CLOSED and state != "done":
        raise ReportError(_("只有已完成的任务才能销号；请先报完成。"))
    if given.kind == TaskReport.Kind.REOPENED and state not in ("done", "closed"):
        raise ReportError(_("任务没有完成，无须退回。"))
    if given.kind in (TaskReport.Kind.PROGRESS, TaskReport.Kind.DONE) and state == "closed":
        raise ReportError(_("任务已销号；要再报进展，请先退回。"))


def _amounts(task: Task, done: Mapping[str, str]) -> dict[str, Decimal]:
    known = set(task.quantities.filter(is_commitment=True).values_list("register_id", flat=True))
    amounts = {}
    for register_id, typed in done.items():
        if not typed.strip():
            continue
        if register_id not in known:
            raise ReportError(_("任务没有数量 %(id)s。") % {"id": register_id[:30]})
        try:
            amount = Decimal(typed.strip())
        except InvalidOperation:
            amount = Decimal(-1)
        if not amount.is_finite() or amount < 0:
            raise ReportError(_("“%(typed)s”不是完成数量，请填不小于零的数。") % {"typed": typed[:20]})
        amounts[register_id] = amount
    return amounts


def _note_amount(task: Task, register_id: str, amount: Decimal, given: Given, user: User) -> None:
    quantity = task.quantities.get(register_id=register_id)
    QuantityProgress.objects.update_or_create(
        quantity=quantity,
        reported_on=given.reported_on,
        defaults={"done": amount, "document": given.document.strip()[:120] or given.text[:120], "entered_by": user},
    )


# ---- attachments -----------------------------------------------------------------------------------------------------

_HEADS = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff"}
_PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}


def check_attachment(attachment: Attachment) -> None:
    """Refuse what is too large, empty, or not by its bytes what its name says: PDF, PNG, JPEG, DOCX or XLSX."""
    if len(attachment.data) > MOST_ATTACHMENT_BYTES:
        raise ReportError(_("附件超过 20 MB。"))
    if _sort_of(attachment.data) != _suffix(attachment.name):
        raise ReportError(
            _("附件“%(name)s”须是 PDF、PNG、JPG、DOCX 或 XLSX，且内容与扩展名相符。") % {"name": attachment.name[:60]}
        )


def _suffix(name: str) -> str:
    suffix = name.rpartition(".")[2].lower()
    return "jpg" if suffix == "jpeg" else suffix


def _sort_of(data: bytes) -> str:
    for sort, head in _HEADS.items():
        if data.startswith(head):
            return sort
    if data.startswith(b"PK\x03\x04"):
        try:
            names = zipfile.ZipFile(BytesIO(data)).namelist()
        except zipfile.BadZipFile:
            return ""
        return next((sort for sort, part in _PARTS.items() if part in names), "")
    return ""


def attachment_path(sha256: str) -> str:
    """Where the bytes of an attachment lie."""
    return f"attachments/{sha256[:2]}/{sha256}"


def _keep(attachment: Attachment) -> str:
    sha256 = hashlib.sha256(attachment.data).hexdigest()
    keep_bytes(attachment_path(sha256), attachment.data)
    return sha256


# ---- notes under targets ---------------------------------------------------------------------------------------------


def write_note(target: Target, text: str, user: User) -> TargetNote:
    """Write under a target. Raises ReportError for a note without words."""
    if not text.strip():
        raise ReportError(_("说明是空的。"))
    return TargetNote.objects.create(
        target=target, text=text.strip()[:_LONGEST], written_by=user, written_at=timezone.now()
    )
