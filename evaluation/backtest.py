"""Learning the pooled numbers of the forecast, and testing it on years whose end is known. Pure.

A *trial* is a city, a finished year and a month end: the forecast made there from what was known then, against how
the year ended. Numbers are learned on one half of the cities and scored on the other, in two ways:

- strict: only from target years before the one that is forecast;
- leave one year out: from all other target years.

The cap is one that could be known beforehand: last year's figure less 3 %, for good days plus one point.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from evaluation.forecast import (
    LEVELS,
    MONTH_ENDS,
    SLOTS,
    T4_QUANTILES,
    Case,
    FloatArray,
    MonthNumbers,
    PooledNumbers,
    Series,
    case_of,
    days_remainder,
    days_shape,
    is_complete,
    level_moves,
    mean_remainder,
    mean_shape,
    mixture,
    outcomes,
    percentile_curves,
    percentile_outcomes,
    t4_quantile,
)
from evaluation.progress import LIKELY_FROM, UNLIKELY_TO

#: city -> year -> the year's days (366,).
Histories = Mapping[str, Mapping[int, FloatArray]]
Protocol = Literal["strict", "leave one year out"]
PROTOCOLS: tuple[Protocol, ...] = ("strict", "leave one year out")
#: The scores of the very numbers that are used, on the years that taught them.
IN_USE = "in use"

#: What a forecast must reach, by month, before it is shown.
LEAST_COVERAGE, MOST_WRONG = 0.72, 0.10
LIKELY, UNLIKELY = float(LIKELY_FROM), float(UNLIKELY_TO)
#: The cities are cut in halves so many times; each cut scores every city once.
CUTS = 4
#: What a plan asks of last year's figure: less 3 %, for good days one point more.
CAP_FACTOR, POINTS_MORE = 0.97, 1.0
#: The drift of one finished year is believed by half.
DRIFT_PRIOR = 1.0
#: The share of the log errors whose quantile sets the spread, and the t quantile that it is.
SPREAD_AT = 0.8
_T_AT_SPREAD = float(t4_quantile((1 + SPREAD_AT) / 2))
_THETAS: FloatArray = np.geomspace(0.003, 0.6, 40)
#: No lesson makes a mean or percentile surer than this, however alike its years were.
LEAST_SPREAD = 0.02
_SPREADS: FloatArray = np.geomspace(LEAST_SPREAD, 0.5, 24)


@dataclass(frozen=True)
class Trial:
    """A forecast whose outcome is known. `month` 1..11 is the month at whose end it is made."""

    city: str
    year: int
    month: int
    case: Case
    actual: float  # the year's figure
    last: float  # last year's
    so_far: float  # the figure of the days so far
    rest: FloatArray  # the remaining days that came to be valid
    percent: int

    @cached_property
    def curves(self) -> FloatArray:
        """The curves of the percentile, which every learning and scoring of this trial shares."""
        return percentile_curves(self.case, self.percent)


@dataclass(frozen=True)
class Score:
    """How the forecasts of one month did. Shares are 0..1, errors relative (good days: points; heavy days: days)."""

    trials: int
    brier: float
    brier_naive: float
    brier_base: float
    coverage: float
    committed: int
    wrong: float  # of the committed calls
    crps: float
    error: float  # mean absolute error of the median
    bins: Sequence[tuple[float, int, int]] = field(default=(), repr=False)  # forecast probability, trials, met

    @property
    def skill_naive(self) -> float | None:
        """Brier skill against calling the year-to-date figure the year's; None where that is never wrong."""
        return 1 - self.brier / self.brier_naive if self.brier_naive else None

    @property
    def skill_base(self) -> float | None:
        """Brier skill against the share of trials that met their cap, known in hindsight: the hardest constant. None
        where all of them did, or none."""
        return 1 - self.brier / self.brier_base if self.brier_base else None

    @property
    def passes(self) -> bool:
        """Whether the forecast may be shown by this score (the gate)."""
        return (
            (self.skill_naive or 0) > 0
            and (self.skill_base or 0) > 0
            and self.coverage >= LEAST_COVERAGE
            and self.wrong <= MOST_WRONG
        )

    def as_row(self) -> dict[str, Any]:
        """The score as a flat record, rounded for print."""
        numbers = {name: value for name, value in asdict(self).items() if name != "bins"}
        rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in numbers.items()}
        rounded["bins"] = " ".join(f"{p}:{met}/{trials}" for p, trials, met in self.bins)
        skills = {"skill_naive": self.skill_naive, "skill_base": self.skill_base}
        printed = {name: None if skill is None else round(skill, 4) for name, skill in skills.items()}
        return {**rounded, **printed, "passes": self.passes}


