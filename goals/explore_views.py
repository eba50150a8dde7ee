"""The pages for looking around: regions, indicators, sites, comparison, search. Each asks one function and renders."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from goals import selectors
from goals.dashboard.choice import Choice
from goals.dashboard.compare import Compared, compare_page
from goals.dashboard.downloads import asked_download
from goals.dashboard.indicators import indicator_list, indicator_page
from goals.dashboard.overview import overview
from goals.dashboard.search import search as find
from goals.dashboard.sites import site_page, sites_page
from goals.days import asked_month, shown_day, shown_year
from goals.models import Plan
from goals.next_year import NextYearError, start_next_year
from indicators import selectors as indicator_selectors
from provinces.models import Site


@require_safe
@permission_required("goals.view_target", raise_exception=True)
def regions(request: HttpRequest) -> HttpResponse:
    """The regions with plans, on a map or as squares, with their states."""
    shown = shown_day(request)
    year = shown_year(request, shown)
    view = request.GET.get("view", "") or "map"
    page = overview(year, shown.day, Choice.of(request.GET), view, shown.query, request.GET.get("page", "1"))
    context = {"shown": shown, "year": year, "years": selectors.plan_years(), "page": page, "simulated": page.simulated}
    return render(request, "goals/regions.html", context)


@require_safe
@permission_required("goals.view_target", raise_exception=True)
def indicators(request: HttpRequest) -> HttpResponse:
    """The indicators that the year's targets rest on."""
    shown = shown_day(request)
    year = shown_year(request, shown)
    found = indicator_list(year, shown.day)
    context = {
        "shown": shown,
        "year": year,
        "years": selectors.plan_years(),
        "groups": found.groups,
        "simulated": found.simulated,
    }
    return render(request, "goals/indicators.html", context)


@require_safe
@permission_required("goals.view_target", raise_exception=True)
def indicator(request: HttpRequest, code: str) -> HttpResponse:
    """An indicator across regions."""
    shown = shown_day(request)
    found = indicator_selectors.indicators().get(code)
    if found is None:
        raise Http404(code)
    year = shown_year(request, shown) or (shown.day or timezone.localdate()).year
    page = indicator_page(found, year, shown.day, request.GET.get("group", ""), request.GET.get("view", ""))
    taken = asked_download(request, page.pictures, simulated=page.simulated)
    context = {"shown": shown, "page": page, "year": year, "years": page.years, "simulated": page.simulated}
    return taken or render(request, "goals/indicator.html", context)


@require_safe
@permission_required("provinces.view_site", raise_exception=True)
def sites(request: HttpRequest) -> HttpResponse:
    """The sites of a region."""
    shown = shown_day(request)
    year = (shown.day or timezone.localdate()).year
    page = sites_page(request.GET.get("region", ""), request.GET.get("kind", ""), year, shown.day)
    return render(request, "goals/sites.html", {"shown": shown, "page": page, "simulated": page.simulated})


@require_safe
@permission_required("provinces.view_site", raise_exception=True)
def site(request: HttpRequest, pk: int) -> HttpResponse:
    """A site in a month: series, coverage, flags."""
    shown = shown_day(request)
    found = get_object_or_404(Site.objects.select_related("region"), pk=pk)
    day = shown.day or timezone.localdate()
    month = asked_month(request, "month") or date(day.year, day.month, 1)
    page = site_page(found, month, request.GET.get("item", ""), shown.day, timezone.localdate())
    taken = asked_download(request, page.pictures, simulated=page.simulated)
    return taken or render(request, "goals/site.html", {"shown": shown, "page": page, "simulated": page.simulated})


@require_safe
@permission_required("goals.view_target", raise_exception=True)
def compare(request: HttpRequest) -> HttpResponse:
    """Any regions by any indicators over any years."""
    shown = shown_day(request)
    page = compare_page(Compared.of(request.GET), shown.day)
    taken = asked_download(request, page.pictures, simulated=page.simulated)
    return taken or render(request, "goals/compare.html", {"shown": shown, "page": page, "simulated": page.simulated})


@require_safe
@permission_required("goals.view_target", raise_exception=True)
def search(request: HttpRequest) -> HttpResponse:
    """What fits some words; asked by htmx, the hits alone."""
    shown = shown_day(request)
    words = request.GET.get("q", "")
    context = {"shown": shown, "words": words, "found": find(words, shown.query)}
    template = "goals/hits.html" if request.GET.get("part") else "goals/search.html"
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("goals.add_plan", raise_exception=True)
def next_year(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """Begin the next year's plan from this one: which targets, with which numbers."""
    shown = shown_day(request)
    plan = get_object_or_404(Plan.objects.defer("text").select_related("region"), region=code, year=year)
    if year >= 2100:
        raise BadRequest(_("没有%(year)s年之后的计划。") % {"year": year})
    if request.method == "POST":
        chosen = {key: request.POST.get(f"value-{key}", "") for key in request.POST.getlist("target")}
        try:
            begun = start_next_year(plan, chosen, get_object_or_404(User, pk=request.user.pk))
        except NextYearError as problem:
            messages.error(request, str(problem))
        else:
            values = {"year": year + 1, "count": begun.targets.count()}
            messages.success(request, _("已开始%(year)s年的计划：%(count)d项草稿。") % values)
            return redirect("plans")
    targets = [one for one in selectors.targets_of_region(code, year) if one.parent_id is None]
    found = selectors.verdicts_of_region(code, year, None, targets)
    context = {
        "shown": shown,
        "plan": plan,
        "year": year + 1,
        "found": found,
        "given": request.POST,
        "exists": any(one.year == year + 1 for one in selectors.plans_of_region(code)),
        "simulated": any(one.simulated for one in found),
    }
    return render(request, "goals/next_year.html", context)
