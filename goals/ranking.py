"""Places of one indicator side by side: values as printed, ranks with ties, change on last year. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

import numpy as np

from evaluation.air import DAILY_FIGURES, GOOD_DAY_AQI
from evaluation.comparison import change_percent, change_points, ranks
from goals.evidence import EvidenceRoom, Subject, as_printed
from indicators.catalogue import DAILY_STATISTICS
from indicators.known_days import CityDays
from indicators.models import Indicator
from provinces.models import Region


@dataclass(frozen=True)
class Place:
    """A region's figure. Unknown values are None; a region without one has no rank."""

    region: Region
    value: Decimal | None
    before: Decimal | None  # the same period of the year before
    change: Decimal | None  # in per cent, of shares in points
    rank: int | None
    tied: bool
    thin: bool  # too little valid data to be judged
    simulated: bool
    last: date | None
    bad_days: int | None
    causes: Sequence[tuple[str, int]]  # primary pollutants of the days above the limit, the most frequent first


def subject_of_region(region: Region, indicator: Indicator) -> Subject:
    """What the indicator means for a region by itself: its default scope, the national validity rules."""
    return Subject(region, indicator, indicator.scope_for(region, ""))


def places(
    regions: Sequence[Region], indicator: Indicator, year: int, room: EvidenceRoom, *, exceeding: bool = False
) -> list[Place]:
    """Regions by rank, the best first, those without a figure last. `exceeding`: count the days above the limit, too.

    The room must know the subjects of these regions for the year and the one before.
    """
    found = [_place(region, indicator, year, room, exceeding=exceeding) for region in regions]
    best: Literal["low", "high"] = "high" if indicator.direction == "increase" else "low"
    ranked = ranks({one.region.code: one.value for one in found if one.value is not None}, best)
    counts = {rank: list(ranked.values()).count(rank) for rank in ranked.values()}
    done = [
        _ranked(one, ranked.get(one.region.code), counts.get(ranked.get(one.region.code, 0), 0) > 1) for one in found
    ]
    return sorted(done, key=lambda one: (one.rank is None, one.rank or 0, one.region.code))


def _ranked(place: Place, rank: int | None, tied: bool) -> Place:
    return replace(place, rank=rank, tied=tied)


def _place(region: Region, indicator: Indicator, year: int, room: EvidenceRoom, *, exceeding: bool) -> Place:
    subject = subject_of_region(region, indicator)
    best = room.best(subject, year)
    if best is None:
        return Place(region, None, None, None, None, False, False, False, None, None, ())
    earlier = room.same_period(subject, year - 1, best)
    value = as_printed(best, indicator.display_places)
    before = None if earlier is None else as_printed(earlier, indicator.display_places)
    bad, causes = _exceedances(subject, room, year) if exceeding else (None, ())
    return Place(
        region=region,
        value=value,
        before=before,
        change=change_of(value, before, indicator),
        rank=None,
        tied=False,
        thin=not best.evidence.sufficient,
        simulated=best.simulated or (earlier is not None and earlier.simulated),
        last=best.last,
        bad_days=bad,
        causes=causes,
    )


def change_of(value: Decimal, before: Decimal | None, indicator: Indicator) -> Decimal | None:
    """The change on an earlier printed value: shares in points, else per cent; None without one, or on nothing."""
    if before is None:
        return None
    if indicator.unit == "%":
        return change_points(value, before)
    return None if before == 0 else change_percent(value, before)


def change_unit(indicator: Indicator) -> str:
    """In what the change is told: "%" or points ("pp")."""
    return "pp" if indicator.unit == "%" else "%"


def _exceedances(subject: Subject, room: EvidenceRoom, year: int) -> tuple[int | None, Sequence[tuple[str, int]]]:
    """The days above the limit in a city's year so far, and what led them."""
    members = room.members(subject)
    if len(members) != 1:
        return None, ()
    days = room.days(subject, members[0].code, year)
    if days is None or not (days.aqi >= 0).any():
        return None, ()
    return int((days.aqi > GOOD_DAY_AQI).sum()), led_by(days)


def led_by(city: CityDays) -> list[tuple[str, int]]:
    """The primary pollutants of the days above the limit with their days; a tie counts for each."""
    primary = np.maximum(city.primary[city.aqi > GOOD_DAY_AQI], 0)
    bits: dict[str, int] = {}
    for bit, (pollutant, _averaging) in enumerate(DAILY_FIGURES.values()):
        bits[pollutant] = bits.get(pollutant, 0) | 1 << bit
    counts = {pollutant: int(((primary & mask) > 0).sum()) for pollutant, mask in bits.items()}
    counts = {pollutant: days for pollutant, days in counts.items() if days}
    return sorted(counts.items(), key=lambda item: -item[1])


def subjects_of(regions: Sequence[Region], indicators: Sequence[Indicator]) -> list[Subject]:
    """Every indicator of every region."""
    return [subject_of_region(region, indicator) for region in regions for indicator in indicators]


def ranking_room(
    regions: Sequence[Region], indicators: Sequence[Indicator], years: Sequence[int], as_of: date | None, today: date
) -> EvidenceRoom:
    """The evidence for regions and indicators, gathered once."""
    return EvidenceRoom(subjects_of(regions, indicators), years, as_of, today)


def is_daily(indicator: Indicator) -> bool:
    """Whether the indicator comes from the days of cities."""
    return indicator.statistic in DAILY_STATISTICS
