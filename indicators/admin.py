"""Indicators, sites and figures in Django admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportModelAdmin
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from indicators.catalogue import indicator_definitions, scope_of
from indicators.figure_services import amend_figure
from indicators.models import ExceptionalDay, Figure, Indicator, Revision
from indicators.observation_services import reconsider_city
from indicators.resources import ExceptionalDayResource
from provinces.models import Site
from provinces.services import note_changed_evidence


class ReadOnly:
    """Mixin for what people look at and never change here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Indicator)
class IndicatorAdmin(ModelAdmin):
    """The catalogue's own fields are read from its files; a bureau adds aliases."""

    list_display = ("code", "name_zh", "name_en", "domain", "unit", "direction", "statistic")
    list_filter = ("domain", "statistic", "direction")
    search_fields = ("code", "name_zh", "name_en", "aliases")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None or obj.code not in indicator_definitions():
            return []
        return [field.name for field in obj._meta.fields if field.editable and field.name != "aliases"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Site)
class SiteAdmin(ModelAdmin):
    """Stations and sections. What changes a city's figure has its days worked out again."""

    list_display = (
        "name",
        "code",
        "kind",
        "region",
        "role",
        "assessed",
        "opened_on",
        "closed_on",
        "simulated",
    )
    list_filter = ("kind", "role", "assessed", "simulated")
    search_fields = ("name", "code", "region__name", "region__short_name")
    autocomplete_fields = ("region",)
    readonly_fields = ("simulated",)

    def save_model(self, request: HttpRequest, obj: Site, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if {"role", "opened_on", "closed_on", "region", "assessed"} & set(form.changed_data):
            with transaction.atomic():
                reconsider_city(obj.region_id, timezone.now())


class FigureForm(forms.ModelForm[Figure]):
    """A figure that a person enters from a document."""

    class Meta:
        model = Figure
        fields = (
            "region",
            "indicator",
            "scope_zh",
            "period_start",
            "period_end",
            "value",
            "unit",
            "issuer",
            "published_on",
            "note",
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        indicator, unit = cleaned.get("indicator"), cleaned.get("unit")
        if indicator and unit != indicator.unit:
            self.add_error("unit", _("这个指标的单位是“%(unit)s”，请换算后录入。") % {"unit": indicator.unit})
        if indicator and scope_of(cleaned.get("scope_zh", ""), indicator.domain) is None:
            self.add_error("scope_zh", _("这种范围说法不在目录中，请改用目录中的说法，或留空用默认范围。"))
        if cleaned.get("value") is None:
            self.add_error("value", _("请录入数值；未知时不要录。"))
        if not cleaned.get("published_on"):
            self.add_error("published_on", _("请写明文件日期：从那天起才算已知。"))
        return cleaned


@admin.register(Figure)
class FigureAdmin(SimpleHistoryAdmin, ModelAdmin):
    """Published figures are read from files and only shown; typed ones carry document, person and date."""

    form = FigureForm
    list_display = (
        "region",
        "indicator",
        "scope_zh",
        "period_start",
        "period_end",
        "value",
        "unit",
        "issuer",
        "published_on",
        "entered_by",
        "simulated",
    )
    list_filter = ("simulated", "indicator__domain", "period_end")
    search_fields = ("region__name", "indicator__name_zh", "issuer", "scope_zh")
    autocomplete_fields = ("region", "indicator")
    list_select_related = ("region", "indicator", "entered_by")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        typed = obj is None or obj.entered_by_id is not None
        return typed and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and obj.entered_by_id is not None and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Figure, form: Any, change: bool) -> None:
        obj.entered_by_id = obj.entered_by_id or request.user.pk
        obj.scope = scope_of(obj.scope_zh, obj.indicator.domain) or ""
        amend_figure(obj, timezone.now())

    def delete_model(self, request: HttpRequest, obj: Figure) -> None:
        super().delete_model(request, obj)
        note_changed_evidence({obj.region_id}, timezone.now(), ["figures"])


class ExceptionalDayForm(forms.ModelForm[ExceptionalDay]):
    """A listed day, from the document that lists it."""

    class Meta:
        model = ExceptionalDay
        fields = ("region", "day", "kind", "listed_on", "document")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        day, listed_on = cleaned.get("day"), cleaned.get("listed_on")
        if day and listed_on and listed_on < day:
            self.add_error("listed_on", _("认定文件的日期不会早于当日，请核对。"))
        return cleaned


@admin.register(ExceptionalDay)
class ExceptionalDayAdmin(SimpleHistoryAdmin, ModelAdmin, ImportExportModelAdmin):
    """The national list of dust and exceptional days, a city and day a row; also as a table (xlsx, csv)."""

    form = ExceptionalDayForm
    resource_classes = (ExceptionalDayResource,)
    import_form_class = ImportForm
    export_form_class = ExportForm
    list_display = ("day", "region", "kind", "listed_on", "document", "entered_by")
    list_filter = ("kind", "day")
    search_fields = ("region__name", "document")
    autocomplete_fields = ("region",)
    list_select_related = ("region", "entered_by")

    def save_model(self, request: HttpRequest, obj: ExceptionalDay, form: Any, change: bool) -> None:
        obj.entered_by_id = obj.entered_by_id or request.user.pk
        regions = {obj.region_id} | ({form.initial["region"]} if change else set())
        super().save_model(request, obj, form, change)
        note_changed_evidence(regions, timezone.now(), ["air"])

    def delete_model(self, request: HttpRequest, obj: ExceptionalDay) -> None:
        super().delete_model(request, obj)
        note_changed_evidence({obj.region_id}, timezone.now(), ["air"])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ExceptionalDay]) -> None:
        regions = set(queryset.values_list("region_id", flat=True))
        super().delete_queryset(request, queryset)
        note_changed_evidence(regions, timezone.now(), ["air"])


@admin.register(Revision)
class RevisionAdmin(ReadOnly, ModelAdmin):
    """Values that later submissions replaced."""

    list_display = (
        "recorded_at",
        "table",
        "region",
        "site",
        "period_end",
        "item",
        "old_value",
        "new_value",
        "new_submission",
    )
    list_filter = ("table",)
    list_select_related = ("region", "site", "new_submission")
    search_fields = ("region__name", "site__name", "item")
