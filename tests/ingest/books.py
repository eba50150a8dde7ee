"""Small workbooks, made in memory."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from typing import Any

import openpyxl


def workbook(*sheets: Sequence[Sequence[Any]], merge: Sequence[str] = ()) -> bytes:
    """A workbook of these sheets; `merge` names ranges of the first."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"表{number}")
        for row in rows:
            sheet.append(list(row))
    for cells in merge:
        book.worksheets[0].merge_cells(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_member(book: bytes, name: str, content: bytes) -> bytes:
    """The workbook with one of its parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            if member.filename != name:
                new.writestr(member, old.read(member))
        new.writestr(name, content)
    return out.getvalue()


def part(book: bytes, name: str) -> bytes:
    """One part of a workbook."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return archive.read(name)


def as_csv(rows: Sequence[Sequence[Any]]) -> str:
    """The sheet as it would be saved: every row as wide as the widest."""
    width = max(len(row) for row in rows)
    out = io.StringIO()
    csv.writer(out).writerows([*row, *[None] * (width - len(row))] for row in rows)
    return out.getvalue()


AIR_MONTH = (
    ("2021年8月湖南省环境空气质量状况",),
    ("序号", "城市", "优良天数\n比例(%)", "主要污染物浓度", None, "环境空气质量\n综合指数", "排名", "备注"),
    (None, None, None, "PM2.5\n(μg/m³)", "CO-95per\n(mg/m³)", None, None, None),
    (1, "长沙市", 96.8, 21, "—", 2.61, 2, None),
    (2, "衡阳市", 100, 19, 0.9, 2.4, 1, None),
    (3, "南宁市", 100, 18, 0.8, 2.2, 3, None),
    ("合计", "全省", 98.4, 20, 0.9, 2.5, "—", "算术平均"),
    (None, "75个县级城市", 99.1, 17, "—", "—", "—", None),
)

WATER_MONTH = (
    ("2021年4月湖南省地表水水质状况",),
    ("序号", "流域", "断面名称", "所在地市", "监测项目", None, "水质类别"),
    (None, None, None, None, "溶解氧\n(mg/L)", "总磷\n(mg/L)", None),
    (1, "长江流域", "甲断面", "衡阳市", 8.1, "0.01L", "Ⅱ"),
    (2, "长江流域", "乙断面", "—", 7.2, "未检出", "Ⅱ"),
    (3, "长江流域", "丙断面", "长沙市", "—", 0.12, "Ⅲ"),
    ("合计", None, "3个断面", None, None, None, "100%"),
)
