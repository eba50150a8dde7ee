"""What the pages show, put together: reads only, works out nothing but the order of things."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Max, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from evaluation.progress import RULE_VERSION, URGENCY, Lack, State, most_urgent
from goals.models import (
    Alert,
    Assessment,
    AssignedValue,
    Judgement,
    Plan,
    QuantityProgress,
    SiteSetting,
    Target,
    TaskQuantity,
)
from goals.verdicts import Found, Verdicts
from indicators.catalogue import DAILY_STATISTICS, DOMAINS
from indicators.models import Submission
from indicators.selectors import last_day_with_observations, late_sources, submissions_to_check
from provinces.models import Region

#: The four groups of the overview, each with its states.
GROUPS: Mapping[str, tuple[State, ...]] = {
    "safe": (State.SECURED, State.MET, State.LIKELY),
    "doubt": (State.OPEN, State.UNLIKELY),
    "lost": (State.IMPOSSIBLE, State.MISSED),
    "unknown": (State.INSUFFICIENT_DATA, State.AWAITING_NUMBER, State.NO_DATA),
}


def shown_date() -> date | None:
    """The day that the pages open on: the site's setting, else the last day with observations."""
    setting = SiteSetting.objects.filter(pk=1).first()
    return (setting.shown_date if setting else None) or last_day_with_observations()


def approved_targets(region: str = "", year: int | None = None) -> QuerySet[Target]:
    """The targets that are judged, in the order of their plans, with what judging them needs."""
    targets = Target.objects.filter(status=Target.Status.APPROVED).select_related("plan__region", "indicator", "parent")
    if region:
        targets = targets.filter(plan__region=region)
    if year is not None:
        targets = targets.filter(plan__year=year)
    return in_plan_order(targets)


def in_plan_order(targets: QuerySet[Target]) -> QuerySet[Target]:
    """By region and year, then as the plan has them; a child follows its parent."""
    return targets.order_by(
        "plan__region", "plan__year", Coalesce("parent__order", "order"), "parent__order", "order", "register_id"
    )


# ---- verdicts for a page -----------------------------------------------------------------------------------------


def verdicts(targets: Iterable[Target], as_of: date | None) -> list[Found]:
    """The verdicts on targets as of a day: the stored ones where nothing changed since, else worked out now."""
    wanted = list(targets)
    stored = _fresh(wanted, as_of)
    stale = [target for target in wanted if target.pk not in stored]
    if stale:
        for found in Verdicts(stale, as_of, timezone.localdate()).all():
            stored[found.target.pk] = found
    return [stored[target.pk] for target in wanted]


def stale_targets(targets: Iterable[Target], as_of: date | None) -> list[Target]:
    """The targets without a stored verdict that rests on everything known."""
    wanted = list(targets)
    fresh = _fresh_ids(wanted, as_of)
    return [target for target in wanted if target.pk not in fresh]


def _fresh(targets: Sequence[Target], as_of: date | None) -> dict[int, Found]:
    by_key = {target.pk: target for target in targets}
    rows = Assessment.objects.filter(pk__in=_fresh_ids(targets, as_of).values()).select_related("figure__submission")
    return {row.target_id: _as_found(by_key[row.target_id], row) for row in rows}


def _fresh_ids(targets: Sequence[Target], as_of: date | None) -> dict[int, int]:
    """The stored verdict of each target, where nothing that it rests on changed since."""
    rows = Assessment.objects.filter(target__in=targets, as_of=as_of, rule_version=RULE_VERSION)
    latest = {target: (pk, at) for target, pk, at in rows.order_by("id").values_list("target_id", "pk", "assessed_at")}
    changed = _last_changes(targets)
    return {target: pk for target, (pk, at) in latest.items() if at >= changed[target]}


def _last_changes(targets: Sequence[Target]) -> dict[int, datetime]:
    """When anything last changed that a target's verdict rests on."""
    keys = [target.pk for target in targets]
    said = [  # the histories know of what was deleted, too
        dict(records.filter(target_id__in=keys).order_by().values_list("target_id").annotate(Max("history_date")))
        for records in (AssignedValue.history, Judgement.history)
    ]
    beginning = datetime.min.replace(tzinfo=timezone.get_default_timezone())
    return {
        target.pk: max(
            target.updated_at,
            *(changed or beginning for changed in _evidence_changes(target)),
            *(when.get(target.pk, beginning) for when in said),
        )
        for target in targets
    }


def _evidence_changes(target: Target) -> list[datetime | None]:
    """When the evidence of a target's region last changed, of the kinds that its indicator rests on."""
    region, statistic = target.plan.region, target.indicator.statistic
    changes = [region.figures_changed_at]
    is_list = statistic == "list"  # judged by its children, which are of its domain
    if statistic in (*DAILY_STATISTICS, "composite_index") or (is_list and target.domain != "water"):
        changes.append(region.air_changed_at)
    if statistic == "class_share" or (is_list and target.domain != "air"):
        changes.append(region.water_changed_at)
    return changes


def _as_found(target: Target, row: Assessment) -> Found:
    return Found(target, State(row.state), row.value, row.facts, row.figure, row.simulated)


