"""The drive of the demo: every kind of thing and of oddity is on it, real of its kind, and the same each time."""

from __future__ import annotations

import io
import itertools
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator

import pytest

from pretend_onedrive.model.drive import DemoDrive, DemoItem
from pretend_onedrive.model.pictures import encode_jpeg, landscape
from pretend_onedrive.model.sample import build_sample_drive


@pytest.fixture(scope="module")
def drive() -> DemoDrive:
    return build_sample_drive()


def content_of(item: DemoItem) -> bytes:
    assert item.content is not None
    return item.content.read(0, item.true_size)


def test_it_has_some_sixty_items_of_each_kind(drive: DemoDrive) -> None:
    kinds = {item.kind for item in drive.root.tree()}

    assert 55 <= len(drive.items) <= 75
    assert kinds == {"root", "folder", "file", "notebook", "vault", "shortcut"}


def test_it_is_the_same_every_time(drive: DemoDrive) -> None:
    def facts(of: DemoDrive) -> list[tuple[object, ...]]:
        return [(item.path, item.id, item.etag, item.size, item.quick_xor_hash) for item in of.root.tree()]

    assert facts(build_sample_drive()) == facts(drive)


def test_it_has_the_oddities(drive: DemoDrive) -> None:
    names = [item.name for item in drive.root.tree()]

    for sign in ("#", "%", "+", "🎉", "本"):
        assert any(sign in name for name in names)
    assert any(name != unicodedata.normalize("NFC", name) for name in names)
    assert 230 < max(len(name.encode()) for name in names) <= 255
    assert any(not item.children for item in drive.root.tree() if item.kind == "folder")
    assert any(item.true_size == 0 for item in drive.files())
    assert any(item.size != item.true_size and item.name.endswith(".HEIC") for item in drive.files())
    assert any(item.true_size == 80_000_000 and item.paced_bytes_per_second for item in drive.files())


def test_pictures_have_dates_and_cameras_over_several_years(drive: DemoDrive) -> None:
    photos = [item.facets["photo"] for item in drive.files() if item.facets.get("photo")]

    assert len({photo["takenDateTime"][:4] for photo in photos}) >= 6
    assert len({photo.get("cameraModel") for photo in photos}) >= 4


def test_pictures_are_jpegs_that_differ_and_carry_their_date(drive: DemoDrive) -> None:
    pictures = [item for item in drive.files() if item.name.lower().endswith((".jpg", ".heic"))]

    for item in pictures:
        raw, photo = content_of(item), item.facets["photo"]
        assert jpeg_size(raw) == (item.facets["image"]["width"], item.facets["image"]["height"])
        assert photo["takenDateTime"].rstrip("Z").replace("-", ":").replace("T", " ").encode() + b"\0" in raw
        assert photo["cameraModel"].encode() + b"\0" in raw
    assert len({content_of(item) for item in pictures}) == len(pictures)


def test_the_scan_of_a_picture_decodes_to_its_colours() -> None:
    raw = encode_jpeg(lambda x, _y: (250.0, 10.0, 10.0) if x < 0.5 else (20.0, 200.0, 40.0), 32, 16)

    luma = decode_luma(raw, blocks=8)

    assert luma[:4] == [82] * 4
    assert luma[4:] == [128] * 4


def test_landscapes_differ_by_seed() -> None:
    assert encode_jpeg(landscape(1), 64, 48) != encode_jpeg(landscape(8), 64, 48)


def test_the_screenshots_are_pngs(drive: DemoDrive) -> None:
    for item in drive.find("/Pictures/Screenshots").sorted_children():
        raw = content_of(item)
        chunks = list(png_chunks(raw))
        assert [name for name, _ in chunks] == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
        assert len(zlib.decompress(chunks[2][1])) == 200 * 321


def test_the_films_are_avis_of_jpegs(drive: DemoDrive) -> None:
    for item in drive.find("/Videos").sorted_children():
        raw = content_of(item)
        frames = raw.count(b"00dc", 0, raw.rindex(b"idx1"))
        assert raw[:4] + raw[8:12] == b"RIFFAVI "
        assert struct.unpack("<I", raw[4:8])[0] == len(raw) - 8
        assert frames * 1000 // 6 == item.facets["video"]["duration"]


