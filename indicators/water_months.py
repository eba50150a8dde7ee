"""The monthly means of water sections, as they are known now or were known on an earlier day (see `selectors`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

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


_SITE, _TS, _ITEM, _MICRO, _SUBMISSION = range(5)
_READING = (
    Wanted("site_id", "number"),
    Wanted("ts", "moment"),
    Wanted("item", "text", WATER_ITEMS),
    Wanted("micro", "number"),
    Wanted("submission_id", "number"),
)


def section_months(
    sections: Sequence[Site], year: int, as_of: date | None = None, until: date | None = None
) -> list[SectionMonths]:
    """The monthly means of sections in a year: the mean of a month's readings (环办监测函〔2020〕82号, C).

    As they were known on the day `as_of`; of the year as far as that day, or as `until`, where that is earlier.
    Where a bureau's own monthly sheet gives a section's mean, that stands instead of the readings. A reading belongs to
    the month of its own moment: that of hour 0 opens a day.
    """
    return section_months_of_each({"": sections}, year, as_of, until)[""]


def section_months_of_each(
    sections: Mapping[str, Sequence[Site]], year: int, as_of: date | None = None, until: date | None = None
) -> dict[str, list[SectionMonths]]:
    """`section_months` for the sections of several regions, by whatever names these, in one query."""
    first = datetime(year, 1, 1, tzinfo=SHANGHAI)
    last = end_of_day(min(day for day in (date(year, 12, 31), as_of, until) if day is not None))
    if last <= first:
        return {name: [SectionMonths(one, {}, simulated=False) for one in found] for name, found in sections.items()}
    later: Sequence[Revision] = ()
    if as_of is not None:
        regions = {one.region_id for found in sections.values() for one in found}
        later = later_revisions([Extent.Table.WATER_VALUE], regions, as_of)
    of_then = [one for one in later if first <= one.period_end < last]
    together = {name: tuple(found) for name, found in sections.items() if found}
    readings = _readings(together.values(), year)
    before = int(last.timestamp())
    months = {name: _as_known(readings[found], before, of_then) for name, found in together.items()}
    return {name: months.get(name, []) for name in sections}


def _as_known(read: _Readings, before: int, revisions: Sequence[Revision]) -> list[SectionMonths]:
    sections = {section.pk for section in read.sections}
    theirs = [one for one in revisions if one.site_id in sections]
    return _months(read, before, theirs) if theirs else read.months_before(before)


def _months(read: _Readings, before: int, taken_back: Sequence[Revision]) -> list[SectionMonths]:
    seen = read.rows[:, _TS] < before
    rows, of_a_sheet = read.rows[seen], read.of_a_sheet[seen]
    simulated = set(rows[read.of_a_model[seen], _SITE].tolist())
    rows = _as_they_were(rows, taken_back)
    of_a_sheet = np.concatenate((of_a_sheet, np.zeros(len(rows) - len(of_a_sheet), dtype=np.bool_)))
    means = _means(rows, of_a_sheet)
    return [SectionMonths(one, means.get(one.pk, {}), one.pk in simulated) for one in read.sections]


#: So many readings of a year are remembered, 4 MB; a province's stations that report every four hours are read anew.
_MOST_READINGS = 100_000


@dataclass(frozen=True)
class _Readings:
    """The readings of sections in a year, and which of them a bureau's sheet or a model gives."""

    sections: Sequence[Site]
    rows: IntArray
    of_a_sheet: npt.NDArray[np.bool_]
    of_a_model: npt.NDArray[np.bool_]
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


@remembered_each(WaterValue, Submission, Site, most=32, only_if=lambda found: len(found.rows) <= _MOST_READINGS)
def _readings(asked: Sequence[tuple[Site, ...]], year: int) -> Mapping[tuple[Site, ...], _Readings]:
    """The readings of a year of sections that belong together."""
    keys = sorted({section.pk for sections in asked for section in sections})
    where = f"site_id IN ({', '.join(['%s'] * len(keys))}) AND ts >= %s AND ts < %s"
    bounds = (moment(datetime(one, 1, 1, tzinfo=SHANGHAI)) for one in (year, year + 1))
    rows = select_columns(WaterValue, _READING, where, [*keys, *bounds])
    files = Submission.objects.filter(pk__in=np.unique(rows[:, _SUBMISSION]).tolist())
    known = list(files.values_list("pk", "reader", "simulated"))
    of_a_sheet = np.isin(rows[:, _SUBMISSION], [pk for pk, reader, _simulated in known if reader == MONTHLY_SHEET])
    of_a_model = np.isin(rows[:, _SUBMISSION], [pk for pk, _reader, simulated in known if simulated])
    found = {}
    for sections in asked:
        theirs = np.isin(rows[:, _SITE], [section.pk for section in sections])
        found[sections] = _Readings(sections, rows[theirs], of_a_sheet[theirs], of_a_model[theirs])
    return found


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
            gone[key] = [*key, micro, 0]
    return np.concatenate((rows, np.array(list(gone.values()), dtype=np.int64).reshape(-1, len(_READING))))


def _means(rows: IntArray, of_a_sheet: npt.NDArray[np.bool_]) -> dict[int, dict[tuple[int, str], Fraction]]:
    """By section, month and item."""
    months = _month_of(rows[:, _TS])
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
