"""Reading one cell: a number, nothing, or something that is set aside. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from evaluation.rounding import round_half_even
from evaluation.water import reading

#: Texts that instruments and archives write for "no value"; a value is lost, so each is a finding.
MISSING_CODES = frozenset({"9999", "99999", "-9999", "-999", "-99", "9999.0", "-9999.0", "-999.0", "-99.0"})

#: Above these a value is not believed (own bounds, R): µg/m³, CO mg/m³.
PLAUSIBLE_AIR = {
    "PM2.5": Decimal(3000),
    "PM10": Decimal(9000),
    "SO2": Decimal(5000),
    "NO2": Decimal(4000),
    "O3": Decimal(2000),
    "CO": Decimal(200),
}
#: The same for water, in the unit of the item.
PLAUSIBLE_WATER = {
    "WT": Decimal(50),
    "pH": Decimal(14),
    "DO": Decimal(60),
    "EC": Decimal(200_000),
    "TURB": Decimal(50_000),
    "CODMn": Decimal(1000),
    "NH3-N": Decimal(1000),
    "TP": Decimal(100),
    "TN": Decimal(1000),
    "CHLA": Decimal(100),
    "ALGAE": Decimal(10) ** 12,
}

_MOST_REMEMBERED = 100_000
#: No instrument writes more digits; a longer text is none of its numbers.
_LONGEST = 40
_BELOW = re.compile(r"<\d+(\.\d+)?|\d+(\.\d+)?[Ll]", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)


#: What a cell is instead of a number: the text it cannot stand as becomes a finding of that code.
PROBLEMS = ("missing_code", "not_a_number", "negative", "out_of_range", "limit_unknown")
#: A cell without a value.
MISSING = -1


def problem(cell: int) -> str | None:
    """The code of the finding that a cell is; None for a number or a missing value."""
    return PROBLEMS[-2 - cell] if cell < MISSING else None


class CellReader(dict[str, int]):
    """Text -> integer of 1/scale, MISSING, or below that one of the PROBLEMS.

    A dictionary that fills itself: the same texts come again and again. What is finer than 1/scale is rounded half to
    even; the scales lie below what any instrument resolves.
    """

    def __init__(
        self,
        scale: int,
        plausible: Decimal,
        missing: frozenset[str],
        *,
        zero_is_missing: bool = False,
        below_limit: bool = False,
    ) -> None:
        super().__init__()
        self._below_limit = below_limit
        self._scale = scale
        self._plausible = plausible
        self._missing = missing
        self._zero_is_missing = zero_is_missing

    def __missing__(self, text: str) -> int:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        found = self[text] = self._read(text.strip())
        return found

    def _read(self, text: str) -> int:
        if text in self._missing:
            return MISSING
        if text in MISSING_CODES:
            return _code("missing_code")
        if self._below_limit and text == "未检出":
            return _code("limit_unknown")
        below = self._below_limit and _BELOW.fullmatch(text)
        if len(text) > _LONGEST or not (below or _NUMBER.fullmatch(text)):
            return _code("not_a_number")
        value = reading(text) if below else Decimal(text)
        if value < 0:
            return _code("negative")
        if value > self._plausible:
            return _code("out_of_range")
        if value == 0 and self._zero_is_missing:
            return MISSING
        return int(round_half_even(value * self._scale, 0))


def _code(name: str) -> int:
    return -2 - PROBLEMS.index(name)


@cache
def cell_reader(
    scale: int,
    plausible: Decimal,
    missing: frozenset[str],
    *,
    zero_is_missing: bool = False,
    below_limit: bool = False,
) -> CellReader:
    """The reader of such cells; one is shared by all files, so that it knows their texts already.

    `below_limit`: "0.01L" and "<0.01" stand for half the detection limit (环办监测函〔2020〕82号, C).
    """
    return CellReader(scale, plausible, missing, zero_is_missing=zero_is_missing, below_limit=below_limit)
