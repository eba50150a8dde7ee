"""Breaking a region's target down to its cities (分解下达): proposed from last year, entered and signed by a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from evaluation.budget import COMPARATORS
from evaluation.steering import propose
from goals.models import Allocation, Target
from goals.steering import last_year_levels
from goals.verdicts import Verdicts
from provinces.models import Region


@dataclass(frozen=True)
class Share:
    """A city's line in the form: last year's level, what is proposed, what is entered."""

    region: Region
    last_year: Decimal | None
    proposed: Decimal | None
    entered: Allocation | None


@dataclass(frozen=True)
class Shares:
    """What a target can be broken down to; `comparator` and `limit` are the region's own. No line: it cannot."""

    lines: Sequence[Share]
    comparator: str
    limit: Decimal | None

    @property
    def document(self) -> str:
        """The document of what was entered last time; empty when nothing was."""
        return next((line.entered.document for line in self.lines if line.entered is not None), "")


def shares_of(target: Target, verdicts: Verdicts) -> Shares:
    """The cities of a target's region with last year's levels and a proposal that improves all in proportion.

    Without levels for every city nothing is proposed.
    """
    subject = verdicts.subjects[target.pk]
    cities = verdicts.room.members(subject)
    rules = verdicts.all()[0].facts.get("rules", [])
    if len(cities) < 2 or not rules:
        return Shares([], "", None)
    rule = rules[0]
    levels = last_year_levels(verdicts.room, subject, target.plan.year)
    proposed: Mapping[str, Decimal] = {}
    if len(levels) == len(cities):
        proposed = propose(rule["limit"], COMPARATORS[rule["comparator"]], levels, rule["places"])
    entered = {one.region_id: one for one in target.allocations.all()}
    lines = [Share(city, levels.get(city.code), proposed.get(city.code), entered.get(city.code)) for city in cities]
    return Shares(lines, rule["comparator"], Decimal(rule["limit"]))


class AllocationError(Exception):
    """What was entered cannot be stored, in words."""


@transaction.atomic
def allocate(target: Target, shares: Shares, values: Mapping[str, str], document: str, user: User) -> list[Allocation]:
    """Store what each city owes; an empty value takes a city's share back. Raises AllocationError, storing nothing,
    for what is no number and without a document."""
    if not document.strip():
        raise AllocationError(_("请写明分解下达的文件。"))
    stored = []
    for line in shares.lines:
        text = values.get(line.region.code, "").strip()
        if not text:
            if line.entered is not None:
                line.entered.delete()
            continue
        stored.append(_stored(target, line, _number(text, line.region), shares.comparator, document.strip(), user))
    return stored


def _number(text: str, region: Region) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0 or len(text) > 20:
        says = _("%(city)s的“%(text)s”不是非负数，请改正；不下达请留空。")
        raise AllocationError(says % {"city": region.label, "text": text[:20]})
    return value


def _stored(target: Target, line: Share, value: Decimal, comparator: str, document: str, user: User) -> Allocation:
    there = line.entered
    if there is not None and (there.value, there.document) == (value, document):
        return there
    found = there or Allocation(target=target, region=line.region)
    found.comparator, found.value, found.document, found.entered_by = comparator, value, document, user
    found.proposed = value == line.proposed
    found.save()
    return found
