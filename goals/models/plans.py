"""What a plan promises, what higher levels assigned, what people said of it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from simple_history.models import HistoricalRecords

from evaluation.progress import Kind, State
from evaluation.validity import PROFILES
from indicators.catalogue import scope_definitions, scope_of
from indicators.fields import PrintedDecimalField
from indicators.models import DOMAIN_CHOICES, Indicator, OfferedValue, in_language
from provinces.models import Region

COMPARATORS = [(sign, sign) for sign in ("<", "<=", "=", ">=", ">")]
KIND_LABELS = {
    Kind.ABSOLUTE: _("定值"),
    Kind.RELATIVE_CHANGE: _("相对变化"),
    Kind.POINT_CHANGE: _("百分点变化"),
    Kind.INCREMENT: _("增量"),
    Kind.HOLD: _("保持"),
    Kind.TREND: _("趋势"),
    Kind.DELEGATED: _("上级下达"),
    Kind.SCHEDULE: _("时序进度"),
    Kind.QUALITATIVE: _("定性"),
}
STATE_LABELS = {
    State.SECURED: _("已锁定"),
    State.LIKELY: _("有望完成"),
    State.OPEN: _("尚难判断"),
    State.UNLIKELY: _("难度较大"),
    State.IMPOSSIBLE: _("已无法完成"),
    State.MET: _("完成"),
    State.MISSED: _("未完成"),
    State.INSUFFICIENT_DATA: _("数据不足"),
    State.AWAITING_NUMBER: _("待下达"),
    State.NO_DATA: _("无数据"),
}
KIND_CHOICES = [(kind.value, label) for kind, label in KIND_LABELS.items()]
STATE_CHOICES = [(state.value, label) for state, label in STATE_LABELS.items()]


def scope_choices() -> list[tuple[str, str]]:
    """The catalogue of scopes, for forms, in the language of the page."""
    return [(scope.code, in_language(scope.name_zh, scope.name_en)) for scope in scope_definitions().values()]


def profile_choices() -> list[tuple[str, StrOrPromise]]:
    """The validity profiles, for forms."""
    labels = {
        "CN": _("中国（GB 3095、HJ 663）"),
        "EU": _("欧盟（2008/50/EC，未核实）"),
        "EPA": _("美国（40 CFR 50，未核实）"),
        "CAAQS": _("加拿大（CAAQS，未核实）"),
    }
    return [(code, labels[code]) for code in PROFILES]


class Plan(models.Model):
    """A region's work plan of a year. The full text is not shipped; an admin uploads it."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="plans", verbose_name=_("地区"))
    year = models.PositiveSmallIntegerField(_("年度"))
    title = models.CharField(_("名称"), max_length=120)
    text_sha256 = models.CharField(_("原文 sha256"), max_length=64, blank=True)
    text = models.TextField(_("原文"), blank=True)
    issued_on = models.DateField(_("发布日期"), null=True, blank=True)
    history = HistoricalRecords(excluded_fields=["text"])

    class Meta:
        verbose_name = _("工作要点")
        verbose_name_plural = _("工作要点")
        ordering: ClassVar = ["region", "-year"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["region", "year"], name="plan_is_one_a_year"),
            models.CheckConstraint(condition=Q(year__gte=2000, year__lte=2100), name="plan_year_is_plausible"),
        ]

    def __str__(self) -> str:
        return self.title


