"""The demo from nothing, once for all tests of this folder: asked by commands and by a real browser."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.conftest import ROOT


@dataclass(frozen=True)
class Demo:
    """A prepared demo in a folder of its own."""

    folder: Path
    cookies: dict[tuple[str, str], Any] = field(default_factory=dict)

    def copied_to(self, folder: Path) -> Demo:
        """A demo of its own, which a test may change; this one may be in use."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("*.sqlite3*"))
        with (
            closing(sqlite3.connect(self.folder / "dabiao.sqlite3")) as known,
            closing(sqlite3.connect(folder / "dabiao.sqlite3")) as here,
        ):
            known.backup(here)
        return Demo(folder)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a management command on it."""
        names = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS")
        kept = {name: value for name, value in os.environ.items() if name not in names}
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**kept, "DABIAO_DATA_DIR": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )

    def json(self, *arguments: str) -> Any:
        """The one JSON document that a command prints."""
        done = self.manage(*arguments)
        assert done.returncode == 0, done.stderr
        return orjson.loads(done.stdout)

    def visitor(self, browser: Any, address: str, name: str, **options: Any) -> Any:
        """A page of one of the demo's people, signed in; who came before comes back without a password."""
        cookies = self.cookies.get((address, name))
        context = browser.new_context(**options)
        if cookies is not None:
            context.add_cookies(cookies)
            return context.new_page()
        page = context.new_page()
        self.sign_in(page, address, name)
        kept = [cookie for cookie in context.cookies() if cookie["name"] == "sessionid"]
        self.cookies[address, name] = kept
        return page

    def sign_in(self, page: Any, address: str, name: str) -> None:
        """Sign in on a page as one of the demo's people."""
        lines = (self.folder / "demo_accounts.txt").read_text(encoding="utf-8").splitlines()
        password = next(line.split("\t")[2] for line in lines if line.split("\t")[1] == name)
        page.goto(f"{address}/sign-in/")
        page.fill("input[name=username]", name)
        page.fill("input[name=password]", password)
        page.click("main button")
        page.wait_for_load_state("networkidle")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Prepared once; the tests below only read it."""
    found = Demo(tmp_path_factory.mktemp("demo"))
    done = found.manage("demo", "--no-server")
    assert done.returncode == 0, done.stderr
    assert "http://127.0.0.1:8000/" in done.stdout
    assert "admin" in done.stdout
    return found


# ---- a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def address(demo: Demo) -> Iterator[str]:
    """The demo, served."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {**os.environ, "DABIAO_DATA_DIR": str(demo.folder)}
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS"):
        environment.pop(name, None)
    command = [sys.executable, "manage.py", "demo", "--address", place]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"http://{place}/sign-in/", timeout=2).close()
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.25)
        yield f"http://{place}"
        server.terminate()


@pytest.fixture(scope="module")  # its event loop must be gone before another test of this worker opens a database
def browser() -> Iterator[Any]:
    """Headless Chromium of the system."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("DABIAO_TEST_NO_SKIP"):
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """A signed-in page that remembers what went wrong."""

    page: Any
    address: str
    problems: list[str]

    def open(self, path: str) -> str:
        """The text of a page once its pictures are drawn."""
        self.page.goto(self.address + path)
        self.page.wait_for_load_state("networkidle")
        return self.page.inner_text("body")


@pytest.fixture
def visit(browser: Any, address: str, demo: Demo) -> Iterator[Visit]:
    page = demo.visitor(browser, address, "admin", locale="zh-CN", viewport={"width": 1366, "height": 768})
    found = Visit(page, address, [])
    page.on("console", lambda said: found.problems.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: found.problems.append(str(error)))
    page.on(
        "request",
        lambda asked: (
            found.problems.append(asked.url) if not asked.url.startswith((address, "data:", "blob:")) else None
        ),
    )
    page.on("response", lambda got: found.problems.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    yield found
    page.context.close()
