"""`python -m tests.services`: the marked tests again, on PostgreSQL and Redis, when these answer."""

from __future__ import annotations

import os
import sys
import tempfile

import psycopg2
import pytest
import redis

CHOSEN = ("-m", "(services or needs_services) and not long")
POSTGRES = (
    "postgres://postgres@127.0.0.1:5432/postgres",
    "postgres://postgres:postgres@127.0.0.1:5432/postgres",
)
REDIS = ("redis://127.0.0.1:6379/15",)


def answering_database() -> str | None:
    """The address of a database that answers: the one named, else one on the usual port."""
    named = os.environ.get("TEST_DATABASE_URL")
    for url in (named,) if named else POSTGRES:
        try:
            psycopg2.connect(url, connect_timeout=3).close()
        except psycopg2.Error:
            continue
        return url
    return None


def answering_redis() -> str | None:
    """The address of a Redis that answers."""
    named = os.environ.get("TEST_REDIS_URL")
    for url in (named,) if named else REDIS:
        try:
            redis.Redis.from_url(url, socket_connect_timeout=3).ping()
        except redis.RedisError:
            continue
        return url
    return None


def main() -> int:
    """Run the marked tests with both services, or say why not. Without services that is no failure, in CI it is."""
    database, broker = answering_database(), answering_redis()
    if database is None or broker is None:
        lacking = [name for name, url in (("PostgreSQL", database), ("Redis", broker)) if url is None]
        print(  # noqa: T201 this is what the command is for
            f"\n{' and '.join(lacking)} did not answer: the tests marked `services` ran on SQLite only. "
            "Start them on their usual ports, or set TEST_DATABASE_URL and TEST_REDIS_URL."
        )
        return 1 if os.environ.get("DABIAO_TEST_NO_SKIP") else 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DATABASE_URL": database,
            "REDIS_URL": broker,
            "SECRET_KEY": "only for tests",
            "ALLOWED_HOSTS": "localhost,testserver",
            "DABIAO_DATA_DIR": folder,
        }
        return int(pytest.main([*CHOSEN, "-n", "auto", "--dist", "loadgroup", "-p", "no:cacheprovider"]))


if __name__ == "__main__":
    sys.exit(main())
