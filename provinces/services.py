"""Writing regions and sites."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime
from importlib import resources

from django.db import transaction

from provinces.models import Evidence, EvidenceChange, Region


@transaction.atomic
def load_regions() -> int:
    """Bring the table of regions in step with `data/regions.csv`; returns how many rows are new or changed.

    Aliases that a bureau added stay.
    """
    text = resources.files("provinces").joinpath("data", "regions.csv").read_text(encoding="utf-8")
    rows = [
        Region(
            code=row["code"],
            name=row["name"],
            short_name=row["short_name"],
            name_en=row["name_en"],
            level=row["level"],
            parent_id=row["parent"] or None,
            counts_as_city=row["counts_as_city"] == "true",
            aliases=[alias for alias in row["aliases"].split(";") if alias],
        )
        for row in csv.DictReader(text.splitlines())
    ]
    added = dict(Region.objects.values_list("code", "aliases"))
    for region in rows:
        region.aliases = list(dict.fromkeys([*region.aliases, *added.get(region.code, [])]))
    rows.sort(key=lambda region: list(Region.Level).index(Region.Level(region.level)))  # parents first
    fields = ["name", "short_name", "name_en", "level", "parent_id", "counts_as_city", "aliases"]
    stored = {region.code: region for region in Region.objects.all()}
    changed = [
        row
        for row in rows
        if row.code not in stored or any(getattr(row, f) != getattr(stored[row.code], f) for f in fields)
    ]
    Region.objects.bulk_create(
        changed,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[field.removesuffix("_id") for field in fields],
    )
    return len(changed)


ALL_EVIDENCE: tuple[Evidence, ...] = ("air", "water", "figures")


def note_changed_evidence(codes: Iterable[str], at: datetime, kinds: Iterable[Evidence] = ALL_EVIDENCE) -> None:
    """Remember that data of these regions changed, and with them the figures of every region above."""
    changed = {f"{kind}_changed_at": at for kind in kinds}
    if not changed:
        return
    affected = set(codes)
    above = affected
    while above:
        above = set(Region.objects.filter(children__in=above).values_list("code", flat=True).distinct()) - affected
        affected |= above
    # one statement in one order, so that two workers never wait for each other
    rows = [EvidenceChange(region_id=code, **changed) for code in sorted(affected)]
    EvidenceChange.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["region"], update_fields=list(changed)
    )
