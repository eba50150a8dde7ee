"""Sites: where something is measured, what a site measured in a month, how much of it came, and what was changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _

from charts import series
from charts.figures import Level
from evaluation.air import HOUR_SCALE
from evaluation.calendar import end_of_day, month_end
from evaluation.rounding import round_half_even
from evaluation.sections import SectionSoFar, section_so_far
from evaluation.standards import air_limits_on, as_in_force
from evaluation.water import Waterbody
from goals.dashboard.choice import Option
from goals.picture import Picture, as_json
from goals.sentences import number_label
from indicators.city_days import CoveredDay, HourGrid
from indicators.columns import HOUR_ITEMS
from indicators.models import Revision
from indicators.water_months import section_months
from provinces.models import Region, Site
from provinces.selectors import code_prefix

KINDS = (Site.Kind.AIR_STATION, Site.Kind.WATER_SECTION)


@dataclass(frozen=True)
class SiteLine:
    """A site of the list; `section` is its class so far where it is an assessed section."""

    site: Site
    section: SectionSoFar | None


@dataclass(frozen=True)
class SitesPage:
    """The sites of one kind in a region."""

    region: Region | None
    regions: Sequence[Option]
    kind: str
    lines: Sequence[SiteLine]
    simulated: bool


def sites_page(region_code: str, kind: str, year: int, as_of: date | None) -> SitesPage:
    """The list of sites. Without a region: the first of those with a plan."""
    regions = list(Region.objects.filter(plans__isnull=False).distinct().order_by("-code"))
    region = next((one for one in regions if one.code == region_code), regions[0] if regions else None)
    kind = kind if kind in KINDS else KINDS[0]
    if region is None:
        return SitesPage(None, [], kind, [], simulated=False)
    found = Site.objects.filter(kind=kind, region__code__startswith=code_prefix(region)).select_related("region")
    sites = list(found.order_by("region", "code", "name"))
    sections = _classes([site for site in sites if site.assessed], year, as_of)
    return SitesPage(
        region=region,
        regions=[Option(one.code, one.label) for one in regions],
        kind=kind,
        lines=[SiteLine(site, sections.get(site.pk)) for site in sites],
        simulated=any(site.simulated for site in sites),
    )


def _classes(sections: Sequence[Site], year: int, as_of: date | None) -> dict[int, SectionSoFar]:
    found = {}
    for one in section_months(sections, year, as_of) if sections else ():
        so_far = one.so_far
        if so_far is not None:
            found[one.site.pk] = so_far
    return found


# ---- one site --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SitePage:
    """A site in a month: its series, its coverage, what is flagged."""

    site: Site
    month: date
    before: date
    after: date
    items: Sequence[str]
    item: str
    pictures: Sequence[Picture]
    days: Sequence[CoveredDay]
    captured: int
    possible: int
    months: Sequence[tuple[str, Sequence[str]]]  # of a section: item, its mean in every month
    classes: Sequence[int | None]  # of a section, by month
    revisions: Sequence[Revision]
    standard: str
    simulated: bool

    @property
    def percent(self) -> int | None:
        """Hours with a value of the hours that are over, rounded down."""
        return None if self.possible == 0 else 100 * self.captured // self.possible


def site_page(site: Site, month: date, item: str, as_of: date | None, today: date) -> SitePage:
    """The page of a site. `month` is its first day; values after `as_of` are not shown."""
    until = min(month_end(month), as_of or today)
    revisions = Revision.objects.filter(site=site).select_related("new_submission").order_by("-recorded_at")
    if as_of is not None:
        revisions = revisions.filter(recorded_at__lte=end_of_day(as_of))
    shared = {
        "site": site,
        "month": month,
        "before": (month - timedelta(days=1)).replace(day=1),
        "after": month_end(month) + timedelta(days=1),
        "revisions": list(revisions[:20]),
    }
    if site.kind == Site.Kind.WATER_SECTION:
        return _section_page(site, month.year, as_of, shared)
    item = item if item in HOUR_ITEMS else HOUR_ITEMS[0]
    days = [month + timedelta(days=n) for n in range(month_end(month).day)]
    grid = HourGrid.read([site], days)
    values = grid.values[HOUR_ITEMS.index(item), 0]
    over = np.array([day <= until for day in days], dtype=np.bool_)
    values = np.where(over[:, None], values, -1)
    standard = as_in_force("GB 3095-2012", until)
    return SitePage(
        **shared,  # type: ignore[arg-type]
        items=HOUR_ITEMS,
        item=item,
        pictures=[_hours_picture(values, days, item, standard)],
        days=[CoveredDay(day, int((values[n] >= 0).sum()) if over[n] else None) for n, day in enumerate(days)],
        captured=int((values[over] >= 0).sum()),
        possible=24 * int(over.sum()),
        months=[],
        classes=[],
        standard=standard,
        simulated=bool(grid.simulated[0][over].any()),
    )


def _hours_picture(values: np.ndarray, days: Sequence[date], item: str, standard: str) -> Picture:
    unit, places = ("mg/m³", 1) if item == "CO" else ("µg/m³", 0)
    flat = values.reshape(-1)
    stamps = pd.date_range(pd.Timestamp(days[0]) + pd.Timedelta(hours=1), periods=len(flat), freq="h")
    frame = pd.DataFrame({"at": stamps, "value": np.where(flat >= 0, flat / HOUR_SCALE, np.nan)})
    known = frame.dropna()
    levels = [
        Level(float(row["level_2"]), _("1小时二级 %(limit)s") % {"limit": row["level_2"]})
        for row in air_limits_on(days[0])
        if (row["pollutant"], row["averaging"]) == (item, "1h")
    ]
    title = _("%(item)s：本月没有小时值") % {"item": item}
    if len(known):
        top = known.sort_values("value").iloc[-1]
        title = _("%(item)s小时值最高%(value)s，%(at)s") % {
            "item": item, "value": f"{top['value']:.{places}f}", "at": f"{top['at']:%m-%d %H:%M}",
        }  # fmt: skip
    subtitle = _("小时值，单位 %(unit)s，时刻为该小时之末；断处没有数据") % {"unit": unit}
    daily = frame.assign(day=[day for day in days for _hour in range(24)]).groupby("day")["value"]
    rows = [
        [f"{day:%Y-%m-%d}", _cell(found.mean(), places + 1), _cell(found.max(), places), str(int(found.notna().sum()))]
        for day, found in daily
    ]
    columns = (_("日期"), _("小时均值"), _("最高小时"), _("有值小时"))
    figure = as_json(series.hours(frame, item, unit, places, levels))
    return Picture("hours", title, subtitle, figure, columns, rows, source=standard)


def _cell(value: float, places: int) -> str:
    return "—" if value != value else f"{value:.{places}f}"


def _section_page(site: Site, year: int, as_of: date | None, shared: dict[str, object]) -> SitePage:
    found = section_months([site], year, as_of)
    months = found[0].months if found else {}
    items = sorted({item for _month, item in months})
    by_month: dict[int, dict[tuple[int, str], Fraction]] = defaultdict(dict)
    for (month, item), value in months.items():
        by_month[month][month, item] = value
    body: Waterbody = "lake" if site.waterbody == "lake" else "river"
    classes = [one.grade if (one := section_so_far(by_month[month], body)) else None for month in range(1, 13)]
    rows = [(item, [_mean(months.get((month, item))) for month in range(1, 13)]) for item in items]
    return SitePage(
        **shared,  # type: ignore[arg-type]
        items=items,
        item="",
        pictures=[],
        days=[],
        captured=len(by_month),
        possible=as_of.month if as_of and as_of.year == year else 12,
        months=rows,
        classes=classes,
        standard=as_in_force("GB 3838-2002", date(year, 12, 31)),
        simulated=bool(found and found[0].simulated),
    )


def _mean(value: Fraction | None) -> str:
    return "—" if value is None else number_label(round_half_even(value, 3))
