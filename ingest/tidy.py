"""The shapes that travel from a reader through the schema to the database. Pure.

A reader yields *raw* rows: text as it stands in the file, with the physical row it stands in; or a Finding in place of
a row that cannot be read. The schema turns them into *tidy* rows of numbers and into more findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

from evaluation.rounding import IntArray

#: The pollutants of an hour, in the order of the columns of AirHour.
HOUR_ITEMS = ("PM2.5", "PM10", "SO2", "NO2", "O3", "CO")
#: The figures of a printed city day.
DAY_ITEMS = ("PM2.5", "PM10", "SO2", "NO2", "CO", "O3")


@dataclass(frozen=True)
class Document:
    """A file as received: its name (with the folders it came in, "/" between them) and its bytes."""

    name: str
    data: bytes

    @property
    def stem(self) -> str:
        """The file name without folders and endings."""
        return self.name.rsplit("/", 1)[-1].split(".", 1)[0]


@dataclass(frozen=True)
class Finding:
    """Something a person should know: where (row and column of the file, from 1), what, and the text that was there."""

    code: str
    row: int | None = None
    column: str = ""
    original: str = ""
    details: dict[str, str | int] = field(default_factory=dict)


class StructuralError(Exception):
    """A structural finding: the file as a whole cannot be trusted, nothing of it is stored."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


class HourBlock(NamedTuple):
    """One hour of several sites. `cells`: for each of HOUR_ITEMS the texts of all sites; `lines`: the rows where they
    stand, an array that broadcasts to (item, site); `ts`: the end of the hour, None where the text is no time."""

    ts: datetime | None
    ts_text: str
    sites: Sequence[str]
    cells: Sequence[Sequence[str]]
    lines: IntArray
    aqi: Sequence[str] = ()  # what the file itself gives as the hour's index, to be checked and never stored


@dataclass(frozen=True)
class AirHourTable:
    """Hourly values. `site_by` tells what a row's `site` is: a code, a city for its mean series, a name within `city`,
    or a bare name of the national list."""

    reader: str
    site_by: Literal["code", "city", "name_in_city", "name"]
    rows: Iterator[HourBlock | Finding]
    columns: tuple[str, ...] = ()  # headers of the cells; empty where the site itself is the column
    city: str = ""
    missing: frozenset[str] = frozenset()


class RawDay(NamedTuple):
    """A city's day as printed."""

    row: int
    city: str
    day_text: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class AirDayTable:
    """Daily values of cities. `o3_is_max_8h`: whether somebody declared that the ozone column is the daily maximum of
    the 8 h mean; else it is left out, because its statistic is not known."""

    reader: str
    rows: Iterator[RawDay | Finding]
    columns: tuple[str, ...]
    o3_is_max_8h: bool


class RawWater(NamedTuple):
    """One reading of a water section."""

    row: int
    province: str
    basin: str
    section: str
    city: str
    river: str
    time_text: str
    status: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class WaterTable:
    """Readings of sections. Where times carry no year, `reference` is a day they cannot lie after, and `month`
    restricts them where the folder names one; without a reference each time carries its year."""

    reader: str
    rows: Iterator[RawWater | Finding]
    items: tuple[str, ...]
    columns: tuple[str, ...]
    reference: date | None
    month: tuple[int, int] | None = None


class RawFigure(NamedTuple):
    """A published figure; `fields` by the names of the header."""

    row: int
    fields: dict[str, str]


@dataclass(frozen=True)
class FigureTable:
    """Published figures and published targets."""

    reader: str
    rows: Iterator[RawFigure | Finding]


class RawSite(NamedTuple):
    """A row of a site register."""

    row: int
    code: str
    name: str
    city: str
    longitude: str
    latitude: str


@dataclass(frozen=True)
class SiteTable:
    """A register of air stations."""

    reader: str
    rows: Iterator[RawSite | Finding]


class RawComparison(NamedTuple):
    """PM2.5 of another network. `ts` is the end of the period."""

    row: int
    city: str
    ts: datetime | None
    ts_text: str
    cell: str
    quality: str


@dataclass(frozen=True)
class ComparisonTable:
    """A series that is shown beside the official ones and never enters them."""

    reader: str
    rows: Iterator[RawComparison | Finding]
    series_zh: str
    hours: int
    column: str
    city_by: Literal["english", "chinese"]


Table = AirHourTable | AirDayTable | WaterTable | FigureTable | SiteTable | ComparisonTable
