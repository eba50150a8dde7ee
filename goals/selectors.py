"""What the pages show, put together: reads only, works out nothing but the order of things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import F, Max, Prefetch, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from evaluation.progress import RULE_VERSION, State
from goals.evidence import EvidenceRoom
from goals.found import Found
from goals.models import (
    Alert,
    Assessment,
    AssignedValue,
    Judgement,
    Plan,
    QuantityProgress,
    SiteSetting,
    Target,
    TargetNote,
    TaskQuantity,
)
from goals.said import last_said
from goals.verdicts import Verdicts
from indicators.catalogue import DAILY_STATISTICS
from indicators.models import Figure, Indicator, Submission
from indicators.selectors import indicators, last_day_with_observations
from memory.tables import remembered, remembered_each
from provinces.models import Evidence, EvidenceChange, Region
from provinces.selectors import evidence_changes


def shown_date() -> date | None:
    """The day that the pages open on: the site's setting, else the last day with observations."""
    setting = site_setting()
    return (setting.shown_date if setting else None) or last_day_with_observations()


def shows_map() -> bool:
    """Whether this site may show a map of regions."""
    setting = site_setting()
    return setting is None or setting.shows_map


@remembered(SiteSetting)
def site_setting() -> SiteSetting | None:
    """What this site has set, if anything."""
    return SiteSetting.objects.filter(pk=1).first()


def approved_targets(region: str = "", year: int | None = None) -> QuerySet[Target]:
    """The targets that are judged, in the order of their plans, with what judging them needs."""
    # plans, regions and indicators are few and shared; a plan's text is tens of kilobytes
    plans = Prefetch("plan", Plan.objects.select_related("region").defer("text"))
    targets = Target.objects.filter(status=Target.Status.APPROVED).prefetch_related(plans, "indicator", "parent")
    if region:
        targets = targets.filter(plan__region=region)
    if year is not None:
        targets = targets.filter(plan__year=year)
    return in_plan_order(targets)


@remembered_each(Target, Plan, Region, Indicator, most=4000)
def targets_by_key(keys: Sequence[int]) -> Mapping[int, Target]:
    """Targets by their keys, with what judging them needs."""
    found = Target.objects.in_bulk(keys)
    known_plans, known = plans(), indicators()
    parents = Target.objects.in_bulk({target.parent_id for target in found.values()} - {None})
    for target in found.values():
        target.plan, target.indicator = known_plans[target.plan_id], known[target.indicator_id]
        if target.parent_id is not None:
            target.parent = parents[target.parent_id]
    return found


@remembered(Target, Plan, Region, Indicator, most=32)
def targets_of_plans(plans: tuple[int, ...]) -> Sequence[Target]:
    """The approved targets of some plans, by their keys."""
    return list(approved_targets().filter(plan__in=plans))


@remembered(Target, Plan, Region, Indicator, most=64)
def targets_of_region(region: str, year: int) -> Sequence[Target]:
    """The approved targets of a region's plan: few enough that what they need comes along with each."""
    targets = approved_targets(region, year).prefetch_related(None)
    return list(targets.select_related("plan__region", "indicator", "parent").defer("plan__text"))


def in_plan_order(targets: QuerySet[Target]) -> QuerySet[Target]:
    """By region and year, then as the plan has them; a child follows its parent."""
    of_parent = F("parent__order").asc(nulls_first=True)  # PostgreSQL would have a parent after its children
    group = Coalesce("parent__order", "order")
    return targets.order_by("plan__region_id", "plan__year", group, of_parent, "order", "register_id")


# ---- verdicts for a page -----------------------------------------------------------------------------------------


def verdicts(targets: Iterable[Target], as_of: date | None, room: EvidenceRoom | None = None) -> list[Found]:
    """The verdicts on targets as of a day: the stored ones where nothing changed since, else worked out now.

    `room`: the evidence for these targets, where somebody has gathered it already.
    """
    wanted = list(targets)
    return _completed(_stored(wanted, as_of, _last_changes(wanted)), wanted, as_of, room)


