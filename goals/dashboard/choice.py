"""What a reader chose in the address of a page: level, domain, indicator. An address with a choice can be kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from goals import sentences
from goals.models import Target
from indicators.catalogue import DOMAINS
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

    def fits(self, target: Target) -> bool:
        """Whether a target is among the chosen ones."""
        return (
            (not self.level or level_of(target.plan.region) == self.level)
            and (not self.domain or target.domain == self.domain)
            and (not self.indicator or target.indicator_id == self.indicator)
        )

    @property
    def is_open(self) -> bool:
        """Whether nothing was chosen."""
        return self == Choice()


LEVELS = ("province", "city", "county")


def level_of(region: Region) -> str:
    """The level at which a region's plan is compared: a municipality is a province, a county stands for itself."""
    if region.level == Region.Level.PROVINCE:
        return "province"
    return "city" if region.counts_as_city else "county"


def level_label(level: str) -> str:
    """A level in the language of the page."""
    return {"province": _("省级"), "city": _("市级"), "county": _("县级")}[level]


def levels(regions: Sequence[Region]) -> list[Option]:
    """The levels that occur."""
    present = {level_of(region) for region in regions}
    return [Option(level, level_label(level)) for level in LEVELS if level in present]


def domains(targets: Sequence[Target]) -> list[Option]:
    """The domains that occur, in their order."""
    present = {target.domain for target in targets}
    return [Option(domain, sentences.domain_label(domain)) for domain in DOMAINS if domain in present]


def indicators(targets: Sequence[Target]) -> list[Option]:
    """The indicators that occur, in the order of their domains, each once."""
    order = list(DOMAINS)
    found = {target.indicator_id: target.indicator for target in targets}
    ranked = sorted(found.values(), key=lambda one: (order.index(one.domain), one.code))
    return [Option(one.code, one.label) for one in ranked]
