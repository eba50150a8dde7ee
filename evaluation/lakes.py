"""The trophic state of lakes: 综合营养状态指数."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cache

from evaluation.rounding import Number, exact, round_half_even
from evaluation.standards import table
from evaluation.water import item_mean

_PRECISION = 40


@dataclass(frozen=True)
class _Parameter:
    """TLI = 10·(constant + factor·ln value), weighted by r² over the sum of all r²."""

    constant: Decimal
    factor: Decimal
    r_squared: Decimal
    unit: str


@cache
def _parameters() -> Mapping[str, _Parameter]:
    found = {}
    for row in table("lake_tli"):
        formula = re.fullmatch(r"10\*\(([\d.]+)([+-][\d.]+)\*ln\(\w+\)\)", row["formula"])
        if formula is None:
            raise ValueError(f"not a formula of the trophic index: {row['formula']}")
        found[row["parameter"]] = _Parameter(
            Decimal(formula[1]), Decimal(formula[2]), Decimal(row["r_ij2"]), row["unit"]
        )
    return found


def tli_of_parameter(parameter: str, value: Number) -> Decimal:
    """TLI of "chla" (mg/m³), "TP", "TN", "CODMn" (mg/L) or "SD" (m), to 28 digits.

    ValueError for another parameter and for a value that is not above zero, whose logarithm does not exist.
    """
    known = _parameters().get(parameter)
    if known is None:
        raise ValueError(f"the trophic index knows no {parameter}")
    amount = exact(value)
    if amount <= 0:
        raise ValueError(f"{parameter} of {value} has no logarithm")
    with localcontext() as context:
        context.prec = _PRECISION
        logarithm = (Decimal(amount.numerator) / Decimal(amount.denominator)).ln()
        return 10 * (known.constant + known.factor * logarithm)


def tli(values: Mapping[str, Number]) -> Decimal:
    """TLI(Σ) of a lake from all five of chla, TP, TN, SD and CODMn, unrounded. ValueError when one is missing.

    In words: chlorophyll, phosphorus, nitrogen, transparency and the permanganate index each give a number from the
    logarithm of their value; their weighted mean tells how overfed with nutrients the lake is.
    方法：叶绿素a、总磷、总氮、透明度、高锰酸盐指数各按对数公式算出营养状态指数，再按与叶绿素a的相关系数平方加权平均。
    依据：湖泊（水库）富营养化评价方法，中国环境监测总站（B）
    """
    known = _parameters()
    if missing := [name for name in known if name not in values]:
        raise ValueError(f"the trophic index needs all five; missing: {', '.join(missing)}")
    with localcontext() as context:
        context.prec = _PRECISION
        weight = sum((one.r_squared for one in known.values()), Decimal(0))
        total = sum((one.r_squared * tli_of_parameter(name, values[name]) for name, one in known.items()), Decimal(0))
        return total / weight


#: Upper end of each state, itself included but for the first.
_STATES = (
    (50, "中营养", "mesotrophic"),
    (60, "轻度富营养", "lightly eutrophic"),
    (70, "中度富营养", "moderately eutrophic"),
)


def trophic_state(index: Number, places: int = 1) -> tuple[str, str]:
    """The state of a trophic index, (Chinese, English), judged on the index rounded to `places` (own default).

    In words: below 30 poor in nutrients, 30 to 50 medium, above 50 overfed: to 60 lightly, to 70 moderately, above
    heavily.
    方法：小于30贫营养，30—50中营养，大于50富营养（60及以下轻度，70及以下中度，70以上重度）。
    依据：湖泊（水库）富营养化评价方法（B）
    """
    rounded = round_half_even(index, places)
    if rounded < 30:
        return "贫营养", "oligotrophic"
    return next(((zh, en) for end, zh, en in _STATES if rounded <= end), ("重度富营养", "heavily eutrophic"))


def lake_means(points: Sequence[Mapping[str, Sequence[Number]]]) -> dict[str, Number]:
    """A lake from its points: the mean over time at each point, then over the points (环办〔2011〕22号, R).

    `points`: for each point, item -> values over time. The mean of pH is that of hydrogen ions, as for sections.
    ValueError for an item without values.
    """
    items = dict.fromkeys(item for point in points for item in point)
    return {
        item: item_mean(item, [item_mean(item, point[item]) for point in points if item in point]) for item in items
    }