def test_music_and_the_big_recording_are_wavs(drive: DemoDrive) -> None:
    for item in drive.files():
        if item.name.endswith(".wav"):
            assert item.content is not None
            head = item.content.read(0, 160)
            place = head.index(b"data")
            assert head[:4] + head[8:12] == b"RIFFWAVE"
            assert struct.unpack("<I", head[4:8])[0] == item.size - 8
            assert struct.unpack("<I", head[place + 4 : place + 8])[0] == item.size - place - 8


def test_documents_are_real_of_their_kind(drive: DemoDrive) -> None:
    letter = zipfile.ZipFile(io.BytesIO(content_of(drive.find("/Documents/Letter to the landlord.docx"))))
    invoice = content_of(drive.find("/Documents/Invoices/Invoice 2024-03.pdf"))

    assert letter.testzip() is None
    assert b"Mr Brown" in letter.read("word/document.xml")
    assert invoice.startswith(b"%PDF-1.4")
    table = int(invoice.split(b"startxref\n")[1].split()[0])
    assert invoice[table:].startswith(b"xref")
    assert "Grüße" in content_of(drive.find("/Documents/Grüße aus Köln.txt")).decode()


def test_the_shortcut_leads_to_another_persons_folder(drive: DemoDrive) -> None:
    remote = drive.find("/Family photos").remote

    assert remote is not None
    assert remote.drive.id == "64e50000000d6004"
    assert len(drive.reachable_drives()) == 2


def test_it_can_be_had_in_each_dialect() -> None:
    old, work = build_sample_drive(dialect="old"), build_sample_drive(None, drive_type="business")

    assert old.find("/Pictures").id.startswith("0F09000000CFEA42!")
    assert work.drive_type == "business"
    assert not any(item.paced_bytes_per_second for item in work.files())


def jpeg_size(raw: bytes) -> tuple[int, int]:
    place = raw.index(b"\xff\xc0")
    height, width = struct.unpack(">HH", raw[place + 5 : place + 9])
    assert raw.startswith(b"\xff\xd8")
    assert raw.endswith(b"\xff\xd9")
    return width, height


def decode_luma(raw: bytes, *, blocks: int) -> list[int]:
    """The means of the luma blocks, by a plain Huffman decoder of this test's own."""
    place = raw.index(b"\xff\xc4") + 5
    lengths, values = raw[place : place + 16], raw[place + 16 : place + 28]
    codes, code, at = dict[str, int](), 0, 0
    for size, count in enumerate(lengths, start=1):
        for _ in range(count):
            codes[f"{code:0{size}b}"] = values[at]
            code, at = code + 1, at + 1
        code <<= 1
    start = raw.index(b"\xff\xda") + 14
    bits = iter("".join(f"{byte:08b}" for byte in raw[start:-2].replace(b"\xff\0", b"\xff")))
    found, last = list[int](), [0, 0, 0]
    for component in itertools.cycle([0, 0, 0, 0, 1, 2]):
        word = ""
        while word not in codes:
            word += next(bits)
        size = codes[word]
        extra = "".join(itertools.islice(bits, size))
        difference = 0 if not size else int(extra, 2) if extra[0] == "1" else int(extra, 2) - (1 << size) + 1
        last[component] += difference
        assert next(bits) == "0"  # the end of the block
        if component == 0:
            found.append(last[0] + 128)
        if len(found) == blocks and component == 2:
            return found
    return found


def png_chunks(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    while place < len(raw):
        size = struct.unpack(">I", raw[place : place + 4])[0]
        name, body = raw[place + 4 : place + 8], raw[place + 8 : place + 8 + size]
        assert struct.unpack(">I", raw[place + 8 + size : place + 12 + size])[0] == zlib.crc32(name + body)
        yield name, body
        place += 12 + size
