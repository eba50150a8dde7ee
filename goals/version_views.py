"""Plans come in and are confirmed: each view checks what it is asked, calls one function, renders."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goals import versions
from goals.approving import approve
from goals.drafts import TargetFields
from goals.exports import as_json, draft_rows
from goals.forms import NewIndicatorForm, NewPlanForm, QuantityDraftForm, TargetDraftForm, TaskDraftForm
from goals.models import Draft, Plan, PlanVersion
from goals.version_pages import review_page
from goals.versions import PlanVersionError
from indicators.models import Indicator
from provinces.models import Region

_PLANS_A_PAGE = 200
_MAY_CONFIRM = ("goals.add_target", "goals.change_target")


@require_safe
@permission_required("goals.view_plan", raise_exception=True)
def plans(request: HttpRequest) -> HttpResponse:
    """The plans that there are, and the texts that wait for somebody."""
    slim = PlanVersion.objects.defer("original", "text").select_related("region", "received_by")
    plans = Plan.objects.defer("text").select_related("region").order_by("-year", "region")
    context = {
        "plans": Paginator(plans, _PLANS_A_PAGE).get_page(request.GET.get("page")),
        "waiting": slim.filter(status=PlanVersion.Status.OPEN),
        "may_confirm": request.user.has_perms(_MAY_CONFIRM),
    }
    return render(request, "goals/plans.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(_MAY_CONFIRM, raise_exception=True)
def new_plan(request: HttpRequest) -> HttpResponse:
    """Hand in a plan's text; it is read at once."""
    form = NewPlanForm(request.POST or None, request.FILES or None, initial={"region": request.GET.get("region", "")})
    if request.method == "POST" and form.is_valid():
        data, name = form.received()
        said = form.cleaned_data
        try:
            version = versions.receive_version(
                data, name, said["region"], said["year"], said["title"], _person(request)
            )
        except PlanVersionError as problem:
            form.add_error("document", str(problem))
        else:
            return redirect("review", pk=version.pk)
    regions = Region.objects.filter(level__in=[Region.Level.PROVINCE, Region.Level.PREFECTURE]).order_by("code")
    return render(request, "goals/new_plan.html", {"form": form, "regions": regions})


@require_safe
@permission_required("goals.view_plan", raise_exception=True)
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """A plan's text and the drafts read from it, side by side."""
    version = _version(pk)
    at = request.GET.get("at", "")
    return _review(request, version, int(at) if at.isdecimal() else 0)


