"""The two halves of a Live Photo as an iPhone writes them, small: a still (JPEG or HEIC) and its film (MOV).

What joins them is a content identifier: in the still it stands in Apple's MakerNote of the Exif data (tag 0x0011, as
ExifTool's Apple tables have it), in the film among QuickTime's metadata. ISO/IEC 14496-12 and 23008-12 have the boxes,
CIPA DC-008 the Exif.
"""

from __future__ import annotations

import struct

from pretend_onedrive.model.pictures import encode_jpeg, landscape

_KEY = b"com.apple.quicktime.content.identifier"


def half_of(identifier: str, path: str) -> bytes:
    """The half that belongs under a name: the film, or the still as JPEG or HEIC."""
    name = path.lower()
    if name.endswith(".mov"):
        return live_film(identifier)
    return live_still_jpeg(identifier) if name.endswith((".jpg", ".jpeg")) else live_still_heic(identifier)


def live_still_jpeg(identifier: str, *, seed: int = 1, width: int = 32, height: int = 32) -> bytes:
    """A landscape, the still of a Live Photo."""
    return encode_jpeg(landscape(seed), width, height, live_exif(identifier))


def live_still_heic(identifier: str, *, picture: bytes = b"\0" * 2000) -> bytes:
    """The boxes of a HEIC file around an Exif item; the picture itself is none."""
    exif = struct.pack(">I", 6) + live_exif(identifier)
    head = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    infos = box(b"iinf", b"\0\0\0\0\0\2" + _info(1, b"hvc1") + _info(2, b"Exif"))
    place = 0
    for _ in range(2):  # the second time it is known where the bytes stand
        entries = _place(1, place, len(picture)) + _place(2, place + len(picture), len(exif))
        location = box(b"iloc", b"\0\0\0\0\x44\0\0\2" + entries)
        meta = box(b"meta", b"\0\0\0\0" + box(b"hdlr", b"\0" * 8 + b"pict" + b"\0" * 13) + infos + location)
        place = len(head) + len(meta) + 8
    return head + meta + box(b"mdat", picture + exif)


def live_film(identifier: str, *, frames: bytes = b"\0" * 3000) -> bytes:
    """The boxes of a QuickTime film that names the still's identifier; its index comes last, as a camera writes it."""
    keys = box(b"keys", struct.pack(">II", 0, 1) + struct.pack(">I4s", 8 + len(_KEY), b"mdta") + _KEY)
    value = box(b"data", struct.pack(">II", 1, 0) + identifier.encode())
    meta = box(b"meta", box(b"hdlr", b"\0" * 8 + b"mdta" + b"\0" * 12) + keys + box(b"ilst", box(b"\0\0\0\1", value)))
    return box(b"ftyp", b"qt  \0\0\0\0qt  ") + box(b"mdat", frames) + box(b"moov", box(b"mvhd", b"\0" * 100) + meta)


def live_exif(identifier: str) -> bytes:
    """Exif in big-endian TIFF with Make and an Apple MakerNote, whose own places count from its first letter."""
    text = identifier.encode() + b"\0"
    index = struct.pack(">HHII", 0x0001, 9, 1, 14) + struct.pack(">HHII", 0x0011, 2, len(text), 16 + 24 + 4)
    note = b"Apple iOS\0\0\1MM" + struct.pack(">H", 2) + index + bytes(4) + text
    first = struct.pack(">H", 2) + struct.pack(">HHII", 0x010F, 2, 6, 38) + struct.pack(">HHII", 0x8769, 4, 1, 44)
    second = struct.pack(">H", 1) + struct.pack(">HHII", 0x927C, 7, len(note), 62) + bytes(4)
    return b"Exif\0\0MM\0*\0\0\0\x08" + first + bytes(4) + b"Apple\0" + second + note


def box(kind: bytes, body: bytes) -> bytes:
    """A box: its length, its name, what is in it."""
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _info(number: int, kind: bytes) -> bytes:
    return box(b"infe", b"\2\0\0\0" + struct.pack(">HH4s", number, 0, kind) + b"\0")


def _place(number: int, offset: int, length: int) -> bytes:
    return struct.pack(">HHHII", number, 0, 1, offset, length)
