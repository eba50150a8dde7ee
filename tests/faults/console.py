"""`python -m tests.faults.console`: a process of an installation that does what it is told: a line of JSON for each
call, a line back when it is done. A call that fails ends it, with a traceback.

Starting Django for each command took most of the tests' time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import django
import orjson

from tests.faults.hand_in import hand_in


def manage(*arguments: str) -> None:
    """A management command."""
    from django.core.management import call_command

    call_command(*arguments)


def load_regions() -> None:
    """The administrative codes."""
    from provinces import services

    services.load_regions()


def sweep(waited_seconds: float | None) -> None:
    """What beat does each minute, for files that wait since so long; None: for the usual times."""
    from ingest import services, tasks

    waited = () if waited_seconds is None else (timedelta(seconds=waited_seconds),) * 2
    for pk in services.take_up_waiting(*waited):
        tasks.load_soon(pk)


def enqueue(submissions: Iterable[int]) -> None:
    """A task for each, in this order."""
    from ingest import tasks

    for pk in submissions:
        tasks.load_soon(pk)


def superuser(name: str, password: str) -> None:
    """An account that may do everything."""
    from django.contrib.auth.models import User

    User.objects.create_superuser(name, password=password)


CALLS: dict[str, Callable[..., None]] = {
    "manage": manage,
    "load_regions": load_regions,
    "hand_in": lambda folder, *how: hand_in(Path(folder), *how),
    "sweep": sweep,
    "enqueue": enqueue,
    "superuser": superuser,
}


def main() -> None:
    """Until the other end closes."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    sys.stdout = sys.stderr
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import connections

    for line in sys.stdin:
        name, arguments = orjson.loads(line)
        CALLS[name](*arguments)
        connections.close_all()  # the database may be stopped before the next call
        answers.write(b"done\n")


if __name__ == "__main__":
    main()