def verdicts_of_region(
    region: str, year: int, as_of: date | None, targets: Sequence[Target], room: EvidenceRoom | None = None
) -> list[Found]:
    """`verdicts` on some targets of a region's plan, which are looked at one after the other."""
    return _completed(_stored_of_region(region, year, as_of), targets, as_of, room)


def stale_targets_of_region(region: str, year: int, as_of: date | None) -> list[Target]:
    """`stale_targets` among the approved ones of a region's plan."""
    stored = _stored_of_region(region, year, as_of)
    return [target for target in targets_of_region(region, year) if target.id not in stored]


#: What stored verdicts are read from, and what tells whether they still hold.
SAID = (Target, Plan, Region, Indicator, AssignedValue, Judgement, EvidenceChange)
_STORED = (*SAID, Assessment, Figure, Submission)


@remembered(*_STORED, most=64)
def _stored_of_region(region: str, year: int, as_of: date | None) -> Mapping[int, Found]:
    targets = targets_of_region(region, year)
    return _stored(targets, as_of, _last_changes_of_region(region, year))


@remembered(*SAID, most=64)
def _last_changes_of_region(region: str, year: int) -> Mapping[int, datetime]:
    return _last_changes(targets_of_region(region, year))


def _completed(
    stored: Mapping[int, Found], wanted: Sequence[Target], as_of: date | None, room: EvidenceRoom | None = None
) -> list[Found]:
    stale = [target for target in wanted if target.id not in stored]
    judged = Verdicts(stale, as_of, timezone.localdate(), room).all() if stale else []
    now = {found.target.pk: found for found in judged}
    return [stored.get(target.id) or now[target.id] for target in wanted]


def stale_targets(targets: Iterable[Target], as_of: date | None) -> list[Target]:
    """The targets without a stored verdict that rests on everything known."""
    wanted = list(targets)
    judged, changed = dict(_latest(wanted, as_of).values_list("target", "assessed_at")), _last_changes(wanted)
    return [target for target in wanted if target.pk not in judged or judged[target.pk] < changed[target.pk]]


def _stored(targets: Sequence[Target], as_of: date | None, changed: Mapping[int, datetime]) -> dict[int, Found]:
    """The stored verdict of each target, where nothing that it rests on changed since."""
    by_key = {target.id: target for target in targets}
    return {
        row.target_id: Found(by_key[row.target_id], State(row.state), row.value, row.facts, row.figure, row.simulated)
        for row in _latest(targets, as_of).select_related("figure__submission").defer("causes")
        if row.target_id in changed and row.assessed_at >= changed[row.target_id]
    }


def _latest(targets: Sequence[Target], as_of: date | None) -> QuerySet[Assessment]:
    """The last verdict of a day on each target, by the rule in use."""
    judged = Assessment.objects.filter(target__in=[target.pk for target in targets], as_of=as_of)
    latest = judged.filter(rule_version=RULE_VERSION).order_by().values("target").annotate(latest=Max("pk"))
    return Assessment.objects.filter(pk__in=latest.values("latest")).order_by()


def _last_changes(targets: Sequence[Target]) -> dict[int, datetime]:
    """When anything last changed that a target's verdict rests on."""
    evidence, said = evidence_changes({one.plan.region_id for one in targets}), last_said()
    beginning = datetime.min.replace(tzinfo=timezone.get_default_timezone())
    found = {}
    for target in targets:
        kinds = evidence_of(target.indicator.statistic, target.domain)
        when = (getattr(evidence[target.plan.region_id], kind) or beginning for kind in kinds)
        found[target.id] = max(target.updated_at, said.get(target.id, beginning), *when)
    return found


