"""Plans, targets, tasks and what people enter, in Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ImportExportModelAdmin
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from evaluation.progress import Kind
from goals.admin_forms import AssignedValueForm, JudgementForm, PlanForm, TargetForm
from goals.models import (
    Alert,
    Allocation,
    Assessment,
    AssignedValue,
    ForecastLesson,
    Judgement,
    Plan,
    QuantityProgress,
    SiteSetting,
    Target,
    TargetNote,
    Task,
    TaskQuantity,
    TaskReport,
)
from goals.resources import TargetResource
from goals.services import (
    OfferDoesNotFitError,
    accept_offer,
    attach_plan_text,
)
from indicators.admin import ReadOnly
from indicators.models import OfferedValue


class SignedAdmin(SimpleHistoryAdmin, ModelAdmin):
    """What a person enters carries their name. It stays with its target: moved, its verdict would go stale."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("target",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if obj.entered_by_id is None:
            obj.entered_by_id = request.user.pk
        super().save_model(request, obj, form, change)


def _sign(request: HttpRequest, formset: Any) -> None:
    rows = formset.save(commit=False)
    for row in formset.deleted_objects:
        row.delete()
    for row in rows:
        if hasattr(row, "entered_by_id") and row.entered_by_id is None:
            row.entered_by_id = request.user.pk
        row.save()
    formset.save_m2m()


@admin.register(Plan)
class PlanAdmin(SimpleHistoryAdmin, ModelAdmin):
    """Work plans."""

    form = PlanForm
    list_display = ("title", "region", "year", "issued_on", "has_text")
    list_filter = ("year",)
    search_fields = ("title", "region__name")
    autocomplete_fields = ("region",)
    readonly_fields = ("text_sha256",)

    @admin.display(description=gettext_lazy("原文"), boolean=True)
    def has_text(self, plan: Plan) -> bool:
        return bool(plan.text)

    def save_model(self, request: HttpRequest, obj: Plan, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("text_file"):
            attach_plan_text(obj, form.cleaned_data["text_file"])


class AssignedValueInline(TabularInline):
    """The assigned values of a target."""

    model = AssignedValue
    form = AssignedValueForm
    fields = ("year", "as_change", "baseline_year", "comparator", "value", "unit", "document", "assigned_on")
    extra = 0


def _history_table(target: Target) -> SafeString:
    records = list(target.history.select_related("history_user")[:10])
    rows = []
    for newer, older in zip(records, [*records[1:], None], strict=True):
        changes = [] if older is None else newer.diff_against(older).changes
        what = "；".join(f"{change.field}: {change.old} → {change.new}" for change in changes)
        who = newer.history_user or newer.history_change_reason or ""
        when = timezone.localtime(newer.history_date)
        rows.append((f"{when:%Y-%m-%d %H:%M}", str(who), what or newer.get_history_type_display()))
    return format_html(
        "<table><tbody>{}</tbody></table>",
        format_html_join("", "<tr><td>{}&emsp;</td><td>{}&emsp;</td><td>{}</td></tr>", rows),
    )


@admin.register(Target)
class TargetAdmin(SimpleHistoryAdmin, ModelAdmin, ImportExportModelAdmin):
    """Targets, with their history, their assigned values, and import and export as a table."""

    form = TargetForm
    resource_classes = (TargetResource,)
    import_form_class = ImportForm
    export_form_class = ExportForm
    list_display = (
        "register_id",
        "indicator_zh",
        "scope_zh",
        "kind",
        "comparator",
        "value",
        "unit",
        "aspirational",
        "status",
    )
    list_filter = ("status", "kind", "domain", "plan")
    search_fields = ("register_id", "indicator_zh", "indicator__name_en", "quote_zh")
    autocomplete_fields = ("indicator", "plan", "parent")
    readonly_fields = ("recent_history",)
    fieldsets = (
        (None, {"fields": ("register_id", "plan", "parent", "order", "domain", "status", "change_reason")}),
        (gettext_lazy("说什么"), {"fields": ("indicator", "indicator_zh", "scope", "scope_zh", "reference")}),
        (
            gettext_lazy("要多少"),
            {
                "fields": (
                    "kind",
                    ("comparator", "value", "unit"),
                    ("baseline_year", "baseline_note"),
                    ("approximate", "aspirational", "allows_equal"),
                    ("tolerance", "tolerance_document"),
                )
            },
        ),
        (gettext_lazy("责任与期限"), {"fields": (("lead_unit", "due_on", "next_figure_on"),)}),
        (gettext_lazy("怎样判"), {"fields": ("validity_profile", "dust_account")}),
        (gettext_lazy("出自哪里"), {"fields": ("quote_zh", ("char_start", "char_end"), "notes")}),
        (gettext_lazy("历史"), {"fields": ("recent_history",)}),
    )
    inlines = (AssignedValueInline,)
    list_select_related = ("plan__region", "indicator")

    @admin.display(description=gettext_lazy("历史"))
    def recent_history(self, target: Target) -> SafeString:
        """The last amendments, each with what it changed, who and why."""
        known = vars(target)
        if "recent_history" not in known:  # the admin's templates ask for it five times
            known["recent_history"] = _history_table(target)
        return known["recent_history"]  # type: ignore[no-any-return]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj._change_reason = form.cleaned_data.get("change_reason", "")
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        _sign(request, formset)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AssignedValue)
class AssignedValueAdmin(SignedAdmin):
    """Numbers that higher levels assign."""

    form = AssignedValueForm
    list_display = ("target", "year", "comparator", "value", "unit", "document", "assigned_on", "entered_by")
    list_filter = ("year", "simulated")
    search_fields = ("target__register_id", "target__indicator_zh", "document")
    autocomplete_fields = ("target",)
    list_select_related = ("target", "entered_by")


