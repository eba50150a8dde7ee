"""What a person asks for."""

from __future__ import annotations

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from goals.models import Plan


class ReportForm(forms.Form):
    """A region's month in a format."""

    region = forms.CharField(max_length=6)
    month = forms.RegexField(r"^\d{4}-(0[1-9]|1[0-2])$", error_messages={"invalid": _("月份应写成 2021-09。")})
    format = forms.ChoiceField(choices=[("pdf", "PDF"), ("xlsx", "XLSX"), ("docx", "DOCX")])

    def clean_month(self) -> date:
        text: str = self.cleaned_data["month"]
        return date(int(text[:4]), int(text[5:]), 1)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        region, month = cleaned.get("region"), cleaned.get("month")
        if region and month and not Plan.objects.filter(region=region, year=month.year).exists():
            raise forms.ValidationError(_("这个地区没有这一年的工作要点。"))
        return cleaned
