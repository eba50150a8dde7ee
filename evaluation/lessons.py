"""What past years taught, ready for use: pooled numbers with their provenance, their scores, the months they may speak.

Shipped with the program (`tables/forecast_numbers.csv`, `forecast_scores.csv`), or learned again from a bureau's own
finished years. Both are made by `teach` and read by `Lesson`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from evaluation.backtest import IN_USE, PROTOCOLS, Histories, Trial, backtest, learn, score_numbers, trials_of
from evaluation.forecast import SERIES, PooledNumbers
from evaluation.standards import table

#: A drift is learned only from so many finished target years; the years that ship say nothing about those to come.
YEARS_FOR_DRIFT = 3
MONTHS = range(1, 12)
#: The protocol of scores that other numbers get on a set: those that come with the program.
SHIPPED_NUMBERS = "shipped"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Lesson:
    """Pooled numbers by figure, and scores as rows (figure, set, protocol, month, ..., passes)."""

    numbers: Mapping[str, PooledNumbers]
    scores: Sequence[Row]
    source: str

    @cached_property
    def months(self) -> Mapping[str, frozenset[int]]:
        """The months at whose end each figure's forecast may be shown: every score of the month passes, and that of a
        neighbouring month too; a lone month between two that fail is luck."""
        verdicts: dict[tuple[str, int], list[bool]] = defaultdict(list)
        for row in self.scores:
            verdicts[row["figure"], int(row["month"])].append(_is_true(row["passes"]))
        passed = {key for key, found in verdicts.items() if all(found)}
        return {
            figure: frozenset(
                month
                for month in MONTHS
                if (figure, month) in passed and passed & {(figure, month - 1), (figure, month + 1)}
            )
            for figure in self.numbers
        }

    def may_speak(self, figure: str, month: int) -> bool:
        """Whether the forecast of a figure passes its gate at the end of a month (1..12; December has none)."""
        return month in self.months.get(figure, frozenset())

    def as_json(self) -> dict[str, Any]:
        """The lesson as plain data, for storage."""
        return {"source": self.source, "numbers": list(number_rows(self)), "scores": list(self.scores)}


def lesson_from(data: Mapping[str, Any]) -> Lesson:
    """The lesson that `as_json` gave. KeyError or ValueError for anything else."""
    return Lesson(_numbers(data["numbers"]), data["scores"], data["source"])


@cache
def shipped() -> Lesson:
    """The lesson that comes with the program."""
    rows = table("forecast_numbers")
    return Lesson(_numbers(rows), table("forecast_scores"), rows[0]["learned_from"])


def _numbers(rows: Iterable[Row]) -> dict[str, PooledNumbers]:
    by_figure: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_figure[row["figure"]].append(row)
    found = {}
    for figure, months in by_figure.items():
        ordered = sorted(months, key=lambda row: int(row["month"]))
        if [int(row["month"]) for row in ordered] != list(MONTHS):
            raise ValueError(f"the numbers of {figure} are not those of January to November")
        spread, shape, share, drift = (
            np.array([float(row[name]) for row in ordered]) for name in ("spread", "shape", "share", "drift")
        )
        found[figure] = PooledNumbers(spread, shape, share, drift, years=int(ordered[0]["years"]))
    return found


def number_rows(lesson: Lesson) -> Iterable[dict[str, Any]]:
    """The numbers as rows: figure, month, spread, shape, share, drift, years, learned_from."""
    for figure, numbers in lesson.numbers.items():
        for place, month in enumerate(MONTHS):
            learned = {name: round(float(getattr(numbers, name)[place]), 4) for name in ("spread", "shape", "share")}
            drift = round(float(numbers.drift[place]), 4)
            yield {
                "figure": figure,
                "month": month,
                **learned,
                "drift": drift,
                "years": numbers.years,
                "learned_from": lesson.source,
            }


def teach(
    sets: Mapping[str, Mapping[str, Histories]], source: str, *, drifts: bool, figures: Iterable[str] = tuple(SERIES)
) -> Lesson:
    """Learn `figures` from all sets together (set -> figure -> histories) and score each of them.

    Each set is scored strictly and leaving one year out; the numbers in use, which `drifts` may leave without one, are
    scored on everything that taught them. A figure without a trial for every month is left out.
    """
    numbers: dict[str, PooledNumbers] = {}
    scores: list[Row] = []
    for figure in figures:
        series = SERIES[figure]
        trials = {name: trials_of(series, histories.get(figure, {})) for name, histories in sets.items()}
        everything = [trial for found in trials.values() for trial in found]
        if not _fills_a_year(everything):
            continue
        numbers[figure] = learn(series, everything, drifts=drifts)
        for name, found in trials.items():
            for protocol in PROTOCOLS:
                scored = backtest(series, found, protocol)
                scores += _rows(figure, name, protocol, found, scored)
        in_use = score_numbers(series, everything, numbers[figure])
        scores += _rows(figure, "+".join(sets), IN_USE, everything, in_use)
    return Lesson(numbers, scores, source)


def shipped_scores(sets: Mapping[str, Mapping[str, Histories]]) -> list[Row]:
    """How the numbers that ship do on other histories, each set by itself."""
    rows: list[Row] = []
    for name, histories in sets.items():
        for figure, numbers in shipped().numbers.items():
            trials = trials_of(SERIES[figure], histories.get(figure, {}))
            if trials:
                scored = score_numbers(SERIES[figure], trials, numbers)
                rows += _rows(figure, name, SHIPPED_NUMBERS, trials, scored)
    return rows


def _fills_a_year(trials: Sequence[Trial]) -> bool:
    return {trial.month for trial in trials} == set(MONTHS)


def _rows(figure: str, name: str, protocol: str, trials: Sequence[Trial], scored: Mapping[int, Any]) -> list[Row]:
    years = sorted({trial.year for trial in trials})
    cities = len({trial.city for trial in trials})
    return [
        {
            "figure": figure,
            "set": name,
            "protocol": protocol,
            "month": month,
            "cities": cities,
            "years": f"{years[0]}-{years[-1]}",
            **found.as_row(),
        }
        for month, found in scored.items()
    ]


def _is_true(value: object) -> bool:
    return value in (True, "True", "true")
