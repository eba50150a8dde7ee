"""A plan's text as it was handed in, and the drafts read from it until people have decided on them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from goals.models.plans import Plan
from provinces.models import Region


class PlanVersion(models.Model):
    """A version of a plan's text with the bytes it came in. It becomes the plan's text when it is approved."""

    class Status(models.TextChoices):
        OPEN = "open", _("核对中")
        APPROVED = "approved", _("已批准")
        DROPPED = "dropped", _("已放弃")

    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("地区"))
    year = models.PositiveSmallIntegerField(_("年度"))
    title = models.CharField(_("名称"), max_length=120)
    plan = models.ForeignKey(
        Plan, models.PROTECT, null=True, blank=True, related_name="versions", verbose_name=_("工作要点")
    )
    name = models.CharField(_("文件名"), max_length=200)
    media = models.CharField(_("格式"), max_length=10)
    original = models.BinaryField(_("原件"))
    original_sha256 = models.CharField(_("原件 sha256"), max_length=64)
    text = models.TextField(_("原文"))
    text_sha256 = models.CharField(_("原文 sha256"), max_length=64)
    passages = models.JSONField(_("目标段落"), default=list)
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.OPEN)
    received_at = models.DateTimeField(_("收到时间"))
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("提交人")
    )
    decided_at = models.DateTimeField(_("批准时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("批准人")
    )

    class Meta:
        verbose_name = _("计划原文")
        verbose_name_plural = _("计划原文")
        ordering: ClassVar = ["-received_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["region", "year"], condition=Q(status="open"), name="version_open_is_one_a_plan"
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | (Q(plan__isnull=False) & Q(decided_at__isnull=False)),
                name="version_approved_has_a_plan",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="version_has_text"),
        ]

    def __str__(self) -> str:
        return self.title


class Draft(models.Model):
    """A target, a task or a quantity read from a version, or marked by hand; `fields` follow goals.drafts."""

    class Sort(models.TextChoices):
        TARGET = "target", _("目标")
        TASK = "task", _("任务")
        QUANTITY = "quantity", _("数量")

    class State(models.TextChoices):
        OPEN = "open", _("待核对")
        ACCEPTED = "accepted", _("已确认")
        REJECTED = "rejected", _("不采用")

    version = models.ForeignKey(PlanVersion, models.CASCADE, related_name="drafts", verbose_name=_("计划原文"))
    sort = models.CharField(_("类别"), max_length=10, choices=Sort)
    order = models.PositiveIntegerField(_("次序"))
    state = models.CharField(_("核对"), max_length=10, choices=State, default=State.OPEN)
    fields = models.JSONField(_("内容"))
    char_start = models.PositiveIntegerField(_("原文起"))
    char_end = models.PositiveIntegerField(_("原文止"))
    confidence = models.FloatField(_("把握"), default=1.0)
    doubts = models.JSONField(_("存疑"), default=list, blank=True)
    by_hand = models.BooleanField(_("人工标出"), default=False)

    class Meta:
        verbose_name = _("草稿")
        verbose_name_plural = _("草稿")
        ordering: ClassVar = ["version", "sort", "order"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(char_end__gt=F("char_start")), name="draft_quote_is_not_empty"),
            models.UniqueConstraint(fields=["version", "sort", "order"], name="draft_order_is_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.sort} {self.order}"

    @property
    def quote(self) -> str:
        """The words of the text that the draft rests on."""
        return self.version.text[self.char_start : self.char_end]
