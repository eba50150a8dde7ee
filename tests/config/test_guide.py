"""The guide and the READMEs: their words are those of the script, their pictures and links are there."""

from __future__ import annotations

import importlib.util
import re

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def guide():
    spec = importlib.util.spec_from_file_location("guide", ROOT / "docs" / "guide.py")
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["guide"] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_guide_says_what_the_script_would_write(guide, language):
    assert guide.file(language).read_text(encoding="utf-8") == guide.text(language)


def test_every_step_has_words_and_a_picture_in_both_languages(guide):
    for step in guide.STEPS:
        for language in ("zh", "en"):
            title, words = step.words(language)
            assert title
            assert len(words) > 20
            picture = ROOT / "docs" / "guide" / f"{step.name}.{language}.png"
            assert picture.read_bytes().startswith(b"\x89PNG"), picture


@pytest.mark.parametrize("name", ["README.md", "README.zh.md", "docs/guide.md", "docs/guide.en.md", "docs/design.md"])
def test_links_lead_somewhere(name):
    file = ROOT / name
    links = re.findall(r"\]\(([^)#:]+)\)", file.read_text(encoding="utf-8"))
    assert [link for link in links if not (file.parent / link).exists()] == []
