"""The walk through the passages that state targets, clause by clause."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from evaluation.progress import Kind
from goals.plan_reader.clauses import Clause, clauses
from goals.plan_reader.context import Said
from goals.plan_reader.drafts import Doubt, TargetDraft
from goals.plan_reader.figures import Binding, Figure, binding_of, figures_of
from goals.plan_reader.layout import Layout, Paragraph
from goals.plan_reader.naming import Names
from goals.plan_reader.normal import NormalText
from goals.plan_reader.numerals import NUMBER, number_at
from goals.plan_reader.statements import Statement, draft_of
from goals.plan_reader.subjects import Item, Subject, Subjects, reads_like_a_measure, with_head, with_tail
from goals.plan_reader.tables import Header, cells_of, header_of
from goals.plan_reader.wishes import BASED_ON_IT, Wish, wish_of
from goals.plan_reader.words import BASE_CLAUSE, Baseline, Role, baseline_of, trail
from indicators.catalogue import scope_of

_INTENDED = re.compile(r"确保|力争|争取|努力|目标|保持|稳定|控制|实现|以上|以内|以下|不低于|不高于|不超过|完成|要")
_TOPIC = re.compile(r"^(?P<topic>[^,。;0-9]{2,16}?方面)(?P<stop>[。:,]?)")
_REPORTED = re.compile(r"(?:下降|上升|提高|改善|减少|增加|达到|完成|实现)了|取得|位居|创历史")
_NO_PUNCTUATION = re.compile(
    r"(?P<first>(?:基本|全面)?消除(?:劣V类|黑臭)(?:水体|断面))(?=[地县]级|城市|全市|集中式|[^,。;]{0,6}率)"
)
_CHANGE_IN_NAME = re.compile(
    r"(?P<down>(?:下降|降低|削减|减排|减少)(?:比例|率|幅度|目标)|降幅)|(?P<up>(?:提高|提升|增长|上升)(?:比例|率|幅度)|增幅|升幅)"
)
_FROM = re.compile(r"(?:由|从)[^,。;]{1,24}$")
_STRETCH_LEAD = re.compile(r"^(?:20\d\d年,?)?(?:确保|努力)?(?:力争|争取|力求)")
_STRETCH_GLOSS = re.compile(r"^(?:力争|争取)")


@dataclass
class TargetWalk:
    """Reads statements of targets from a text. `region_names`: what the plan's own region is called."""

    text: NormalText
    names: Names
    year: int
    region_names: Sequence[str]
    _said: Said = field(init=False)
    _subjects: Subjects = field(init=False)
    _opening: int = 0  # where the words of the clause begin that a quote of its first item takes in

    def __post_init__(self) -> None:
        self._said = Said(self.year)
        self._subjects = Subjects(self.names, self.region_names)

    def passages(self, layout: Layout) -> list[TargetDraft]:
        """All targets of the passages that state targets."""
        found: list[Statement] = []
        for passage in layout.target_passages:
            here: list[Statement] = []
            header: Header | None = None
            for paragraph in layout.paragraphs:
                start, end = max(paragraph.body, passage.start), min(paragraph.end, passage.end)
                if start >= end:
                    continue
                row = self.text.text[start:end]
                if "\t" in row:
                    header = header_of(row, self.year) or header
                    here += self._row(start, end, header) if header is not None else self._stretch(start, end)
                else:
                    here += self._stretch(start, end)
            # A passage that names nothing of the catalogue sets targets of something else.
            if any(one.item.indicator is not None for one in here):
                found += here
        return [draft_of(one, self.text) for one in found]

    def _row(self, start: int, end: int, header: Header) -> Iterator[Statement]:
        """A row of a table of targets."""
        cells = cells_of(self.text.text[start:end], header)
        if cells is None:
            return
        for figure in figures_of(f"{cells.name}:{cells.target}{cells.unit}"):
            spoken = f"{cells.name}:{cells.target}{cells.unit}"[: figure.subject_end]
            subject = self._subject(spoken, figure, figure.numbers[0].unit, "")
            for item in subject.items:
                if item.indicator is not None or reads_like_a_measure(item.words):
                    yield self._numbered(item, figure, 0, None, start, end, ())

    def strict(self, paragraph: Paragraph) -> list[TargetDraft]:
        """Statements that are targets beyond doubt: a known indicator, its unit, a bound, nothing else."""
        found = [one for one in self._stretch(paragraph.body, paragraph.end) if self._beyond_doubt(one)]
        return [draft_of(one, self.text) for one in found]

    def _beyond_doubt(self, found: Statement) -> bool:
        indicator = found.item.indicator
        if indicator is None or not indicator.measured or found.binding is None:
            return False
        if found.binding.comparator in ("<", ">"):
            return False
        plain = found.binding.change or found.binding.comparator == "="
        if plain and not _INTENDED.search(self.text.text[max(0, found.start - 8) : found.end]):
            return False  # 为35, 同比下降3%: a report reads just so
        if found.item.scope and scope_of(found.item.scope, indicator.domain) is None:
            return False
        clause_end = self.text.text[found.end : found.end + 1]
        if clause_end and clause_end not in ",。;、)\n":
            return False
        return found.binding.change or found.unit == indicator.unit

    def _stretch(self, start: int, end: int) -> Iterator[Statement]:
        self._said = Said(self.year)
        topic = ""
        head = _TOPIC.match(self.text.text[start:end])
        if head is not None:
            topic = head["topic"]
        for clause in self._clauses(start, end):
            begin = clause.start
            if head is not None and begin == start:
                begin += head.end() if not head["stop"] else 0
                if head["stop"] and clause.end == start + len(topic):
                    continue
            yield from self._clause(begin, clause, topic)
            if clause.ends_sentence:
                self._said = self._said.next_sentence()

    def _clauses(self, start: int, end: int) -> Iterator[Clause]:
        for clause in clauses(self.text.text, start, end):
            if clause.end - clause.start > _MOST_CLAUSE:
                continue
            glued = _NO_PUNCTUATION.search(self.text.text[clause.start : clause.end])
            if glued is None:
                yield clause
                continue
            cut = clause.start + glued.end()
            yield Clause(clause.start, cut, False)
            yield Clause(cut, clause.end, clause.ends_sentence)

    def _clause(self, begin: int, clause: Clause, topic: str) -> Iterator[Statement]:
        words = self.text.text[begin : clause.end]
        skipped = self._said.hear_time(words)
        self._opening = begin if skipped and words[skipped - 1] != "," else begin + skipped
        begin, words = begin + skipped, words[skipped:]
        if BASE_CLAUSE.match(words):
            self._said.baseline = baseline_of(words, self.year)
            return
        if _REPORTED.search(words):
            return
        if clause.heads and not any(character.isdigit() for character in words):
            head = self._subjects.read(words)
            known = [item for item in head.items if item.indicator is not None]
            self._said.head = words
            if known:
                self._said.remember(known, begin + known[0].start)
            return
        figures = list(figures_of(words, headed=bool(self._said.head)))
        for figure in figures:
            found = list(self._figure(begin, words, figure))
            if self._said.year is None:
                yield from found
            else:  # of another time: only what it speaks of is remembered
                self._said.reported = True
        wish = None if figures or self._said.year is not None else wish_of(words)
        if wish is not None:
            yield from self._wish(begin, clause.end, words, wish, topic)

    # ---- statements with a number ------------------------------------------------------------------------------

    def _figure(self, begin: int, words: str, figure: Figure) -> Iterator[Statement]:
        if figure.trail.has(Role.PAST):
            return
        by = figure.trail.first(Role.BY)
        year = re.search(r"20\d\d", by.words) if by else None
        if year is not None and int(year[0]) != self.year:
            return
        unit = figure.numbers[0].unit
        spoken = _FROM.sub("", words[figure.subject_start : figure.subject_end])
        object_ = re.split(r"[,。;、]", words[figure.end :], maxsplit=1)[0]
        subject = self._subject(spoken, figure, unit, object_)
        items = self._resolved(subject, spoken, figure)
        if not items:
            return
        at = begin + figure.subject_start
        start = self._first(begin, at + items[0].start) if subject.items else at + subject.start
        end = begin + figure.end
        pairs = _pairs(items, figure)
        base = figure.trail.first(Role.BASE)
        baseline = baseline_of(base.words, self.year) if base else self._said.baseline
        self._said.remember(items, start)
        for item, position, doubts in pairs:
            own = start if figure.lists or not subject.items else at + item.start
            if position is None:
                yield Statement(item, Kind.ABSOLUTE, own, end, doubts=doubts)
                continue
            found = self._numbered(item, figure, position, baseline, own, end, doubts)
            yield replace(found, approximate=True, aspirational=True) if _STRETCH_LEAD.match(spoken) else found
        yield from self._stretched(begin, words, figure, items, start, end)

    def _subject(self, spoken: str, figure: Figure, unit: str, object_: str) -> Subject:
        if figure.verb:
            for tail in (_VERB_NAMES.get(figure.verb, figure.verb + "率"), "达标率"):
                named = self._subjects.read(spoken + tail, unit)
                if named.items and all(item.indicator for item in named.items):
                    shorter = tuple(replace(item, end=min(item.end, len(spoken))) for item in named.items)
                    return replace(named, items=shorter)
        subject = self._subjects.read(spoken, unit)
        if self._said.head and subject.items and not figure.trail.words:
            tailed = with_tail(spoken.lstrip("、和及"), self._said.head, self.names, unit)
            if tailed is not None:
                return Subject((replace(subject.items[0], indicator=tailed[0], words=tailed[1], scope=""),))
        if not any(item.indicator for item in subject.items) and (
            figure.numbers[0].unit in _COUNTS or not subject.items
        ):
            counted = _DEEDS.sub("", spoken) + object_
            named = self._subjects.read(counted, unit)
            if any(item.indicator for item in named.items):
                return replace(
                    named, items=tuple(replace(item, end=min(item.end, len(spoken))) for item in named.items)
                )
        return subject

    def _resolved(self, subject: Subject, spoken: str, figure: Figure) -> list[Item]:
        """The items of a statement, with what it leaves out taken from the one before."""
        if not subject.items:
            return list(self._said.items)
        if all(item.indicator is None for item in subject.items):
            last = self._said.items[-1] if self._said.items else None
            if last is not None and last.indicator is not None:
                item = subject.items[0]
                headed = with_head(item.words, last.words, self.names)
                if headed is not None:
                    return [replace(item, indicator=headed, scope=last.scope)]
                scope = self._subjects.scope_only(spoken, last.indicator.domain)
                if scope is not None:
                    return [replace(last, scope=scope, start=subject.items[0].start, end=subject.items[0].end)]
            return [item for item in subject.items if reads_like_a_measure(item.words)]
        return [
            self._said.with_scope(item, subject)
            for item in subject.items
            if item.indicator or reads_like_a_measure(item.words)
        ]

    def _numbered(
        self,
        item: Item,
        figure: Figure,
        position: int,
        baseline: Baseline | None,
        start: int,
        end: int,
        doubts: tuple[Doubt, ...],
    ) -> Statement:
        indicator = item.indicator
        named_change = 0
        change = _CHANGE_IN_NAME.search(item.words)
        if change is not None:
            named_change = -1 if change["down"] else 1
        binding = binding_of(figure, position, indicator.direction if indicator else "increase", named_change)
        if figure.deed:  # 新增30个: so many are to be done
            binding = replace(binding, comparator=">=", change=False)
        cut = self.names.whole(item.words + "减排量") if _cuts_tonnes(figure, position) and baseline is None else None
        if cut is not None:  # 氮氧化物减排4500吨 is what the projects are to deliver, no change on a year
            item = replace(item, indicator=cut, words=item.words + "减排量")
            indicator, binding = (
                cut,
                replace(binding, comparator=">=", value=figure.numbers[position].value, change=False),
            )
        unit = figure.numbers[position].unit
        if not unit and indicator is not None and indicator.measured:
            unit = "%" if binding.change else indicator.unit
            if binding.value:
                doubts = (*doubts, Doubt("unit_left_out", {"unit": unit}))
        kind = _kind(binding, unit)
        if kind is Kind.RELATIVE_CHANGE and indicator is not None and indicator.unit == "%":
            doubts = (*doubts, Doubt("percent_or_points"))
        if binding.change and baseline is None:
            doubts = (*doubts, Doubt("no_baseline"))
        if not binding.change:
            baseline = None
        return Statement(
            item,
            kind,
            start,
            end,
            binding,
            unit,
            baseline,
            approximate=binding.approximate,
            aspirational=binding.aspirational,
            doubts=doubts,
        )

    def _stretched(
        self, begin: int, words: str, figure: Figure, items: Sequence[Item], start: int, end: int
    ) -> Iterator[Statement]:
        """88%以上(力争90%): the figure in brackets is a second, aspirational target."""
        if figure.lists or len(items) != 1:
            return
        for gloss_start, gloss_end in figure.suffixes[0].glosses:
            gloss = words[gloss_start:gloss_end]
            match = NUMBER.search(gloss)
            if not _STRETCH_GLOSS.match(gloss) or match is None:
                continue
            number = number_at(match)
            for inner in figures_of(gloss):
                if number is not None:
                    found = self._numbered(items[0], inner, 0, self._said.baseline, start, end, ())
                    if found.binding is not None and inner.trail.first(Role.IS, Role.AT_LEAST, Role.AT_MOST) is None:
                        first = binding_of(figure, 0, "", 0)
                        found = replace(found, binding=replace(found.binding, comparator=first.comparator))
                    yield found

    # ---- statements without one --------------------------------------------------------------------------------

    def _wish(self, begin: int, end: int, words: str, wish: Wish, topic: str) -> Iterator[Statement]:
        based = BASED_ON_IT.match(words)
        tokens = trail("" if wish.enclosed else words[: wish.end], _BESIDE_A_WISH)
        stop = max(tokens.start, wish.start) if tokens.words else wish.end
        if wish.enclosed and self.names.whole(words[wish.start : wish.end + wish.tail]) is not None:
            stop = wish.end + wish.tail
        spoken = words[wish.start : stop]
        subject = self._subjects.read(spoken)
        items = self._wished(subject, spoken, wish, topic, based is not None)
        if not items:
            return
        at = begin + wish.start
        start = self._wish_start(begin, at, words, wish, subject)
        if (based or wish.word in _OF_THE_LAST) and self._said.start is not None:
            start = self._said.start
        base = tokens.first(Role.BASE)
        baseline = baseline_of(base.words, self.year) if base else self._said.baseline if based else None
        if wish.kind in (Kind.HOLD, Kind.TREND) and base is None:
            loose = re.search(
                r'(?:与|较|比|在)("?十[一二三四五]五"?[^,。;]{0,8}?)(?:基础上|水平|相比|基本持平|持平)', words
            )
            if loose:
                baseline = Baseline(None, loose[1].strip('"'))
        aspires = re.search(r"力争|争取|力求", words) is not None
        about = aspires or re.search(r"基本(?!农田)", words[wish.end :] + words[: wish.start] + wish.word) is not None
        if not based:
            self._said.remember(items, start)
            self._said.baseline = baseline if baseline is not None else self._said.baseline
        for number, item in enumerate(items):
            alone = wish.enclosed or number == 0 or not subject.items
            yield Statement(
                item,
                wish.kind,
                start if alone else at + item.start,
                end,
                baseline=baseline,
                reference=wish.reference,
                approximate=about,
                aspirational=aspires,
                allows_equal=wish.kind is Kind.TREND and "稳中" in wish.word,
            )

    def _wish_start(self, begin: int, at: int, words: str, wish: Wish, subject: Subject) -> int:
        if wish.enclosed or wish.start > 0 or not subject.items:
            lead = re.match(r"^(?:主要目标(?:是|为)|目标(?:是|为))", words)
            return begin + lead.end() if lead else self._opening
        return self._first(begin, at + subject.items[0].start)

    def _first(self, begin: int, start: int) -> int:
        """Where the quote of a clause's first item starts: with the year, where that stands right before it."""
        return self._opening if start == begin else start

    def _wished(self, subject: Subject, spoken: str, wish: Wish, topic: str, based: bool) -> list[Item]:
        if wish.word in _OF_THE_LAST:
            last = self._said.items[-1] if self._said.items else None
            named = self.names.whole("黑臭水体长制久清")
            return [] if named is None else [Item(named, "黑臭水体长制久清", last.scope if last else "", 0, 0)]
        if based and not subject.items:
            return list(self._said.items)
        known = [self._said.with_scope(item, subject) for item in subject.items if item.indicator is not None]
        if known:
            return known
        if wish.kind in (Kind.DELEGATED, Kind.SCHEDULE) and not subject.items and self._said.head:
            return list(self._said.items)
        if wish.kind is Kind.DELEGATED:
            return self._set_elsewhere(topic)
        return []

    def _set_elsewhere(self, topic: str) -> list[Item]:
        """完成国家下达的年度目标任务 names no indicator: the topic of the paragraph does."""
        words = topic.removesuffix("方面") + "年度目标任务"
        indicator = self.names.whole(words) if topic else None
        if indicator is None:
            return []
        self._opening -= len(topic)  # the topic, glued to the sentence, is its subject
        return [Item(indicator, words, "", 0, 0)]


