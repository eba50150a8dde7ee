"""Reading short texts by the shipped catalogue."""

from __future__ import annotations

from functools import cache

from goals.plan_reader import Names, Reading, TargetDraft, names_of, read_plan
from indicators.catalogue import indicator_definitions
from tests.goals.plan_reader.said import REGION, YEAR, Promise


@cache
def names() -> Names:
    """The catalogue as it ships."""
    return names_of([definition.model_dump() for definition in indicator_definitions().values()])


def read(text: str, year: int = YEAR, region: tuple[str, ...] = REGION) -> Reading:
    """A plan's text as read."""
    return read_plan(text, names(), year, region)


def in_a_plan(sentence: str) -> str:
    """A sentence where a plan states its targets."""
    return f"江城市2023年生态环境工作要点\n一、主要目标\n{sentence}\n二、重点任务\n(一)加强宣传。\n"


def promise(draft: TargetDraft) -> Promise:
    """A draft with a number, as the sentences spell promises."""
    assert draft.value is not None
    return Promise(
        draft.indicator or draft.indicator_zh,
        draft.scope_zh,
        draft.kind.value,
        draft.comparator,
        draft.value,
        draft.unit,
        draft.baseline_year,
        draft.approximate,
        draft.aspirational,
    )


def promises(text: str) -> list[Promise]:
    """What a text promises in numbers."""
    return [promise(draft) for draft in read(text).targets if draft.value is not None]
