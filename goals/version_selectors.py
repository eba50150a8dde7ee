"""What a version of a plan says beside what is already there: the nouns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goals.drafts import COMPARED, TargetFields, differences
from goals.models import Draft, Plan, PlanVersion, Target
from indicators.models import Indicator


@dataclass(frozen=True)
class Match:
    """The target that a draft speaks of, and what the draft changes in it."""

    target: Target
    differences: Sequence[tuple[str, Any, Any]]


@dataclass(frozen=True)
class Comparison:
    """A version held against the plan's targets: by draft, and those that it does not repeat."""

    matches: Mapping[int, Match]
    gone: Sequence[Target]


def catalogue_names() -> list[dict[str, Any]]:
    """The catalogue as the reader needs it, with the aliases that the bureau added."""
    rows = Indicator.objects.values("code", "name_zh", "aliases", "domain", "unit", "direction", "statistic")
    return [dict(row) for row in rows]


def comparison(version: PlanVersion, plan: Plan | None = None) -> Comparison:
    """Which drafts repeat which targets: by indicator, scope, kind and aim; then by indicator and scope alone."""
    plan = plan or Plan.objects.filter(region=version.region_id, year=version.year).first()
    if plan is None:
        return Comparison({}, [])
    there = list(
        plan.targets.filter(parent__isnull=True).exclude(status=Target.Status.RETIRED).select_related("indicator")
    )
    drafts = [
        (draft.pk, TargetFields.model_validate(draft.fields))
        for draft in version.drafts.filter(sort=Draft.Sort.TARGET).exclude(state=Draft.State.REJECTED)
    ]
    matches: dict[int, Match] = {}
    for exact in (True, False):
        for pk, fields in drafts:
            if pk in matches:
                continue
            target = next((one for one in there if _repeats(fields, one, exact)), None)
            if target is not None:
                there.remove(target)
                matches[pk] = Match(target, differences(_fields_of(target), fields))
    return Comparison(matches, there)


def _repeats(fields: TargetFields, target: Target, exact: bool) -> bool:
    if not fields.indicator or fields.indicator != target.indicator_id or fields.scope_zh != target.scope_zh:
        return False
    return not exact or (fields.kind.value == target.kind and fields.aspirational == target.aspirational)


def _fields_of(target: Target) -> dict[str, Any]:
    renamed = {"indicator": "indicator_id"}
    return {name: getattr(target, renamed.get(name, name)) for name in COMPARED}
