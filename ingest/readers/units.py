"""Units, times and blanks as tables write them: what is named is converted, nothing is assumed. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from evaluation.calendar import SHANGHAI
from ingest.readers.bureau_sheets import BLANK
from ingest.readers.water_stations import UNITS as WATER_UNITS
from ingest.tidy import HOUR_ITEMS

#: What stands for "no value" in a table of measurements.
MISSING = frozenset(BLANK | {"NaN", "NA", "null", "_"})

_ONE, _THOUSAND = Decimal(1), Decimal(1000)
#: What a value in that unit is multiplied by to be in the unit that is stored.
_AIR = {"µg/m3": _ONE, "mg/m3": _THOUSAND}
_CARBON_MONOXIDE = {"mg/m3": _ONE, "µg/m3": 1 / _THOUSAND}
_DISSOLVED = {"mg/L": _ONE, "µg/L": 1 / _THOUSAND}

_TIMES = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M",
    "%Y年%m月%d日 %H时",
    "%Y年%m月%d日%H时",
    "%Y-%m-%d %H",
    "%Y%m%d %H",
    "%Y%m%d%H",
)
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d")
#: Digits without anything between them tell months from days only when all are there: 2021112 is two dates.
_DIGITS = {"%Y%m%d%H": 10, "%Y%m%d": 8}


def plain_unit(text: str) -> str:
    """The one spelling of a unit: the micro sign is U+00B5, a cube a plain 3."""
    return text.strip().replace("³", "3").replace("μ", "µ").replace("ug/", "µg/").replace("uS/", "µS/")


def units_of(item: str) -> dict[str, Decimal]:
    """The units that an item may come in, and what a value in each is multiplied by; empty for an unknown item."""
    if item in (*HOUR_ITEMS, "O3_8h"):
        return _CARBON_MONOXIDE if item == "CO" else _AIR
    own = WATER_UNITS.get(item)
    if own is None:
        return {}
    return _DISSOLVED if own == "mg/L" else {plain_unit(own): _ONE}


@lru_cache(maxsize=100_000)
def converted(item: str, text: str, unit: str) -> str:
    """The text in the unit that is stored; one that is no number as it stands, one that means none empty.

    KeyError for a unit that the item does not come in.
    """
    if text in MISSING:
        return ""
    times = units_of(item)[unit]
    if times == 1:
        return text
    sign = text[-1:] if text[-1:] in ("L", "l") else ""  # below the limit of detection
    number = text.removesuffix(sign).removeprefix("<")
    try:
        value = Decimal(number)
    except InvalidOperation:
        return text
    if not value.is_finite() or abs(value.adjusted()) >= 30:
        return text
    return ("<" if text.startswith("<") else "") + format(value * times, "f") + sign


@lru_cache(maxsize=20_000)
def moment(text: str) -> datetime | None:
    """A time of day in the usual spellings; hour 24 is the next day's 0. None for what is no time."""
    text = " ".join(text.split())
    for pattern in _TIMES:
        for hour_24, plain in ((False, text), (True, _without_24(text))):
            found = None if hour_24 and plain == text else _parsed(plain, pattern)
            if found is not None:
                return found + timedelta(days=1) if hour_24 else found
    return None


def _parsed(text: str, pattern: str) -> datetime | None:
    if len(text) != _DIGITS.get(pattern, len(text)):
        return None
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=SHANGHAI)
    except ValueError:
        return None


def _without_24(text: str) -> str:
    for written, plain in ((" 24:00:00", " 00:00:00"), (" 24:00", " 00:00"), (" 24时", " 00时"), (" 24", " 00")):
        if text.endswith(written):
            return text.removesuffix(written) + plain
    return text


@lru_cache(maxsize=20_000)
def a_day(text: str) -> date | None:
    """A date in the usual spellings; a midnight that a workbook adds does no harm."""
    text = text.strip().removesuffix(" 00:00:00")
    found = next((day for pattern in _DAYS if (day := _parsed(text, pattern)) is not None), None)
    return None if found is None else found.date()
