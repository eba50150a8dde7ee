"""What templates need to print states, numbers and links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django import template
from django.urls import reverse
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evaluation.progress import Lack, State
from evaluation.rounding import round_half_even
from goals import sentences
from goals.allocating import Shares
from goals.dashboard.errands import Errand
from goals.dashboard.overview import Cell
from goals.dashboard.tasks import task_state_label
from goals.found import Found, Listed
from goals.models import Alert, Allocation, Assessment, Target
from goals.standings import Judged
from goals.timeline import MARKS
from indicators.catalogue import DOMAINS

register = template.Library()


#: Chinese words with what stands between them.
_CHINESE = re.compile("[\u3001-\u9fff\uff01-\uff5e](?:.*[\u3001-\u9fff\uff01-\uff5e])?", re.DOTALL)


@register.filter
def as_written(words: str) -> str:
    """What somebody wrote, or a name, in no language but its own: on an English page its Chinese says that it is."""
    written = conditional_escape(words)
    if not sentences.in_english():
        return written
    # not a span: in some lists of the pages these are columns
    return mark_safe(_CHINESE.sub(r'<bdi lang="zh-Hans">\g<0></bdi>', written))


@register.filter
def change_reason(kept: str) -> str:
    """Why something was amended."""
    return sentences.change_reason(kept)


@register.simple_tag
def mark(state: str) -> SafeString:
    """A state's mark, for beside its word."""
    return _mark(State(state))


@cache
def _mark(state: State) -> SafeString:
    """A country's page has a thousand of them, and of their words."""
    name = MARKS[state]
    return format_html('<svg class="mk {}" aria-hidden="true"><use href="#m-{}"/></svg>', name, name)


@register.simple_tag
def state(found: Found) -> SafeString:
    """A state's mark and word."""
    return format_html('<span class="st">{}{}</span>', mark(found.state), _label(found.state, found.facts))


@register.simple_tag
def state_word(value: str) -> SafeString:
    """The mark and word of a state that stands alone."""
    return _state_word(State(value), get_language())


@cache
def _state_word(value: State, _language: str | None) -> SafeString:
    return format_html('<span class="st">{}{}</span>', _mark(value), _label(value, {}))


def _label(value: str, facts: Mapping[str, Any]) -> str:
    return sentences.state_label(value, facts)


@register.simple_tag
def marks(found: Iterable[Judged]) -> SafeString:
    """Marks that name their targets for those who point at them or cannot see them."""
    speech = _speech(get_language())
    return mark_safe("".join(_titled_mark(one, speech) for one in found))


@register.simple_tag(takes_context=True)
def linked_marks(context: Mapping[str, Any], found: Iterable[Judged]) -> SafeString:
    """The same, each leading to its target; of a country a page has a thousand."""
    return mark_safe(_linked_marks(found, _speech(get_language()), _query(context)))


def _linked_marks(found: Iterable[Judged], speech: _Speech, query: str) -> str:
    return "".join(
        f'<a href="{_target_address(one.target.register_id)}{query}">{_titled_mark(one, speech)}</a>' for one in found
    )


@register.simple_tag(takes_context=True)
def matrix_cells(context: Mapping[str, Any], cells: Iterable[Cell]) -> SafeString:
    """A region's row of the matrix: of each domain its state, and the marks of its targets. Of a country a page has
    four hundred; a template takes three times as long for one."""
    speech, query = _speech(get_language()), _query(context)
    return mark_safe("".join(_matrix_cell(cell, speech, query) for cell in cells))


def _matrix_cell(cell: Cell, speech: _Speech, query: str) -> str:
    domain = speech.domains[cell.domain]
    if cell.state is None:
        return f'<td class="nil" data-d="{domain}">{speech.unlisted}</td>'
    marks = _linked_marks(cell.found, speech, query)
    if cell.aspirational:
        marks += f'<span class="asp">{_linked_marks(cell.aspirational, speech, query)}</span>'
    return f'<td data-d="{domain}" class="{cell.tint}">{speech.words[cell.state]}<div class="units">{marks}</div></td>'


class _Speech(NamedTuple):
    """What marks and cells are made of in a language, looked up and escaped once."""

    english: bool
    title: str
    states: Mapping[State, str]
    unset: str  # of what lacks a tolerance
    words: Mapping[State, str]  # with their marks
    domains: Mapping[str, str]
    unlisted: str  # in the cell of a domain that a plan does not list


@cache
def _speech(_language: str | None) -> _Speech:
    unset = _label(State.AWAITING_NUMBER, {"lack": Lack.TOLERANCE.value})
    return _Speech(
        english=sentences.in_english(),
        title=escape(_("%(region)s · %(name)s：%(state)s")),
        states={state: escape(_label(state, {})) for state in State},
        unset=escape(unset),
        words={state: _state_word(state, get_language()) for state in State},
        domains={domain: escape(sentences.domain_label(domain)) for domain in DOMAINS},
        unlisted=format_html('<span class="sr">{}</span><span aria-hidden="true">·</span>', _("计划未列")),
    )


def _titled_mark(found: Judged, speech: _Speech) -> str:
    target, name = found.target, MARKS[found.state]
    title = speech.title % {
        "region": _escaped(target.plan.region.label_in(speech.english)),
        "name": _escaped(target.indicator.name_en if speech.english else target.indicator_zh),
        "state": speech.unset if found.lack == Lack.TOLERANCE else speech.states[found.state],
    }
    return f'<svg class="mk {name}" role="img"><title>{title}</title><use href="#m-{name}"/></svg>'


