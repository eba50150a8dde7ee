"""Django admin: assigned values, judgements, figures, plan texts, targets in and out as tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.progress import State
from goals.assessing import assess_targets
from goals.models import AssignedValue, Judgement, Plan, Target
from goals.selectors import verdicts
from indicators.models import ExceptionalDay, Figure, Revision
from tests.csv_rows import HERE
from tests.goals import cast

pytestmark = pytest.mark.django_db


def assigned(target: Target, **changes: object) -> dict[str, object]:
    return {
        "target": target.pk, "year": 2021, "comparator": ">=", "value": "94.6", "unit": "%",
        "document": "桂环函〔2021〕1号", "assigned_on": "2021-06-20", **changes,
    }  # fmt: skip


def test_an_assigned_value_carries_its_document_and_the_person(client_of):
    target = Target.objects.get(register_id="GX-10")
    assert verdicts([target], None)[0].state == State.AWAITING_NUMBER
    answer = client_of("guanli").post("/admin/goals/assignedvalue/add/", assigned(target))
    assert answer.status_code == 302, answer.context["errors"]
    value = AssignedValue.objects.get()
    assert (value.value, value.document, value.entered_by.username) == (Decimal("94.6"), "桂环函〔2021〕1号", "guanli")
    assert verdicts([target], None)[0].state == State.NO_DATA


def test_a_deleted_assigned_value_is_owed_again(client_of):
    target = Target.objects.get(register_id="GX-10")
    client = client_of("guanli")
    client.post("/admin/goals/assignedvalue/add/", assigned(target))
    assess_targets([target], None)
    assert verdicts([target], None)[0].state == State.NO_DATA
    client.post(f"/admin/goals/assignedvalue/{AssignedValue.objects.get().pk}/delete/", {"post": "yes"})
    assert verdicts([target], None)[0].state == State.AWAITING_NUMBER


@pytest.mark.parametrize(
    ("identity", "changes", "words"),
    [
        ("GX-08", {}, "只有“上级下达”"),
        ("GX-10", {"unit": "吨"}, "单位应为“%”"),
        ("GX-10", {"year": 2020}, "计划年度"),
        ("GX-10", {"as_change": "on"}, "基准年"),
    ],
)
def test_an_assigned_value_that_does_not_fit_is_refused_in_words(client_of, identity, changes, words):
    target = Target.objects.get(register_id=identity)
    answer = client_of("guanli").post("/admin/goals/assignedvalue/add/", assigned(target, **changes))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not AssignedValue.objects.exists()


def test_a_final_word_waits_for_the_end_of_the_year(client_of):
    target = Target.objects.filter(indicator__statistic="judgement").first()
    form = {"target": target.pk, "judged_on": "2021-09-01", "state": "met", "evidence": "现场检查", "document": "记录"}
    client = client_of("guanli")
    assert "年度未结束" in client.post("/admin/goals/judgement/add/", form).content.decode()
    assert client.post("/admin/goals/judgement/add/", {**form, "judged_on": "2022-01-15"}).status_code == 302
    assert Judgement.objects.get().entered_by.username == "guanli"


def typed_figure(**changes: str) -> dict[str, str]:
    return {
        "region": "430400", "indicator": "pm25_mean", "scope_zh": "", "period_start": "2021-01-01",
        "period_end": "2021-12-31", "value": "36", "unit": "µg/m3", "issuer": "衡阳市生态环境局",
        "published_on": "2022-06-05", "note": "", **changes,
    }  # fmt: skip


def test_a_typed_figure_needs_its_document_and_an_amendment_keeps_the_old_value(client_of):
    client = client_of("guanli")
    assert (
        "从那天起才算已知"
        in client.post("/admin/indicators/figure/add/", typed_figure(published_on="")).content.decode()
    )
    assert "请换算后录入" in client.post("/admin/indicators/figure/add/", typed_figure(unit="mg/m3")).content.decode()
    assert client.post("/admin/indicators/figure/add/", typed_figure()).status_code == 302
    figure = Figure.objects.get()
    assert figure.entered_by.username == "guanli"
    client.post(f"/admin/indicators/figure/{figure.pk}/change/", typed_figure(value="35.6"))
    revision = Revision.objects.get()
    assert (revision.figure_id, revision.old_value, revision.new_value) == (figure.pk, Decimal(36), Decimal("35.6"))


def test_a_target_is_amended_with_a_reason(client_of):
    target = Target.objects.get(register_id="GX-08")
    client = client_of("guanli")
    page = client.get(f"/admin/goals/target/{target.pk}/change/")
    form = {name: value for name, value in page.context["adminform"].form.initial.items() if value is not None}
    form |= {"value": "30.5", "assigned_values-TOTAL_FORMS": "0", "assigned_values-INITIAL_FORMS": "0"}
    form = {name: value for name, value in form.items() if value is not False}
    assert "请写明为什么改动" in client.post(f"/admin/goals/target/{target.pk}/change/", form).content.decode()
    answer = client.post(f"/admin/goals/target/{target.pk}/change/", {**form, "change_reason": "自治区来函"})
    assert answer.status_code == 302
    target.refresh_from_db()
    assert target.value == Decimal("30.5")
    assert target.history.first().history_change_reason == "自治区来函"
    assert target.history.first().history_user.username == "guanli"


def test_the_page_of_a_target_reads_its_amendments_once(client_of):
    target = Target.objects.get(register_id="GX-08")
    target._change_reason = "自治区来函"
    target.save()
    client = client_of("guanli")
    with CaptureQueriesContext(connection) as asked:
        page = client.get(f"/admin/goals/target/{target.pk}/change/").content.decode()
    assert "自治区来函" in page
    assert sum('FROM "goals_historicaltarget"' in query["sql"] for query in asked.captured_queries) == 1
    assert len(asked) <= 10


@pytest.mark.parametrize(
    ("language", "word", "other"), [("zh-hans", "地下水", "Groundwater"), ("en", "Groundwater", "地下水")]
)
def test_a_domain_is_chosen_in_the_language_of_the_page(client_of, language, word, other):
    client = client_of("guanli")
    client.cookies["django_language"] = language
    page = client.get("/admin/goals/target/add/").content.decode()
    choice = page[page.index('name="domain"') :]
    choice = choice[: choice.index("</select>")]
    assert word in choice
    assert other not in choice


def test_a_plan_text_of_another_version_is_refused(client_of):
    plan = Plan.objects.get(region="450000")
    form = {"region": "450000", "year": "2021", "title": plan.title}
    client = client_of("guanli")
    for content, words in (("别的文件".encode() * 500, "对不上"), (b"\xff\xfe\x00", "不是 UTF-8"), (b"   ", "空的")):
        upload = {**form, "text_file": SimpleUploadedFile("plan.txt", content)}
        assert words in client.post(f"/admin/goals/plan/{plan.pk}/change/", upload).content.decode()
    plan.refresh_from_db()
    assert plan.text == ""


# ---- targets as a table --------------------------------------------------------------------------------------------


def imported(client: object, text: str) -> object:
    file = SimpleUploadedFile("targets.csv", text.encode(), content_type="text/csv")
    return client.post("/admin/goals/target/import/", {"format": "0", "import_file": file, "resource": ""})


def test_an_import_is_rehearsed_and_shows_the_errors_of_all_rows_at_once(client_of):
    golden = (HERE / "golden/targets.csv").read_text(encoding="utf-8").splitlines()
    head, first, second = golden[0], golden[1], golden[2]
    broken = [
        first.replace("450000", "999999"),
        second.replace("Overall environmental quality indicators", "Happiness"),
    ]
    answer = imported(client_of("guanli"), "\n".join([head, *broken]) + "\n")
    text = answer.content.decode()
    assert "999999" in text
    assert "Happiness" in text
    assert Target.objects.count() == 98


def test_an_unknown_scope_in_an_import_is_no_silent_default(client_of):
    golden = (HERE / "golden/targets.csv").read_text(encoding="utf-8").splitlines()
    row = next(line for line in golden if line.startswith("GX-08"))
    cells = row.split(",")
    cells[0], cells[7] = "GX-77", "三五个地方"
    text = imported(client_of("guanli"), f"{golden[0]}\n{','.join(cells)}\n").content.decode()
    assert "不在目录" in text
    assert not Target.objects.filter(register_id="GX-77").exists()


@pytest.mark.parametrize(("name", "suffix"), [("CSV", "csv"), ("XLSX", "xlsx")])
def test_what_is_exported_is_imported_unchanged(client_of, name, suffix):
    client = client_of("guanli")
    formats = dict(client.get("/admin/goals/target/export/").context["form"].fields["format"].choices)
    number = next(key for key, label in formats.items() if str(label).lower() == suffix)
    columns = [column for column in client.get("/admin/goals/target/export/").context["form"].fields if "_" in column]
    chosen = {column: "on" for column in columns if column.startswith("targetresource_")}
    answer = client.post("/admin/goals/target/export/", {"format": number, "resource": "0", **chosen})
    assert answer.status_code == 200
    file = SimpleUploadedFile(f"targets.{suffix}", answer.getvalue() if answer.streaming else answer.content)
    kinds = dict(client.get("/admin/goals/target/import/").context["form"].fields["format"].choices)
    kind = next(key for key, label in kinds.items() if str(label).lower() == suffix)
    done = client.post("/admin/goals/target/import/", {"format": kind, "import_file": file, "resource": ""})
    totals = done.context["result"].totals
    assert (totals["new"], totals["update"], totals["skip"], totals["invalid"], totals["error"]) == (0, 0, 98, 0, 0)


# ---- dust and exceptional days ---------------------------------------------------------------------------------------

DUST_HEAD = "region_code,day,kind,listed_on,document\n"


def dust_imported(client: object, rows: str) -> object:
    file = SimpleUploadedFile("dust.csv", (DUST_HEAD + rows).encode(), content_type="text/csv")
    return client.post("/admin/indicators/exceptionalday/import/", {"format": "0", "import_file": file, "resource": ""})


def test_a_list_of_dust_days_is_rehearsed_then_taken_in_with_its_person(client_of):
    client = client_of("shuju")
    answer = dust_imported(client, "410100,2021-03-15,沙尘,2021-04-12,清单\n410100,2021-03-16,,2021-04-12,清单\n")
    assert not ExceptionalDay.objects.exists()
    done = client.post("/admin/indicators/exceptionalday/process_import/", answer.context["confirm_form"].initial)
    assert done.status_code == 302
    found = ExceptionalDay.objects.order_by("day")
    assert [(one.region_id, one.kind, one.document) for one in found] == [("410100", "dust", "清单")] * 2
    assert {one.entered_by.username for one in found} == {"shuju"}
    again = dust_imported(client, "410100,2021-03-15,dust,2021-04-12,清单\n")
    assert again.context["result"].totals["skip"] == 1


def test_a_list_says_every_error_at_once(client_of):
    rows = [
        "999999,2021-03-15,沙尘,2021-04-12,清单",
        "410100,2021-03-16,雾,2021-04-12,清单",
        "410100,16/3,,2021-04-12,清单",
    ]
    text = dust_imported(client_of("shuju"), "\n".join(rows) + "\n").content.decode()
    for sentence in ("没有代码为“999999”的地区", "类型“雾”", "“16/3”不是日期"):
        assert sentence in text
    assert not ExceptionalDay.objects.exists()


def test_a_listed_day_makes_its_targets_due_again(client_of):
    """A day typed in admin reaches the verdict that is shown, and so does its deletion."""
    cast.days("430400", date(2021, 1, 1), date(2021, 1, 20), pm25=20)
    cast.days("430400", date(2021, 1, 21), date(2021, 12, 31), pm25=40)
    assess_targets([cast.target("HY-02")], None)
    before = cast.judged("HY-02", None).value
    client = client_of("guanli")
    typed = {"region": "430400", "day": "2021-01-05", "kind": "dust", "listed_on": "2021-02-01", "document": "清单"}
    answer = client.post("/admin/indicators/exceptionalday/add/", typed)
    assert answer.status_code == 302, answer.context["errors"]
    assert cast.judged("HY-02", None).facts["dust"]["days"] == 1
    day = ExceptionalDay.objects.get()
    assert day.entered_by.username == "guanli"
    client.post(f"/admin/indicators/exceptionalday/{day.pk}/delete/", {"post": "yes"})
    after = cast.judged("HY-02", None)
    assert (after.value, "dust" in after.facts) == (before, False)


def test_a_list_is_not_issued_before_the_day(client_of):
    typed = {"region": "430400", "day": "2021-01-05", "kind": "dust", "listed_on": "2021-01-04", "document": "清单"}
    answer = client_of("guanli").post("/admin/indicators/exceptionalday/add/", typed)
    assert "不会早于当日" in answer.content.decode()


def test_staff_who_only_look_enter_no_dust_day(client_of):
    assert client_of("keshi").get("/admin/indicators/exceptionalday/add/").status_code == 302
