"""A whole installation in a folder: its own PostgreSQL cluster, its own Redis, its own workers; all may be killed."""

from __future__ import annotations

import http.cookiejar
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import psycopg2
import redis

ROOT = Path(__file__).parent.parent.parent

STATIONS = 60
REGISTER = "code,name,city,lon,lat,code_origin\n" + "".join(
    f"K{n:03d},站{n},{'衡阳' if n % 2 else '长沙'},,,x\n" for n in range(STATIONS)
)


def postgresql_programs() -> Path | None:
    """The folder of initdb and pg_ctl; Debian keeps them off the path."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((folder for folder in reversed(folders) if (folder / "initdb").exists()), None)


def can_be_installed() -> bool:
    """Whether this machine has the programs of both services."""
    return postgresql_programs() is not None and shutil.which("redis-server") is not None


class Installation:
    """Started and stopped piece by piece."""

    def __init__(self, folder: Path) -> None:
        programs = postgresql_programs()
        assert programs is not None
        self.folder = folder
        self._programs = programs
        self._cluster = folder / "postgresql"
        self._postgres_port, self._redis_port = _free_port(), _free_port()
        self._redis: subprocess.Popen[bytes] | None = None
        self._console: subprocess.Popen[bytes] | None = None
        self._workers: list[subprocess.Popen[bytes]] = []
        self.database_url = f"postgres://postgres@127.0.0.1:{self._postgres_port}/postgres"
        self.environment = {
            **os.environ,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": f"redis://127.0.0.1:{self._redis_port}/0",
            "SECRET_KEY": "only for tests",
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "DABIAO_DATA_DIR": str(folder / "data"),
            "PYTHONPATH": str(ROOT),
        }

    # ---- services ----

    def build(self) -> None:
        """Both services running, tables made, regions loaded."""
        self._cluster.mkdir(parents=True)
        self._postgres("initdb", "-D", str(self._cluster), "-U", "postgres", "-A", "trust", "--no-sync")
        with (self._cluster / "postgresql.conf").open("a", encoding="ascii") as settings:
            settings.write(f"port = {self._postgres_port}\nlisten_addresses = '127.0.0.1'\n")
            settings.write(f"unix_socket_directories = '{self._cluster}'\n")
        self.start_postgresql()
        self.start_redis()
        self.manage("migrate", "-v0")
        self.call("load_regions")

    def start_postgresql(self) -> None:
        log = str(self._cluster / "log")
        self._postgres("pg_ctl", "-D", str(self._cluster), "-l", log, "-w", "start")

    def crash_postgresql(self) -> None:
        """As if its power went: no shutdown, crash recovery at the next start."""
        self._postgres("pg_ctl", "-D", str(self._cluster), "-m", "immediate", "stop")

    def start_redis(self) -> None:
        self._redis = subprocess.Popen(
            ["redis-server", "--port", str(self._redis_port), "--save", "", "--bind", "127.0.0.1"],
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
        )
        client = redis.Redis(port=self._redis_port)
        self.wait(lambda: _answers(client), "Redis answers", 10)

    def stop_redis(self) -> None:
        """Gone, and all it held with it: nothing is on disk."""
        assert self._redis is not None
        self._redis.kill()
        self._redis.wait()

    def stop(self) -> None:
        """Everything."""
        self.kill_workers()
        self._end_console()
        self.stop_redis()
        self.crash_postgresql()

    def _end_console(self) -> None:
        if self._console is not None:
            self._console.communicate()  # its input ends, and so does it
            self._console = None

    # ---- workers ----

    def start_worker(self, processes: int = 2, app: str = "config", says: str = "ERROR") -> None:
        """A worker with that many processes, in a process group of its own."""
        # Below the pages, as docker compose starts it.
        command = ["nice", "-n", "10", sys.executable, "-m", "celery", "-A", app, "worker", "--loglevel", says]
        with (self.folder / "worker.log").open("ab") as log:
            worker = subprocess.Popen(
                [*command, "--concurrency", str(processes), "--without-gossip", "--without-mingle"],
                cwd=ROOT,
                env=self.environment,
                start_new_session=True,
                stdout=log,
                stderr=log,
            )
        self._workers.append(worker)

    def kill_workers(self) -> None:
        """kill -9, parents and children."""
        for worker in self._workers:
            with suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        self._workers = []

    def revive_workers(self) -> None:
        """What docker compose does: a worker that has given up is started again; the sweep finds what it dropped."""
        dead = [worker for worker in self._workers if worker.poll() is not None]
        for worker in dead:
            self._workers.remove(worker)
            self.start_worker()
        if dead:
            self.sweep()

    def kill_a_child(self, which: int) -> bool:
        """kill -9 of one process of a worker's pool; False when it has none just now."""
        children = [child for worker in self._workers for child in _children(worker.pid)]
        if not children:
            return False
        try:
            os.kill(children[which % len(children)], signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def kill_children(self) -> None:
        """kill -9 of every process of every pool; their parents start others."""
        for child in [child for worker in self._workers for child in _children(worker.pid)]:
            os.kill(child, signal.SIGKILL)

    # ---- questions and commands ----

    def call(self, name: str, *arguments: object) -> None:
        """One of the calls of tests.faults.console. AssertionError with the end of its log when it fails."""
        if self._console is None:
            command = [sys.executable, "-m", "tests.faults.console"]
            with (self.folder / "console.log").open("wb") as log:
                self._console = subprocess.Popen(
                    command, cwd=ROOT, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
                )
        assert self._console.stdin is not None
        assert self._console.stdout is not None
        self._console.stdin.write(orjson.dumps([name, arguments]) + b"\n")
        self._console.stdin.flush()
        if not self._console.stdout.readline():
            self._end_console()
            raise AssertionError((self.folder / "console.log").read_text(encoding="utf-8")[-4000:])

    def manage(self, *arguments: str) -> None:
        """A management command."""
        self.call("manage", *arguments)

    def hand_in(self, folder: Path, *how: str) -> None:
        """As the upload page: received, then enqueued. `how`: see tests.faults.hand_in."""
        self.call("hand_in", str(folder), *how)

    def hand_in_beside(self, folder: Path) -> subprocess.Popen[bytes]:
        """The same, while the caller goes on."""
        command = [sys.executable, "-m", "tests.faults.hand_in", str(folder)]
        return subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL)

    @contextmanager
    def served(self) -> Iterator[str]:
        """The pages by two gunicorn processes, as docker compose serves them."""
        port = _free_port()
        self.manage("collectstatic", "--no-input", "-v0")
        command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
        with (self.folder / "server.log").open("ab") as log:
            server = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        address = f"http://127.0.0.1:{port}"
        try:
            self.wait(lambda: _serves(f"{address}/sign-in/"), "the sign-in page", 60)
            yield address
        finally:
            server.terminate()
            server.wait()

    def signed_in(self, address: str) -> Callable[[str], str]:
        """A browser of an administrator: path -> page."""
        self.call("superuser", "chief", "only-tests")
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        page = browser.open(f"{address}/sign-in/").read().decode()
        token = page.split('name="csrfmiddlewaretoken" value="', 1)[1].split('"', 1)[0]
        form = {"csrfmiddlewaretoken": token, "username": "chief", "password": "only-tests"}
        referer = {"Referer": f"{address}/sign-in/"}
        browser.open(urllib.request.Request(f"{address}/sign-in/", urllib.parse.urlencode(form).encode(), referer))
        return lambda path: str(browser.open(address + path, timeout=10).read().decode())

    def sweep(self, waited_seconds: float | None = 0) -> None:
        """What beat does each minute, now, for files that wait since so long; None: for the usual times."""
        self.call("sweep", waited_seconds)

    def enqueue(self, submissions: Iterable[int]) -> None:
        """A task for each, in this order."""
        self.call("enqueue", list(submissions))

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Nobody else reads or writes the table meanwhile."""
        connection = psycopg2.connect(self.database_url)
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield
        finally:
            connection.rollback()
            connection.close()

    @contextmanager
    def small_disk(self, kibibytes: int) -> Iterator[SmallDisk]:
        """A file system of its own of that size, which the database may write."""
        disk = SmallDisk(self.folder / "small")
        disk.mount(kibibytes)
        try:
            yield disk
        finally:
            disk.unmount()

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the database, by a connection of its own."""
        connection = psycopg2.connect(self.database_url)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.commit()
            connection.close()

    def ask_alone(self, sql: str) -> None:
        """A statement that PostgreSQL wants outside of a transaction."""
        connection = psycopg2.connect(self.database_url)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
        finally:
            connection.close()

    def worker_log(self) -> str:
        """What the workers said."""
        return (self.folder / "worker.log").read_text(encoding="utf-8", errors="replace")

    def database_log(self) -> str:
        """What PostgreSQL said."""
        return (self._cluster / "log").read_text(encoding="utf-8", errors="replace")

    @contextmanager
    def data_in(self, folder: Path) -> Iterator[None]:
        """The bytes of files are kept there meanwhile."""
        usual = self.environment["DABIAO_DATA_DIR"]
        self._end_console()
        self.environment["DABIAO_DATA_DIR"] = str(folder)
        try:
            yield
        finally:
            self._end_console()
            self.environment["DABIAO_DATA_DIR"] = usual

    def waiting(self) -> int:
        """How many files are received and not read."""
        return int(self.ask("SELECT count(*) FROM indicators_submission WHERE state = 'received'")[0][0])

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Until the condition holds; AssertionError after so many seconds."""
        limit = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < limit, f"not within {seconds} s: {what}"
            time.sleep(0.05)

    def _postgres(self, program: str, *arguments: str) -> None:
        """PostgreSQL refuses to run as root: then as the user postgres."""
        command = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:
            shutil.chown(self._cluster, "postgres")
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


@dataclass(frozen=True)
class SmallDisk:
    """A file system in memory; only root may make one."""

    folder: Path

    def mount(self, kibibytes: int) -> None:
        self.folder.mkdir(exist_ok=True)
        self._run("mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", str(self.folder))
        shutil.chown(self.folder, "postgres")

    def grow(self, kibibytes: int) -> None:
        self._run("mount", "-o", f"remount,size={kibibytes}k", str(self.folder))

    def unmount(self) -> None:
        self._run("umount", str(self.folder))

    def _run(self, *command: str) -> None:
        subprocess.run(command, check=True, capture_output=True)


def may_mount() -> bool:
    """Whether this process may make a file system."""
    with tempfile.TemporaryDirectory() as folder:
        disk = SmallDisk(Path(folder) / "try")
        try:
            disk.mount(64)
        except (OSError, LookupError, subprocess.CalledProcessError):
            return False
        disk.unmount()
    return True


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def _serves(address: str) -> bool:
    try:
        return bool(urllib.request.urlopen(address).status == 200)
    except OSError:
        return False


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except OSError:
            continue
    return found


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
