"""Why a verdict is another one than before: what came in, what was revised, amended or changed since. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from evaluation.calendar import end_of_day
from evaluation.progress import RULE_VERSION
from goals.models import Assessment, Target
from indicators.catalogue import DAILY_STATISTICS
from indicators.columns import DAY_COLUMNS
from indicators.models import Extent, Revision, Submission
from provinces.models import Region
from provinces.selectors import code_prefix

#: So many facts of a kind are kept with a verdict; how many there were is kept beside them.
MOST = 5

Cause = dict[str, Any]
Reason = Assessment.Reason

#: The figures of city days by the items that revisions name.
_ITEMS = {"pm25": "PM2.5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "co": "CO", "o3_8h": "O3"}


@dataclass
class Causes:
    """What changed since a moment, asked once for many targets."""

    as_of: date | None
    _revisions: dict[tuple[object, ...], list[Revision]] = field(default_factory=dict)
    _submissions: dict[tuple[object, ...], tuple[list[Submission], int]] = field(default_factory=dict)

    def of(self, target: Target, before: Assessment, facts: Mapping[str, Any]) -> tuple[str, list[Cause]]:
        """The reason why a verdict with these facts is not `before`, the weightiest first, and the facts behind it."""
        asked, asked_before = facts.get("assigned"), before.facts.get("assigned")
        if target.updated_at > before.assessed_at or asked != asked_before:
            return Reason.AMENDED_TARGET, self._amendments(target, before.assessed_at, asked_before, asked)
        if before.rule_version != RULE_VERSION or _learned_anew(before.facts, facts):
            return Reason.CHANGED_RULE, [_changed_rule(before, facts)]
        revised = self.revisions(target, before.assessed_at)
        if revised:
            return Reason.REVISED_DATA, [_revision(one) for one in revised[:MOST]] + _more(len(revised))
        found, number = self.submissions(target, before)
        return Reason.NEW_DATA, [_submission(one) for one in found] + _more(number)

    def _amendments(self, target: Target, since: datetime, was: Any, now: Any) -> list[Cause]:
        found: list[Cause] = []
        for record in target.history.filter(history_date__gt=since).order_by("history_date")[:MOST]:
            earlier = record.prev_record
            changed = record.diff_against(earlier).changes if earlier else []
            found.append(
                {
                    "kind": "amendment",
                    "by": str(record.history_user or ""),
                    "why": record.history_change_reason or "",
                    "on": record.history_date.date().isoformat(),
                    "changes": [[one.field, str(one.old), str(one.new)] for one in changed],
                }
            )
        if was != now:
            found.append({"kind": "assigned", "before": was, "after": now})
        return found

    def revisions(self, target: Target, since: datetime) -> list[Revision]:
        """Revisions of what a target rests on that were recorded since, as far as the day looks; the latest first."""
        observed = observed_items(target)
        key = (target.plan.region_id, tuple(tables_of(target)), observed, target.plan.year, since)
        if key not in self._revisions:
            found = _revisions(target, observed).filter(recorded_at__gt=since)
            if self.as_of is not None:
                known = end_of_day(self.as_of)  # a later revision is taken back as of this day
                found = found.filter(period_end__lte=known, recorded_at__lte=known)
            self._revisions[key] = list(found.select_related("region", "site"))
        return [
            one for one in self._revisions[key] if one.table != Extent.Table.FIGURE or one.item == target.indicator_id
        ]

    def submissions(self, target: Target, before: Assessment) -> tuple[list[Submission], int]:
        """The latest files that speak of what a target rests on and that the verdict before did not know: they came
        since, or their time lies between the two days."""
        since = before.assessed_at
        key = (target.plan.region_id, tuple(tables_of(target)), target.plan.year, before.as_of, since)
        if key not in self._submissions:
            new = Q(loaded_at__gt=since)
            if before.as_of is not None:
                later = Q(extents__last__gt=end_of_day(before.as_of))
                if self.as_of is not None:
                    later &= Q(extents__first__lte=end_of_day(self.as_of))
                new |= later
            found = submissions_of(target).filter(new)
            number = found.count()
            self._submissions[key] = (list(found[:MOST]) if number else [], number)
        return self._submissions[key]


def tables_of(target: Target) -> list[str]:
    """The tables of observations that a target's figure can rest on."""
    statistic = target.indicator.statistic
    tables = [Extent.Table.FIGURE.value]
    if statistic in (*DAILY_STATISTICS, "composite_index"):
        tables += [Extent.Table.AIR_HOUR.value, Extent.Table.AIR_DAY.value]
    elif statistic == "class_share":
        tables.append(Extent.Table.WATER_VALUE.value)
    return tables


