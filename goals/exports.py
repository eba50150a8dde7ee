"""What other programs take out: rows under the names of the golden register. Reads only.

Every export is a list of rows with the same keys. Decimals stay decimals as printed; `as_csv` and `as_json` spell them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
from django.db.models import Max, Min

from goals.draft_words import doubt_words
from goals.models import Assessment, AssignedValue, PlanVersion, Target, Task, TaskQuantity
from goals.plan_reader import Reading
from goals.selectors import in_plan_order
from indicators.models import AirDay, Figure, Indicator, OfferedValue
from indicators.selectors import air_day_frame
from provinces.models import Region
from provinces.selectors import cities_of_each, code_prefix

Row = dict[str, Any]


def targets(region: str, year: int | None) -> list[Row]:
    """The targets in the golden columns, with the latest assigned value after them."""
    found = Target.objects.select_related("plan__region", "indicator").exclude(status=Target.Status.RETIRED)
    assigned: dict[int, AssignedValue] = {}
    for value in AssignedValue.objects.select_related("entered_by").order_by("assigned_on", "id"):
        assigned[value.target_id] = value
    if region:
        found = found.filter(plan__region=region)
    if year is not None:
        found = found.filter(plan__year=year)
    return [_target_row(target, assigned.get(target.pk)) for target in in_plan_order(found)]


def _target_row(target: Target, assigned: AssignedValue | None) -> Row:
    return {
        "id": target.register_id,
        "region": target.plan.region.short_name,
        "region_code": target.plan.region_id,
        "year": target.plan.year,
        "domain": target.domain,
        "indicator_zh": target.indicator_zh,
        "indicator_en": target.indicator.name_en,
        "scope_zh": target.scope_zh,
        "kind": target.kind,
        "comparator": target.comparator,
        "value": target.value,
        "unit": target.unit,
        "baseline_year": target.baseline_year,
        "baseline_note": target.baseline_note,
        "approximate": target.approximate,
        "aspirational": target.aspirational,
        "reference": target.reference,
        "quote_zh": target.quote_zh,
        "char_start": target.char_start,
        "char_end": target.char_end,
        "notes": target.notes,
        "assigned_comparator": assigned.comparator if assigned else "",
        "assigned_value": assigned.value if assigned else None,
        "assigned_unit": assigned.unit if assigned else "",
        "assigned_document": assigned.document if assigned else "",
        "assigned_on": assigned.assigned_on if assigned else None,
        "assigned_by": str(assigned.entered_by or "") if assigned else "",
    }


def tasks(region: str, year: int | None) -> list[Row]:
    """The numbered tasks in the golden columns."""
    found = Task.objects.select_related("plan__region").order_by("plan__region", "plan__year", "order")
    if region:
        found = found.filter(plan__region=region)
    if year is not None:
        found = found.filter(plan__year=year)
    return [
        {
            "id": task.register_id,
            "region": task.plan.region.short_name,
            "chapter_zh": task.chapter_zh,
            "number": task.number,
            "title_zh": task.title_zh,
            "char_start": task.char_start,
            "char_end": task.char_end,
        }
        for task in found
    ]


def quantities(region: str, year: int | None) -> list[Row]:
    """The numbers printed in tasks in the golden columns."""
    found = TaskQuantity.objects.select_related("task__plan__region")
    if region:
        found = found.filter(task__plan__region=region)
    if year is not None:
        found = found.filter(task__plan__year=year)
    return [
        {
            "id": quantity.register_id,
            "region": quantity.task.plan.region.short_name,
            "task_number": quantity.task.number,
            "task_zh": quantity.task_zh,
            "quantity": quantity.quantity,
            "unit": quantity.unit,
            "deadline": quantity.deadline,
            "quote_zh": quantity.quote_zh,
            "char_start": quantity.char_start,
            "char_end": quantity.char_end,
            "is_commitment": quantity.is_commitment,
        }
        for quantity in found.order_by("task__plan__region", "register_id")
    ]


def assessments(region: str, year: int | None) -> list[Row]:
    """Every stored verdict, in the order in which they were found."""
    found = Assessment.objects.select_related("target__plan").order_by("id")
    if region:
        found = found.filter(target__plan__region=region)
    if year is not None:
        found = found.filter(target__plan__year=year)
    return [
        {
            "target": row.target.register_id,
            "region_code": row.target.plan.region_id,
            "year": row.target.plan.year,
            "as_of": row.as_of,
            "state": row.state,
            "value": row.value,
            "probability": row.probability,
            "reason": row.reason,
            "rule_version": row.rule_version,
            "simulated": row.simulated,
            "assessed_at": row.assessed_at,
        }
        for row in found
    ]


def figures(region: str, year: int | None) -> list[Row]:
    """Published and entered figures and published targets, in the columns of published_figures.csv."""
    observed = Figure.objects.select_related("region").order_by("region", "pk")
    offered = OfferedValue.objects.select_related("region").order_by("region", "pk")
    if region:
        prefix = code_prefix(Region.objects.get(code=region))
        observed = observed.filter(region__code__startswith=prefix)
        offered = offered.filter(region__code__startswith=prefix)
    if year is not None:
        observed, offered = observed.filter(period_end__year=year), offered.filter(year=year)
    rows = [
        _figure_row(row)
        | {
            "period_start": f"{row.period_start:%Y-%m}",
            "period_end": f"{row.period_end:%Y-%m}",
            "value": row.value,
            "yoy": row.yoy,
            "yoy_unit": row.yoy_unit,
            "issuer": row.issuer,
            "kind": "observed",
            "operator": "",
            "simulated": row.simulated,
        }
        for row in observed
    ]
    rows += [
        _figure_row(row)
        | {
            "period_start": f"{row.year}-01",
            "period_end": f"{row.year}-12",
            "value": row.value,
            "yoy": "",
            "yoy_unit": "",
            "issuer": row.document,
            "kind": "target_derived" if row.derived else "target",
            "operator": row.comparator,
            "simulated": False,
        }
        for row in offered
    ]
    return rows


_FIGURE_COLUMNS = (
    "region_code",
    "region",
    "period_start",
    "period_end",
    "indicator",
    "value",
    "unit",
    "yoy",
    "yoy_unit",
    "scope",
    "issuer",
    "published_on",
    "note",
    "kind",
    "operator",
    "simulated",
)


def _figure_row(row: Figure | OfferedValue) -> Row:
    empty: Row = dict.fromkeys(_FIGURE_COLUMNS, "")
    return empty | {
        "region_code": row.region_id,
        "region": row.region.short_name,
        "indicator": row.indicator_id,
        "unit": row.unit,
        "scope": row.scope_zh,
        "published_on": row.published_on,
        "note": row.note,
    }


def air_days(region: str, year: int | None) -> list[Row]:
    """City days: concentrations in µg/m³ (CO mg/m³), AQI where the day is valid, primary pollutants."""
    regions = Region.objects.filter(code=region) if region else Region.objects.filter(air_days__isnull=False).distinct()
    cities = {city.code for found in cities_of_each(regions).values() for city in found}
    known = AirDay.objects.filter(region__in=cities).aggregate(first=Min("day"), last=Max("day"))
    if known["first"] is None:
        return []
    first, last = (date(year, 1, 1), date(year, 12, 31)) if year else (known["first"], known["last"])
    rows = air_day_frame(cities, first, last).astype(object).to_dict("records")
    return [{str(key): None if value != value else value for key, value in row.items()} for row in rows]


def reading_rows(reading: Reading) -> dict[str, list[Row]]:
    """What the plan reader read, under the names that other programs know."""
    english = dict(Indicator.objects.values_list("code", "name_en"))
    return {
        "targets": [
            {
                "indicator": draft.indicator,
                "indicator_en": english.get(draft.indicator, ""),
                "indicator_zh": draft.indicator_zh,
                "scope_zh": draft.scope_zh,
                "domain": draft.domain,
                "kind": draft.kind.value,
                "comparator": draft.comparator,
                "value": draft.value,
                "unit": draft.unit,
                "baseline_year": draft.baseline_year,
                "baseline_note": draft.baseline_note,
                "approximate": draft.approximate,
                "aspirational": draft.aspirational,
                "reference": draft.reference,
                "quote_zh": draft.quote_zh,
                "char_start": draft.char_start,
                "char_end": draft.char_end,
                "confidence": draft.confidence,
                "question": "".join(doubt_words(doubt.code, doubt.about) for doubt in draft.doubts),
            }
            for draft in reading.targets
        ],
        "tasks": [asdict(draft) for draft in reading.tasks],
        "quantities": [
            {
                **{name: value for name, value in asdict(draft).items() if name != "doubts"},
                "question": "".join(doubt_words(doubt.code, doubt.about) for doubt in draft.doubts),
            }
            for draft in reading.quantities
        ],
    }


def draft_rows(version: PlanVersion) -> list[Row]:
    """The drafts of a version as they stand, with what was decided."""
    rows = []
    for draft in version.drafts.order_by("sort", "order"):
        draft.version = version
        place = {"char_start": draft.char_start, "char_end": draft.char_end, "quote_zh": draft.quote}
        rows.append({"sort": draft.sort, "state": draft.state, **draft.fields, **place})
    return rows


EXPORTS: Mapping[str, Callable[[str, int | None], list[Row]]] = {
    "targets": targets,
    "tasks": tasks,
    "quantities": quantities,
    "assessments": assessments,
    "figures": figures,
    "air-days": air_days,
}


def as_csv(rows: Iterable[Row]) -> str:
    """Rows as CSV in golden spelling: booleans true/false, nothing for unknown, line feeds."""
    rows = list(rows)
    out = io.StringIO()
    if rows:
        writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: _plain(value) for key, value in row.items()} for row in rows)
    return out.getvalue()


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def as_json(rows: Iterable[Row] | Mapping[str, Any]) -> str:
    """Rows as a bare JSON list, or a document of such: decimals as strings, unknown null, real booleans."""
    return orjson.dumps(
        rows if isinstance(rows, Mapping) else list(rows),
        default=_decimal,
        option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY,
    ).decode()


def _decimal(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"no JSON for {value!r}")
