"""Published figures and what people enter beside them; values that gave way."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from indicators.fields import PrintedDecimalField
from indicators.models.catalogue import Indicator
from indicators.models.submissions import Extent, Submission
from provinces.models import Region, Site


class Figure(models.Model):
    """A figure for a region and period: as an issuer published it, or as a person entered it from a document."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="figures", verbose_name=_("地区"))
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="figures", verbose_name=_("指标"))
    scope = models.CharField(_("范围代码"), max_length=40, blank=True)
    scope_zh = models.CharField(_("范围原文"), max_length=60, blank=True)
    period_start = models.DateField(_("起"))
    period_end = models.DateField(_("止"))
    value = PrintedDecimalField(_("数值"), null=True, blank=True)
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    yoy = models.CharField(_("同比"), max_length=20, blank=True)
    yoy_unit = models.CharField(_("同比单位"), max_length=10, blank=True)
    issuer = models.CharField(_("发布机构或文件"), max_length=120)
    published_on = models.DateField(_("发布日期"), null=True, blank=True)
    note = models.CharField(_("备注"), max_length=300, blank=True)
    submission = models.ForeignKey(
        Submission, models.PROTECT, null=True, blank=True, related_name="figures", verbose_name=_("数据提交")
    )
    row = models.PositiveIntegerField(_("文件中的行"), null=True, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("录入人")
    )
    simulated = models.BooleanField(_("模拟数据"), default=False)
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("公布与录入的数值")
        verbose_name_plural = _("公布与录入的数值")
        ordering: ClassVar = ["region", "indicator", "-period_end", "period_start"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["region", "indicator", "scope_zh", "period_start", "period_end", "issuer"],
                name="figure_is_one_an_issuer",
            ),
            models.CheckConstraint(condition=Q(period_end__gte=F("period_start")), name="figure_period_is_in_order"),
            models.CheckConstraint(
                condition=Q(value__isnull=False) | ~Q(yoy=""), name="figure_says_a_value_or_a_change"
            ),
            models.CheckConstraint(
                condition=Q(submission__isnull=False) | Q(entered_by__isnull=False), name="figure_comes_from_somewhere"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["region", "indicator", "period_end"], name="figure_by_region")]

    def __str__(self) -> str:
        return f"{self.region_id} {self.indicator_id} {self.period_start:%Y-%m}..{self.period_end:%Y-%m}"


class ExceptionalDay(models.Model):
    """A day that a national list takes out of a city's particle figures: sand and dust, or an exceptional event.

    Decided nationally during the review of data, never worked out here (环办监测〔2016〕120号; HJ 663-2026).
    """

    class Kind(models.TextChoices):
        DUST = "dust", _("沙尘")
        EVENT = "event", _("例外事件")

    region = models.ForeignKey(Region, models.PROTECT, related_name="exceptional_days", verbose_name=_("地区"))
    day = models.DateField(_("日期"))
    kind = models.CharField(_("类型"), max_length=10, choices=Kind, default=Kind.DUST)
    listed_on = models.DateField(_("认定文件日期"), help_text=_("从这天起才算已知。"))
    document = models.CharField(_("认定文件"), max_length=120)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("录入人")
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("沙尘与例外事件日")
        verbose_name_plural = _("沙尘与例外事件日")
        ordering: ClassVar = ["-day", "region"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["region", "day"], name="exceptional_day_is_listed_once"),
            models.CheckConstraint(condition=Q(listed_on__gte=F("day")), name="exceptional_day_is_listed_afterwards"),
            models.CheckConstraint(condition=~Q(document=""), name="exceptional_day_has_a_document"),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.day:%Y-%m-%d} {self.get_kind_display()}"


class OfferedValue(models.Model):
    """A target that a publication prints: never an observation, offered to whoever enters assigned values."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name=_("地区"))
    indicator = models.ForeignKey(Indicator, models.PROTECT, verbose_name=_("指标"))
    year = models.PositiveSmallIntegerField(_("年度"))
    scope = models.CharField(_("范围代码"), max_length=40, blank=True)
    scope_zh = models.CharField(_("范围原文"), max_length=60, blank=True)
    comparator = models.CharField(_("比较"), max_length=2)
    value = PrintedDecimalField(_("数值"))
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    document = models.CharField(_("文件"), max_length=120)
    published_on = models.DateField(_("发布日期"), null=True, blank=True)
    derived = models.BooleanField(_("由结果与差距推出"), default=False)
    note = models.CharField(_("备注"), max_length=300, blank=True)
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="offered_values")
    row = models.PositiveIntegerField(_("文件中的行"))

    class Meta:
        verbose_name = _("待采用的下达值")
        verbose_name_plural = _("待采用的下达值")
        ordering: ClassVar = ["region", "year", "indicator"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["region", "indicator", "year", "scope_zh", "document"], name="offered_value_is_one_a_document"
            ),
            models.CheckConstraint(
                condition=Q(comparator__in=["<", "<=", "=", ">=", ">"]), name="offered_value_comparator_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.indicator_id} {self.comparator}{self.value}"


class Revision(models.Model):
    """A stored value that a later submission replaced, or a typed figure that a person amended (no submission).

    Values are decimals in the printed unit.
    """

    table = models.CharField(max_length=20, choices=Extent.Table, verbose_name=_("数据表"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="revisions", verbose_name=_("地区"))
    site = models.ForeignKey(Site, models.PROTECT, null=True, related_name="revisions", verbose_name=_("站点"))
    figure = models.ForeignKey(Figure, models.CASCADE, null=True, related_name="revisions", verbose_name=_("数值"))
    period_end = models.DateTimeField(_("所属时间"))
    item = models.CharField(_("项目"), max_length=60)
    old_value = PrintedDecimalField(_("原值"), null=True)
    new_value = PrintedDecimalField(_("新值"), null=True)
    old_submission = models.ForeignKey(Submission, models.PROTECT, null=True, related_name="+")
    new_submission = models.ForeignKey(Submission, models.PROTECT, null=True, related_name="revisions")
    old_simulated = models.BooleanField(_("原值为模拟"), default=False)
    recorded_at = models.DateTimeField(_("修订时间"))

    class Meta:
        verbose_name = _("数值修订")
        verbose_name_plural = _("数值修订")
        ordering: ClassVar = ["-recorded_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["region", "table", "recorded_at"], name="revision_by_region")]

    def __str__(self) -> str:
        return f"{self.region_id} {self.item} {self.old_value} → {self.new_value}"
