"""What a reader chose in the address of a page: level, domain, indicator. An address with a choice can be kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.http import QueryDict
from django.utils.translation import gettext as _

from goals import sentences
from goals.models import Plan, Target
from goals.rolls import Roll, roll_of_year
from indicators.catalogue import DOMAINS
from indicators.models import Indicator
from indicators.selectors import indicators
from memory.tables import remembered
from provinces.models import Region


@dataclass(frozen=True)
class Option:
    """One of a list to choose from."""

    value: str
    label: str


@dataclass(frozen=True)
class Choice:
    """Which targets a page is about; empty strings leave it open."""

    level: str = ""
    domain: str = ""
    indicator: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> Choice:
        """The choice in an address. What is no level or domain is left open; an unknown indicator finds nothing."""
        level, domain = query.get("level", ""), query.get("domain", "")
        return cls(
            level if level in LEVELS else "", domain if domain in DOMAINS else "", query.get("indicator", "")[:60]
        )

    @property
    def is_open(self) -> bool:
        """Whether nothing was chosen."""
        return self == Choice()


@remembered(Target, Plan, Region, most=32)
def chosen_roll(year: int | None, chosen: Choice) -> Roll:
    """The chosen targets of a year."""
    roll = roll_of_year(year)
    if chosen.domain:
        roll = roll.where(roll.domains == chosen.domain)
    if chosen.indicator:
        roll = roll.where(roll.indicators == chosen.indicator)
    if chosen.level:
        plans = [key for key, plan in roll.plans.items() if level_of(plan.region) == chosen.level]
        roll = roll.where(np.isin(roll.plan_keys, plans))
    return roll


LEVELS = ("province", "city", "county")


def level_of(region: Region) -> str:
    """The level at which a region's plan is compared: a municipality is a province, a county stands for itself."""
    if region.level == Region.Level.PROVINCE:
        return "province"
    return "city" if region.counts_as_city else "county"


def level_label(level: str) -> str:
    """A level in the language of the page."""
    return {"province": _("省级"), "city": _("市级"), "county": _("县级")}[level]


@dataclass(frozen=True)
class Occurring:
    """What there is to choose among: the regions of some targets, and their indicators by the domain that a target
    counts to."""

    regions: Sequence[Region]
    indicators: Sequence[tuple[str, Indicator]]

    @classmethod
    def among(cls, roll: Roll) -> Occurring:
        """What occurs among some targets."""
        pairs = sorted(set(zip(roll.domains.tolist(), roll.indicators.tolist(), strict=True)))
        known = indicators()
        return cls([region for region, _places in roll.regions], [(domain, known[code]) for domain, code in pairs])

    @property
    def levels(self) -> list[Option]:
        """The levels that occur."""
        present = {level_of(region) for region in self.regions}
        return [Option(level, level_label(level)) for level in LEVELS if level in present]

    @property
    def domains(self) -> list[Option]:
        """The domains that occur, in their order."""
        present = {domain for domain, _indicator in self.indicators}
        return [Option(domain, sentences.domain_label(domain)) for domain in DOMAINS if domain in present]

    def indicators_of(self, domain: str) -> list[Option]:
        """The indicators that occur, of a domain or of all, in the order of their own domains, each once."""
        order = list(DOMAINS)
        found = {one.code: one for in_domain, one in self.indicators if not domain or in_domain == domain}
        ranked = sorted(found.values(), key=lambda one: (order.index(one.domain), one.code))
        return [Option(one.code, one.label) for one in ranked]
