"""A plan's text in, drafts out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from goals.plan_reader.drafts import Reading, TargetDraft
from goals.plan_reader.layout import CHAPTER, Layout, Passage, layout_of
from goals.plan_reader.naming import Names
from goals.plan_reader.normal import NormalText, normalise
from goals.plan_reader.quantities import quantities_of
from goals.plan_reader.targets import TargetWalk
from goals.plan_reader.tasks import tasks_of


def read_plan(text: str, names: Names, year: int, region_names: Sequence[str] = ()) -> Reading:
    """The drafts of a work plan of a year. Offsets count the characters of `text`; an empty text gives none.

    `region_names` are what the plan's own region is called (广州市, 广州): in front of an indicator they are no scope.
    """
    normal = normalise(text)
    layout = layout_of(normal.text)
    walk = TargetWalk(normal, names, year, sorted(region_names, key=len, reverse=True))
    layout = _with_unheaded(layout, walk)
    targets = walk.passages(layout)
    if not layout.target_passages:
        targets = _elsewhere(layout, walk)
    targets = _without_repeats(targets)
    tasks = tasks_of(normal, layout)
    return Reading(
        title=_title(normal),
        year=year,
        targets=targets,
        tasks=[task.draft for task in tasks],
        quantities=quantities_of(normal, tasks, [(draft.char_start, draft.char_end) for draft in targets]),
        target_passages=[normal.span(passage.start, passage.end) for passage in layout.target_passages],
    )


def _with_unheaded(layout: Layout, walk: TargetWalk) -> Layout:
    """A plan may state its targets in a paragraph before the first chapter, without a heading."""
    if layout.target_passages:
        return layout
    passages = []
    for paragraph in layout.paragraphs:
        if paragraph.marker is not None and paragraph.marker.rank <= CHAPTER:
            break
        if walk.strict(paragraph):
            passages.append(Passage(paragraph.start, paragraph.end))
    return Layout(layout.text, layout.paragraphs, passages)


def _elsewhere(layout: Layout, walk: TargetWalk) -> list[TargetDraft]:
    """Where no passage states targets: the statements among the tasks that are targets beyond doubt."""
    return [draft for paragraph in layout.paragraphs for draft in walk.strict(paragraph)]


def _without_repeats(drafts: Sequence[TargetDraft]) -> list[TargetDraft]:
    seen = set()
    kept = []
    for draft in drafts:
        said = (draft.indicator or draft.indicator_zh, draft.scope_zh, draft.kind, draft.value, draft.comparator)
        if draft.value is None or said not in seen:
            kept.append(draft)
        seen.add(said)
    return sorted(kept, key=lambda draft: (draft.char_start, draft.char_end))


def _title(normal: NormalText) -> str:
    for line in itertools.islice(re.finditer(r"[^\n]+", normal.text), 20):
        found = re.search(
            r"[^,。;:《》\"]{0,40}(?:工作要点|工作计划|行动计划|实施方案|工作方案|重点工作|工作安排)[^,。;:《》\"]{0,12}$",
            line[0],
        )
        if found and re.search(r"20\d\d|二[〇零]", line[0]):
            start, end = normal.span(line.start() + found.start(), line.start() + found.end())
            return "".join(normal.original[start:end].split())
    return ""


def read_words(words: str, names: Names, year: int, region_names: Sequence[str] = ()) -> list[TargetDraft]:
    """The targets that a few words state, taken by themselves as if they stood in a passage of targets."""
    normal = normalise(words)
    layout = layout_of(normal.text)
    whole = Layout(layout.text, layout.paragraphs, [Passage(0, len(normal.text))] if normal.text else [])
    return TargetWalk(normal, names, year, sorted(region_names, key=len, reverse=True)).passages(whole)
