"""Submissions with their findings in Django admin; only to be looked at."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from indicators.admin import ReadOnly
from indicators.models import Finding, Layout, Source, Submission
from ingest.forms import layout_choices
from ingest.messages import sentence
from ingest.services import files_in_force_by
from ingest.sources import schedule_source


class FindingInline(ReadOnly, TabularInline):
    """What was found, in words."""

    model = Finding
    fields = ("row", "column", "original", "says")
    readonly_fields = fields
    extra = 0
    show_change_link = False

    @admin.display(description=_("发现"))
    def says(self, finding: Finding) -> str:
        return sentence(finding.code, finding.original, finding.details, finding.column)


@admin.register(Submission)
class SubmissionAdmin(ReadOnly, ModelAdmin):
    """Files as they were received."""

    list_display = (
        "name",
        "state",
        "reader",
        "rows_read",
        "rows_stored",
        "rows_set_aside",
        "received_at",
        "received_by",
        "simulated",
    )
    list_filter = ("state", "reader", "via", "simulated")
    search_fields = ("name", "sha256")
    inlines = (FindingInline,)
    readonly_fields = ("page",)

    @admin.display(description=_("详情"))
    def page(self, submission: Submission) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("submission", args=[submission.pk]), _("打开"))


class SourceForm(forms.ModelForm[Source]):
    """A source. Its secret is never shown; left empty, the one that is kept stays."""

    secret = forms.CharField(
        label=_("口令或令牌"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("加密保存，从不显示；留空则不变。"),
    )
    reader = forms.ChoiceField(label=_("版式"), required=False, choices=layout_choices)

    class Meta:
        model = Source
        fields = (
            "code",
            "title",
            "kind",
            "address",
            "login",
            "secret",
            "reader",
            "review",
            "every_minutes",
            "grace_minutes",
            "active",
        )

    def clean_secret(self) -> str:
        return self.cleaned_data["secret"] or self.instance.secret

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") == Source.Kind.HTTP and not cleaned.get("address"):
            self.add_error("address", _("按网址抓取的来源要有网址。"))
        return cleaned


@admin.register(Source)
class SourceAdmin(ModelAdmin):
    """Where files are expected from; saving brings the schedule in step."""

    form = SourceForm
    list_display = ("code", "title", "kind", "every_minutes", "grace_minutes", "heard_at", "failure", "active")
    list_filter = ("kind", "active")
    search_fields = ("code", "title")

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        schedule_source(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # files name it: it is switched off instead


@admin.register(Layout)
class LayoutAdmin(ModelAdmin):
    """Layouts that a clerk explained; what a column means is changed on the mapping page."""

    list_display = ("title", "header_row", "created_by", "created_at")
    readonly_fields = ("header", "header_row", "mapping", "created_by", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or not files_in_force_by(obj).exists())
