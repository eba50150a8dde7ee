"""The page of a region: what is left of each budget, its targets by domain, its cities in their order, its tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from django.utils import timezone
from django.utils.translation import gettext as _

from charts.spark import spark
from evaluation.progress import State
from goals import frames, pictures, selectors, sentences
from goals.aims import subject_of
from goals.dashboard.city_ranking import Ranking, city_ranking, order_of
from goals.evidence import EvidenceRoom, Subject
from goals.found import Found
from goals.history import Since, Stored, last_change, stored_changes
from goals.models import Plan, Target
from goals.picture import Picture, words
from goals.task_selectors import SupervisedTask, records_of, supervised_tasks
from goals.verdicts import years_of
from indicators.catalogue import DOMAINS
from provinces.models import Region


@dataclass(frozen=True)
class Line:
    """A target as a row of the region page."""

    found: Found
    name: str
    scope: str
    aim: str
    unit: str
    left: str
    spark: str
    since: Since | None


@dataclass(frozen=True)
class DomainLines:
    """The targets of one domain."""

    domain: str
    label: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class MonthsLine:
    """A target's months, this year and last, as they are printed."""

    name: str
    unit: str
    this_year: Sequence[str]
    last_year: Sequence[str]


@dataclass(frozen=True)
class RegionPage:
    """A region's year."""

    region: Region
    plan: Plan
    found: Sequence[Found]
    counts: Mapping[State, int]
    budgets: Sequence[Line]
    domains: Sequence[DomainLines]
    months: Sequence[MonthsLine]
    month_names: Sequence[str]
    ranking: Ranking | None
    tasks: Sequence[SupervisedTask]  # those with something to report first
    task_count: int
    pictures: Sequence[Picture]
    simulated: bool


def region_page(plan: Plan, as_of: date | None, ranked_by: str = "") -> RegionPage:
    """The page of a plan's region as of a day; `ranked_by`: the indicator that orders its cities."""
    targets = selectors.targets_of_region(plan.region_id, plan.year)
    order = order_of(plan.region, targets, ranked_by)
    room = _room(plan, targets, order.subjects if order else [], as_of)
    found = selectors.verdicts_of_region(plan.region_id, plan.year, as_of, targets, room)
    histories = stored_changes(targets, as_of)
    months = {one.target.pk: _months(one, room) for one in found}
    lines = [_line(one, months[one.target.pk], histories.get(one.target.pk, [])) for one in found]
    by_domain = [
        DomainLines(domain, sentences.domain_label(domain), chosen)
        for domain in DOMAINS
        if (chosen := [line for line in lines if line.found.target.domain == domain])
    ]
    states = [one.state for one in found]
    ranking = city_ranking(order, found, plan.year, room) if order else None
    tasks = supervised_tasks(records_of("plan", plan.pk), as_of)
    return RegionPage(
        region=plan.region,
        plan=plan,
        found=found,
        counts={state: states.count(state) for state in State if state in states},
        budgets=_foremost(lines),
        domains=by_domain,
        months=[_months_line(one, frame) for one in found if (frame := months[one.target.pk]) is not None],
        month_names=words(plan.year, "").months,
        ranking=ranking,
        tasks=[one for one in tasks if one.commitments or one.reports or one.state == "overdue"],
        task_count=len(tasks),
        pictures=[] if ranking is None else [ranking.picture],
        simulated=any(one.simulated for one in found) or any(one.simulated for one in tasks),
    )


def _room(plan: Plan, targets: Sequence[Target], ranked: Sequence[Subject], as_of: date | None) -> EvidenceRoom:
    """The evidence for the months and the ranking, and for the verdicts that nobody stored."""
    years = {plan.year - 1, plan.year} | years_of(selectors.stale_targets_of_region(plan.region_id, plan.year, as_of))
    return EvidenceRoom([*map(subject_of, targets), *ranked], years, as_of, timezone.localdate())


def _line(found: Found, months: pd.DataFrame | None, history: Sequence[Stored]) -> Line:
    target = found.target
    return Line(
        found=found,
        name=sentences.target_name(target),
        scope=sentences.scope_name(target),
        aim=sentences.aim_short(target, found.facts),
        unit=sentences.unit_label(found.facts.get("unit", "") or target.unit),
        left=sentences.budget_sentence(found.facts) or sentences.lack_sentence(found.facts),
        spark=_spark(found, months),
        since=last_change(history, found.state),
    )


def _months(found: Found, room: EvidenceRoom) -> pd.DataFrame | None:
    """The months of this year and last, where the indicator has months."""
    subject = subject_of(found.target)
    if not frames.has_days(subject) and not found.facts.get("coverage", {}).get("sections"):
        return None
    frame = frames.months_frame(room, subject, found.target.plan.year)
    return None if frame["this_year"].isna().all() else frame


def _spark(found: Found, frame: pd.DataFrame | None) -> str:
    """Months of this year over last year's."""
    if frame is None:
        return ""
    this_year = [None if pd.isna(value) else float(value) for value in frame["this_year"]]
    last_year = [None if pd.isna(value) else float(value) for value in frame["last_year"]]
    levels = [] if found.target.indicator.statistic == "day_count" else pictures.levels_of(found)
    limit = levels[0].value if levels else None
    return spark(this_year, last_year, limit, _("%(name)s逐月") % {"name": sentences.target_name(found.target)})


def _months_line(found: Found, frame: pd.DataFrame) -> MonthsLine:
    """The months as they are printed: rounded once, to the indicator's own decimals, from its exact mean of them."""
    indicator = found.target.indicator
    this_year, last_year = (
        [pictures.cell(value, indicator.display_places) for value in frame[name]] for name in ("this_year", "last_year")
    )
    unit = sentences.unit_label(indicator.unit)
    return MonthsLine(sentences.target_name(found.target), unit, this_year, last_year)


_FOREMOST = ("days_may_fail", "remaining_mean", "sections_may_fail", "days_left", "days_needed", "amount")


def _foremost(lines: Sequence[Line]) -> list[Line]:
    """The three budgets that say most: days, means, sections first."""
    with_budget = [line for line in lines if line.found.facts.get("budget")]
    return sorted(with_budget, key=lambda line: _FOREMOST.index(_kind(line)) if _kind(line) in _FOREMOST else 9)[:3]


def _kind(line: Line) -> str:
    return str(line.found.facts["budget"]["kind"])
