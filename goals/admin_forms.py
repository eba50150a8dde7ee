"""What people enter in Django admin, checked as forms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.progress import Kind, State
from goals.models import AssignedValue, Judgement, Plan, Target
from goals.services import TextDoesNotFitError, check_plan_text

_MOST_TEXT_BYTES = 2 * 1024**2


class PlanForm(forms.ModelForm[Plan]):
    """A plan with its text as a file."""

    text_file = forms.FileField(
        label=gettext_lazy("原文文件"),
        required=False,
        help_text=gettext_lazy("UTF-8 文本（.txt）。已登记的引文须逐字对上。"),
    )

    class Meta:
        model = Plan
        fields = ("region", "year", "title", "issued_on")

    def clean_text_file(self) -> str:
        file = self.cleaned_data.get("text_file")
        if not file:
            return ""
        if file.size > _MOST_TEXT_BYTES:
            raise ValidationError(_("原文超过 2 MB，不像一份工作要点。"))
        try:
            text: str = file.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError(_("原文不是 UTF-8 文本，请另存为 UTF-8 的 .txt 再上传。")) from error
        if "\x00" in text or not text.strip():
            raise ValidationError(_("这不是文本，或者是空的。"))
        try:
            if self.instance.pk:
                check_plan_text(self.instance, text)
        except TextDoesNotFitError as problem:
            raise ValidationError(str(problem)) from problem
        return text


class AssignedValueForm(forms.ModelForm[AssignedValue]):
    """A number from a higher level, checked against its target."""

    class Meta:
        model = AssignedValue
        fields = (
            "target",
            "year",
            "as_change",
            "baseline_year",
            "comparator",
            "value",
            "unit",
            "document",
            "assigned_on",
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        target = cleaned.get("target") or getattr(self.instance, "target", None)
        if target is None:
            return cleaned
        if target.kind not in (Kind.DELEGATED, Kind.SCHEDULE):
            raise ValidationError(_("只有“上级下达”和“时序进度”类目标有下达值。"))
        wanted = "%" if cleaned.get("as_change") else target.indicator.unit
        if target.indicator.statistic != "list" and cleaned.get("unit", wanted) != wanted:
            self.add_error("unit", _("单位应为“%(unit)s”，请换算后录入。") % {"unit": wanted})
        if cleaned.get("as_change") and not cleaned.get("baseline_year"):
            self.add_error("baseline_year", _("变化要写明基准年。"))
        if target.kind == Kind.DELEGATED and cleaned.get("year") not in (None, target.plan.year):
            self.add_error("year", _("应为计划年度 %(year)s。") % {"year": target.plan.year})
        return cleaned


class TargetForm(forms.ModelForm[Target]):
    """A target; what its kind needs is asked for in words, and why it is amended."""

    change_reason = forms.CharField(
        label=gettext_lazy("变更理由"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("改动已录入的目标时要写明，记入历史。"),
    )

    class Meta:
        model = Target
        exclude = ("updated_at",)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind, value = cleaned.get("kind"), cleaned.get("value")
        needs_number = (Kind.ABSOLUTE, Kind.RELATIVE_CHANGE, Kind.POINT_CHANGE, Kind.INCREMENT)
        if kind in needs_number and value is None:
            self.add_error("value", _("这类目标要有目标值。"))
        if (value is None) != (not cleaned.get("comparator")):
            self.add_error("comparator", _("比较符和目标值要一起填，或一起留空。"))
        if value is None and cleaned.get("unit"):
            self.add_error("unit", _("没有目标值就没有单位。"))
        if cleaned.get("tolerance") is not None and not cleaned.get("tolerance_document"):
            self.add_error("tolerance_document", _("容差要写明依据。"))
        if cleaned.get("allows_equal") and kind != Kind.TREND:
            self.add_error("allows_equal", _("只有趋势目标可以“持平也算”。"))
        if self.instance.pk and set(self.changed_data) - {"change_reason"} and not cleaned.get("change_reason"):
            self.add_error("change_reason", _("请写明为什么改动。"))
        if (cleaned.get("char_end") or 0) <= (cleaned.get("char_start") or 0):
            self.add_error("char_end", _("原文止要大于原文起。"))
        return cleaned


class JudgementForm(forms.ModelForm[Judgement]):
    """A judgement; a final word waits for the end of the year."""

    class Meta:
        model = Judgement
        fields = ("target", "judged_on", "state", "evidence", "document")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        target = cleaned.get("target") or getattr(self.instance, "target", None)
        day, state = cleaned.get("judged_on"), cleaned.get("state")
        if target and day and state in (State.MET, State.MISSED) and day.year <= target.plan.year:
            self.add_error("state", _("年度未结束，不能下“完成”或“未完成”的结论。"))
        return cleaned