class Target(models.Model):
    """One promise of a plan, in structured form, with the words it was read from."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("草稿")
        APPROVED = "approved", _("已批准")
        RETIRED = "retired", _("已撤销")

    class DustAccount(models.TextChoices):
        INCLUDED = "included", _("含沙尘日")
        EXCLUDED = "excluded", _("扣除沙尘日")

    register_id = models.CharField(_("编号"), max_length=30, unique=True)
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="targets", verbose_name=_("工作要点"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("所属目标")
    )
    order = models.PositiveSmallIntegerField(_("次序"), default=0)
    domain = models.CharField(_("领域"), max_length=20, choices=DOMAIN_CHOICES)
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="targets", verbose_name=_("指标"))
    indicator_zh = models.CharField(_("计划中的指标名"), max_length=80)
    scope = models.CharField(_("范围"), max_length=40, blank=True, choices=scope_choices)
    scope_zh = models.CharField(_("计划中的范围"), max_length=60, blank=True)
    kind = models.CharField(_("类型"), max_length=20, choices=KIND_CHOICES)
    comparator = models.CharField(_("比较"), max_length=2, choices=COMPARATORS, blank=True)
    value = PrintedDecimalField(_("目标值"), null=True, blank=True)
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    baseline_year = models.PositiveSmallIntegerField(_("基准年"), null=True, blank=True)
    baseline_note = models.CharField(_("基准说明"), max_length=120, blank=True)
    approximate = models.BooleanField(_("约数（左右、约、基本）"), default=False)
    aspirational = models.BooleanField(_("力争"), default=False)
    allows_equal = models.BooleanField(
        _("持平也算"), default=False, help_text=_("稳中有降一类：不变差即可。仅用于趋势目标。")
    )
    tolerance = PrintedDecimalField(
        _("容差"), null=True, blank=True, help_text=_("保持类目标写“基本”时，多大变化仍算基本稳定。")
    )
    tolerance_document = models.CharField(_("容差依据"), max_length=120, blank=True)
    reference = models.CharField(_("下达者"), max_length=30, blank=True)
    validity_profile = models.CharField(_("有效性规则"), max_length=10, choices=profile_choices, default="CN")
    dust_account = models.CharField(
        _("沙尘口径"),
        max_length=10,
        choices=DustAccount,
        default=DustAccount.EXCLUDED,
        help_text=_("颗粒物与综合指数按国家认定的清单扣除沙尘和例外事件日；优良天数与重污染天数总是保留。"),
    )
    quote_zh = models.TextField(_("原文"))
    char_start = models.PositiveIntegerField(_("原文起"))
    char_end = models.PositiveIntegerField(_("原文止"))
    text_sha256 = models.CharField(
        _("原文 sha256"), max_length=64, blank=True, help_text=_("起止数的是哪一版原文的字。"), editable=False
    )
    notes = models.TextField(_("说明"), blank=True)
    lead_unit = models.CharField(_("牵头单位"), max_length=60, blank=True)
    due_on = models.DateField(_("期限"), null=True, blank=True, help_text=_("空：年底。"))
    next_figure_on = models.DateField(
        _("下次数值日期"), null=True, blank=True, help_text=_("预计何时有下一个数；按日、按月来数的指标可不填。")
    )
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.DRAFT)
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("目标")
        verbose_name_plural = _("目标")
        ordering: ClassVar = ["plan__region", "-plan__year", "order", "register_id"]
        indexes: ClassVar = [
            models.Index(fields=["updated_at"], name="target_by_when_written"),
            models.Index(fields=["plan", "status", "id"], name="target_by_plan_and_status"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(comparator="", value__isnull=True, unit="") | (~Q(comparator="") & Q(value__isnull=False)),
                name="target_comparator_and_value_come_together",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["absolute", "relative_change", "point_change", "increment"])
                | Q(value__isnull=False),
                name="target_with_a_number_has_one",
            ),
            models.CheckConstraint(condition=Q(char_end__gt=F("char_start")), name="target_quote_is_not_empty"),
            models.CheckConstraint(condition=Q(allows_equal=False) | Q(kind="trend"), name="target_equal_is_of_trends"),
            models.CheckConstraint(
                condition=Q(tolerance__isnull=True) | ~Q(tolerance_document=""), name="target_tolerance_has_a_document"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register_id} {self.indicator_zh}"

    @property
    def due(self) -> date:
        """The day by which it must hold: a plan of a year ends with the year."""
        return self.due_on or date(self.plan.year, 12, 31)

    def clean(self) -> None:
        """Words for a scope that the catalogue does not know are no reason to fall back on the default one."""
        if self.scope_zh and not self.scope and scope_of(self.scope_zh, self.domain) is None:
            says = _("范围“%(words)s”不在目录，请选定范围，或改用目录中的说法。")
            raise ValidationError({"scope_zh": ValidationError(says, params={"words": self.scope_zh})})


class TargetNote(models.Model):
    """What somebody wrote under a target: why it stands as it does, what is being done. Never changed afterwards."""

    target = models.ForeignKey(Target, models.CASCADE, related_name="discussion", verbose_name=_("目标"))
    text = models.TextField(_("说明"))
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("填写人"))
    written_at = models.DateTimeField(_("填写时间"))

    class Meta:
        verbose_name = _("目标说明")
        verbose_name_plural = _("目标说明")
        ordering: ClassVar = ["target", "-written_at", "-id"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(text=""), name="target_note_says_something")]

    def __str__(self) -> str:
        return f"{self.target.register_id} {self.written_at:%Y-%m-%d}"


class AssignedValue(models.Model):
    """The number that a higher level assigned, or a point of a schedule: who, when, by which document."""

    target = models.ForeignKey(Target, models.CASCADE, related_name="assigned_values", verbose_name=_("目标"))
    year = models.PositiveSmallIntegerField(_("年度"), help_text=_("时序进度可逐年录入；只录末年时按直线推算并注明。"))
    as_change = models.BooleanField(
        _("是相对基准年的变化"), default=False, help_text=_("例如“比2020年下降3.6%”录 −3.6。")
    )
    baseline_year = models.PositiveSmallIntegerField(_("基准年"), null=True, blank=True)
    comparator = models.CharField(_("比较"), max_length=2, choices=COMPARATORS)
    value = PrintedDecimalField(_("数值"))
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    document = models.CharField(_("文件"), max_length=120)
    assigned_on = models.DateField(_("下达日期"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("录入人")
    )
    offer = models.ForeignKey(
        OfferedValue, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("采用自")
    )
    simulated = models.BooleanField(_("模拟数据"), default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("下达值")
        verbose_name_plural = _("下达值")
        ordering: ClassVar = ["target", "year", "assigned_on"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["target", "year", "assigned_on"], name="assigned_value_is_one_a_day"),
            models.CheckConstraint(
                condition=Q(as_change=False) | Q(baseline_year__isnull=False), name="assigned_change_has_a_base_year"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target.register_id} {self.year} {self.comparator}{self.value}"


class Judgement(models.Model):
    """A person's judgement of what no number measures: signed, dated, with its evidence."""

    target = models.ForeignKey(Target, models.CASCADE, related_name="judgements", verbose_name=_("目标"))
    judged_on = models.DateField(_("评议日期"))
    state = models.CharField(
        _("结论"),
        max_length=20,
        choices=[
            (state.value, STATE_LABELS[state])
            for state in (State.LIKELY, State.OPEN, State.UNLIKELY, State.IMPOSSIBLE, State.MET, State.MISSED)
        ],
    )
    evidence = models.TextField(_("依据"))
    document = models.CharField(_("文件"), max_length=120)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("评议人")
    )
    simulated = models.BooleanField(_("模拟数据"), default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("人工评议")
        verbose_name_plural = _("人工评议")
        ordering: ClassVar = ["target", "-judged_on"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["target", "judged_on"], name="judgement_is_one_a_day"),
            models.CheckConstraint(condition=~Q(evidence=""), name="judgement_has_evidence"),
        ]

    def __str__(self) -> str:
        return f"{self.target.register_id} {self.judged_on:%Y-%m-%d} {self.state}"
