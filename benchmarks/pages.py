"""Milliseconds a page of the demo, against its sign-in page; the monthly PDF, cold."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from django.contrib.auth.models import User
from django.test import Client

PAGES = {
    "yardstick sign-in": "/sign-in/",
    "overview": "/",
    "overview, another day (nothing stored)": "/?as_of=2021-08-17",
    "region 450000": "/regions/450000/",
    "target GX-08": "/targets/GX-08/",
}


def run() -> Iterator[str]:
    """Measure on a prepared demo."""
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(username="keshi"), backend="config.backends.RememberingBackend")
    for name, path in PAGES.items():
        yield f"page {name}: {_milliseconds(partial(client.get, path)):.0f} ms"
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


def _milliseconds(get: Callable[[], object]) -> float:
    get()
    times = []
    for _ in range(5):
        began = time.perf_counter()
        get()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000
