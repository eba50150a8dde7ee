"""What a clerk hands in, checked before anything is kept."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from indicators.models import Layout, Submission
from ingest.readers import LAYOUTS
from ingest.readers.mapped import Mapped
from ingest.tidy import DAY_ITEMS, HOUR_ITEMS
from provinces.models import Region


class _SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class _SeveralFilesField(forms.FileField):
    """Several files at once; each is checked like one."""

    widget = _SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(_SeveralFilesField, self).clean(file, initial) for file in files]


def layout_choices() -> list[tuple[str, str]]:
    """The known layouts in the language of the page."""
    english = (get_language() or "").startswith("en")
    named = [(layout.name, layout.title_en if english else layout.title_zh) for layout in LAYOUTS]
    return [("", gettext("按内容识别")), *named]


class UploadForm(forms.Form):
    """Files, and the layout where it cannot be recognised."""

    documents = _SeveralFilesField(label=_("文件"), allow_empty_file=True)
    reader = forms.ChoiceField(label=_("版式"), required=False, choices=layout_choices)
    review = forms.ChoiceField(label=_("审核状态"), required=False, choices=Submission.Review.choices)

    def clean_documents(self) -> list[UploadedFile[Any]]:
        files: list[UploadedFile[Any]] = self.cleaned_data["documents"]
        for file in files:
            if file.size is not None and file.size > settings.SUBMISSION_MAX_BYTES:
                raise forms.ValidationError(
                    _("%(name)s 超过 %(limit)d MB，请按月或按日拆开。"),
                    params={"name": file.name, "limit": settings.SUBMISSION_MAX_BYTES // 1024**2},
                )
        return files


class CoverageForm(forms.Form):
    """A region, a month, and a day of it."""

    region = forms.ModelChoiceField(Region.objects.all(), required=False)
    month = forms.RegexField(r"^\d{4}-(0[1-9]|1[0-2])$", required=False)
    day = forms.DateField(required=False)

    def clean_month(self) -> date | None:
        text: str = self.cleaned_data["month"]
        return date(int(text[:4]), int(text[5:]), 1) if text else None


TIME, PLACE = "time", "place"


class MappingForm(forms.Form):
    """What each column of an unknown table means; a column of values names its unit."""

    title = forms.CharField(label=_("版式名称"), max_length=80)
    kind = forms.ChoiceField(label=_("表的内容"), choices=[("hours", _("站点小时值")), ("days", _("城市日值"))])
    stamp = forms.ChoiceField(label=_("小时的标法"), choices=[("end", _("时段结束")), ("begin", _("时段开始"))])
    place_by = forms.ChoiceField(
        label=_("地点一列是"), choices=[("code", _("站点编码")), ("name", _("站点名称")), ("city", _("城市"))]
    )

    def __init__(self, header: list[str], header_row: int, *args: Any) -> None:
        super().__init__(*args)
        self.header, self.header_row = header, header_row
        items = list(dict.fromkeys((*HOUR_ITEMS, *DAY_ITEMS)))
        roles = [("", "—"), (TIME, _("时间")), (PLACE, _("地点")), *((item, item) for item in items)]
        units = [("", "—"), ("µg/m3", "µg/m³"), ("mg/m3", "mg/m³")]
        for place, name in enumerate(header):
            self.fields[f"role_{place}"] = forms.ChoiceField(label=name, required=False, choices=roles)
            self.fields[f"unit_{place}"] = forms.ChoiceField(label=name, required=False, choices=units)

    def columns(self) -> list[tuple[str, Any, Any]]:
        """Each column with its two fields, for the page."""
        return [(name, self[f"role_{n}"], self[f"unit_{n}"]) for n, name in enumerate(self.header)]

    def clean_title(self) -> str:
        title: str = self.cleaned_data["title"]
        if Layout.objects.filter(title=title).exists():
            raise forms.ValidationError(_("已有叫这个名字的版式。"))
        return title

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if len(set(self.header)) != len(self.header) or "" in self.header:
            raise forms.ValidationError(_("表头有空格或重名的列，请先在文件中改好。"))
        if Layout.objects.filter(header=self.header, header_row=self.header_row).exists():
            raise forms.ValidationError(_("这种表头已有版式。"))
        roles = [cleaned.get(f"role_{n}") for n in range(len(self.header))]
        if TIME not in roles or roles.count(PLACE) != 1:
            raise forms.ValidationError(_("请指明时间（可多列）和一列地点。"))
        try:
            self.mapped()
        except (KeyError, ValueError) as error:
            raise forms.ValidationError(_("每个项目只能有一列，并要写明单位；一列也没有则不能保存。")) from error
        return cleaned

    def mapping(self) -> dict[str, Any]:
        """What a Layout keeps."""
        said = self.cleaned_data
        roles = {name: said[f"role_{n}"] for n, name in enumerate(self.header)}
        units = {name: said[f"unit_{n}"] for n, name in enumerate(self.header)}
        valued = [name for name, role in roles.items() if role and role not in (TIME, PLACE)]
        if len({roles[name] for name in valued}) != len(valued):
            raise ValueError("an item stands in two columns")
        return {
            "kind": said["kind"],
            "stamp": said["stamp"],
            "place_by": said["place_by"],
            "time": [name for name, role in roles.items() if role == TIME],
            "place": next(name for name, role in roles.items() if role == PLACE),
            "items": {roles[name]: [name, units[name]] for name in valued},
        }

    def mapped(self) -> Mapped:
        """The reader that this makes. ValueError for a mapping that is not whole."""
        return Mapped.from_json("layout", self.header, self.header_row, self.mapping())

    def save(self, user: User) -> Layout:
        """Keep it."""
        return Layout.objects.create(
            title=self.cleaned_data["title"],
            header=self.header,
            header_row=self.header_row,
            mapping=self.mapping(),
            created_by=user,
        )
