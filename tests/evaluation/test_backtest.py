"""The test of the forecast itself: it learns from the past only, and its gate can close."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest
from django.core.management import call_command

from evaluation.backtest import (
    IN_USE,
    LEAST_COVERAGE,
    LEAST_SPREAD,
    MOST_WRONG,
    Call,
    backtest,
    cap_of,
    crps,
    figure_of,
    learn,
    score,
    trials_of,
)
from evaluation.forecast import LEVELS, MONTH_ENDS, OUTCOMES, SERIES, SLOTS, PooledNumbers
from evaluation.lessons import Lesson, lesson_from, shipped, teach

PM25, GOOD, HEAVY, O3 = (SERIES[name] for name in ("pm25", "good_days", "heavy_days", "o3_8h"))


def weather(city: int, year: int, mean: float = 40.0, shift: float = 0.0) -> np.ndarray:
    """An invented year: a season, the shift of the city's year, and noise."""
    random = np.random.default_rng([city, year])
    common = random.normal(0, 0.08)
    season = 1 + 0.5 * np.cos(2 * np.pi * np.arange(SLOTS) / SLOTS)
    days = mean * season * np.exp(common + shift + random.normal(0, 0.3, SLOTS))
    days[MONTH_ENDS[1] - 1] = np.nan
    return days


def histories(cities: int = 12, years: range = range(2014, 2019)) -> dict[str, dict[int, np.ndarray]]:
    """Invented histories of some cities."""
    return {f"city {n}": {year: weather(n, year, 25 + 3 * n) for year in years} for n in range(cities)}


def calls(pairs: list[tuple[float, int]], naive: float = 0.0, covered: float = 1.0) -> list[Call]:
    """Calls by (probability, met)."""
    return [Call(7, p, naive, met, covered, 0.01, 0.01) for p, met in pairs]


# ---- trials ----------------------------------------------------------------------------------------------------------


def test_a_trial_knows_nothing_of_its_future():
    history = histories(1)
    before = {(t.year, t.month): t.case for t in trials_of(PM25, history)}
    for year in (2017, 2018):
        history["city 0"][year] = history["city 0"][year].copy()
        history["city 0"][year][MONTH_ENDS[6] :] *= 3  # everything after July 2017 turns out otherwise
    history["city 0"][2018] = history["city 0"][2018] * 2
    after = {(t.year, t.month): t.case for t in trials_of(PM25, history)}
    for month in range(1, 8):
        for name in ("days", "past", "ages"):
            then, now = (getattr(cases[2017, month], name) for cases in (before, after))
            assert np.array_equal(then, now, equal_nan=True)


def test_a_target_year_and_the_one_before_must_be_complete():
    history = histories(1)
    history["city 0"][2016] = np.where(np.arange(SLOTS) < 200, history["city 0"][2016], np.nan)
    assert {trial.year for trial in trials_of(PM25, history)} == {2015, 2018}
    assert {trial.month for trial in trials_of(PM25, history)} == set(range(1, 12))


def test_caps_are_known_beforehand():
    assert cap_of(PM25, 40.0) == pytest.approx(38.8)
    assert cap_of(GOOD, 80.0) == 81.0
    assert cap_of(GOOD, 99.8) == 100.0
    assert cap_of(O3, 160.0) == pytest.approx(155.2)


def test_figures_of_a_year():
    days = np.full(SLOTS, np.nan)
    days[:100] = [1] * 20 + [0] * 80
    assert figure_of(GOOD, days) == 80.0
    assert figure_of(HEAVY, days) == pytest.approx(0.2 * 365)
    days[:3] = [10, 20, 30]
    assert figure_of(PM25, np.where(np.arange(SLOTS) < 3, days, np.nan)) == 20.0


# ---- scores ----------------------------------------------------------------------------------------------------------


