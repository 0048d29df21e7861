"""LocalInventory: where each file of the drive is on this disk, or would be, and what stands there.

A recorded place goes first, also when the path on OneDrive is new; without a record, or where nothing stands in the
recorded place, it is the place that option 4 would choose.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from onedrive.graph.item import DriveItem
from onedrive.home.manifest import Manifest, ManifestLine
from onedrive.listing.refresh import CurrentList
from onedrive.local.folder import DownloadFolder
from onedrive.local.names import NameRules
from onedrive.local.places import PARTIAL_FOLDER, SUMS_FILE, Filing, LocalPaths
from onedrive.local.times import read_time
from onedrive.verify.judgement import FOLDER, FoundFile, found_file
from onedrive.words import split_path

Identity = tuple[str, str]  # drive id and item id


class Listed(NamedTuple):
    """What must be known of a listed file to decide where it is and whether it is read.

    `into` is the folder that it belongs into; `modified` is in seconds since 1970.
    """

    id: str
    drive_id: str
    into: str
    name: str
    size_bytes: int | None
    modified: int | None


class LocalInventory:
    """What is here of a list; `found` is by place, each place of one item."""

    def __init__(
        self,
        folder: DownloadFolder,
        manifest: Manifest,
        filing: Filing,
        must_read: Callable[[Listed, ManifestLine | None, FoundFile], bool],
    ) -> None:
        self.found: dict[str, FoundFile] = {}
        self.to_read: list[str] = []  # places
        self.missing = 0
        self._folder = folder
        self._manifest = manifest
        self._filing = filing
        self._must_read = must_read
        self._chosen: dict[Identity, str] = {}
        self._seen: set[int] = set()  # hashes stand for identities: a third of the memory
        self._without_place: set[Identity] = set()

    def take_all(self, items: Iterable[DriveItem], paths: LocalPaths) -> None:
        """Look at every file of the list, each item once; `paths` are needed no longer than that."""
        waiting: list[Listed] = []
        for item in items:
            if self._is_new(item):
                self._take(item, paths, waiting)
        for listed in sorted(waiting, key=lambda listed: (listed.into, listed.id)):
            self._choose(listed, paths.choose(listed.into, listed.name, listed.id))

    def has_seen(self, drive_id: str, item_id: str) -> bool:
        """True when the list names this item."""
        return hash((drive_id, item_id)) in self._seen

    def recorded(self, item: DriveItem) -> ManifestLine | None:
        """What the manifest says of an item."""
        return self._manifest.find(item.drive_id, item.id)

    def place(self, item: DriveItem) -> str:
        """Where an item is, or should be."""
        place = self._chosen.get((item.drive_id, item.id))
        if place is not None:
            return place
        recorded = self.recorded(item)
        return recorded.local_path if recorded else ""

    def find(self, item: DriveItem) -> FoundFile | None:
        """What stands in the place of an item; None: nothing, or what belongs to another item."""
        if (item.drive_id, item.id) in self._without_place:
            return None
        return self.found.get(self.place(item))

    def _is_new(self, item: DriveItem) -> bool:
        if self.has_seen(item.drive_id, item.id):
            return False
        self._seen.add(hash((item.drive_id, item.id)))
        return True

    def _take(self, item: DriveItem, paths: LocalPaths, waiting: list[Listed]) -> None:
        recorded = self.recorded(item)
        folder, name = split_path(item.path, item.name)
        into = sys.intern(self._filing.folder_for(item, folder))
        listed = Listed(item.id, sys.intern(item.drive_id), into, name, item.size, read_time(item.client_modified))
        kept = False
        if recorded:
            kept = self._filing.still_names(recorded, item) and paths.keep(into, recorded.local_path, item.id)
            if self._look(listed, recorded, recorded.local_path):
                return
        if not kept:
            waiting.append(listed)
        else:
            self.missing += 1

    def _choose(self, listed: Listed, place: str) -> None:
        identity = (listed.drive_id, listed.id)
        self._chosen[identity] = place
        if place in self.found:
            self._without_place.add(identity)  # a file that OneDrive has elsewhere now stands there
            self.missing += 1
        elif not self._look(listed, self._manifest.find(*identity), place):
            self.missing += 1

    def _look(self, listed: Listed, recorded: ManifestLine | None, place: str) -> bool:
        """Note what stands in a place; False when nothing does."""
        status = self._folder.status(place)
        if status is None:
            return False
        found = found_file(status)
        found.quick_xor = recorded.quick_xor if recorded else b""
        self.found[place] = found
        if found.is_file and self._must_read(listed, recorded, found):
            self.to_read.append(place)
        self.missing += not found.is_file
        return True


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


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []  # it cannot be read, so nothing in it was read as an item either


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
        if not belongs_here(item):
            continue
        if item.id in unlisted:
            check.unlisted += 1
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
