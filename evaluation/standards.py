"""The published tables, each with the dates of the *data* for which it holds.

The CSV files in `tables/` carry the numbers, their clause and how far each was verified. Nothing here reads a clock:
the caller says on which day the data were measured.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources

POLLUTANTS = ("PM2.5", "PM10", "SO2", "NO2", "CO", "O3")

#: The rules that pilot cities followed before GB 3095-2012 came into force everywhere (standards register, note).
PILOT_FROM = date(2012, 2, 29)


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `tables/<name>.csv` as dictionaries of text, in file order."""
    text = resources.files(__package__).joinpath("tables", f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@dataclass(frozen=True)
class Breakpoints:
    """One pollutant and averaging time of the AQI table (HJ 633-2012 Table 1, HJ 633-2026 Table 3).

    `concentrations` and `iaqis` are of equal length, ascending. `above` is the sub-index of a concentration beyond
    the last breakpoint; None where the standard gives none there.
    """

    standard: str
    unit: str
    iaqis: tuple[int, ...]
    concentrations: tuple[Decimal, ...]
    above: int | None


def aqi_standard(on: date) -> str:
    """The AQI rule in force for data of that day, such as "HJ 633-2012". LookupError before 2012-02-29."""
    for row in table("air_iaqi_breakpoints"):
        if _holds(row, on):
            return row["standard"]
    raise LookupError(f"no AQI standard was in use on {on}")


@cache
def has_breakpoints(standard: str, pollutant: str, averaging: str) -> bool:
    """Whether a rule gives a sub-index for the pair: HJ 633-2012 shows an hour of particles without one.

    ValueError for a pair that no rule knows, such as SO2 8 h.
    """
    rows = [
        row for row in table("air_iaqi_breakpoints") if (row["pollutant"], row["averaging"]) == (pollutant, averaging)
    ]
    if not rows:
        raise ValueError(f"no AQI rule has breakpoints for {pollutant} {averaging}")
    return any(row["standard"] == standard for row in rows)


@cache
def breakpoints(standard: str, pollutant: str, averaging: str) -> Breakpoints:
    """The breakpoints of one pollutant ("PM2.5") and averaging time ("24h", "8h", "1h").

    Raises ValueError for a pair that the standard has no column for.
    """
    rows = [
        row
        for row in table("air_iaqi_breakpoints")
        if (row["standard"], row["pollutant"], row["averaging"]) == (standard, pollutant, averaging)
    ]
    if not rows:
        raise ValueError(f"{standard} has no breakpoints for {pollutant} {averaging}")
    given = [row for row in rows if row["concentration_breakpoint"]]
    return Breakpoints(
        standard=standard,
        unit=rows[0]["unit"],
        iaqis=tuple(int(row["iaqi"]) for row in given),
        concentrations=tuple(Decimal(row["concentration_breakpoint"]) for row in given),
        above=_above(rows),
    )


def _above(rows: list[dict[str, str]]) -> int | None:
    """What the notes of the empty breakpoints say; without such notes the table is capped at 500."""
    notes = [row["note"] for row in rows if not row["concentration_breakpoint"]]
    if not notes:
        return 500
    fixed = re.search(r"IAQI=(\d+)", notes[0])
    return int(fixed[1]) if fixed else None


def rounds_concentration_first(standard: str) -> bool:
    """Whether an AQI rule rounds the concentration before the sub-index (HJ 633-2026 4.2.2; 2012 does not say so)."""
    return standard >= "HJ 633-2026"


def names_exceeding(standard: str) -> bool:
    """Whether an AQI rule knows 超标污染物 (HJ 633-2012); HJ 633-2026 dropped the definition."""
    return standard < "HJ 633-2026"


@cache
def concentration_places(pollutant: str) -> int:
    """The decimals of a concentration before its sub-index is found (HJ 633-2026 4.2.2).

    ValueError for anything but the six pollutants.
    """
    for row in table("air_decimals"):
        head, _, names = row["quantity"].partition(": ")
        if head == "AQI input" and pollutant in names.split(","):
            return int(row["attainment"])
    raise ValueError(f"HJ 633 knows no pollutant {pollutant}")


@dataclass(frozen=True)
class Decimals:
    """How a concentration is printed as a statistic, at least, and how it is compared with a limit."""

    statistic: int
    attainment: int


@cache
def air_decimals(quantity: str) -> Decimals:
    """The decimals of a pollutant, of "exceedance multiple" or of "attainment rate" (HJ 663-2026 Table 3, C).

    ValueError for a quantity that the table lacks.
    """
    for row in table("air_decimals"):
        if quantity in row["quantity"].split(";"):
            return Decimals(int(row["statistics_min"] or row["attainment"]), int(row["attainment"]))
    raise ValueError(f"no decimals are known for {quantity}")


@dataclass(frozen=True)
class Version:
    """One row of the register of standards: its window of validity and how far it was verified (A, B, C or R)."""

    standard: str
    name_zh: str
    valid_from: date
    valid_to: date | None
    verified: str
    note: str


@cache
def versions() -> tuple[Version, ...]:
    """The register of standards and rules. A year alone stands for its first day, a month for its first.

    GB 3095-2012 and HJ 633-2012 begin with the pilot cities, not with the 2016 of their covers.
    """
    return tuple(
        Version(
            row["standard"],
            row["name_cn"],
            PILOT_FROM if row["standard"] in ("GB 3095-2012", "HJ 633-2012") else _day(row["valid_from"]),
            _day(row["valid_to"]) if row["valid_to"] else None,
            row["verified"],
            row["note"],
        )
        for row in table("standard_versions")
    )


def versions_on(on: date) -> list[Version]:
    """The standards and rules in force on a day."""
    return [one for one in versions() if one.valid_from <= on and (one.valid_to is None or on <= one.valid_to)]


def as_in_force(names: str, on: date) -> str:
    """Names of standards, such as "GB 3095-2012、HJ 663-2013", each in the version in force on a day.

    What the register does not know, or knows no version of for that day, stays as it is written.
    """
    known = [_NUMBERED.match(one.standard) for one in versions_on(on) if "amendment" not in one.standard]
    by_family = {found[1]: found[0] for found in known if found}
    return _NUMBERED.sub(lambda name: by_family.get(name[1], name[0]), names)


#: Such as "HJ 663-2013": the family before the dash, the year behind it.
_NUMBERED = re.compile(r"((?:GB/T|GB|HJ) ?\d+(?:\.\d+)?)-\d{4}")


def _day(text: str) -> date:
    return date.fromisoformat(text + "-01-01"[len(text) - 10 :] if len(text) < 10 else text)


@dataclass(frozen=True)
class Band:
    """One AQI band (HJ 633) with its official names and colour."""

    low: int
    high: int
    level_zh: str
    category_zh: str
    category_en: str
    rgb: tuple[int, int, int]


@cache
def aqi_bands() -> tuple[Band, ...]:
    """The six bands, ascending; the last one also takes every AQI above its `high`."""
    return tuple(
        Band(
            low=int(row["aqi_low"]),
            high=int(row["aqi_high"]),
            level_zh=row["level_cn"],
            category_zh=row["category_cn"],
            category_en=row["category_en"],
            rgb=(int(row["R"]), int(row["G"]), int(row["B"])),
        )
        for row in table("aqi_categories")
    )


@cache
def air_limit(pollutant: str, averaging: str, on: date, level: int = 2) -> Decimal:
    """The concentration limit of GB 3095 in force for data of that day.

    µg/m³, CO in mg/m³; `averaging` is spelled as in the table ("annual", "24h", "1h", "daily max 8h"). Data from
    2012-02-29 to 2015 take the limits of 2012, which pilot cities followed then. LookupError where there is none.
    """
    for row in air_limits_on(on):
        if row["pollutant"] == pollutant and row["averaging"] == averaging:
            return Decimal(row[f"level_{level}"])
    raise LookupError(f"no limit for {pollutant} {averaging} on {on}")


@cache
def air_limits_on(on: date) -> tuple[dict[str, str], ...]:
    """The rows of GB 3095 limits in force for data of that day; none before pilot cities began (see `air_limit`)."""
    day = max(on, date(2016, 1, 1)) if on >= PILOT_FROM else on
    return tuple(row for row in table("air_quality_limits") if _holds(row, day))


def _holds(row: dict[str, str], on: date) -> bool:
    start, end = row["valid_from"], row["valid_to"]
    return date.fromisoformat(start) <= on and (not end or on <= date.fromisoformat(end))
