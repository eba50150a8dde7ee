"""Whether a file's hours can be what their headers say; a file that cannot is held back whole, for a person. Pure.

Own rules (R): a wrong unit or a swapped column shifts a whole series by far more than weather does.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from evaluation.air import HOUR_SCALE, iaqi
from evaluation.calendar import day_of
from evaluation.rounding import IntArray
from indicators.columns import HOUR_ITEMS, Observations
from ingest.schema import BoolArray, GivenAqi
from ingest.tidy import Finding

#: So many values of an item must a file have of a site, and so many the days before, for their level to say anything.
LEAST_VALUES, LEAST_HISTORY = 12, 3
#: Between a site's median and that of the days before: mg/m³ for µg/m³ makes 1000, dust or a typhoon's rain not 50.
#: What one site does may be its own; what most sites of a file do together is the file's.
JUMP_OF_ONE, JUMP_OF_MOST = 200, 50
#: So many sites make "most" mean something.
LEAST_SITES = 5
#: Half of what separates two neighbouring breakpoints of the index at their closest.
AQI_TOLERANCE = 10
#: Fine particles are part of the coarse ones: instruments disagree in single hours, not in most hours of a file.
FINE_ABOVE_COARSE_SHARE = 0.5


def doubts(rows: Observations, before: Observations, given: Sequence[GivenAqi] = ()) -> list[Finding]:
    """What makes a file doubtful: findings without a row, for they speak of a whole series; empty for a plausible one.

    `before`: the same sites' hours of the days before the file. `given`: hours with the AQI that the file itself gives.
    """
    return [*_fine_above_coarse(rows), *_jumps(rows, before), *_aqi_differs(given)]


def _aqi_differs(given: Sequence[GivenAqi]) -> list[Finding]:
    """An hour's index follows from its six values, so most of those given must be those worked out."""
    differ = sum(abs(hour_aqi(one) - one.aqi) > AQI_TOLERANCE for one in given)
    if len(given) < LEAST_VALUES or differ <= len(given) / 2:
        return []
    details: dict[str, str | int] = {"rows": differ, "count": len(given)}
    return [Finding("aqi_differs", column="AQI", original=str(given[0].aqi), details=details)]


def hour_aqi(one: GivenAqi) -> int:
    """The index that monitoring centres print for an hour: gases by their limits of an hour, particles by the
    breakpoints of a day (HJ 633-2026 4.2.4; before 2026 the custom, as HJ 633-2012 has none of an hour for them)."""
    day = day_of(one.ts)
    values = {item: Decimal(value) / HOUR_SCALE for item, value in zip(HOUR_ITEMS, one.values, strict=True)}
    averaging = {"PM2.5": "24h", "PM10": "24h"}
    return max(iaqi(item, averaging.get(item, "1h"), value, day) or 0 for item, value in values.items())


def _fine_above_coarse(rows: Observations) -> list[Finding]:
    fine, coarse = rows.values[:, HOUR_ITEMS.index("PM2.5")], rows.values[:, HOUR_ITEMS.index("PM10")]
    both = (fine >= 0) & (coarse >= 0)
    above = int((fine[both] > coarse[both]).sum())
    if both.sum() < LEAST_VALUES or above <= FINE_ABOVE_COARSE_SHARE * both.sum():
        return []
    return [Finding("fine_above_coarse", column="PM2.5", details={"rows": above, "count": int(both.sum())})]


def _jumps(rows: Observations, before: Observations) -> list[Finding]:
    found = []
    for item, name in enumerate(HOUR_ITEMS):
        sites, now = _medians(rows.site, rows.values[:, item], LEAST_VALUES)
        known, then = _medians(before.site, before.values[:, item], LEAST_HISTORY)
        _both, at, there = np.intersect1d(sites, known, assume_unique=True, return_indices=True)
        level, usual = now[at], then[there]
        alone, together = _beyond(level, usual, JUMP_OF_ONE), _beyond(level, usual, JUMP_OF_MOST)
        jumped = together if len(level) >= LEAST_SITES and 2 * together.sum() > len(level) else alone
        if jumped.any():
            first = int(np.flatnonzero(jumped)[0])
            details: dict[str, str | int] = {
                "count": int(jumped.sum()),
                "before": format(usual[first] / HOUR_SCALE, ".4g"),
                "now": format(level[first] / HOUR_SCALE, ".4g"),
            }
            found.append(Finding("level_jumps", column=name, details=details))
    return found


def _beyond(level: IntArray, usual: IntArray, times: int) -> BoolArray:
    return (level > 0) & (usual > 0) & ((level > times * usual) | (level * times < usual))


def _medians(site: IntArray, values: IntArray, least: int) -> tuple[IntArray, IntArray]:
    """The sites with at least so many values, and the (lower) median of each."""
    there = values >= 0
    order = np.sort(site[there] << 32 | values[there])
    sites, begins, counts = np.unique(order >> 32, return_index=True, return_counts=True)
    enough = counts >= least
    middle = begins[enough] + (counts[enough] - 1) // 2
    return sites[enough], order[middle] & 0xFFFFFFFF
