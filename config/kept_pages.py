"""Pages that change only when something stored changes are drawn once, and answered from the cache until then.

What a page shows follows from its address, the language, what its reader may do, the day, and the version of the data:
these are its key. Who reads it and the token of their forms are put in anew each time. A browser that has the page
already is told so (304) without it being fetched from the cache.
"""

from __future__ import annotations

import hashlib
import math
import re
import time
import zlib
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.html import escape
from django.utils.http import quote_etag
from django.utils.translation import get_language

from config.data_version import data_version, table_versions
from config.drawn_later import told_to_wait
from goals.standings import TooManyError, at_leisure, hurry
from indicators.selectors import late_sources
from memory.tables import know, known_versions

#: The pages, by the names of their addresses. What a page of this list shows may depend on nothing but its key.
KEPT = frozenset(
    (
        *("overview", "regions", "region", "target", "indicators", "indicator", "sites", "site", "compare", "search"),
        *("tasks", "task", "timeline", "forecasts", "methods", "plans", "plan_text", "next_year", "allocations"),
        *("submissions", "submission", "coverage", "reports"),
    )
)
SECONDS = 24 * 3600

_TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value=")[A-Za-z0-9]+')
_READER = re.compile(rb'(<span class="who">)[^<]*')
_TOKEN_HOLE, _NAME_HOLE = b"\0token\0", b"\0name\0"


class KeptPages:
    """The middleware; it stands after those that know who asks and in which language."""

    last_asked: ClassVar[float] = -math.inf  # by the process's own clock

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        KeptPages.last_asked = time.monotonic()
        with known_versions(), at_leisure():
            response = self.get_response(request)
        key = getattr(request, "kept_page_key", None)
        if key is not None and response.status_code == 200:
            keep(key, response)
            note_look(request)
            _mark(request, response, key)
        return response

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """The kept page, if there is one; else the view draws it, by what is remembered of the tables."""
        if not _shows_what_is_stored(request):
            return None
        versions = table_versions()
        know(versions)
        if "download" in request.GET or len(messages.get_messages(request)):
            return None
        key = page_key(request, data_version(versions))
        if request.headers.get("If-None-Match") == _tag(request, key):
            answer: HttpResponse = HttpResponseNotModified()
        else:
            packed = cache.get(key)
            if packed is None:
                cast(_Marked, request).kept_page_key = key
                hurry(True)
                return None
            answer = HttpResponse(_for_reader(request, zlib.decompress(packed)))
        _mark(request, answer, key)
        return answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Where too much has to be judged first, the page comes later, or takes its time."""
        key, match = getattr(request, "kept_page_key", None), request.resolver_match
        if key is None or match is None or not isinstance(exception, TooManyError):
            return None
        answer = told_to_wait(request, key, exception)
        if answer is None:
            hurry(False)
            answer = match.func(request, *match.args, **match.kwargs)
        return answer


def asked_lately() -> bool:
    """Whether somebody asked this process for a page in the last seconds."""
    return time.monotonic() - KeptPages.last_asked < 2


class _Marked(Protocol):
    kept_page_key: str


def _shows_what_is_stored(request: HttpRequest) -> bool:
    match = request.resolver_match
    return (
        request.method in ("GET", "HEAD")
        and match is not None
        and match.url_name in KEPT
        and request.user.is_authenticated
    )


def keep(key: str, response: HttpResponse) -> None:
    """Keep a page that was drawn."""
    cache.set(key, zlib.compress(_for_nobody(response.content), 1), SECONDS)


def _is_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page alone."""
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-Boosted")


# ---- who looked at what ---------------------------------------------------------------------------------------------


class Look(NamedTuple):
    """A page that was drawn for somebody, in a language."""

    path: str  # with what follows the question mark
    language: str
    user: int


#: So many looks are remembered, for so long: these pages are worth drawing before they are asked for.
MOST_LOOKS, _WEEK = 60, 7 * 24 * 3600


def looks() -> list[Look]:
    """The pages that were drawn for somebody lately, the latest last."""
    found: list[Look] = cache.get(_looks_key(), [])
    return found


def note_look(request: HttpRequest) -> None:
    """Remember a page that was drawn for somebody. Two at once may lose a look: the page is then drawn when it is
    asked for. What somebody searched for is hardly asked for again."""
    match, reader = request.resolver_match, request.user.pk
    if match is None or match.url_name == "search" or reader is None or _is_part(request):
        return
    look = Look(request.get_full_path(), get_language() or "", reader)
    cache.set(_looks_key(), [*(one for one in looks() if one != look), look][-MOST_LOOKS:], _WEEK)


def forget_look(look: Look) -> None:
    """It is not drawn again before somebody asks for it."""
    cache.set(_looks_key(), [one for one in looks() if one != look], _WEEK)


def _looks_key() -> str:
    return f"looks-{connection.settings_dict['NAME']}"


# ---- the key -------------------------------------------------------------------------------------------------------


def page_key(request: HttpRequest, version: str) -> str:
    """What a page is kept by, with the version of the data. The request knows its user; the language is the active
    one."""
    now = timezone.now()
    parts = (
        release(),
        connection.settings_dict["NAME"],
        version,
        timezone.localdate(now),
        late_by(now),
        get_language(),
        rights(request.user),
        request.get_full_path(),
        _is_part(request),
    )
    return "page-" + hashlib.sha256(repr(parts).encode()).hexdigest()


def late_by(now: datetime) -> list[int]:
    """The sources that are late by now: the one thing on a page that time alone changes."""
    return [source.pk for source in late_sources(now)]


def rights(user: User | AnonymousUser) -> tuple[str, ...]:
    """What a reader may do."""
    found = ("superuser",) if user.is_superuser else sorted(user.get_all_permissions())
    return (*found, f"staff {user.is_staff}")


def _for_nobody(content: bytes) -> bytes:
    """A page with holes where its reader's token and name stood. No text of ours can hold a NUL."""
    return _READER.sub(rb"\1" + _NAME_HOLE, _TOKEN.sub(rb"\1" + _TOKEN_HOLE, content))


def _for_reader(request: HttpRequest, content: bytes) -> bytes:
    name = escape(request.user.get_username()).encode()
    return content.replace(_TOKEN_HOLE, get_token(request).encode()).replace(_NAME_HOLE, name)


def _tag(request: HttpRequest, key: str) -> str:
    """Another reader, or the same one signed in anew, has other tokens in the same page."""
    if "CSRF_COOKIE" not in request.META:
        get_token(request)  # a new reader is given a secret
    reader = f"{key} {request.user.pk} {request.META.get('CSRF_COOKIE', '')}"
    return "W/" + quote_etag(hashlib.sha256(reader.encode()).hexdigest()[:32])


def _mark(request: HttpRequest, response: HttpResponse, key: str) -> None:
    response["ETag"] = _tag(request, key)
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ("Cookie", "Accept-Language"))


@lru_cache(maxsize=1)
def release() -> str:
    """What this installation is made of: another release draws its pages anew."""
    found = hashlib.sha256()
    for folder in (
        "memory",
        "provinces",
        "indicators",
        "goals",
        "charts",
        "evaluation",
        "config",
        "templates",
        "static",
        "locale",
    ):
        for path in sorted((Path(settings.BASE_DIR) / folder).rglob("*")):
            if path.suffix in (".py", ".html", ".svg", ".css", ".js", ".mo", ".csv", ".yaml", ".geojson"):
                stat = path.stat()
                found.update(f"{path} {stat.st_size} {stat.st_mtime_ns}".encode())
    return found.hexdigest()[:16]
