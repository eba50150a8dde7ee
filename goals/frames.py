"""Frames for the pictures of a target: its course, its months, its days. Floats, for the eye only; verdicts never
come from here."""

from __future__ import annotations

import warnings
from bisect import insort
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluation.air import DAY_SCALE
from evaluation.calendar import days_of_year, month_end
from goals.city_years import counted
from goals.evidence import EvidenceRoom, Subject
from goals.kept import kept
from indicators.catalogue import DAILY_STATISTICS
from indicators.known_days import CityDays
from indicators.models import Figure, Indicator

Floats = npt.NDArray[np.float64]


def has_days(subject: Subject) -> bool:
    """Whether the indicator runs over city days."""
    return subject.indicator.statistic in DAILY_STATISTICS


def course_frame(room: EvidenceRoom, subject: Subject, year: int) -> pd.DataFrame:
    """The statistic over the year so far, this year and last: columns date, this_year, last_year."""
    days = days_of_year(year)
    return pd.DataFrame(
        {
            "date": pd.to_datetime(days),
            "this_year": _course(room, subject, year, len(days)),
            "last_year": _course(room, subject, year - 1, len(days)),
        }
    )


def _course(room: EvidenceRoom, subject: Subject, year: int, length: int) -> Floats:
    found = [_city_course(days, subject.indicator) for days in _cities(room, subject, year)]
    return _mean_over_cities(found, length)


def _cities(room: EvidenceRoom, subject: Subject, year: int) -> list[CityDays]:
    found = (room.days(subject, city.code, year) for city in room.members(subject))
    return [days for days in found if days is not None and days.length]


def _mean_over_cities(found: Sequence[Floats], length: int) -> Floats:
    rows = np.full((max(len(found), 1), length), np.nan)
    for place, values in enumerate(found):
        rows[place, : min(length, len(values))] = values[:length]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a day on which no city has a value yet
        mean: Floats = np.nanmean(rows, axis=0)
    return mean


def _city_course(days: CityDays, indicator: Indicator) -> Floats:
    valid, adds = counted(days, indicator.figure)
    number = np.cumsum(valid)
    if indicator.statistic == "percentile":
        return _running_percentile(valid, adds / DAY_SCALE, indicator.percent or 0)
    total = np.cumsum(adds) / (DAY_SCALE if indicator.figure in days.figures else 1)
    if indicator.statistic == "day_count":
        course = total.astype(np.float64)
    else:
        course = total / np.maximum(number, 1) * (100 if indicator.statistic == "day_ratio" else 1)
    return _until_last_value(np.where(number > 0, course, np.nan), valid)


def _running_percentile(valid: npt.NDArray[np.bool_], values: Floats, percent: int) -> Floats:
    course = np.full(len(values), np.nan)
    so_far: list[float] = []  # in order
    for n, (value, counts) in enumerate(zip(values.tolist(), valid.tolist(), strict=True)):
        if counts:
            insort(so_far, value)
        if so_far:
            course[n] = _percentile(so_far, percent)
    return _until_last_value(course, valid)


def _percentile(ordered: Sequence[float], percent: float) -> float:
    """As `evaluation.statistics.percentile_of_sorted`, which is exact, near enough for a picture."""
    place = (len(ordered) - 1) * percent / 100
    below, above = ordered[int(place)], ordered[min(int(place) + 1, len(ordered) - 1)]
    return below + (above - below) * (place - int(place))


def _until_last_value(course: Floats, valid: npt.NDArray[np.bool_]) -> Floats:
    """A course ends with the last day that has a value."""
    last = int(np.flatnonzero(valid)[-1]) if valid.any() else -1
    course[last + 1 :] = np.nan
    return course


def months_frame(room: EvidenceRoom, subject: Subject, year: int) -> pd.DataFrame:
    """The statistic month by month, this year and last: columns month, this_year, last_year."""
    month_values = _section_month if subject.indicator.statistic == "class_share" else _day_month
    this_year, last_year = (
        kept("months", subject, room, partial(month_values, room, subject, one), one) for one in (year, year - 1)
    )
    return pd.DataFrame({"month": range(1, 13), "this_year": this_year, "last_year": last_year})


def _day_month(room: EvidenceRoom, subject: Subject, year: int) -> list[float]:
    cities = _cities(room, subject, year)
    return [_month_of(cities, subject.indicator, year, month) for month in range(1, 13)]


