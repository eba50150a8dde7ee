"""The pictures of steering to year-end, with their words and their twins as tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pandas as pd
from django.utils.translation import gettext as _

from charts import figures
from charts import steering as drawn
from evaluation.rounding import round_half_even
from goals import sentences
from goals.evidence import EvidenceRoom
from goals.found import Found
from goals.outlook import shown_probability
from goals.picture import Picture, as_json, course_title, words
from goals.sentences import short_day
from goals.steering import Steering, budget_frame, left_at_end, months_frame


def steering_pictures(found: Found, on: Steering, room: EvidenceRoom, say: figures.Words) -> list[Picture]:
    """The burn-down of the budget; of a mean also what the rest must be against what months have been. None where the
    budget has no course."""
    burn_down = _burn_down(found, on, room, say)
    if burn_down is None:
        return []
    required = _required(found, on, room, say)
    return [burn_down] if required is None else [burn_down, required]


def _burn_down(found: Found, on: Steering, room: EvidenceRoom, say: figures.Words) -> Picture | None:
    frame = budget_frame(room, on)
    if frame is None:
        return None
    until = room.until(on.year)
    unit = say.unit if on.statistic == "mean" else _budget_unit(on)
    ends = _ends(on, frame)
    say = figures.Words(
        say.this_year, say.last_year, unit, say.months, say.weekdays, _("截至%(day)s") % {"day": short_day(until)}
    )
    known = frame.dropna(subset=["this_year"])
    left = "" if known.empty else _left_label(on, float(known["this_year"].iloc[-1]))
    figure = drawn.burn_down(frame, say, _("用尽"), pd.Timestamp(until), left, ends, _ahead(found, on))
    past = _past(frame)
    monthly = frame[frame["date"].dt.is_month_end]
    rows = [
        [f"{day.month}", *(_number(on, value) for value in values)]
        for day, *values in monthly[["date", "this_year", *past]].itertuples(index=False)
    ]
    columns = (_("月末"), say.this_year, *past)
    subtitle = _burn_down_subtitle(on, unit, past)
    notes = [end.label for end in ends]
    return Picture("budget", course_title(found), subtitle, as_json(figure), columns, rows, notes=notes)


def _past(frame: pd.DataFrame) -> list[str]:
    return [column for column in frame.columns if column not in ("date", "this_year")]


def _ends(on: Steering, frame: pd.DataFrame) -> list[drawn.End]:
    """Where the budget would end if what is left of the year used of it what it used in each past year."""
    days = frame["this_year"].notna().to_numpy().nonzero()[0]
    if not len(days):
        return []
    known = int(days[-1])
    lefts = {
        year: float(frame["this_year"].iloc[known] + frame[year].iloc[-1] - frame[year].iloc[known])
        for year in _past(frame)
    }
    return [
        drawn.End(left, _("若同%(year)s年：%(left)s") % {"year": year, "left": _left_label(on, left)})
        for year, left in lefts.items()
    ]


def _burn_down_subtitle(on: Steering, unit: str, past: Sequence[str]) -> str:
    values = {"unit": unit or "—", "year": on.year}
    if on.statistic == "mean":
        says = _("按限值逐日结余或超支的累计，折合年均，单位 %(unit)s") % values
    else:
        says = _("剩余预算，单位 %(unit)s") % values
    if not past:
        return says + _("；没有完整的往年")
    return says + _("。灰线为往年，均按%(year)s年的限值回算") % values


def _budget_unit(on: Steering) -> str:
    return _("天") if len(on.best.cities) == 1 else _("天次")


def _left_label(on: Steering, left: float) -> str:
    if on.statistic == "mean":
        amount = round_half_even(str(abs(left)), 1)
        return (_("余%(left)s") if left >= 0 else _("超%(left)s")) % {"left": amount}
    days = round(abs(left))
    return (_("余%(left)s") if left > -0.5 else _("超%(left)s")) % {"left": days}


def _number(on: Steering, value: float) -> str:
    if math.isnan(value):
        return "—"
    return sentences.number_label(round_half_even(str(value), 1 if on.statistic == "mean" else 0))


def _ahead(found: Found, on: Steering) -> figures.EndRange | None:
    """The outlook in the terms of the budget; None where none may be shown."""
    if shown_probability(found.facts.get("forecast")) is None or on.statistic == "percentile":
        return None  # a percentile is no number of days
    forecast = found.facts["forecast"]
    left = {
        name: left_at_end(on, float(Decimal(forecast[name]))) for name in ("low", "lower", "middle", "upper", "high")
    }
    low, high = sorted((left["low"], left["high"]))
    lower, upper = sorted((left["lower"], left["upper"]))
    values = {"low": _left_label(on, high), "high": _left_label(on, low)}
    label = _("展望八成：%(low)s至%(high)s") % values
    return figures.EndRange(low, lower, left["middle"], upper, high, label)


def _required(found: Found, on: Steering, room: EvidenceRoom, say: figures.Words) -> Picture | None:
    """What the mean of the rest must be, over the months to come, against what every month has been."""
    budget = found.facts.get("budget") or {}
    if on.statistic != "mean" or "required" not in budget:
        return None
    frame = months_frame(room, on)
    if frame.empty:
        return None
    required = Decimal(budget["required"])
    last = room.until(on.year)
    first = last.month + (1 if (last.month, last.day) != (12, 31) and _ends_month(last) else 0)
    values = {"required": sentences.number_label(required), "unit": say.unit}
    label = (_("须不高于%(required)s %(unit)s") if budget["is_cap"] else _("须不低于%(required)s %(unit)s")) % values
    figure = drawn.required(frame, say, float(required), label, first)
    coming = frame[(frame["month"] >= first) & ~frame["this_year"]]
    over = int(
        (coming["value"] > float(required)).sum() if budget["is_cap"] else (coming["value"] < float(required)).sum()
    )
    title = _("往年同月%(count)d个月中，%(over)d个月越过此数") % {"count": len(coming), "over": over}
    columns = (frame[name].tolist() for name in ("year", "month", "value"))
    cells = {(year, month): f"{value:.1f}" for year, month, value in zip(*columns, strict=True)}
    rows = [
        [str(year), *(cells.get((year, month), "—") for month in range(1, 13))]
        for year in sorted(frame["year"].unique().tolist(), reverse=True)
    ]
    subtitle = _("各月均值，单位 %(unit)s；横线为余下时间的均值限度，灰点为往年") % {"unit": say.unit or "—"}
    return Picture("required", title, subtitle, as_json(figure), (_("年"), *say.months), rows)


def _ends_month(day: date) -> bool:
    return pd.Timestamp(day).is_month_end


def waterfall_picture(names: Sequence[str], costs: Sequence[float], unit: str, total: str, title: str) -> Picture:
    """Who used up or spared how much of a region's common budget."""
    texts = [f"{cost:+.2f}".replace("-", "−") for cost in costs]
    frame = pd.DataFrame({"name": names, "cost": costs, "text": texts})
    figure = drawn.waterfall(frame, words(0, unit), total)
    subtitle = _("与逐日恰好守住限值相比，各市对全区年终值的影响，单位 %(unit)s；正为超支，负为节余") % {
        "unit": unit or "—"
    }
    rows = [[name, text] for name, text in zip(names, texts, strict=True)]
    return Picture("waterfall", title, subtitle, as_json(figure), (_("城市"), unit or "—"), rows)
