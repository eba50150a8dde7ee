"""Observations of air and water, and what is worked out from them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from indicators.models.submissions import Submission
from provinces.models import Region, Site


class AirHour(models.Model):
    """One site's hour. `ts` is the end of the hour. Thousandths of the unit that the standard prints."""

    pk = models.CompositePrimaryKey("ts", "site")
    ts = models.DateTimeField()
    site = models.ForeignKey(Site, models.PROTECT, db_index=False)
    pm25_ng = models.IntegerField(null=True)
    pm10_ng = models.IntegerField(null=True)
    so2_ng = models.IntegerField(null=True)
    no2_ng = models.IntegerField(null=True)
    o3_ng = models.IntegerField(null=True)
    co_ug = models.IntegerField(null=True)
    submission = models.ForeignKey(Submission, models.PROTECT, db_index=False)

    class Meta:
        verbose_name = verbose_name_plural = _("小时值")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(pm25_ng__gte=0)
                & Q(pm10_ng__gte=0)
                & Q(so2_ng__gte=0)
                & Q(no2_ng__gte=0)
                & Q(o3_ng__gte=0)
                & Q(co_ug__gte=0),
                name="air_hour_is_not_negative",
            )
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.ts:%Y-%m-%d %H:%M}"


class AirDay(models.Model):
    """One city's day: worked out from its stations' hours, or as a file printed it. 10^-9 of the printed unit."""

    class Basis(models.TextChoices):
        STATIONS = "stations", _("由站点小时值计算")
        FILE = "file", _("文件所载日值")

    pk = models.CompositePrimaryKey("region", "day", "basis")
    region = models.ForeignKey(Region, models.PROTECT, related_name="air_days")
    day = models.DateField()
    basis = models.CharField(max_length=10, choices=Basis)
    pm25_fg = models.BigIntegerField(null=True)
    pm10_fg = models.BigIntegerField(null=True)
    so2_fg = models.BigIntegerField(null=True)
    no2_fg = models.BigIntegerField(null=True)
    co_pg = models.BigIntegerField(null=True)
    o3_8h_fg = models.BigIntegerField(null=True)
    o3_1h_fg = models.BigIntegerField(null=True)
    aqi = models.PositiveSmallIntegerField(null=True)
    primary = models.PositiveSmallIntegerField(default=0)
    standard = models.CharField(max_length=20)
    hours_valid = models.PositiveSmallIntegerField(null=True)
    hours_possible = models.PositiveSmallIntegerField(null=True)
    submission = models.ForeignKey(Submission, models.PROTECT, null=True, related_name="+")
    simulated = models.BooleanField(default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("日值")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(basis="stations", submission__isnull=True) | Q(basis="file", submission__isnull=False),
                name="air_day_of_a_file_names_it",
            ),
            models.CheckConstraint(condition=Q(aqi__lte=500), name="air_day_aqi_is_capped"),
        ]
        indexes: ClassVar = [models.Index(fields=["day"], name="air_day_by_day")]

    def __str__(self) -> str:
        return f"{self.region_id} {self.day}"


class DirtyAirDay(models.Model):
    """A city day whose hours changed and that waits to be worked out again; a row for each load that changed it."""

    # A list to be worked off by day, 337 rows an hour: a region that is gone has nothing to work out.
    region = models.ForeignKey(Region, models.CASCADE, db_index=False, db_constraint=False)
    day = models.DateField()

    class Meta:
        verbose_name = verbose_name_plural = _("待重算的日值")
        indexes: ClassVar = [models.Index(fields=["day"], name="dirty_air_day_by_day")]

    def __str__(self) -> str:
        return f"{self.region_id} {self.day}"


class WaterValue(models.Model):
    """One item at one section at one time, in millionths of the unit that GB 3838 prints."""

    pk = models.CompositePrimaryKey("ts", "site", "item")
    ts = models.DateTimeField()
    site = models.ForeignKey(Site, models.PROTECT)
    item = models.CharField(max_length=12)
    micro = models.BigIntegerField()
    submission = models.ForeignKey(Submission, models.PROTECT, db_index=False)

    class Meta:
        verbose_name = verbose_name_plural = _("水质监测值")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(micro__gte=0), name="water_value_is_not_negative")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.item} {self.ts:%Y-%m-%d}"


class Comparison(models.Model):
    """PM2.5 of another network: shown beside, never part of a city's figure."""

    pk = models.CompositePrimaryKey("ts", "site", "hours")
    ts = models.DateTimeField()
    site = models.ForeignKey(Site, models.PROTECT)
    hours = models.PositiveSmallIntegerField(choices=[(1, "1h"), (24, "24h")])
    pm25_ng = models.IntegerField()
    submission = models.ForeignKey(Submission, models.PROTECT, db_index=False)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(pm25_ng__gte=0), name="comparison_is_not_negative")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.ts:%Y-%m-%d %H:%M}"
