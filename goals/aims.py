"""What a target asks, in pure terms: its subject, the number that judges it, what it is measured against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from evaluation.budget import COMPARATORS
from evaluation.progress import Aim, Direction, Kind, Rule
from goals.evidence import Best, Subject
from goals.models import AssignedValue, Target

#: Daily figures that rest on the AQI, whose table changes with the standard.
AQI_FIGURES = ("good_days", "bad_days", "heavy_days")

CHANGES = (Kind.RELATIVE_CHANGE, Kind.POINT_CHANGE, Kind.INCREMENT)
ON_A_BASELINE = (*CHANGES, Kind.HOLD, Kind.TREND)


@dataclass(frozen=True)
class Number:
    """The number that judges a target: printed in the plan, assigned, or read off a schedule's line."""

    comparator: str
    value: Decimal
    as_change: bool = False
    baseline_year: int | None = None
    source: AssignedValue | None = None
    by_line: bool = False


@dataclass(frozen=True)
class Base:
    """The level that a change, hold or trend is measured against: of a whole year, or of the same part of it."""

    year: int
    level: Decimal
    basis: str
    simulated: bool
    same_period: bool = False


def subject_of(target: Target) -> Subject:
    """What a target is about."""
    region = target.plan.region
    return Subject(
        region,
        target.indicator,
        target.indicator.scope_for(region, target.scope),
        target.validity_profile,
        without_dust=target.dust_account == Target.DustAccount.EXCLUDED,
    )


def aim_of(target: Target, number: Number | None) -> Aim:
    """What a target asks, in pure terms; an assigned number makes a delegated target absolute, or a change."""
    indicator = target.indicator
    kind = Kind(target.kind)
    if number is not None and number.as_change:
        kind = Kind.RELATIVE_CHANGE
    directions: Mapping[str, Direction] = {"decrease": "decrease", "increase": "increase", "hold": "hold"}
    return Aim(
        kind=kind,
        direction=directions[indicator.direction],
        places=indicator.attainment_places,
        comparator=COMPARATORS[number.comparator] if number else None,
        value=number.value if number else None,
        tolerance=target.tolerance,
        approximate=target.approximate,
        allows_equal=target.allows_equal,
        minimum=indicator.minimum,
        maximum=indicator.maximum,
    )


def coverage_facts(best: Best) -> dict[str, Any]:
    """What evidence rests on, as facts of a verdict: cities with their days, or sections with their months."""
    source = best.beside or best
    if source.cities:
        return {
            "cities": len(source.cities),
            "days_valid": sum(city.valid for city in source.cities.values()),
            "days_missing": sum(city.missing for city in source.cities.values()),
            "thin": [code for code, city in source.cities.items() if not city.sufficient],
        }
    if source.sections:
        return {
            "sections": len(source.sections),
            "items": sorted({so_far.items for _site, so_far in source.sections}),
            "months": min(so_far.months for _site, so_far in source.sections),
        }
    return {}


def rule_facts(rule: Rule) -> dict[str, Any]:
    """A rule as facts of a verdict."""
    return {"comparator": rule.comparator, "limit": str(rule.limit), "places": rule.places}


def number_facts(number: Number) -> dict[str, Any]:
    """An assigned number with its document, as facts of a verdict; nothing of one that the plan prints."""
    source = number.source
    if source is None:
        return {}
    return {
        "comparator": number.comparator,
        "value": str(number.value),
        "unit": source.unit,
        "as_change": number.as_change,
        "by_line": number.by_line,
        "document": source.document,
        "assigned_on": source.assigned_on.isoformat(),
        "by": str(source.entered_by or ""),
    }