def submissions_of(target: Target) -> QuerySet[Submission]:
    """The files that speak of a target's region, and of what lies in it, in the year of its plan; the latest first."""
    year = target.plan.year
    regions = Region.objects.filter(code__startswith=code_prefix(target.plan.region))
    return (
        Submission.objects.filter(
            extents__region__in=regions,
            extents__table__in=tables_of(target),
            extents__last__gt=end_of_day(date(year - 1, 12, 31)),
            extents__first__lte=end_of_day(date(year, 12, 31)),
        )
        .distinct()
        .order_by("-received_at", "-id")
    )


def observed_items(target: Target) -> tuple[str, ...]:
    """The items of hours and days that a target's figure rests on; none where it rests on other things."""
    figure = target.indicator.figure
    if figure in _ITEMS:
        return (_ITEMS[figure], figure)
    return (*_ITEMS.values(), *DAY_COLUMNS) if figure else ()  # a count of days rests on all pollutants


def revisions_behind(target: Target) -> QuerySet[Revision]:
    """The revisions of what a target rests on in its year, the latest first."""
    found = _revisions(target, observed_items(target))
    return found.filter(~Q(table=Extent.Table.FIGURE) | Q(item=target.indicator_id))


def _revisions(target: Target, observed: Sequence[str]) -> QuerySet[Revision]:
    """Revisions of observations that count for a target, and of any figure of its region."""
    air = Q(table__in=(Extent.Table.AIR_HOUR, Extent.Table.AIR_DAY), item__in=observed)
    others = Q(table__in=(Extent.Table.WATER_VALUE, Extent.Table.FIGURE))
    return Revision.objects.filter(
        (air | others) if observed else others,
        region__code__startswith=code_prefix(target.plan.region),
        period_end__gt=end_of_day(date(target.plan.year - 1, 12, 31)),
        period_end__lte=end_of_day(date(target.plan.year, 12, 31)),
        table__in=tables_of(target),
    )


def _learned_anew(before: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether two outlooks rest on different numbers; a certain verdict has none and says nothing of them."""
    lessons = _lesson(before), _lesson(facts)
    return None not in lessons and lessons[0] != lessons[1]


def _lesson(facts: Mapping[str, Any]) -> str | None:
    source = (facts.get("forecast") or {}).get("source")
    return None if source is None else str(source)


def _changed_rule(before: Assessment, facts: Mapping[str, Any]) -> Cause:
    return {
        "kind": "rule",
        "before": before.rule_version,
        "after": RULE_VERSION,
        "lesson_before": _lesson(before.facts),
        "lesson_after": _lesson(facts),
    }


def _revision(one: Revision) -> Cause:
    return {
        "kind": "revision",
        "id": one.pk,
        "where": one.site.name if one.site else one.region.label,
        "item": one.item,
        "period_end": one.period_end.isoformat(),
        "old": None if one.old_value is None else f"{one.old_value:f}",
        "new": None if one.new_value is None else f"{one.new_value:f}",
        "submission": one.new_submission_id,
    }


def _submission(one: Submission) -> Cause:
    return {"kind": "submission", "id": one.pk, "name": one.name}


def _more(number: int) -> list[Cause]:
    return [{"kind": "more", "count": number - MOST}] if number > MOST else []
