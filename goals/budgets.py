"""What the rest of the year may still hold, as facts that a sentence can be made of. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from evaluation.budget import (
    DaysSoFar,
    days_until,
    percentile_span,
    region_days_that_may_fail,
    region_remaining_mean,
    sections_that_may_fail,
    strictest,
)
from evaluation.progress import Aim, CityYear, Kind, Rule
from evaluation.rounding import round_down, round_half_even, round_up, without_trailing_zeros
from evaluation.statistics import percentile_of_sorted
from evaluation.steering import percentile_days, remaining_mean_range
from goals.evidence import Best
from indicators.models import Indicator

Budget = dict[str, Any]


def budget(indicator: Indicator, aim: Aim, rule: Rule, best: Best) -> Budget | None:
    """The budget under a rule; None once the year is over or where the statistic has none."""
    if best.evidence.closed:
        return None
    cities = [city.so_far(missing_count_as_remaining=False) for city in best.cities.values()]
    if indicator.statistic == "mean" and cities:
        left = _remaining_mean(indicator, rule, cities)
        return left and left | {"blur": _blur(indicator, rule, best, cities)}
    if indicator.statistic == "day_ratio" and rule.comparator in (">=", ">") and cities:
        return _days_that_may_fail(rule, cities)
    if indicator.statistic == "day_count" and cities:
        return _days_until(rule, cities)
    if indicator.statistic == "percentile" and rule.comparator in ("<=", "<") and best.cities:
        return _percentile(indicator, rule, list(best.cities.values()))
    if indicator.statistic == "class_share" and best.sections:
        return _sections(indicator, rule, best)
    if indicator.only_grows or aim.kind == Kind.INCREMENT:
        return _amount(indicator, rule, best)
    return None


def _blur(indicator: Indicator, rule: Rule, best: Best, cities: Sequence[DaysSoFar]) -> dict[str, str]:
    """How the control value moves with the rounding of the mean that is shown (standards register, section 7 no. 1)."""
    places = max(indicator.display_places, 0)
    edge = strictest(rule.limit, rule.comparator, rule.places).value  # that of the sentence, not the plain limit
    low, high = remaining_mean_range(edge, cities, round_half_even(best.level, places), places)
    return {"low": str(round_half_even(low, 1)), "high": str(round_half_even(high, 1))}


def _remaining_mean(indicator: Indicator, rule: Rule, cities: Sequence[DaysSoFar]) -> Budget | None:
    if not any(city.remaining for city in cities):
        return None
    edge = strictest(rule.limit, rule.comparator, rule.places)
    required = region_remaining_mean(edge.value, cities)
    places = max(indicator.display_places, 1)
    is_cap = rule.comparator in ("<", "<=", "=")
    printed = round_down(required, places) if is_cap else round_up(required, places)
    if not edge.inclusive and printed == required:
        printed += Decimal(1).scaleb(-places) * (-1 if is_cap else 1)
    return {
        "kind": "remaining_mean",
        "required": str(printed),
        "plain": str(round_half_even(region_remaining_mean(rule.limit, cities), 2)),
        "is_cap": is_cap,
        "days": max(city.remaining for city in cities),
        "cities": len(cities),
        "unit": indicator.unit,
    }


def _days_that_may_fail(rule: Rule, cities: Sequence[DaysSoFar]) -> Budget:
    left = region_days_that_may_fail(rule.limit, rule.places, cities)
    used = sum(int(city.valid - city.total) for city in cities)
    return {
        "kind": "days_may_fail",
        "left": left,
        "used": used,
        "allowed": left + used,
        "remaining": sum(city.remaining for city in cities),
        "days": max(city.remaining for city in cities),
        "cities": len(cities),
    }


def _days_until(rule: Rule, cities: Sequence[DaysSoFar]) -> Budget:
    """City-days until the cap on a count is used up, or until a floor is reached."""
    left = days_until(rule.limit, rule.comparator, rule.places, cities)
    return {
        "kind": "days_left" if rule.comparator in ("<", "<=") else "days_needed",
        "left": left,
        "used": sum(int(city.total) for city in cities),
        "days": max(city.remaining for city in cities),
        "cities": len(cities),
    }


def _percentile(indicator: Indicator, rule: Rule, cities: Sequence[CityYear]) -> Budget:
    """Days above the limit that a city's percentile still allows; for several cities, how far they are."""
    edge = strictest(rule.limit, rule.comparator, rule.places)
    percent = indicator.percent or 0
    if len(cities) > 1:
        lows = [percentile_span(percent, city.values, city.remaining, city.scale).low for city in cities]
        known = [low for low in lows if low is not None]
        so_far = [percentile_of_sorted(city.values, percent) / city.scale for city in cities if city.values]
        return {
            "kind": "percentile_cities",
            "cities": len(cities),
            "over": sum(level > edge.value for level in so_far),
            "least": str(round_half_even(sum(known, Fraction(0)) / len(known), indicator.display_places)),
            "unit": indicator.unit,
        }
    city = cities[0]
    allowed = percentile_days(percent, city.valid + city.remaining)
    over = sum(value > edge.value * city.scale for value in city.values)
    return {
        "kind": "percentile_days",
        "left": allowed.safe - over,
        "until_lost": allowed.lost - over,
        "over": over,
        "days": city.remaining,
    }


def _sections(indicator: Indicator, rule: Rule, best: Best) -> Budget:
    wanted = {int(grade) for grade in indicator.classes}
    inside = sum(so_far.grade in wanted for _site, so_far in best.sections)
    total = len(best.sections)
    facts: Budget = {"total": total, "items": sorted({so_far.items for _site, so_far in best.sections})}
    if rule.comparator in (">=", ">", "="):
        left = sections_that_may_fail(str(rule.limit), total, total - inside)
        return {"kind": "sections_may_fail", "left": left, "inside": inside} | facts
    allowed = total - _least_outside(rule, total)
    return {"kind": "sections_may_enter", "left": allowed - inside, "inside": inside} | facts


def _least_outside(rule: Rule, total: int) -> int:
    """The smallest number of sections outside a class that keeps its share within a cap."""
    for inside in range(total, -1, -1):
        share = round_half_even(Fraction(100 * inside, total), rule.places)
        if share < rule.limit or (share == rule.limit and rule.comparator == "<="):
            return total - inside
    return total


def _amount(indicator: Indicator, rule: Rule, best: Best) -> Budget:
    missing = max(Fraction(rule.limit) - best.level, Fraction(0))
    return {
        "kind": "amount",
        "left": str(without_trailing_zeros(round_up(missing, max(indicator.display_places, rule.places)))),
        "unit": indicator.unit,
    }
