"""Files as they were received: where from, how they are read, what was found in them, what they brought."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator, URLValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from indicators.fields import EncryptedTextField
from provinces.models import Region


class Submission(models.Model):
    """A file as it was received. The same bytes twice are one submission."""

    class State(models.TextChoices):
        RECEIVED = "received", _("已收到")
        ACCEPTED = "accepted", _("已入库")
        HELD = "held", _("待核")
        REFUSED = "refused", _("退回")
        WITHDRAWN = "withdrawn", _("已撤回")

    class Via(models.TextChoices):
        UPLOAD = "upload", _("上传")
        FOLDER = "folder", _("监控目录")
        SOURCE = "source", _("定时抓取")
        COMMAND = "command", _("命令行")
        DEMO = "demo", _("演示")

    class Review(models.TextChoices):
        UNSTATED = "", _("未注明")
        PROVISIONAL = "provisional", _("初报")
        REVIEWED = "reviewed", _("已审核")

    sha256 = models.CharField(_("sha256"), max_length=64, unique=True)
    name = models.CharField(_("文件名"), max_length=300)
    size = models.PositiveBigIntegerField(_("字节数"))
    path = models.CharField(_("存放位置"), max_length=200)
    via = models.CharField(_("来路"), max_length=20, choices=Via)
    source = models.ForeignKey(
        "Source", models.PROTECT, null=True, blank=True, related_name="submissions", verbose_name=_("数据来源")
    )
    received_at = models.DateTimeField(_("收到时间"))
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name=_("提交人")
    )
    queued_at = models.DateTimeField(null=True, editable=False)
    # What it goes back to when a file that is in force, or was, cannot be read again.
    state_before = models.CharField(max_length=10, choices=State, blank=True, editable=False)
    state = models.CharField(_("结果"), max_length=10, choices=State, default=State.RECEIVED)
    reader = models.CharField(_("版式"), max_length=40, blank=True)
    wanted_reader = models.CharField(_("指定版式"), max_length=40, blank=True)
    loaded_at = models.DateTimeField(_("读完时间"), null=True, blank=True)
    rows_read = models.PositiveIntegerField(_("读到行数"), default=0)
    rows_stored = models.PositiveIntegerField(_("入库行数"), default=0)
    rows_set_aside = models.PositiveIntegerField(_("搁置行数"), default=0)
    rows_revised = models.PositiveIntegerField(_("修订行数"), default=0)
    simulated = models.BooleanField(_("模拟数据"), default=False)
    review = models.CharField(_("审核状态"), max_length=12, choices=Review, blank=True, default=Review.UNSTATED)
    # What was held back when the file was first looked at: table of the file -> item -> places. None before that.
    held_back = models.JSONField(null=True, editable=False)
    released = models.BooleanField(_("核后放行"), default=False)
    reason = models.CharField(_("理由"), max_length=200, blank=True, help_text=_("放行或撤回的理由。"))
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("决定人")
    )

    class Meta:
        verbose_name = _("数据提交")
        verbose_name_plural = _("数据提交")
        ordering: ClassVar = ["-received_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["state"], name="submission_by_state")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="submission_sha256_is_hex"),
            models.CheckConstraint(
                condition=~Q(state__in=["held", "refused"]) | Q(rows_stored=0),
                name="submission_refused_stores_nothing",
            ),
            models.CheckConstraint(
                condition=(~Q(state="withdrawn") & Q(released=False))
                | (~Q(reason="") & Q(decided_by__isnull=False) & Q(decided_at__isnull=False)),
                name="submission_is_decided_by_somebody_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def grade(self) -> int:
        """A row of a higher grade displaces one of a lower: reviewed, then what is not reviewed, then simulated."""
        if self.simulated:
            return 0
        return 2 if self.review == self.Review.REVIEWED else 1

    def outranks(self, other: Submission) -> bool:
        """Whether its values stand before the other's: by grade, then by the order of receipt."""
        return (self.grade, self.pk) > (other.grade, other.pk)


