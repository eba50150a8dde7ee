"""(g) The register of air stations: code, name, city, longitude, latitude."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.readers.text import header_of, records
from ingest.tidy import Finding, RawSite, SiteTable

NAME = "site_register"


def recognises(text: str) -> bool:
    """By its columns code, name and city."""
    return {"code", "name", "city", "lon", "lat"} <= set(header_of(text))


def read(text: str, _name: str) -> SiteTable:
    """A table of stations."""
    return SiteTable(NAME, _rows(records(text, ("code", "name", "city", "lon", "lat"))))


def _rows(rows: Iterator[tuple[int, dict[str, str] | Finding]]) -> Iterator[RawSite | Finding]:
    for line, row in rows:
        if isinstance(row, Finding):
            yield row
        else:
            yield RawSite(line, row["code"], row["name"], row["city"], row["lon"], row["lat"])
