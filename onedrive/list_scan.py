"""Reading a list into columns: a million rows in seconds.

Lines as option 3 writes them are taken apart by one expression, which fits a whole line or does not fit at all. Lines
that it does not fit (escapes in a name, odd facets, an edited line) go by way of `DriveItem`, one by one; and a list in
another layout goes so as a whole, by `read_items`, which also says what is wrong with one that is damaged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from onedrive.chooser import camera_name
from onedrive.drive_item import DriveItem, Kind, NotAnItem, from_json
from onedrive.file_kind import kind_of
from onedrive.file_list import read_items
from onedrive.item_date import DateSource, read_day
from onedrive.list_columns import KINDS, NO_DAY, SOURCES, ListColumns, content_number
from onedrive.state_files import disk_errors

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
