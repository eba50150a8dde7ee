"""A Celery worker and beat as threads of the server process: the whole application without any service."""

from __future__ import annotations

import threading

from config.celery import app


def start_worker_and_beat() -> None:
    """Start both in the background; they end with the process.

    The tasks are known before either starts: a task module that another thread is just importing would be missed.
    """
    app.loader.import_default_modules()
    app.finalize()
    threading.Thread(target=_work, name="celery-worker", daemon=True).start()
    threading.Thread(target=_beat, name="celery-beat", daemon=True).start()


def _work() -> None:
    worker = app.Worker(
        pool="threads",
        concurrency=2,
        loglevel="WARNING",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()


def _beat() -> None:
    app.Beat(loglevel="WARNING", quiet=True).run()
