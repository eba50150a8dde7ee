"""Settings come from the environment; what is missing stops the start and is named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from config.environment import REQUIRED_WHEN_SERVED, SettingMissingError, read_environment
from tests.conftest import ROOT

FULL = dict.fromkeys(REQUIRED_WHEN_SERVED, "x") | {"ALLOWED_HOSTS": "a.example, b.example"}


@pytest.mark.parametrize("name", REQUIRED_WHEN_SERVED)
def test_each_missing_setting_is_named(tmp_path, name):
    if name in ("DATABASE_URL", "REDIS_URL"):
        variables = {key: value for key, value in FULL.items() if key != name}
    else:
        variables = {**FULL, name: ""}
    with pytest.raises(SettingMissingError, match=name):
        read_environment(variables, tmp_path)


def test_served_takes_what_is_given(tmp_path):
    found = read_environment({**FULL, "DABIAO_DATA_DIR": str(tmp_path)}, Path("/nowhere"))
    assert (found.served, found.allowed_hosts, found.data_dir) == (True, ("a.example", "b.example"), tmp_path)


def test_embedded_makes_its_own_key_once(tmp_path):
    first, again = (read_environment({}, tmp_path) for _ in range(2))
    assert first.secret_key == again.secret_key
    assert not first.served
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o077 == 0


def test_a_start_in_production_without_a_key_stops_with_a_sentence(tmp_path):
    variables = {"DATABASE_URL": "postgres://x/y", "REDIS_URL": "redis://x", "DABIAO_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr
    assert "Set them" in done.stderr
