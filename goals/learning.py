"""Learning the forecast again from a bureau's own finished years."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

import numpy as np

from evaluation.backtest import Histories
from evaluation.forecast import SERIES, FloatArray, daily_values, slots_of
from evaluation.lessons import YEARS_FOR_DRIFT, Lesson, teach
from goals.models import ForecastLesson
from goals.record import OWN
from indicators.known_days import city_days
from indicators.selectors import city_years_with_days
from provinces.models import Region

Years = dict[str, dict[int, FloatArray]]


class TooLittleToLearnError(Exception):
    """The finished years are too few to learn anything from."""


def own_histories(before: int) -> tuple[dict[str, Histories], bool]:
    """The finished years of all cities with days, by figure, and whether simulated days take part."""
    found: dict[str, Years] = {figure: defaultdict(dict) for figure in SERIES}
    simulated = False
    for city, first, last in city_years_with_days():
        for year in range(first, min(last, before - 1) + 1):
            days = city_days([city], date(year, 1, 1), date(year, 12, 31))[city]
            simulated |= bool(days.simulated.any())
            for figure, series in SERIES.items():
                values = slots_of(days.first, daily_values(series, days.figures, days.aqi))
                if not np.isnan(values).all():
                    found[figure][city][year] = values
    return {figure: dict(years) for figure, years in found.items() if years}, simulated


def relearn(today: date, figures: Iterable[str] = tuple(SERIES)) -> tuple[ForecastLesson, Lesson]:
    """Learn from the finished years that are stored, keep the lesson and use it from today on.

    A drift is learned from YEARS_FOR_DRIFT target years on. Raises TooLittleToLearnError, storing nothing, without two
    cities that have three complete years running.
    """
    histories, simulated = own_histories(today.year)
    years = {year for cities in histories.values() for found in cities.values() for year in found}
    cities = {city for found in histories.values() for city in found}
    if not years:
        raise TooLittleToLearnError
    names = Region.objects.in_bulk(sorted(cities)[:3])
    source = "、".join(region.label for region in names.values()) + f" … {len(cities)} / {min(years)}—{max(years)}"
    if simulated:
        source += " 模拟数据"
    lesson = teach({OWN: histories}, source, drifts=len(years) > YEARS_FOR_DRIFT, figures=figures)
    strict = {row["figure"] for row in lesson.scores if row["protocol"] == "strict"}
    if not strict:
        raise TooLittleToLearnError
    kept = {figure: numbers for figure, numbers in lesson.numbers.items() if figure in strict}
    lesson = Lesson(kept, [row for row in lesson.scores if row["figure"] in strict], source)
    return ForecastLesson.objects.create(learned_on=today, source=source[:300], data=lesson.as_json()), lesson
