"""What people type on the pages of tasks and targets: a report, and who is responsible until when."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from goals import sentences
from goals.models import Target, Task, TaskReport
from goals.reporting import Attachment, Given
from goals.selectors import targets_of_region
from goals.task_selectors import targets_served


class ReportForm(forms.Form):
    """An entry of a task's journal. Amounts of quantities come under their register ids."""

    kind = forms.ChoiceField(label=_("类型"), choices=TaskReport.Kind.choices)
    reported_on = forms.DateField(label=_("日期"), widget=forms.DateInput(attrs={"type": "date"}))
    text = forms.CharField(label=_("内容"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000)
    document = forms.CharField(label=_("依据"), required=False, max_length=120)
    attachment = forms.FileField(label=_("附件"), required=False)

    def given(self) -> Given:
        """What the service takes."""
        asked = self.cleaned_data
        file = asked.get("attachment")
        amounts = {
            name.removeprefix("done-"): str(value) for name, value in self.data.items() if name.startswith("done-")
        }
        return Given(
            kind=asked["kind"],
            reported_on=asked["reported_on"],
            text=asked["text"],
            document=asked["document"],
            attachment=Attachment(file.name, file.read()) if file else None,
            done=amounts,
        )


class _DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TaskDutyForm(forms.ModelForm[Task]):
    """Who sees to a task, until when, and which targets it serves."""

    targets = forms.ModelMultipleChoiceField(Target.objects.none(), label=_("服务的目标"), required=False)

    class Meta:
        model = Task
        fields = ("lead_unit", "due_on", "next_report_on")
        widgets = {"due_on": _DateInput(), "next_report_on": _DateInput()}  # noqa: RUF012 - Django's own form

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan, choice = self.instance.plan, cast("forms.ModelMultipleChoiceField[Target]", self.fields["targets"])
        choice.queryset = plan.targets.filter(status=Target.Status.APPROVED)
        # what is shown comes from what the page has read already
        choice.choices = [(one.pk, _named(one)) for one in targets_of_region(plan.region_id, plan.year)]
        self.initial["targets"] = sorted(targets_served(self.instance.pk))

    def save(self, commit: bool = True) -> Task:
        """Keep it, with the targets that are served."""
        task = super().save(commit)
        task.targets.set(self.cleaned_data["targets"])
        return task


def _named(target: Target) -> str:
    return f"{target.register_id} {sentences.target_name(target)}"


class TargetDutyForm(forms.ModelForm[Target]):
    """Who answers for a target, by when, and when its next figure is expected."""

    class Meta:
        model = Target
        fields = ("lead_unit", "due_on", "next_figure_on")
        widgets = {"due_on": _DateInput(), "next_figure_on": _DateInput()}  # noqa: RUF012 - Django's own form
