"""A home with real pictures under odd names, and the report over it."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from onedrive.albums.record import Album, AlbumList, AlbumMember, write_album_list
from onedrive.home.verification import ItemClass, VerifiedItem
from onedrive.listing.reasons import NOTEBOOK, VAULT
from onedrive.report.page import write_report
from pretend_onedrive.model.pictures import landscape_jpeg
from tests.report.verified import verified, write_verified

ODD_NAMES = (
    "a #1 100%.jpg",
    "what? & why=x.jpg",
    "Grüße 日本 \U0001f33b.jpg",
    "plus+semi;colon:.jpg",
    "two\nlines.jpg",
    "%41%2Fb.jpg",
    "quote \"'`.jpg",
    "right\u202egpj.jpg",
    "byte \udce9.jpg",
    "back\\slash.jpg",
)
HOSTILE_NAMES = (
    "<img src=x onerror=alert(1)>.jpg",
    "<script>alert(2)<",
    "\"><svg onload='alert(3)'>.txt",
    "javascript:alert(4)",
    "${alert(5)}.txt",
)


def write_gallery(home: Path) -> Path:
    """Fill the home and write its report; the page's address."""
    downloads = home / "downloads"
    items = [*_plain_pictures(), *_odd_pictures(), *_others()]
    for number, item in enumerate(items):
        if item.local_path and item.item_class is not ItemClass.MISSING:
            place = downloads / item.local_path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(_bytes_of(place.suffix, number))
    (downloads / "Pictures/2022/broken.jpg").write_bytes(b"no picture at all")
    verdict = "Do not delete anything yet: 1 file is missing, 1 is damaged. Choose 4 to fetch them."
    facts = write_verified(home, items, verdict=verdict)
    members = [AlbumMember(item.id, item.path.rpartition("/")[2]) for item in (items[20], items[2], items[8])]
    albums = (
        Album("1", HOSTILE_NAMES[0], items[2].id, (*members, AlbumMember("", "lost.jpg"))),
        Album("2", "Empty", "", ()),
    )
    write_album_list(home, AlbumList(facts.drive_id, facts.when, albums))
    return write_report(home, downloads)


def _plain_pictures() -> list[VerifiedItem]:
    pictures = [
        verified(
            f"/Pictures/{year}/Walk {walk}/IMG_{number}.jpg", day=f"{year}-05-{number + 1:02}", size_bytes=number + 1
        )
        for year in (2019, 2021, 2022)
        for walk in (1, 2)
        for number in range(6)
    ]
    return [
        *pictures,
        verified("/Pictures/2022/painted.png", day="2022-01-01"),
        verified("/Pictures/2022/live.HEIC", ItemClass.BY_DESIGN, day="2022-01-02"),
        verified("/Pictures/2022/raw.cr2", day="2022-01-03"),
        verified("/Pictures/2022/broken.jpg", day="2022-01-04"),
        verified("/Pictures/2022/film.mp4", kind="videos", day="2022-01-05"),
    ]


def _odd_pictures() -> list[VerifiedItem]:
    return [verified(f"/Odd/{name}", day="2001-01-01") for name in ODD_NAMES]


def _others() -> list[VerifiedItem]:
    hostile = [verified(f"/Hostile/{name}", kind="documents", day="2002-02-02") for name in HOSTILE_NAMES]
    return [
        *hostile,
        verified("/Letters/torn.txt", ItemClass.DAMAGED, kind="documents", reason="12 bytes differ"),
        verified("/Letters/gone.txt", ItemClass.MISSING, kind="documents", day="2020-02-02"),
        verified("/Personal Vault", ItemClass.UNAVAILABLE, local_path="", size_bytes=0, kind="", day="", reason=VAULT),
        verified("/Notes", ItemClass.UNAVAILABLE, local_path="", size_bytes=0, kind="", day="", reason=NOTEBOOK),
        verified("", ItemClass.ONLY_HERE, local_path="Mine/été.txt", kind="documents", day="2024-04-04"),
        verified("/Big/film.iso", ItemClass.LEFT_OUT, local_path="", kind="other files", size_bytes=5_000_000_000),
    ]


def _bytes_of(suffix: str, seed: int) -> bytes:
    if suffix == ".jpg":
        return landscape_jpeg(seed, 96, 64)
    return _painted_png() if suffix == ".png" else b"some bytes"


def _painted_png() -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + bytes((x * 4, y * 4, 160)) * 1 for y in range(32) for x in (y,))
    header = struct.pack(">IIBBBBB", 1, 32, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
