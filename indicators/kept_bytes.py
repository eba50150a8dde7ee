"""Bytes as they came: written whole or not at all, and held against their sha256 when they are read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.files.storage import default_storage


def keep_bytes(path: str, data: bytes) -> None:
    """Write the bytes whole or not at all: under another name first, and to the disk before the name is given.

    OSError when the disk is full; nothing has been noted then.
    """
    final = Path(default_storage.path(path))
    if final.exists() and final.stat().st_size == len(data):
        return
    final.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=final.parent, prefix=".part-", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(final)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise


def kept_bytes(path: str, sha256: str) -> bytes | None:
    """The bytes as they came; None when they are not there any more, or not the same."""
    try:
        with default_storage.open(path) as file:
            data: bytes = file.read()
    except FileNotFoundError:
        return None
    return data if hashlib.sha256(data).hexdigest() == sha256 else None
