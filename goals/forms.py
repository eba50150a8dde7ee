"""What people type on the pages of plans."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from evaluation.progress import Kind
from goals.draft_words import lack_words
from goals.drafts import QuantityFields, TargetFields, TaskFields, lacks_of
from goals.models import COMPARATORS, KIND_CHOICES, scope_choices
from goals.plan_reader.documents import MOST_BYTES
from indicators.catalogue import unit_as_stored
from indicators.models import DOMAIN_CHOICES, Indicator
from provinces.models import Region


class _RegionField(forms.CharField):
    """A region by its code or its name."""

    def clean(self, value: Any) -> Any:
        words = str(super().clean(value)).strip().split(" ")[0]
        found = list(Region.objects.filter(code=words)) if words.isdecimal() else []
        found = found or list(Region.objects.filter(name=words)) or list(Region.objects.filter(short_name=words))
        if len(found) != 1:
            says = (
                _("没有叫“%(words)s”的地区，请从列表中选，或填六位代码。")
                if not found
                else _("叫“%(words)s”的地区不止一个，请填六位代码。")
            )
            raise forms.ValidationError(says, params={"words": words})
        return found[0]


class NewPlanForm(forms.Form):
    """A plan's text: a file, or pasted words."""

    region = _RegionField(label=_("地区"), max_length=60)
    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100)
    title = forms.CharField(label=_("名称"), max_length=120, required=False)
    document = forms.FileField(label=_("文件"), required=False, allow_empty_file=True)
    words = forms.CharField(
        label=_("或粘贴全文"), required=False, widget=forms.Textarea(attrs={"rows": 12}), strip=False
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        document, words = cleaned.get("document"), (cleaned.get("words") or "").strip()
        if document is None and not words and "document" not in self.errors:
            self.add_error("document", _("请选一份文件，或粘贴全文。"))
        if document is not None and words:
            self.add_error("words", _("文件和粘贴的全文只能交一样。"))
        if document is not None and document.size > MOST_BYTES:
            says = _("文件超过%(limit)s MB，不像一份工作要点；没有保存。请只交计划正文。")
            self.add_error("document", forms.ValidationError(says, params={"limit": MOST_BYTES // 1024**2}))
        return cleaned

    def received(self) -> tuple[bytes, str]:
        """The bytes handed in and the name that they came under."""
        document = self.cleaned_data["document"]
        if document is not None:
            return document.read(), document.name
        return self.cleaned_data["words"].encode("utf-8"), "粘贴.txt"


class TargetDraftForm(forms.Form):
    """A target as drafted, to be corrected."""

    indicator = forms.CharField(label=_("指标"), required=False, max_length=120)
    indicator_zh = forms.CharField(label=_("计划中的指标名"), max_length=80)
    scope = forms.ChoiceField(label=_("范围"), required=False)
    scope_zh = forms.CharField(label=_("计划中的范围"), max_length=60, required=False)
    kind = forms.ChoiceField(label=_("类型"), choices=KIND_CHOICES)
    comparator = forms.ChoiceField(label=_("比较"), choices=[("", "—"), *COMPARATORS], required=False)
    value = forms.DecimalField(label=_("目标值"), required=False, max_digits=24)
    unit = forms.CharField(label=_("单位"), max_length=20, required=False)
    baseline_year = forms.IntegerField(label=_("基准年"), required=False, min_value=1990, max_value=2100)
    reference = forms.CharField(label=_("下达者"), max_length=30, required=False)
    approximate = forms.BooleanField(label=_("约数"), required=False)
    aspirational = forms.BooleanField(label=_("力争"), required=False)
    allows_equal = forms.BooleanField(label=_("持平也算"), required=False)

    def __init__(self, *args: Any, before: TargetFields, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = before
        scope = self.fields["scope"]
        assert isinstance(scope, forms.ChoiceField)
        scope.choices = [("", _("按原文或指标的默认范围")), *scope_choices()]

    def clean_indicator(self) -> Indicator | None:
        words = self.cleaned_data["indicator"].strip().split(" ")[0]
        if not words:
            return None
        found = Indicator.objects.filter(code=words).first() or Indicator.objects.filter(name_zh=words).first()
        if found is None:
            raise forms.ValidationError(_("目录里没有“%(words)s”，请从列表中选。"), params={"words": words})
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        for lack in lacks_of(self.result()):
            self.add_error(_FIELD_OF[lack], lack_words(lack))
        return cleaned

    def result(self) -> TargetFields:
        """The corrected fields."""
        said = self.cleaned_data
        indicator: Indicator | None = said["indicator"]
        return TargetFields(
            indicator=indicator.code if indicator else "",
            indicator_zh=said["indicator_zh"],
            domain=indicator.domain if indicator else self.before.domain,
            scope=said["scope"],
            scope_zh=said["scope_zh"],
            kind=Kind(said["kind"]),
            comparator=said["comparator"],
            value=said["value"],
            unit=unit_as_stored(said["unit"]),
            baseline_year=said["baseline_year"],
            baseline_note=self.before.baseline_note,
            approximate=said["approximate"],
            aspirational=said["aspirational"],
            allows_equal=said["allows_equal"],
            reference=said["reference"],
        )


_FIELD_OF = {
    "no_indicator": "indicator",
    "no_scope": "scope",
    "no_number": "value",
    "half_a_number": "comparator",
    "unit_without_number": "unit",
    "equal_is_of_trends": "allows_equal",
}


class TaskDraftForm(forms.Form):
    """A task as drafted."""

    number = forms.CharField(label=_("任务号"), max_length=40)
    title_zh = forms.CharField(label=_("任务"), max_length=200)
    chapter_zh = forms.CharField(label=_("章"), max_length=80, required=False)

    def result(self) -> TaskFields:
        """The corrected fields."""
        return TaskFields(**self.cleaned_data)


class QuantityDraftForm(forms.Form):
    """A quantity as drafted."""

    task_number = forms.CharField(label=_("任务号"), max_length=40)
    task_zh = forms.CharField(label=_("内容"), max_length=120)
    quantity = forms.DecimalField(label=_("数量"), max_digits=24)
    unit = forms.CharField(label=_("单位"), max_length=20, required=False)
    deadline = forms.CharField(label=_("期限原文"), max_length=60, required=False)
    is_commitment = forms.BooleanField(label=_("是承诺"), required=False)

    def result(self) -> QuantityFields:
        """The corrected fields."""
        return QuantityFields(**self.cleaned_data)


class NewIndicatorForm(forms.Form):
    """A new entry of the catalogue, as far as a plan needs one."""

    name_zh = forms.CharField(label=_("名称"), max_length=80)
    name_en = forms.CharField(label=_("英文名"), max_length=120)
    domain = forms.ChoiceField(label=_("领域"), choices=DOMAIN_CHOICES)
    unit = forms.CharField(label=_("单位"), max_length=20, required=False)
    direction = forms.ChoiceField(
        label=_("期望方向"), choices=[("increase", _("越高越好")), ("decrease", _("越低越好")), ("hold", _("保持"))]
    )
    statistic = forms.ChoiceField(label=_("统计量"), choices=[("figure", _("报告值")), ("judgement", _("人工评议"))])
