"""Where the year may end, for a subject: the gated forecast, and what a repeat of past years would give. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from evaluation.calendar import is_month_end
from evaluation.forecast import (
    OLDEST,
    SERIES,
    FloatArray,
    PooledNumbers,
    Series,
    case_of_complete,
    daily_values,
    elapsed_on,
    is_complete,
    mean_of_cities,
    outcomes,
    probability,
    slots_of,
)
from evaluation.lessons import Lesson, lesson_from, shipped
from evaluation.progress import STATISTICS, Rule, meets
from evaluation.rounding import IntArray, round_half_even
from evaluation.steering import year_if
from goals.city_years import counted, is_whole
from goals.evidence import Best, EvidenceRoom, Subject, same_day
from goals.models import ForecastLesson
from memory.tables import remembered

#: A past year with known trouble: traffic and industry stood still for weeks.
STRANGE_YEARS = (2020,)


@dataclass(frozen=True)
class LessonInUse:
    """The lesson in use as of a day, and since when; None for what ships with the program."""

    lesson: Lesson
    since: date | None

    def on(self, day: date) -> LessonInUse:
        """The lesson in use on an earlier day."""
        return self if self.since is None or self.since <= day else lesson_in_use(day)


def lesson_on(as_of: date | None) -> Lesson:
    """The lesson in use as of a day: the latest that was learned by then, else what ships with the program."""
    return lesson_in_use(as_of).lesson


def lesson_in_use(as_of: date | None) -> LessonInUse:
    """`lesson_on`, with since when."""
    known = [one for one in _lessons() if as_of is None or one.learned_on <= as_of]
    return LessonInUse(lesson_from(known[-1].data), known[-1].learned_on) if known else LessonInUse(shipped(), None)


@remembered(ForecastLesson)
def _lessons() -> Sequence[ForecastLesson]:
    """All of them, the latest last: a year brings one."""
    return list(ForecastLesson.objects.order_by("learned_on", "id"))


@dataclass(frozen=True)
class Outlook:
    """A forecast of a subject's year-end figure, whether or not it may be shown."""

    ensemble: FloatArray
    years: Sequence[int]  # the past years behind it
    month: int  # the month end whose gate counts
    passes: bool
    source: str
    record: Mapping[str, str]  # how strict forecasts of this month did

    def facts(self, rules: Sequence[Rule], places: int) -> dict[str, Any]:
        """The forecast as facts of a verdict: probability, middle and ranges, with what it rests on."""
        levels = np.percentile(self.ensemble, (10, 25, 50, 75, 90)).tolist()
        printed = {
            name: str(round_half_even(str(level), places))
            for name, level in zip(("low", "lower", "middle", "upper", "high"), levels, strict=True)
        }
        return {
            "probability": str(probability(self.ensemble, rules)),
            **printed,
            "years": list(self.years),
            "month": self.month,
            "source": self.source,
            "record": dict(self.record),
        }


def outlook(room: EvidenceRoom, subject: Subject, year: int, best: Best, lesson: Lesson) -> Outlook | None:
    """The forecast of a subject from its cities' days; None where there is no method, or not one complete past year.

    A region's ensemble is the mean of its cities'; all of them must have one.
    """
    series = series_of(subject)
    if series is None or best.evidence.closed or not best.cities or series.figure not in lesson.numbers:
        return None
    month = best.last.month if is_month_end(best.last) else best.last.month - 1
    ensembles, years = [], set()
    for code in best.cities:
        found = _city_outlook(room, subject, code, year, best, series, lesson.numbers[series.figure])
        if found is None:
            return None
        ensembles.append(found[0])
        years.update(found[1])
    passes = best.evidence.sufficient and lesson.may_speak(series.figure, month)
    record = _record(lesson, series.figure, month)
    return Outlook(mean_of_cities(ensembles), sorted(years, reverse=True), month, passes, lesson.source, record)


def _record(lesson: Lesson, figure: str, month: int) -> Mapping[str, str]:
    """The strict score of a figure and month, as it is printed; of several sets the one with the lowest coverage."""
    asked = (figure, month, "strict")
    rows = [row for row in lesson.scores if (row["figure"], int(row["month"]), row["protocol"]) == asked]
    if not rows:
        return {}
    worst = min(rows, key=lambda row: float(row["coverage"]))
    return {
        "trials": str(worst["trials"]),
        "coverage": f"{100 * float(worst['coverage']):.0f}%",
        "committed": str(worst["committed"]),
        "wrong": f"{100 * float(worst['wrong']):.0f}%",
        "brier": f"{float(worst['brier']):.2f}",
        "naive": f"{float(worst['brier_naive']):.2f}",
    }


def series_of(subject: Subject) -> Series | None:
    """The series that is forecast for a subject: only by the validity profile whose days are stored."""
    series = SERIES.get(subject.indicator.figure)
    methods: Mapping[str, str] = {
        "mean": "mean",
        "day_ratio": "days",
        "day_count": "days",
        "percentile": "percentile",
    }
    if series is None or subject.profile != "CN" or methods.get(subject.indicator.statistic) != series.method:
        return None
    if series.method == "percentile" and series.percent != subject.indicator.percent:
        return None
    return series if series.counts == (subject.indicator.statistic == "day_count") else None


