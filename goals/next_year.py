"""The plan of the year after, begun from this one: its targets as drafts that wait for the new text."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from goals.models import Plan, Target

#: What a target of the next year takes over from this year's.
_SAME = (
    "domain", "indicator_id", "indicator_zh", "scope", "scope_zh", "kind", "comparator", "unit", "baseline_note",
    "approximate", "aspirational", "allows_equal", "reference", "validity_profile", "dust_account",
    "quote_zh", "char_start", "char_end", "text_sha256", "lead_unit",
)  # fmt: skip


class NextYearError(Exception):
    """The next year's plan cannot be begun; the message says why."""


def start_next_year(plan: Plan, values: Mapping[str, str], user: User) -> Plan:
    """Begin the plan of the year after with the chosen targets of this one, as drafts; nothing counts before approval.

    `values`: the register ids of the chosen targets, each with the number proposed for it (empty where it has none).
    The quoted words stay those of this year until the new text is read: then the drafts are recognised and take over
    its words. Raises NextYearError when the next plan exists, nothing is chosen, or a number is none.
    """
    year = plan.year + 1
    if Plan.objects.filter(region=plan.region, year=year).exists():
        raise NextYearError(_("%(year)s年的计划已经有了。") % {"year": year})
    approved = plan.targets.filter(status=Target.Status.APPROVED, parent__isnull=True)
    targets = list(approved.filter(register_id__in=values).order_by("order"))
    if not targets:
        raise NextYearError(_("没有选中目标。"))
    numbers = {target.pk: _number(target, values[target.register_id]) for target in targets}
    with transaction.atomic():
        title = _("%(region)s%(year)s年生态环境工作要点（草案）") % {"region": plan.region.name, "year": year}
        begun = Plan.objects.create(region=plan.region, year=year, title=title[:120])
        for number, target in enumerate(targets, start=1):
            _copy(target, begun, number, numbers[target.pk], user)
    return begun


def _number(target: Target, typed: str) -> Decimal | None:
    if target.value is None:
        return None
    try:
        value = Decimal(typed.strip())
    except InvalidOperation as error:
        says = _("“%(name)s”的目标值“%(typed)s”不是数。") % {"name": target.indicator_zh, "typed": typed[:20]}
        raise NextYearError(says) from error
    if not value.is_finite():
        raise NextYearError(_("“%(name)s”的目标值须是有限的数。") % {"name": target.indicator_zh})
    return value


def _copy(target: Target, plan: Plan, number: int, value: Decimal | None, user: User) -> None:
    fields: dict[str, Any] = {name: getattr(target, name) for name in _SAME}
    moves_on = target.baseline_year == plan.year - 2
    draft = Target(
        plan=plan,
        register_id=f"{plan.region_id}-{plan.year}-{number:02d}",
        order=number,
        value=value,
        baseline_year=plan.year - 1 if moves_on else target.baseline_year,
        notes=_("沿用%(year)s年目标 %(id)s，待与新计划原文核对。") % {"year": plan.year - 1, "id": target.register_id},
        status=Target.Status.DRAFT,
        **fields,
    )
    draft._change_reason = _("由%(id)s开始，%(user)s") % {"id": target.register_id, "user": user.get_username()}  # type: ignore[attr-defined]
    draft.save()
