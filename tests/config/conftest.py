"""What the tests of kept pages share."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection

from indicators import stored_days
from memory import tables


@pytest.fixture
def remembering(monkeypatch) -> None:
    """A test is one transaction, in which nothing is remembered; here it is."""
    as_if_committed = SimpleNamespace(in_atomic_block=False, settings_dict=connection.settings_dict)
    monkeypatch.setattr(tables, "connection", as_if_committed)
    monkeypatch.setattr(stored_days, "connection", as_if_committed)
    monkeypatch.setattr(stored_days, "_remembered", stored_days._Remembered(400))


@pytest.fixture(autouse=True)
def _plain_static_files(settings) -> None:
    """Where everything is served, static files are collected first; here the pages do without."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
