"""What a statement speaks of: indicators, one or a list, with the words for their scope."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from goals.plan_reader.naming import Named, NamedIndicator, Names
from indicators.catalogue import scope_of

_SEPARATOR = re.compile(r"(?:、|以及|及|和|与|暨|,)$")
_ANY_SEPARATOR = re.compile(r"、|以及|及(?!以上|其)|和|与(?!其)")
_WHOLE_REGION = re.compile(
    r"^(?:(?:全|我)(?:市|省|区|县|州|盟|旗|域|国)|本(?:市|省|区|县|州)|辖区内?|市域|域内)(?:的|各地)?(?!设区|各|地级)"
)
_LEAD = re.compile(
    r"^(?:20\d\d年(?:度|底|末)?(?:,|我市|我省)?|今年|当年|年内|全年|到20\d\d年(?:底|末)?|主要目标(?:是|为)?|目标(?:是|为)|即|确保|力争|争取|努力|全力|推动"
    r"|促进|实现|使|做到|完成|保证|计划|预计|同时|并且?|且|另外|此外|以及|要|将|必须|其中|力求|坚决|切实|保障|继续|进一步|持续|不断|-|\t|\"|\)|是|为|一是|二是|三是|四是|五是|六是"
    r"|\d{1,2}[.、)](?=\D)|\(\d+\)|[.、,和及与]|约束性指标|预期性指标)"
)
_TOPIC_WORDS = re.compile(
    r"^(?:地表水环境质量|水环境质量|地表水|水环境|水体|环境质量|环境|土壤|考核断面|考核|城市空气|空气)+$"
)
_NOUN_BEFORE_QUALITY = re.compile(r"^(.*?)(?:水质|达到|达标|安全|优良)")
_MEASURE = re.compile(
    r"(?:率|比例|比重|浓度|指数|天数|强度|总量|排放量|减排量|面积|蓄积量|覆盖度|盖度|水平|数量|消费量|用量|达标率|排放|减排|级别|次数|起数|量|数|值|能耗|水耗|满意度|里程)$"
)
#: 化学需氧量、氨氮等四项主要污染物排放量: what sums the list up is no item of it.
_APPOSITION = re.compile(
    r"等?[二两三四五六七八]项(?:主要)?(?:污染物|指标)|主要污染物(?=化学需氧量|氨氮|氮氧化物|挥发性|二氧化硫|总磷|总氮|VOC|COD|NO|SO)"
)
_TOWNS = re.compile(r"城市(?:建成区)?")
_ASSESSED_BY = re.compile(r"(?:[国省市县区](?:家)?(?:考核?|控)(?:及?以上)?|出境|跨界|交接|省界|市界|县界|入河|入海)$")
_PLACE_ENDS = re.compile(r"(?:市|级|区|县|城|域|断面|[国省市县区](?:考|控))(?:\([^()]*\))?$")
_A_PLACE = re.compile(r".{1,10}(?:城市|地区|流域|断面|水源地?|[市县区州盟城镇乡村])")
_MOST_PART = 14
_CITY_SCOPE = re.compile(r"^(?:地|县|副省|地级及以上|县级及以上|县级以上|设区)级?(?:以上|及以上)?$")
#: Longer than what stands around a list of names.
_MOST_AROUND = 40


@dataclass(frozen=True)
class Item:
    """One indicator of a subject with its scope; [start, end) are places in the subject's text."""

    indicator: NamedIndicator | None
    words: str
    scope: str
    start: int
    end: int
    names_scope: bool = False  # 全市 before it: the whole region, whatever the clause before spoke of


@dataclass(frozen=True)
class Subject:
    """The items that a statement speaks of; none where it leaves them out. `start` is where its words begin."""

    items: Sequence[Item]
    start: int = 0


