"""Where: the tree of regions (GB/T 2260) and the sites at which something is measured."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from provinces.names import normalise


class Region(models.Model):
    """A country, province, prefecture, county, or a group such as 419000 that is only a heading."""

    class Level(models.TextChoices):
        COUNTRY = "country", _("国家")
        PROVINCE = "province", _("省")
        PREFECTURE = "prefecture", _("地")
        COUNTY = "county", _("县")
        GROUP = "group", _("分组")

    code = models.CharField(_("行政区划代码"), max_length=6, primary_key=True)
    name = models.CharField(_("名称"), max_length=60)
    short_name = models.CharField(_("简称"), max_length=30)
    name_en = models.CharField(_("英文名"), max_length=60, blank=True)
    level = models.CharField(_("级别"), max_length=10, choices=Level)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级")
    )
    counts_as_city = models.BooleanField(
        _("按一个城市计"), default=False, help_text=_("在全省统计中算作一个城市；419001 济源算，419000 不算。")
    )
    aliases = models.JSONField(_("别名"), default=list, blank=True)

    class Meta:
        verbose_name = _("地区")
        verbose_name_plural = _("地区")
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(code__regex=r"^[0-9]{6}$"), name="region_code_has_six_digits"),
            models.CheckConstraint(
                condition=~Q(level="group") | Q(counts_as_city=False), name="region_group_is_no_city"
            ),
            models.CheckConstraint(condition=~Q(code=F("parent")), name="region_is_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The short name in the language of the page; Chinese where there is no English one."""
        return self.label_in((get_language() or "").startswith("en"))

    def label_in(self, english: bool) -> str:
        """The same, in a language that is known: a page of the country's has a thousand."""
        return self.name_en if english and self.name_en else self.short_name

    @property
    def title(self) -> str:
        """The full name in the language of the page."""
        if (get_language() or "").startswith("en") and self.name_en:
            return self.name_en
        return self.name


#: The kinds of evidence by which changes are told apart.
Evidence = Literal["air", "water", "figures"]


class EvidenceChange(models.Model):
    """When anything last changed that a verdict on a region can rest on: its data, or those of a region below it. Apart
    from the region itself, so that a new file does not make regions, plans and targets be read anew."""

    region = models.OneToOneField(Region, models.CASCADE, primary_key=True, verbose_name=_("地区"))
    air_changed_at = models.DateTimeField(_("空气数据最近变动"), null=True)
    water_changed_at = models.DateTimeField(_("断面数据最近变动"), null=True)
    figures_changed_at = models.DateTimeField(_("公布数值最近变动"), null=True)

    class Meta:
        verbose_name = _("证据变动")
        verbose_name_plural = _("证据变动")

    def __str__(self) -> str:
        return self.region_id


class Site(models.Model):
    """A place of measurement. It is its code, else (kind, city, normalised name)."""

    class Kind(models.TextChoices):
        AIR_STATION = "air_station", _("空气站点")
        CITY_AVERAGE = "city_average", _("城市均值序列")
        WATER_SECTION = "water_section", _("地表水断面")
        COMPARISON = "comparison", _("对照序列")

    class Role(models.TextChoices):
        CITY_POINT = "city_point", _("城市评价点")
        REFERENCE = "reference", _("对照点")

    kind = models.CharField(_("类型"), max_length=20, choices=Kind)
    code = models.CharField(_("编码"), max_length=40, blank=True)
    name = models.CharField(_("名称"), max_length=80)
    normalised_name = models.CharField(max_length=80, editable=False)
    aliases = models.JSONField(_("别名"), default=list, blank=True, help_text=_("文件中指它的其他编码或名称。"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="sites", verbose_name=_("所在地区"))
    role = models.CharField(_("用途"), max_length=20, choices=Role, default=Role.CITY_POINT)
    waterbody = models.CharField(
        _("水体"), max_length=10, choices=[("river", _("河流")), ("lake", _("湖库"))], default="river"
    )
    basin = models.CharField(_("流域"), max_length=40, blank=True)
    river = models.CharField(_("河流"), max_length=40, blank=True)
    assessed = models.BooleanField(_("列入考核"), default=False, help_text=_("断面是否列入国家或省的考核名单。"))
    longitude = models.DecimalField(_("经度"), max_digits=9, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField(_("纬度"), max_digits=9, decimal_places=6, null=True, blank=True)
    opened_on = models.DateField(_("启用日期"), null=True, blank=True)
    closed_on = models.DateField(_("停用日期"), null=True, blank=True)
    simulated = models.BooleanField(_("模拟"), default=False)

    class Meta:
        verbose_name = _("站点")
        verbose_name_plural = _("站点")
        ordering: ClassVar = ["kind", "region", "code", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "code"], condition=~Q(code=""), name="site_code_is_unique"),
            models.UniqueConstraint(
                fields=["kind", "region", "normalised_name"], condition=Q(code=""), name="site_name_is_unique_in_city"
            ),
            models.CheckConstraint(condition=~Q(normalised_name=""), name="site_has_a_name"),
            models.CheckConstraint(
                condition=Q(opened_on__isnull=True)
                | Q(closed_on__isnull=True)
                | Q(closed_on__gte=models.F("opened_on")),
                name="site_closes_after_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})" if self.code else self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.normalised_name = normalise(self.name)
        super().save(*args, **kwargs)
