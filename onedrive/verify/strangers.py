"""What is here beside the files of the drive: strangers, each with a reason, and the drive's folders.

`local_copy.py` walks the strangers, `classify.py` asks why they are here; `verify_downloads.py` checks the folders.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from onedrive.graph.item import DriveItem
from onedrive.home.files import walk_files
from onedrive.home.manifest import Manifest, ManifestLine
from onedrive.listing.refresh import CurrentList
from onedrive.local.folder import DownloadFolder
from onedrive.local.names import NameRules
from onedrive.local.places import NAMES_OF_OURS, SUMS_FILE, TWINS_FOLDER, TWINS_NOTE, LocalPaths
from onedrive.verify.judgement import FOLDER, FoundFile, found_file

NO_LONGER = "no longer on OneDrive"
NEVER_THERE = "it did not come from OneDrive, or there is no record of it"
KEPT_BESIDE = "kept beside when another version took its place"
BY_THE_SYSTEM = "made by this computer's file manager"
_KEPT = re.compile(r" \(local copy kept \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d( \d+)?\)")
_SYSTEM_FILES = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_OURS = frozenset({*NAMES_OF_OURS, f"{SUMS_FILE}.new", TWINS_NOTE} - {TWINS_FOLDER})  # twins are counted


def walk_strangers(
    root: Path, rules: NameRules, found: Mapping[str, FoundFile], is_state_file: Callable[[Path], bool]
) -> Iterator[tuple[str, FoundFile]]:
    """Places below `root` that are not in `found`, with what stands there; folders are gone into, links are not."""
    keys = found if rules.tells_case_apart and rules.tells_forms_apart else {rules.key(place) for place in found}
    for place, entry in walk_files(root, passes_over=_OURS):
        if rules.key(place) not in keys and not is_state_file(root / place):
            with contextlib.suppress(OSError):  # it went away meanwhile
                yield place, found_file(entry.stat(follow_symlinks=False))


def why_only_here(place: str, recorded: ManifestLine | None) -> str:
    """Why a file is here though no file of the drive has its place."""
    name = place.rpartition("/")[2]
    if recorded is not None:
        return NO_LONGER
    if _KEPT.search(name):
        return KEPT_BESIDE
    return BY_THE_SYSTEM if name.lower() in _SYSTEM_FILES else NEVER_THERE


def recorded_of_gone(
    manifest: Manifest, has_seen: Callable[[str, str], bool]
) -> dict[str, ManifestLine]:  # fmt: skip
    """By place: the record of the files that the list does not name any more."""
    return {
        recorded.local_path: recorded for recorded in manifest.entries() if not has_seen(recorded.drive_id, recorded.id)
    }


@dataclass
class FolderCheck:
    """The folders of the drive that belong here: how many, and path and reason of those that are not here.

    `unlisted` counts those that nobody can list (the vault, a notebook): they are named elsewhere.
    """

    number: int = 0
    missing: list[tuple[str, str]] = field(default_factory=list)
    unlisted: int = 0


def check_folders(
    current: CurrentList, folder: DownloadFolder, paths: LocalPaths, belongs_here: Callable[[DriveItem], bool]
) -> FolderCheck:
    """Look for the folders of the list that belong here; those that nobody can list do not. Raises StateFileBroken."""
    check = FolderCheck()
    unlisted = {entry.id for entry in current.state.exceptions}
    for item in current.folders():
        if item.id in unlisted:
            check.unlisted += 1
            continue
        if not belongs_here(item):
            continue
        check.number += 1
        if reason := _why_not_here(folder, paths.folder_place(item.path)):
            check.missing.append((item.path, reason))
    return check


def _why_not_here(folder: DownloadFolder, place: str) -> str:
    """'' when a folder stands there, or a link to one."""
    status = folder.status(place)
    if status is None:
        return "it is not here"
    kind = found_file(status).kind
    return "" if kind == FOLDER or folder.path(place).is_dir() else f"{kind} stands in its place"
