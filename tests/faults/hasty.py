"""The application with a broker that takes a task for lost after a second: what a visibility time-out does to a load
that lasts longer."""

from __future__ import annotations

from config.celery import app

app.conf.broker_transport_options = {"visibility_timeout": 1}

__all__ = ["app"]
