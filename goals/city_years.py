"""A city's days as the year that the evaluation judges. Pure but for the shape that the selectors give."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evaluation.air import DAY_SCALE, GOOD_DAY_AQI, HEAVY_DAY_AQI
from evaluation.air_years import COLUMN_OF, DUST_SENSITIVE
from evaluation.forecast import is_complete, slots_of
from evaluation.progress import CityYear
from evaluation.rounding import IntArray
from evaluation.validity import ValidityProfile
from indicators.known_days import CityDays
from indicators.models import Indicator

#: The columns of city days that leave dust and exceptional days out.
DUST_COLUMNS = tuple(COLUMN_OF[name] for name in DUST_SENSITIVE)


class Counted(NamedTuple):
    """Which of some days are valid for a daily statistic, and what each adds to it (0 or 1 for a count of days)."""

    valid: npt.NDArray[np.bool_]
    adds: IntArray


def counted(days: CityDays, figure: str) -> Counted:
    """What days are to the statistic of a figure."""
    if figure not in days.worked_out:
        days.worked_out[figure] = _counted(days, figure)
    found: Counted = days.worked_out[figure]
    return found


def is_whole(days: CityDays, figure: str) -> bool:
    """Whether the days of a finished year are enough for it to stand beside this one."""
    name = f"{figure} is whole"
    if name not in days.worked_out:
        valid = counted(days, figure).valid
        days.worked_out[name] = is_complete(slots_of(days.first, np.where(valid, 1.0, np.nan)))
    found: bool = days.worked_out[name]
    return found


def _counted(days: CityDays, figure: str) -> Counted:
    if figure in days.figures:
        values = days.figures[figure]
        return Counted(values >= 0, np.where(values >= 0, values, 0))
    valid = days.aqi >= 0
    counts = {
        "good_days": days.aqi <= GOOD_DAY_AQI,
        "bad_days": days.aqi > GOOD_DAY_AQI,
        "heavy_days": days.aqi > HEAVY_DAY_AQI,
    }[figure]
    return Counted(valid, (valid & counts).astype(np.int64))


def measured_by_month(first: date, measured: npt.NDArray[np.bool_]) -> dict[int, int]:
    """How many of consecutive days are measured, by month: `days_by_month` for many."""
    counts = np.bincount(_months(first, len(measured))[measured], minlength=13)
    return {month: int(number) for month, number in enumerate(counts) if number}


@lru_cache(maxsize=256)
def _months(first: date, length: int) -> IntArray:
    return np.array([(first + timedelta(days=n)).month for n in range(length)], dtype=np.int64)


def city_year(days: CityDays, indicator: Indicator, year: int, until: date, profile: ValidityProfile) -> CityYear:
    """A city's year up to a day. Days after the last one with data are yet to come; those before it are missing.

    In a year that is over nothing is yet to come. Dust days that were left out are neither valid nor missing; they
    were measured, so they count where the data must suffice.
    """
    length = min(days.length, max(0, (until - days.first).days + 1))
    all_valid, all_adds = counted(days, indicator.figure)
    valid, adds = all_valid[:length], all_adds[:length]
    takes_out = indicator.figure in DUST_COLUMNS
    left_out = days.excluded[:length] if takes_out else np.zeros(length, dtype=np.bool_)
    measured = valid | left_out
    in_year = (date(year, 12, 31) - date(year, 1, 1)).days + 1
    closed = until == date(year, 12, 31)
    known_until = in_year if closed else int(np.flatnonzero(measured)[-1]) + 1 if measured.any() else 0
    number = int(valid.sum())
    is_concentration = indicator.figure in days.figures
    scale = DAY_SCALE if is_concentration else 1
    wants_values = indicator.statistic == "percentile"
    return CityYear(
        total=Fraction(int(adds.sum()), scale),
        valid=number,
        remaining=in_year - known_until,
        missing=known_until - number - int(left_out.sum()),
        sufficient=profile.so_far_suffices(measured_by_month(days.first, measured), until, indicator.figure),
        values=tuple(np.sort(adds[valid]).tolist()) if wants_values else (),
        scale=scale,
    )