# ---- trials ----------------------------------------------------------------------------------------------------------


def trials_of(series: Series, histories: Histories) -> list[Trial]:
    """Every trial that the histories allow: the target year and the one before it complete."""
    found: list[Trial] = []
    for city, years in sorted(histories.items()):
        complete = {year for year, days in years.items() if is_complete(days)}
        for year in sorted(complete):
            if year - 1 in complete:
                found += _trials_of_year(series, city, year, years)
    return found


def _trials_of_year(series: Series, city: str, year: int, years: Mapping[int, FloatArray]) -> Iterator[Trial]:
    days = years[year]
    actual, last = figure_of(series, days), figure_of(series, years[year - 1])
    for month, elapsed in enumerate(MONTH_ENDS[:11], start=1):
        case = case_of(days, elapsed, years, year)
        if case is not None:
            rest = days[elapsed:]
            so_far = figure_of(series, case.days)
            yield Trial(city, year, month, case, actual, last, so_far, rest[~np.isnan(rest)], series.percent)


def figure_of(series: Series, days: FloatArray) -> float:
    """The figure of some days (366,): their mean, share of good days in %, percentile; of heavy days how many a year
    there would be at this rate."""
    known = days[~np.isnan(days)]
    if series.method == "percentile":
        return float(np.percentile(known, series.percent))
    if series.method == "mean":
        return float(known.mean())
    return float(known.mean() * (SLOTS - 1)) if series.counts else float(100 * (1 - known.mean()))


def cap_of(series: Series, last: float) -> float:
    """The plan's number, known beforehand from last year's figure."""
    if series.method == "days" and not series.counts:
        return min(100.0, last + POINTS_MORE)
    return last * CAP_FACTOR


def attained(series: Series, value: FloatArray | float, cap: float) -> FloatArray:
    """Whether values attain the cap: a floor for good days."""
    is_floor = series.method == "days" and not series.counts
    return np.asarray(np.asarray(value) >= cap if is_floor else np.asarray(value) <= cap, dtype=np.float64)


# ---- learning --------------------------------------------------------------------------------------------------------


def learn(series: Series, trials: Collection[Trial], *, drifts: bool = True) -> PooledNumbers:
    """The pooled numbers from trials. ValueError when a month has none.

    Without `drifts` none is learned and the spread is that about zero: for numbers that are to serve in other years
    than those that taught them.
    """
    by_month = [[trial for trial in trials if trial.month == month] for month in range(1, 12)]
    rows = [_learn_month(series, found, drifts=drifts) for found in by_month]
    spread, shape, share, drift = np.array(rows).T
    return PooledNumbers(spread, shape, share, drift, years=len({trial.year for trial in trials}))


def _learn_month(series: Series, trials: Sequence[Trial], *, drifts: bool) -> tuple[float, float, float, float]:
    """(spread, shape, share, drift) of one month end."""
    if not trials:
        raise ValueError("no trial to learn from")
    if series.method == "mean":
        return _learn_mean(series, trials, drifts=drifts)
    if series.method == "percentile":
        return _learn_percentile(trials), 0.0, 0.0, 0.0
    return _learn_days(series, trials, drifts=drifts)


def _bare(trial: Trial, share: float = 0.0, shape: float = 0.0) -> MonthNumbers:
    """What was chosen for the month of a trial, with nothing learned yet but share and shape."""
    flat = np.zeros(11)
    return PooledNumbers(flat, flat + shape, flat + share, flat, 1).at(trial.case.elapsed)


