"""Daily histories of cities from files, for the test of the forecast. Nothing is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np

from evaluation.air import DAY_SCALE, HOUR_SCALE, MISSING, aqi_by_date
from evaluation.backtest import Histories
from evaluation.calendar import day_of
from evaluation.forecast import SERIES, SLOTS, FloatArray, daily_values, elapsed_on
from evaluation.rounding import IntArray
from ingest.folders import find_files, read_files
from ingest.readers import read_document
from ingest.schema.days import DAY_FIGURES, DayRow, tidy_days
from ingest.schema.others import tidy_comparisons
from ingest.tidy import AirDayTable, ComparisonTable, Document, StructuralError

#: From the unit of comparison series to that of days.
_DAY_FROM_HOUR = DAY_SCALE // HOUR_SCALE

Years = dict[str, dict[int, FloatArray]]


def read_histories(
    paths: Iterable[Path], now: datetime
) -> tuple[dict[str, Histories], list[tuple[str, StructuralError]]]:
    """Histories by figure (`evaluation.forecast.SERIES`), and the files that could not be read.

    Files of days are taken as they print them, ozone too: whether it is the daily maximum of the 8 h mean is for
    whoever reads the scores. Raises FileNotFoundError for a path that is not there.
    """
    rows: dict[str, dict[date, tuple[int | None, ...]]] = defaultdict(dict)
    refused: list[tuple[str, StructuralError]] = []
    for file in read_files(find_files(paths)):
        try:
            for table in read_document(Document(file.name, file.data)):
                for row in _days_of(table, now):
                    rows[row.region][row.day] = row.values
        except StructuralError as error:
            refused.append((file.label, error))
    found: dict[str, Years] = {figure: defaultdict(dict) for figure in SERIES}
    for city, days in rows.items():
        for year in {day.year for day in days}:
            _add_year(found, city, year, {day: values for day, values in days.items() if day.year == year})
    return {figure: dict(cities) for figure, cities in found.items() if cities}, refused


def _days_of(table: object, now: datetime) -> Sequence[DayRow]:
    if isinstance(table, AirDayTable):
        return tidy_days(replace(table, o3_is_max_8h=True), str, now).rows
    if isinstance(table, ComparisonTable) and table.hours == 24:
        tidied = tidy_comparisons(table, str, now)
        return [DayRow(row.region, day_of(row.ts), (row.pm25 * _DAY_FROM_HOUR, *(None,) * 5)) for row in tidied.rows]
    return []


def _add_year(found: dict[str, Years], city: str, year: int, days: dict[date, tuple[int | None, ...]]) -> None:
    ordered = sorted(days)
    table = np.array([[MISSING if v is None else v for v in days[day]] for day in ordered], dtype=np.int64)
    figures: dict[str, IntArray] = dict(zip(DAY_FIGURES, table.T, strict=True))
    aqi = aqi_by_date(figures, ordered).aqi
    places = [elapsed_on(day) - 1 for day in ordered]
    for figure, series in SERIES.items():
        values: FloatArray = np.full(SLOTS, np.nan)
        values[places] = daily_values(series, figures, aqi)
        if not np.isnan(values).all():
            found[figure][city][year] = values
