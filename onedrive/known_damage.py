"""Damage that option 6 has found and option 4 is to mend: files whose size and time look right, and whose bytes do not.

verification.json says which; what the manifest recorded of a file after the verification ends that.
"""

from __future__ import annotations

from pathlib import Path

from onedrive.errors import StateFileBroken
from onedrive.manifest import MANIFEST, Manifest
from onedrive.manifest_line import DamagedLine, parse_row
from onedrive.state_files import disk_errors
from onedrive.verification import ItemClass, VerificationFacts, read_verification, read_verified_items


def mark_known_damage(home: Path, manifest: Manifest) -> None:
    """Mark in the manifest what was found damaged and has not been fetched since."""
    try:
        facts = read_verification(home)
        if facts is None or not facts.counts.get(ItemClass.DAMAGED, (0, 0))[0]:
            return
        damaged = {
            (item.drive_id, item.id) for item in read_verified_items(home) if item.item_class is ItemClass.DAMAGED
        }  # fmt: skip
    except StateFileBroken:
        return  # then nothing is known; option 6 makes a new one
    for drive_id, item_id in damaged - _recorded_since(home, facts):
        manifest.mark_damaged(drive_id, item_id)


def _recorded_since(home: Path, facts: VerificationFacts) -> set[tuple[str, str]]:
    """What the manifest says after the place where it ended when the verification was made."""
    path = home / MANIFEST
    if not path.exists():
        return set()
    found = set()
    with disk_errors(path), path.open("rb") as stream:
        if path.stat().st_size >= facts.manifest_bytes:  # otherwise it is another one: all of it is later
            stream.seek(facts.manifest_bytes)
        for line in stream:
            try:
                row = parse_row(line)
            except DamagedLine:
                continue
            found.add((str(row.get("drive_id") or ""), str(row.get("id") or "")))
    return found
