"""Judging targets and keeping the verdicts, each with the reason why it differs from the one before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from evaluation.progress import RULE_VERSION
from goals.alerting import raise_alerts
from goals.causes import Cause, Causes
from goals.evidence import EvidenceRoom
from goals.found import Found
from goals.models import Assessment, Target
from goals.outlook import shown_probability
from goals.selectors import approved_targets, plan_years, shown_date, stale_targets
from goals.verdicts import Verdicts

#: So many targets are judged and stored at a time: what they share is read once, and memory stays bounded.
BATCH = 500


def assess_targets(targets: Iterable[Target], as_of: date | None) -> list[Assessment]:
    """Judge targets as of a day (None: all that is known now) and append what is new.

    The same day again with the same outcome appends nothing; the stored verdict is returned. Order as given. A target
    that left its state downward raises an alert, unless a later day was judged already.
    """
    wanted = list(targets)
    return [row for batch in _batches(wanted) for row in _assess(batch, as_of)]


def _batches(targets: Sequence[Target]) -> Iterator[Sequence[Target]]:
    for n in range(0, len(targets), BATCH):
        yield targets[n : n + BATCH]


def _assess(targets: Sequence[Target], as_of: date | None, room: EvidenceRoom | None = None) -> list[Assessment]:
    now = timezone.now()
    found = Verdicts(targets, as_of, timezone.localdate(now), room).all()
    with transaction.atomic():
        previous = _latest(targets, as_of)
        same_day = _of_the_day(targets, as_of)
        causes = Causes(as_of)
        fresh: list[Assessment] = []
        answer: list[Assessment] = []
        for verdict in found:
            kept = same_day.get(verdict.target.pk)
            if kept is not None and says_the_same(kept, verdict):
                kept.assessed_at = now
                fresh.append(kept)
                answer.append(kept)
                continue
            row = _assessment(verdict, as_of, kept or previous.get(verdict.target.pk), causes)
            row.assessed_at = now
            answer.append(row)
        Assessment.objects.bulk_update(fresh, ["assessed_at"], batch_size=500)
        new = [row for row in answer if row.pk is None]
        Assessment.objects.bulk_create(new, batch_size=500)
        raise_alerts([(row, previous.get(row.target_id)) for row in new], now)
    return answer


def assess_days(targets: Iterable[Target], days: Sequence[date]) -> Iterator[tuple[date, list[Assessment]]]:
    """Judge targets as of each of some days, in order: the record that a run on each of them would have left.

    The observations are read once, for the last day; the earlier ones see them as they were then.
    """
    for batch in _batches(list(targets)):
        room = Verdicts(batch, max(days), timezone.localdate()).room
        for day in sorted(days):
            yield day, _assess(batch, day, room.earlier(day))


def assess_stale() -> list[Assessment]:
    """Judge the targets whose evidence changed since they were last judged, as of the day that the pages open on; a
    year's at a time, as a country's of all years are many."""
    day = shown_date()
    if day is None:
        return []
    return [
        row for year in plan_years() for row in assess_targets(stale_targets(approved_targets(year=year), day), day)
    ]


# ---- replay ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Replay:
    """An earlier day judged again, beside what was stored then: the same, or why not."""

    stored: Assessment
    found: Found
    reason: str = ""
    causes: Sequence[Cause] = ()

    @property
    def is_same(self) -> bool:
        """Whether the replay says exactly what was stored."""
        return says_the_same(self.stored, self.found)


def replay(target: Target, as_of: date) -> Replay | None:
    """Judge a target again as of a day, and hold that against what was first stored for it; None where nothing was."""
    stored = Assessment.objects.filter(target=target, as_of=as_of).order_by("id").first()
    return None if stored is None else replay_of(stored, target, as_of)


def replay_of(stored: Assessment, target: Target, as_of: date, room: EvidenceRoom | None = None) -> Replay:
    """Judge a target again as of a day for which a verdict is stored, and hold the two against each other.

    `room`: the evidence for it as of the day, where that was gathered already. Where they differ, the reason names what
    came since: a revision, a file that arrived late, an amendment, a rule.
    """
    found = Verdicts([target], as_of, timezone.localdate(), room).all()[0]
    if says_the_same(stored, found):
        return Replay(stored, found)
    reason, causes = Causes(as_of).of(target, stored, found.facts)
    return Replay(stored, found, reason, causes)


def _latest(targets: Sequence[Target], as_of: date | None) -> dict[int, Assessment]:
    """The verdict of the latest day before `as_of` for each target; before now any day counts."""
    rows = Assessment.objects.filter(target=OuterRef("pk"), as_of__isnull=False)
    if as_of is not None:
        rows = rows.filter(as_of__lt=as_of)
    latest = Subquery(rows.order_by("-as_of", "-id").values("pk")[:1])
    keys = Target.objects.filter(pk__in=[target.pk for target in targets]).annotate(latest=latest)
    found = Assessment.objects.filter(pk__in=keys.values("latest"))
    return {row.target_id: row for row in found}


def _of_the_day(targets: Sequence[Target], as_of: date | None) -> dict[int, Assessment]:
    rows = Assessment.objects.filter(target__in=targets, as_of=as_of)
    return {row.target_id: row for row in rows.order_by("id")}


def says_the_same(kept: Assessment, verdict: Found) -> bool:
    """Whether a stored verdict says exactly what was found."""
    return (kept.state, kept.value, kept.facts, kept.simulated, kept.rule_version) == (
        verdict.state.value,
        verdict.value,
        verdict.facts,
        verdict.simulated,
        RULE_VERSION,
    )


def _assessment(verdict: Found, as_of: date | None, before: Assessment | None, causes: Causes) -> Assessment:
    reason: str = Assessment.Reason.FIRST
    behind: list[Cause] = []
    if before is not None:
        reason, behind = causes.of(verdict.target, before, verdict.facts)
    return Assessment(
        target=verdict.target,
        as_of=as_of,
        state=verdict.state.value,
        value=verdict.value,
        facts=verdict.facts,
        reason=reason,
        causes=behind,
        probability=_probability(verdict),
        rule_version=RULE_VERSION,
        figure=verdict.figure,
        simulated=verdict.simulated,
    )


def _probability(verdict: Found) -> Decimal | None:
    return shown_probability(verdict.facts.get("forecast"))
