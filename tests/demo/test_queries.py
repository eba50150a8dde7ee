"""On the demo data every page takes ten queries at most when it is drawn: by a process that has just begun, and just
after something was written, whatever it was."""

from __future__ import annotations

import os
import subprocess
import sys

import orjson
import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.xdist_group("demo")
MOST = 10


@pytest.mark.parametrize("step", [50, pytest.param(5, marks=pytest.mark.long)])
def test_a_page_takes_ten_queries_at_most(demo, tmp_path, step):
    copy = demo.copied_to(tmp_path / "demo").folder
    names = ("DATABASE_URL", "REDIS_URL")
    environment = {name: value for name, value in os.environ.items() if name not in names}
    environment |= {"DABIAO_DATA_DIR": str(copy), "STEP": str(step), "SECRET_KEY": "x", "ALLOWED_HOSTS": "localhost"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.queries"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = orjson.loads(done.stdout)
    assert len(found) == 9
    assert min(min(counts.values()) for counts in found.values()) >= 3  # the session, its user, the tables' versions
    assert len(found["by a process that begins"]) > 1200 // step  # each as of another day, too
    over = {what: {path: n for path, n in counts.items() if n > MOST} for what, counts in found.items()}
    assert over == dict.fromkeys(found, {})
