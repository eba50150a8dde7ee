"""The indicators: what is measured, and by which clause."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from indicators.catalogue import DOMAINS, alias_spellings
from indicators.fields import PrintedDecimalField
from provinces.models import Region


def in_language(zh: str, en: str) -> str:
    """One of the two names that something of the catalogue has, by the language of the page."""
    return en if (get_language() or "").startswith("en") else zh


_label = lazy(in_language, str)
DOMAIN_CHOICES = [(code, _label(zh, en)) for code, (zh, en) in DOMAINS.items()]


class Indicator(models.Model):
    """An indicator of the catalogue. The definition files own every field but the aliases that a bureau adds."""

    code = models.SlugField(_("代码"), max_length=60, primary_key=True)
    name_zh = models.CharField(_("名称"), max_length=80)
    name_en = models.CharField(_("英文名"), max_length=120)
    aliases = models.JSONField(
        _("别名"),
        default=list,
        blank=True,
        help_text=_(
            '计划里的其他叫法，如 ["优良率"]。方括号内可省略，花括号内任选其一：优良{比例|率}、[地表水]优良比例。'
        ),
    )
    domain = models.CharField(_("领域"), max_length=20, choices=DOMAIN_CHOICES)
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    direction = models.CharField(
        _("期望方向"),
        max_length=10,
        choices=[("decrease", _("越低越好")), ("increase", _("越高越好")), ("hold", _("保持"))],
    )
    statistic = models.CharField(
        _("统计量"),
        max_length=20,
        choices=[
            ("mean", _("均值")),
            ("percentile", _("百分位数")),
            ("day_ratio", _("天数比率")),
            ("day_count", _("天数")),
            ("composite_index", _("综合指数")),
            ("class_share", _("类别比例")),
            ("figure", _("报告值")),
            ("judgement", _("人工评议")),
            ("list", _("一组指标")),
        ],
    )
    standard = models.CharField(_("标准"), max_length=120, blank=True)
    clause = models.CharField(_("条款"), max_length=200, blank=True)
    clause_en = models.CharField(_("条款（英文）"), max_length=300, blank=True)
    why_zh = models.CharField(_("为何重要"), max_length=200, blank=True)
    why_en = models.CharField(_("为何重要（英文）"), max_length=300, blank=True)
    display_places = models.PositiveSmallIntegerField(_("显示小数位"), default=0)
    attainment_places = models.PositiveSmallIntegerField(_("评价小数位"), default=0)
    figure = models.CharField(max_length=20, blank=True, editable=False)
    percent = models.PositiveSmallIntegerField(null=True, editable=False)
    classes = models.JSONField(default=list, editable=False)
    figures_of = models.JSONField(default=list, editable=False)
    only_grows = models.BooleanField(_("只增不减"), default=False)
    minimum = PrintedDecimalField(_("下界"), null=True, blank=True)
    maximum = PrintedDecimalField(_("上界"), null=True, blank=True)
    default_scope = models.CharField(_("默认范围"), max_length=40, default="region")
    default_scope_city = models.CharField(_("城市默认范围"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("指标")
        verbose_name_plural = _("指标")
        ordering: ClassVar = ["domain", "code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(Q(statistic="percentile") & Q(percent__isnull=False))
                | (~Q(statistic="percentile") & Q(percent__isnull=True)),
                name="indicator_percentile_says_which",
            ),
            models.UniqueConstraint(fields=["name_en"], name="indicator_name_en_is_unique"),
        ]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        """An alias that cannot be spelt out is refused: with it no plan could be read."""
        if not isinstance(self.aliases, list) or not all(isinstance(alias, str) and alias for alias in self.aliases):
            raise ValidationError({"aliases": _('别名应是一列文字，如 ["优良率"]。')})
        for alias in self.aliases:
            try:
                alias_spellings(alias)
            except ValueError as error:
                says = _("别名“%(alias)s”的括号没有配对，或选项太多。")
                raise ValidationError({"aliases": ValidationError(says, params={"alias": alias})}) from error

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh

    @property
    def why(self) -> str:
        """Why it matters, in the language of the page."""
        return self.why_en if (get_language() or "").startswith("en") else self.why_zh

    @property
    def clause_label(self) -> str:
        """The clause in the language of the page; one that a bureau entered may have no English."""
        return (self.clause_en if (get_language() or "").startswith("en") else "") or self.clause

    def scope_for(self, region: Region, scope: str) -> str:
        """The scope that is meant: the named one, else the indicator's default for such a region."""
        if scope and scope != "region":
            return scope
        if region.counts_as_city or region.level == Region.Level.COUNTY:
            return self.default_scope_city or self.default_scope
        return self.default_scope
