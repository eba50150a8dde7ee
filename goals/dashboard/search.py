"""Finding targets, tasks, regions, indicators by their words or by pinyin initials (gx yl finds 广西 优良天数比率)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from pypinyin import Style, lazy_pinyin

from goals import sentences
from goals.models import Plan, Target, Task
from goals.rolls import Roll, rolls_of_years
from goals.selectors import plan_years, planned_regions, plans, used_indicators
from indicators.models import Indicator
from indicators.selectors import indicators
from memory.tables import remembered, remembered_each
from provinces.models import Region

#: So many hits of a kind are shown.
MOST = 12


@dataclass(frozen=True)
class Hit:
    """Something found."""

    label: str
    detail: str
    link: str


@dataclass(frozen=True)
class Hits:
    """What was found of a kind."""

    kind: str
    label: str
    hits: Sequence[Hit]


@lru_cache(maxsize=50_000)
def initials(words: str) -> str:
    """The first letters of the pinyin of Chinese words; Latin letters and digits stay: PM2.5浓度 -> pm2.5nd."""
    return "".join(lazy_pinyin(words, style=Style.FIRST_LETTER)).lower().replace(" ", "")


def search(words: str, query: str = "") -> list[Hits]:
    """All that fits the words, which are looked for everywhere: 广西 优良, gx yl, ozone. `query` keeps the day."""
    asked = words.strip().lower()[:60].split()
    if not asked:
        return []
    found = [
        Hits("regions", _("地区"), _regions(asked, query)),
        Hits("indicators", _("指标"), _indicators(asked, query)),
        Hits("targets", _("目标"), _targets(asked, query)),
        Hits("tasks", _("任务"), _tasks(asked, query)),
    ]
    return [one for one in found if one.hits]


@lru_cache(maxsize=50_000)
def spelt(text: str) -> str:
    """All that a word may stand in to find a text: the text, and its initials on a line of their own."""
    return f"{text.lower()}\n{initials(text)}"


def fits(asked: Sequence[str], *texts: str) -> bool:
    """Whether every word asked for stands in one of the texts, or in its initials."""
    within = "\n".join(map(spelt, texts))
    return all(word in within for word in asked)


def fits_in_region(asked: Sequence[str], region: str, words: str, *more: str) -> bool:
    """As `fits`; a word may begin in the name of the region and go on in the words, or give the initials of the region
    and any of the words': gxyl finds 广西 …优良天数比率."""
    of_region, of_words = initials(region), initials(words)
    within = "\n".join(((region + words).lower(), of_region + of_words, *map(spelt, more)))
    return all(
        word in within or (word.isascii() and word.startswith(of_region) and word[len(of_region) :] in of_words)
        for word in asked
    )


def _regions(asked: Sequence[str], query: str) -> list[Hit]:
    return _first(
        Hit(region.title, region.code, reverse("region", args=[region.code]) + query)
        for region in reversed(planned_regions())
        if fits(asked, region.name, region.name_en, region.code)
    )


def _indicators(asked: Sequence[str], query: str) -> list[Hit]:
    return _first(
        Hit(one.label, sentences.domain_label(one.domain), reverse("indicator", args=[one.code]) + query)
        for one in used_indicators()
        if fits(asked, one.name_zh, one.name_en, one.code)
    )


def _targets(asked: Sequence[str], query: str) -> list[Hit]:
    named, known = _named_targets(), plans()
    fitting = _names_by_region(asked, {one.names for targets in named.values() for one in targets})
    return _first(
        Hit(
            f"{plan.region.label} {one.names.of_language()}",
            f"{plan.year} · {one.register_id}",
            reverse("target", args=[one.register_id]) + query,
        )
        for plan in known.values()
        for names in [fitting[plan.region_id]]
        for one in named.get(plan.pk, ())
        if one.names in names or one.register_id.lower() in asked
    )