@dataclass(frozen=True)
class Subjects:
    """Reads subjects by the catalogue's names. `region_names`: what the plan's own region is called, longest first."""

    names: Names
    region_names: Sequence[str] = ()

    def read(self, text: str, unit: str = "") -> Subject:
        """Leads stripped, lists split, every item with its indicator and scope.

        `unit` is that of the number that the subject goes with: it decides between indicators of the same name.
        """
        text = _APPOSITION.sub(lambda match: "\t" * len(match[0]), text)
        start, _part = _without_leads(text)
        kept = text[start:].rstrip('的\t"-(')
        if not kept or (self.names.ending(kept) is None and not self._whole_region(kept)[1]):
            return Subject((), start)
        items = [_moved(item, start) for item in self._items(kept, unit)]
        return Subject(tuple(items), items[0].start if items else start)

    def scope_only(self, text: str, domain: str) -> str | None:
        """The scope, where words name one and nothing else; "" for the whole region; None where they name more."""
        start, part = _without_leads(text)
        words = text[start:].rstrip("的")
        if not words:
            return None
        _whole, rest = self._whole_region(words)
        named = not rest or scope_of(rest, domain) or (part and len(rest) <= _MOST_PART) or _A_PLACE.fullmatch(rest)
        return rest if named else None

    def _whole_region(self, words: str) -> tuple[bool, str]:
        """Whether words begin with the plan's own region, and what follows it."""
        match = _WHOLE_REGION.match(words)
        if match:
            return True, words[match.end() :]
        for name in self.region_names:
            if name and words.startswith(name):
                return True, words[len(name) :].lstrip("的")
        return False, words

    def _items(self, text: str, unit: str) -> list[Item]:
        found = self.names.ending(text, unit)
        if found is None:
            return self._unnamed(text)
        towns = _TOWNS.match(text, found.start)
        if towns is not None and re.search(r"[级上地]$", text[: found.start]):
            found = replace(found, start=towns.end())  # 地级城市 is the scope, 城市集中式 no part of the name
        front, name = text[: found.start], text[found.start :]
        separator = _SEPARATOR.search(front)
        if separator is not None:
            return [*self._listed(front[: separator.start()], name, unit), self._item(text, found, found.start)]
        scopes = _scope_list(front)
        if scopes:
            return [Item(found.indicator, name, scope, place, len(text)) for scope, place in scopes]
        cut = _last_separator(front)
        if cut is not None:
            before = self._listed(front[: cut[0]], name, unit)
            if before and all(item.indicator is not None for item in before):
                return [*before, self._item(text, found, cut[1])]
        return [self._item(text, found, 0)]

    def _listed(self, front: str, name: str, unit: str) -> list[Item]:
        """The items in front of the last one; a bare word (氮氧化物) takes the last one's tail (排放量)."""
        cut = _last_separator(front)
        piece_start = cut[1] if cut else 0
        piece = front[piece_start:]
        item = self._with_tail(piece, name, piece_start, unit)
        if item is None and self.names.ending(front, unit) is not None:
            return self._items(front, unit)
        if item is None and piece:
            item = _moved(self._unnamed(piece)[0], piece_start)
        rest = front[: cut[0]] if cut else ""
        tail = item.words if item is not None and item.indicator is not None else name
        before = self._listed(rest, tail, unit) if rest else []
        return [*before, item] if item is not None else before

    def _with_tail(self, piece: str, name: str, at: int, unit: str) -> Item | None:
        whole, bare = self._whole_region(piece)
        tailed = with_tail(bare, name, self.names, unit)
        if tailed is not None:
            return Item(*tailed, "", at, at + len(piece), whole)
        for tail in _tails(name):
            words = bare + tail
            found = self.names.ending(words, unit)
            if found is not None and found.start < len(bare):
                scope = _scope_words(words[: found.start], "")
                return Item(found.indicator, words[found.start :], scope, at, at + len(piece), whole)
        return None

    def _item(self, text: str, found: Named, start: int) -> Item:
        whole, front = self._whole_region(text[start : found.start])
        words = text[found.start : found.end]
        if not front and not whole:
            inner, rest = self._whole_region(words)
            if inner and self.names.whole(rest) is not None:
                whole, words = True, rest
        return Item(found.indicator, words, _scope_words(front, words), start, found.end, whole)

    def _unnamed(self, text: str) -> list[Item]:
        """Items that the catalogue does not name as they stand; split where a part reads like a measure."""
        around = _around(text, self.names)
        if around:
            return around
        items: list[Item] = []
        place = 0
        for separator in [*_ANY_SEPARATOR.finditer(text), None]:
            stop = separator.start() if separator else len(text)
            piece = text[place:stop]
            if separator is None or _MEASURE.search(piece):
                items.append(self._piece(text, place, piece, items[-1] if items else None))
                place = separator.end() if separator else stop
        return items

    def _piece(self, text: str, start: int, piece: str, before: Item | None) -> Item:
        named = self.names.ending(piece)
        if named is not None:
            return self._item(text, Named(named.indicator, named.start + start, named.end + start), start)
        headed = with_head(piece, before.words, self.names) if before else None
        if headed is not None and before is not None:
            return Item(headed, piece, before.scope, start, start + len(piece))
        whole, words = self._whole_region(piece)
        return Item(None, words, "", start, start + len(piece), whole)


def _moved(item: Item, by: int) -> Item:
    return replace(item, start=item.start + by, end=item.end + by)


