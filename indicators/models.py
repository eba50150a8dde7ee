"""What is measured: the indicators, the files received, and the observations that came out of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator, URLValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from indicators.catalogue import DOMAINS
from indicators.fields import EncryptedTextField, PrintedDecimalField
from provinces.models import Region, Site

DOMAIN_CHOICES = [(code, zh) for code, (zh, _en) in DOMAINS.items()]


class Indicator(models.Model):
    """An indicator of the catalogue. The definition files own every field but the aliases that a bureau adds."""

    code = models.SlugField(_("代码"), max_length=60, primary_key=True)
    name_zh = models.CharField(_("名称"), max_length=80)
    name_en = models.CharField(_("英文名"), max_length=120)
    aliases = models.JSONField(_("别名"), default=list, blank=True)
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

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh

    @property
    def why(self) -> str:
        """Why it matters, in the language of the page."""
        return self.why_en if (get_language() or "").startswith("en") else self.why_zh

    def scope_for(self, region: Region, scope: str) -> str:
        """The scope that is meant: the named one, else the indicator's default for such a region."""
        if scope and scope != "region":
            return scope
        if region.counts_as_city or region.level == Region.Level.COUNTY:
            return self.default_scope_city or self.default_scope
        return self.default_scope


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
    region = models.ForeignKey(Region, models.PROTECT, related_name="extents")
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

    region = models.ForeignKey(Region, models.CASCADE)
    day = models.DateField()

    class Meta:
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