def _names_by_region(asked: Sequence[str], names: Iterable[_Names]) -> dict[str, frozenset[_Names]]:
    """Which names of targets fit in each region.

    Names and regions are few where of pairs there are tens of thousands: what a region does not answer its names have
    to, and that is looked up once for all regions, except those in which a word may begin.
    """
    among, fitting, found = list(names), dict[tuple[str, ...], frozenset[_Names]](), {}
    for region in planned_regions():
        name = region.short_name
        left = tuple(word for word in asked if not fits([word], name, region.name_en))
        if any(_may_begin_in(name, word) for word in left):
            here = (one for one in among if fits_in_region(asked, name, one.zh, region.name_en, one.en))
            found[region.code] = frozenset(here)
            continue
        if left not in fitting:
            fitting[left] = frozenset(one for one in among if fits(left, one.zh, one.en))
        found[region.code] = fitting[left]
    return found


def _may_begin_in(region: str, word: str) -> bool:
    """Whether a word could begin in the name of a region, and go on after it."""
    spellings = (region.lower(), initials(region))
    return any(word.startswith(name[place:]) for name in spellings for place in range(len(name)))


def _tasks(asked: Sequence[str], query: str) -> list[Hit]:
    named = _named_tasks()
    latest_first = sorted(plans().values(), key=lambda plan: (plan.year, plan.region_id), reverse=True)
    return _first(
        Hit(
            f"{plan.region.short_name} {one.title}",
            f"{plan.year} · {one.number}",
            reverse("task", args=[one.register_id]) + query,
        )
        for plan in latest_first
        for one in named.get(plan.pk, ())
        if fits_in_region(asked, plan.region.short_name, one.title, one.lead_unit, one.register_id)
    )


# ---- what there is to find, remembered -------------------------------------------------------------------------------


class _Names(NamedTuple):
    """The names of a target: the words of its plan, and its indicator's in English."""

    zh: str
    en: str

    def of_language(self) -> str:
        return self.en if sentences.in_english() else self.zh


class _Named(NamedTuple):
    register_id: str
    names: _Names


class _OfYear(NamedTuple):
    """The targets of a year by the keys of their plans, in their order, and what their names were read from."""

    roll: Roll
    indicators: Mapping[str, Indicator]
    targets: Mapping[int, Sequence[_Named]]


def _named_targets() -> Mapping[int, Sequence[_Named]]:
    return {plan: targets for found in _of_years(plan_years()).values() for plan, targets in found.targets.items()}


def _still_so(known: Mapping[int, _OfYear]) -> Mapping[int, _OfYear]:
    """Years of which no target was written, though plans were."""
    rolls, of_all = rolls_of_years(known), indicators()
    return {
        year: one for year, one in known.items() if rolls[year].names is one.roll.names and one.indicators is of_all
    }


@remembered_each(Target, Plan, Region, Indicator, most=12, renew=_still_so)
def _of_years(years: Sequence[int]) -> Mapping[int, _OfYear]:
    of_all = indicators()
    return {year: _OfYear(roll, of_all, _named(roll, of_all)) for year, roll in rolls_of_years(years).items()}


def _named(roll: Roll, of_all: Mapping[str, Indicator]) -> Mapping[int, Sequence[_Named]]:
    found: dict[int, list[_Named]] = {plan: [] for plan in roll.plans}
    known: dict[tuple[str, str], _Names] = {}  # of ten thousand targets there are a few hundred
    rows = zip(roll.plan_keys.tolist(), roll.names.tolist(), roll.indicators.tolist(), strict=True)
    for plan, (register_id, name), code in rows:
        if (name, code) not in known:
            known[name, code] = _Names(name, of_all[code].name_en)
        found[plan].append(_Named(register_id, known[name, code]))
    return found


class _NamedTask(NamedTuple):
    register_id: str
    title: str
    number: str
    lead_unit: str


@remembered(Task)
def _named_tasks() -> Mapping[int, Sequence[_NamedTask]]:
    """The tasks of each plan, by its key."""
    found: dict[int, list[_NamedTask]] = defaultdict(list)
    tasks = Task.objects.order_by("order").values_list("plan_id", "register_id", "title_zh", "number", "lead_unit")
    for plan, *named in tasks:
        found[plan].append(_NamedTask(*named))
    return found


def _first(hits: Iterable[Hit]) -> list[Hit]:
    found = []
    for hit in hits:
        found.append(hit)
        if len(found) == MOST:
            break
    return found
