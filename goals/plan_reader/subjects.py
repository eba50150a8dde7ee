"""What a statement speaks of: indicators, one or a list, with the words for their scope."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from goals.plan_reader.naming import Named, NamedIndicator, Names
from indicators.catalogue import scope_of

_SEPARATOR = re.compile(r"(?:、|以及|及|和|与|暨|,)$")
_ANY_SEPARATOR = re.compile(r"、|以及|及(?!以上|其)|和|与(?!其)")
_WHOLE_REGION = re.compile(
    r"^(?:(?:全|我)(?:市|省|区|县|州|盟|域|国)|本(?:市|省|区|县)|辖区内?|市域|域内)(?:的|各地)?(?!设区|各|地级)"
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
    """The items that a statement speaks of; none where it leaves them out. `scope` where only that is named."""

    items: Sequence[Item]
    scope: str = ""
    start: int = 0
    part: bool = False  # 其中: a part of what was spoken of before


def subject_of(text: str, names: Names, *, region_names: Sequence[str] = (), unit: str = "") -> Subject:
    """Read a subject: leads stripped, lists split, every item with its indicator and scope.

    `unit` is that of the number it goes with: it decides between indicators of the same name.
    """
    text = _APPOSITION.sub(lambda match: "\t" * len(match[0]), text)
    start, part = _without_leads(text)
    kept = text[start:]
    end = len(kept.rstrip('的\t"-('))
    kept = kept[:end]
    if not kept:
        return Subject((), start=start, part=part)
    if not _has_indicator(kept, names):
        whole, rest = _whole_region(kept, region_names)
        if not rest:
            return Subject((), "", start, part)
    items = [
        replace(item, start=item.start + start, end=item.end + start)
        for item in _items(kept, names, region_names, unit)
    ]
    return Subject(tuple(items), "", items[0].start if items else start, part)


def scope_only(text: str, domain: str, region_names: Sequence[str] = ()) -> str | None:
    """The scope, where words name one and nothing else; "" for the whole region; None where they name more."""
    start, part = _without_leads(text)
    words = text[start:].rstrip("的")
    if not words:
        return None
    _whole, rest = _whole_region(words, region_names)
    if not rest:
        return ""
    if scope_of(rest, domain):
        return rest
    if part and len(rest) <= 14:
        return rest
    return rest if re.fullmatch(r".{1,10}(?:城市|地区|流域|断面|水源地?|[市县区州盟城镇乡村])", rest) else None


def _without_leads(text: str) -> tuple[int, bool]:
    start, part = 0, False
    while (lead := _LEAD.match(text[start:])) is not None:
        part = part or lead[0] == "其中"
        start += lead.end()
    return start, part


def _has_indicator(text: str, names: Names) -> bool:
    return names.ending(text) is not None


def _whole_region(words: str, region_names: Sequence[str]) -> tuple[bool, str]:
    """Whether words begin with the plan's own region, and what follows it."""
    match = _WHOLE_REGION.match(words)
    if match:
        return True, words[match.end() :]
    for name in region_names:
        if name and words.startswith(name):
            return True, words[len(name) :].lstrip("的")
    return False, words


def _items(text: str, names: Names, region_names: Sequence[str], unit: str) -> list[Item]:
    found = names.ending(text, unit)
    if found is None or _ANY_SEPARATOR.search(text[found.end :]):
        return _unnamed(text, names, region_names)
    towns = _TOWNS.match(text, found.start)
    if towns is not None and re.search(r"[级上地]$", text[: found.start]):
        found = replace(found, start=towns.end())  # 地级城市 is the scope, 城市集中式 no part of the name
    front = text[: found.start]
    separator = _SEPARATOR.search(front)
    if separator is not None:
        before = _listed(front[: separator.start()], text[found.start : found.end], names, region_names, unit)
        return [*before, _item(text, found, found.start, found.start, region_names, names)]
    cut = _last_separator(front)
    if cut is not None and not _is_scope_list(front):
        before = _listed(front[: cut[0]], text[found.start : found.end], names, region_names, unit)
        if before and all(item.indicator is not None for item in before):
            return [*before, _item(text, found, cut[1], found.start, region_names, names)]
    scopes = _scope_list(front)
    if len(scopes) > 1:
        return [
            Item(found.indicator, text[found.start : found.end], scope, place, found.end) for scope, place in scopes
        ]
    return [_item(text, found, 0, found.start, region_names, names)]


