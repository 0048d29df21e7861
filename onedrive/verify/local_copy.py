"""LocalCopy: what is in a downloads folder beside a list: where each file is, what stands there, what was read of it.

places of the drive's files ─► whatever else is here ─► what is known of it from before ─► the rest is read

A recorded place goes first, also when the path on OneDrive is new; without a record, or where nothing stands in the
recorded place, it is the place that option 4 would choose. `verify_downloads.py` makes one, `classify.py` judges it.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from onedrive.companions.record import CompanionKind, read_companions
from onedrive.graph.item import DriveItem
from onedrive.home.manifest import Manifest, ManifestLine
from onedrive.listing.refresh import CurrentList
from onedrive.local.filing import FiledItem, Filing
from onedrive.local.folder import DownloadFolder
from onedrive.local.hashing import FileTask, ReadCounter, choose_processes, read_files
from onedrive.local.known_files import KnownFile
from onedrive.local.places import LocalPaths
from onedrive.local.proof import hash_agrees
from onedrive.local.times import read_time
from onedrive.report.pictures import PICTURES_FOLDER
from onedrive.verify.judgement import FoundFile, found_file, may_trust
from onedrive.verify.local_hashes import LocalHashes
from onedrive.verify.strangers import walk_strangers

_ALL = 2**64


@dataclass(frozen=True)
class VerificationWay:
    """`share` of the files are read, 0.0 to 1.0; which of them, differs from `day` to day and not within one."""

    share: float = 1.0
    day: str = ""

    def reads(self, item_id: str) -> bool:
        """Whether this file is read, however good it looks."""
        if self.share >= 1.0:
            return True
        drawn = hashlib.sha256(f"{self.day}/{item_id}".encode("utf-8", "surrogatepass")).digest()[:8]
        return int.from_bytes(drawn, "big") < self.share * _ALL

    def describe(self) -> str:
        """The way as verification.json names it: 'read', 'quick', 'sample 5 %'."""
        if self.share >= 1.0:
            return "read"
        return f"sample {self.share * 100:g} %" if self.share > 0 else "quick"


def choose_way(*, quick: bool, sample_percent: float | None, day: str) -> VerificationWay:
    """The way that the flags ask for; a sample wins."""
    if sample_percent is not None:
        return VerificationWay(min(max(sample_percent / 100, 0.0), 1.0), day)
    return VerificationWay(0.0 if quick else 1.0, day)


class _Unplaced(NamedTuple):
    """A listed file whose place is chosen when all recorded ones are known, in the order of folder and id."""

    into: str  # the folder that it belongs into
    id: str
    drive_id: str
    name: str
    kin: str
    size_bytes: int | None
    modified: int | None  # seconds since 1970
    wants_sha1: bool  # OneDrive lists one


@dataclass
class LocalCopy:
    """One copy of the drive. `found` is by place, each place of one item; `strangers` stand in no file's place.

    `here_as`: where a missing item's content seems to be under another name, by drive and item id; `content_of` the
    other way round. `elsewhere`: what is missing here and in a known folder, by drive and item id.
    `companions` counts what option 4 made beside the files, by its kind; `recalled` files that were read before a stop.
    """

    home: Path
    folder: DownloadFolder
    manifest: Manifest
    filing: Filing
    current: CurrentList
    way: VerificationWay

    found: dict[str, FoundFile] = field(default_factory=dict)
    strangers: dict[str, FoundFile] = field(default_factory=dict)
    missing: int = 0
    here_as: dict[tuple[str, str], str] = field(default_factory=dict)
    content_of: dict[str, str] = field(default_factory=dict)
    elsewhere: dict[tuple[str, str], KnownFile] = field(default_factory=dict)
    misplaced: set[tuple[str, str]] = field(default_factory=set)  # drive and id of what has another place now
    companions: Counter[CompanionKind] = field(default_factory=Counter)
    recalled: int = 0
    read_files: int = 0
    read_bytes: int = 0
    _to_read: list[str] = field(default_factory=list)  # places
    _chosen: dict[tuple[str, str], str] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)  # hashes stand for identities: a third of the memory
    _without_place: set[tuple[str, str]] = field(default_factory=set)

    def look(self, hashes: LocalHashes, paths: LocalPaths) -> None:
        """See what stands where, and what is known of it from before. Raises StateFileBroken, FolderNotUsable.

        `paths` are needed no longer than that.
        """
        waiting: list[_Unplaced] = []
        for filed in self.filing.file(self.current.files()):
            identity = filed.item.drive_id, filed.item.id
            if not self.has_seen(*identity):
                self._seen.add(hash(identity))
                self._take(filed, paths, waiting)
        for listed in sorted(waiting):
            self._choose(listed, paths.choose_together(listed.into, [(listed.name, listed.id)], listed.kin)[0])
        rules = self.folder.rules
        self.strangers.update(walk_strangers(self.folder.root, rules, self.found, self._is_state_file))
        self._take_out_companions()
        self.recalled = hashes.recall(self.found, self.strangers)
        places = [*self._to_read, *self._suspects()]
        self._to_read = [place for place in places if not self._at(place).is_read or self._lacks_sum(place)]
        self._to_read.sort(key=lambda place: -self._at(place).size_bytes)

    @property
    def to_read(self) -> tuple[int, int]:
        """Files and bytes that are still to be read."""
        return len(self._to_read), sum(self._at(place).size_bytes for place in self._to_read)

    def read(self, counter: ReadCounter, hashes: LocalHashes) -> None:
        """Read what must be; each file's hashes are kept at once. Raises DiskFull."""
        processes = choose_processes(*self.to_read)
        while self._to_read:
            with closing(read_files(self._tasks(), counter, processes=processes)) as came:
                for got in came:
                    file = self._at(got.place)
                    file.take(got)
                    hashes.add(got.place, file)
                    self.read_files += 1
                    self.read_bytes += got.size_bytes
            # A remembered sum was of other bytes than are here now: once more, for the sum.
            self._to_read = [place for place in self._to_read if self._lacks_sum(place)]
        self._find_renamed()

    def has_seen(self, drive_id: str, item_id: str) -> bool:
        """True when the list names this item."""
        return hash((drive_id, item_id)) in self._seen

    def place(self, item: DriveItem) -> str:
        """Where an item is, or should be."""
        place = self._chosen.get((item.drive_id, item.id))
        if place is not None:
            return place
        recorded = self.manifest.find(item.drive_id, item.id)
        return recorded.local_path if recorded else ""

    def find(self, item: DriveItem) -> FoundFile | None:
        """What stands in the place of an item; None: nothing, or what belongs to another item."""
        if (item.drive_id, item.id) in self._without_place:
            return None
        return self.found.get(self.place(item))

    def holds_file(self, item: DriveItem) -> bool:
        """Whether a plain file stands in the place of an item."""
        found = self.find(item)
        return found is not None and found.is_file

    def holds(self, place: str, item: DriveItem) -> bool:
        """Whether the content of an item stands in the place of another one."""
        found = self.found.get(place)
        return found is not None and found.is_file and not found.error and hash_agrees(item, found.digest) is True

    def find_good(self) -> dict[str, bytes]:
        """What SHA256SUMS names, by place: the sum of what is good, also of what is only here and as it was then.

        For what is gone from OneDrive the sum is the last proof that there is. To be asked when all is judged.
        """
        good = {place: file.sha256 for place, file in self.found.items() if file.is_good and file.sha256}
        kept = {place: file.sha256 for place, file in self.strangers.items() if file.sha256 and not file.error}
        return good | kept

    def _take(self, filed: FiledItem, paths: LocalPaths, waiting: list[_Unplaced]) -> None:
        item, into, kin = filed.item, sys.intern(filed.into), filed.kin
        recorded = self.manifest.find(item.drive_id, item.id)
        modified, drive_id = read_time(item.client_modified), sys.intern(item.drive_id)
        listed = _Unplaced(into, item.id, drive_id, filed.name, kin, item.size, modified, item.sha1 is not None)
        is_kept = False
        if recorded:
            place, named = recorded.local_path, filed.pattern_name
            is_right = filed.is_as_recorded(recorded)
            is_kept = is_right and paths.keep(into, place, item.id, named=named, kin=kin)
            if not is_kept and (not is_right or named):
                self.misplaced.add((drive_id, item.id))
            if self._look_at(listed, recorded, place):
                return
        if is_kept:
            self.missing += 1
        else:
            waiting.append(listed)

    def _choose(self, listed: _Unplaced, place: str) -> None:
        identity = (listed.drive_id, listed.id)
        self._chosen[identity] = place
        if place in self.found:
            self._without_place.add(identity)  # a file that OneDrive has elsewhere now stands there
            self.missing += 1
        elif not self._look_at(listed, self.manifest.find(*identity), place):
            self.missing += 1

    def _look_at(self, listed: _Unplaced, recorded: ManifestLine | None, place: str) -> bool:
        """Note what stands in a place; False when nothing does."""
        status = self.folder.status(place)
        if status is None:
            return False
        found = self.found[place] = found_file(status)
        found.quick_xor = recorded.quick_xor if recorded else b""
        found.wants_sha1 = listed.wants_sha1
        if not found.is_file:
            self.missing += 1
        elif self.way.reads(listed.id) or not may_trust(listed.size_bytes, listed.modified, recorded, found):
            self._to_read.append(place)
        return True

    def _is_state_file(self, path: Path) -> bool:
        """Whether it is ours, where the home is the downloads folder or inside of it."""
        return path.parent in (self.home, self.current.home, self.home / PICTURES_FOLDER)

    def _take_out_companions(self) -> None:
        """What option 4 made beside the files is no stranger; it is counted, and nothing is proven of it."""
        lines, key = list(read_companions(self.home).entries()), self.folder.rules.key
        places = {key(place): place for place in self.strangers} if lines else {}
        for line in lines:
            place = places.get(key(line.place))
            if place is not None and self.strangers[place].is_file:
                del self.strangers[place], places[key(place)]
                self.companions[line.kind] += 1

    def _at(self, place: str) -> FoundFile:
        return self.found.get(place) or self.strangers[place]

    def _lacks_sum(self, place: str) -> bool:
        file = self.found.get(place)
        return file is not None and file.is_read and not file.sha256 and not file.error

    def _tasks(self) -> Iterator[FileTask]:
        for place in self._to_read:
            file, path = self._at(place), str(self.folder.path(place))
            # A remembered sum would not do: QuickXorHash alone does not see stretches that have changed places.
            yield FileTask(place, path, file.size_bytes, place in self.found, file.wants_sha1)

    def _suspects(self) -> list[str]:
        """Strangers of the size of something that is missing: perhaps renamed here."""
        if not (self.strangers and self.missing):
            return []
        sizes = {item.size for item in self.current.files() if item.size and self.find(item) is None}
        return [place for place, file in self.strangers.items() if file.is_file and file.size_bytes in sizes]

    def _find_renamed(self) -> None:
        by_content = {
            (file.size_bytes, file.digest.quick_xor_hash): place
            for place, file in self.strangers.items()
            if file.is_read and not file.error
        }
        if not by_content:
            return
        for item in self.current.files():
            place = by_content.get((item.size or 0, item.quick_xor_hash or ""))
            if place is not None and self.find(item) is None:
                self.here_as[(item.drive_id, item.id)] = place
                self.content_of.setdefault(place, item.path)
