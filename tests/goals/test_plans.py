"""The five plans in the database, and out of it again, against the golden register."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import orjson
import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from evaluation.progress import Kind
from goals.models import Plan, Target, TaskQuantity
from goals.plan_files import shipped_plans
from goals.selectors import in_plan_order
from goals.services import TextDoesNotFitError, attach_plan_text, load_plan
from tests.csv_rows import rows_of

pytestmark = pytest.mark.django_db
TABLES = ("targets", "tasks", "task_quantities")


@pytest.mark.services
def test_a_child_follows_its_parent_among_the_targets_of_a_plan():
    of_plan = Target.objects.filter(plan__region="450000")
    first, second, third = in_plan_order(of_plan)[:3]
    of_plan.filter(pk__in=[first.pk, third.pk]).update(parent=second)
    found = list(in_plan_order(of_plan))
    assert found[:3] == [second, first, third]
    assert sorted(found[3:], key=lambda one: (one.order, one.register_id)) == found[3:]


def exported(what: str, file_format: str) -> list[dict[str, object]]:
    out = io.StringIO()
    call_command("export", what, "--format", file_format, stdout=out)
    if file_format == "json":
        return orjson.loads(out.getvalue())
    return list(csv.DictReader(io.StringIO(out.getvalue())))


@pytest.mark.services
@pytest.mark.parametrize(
    ("what", "golden", "count"),
    [("targets", "targets", 98), ("tasks", "tasks", 175), ("quantities", "task_quantities", 32)],
)
def test_the_golden_register_comes_back_row_for_row(what, golden, count):
    wanted = {row["id"]: row for row in rows_of(f"golden/{golden}.csv")}
    found = {str(row["id"]): row for row in exported(what, "csv")}
    assert len(wanted) == count
    assert found.keys() == wanted.keys()
    for identity, row in wanted.items():
        assert {name: found[identity][name] for name in row} == row


def test_json_has_decimals_as_text_true_booleans_and_whole_offsets():
    rows = {row["id"]: row for row in exported("targets", "json")}
    for wanted in rows_of("golden/targets.csv"):
        row = rows[wanted["id"]]
        assert row["value"] == (wanted["value"] or None)
        assert row["aspirational"] is (wanted["aspirational"] == "true")
        assert (row["char_start"], row["char_end"]) == (int(wanted["char_start"]), int(wanted["char_end"]))


def test_fifteen_quantities_are_commitments_with_a_day_and_seventeen_are_context():
    commitments = TaskQuantity.objects.filter(is_commitment=True)
    assert (commitments.count(), TaskQuantity.objects.filter(is_commitment=False).count()) == (15, 17)
    assert all(quantity.due_on is not None for quantity in commitments)


def test_loading_twice_changes_nothing():
    for file in shipped_plans():
        changes = load_plan(file)
        assert (changes.created, changes.updated, changes.kept) == ([], [], [])
        assert changes.unchanged == len(file.targets) + len(file.tasks) + len(file.quantities)


def test_what_a_person_amended_is_kept_and_said():
    target = Target.objects.get(register_id="GX-08")
    target.value, target._change_reason = Decimal("30.5"), "自治区来函"
    target.save()
    file = next(file for file in shipped_plans() if file.plan.region == "450000")
    assert load_plan(file).kept == ["GX-08"]
    target.refresh_from_db()
    assert target.value == Decimal("30.5")
    assert [record.history_change_reason for record in target.history.all()] == ["自治区来函", "随计划文件载入"]


def test_a_text_in_which_the_quotes_stand_elsewhere_is_refused():
    plan = Plan.objects.get(region="450000")
    with pytest.raises(TextDoesNotFitError, match="对不上"):
        attach_plan_text(plan, "另一份文件" * 1000)
    plan.refresh_from_db()
    assert plan.text == ""


def test_the_shared_texts_hold_every_quote_at_its_span(shared):
    for plan in Plan.objects.all():
        path = next((shared / "plans").glob(f"{plan.region_id}_*.txt"))
        attach_plan_text(plan, path.read_bytes().decode("utf-8"))
        assert plan.text[plan.targets.first().char_start :].startswith(plan.targets.first().quote_zh)


@pytest.mark.services
@pytest.mark.parametrize(
    "wrong",
    [
        {"comparator": "<=", "value": None},
        {"kind": Kind.ABSOLUTE, "value": None, "comparator": "", "unit": ""},
        {"char_end": 0},
        {"allows_equal": True, "kind": Kind.ABSOLUTE},
        {"tolerance": Decimal(1), "tolerance_document": ""},
    ],
    ids=[
        "comparator without value",
        "absolute without number",
        "empty quote",
        "equal for a cap",
        "tolerance undocumented",
    ],
)
def test_the_database_itself_refuses_a_target_that_means_nothing(wrong):
    target = Target.objects.get(register_id="GX-08")
    for name, value in wrong.items():
        setattr(target, name, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        target.save()
