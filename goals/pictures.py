"""The pictures of a target, with their words and their twins as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pandas as pd
from django.utils.translation import gettext as _

from charts import figures
from goals import frames, sentences
from goals.evidence import EvidenceRoom, Subject
from goals.found import Found
from goals.outlook import shown_forecast, shown_probability
from goals.picture import Picture, as_json, course_title, words
from goals.sentences import short_day
from goals.steering import Steering
from goals.steering_pictures import steering_pictures
from indicators.catalogue import DAILY_STATISTICS


def levels_of(found: Found) -> list[figures.Level]:
    """The levels that the target draws on a chart."""
    return [
        figures.Level(float(Decimal(rule["limit"])), sentences.limit_label(rule["comparator"], rule["limit"]))
        for rule in found.facts.get("rules", [])
    ]


def pictures(found: Found, subject: Subject, room: EvidenceRoom, year: int, on: Steering | None) -> list[Picture]:
    """The pictures of a target: its course, its months, its days; or the reported figures where there are no days.

    `on`: its steering, where it has one.
    """
    unit = sentences.unit_label(subject.indicator.unit)
    say = words(year, unit, places=places_of(subject))
    if subject.indicator.statistic in DAILY_STATISTICS and room.members(subject):
        return _day_pictures(found, subject, room, year, say, on)
    if found.facts.get("coverage", {}).get("sections"):
        return [_months_picture(subject, room, year, say, levels_of(found))]
    frame = frames.points_frame(room.figures(subject), year)
    if frame.empty:
        return []
    figure = figures.points(frame, say, levels_of(found))
    rows = [[f"{day:%Y-%m-%d}", label] for day, label in zip(frame["date"], frame["label"], strict=True)]
    subtitle = _("各期累计值，单位 %(unit)s") % {"unit": unit or "—"}
    return [Picture("points", _("公布与录入的数值"), subtitle, as_json(figure), (_("截至"), unit), rows)]


def places_of(subject: Subject) -> int:
    """The decimals in which an indicator is printed; a count of days is whole, its mean over cities has one more."""
    return max(subject.indicator.display_places, 1 if subject.indicator.statistic == "day_count" else 0)


def _day_pictures(
    found: Found, subject: Subject, room: EvidenceRoom, year: int, say: figures.Words, on: Steering | None
) -> list[Picture]:
    main = [] if on is None else steering_pictures(found, on, room, say)
    if not main or shown_probability(found.facts.get("forecast")) is not None:
        main += _course_picture(found, subject, room, year, say)
    if not main:
        return []
    return [*main, _months_picture(subject, room, year, say), _calendar_picture(subject, room, year, say)]


def _course_picture(found: Found, subject: Subject, room: EvidenceRoom, year: int, say: figures.Words) -> list[Picture]:
    course = frames.course_frame(room, subject, year)
    if course["this_year"].isna().all() and course["last_year"].isna().all():
        return []
    until = room.until(year)
    last = pd.Timestamp(until) if until < date(year, 12, 31) else None
    today = _("截至%(day)s") % {"day": short_day(until)} if last is not None else ""
    ahead = _year_end(found)
    figure = figures.course(course, replace(say, today=today), levels_of(found), last, ahead)
    notes = [] if ahead is None else [ahead.label]
    monthly = course[course["date"].dt.is_month_end]
    rows = [
        [f"{day.month}", cell(this, say.places), cell(before, say.places)]
        for day, this, before in zip(monthly["date"], monthly["this_year"], monthly["last_year"], strict=True)
    ]
    columns = (_("月末"), say.this_year, say.last_year)
    subtitle = _("年初至当日的累计统计值，单位 %(unit)s；灰线为上年") % {"unit": say.unit or "—"}
    return [Picture("course", _course_title(found), subtitle, as_json(figure), columns, rows, notes=notes)]


def _course_title(found: Found) -> str:
    """With an outlook, how likely the target is; else what is left."""
    probability = shown_probability(found.facts.get("forecast"))
    if probability is None:
        return course_title(found)
    return _("年终展望：完成的可能性约%(percent)s") % {"percent": sentences.percent_label(str(probability))}


def _year_end(found: Found) -> figures.EndRange | None:
    """Where the year's figure may end; None where no outlook may be shown."""
    forecast = shown_forecast(found.facts)
    if forecast is None:
        return None
    low, lower, middle, upper, high = (float(forecast[name]) for name in ("low", "lower", "middle", "upper", "high"))
    values = {name: sentences.number_label(forecast[name]) for name in ("low", "high")}
    return figures.EndRange(low, lower, middle, upper, high, _("年终八成：%(low)s至%(high)s") % values)


