"""The two halves of a Live Photo, still and film, known by their bytes: both carry the same content identifier.

    JPEG: segments ─► Exif          ┐
    HEIC: boxes ─► where Exif is    ┴─► Apple's MakerNote ─► tag 0x0011
    MOV:  boxes ─► moov, meta, keys and ilst ─► com.apple.quicktime.content.identifier

OneDrive hands the film that it keeps inside a still out to no program (graph-facts, 101), so a still may be deleted
there only where a film of its own is here. Few and small pieces of a file are read, whatever it says of itself: at most
`_MOST_BYTES` and `_MOST_PARTS`. (ExifRead reads none of it rightly: boxes of size 0 to 7 hold it for ever, a count
makes it read byte by byte for hours, what it found in one HEIC it remembers for the next, and texts of Apple's
MakerNote it takes 14 bytes too late.)

A file's mark is one text, as the manifest has it: '' (neither), 'still ID', 'film ID', or `UNREADABLE_STILL`.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from onedrive.graph.item import DriveItem

STILL, FILM = "still ", "film "
UNREADABLE_STILL = STILL + "?"  # an Apple picture, or a HEIC, whose description of itself contradicts itself
_MOST_BYTES = 4 << 20  # of a file are read
_MOST_PARTS = 2000  # boxes or segments of a file are looked at
_MOST_AT_ONCE_BYTES = 1 << 20
_HEAD_BYTES = 256 << 10
_SUFFIXES = frozenset({".heic", ".heif", ".jpg", ".jpeg", ".mov"})
_MIME_TYPES = frozenset({"image/heic", "image/heif", "image/jpeg", "video/quicktime"})
_APPLE_NOTE = b"Apple iOS\0"
_CONTENT_IDENTIFIER = 0x0011
_IDENTIFIER = re.compile(rb"[0-9A-Za-z-]{8,64}")
_FILM_KEY = b"com.apple.quicktime.content.identifier"
_FIRST_BOXES = frozenset({b"ftyp", b"wide", b"mdat", b"moov", b"free", b"skip"})


def may_be_half(item: DriveItem) -> bool:
    """Whether a file is worth a look: by its name, its type, or because OneDrive takes it for a photo."""
    suffix = PurePosixPath(item.name).suffix.lower()
    return suffix in _SUFFIXES or item.mime_type in _MIME_TYPES or "photo" in item.facets


def film_of(mark: str) -> str:
    """The mark that the film of a still has; '' where the mark names none."""
    return FILM + mark.removeprefix(STILL) if mark.startswith(STILL) and mark != UNREADABLE_STILL else ""


def read_mark(path: Path) -> str:
    """The mark of a file's bytes. Raises OSError."""
    with path.open("rb", buffering=0) as stream:
        source = _Source(stream, os.fstat(stream.fileno()).st_size)
        beginning = source.at(0, min(12, source.size))
        try:
            if beginning[:2] == b"\xff\xd8":
                return _mark_of_jpeg(source)
            return _mark_of_boxes(source) if beginning[4:8] in _FIRST_BOXES else ""
        except _Broken:
            # What still can be told without its structure: whether Apple's note is in its first part.
            mark = _mark_of_exif(_Source(stream, source.size).at(0, min(_HEAD_BYTES, source.size)))
            return mark or (UNREADABLE_STILL if _is_heic(beginning) else "")


class _Broken(Exception):
    """The file says of itself what cannot be, or more than is read."""