def _learn_mean(series: Series, trials: Sequence[Trial], *, drifts: bool) -> tuple[float, float, float, float]:
    shape = float(np.mean([mean_shape(trial.case) for trial in trials]))
    errors = np.array([np.log(t.rest.mean()) - mean_remainder(series, t.case, _bare(t, shape=shape)) for t in trials])
    drift = _drift(trials, errors) if drifts else 0.0
    ages, factors = (np.array([getattr(t.case, name) for t in trials]) for name in ("mean_age", "variance_factor"))
    spread = float(np.quantile(np.abs(errors - drift * ages) / np.sqrt(factors), SPREAD_AT)) / _T_AT_SPREAD
    spread = max(spread, LEAST_SPREAD)
    return spread, shape, 0.0, drift


def _drift(trials: Sequence[Trial], errors: FloatArray) -> float:
    """The change a year of age, each target year one observation, drawn to zero by DRIFT_PRIOR."""
    by_year: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for trial, error in zip(trials, errors, strict=True):
        by_year[trial.year].append((float(error), trial.case.mean_age))
    means = np.array([np.mean(pairs, axis=0) for pairs in by_year.values()])
    return float((means[:, 0] * means[:, 1]).sum() / ((means[:, 1] ** 2).sum() + DRIFT_PRIOR))


def _learn_days(series: Series, trials: Sequence[Trial], *, drifts: bool) -> tuple[float, float, float, float]:
    rest = np.concatenate([trial.rest for trial in trials])
    share = float((rest.sum() + 0.5) / (len(rest) + 1))
    shape = float(np.mean([days_shape(trial.case, share) for trial in trials]))
    logits = np.array([days_remainder(series, trial.case, _bare(trial, share, shape)) for trial in trials])
    seen = np.array([(t.rest.sum() + 10 * share) / (len(t.rest) + 10) for t in trials])
    drift = _drift(trials, np.log(seen / (1 - seen)) - logits) if drifts else 0.0
    likelihood = np.zeros(len(_THETAS))
    for trial, logit in zip(trials, logits, strict=True):
        p = 1 / (1 + np.exp(-(logit + drift * trial.case.mean_age)))
        likelihood += _log_likelihood(trial, float(p))
    return float(_THETAS[int(likelihood.argmax())]), shape, share, drift


def _log_likelihood(trial: Trial, p: float) -> FloatArray:
    """Of the number of days that came, for each of _THETAS, up to a constant."""
    size = 1 / np.minimum(0.9, _THETAS * trial.case.variance_factor) - 1
    count, total = int(trial.rest.sum()), len(trial.rest)
    rising = [np.log(start[:, None] + np.arange(n)).sum(axis=1) for start, n in (
        (p * size, count), ((1 - p) * size, total - count), (size, total))]  # fmt: skip
    return np.asarray(rising[0] + rising[1] - rising[2], dtype=np.float64)


def _learn_percentile(trials: Sequence[Trial]) -> float:
    """The spread with the least continuous ranked probability score."""
    totals = np.zeros(len(_SPREADS))
    for trial in trials:
        moves = level_moves(trial.case, _bare(trial))
        factor = np.sqrt(trial.case.variance_factor)
        for place, spread in enumerate(_SPREADS):
            ensemble = mixture(trial.curves, trial.case, moves + spread * factor * T4_QUANTILES)
            totals[place] += crps(ensemble, trial.actual) / trial.actual
    return float(_SPREADS[int(totals.argmin())])


# ---- scoring ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    """What one trial gave: forecast probability, naive call, whether the cap was met, and the errors."""

    month: int
    probability: float
    naive: float
    met: float
    covered: float
    crps: float
    error: float


def call_of(series: Series, trial: Trial, numbers: PooledNumbers) -> Call:
    """The forecast of a trial against its outcome."""
    if series.method == "percentile":
        ensemble = percentile_outcomes(series, trial.case, numbers, trial.curves)
    else:
        ensemble = outcomes(series, trial.case, numbers)
    actual = trial.rest.sum() + np.nansum(trial.case.days) if series.counts else trial.actual
    cap = cap_of(series, trial.last)
    low, middle, high = np.quantile(ensemble, (0.1, 0.5, 0.9))
    scale = 1.0 if series.method == "days" else float(actual)
    return Call(
        trial.month,
        float(attained(series, ensemble, cap).mean()),
        float(attained(series, trial.so_far, cap)),
        float(attained(series, float(actual), cap)),
        float(low <= actual <= high),
        crps(ensemble, float(actual)) / scale,
        abs(float(middle) - float(actual)) / scale,
    )


