"""The monthly means of water sections, as they are known now or were known on an earlier day (see `selectors`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property

import numpy as np

from evaluation.calendar import SECONDS_AHEAD, SHANGHAI, end_of_day
from evaluation.rounding import IntArray
from evaluation.sections import SectionSoFar, section_so_far
from evaluation.water import WATER_SCALE, Waterbody, item_mean, section_class
from indicators.bulk import Wanted, moment, select_columns
from indicators.columns import WATER_ITEMS
from indicators.models import Extent, Revision, Submission, WaterValue
from indicators.revised import later_revisions
from memory.tables import remembered_each
from provinces.models import Site

#: The layout whose values of sections are means of a month (see ingest.readers.bureau_sheets).
MONTHLY_SHEET = "bureau_water_month"


@dataclass(frozen=True)
class SectionMonths:
    """One section's monthly means: (month, item) -> mean in the unit of the item."""

    site: Site
    months: Mapping[tuple[int, str], Fraction]
    simulated: bool

    @property
    def waterbody(self) -> Waterbody:
        """By which limits its classes are found."""
        return "lake" if self.site.waterbody == "lake" else "river"

    @cached_property
    def so_far(self) -> SectionSoFar | None:
        """The section on these months, found once for all who ask; None without any of the 21 items."""
        return section_so_far(self.months, self.waterbody)

    @cached_property
    def grades(self) -> Mapping[int, int]:
        """The class of each month by itself, of those that have any of the 21 items."""
        parts: dict[int, dict[str, Fraction]] = defaultdict(dict)
        for (month, item), value in self.months.items():
            parts[month][item] = value
        found = {month: section_class(part, self.waterbody) for month, part in parts.items()}
        return {month: one.grade for month, one in found.items() if one is not None}


def section_months(
    sections: Sequence[Site], year: int, as_of: date | None = None, until: date | None = None
) -> list[SectionMonths]:
    """The monthly means of sections in a year: the mean of a month's readings (环办监测函〔2020〕82号, C).

    As they were known on the day `as_of`; of the year as far as that day, or as `until`, where that is earlier.
    Where a bureau's own monthly sheet gives a section's mean, that stands instead of the readings. A reading belongs to
    the month of its own moment: that of hour 0 opens a day.
    """
    return SectionRecord({"": sections}, [year], as_of).months("", year, until)


class SectionRecord:
    """The readings of the sections of several regions, by whatever names these, in some years, as they were known on
    the day `as_of`; read in one query."""

    def __init__(self, sections: Mapping[str, Sequence[Site]], years: Collection[int], as_of: date | None) -> None:
        self._sections = {name: tuple(found) for name, found in sections.items()}
        self._as_of = as_of
        together = {found for found in self._sections.values() if found}
        known = [year for year in years if as_of is None or year <= as_of.year]
        self._readings = _readings((found, year) for found in together for year in known)
        self._later: Sequence[Revision] = ()
        if as_of is not None:
            regions = {one.region_id for found in together for one in found}
            self._later = later_revisions([Extent.Table.WATER_VALUE], regions, as_of)

    def months(self, name: str, year: int, until: date | None = None) -> list[SectionMonths]:
        """`section_months` for the sections of a region in one of the years."""
        sections, first = self._sections[name], datetime(year, 1, 1, tzinfo=SHANGHAI)
        last = end_of_day(min(day for day in (date(year, 12, 31), self._as_of, until) if day is not None))
        if last <= first or not sections:
            return [SectionMonths(one, {}, simulated=False) for one in sections]
        keys = {one.pk for one in sections}
        later = [one for one in self._later if one.site_id in keys and first <= one.period_end < last]
        read, before = self._readings[sections, year], int(last.timestamp())
        return _months(read, before, later) if later else read.months_before(before)


def _of_a_file(which: str) -> str:
    """1 for a reading of a file of which something holds, else 0."""
    return f"CASE WHEN submission_id IN (SELECT id FROM {Submission._meta.db_table} WHERE {which}) THEN 1 ELSE 0 END"


_SITE, _TS, _ITEM, _MICRO, _OF_A_SHEET, _OF_A_MODEL = range(6)
_READING = (
    Wanted("site_id", "number"),
    Wanted("ts", "moment"),
    Wanted("item", "text", WATER_ITEMS),
    Wanted("micro", "number"),
    Wanted(_of_a_file(f"reader = '{MONTHLY_SHEET}'"), "number"),
    Wanted(_of_a_file("simulated"), "number"),
)
#: So many readings of a year are remembered, 5 MB; a province's stations that report every four hours are read anew.
_MOST_READINGS = 100_000


