"""The numbered tasks of a plan, each with its chapter and its title."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from goals.plan_reader.drafts import TaskDraft
from goals.plan_reader.layout import CHAPTER, ITEM, PART, Layout, Paragraph
from goals.plan_reader.normal import NormalText

_MOST_TITLE = 38
_PREPOSITION = re.compile(r"^(?:以[^,]*为[^,]*|按照[^,]*|根据[^,]*|围绕[^,]*|对标[^,]*|结合[^,]*)$")
_ANNEX = re.compile(r"附件(?P<number>\d*|[一二三四五六七八九十]+)$")
_ANNEX_LIST = re.compile(r"附件[:：]|附:")
_GENERAL = re.compile(
    r"总体要求|指导思想|总体思路|工作思路|基本原则|总体目标|主要目标|工作目标|保障措施|组织实施|工作要求|有关要求|组织领导"
)
_NUMBERED = re.compile(r"[一二三四五六七八九十]+|\d+")


@dataclass(frozen=True)
class NumberedTask:
    """A task with the stretch of text that is about it."""

    draft: TaskDraft
    start: int
    end: int


@dataclass(frozen=True)
class _Place:
    """A task's paragraph, the heading above it, and where the next one begins."""

    paragraph: Paragraph
    chapter: str
    chapter_number: str
    end: int
    annex: str = ""  # 附件1七大示范工程


def tasks_of(text: NormalText, layout: Layout) -> list[NumberedTask]:
    """The numbered tasks: the innermost numbering that runs through the chapters, and the lists of the annexes.

    A number that begins anew in every chapter is told with its chapter's: 三(一).
    """
    places = list(_places(text, layout))
    labels = Counter(_label(place) for place in places if not place.annex)
    restarts = any(count > 1 for count in labels.values())
    tasks = [_task(text, place, restarts) for place in places]
    told = Counter[str]()
    for position, task in enumerate(tasks):
        told[task.draft.number] += 1
        if told[task.draft.number] > 1:  # the plan itself prints a number twice
            number = f"{task.draft.number}-{told[task.draft.number]}"
            tasks[position] = replace(task, draft=replace(task.draft, number=number))
    return tasks


def _places(text: NormalText, layout: Layout) -> Iterator[_Place]:
    """Where the tasks stand; each goes on until the next number of its rank or above, or an annex."""
    rank = _rank_of_tasks(text, layout)
    above = _Above()
    open_place: _Place | None = None
    for paragraph in layout.paragraphs:
        words = text.text[paragraph.start : paragraph.end]
        above.pass_by(paragraph, words)
        marker = paragraph.marker
        ends_one = above.begins_annex or (marker is not None and rank is not None and marker.rank <= rank)
        if open_place is not None and ends_one:
            yield replace(open_place, end=paragraph.start)
            open_place = None
        if marker is None or paragraph.body >= paragraph.end or layout.states_targets(paragraph.start):
            continue
        if above.in_annex_list or rank is None:
            continue
        if above.annex and above.sub_heading and marker.rank >= ITEM:
            listed = f"{above.annex}{above.sub_heading.strip(chr(34))}"
            open_place = _Place(paragraph, f"{above.annex} {above.sub_heading}", "", paragraph.end, listed)
        elif marker.rank == rank:
            open_place = _Place(paragraph, above.chapter, above.chapter_number, layout.paragraphs[-1].end)
        elif marker.rank < rank:
            above.chapter, above.chapter_number = words, _bare(marker.words)
    if open_place is not None:
        yield open_place


@dataclass
class _Above:
    """What stands above a paragraph: its chapter, or the annex with the heading of its list."""

    chapter: str = ""
    chapter_number: str = ""
    annex: str = ""
    sub_heading: str = ""
    in_annex_list: bool = False  # 附件:1.... 2....: names of annexes, no tasks
    begins_annex: bool = False

    def pass_by(self, paragraph: Paragraph, words: str) -> None:
        """Take note of a paragraph that heads what follows."""
        head = _ANNEX.match(words)
        lists = _ANNEX_LIST.match(words) is not None
        self.begins_annex = head is not None or lists
        if head is not None:
            self.annex, self.sub_heading = f"附件{head['number']}", ""
        elif lists:
            self.in_annex_list = True
        elif paragraph.marker is None:
            self.in_annex_list = False
            self.sub_heading = words if self.annex else ""


def _rank_of_tasks(text: NormalText, layout: Layout) -> int | None:
    """The innermost numbering with three members, else with any; finer lists than 1. belong to their task."""
    counted: Counter[int] = Counter()
    for paragraph in layout.paragraphs:
        words = text.text[paragraph.start : paragraph.end]
        if _ANNEX.match(words):
            break
        if paragraph.marker is None or layout.states_targets(paragraph.start):
            continue
        if paragraph.marker.rank == CHAPTER and _GENERAL.search(words[:20]):
            continue
        counted[paragraph.marker.rank] += 1
    ranks = (ITEM, PART, CHAPTER)
    return next((rank for least in (3, 1) for rank in ranks if counted[rank] >= least), None)


def _bare(words: str) -> str:
    match = _NUMBERED.search(words)
    return match[0] if match else ""


def _label(place: _Place) -> str:
    assert place.paragraph.marker is not None
    words = place.paragraph.marker.words
    return _bare(words) if place.paragraph.marker.rank == ITEM else words.rstrip("、.")


def _task(text: NormalText, place: _Place, restarts: bool) -> NumberedTask:
    label = _label(place)
    if place.annex:
        label = f"{place.annex}-{label}"
    elif restarts:
        label = f"{place.chapter_number}{label}"
    start, end = _title(text.text, place.paragraph)
    original_start, original_end = text.span(start, end)
    draft = TaskDraft(
        chapter_zh=_in_original(text, place.chapter, place.paragraph.start),
        number=label,
        title_zh=text.original[original_start:original_end],
        char_start=original_start,
        char_end=original_end,
    )
    return NumberedTask(draft, place.paragraph.start, place.end)


def _in_original(text: NormalText, words: str, before: int) -> str:
    """A heading as it is printed, looked for backwards from its task."""
    parts = words.split(" ", 1)
    place = text.text.rfind(parts[-1], 0, before)
    if place < 0 or not words:
        return words
    start, end = text.span(place, place + len(parts[-1]))
    return " ".join([*parts[:-1], text.original[start:end].strip()])


def _title(text: str, paragraph: Paragraph) -> tuple[int, int]:
    """The sentence that heads a task; where it opens straight into its text, the first clause."""
    body = text[paragraph.body : paragraph.end]
    sentence = re.split(r"[。;]|:(?=.{10})", body, maxsplit=1)[0]
    if len(sentence) > _MOST_TITLE and "," in sentence:
        clauses = sentence.split(",")
        kept = clauses[0]
        if _PREPOSITION.match(kept):
            kept = ",".join(clauses[:2])
        sentence = kept
    return paragraph.body, paragraph.body + max(1, len(sentence.rstrip(",")))


def task_at(tasks: Sequence[NumberedTask], place: int) -> NumberedTask | None:
    """The task that a place of the text belongs to."""
    return next((task for task in tasks if task.start <= place < task.end), None)
