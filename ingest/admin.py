"""Submissions with their findings in Django admin; only to be looked at."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from indicators.admin import ReadOnly
from indicators.models import Finding, Submission
from ingest.messages import sentence


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