def _review(request: HttpRequest, version: PlanVersion, current: int, **more: Any) -> HttpResponse:
    may = request.user.has_perms(_MAY_CONFIRM) and version.status == PlanVersion.Status.OPEN
    context = {"page": review_page(version, current), "may_confirm": may, **more}
    template = "goals/review_body.html" if request.headers.get("HX-Request") else "goals/review.html"
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(_MAY_CONFIRM, raise_exception=True)
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide on a draft, or show what it takes to correct it."""
    drafts = Draft.objects.select_related("version__region").defer("version__original")
    found = get_object_or_404(drafts, pk=pk)
    if request.method != "POST":
        return _corrected(request, found, None)
    asked = request.POST.get("do", "")
    if asked == "correct":
        return _corrected(request, found, request.POST)
    if asked in ("call", "enter"):
        return _catalogued(request, found, asked)
    step = {
        "accept": versions.accept,
        "reject": versions.reject,
        "reopen": versions.reopen,
        "split": versions.split,
        "merge": versions.merge,
    }.get(asked)
    if step is None:
        raise BadRequest(_("不知道要对草稿做什么：“%(asked)s”。") % {"asked": asked[:40]})
    try:
        step(found)
    except PlanVersionError as problem:
        return _review(request, found.version, found.pk, problem=str(problem))
    return _answer(request, found.version, _next(found) if asked in ("accept", "reject") else found.pk)


def _next(found: Draft) -> int:
    """The next draft of the sort that nobody has decided on."""
    undecided = found.version.drafts.filter(sort=found.sort, state=Draft.State.OPEN)
    after = undecided.filter(order__gt=found.order).order_by("order").first() or undecided.order_by("order").first()
    return after.pk if after else found.pk


def _answer(request: HttpRequest, version: PlanVersion, current: int) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return _review(request, version, current)
    response = redirect("review", pk=version.pk)
    response["Location"] += f"?at={current}#d{current}"
    return response


def _corrected(request: HttpRequest, found: Draft, given: Any) -> HttpResponse:
    """The form that corrects a draft; what was given is written when it holds."""
    form = _form_of(found, given)
    if given is not None and form.is_valid():
        try:
            versions.correct(found, form.result())
        except PlanVersionError as problem:
            return _review(request, found.version, found.pk, problem=str(problem))
        return _answer(request, found.version, _next(found))
    unknown = found.sort == Draft.Sort.TARGET and not found.fields["indicator"]
    context = {
        "form": form,
        "editing": found,
        "indicators": Indicator.objects.order_by("domain", "name_zh") if found.sort == Draft.Sort.TARGET else [],
        "new_indicator": _new_indicator(found) if unknown else None,
    }
    return _review(request, found.version, found.pk, **context)


def _form_of(found: Draft, given: Any) -> Any:
    if found.sort == Draft.Sort.TASK:
        return TaskDraftForm(given, initial=found.fields)
    if found.sort == Draft.Sort.QUANTITY:
        return QuantityDraftForm(given, initial=found.fields)
    return TargetDraftForm(given, initial=found.fields, before=TargetFields.model_validate(found.fields))


def _new_indicator(found: Draft) -> NewIndicatorForm:
    fields = TargetFields.model_validate(found.fields)
    unit = "" if fields.value is None else fields.unit
    return NewIndicatorForm(
        initial={
            "name_zh": fields.indicator_zh,
            "unit": unit,
            "direction": "decrease" if fields.comparator.startswith("<") else "increase",
            "statistic": "figure" if fields.value is not None else "judgement",
        }
    )


def _catalogued(request: HttpRequest, found: Draft, asked: str) -> HttpResponse:
    """Another name of an indicator, or a new indicator, from the draft that needs it."""
    try:
        if asked == "call":
            if not request.user.has_perm("indicators.change_indicator"):
                raise PlanVersionError(_("加别名要有改指标目录的权限。"))
            words = request.POST.get("indicator", "").strip().split(" ")[0]
            indicator = Indicator.objects.filter(code=words).first()
            if indicator is None:
                raise PlanVersionError(_("目录里没有“%(words)s”，请从列表中选。") % {"words": words[:40]})
            versions.call_it(found, indicator)
        else:
            if not request.user.has_perm("indicators.add_indicator"):
                raise PlanVersionError(_("新建指标要有改指标目录的权限。"))
            form = NewIndicatorForm(request.POST)
            if not form.is_valid():
                raise PlanVersionError(
                    " ".join(f"{form[name].label}：{' '.join(map(str, said))}" for name, said in form.errors.items())
                )
            versions.enter_indicator(found, form.cleaned_data)
    except PlanVersionError as problem:
        return _review(request, found.version, found.pk, problem=str(problem))
    return _answer(request, found.version, found.pk)


@require_POST
@permission_required(_MAY_CONFIRM, raise_exception=True)
def add_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """A target that the reader missed, from selected words."""
    version = _version(pk)
    start, end = request.POST.get("start", ""), request.POST.get("end", "")
    try:
        added = versions.add(version, int(start) if start.isdecimal() else 0, int(end) if end.isdecimal() else 0)
    except PlanVersionError as problem:
        return _review(request, version, 0, problem=str(problem))
    return _answer(request, version, added.pk)


@require_POST
@permission_required(_MAY_CONFIRM, raise_exception=True)
def approve_version(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the targets, or say what is still missing."""
    version = _version(pk)
    try:
        done = approve(
            version,
            _person(request),
            everything=request.POST.get("everything") == "1",
            retire=request.POST.getlist("retire"),
        )
    except PlanVersionError as problem:
        messages.error(request, str(problem))
        return redirect("review", pk=pk)
    messages.success(
        request,
        _(
            "已批准：新增%(created)d项目标，修订%(amended)d项，未变%(confirmed)d项，撤销%(retired)d项；任务%(tasks)d项，数量%(quantities)d项。"
        )
        % {
            "created": len(done.created),
            "amended": len(done.amended),
            "confirmed": len(done.confirmed),
            "retired": len(done.retired),
            "tasks": done.tasks,
            "quantities": done.quantities,
        },
    )
    return redirect("plan_text", code=version.region_id, year=version.year)


@require_POST
@permission_required(_MAY_CONFIRM, raise_exception=True)
def drop_version(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a version up."""
    try:
        versions.drop(_version(pk), _person(request))
    except PlanVersionError as problem:
        messages.error(request, str(problem))
        return redirect("review", pk=pk)
    messages.info(request, _("已放弃这份原文，没有写入目标。"))
    return redirect("plans")


@require_safe
@permission_required("goals.view_plan", raise_exception=True)
def original(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes as they were handed in, always as a download."""
    found = get_object_or_404(PlanVersion.objects.defer("text"), pk=pk)
    response = HttpResponse(bytes(found.original), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, found.name.rsplit("/", 1)[-1]) or "attachment"
    return response


@require_safe
@permission_required("goals.view_plan", raise_exception=True)
def drafts_json(request: HttpRequest, pk: int) -> HttpResponse:
    """The drafts as they stand, for other programs."""
    response = HttpResponse(as_json(draft_rows(_version(pk))), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="drafts-{pk}.json"'
    return response


def _version(pk: int) -> PlanVersion:
    return get_object_or_404(PlanVersion.objects.defer("original").select_related("region"), pk=pk)


def _person(request: HttpRequest) -> User | None:
    return request.user if request.user.is_authenticated else None
