"""Judging targets and keeping the verdicts, each with the reason why it differs from the one before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.utils import timezone

from evaluation.calendar import end_of_day
from evaluation.progress import RULE_VERSION
from goals.models import Assessment, Target
from goals.selectors import approved_targets, shown_date, stale_targets
from goals.verdicts import Found, Verdicts
from indicators.models import Revision


def assess_targets(targets: Iterable[Target], as_of: date | None) -> list[Assessment]:
    """Judge targets as of a day (None: all that is known now) and append what is new.

    The same day again with the same outcome appends nothing; the stored verdict is returned. Order as given.
    """
    now = timezone.now()
    today = timezone.localdate(now)
    found = Verdicts(targets, as_of, today).all()
    with transaction.atomic():
        previous = _latest([verdict.target for verdict in found])
        same_day = _latest([verdict.target for verdict in found], as_of=as_of, only_that_day=True)
        fresh: list[Assessment] = []
        answer: list[Assessment] = []
        for verdict in found:
            kept = same_day.get(verdict.target.pk)
            if kept is not None and _says_the_same(kept, verdict):
                kept.assessed_at = now
                fresh.append(kept)
                answer.append(kept)
                continue
            row = _assessment(verdict, as_of, previous.get(verdict.target.pk))
            row.assessed_at = now
            answer.append(row)
        Assessment.objects.bulk_update(fresh, ["assessed_at"], batch_size=500)
        Assessment.objects.bulk_create([row for row in answer if row.pk is None], batch_size=500)
    return answer


def assess_stale() -> list[Assessment]:
    """Judge the targets whose evidence changed since they were last judged, as of the day that the pages open on."""
    day = shown_date()
    if day is None:
        return []
    return assess_targets(stale_targets(approved_targets(), day), day)


def _latest(targets: list[Target], *, as_of: date | None = None, only_that_day: bool = False) -> dict[int, Assessment]:
    rows = Assessment.objects.filter(target__in=targets)
    if only_that_day:
        rows = rows.filter(as_of=as_of)
    return {row.target_id: row for row in rows.order_by("id")}


def _says_the_same(kept: Assessment, verdict: Found) -> bool:
    return (kept.state, kept.value, kept.facts, kept.simulated, kept.rule_version) == (
        verdict.state.value,
        verdict.value,
        verdict.facts,
        verdict.simulated,
        RULE_VERSION,
    )


def _assessment(verdict: Found, as_of: date | None, before: Assessment | None) -> Assessment:
    return Assessment(
        target=verdict.target,
        as_of=as_of,
        state=verdict.state.value,
        value=verdict.value,
        facts=verdict.facts,
        reason=_reason(verdict, as_of, before),
        rule_version=RULE_VERSION,
        figure=verdict.figure,
        simulated=verdict.simulated,
    )


def _reason(verdict: Found, as_of: date | None, before: Assessment | None) -> str:
    """Why this verdict is not the one before: the target, the rule, a revision, or simply new data."""
    if before is None:
        return Assessment.Reason.FIRST
    asked, asked_before = (facts.get("assigned") for facts in (verdict.facts, before.facts))
    if verdict.target.updated_at > before.assessed_at or asked != asked_before:
        return Assessment.Reason.AMENDED_TARGET
    if before.rule_version != RULE_VERSION:
        return Assessment.Reason.CHANGED_RULE
    revised = Revision.objects.filter(
        recorded_at__gt=before.assessed_at, region__code__startswith=verdict.target.plan.region_id[:2]
    )
    if as_of is not None:
        revised = revised.filter(period_end__lte=end_of_day(as_of))
    return Assessment.Reason.REVISED_DATA if revised.exists() else Assessment.Reason.NEW_DATA
