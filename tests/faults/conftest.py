"""One installation for all faults: they leave it as they found it, each with files of a month of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.installation import REGISTER, Installation, can_be_installed


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """Services of its own and a register loaded; a folder of its own too, for pytest shuts its own to other users, and
    PostgreSQL does not run as root."""
    if not can_be_installed():
        if os.environ.get("DABIAO_TEST_NO_SKIP"):
            pytest.fail("initdb and redis-server are not on this machine")
        pytest.skip("initdb and redis-server are not on this machine")
    with tempfile.TemporaryDirectory(prefix="dabiao-installation-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        built = Installation(folder)
        built.build()
        try:
            (folder / "stations.csv").write_text(REGISTER, encoding="utf-8")
            built.manage("ingest", str(folder / "stations.csv"))
            yield built
        finally:
            built.stop()
