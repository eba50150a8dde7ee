"""A process reads what its pages have in common before it answers, so that nobody waits for it.

It draws a page of every kind as an administrator would get it and throws it away: what it read stays remembered
(`memory.tables`); then it reads the states of the last months' days and what else takes no choice, and draws the
regions. It ends when its time is over, and what fails here is only logged: the process answers.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from inspect import signature
from itertools import chain
from typing import cast

from django.conf import settings
from django.contrib.auth.models import User
from django.core.handlers.exception import convert_exception_to_response
from django.db import DatabaseError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation

from config.data_version import table_versions
from config.pages_ahead import OF_THE_FRAME, draw_for, request_of
from goals.judged_days import states_of
from goals.models import Plan, Target, Task
from goals.selectors import shown_date
from goals.standings import TooManyError, at_leisure, hurry
from indicators.catalogue import DAILY_STATISTICS
from indicators.models import Submission
from memory.tables import MEMORIES, Remembered, known_versions
from provinces.models import Site

#: Nobody waits longer for a process that begins.
SECONDS = 3
#: Of so many months the states of all targets are read.
MONTHS = 3

_log = logging.getLogger(__name__)


def warm_up() -> int:
    """Read what pages have in common; returns how many were drawn for it."""
    began, drawn = time.monotonic(), 0
    reader = User(is_superuser=True, is_staff=True)
    try:
        with known_versions(table_versions()), at_leisure(), translation.override(settings.LANGUAGE_CODE):
            hurry(True)  # what a worker would have to judge first is not judged here
            reads = chain(_drawing(_pages(), reader), _states_of_months(), _without_a_choice())
            for read in chain(reads, _drawing(_regions(), reader)):
                if time.monotonic() - began > SECONDS:
                    break
                drawn += read() is True
    except DatabaseError:
        _log.warning("nothing is remembered yet: the database does not answer", exc_info=True)
    return drawn


def _drawing(paths: Iterable[str], reader: User) -> Iterator[Callable[[], object]]:
    for path in paths:
        yield partial(_is_drawn, path, reader)


def _without_a_choice() -> Iterator[Callable[[], object]]:
    for memory in MEMORIES:
        if isinstance(memory, Remembered) and not signature(memory.read).parameters:
            yield memory


def _states_of_months() -> Iterator[Callable[[], object]]:
    """What changed in the week before a day is asked of any day of the last months."""
    day = shown_date()
    if day is not None:
        for month in range(MONTHS):
            yield partial(states_of, [day - timedelta(days=month * 31 + n) for n in range(31)])


def _is_drawn(path: str, reader: User) -> bool:
    answer = cast(HttpResponse, convert_exception_to_response(_draw)(request_of(path, reader)))
    return answer.status_code == HTTPStatus.OK


def _draw(request: HttpRequest) -> HttpResponse:
    """A page; one that cannot be drawn is an answer, too, and logged as any other."""
    try:
        return draw_for(request)
    except TooManyError:
        return HttpResponse(status=HTTPStatus.ACCEPTED)


def _pages() -> Iterator[str]:
    """The frame's pages, a search, the overview of a day and a week before, one page of every other kind."""
    day = shown_date()
    yield from map(reverse, OF_THE_FRAME)
    yield f"{reverse('search')}?q=a"
    if day is not None:
        yield from (f"{reverse('overview')}?as_of={day - timedelta(days=days)}" for days in (1, 7))
    plans = _shown_plans()
    targets = Target.objects.filter(plan__in=plans, status=Target.Status.APPROVED)
    daily = targets.filter(indicator__statistic__in=DAILY_STATISTICS)
    yield from _one("target", targets, "register_id")
    yield from _one("target", daily, "register_id")
    yield from _one("allocations", daily, "register_id")
    yield from _one("indicator", targets, "indicator")
    yield from _one("indicator", daily, "indicator")
    yield from _one("task", Task.objects.filter(plan__in=plans), "register_id")
    yield from _one("site", Site.objects.all(), "pk")
    yield from _one("submission", Submission.objects.all(), "pk")


def _regions() -> Iterator[str]:
    for region, year in _shown_plans().order_by("-region").values_list("region", "year"):
        yield reverse("region", args=[region]) + f"?year={year}"


def _shown_plans() -> QuerySet[Plan]:
    day = shown_date()
    return Plan.objects.all() if day is None else Plan.objects.filter(year=day.year)


def _one(name: str, rows: QuerySet[Model], key: str) -> Iterator[str]:
    yield from (reverse(name, args=[found]) for found in rows.values_list(key, flat=True)[:1])
