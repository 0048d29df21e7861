"""ListIndex: a list in memory that answers at once how much a choice wants, and of what.

    file_list.json ─► columns ─► a mask of the files that a selection wants ─► counts, shares, matches

Each question of a `Chooser` is asked once for what many files share (a kind, a folder, a camera); only globs are asked
for each file, and last. Masks are bytes, 1 for each file that is wanted.
"""

from __future__ import annotations

import heapq
import json
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, compress, islice
from pathlib import Path
from typing import BinaryIO

from onedrive.choosing.chooser import Chooser
from onedrive.choosing.selection import Selection
from onedrive.graph.item import DriveItem, Kind, NotAnItem, from_json
from onedrive.graph.traits import DateSource, FileKind, Share, camera_name, camera_of, day_of, kind_of, read_day
from onedrive.home.files import disk_errors
from onedrive.home.lists import read_items

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


_BLOCK_BYTES = 1 << 20
_TAKEN, _CREATED, _MODIFIED, _NONE = map(
    SOURCES.index, (DateSource.TAKEN, DateSource.CREATED, DateSource.MODIFIED, DateSource.NONE)
)

# Parts of the expression. Possessive (++, *+): what fits once need not be tried otherwise. `_ANY` need not know about
# escapes: a quote inside a text has a backslash before it, so that what must follow a text's end never stands in one.
_ANY = r'[^"]*+'
_PLAIN = r'[^"\\]*+'
_FLAT = r"\{[^}]*+\}"
_TAG = rf'"(?:\\"{_ANY}"|{_PLAIN})"'
_DAY = r"([0-9-]{10})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,7})?Z"
_NUMBER = r'"[a-su-zA-Z]\w*+":[^}"]*+'  # of the photo facet, where only takenDateTime begins with a t
_ROW = re.compile(
    rf'\{{"id":"(?!"){_ANY}","name":"([^"\\/]++)","path":"((?:/[^"\\]*)?)/\1"'
    rf'(?:,"size":(0|[1-9]\d{{0,17}}))?(?:,"eTag":{_TAG})?(?:,"cTag":{_TAG})?'
    rf'(?:,"createdDateTime":"{_DAY}")?(?:,"lastModifiedDateTime":"{_DAY}")?'
    rf',"parentReference":{_FLAT}(?:,("audio"):{_FLAT})?'
    rf',"file":\{{(?:"hashes":\{{(?:"crc32Hash":"{_ANY}",?+)?(?:"quickXorHash":"({_PLAIN})"'
    rf'(?:,"sha1Hash":"{_ANY}")?(?:,"sha256Hash":"{_ANY}")?)?\}},?+)?(?:"mimeType":"({_PLAIN})")?\}}'
    rf'(?:,"fileSystemInfo":\{{(?:"createdDateTime":"{_DAY}",?+)?(?:"lastAccessedDateTime":"{_ANY}",?+)?'
    rf'(?:"lastModifiedDateTime":"{_DAY}")?\}})?(?:,("image"):{_FLAT})?(?:,"location":{_FLAT})?'
    rf'(?:,("photo"):\{{((?:"cameraMake":"{_PLAIN}",?+)?(?:"cameraModel":"{_PLAIN}",?+)?)(?:{_NUMBER})*+'
    rf'(?:"takenDateTime":"{_DAY}")?\}})?(?:,("video"):{_FLAT})?\}},?\r?\n'.encode()
)
_Column = Sequence[bytes | None]


class _AnotherLayout(Exception):
    """The list is not one item a line."""


def scan_list(path: Path) -> ListColumns:
    """The files of a list in columns. Raises StateFileBroken, which names the line and what is wrong there."""
    with suppress(_AnotherLayout), disk_errors(path.parent):
        if not path.is_dir():
            with path.open("rb") as stream:
                return _scan_lines(stream)
    columns = ListColumns()
    for item in read_items(path):
        if item.kind is Kind.FILE:
            columns.add_item(item)
    return columns


def _scan_lines(stream: BinaryIO) -> ListColumns:
    scan = _LineScan()
    if stream.readline().strip() != b"[":
        raise _AnotherLayout
    while block := stream.read(_BLOCK_BYTES):
        if scan.read_block(block + stream.readline()):
            return scan.columns
    raise _AnotherLayout  # it has no end: let the slow way say where