def _listed(front: str, name: str, names: Names, region_names: Sequence[str], unit: str) -> list[Item]:
    """The items in front of the last one; a bare word (氮氧化物) takes the last one's tail (排放量)."""
    cut = _last_separator(front)
    piece_start = cut[1] if cut else 0
    piece = front[piece_start:]
    item = _with_tail(piece, name, names, region_names, piece_start, unit)
    direct = names.ending(front, unit) if item is None else None
    if direct is not None and not _ANY_SEPARATOR.search(front[direct.end :]):
        return _items(front, names, region_names, unit)
    if item is None:
        item = _unnamed(piece, names, region_names, piece_start)[0] if piece else None
    rest = front[: cut[0]] if cut else ""
    tail = item.words if item is not None and item.indicator is not None else name
    before = _listed(rest, tail, names, region_names, unit) if rest else []
    return [*before, item] if item is not None else before


def _with_tail(piece: str, name: str, names: Names, region_names: Sequence[str], at: int, unit: str) -> Item | None:
    whole, bare = _whole_region(piece, region_names)
    tailed = with_tail(bare, name, names, unit)
    if tailed is not None:
        return Item(*tailed, "", at, at + len(piece), whole)
    for start in range(1, len(name) - 1):
        if name[start] == "(" or name[:start].count("(") > name[:start].count(")"):
            continue
        words = bare + name[start:]
        found = names.ending(words, unit)
        if found is not None and found.end == len(words) and found.start < len(bare):
            return Item(
                found.indicator,
                words[found.start :],
                _scope_words(words[: found.start], ""),
                at,
                at + len(piece),
                whole,
            )
    return None


def _last_separator(text: str) -> tuple[int, int] | None:
    last = None
    for match in _ANY_SEPARATOR.finditer(text):
        before = text[: match.start()]
        if before.count("(") == before.count(")") and before.count("《") == before.count("》"):
            last = match.span()
    return last


def _item(text: str, found: Named, start: int, name_start: int, region_names: Sequence[str], names: Names) -> Item:
    whole, front = _whole_region(text[start:name_start], region_names)
    words = text[found.start : found.end]
    if not front and not whole:
        inner, rest = _whole_region(words, region_names)
        if inner and names.whole(rest) is not None:
            whole, words = True, rest
    return Item(found.indicator, words, _scope_words(front, words), start, found.end, whole)


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


def _is_scope_list(front: str) -> bool:
    return len(_scope_list(front)) > 1


def _scope_list(front: str) -> list[tuple[str, int]]:
    """地级、县级城市 -> 地级城市 and 县级城市, each with its place."""
    match = re.fullmatch(r"(.{1,12}?)(?:、|和|及(?!以上|其)|与)(.{2,14})", front)
    ends = re.compile(r"(?:市|级|区|县|城|域|断面|[国省市县区](?:考|控))(?:\([^()]*\))?$")
    if match is None or not ends.search(match[1]) or not ends.search(match[2]):
        return []
    first, second = (one + "断面" if _ASSESSED_BY.search(one) else one for one in match.groups())
    if _CITY_SCOPE.match(first) and second.endswith("城市"):
        first += "城市"
    return [(_strip_region(first), 0), (second, match.start(2))]


def _strip_region(words: str) -> str:
    return _WHOLE_REGION.sub("", words)


def _unnamed(text: str, names: Names, region_names: Sequence[str], at: int = 0) -> list[Item]:
    """Items that the catalogue has no name for; split where each part reads like a measure of its own."""
    around = _around(text, names)
    if around:
        return [replace(item, start=item.start + at, end=item.end + at) for item in around]
    pieces: list[tuple[int, str]] = []
    place = 0
    for separator in [*_ANY_SEPARATOR.finditer(text), None]:
        stop = separator.start() if separator else len(text)
        piece = text[place:stop]
        if separator is None or _MEASURE.search(piece):
            pieces.append((place, piece))
            place = separator.end() if separator else stop
    items = []
    for start, piece in pieces:
        named = names.ending(piece)
        if named is not None:
            items.append(
                _item(
                    text,
                    Named(named.indicator, named.start + start, named.end + start),
                    start,
                    named.start + start,
                    region_names,
                    names,
                )
            )
            continue
        headed = with_head(piece, items[-1].words, names) if items else None
        if headed is not None:
            items.append(Item(headed, piece, items[-1].scope, start, start + len(piece)))
            continue
        whole, words = _whole_region(piece, region_names)
        items.append(Item(None, words, "", start, start + len(piece), whole))
    return [replace(item, start=item.start + at, end=item.end + at) for item in items]


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
    for start in range(1, len(name) - 1):
        if name[start] == "(" or name[:start].count("(") > name[:start].count(")"):
            continue
        indicator = names.whole(words + name[start:], unit)
        if indicator is not None:
            return indicator, words + name[start:]
    return None


def reads_like_a_measure(words: str) -> bool:
    """Whether words that the catalogue does not know end as the name of something measured does."""
    return len(words) >= 3 and _MEASURE.search(re.sub(r"\([^()]*\)$", "", words)) is not None