class Source(models.Model):
    """Where files are expected from, and when. A source that misses its time raises an alarm (dead-man rule)."""

    class Kind(models.TextChoices):
        FOLDER = "folder", _("监控目录")
        HTTP = "http", _("网址")
        PEOPLE = "people", _("人工提交")

    code = models.SlugField(_("代码"), max_length=40, unique=True, help_text=_("监控目录中同名的文件夹属于它。"))
    title = models.CharField(_("名称"), max_length=80)
    kind = models.CharField(_("方式"), max_length=10, choices=Kind)
    address = models.CharField(
        _("网址"),
        max_length=500,
        blank=True,
        validators=[URLValidator(schemes=["http", "https"])],
        help_text=_("花括号中可写日期格式，如 {%Y%m%d}；取抓取当时。"),
    )
    login = models.CharField(_("登录名"), max_length=100, blank=True)
    secret = EncryptedTextField(_("口令或令牌"), blank=True, help_text=_("加密保存，从不显示；无登录名时作令牌。"))
    reader = models.CharField(_("版式"), max_length=40, blank=True, help_text=_("空：按内容识别。"))
    review = models.CharField(
        _("审核状态"), max_length=12, choices=Submission.Review, blank=True, default=Submission.Review.UNSTATED
    )
    every_minutes = models.PositiveIntegerField(_("周期（分钟）"), validators=[MinValueValidator(1)])
    grace_minutes = models.PositiveIntegerField(_("宽限（分钟）"), default=60)
    active = models.BooleanField(_("启用"), default=True)
    etag = models.CharField(max_length=200, blank=True, editable=False)
    last_modified = models.CharField(max_length=80, blank=True, editable=False)
    asked_at = models.DateTimeField(_("最近抓取"), null=True, editable=False)
    heard_at = models.DateTimeField(_("最近收到新文件"), null=True, editable=False)
    failure = models.CharField(_("最近的故障"), max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("数据来源")
        verbose_name_plural = _("数据来源")
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(kind="http") | ~Q(address=""), name="source_by_http_has_an_address"),
            models.CheckConstraint(condition=Q(every_minutes__gte=1), name="source_has_a_period"),
        ]

    def __str__(self) -> str:
        return self.title

    def due_at(self) -> datetime:
        """When something new is missed: a period and the grace after it was last heard of."""
        return (self.heard_at or self.created_at) + timedelta(minutes=self.every_minutes + self.grace_minutes)


class Layout(models.Model):
    """How a table that somebody once explained is read: recognised by its header, kept as an assignment of columns."""

    title = models.CharField(_("名称"), max_length=80, unique=True)
    header = models.JSONField(_("表头"))
    header_row = models.PositiveIntegerField(_("表头所在行"), default=1)
    mapping = models.JSONField(_("各列含义"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+", verbose_name=_("建立人")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("自建版式")
        verbose_name_plural = _("自建版式")
        ordering: ClassVar = ["title"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["header", "header_row"], name="layout_header_is_unique")
        ]

    def __str__(self) -> str:
        return self.title


class Finding(models.Model):
    """Something found in a submission. The sentence is made from `code` and `details` in the reader's language."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="findings", verbose_name=_("数据提交"))
    row = models.PositiveIntegerField(_("行"), null=True)
    column = models.CharField(_("列"), max_length=80, blank=True)
    code = models.CharField(_("代码"), max_length=40)
    original = models.CharField(_("原文"), max_length=200, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("发现")
        verbose_name_plural = _("发现")
        ordering: ClassVar = ["submission", "id"]

    def __str__(self) -> str:
        return f"{self.code} {self.row or ''}"


class Extent(models.Model):
    """Which city a submission brought observations of, and for which time: the way back from a number to its bytes.

    One a city, or one a city and sheet of a workbook.
    """

    class Table(models.TextChoices):
        AIR_HOUR = "air_hour", _("站点小时值")
        AIR_DAY = "air_day", _("城市日值")
        WATER_VALUE = "water_value", _("断面监测值")
        FIGURE = "figure", _("公布值")
        COMPARISON = "comparison", _("对照值")

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="extents")
    # extent_by_region begins with it; 337 of these an hour
    region = models.ForeignKey(Region, models.PROTECT, related_name="extents", db_index=False)
    table = models.CharField(max_length=20, choices=Table)
    first = models.DateTimeField()
    last = models.DateTimeField()
    rows = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="extent_ends_after_it_begins"),
        ]
        indexes: ClassVar = [models.Index(fields=["region", "table", "last"], name="extent_by_region")]

    def __str__(self) -> str:
        return f"{self.submission} {self.region_id}"
