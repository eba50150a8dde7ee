"""From a summary to the bytes of a PDF, a workbook or a document."""

from __future__ import annotations

import io
import re
import tempfile
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.template.loader import get_template
from django.utils.translation import gettext as _

from charts import prints
from goals.timeline import MARKS
from reports.compose import Summary


class GlyphsMissingError(Exception):
    """The fonts lack characters that the report would print: boxes never leave the house."""


def font_folder() -> Path:
    """Where the fonts of the report are: a setting, else the packaged Noto Sans SC and Noto Serif SC."""
    if settings.REPORT_FONTS:
        return Path(settings.REPORT_FONTS)
    import pylopdf_fonts_zh_cn

    return Path(pylopdf_fonts_zh_cn.sans_path()).parent


@cache
def _known_characters() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    known: set[int] = set()
    for path in sorted(font_folder().glob("*.[ot]tf")):
        with TTFont(path, lazy=True) as font:
            known |= set(font.getBestCmap())
    return frozenset(known)


def check_glyphs(text: str) -> None:
    """Raise GlyphsMissingError, naming them, when the fonts lack characters of the text."""
    lacking = sorted({sign for sign in text if ord(sign) not in _known_characters() and not sign.isspace()})
    if lacking:
        raise GlyphsMissingError(
            _("字库缺字“%(signs)s”，为免印出空框，未签发。请换字库（REPORT_FONTS）或改名。")
            % {"signs": "".join(lacking)}
        )


def prepare_fonts() -> None:
    """Make the fonts known to the charts; once before composing."""
    prints.use_font(font_folder() / "NotoSansSC-Regular.otf")


def pdf(summary: Summary, made_at: datetime) -> bytes:
    """A4 with embedded fonts and selectable text; the same summary and moment give the same bytes.

    Raises GlyphsMissingError.
    """
    import typst

    content = _content(summary)
    check_glyphs(orjson.dumps(content).decode() + "".join(_words_of(chart.svg) for chart in summary.charts))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        template = resources.files("reports").joinpath("report.typ").read_text(encoding="utf-8")
        (root / "report.typ").write_text(template, encoding="utf-8")
        (root / "summary.json").write_bytes(orjson.dumps(content))
        for number, chart in enumerate(summary.charts):
            (root / f"chart-{number}.svg").write_text(chart.svg, encoding="utf-8")
        for state, svg in _marks().items():
            (root / f"{state}.svg").write_text(svg, encoding="utf-8")
        made: bytes = typst.compile(
            root / "report.typ",
            root=root,
            font_paths=[font_folder()],
            ignore_system_fonts=True,
            timestamp=made_at.replace(microsecond=0),
        )
    return made


def _content(summary: Summary) -> dict[str, Any]:
    return {
        "region": summary.region,
        "title": summary.title,
        "issue": summary.issue,
        "day": summary.day,
        "masthead": _("生态环境目标进展月报"),
        "simulated": _("模拟数据") if summary.simulated else "",
        "sentences": list(summary.sentences),
        "heads": [_("目标"), _("目标值"), _("现值"), _("上月末"), _("本月末"), _("余量")],
        "rows": [
            {
                "domain": row.domain,
                "cells": [row.name, row.aim, row.value],
                "before": MARKS[row.before],
                "before_label": row.before_label,
                "state": MARKS[row.state],
                "label": row.label,
                "left": row.left,
            }
            for row in summary.rows
        ],
        "charts": [{"title": chart.title, "note": chart.note} for chart in summary.charts],
        "task_heads": [_("任务"), _("内容"), _("进度"), _("期限")],
        "commitments": [list(row) for row in summary.commitments],
        "notes": list(summary.notes),
        "titles": {
            "table": _("表1　目标与状态"),
            "tasks": _("表2　量化任务"),
            "figure": _("图"),
            "notes": _("数据与标准说明"),
            "no_tasks": _("计划没有印出数量的承诺。"),
        },
    }


def _words_of(svg: str) -> str:
    return "".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))


@cache
def _marks() -> dict[str, str]:
    """The state marks of the pages as files of their own, in black."""
    symbols = get_template("marks.svg").render()
    found = {}
    for name in MARKS.values():
        body = re.search(rf'<symbol id="m-{name}" viewBox="0 0 16 16">(.*?)</symbol>', symbols)
        if body is None:
            raise LookupError(f"no mark {name}")
        drawing = body[1].replace("currentColor", "#111").replace("var(--paper)", "#fff")
        found[name] = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">{drawing}</svg>'
    return found


def xlsx(summary: Summary, _made_at: datetime) -> bytes:
    """A workbook: targets, tasks, notes. Every cell is text, so that "= 100" is no formula."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    mark = _("模拟数据") if summary.simulated else ""
    targets = [
        [summary.title, summary.day, mark],
        [_("领域"), _("目标"), _("目标值"), _("现值"), _("上月末"), _("本月末"), _("余量")],
        *([r.domain, r.name, r.aim, r.value, r.before_label, r.label, r.left] for r in summary.rows),
    ]
    tasks = [[_("任务"), _("内容"), _("进度"), _("期限")], *summary.commitments]
    notes = [[text] for text in (*summary.sentences, *summary.notes)]
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows, heads, widths in (
        (_("目标"), targets, 2, (10, 40, 14, 16, 12, 12, 40)),
        (_("任务"), tasks, 1, (12, 44, 20, 14)),
        (_("说明"), notes, 0, (120,)),
    ):
        sheet = book.create_sheet(name)
        for number, row in enumerate(rows, start=1):
            for column, text in enumerate(row, start=1):
                cell = sheet.cell(number, column, text)
                cell.data_type = "s"
                cell.font = Font(bold=number <= heads)
        for letter, width in zip("ABCDEFG", widths, strict=False):
            sheet.column_dimensions[letter].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def docx(summary: Summary, _made_at: datetime) -> bytes:
    """A document for the secretariat to work on: sentences, tables, notes."""
    from docx import Document

    document = Document()
    document.add_heading(summary.title, level=1)
    document.add_paragraph(f"{summary.issue}　{summary.day}" + (f"　{_('模拟数据')}" if summary.simulated else ""))
    for text in summary.sentences:
        document.add_paragraph(text)
    heads = [_("目标"), _("目标值"), _("现值"), _("上月末"), _("本月末"), _("余量")]
    rows = [[r.name, r.aim, r.value, r.before_label, r.label, r.left] for r in summary.rows]
    _add_table(document, heads, rows)
    document.add_heading(_("量化任务"), level=2)
    _add_table(document, [_("任务"), _("内容"), _("进度"), _("期限")], [list(row) for row in summary.commitments])
    document.add_heading(_("数据与标准说明"), level=2)
    for text in summary.notes:
        document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _add_table(document: Any, heads: list[str], rows: list[list[str]]) -> None:
    table = document.add_table(rows=1, cols=len(heads), style="Light Grid")
    for cell, text in zip(table.rows[0].cells, heads, strict=True):
        cell.text = text
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text


TYPESETTERS = {"pdf": pdf, "xlsx": xlsx, "docx": docx}
