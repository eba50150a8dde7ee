"""The dashboard pages: each checks what it is asked, calls one function, renders."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from goals import selectors
from goals.dashboard.choice import Choice
from goals.dashboard.downloads import asked_download
from goals.dashboard.overview import overview as overview_page
from goals.dashboard.plan_text import plan_pieces
from goals.dashboard.region import region_page
from goals.dashboard.target import target_page
from goals.days import asked_day, shown_day, shown_year, slider
from goals.methods import methods_page
from goals.models import Plan, PlanVersion, Target
from goals.picture import words
from goals.record import forecasts_page
from goals.task_forms import TargetDutyForm
from goals.timeline import MARKS, PLANS_A_PAGE
from goals.timeline import timeline as timeline_of


@require_safe
@permission_required("goals.view_target", raise_exception=True)
def overview(request: HttpRequest) -> HttpResponse:
    """How many targets are safe, in doubt, lost, unknown; what needs a person; regions by domains."""
    shown = shown_day(request)
    year = shown_year(request, shown)
    view, number = request.GET.get("view", ""), request.GET.get("page", "1")
    page = overview_page(year, shown.day, Choice.of(request.GET), view, shown.query, number)
    context = {
        "shown": shown,
        "year": year,
        "years": selectors.plan_years(),
        "page": page,
        "simulated": page.simulated,
    }
    return render(request, "goals/overview.html", context)


@require_safe
@permission_required("goals.view_target", raise_exception=True)
def region(request: HttpRequest, code: str) -> HttpResponse:
    """A region's targets by domain, its budgets and its tasks."""
    shown = shown_day(request)
    plans, year = selectors.plans_of_region(code), shown_year(request, shown, of_region=code)
    plan = next((one for one in plans if one.year == year), None)
    if plan is None:
        raise Http404
    page = region_page(plan, shown.day, request.GET.get("rank", ""))
    taken = asked_download(request, page.pictures, simulated=page.simulated)
    context = {"shown": shown, "page": page, "simulated": page.simulated, "years": [one.year for one in plans]}
    return taken or render(request, "goals/region.html", context)


@require_safe
@permission_required("goals.view_target", raise_exception=True)
def target(request: HttpRequest, register_id: str) -> HttpResponse:
    """A target: its state, its course, and where every number comes from."""
    shown = shown_day(request)
    found = get_object_or_404(
        Target.objects.select_related("plan__region", "indicator", "parent"), register_id=register_id
    )
    page = target_page(found, shown.day)
    taken = asked_download(request, page.pictures, simulated=page.found.simulated)
    context = {
        "shown": shown,
        "page": page,
        "target": found,
        "duty": TargetDutyForm(instance=found),
        "simulated": page.found.simulated,
    }
    return taken or render(request, "goals/target.html", context)


@require_safe
@permission_required("goals.view_plan", raise_exception=True)
def plan_text(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """The text of a plan with its quotes marked."""
    plan = get_object_or_404(Plan.objects.select_related("region"), region=code, year=year)
    versions = plan.versions.filter(status=PlanVersion.Status.APPROVED).defer("original", "text")
    context = {"plan": plan, "pieces": plan_pieces(plan), "versions": versions.select_related("decided_by")}
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
    year = shown_year(request, shown)
    plans = Plan.objects.filter(year=year or 0).defer("text").order_by("region")
    part = Paginator(plans, PLANS_A_PAGE).get_page(request.GET.get("page"))
    rows = [] if year is None else timeline_of(year, shown.day, part)
    context = {
        "shown": shown,
        "year": year,
        "years": selectors.plan_years(),
        "regions": rows,
        "part": part,
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
    page = forecasts_page(shown.day)
    taken = asked_download(request, [page.calibration] if page.calibration else [], simulated=False)
    return taken or render(request, "goals/forecasts.html", {"shown": shown, "page": page})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was asked makes no sense: say what, and a way on."""
    return render(request, "400.html", {"problem": str(exception)}, status=400)
