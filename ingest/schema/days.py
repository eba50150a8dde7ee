"""Days of cities, as files print them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from evaluation.air import DAY_SCALE
from evaluation.standards import PILOT_FROM
from ingest.cells import MISSING, PLAUSIBLE_AIR, cell_reader
from ingest.schema.hours import FIRST_DAY
from ingest.schema.tidied import Tidied, add_once, iso_day, numbers_of
from ingest.tidy import (
    DAY_ITEMS,
    AirDayTable,
    Finding,
    RawDay,
)

#: The figures of DAY_ITEMS by their names in `evaluation.air`.
DAY_FIGURES = ("pm25", "pm10", "so2", "no2", "co", "o3_8h")


class DayRow(NamedTuple):
    """A city's printed day in 10^-9 units, in the order of DAY_FIGURES."""

    region: str
    day: date
    values: tuple[int | None, ...]


def tidy_days(table: AirDayTable, city_code: Callable[[str], str | None], now: datetime) -> Tidied[DayRow]:
    """Days of cities. `city_code` knows the names of cities; None for one it does not know."""
    result: Tidied[DayRow] = Tidied()
    readers = [
        cell_reader(DAY_SCALE, PLAUSIBLE_AIR[item], frozenset({"", "NaN", "-"}), zero_is_missing=True)
        for item in DAY_ITEMS
    ]
    strange: set[str] = set()
    seen: dict[tuple[str, date], int] = {}
    ozone_row = 0
    for raw in table.rows:
        if isinstance(raw, Finding):
            result.set_row_aside(raw)
            continue
        day, region = iso_day(raw.day_text), city_code(raw.city)
        if day is None or day > now.date():
            result.set_row_aside(Finding("bad_time" if day is None else "future_time", raw.row, original=raw.day_text))
        elif day < PILOT_FROM:
            result.set_row_aside(Finding("too_early", raw.row, original=raw.day_text, details=FIRST_DAY))
        elif region is None:
            if raw.city not in strange:
                result.find(Finding("unknown_city", raw.row, original=raw.city))
            strange.add(raw.city)
            result.drop()
        else:
            cells = [reader[text] for reader, text in zip(readers, raw.cells, strict=True)]
            if not table.o3_is_max_8h:
                ozone_row = ozone_row or (raw.row if cells[-1] != MISSING else 0)
                cells[-1] = MISSING
            _add_day(result, seen, raw, DayRow(region, day, numbers_of(raw, cells, table.columns, result)), cells)
    if ozone_row:
        result.find(Finding("statistic_not_stated", ozone_row, "O3"))
    return result.close()


def _add_day(
    result: Tidied[DayRow],
    seen: dict[tuple[str, date], int],
    raw: RawDay,
    row: DayRow,
    cells: Sequence[int],
) -> None:
    if any(value is not None for value in row.values):
        add_once(result, seen, (row.region, row.day), row, raw.row, raw.day_text)
    elif any(cell < MISSING for cell in cells):
        result.drop()
