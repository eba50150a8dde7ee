"""One installation for all faults: they leave it as they found it, each with files of a month of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.faults.installation import REGISTER, Installation, can_be_installed


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Services of its own, one worker of two processes, a register loaded."""
    if not can_be_installed():
        if os.environ.get("DABIAO_TEST_NO_SKIP"):
            pytest.fail("initdb and redis-server are not on this machine")
        pytest.skip("initdb and redis-server are not on this machine")
    folder = tmp_path_factory.mktemp("installation")
    for path in (folder, *(parent for parent in folder.parents if "pytest-of" in str(parent))):
        path.chmod(0o755)  # the cluster's own user must get in
    built = Installation(folder)
    built.build()
    try:
        (folder / "stations.csv").write_text(REGISTER, encoding="utf-8")
        built.manage("ingest", str(folder / "stations.csv"))
        yield built
    finally:
        built.stop()
