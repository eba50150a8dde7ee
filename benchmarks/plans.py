"""A plan of 200 KB read into drafts, against converting the same text to simplified characters alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import opencc

from goals.plan_reader import names_of, read_plan
from goals.version_selectors import catalogue_names
from tests.goals.plan_reader.said import sentences

_SIZE = 200 * 1024


def run() -> Iterator[str]:
    """The invented sentences, all of them passages of targets: denser than any plan."""
    words = "江城市2023年生态环境工作要点\n一、主要目标\n" + "\n".join(one.words for one in sentences()) + "\n"
    text = (words * (_SIZE // len(words.encode()) + 1)).encode()[:_SIZE].decode(errors="ignore")
    names = names_of(catalogue_names())
    ours = _best(lambda: read_plan(text, names, 2023, ("江城市",)))
    yardstick = _best(lambda: opencc.OpenCC("t2s").convert(text))
    found = read_plan(text, names, 2023, ("江城市",))
    yield (
        f"plan of {len(text.encode()) / 1024:.0f} KB: {ours:.2f} s for {len(found.targets)} different targets; "
        f"yardstick OpenCC {yardstick * 1000:.0f} ms"
    )
    yield f"the catalogue's names spelt out: {_best(lambda: names_of(catalogue_names())) * 1000:.0f} ms"


def _best(what: Callable[[], object]) -> float:
    took = []
    for _ in range(3):
        began = time.perf_counter()
        what()
        took.append(time.perf_counter() - began)
    return min(took)
