"""What was found on each day, what was learned for the outlook, and whom it concerns."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import ExpressionWrapper, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from goals.models.plans import COMPARATORS, STATE_CHOICES, Target
from indicators.fields import PrintedDecimalField
from indicators.models import Figure
from provinces.models import Region, Site


class Assessment(models.Model):
    """The verdict on a target for one data day. Only ever appended."""

    class Reason(models.TextChoices):
        FIRST = "first", _("首次评价")
        NEW_DATA = "new data", _("新数据")
        REVISED_DATA = "revised data", _("数据修订")
        AMENDED_TARGET = "amended target", _("目标变更")
        CHANGED_RULE = "changed rule", _("规则变更")

    target = models.ForeignKey(Target, models.CASCADE, related_name="assessments", verbose_name=_("目标"))
    as_of = models.DateField(_("截至"), null=True, help_text=_("空：按现在所知"))
    assessed_at = models.DateTimeField(_("评价时间"))
    state = models.CharField(_("状态"), max_length=20, choices=STATE_CHOICES)
    value = PrintedDecimalField(_("现值"), null=True)
    facts = models.JSONField(_("依据"), default=dict)
    reason = models.CharField(_("变化原因"), max_length=20, choices=Reason)
    causes = models.JSONField(_("变化原因的事实"), default=list)
    probability = models.DecimalField(_("完成的可能性"), max_digits=3, decimal_places=2, null=True)
    rule_version = models.PositiveSmallIntegerField()
    figure = models.ForeignKey(Figure, models.SET_NULL, null=True, related_name="+")
    simulated = models.BooleanField(_("模拟数据"), default=False)
    has_forecast = models.GeneratedField(
        expression=ExpressionWrapper(Q(facts__has_key="forecast"), output_field=models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("评价")
        verbose_name_plural = _("评价")
        ordering: ClassVar = ["target", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["target", "as_of", "-id", "state"], name="assessment_latest"),
            models.Index(fields=["as_of", "state", "target", "id"], name="assessment_states_of_days"),
            models.Index(fields=["as_of", "assessed_at"], name="assessment_judged_lately"),
            models.Index(fields=["as_of", "id"], condition=Q(has_forecast=True), name="assessment_with_forecast"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(probability__isnull=True) | Q(probability__gte=0, probability__lte=1),
                name="assessment_probability_is_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.target_id} {self.as_of or ''} {self.state}"


class Allocation(models.Model):
    """What a city owes of a region's target (分解下达): entered, or proposed and taken over by a person."""

    target = models.ForeignKey(Target, models.CASCADE, related_name="allocations", verbose_name=_("目标"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("城市"))
    comparator = models.CharField(_("比较"), max_length=2, choices=COMPARATORS)
    value = PrintedDecimalField(_("数值"))
    document = models.CharField(_("文件"), max_length=120)
    proposed = models.BooleanField(_("由系统建议"), default=False, editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("录入人")
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("分解下达")
        verbose_name_plural = _("分解下达")
        ordering: ClassVar = ["target", "region"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["target", "region"], name="allocation_is_one_a_city"),
            models.CheckConstraint(condition=~Q(document=""), name="allocation_has_a_document"),
        ]

    def __str__(self) -> str:
        return f"{self.target.register_id} {self.region.label} {self.comparator}{self.value}"


class ForecastLesson(models.Model):
    """Pooled numbers learned from a bureau's own finished years, with their scores; the latest is in use from its day.

    Without one the numbers that ship with the program are.
    """

    learned_on = models.DateField(_("学习日期"))
    source = models.CharField(_("来源"), max_length=300)
    data = models.JSONField(_("数值与成绩"))

    class Meta:
        verbose_name = _("展望参数")
        verbose_name_plural = _("展望参数")
        ordering: ClassVar = ["-learned_on", "-id"]

    def __str__(self) -> str:
        return f"{self.learned_on:%Y-%m-%d} {self.source}"


class Alert(models.Model):
    """A target left its state downward, or a section fell behind: a person sees to it, and it stays on record."""

    class Rule(models.TextChoices):
        STATE = "state", _("状态转差")
        SECTION = "section", _("断面水质预警")

    target = models.ForeignKey(Target, models.CASCADE, related_name="alerts", verbose_name=_("目标"))
    rule = models.CharField(_("规则"), max_length=10, choices=Rule)
    site = models.ForeignKey(Site, models.PROTECT, null=True, related_name="+", verbose_name=_("断面"))
    level = models.PositiveSmallIntegerField(_("级别"), null=True, help_text=_("断面预警：1 或 2。"))
    raised_on = models.DateField(_("数据日"))
    raised_at = models.DateTimeField(_("发出时间"))
    before = models.CharField(_("原状态"), max_length=20, choices=STATE_CHOICES, blank=True)
    after = models.CharField(_("现状态"), max_length=20, choices=STATE_CHOICES, blank=True)
    assessment = models.ForeignKey(Assessment, models.SET_NULL, null=True, related_name="+", verbose_name=_("评价"))
    facts = models.JSONField(_("依据"), default=dict)
    simulated = models.BooleanField(_("模拟数据"), default=False)
    acknowledged_at = models.DateTimeField(_("知悉时间"), null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("知悉人")
    )
    closed_at = models.DateTimeField(_("关闭时间"), null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("关闭人")
    )

    class Meta:
        verbose_name = _("预警")
        verbose_name_plural = _("预警")
        ordering: ClassVar = ["-raised_on", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["target", "raised_on"], condition=Q(site__isnull=True), name="alert_of_a_state_is_raised_once"
            ),
            models.UniqueConstraint(fields=["target", "site", "raised_on"], name="alert_of_a_section_is_raised_once"),
            models.CheckConstraint(
                condition=Q(rule="state", site__isnull=True, level__isnull=True)
                | Q(rule="section", site__isnull=False, level__in=[1, 2]),
                name="alert_says_what_fell",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(acknowledged_at__isnull=False),
                name="alert_is_closed_after_somebody_saw_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target.register_id} {self.raised_on:%Y-%m-%d}"


class AlertComment(models.Model):
    """What a person wrote under an alert: why, and what is done about it."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="comments", verbose_name=_("预警"))
    text = models.TextField(_("说明"))
    written_at = models.DateTimeField(_("时间"))
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("填写人"))

    class Meta:
        verbose_name = _("预警说明")
        verbose_name_plural = _("预警说明")
        ordering: ClassVar = ["alert", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="alert_comment_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.alert} {self.written_by}"


class DigestSubscription(models.Model):
    """Somebody who gets the new alerts by e-mail once a day."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="alert_digest", verbose_name=_("人员")
    )
    sent_until = models.DateTimeField(_("已发至"), help_text=_("此后发出的预警在下一封里。"))

    class Meta:
        verbose_name = _("预警邮件订阅")
        verbose_name_plural = _("预警邮件订阅")

    def __str__(self) -> str:
        return str(self.user)


class SiteSetting(models.Model):
    """The settings of this installation; one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    shown_date = models.DateField(_("页面所示日期"), null=True, blank=True, help_text=_("空：有数据的最后一天。"))
    shows_map = models.BooleanField(
        _("可以显示地图"), default=True, help_text=_("不便使用地图的单位可关掉，页面改用方格图。")
    )

    class Meta:
        verbose_name = _("站点设置")
        verbose_name_plural = _("站点设置")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="site_setting_is_one")]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
