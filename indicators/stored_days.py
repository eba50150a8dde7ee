"""Stored city days as rows of integers, remembered from one page to the next until air data of their cities change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from threading import Lock
from typing import Any

import numpy as np
from django.db import connection

from evaluation.air import MISSING
from evaluation.rounding import IntArray
from indicators.bulk import EPOCH, Wanted, select_columns
from indicators.columns import DAY_COLUMNS
from indicators.models import AirDay
from provinces.selectors import evidence_changes

#: The columns of a row; the figures follow in the order of DAY_COLUMNS.
REGION, DAY, BASIS, SIMULATED, AQI, PRIMARY, VALID, POSSIBLE, FIGURES = range(9)
BASES = (AirDay.Basis.STATIONS.value, AirDay.Basis.FILE.value)
_ROW = (
    Wanted("CAST(region_id AS integer)", "number"),
    Wanted("day", "date"),
    Wanted("basis", "text", BASES),
    Wanted("CAST(simulated AS integer)", "number"),
    *(Wanted(name, "number") for name in ("aqi", '"primary"', "hours_valid", "hours_possible", *DAY_COLUMNS.values())),
)


def number(value: int | None) -> int:
    """A stored figure as it stands in a row."""
    return MISSING if value is None else value


def rows_of(days: Iterable[AirDay]) -> IntArray:
    """City days that are not stored, as such rows."""
    return np.array([_plain(day) for day in days], dtype=np.int64).reshape(-1, len(_ROW))


def _plain(row: AirDay) -> list[int]:
    numbers = (row.aqi, row.primary, row.hours_valid, row.hours_possible)
    figures = (getattr(row, name) for name in DAY_COLUMNS.values())
    key = [int(row.region_id), row.day.toordinal() - EPOCH, BASES.index(row.basis), int(row.simulated)]
    return [*key, *(number(value) for value in (*numbers, *figures))]


def stored_days(codes: Sequence[str], first: date, until: date) -> dict[str, IntArray]:
    """The rows of each city from `first` to `until`, of each day the best last (see `best_last`)."""
    years = range(first.year, until.year + 1)
    parts = stored_years(codes, years)
    return {code: between(np.concatenate([parts[code, year].rows for year in years]), first, until) for code in codes}


class StoredYear:
    """The rows of a city's year, and what anybody makes of all of them, once."""

    def __init__(self, rows: IntArray) -> None:
        self.rows = rows
        self.made: Any = None


def stored_years(codes: Sequence[str], years: Sequence[int]) -> dict[tuple[str, int], StoredYear]:
    """The rows of each city and year, of each day the best last.

    Whoever writes city days says so of their cities in the same transaction (`EvidenceChange`): what was read once is
    read again only when that says so. Within a transaction that is still open nothing is remembered.
    """
    keys = {} if connection.in_atomic_block else _keys(codes, years)
    found = _remembered.get(keys.values())
    lacking = sorted({place[0] for place, key in keys.items() if key not in found})
    never = set(codes) - {code for code, _year in keys}
    read = _read(sorted(never.union(lacking)), date(min(years), 1, 1), date(max(years), 12, 31))
    parts = {place: StoredYear(rows) for place, rows in _by_city_and_year(read).items()}
    fresh = {key: parts.setdefault(place, StoredYear(NOTHING)) for place, key in keys.items() if place[0] in lacking}
    _remembered.keep(fresh)
    parts |= {place: found[key] for place, key in keys.items() if key in found}
    return {(code, year): parts.get((code, year)) or StoredYear(NOTHING) for code in codes for year in years}


def best_last(rows: IntArray) -> IntArray:
    """Rows with the best of each day after the others: a real one is better than a simulated one, and one worked out
    from stations better than a printed one."""
    return rows[np.lexsort((-rows[:, BASIS], -rows[:, SIMULATED]))]


def between(rows: IntArray, first: date, until: date) -> IntArray:
    """The rows of some days."""
    days = rows[:, DAY] + EPOCH
    return rows[(days >= first.toordinal()) & (days <= until.toordinal())]


def _keys(codes: Sequence[str], years: Sequence[int]) -> dict[tuple[str, int], _Key]:
    """What the years of the cities are remembered by; nothing of a city that never had air data."""
    changes = evidence_changes(codes)
    return {
        (code, year): (connection.settings_dict["NAME"], code, changed, year)
        for code in codes
        if (changed := changes[code].air) is not None
        for year in years
    }


def _read(codes: Sequence[str], first: date, until: date) -> IntArray:
    if not codes:
        return NOTHING
    where = f"region_id IN ({', '.join(['%s'] * len(codes))}) AND day BETWEEN %s AND %s"
    return select_columns(AirDay, _ROW, where, [*codes, first, until])


NOTHING: IntArray = np.empty((0, len(_ROW)), dtype=np.int64)


def _by_city_and_year(rows: IntArray) -> dict[tuple[str, int], IntArray]:
    """The rows of each city and year, in arrays of their own: one that is kept keeps no other."""
    rows = best_last(rows)
    years = rows[:, DAY].astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    keys = rows[:, REGION] * 10_000 + years
    order = np.argsort(keys, kind="stable")
    groups, begins = np.unique(keys[order], return_index=True)
    parts = np.split(rows[order], begins[1:])
    keyed = zip(groups.tolist(), parts, strict=False)  # of no rows there is one empty part, and no group
    return {(f"{group // 10_000:06d}", group % 10_000): part.copy() for group, part in keyed}


_Key = tuple[object, str, datetime, int]


class _Remembered:
    """The rows of the cities and years that were asked for last; several threads may ask at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[_Key, StoredYear] = OrderedDict()
        self._lock = Lock()

    def get(self, keys: Iterable[_Key]) -> dict[_Key, StoredYear]:
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
            for key in found:
                self._kept.move_to_end(key)
        return found

    def keep(self, found: dict[_Key, StoredYear]) -> None:
        with self._lock:
            self._kept.update(found)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


#: 50 KB each, 150 with all that is made of them, 60 MB in all: the cities of four provinces over the seven years that a
#: forecast looks back on.
_remembered = _Remembered(400)
