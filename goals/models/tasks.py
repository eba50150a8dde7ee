"""What is to be done, how much of it, and the journal of how it goes (督办)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from goals.models.plans import Plan, Target
from indicators.fields import PrintedDecimalField


class Task(models.Model):
    """A numbered task of a plan."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="tasks", verbose_name=_("工作要点"))
    register_id = models.CharField(_("编号"), max_length=30, unique=True)
    order = models.PositiveSmallIntegerField(_("次序"), default=0)
    chapter_zh = models.CharField(_("章"), max_length=80)
    number = models.CharField(_("任务号"), max_length=40)
    title_zh = models.CharField(_("任务"), max_length=200)
    char_start = models.PositiveIntegerField(_("原文起"))
    char_end = models.PositiveIntegerField(_("原文止"))
    lead_unit = models.CharField(_("牵头单位"), max_length=60, blank=True)
    due_on = models.DateField(_("期限"), null=True, blank=True, help_text=_("空：年底。"))
    next_report_on = models.DateField(_("下次报送日期"), null=True, blank=True)
    targets = models.ManyToManyField(Target, blank=True, related_name="tasks", verbose_name=_("服务的目标"))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("重点任务")
        verbose_name_plural = _("重点任务")
        ordering: ClassVar = ["plan", "order"]
        permissions: ClassVar = [("close_task", _("可以销号"))]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "number"], name="task_number_is_unique_in_plan"),
            models.CheckConstraint(condition=Q(char_end__gt=F("char_start")), name="task_title_is_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.register_id} {self.title_zh}"


class TaskQuantity(models.Model):
    """A number printed in a task: a commitment with a bar and a date, or context that is only kept."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="quantities", verbose_name=_("任务"))
    register_id = models.CharField(_("编号"), max_length=30, unique=True)
    task_zh = models.CharField(_("内容"), max_length=120)
    quantity = PrintedDecimalField(_("数量"))
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    deadline = models.CharField(_("期限原文"), max_length=60, blank=True)
    due_on = models.DateField(_("期限"), null=True, blank=True)
    quote_zh = models.TextField(_("原文"))
    char_start = models.PositiveIntegerField(_("原文起"))
    char_end = models.PositiveIntegerField(_("原文止"))
    is_commitment = models.BooleanField(_("是承诺"))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("任务数量")
        verbose_name_plural = _("任务数量")
        ordering: ClassVar = ["register_id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(char_end__gt=F("char_start")), name="quantity_quote_is_not_empty"),
            models.CheckConstraint(
                condition=Q(is_commitment=False) | Q(due_on__isnull=False), name="quantity_commitment_is_dated"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register_id} {self.task_zh}"


class QuantityProgress(models.Model):
    """How much of a committed quantity was done by a day."""

    quantity = models.ForeignKey(TaskQuantity, models.CASCADE, related_name="progress", verbose_name=_("任务数量"))
    reported_on = models.DateField(_("日期"))
    done = PrintedDecimalField(_("已完成"))
    document = models.CharField(_("依据"), max_length=120)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("填报人")
    )
    simulated = models.BooleanField(_("模拟数据"), default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("完成进度")
        verbose_name_plural = _("完成进度")
        ordering: ClassVar = ["quantity", "-reported_on"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["quantity", "reported_on"], name="progress_is_one_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity.register_id} {self.reported_on:%Y-%m-%d} {self.done}"


class TaskReport(models.Model):
    """An entry in a task's journal: how it goes, that it is done, that it was closed, or sent back. Only ever added."""

    class Kind(models.TextChoices):
        PROGRESS = "progress", _("进展")
        DONE = "done", _("完成")
        CLOSED = "closed", _("销号")
        REOPENED = "reopened", _("退回")

    task = models.ForeignKey(Task, models.PROTECT, related_name="reports", verbose_name=_("任务"))
    kind = models.CharField(_("类型"), max_length=10, choices=Kind)
    reported_on = models.DateField(_("日期"))
    text = models.TextField(_("内容"))
    document = models.CharField(_("依据"), max_length=120, blank=True)
    attachment_name = models.CharField(_("附件"), max_length=200, blank=True)
    attachment_sha256 = models.CharField(_("附件 sha256"), max_length=64, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("填报人")
    )
    entered_at = models.DateTimeField(_("填报时间"))
    simulated = models.BooleanField(_("模拟数据"), default=False)

    class Meta:
        verbose_name = _("任务进展")
        verbose_name_plural = _("任务进展")
        ordering: ClassVar = ["task", "reported_on", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="task_report_says_something"),
            models.CheckConstraint(
                condition=~Q(kind="closed") | ~Q(document="") | ~Q(attachment_sha256=""),
                name="task_is_closed_with_evidence",
            ),
            models.CheckConstraint(
                condition=Q(attachment_name="", attachment_sha256="")
                | (~Q(attachment_name="") & ~Q(attachment_sha256="")),
                name="task_attachment_has_name_and_bytes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task.register_id} {self.reported_on:%Y-%m-%d} {self.kind}"