def crps(ensemble: FloatArray, actual: float) -> float:
    """The continuous ranked probability score of an ascending ensemble, as twice the mean quantile loss."""
    short = actual - ensemble
    return float(2 * np.mean(np.where(short > 0, LEVELS * short, (LEVELS - 1) * short)))


def score(calls: Sequence[Call]) -> Score:
    """The score of one month's calls. ValueError without any."""
    if not calls:
        raise ValueError("no call to score")
    p, naive, met = (np.array([getattr(one, name) for one in calls]) for name in ("probability", "naive", "met"))
    committed = (p >= LIKELY) | (p <= UNLIKELY)
    wrong = ((p >= LIKELY) & (met == 0)) | ((p <= UNLIKELY) & (met == 1))
    base = met.mean()
    return Score(
        trials=len(calls),
        brier=float(((p - met) ** 2).mean()),
        brier_naive=float(((naive - met) ** 2).mean()),
        brier_base=float(base * (1 - base)),
        coverage=float(np.mean([one.covered for one in calls])),
        committed=int(committed.sum()),
        wrong=float(wrong.sum() / max(1, committed.sum())),
        crps=float(np.mean([one.crps for one in calls])),
        error=float(np.mean([one.error for one in calls])),
        bins=_bins(p, met),
    )


def _bins(p: FloatArray, met: FloatArray) -> list[tuple[float, int, int]]:
    """Calibration by tenths: mean forecast probability, trials, how many met their cap."""
    place = np.minimum((p * 10).astype(int), 9)
    return [
        (round(float(p[place == n].mean()), 4), int((place == n).sum()), int(met[place == n].sum()))
        for n in range(10)
        if (place == n).any()
    ]


def backtest(series: Series, trials: Sequence[Trial], protocol: Protocol) -> dict[int, Score]:
    """Scores by month, the numbers learned on one half of the cities and scored on the other, CUTS times.

    Empty where the histories are too few: two cities and, strict, two target years are the least.

    In words: past years are forecast as if their end were not known, with numbers learned on other cities and on
    earlier (or all other) years; a month's forecast is shown only if it beats both the year-to-date call and the base
    rate, its 80 % range covers at least 72 %, and at most 10 % of its calls are wrong.
    方法：对已结束的年份按当时所知作展望，参数只用另一半城市、且只用更早（或其余）年份学习；某月的展望只有同时优于“只看累计值”
    和“只看历史比例”、八成区间覆盖不少于72%、表态出错不超过10%才显示。
    依据：自定；成绩见“预测记录”页
    """
    cities = sorted({trial.city for trial in trials})
    calls: dict[int, list[Call]] = defaultdict(list)
    for cut in range(CUTS):
        shuffled = np.random.default_rng(cut).permutation(cities).tolist()
        halves = shuffled[::2], shuffled[1::2]
        for taught, scored in (halves, halves[::-1]):
            for call in _calls(series, trials, set(taught), set(scored), protocol):
                calls[call.month].append(call)
    return {month: _once(score(found)) for month, found in sorted(calls.items())}


def _once(found: Score) -> Score:
    """The score with its trials counted once, not once a cut."""
    bins = [(p, round(trials / CUTS), round(met / CUTS)) for p, trials, met in found.bins]
    return replace(found, trials=found.trials // CUTS, committed=round(found.committed / CUTS), bins=bins)


def _calls(
    series: Series, trials: Sequence[Trial], taught: set[str], scored: set[str], protocol: Protocol
) -> Iterator[Call]:
    for year in sorted({trial.year for trial in trials}):
        others = [
            trial
            for trial in trials
            if trial.city in taught and (trial.year < year if protocol == "strict" else trial.year != year)
        ]
        if len({trial.month for trial in others}) == len(MONTH_ENDS) - 1:
            numbers = learn(series, others)  # with the drift of the years that taught them
            yield from (
                call_of(series, trial, numbers) for trial in trials if trial.year == year and trial.city in scored
            )


def score_numbers(series: Series, trials: Sequence[Trial], numbers: PooledNumbers) -> dict[int, Score]:
    """Scores by month of numbers that were learned elsewhere."""
    calls: dict[int, list[Call]] = defaultdict(list)
    for trial in trials:
        calls[trial.month].append(call_of(series, trial, numbers))
    return {month: score(found) for month, found in sorted(calls.items())}
