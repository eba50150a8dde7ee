"""Finding targets, tasks, regions, indicators by their words or by pinyin initials (gx yl finds 广西 优良天数比率)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from pypinyin import Style, lazy_pinyin

from goals import sentences
from goals.models import Plan, Target, Task
from indicators.models import Indicator
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
    planned = Region.objects.filter(code__in=Plan.objects.values("region")).order_by("-code")
    return _first(
        Hit(region.title, region.code, reverse("region", args=[region.code]) + query)
        for region in planned
        if fits(asked, region.name, region.name_en, region.code)
    )


def _indicators(asked: Sequence[str], query: str) -> list[Hit]:
    used = Indicator.objects.filter(code__in=Target.objects.values("indicator")).order_by("domain", "code")
    return _first(
        Hit(one.label, sentences.domain_label(one.domain), reverse("indicator", args=[one.code]) + query)
        for one in used
        if fits(asked, one.name_zh, one.name_en, one.code)
    )


def _targets(asked: Sequence[str], query: str) -> list[Hit]:
    approved = Target.objects.filter(status=Target.Status.APPROVED)
    wanted = Q(pk__in=[])
    for names, regions in _regions_by_names(asked, approved).items():
        wanted |= Q(plan__region__in=regions, indicator_zh__in=names)
    for word in asked:
        wanted |= Q(register_id__iexact=word)
    order = ("-plan__year", "plan__region", "order", "pk")
    first = list(approved.filter(wanted).order_by(*order).values_list("pk", flat=True)[:MOST])
    found = Target.objects.filter(pk__in=first).select_related("plan__region", "indicator").defer("plan__text")
    return [
        Hit(
            f"{one.plan.region.label} {sentences.target_name(one)}",
            f"{one.plan.year} · {one.register_id}",
            reverse("target", args=[one.register_id]) + query,
        )
        for one in found.order_by(*order)
    ]


def _regions_by_names(asked: Sequence[str], targets: QuerySet[Target]) -> dict[tuple[str, ...], list[str]]:
    """Which names of targets fit in which regions.

    Names and regions are few where of pairs there are tens of thousands: what a region does not answer its names have
    to, and that is looked up once for all regions, except those in which a word may begin.
    """
    names = list(targets.order_by().values_list("indicator_zh", "indicator__name_en").distinct())
    regions = Region.objects.filter(code__in=Plan.objects.values("region"))
    fitting: dict[tuple[str, ...], tuple[str, ...]] = {}
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for code, region, region_en in regions.order_by("code").values_list("code", "short_name", "name_en"):
        left = tuple(word for word in asked if not fits([word], region, region_en))
        if any(_may_begin_in(region, word) for word in left):
            here = tuple(zh for zh, en in names if fits_in_region(asked, region, zh, region_en, en))
        else:
            if left not in fitting:
                fitting[left] = tuple(zh for zh, en in names if fits(left, zh, en))
            here = fitting[left]
        if here:
            found[here].append(code)
    return found


def _may_begin_in(region: str, word: str) -> bool:
    """Whether a word could begin in the name of a region, and go on after it."""
    spellings = (region.lower(), initials(region))
    return any(word.startswith(name[place:]) for name in spellings for place in range(len(name)))


def _tasks(asked: Sequence[str], query: str) -> list[Hit]:
    titles = Task.objects.order_by("-plan__year", "-plan__region", "order").values_list(
        "register_id", "title_zh", "number", "plan__region__short_name", "plan__year", "lead_unit"
    )
    return _first(
        Hit(f"{region} {title}", f"{year} · {number}", reverse("task", args=[register_id]) + query)
        for register_id, title, number, region, year, unit in titles.iterator()
        if fits_in_region(asked, region, title, unit, register_id)
    )


def _first(hits: Iterable[Hit]) -> list[Hit]:
    found = []
    for hit in hits:
        found.append(hit)
        if len(found) == MOST:
            break
    return found
