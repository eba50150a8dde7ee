"""English is complete: no string without its translation, none doubtful, the compiled file in step."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import polib
import pytest

from tests.conftest import ROOT

FOLDER = ROOT / "locale" / "en" / "LC_MESSAGES"
SOURCE = polib.pofile(str(FOLDER / "django.po"))
PLACE = re.compile(r"%\((\w+)\)")


def test_every_string_has_english_and_none_is_doubtful():
    lacking = [entry.msgid for entry in SOURCE if not entry.translated() or entry.fuzzy or entry.obsolete]
    assert lacking == []
    assert len(SOURCE) > 600


def test_english_keeps_the_places_and_has_no_chinese():
    for entry in SOURCE:
        for text in (entry.msgstr, *entry.msgstr_plural.values()):
            if text:
                assert set(PLACE.findall(text)) == set(PLACE.findall(entry.msgid)), entry.msgid
                assert not re.search(r"[\u4e00-\u9fff]", text.replace("南宁.csv", "")), text


@pytest.mark.parametrize(
    "path", sorted((ROOT / "locale").rglob("*.po")), ids=lambda path: f"{path.parts[-3]} {path.stem}"
)
def test_the_compiled_file_is_in_step(path):
    found, source = (
        {(entry.msgctxt, entry.msgid): (entry.msgstr, entry.msgstr_plural) for entry in file}
        for file in (polib.mofile(str(path.with_suffix(".mo"))), polib.pofile(str(path)))
    )
    assert found == source


def gettext_is_there() -> None:
    """Skip without gettext, except where nothing may be skipped."""
    if shutil.which("xgettext") is None:
        if os.environ.get("DABIAO_TEST_NO_SKIP"):
            pytest.fail("gettext is not installed")
        pytest.skip("gettext is not installed")


def test_every_string_of_the_sources_is_collected(tmp_path):
    gettext_is_there()
    copy = tmp_path / "copy"
    ignore = shutil.ignore_patterns(".venv", "var", ".git", "*_cache", "typings", "tests")
    shutil.copytree(ROOT, copy, ignore=ignore)
    done = subprocess.run(
        [sys.executable, "manage.py", "makemessages", "-l", "en", "--no-obsolete", "--add-location", "file"],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = polib.pofile(str(copy / "locale" / "en" / "LC_MESSAGES" / "django.po"))
    assert {(entry.msgctxt, entry.msgid) for entry in found} == {(entry.msgctxt, entry.msgid) for entry in SOURCE}
