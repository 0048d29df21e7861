"""What is in the downloads folder and belongs to no file of the drive: no longer on OneDrive, kept beside, never there.

The disk is walked once. What is our own (unfinished bytes, sums, state files where the home is the same folder) is
passed over.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from onedrive.found_file import FoundFile, found_file
from onedrive.local_path import PARTIAL_FOLDER, SUMS_FILE
from onedrive.manifest import Manifest, Recorded
from onedrive.name_rules import NameRules

NO_LONGER = "no longer on OneDrive"
NEVER_THERE = "it did not come from OneDrive, or nothing is recorded about it"
KEPT_BESIDE = "kept beside when another version took its place"
BY_THE_SYSTEM = "made by this computer's file manager"
_KEPT = re.compile(r" \(local copy kept \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d( \d+)?\)")
_SYSTEM_FILES = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_OURS = frozenset({PARTIAL_FOLDER, SUMS_FILE, f"{SUMS_FILE}.new"})


def walk_strangers(
    root: Path, rules: NameRules, found: Mapping[str, FoundFile], is_state_file: Callable[[Path], bool]
) -> Iterator[tuple[str, FoundFile]]:
    """Places below `root` that are not in `found`, with what stands there; folders are gone into, links are not."""
    keys = found if rules.tells_case_apart and rules.tells_forms_apart else {rules.key(place) for place in found}
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        for entry in _entries(root / folder):
            place = f"{folder}/{entry.name}" if folder else entry.name
            if place in _OURS:
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(place)
            elif rules.key(place) not in keys and not is_state_file(root / place):
                with contextlib.suppress(OSError):  # it went away meanwhile
                    yield place, found_file(entry.stat(follow_symlinks=False))


def why_only_here(place: str, recorded: Recorded | None) -> str:
    """Why a file is here though no file of the drive has its place."""
    name = place.rpartition("/")[2]
    if recorded is not None:
        return NO_LONGER
    if _KEPT.search(name):
        return KEPT_BESIDE
    return BY_THE_SYSTEM if name.lower() in _SYSTEM_FILES else NEVER_THERE


def recorded_of_gone(
    manifest: Manifest, has_seen: Callable[[str, str], bool]
) -> dict[str, tuple[str, str, Recorded]]:  # fmt: skip
    """By place: drive id, item id and record of the files that the list does not name any more."""
    return {
        recorded.local_path: (drive_id, item_id, recorded)
        for drive_id, item_id, recorded in manifest.items()
        if not has_seen(drive_id, item_id)
    }


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []  # it cannot be read, so nothing in it was read as an item either
