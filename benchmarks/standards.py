"""The standards: days a second through the AQI against aqi-hub, and a national year from hours to ranks."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

import numpy as np
import numpy.typing as npt
from aqi_hub.aqi_cn.aqi import cal_aqi_cn, cal_primary_pollutant

from evaluation import air, air_days, air_years
from evaluation.calendar import days_of_year
from evaluation.comparison import ranks
from evaluation.rounding import IntArray

DAYS = 1_000_000
YARDSTICK_DAYS = 50_000

CITIES, SITES = 337, 1600


def run() -> Iterator[str]:
    """Both measurements; the second on made-up hours."""
    yield from _aqi()
    yield from _national_year()


def _aqi() -> Iterator[str]:
    """A million days of six pollutants, AQI with primary pollutant; aqi-hub takes a part of them, one by one."""
    random = np.random.default_rng(1)
    printed = {
        name: random.integers(0, 50, DAYS) / 10 if name == "co" else random.integers(0, 150, DAYS).astype(np.float64)
        for name in air.SIX
    }
    figures = {name: np.round(values * air.DAY_SCALE).astype(np.int64) for name, values in printed.items()}
    took = []
    for _ in range(3):
        began = time.perf_counter()
        found = air.aqi_of_days(figures, "HJ 633-2026")
        found.primary  # noqa: B018 worked out when first asked for
        took.append(time.perf_counter() - began)
    ours = DAYS / min(took)
    part: list[Sequence[float]] = [printed[name][:YARDSTICK_DAYS].tolist() for name in air.SIX]
    began = time.perf_counter()
    theirs_found = [_theirs(*day) for day in zip(*part, strict=True)]
    theirs = YARDSTICK_DAYS / (time.perf_counter() - began)
    differ = [n for n, aqi in enumerate(theirs_found) if aqi != found.aqi[n]]
    wrong = sum(int(found.aqi[n]) != _exact(printed, n) for n in differ)
    yield (
        f"AQI of days, with primary pollutant: {ours:,.0f} days/s; yardstick aqi-hub 0.3.3 {theirs:,.0f} days/s: "
        f"{ours / theirs:.0f} times; {len(differ)} of {YARDSTICK_DAYS:,} differ (its SO2 of a day goes by limits of "
        f"an hour, its CO is rounded up from floats), {wrong} of them are wrong by the exact reference"
    )


def _exact(printed: Mapping[str, npt.NDArray[np.float64]], day: int) -> int | None:
    figures = {name: Decimal(repr(round(float(values[day]), 1))) for name, values in printed.items()}
    return air.daily_report(figures, date(2026, 6, 1)).aqi


def _theirs(pm25: float, pm10: float, so2: float, no2: float, co: float, o3: float) -> int:
    aqi, indices = cal_aqi_cn(pm25, pm10, so2, no2, co, o3, data_type="daily")
    cal_primary_pollutant(indices)
    return aqi


def _national_year() -> Iterator[str]:
    """1,600 sites in 337 cities, 8,760 hours, six pollutants: city days, annual figures, ranks; city by city."""
    days = days_of_year(2021)
    random = np.random.default_rng(2)
    sites = [SITES // CITIES + (city < SITES % CITIES) for city in range(CITIES)]
    making = 0.0
    began = time.perf_counter()
    years = {}
    for city, stations in enumerate(sites):
        start = time.perf_counter()
        hours = _hours(random, stations, len(days))
        making += time.perf_counter() - start
        years[city] = air_years.air_year(air_days.city_days(hours, days).figures, days)
    placed = ranks({city: year.composite.index for city, year in years.items() if year.composite is not None})
    took = time.perf_counter() - began - making
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield (
        f"a national year ({SITES} sites x {24 * len(days)} hours x 6 pollutants) to city days, annual figures and "
        f"{len(placed)} ranks: {took:.1f} s, peak {peak:,.0f} MB, besides {making:.1f} s for making up the hours"
    )


def _hours(random: np.random.Generator, stations: int, days: int) -> dict[str, IntArray]:
    found = {}
    for name in ("pm25", "pm10", "so2", "no2", "co", "o3"):
        values = random.integers(0, 3_000 if name == "co" else 200_000, (stations, days, 24), dtype=np.int64)
        values[random.random(values.shape) < 0.03] = air.MISSING
        found[name] = values
    return found