@dataclass(frozen=True)
class _Readings:
    """The readings of sections in a year."""

    sections: Sequence[Site]
    rows: IntArray
    _months: dict[int, list[SectionMonths]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def months_before(self, moment: int) -> list[SectionMonths]:
        """The months by the readings before a moment, in seconds since 1970. Most sections are read once a month: all
        days until the next reading have the same months."""
        moments = self.rows[:, _TS]
        latest = int(moments[moments < moment].max(initial=0))
        if latest not in self._months:
            if len(self._months) >= 31:
                self._months.clear()
            self._months[latest] = _months(self, latest + 1, ())
        return self._months[latest]


@remembered_each(WaterValue, Submission, Site, most=64, only_if=lambda found: len(found.rows) <= _MOST_READINGS)
def _readings(asked: Sequence[tuple[tuple[Site, ...], int]]) -> Mapping[tuple[tuple[Site, ...], int], _Readings]:
    """The readings of sections that belong together, in a year."""
    keys = sorted({section.pk for sections, _year in asked for section in sections})
    years = sorted({year for _sections, year in asked})
    begins = {year: datetime(year, 1, 1, tzinfo=SHANGHAI) for one in years for year in (one, one + 1)}
    within = " OR ".join("ts >= %s AND ts < %s" for _ in years)
    bounds = [moment(begins[one]) for year in years for one in (year, year + 1)]
    where = f"site_id IN ({', '.join(['%s'] * len(keys))}) AND ({within})"
    rows = select_columns(WaterValue, _READING, where, [*keys, *bounds])
    found = {}
    for sections, year in asked:
        first, over = (int(begins[one].timestamp()) for one in (year, year + 1))
        theirs = np.isin(rows[:, _SITE], [section.pk for section in sections])
        found[sections, year] = _Readings(sections, rows[theirs & (rows[:, _TS] >= first) & (rows[:, _TS] < over)])
    return found


def _months(read: _Readings, before: int, taken_back: Sequence[Revision]) -> list[SectionMonths]:
    rows = read.rows[read.rows[:, _TS] < before]
    simulated = set(rows[rows[:, _OF_A_MODEL] == 1, _SITE].tolist())
    means = _means(_as_they_were(rows, taken_back))
    return [SectionMonths(one, means.get(one.pk, {}), one.pk in simulated) for one in read.sections]


def _as_they_were(rows: IntArray, revisions: Sequence[Revision]) -> IntArray:
    """The readings with later revisions, the latest first, taken back."""
    if not revisions:
        return rows
    places = {key: place for place, key in enumerate(map(tuple, rows[:, : _ITEM + 1].tolist()))}
    rows, gone = rows.copy(), {}
    for one in revisions:
        key = (one.site_id or 0, int(one.period_end.timestamp()), WATER_ITEMS.index(one.item))
        micro = int((one.old_value or 0) * WATER_SCALE)
        if key in places:
            rows[places[key], _MICRO] = micro
        else:
            gone[key] = [*key, micro, 0, 0]
    return np.concatenate((rows, np.array(list(gone.values()), dtype=np.int64).reshape(-1, len(_READING))))


def _means(rows: IntArray) -> dict[int, dict[tuple[int, str], Fraction]]:
    """By section, month and item."""
    months, of_a_sheet = _month_of(rows[:, _TS]), rows[:, _OF_A_SHEET] == 1
    keys = (rows[:, _SITE] * 13 + months) * len(WATER_ITEMS) + rows[:, _ITEM]
    kept = of_a_sheet | ~np.isin(keys, keys[of_a_sheet])
    order = np.argsort(keys[kept], kind="stable")
    keys, micros = keys[kept][order], rows[kept, _MICRO][order]
    groups, begins, sizes = np.unique(keys, return_index=True, return_counts=True)
    sums = np.add.reduceat(micros, begins) if len(micros) else micros
    found: dict[int, dict[tuple[int, str], Fraction]] = defaultdict(dict)
    for group, begin, size, total in zip(*(part.tolist() for part in (groups, begins, sizes, sums)), strict=True):
        rest, item = divmod(group, len(WATER_ITEMS))
        site, month = divmod(rest, 13)
        name = WATER_ITEMS[item]
        if name == "pH" and size > 1:
            readings = [Fraction(micro, WATER_SCALE) for micro in micros[begin : begin + size].tolist()]
            found[site][month, name] = item_mean(name, readings)
        else:
            found[site][month, name] = Fraction(total, size * WATER_SCALE)
    return found


def _month_of(ts: IntArray) -> IntArray:
    """The month, 1 to 12, in which each moment (seconds since 1970) lies in China."""
    months = (ts + SECONDS_AHEAD).astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    return months % 12 + 1
