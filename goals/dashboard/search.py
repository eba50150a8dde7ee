"""Finding targets, tasks, regions, indicators by their words or by pinyin initials (gx yl finds 广西 优良天数比率)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from pypinyin import Style, lazy_pinyin

from goals import sentences
from goals.models import Target, Task
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


def fits(asked: Sequence[str], *texts: str) -> bool:
    """Whether every word asked for stands in one of the texts, or in its initials."""
    plain = [text.lower() for text in texts]
    letters = [initials(text) for text in texts]
    return all(any(word in text for text in (*plain, *letters)) for word in asked)


def fits_in_region(asked: Sequence[str], region: str, words: str, *more: str) -> bool:
    """As `fits`; the initials of a region and of the words may follow on each other: gxyl finds 广西 …优良天数比率."""
    if fits(asked, region + words, words, region, *more):
        return True
    of_region, of_words = initials(region), initials(words)
    return all(
        (word.startswith(of_region) and word[len(of_region) :] in of_words) or fits([word], region + words, *more)
        for word in asked
        if word.isascii()
    ) and all(fits([word], region + words, *more) for word in asked if not word.isascii())


def _regions(asked: Sequence[str], query: str) -> list[Hit]:
    planned = Region.objects.filter(plans__isnull=False).distinct().order_by("-code")
    return _first(
        Hit(region.title, region.code, reverse("region", args=[region.code]) + query)
        for region in planned
        if fits(asked, region.name, region.name_en, region.code)
    )


def _indicators(asked: Sequence[str], query: str) -> list[Hit]:
    used = Indicator.objects.filter(targets__isnull=False).distinct().order_by("domain", "code")
    return _first(
        Hit(one.label, sentences.domain_label(one.domain), reverse("indicator", args=[one.code]) + query)
        for one in used
        if fits(asked, one.name_zh, one.name_en, one.code)
    )


def _targets(asked: Sequence[str], query: str) -> list[Hit]:
    """Names first, which are few, then the targets that bear them: of 400 regions there are tens of thousands."""
    names = Target.objects.filter(status=Target.Status.APPROVED).order_by()
    named = names.values_list("plan__region__short_name", "plan__region__name_en", "indicator_zh", "indicator__name_en")
    wanted = Q(pk__in=[])
    number = 0
    for region, region_en, zh, en in named.distinct().iterator():
        if number < MOST and fits_in_region(asked, region, zh, f"{region_en} {en}"):
            wanted |= Q(plan__region__short_name=region, indicator_zh=zh)
            number += 1
    for word in asked:
        wanted |= Q(register_id__iexact=word)
    found = Target.objects.filter(wanted, status=Target.Status.APPROVED).select_related("plan__region", "indicator")
    return [
        Hit(
            f"{one.plan.region.label} {sentences.target_name(one)}",
            f"{one.plan.year} · {one.register_id}",
            reverse("target", args=[one.register_id]) + query,
        )
        for one in found.order_by("-plan__year", "plan__region", "order")[:MOST]
    ]


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
