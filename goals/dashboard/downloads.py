"""A picture's numbers to take home: CSV that Excel opens in Chinese, or a workbook with its words beside."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from openpyxl import Workbook

from goals.picture import Picture

_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def asked_download(request: HttpRequest, pictures: Sequence[Picture], *, simulated: bool) -> HttpResponse | None:
    """The numbers of the picture that the address asks for (`?download=KEY&format=csv`); None when it asks for none.

    Raises Http404 for a picture or a format that is not there.
    """
    key = request.GET.get("download")
    if not key:
        return None
    kind = request.GET.get("format", "csv")
    picture = next((one for one in pictures if one.key == key), None)
    if picture is None or kind not in _TYPES:
        raise Http404(_("没有这张图，或没有这种格式。"))
    says = _says(picture, simulated)
    content = _csv(picture, says) if kind == "csv" else _xlsx(picture, says)
    name = f"{picture.title}{'（' + _('模拟数据') + '）' if simulated else ''}.{kind}"
    response = HttpResponse(content, content_type=_TYPES[kind])
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response


def _says(picture: Picture, simulated: bool) -> list[str]:
    says = [picture.title, picture.subtitle, picture.source]
    return [words for words in (*says, _("模拟数据") if simulated else "") if words]


def _csv(picture: Picture, says: Sequence[str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(picture.columns)
    writer.writerows(picture.rows)
    writer.writerow([])
    writer.writerows([words] for words in says)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(picture: Picture, says: Sequence[str]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = _("数据")
    sheet.append(list(picture.columns))
    for row in picture.rows:
        sheet.append([row[0], *(_cell(cell) for cell in row[1:])] if row else [])
    sheet.freeze_panes = "A2"
    notes = book.create_sheet(_("说明"))
    for words in says:
        notes.append([words])
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _cell(text: str) -> str | float:
    """A number as a number; what is unknown stays the dash that it is on the page, never a zero."""
    try:
        return float(Decimal(text.replace("−", "-").replace("+", "")))
    except InvalidOperation:
        return text