class _Source:
    """A file of which so much is read and no more."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.size = size
        self._stream = stream
        self._left = _MOST_BYTES
        self._parts_left = _MOST_PARTS

    def at(self, offset: int, length: int) -> bytes:
        """Bytes of the file. Raises _Broken when they are not there, or are too many."""
        self._left -= length
        if not 0 <= length <= _MOST_AT_ONCE_BYTES or self._left < 0 or offset + length > self.size:
            raise _Broken
        self._stream.seek(offset)
        parts = []
        while length and (part := self._stream.read(length)):
            parts.append(part)
            length -= len(part)
        if length:
            raise _Broken
        return b"".join(parts)

    def count_part(self) -> None:
        """One more segment or box. Raises _Broken when there are too many."""
        self._parts_left -= 1
        if self._parts_left < 0:
            raise _Broken


def _mark_of_jpeg(source: _Source) -> str:
    """Segments up to the picture itself; the Exif one holds the note."""
    offset = 2
    while True:
        source.count_part()
        marker, length = _unpack(">HH", source.at(offset, 4))
        if marker >> 8 != 0xFF:
            raise _Broken
        if marker in (0xFFDA, 0xFFD9):
            return ""
        if marker == 0xFFFF:  # a byte of filling
            offset += 1
            continue
        if length < 2:
            raise _Broken
        is_exif = marker == 0xFFE1 and length >= 8 and source.at(offset + 4, 6) == b"Exif\0\0"
        if is_exif and (mark := _mark_of_exif(source.at(offset + 4, length - 2))):
            return mark
        offset += 2 + length


class _Box(NamedTuple):
    kind: bytes
    begin: int  # of what is in it
    end: int


def _boxes(source: _Source, begin: int, end: int) -> Iterator[_Box]:
    """The boxes of a stretch of the file (ISO/IEC 14496-12)."""
    while begin + 8 <= end:
        source.count_part()
        size, kind = _unpack(">I4s", source.at(begin, 8))
        head = 8
        if size == 1:
            head, (size,) = 16, _unpack(">Q", source.at(begin + 8, 8))
        elif size == 0:
            size = end - begin  # as far as it goes
        if size < head or size > end - begin:
            raise _Broken
        yield _Box(kind, begin + head, begin + size)
        begin += size


def _mark_of_boxes(source: _Source) -> str:
    readers = {b"meta": _mark_of_heic, b"moov": _mark_of_film}
    for box in _boxes(source, 0, source.size):
        if box.kind in readers and (mark := readers[box.kind](source, box)):
            return mark
    return ""


def _mark_of_heic(source: _Source, meta: _Box) -> str:
    """Which item is Exif (iinf), where it is (iloc), and what it says."""
    parts = {box.kind: box for box in _boxes(source, meta.begin + 4, meta.end)}
    if b"iinf" not in parts or b"iloc" not in parts:
        return ""
    exif_id = _find_exif_item(source, parts[b"iinf"])
    if exif_id is None:
        return ""
    location = parts[b"iloc"]
    is_inside, extents = _find_extents(source.at(location.begin, location.end - location.begin), exif_id)
    start = parts[b"idat"].begin if is_inside and b"idat" in parts else 0
    return _mark_of_exif(b"".join(source.at(start + offset, length) for offset, length in extents))


def _find_exif_item(source: _Source, table: _Box) -> int | None:
    (version,) = source.at(table.begin, 1)
    for box in _boxes(source, table.begin + (8 if version else 6), table.end):
        head = source.at(box.begin, min(14, box.end - box.begin)) if box.kind == b"infe" else b""
        id_size = 4 if head[:1] == b"\3" else 2
        if head[6 + id_size : 10 + id_size] == b"Exif":
            return int.from_bytes(head[4 : 4 + id_size], "big")
    return None


def _find_extents(table: bytes, wanted: int) -> tuple[bool, list[tuple[int, int]]]:
    """Whether an item is inside of idat, and the stretches that it consists of. Raises _Broken."""
    version, sizes = table[:1], _unpack(">H", table[4:6])[0]
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    place = 6

    def number(size: int) -> int:
        nonlocal place
        place += size
        if place > len(table):
            raise _Broken
        return int.from_bytes(table[place - size : place], "big")

    is_later = version in (b"\1", b"\2")
    id_size = 4 if version == b"\2" else 2
    for _ in range(number(id_size)):
        item_id = number(id_size)
        method = number(2) & 15 if is_later else 0
        number(2)
        base = number(base_size)
        extents, count = [], number(2)
        if count > 1 and not offset_size + length_size:
            raise _Broken  # a count that costs no bytes
        for _ in range(count):
            number(index_size if is_later else 0)
            extents.append((base + number(offset_size), number(length_size)))
        if item_id == wanted:
            return method == 1, extents
    raise _Broken


def _mark_of_film(source: _Source, moov: _Box) -> str:
    """A film that cannot be read is no film of any still: that is the safe side."""
    try:
        meta = next((box for box in _boxes(source, moov.begin, moov.end) if box.kind == b"meta"), None)
        if meta is None:
            return ""
        is_plain = source.at(meta.begin + 4, 4) == b"hdlr"  # QuickTime's; in MP4 a version stands before it
        parts = {box.kind: box for box in _boxes(source, meta.begin + (0 if is_plain else 4), meta.end)}
        if b"keys" not in parts or b"ilst" not in parts:
            return ""
        number = _find_key(source, parts[b"keys"])
        for item in _boxes(source, parts[b"ilst"].begin, parts[b"ilst"].end):
            if int.from_bytes(item.kind, "big") == number:
                data = next((box for box in _boxes(source, item.begin, item.end) if box.kind == b"data"), None)
                identifier = _identifier(source.at(data.begin + 8, data.end - data.begin - 8)) if data else ""
                return FILM + identifier if identifier else ""
    except _Broken:
        pass
    return ""


def _find_key(source: _Source, keys: _Box) -> int:
    """The number of the key in the table; 0: it is not there."""
    offset, number = keys.begin + 8, 0
    while offset + 8 <= keys.end:
        source.count_part()
        number += 1
        (size,) = _unpack(">I", source.at(offset, 4))
        if size < 8 or size > keys.end - offset:
            raise _Broken
        if size == 8 + len(_FILM_KEY) and source.at(offset + 8, size - 8) == _FILM_KEY:
            return number
        offset += size
    return 0


def _mark_of_exif(exif: bytes) -> str:
    """What Apple's MakerNote says; it is found by its first letters, and its places count from there."""
    begin = exif.find(_APPLE_NOTE)
    if begin < 0:
        return ""
    note = exif[begin:]
    if note[12:14] not in (b"MM", b"II"):
        return UNREADABLE_STILL
    order = ">" if note[12:14] == b"MM" else "<"
    try:
        (count,) = _unpack(f"{order}H", note[14:16])
        for number in range(count):
            tag, form, length, place = _unpack(f"{order}HHII", note[16 + 12 * number : 28 + 12 * number])
            if tag == _CONTENT_IDENTIFIER:
                text = note[place : place + length]
                identifier = _identifier(text) if form == 2 and len(text) == length > 4 else ""
                return STILL + identifier if identifier else UNREADABLE_STILL
    except _Broken:
        return UNREADABLE_STILL
    return ""


def _identifier(text: bytes) -> str:
    """In capitals; '' for what is none."""
    text = text.split(b"\0", 1)[0]
    return text.decode("ascii").upper() if _IDENTIFIER.fullmatch(text) else ""


def _is_heic(beginning: bytes) -> bool:
    return beginning[4:8] == b"ftyp" and beginning[8:12] in (
        *(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"),
        *(b"mif1", b"msf1"),
    )


def _unpack(form: str, octets: bytes) -> tuple:  # type: ignore[type-arg]  # whatever the form says
    try:
        return struct.unpack(form, octets)
    except struct.error as error:
        raise _Broken from error
