"""Reading a list into columns: a million rows in seconds.

Lines as option 3 writes them are taken apart by one expression, which fits a whole line or does not fit at all. Lines
that it does not fit (escapes in a name, odd facets, an edited line) go by way of `DriveItem`, one by one; and a list in
another layout goes so as a whole, by `read_items`, which also says what is wrong with one that is damaged.
"""

from __future__ import annotations

import json
import re
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

# Parts of the expression. Possessive (++, *+): what fits once need not be tried otherwise.
_PLAIN = r'[^"\\\x00-\x1f]*+'
_TEXT = r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"'
_FLAT = rf'\{{(?:[^{{}}"\x00-\x1f]++|{_TEXT})*+\}}'
_DAY = r"(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,7})?Z"
_ANY_TIME = r'"[^"\\\x00-\x1f]*+"'
_MEMBER = rf'"(?!takenDateTime"|cameraM)\w++":(?:[^{{}}",\x00-\x1f]++|{_TEXT}),?+'
_ROW = re.compile(
    rf'\{{"id":"(?!"){_PLAIN}","name":"({_PLAIN})","path":"({_PLAIN})"'
    rf'(?:,"size":(0|[1-9]\d{{0,17}}))?(?:,"eTag":{_TEXT})?(?:,"cTag":{_TEXT})?'
    rf'(?:,"createdDateTime":"{_DAY}")?(?:,"lastModifiedDateTime":"{_DAY}")?'
    rf',"parentReference":{_FLAT}(?:,("audio"):{_FLAT})?'
    rf',"file":\{{(?:"hashes":\{{(?:"crc32Hash":{_TEXT},?+)?(?:"quickXorHash":"({_PLAIN})"'
    rf'(?:,"sha1Hash":{_TEXT})?(?:,"sha256Hash":{_TEXT})?)?\}},?+)?(?:"mimeType":"({_PLAIN})")?\}}'
    rf'(?:,"fileSystemInfo":\{{(?:"createdDateTime":"{_DAY}",?+)?(?:"lastAccessedDateTime":{_ANY_TIME},?+)?'
    rf'(?:"lastModifiedDateTime":"{_DAY}")?\}})?(?:,("image"):{_FLAT})?(?:,"location":{_FLAT})?'
    rf'(?:,("photo"):\{{((?:"cameraMake":{_TEXT},?+)?(?:"cameraModel":{_TEXT},?+)?)(?:{_MEMBER})*+'
    rf'(?:"takenDateTime":"{_DAY}")?\}})?(?:,("video"):{_FLAT})?\}},?\r?\n'.encode()
)


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
            block.decode()
        except UnicodeDecodeError:
            raise _AnotherLayout from None
        position = 0
        while position < len(block):
            position = self._read_plain_lines(block, position)
            end = block.find(b"\n", position) + 1 or len(block)
            line = block[position:end].strip(b" \t\r\n,")
            if line == b"]":
                return True
            if line:
                self._read_odd_line(line)
            position = end
        return False

    def _read_plain_lines(self, block: bytes, position: int) -> int:
        """Read as many lines as the expression fits; returns where the next one begins."""
        columns, match, days = self.columns, _ROW.match, self._days
        add_size, add_kind, add_day = columns.sizes.append, columns.kinds.append, columns.days.append
        add_content, add_folder, add_camera = (
            columns.contents.append,
            columns.folder_of.append,
            columns.camera_of.append,
        )
        add_source, add_name = columns.sources.append, columns.add_name
        while found := match(block, position):
            (name, path, size_text, created, modified, audio, quick_xor, mime_type, client_created, client_modified,
             image, photo, camera, taken, video) = found.groups()  # fmt: skip
            folder, slash, last = path.rpartition(b"/")
            if last != name or not name or not slash or path[:1] != b"/":
                break
            day, source = days.get(taken), _TAKEN
            if not day:
                day, source = self._choose_day(taken, (client_created, created), (client_modified, modified))
            ending = b"/" + name if name[:1] == b"." else name[name.rfind(b".") :] if b"." in name else None
            signs = (ending, mime_type, audio, image, photo, video)
            kind = self._kinds.get(signs)
            size = int(size_text or 0)
            add_size(size)
            add_kind(self._read_kind(signs) if kind is None else kind)
            add_day(day)
            add_source(source)
            add_content(content_number(size, quick_xor) if quick_xor else 0)
            add_folder(columns.place_of_folder(folder))
            place = self._cameras.get(camera)
            add_camera(self._read_camera(camera) if place is None else place)
            add_name(name)
            position = found.end()
        return position

    def _read_odd_line(self, line: bytes) -> None:
        try:
            item = from_json(json.loads(line))
        except (ValueError, RecursionError, NotAnItem):
            raise _AnotherLayout from None
        if item.kind is Kind.FILE:
            self.columns.add_item(item)

    def _choose_day(
        self, taken: bytes | None, created: tuple[bytes | None, ...], modified: tuple[bytes | None, ...]
    ) -> tuple[int, int]:
        """As `day_of` chooses; the day as an ordinal and the place of its source."""
        for texts, source in (((taken,), _TAKEN), (created, _CREATED), (modified, _MODIFIED)):
            for text in texts:
                day = self._days.get(text)
                if day is None:
                    day = self._days[text] = _read_ordinal(text)
                if day:
                    return day, source
        return NO_DAY, _NONE

    def _read_kind(self, signs: tuple[bytes | None, ...]) -> int:
        ending, mime_type, *facets = signs
        held: dict[str, dict[str, object]] = {"file": {"mimeType": (mime_type or b"").decode()}}
        held.update({facet.decode().strip('"'): {} for facet in facets if facet})
        name = "-" + (ending or b"").decode()
        # A name that begins with a dot stands whole behind a slash: '.jpg' has no extension.
        name = name.partition("/")[2] or name
        place = KINDS.index(kind_of(DriveItem(id="-", name=name, kind=Kind.FILE, facets=held)))
        self._kinds[signs] = place
        return place

    def _read_camera(self, text: bytes | None) -> int:
        row = json.loads(b"{%b}" % (text or b"").rstrip(b","))
        place = self.columns.place_of_camera(camera_name(row.get("cameraMake"), row.get("cameraModel")))
        self._cameras[text] = place
        return place


def _read_ordinal(text: bytes | None) -> int:
    day = read_day(f"{text.decode()}T00:00:00Z", as_written=True) if text else None
    return day.toordinal() if day else NO_DAY