class _LineScan:
    """Puts lines into columns; what many lines share is read once and remembered."""

    def __init__(self) -> None:
        self.columns = ListColumns()
        self._kinds: dict[tuple[bytes | None, ...], int] = {}
        self._days: dict[bytes | None, int] = {None: NO_DAY}
        self._cameras: dict[bytes | None, int] = {}

    def read_block(self, block: bytes) -> bool:
        """Read whole lines; True when the list ends in them. Raises _AnotherLayout."""
        try:
            block.isascii() or block.decode()
        except UnicodeDecodeError:
            raise _AnotherLayout from None
        position = 0
        while position < len(block):
            rows = []
            while found := _ROW.match(block, position):
                rows.append(found.groups())
                position = found.end()
            if rows:
                self._add_rows(rows)
            end = block.find(b"\n", position) + 1 or len(block)
            line = block[position:end].strip(b" \t\r\n,")
            if line == b"]":
                return True
            if line:
                self._read_odd_line(line)
            position = end
        return False

    def _add_rows(self, rows: Sequence[tuple[bytes, ...]]) -> None:
        """Column by column, since that is several times faster than row by row."""
        (names, folders, sizes, created, modified, audio, hashes, mime_types, client_created, client_modified,
         image, photo, cameras, taken, video) = zip(*rows, strict=True)  # fmt: skip
        columns = self.columns
        numbers = [int(size or 0) for size in sizes]
        columns.sizes.extend(numbers)
        columns.contents.extend(map(content_number, numbers, hashes))
        columns.add_names(names)
        columns.folder_of.extend(map(columns.place_of_folder, folders))
        for camera in set(cameras).difference(self._cameras):
            self._cameras[camera] = self._read_camera(camera)
        columns.camera_of.extend(map(self._cameras.__getitem__, cameras))
        signs = list(zip(map(_ending, names), mime_types, audio, image, photo, video, strict=True))
        for sign in set(signs).difference(self._kinds):
            self._kinds[sign] = _read_kind(sign)
        columns.kinds.extend(map(self._kinds.__getitem__, signs))
        self._add_days((taken, client_created, created, client_modified, modified))

    def _add_days(self, texts: Sequence[_Column]) -> None:
        """The first of a row's dates that is meant says its day, as in `day_of`."""
        for text in set().union(*texts).difference(self._days):
            self._days[text] = _read_ordinal(text)
        days = [list(map(self._days.__getitem__, column)) for column in texts]
        columns = self.columns
        columns.days.extend(t or cc or c or cm or m for t, cc, c, cm, m in zip(*days, strict=True))
        columns.sources.extend(
            _TAKEN if t else _CREATED if cc or c else _MODIFIED if cm or m else _NONE
            for t, cc, c, cm, m in zip(*days, strict=True)
        )

    def _read_odd_line(self, line: bytes) -> None:
        try:
            item = from_json(json.loads(line))
        except (ValueError, RecursionError, NotAnItem):
            raise _AnotherLayout from None
        if item.kind is Kind.FILE:
            self.columns.add_item(item)

    def _read_camera(self, text: bytes | None) -> int:
        row = json.loads(b"{%b}" % (text or b"").rstrip(b","))
        return self.columns.place_of_camera(camera_name(row.get("cameraMake"), row.get("cameraModel")))


def _ending(name: bytes) -> bytes | None:
    """What of a name says its kind; a name that begins with a dot stands whole behind a slash."""
    if name[:1] == b".":
        return b"/" + name
    dot = name.rfind(b".")
    return name[dot:] if dot > 0 else None


def _read_kind(signs: tuple[bytes | None, ...]) -> int:
    ending, mime_type, *facets = signs
    held: dict[str, dict[str, object]] = {"file": {"mimeType": (mime_type or b"").decode()}}
    held.update({facet.decode().strip('"'): {} for facet in facets if facet})
    name = "-" + (ending or b"").decode()
    name = name.partition("/")[2] or name
    return KINDS.index(kind_of(DriveItem(id="-", name=name, kind=Kind.FILE, facets=held)))


