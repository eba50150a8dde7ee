"""Approving a version of a plan: its accepted drafts become targets, tasks and quantities, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from goals.draft_words import lack_words
from goals.drafts import QuantityFields, TargetFields, TaskFields, lacks_of
from goals.models import Draft, Plan, PlanVersion, Target, Task, TaskQuantity
from goals.version_selectors import comparison
from goals.versions import PlanVersionError, still_open


@dataclass
class Approved:
    """What approving a version did, by register id."""

    plan: Plan
    created: list[str] = field(default_factory=list)
    amended: list[str] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)  # the same as before, in the words of the new text
    retired: list[str] = field(default_factory=list)
    tasks: int = 0
    quantities: int = 0


@transaction.atomic
def approve(
    version: PlanVersion, user: User | None, *, everything: bool = False, retire: Collection[str] = ()
) -> Approved:
    """Write the accepted drafts as targets, tasks and quantities: all of it in one transaction, or nothing.

    `everything` takes the open drafts as they stand, too. `retire` names the targets of the plan, by register id, that
    this version drops; the others that it does not repeat stay as they are. A target that the version repeats keeps its
    id, and with it its assigned values, judgements and history. PlanVersionError where something is undecided or lacks
    what a target must have.
    """
    version = PlanVersion.objects.select_for_update().defer("original").get(pk=version.pk)
    still_open(version)
    _decide_rest(version, everything)
    reason = _("核对计划原文：%(title)s") % {"title": version.title}
    plan = _plan(version, reason)
    done = Approved(plan)
    _write_targets(version, plan, reason[:100], set(retire), done)
    _write_tasks(version, plan, reason[:100], done)
    version.plan, version.status = plan, PlanVersion.Status.APPROVED
    version.decided_at, version.decided_by = timezone.now(), user
    version.save(update_fields=["plan", "status", "decided_at", "decided_by"])
    return done


def _decide_rest(version: PlanVersion, everything: bool) -> None:
    undecided = list(version.drafts.filter(state=Draft.State.OPEN, sort=Draft.Sort.TARGET))
    if undecided and not everything:
        raise PlanVersionError(_("还有%(count)d项目标没有核对。") % {"count": len(undecided)})
    lacking = [draft for draft in undecided if lacks_of(TargetFields.model_validate(draft.fields))]
    if lacking:
        names = _("、").join(f"“{draft.fields['indicator_zh'][:20]}”" for draft in lacking[:3])
        raise PlanVersionError(
            _("%(count)d项还缺指标、范围或数值，不能一并批准：%(names)s。请逐项改好，或不采用。")
            % {"count": len(lacking), "names": names}
        )
    version.drafts.filter(state=Draft.State.OPEN).update(state=Draft.State.ACCEPTED)
    if not version.drafts.filter(state=Draft.State.ACCEPTED).exists():
        raise PlanVersionError(_("没有一项被采用，没有可批准的内容。"))


def _plan(version: PlanVersion, reason: str) -> Plan:
    plan = Plan.objects.filter(region=version.region, year=version.year).first()
    if plan is None:
        plan = Plan(region=version.region, year=version.year)
    plan.title, plan.text, plan.text_sha256 = version.title, version.text, version.text_sha256
    plan._change_reason = reason[:100]  # type: ignore[attr-defined]
    plan.save()
    return plan


def _write_targets(version: PlanVersion, plan: Plan, reason: str, retire: set[str], done: Approved) -> None:
    compared = comparison(version, plan)
    accepted = version.drafts.filter(sort=Draft.Sort.TARGET, state=Draft.State.ACCEPTED)
    number = plan.targets.filter(parent__isnull=True).count()
    for order, draft in enumerate(accepted, start=1):
        draft.version = version
        match = compared.matches.get(draft.pk)
        target = match.target if match else None
        if target is None:
            number += 1
            target = Target(register_id=_free_id(Target, plan, "", number), plan=plan)
            done.created.append(target.register_id)
        elif match is not None and match.differences:
            done.amended.append(target.register_id)
        else:
            done.confirmed.append(target.register_id)
        _write_target(target, draft, order, reason)
    unknown = retire - {target.register_id for target in compared.gone}
    if unknown:
        raise PlanVersionError(_("%(ids)s 不在要撤销之列，请刷新页面再试。") % {"ids": _("、").join(sorted(unknown))})
    for target in compared.gone:
        if target.register_id in retire:
            target.status = Target.Status.RETIRED
            _save(target, reason)
            done.retired.append(target.register_id)


def _free_id(model: type[Target] | type[Task] | type[TaskQuantity], plan: Plan, letter: str, number: int) -> str:
    """The next register id of its kind that nothing bears: 440100-2022-07, 440100-2022-T03."""
    while True:
        register_id = f"{plan.region_id}-{plan.year}-{letter}{number:02d}"
        if not model._default_manager.filter(register_id=register_id).exists():
            return register_id
        number += 1


def _write_target(target: Target, draft: Draft, order: int, reason: str) -> None:
    fields = TargetFields.model_validate(draft.fields)
    lacks = lacks_of(fields)
    if lacks:
        raise PlanVersionError("“" + fields.indicator_zh[:20] + "”：" + "".join(lack_words(lack) for lack in lacks))
    for name, value in fields.model_dump(exclude={"indicator"}).items():
        setattr(target, name, value.value if name == "kind" else value)
    target.indicator_id = fields.indicator
    target.order = order
    target.quote_zh, target.char_start, target.char_end = draft.quote, draft.char_start, draft.char_end
    target.text_sha256 = draft.version.text_sha256
    target.status = Target.Status.APPROVED
    _save(target, reason)
    for child in target.children.all() if target.pk else ():
        child.quote_zh, child.char_start, child.char_end = target.quote_zh, target.char_start, target.char_end
        child.text_sha256 = target.text_sha256
        _save(child, reason)


def _save(record: Any, reason: str) -> None:
    record._change_reason = reason
    record.save()


def _write_tasks(version: PlanVersion, plan: Plan, reason: str, done: Approved) -> None:
    there = {task.number: task for task in plan.tasks.all()}
    accepted = list(version.drafts.filter(sort=Draft.Sort.TASK, state=Draft.State.ACCEPTED))
    numbers = Counter(str(draft.fields["number"]) for draft in accepted)
    twice = [number for number, count in numbers.items() if count > 1]
    if twice:
        raise PlanVersionError(_("任务号重复：%(numbers)s。请改成不同的号。") % {"numbers": _("、").join(twice[:5])})
    for order, draft in enumerate(accepted, start=1):
        fields = TaskFields.model_validate(draft.fields)
        task = there.get(fields.number)
        if task is None:
            task = Task(register_id=_free_id(Task, plan, "T", order), plan=plan, number=fields.number)
        task.chapter_zh, task.title_zh, task.order = fields.chapter_zh, fields.title_zh, order
        task.char_start, task.char_end = draft.char_start, draft.char_end
        _save(task, reason)
        there[fields.number] = task
        done.tasks += 1
    _write_quantities(version, plan, there, reason, done)


def _write_quantities(version: PlanVersion, plan: Plan, tasks: Mapping[str, Task], reason: str, done: Approved) -> None:
    there: dict[tuple[str, str, str], TaskQuantity] = {}
    for quantity in TaskQuantity.objects.filter(task__plan=plan).select_related("task"):
        there[quantity.task.number, f"{quantity.quantity:f}", quantity.unit] = quantity
    accepted = list(version.drafts.filter(sort=Draft.Sort.QUANTITY, state=Draft.State.ACCEPTED))
    number = len(there)
    for draft in accepted:
        draft.version = version
        fields = QuantityFields.model_validate(draft.fields)
        if fields.task_number not in tasks:
            continue  # its task was not taken
        key = (fields.task_number, f"{fields.quantity:f}", fields.unit)
        quantity_row = there.pop(key, None)
        if quantity_row is None:
            number += 1
            quantity_row = TaskQuantity(register_id=_free_id(TaskQuantity, plan, "Q", number))
        quantity_row.task = tasks[fields.task_number]
        quantity_row.task_zh, quantity_row.quantity, quantity_row.unit = fields.task_zh, fields.quantity, fields.unit
        quantity_row.deadline, quantity_row.is_commitment = fields.deadline, fields.is_commitment
        if fields.is_commitment and quantity_row.due_on is None:
            quantity_row.due_on = date(plan.year, 12, 31)
        quantity_row.quote_zh, quantity_row.char_start, quantity_row.char_end = (
            draft.quote,
            draft.char_start,
            draft.char_end,
        )
        _save(quantity_row, reason)
        done.quantities += 1
