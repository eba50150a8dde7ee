"""What was worked out for a picture, kept until the data that it rests on change.

The key carries when the evidence of the region last changed, so that nothing kept can be stale; a figure is worked
out again only because new data came, not because somebody wrote a note elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache import cache
from django.db import connection

from evaluation.progress import RULE_VERSION
from goals.evidence import EvidenceRoom, Subject

_T = TypeVar("_T")
_SECONDS = 24 * 3600


def kept(name: str, subject: Subject, room: EvidenceRoom, make: Callable[[], _T], *more: Any) -> _T:
    """What `make` gives for a subject as of the room's day; `name` and `more` tell what it is."""
    code = subject.region.code
    parts = (
        name, RULE_VERSION, connection.settings_dict["NAME"], code, subject.indicator.pk, subject.scope,
        subject.profile, subject.without_dust, room.changes[code], room.as_of, room.today, more,
    )  # fmt: skip
    key = "kept-" + hashlib.sha256(repr(parts).encode()).hexdigest()
    found: _T | None = cache.get(key)
    if found is None:
        found = make()
        cache.set(key, found, _SECONDS)
    return found
