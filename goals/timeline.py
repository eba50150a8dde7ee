"""The time machine: the year of every target as a strip of states, and why each change came about. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from charts.strip import Stretch, strip_svg
from evaluation.progress import State
from goals import sentences
from goals.history import Run, stored_runs
from goals.models import Assessment, Plan, Target
from goals.selectors import targets_of_plans

#: State -> the name of its mark in the page's symbols, and of its colour on a strip.
MARKS: Mapping[State, str] = {
    State.SECURED: "secured",
    State.LIKELY: "likely",
    State.OPEN: "open",
    State.UNLIKELY: "unlikely",
    State.IMPOSSIBLE: "impossible",
    State.MET: "met",
    State.MISSED: "missed",
    State.INSUFFICIENT_DATA: "insufficient",
    State.AWAITING_NUMBER: "awaiting",
    State.NO_DATA: "nodata",
}
#: The strips of so many plans stand on one page.
PLANS_A_PAGE = 12


@dataclass(frozen=True)
class Row:
    """A target's year."""

    target: Target
    name: str
    strip: str


@dataclass(frozen=True)
class RegionRows:
    """The targets of a region's plan."""

    plan: Plan
    rows: Sequence[Row]


def timeline(year: int, marked: date | None, shown: Iterable[Plan]) -> list[RegionRows]:
    """The strips of the targets of some plans of a year; `marked`: the day the slider stands on."""
    targets = targets_of_plans(tuple(plan.pk for plan in shown))
    runs = stored_runs([target.id for target in targets], date(year, 1, 1), date(year, 12, 31))
    by_plan: dict[int, list[Row]] = {}
    plans: dict[int, Plan] = {}
    nothing = [Run(None, date(year, 1, 1), date(year, 12, 31))]
    for target in targets:
        plans[target.plan_id] = target.plan
        strip = strip_of(target, runs.get(target.id, nothing), year, marked)
        by_plan.setdefault(target.plan_id, []).append(Row(target, sentences.target_name(target), strip))
    return [RegionRows(plans[plan], rows) for plan, rows in by_plan.items()]


def strip_of(target: Target, found: Sequence[Run], year: int, marked: date | None) -> str:
    """Runs of states as SVG, each leading to its first day."""
    first, days = date(year, 1, 1), (date(year, 12, 31) - date(year, 1, 1)).days + 1
    link, language = reverse("target", args=[target.register_id]), get_language()
    stretches = [
        Stretch(
            (run.first - first).days,
            run.days,
            MARKS[run.state] if run.state else "unjudged",
            _title(run.state, run.first, run.last, language),
            f"{link}?as_of={run.first.isoformat()}" if run.state else "",
        )
        for run in found
    ]
    place = (marked - first).days if marked is not None and marked.year == year else None
    label = _("%(name)s：%(year)s年逐日状态") % {"name": sentences.target_name(target), "year": year}
    return strip_svg(stretches, days, place, label)


@lru_cache(maxsize=20_000)
def _title(state: State | None, first: date, last: date, _language: str | None) -> str:
    """What a stretch says of itself; many targets of a page share theirs."""
    word = sentences.state_label(state, {}) if state else _("没有评价")
    parts = {"state": word, "first": sentences.short_day(first), "last": sentences.short_day(last)}
    return _("%(state)s，%(first)s至%(last)s") % parts


@dataclass(frozen=True)
class Turn:
    """A change in a target's record: the stored verdict and the facts behind its reason, in words."""

    row: Assessment
    causes: Sequence[tuple[str, str]]  # words, and where to look; empty where there is nothing to open


def turns(rows: Iterable[Assessment]) -> list[Turn]:
    """Stored verdicts that changed the state, each with why."""
    return [Turn(row, [cause_words(cause) for cause in row.causes]) for row in rows]


def cause_words(cause: Mapping[str, Any]) -> tuple[str, str]:
    """A fact behind a reason in words, and the address where it can be looked at."""
    return _CAUSES[cause["kind"]](cause)


def _submission(cause: Mapping[str, Any]) -> tuple[str, str]:
    return str(cause["name"]), reverse("submission", args=[cause["id"]])


def _revision(cause: Mapping[str, Any]) -> tuple[str, str]:
    values = {
        "where": cause["where"],
        "item": cause["item"],
        "when": str(cause["period_end"])[:16].replace("T", " "),
        "old": sentences.number_label(cause["old"]),
        "new": sentences.number_label(cause["new"]),
    }
    link = reverse("submission", args=[cause["submission"]]) if cause["submission"] else ""
    return _("%(where)s %(item)s %(when)s：%(old)s → %(new)s") % values, link


def _amendment(cause: Mapping[str, Any]) -> tuple[str, str]:
    changes = "；".join(f"{name} {old} → {new}" for name, old, new in cause["changes"])
    return " ".join(
        part for part in (cause["on"], cause["by"], sentences.change_reason(cause["why"]), changes) if part
    ), ""


def _assigned(cause: Mapping[str, Any]) -> tuple[str, str]:
    def said(value: Mapping[str, Any] | None) -> str:
        return _("没有") if value is None else sentences.limit_label(value["comparator"], value["value"])

    return _("下达值 %(before)s → %(after)s") % {"before": said(cause["before"]), "after": said(cause["after"])}, ""


def _rule(cause: Mapping[str, Any]) -> tuple[str, str]:
    if cause["before"] != cause["after"]:
        return _("评价规则第%(before)s版 → 第%(after)s版") % cause, ""
    return _("展望参数改用“%(lesson)s”") % {"lesson": cause["lesson_after"] or "—"}, reverse("forecasts")


def _more(cause: Mapping[str, Any]) -> tuple[str, str]:
    return _("另有%(count)s项") % cause, ""


_CAUSES = {
    "submission": _submission,
    "revision": _revision,
    "amendment": _amendment,
    "assigned": _assigned,
    "rule": _rule,
    "more": _more,
}
