"""Import and export of targets as a table, in the columns of the golden register."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export import fields, resources
from import_export.widgets import BooleanWidget, CharWidget, ForeignKeyWidget, IntegerWidget, Widget

from goals.models import Plan, Target
from indicators.catalogue import scope_of
from indicators.fields import PrintedDecimalField
from indicators.models import Indicator


class _GoldenBoolean(BooleanWidget):
    """true and false, as the register spells them; what is neither is refused."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        text = str(value if value is not None else "").strip().lower()
        if text not in ("", "true", "false", "1", "0"):
            raise ValueError(_("“%(value)s”应为 true 或 false。") % {"value": value})
        return text in ("true", "1")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "true" if value else "false"


class _PrintedDecimal(Widget):
    """A number as it is printed; an empty cell is unknown."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Decimal | None:
        try:
            return PrintedDecimalField().to_python(value)
        except ValidationError as error:
            raise ValueError(" ".join(error.messages)) from error

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else f"{value:f}"


class _PlanOfRow(Widget):
    """The plan of a row, by its region code and year."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Plan:
        plan = Plan.objects.filter(region=str(row["region_code"]), year=int(row["year"])).first()
        if plan is None:
            raise ValueError(
                _("没有 %(region)s %(year)s 年的工作要点，请先录入计划。")
                % {"region": row["region_code"], "year": row["year"]}
            )
        return plan

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value.region_id)


class _IndicatorByName(ForeignKeyWidget):
    """The indicator of a row, by its English name."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Indicator:
        found = Indicator.objects.filter(name_en=str(value).strip()).first()
        if found is None:
            raise ValueError(_("指标“%(name)s”不在目录。") % {"name": value})
        return found


class TargetResource(resources.ModelResource):
    """Targets in the golden columns. Rows are checked like a form: every error of every row is shown at once."""

    id = fields.Field("register_id", "id")
    region = fields.Field("plan__region__short_name", "region", readonly=True)
    region_code = fields.Field("plan", "region_code", widget=_PlanOfRow())
    year = fields.Field("plan__year", "year", widget=IntegerWidget(), readonly=True)
    indicator_en = fields.Field("indicator", "indicator_en", widget=_IndicatorByName(Indicator, "name_en"))
    value = fields.Field("value", "value", widget=_PrintedDecimal())
    notes = fields.Field("notes", "notes", widget=CharWidget())  # an empty cell of a workbook is empty text
    approximate = fields.Field("approximate", "approximate", widget=_GoldenBoolean())
    aspirational = fields.Field("aspirational", "aspirational", widget=_GoldenBoolean())

    class Meta:
        model = Target
        import_id_fields = ("id",)
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = True
        use_transactions = True
        fields = (
            "id",
            "region",
            "region_code",
            "year",
            "domain",
            "indicator_zh",
            "indicator_en",
            "scope_zh",
            "kind",
            "comparator",
            "value",
            "unit",
            "baseline_year",
            "baseline_note",
            "approximate",
            "aspirational",
            "reference",
            "quote_zh",
            "char_start",
            "char_end",
            "notes",
        )
        export_order = fields

    def import_instance(self, instance: Target, row: Any, **kwargs: Any) -> None:
        """The scope's code follows from its words; words that mean none are refused by the model."""
        super().import_instance(instance, row, **kwargs)
        instance.scope = scope_of(instance.scope_zh, instance.domain) or ""