_BESIDE_A_WISH = frozenset({Role.FILLER, Role.STRETCH, Role.ABOUT, Role.BASE})
#: Wishes that speak of what the clause before named.
_OF_THE_LAST = ("长制久清", "长治久清")
#: Longer than any clause of a plan: what runs on so long is no sentence.
_MOST_CLAUSE = 600
_COUNTS = ("个", "家", "座", "处", "项", "条")
_DEEDS = re.compile(r"^(?:新增|完成|新建|建成|实施)+")
_VERB_NAMES = {
    "达标": "达标率",
    "达到或优于III类": "达到或优于III类比例",
    "优于III类": "达到或优于III类比例",
    "合格": "合格率",
}


def _pairs(items: Sequence[Item], figure: Figure) -> list[tuple[Item, int | None, tuple[Doubt, ...]]]:
    """Which number goes with which item: by position in a list, or one number for all; None where nobody can tell."""
    numbers = len(figure.numbers)
    if numbers == 1:
        return [(item, 0, ()) for item in items]
    if numbers == len(items):
        doubts = () if figure.trail.has(Role.PAIRED) else (Doubt("paired_without_saying"),)
        return [(item, position, doubts) for position, item in enumerate(items)]
    if len(items) == 1:
        return [(items[0], position, (Doubt("several_numbers"),)) for position in range(numbers)]
    return [(item, None, (Doubt("lists_differ"),)) for item in items]


def _cuts_tonnes(figure: Figure, position: int) -> bool:
    change = figure.trail.first(Role.DOWN)
    return change is not None and change.words.startswith("减排") and figure.numbers[position].unit.endswith("吨")


def _kind(binding: Binding, unit: str) -> Kind:
    if not binding.change:
        return Kind.ABSOLUTE
    if unit == "百分点":
        return Kind.POINT_CHANGE
    return Kind.RELATIVE_CHANGE if unit == "%" else Kind.INCREMENT