def _months_picture(
    subject: Subject, room: EvidenceRoom, year: int, say: figures.Words, levels: Sequence[figures.Level] = ()
) -> Picture:
    frame = frames.months_frame(room, subject, year)
    rows = [
        [say.months[month - 1], cell(this, say.places), cell(before, say.places)]
        for month, this, before in zip(frame["month"], frame["this_year"], frame["last_year"], strict=True)
    ]
    subtitle = _("逐月，单位 %(unit)s；浅色为上年") % {"unit": say.unit or "—"}
    figure = as_json(figures.months(frame.round(2), say, levels))
    return Picture("months", _months_title(frame), subtitle, figure, (_("月份"), say.this_year, say.last_year), rows)


def _months_title(frame: pd.DataFrame) -> str:
    known = frame.dropna()
    if known.empty:
        return _("逐月")
    higher = int((known["this_year"] > known["last_year"]).sum())
    return _("%(months)d个月中%(higher)d个月高于上年") % {"months": len(known), "higher": higher}


#: The bounds between the five steps of the calendar, by what it shows.
_BOUNDS: Mapping[str, tuple[float, ...]] = {
    "cities": (0, 2, 5, 9),
    "aqi": (50, 100, 150, 200),
    "pm25": (20, 35, 55, 75),
    "pm10": (40, 70, 110, 150),
    "o3_8h": (70, 100, 130, 160),
    "so2": (10, 20, 40, 60),
    "no2": (15, 25, 40, 60),
    "co": (0.6, 1.0, 1.5, 2.0),
}


def _calendar_picture(subject: Subject, room: EvidenceRoom, year: int, say: figures.Words) -> Picture:
    frame = frames.calendar_frame(room, subject, year)
    cities = len(room.members(subject))
    if frames.counts_cities(subject, cities):
        kind, unit, subtitle = "cities", _("市"), _("每格一天，色越深当日超标城市越多；空格为未到或无数据")
        most = frame["value"].max()
        title = _("一天最多%(count)d个市超标") % {"count": 0 if pd.isna(most) else int(most)}
    elif subject.indicator.figure in _BOUNDS:
        kind, unit, subtitle = subject.indicator.figure, say.unit, _("每格一天，色越深浓度越高；空格为未到或无数据")
        title = _("逐日浓度")
    else:
        kind, unit, subtitle = "aqi", "AQI", _("每格一天，色越深AQI越高；空格为未到或无数据")
        title = _("逐日AQI")
    bounds = _BOUNDS[kind]
    labels = _step_labels(bounds, whole=kind in ("cities", "aqi"))
    figure = figures.calendar(frame, replace(say, unit=unit), bounds, labels)
    calendar_places = 1 if kind == "co" else 0
    known = frame.dropna(subset=["value"]).sort_values("value", ascending=False).head(10)
    rows = [
        [f"{day:%Y-%m-%d}", cell(value, calendar_places)]
        for day, value in zip(known["date"], known["value"], strict=True)
    ]
    return Picture("calendar", title, subtitle, as_json(figure), (_("最高的十天"), unit), rows, labels)


def _step_labels(bounds: Sequence[float], *, whole: bool) -> list[str]:
    """The names of the five steps between four bounds; whole numbers start one above the bound below."""
    above = 1 if whole else 0
    first = "0" if whole and bounds[0] == 0 else f"≤{bounds[0]:g}"
    between = [f"{low + above:g}–{high:g}" for low, high in zip(bounds, bounds[1:], strict=False)]
    last = f"≥{bounds[-1] + 1:g}" if whole else f">{bounds[-1]:g}"
    return [first, *between, last]


def cell(value: float, places: int) -> str:
    """A number of a twin table, in the indicator's decimals; a dash for unknown."""
    return "—" if pd.isna(value) else f"{value:.{places}f}".replace("-", "−")
