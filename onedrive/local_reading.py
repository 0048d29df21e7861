"""LocalReading: all that is here, looked at and read as far as it must be, before anything is judged.

places of the drive's files ─► whatever else is here ─► what was read before a stop ─► the rest is read
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from onedrive.current_list import CurrentList
from onedrive.download_folder import DownloadFolder
from onedrive.drive_item import DriveItem
from onedrive.file_reader import ReadCounter, choose_processes, read_files
from onedrive.filing import Filing
from onedrive.found_file import FoundFile
from onedrive.hash_worker import FileTask
from onedrive.item_judgement import may_trust
from onedrive.local_inventory import Identity, Listed, LocalInventory
from onedrive.local_path import LocalPaths
from onedrive.manifest import Manifest, Recorded
from onedrive.only_here import walk_strangers
from onedrive.proof import hash_agrees
from onedrive.reading_journal import ReadingJournal
from onedrive.sums_file import recall_sums
from onedrive.verification_way import VerificationWay


class LocalReading:
    """What is in a downloads folder, beside a list. `strangers` stand in no file's place, by place.

    `here_as`: where a missing item's content seems to be under another name; `content_of` the other way round.
    """

    def __init__(
        self,
        home: Path,
        folder: DownloadFolder,
        manifest: Manifest,
        filing: Filing,
        current: CurrentList,
        way: VerificationWay,
    ) -> None:
        self.strangers: dict[str, FoundFile] = {}
        self.here_as: dict[Identity, str] = {}
        self.content_of: dict[str, str] = {}
        self.recalled = 0
        self.read_files = 0
        self.read_bytes = 0
        self._home = home
        self._folder = folder
        self._current = current
        self._way = way
        self.inventory = LocalInventory(folder, manifest, filing, self._must_read)

    def look(self, journal: ReadingJournal, paths: LocalPaths) -> None:
        """See what stands where, and what is known of it from before. Raises StateFileBroken, FolderNotUsable."""
        self.inventory.take_all(self._current.files(), paths)
        found = self.inventory.found
        self.strangers.update(walk_strangers(self._folder.root, self._folder.rules, found, self._is_state_file))
        recall_sums(self._home, ChainMap(self.strangers, found))
        suspects = self._suspects()
        self.recalled = journal.recall(found) + journal.recall({place: self.strangers[place] for place in suspects})
        places = [*self.inventory.to_read, *suspects]
        self._to_read = [place for place in places if not self._at(place).is_read or self._lacks_sum(place)]
        self._to_read.sort(key=lambda place: -self._at(place).size_bytes)

    @property
    def to_read(self) -> tuple[int, int]:
        """Files and bytes that are still to be read."""
        return len(self._to_read), sum(self._at(place).size_bytes for place in self._to_read)

    def read(self, counter: ReadCounter, journal: ReadingJournal) -> None:
        """Read what must be; each file's hashes are kept in the journal at once. Raises DiskFull."""
        processes = choose_processes(*self.to_read)
        while self._to_read:
            with closing(read_files(self._tasks(), counter, processes=processes)) as hashes:
                for got in hashes:
                    file = self._at(got.place)
                    file.take(got)
                    journal.add(got.place, file)
                    self.read_files += 1
                    self.read_bytes += got.size_bytes
            # A remembered sum was of other bytes than are here now: once more, for the sum.
            self._to_read = [place for place in self._to_read if self._lacks_sum(place)]
        self._find_renamed()

    def holds(self, place: str, item: DriveItem) -> bool:
        """Whether the content of an item stands in the place of another one."""
        found = self.inventory.found.get(place)
        return found is not None and found.is_file and not found.error and hash_agrees(item, found.digest) is True

    def with_sums(self) -> dict[str, FoundFile]:
        """What SHA256SUMS is to name, as far as it is good: also what is only here and as it was when it was proven.

        For what is gone from OneDrive the sum is the last proof that there is.
        """
        kept = {place: file for place, file in self.strangers.items() if file.sha256 and not file.error}
        for file in kept.values():
            file.is_good = True
        return {**self.inventory.found, **kept}

    def _must_read(self, listed: Listed, recorded: Recorded | None, found: FoundFile) -> bool:
        return self._way.reads(listed.id) or not may_trust(listed.size_bytes, listed.modified, recorded, found)

    def _is_state_file(self, path: Path) -> bool:
        """Whether it is ours, where the home is the downloads folder or inside of it."""
        return path.parent in (self._home, self._current.home)

    def _at(self, place: str) -> FoundFile:
        return self.inventory.found.get(place) or self.strangers[place]

    def _lacks_sum(self, place: str) -> bool:
        file = self.inventory.found.get(place)
        return file is not None and file.is_read and not file.sha256 and not file.error

    def _tasks(self) -> Iterator[FileTask]:
        for place in self._to_read:
            file, path = self._at(place), str(self._folder.path(place))
            needs_sum = place in self.inventory.found and not file.sha256
            yield FileTask(place, path, file.size_bytes, with_sha256=needs_sum)

    def _suspects(self) -> list[str]:
        """Strangers of the size of something that is missing: perhaps renamed here."""
        if not (self.strangers and self.inventory.missing):
            return []
        sizes = {item.size for item in self._current.files() if item.size and self.inventory.find(item) is None}
        return [place for place, file in self.strangers.items() if file.is_file and file.size_bytes in sizes]

    def _find_renamed(self) -> None:
        by_content = {
            (file.size_bytes, file.digest.quick_xor_hash): place
            for place, file in self.strangers.items()
            if file.is_read and not file.error
        }
        if not by_content:
            return
        for item in self._current.files():
            place = by_content.get((item.size or 0, item.quick_xor_hash or ""))
            if place is not None and self.inventory.find(item) is None:
                self.here_as[(item.drive_id, item.id)] = place
                self.content_of.setdefault(place, item.path)