def evidence_of(statistic: str, domain: str) -> tuple[Evidence, ...]:
    """The kinds of evidence that a target's verdict rests on, by the statistic of its indicator and its own domain."""
    is_list = statistic == "list"  # judged by its children, which are of its domain
    is_of_air = statistic in (*DAILY_STATISTICS, "composite_index") or (is_list and domain != "water")
    is_of_water = statistic == "class_share" or (is_list and domain != "air")
    return ("figures", *(("air",) if is_of_air else ()), *(("water",) if is_of_water else ()))


# ---- alerts ----------------------------------------------------------------------------------------------------------


def alerts(as_of: date | None, *, everything: bool = False) -> QuerySet[Alert]:
    """The alerts raised for days up to one that nobody closed yet, or all, the latest first."""
    found = Alert.objects.select_related(
        "target__plan__region", "target__indicator", "site", "acknowledged_by", "closed_by"
    ).prefetch_related("comments__written_by")
    if as_of is not None:
        found = found.filter(raised_on__lte=as_of)
    return found if everything else found.filter(closed_at__isnull=True)


def targets_with_open_alerts(as_of: date | None) -> Sequence[int]:
    """The target of each alert that is open as of a day."""
    return [target for target, raised_on in _open_alerts() if as_of is None or raised_on <= as_of]


@remembered(Alert)
def _open_alerts() -> Sequence[tuple[int, date]]:
    return list(alerts(None).order_by().values_list("target_id", "raised_on"))


# ---- notes -----------------------------------------------------------------------------------------------------------


@remembered(TargetNote)
def targets_with_notes() -> frozenset[int]:
    """The targets under which somebody wrote, by their keys."""
    return frozenset(TargetNote.objects.order_by().values_list("target", flat=True).distinct())


# ---- tasks ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Commitment:
    """A committed quantity with how much of it was done by the day; None is unknown, never zero."""

    quantity: TaskQuantity
    progress: QuantityProgress | None

    @property
    def share(self) -> Decimal | None:
        """The part done, 0 to 1; None when nobody reported."""
        if self.progress is None or self.progress.done is None or not self.quantity.quantity:
            return None
        return min(Decimal(1), self.progress.done / self.quantity.quantity)


def commitments(quantities: QuerySet[TaskQuantity], as_of: date | None) -> list[Commitment]:
    """Committed quantities with their last report up to the day."""
    reports = QuantityProgress.objects.filter(quantity__in=quantities).order_by("reported_on")
    if as_of is not None:
        reports = reports.filter(reported_on__lte=as_of)
    latest = {report.quantity_id: report for report in reports}
    wanted = quantities.filter(is_commitment=True).select_related("task__plan__region")
    return [Commitment(quantity, latest.get(quantity.pk)) for quantity in wanted.order_by("task__order", "register_id")]


# ---- plans ---------------------------------------------------------------------------------------------------------


@remembered(Plan, Region)
def plans() -> Mapping[int, Plan]:
    """All plans by their keys, the latest year first and of a year the regions by code; with their regions and without
    their texts, which are tens of kilobytes each."""
    found = Plan.objects.select_related("region").defer("text").order_by("-year", "region")
    return {plan.pk: plan for plan in found}


def plans_of_region(region: str) -> Sequence[Plan]:
    """The plans of a region, the latest first."""
    return [plan for plan in plans().values() if plan.region_id == region]


def plan_years() -> Sequence[int]:
    """The years that have a plan, the latest first."""
    return list(dict.fromkeys(plan.year for plan in plans().values()))


def planned_regions(year: int | None = None) -> Sequence[Region]:
    """The regions that have a plan, in a year or at all, by code."""
    found = {plan.region_id: plan.region for plan in plans().values() if year in (None, plan.year)}
    return [found[code] for code in sorted(found)]


@remembered(Indicator, Target)
def used_indicators() -> Sequence[Indicator]:
    """The indicators that targets rest on, by domain."""
    return list(Indicator.objects.filter(code__in=Target.objects.values("indicator")).order_by("domain", "code"))
