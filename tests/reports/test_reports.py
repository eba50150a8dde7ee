"""The monthly summary: what it says, every glyph drawn, nothing half-made kept."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
from datetime import date

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from docx import Document

from indicators.models import ExceptionalDay
from reports.compose import NothingToReportError, compose
from reports.models import Report
from reports.services import issue_report, request_report
from reports.typeset import GlyphsMissingError, check_glyphs, prepare_fonts
from tests.goals.cast import days, figure

pytestmark = pytest.mark.django_db
SEPTEMBER = date(2021, 9, 1)


@pytest.fixture
def monitored():
    days("430400", date(2020, 1, 1), date(2020, 12, 31), pm25=40, aqi=80)
    days("430400", date(2021, 1, 1), date(2021, 9, 30), pm25=36, aqi=80, simulated=True)


def issued(file_format: str) -> Report:
    return issue_report(request_report("430400", SEPTEMBER, file_format, None).pk)


def bytes_of(report: Report) -> bytes:
    with report.file.open("rb") as file:
        return file.read()


def needs(tool: str) -> None:
    """Skip where a tool to look at PDF files is not installed; in CI nothing is skipped."""
    if shutil.which(tool) is None:
        if os.environ.get("DABIAO_TEST_NO_SKIP"):
            pytest.fail(f"{tool} is not installed")
        pytest.skip(f"{tool} (poppler-utils) is not installed")


def test_the_summary_counts_every_target_and_says_what_is_left(monitored):
    prepare_fonts()
    summary = compose("430400", SEPTEMBER)
    assert "截至9月30日，衡阳23项年度目标中" in summary.sentences[0]
    assert len(summary.rows) == 23
    assert any("还可超标43天" in sentence for sentence in summary.sentences)
    assert 2 <= len(summary.charts) <= 4
    assert summary.simulated
    assert any("模拟数据" in note for note in summary.notes)


@pytest.mark.services
def test_the_pdf_is_text_with_embedded_fonts_and_the_mark(monitored, tmp_path):
    needs("pdftotext")
    report = issued("pdf")
    assert report.state == Report.State.ISSUED, report.problem
    path = tmp_path / "report.pdf"
    path.write_bytes(bytes_of(report))
    assert hashlib.sha256(path.read_bytes()).hexdigest() == report.sha256
    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    text = "".join(text.split())
    for words in ("衡阳", "环境空气质量优良率", "还可超标43天", "模拟数据", "尚难判断", "数据与标准说明"):
        assert words in text
    assert "\ufffd" not in text
    fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert fonts
    assert all(line.split()[-5] == "yes" for line in fonts), fonts  # the column `emb`
    assert "A4" in subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout


def test_the_same_summary_and_moment_give_the_same_bytes(monitored):
    from django.utils import timezone

    from reports.typeset import pdf

    prepare_fonts()
    at = timezone.now()
    assert pdf(compose("430400", SEPTEMBER), at) == pdf(compose("430400", SEPTEMBER), at)


def test_a_sign_that_the_fonts_lack_is_named_and_nothing_is_issued(monitored):
    with pytest.raises(GlyphsMissingError, match="𠮷"):
        check_glyphs("某𠮷市")
    from provinces.models import Region

    Region.objects.filter(code="430400").update(name="衡𠮷市")
    report = issued("pdf")
    assert (report.state, report.sha256, bool(report.file)) == (Report.State.FAILED, "", False)
    assert "𠮷" in report.problem


def test_a_region_without_a_plan_says_so():
    with pytest.raises(NothingToReportError, match="没有1999年的工作要点"):
        compose("430400", date(1999, 1, 1))


def test_the_workbook_holds_text_and_no_formula(monitored):
    book = openpyxl.load_workbook(io.BytesIO(bytes_of(issued("xlsx"))))
    assert book.sheetnames == ["目标", "任务", "说明"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert any(cell.value == "= 100 %" for cell in cells)


def test_the_document_holds_the_sentences_and_tables(monitored):
    document = Document(io.BytesIO(bytes_of(issued("docx"))))
    assert any("衡阳23项年度目标中" in paragraph.text for paragraph in document.paragraphs)
    assert len(document.tables[0].rows) == 24


def test_a_report_that_was_issued_is_not_made_again(monitored):
    first = issued("xlsx")
    assert issue_report(first.pk).sha256 == first.sha256
    assert issue_report(first.pk).issued_at == first.issued_at


def test_the_command_writes_the_file_by_its_suffix(monitored, tmp_path):
    for suffix, begins in (("pdf", b"%PDF"), ("xlsx", b"PK"), ("docx", b"PK")):
        out = tmp_path / f"report.{suffix}"
        call_command("report", "--region", "430400", "--month", "2021-09", "--out", str(out))
        assert out.read_bytes().startswith(begins)
    with pytest.raises(CommandError):
        call_command("report", "--region", "430400", "--month", "September", "--out", str(tmp_path / "x.pdf"))
    with pytest.raises(CommandError):
        call_command("report", "--region", "430400", "--month", "2021-09", "--out", str(tmp_path / "x.odt"))


def test_a_page_asks_for_a_report_and_leadership_takes_it_home(
    client_of, monitored, django_capture_on_commit_callbacks
):
    from unittest.mock import patch

    client = client_of("lingdao")
    with patch("reports.tasks.issue_report.delay", issue_report), django_capture_on_commit_callbacks(execute=True):
        client.post("/reports/request/", {"region": "430400", "month": "2021-09", "format": "pdf"})
    report = Report.objects.get()
    answer = client.get(f"/reports/{report.pk}/file/")
    assert answer.getvalue().startswith(b"%PDF")
    assert "attachment" in answer["Content-Disposition"]
    bad = client.post("/reports/request/", {"region": "430400", "month": "2021-13", "format": "pdf"}, follow=True)
    assert "月份应写成 2021-09" in bad.content.decode()


def test_the_notes_say_which_dust_days_were_left_out(monitored):
    prepare_fonts()
    assert any("没有已认定、须扣除的沙尘" in note for note in compose("430400", SEPTEMBER).notes)
    ExceptionalDay.objects.create(
        region_id="430400", day=date(2021, 3, 15), listed_on=date(2021, 4, 12), document="清单"
    )
    assert any("扣除已认定的1个沙尘、例外事件城市日" in note for note in compose("430400", SEPTEMBER).notes)


def test_a_state_that_is_neither_better_nor_worse_has_changed_all_the_same(monitored):
    """HY-15 goes from no data to open when its half year is published: no rank, and yet a change."""
    prepare_fonts()
    figure("HY-15", "500", date(2020, 1, 1), date(2020, 6, 30), date(2020, 8, 31))
    figure("HY-15", "490", date(2021, 1, 1), date(2021, 6, 30), date(2021, 9, 10))
    said = " ".join(compose("430400", SEPTEMBER).sentences)
    assert "与上月末相比，1项状态有变：0项转好，0项转差。" in said
    assert "各项状态未变" not in said
