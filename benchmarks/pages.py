"""Milliseconds a page of the demo, against its sign-in page; the monthly PDF, cold."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config import pages_ahead
from config.warming import warm_up
from memory.tables import MEMORIES

PAGES = {
    "yardstick sign-in": "/sign-in/",
    "overview": "/",
    "regions": "/regions/",
    "region": "/regions/450000/",
    "target by days": "/targets/GX-08/",
    "target by sections": "/targets/GX-10/",
    "target by figures": "/targets/GX-05/",
    "indicators": "/indicators/",
    "indicator": "/indicators/pm25_mean/",
    "sites": "/sites/",
    "site": "/sites/1/",
    "compare": "/compare/",
    "tasks": "/tasks/",
    "timeline": "/timeline/",
    "forecasts": "/forecasts/",
    "methods": "/methods/",
    "plans": "/plans/",
    "files": "/data/",
    "coverage": "/data/coverage/",
}
#: Days on which nobody judged anything, and one on which everything was judged.
_NEVER_JUDGED = [date(2021, 9, 28) - timedelta(days=days) for days in range(5)]
_JUDGED = date(2021, 8, 31)


def run() -> Iterator[str]:
    """Measure on a prepared demo."""
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(username="keshi"), backend="config.backends.RememberingBackend")
    for name, path in PAGES.items():
        get = partial(client.get, path)
        first = _once(get, _forget)
        kept = statistics.median(_once(get) for _ in range(5))
        other = [partial(client.get, f"{path}?as_of={day}") for day in _NEVER_JUDGED]
        never = statistics.median(_once(one) for one in other)
        with CaptureQueriesContext(connection) as asked:
            judged = _once(partial(client.get, f"{path}?as_of={_JUDGED}"))
        yield (
            f"page {name}: kept {kept:.0f} ms; another day, which was judged, {judged:.0f} ms, {len(asked)} queries, "
            f"which nobody judged {never:.0f} ms; with nothing remembered {first:.0f} ms"
        )
    yield from _as_served(client)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report.pdf"
        command = [sys.executable, "manage.py", "report", "--region", "450000", "--month", "2021-08", "--out", str(out)]
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        took, size = time.perf_counter() - began, out.stat().st_size / 1024
        yield f"PDF of 450000 2021-08, cold, with the start of Python: {took:.1f} s, {size:.0f} KB"
    began = time.perf_counter()
    subprocess.run([sys.executable, "manage.py", "check"], check=True, capture_output=True)
    yield f"yardstick `manage.py check`, the start alone: {time.perf_counter() - began:.1f} s"


def _as_served(client: Client) -> Iterator[str]:
    """Every page that is reached from the overview without choosing anything, asked for once, by a process that has
    just begun, after a worker has drawn what it draws ahead."""
    _forget()
    vars(pages_ahead).update(_QUIET_SECONDS=0, asked_lately=lambda: False)
    client.get("/")
    drawn = pages_ahead.draw_ahead() + sum(iter(pages_ahead.draw_ahead, 0))  # those looked at lately, then all others
    for memory in MEMORIES:
        memory.forget()
    warm_up()
    waiting, known = ["/"], {"/"}
    took: list[float] = []
    queries: list[int] = []
    while waiting:
        with CaptureQueriesContext(connection) as asked:
            began = time.perf_counter()
            answer = client.get(waiting.pop())
            milliseconds = (time.perf_counter() - began) * 1000
        if answer.status_code == HTTPStatus.OK and answer["Content-Type"].startswith("text/html"):
            took.append(milliseconds)
            queries.append(len(asked))
            links = {link for link in re.findall(r'href="(/[^"#?]*)"', answer.content.decode()) if _is_page(link)}
            waiting += sorted(links - known)
            known |= links
    percentile = sorted(took)[int(0.95 * len(took))]
    yield (
        f"{len(took)} pages, {drawn} drawn ahead, each asked for once: median {statistics.median(took):.1f} ms, "
        f"95th percentile {percentile:.0f}, at most {max(took):.0f}; queries: median {statistics.median(queries):.0f}, "
        f"at most {max(queries)}"
    )


_is_page = re.compile(r"/(?!static|admin|sign|i18n|figures|download|reports/.)").match


def _forget() -> None:
    cache.clear()
    for memory in MEMORIES:
        memory.forget()


def _once(get: Callable[[], object], before: Callable[[], None] | None = None) -> float:
    """Milliseconds."""
    if before is not None:
        before()
    began = time.perf_counter()
    get()
    return (time.perf_counter() - began) * 1000
