"""The pages on which people act: alerts, and breaking a target down to cities."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goals import alerting, digest, selectors
from goals.allocating import AllocationError, allocate, shares_of
from goals.days import shown_day
from goals.models import Alert, DigestSubscription, Target
from goals.verdicts import Verdicts

# ---- alerts ----------------------------------------------------------------------------------------------------------


@require_safe
@permission_required("goals.view_alert", raise_exception=True)
def alerts(request: HttpRequest) -> HttpResponse:
    """Alerts that are open, or all of them, with what people wrote."""
    shown = shown_day(request)
    everything = request.GET.get("all") == "1"
    found = selectors.alerts(shown.day, everything=everything)
    page = Paginator(found, 30).get_page(request.GET.get("page"))
    subscribed = DigestSubscription.objects.filter(user=request.user.pk).exists()
    context = {
        "shown": shown,
        "alerts": page,
        "everything": everything,
        "subscribed": subscribed,
        "simulated": any(alert.simulated for alert in page),
    }
    return render(request, "goals/alerts.html", context)


@require_POST
@permission_required("goals.change_alert", raise_exception=True)
def change_alert(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Acknowledge an alert, write under it, or close it."""
    alert = get_object_or_404(Alert, pk=alert_id)
    user = get_object_or_404(User, pk=request.user.pk)
    try:
        match request.POST.get("do"):
            case "acknowledge":
                alerting.acknowledge(alert, user)
            case "comment":
                alerting.comment(alert, request.POST.get("text", ""), user)
            case "close":
                alerting.close(alert, request.POST.get("text", ""), user)
            case asked:
                raise BadRequest(_("不知道要对预警做什么：“%(asked)s”。") % {"asked": str(asked)[:40]})
    except alerting.AlertStateError as error:
        messages.error(request, str(error))
    return redirect("alerts")


@require_POST
@permission_required("goals.view_alert", raise_exception=True)
def subscribe(request: HttpRequest) -> HttpResponse:
    """Begin or end one's own daily mail of new alerts."""
    user = get_object_or_404(User, pk=request.user.pk)
    wants = request.POST.get("wants") == "1"
    if wants and not user.email:
        messages.error(request, _("您的账号没有邮箱，请先请管理员填写。"))
    else:
        digest.subscribe(user, wants=wants)
    return redirect("alerts")


# ---- broken down to cities -------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("goals.add_allocation", raise_exception=True)
def allocations(request: HttpRequest, register_id: str) -> HttpResponse:
    """What each city owes of a region's target: last year, a proposal, and what a person enters with its document."""
    shown = shown_day(request)
    target = get_object_or_404(
        Target.objects.select_related("plan__region", "indicator", "parent"), register_id=register_id
    )
    shares = shares_of(target, Verdicts([target], shown.day, timezone.localdate()))
    if request.method == "POST":
        user = get_object_or_404(User, pk=request.user.pk)
        values = {line.region.code: request.POST.get(line.region.code, "") for line in shares.lines}
        try:
            allocate(target, shares, values, request.POST.get("document", ""), user)
        except AllocationError as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, _("已保存分解下达。"))
            return redirect("target", register_id=register_id)
    context = {"shown": shown, "target": target, "shares": shares, "given": request.POST}
    return render(request, "goals/allocations.html", context)
