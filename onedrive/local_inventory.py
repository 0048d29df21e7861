"""LocalInventory: where each file of the drive is on this disk, or would be, and what stands there.

A recorded place goes first, also when the path on OneDrive is new; without a record, or where nothing stands in the
recorded place, it is the place that option 4 would choose.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import NamedTuple

from onedrive.download_folder import DownloadFolder
from onedrive.drive_item import DriveItem
from onedrive.filing import Filing
from onedrive.found_file import FoundFile, found_file
from onedrive.local_path import LocalPaths
from onedrive.manifest import Manifest, Recorded
from onedrive.modified_time import read_time

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
        must_read: Callable[[Listed, Recorded | None, FoundFile], bool],
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

    def recorded(self, item: DriveItem) -> Recorded | None:
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
        folder, name = folder_and_name(item)
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

    def _look(self, listed: Listed, recorded: Recorded | None, place: str) -> bool:
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


def folder_and_name(item: DriveItem) -> tuple[str, str]:
    """The parts of the item's path; a name that holds a slash itself stays in one piece."""
    if item.path.endswith(f"/{item.name}"):
        return item.path[: -len(item.name) - 1], item.name
    folder, _, name = item.path.rpartition("/")
    return folder, name
