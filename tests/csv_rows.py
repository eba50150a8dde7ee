"""Reading the project's reference tables."""

import csv
from pathlib import Path

HERE = Path(__file__).parent


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file below tests/, as text."""
    return list(csv.DictReader((HERE / name).read_text(encoding="utf-8").splitlines()))
