"""ListColumns: what choosing needs to know of each file of a list, in columns: about 60 bytes a file.

What many files share (folders, cameras) stands once. Names and paths are UTF-8 in which half a surrogate pair survives.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import accumulate, islice

from onedrive.chooser import camera_of
from onedrive.drive_item import DriveItem
from onedrive.file_kind import FileKind, kind_of
from onedrive.item_date import DateSource, day_of

KINDS = tuple(FileKind)
SOURCES = tuple(DateSource)
NO_DAY = 0


class ListColumns:
    """One row a file, in the order of the list. `days` are ordinals, `contents` equal for equal size and hash."""

    def __init__(self) -> None:
        self.sizes = array("q")
        self.kinds = bytearray()  # places in KINDS
        self.sources = bytearray()  # places in SOURCES
        self.days = array("i")  # NO_DAY: none is known
        self.contents = array("q")  # 0: nothing is known about it
        self.folder_of = array("I")  # places in `folders`
        self.camera_of = array("I")  # places in `cameras`
        self.folders: list[bytes] = []
        self.cameras: list[str] = []
        self._names = bytearray()
        self._name_ends = array("Q", [0])
        self._folder_places: dict[bytes, int] = {}
        self._camera_places: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.sizes)

    def add_item(self, item: DriveItem) -> None:
        """One more file, from its record."""
        folder, _, name = item.path.rpartition("/")
        day, source = day_of(item)
        size = item.size or 0
        self.sizes.append(size)
        self.kinds.append(KINDS.index(kind_of(item)))
        self.sources.append(SOURCES.index(source))
        self.days.append(day.toordinal() if day else NO_DAY)
        self.contents.append(content_number(size, _octets(item.quick_xor_hash or "")))
        self.folder_of.append(self.place_of_folder(_octets(folder)))
        self.camera_of.append(self.place_of_camera(camera_of(item)))
        self.add_names([_octets(name)])

    def add_names(self, names: Sequence[bytes]) -> None:
        """The last names of the paths of the files that were added."""
        ends = accumulate(map(len, names), initial=len(self._names))
        self._name_ends.extend(islice(ends, 1, None))
        self._names += b"".join(names)

    def place_of_folder(self, path: bytes) -> int:
        """Where a folder stands in `folders`; '' is the root."""
        place = self._folder_places.get(path)
        if place is None:
            place = self._folder_places[path] = len(self.folders)
            self.folders.append(path)
        return place

    def place_of_camera(self, camera: str) -> int:
        """Where a camera stands in `cameras`; '' is no known camera."""
        place = self._camera_places.get(camera)
        if place is None:
            place = self._camera_places[camera] = len(self.cameras)
            self.cameras.append(camera)
        return place

    def path(self, row: int) -> str:
        """The path of a file on OneDrive."""
        name = self._names[self._name_ends[row] : self._name_ends[row + 1]]
        return (self.folders[self.folder_of[row]] + b"/" + name).decode("utf-8", "surrogatepass")

    def day(self, row: int) -> date | None:
        """The day of a file."""
        return date.fromordinal(self.days[row]) if self.days[row] else None

    def folder_names(self) -> Iterator[str]:
        """The folders as text, in their places."""
        return (folder.decode("utf-8", "surrogatepass") for folder in self.folders)


def content_number(size_bytes: int, quick_xor_hash: bytes | None) -> int:
    """A number that files with the same hash and size share; 0 where there is no hash, or nothing to save."""
    return hash((size_bytes, quick_xor_hash)) if quick_xor_hash and size_bytes else 0


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
