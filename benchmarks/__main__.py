"""`python -m benchmarks`: all of them, on SQLite and, where it answers, on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from urllib.parse import urlsplit

import psycopg2

from tests.services import answering_database, answering_redis


def _say(lines: object) -> None:
    print(lines, flush=True)  # noqa: T201 a benchmark prints


def _inside(what: str) -> None:
    """Run one benchmark with Django set up; this process's settings are those of its environment."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from benchmarks import face, ingest, pages, plans, standards, steering

    runs = {
        "face": face.run,
        "ingest": ingest.run,
        "pages": pages.run,
        "plans": plans.run,
        "standards": standards.run,
        "steering": steering.run,
    }
    for line in runs[what]():
        _say(line)


def _outside(what: str, **environment: str) -> None:
    subprocess.run([sys.executable, "-m", "benchmarks", what], check=True, env={**os.environ, **environment})


def _on_postgresql() -> None:
    url, broker = answering_database(), answering_redis()
    if url is None or broker is None:
        _say("PostgreSQL and Redis did not answer: measured on SQLite only")
        return
    with tempfile.TemporaryDirectory() as folder:
        admin = psycopg2.connect(url)
        admin.autocommit = True
        admin.cursor().execute("DROP DATABASE IF EXISTS dabiao_bench")
        admin.cursor().execute("CREATE DATABASE dabiao_bench")
        environment = {
            "DATABASE_URL": urlsplit(url)._replace(path="/dabiao_bench").geturl(),
            "REDIS_URL": broker,
            "SECRET_KEY": "bench",
            "ALLOWED_HOSTS": "localhost",
            "DABIAO_DATA_DIR": folder,
        }
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True, env={**os.environ, **environment})
        _outside("ingest", **environment)
        admin.cursor().execute("DROP DATABASE dabiao_bench")
        admin.close()


def main() -> None:
    """Prepare a demo, then measure."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        environment = {**os.environ, "DABIAO_DATA_DIR": folder}
        subprocess.run(
            [sys.executable, "manage.py", "demo", "--no-server"], check=True, capture_output=True, env=environment
        )
        _say(f"demo prepared: {time.perf_counter() - began:.0f} s")
        _outside("standards", DABIAO_DATA_DIR=folder)
        _outside("plans", DABIAO_DATA_DIR=folder)
        _outside("pages", DABIAO_DATA_DIR=folder)
        _outside("face", DABIAO_DATA_DIR=folder)
        _outside("steering", DABIAO_DATA_DIR=folder)
        _outside("ingest", DABIAO_DATA_DIR=folder)
    _on_postgresql()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _inside(sys.argv[1])
    else:
        main()
