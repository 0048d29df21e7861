"""Live Photos are known by their bytes, and no file, whatever it says of itself, costs more than a few small reads."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from onedrive.graph.item import DriveItem, Kind
from onedrive.local.live_photos import UNREADABLE_STILL, _Source, film_of, may_be_half, read_mark
from pretend_onedrive.model.live_photos import box, live_exif, live_film, live_still_heic, live_still_jpeg

ID = "E9C1B7A6-5F0E-4C7B-9E0A-0123456789AB"
JPEG, HEIC, FILM = live_still_jpeg(ID), live_still_heic(ID), live_film(ID)
FTYP = box(b"ftyp", b"heic\0\0\0\0mif1heic")
NOTE = JPEG.index(b"Apple iOS")


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">HH", marker, len(body) + 2) + body


def _in_jpeg(exif: bytes, before: bytes = b"") -> bytes:
    return b"\xff\xd8" + before + _segment(0xFFE1, exif) + b"\xff\xda\0\2"


def _with(content: bytes, place: int, other: bytes) -> bytes:
    return content[:place] + other + content[place + len(other) :]


def _meta(*boxes: bytes) -> bytes:
    return FTYP + box(b"meta", b"\0\0\0\0" + b"".join(boxes))


def _iloc(version: int, body: bytes) -> bytes:
    infos = box(b"iinf", b"\0\0\0\0\0\1" + box(b"infe", b"\2\0\0\0\0\2\0\0Exif\0"))
    return _meta(infos, box(b"iloc", bytes([version, 0, 0, 0]) + body))


def _inside_of_idat() -> bytes:
    exif = struct.pack(">I", 6) + live_exif(ID)
    place = struct.pack(">IIHHHII", 1, 2, 1, 0, 1, 0, len(exif))
    infos = box(b"iinf", b"\1\0\0\0\0\0\0\1" + box(b"infe", b"\3\0\0\0\0\0\0\2\0\0Exif\0"))
    return _meta(infos, box(b"iloc", b"\2\0\0\0\x44\0" + place), box(b"idat", exif))


MARKS = {
    "jpeg": (JPEG, f"still {ID}"),
    "heic": (HEIC, f"still {ID}"),
    "film": (FILM, f"film {ID}"),
    "small letters": (live_still_jpeg(ID.lower()), f"still {ID}"),
    "other segments first": (
        _in_jpeg(live_exif(ID), _segment(0xFFE0, b"JFIF\0") + _segment(0xFFE2, bytes(60_000)) + b"\xff"),
        f"still {ID}",
    ),
    "another Exif first": (_in_jpeg(live_exif(ID), _segment(0xFFE1, b"Exif\0\0II*\0")), f"still {ID}"),
    "heic of another version, in idat": (_inside_of_idat(), f"still {ID}"),
    "film in MP4's form": (FILM.replace(b"qt  ", b"mp42"), f"film {ID}"),
    "no Apple": (JPEG.replace(b"Apple iOS", b"Other one"), ""),
    "Apple, and no Live Photo": (_with(JPEG, NOTE + 29, b"\x12"), ""),
    "a picture that carries its film": (JPEG.replace(b"Apple iOS", b"Other one") + FILM, ""),
    "no picture": (b"p" * 5000, ""),
    "empty": (b"", ""),
    "text of that name": (b"\xff\xd8\xff\xda\0\2" + b"Apple iOS\0", ""),
}
BROKEN = {
    "truncated note": (_in_jpeg(JPEG[6 : NOTE + 70]), UNREADABLE_STILL),
    "a number where the text should be": (_with(JPEG, NOTE + 30, b"\0\4"), UNREADABLE_STILL),
    "text far outside": (_with(JPEG, NOTE + 36, b"\xff" * 4), UNREADABLE_STILL),
    "text of no identifier": (JPEG.replace(ID.encode(), b"?" * 36), UNREADABLE_STILL),
    "count of the note": (_with(JPEG, NOTE + 14, b"\xff\xff"), f"still {ID}"),
    "endless count, nothing found": (_with(_with(JPEG, NOTE + 14, b"\xff\xff"), NOTE + 29, b"\x12"), UNREADABLE_STILL),
    "jpeg without end": (b"\xff\xd8" + _segment(0xFFE0, b"JFIF\0") * 3000, ""),
    "segment of length 0": (b"\xff\xd8\xff\xe1\0\0" + bytes(100), ""),
    "damaged before the note": (_with(JPEG, 2, b"\0\0"), f"still {ID}"),
    "box of size 0": (FTYP + struct.pack(">I4s", 0, b"meta") + bytes(50), ""),
    "box that goes back": (FTYP + struct.pack(">I4sQ", 1, b"xxxx", 0) + bytes(100), UNREADABLE_STILL),
    "box of size 7": (FTYP + struct.pack(">I4s", 7, b"xxxx") + bytes(100), UNREADABLE_STILL),
    "box larger than the file": (FTYP + struct.pack(">I4s", 1 << 31, b"meta"), UNREADABLE_STILL),
    "boxes without end": (FTYP + box(b"free", b"") * 5000, UNREADABLE_STILL),
    "film of boxes without end": (box(b"ftyp", b"qt  ") + box(b"moov", box(b"trak", b"") * 5000), ""),
    "film with a key of length 0": (FILM.replace(struct.pack(">I", 46) + b"mdta", bytes(4) + b"mdta"), ""),
    "places without end": (_iloc(2, b"\x00\x00" + b"\xff" * 4 + (b"\0\1\0\0\0\0\xff\xff") * 100), UNREADABLE_STILL),
    "Exif outside of the file": (_iloc(0, b"\x44\0\0\1\0\2\0\0\0\1" + b"\xff" * 8), UNREADABLE_STILL),
    "Exif of 100 MB": (_iloc(0, b"\x44\0\0\1\0\2\0\0\0\1\0\0\0\0\x06\0\0\0"), UNREADABLE_STILL),
    "truncated heic": (HEIC[:-40], UNREADABLE_STILL),
    "heic cut in its index": (HEIC[:150], UNREADABLE_STILL),
}


@pytest.mark.parametrize("name", MARKS | BROKEN)
def test_the_mark_of_a_file(tmp_path: Path, name: str) -> None:
    content, mark = (MARKS | BROKEN)[name]
    (tmp_path / "a").write_bytes(content)

    assert read_mark(tmp_path / "a") == mark


@pytest.mark.parametrize("content", [JPEG, HEIC, FILM], ids=["jpeg", "heic", "film"])
def test_a_file_that_is_cut_or_damaged_anywhere_is_read_all_the_same(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a"
    for place in range(0, len(content), 5 if len(content) < 1000 else 11):
        for spoiled in (content[:place], _with(content, place, b"\xff\xff\xff\xff"), _with(content, place, bytes(4))):
            path.write_bytes(spoiled)
            assert read_mark(path).partition(" ")[0] in ("", "still", "film")


@pytest.mark.parametrize("head", [JPEG, HEIC, FILM[:-300], FTYP + struct.pack(">I4s", 0, b"mdat")])
def test_of_a_large_file_little_is_read(tmp_path: Path, head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    with path.open("wb") as stream:
        stream.write(head)
        stream.truncate(100_000_000)
    read: list[int] = []
    usual = _Source.at  # what is read goes through it alone

    def at(source: _Source, offset: int, length: int) -> bytes:
        read.append(length)
        return usual(source, offset, length)

    monkeypatch.setattr(_Source, "at", at)

    read_mark(path)

    assert sum(read) < 5_000_000
    assert len(read) < 5000


@pytest.mark.parametrize(
    ("name", "mime_type", "facets", "is_worth_a_look"),
    [
        ("a.HEIC", "", {}, True),
        ("a.jpeg", "", {}, True),
        ("a.MOV", "", {}, True),
        ("a", "image/heif", {}, True),
        ("a.bin", "", {"photo": {}}, True),
        ("a.txt", "text/plain", {}, False),
    ],
)
def test_what_may_be_half_of_a_live_photo(
    name: str, mime_type: str, facets: dict[str, dict[str, object]], *, is_worth_a_look: bool
) -> None:
    item = DriveItem("1", name, Kind.FILE, facets={"file": {"mimeType": mime_type}, **facets})

    assert may_be_half(item) is is_worth_a_look


def test_a_still_that_cannot_be_read_has_no_film() -> None:
    assert film_of(UNREADABLE_STILL) == film_of("") == film_of(f"film {ID}") == ""
    assert film_of(f"still {ID}") == f"film {ID}"