def _month_of(cities: Sequence[CityDays], indicator: Indicator, year: int, month: int) -> float:
    first = (date(year, month, 1) - date(year, 1, 1)).days
    last = (month_end(date(year, month, 1)) - date(year, 1, 1)).days + 1
    found = []
    for days in cities:
        valid, adds = counted(days, indicator.figure)
        in_month = valid[first:last]
        if in_month.any():
            found.append(_statistic(indicator, adds[first:last][in_month], is_value=indicator.figure in days.figures))
    return round(float(np.mean(found)), 4) if found else float("nan")


def _statistic(indicator: Indicator, adds: npt.NDArray[np.int64], *, is_value: bool) -> float:
    if indicator.statistic == "percentile":
        return _percentile(np.sort(adds / DAY_SCALE).tolist(), indicator.percent or 0)
    if indicator.statistic == "day_count":
        return float(adds.sum())
    return float(adds.mean()) / DAY_SCALE if is_value else float(adds.mean()) * 100


def _section_month(room: EvidenceRoom, subject: Subject, year: int) -> list[float]:
    wanted = {int(grade) for grade in subject.indicator.classes}
    sections = room.section_months(subject.region, year, room.until(year))
    by_month = [[one.grades[month] for one in sections if month in one.grades] for month in range(1, 13)]
    return [
        100 * sum(grade in wanted for grade in grades) / len(grades) if grades else float("nan") for grades in by_month
    ]


def calendar_frame(room: EvidenceRoom, subject: Subject, year: int) -> pd.DataFrame:
    """A value a day: of one city its figure or AQI, of several the mean, or how many fail on that day.

    Columns date, value, week (column of the calendar), weekday (0 Monday).
    """
    days = days_of_year(year)
    cities = _cities(room, subject, year)
    begins = days[0].weekday()
    return pd.DataFrame(
        {
            "date": days,
            "value": _day_values(cities, subject.indicator, len(days)),
            "week": [(n + begins) // 7 for n in range(len(days))],
            "weekday": [day.weekday() for day in days],
        }
    )


def counts_cities(subject: Subject, cities: int) -> bool:
    """Whether the calendar shows how many cities fail, rather than a concentration or an AQI."""
    return cities > 1 and subject.indicator.statistic in ("day_ratio", "day_count")


def _day_values(cities: Sequence[CityDays], indicator: Indicator, length: int) -> Floats:
    if not cities:
        return np.full(length, np.nan)
    rows = np.full((len(cities), length), np.nan)
    for place, days in enumerate(cities):
        if indicator.figure in days.figures:
            values = np.where(days.figures[indicator.figure] >= 0, days.figures[indicator.figure] / DAY_SCALE, np.nan)
        elif len(cities) == 1:
            values = np.where(days.aqi >= 0, days.aqi.astype(np.float64), np.nan)
        else:
            valid, adds = counted(days, indicator.figure)
            fails = 1 - adds if indicator.statistic == "day_ratio" else adds
            values = np.where(valid, fails.astype(np.float64), np.nan)
        rows[place, : min(length, len(values))] = values[:length]
    combine: Callable[..., Floats] = np.nanmean if indicator.figure in cities[0].figures else np.nansum
    known = ~np.isnan(rows).all(axis=0)
    values = np.full(length, np.nan)
    values[known] = np.round(combine(rows[:, known], axis=0), 1)
    return values


def points_frame(figures: Sequence[Figure], year: int) -> pd.DataFrame:
    """Reported figures of a year and the one before, each where its period ends: columns date, value, label, this_year.

    Where several end on the same day the first given is taken.
    """
    chosen = {
        figure.period_end: figure
        for figure in reversed(figures)
        if figure.value is not None and figure.period_end.year in (year - 1, year) and figure.period_start.month == 1
    }
    ordered = [chosen[day] for day in sorted(chosen)]
    return pd.DataFrame(
        {
            "date": pd.to_datetime([figure.period_end for figure in ordered]),
            "value": [float(figure.value or 0) for figure in ordered],
            "label": [f"{figure.value:f}".replace("-", "−") for figure in ordered],
            "this_year": [figure.period_end.year == year for figure in ordered],
        }
    )