@lru_cache(maxsize=20_000)
def _escaped(name: str) -> str:
    return escape(name)


@lru_cache(maxsize=20_000)
def _target_address(register_id: str) -> SafeString:
    return escape(_address("target", register_id))


@register.filter
def number(value: Decimal | None) -> str:
    """A number as printed, with a true minus sign; a dash for unknown."""
    return sentences.number_label(value)


@register.filter
def limit(facts: Mapping[str, Any]) -> str:
    """The limit that facts carry: "≥ 94.6"."""
    return sentences.limit_label(facts["comparator"], facts["value"])


@register.filter
def target_name(target: Target | Listed) -> str:
    """A target's name in the language of the page."""
    return sentences.target_name(target)


@register.filter
def domain(value: str) -> str:
    """A domain's name in the language of the page."""
    return sentences.domain_label(value)


@register.filter
def compound(words: str) -> SafeString:
    """Words of a narrow column: a compound with water breaks before it, not within (Ground/water)."""
    return mark_safe(conditional_escape(words).replace("water", "<wbr>water"))


@register.filter
def aim(found: Found) -> str:
    """What a target asks, short."""
    return sentences.aim_short(found.target, found.facts)


@register.filter
def left(found: Found) -> str:
    """What the rest of the year may still hold, or what is lacking."""
    return sentences.budget_sentence(found.facts) or sentences.lack_sentence(found.facts)


@register.filter
def short_day(day: date) -> str:
    """A day without its year."""
    return sentences.short_day(day)


@register.filter
def day_in(day: date, year: int | None) -> str:
    """A day on a page of a year, with its own year where that is another one."""
    return sentences.day_in(day, year)


@register.filter
def reason(value: str) -> str:
    """Why a state changed."""
    return str(Assessment.Reason(value).label)


@register.filter
def unit(value: str) -> str:
    """A unit as it is shown."""
    return sentences.unit_label(value)


@register.filter
def rounded(value: Fraction, places: int) -> str:
    """An exact number, rounded half to even for print."""
    return sentences.number_label(round_half_even(value, places))


@register.filter
def signed(value: Fraction | None, places: int) -> str:
    """The same with its sign; a dash for unknown."""
    return "—" if value is None else f"{round_half_even(value, places):+f}".replace("-", "−")


@register.filter
def grade(value: int) -> str:
    """A water class as it is written."""
    return ("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", _("劣Ⅴ"))[int(value) - 1]


@register.filter
def limit_of(allocation: Allocation) -> str:
    """What was handed down to a city: "≤ 31"."""
    return "—" if allocation.value is None else sentences.limit_label(allocation.comparator, allocation.value)


@register.filter
def limit_of_region(shares: Shares) -> str:
    """What a region itself owes: "≤ 31"."""
    return sentences.limit_label(shares.comparator, shares.limit or Decimal(0))


@register.filter
def of_key(values: Mapping[str, str], key: str) -> str:
    """What a form gave for a key; empty for nothing."""
    return values.get(key, "")


@register.filter
def alert_words(alert: Alert) -> str:
    """What an alert says, in one line."""
    return sentences.alert_sentence(alert)


@register.simple_tag
def task_state(value: str) -> SafeString:
    """The glyph and word of a task's state: ink, for the colours are those of targets."""
    name = str(value).replace(" ", "-")
    return format_html(
        '<span class="ts {}"><svg class="tk" aria-hidden="true"><use href="#t-{}"/></svg>{}</span>',
        name, name, task_state_label(value),
    )  # fmt: skip


@register.filter
def share(value: Decimal | None) -> int | None:
    """A part in whole percent, for the width of a bar."""
    return None if value is None else int(value * 100)


@register.simple_tag(takes_context=True)
def to(context: Mapping[str, Any], name: str, *arguments: Any) -> str:
    """The address of a page that keeps the shown day."""
    return _address(name, *arguments) + _query(context)


def _query(context: Mapping[str, Any]) -> str:
    shown = context.get("shown")
    return shown.query if shown else ""


@lru_cache(maxsize=20_000)
def _address(name: str, *arguments: Any) -> str:
    return reverse(name, args=arguments)


@register.simple_tag(takes_context=True)
def same_but(context: Mapping[str, Any], **changes: object) -> str:
    """The address of this page with some of its choices changed; an empty one is left out."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.filter
def plus(value: int) -> str:
    """A difference with its sign."""
    return f"{value:+d}".replace("-", "−")


@register.filter
def allowed(errand: Errand, perms: Any) -> bool:
    """Whether the reader may do what an errand asks."""
    return not errand.right or errand.right in perms


@register.filter
def at(values: Sequence[str], place: int) -> str:
    """What stands at a place of a row."""
    return values[place]


@register.filter
def negated(value: int) -> int:
    """Days over a date, which are counted below zero."""
    return -value


@register.filter
def sign(comparator: str) -> str:
    """A comparator as it is printed."""
    return sentences.SIGNS.get(comparator, "")


@register.filter
def plain(value: Decimal) -> str:
    """A number as a form takes it."""
    return f"{value:f}"
