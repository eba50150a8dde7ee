"""Reading submissions, sources, and observations for people. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import pandas as pd
from django.db.models import Count, Max, Min, Q, QuerySet

from evaluation.air import DAY_SCALE, primary_pollutants
from evaluation.calendar import day_of, end_of_day
from indicators.known_days import CityDays, city_days
from indicators.models import AirDay, Extent, Indicator, Source, Submission
from memory.tables import remembered

# ---- provenance ------------------------------------------------------------------------------------------------------


def submissions_behind(regions: Iterable[str], tables: Iterable[str], first: date, last: date) -> QuerySet[Submission]:
    """The submissions that brought observations of these regions in a period, the latest first."""
    extents = Extent.objects.filter(
        region__in=list(regions),
        table__in=list(tables),
        last__gt=end_of_day(first - timedelta(days=1)),
        first__lte=end_of_day(last),
    )
    return Submission.objects.filter(pk__in=extents.order_by().values("submission")).order_by("-received_at", "-id")


_PARTLY = Q(state=Submission.State.ACCEPTED, held_back__isnull=False) & ~Q(held_back={})
_TO_CHECK = Q(state=Submission.State.HELD) | _PARTLY


@dataclass(frozen=True)
class Waiting:
    """The files that wait for a person."""

    refused: int
    last_refused_at: datetime | None
    to_check: int


@remembered(Submission)
def submissions_waiting() -> Waiting:
    """How many files were refused, or wait for somebody to look at them."""
    refused = Q(state=Submission.State.REFUSED)
    found = Submission.objects.filter(refused | _TO_CHECK).aggregate(
        refused=Count("pk", filter=refused),
        last=Max("received_at", filter=refused),
        to_check=Count("pk", filter=_TO_CHECK),
    )
    return Waiting(found["refused"], found["last"], found["to_check"])


def submissions_to_check() -> QuerySet[Submission]:
    """Files of which all or some waits for a person to look at it."""
    return Submission.objects.filter(_TO_CHECK)


def late_sources(now: datetime) -> list[Source]:
    """The sources from which something new was due by now and has not come, or that could not be asked."""
    return [source for source in active_sources() if source.due_at() < now or source.failure]


@remembered(Indicator)
def indicators() -> Mapping[str, Indicator]:
    """Every indicator by its code."""
    return Indicator.objects.in_bulk()


@remembered(Source)
def active_sources() -> Sequence[Source]:
    """The sources that are asked."""
    return list(Source.objects.filter(active=True).order_by("code"))


@remembered(Extent)
def last_day_with_observations() -> date | None:
    """The last day on which an observation of air or water ended; what somebody published later says nothing of it."""
    watched = (Extent.Table.AIR_HOUR, Extent.Table.AIR_DAY, Extent.Table.WATER_VALUE)
    latest = Extent.objects.filter(table__in=watched).aggregate(Max("last"))["last__max"]
    return None if latest is None else day_of(latest)


def city_years_with_days() -> list[tuple[str, int, int]]:
    """The cities that have days, with the first and the last year of these."""
    found = AirDay.objects.order_by().values("region_id").annotate(first=Min("day"), last=Max("day"))
    return sorted((row["region_id"], row["first"].year, row["last"].year) for row in found)


def air_day_frame(cities: Iterable[str], first: date, last: date) -> pd.DataFrame:
    """City days as a frame for people: a row a city and day, concentrations in µg/m³ (CO mg/m³) as decimals."""
    rows = [
        _frame_row(code, days, n)
        for code, days in city_days(cities, first, last).items()
        for n in range(days.length)
        if any(values[n] >= 0 for values in days.figures.values())
    ]
    columns = ["region_code", "date", "aqi", "pm25", "pm10", "so2", "no2", "co", "o3", "primary", "valid", "simulated"]
    return pd.DataFrame(rows, columns=columns)


def _frame_row(code: str, days: CityDays, n: int) -> tuple[object, ...]:
    def value(name: str) -> Decimal | None:
        number = int(days.figures[name][n])
        return None if number < 0 else Decimal(number) / DAY_SCALE

    return (
        code,
        days.first + timedelta(days=n),
        None if days.aqi[n] < 0 else int(days.aqi[n]),
        *(value(name) for name in ("pm25", "pm10", "so2", "no2", "co", "o3_8h")),
        ";".join(primary_pollutants(max(0, int(days.primary[n])))),
        bool(days.aqi[n] >= 0),
        bool(days.simulated[n]),
    )
