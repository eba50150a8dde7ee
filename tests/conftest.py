"""What the tests share: where the reference material lies, and the published figures that ship with the demo."""

import csv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def published_figures() -> list[dict[str, str]]:
    """The figures that official publications print, as the demo ships them."""
    with (ROOT / "config/demo/published_figures.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference material beside the checkout; a user's machine does not have it."""
    if not SHARED.is_dir():
        pytest.skip("the reference material is not beside this checkout")
    return SHARED
