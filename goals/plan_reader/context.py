"""What a sentence has said so far, for the clauses that leave it out: subject, scope, baseline, and of which time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from goals.plan_reader.subjects import Item, Subject
from goals.plan_reader.words import Baseline
from indicators.catalogue import scope_of

_YEAR_LEAD = re.compile(
    r"^(?:预计|力争|确保)?(?:截至|截止|到|至|在)?(?P<year>20\d\d)年(?:全年|度|底|末|年底|年末)?(?:前|时|,|:|$)?(?!同期|水平|基础)"
)
_PERIOD_LEAD = re.compile(r'^(?:到|至|在)?"?十(?P<plan>[一二三四五])五"?(?:规划)?(?:时期|期间|期)?(?P<end>末|,|$)')
_PAST_LEAD = re.compile(r"^(?:去年|上年|过去一年|近年来|近[一二三四五]年)")
#: A target of a part of the year is none of the year.
_PART_LEAD = re.compile(
    r"^(?:到|至|在)?(?:上半年|下半年|第?[一二三四]季度|秋冬季|夏季|春季|汛期|枯水期|\d{1,2}月份?(?:底|末)?前?|前[一二三四五六七八九十]+个?月)"
)
_WHOLE_LEAD = re.compile(r"^(?:全年|年底|到年底|今年|年内)")
_PLACES = ("市", "区", "县", "城")


@dataclass
class Said:
    """The memory of a sentence. `year` is not None while it speaks of another time than the plan's year."""

    plan_year: int
    items: Sequence[Item] = ()
    scope: str = ""
    scope_domain: str = ""
    baseline: Baseline | None = None
    start: int | None = None  # where the subject of the last statement began
    head: str = ""  # the words before a colon
    year: int | None = None
    reported: bool = False  # a number of that other time was told

    def next_sentence(self) -> Said:
        """What goes on behind a full stop: only a report of another time, until this year is named."""
        return Said(self.plan_year, year=self.year if self.reported else None, reported=self.reported)

    def hear_time(self, words: str) -> int:
        """Take note of a time that a clause begins with; returns how many of its characters are that and no more."""
        if _PAST_LEAD.match(words):
            self.year = self.plan_year - 1
        part = _PART_LEAD.match(words)
        if part is not None:
            self.year = 0
            return part.end()
        if _WHOLE_LEAD.match(words):
            self.year, self.reported = None, False
        period = _PERIOD_LEAD.match(words)
        if period is not None:
            last = 2010 + 5 * "一二三四五".index(period["plan"])
            self.year = None if period["end"] == "末" and last == self.plan_year else last
        return self._hear_year(words)

    def _hear_year(self, words: str) -> int:
        lead = _YEAR_LEAD.match(words)
        if lead is None:
            return 0
        ours = int(lead["year"]) == self.plan_year
        self.year = None if ours else int(lead["year"])
        self.reported = self.reported and not ours
        return lead.end() if ours and lead[0].endswith((",", "年", "底", "末", "度", ":")) else 0

    def remember(self, items: Sequence[Item], start: int) -> None:
        """Keep what a statement spoke of."""
        self.items = [replace(item, start=0, end=0) for item in items]
        self.start = start
        first = items[0]
        if first.indicator is not None and (first.scope or first.names_scope):
            self.scope, self.scope_domain = first.scope, first.indicator.domain

    def with_scope(self, item: Item, subject: Subject) -> Item:
        """An item that names no scope, with that of its list or of the clause before it, in the same domain."""
        if item.scope or item.names_scope or item.indicator is None:
            return item
        domain = item.indicator.domain
        first = subject.items[0]
        if first.scope and first.indicator is not None and first.indicator.domain == domain:
            return replace(item, scope=first.scope)
        known = bool(self.scope) and (bool(scope_of(self.scope, domain)) or self.scope.endswith(_PLACES))
        return replace(item, scope=self.scope) if known and domain == self.scope_domain else item
