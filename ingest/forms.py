"""What a clerk hands in, checked before anything is kept."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from indicators.columns import WATER_ITEMS
from indicators.models import Indicator, Layout, Submission
from ingest.readers import LAYOUTS
from ingest.readers.mapped import ITEMS, Mapped
from ingest.readers.tidy_csv import DAY_NAMES
from ingest.readers.units import units_of
from ingest.tidy import HOUR_ITEMS
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


TIME, PLACE, CITY = "time", "place", "city"


class MappingForm(forms.Form):
    """What each column of an unknown table means; a column of values names its unit."""

    title = forms.CharField(label=_("版式名称"), max_length=80)
    kind = forms.ChoiceField(
        label=_("表的内容"),
        choices=[
            ("hours", _("站点小时值")),
            ("days", _("城市日值")),
            ("water", _("断面监测值")),
            ("figures", _("公布值")),
        ],
    )
    stamp = forms.ChoiceField(
        label=_("小时的标法"), required=False, choices=[("end", _("时段结束")), ("begin", _("时段开始"))]
    )
    place_by = forms.ChoiceField(
        label=_("小时值的地点是"),
        required=False,
        choices=[("code", _("站点编码")), ("name", _("站点名称")), ("city", _("城市"))],
    )
    within = forms.CharField(label=_("所在省份（断面、公布值）"), required=False, max_length=20)
    issuer = forms.CharField(label=_("发布机构（公布值）"), required=False, max_length=120)
    period = forms.ChoiceField(
        label=_("公布值的时段"), required=False, choices=[("month", _("当月或当年")), ("to_month", _("年初至当月"))]
    )

    def __init__(self, header: list[str], header_row: int, *args: Any, instance: Layout | None = None) -> None:
        super().__init__(*args)
        self.initial = {} if instance is None else _initial(instance)
        self.header, self.header_row, self.instance = header, header_row, instance
        for place, name in enumerate(header):
            self.fields[f"role_{place}"] = forms.ChoiceField(label=name, required=False, choices=_roles())
            self.fields[f"unit_{place}"] = forms.ChoiceField(label=name, required=False, choices=_units())

    def columns(self) -> list[tuple[str, Any, Any]]:
        """Each column with its two fields, for the page."""
        return [(name, self[f"role_{n}"], self[f"unit_{n}"]) for n, name in enumerate(self.header)]

    def _others(self) -> QuerySet[Layout]:
        return Layout.objects.exclude(pk__in=[self.instance.pk] if self.instance else [])

    def clean_title(self) -> str:
        title: str = self.cleaned_data["title"]
        if self._others().filter(title=title).exists():
            raise forms.ValidationError(_("已有叫这个名字的版式。"))
        return title

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if len(set(self.header)) != len(self.header) or "" in self.header:
            raise forms.ValidationError(_("表头有空格或重名的列，请先在文件中改好。"))
        if self._others().filter(header=self.header, header_row=self.header_row).exists():
            raise forms.ValidationError(_("这种表头已有版式。"))
        roles = [cleaned.get(f"role_{n}") or "" for n in range(len(self.header))]
        if TIME not in roles or roles.count(PLACE) != 1 or roles.count(CITY) > 1:
            raise forms.ValidationError(_("请指明时间（可多列）和一列地点。"))
        items = [role for role in roles if role not in ("", TIME, PLACE, CITY)]
        known = ITEMS.get(cleaned.get("kind", ""))
        strange = [item for item in items if known is not None and item not in known]
        if strange:
            raise forms.ValidationError(
                _("这种表没有“%(items)s”。它可以有：%(known)s。"),
                params={"items": "、".join(strange), "known": "、".join(known or ())},
            )
        if cleaned.get("kind") == "figures":
            self._check_figures(cleaned, items)
        if not items or len(set(items)) != len(items):
            raise forms.ValidationError(_("至少指明一个项目，每个项目只能有一列。"))
        try:
            self.mapped()
        except ValueError as error:
            raise forms.ValidationError(_("每个项目都要写明单位，而且是它会有的单位。")) from error
        return cleaned

    def _check_figures(self, cleaned: dict[str, Any], items: list[str]) -> None:
        if not cleaned.get("issuer"):
            raise forms.ValidationError(_("公布值要写明发布机构。"))
        indicators = Indicator.objects.in_bulk(items)
        for n in range(len(self.header)):
            indicator, unit = indicators.get(cleaned.get(f"role_{n}") or ""), cleaned.get(f"unit_{n}", "")
            if indicator is not None and indicator.unit != unit:
                raise forms.ValidationError(
                    _("“%(name)s”的单位是“%(unit)s”，请在文件中换算后再交。"),
                    params={"name": indicator.label, "unit": indicator.unit or "—"},
                )

    def mapping(self) -> dict[str, Any]:
        """What a Layout keeps."""
        said = self.cleaned_data
        roles = {name: said[f"role_{n}"] for n, name in enumerate(self.header)}
        units = {name: said[f"unit_{n}"] for n, name in enumerate(self.header)}
        by_role = {role: name for name, role in roles.items() if role}
        return {
            "kind": said["kind"],
            "stamp": said["stamp"] or "end",
            "place_by": said["place_by"] or "code",
            "within": said["within"],
            "issuer": said["issuer"],
            "period": said["period"] or "month",
            "time": [name for name, role in roles.items() if role == TIME],
            "place": by_role[PLACE],
            "city": by_role.get(CITY, ""),
            "items": {role: [name, units[name]] for role, name in by_role.items() if role not in (TIME, PLACE, CITY)},
        }

    def mapped(self) -> Mapped:
        """The reader that this makes. ValueError for a mapping that is not whole."""
        return Mapped.from_json("layout", self.header, self.header_row, self.mapping())

    def save(self, user: User) -> Layout:
        """Keep it, instead of the one it was made from."""
        said = {"title": self.cleaned_data["title"], "mapping": self.mapping()}
        if self.instance is not None:
            Layout.objects.filter(pk=self.instance.pk).update(**said)
            return self.instance
        return Layout.objects.create(header=self.header, header_row=self.header_row, created_by=user, **said)


def _roles() -> list[Any]:
    """What a column may be, by kind of table."""
    figures = Indicator.objects.exclude(statistic__in=["judgement", "list"])
    air = list(dict.fromkeys((*HOUR_ITEMS, *DAY_NAMES)))
    return [
        ("", "—"),
        (TIME, _("时间")),
        (PLACE, _("地点")),
        (CITY, _("断面所在地市")),
        (_("空气"), [(item, item) for item in air]),
        (_("水"), [(item, item) for item in WATER_ITEMS]),
        (_("公布值"), [(indicator.code, indicator.label) for indicator in figures]),
    ]


def _units() -> list[tuple[str, str]]:
    """Every unit that some item or indicator comes in."""
    items = (*HOUR_ITEMS, *DAY_NAMES, *WATER_ITEMS)
    found = [*(unit for item in items for unit in units_of(item)), *Indicator.objects.values_list("unit", flat=True)]
    return [("", "—"), *((unit, unit) for unit in dict.fromkeys(found) if unit)]


def _initial(layout: Layout) -> dict[str, Any]:
    """The form of a layout as it is kept."""
    mapping = layout.mapping
    roles = {mapping["place"]: PLACE, mapping.get("city", ""): CITY, **dict.fromkeys(mapping["time"], TIME)}
    roles |= {column: item for item, (column, _unit) in mapping["items"].items()}
    units = dict(mapping["items"].values())
    found = {"title": layout.title, **{name: mapping.get(name, "") for name in _PLAIN}}
    for n, name in enumerate(layout.header):
        found |= {f"role_{n}": roles.get(name, ""), f"unit_{n}": units.get(name, "")}
    return found


_PLAIN = ("kind", "stamp", "place_by", "within", "issuer", "period")
