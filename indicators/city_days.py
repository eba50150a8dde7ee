"""City days from the stations' hours. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from evaluation import air, air_days, standards
from evaluation.calendar import end_of_day
from evaluation.rounding import IntArray
from evaluation.validity import CN, ValidityProfile
from indicators.bulk import EPOCH, Wanted, moment, select_columns
from indicators.columns import DAY_COLUMNS, HOUR_COLUMNS
from indicators.models import AirDay, AirHour, Submission
from provinces.models import Site

#: The pollutants of an hour by their names in `evaluation.air`.
HOUR_NAMES = ("pm25", "pm10", "so2", "no2", "o3", "co")


#: Hours that make a site's day valid (GB 3095-2012, 6.3).
VALID_HOURS = 20


@dataclass(frozen=True)
class CoveredDay:
    """A site's day: how many of its 24 hours hold a value. None for a day to come."""

    day: date
    hours: int | None

    @property
    def step(self) -> int:
        """0 for nothing, 4 for a whole day; 20 hours make a day valid (GB 3095-2012, 6.3)."""
        hours = self.hours or 0
        return 0 if hours == 0 else 1 if hours < 12 else 2 if hours < VALID_HOURS else 3 if hours < 24 else 4


@dataclass(frozen=True)
class HourGrid:
    """Hours of many sites as one array: (pollutant, site, day, hour), thousandths, MISSING where there is none."""

    sites: Mapping[int, int]  # site -> position
    values: IntArray
    simulated: np.typing.NDArray[np.bool_]  # (site, day)

    @classmethod
    def read(cls, sites: Sequence[Site], days: Sequence[date]) -> HourGrid:
        """The stored hours of these sites on consecutive days."""
        position = {site.pk: place for place, site in enumerate(sites)}
        values = np.full((len(HOUR_COLUMNS), len(sites), len(days), 24), air.MISSING, dtype=np.int64)
        simulated = np.zeros((len(sites), len(days)), dtype=np.bool_)
        if sites:
            cls._fill(position, values, simulated, days)
        return cls(position, values, simulated)

    @staticmethod
    def _fill(
        position: Mapping[int, int],
        values: IntArray,
        simulated: np.typing.NDArray[np.bool_],
        days: Sequence[date],
    ) -> None:
        begin = int(end_of_day(days[0] - timedelta(days=1)).timestamp())
        marked = list(Submission.objects.filter(simulated=True).values_list("pk", flat=True))
        where, parameters = "ts > %s AND ts <= %s", [moment(begin), moment(begin + 86400 * len(days))]
        if len(position) <= 500:
            where += f" AND site_id IN ({', '.join(['%s'] * len(position))})"
            parameters += list(position)
        numbers = [Wanted(name, "number") for name in ("site_id", "submission_id", *HOUR_COLUMNS)]
        rows = select_columns(AirHour, [Wanted("ts", "moment"), *numbers], where, parameters)
        known = np.array(sorted(position), dtype=np.int64)
        rows = rows[np.isin(rows[:, 1], known)]
        if not len(rows):
            return
        hour = (rows[:, 0] - begin) // 3600 - 1
        site = np.array([position[pk] for pk in known.tolist()])[np.searchsorted(known, rows[:, 1])]
        values[:, site, hour // 24, hour % 24] = rows[:, 3:].T
        made_up = np.isin(rows[:, 2], marked)
        simulated[site[made_up], hour[made_up] // 24] = True


def captured_hours(sites: Sequence[Site], days: Sequence[date]) -> IntArray:
    """How many hours of these sites hold a value of any pollutant on consecutive days, as an array (site, day)."""
    captured = np.zeros((len(sites), len(days)), dtype=np.int64)
    if not sites:
        return captured
    begin = end_of_day(days[0] - timedelta(days=1))
    where = f"site_id IN ({', '.join(['%s'] * len(sites))}) AND ts > %s AND ts <= %s"
    where += f" AND COALESCE({', '.join(HOUR_COLUMNS)}) IS NOT NULL"
    position = {site.pk: place for place, site in enumerate(sites)}
    found = select_columns(
        AirHour,
        [Wanted("site_id", "number"), Wanted("ts", "day_of_moment"), Wanted("COUNT(*)", "number")],
        where,
        [*position, moment(begin), moment(end_of_day(days[-1]))],
        groups=2,
    )
    for site, day, number in found.tolist():
        captured[position[site], day + EPOCH - days[0].toordinal()] = number
    return captured


def city_days_from(
    hours: HourGrid, city: str, points: Sequence[Site], days: Sequence[date], profile: ValidityProfile = CN
) -> list[AirDay]:
    """The city days that the hours give, unsaved and in order; a day without any valid hour gives none."""
    by_service: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for n, day in enumerate(days):
        by_service[tuple(hours.sites[site.pk] for site in points if _in_service(site, day))].append(n)
    found = [
        row
        for places, chosen in by_service.items()
        if places
        for row in _city_days(hours, city, places, [days[n] for n in chosen], chosen, profile)
    ]
    return sorted(found, key=lambda row: row.day)


def _in_service(site: Site, day: date) -> bool:
    return not (site.opened_on and day < site.opened_on) and not (site.closed_on and day > site.closed_on)


def _city_days(
    hours: HourGrid,
    city: str,
    places: Sequence[int],
    days: Sequence[date],
    chosen: Sequence[int],
    profile: ValidityProfile,
) -> Iterable[AirDay]:
    """Days, by their places `chosen` in the grid, on all of which the same stations are in service."""
    values = hours.values[:, places][:, :, chosen]
    worked_out = air_days.city_days(dict(zip(HOUR_NAMES, values, strict=True)), days, profile)
    aqi = air.aqi_by_date(worked_out.figures, days)
    simulated: air.BoolArray = np.any(hours.simulated[list(places)][:, chosen], axis=0)
    for n, day in enumerate(days):
        if (values[:, :, n] >= 0).any():
            yield AirDay(
                region_id=city,
                day=day,
                basis=AirDay.Basis.STATIONS,
                aqi=or_none(aqi.aqi[n]),
                primary=int(aqi.primary[n]),
                standard=standards.aqi_standard(day),
                hours_valid=int(worked_out.hours_valid[n]),
                hours_possible=worked_out.hours_possible,
                simulated=bool(simulated[n]),
                **{DAY_COLUMNS[name]: or_none(figure[n]) for name, figure in worked_out.figures.items()},
            )


def or_none(value: Any) -> int | None:
    return None if value < 0 else int(value)
