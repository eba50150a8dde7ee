"""Writing plans, targets and what higher levels assign."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils.translation import gettext as _

from goals.models import AssignedValue, Plan, Target, Task, TaskQuantity
from goals.plan_files import PlanFile
from goals.sentences import FROM_FILE
from indicators.catalogue import UNMAPPED_SCOPE
from indicators.models import OfferedValue


@dataclass
class PlanChanges:
    """What loading a plan file did, by register id."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)  # amended by a person since: the file does not overwrite that
    unchanged: int = 0


@transaction.atomic
def load_plan(file: PlanFile) -> PlanChanges:
    """Bring a plan in step with its data file; a second time changes nothing.

    A record that a person amended stays as it is and is reported in `kept`.
    """
    changes = PlanChanges()
    plan, is_new = Plan.objects.get_or_create(
        region_id=file.plan.region,
        year=file.plan.year,
        defaults={
            "title": file.plan.title,
            "text_sha256": file.plan.text_sha256,
            "issued_on": file.plan.issued_on,
        },
    )
    if is_new:
        changes.created.append(str(plan))
    for order, target in enumerate(file.targets, start=1):
        fields = target.model_dump(exclude={"id", "span", "indicator"}) | {"text_sha256": file.plan.text_sha256}
        fields |= {"plan": plan, "order": order, "indicator_id": target.indicator, "kind": target.kind.value}
        _bring(Target, target.id, fields | _span(target.span), {"status": Target.Status.APPROVED}, changes)
    for order, task in enumerate(file.tasks, start=1):
        fields = task.model_dump(exclude={"id", "span"}) | {"plan": plan, "order": order}
        _bring(Task, task.id, fields | _span(task.span), {}, changes)
    tasks = {task.number: task for task in plan.tasks.all()}
    for quantity in file.quantities:
        fields = quantity.model_dump(exclude={"id", "span", "task"}) | {"task": tasks[quantity.task]}
        year_end = date(plan.year, 12, 31) if quantity.is_commitment else None
        _bring(TaskQuantity, quantity.id, fields | _span(quantity.span), {"due_on": year_end}, changes)
    return changes


def _span(span: tuple[int, int]) -> dict[str, int]:
    return {"char_start": span[0], "char_end": span[1]}


def _bring(
    model: Any, register_id: str, fields: Mapping[str, Any], on_creation: Mapping[str, Any], changes: PlanChanges
) -> None:
    there = model.objects.filter(register_id=register_id).first()
    if there is None:
        record = model(register_id=register_id, **fields, **on_creation)
        changes.created.append(register_id)
    else:
        different = {name: value for name, value in fields.items() if getattr(there, name) != value}
        if not different:
            changes.unchanged += 1
            return
        if there.history.first().history_change_reason != FROM_FILE:
            changes.kept.append(register_id)
            return
        record = there
        for name, value in different.items():
            setattr(record, name, value)
        changes.updated.append(register_id)
    record._change_reason = FROM_FILE
    record.save()


class TextDoesNotFitError(Exception):
    """An uploaded plan text that does not hold the quoted words where the register has them."""


def check_plan_text(plan: Plan, text: str) -> None:
    """Raise TextDoesNotFitError when a target's quoted words do not stand at its span: it is another version."""
    strange = [
        target.register_id
        for target in plan.targets.filter(parent__isnull=True)
        if text[target.char_start : target.char_end] != target.quote_zh
    ]
    if strange:
        raise TextDoesNotFitError(
            _("这份原文与登记的引文对不上（%(ids)s 等 %(count)d 处），可能是另一版本；未保存。请上传登记时所用的原文。")
            % {"ids": _("、").join(strange[:3]), "count": len(strange)}
        )


@transaction.atomic
def attach_plan_text(plan: Plan, text: str) -> None:
    """Keep the full text of a plan, so that quotes can be shown in it. Raises TextDoesNotFitError, storing nothing."""
    check_plan_text(plan, text)
    plan.text = text
    plan.text_sha256 = hashlib.sha256(text.encode("utf-8")).hexdigest()
    plan.save()
    plan.targets.exclude(status=Target.Status.RETIRED).update(text_sha256=plan.text_sha256)  # checked: the quotes fit


class OfferDoesNotFitError(Exception):
    """An offered value that cannot be taken over for a target."""


@transaction.atomic
def accept_offer(offer: OfferedValue, target: Target, user: User | None) -> AssignedValue:
    """Take over a published target as the assigned value of a target.

    For another indicator than the target's own (a delegated list, tonnes for a rate) a child target is made that
    carries it. Raises OfferDoesNotFitError for another region, year or scope, or without a day of publication.
    """
    if (offer.region_id, offer.year) != (target.plan.region_id, target.plan.year):
        raise OfferDoesNotFitError(_("地区或年度不同，不能采用。"))
    if offer.published_on is None:
        raise OfferDoesNotFitError(_("这个数没有发布日期，不能采用；请在“下达值”中连同文件日期录入。"))
    if offer.scope == UNMAPPED_SCOPE:
        raise OfferDoesNotFitError(_("范围“%(words)s”不在目录，不能采用。") % {"words": offer.scope_zh})
    if offer.indicator_id != target.indicator_id:
        target = child_target(target, offer)
    elif _scope(offer) != _scope(target):
        raise OfferDoesNotFitError(_("范围与目标的不同，不能采用。"))
    assigned, _created = AssignedValue.objects.get_or_create(
        target=target,
        year=offer.year,
        assigned_on=offer.published_on,
        defaults={
            "comparator": offer.comparator,
            "value": offer.value,
            "unit": offer.unit,
            "document": offer.document,
            "entered_by": user,
            "offer": offer,
            "simulated": offer.submission.simulated,
        },
    )
    return assigned


def _scope(of: OfferedValue | Target) -> str:
    region = of.region if isinstance(of, OfferedValue) else of.plan.region
    return of.indicator.scope_for(region, of.scope)


def child_target(parent: Target, offer: OfferedValue) -> Target:
    """The target below a delegated list that carries one assigned indicator; made when it is not there yet."""
    there = parent.children.filter(indicator=offer.indicator).first()
    if there is not None:
        return there
    number = parent.children.aggregate(models.Max("order"))["order__max"] or 0
    return Target.objects.create(
        register_id=f"{parent.register_id}-{number + 1:02d}",
        plan=parent.plan,
        parent=parent,
        order=number + 1,
        domain=offer.indicator.domain,
        indicator=offer.indicator,
        indicator_zh=offer.indicator.name_zh,
        scope=offer.scope,
        scope_zh=offer.scope_zh,
        kind="delegated",
        reference=parent.reference,
        quote_zh=parent.quote_zh,
        char_start=parent.char_start,
        char_end=parent.char_end,
        status=Target.Status.APPROVED,
    )
