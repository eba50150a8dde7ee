"""What is stored of the same places in the days before a file: what its values are compared with. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

import numpy as np
from django.db.models import F, Max

from evaluation.rounding import IntArray
from indicators.bulk import Wanted, moment, select_columns
from indicators.city_days import HOUR_NAMES, HourGrid
from indicators.columns import DAY_COLUMNS, HOUR_COLUMNS, PRINTED, WATER_ITEMS, Observations, PrintedDay
from indicators.models import AirDay, AirHour, WaterValue
from provinces.models import Region
from provinces.selectors import air_points

_DAY = 86400


def hours_before(rows: Observations) -> tuple[IntArray, IntArray]:
    """Of the same sites, the stored hours a day, two and three before the first of the rows, and, where these go
    beyond half a day, half a day after each: enough to tell a level and how far it spreads. Sites, and values (row,
    item)."""
    first, last = int(rows.ts.min()), int(rows.ts.max())
    moments = [first - _DAY * n for n in (1, 2, 3)]
    moments += [ts + _DAY // 2 for ts in moments] if last - first >= _DAY // 2 else [first - 4 * _DAY]
    where = f"ts IN ({', '.join(['%s'] * len(moments))})"
    wanted = [Wanted(name, "number") for name in ("site_id", *HOUR_COLUMNS)]
    found = select_columns(AirHour, wanted, where, [moment(ts) for ts in moments])
    found = found[np.isin(found[:, 0], rows.site)]
    return found[:, 0], found[:, 1:]


def range_of_hours(keys: Sequence[tuple[str, date]], most: int = 8) -> tuple[IntArray, IntArray]:
    """The least and the greatest hour that a city's stations have on each of these (city, day), in thousandths: two
    arrays (row, item in the order of PRINTED), -1 where that is not known.

    Only days that have nearly all their hours are looked at, the last of them and so many days before it.
    """
    low, high = (np.full((len(keys), len(PRINTED)), -1, dtype=np.int64) for _ in range(2))
    cities, days = {city for city, _day in keys}, {day for _city, day in keys}
    whole = AirDay.objects.filter(
        basis=AirDay.Basis.STATIONS,
        region__in=cities,
        day__range=(min(days), max(days)),
        hours_valid__gte=F("hours_possible") * 9 / 10,
    )
    last = whole.aggregate(last=Max("day"))["last"]
    if last is None:
        return low, high
    span = [last - timedelta(days=n) for n in reversed(range(most))]
    there = set(whole.filter(day__gte=span[0]).values_list("region", "day"))
    points = air_points(list(Region.objects.filter(code__in={city for city, _day in there})))
    hours = HourGrid.read([site for sites in points.values() for site in sites], span)
    order = [HOUR_NAMES.index(name.removesuffix("_8h")) for name in PRINTED]
    for row, (city, day) in enumerate(keys):
        if (city, day) in there:
            places = [hours.sites[site.pk] for site in points[city]]
            values = hours.values[:, places, (day - span[0]).days].reshape(len(HOUR_NAMES), -1)[order]
            known = (values >= 0).any(axis=1)
            high[row] = np.where(known, values.max(axis=1), -1)
            low[row] = np.where(known, np.where(values >= 0, values, np.iinfo(np.int64).max).min(axis=1), -1)
    return low, high


def days_before(cities: Collection[str], first: date, days: int = 15) -> list[PrintedDay]:
    """What is stored of cities, whatever its basis, in so many days before a day."""
    found = AirDay.objects.filter(region__in=cities, day__lt=first, day__gte=first - timedelta(days=days))
    columns = [DAY_COLUMNS[name] for name in PRINTED]
    return [(region, day, tuple(values)) for region, day, *values in found.values_list("region", "day", *columns)]


def water_before(rows: Observations, days: int = 30) -> Observations:
    """The stored values of the same sections in so many days before the first of the rows."""
    first, sites = int(rows.ts.min()), np.unique(rows.site).tolist()
    found = select_columns(
        WaterValue,
        [
            Wanted("ts", "moment"),
            Wanted("site_id", "number"),
            Wanted("item", "text", WATER_ITEMS),
            Wanted("micro", "number"),
        ],
        f"ts >= %s AND ts < %s AND site_id IN ({', '.join(['%s'] * len(sites))})",
        [moment(first - _DAY * days), moment(first), *sites],
    )
    return Observations(found[:, 0], found[:, 1], found[:, 2], found[:, 3:])