# ---- the overview ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """One of the four answers: how many, and which marks."""

    name: str
    found: Sequence[Found]
    counts: Mapping[State, int]

    @property
    def total(self) -> int:
        """How many targets count; aspirational ones are no failure."""
        return len(self.found)


def groups(found: Sequence[Found]) -> list[Group]:
    """The verdicts in four groups, within each in the order of its states."""
    result = []
    for name, states in GROUPS.items():
        members = sorted(
            (one for one in found if one.state in states and not _excused(name, one)),
            key=lambda one: states.index(one.state),
        )
        counted = Counter(one.state for one in members)
        result.append(Group(name, members, {state: counted[state] for state in states if counted[state]}))
    return result


def _excused(group: str, found: Found) -> bool:
    """An aspirational target (力争) is shown, and never counted as a failure."""
    return group == "lost" and found.target.aspirational


@dataclass(frozen=True)
class Cell:
    """A region's targets of one domain. `state` is what most needs a person, aspirational ones aside."""

    domain: str
    state: State | None
    found: Sequence[Found]
    aspirational: Sequence[Found]


@dataclass(frozen=True)
class MatrixRow:
    """A region over all domains."""

    region: Region
    total: int
    safe: int
    cells: Sequence[Cell]


def matrix(found: Sequence[Found]) -> list[MatrixRow]:
    """Regions as rows, domains as columns."""
    by_region: dict[str, list[Found]] = defaultdict(list)
    for one in found:
        by_region[one.target.plan.region_id].append(one)
    return [_matrix_row(rows[0].target.plan.region, rows) for _code, rows in sorted(by_region.items(), reverse=True)]


def _matrix_row(region: Region, rows: Sequence[Found]) -> MatrixRow:
    cells = []
    for domain in DOMAINS:
        here = [one for one in rows if one.target.domain == domain]
        firm = sorted((one for one in here if not one.target.aspirational), key=lambda one: URGENCY.index(one.state))
        aims = [one for one in here if one.target.aspirational]
        state = most_urgent(one.state for one in firm or aims) if here else None
        cells.append(Cell(domain, state, firm, aims))
    safe = sum(one.state in GROUPS["safe"] for one in rows)
    return MatrixRow(region, len(rows), safe, cells)


@dataclass(frozen=True)
class Errand:
    """Something that waits for a person."""

    kind: str
    count: int
    regions: Mapping[str, int] = field(default_factory=dict)


def errands(found: Sequence[Found], as_of: date | None) -> list[Errand]:
    """What needs a person, the most pressing first: lost targets, numbers to enter, refused files, tasks near due."""
    by_lack: dict[str, list[Found]] = defaultdict(list)
    for one in found:
        by_lack[one.facts.get("lack", "")].append(one)
    awaited = by_lack[Lack.ASSIGNED_VALUE] + by_lack[Lack.SCHEDULE_POINT]
    lost = [one for one in found if one.state in GROUPS["lost"] and not one.target.aspirational]
    result = [
        Errand("alerts", alerts(as_of).count()),
        Errand("lost", len(lost), _by_region(lost)),
        Errand("assigned", len(awaited), _by_region(awaited)),
        Errand("tolerance", len(by_lack[Lack.TOLERANCE]), _by_region(by_lack[Lack.TOLERANCE])),
        Errand("judgement", len(by_lack[Lack.JUDGEMENT]), _by_region(by_lack[Lack.JUDGEMENT])),
        Errand("evidence", len(by_lack[Lack.EVIDENCE]), _by_region(by_lack[Lack.EVIDENCE])),
        Errand("refused", Submission.objects.filter(state=Submission.State.REFUSED).count()),
        Errand("held", submissions_to_check().count()),
        Errand("late", len(late_sources(timezone.now()))),
        Errand("tasks", len(unfinished(as_of))),
    ]
    return [errand for errand in result if errand.count]


def _by_region(found: Iterable[Found]) -> dict[str, int]:
    return dict(Counter(one.target.plan.region.label for one in found).most_common())


# ---- alerts ----------------------------------------------------------------------------------------------------------


def alerts(as_of: date | None, *, everything: bool = False) -> QuerySet[Alert]:
    """The alerts raised for days up to one that nobody closed yet, or all, the latest first."""
    found = Alert.objects.select_related(
        "target__plan__region", "target__indicator", "site", "acknowledged_by", "closed_by"
    ).prefetch_related("comments__written_by")
    if as_of is not None:
        found = found.filter(raised_on__lte=as_of)
    return found if everything else found.filter(closed_at__isnull=True)


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


def unfinished(as_of: date | None, within: int = 100) -> list[Commitment]:
    """Commitments that fall due within so many days of the shown one and are not done."""
    found = commitments(TaskQuantity.objects.all(), as_of)
    return [
        one
        for one in found
        if one.share != 1
        and one.quantity.due_on is not None
        and (as_of is None or one.quantity.due_on <= as_of + timedelta(days=within))
    ]


# ---- plans ---------------------------------------------------------------------------------------------------------


def plans_of_year(year: int) -> list[Plan]:
    """The plans of a year, by region, with provinces of a higher code first as the matrix has them."""
    return list(Plan.objects.filter(year=year).select_related("region").order_by("-region"))


def plan_years() -> list[int]:
    """The years that have a plan, the latest first."""
    return list(Plan.objects.order_by("-year").values_list("year", flat=True).distinct())
