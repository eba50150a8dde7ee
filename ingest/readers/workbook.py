"""Workbooks (.xlsx) as texts: a sheet becomes the CSV that it would be saved as, row for row. Pure.

openpyxl reads row by row: a workbook that claims a million columns costs what it holds, not what it claims.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from ingest.tidy import Document, Finding, StructuralError

#: A sheet of a province's year stays far below; XML of this size takes openpyxl half a minute.
MAX_UNPACKED_BYTES = 24 * 1024**2
MAX_MEMBERS = 1000
MAX_COLUMNS = 2000
MAX_ROWS = 100_000


def is_workbook(data: bytes) -> bool:
    """By its beginning and the folder that its parts lie in."""
    return data.startswith(b"PK\x03\x04") and b"xl/" in data


def is_old_workbook(data: bytes) -> bool:
    """The binary format of before 2007 (.xls), which is not read."""
    return data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


def sheets(document: Document) -> list[tuple[str, str]]:
    """Name and CSV text of each sheet that holds anything; line n of the text is row n of the sheet.

    Raises StructuralError for a workbook that is damaged, too large, or has a formula whose result was never stored.
    """
    _check(document.data)
    try:
        shown = openpyxl.load_workbook(io.BytesIO(document.data), read_only=True, data_only=True)
        written = openpyxl.load_workbook(io.BytesIO(document.data), read_only=True)
        names = [name for name in shown.sheetnames if hasattr(shown[name], "iter_rows")]  # a chart's sheet has no rows
        found = [(name, _text(shown[name], written[name], name)) for name in names]
    except StructuralError:
        raise
    except Exception as error:
        raise StructuralError(Finding("unreadable_workbook")) from error
    found = [(name, text) for name, text in found if text.strip("\n,")]
    if not found:
        raise StructuralError(Finding("empty_file"))
    return found


def _check(data: bytes) -> None:
    """No bomb, no document type: the parts of a workbook declare no entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
                raise StructuralError(Finding("too_large", details={"limit_mb": MAX_UNPACKED_BYTES // 1024**2}))
            for member in members:
                if member.filename.endswith((".xml", ".rels")) and b"<!" in archive.read(member)[:4000]:
                    raise StructuralError(Finding("unreadable_workbook"))
    except StructuralError:
        raise
    except Exception as error:  # a damaged archive fails in every way that its compressors know
        raise StructuralError(Finding("unreadable_workbook")) from error


def _text(shown: Any, written: Any, name: str) -> str:
    rows: list[list[str]] = []
    for sheet in (shown, written):
        sheet.reset_dimensions()
    for number, (values, formulas) in enumerate(zip(_rows(shown), _rows(written), strict=True), start=1):
        if number > MAX_ROWS:
            raise StructuralError(Finding("too_large", number, details={"limit_mb": MAX_UNPACKED_BYTES // 1024**2}))
        for column, (value, formula) in enumerate(zip(values, formulas, strict=True), start=1):
            if value is None and isinstance(formula, str) and formula.startswith("="):
                where = f"{name}!{get_column_letter(column)}{number}"
                raise StructuralError(Finding("formula_without_value", number, where, formula[:60]))
        rows.append([_cell(value) for value in values])
    width = max((len(row) for row in rows), default=0)  # a row ends with its last filled cell
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([*row, *[""] * (width - len(row))] for row in rows)
    return out.getvalue()


def _rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    for row in sheet.iter_rows(values_only=True):
        if len(row) > MAX_COLUMNS and any(value is not None for value in row[MAX_COLUMNS:]):
            raise StructuralError(Finding("too_wide", details={"limit": MAX_COLUMNS}))
        yield row[:MAX_COLUMNS]


def _cell(value: object) -> str:
    """A cell as text. A number as Excel shows it unformatted: 15 digits, which is what a cell holds."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return format(value, ".15g")
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date | time):
        return value.isoformat()
    return re.sub(r"\s*\n\s*", "", str(value)).replace("\r", "")