def _without_leads(text: str) -> tuple[int, bool]:
    """Where a subject begins behind 2023年, 确保, 其中 and the like; and whether 其中 was among them."""
    start, part = 0, False
    while (lead := _LEAD.match(text[start:])) is not None:
        part = part or lead[0] == "其中"
        start += lead.end()
    return start, part


def _last_separator(text: str) -> tuple[int, int] | None:
    last = None
    for match in _ANY_SEPARATOR.finditer(text):
        before = text[: match.start()]
        if before.count("(") == before.count(")") and before.count("《") == before.count("》"):
            last = match.span()
    return last


def _scope_words(front: str, name: str) -> str:
    """The scope that words in front of a name mean: 向主城区供水的 takes its noun with it, topics are none."""
    front = front.strip('\t"-:的') if not front.endswith("的") else front.strip('\t"-:')
    if front.endswith("的"):
        noun = _NOUN_BEFORE_QUALITY.match(name)
        return front + noun[1] if noun and noun[1] else front[:-1]
    front = re.sub(r"(?:地表水|水)环境(?:质量)?$", "", front)
    while True:
        stripped = re.sub(r"^(?:地表水|水环境|环境空气|大气环境|土壤|空气环境)(?:环境质量|质量)?(?=.|$)", "", front)
        if stripped == front:
            break
        front = stripped
    if _TOPIC_WORDS.match(front):
        front = ""
    if front.endswith("中") or (front == "城市" and not name.startswith("集中式")):
        return ""  # a city's own figure is what its air or water is about
    if not front and name.startswith("城市集中式"):
        return "城市"
    if _ASSESSED_BY.search(front):
        return front + "断面"
    return front


def _scope_list(front: str) -> list[tuple[str, int]]:
    """地级、县级城市 -> 地级城市 and 县级城市, each with its place; empty where it is no list of places."""
    match = re.fullmatch(r"(.{1,12}?)(?:、|和|及(?!以上|其)|与)(.{2,14})", front)
    if match is None or not _PLACE_ENDS.search(match[1]) or not _PLACE_ENDS.search(match[2]):
        return []
    first, second = (one + "断面" if _ASSESSED_BY.search(one) else one for one in match.groups())
    if _CITY_SCOPE.match(first) and second.endswith("城市"):
        first += "城市"
    return [(_WHOLE_REGION.sub("", first), 0), (second, match.start(2))]


def _around(text: str, names: Names) -> list[Item]:
    """声环境功能区昼间、夜间达标率: what stands around the list belongs to each of its words."""
    cuts = [match.span() for match in _ANY_SEPARATOR.finditer(text)]
    if not cuts or len(text) > _MOST_AROUND:
        return []
    starts = [0, *(end for _start, end in cuts)]
    ends = [*(start for start, _end in cuts), len(text)]
    readings: list[list[Item]] = []
    for head in range(cuts[0][0] - 1, 1, -1):
        for tail in range(len(text) - 2, cuts[-1][1], -1):
            words = [text[start:end] for start, end in zip(starts, ends, strict=True)]
            words[0], words[-1] = words[0][head:], text[cuts[-1][1] : tail]
            whole = [text[:head] + word + text[tail:] for word in words]
            named = [names.whole(name) for name in whole]
            if all(named):
                places = zip(named, whole, starts, ends, strict=True)
                readings.append([Item(one, name, "", start, end) for one, name, start, end in places])
    # Two words of a list name two indicators, where they can be read so.
    return max(readings, key=lambda items: len({item.indicator for item in items}), default=[])


def with_head(words: str, name: str, names: Names) -> NamedIndicator | None:
    """The indicator that words mean behind another name: 夜间达标率 behind 声环境功能区昼间达标率."""
    for end in range(len(name) - 1, 1, -1):
        indicator = names.whole(name[:end] + words)
        if indicator is not None:
            return indicator
    return None


def with_tail(words: str, name: str, names: Names, unit: str = "") -> tuple[NamedIndicator, str] | None:
    """The indicator that words mean in front of another name's end: 氮氧化物 before 重点工程减排量."""
    for tail in _tails(name):
        indicator = names.whole(words + tail, unit)
        if indicator is not None:
            return indicator, words + tail
    return None


def _tails(name: str) -> Iterator[str]:
    """The ends of a name, the longest first; none begins within brackets or is a single character."""
    for start in range(1, len(name) - 1):
        if name[start] != "(" and name[:start].count("(") <= name[:start].count(")"):
            yield name[start:]


def reads_like_a_measure(words: str) -> bool:
    """Whether words that the catalogue does not know end as the name of something measured does."""
    return len(words) >= 3 and _MEASURE.search(re.sub(r"\([^()]*\)$", "", words)) is not None
