"""Pages are drawn anew once the data have changed, before they are asked for again.

A worker does it, so that in the morning nobody waits for the night's data to be put together: first the pages that
somebody looked at lately, then, when all is quiet, every page that a reader reaches without choosing anything. A page
that is asked for earlier is drawn for who asks, as ever: nothing here decides what a page shows, or to whom.
"""

from __future__ import annotations

import io
import math
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve, reverse
from django.utils import timezone, translation

from config.data_version import data_version, table_versions
from config.kept_pages import Look, asked_lately, forget_look, keep, late_by, looks, page_key, rights
from goals.dashboard.choice import LEVELS, level_of
from goals.dashboard.overview import MONTH, MOST_ROWS
from goals.days import shown_day, shown_year
from goals.models import Plan, Target, Task
from goals.selectors import in_plan_order
from goals.timeline import PLANS_A_PAGE
from indicators.catalogue import DAILY_STATISTICS, DOMAINS
from memory.tables import known_versions
from provinces.models import Site

#: A turn takes no longer, as files wait for the same workers; the next one goes on.
_SECONDS_A_TURN = 5
#: Pages that nobody asked for are drawn when nothing has changed for so long.
_QUIET_SECONDS = 20
#: So many of them, for so many kinds of readers.
_MOST_UNASKED, _MOST_KINDS = 1000, 4
_DAY = 24 * 3600


def draw_ahead() -> int:
    """Draw what the last change, the night or a late source made old; returns how many pages were drawn.

    Called every few seconds. It ends where the data change meanwhile: while many files come in, a page a turn is drawn
    in vain at most.
    """
    busy = _named("drawing-ahead")
    if not cache.add(busy, True, 60):
        return 0
    try:
        return _draw_all()
    finally:
        cache.delete(busy)


def _draw_all() -> int:
    now, versions = timezone.now(), table_versions()
    version = data_version(versions)
    with known_versions(versions):
        state = (version, timezone.localdate(now), late_by(now))
    last: _Round = cache.get(_named("drawn")) or _Round(None)
    if last.is_done and last.state == state:
        return 0
    if last.state == state:
        return _draw_unasked(last, version)
    drawn, whole = _draw_asked(version)
    if whole:
        cache.delete_many(last.unasked)  # of a version that nobody can ask for any more
        _keep_round(_Round(state, time.time()))
    return drawn


class _Round(NamedTuple):
    """How far the pages of a state of the data are drawn."""

    state: Any
    since: float = 0.0
    unasked: tuple[str, ...] = ()  # the keys of the pages that nobody asked for
    settled: frozenset[Look] = frozenset()  # those that were drawn, were there already, or cannot be drawn
    is_done: bool = False


def _keep_round(now: _Round) -> None:
    cache.set(_named("drawn"), now, _DAY)


def _draw_asked(version: str) -> tuple[int, bool]:
    """Draw the pages that were looked at lately, the latest first: how many, and whether there was time for all."""
    began, drawn = time.monotonic(), 0
    for look in reversed(looks()):
        if time.monotonic() - began > _SECONDS_A_TURN or data_version() != version:
            return drawn, False
        try:
            drawn += bool(draw(look))
        except Exception:
            forget_look(look)  # it holds up no other: the next turn goes on without it
            raise
    return drawn, True


def _draw_unasked(last: _Round, version: str) -> int:
    """Draw the pages that nobody asked for, if all is quiet. The demo is a single process: who asks it for a page goes
    first."""
    if time.time() - last.since < _QUIET_SECONDS:
        return 0
    began, keys, settled, is_done = time.monotonic(), list(last.unasked), set(last.settled), False
    try:
        for look in _unasked():
            if look in settled:
                continue
            if time.monotonic() - began > _SECONDS_A_TURN or data_version() != version or asked_lately():
                break
            settled.add(look)  # one that cannot be drawn holds up no other
            keys += draw(look)
        else:
            is_done = True
    finally:
        _keep_round(last._replace(unasked=tuple(keys), settled=frozenset(settled), is_done=is_done))
    return len(keys) - len(last.unasked)


def draw(look: Look) -> list[str]:
    """Draw a page as its reader would get it: its key, unless it is there, or its reader may not see it, or it is
    gone."""
    reader = User.objects.filter(pk=look.user).first()
    if reader is None:
        return []
    request, versions = request_of(look.path, reader), table_versions()
    with translation.override(look.language), known_versions(versions):
        key = page_key(request, data_version(versions))
        if cache.has_key(key):
            return []
        try:
            response = draw_for(request)
        except (PermissionDenied, Http404):
            return []
    if response.status_code != 200:
        return []
    keep(key, response)
    return [key]


