"""Regions in Django admin. Sites stand with the data they make (indicators.admin)."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from provinces.models import Region


@admin.register(Region)
class RegionAdmin(ModelAdmin):
    """Names may be given; codes and the tree come from GB/T 2260."""

    list_display: ClassVar = ("code", "name", "short_name", "name_en", "level", "counts_as_city")
    list_filter: ClassVar = ("level", "counts_as_city")
    search_fields: ClassVar = ("code", "name", "short_name", "name_en", "aliases")
    readonly_fields: ClassVar = ("code", "level", "parent", "counts_as_city", "evidence_changed_at")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
