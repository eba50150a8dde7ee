"""Pages that somebody looked at lately are drawn anew once the data have changed, before they are asked for again.

A worker does it, so that in the morning nobody waits for the night's data to be put together. A page that is asked for
earlier is drawn for who asks, as ever: nothing here decides what a page shows, or to whom.
"""

from __future__ import annotations

import io
import time
from urllib.parse import unquote_to_bytes

from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection
from django.http import Http404
from django.urls import resolve
from django.utils import timezone, translation

from config.data_version import data_version
from config.kept_pages import Look, forget_look, keep, late_by, looks, page_key

#: A turn takes no longer, as files wait for the same workers; the next one goes on.
_SECONDS_A_TURN = 5


def draw_ahead() -> int:
    """Draw what the last change, the night or a late source made old; returns how many pages were drawn.

    Called every few seconds. It ends where the data change meanwhile: while many files come in, a page a turn is drawn
    in vain at most.
    """
    busy = f"drawing-ahead-{connection.settings_dict['NAME']}"
    if not cache.add(busy, True, 60):
        return 0
    try:
        return _draw_all(f"drawn-{connection.settings_dict['NAME']}")
    finally:
        cache.delete(busy)


def _draw_all(done: str) -> int:
    now, version, began = timezone.now(), data_version(), time.monotonic()
    state = (version, timezone.localdate(now), late_by(now, version))
    if cache.get(done) == state:
        return 0
    drawn = 0
    for look in reversed(looks()):
        if time.monotonic() - began > _SECONDS_A_TURN or data_version() != version:
            return drawn
        drawn += _draw(look)
    cache.set(done, state, 24 * 3600)
    return drawn


def _draw(look: Look) -> bool:
    """Draw a page as its reader would get it, unless that was done; False for a reader who may not, or a page gone."""
    reader = User.objects.filter(pk=look.user).first()
    if reader is None:
        return False
    request = _request(look.path, reader)
    with translation.override(look.language):
        key = page_key(request)
        if cache.has_key(key):
            return False
        request.resolver_match = match = resolve(request.path_info)
        try:
            response = match.func(request, *match.args, **match.kwargs)
        except (PermissionDenied, Http404):
            return False
        except Exception:
            forget_look(look)  # it holds up no other: the next turn goes on without it
            raise
    if response.status_code == 200:
        keep(key, response)
    return bool(response.status_code == 200)


def _request(address: str, reader: User) -> WSGIRequest:
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
