from typing import Any

from django.contrib import admin

class ImportExportModelAdmin(admin.ModelAdmin[Any]): ...
