"""Import and export of the list of dust and exceptional days as a table."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from import_export import fields, resources
from import_export.results import Result
from import_export.widgets import Widget

from indicators.models import ExceptionalDay
from provinces.models import Region
from provinces.services import note_changed_evidence


class _RegionByCode(Widget):
    """The region of a row, by its code."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Region:
        found = Region.objects.filter(code=str(value).strip()).first()
        if found is None:
            raise ValueError(_("没有代码为“%(code)s”的地区，请用六位行政区划代码。") % {"code": value})
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value.code)


class _Day(Widget):
    """A date, as a workbook keeps it or as 2021-03-15."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> date:
        if isinstance(value, datetime):
            return value.date()
        try:
            return date.fromisoformat(str(value or "").strip())
        except ValueError:
            raise ValueError(_("“%(text)s”不是日期，请写成 2021-03-01。") % {"text": value}) from None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value.isoformat())


class _KindByWord(Widget):
    """dust or event, or the words that stand for them in Chinese; an empty cell is dust."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        word = str(value or "").strip()
        meaning = {"": "dust", "dust": "dust", "沙尘": "dust", "event": "event", "例外事件": "event"}
        if word not in meaning:
            raise ValueError(_("类型“%(word)s”应为“沙尘”或“例外事件”。") % {"word": word})
        return meaning[word]


class ExceptionalDayResource(resources.ModelResource):
    """Columns region_code, day, kind, listed_on, document. Rows are checked like a form, all errors at once."""

    region_code = fields.Field("region", "region_code", widget=_RegionByCode())
    day = fields.Field("day", "day", widget=_Day())
    kind = fields.Field("kind", "kind", widget=_KindByWord())
    listed_on = fields.Field("listed_on", "listed_on", widget=_Day())

    class Meta:
        model = ExceptionalDay
        import_id_fields = ("region_code", "day")
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = True
        use_transactions = True
        fields = ("region_code", "day", "kind", "listed_on", "document")
        export_order = fields

    def get_instance(self, instance_loader: Any, row: Any) -> ExceptionalDay | None:
        """The listed day of a row; None where its cells make no sense, which is then said beside all other errors."""
        try:
            found: ExceptionalDay | None = super().get_instance(instance_loader, row)
        except ValueError:
            return None
        return found

    def before_save_instance(self, instance: ExceptionalDay, row: Any, **kwargs: Any) -> None:
        """Who brought the list in is written beside it."""
        instance.entered_by_id = instance.entered_by_id or getattr(kwargs.get("user"), "pk", None)

    def after_import(self, dataset: Any, result: Result, **kwargs: Any) -> None:
        """Targets of the touched regions are due for a new verdict."""
        if not kwargs.get("dry_run") and not result.has_errors():
            codes = {str(code).strip() for code in dataset["region_code"]}
            touched = Region.objects.filter(code__in=codes).values_list("code", flat=True)
            note_changed_evidence(touched, timezone.now(), ["air"])
