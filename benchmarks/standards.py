"""Days a second through the AQI, against the scalar reference that the standard is read into."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date

import numpy as np

from evaluation import air

COUNT = 1_000_000


def run() -> Iterator[str]:
    """Measure the arrays on a million days, the reference on some thousand."""
    random = np.random.default_rng(1)
    figures = {name: random.integers(0, 150, COUNT) * air.DAY_SCALE for name in air.SIX}
    began = time.perf_counter()
    air.aqi_of_days(figures, "HJ 633-2012")
    ours = COUNT / (time.perf_counter() - began)
    began = time.perf_counter()
    for n in range(3000):
        for name in air.SIX:
            pollutant, averaging = air.DAILY_FIGURES[name]
            air.iaqi(pollutant, averaging, int(figures[name][n]) // air.DAY_SCALE, date(2021, 1, 1))
    theirs = 3000 / (time.perf_counter() - began)
    yield f"AQI of days: {ours:,.0f} days/s; yardstick exact scalar reference {theirs:,.0f} days/s"
