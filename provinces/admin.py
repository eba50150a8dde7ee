"""Regions in Django admin. Sites stand with the data they make (indicators.admin)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from provinces.models import Region


@admin.register(Region)
class RegionAdmin(ModelAdmin):
    """Names and the tree come from GB/T 2260; a bureau adds aliases."""

    list_display = ("code", "name", "short_name", "name_en", "level", "counts_as_city")
    list_filter = ("level", "counts_as_city")
    search_fields = ("code", "name", "short_name", "name_en", "aliases")
    fields = ("code", "name", "short_name", "name_en", "level", "parent", "counts_as_city", "aliases")
    readonly_fields = tuple(name for name in fields if name != "aliases")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