def test_the_brier_score_by_hand():
    """(0.9-1)² = 0.01, (0.9-0)² = 0.81, (0.1-0)² = 0.01: 0.83/3; base rate 1/3: 2/9; naive always no: 1/3."""
    found = score(calls([(0.9, 1), (0.9, 0), (0.1, 0)]))
    assert found.brier == pytest.approx(0.83 / 3)
    assert found.brier_base == pytest.approx(2 / 9)
    assert found.brier_naive == pytest.approx(1 / 3)
    assert (found.committed, found.wrong) == (3, pytest.approx(1 / 3))
    assert not found.passes


def test_the_crps_of_an_ensemble_against_its_definition():
    """∫(F(x) - 1{x ≥ actual})² dx, summed finely."""
    ensemble = np.sort(np.random.default_rng(3).normal(30, 4, OUTCOMES))
    x = np.linspace(0, 60, 60_001)
    below = np.searchsorted(ensemble, x, side="right") / OUTCOMES
    naive = float((((below - (x >= 33.0)) ** 2)[:-1] * np.diff(x)).sum())
    assert crps(ensemble, 33.0) == pytest.approx(naive, rel=0.01)
    assert LEVELS.mean() == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("pairs", "naive", "covered", "passes"),
    [
        ([(0.9, 1)] * 9 + [(0.1, 0)] * 9, 0.0, 1.0, True),
        ([(0.9, 1)] * 9 + [(0.1, 0)] * 9, 0.0, LEAST_COVERAGE - 0.01, False),
        ([(0.9, 1)] * 8 + [(0.9, 0)] * 2 + [(0.1, 0)] * 8, 0.0, 1.0, False),  # 2 of 18 calls wrong
        ([(0.5, 1)] * 9 + [(0.5, 0)] * 9, 0.0, 1.0, False),  # no better than the base rate
        ([(0.7, 1)] * 9 + [(0.3, 0)] * 9, 1.0, 1.0, True),
    ],
)
def test_the_gate_opens_and_closes(pairs, naive, covered, passes):
    assert score(calls(pairs, naive, covered)).passes is passes
    assert MOST_WRONG == 0.10


# ---- learning --------------------------------------------------------------------------------------------------------


def test_strict_learning_takes_earlier_years_only(monkeypatch):
    seen: list[tuple[set[int], set[str]]] = []

    def watched(series, trials, **more):
        seen.append(({trial.year for trial in trials}, {trial.city for trial in trials}))
        return learn(series, trials, **more)

    monkeypatch.setattr("evaluation.backtest.learn", watched)
    trials = trials_of(PM25, histories(4))
    found = backtest(PM25, trials, "strict")
    assert set(found) == set(range(1, 12))
    assert {frozenset(years) for years, _cities in seen} == {
        frozenset({2015}), frozenset({2015, 2016}), frozenset({2015, 2016, 2017})}  # fmt: skip
    assert all(len(cities) == 2 for _years, cities in seen)  # one half
    seen.clear()
    backtest(PM25, trials, "leave one year out")
    assert all(len(years) == 3 for years, _cities in seen)


def test_a_drift_is_found_and_drawn_to_zero():
    """Each year 10 % below the one before: ln 0.9 = -0.105 a year of age, of which the prior leaves a part."""
    falling = {
        city: {year: days * 0.9 ** (year - 2014) for year, days in years.items()}
        for city, years in histories(10, range(2014, 2020)).items()
    }
    trials = trials_of(PM25, falling)
    drift = learn(PM25, trials).drift
    assert (drift < -0.02).all()
    assert (drift > -0.105).all()
    assert (learn(PM25, trials, drifts=False).drift == 0).all()


def test_the_spread_that_made_the_histories_is_found_again():
    """The remainder of an invented year scatters by the year's shift (0.08) about the past: at the end of January the
    learned spread must be of that size."""
    trials = trials_of(PM25, histories(20, range(2010, 2019)))
    spread = learn(PM25, trials).spread[0]
    assert 0.05 < spread < 0.16


