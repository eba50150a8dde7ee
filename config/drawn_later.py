"""A page for which too much has to be judged first is drawn by a worker; who asks is told so, and gets it once it is
there.

Where no worker can be told, or none does it in time, it is drawn for who waits, however long that takes.
"""

from __future__ import annotations

import time

from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from kombu.exceptions import OperationalError

from goals.standings import TooManyError

DRAW_PAGE = "config.draw_page"
#: Who asks is told to wait for so long.
PATIENCE_SECONDS = 20
#: So long after the last look nobody waits any more; what a worker was told to draw, it is told again after so long.
_LOOK_SECONDS, _TOLD_SECONDS = 5, 60


def told_to_wait(request: HttpRequest, key: str, found: TooManyError) -> HttpResponse | None:
    """Have the page of that key drawn, and say so; None where nobody may be told to wait any more."""
    path, now = request.get_full_path(), time.time()
    waiting = f"waiting-{connection.settings_dict['NAME']}-{path}-{get_language()}-{request.user.pk}"
    since = float(cache.get(waiting, now))
    if now - since > PATIENCE_SECONDS:
        return None
    cache.set(waiting, since, _LOOK_SECONDS)
    if cache.add(f"told-{key}", True, _TOLD_SECONDS):
        try:
            current_app.send_task(DRAW_PAGE, (path, get_language(), request.user.pk))
        except OperationalError:
            return None
    if request.headers.get("HX-Request"):  # a part of a page cannot look again by itself
        return HttpResponse(status=202, headers={"HX-Redirect": path})
    answer = render(request, "later.html", {"count": found.count}, status=202)
    answer["Refresh"] = "1"
    return answer
