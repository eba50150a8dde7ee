"""`manage.py read_plan`: the drafts under the names that other programs know, and its exit codes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from goals.models import PlanVersion
from tests.goals.test_versions import TEXT

pytestmark = pytest.mark.django_db

TARGET_NAMES = {
    "indicator", "indicator_en", "indicator_zh", "scope_zh", "domain", "kind", "comparator", "value", "unit",
    "baseline_year", "baseline_note", "approximate", "aspirational", "reference", "quote_zh", "char_start",
    "char_end", "confidence", "question",
}  # fmt: skip


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def run(*arguments: object) -> tuple[str, int]:
    out = io.StringIO()
    try:
        call_command("read_plan", *map(str, arguments), stdout=out, stderr=out)
    except SystemExit as end:
        return out.getvalue(), int(end.code or 0)
    return out.getvalue(), 0


def test_one_document_with_targets_tasks_and_quantities(plan):
    printed, code = run(plan, "--region", "510100", "--year", 2022, "--json")
    document = json.loads(printed)
    assert code == 0
    assert set(document) == {"targets", "tasks", "quantities"}
    assert set(document["targets"][0]) == TARGET_NAMES
    first = document["targets"][0]
    assert (first["indicator"], first["comparator"], first["value"], first["unit"]) == (
        "pm25_mean",
        "<=",
        "36",
        "µg/m3",
    )
    assert first["indicator_en"] == "PM2.5 concentration (annual mean)"
    assert TEXT[first["char_start"] : first["char_end"]] == first["quote_zh"]
    assert (first["baseline_year"], first["approximate"], first["question"]) == (None, False, "")
    assert document["targets"][2]["value"] is None
    assert set(document["tasks"][0]) == {"chapter_zh", "number", "title_zh", "char_start", "char_end"}
    assert [row["is_commitment"] for row in document["quantities"]] == [True, False]
    assert PlanVersion.objects.count() == 0


def test_what_it_is_unsure_of_is_a_question_in_words(plan):
    plan.write_text(TEXT.replace("优良天数比率", "绿萝成活率"), encoding="utf-8")
    document = json.loads(run(plan, "--region", "510100", "--year", 2022, "--json")[0])
    unsure = document["targets"][1]
    assert (unsure["indicator"], unsure["indicator_zh"]) == ("", "绿萝成活率")
    assert "目录里没有“绿萝成活率”" in unsure["question"]
    assert unsure["confidence"] < 1


def test_without_json_it_is_a_table_for_people(plan):
    printed, _code = run(plan, "--region", "510100", "--year", 2022)
    assert "3项目标，3项任务，2个数量（其中承诺1个）" in printed


def test_save_keeps_it_for_confirmation_once(plan):
    assert run(plan, "--region", "510100", "--year", 2022, "--save", "--json")[1] == 0
    assert PlanVersion.objects.get().drafts.count() == 8
    printed, code = run(plan, "--region", "510100", "--year", 2022, "--save", "--json")
    assert code == 1
    assert "有一份正在核对" in json.loads(printed)["refused"]


def test_what_gives_no_text_is_refused_with_the_reason(tmp_path):
    path = tmp_path / "scan.pdf"
    path.write_bytes(b"%PDF-1.4 nothing")
    printed, code = run(path, "--region", "510100", "--year", 2022, "--json")
    assert (code, json.loads(printed)["targets"]) == (1, [])
    assert "没有保存" in json.loads(printed)["refused"]
    assert run(path, "--region", "510100", "--year", 2022) == (json.loads(printed)["refused"] + "\n", 1)


@pytest.mark.parametrize(
    "arguments",
    [("--region", "999999", "--year", "2022"), ("--region", "510100", "--year", "1022")],
    ids=["region", "year"],
)
def test_wrong_use_is_told_apart_from_a_refusal(plan, arguments):
    with pytest.raises(CommandError) as wrong:
        run(plan, *arguments)
    assert wrong.value.returncode == 2


def test_a_file_that_is_not_there_is_wrong_use():
    with pytest.raises(CommandError) as wrong:
        run("/nowhere/plan.txt", "--region", "510100", "--year", "2022")
    assert wrong.value.returncode == 2