@admin.register(Judgement)
class JudgementAdmin(SignedAdmin):
    """What people judge."""

    form = JudgementForm
    list_display = ("target", "judged_on", "state", "document", "entered_by")
    list_filter = ("state", "simulated")
    search_fields = ("target__register_id", "target__indicator_zh", "evidence")
    autocomplete_fields = ("target",)
    list_select_related = ("target", "entered_by")


@admin.register(Task)
class TaskAdmin(SimpleHistoryAdmin, ModelAdmin):
    """Numbered tasks."""

    list_display = ("register_id", "plan", "number", "title_zh", "lead_unit", "due_on")
    list_filter = ("plan", "lead_unit")
    search_fields = ("register_id", "title_zh", "number")
    autocomplete_fields = ("plan", "targets")


class ProgressInline(TabularInline):
    """Reports of how much is done."""

    model = QuantityProgress
    fields = ("reported_on", "done", "document")
    extra = 0


@admin.register(TaskQuantity)
class TaskQuantityAdmin(SimpleHistoryAdmin, ModelAdmin):
    """Numbers printed in tasks, with their progress."""

    list_display = ("register_id", "task_zh", "quantity", "unit", "due_on", "is_commitment")
    list_filter = ("is_commitment", "task__plan")
    search_fields = ("register_id", "task_zh")
    autocomplete_fields = ("task",)
    inlines = (ProgressInline,)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        _sign(request, formset)


@admin.register(TaskReport)
class TaskReportAdmin(ReadOnly, ModelAdmin):
    """The journals of tasks; people add to them on the task's page."""

    list_display = ("task", "kind", "reported_on", "text", "document", "attachment_name", "entered_by")
    list_filter = ("kind", "reported_on", "simulated")
    search_fields = ("task__register_id", "task__title_zh", "text")
    list_select_related = ("task", "entered_by")


@admin.register(TargetNote)
class TargetNoteAdmin(ReadOnly, ModelAdmin):
    """What was written under targets."""

    list_display = ("target", "text", "written_by", "written_at")
    search_fields = ("target__register_id", "text")
    list_select_related = ("target", "written_by")


@admin.register(Assessment)
class AssessmentAdmin(ReadOnly, ModelAdmin):
    """The verdicts as they were stored."""

    list_display = ("target", "as_of", "state", "value", "reason", "simulated", "assessed_at")
    list_filter = ("state", "reason", "as_of", "simulated")
    search_fields = ("target__register_id", "target__indicator_zh")
    list_select_related = ("target",)


@admin.register(Allocation)
class AllocationAdmin(SignedAdmin):
    """What cities owe of a region's target."""

    list_display = ("target", "region", "comparator", "value", "document", "proposed", "entered_by")
    search_fields = ("target__register_id", "region__name", "document")
    autocomplete_fields = ("target", "region")
    list_select_related = ("target", "region", "entered_by")
    fields = ("target", "region", "comparator", "value", "document")


@admin.register(Alert)
class AlertAdmin(ReadOnly, ModelAdmin):
    """Alerts as they were raised; people see to them on their page."""

    list_display = ("target", "rule", "site", "level", "raised_on", "before", "after", "acknowledged_by", "closed_by")
    list_filter = ("rule", "raised_on", "simulated")
    list_select_related = ("target", "site", "acknowledged_by", "closed_by")


@admin.register(ForecastLesson)
class ForecastLessonAdmin(ReadOnly, ModelAdmin):
    """What was learned for the outlook, and from what."""

    list_display = ("learned_on", "source")


@admin.register(SiteSetting)
class SiteSettingAdmin(ModelAdmin):
    """The one row of settings."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not SiteSetting.objects.exists() and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(OfferedValue)
class OfferedValueAdmin(ReadOnly, ModelAdmin):
    """Targets that publications print: each may be taken over as an assigned value, with its document."""

    list_display = (
        "region",
        "indicator",
        "year",
        "scope_zh",
        "comparator",
        "value",
        "unit",
        "document",
        "published_on",
        "derived",
        "take_over",
    )
    list_filter = ("year", "derived")
    list_select_related = ("region", "indicator")

    @admin.display(description=gettext_lazy("采用"))
    def take_over(self, offer: OfferedValue) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("admin:goals_offer_accept", args=[offer.pk]), _("采用…"))

    def get_urls(self) -> list[Any]:
        accept = self.admin_site.admin_view(self.accept)
        return [path("<int:pk>/accept/", accept, name="goals_offer_accept"), *super().get_urls()]

    def accept(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Choose the target that the offered value is for."""
        offer = get_object_or_404(OfferedValue.objects.select_related("region", "indicator"), pk=pk)
        if not request.user.has_perm("goals.add_assignedvalue"):
            messages.error(request, _("采用下达值要有录入权限。"))
            return redirect("admin:indicators_offeredvalue_changelist")
        candidates = Target.objects.filter(
            plan__region=offer.region_id,
            plan__year=offer.year,
            kind__in=[Kind.DELEGATED, Kind.SCHEDULE],
            parent__isnull=True,
        ).select_related("indicator")
        if request.method == "POST":
            target = get_object_or_404(candidates, pk=request.POST.get("target"))
            try:
                assigned = accept_offer(offer, target, request.user if request.user.is_authenticated else None)
            except OfferDoesNotFitError as problem:
                messages.error(request, str(problem))
            else:
                messages.success(request, _("已采用为 %(id)s 的下达值。") % {"id": assigned.target.register_id})
                return redirect("target", register_id=assigned.target.register_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _("采用为下达值"),
            "offer": offer,
            "candidates": sorted(candidates, key=lambda t: (t.domain != offer.indicator.domain, t.order)),
            "opts": self.model._meta,
        }
        return render(request, "admin/offer_accept.html", context)
