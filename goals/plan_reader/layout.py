"""Where things stand in a plan: paragraphs with their numbers, chapters, and the passages that state targets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from goals.plan_reader.numerals import chinese_integer

_CHINESE = "[一二三四五六七八九十]+"
#: Styles of numbering, outermost first. The rank of a style is its place here.
_STYLES = (
    re.compile(rf"第(?P<n>{_CHINESE})[章部][、.:]?"),
    re.compile(rf"(?P<n>{_CHINESE})、"),
    re.compile(rf"\((?P<n>{_CHINESE})\)[、.]?"),
    re.compile(r"(?P<n>\d{1,2})[.、](?!\d)"),
    re.compile(r"\((?P<n>\d{1,2})\)"),
)
CHAPTER, PART, ITEM = 1, 2, 3
_INSIDE = re.compile(rf"(?<=[。;!])(?=\({_CHINESE}\)|\d{{1,2}}[.、](?!\d))")
_LOST_NUMBER = re.compile(r"、(?=[^,。;]{2,20}$)")
_ENDS = tuple("。;!?")

#: A heading of targets names no deed: 健全目标任务 and 完善指标体系 are tasks.
_TARGET_HEADING = re.compile(
    r"(?:20\d\d年?度?|今年|全[市省区县年]|本[市省区县]|主要|工作|总体|年度|预期性?|重点|约束性|阶段性|具体|核心|绩效|奋斗|考核|控制|改善|保护|发展|建设"
    r"|指导思想|总体要求|总体思路|基本原则|工作思路|基本思路|生态|文明|环境|质量|大气|空气|水|土壤|海洋|减排|攻坚|污染|防治|应对气候变化|任务|的|和|与|及|、)*"
    r"(?:目标|指标)(?:任务|要求|指标|目标|值|体系|分解)*(?:\([^()]*\))?"
)
#: Behind these words a paragraph states its targets: 主要目标是, 工作目标:, 实现以下目标:
_TARGET_OPENING = re.compile(
    r"(?:[^,。;:]{0,14}(?:目标|指标)(?:任务|要求)?(?:是|为|如下|设置如下)?:"
    r"|(?:主要|工作|总体|年度|全年|预期|奋斗|约束性|具体|20\d\d年的?|今年的?)+(?:工作)?(?:目标|指标)(?:任务)?(?:是|为|(?=。)))"
)


@dataclass(frozen=True)
class Marker:
    """A list number: its style, and which number it is."""

    rank: int
    number: int
    words: str


@dataclass(frozen=True)
class Paragraph:
    """A run of text without a break; `body` is where it goes on behind its number."""

    start: int
    end: int
    body: int
    marker: Marker | None
    heading: bool = False  # a line of its own without a sentence in it


@dataclass(frozen=True)
class Passage:
    """Text that states targets, whole paragraphs or the rest of one."""

    start: int
    end: int


@dataclass(frozen=True)
class Layout:
    """The paragraphs of a plan, and which of its passages state targets."""

    text: str
    paragraphs: Sequence[Paragraph]
    target_passages: Sequence[Passage]

    def states_targets(self, place: int) -> bool:
        """Whether a place lies in a passage that states targets."""
        return any(passage.start <= place < passage.end for passage in self.target_passages)


def layout_of(text: str) -> Layout:
    """Cut a normalised text into paragraphs and find the passages that state targets."""
    paragraphs = list(_paragraphs(text))
    passages = [passage for passage in _target_passages(text, paragraphs) if passage.start < passage.end]
    return Layout(text, paragraphs, passages)


def _paragraphs(text: str) -> Iterator[Paragraph]:
    counted: dict[int, int] = {}
    for line in re.finditer(r"[^\n]+", text):
        start = line.start()
        _count(text, start, counted)
        for match in _INSIDE.finditer(line[0]):
            cut = line.start() + match.start()
            if _goes_on(text, cut, counted):
                yield _paragraph(text, start, cut)
                start = cut
                _count(text, start, counted)
        yield _paragraph(text, start, line.end())


def _count(text: str, place: int, counted: dict[int, int]) -> None:
    """Take note of the number that opens a paragraph; finer lists begin anew below it."""
    marker = _marker(text, place)
    if marker is None:
        return
    counted[marker[0].rank] = marker[0].number
    for deeper in range(marker[0].rank + 1, len(_STYLES)):
        if deeper != ITEM:  # items are often numbered through all chapters
            counted.pop(deeper, None)


def _goes_on(text: str, place: int, counted: dict[int, int]) -> bool:
    """Whether a number in mid-paragraph is the next one of its style: its line break was lost."""
    marker = _marker(text, place)
    return marker is not None and counted.get(marker[0].rank) == marker[0].number - 1


def _paragraph(text: str, start: int, end: int) -> Paragraph:
    found = _marker(text, start)
    bare = Paragraph(start, end, start, None)
    if found is not None:
        bare = replace(bare, marker=found[0], body=found[1])
    elif (lost := _LOST_NUMBER.match(text[start:end])) is not None:
        bare = replace(bare, marker=Marker(CHAPTER, 0, ""), body=start + lost.end())
    body = text[bare.body : end].rstrip(":")
    return replace(bare, heading=0 < len(body) <= 45 and not any(stop in body for stop in _ENDS))


def _marker(text: str, place: int) -> tuple[Marker, int] | None:
    for rank, style in enumerate(_STYLES):
        match = style.match(text, place)
        if match:
            words = match["n"]
            number = int(words) if words.isdigit() else chinese_integer(words)
            return None if number is None else (Marker(rank, number, match[0]), match.end())
    return None


def _target_passages(text: str, paragraphs: Sequence[Paragraph]) -> Iterator[Passage]:
    until = 0
    for number, paragraph in enumerate(paragraphs):
        if paragraph.start < until:
            continue
        body = text[paragraph.body : paragraph.end]
        if (head := _target_heading(text, paragraph)) is not None:
            until = _end_of_section(paragraphs, number)
            inner = [one for one in paragraphs[number + 1 :] if one.start < until]
            nested = next((one for one in inner if _target_heading(text, one) is not None), None)
            if nested is not None:  # 二、目标任务 (一)主要目标 ... (二)重点任务 ...: only the inner one states targets
                until = nested.start
            elif "任务" in head and until == paragraphs[-1].end:  # all that follows: targets first, then the tasks
                until = next((one.start for one in inner if one.marker is not None), until)
            yield Passage(paragraph.body + len(head), until)
        elif (opening := _opening(body)) is not None:
            until = paragraph.end
            yield Passage(paragraph.body + opening, paragraph.end)


def _target_heading(text: str, paragraph: Paragraph) -> str | None:
    """The words of a paragraph that head targets; None where it is no such heading."""
    body = text[paragraph.body : paragraph.end]
    head = re.split(r"[。:]", body, maxsplit=1)[0]
    alone = paragraph.marker is not None or head == body.rstrip(":")
    return head if alone and _TARGET_HEADING.fullmatch(head) else None


def _opening(body: str) -> int | None:
    """Where a paragraph begins to state targets: behind 主要目标: or 目标是."""
    for match in _TARGET_OPENING.finditer(body):
        if match.start() == 0 or body[match.start() - 1] in "。;,":
            return match.end()  # a colon is part of it
    return None


def _end_of_section(paragraphs: Sequence[Paragraph], number: int) -> int:
    """Where the section of a heading ends: at the next heading of its rank or above."""
    own = paragraphs[number].marker
    rest = paragraphs[number + 1 :]
    for paragraph in rest:
        if own is None:
            if paragraph.marker is not None and paragraph.marker.rank <= CHAPTER or _is_bare_heading(paragraph):
                return paragraph.start
        elif paragraph.marker is not None and paragraph.marker.rank <= own.rank:
            return paragraph.start
    return paragraphs[-1].end


def _is_bare_heading(paragraph: Paragraph) -> bool:
    return paragraph.heading and paragraph.marker is None and paragraph.end - paragraph.start <= 14
