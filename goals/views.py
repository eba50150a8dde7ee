"""The dashboard pages: each checks what it is asked, calls one function, renders."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from goals import history, pages, selectors
from goals.days import ShownDay, asked_day, shown_day, slider
from goals.methods import methods_page
from goals.models import Plan, PlanVersion, Target
from goals.picture import words
from goals.record import forecasts_page
from goals.timeline import MARKS
from goals.timeline import timeline as timeline_of


@require_safe
@permission_required("goals.view_target", raise_exception=True)
def overview(request: HttpRequest) -> HttpResponse:
    """How many targets are safe, in doubt, lost, unknown; what needs a person; regions by domains."""
    shown = shown_day(request)
    year = _year(request, shown)
    found = selectors.verdicts(selectors.approved_targets(year=year), shown.day)
    context = {
        "shown": shown,
        "year": year,
        "years": selectors.plan_years(),
        "found": found,
        "groups": selectors.groups(found),
        "changes": history.recent_changes(found, shown.day),
        "errands": selectors.errands(found, shown.day),
        "matrix": selectors.matrix(found),
        "simulated": any(one.simulated for one in found),
    }
    return render(request, "goals/overview.html", context)


@require_safe
@permission_required("goals.view_target", raise_exception=True)
def region(request: HttpRequest, code: str) -> HttpResponse:
    """A region's targets by domain, its budgets and its tasks."""
    shown = shown_day(request)
    plans = Plan.objects.filter(region=code).select_related("region").order_by("-year")
    plan = get_object_or_404(plans, year=_year(request, shown, of_region=code))
    page = pages.region_page(plan, shown.day)
    context = {"shown": shown, "page": page, "simulated": page.simulated, "years": [one.year for one in plans]}
    return render(request, "goals/region.html", context)


@require_safe
@permission_required("goals.view_target", raise_exception=True)
def target(request: HttpRequest, register_id: str) -> HttpResponse:
    """A target: its state, its course, and where every number comes from."""
    shown = shown_day(request)
    found = get_object_or_404(
        Target.objects.select_related("plan__region", "indicator", "parent"), register_id=register_id
    )
    page = pages.target_page(found, shown.day)
    context = {"shown": shown, "page": page, "target": found, "simulated": page.found.simulated}
    return render(request, "goals/target.html", context)


@require_safe
@permission_required("goals.view_plan", raise_exception=True)
def plan_text(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """The text of a plan with its quotes marked."""
    plan = get_object_or_404(Plan.objects.select_related("region"), region=code, year=year)
    versions = plan.versions.filter(status=PlanVersion.Status.APPROVED).defer("original", "text")
    context = {"plan": plan, "pieces": pages.plan_pieces(plan), "versions": versions.select_related("decided_by")}
    return render(request, "goals/plan.html", context)


@require_safe
@permission_required("goals.view_target", raise_exception=True)
def methods(request: HttpRequest) -> HttpResponse:
    """How every indicator is worked out, with the standards in force on the day asked for, else on the shown one."""
    shown = shown_day(request)
    on = asked_day(request, "on") or shown.day or shown.opens_on or timezone.localdate()
    return render(request, "goals/methods.html", {"page": methods_page(on)})


@require_safe
@permission_required("goals.view_target", raise_exception=True)
def timeline(request: HttpRequest) -> HttpResponse:
    """The year of every target as a strip of states, with a slider over its days."""
    shown = shown_day(request)
    year = _year(request, shown)
    rows = [] if year is None else timeline_of(year, shown.day)
    context = {
        "shown": shown,
        "year": year,
        "years": selectors.plan_years(),
        "regions": rows,
        "slider": slider(year, shown),
        "months": words(0, "").months,
        "strip_key": [(css, state) for state, css in MARKS.items()],
    }
    return render(request, "goals/timeline.html", context)


@require_safe
@permission_required("goals.view_target", raise_exception=True)
def forecasts(request: HttpRequest) -> HttpResponse:
    """How forecasts have done: the scores on past years, and every one ever stored against its outcome."""
    shown = shown_day(request)
    return render(request, "goals/forecasts.html", {"shown": shown, "page": forecasts_page(shown.day)})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was asked makes no sense: say what, and a way on."""
    return render(request, "400.html", {"problem": str(exception)}, status=400)


def _year(request: HttpRequest, shown: ShownDay, of_region: str = "") -> int | None:
    """The plan year asked for; else that of the shown day, where it has a plan; else the latest one."""
    asked = request.GET.get("year", "")
    if asked.isdecimal():
        return int(asked)
    years = list(Plan.objects.filter(region=of_region).values_list("year", flat=True)) if of_region else None
    known = selectors.plan_years() if years is None else sorted(years, reverse=True)
    day = shown.day or shown.opens_on
    if day is not None and day.year in known:
        return day.year
    return known[0] if known else None