def draw_for(request: HttpRequest) -> HttpResponse:
    """The page that is asked for, in the active language."""
    request.resolver_match = match = resolve(request.path_info)
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response


def request_of(address: str, reader: User) -> WSGIRequest:
    """What a browser of a reader would ask for at an address."""
    path, _mark, query = address.partition("?")
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),  # as WSGI has it
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.input": io.BytesIO(),
        }
    )
    request.user = reader
    return request


def _named(what: str) -> str:
    return f"{what}-{connection.settings_dict['NAME']}"


# ---- pages that nobody asked for -------------------------------------------------------------------------------------

#: The pages of the frame, by the names of their addresses.
OF_THE_FRAME = (
    *("overview", "regions", "indicators", "sites", "compare", "tasks", "timeline", "forecasts", "methods", "plans"),
    *("submissions", "coverage", "reports"),
)


def _unasked() -> Iterator[Look]:
    """The pages that are reached without choosing anything, for a reader of each kind who looked at any lately."""
    readers: dict[tuple[str, tuple[str, ...]], User] = {}
    users = User.objects.in_bulk({look.user for look in looks()})
    for look in looks():
        if look.user in users:
            readers[look.language, rights(users[look.user])] = users[look.user]
    kinds = list(readers.items())[-_MOST_KINDS:]
    for (language, _rights), reader in reversed(kinds):
        for path in islice(_addresses(reader), _MOST_UNASKED):
            yield Look(path, language, reader.pk)


def _addresses(reader: User) -> Iterator[str]:
    """The pages of the frame, and the overview of the days of the last month; of the year that they show the levels
    and domains, indicators, regions, targets, tasks; the sites. Of the regions the day before, too: that step is taken
    most often, and it may have to judge every target. What many regions have in common comes before what each of them
    has: of a country's pages not all are drawn.
    """
    yield from map(reverse, OF_THE_FRAME)
    front = request_of(reverse("overview"), reader)
    shown = shown_day(front)
    year = shown_year(front, shown)
    if shown.day is not None:
        yield from (f"{reverse('overview')}?as_of={shown.day - timedelta(days=n)}" for n in range(1, MONTH + 1))
    plans = Plan.objects.filter(year=year or 0)
    targets = in_plan_order(Target.objects.filter(plan__in=plans, status=Target.Status.APPROVED))
    if shown.day is not None:
        chosen = _choices(plans, targets)
        yield from (f"{reverse('overview')}?year={year}&{choice}&as_of={shown.day}" for choice in chosen)
    daily = targets.filter(indicator__statistic__in=DAILY_STATISTICS)
    regions = list(plans.order_by("-region").values_list("region", flat=True))
    for name, most in (("overview", MOST_ROWS), ("regions", MOST_ROWS), ("timeline", PLANS_A_PAGE)):
        yield from (f"{reverse(name)}?page={n}" for n in range(2, math.ceil(len(regions) / most) + 1))
    yield from _each("indicator", targets.order_by("indicator").values_list("indicator", flat=True).distinct())
    yield from _each("region", regions)
    if shown.before is not None:
        yield from (f"{address}?as_of={shown.before}" for address in _each("region", regions))
    for region in regions:
        yield reverse("plan_text", args=[region, year])
        yield reverse("next_year", args=[region, year])
    yield from _each("target", targets.values_list("register_id", flat=True))
    yield from _each("allocations", daily.values_list("register_id", flat=True))
    yield from _each(
        "task", Task.objects.filter(plan__in=plans).order_by("plan", "order").values_list("register_id", flat=True)
    )
    yield from _each("site", Site.objects.order_by("pk").values_list("pk", flat=True))


def _choices(plans: QuerySet[Plan], targets: QuerySet[Target]) -> Iterator[str]:
    """The choices of a level or a domain alone, as the overview's form says them."""
    levels = {level_of(plan.region) for plan in plans.select_related("region").only("region")}
    yield from (f"level={level}" for level in LEVELS if level in levels and len(levels) > 1)
    domains = set(targets.order_by().values_list("domain", flat=True).distinct())
    yield from (f"domain={domain}" for domain in DOMAINS if domain in domains)


def _each(name: str, found: Sequence[Any] | QuerySet[Any, Any]) -> Iterator[str]:
    return (reverse(name, args=[argument]) for argument in found[:_MOST_UNASKED])
