"""`python -m tests.faults.hand_in FOLDER [at-once N | only]`: receive every file of a folder and enqueue it, as the
upload page does; N times at once; or only receive it."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import django


def hand_in(folder: Path, how: str = "", times: str = "1") -> None:
    """Each file is received in a transaction of its own and enqueued after it."""
    from django.db import connection, transaction

    from ingest import services, tasks

    def receive(path: Path) -> None:
        with transaction.atomic():
            received = services.receive_file(path.name, path.read_bytes(), via="upload")
            if how != "only":
                transaction.on_commit(partial(tasks.load_soon, received.submission.pk))

    def receive_in_a_thread(path: Path) -> None:
        try:
            receive(path)
        finally:
            connection.close()

    for path in sorted(folder.iterdir()):
        if how == "at-once":
            with ThreadPoolExecutor(int(times)) as pool:
                list(pool.map(receive_in_a_thread, [path] * int(times)))
        else:
            receive(path)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    hand_in(Path(sys.argv[1]), *sys.argv[2:])
