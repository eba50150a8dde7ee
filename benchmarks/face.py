"""The cached overview under load, and from a press to its figure; then the pages at the size of the country."""

from __future__ import annotations

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page


_SECONDS, _CLIENTS = 8, 8

# ---- under load ----------------------------------------------------------------------------------------------------


def load(data: Path) -> Iterator[str]:
    """Requests a second on the cached overview of the demo, by gunicorn with two workers; the sign-in page beside."""
    with _served(data) as port:
        cookie = _signed_in(port, data)
        for name, path in (
            ("yardstick sign-in", "/sign-in/"),
            ("cached overview", "/"),
            ("cached target", "/targets/GX-08/"),
        ):
            yield f"gunicorn, 2 workers: {name} {_rate(port, path, cookie):.0f} requests/s"
        tag = _get(port, "/", cookie)[1].get("etag", "")
        rate = _rate(port, "/", cookie, {"If-None-Match": tag})
        yield f"gunicorn, 2 workers: unchanged overview (304) {rate:.0f} requests/s"


@contextmanager
def _served(data: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "config.wsgi",
        "-w",
        "2",
        "-b",
        f"127.0.0.1:{port}",
        "--log-level",
        "error",
    ]
    with subprocess.Popen(command, env={**os.environ, "DABIAO_DATA_DIR": str(data)}) as server:
        for _ in range(100):
            try:
                _get(port, "/sign-in/", "")
                break
            except OSError:
                time.sleep(0.1)
        try:
            yield port
        finally:
            server.terminate()


def _get(port: int, path: str, cookie: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers={"Cookie": cookie, "Host": "localhost", **(headers or {})})
    answer = connection.getresponse()
    found = {name.lower(): value for name, value in answer.getheaders()}
    return answer.status, found, answer.read()


def _signed_in(port: int, data: Path) -> str:
    lines = [line.split("\t") for line in (data / "demo_accounts.txt").read_text(encoding="utf-8").splitlines()]
    password = next(line[2] for line in lines if line[1] == "keshi")
    _status, headers, body = _get(port, "/sign-in/", "")
    crumb = headers["set-cookie"].split(";")[0]
    token = re.search(rb'csrfmiddlewaretoken" value="(\w+)"', body)
    assert token is not None
    connection = HTTPConnection("127.0.0.1", port)
    form = f"username=keshi&password={password}&csrfmiddlewaretoken={token[1].decode()}"
    headers_out = {"Cookie": crumb, "Host": "localhost", "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/sign-in/", form, headers_out)
    answer = connection.getresponse()
    assert answer.status == 302, answer.status
    given = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    return "; ".join(given)


def _rate(port: int, path: str, cookie: str, headers: dict[str, str] | None = None) -> float:
    """Requests a second of clients on the same cores: by wrk where it is installed, else by threads of our own."""
    _get(port, path, cookie)
    given = {"Cookie": cookie, "Host": "localhost", **(headers or {})}
    wrk = shutil.which("wrk")
    if wrk is not None:
        options = [option for name, value in given.items() for option in ("-H", f"{name}: {value}")]
        command = [wrk, "-t1", f"-c{_CLIENTS}", f"-d{_SECONDS}s", *options, f"http://127.0.0.1:{port}{path}"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = re.search(r"Requests/sec:\s+([\d.]+)", said)
        assert found is not None, said
        assert path == "/sign-in/" or "Non-2xx" not in said, said
        return float(found[1])
    return _by_threads(port, path, cookie, headers)


def _by_threads(port: int, path: str, cookie: str, headers: dict[str, str] | None) -> float:
    counts = [0] * _CLIENTS
    end = time.perf_counter() + _SECONDS

    def ask(place: int) -> None:
        while time.perf_counter() < end:
            status, _headers, _body = _get(port, path, cookie, headers)
            assert status in (200, 302, 304), status
            counts[place] += 1

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / _SECONDS


#: What is pressed where, and the figure that then is another one.
_PRESSES = (
    ("a target, the day before", "/targets/GX-08/", ".step a", "#fig-budget .plot"),
    ("sections, the day before", "/targets/GX-10/", ".step a", "#fig-months .plot"),
    ("a region, the day before", "/regions/450000/", ".step a", "#ranking table"),
    ("the overview, the day before", "/", ".step a", "table.matrix"),
    ("a site, the month before", "/sites/1/", ".step a", "#fig-hours .plot"),
)
#: Presses it and waits for another figure than stood there: milliseconds, by the page's own clock.
_PRESS = """([pressed, figure]) => new Promise((done) => {
  const drawn = () => {  // a picture says which drawing it is, and stays the same element; a table is another one
    const now = document.querySelector(figure);
    return now?.matches(".plot") ? now.querySelector(".main-svg .trace") && now.dataset.drawn : now;
  };
  const before = drawn(), address = location.href, began = performance.now();
  const look = () => {
    const now = drawn();
    if (now && now !== before && location.href !== address) done(performance.now() - began);
    else requestAnimationFrame(look);
  };
  document.querySelector(pressed).click();
  look();
})"""


#: Milliseconds for which somebody looks at a figure before pressing again; meanwhile the page draws its other figures.
_LOOK = 700


def _press(page: Page, pressed: str, figure: str, pause_ms: int) -> float:
    page.wait_for_timeout(pause_ms)
    return float(page.evaluate(_PRESS, [pressed, figure]))


def interaction(data: Path) -> Iterator[str]:
    """From a press to its figure, in headless Chromium: where nobody had pressed it before, and when it is kept."""
    path = shutil.which("chromium")
    if path is None:
        yield "Chromium is not installed: no time from a press to a figure"
        return
    from playwright.sync_api import sync_playwright

    with _served(data) as port, sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        context = chromium.new_context(locale="zh-CN", viewport={"width": 1366, "height": 860})
        name, _equals, value = _session(_signed_in(port, data))
        context.add_cookies([{"name": name, "value": value, "url": f"http://localhost:{port}"}])
        page = context.new_page()
        for label, address, pressed, figure in _PRESSES:
            found = []
            for _ in ("worked out anew", "kept"):
                page.goto(f"http://localhost:{port}{address}")
                page.wait_for_selector(f"{figure}[data-drawn]" if figure.endswith(".plot") else figure)
                for pause in (_LOOK, 0):
                    times = [_press(page, pressed, figure, pause) for _ in range(6)]
                    found.append(f"{statistics.median(times):.0f} ms (at most {max(times):.0f})")
            yield (
                f"from a press to its figure, {label}: worked out anew {found[0]}, at once after the one before "
                f"{found[1]}; kept {found[2]}, at once {found[3]}"
            )
        chromium.close()


def _session(cookies: str) -> tuple[str, str, str]:
    found = next(cookie for cookie in cookies.split("; ") if cookie.startswith("sessionid="))
    return found.partition("=")


def run() -> Iterator[str]:
    """All of it; the large database in a process of its own."""
    data = Path(os.environ["DABIAO_DATA_DIR"])
    yield from load(data)
    yield from interaction(data)
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.country"],
            env={**environment, "DABIAO_DATA_DIR": folder},
            capture_output=True,
            text=True,
            check=True,
        )
        yield from done.stdout.splitlines()
