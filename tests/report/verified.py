"""Outcomes of a verification for tests, and the verification.json that they make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from onedrive.home.verification import BAD, ItemClass, VerificationFacts, VerifiedItem, write_verification

WHEN = "2026-11-24T05:42:10Z"


def verified(
    path: str,
    item_class: ItemClass = ItemClass.PROVEN,
    *,
    kind: str = "photos",
    day: str = "2023-08-02",
    **changes: object,
) -> VerifiedItem:
    """An item at OneDrive's path, kept at the same place here."""
    item = VerifiedItem(
        id=f"id-of-{path}",
        drive_id="the-drive-id",
        path=path,
        local_path=path.removeprefix("/"),
        size_bytes=1500,
        etag="an-etag",
        ctag="a-ctag",
        hash="a-hash",
        item_class=item_class,
        when=WHEN,
        kind=kind,
        day=day,
    )
    return replace(item, **changes)  # type: ignore[arg-type]  # fields by name, as the caller wrote them


def write_verified(home: Path, items: Iterable[VerifiedItem], **changes: object) -> VerificationFacts:
    """Leave a verification.json of these items, with figures that agree with them."""
    found = list(items)
    counts: dict[str, tuple[int, int]] = {}
    for item in found:
        files, size_bytes = counts.get(item.item_class.value, (0, 0))
        counts[item.item_class.value] = (files + 1, size_bytes + item.size_bytes)
    facts = VerificationFacts(
        when=WHEN,
        account_id="the-account-id",
        drive_id="the-drive-id",
        downloads=str(home / "downloads"),
        verdict=f"All {len(found)} files are here and proven.",
        is_good=not any(item.item_class in BAD for item in found),
        is_whole=True,
        on_whole_list=True,
        way="read",
        drive_files=len(found),
        drive_bytes=sum(item.size_bytes for item in found),
        drive_folders=1,
        selection="everything",
        counts=counts,
    )
    facts = replace(facts, **changes)  # type: ignore[arg-type]  # fields by name, as the caller wrote them
    write_verification(home, facts, found)
    return facts