def _read_ordinal(text: bytes | None) -> int:
    day = read_day(f"{text.decode()}T00:00:00Z", as_written=True) if text else None
    return day.toordinal() if day else NO_DAY


_MOST_AT_A_TIME = 100_000  # contents that are compared together: what a set of them takes is some megabytes

Mask = bytes


@dataclass(frozen=True)
class Match:
    """One file that is wanted."""

    path: str
    size_bytes: int
    day: date | None
    kind: FileKind
    camera: str  # '' when none is known


@dataclass(frozen=True)
class FolderShare:
    """What is directly in one folder: all of it, and what is wanted of it."""

    path: str
    whole: Share
    chosen: Share


class ListIndex:
    """A list of files; every answer is about a mask that `wanted` made, or `all_files`."""

    def __init__(self, columns: ListColumns) -> None:
        self._columns = columns
        self.all_files: Mask = b"\1" * len(columns)
        self.whole = self.share(self.all_files)

    @classmethod
    def read(cls, path: Path) -> ListIndex:
        """The index of a list. Raises StateFileBroken, FolderNotUsable."""
        return cls(scan_list(path))

    def wanted(self, selection: Selection, today: date) -> Mask:
        """Which files a selection wants; `today` is the day that 'last 30 days' is counted from."""
        chooser = Chooser(selection, today)
        mask = self.all_files
        for part in self._parts(chooser):
            mask = _both(mask, part)
        return self._named(chooser, mask) if chooser.asks_name else mask

    def missing_folders(self, selection: Selection) -> list[str]:
        """The folders of a selection of which the list has no file: renamed, perhaps, or gone."""
        starts = {folder: f"{folder.lower().rstrip('/')}/" for folder in selection.folders + selection.without_folders}
        if not starts:
            return []
        there = [f"{folder.lower()}/" for folder in self._columns.folder_names()]
        return [folder for folder, start in starts.items() if not any(path.startswith(start) for path in there)]

    def share(self, mask: Mask) -> Share:
        """How many files and bytes are wanted."""
        return Share(mask.count(1), sum(compress(self._columns.sizes, mask)))

    def kinds(self, mask: Mask) -> dict[FileKind, Share]:
        """The share of each kind that there is."""
        kinds = self._columns.kinds
        shares = {}
        for place, kind in enumerate(KINDS):
            only = bytes(i == place for i in range(256))
            shares[kind] = self.share(_both(mask, kinds.translate(only)))
        return {kind: share for kind, share in shares.items() if share.files}

    def years(self, mask: Mask) -> dict[int | None, Share]:
        """The share of each year, in order; None, at the end, is of what has no date."""
        days: dict[int, list[int]] = {}
        for day, size in compress(zip(self._columns.days, self._columns.sizes, strict=True), mask):
            count = days.get(day)
            if count is None:
                count = days[day] = [0, 0]
            count[0] += 1
            count[1] += size
        shares: dict[int | None, Share] = {}
        for day in sorted(days):
            if day != NO_DAY:
                shares.setdefault(date.fromordinal(day).year, Share()).add(*days[day])
        if NO_DAY in days:
            shares[None] = Share(*days[NO_DAY])
        return shares

    def sources(self, mask: Mask) -> dict[DateSource, int]:
        """For how many files which of their dates says the day."""
        sources = bytes(compress(self._columns.sources, mask))
        counts = {source: sources.count(place) for place, source in enumerate(SOURCES)}
        return {source: count for source, count in counts.items() if count}

    def cameras(self, mask: Mask) -> list[tuple[str, int]]:
        """The known cameras with how many files each took, the busiest first."""
        counts = [0] * len(self._columns.cameras)
        for place in compress(self._columns.camera_of, mask):
            counts[place] += 1
        named = [pair for pair in zip(self._columns.cameras, counts, strict=True) if pair[0] and pair[1]]
        return sorted(named, key=lambda pair: (-pair[1], pair[0]))

    def duplicates(self, mask: Mask) -> Share:
        """The files that would not have to come, because another one has the same size and hash."""
        columns, spare = self._columns, Share()
        rounds = len(columns) // _MOST_AT_A_TIME + 1
        for number in range(rounds):
            seen: set[int] = set()
            for content, size in compress(zip(columns.contents, columns.sizes, strict=True), mask):
                if content and content % rounds == number:
                    if content in seen:
                        spare.add(1, size)
                    seen.add(content)
        return spare

    def first(self, mask: Mask, most: int) -> list[Match]:
        """The first files in the order of the list."""
        return self._matches(_rows(mask, most))

    def last(self, mask: Mask, most: int) -> list[Match]:
        """The last files in the order of the list."""
        end = len(mask) - 1
        return self._matches(sorted(end - row for row in _rows(mask[::-1], most)))

    def largest(self, mask: Mask, most: int) -> list[Match]:
        """The largest files, the largest first."""
        rows = compress(range(len(mask)), mask)
        return self._matches(heapq.nlargest(most, rows, key=self._columns.sizes.__getitem__))

    def samples(self, mask: Mask, most: int) -> list[Match]:
        """Some files from all over the list, in its order."""
        rows = list(compress(range(len(mask)), mask))
        places = sorted({round(i * (len(rows) - 1) / max(1, most - 1)) for i in range(most)}) if rows else []
        return self._matches(rows[place] for place in places)

    def folders(self, mask: Mask) -> Iterator[FolderShare]:
        """Every folder that has files, with what is directly in it."""
        columns = self._columns
        whole = [[0, 0] for _ in columns.folders]
        chosen = [[0, 0] for _ in columns.folders]
        for folder, size, is_wanted in zip(columns.folder_of, columns.sizes, mask, strict=True):
            count = whole[folder]
            count[0] += 1
            count[1] += size
            if is_wanted:
                count = chosen[folder]
                count[0] += 1
                count[1] += size
        for path, all_of_it, wanted in zip(columns.folder_names(), whole, chosen, strict=True):
            yield FolderShare(path, Share(*all_of_it), Share(*wanted))

    def _parts(self, chooser: Chooser) -> Iterator[bytes | bytearray]:
        """A mask for each question that is asked but the globs."""
        columns = self._columns
        if chooser.asks_kind:
            yield columns.kinds.translate(bytes(map(chooser.wants_kind, KINDS)).ljust(256, b"\0"))
        if chooser.asks_folder:
            yield _spread(map(chooser.wants_folder, columns.folder_names()), columns.folder_of)
        if chooser.asks_camera:
            yield _spread(map(chooser.wants_camera, columns.cameras), columns.camera_of)
        if chooser.asks_size:
            least, most = chooser.least or 0, chooser.most
            sizes = columns.sizes
            yield bytes(least <= size for size in sizes) if most is None else bytes(least <= s <= most for s in sizes)
        if chooser.asks_day:
            first = chooser.first.toordinal() if chooser.first else NO_DAY + 1
            last = (chooser.last or date.max).toordinal()
            yield bytes(first <= day <= last for day in columns.days)

    def _named(self, chooser: Chooser, mask: Mask) -> Mask:
        named = bytearray(mask)
        for row in compress(range(len(mask)), mask):
            if not chooser.wants_name(self._columns.path(row)):
                named[row] = 0
        return bytes(named)

    def _matches(self, rows: Iterable[int]) -> list[Match]:
        columns = self._columns
        return [
            Match(
                columns.path(row),
                columns.sizes[row],
                columns.day(row),
                KINDS[columns.kinds[row]],
                columns.cameras[columns.camera_of[row]],
            )
            for row in rows
        ]


def _both(one: Mask, other: bytes | bytearray) -> Mask:
    left, right = int.from_bytes(one, "little"), int.from_bytes(other, "little")
    return (left & right).to_bytes(len(one), "little")


def _spread(answers: Iterable[bool], places: Iterable[int]) -> Mask:
    """An answer for each file, from the answers for what they share."""
    answer = [int(yes) for yes in answers]
    return bytes(map(answer.__getitem__, places))


def _rows(mask: Mask, most: int) -> Iterator[int]:
    """The first rows that are wanted."""
    row = -1
    for _ in range(most):
        row = mask.find(1, row + 1)
        if row < 0:
            return
        yield row
