"""`python -m tests.faults.hand_in FOLDER`: receive every file of a folder and enqueue it, as the upload page does."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

import django


def main(folder: Path) -> None:
    """Each file is received in a transaction of its own and enqueued after it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import transaction

    from ingest import services, tasks

    for path in sorted(folder.iterdir()):
        with transaction.atomic():
            received = services.receive_file(path.name, path.read_bytes(), via="upload")
            if not received.duplicate:
                transaction.on_commit(partial(tasks.load_soon, received.submission.pk))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
