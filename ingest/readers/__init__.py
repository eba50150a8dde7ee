"""The readers: each knows one layout by its content and gives its rows as text. Pure.

To add a layout, write a module with `recognises` and `read` and name it in LAYOUTS below.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest.readers import (
    bureau_sheets,
    city_days,
    comparison_days,
    consulate,
    national_archive,
    published_figures,
    site_hours,
    site_register,
    tidy_csv,
    water_stations,
    workbook,
)
from ingest.readers.mapped import Mapped
from ingest.readers.text import decoded, looks_like_markup, unpacked
from ingest.tidy import Document, Finding, StructuralError, Table


@dataclass(frozen=True)
class Layout:
    """A known layout. `recognises` is None for one that somebody must name, because its content does not tell."""

    name: str
    title_zh: str
    title_en: str
    recognises: Callable[[str], bool] | None
    read: Callable[[str, str], Table]


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        national_archive.NAME,
        "全国逐小时宽表（站点或城市）",
        "National hourly archive, wide",
        national_archive.recognises,
        national_archive.read,
    ),
    Layout(site_hours.NAME, "站点逐小时表", "Hourly site file", site_hours.recognises, site_hours.read),
    Layout(
        city_days.NAME,
        "城市逐日表（臭氧口径未注明）",
        "Daily city file, ozone statistic not stated",
        city_days.recognises,
        city_days.read,
    ),
    Layout(
        city_days.NAME_O3_DECLARED,
        "城市逐日表（臭氧为日最大8小时）",
        "Daily city file, ozone declared as daily maximum 8 h mean",
        None,
        city_days.read_o3_declared,
    ),
    Layout(
        water_stations.NAME_CSV,
        "自动站断面月表",
        "Automatic water stations, CSV a section",
        water_stations.recognises_csv,
        water_stations.read_csv,
    ),
    Layout(
        water_stations.NAME_JSON,
        "自动站每日 JSON",
        "Automatic water stations, JSON a day",
        water_stations.recognises_json,
        water_stations.read_json,
    ),
    Layout(
        published_figures.NAME,
        "公布数值表",
        "Published figures",
        published_figures.recognises,
        published_figures.read,
    ),
    Layout(consulate.NAME, "领事馆逐小时 PM2.5", "Consulate PM2.5, hourly", consulate.recognises, consulate.read),
    Layout(
        comparison_days.NAME,
        "研究用城市逐日表（仅 PM2.5）",
        "Research collection, daily, PM2.5 only",
        comparison_days.recognises,
        comparison_days.read,
    ),
    Layout(
        bureau_sheets.NAME_AIR,
        "空气质量月报表（标题、两行表头）",
        "Monthly sheet of cities' air",
        bureau_sheets.recognises_air,
        bureau_sheets.read_air,
    ),
    Layout(
        bureau_sheets.NAME_WATER,
        "地表水月报表（标题、两行表头）",
        "Monthly sheet of water sections",
        bureau_sheets.recognises_water,
        bureau_sheets.read_water,
    ),
    Layout(
        tidy_csv.NAME_HOURS,
        "整洁小时表（时间、站点编码、项目、数值、单位）",
        "Tidy hours: time, site, item, value, unit",
        tidy_csv.recognises_hours,
        tidy_csv.read_hours,
    ),
    Layout(
        tidy_csv.NAME_DAYS,
        "整洁日表（日期、城市、项目、数值、单位）",
        "Tidy days: date, city, item, value, unit",
        tidy_csv.recognises_days,
        tidy_csv.read_days,
    ),
    Layout(
        tidy_csv.NAME_WATER,
        "整洁断面表（时间、省份、断面名称、项目、数值、单位）",
        "Tidy water: time, province, section, item, value, unit",
        tidy_csv.recognises_water,
        tidy_csv.read_water,
    ),
    Layout(site_register.NAME, "站点名录", "Site register", site_register.recognises, site_register.read),
)
BY_NAME = {layout.name: layout for layout in LAYOUTS}


def read_document(document: Document, wanted: str = "", explained: Sequence[Mapped] = ()) -> list[Table]:
    """The tables in a document: one, or one a sheet of a workbook. The layout is recognised by content, or `wanted`;
    `explained` are those that people added.

    Raises StructuralError for what is unreadable, no table, or of no known layout.
    """
    return [_read(text, document.name, wanted, explained, sheet) for sheet, text in texts_of(document)]


def texts_of(document: Document) -> list[tuple[str, str]]:
    """The texts in a document with the names of their sheets: one without a name, or one a sheet of a workbook."""
    document = unpacked(document)
    if workbook.is_old_workbook(document.data):
        raise StructuralError(Finding("old_workbook"))
    if workbook.is_workbook(document.data):
        return workbook.sheets(document)
    if document.data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise StructuralError(Finding("unreadable_archive"))  # one that could be opened was, before it got here
    return [("", decoded(document))]


def _read(text: str, name: str, wanted: str, explained: Sequence[Mapped], sheet: str) -> Table:
    if looks_like_markup(text):
        raise StructuralError(Finding("web_page", row=1, original=" ".join(text[:200].split())[:60]))
    known: list[Layout | Mapped] = [*LAYOUTS, *explained]
    for layout in known:
        if wanted == layout.name or (not wanted and layout.recognises is not None and layout.recognises(text)):
            return layout.read(text, name)
    first = (text.strip().splitlines() or [""])[0][:120]  # spaces of another script are no line
    raise StructuralError(Finding("unknown_layout", row=1, column=sheet, original=first))
