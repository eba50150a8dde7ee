"""Reports as they were issued; only to be looked at."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from indicators.admin import ReadOnly
from reports.models import Report


@admin.register(Report)
class ReportAdmin(ReadOnly, ModelAdmin):
    """Issued reports."""

    list_display = ("region", "month", "format", "state", "requested_by", "issued_at", "sha256", "simulated")
    list_filter = ("state", "format")
    list_select_related = ("region", "requested_by")
