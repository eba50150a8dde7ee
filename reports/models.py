"""Reports as they were issued."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from provinces.models import Region


class Report(models.Model):
    """A month's summary of a region, asked for and then issued: the bytes are kept."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("正在制作")
        ISSUED = "issued", _("已签发")
        FAILED = "failed", _("未成")

    region = models.ForeignKey(Region, models.PROTECT, related_name="reports", verbose_name=_("地区"))
    month = models.DateField(_("月份"), help_text=_("该月一日"))
    format = models.CharField(_("格式"), max_length=4, choices=[("pdf", "PDF"), ("xlsx", "XLSX"), ("docx", "DOCX")])
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.REQUESTED)
    requested_at = models.DateTimeField(_("请求时间"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name=_("请求人")
    )
    issued_at = models.DateTimeField(_("签发时间"), null=True, blank=True)
    file = models.FileField(_("文件"), upload_to="reports/%Y/%m", blank=True)
    sha256 = models.CharField(_("sha256"), max_length=64, blank=True)
    problem = models.CharField(_("问题"), max_length=300, blank=True)
    simulated = models.BooleanField(_("模拟数据"), default=False)

    class Meta:
        verbose_name = _("月报")
        verbose_name_plural = _("月报")
        ordering: ClassVar = ["-requested_at"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(month__day=1), name="report_month_is_its_first_day"),
            models.CheckConstraint(
                condition=~Q(state="issued") | (~Q(sha256="") & Q(issued_at__isnull=False)),
                name="report_issued_has_its_bytes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.month:%Y-%m} {self.format}"
