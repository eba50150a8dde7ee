"""How names of places are compared; pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache


@lru_cache(maxsize=50_000)
def normalise(name: str) -> str:
    """A name as it is compared: NFKC (full-width brackets become plain), without any white space."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name))
