"""Tables of air in, tables out: the AQI of rows, the years of cities (`manage.py evaluate --what aqi` and `year`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np

from evaluation import air, air_years
from evaluation.comparison import ranks
from evaluation.rounding import IntArray, round_half_even
from evaluation.sheet import Problem, Row, SheetError, SheetReader, spelled, yes
from evaluation.standards import aqi_standard

# ---- aqi -------------------------------------------------------------------------------------------------------------

_REAL_TIME = ("pm25_1h", "pm10_1h", "so2_1h", "no2_1h", "co_1h")


def evaluate_aqi(rows: Sequence[Row], on: date | None = None) -> list[dict[str, str]]:
    """The AQI of each row, its own columns kept in front. Concentrations in µg/m³, CO in mg/m³.

    Columns pm25, pm10, so2, no2, co, o3_8h, o3_1h make a daily report; with hours of other pollutants (so2_1h ...) the
    row is a real-time report. Each row goes by the rule in force on its `date`; all by that of `on`, where it is given.
    SheetError with every cell that is no concentration or no date, and for days before the first rule.
    """
    sheet = SheetReader(rows, spelled)
    sheet.need("|".join([*air.DAILY_FIGURES, *_REAL_TIME]))
    hourly = any(name in sheet.column_of for name in _REAL_TIME)
    report = air.real_time_report if hourly else air.daily_report
    names = [name for name in (*air.DAILY_FIGURES, *_REAL_TIME) if name in sheet.column_of]
    out = []
    for row, cells in enumerate(rows):
        figures = {name: sheet.number(row, name) for name in names}
        day = on or sheet.day(row)
        if day is None:
            continue
        try:
            found = report(figures, day)
        except LookupError:
            sheet.wrong(row, "date", "no rule", day.isoformat())
            continue
        out.append({**cells, **_aqi_columns(found)})
    sheet.done()
    return out


def _aqi_columns(found: air.AqiReport) -> dict[str, str]:
    indices = {f"iaqi_{name}": "" if index is None else str(index) for name, index in found.indices.items()}
    return {
        **indices,
        "aqi": "" if found.aqi is None else str(air.displayed_aqi(found.aqi)),
        "category": "" if found.aqi is None else air.band(found.aqi).category_zh,
        "primary": ";".join(found.primary),
        "exceeding": ";".join(found.exceeding),
        "missing": ";".join(found.missing),
        "standard": found.standard,
    }


# ---- year ------------------------------------------------------------------------------------------------------------


def evaluate_year(rows: Sequence[Row], on: date | None = None) -> list[dict[str, str]]:
    """The years of cities from their days: columns date, pm25, pm10, so2, no2, co, o3_8h, and region where several.

    One row a figure: the ten that judge a year, good days, the composite index with its rank among the regions of the
    year. `on`: the same basis, everything by the rules of that day; else each day by its own rule and the year by the
    limits of its last day. SheetError as `evaluate_aqi`, and for a day that comes twice.
    """
    sheet = SheetReader(rows, spelled)
    sheet.need("date", "|".join(air.DAILY_FIGURES))
    values = _days_by_year(sheet)
    sheet.done()
    years = {}
    for (region, year), found in values.items():
        days = [date(year, 1, 1) + timedelta(days=n) for n in range((max(found) - date(year, 1, 1)).days + 1)]
        figures = {name: _column([found.get(day, {}).get(name) for day in days]) for name in air.DAILY_FIGURES}
        try:
            years[region, year] = (days, figures, air_years.air_year(figures, days, basis=on))
        except LookupError:
            raise SheetError([Problem(0, "date", "no rule", str(year))]) from None
    placed = _ranks({key: year for key, (_days, _figures, year) in years.items()})
    return [
        {"region": region, "year": str(year), **line}
        for (region, year), (days, figures, found_year) in years.items()
        for line in _year_lines(found_year, days, figures, on, placed.get((region, year)))
    ]


def _days_by_year(sheet: SheetReader) -> dict[tuple[str, int], dict[date, dict[str, Fraction]]]:
    found: dict[tuple[str, int], dict[date, dict[str, Fraction]]] = defaultdict(dict)
    for row in range(len(sheet.rows)):
        cells = {name: sheet.number(row, name) for name in air.DAILY_FIGURES if name in sheet.column_of}
        day = sheet.day(row)
        if day is None:
            continue
        year = found[sheet.text(row, "region"), day.year]
        if day in year:
            sheet.wrong(row, "date", "twice", day.isoformat())
        year[day] = {name: value for name, value in cells.items() if value is not None}
    return found


def _column(values: Iterable[Fraction | None]) -> IntArray:
    scaled = [air.MISSING if value is None else int(round_half_even(value * air.DAY_SCALE, 0)) for value in values]
    return np.array(scaled, dtype=np.int64)


def _ranks(years: Mapping[tuple[str, int], air_years.AirYear]) -> dict[tuple[str, int], int]:
    placed: dict[tuple[str, int], int] = {}
    for year in {year for _region, year in years}:
        of_year = {key: found.composite.index for key, found in years.items() if key[1] == year and found.composite}
        placed |= ranks(of_year)
    return placed


def _year_lines(
    found: air_years.AirYear, days: Sequence[date], figures: Mapping[str, IntArray], on: date | None, rank: int | None
) -> Iterable[dict[str, str]]:
    for code, value in found.values.items():
        pollutant = value.metric.pollutant
        daily = [on] * len(days) if on else days
        rate = air_years.single_item_attainment(pollutant, figures[air_years.COLUMN_OF[pollutant]], daily)
        yield _line(
            code,
            value.printed,
            "mg/m3" if pollutant == "CO" else "µg/m3",
            limit=str(value.limit),
            attains=yes(value.attains),
            sufficient=yes(value.sufficient),
            days_valid=str(value.days_valid),
            exceedance_multiple=str(value.exceedance_multiple),
            attainment_rate="" if value.metric.percent is None or rate is None else str(rate),
        )
    counts, standard = found.counts, aqi_standard(on or days[-1])
    if counts.good_ratio is not None:
        valid = str(counts.valid)
        known = {"sufficient": yes(found.counts_suffice), "days_valid": valid, "standard": standard}
        yield _line("good-day ratio", round_half_even(counts.good_ratio, 1), "%", **known)
        yield _line("heavy-pollution days", Decimal(counts.heavy), "d", **known)
    if found.composite is not None:
        main = ";".join(found.composite.main)
        enough = yes(found.composite_suffices)
        yield _line(
            "composite index", found.composite.index, "", sufficient=enough, rank=str(rank), main_pollutants=main
        )
    yield _line("all items", None, "", attains=yes(found.attains))


_YEAR_COLUMNS = (
    "figure",
    "value",
    "unit",
    "limit",
    "attains",
    "sufficient",
    "days_valid",
    "exceedance_multiple",
    "attainment_rate",
    "rank",
    "main_pollutants",
    "standard",
)


def _line(figure: str, value: Decimal | None, unit: str, **cells: str) -> dict[str, str]:
    filled = {"figure": figure, "value": "" if value is None else str(value), "unit": unit, **cells}
    return {column: filled.get(column, "") for column in _YEAR_COLUMNS}


def unused_year_columns(header: Iterable[str]) -> list[str]:
    """The columns that `evaluate_year` leaves aside, as they are written."""
    return [name for name in header if spelled(name) not in {"date", "region", *air.DAILY_FIGURES}]