def test_years_that_repeat_themselves_make_nobody_certain():
    same = {f"city {n}": dict.fromkeys(range(2014, 2018), weather(n, 2014)) for n in range(4)}
    assert learn(PM25, trials_of(PM25, same)).spread == pytest.approx(np.full(11, LEAST_SPREAD))


@pytest.mark.parametrize("figure", ["pm25", "good_days", "heavy_days", pytest.param("o3_8h", marks=pytest.mark.long)])
def test_forecasts_of_invented_weather_cover_what_they_promise(figure):
    series = SERIES[figure]
    made = histories(10, range(2014, 2019))
    if series.method == "days":
        bound = 90 if series.counts else 55
        made = {
            city: {year: np.where(np.isnan(days), np.nan, (days > bound) * 1.0) for year, days in years.items()}
            for city, years in made.items()
        }
    found = backtest(series, trials_of(series, made), "strict")
    coverage = np.mean([one.coverage for one in found.values()])
    assert 0.7 < coverage < 1.0
    errors = [one.error for one in found.values()]
    assert errors[10] < errors[0]  # November knows more than January


# ---- lessons ---------------------------------------------------------------------------------------------------------


def row(month: int, passes: bool, protocol: str = "strict") -> dict[str, object]:
    """A score as a lesson keeps it."""
    return {"figure": "pm25", "set": "a", "protocol": protocol, "month": month, "passes": passes}


def test_a_month_speaks_only_where_every_score_passes_and_it_does_not_stand_alone():
    flat = np.ones(11)
    pooled = PooledNumbers(flat, flat, flat, flat, 3)
    good = {1, 4, 5, 6, 8, 10, 11}
    scores = [row(month, month in good) for month in range(1, 12)]
    scores += [row(month, month != 5, "leave one year out") for month in range(1, 12)]
    lesson = Lesson({"pm25": pooled}, scores, "a")
    assert lesson.months["pm25"] == {10, 11}  # 5 fails in one way; 1, 4, 6 and 8 stand alone then
    assert not lesson.may_speak("pm25", 12)
    assert not lesson.may_speak("o3_8h", 10)


def test_a_lesson_survives_its_storage():
    lesson = teach({"own": {"pm25": histories(6)}}, "invented", drifts=True)
    again = lesson_from(lesson.as_json())
    assert again.months == lesson.months
    assert again.numbers["pm25"].spread == pytest.approx(lesson.numbers["pm25"].spread, abs=1e-4)
    assert again.numbers["pm25"].years == 4
    assert {one["protocol"] for one in lesson.scores} == {"strict", "leave one year out", IN_USE}


def test_what_ships_names_its_source_and_keeps_its_own_gate():
    lesson = shipped()
    assert "183 cities" in lesson.source
    assert set(lesson.numbers) == {"pm25", "pm10", "good_days", "heavy_days", "o3_8h"}
    assert all((numbers.drift == 0).all() for numbers in lesson.numbers.values())
    for figure, months in lesson.months.items():
        for one in lesson.scores:
            if one["figure"] == figure and int(one["month"]) in months:
                assert float(one["skill_naive"]) > 0
                assert float(one["skill_base"]) > 0
                assert float(one["coverage"]) >= 0.72
                assert float(one["wrong"]) <= 0.10
    assert {5, 6, 7} <= lesson.months["pm25"]  # the aim: PM2.5 from May


@pytest.mark.long
def test_the_shipped_scores_are_those_of_the_real_histories(shared, tmp_path):
    """`manage.py backtest` on the histories beside the checkout gives the very files that ship."""
    folders = [
        shared / "data" / name / "cities_daily.tar.gz" for name in ("air_daily_2013_2017", "air_daily_2014_2021")
    ]
    with (tmp_path / "out").open("w") as out:
        call_command("backtest", *map(str, folders), "--save", str(tmp_path), stdout=out)
    for name in ("forecast_numbers.csv", "forecast_scores.csv"):
        kept = resources.files("evaluation").joinpath("tables", name).read_text(encoding="utf-8")
        assert (tmp_path / name).read_text(encoding="utf-8") == kept