def _city_outlook(
    room: EvidenceRoom, subject: Subject, city: str, year: int, best: Best, series: Series, numbers: PooledNumbers
) -> tuple[FloatArray, list[int]] | None:
    """A city's ensemble with the past years behind it; kept in the room, as many targets share it."""
    last = date(year, 12, 31) - timedelta(days=best.cities[city].remaining)
    key = (city, series.figure, subject.without_dust, last)
    if key not in room.outlooks:
        past = _complete_years(room, subject, city, range(year - OLDEST, year))
        this_year = year_days(room, subject, city, year)
        case = None if this_year is None else case_of_complete(this_year, elapsed_on(last), past, year)
        room.outlooks[key] = (
            None if case is None else (outcomes(series, case, numbers), [year - age for age in case.ages.tolist()])
        )
    return room.outlooks[key]


def _complete_years(room: EvidenceRoom, subject: Subject, city: str, years: range) -> dict[int, FloatArray]:
    """The past years of a city that are complete (`evaluation.forecast.is_complete`), each looked at once."""
    found = {}
    for year in years:
        slots, days = year_days(room, subject, city, year), room.days(subject, city, year)
        if slots is None or days is None:
            continue
        name = f"{subject.indicator.figure} as slots is complete"
        if name not in days.worked_out:
            days.worked_out[name] = is_complete(slots)
        if days.worked_out[name]:
            found[year] = slots
    return found


def year_days(room: EvidenceRoom, subject: Subject, city: str, year: int) -> FloatArray | None:
    """A city's days of a year in the places of `evaluation.forecast`; None without any value."""
    series = SERIES.get(subject.indicator.figure)
    days = room.days(subject, city, year)
    if series is None or days is None or not days.length:
        return None
    name = f"{series.figure} as slots"
    if name not in days.worked_out:
        values = daily_values(series, days.figures, days.aqi)
        days.worked_out[name] = None if np.isnan(values).all() else slots_of(days.first, values)
    found: FloatArray | None = days.worked_out[name]
    return found


# ---- past years as they were -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Repeat:
    """The year-end figure of a region, and of its cities, if the rest of the year were as in an earlier one."""

    year: int
    figure: Fraction
    cities: Mapping[str, Fraction]


def repeats(room: EvidenceRoom, subject: Subject, year: int, best: Best) -> list[Repeat]:
    """What repeating each complete past year of the last six would give, the latest first.

    A year counts only where it is complete in every city of the subject.
    """
    if best.evidence.closed or not best.cities:
        return []
    key = (subject, year, best.last)
    if key not in room.repeats:
        every = (_repeat(room, subject, year, best, earlier) for earlier in range(year - 1, year - OLDEST - 1, -1))
        room.repeats[key] = [repeat for repeat in every if repeat is not None]
    found: list[Repeat] = room.repeats[key]
    return found


def _repeat(room: EvidenceRoom, subject: Subject, year: int, best: Best, earlier: int) -> Repeat | None:
    statistic = STATISTICS[subject.indicator.statistic]
    cities: dict[str, Fraction] = {}
    for code, city in best.cities.items():
        last = date(year, 12, 31) - timedelta(days=city.remaining)
        rest = rest_of(room, subject, code, earlier, last)
        if rest is None or (city.remaining and not len(rest)):
            return None
        cities[code] = year_if(statistic, city, rest, subject.indicator.percent)
    return Repeat(earlier, sum(cities.values(), Fraction(0)) / len(cities), cities)


def rest_of(room: EvidenceRoom, subject: Subject, city: str, year: int, after: date) -> IntArray | None:
    """What the valid days of a finished year after a calendar day add to the statistic; None for an incomplete year."""
    days = room.days(subject, city, year)
    if days is None or not days.length:
        return None
    figure = subject.indicator.figure
    if not is_whole(days, figure):
        return None
    valid, adds = counted(days, figure)
    begin = (same_day(after, year) - days.first).days + 1
    return adds[begin:][valid[begin:]]


def context_facts(found: Iterable[Repeat], rules: Sequence[Rule], places: int) -> dict[str, Any] | None:
    """In how many past years the rest stayed within what is needed now, as facts; None without a past year."""
    years = [
        {"year": one.year, "figure": str(round_half_even(one.figure, places)), "attains": meets(rules, one.figure)}
        for one in found
    ]
    if not years:
        return None
    return {"years": years, "within": sum(bool(one["attains"]) for one in years)}


def shown_forecast(facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """The forecast that facts carry, where it may be shown."""
    forecast = facts.get("forecast")
    if not forecast or not forecast["shown"]:
        return None
    return {name: value for name, value in forecast.items() if name != "shown"}


def shown_probability(facts: Mapping[str, Any] | None) -> Decimal | None:
    """The probability that facts carry, where it may be shown."""
    return Decimal(facts["probability"]) if facts and facts["shown"] else None
