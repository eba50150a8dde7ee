"""What was captured, site by site and day by day; what is late, and what was set aside. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from django.db.models import Count, Min

from evaluation.calendar import end_of_day, month_end
from indicators.city_days import CoveredDay, captured_hours
from indicators.models import Finding, Source, Submission
from indicators.selectors import active_sources
from provinces.models import Region, Site
from provinces.selectors import air_points, cities_of


@dataclass(frozen=True)
class CoveredSite:
    """A site's month."""

    site: Site
    days: Sequence[CoveredDay]
    captured: int
    possible: int

    @property
    def percent(self) -> int | None:
        """Hours with a value of the hours that are over; None before the first."""
        return None if self.possible == 0 else 100 * self.captured // self.possible


def site_days(region: Region, month: date, today: date) -> list[CoveredSite]:
    """The stations of a region's cities on the days of a month. `month` is its first day."""
    points = air_points(cities_of(region))
    sites = [site for found in points.values() for site in found]
    days = [month + timedelta(days=n) for n in range(month_end(month).day)]
    captured = captured_hours(sites, days)
    over = np.array([day < today for day in days], dtype=np.bool_)
    return [
        CoveredSite(
            site,
            [CoveredDay(day, int(captured[n, at]) if day <= today else None) for at, day in enumerate(days)],
            int(captured[n, over].sum()),
            24 * int(over.sum()),
        )
        for n, site in enumerate(sites)
    ]


def submissions_of(region: Region, first: date, last: date) -> list[Submission]:
    """The files that brought anything of a region's cities in a period, the latest first."""
    found = Submission.objects.filter(
        extents__region__in=[city.code for city in cities_of(region)],
        extents__first__lte=end_of_day(last),
        extents__last__gt=end_of_day(first - timedelta(days=1)),
    )
    return list(found.distinct().order_by("-received_at", "-pk")[:200])


def set_aside(submissions: Sequence[Submission]) -> list[tuple[str, int, Finding]]:
    """Codes of findings in these files: how many each, and the first of them."""
    found = Finding.objects.filter(submission__in=submissions).values_list("code")
    counts = list(found.annotate(number=Count("pk"), first=Min("pk")).order_by("-number", "code"))
    first = Finding.objects.in_bulk([key for _code, _number, key in counts])
    return [(code, number, first[key]) for code, number, key in counts]


@dataclass(frozen=True)
class Expected:
    """A source, and whether what it owes is late."""

    source: Source
    due_at: datetime
    late: bool


def sources(now: datetime) -> list[Expected]:
    """All active sources, the late ones first."""
    found = [Expected(source, source.due_at(), source.due_at() < now) for source in active_sources()]
    return sorted(found, key=lambda expected: (not expected.late, expected.due_at))
