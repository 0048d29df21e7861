"""The drive that a person sees in the demo: some sixty items, real ones of their kind, and one of each oddity.

`build_sample_drive()` makes the same drive every time. The rows below are the drive; `_add_…` put them in.
"""

from __future__ import annotations

import functools
import io
import math
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

from pretend_onedrive.model.content import SampleContent
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.model.live_photos import half_of, live_still_jpeg
from pretend_onedrive.model.pictures import landscape, landscape_jpeg, motion_jpeg_avi, riff_chunk

SAMPLES_PER_SECOND = 44100


@functools.cache  # a drive that is loaded again has the same ones
def make_sample(recipe: str) -> bytes:
    """The bytes that a recipe makes; raises KeyError for a maker that does not exist (any more)."""
    maker, _, rest = recipe.partition("|")
    return _MAKERS[maker](rest)


def wave_header(size_bytes: int) -> bytes:
    """The first 160 bytes of a WAV file (16-bit stereo) that is `size_bytes` long in all."""
    form = struct.pack("<2H2I2H", 1, 2, SAMPLES_PER_SECOND, SAMPLES_PER_SECOND * 4, 4, 16)
    chunks = riff_chunk(b"fmt ", form) + riff_chunk(b"JUNK", bytes(160 - 12 - (8 + len(form)) - 8 - 8))
    sizes = struct.pack("<I", size_bytes - 8), struct.pack("<I", size_bytes - 160)
    return b"RIFF" + sizes[0] + b"WAVE" + chunks + b"data" + sizes[1]


def _picture(rest: str) -> bytes:
    number, size, taken, make, model = rest.split("|")
    width, height = (int(side) for side in size.split("x"))
    return landscape_jpeg(int(number), width, height, taken=taken, make=make, model=model)


def _live_photo(rest: str) -> bytes:
    identifier, ending = rest.split("|")
    if ending == ".JPG":
        return live_still_jpeg(identifier, seed=27, width=480, height=320)
    return half_of(identifier, ending)


def _film(rest: str) -> bytes:
    number, frames = (int(part) for part in rest.split("|"))
    return motion_jpeg_avi(number, 320, 240, frames=frames, frames_per_second=6)


def _screenshot(rest: str) -> bytes:
    """A PNG of a window with lines of text, in a palette of four colours; not compressed, so the same everywhere."""
    width, height = 320, 200
    rows = bytearray()
    for y in range(height):
        ink = b"\1" if y > 30 and y % 14 < 7 else b"\0"
        text = b"\0" * 19 + ink * (40 + (y // 14 * 37 * int(rest)) % 220)
        rows += b"\0" + (b"\2" * width if y < 20 else b"\3" + text.ljust(width - 2, b"\0") + b"\3")
    palette = bytes((250, 250, 252, 70, 80, 90, 40, 90, 170, 180, 180, 190))
    head = struct.pack(">2I5B", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(bytes(rows), 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def _tune(rest: str) -> bytes:
    """A WAV of a few notes, mono, 8,000 samples a second."""
    samples = bytearray()
    for note in rest.split():
        step = 2 * math.pi * 440 * 2 ** ((int(note) - 69) / 12) / 8000
        for place in range(2000):
            samples += struct.pack("<h", int(9000 * math.sin(place * step) * (1 - place / 2000)))
    form = struct.pack("<2H2I2H", 1, 1, 8000, 16000, 2, 16)
    return riff_chunk(b"RIFF", b"WAVE" + riff_chunk(b"fmt ", form) + riff_chunk(b"data", bytes(samples)))


def _pdf(rest: str) -> bytes:
    """One page with lines of plain text."""
    lines = rest.split("\n")
    text = "BT /F1 14 Tf 72 760 Td 20 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 6\n0000000000 65535 f \n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return (body + end).encode("latin-1")


def _document(rest: str) -> bytes:
    """A Word document with a paragraph for each line."""
    kinds = "http://schemas.openxmlformats.org/package/2006/content-types"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    words = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    main_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    paragraphs = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in rest.split("\n"))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{kinds}"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main_type}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{relations}">'
        f'<Relationship Id="rId1" Type="{office}" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{words}"><w:body>{paragraphs}</w:body></w:document>',
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), head + content)
    return packed.getvalue()


def _bitmap(rest: str) -> bytes:
    """A small uncompressed BMP icon."""
    paint = landscape(int(rest))
    dots = [(x / 32, 1 - y / 32) for y in range(32) for x in range(32)]
    rows = b"".join(bytes(int(part) for part in reversed(paint(*dot))) for dot in dots)
    head = struct.pack("<3I", 54 + len(rows), 0, 54)
    return b"BM" + head + struct.pack("<3I2H6I", 40, 32, 32, 1, 24, 0, len(rows), 0, 0, 0, 0) + rows


_MAKERS: dict[str, Callable[[str], bytes]] = {
    "picture": _picture,
    "live": _live_photo,
    "film": _film,
    "screenshot": _screenshot,
    "tune": _tune,
    "pdf": _pdf,
    "document": _document,
    "text": str.encode,
    "bitmap": _bitmap,
}


BIG_FILE_BYTES = 80_000_000
BIG_FILE_PACE = 16_000_000  # bytes a second: five seconds of progress bar
OTHER_PERSONS_DRIVE = "64e50000000d6004"

IPHONE_8 = ("Apple", "iPhone 8", {"fNumber": 1.8, "focalLength": 3.99, "iso": 25})
IPHONE_15 = ("Apple", "iPhone 15", {"fNumber": 1.6, "focalLength": 6.77, "iso": 80})
PIXEL = ("Google", "Pixel 6", {"fNumber": 1.85, "focalLength": 6.81, "iso": 55})
CANON = ("Canon", "Canon EOS 80D", {"fNumber": 8.0, "focalLength": 35.0, "iso": 200})
Camera = tuple[str, str, dict[str, float]]

# path, seed, size, taken (the camera's clock), camera, place
PICTURES: list[tuple[str, int, str, str, Camera, tuple[float, float] | None]] = [
    ("2017 Coast walk/IMG_0107.JPG", 5, "480x320", "2017-07-15T10:21:09Z", CANON, None),
    ("2017 Coast walk/IMG_0112.JPG", 12, "480x320", "2017-07-15T11:40:51Z", CANON, None),
    ("2017 Coast walk/IMG_0131.JPG", 1, "480x320", "2017-07-15T21:12:30Z", CANON, None),
    ("2019 Copenhagen/IMG_1234.JPG", 6, "480x320", "2019-05-04T12:11:12Z", IPHONE_8, (55.6761, 12.5683)),
    ("2019 Copenhagen/IMG_1240.JPG", 0, "320x480", "2019-05-04T15:02:44Z", IPHONE_8, (55.6802, 12.5871)),
    ("2019 Copenhagen/IMG_1251.JPG", 8, "480x320", "2019-05-05T20:55:01Z", IPHONE_8, (55.6929, 12.5993)),
    ("2020/Winter walk 1.jpg", 2, "480x320", "2020-02-29T09:30:00Z", CANON, None),
    ("2020/Winter walk 2.jpg", 9, "480x320", "2020-02-29T09:48:10Z", CANON, None),
    ("2021/PXL_20211009_164512.jpg", 4, "480x320", "2021-10-09T16:45:12Z", PIXEL, None),
    ("2021/PXL_20211009_171003.jpg", 11, "480x320", "2021-10-09T17:10:03Z", PIXEL, None),
    ("2021/PXL_20211231_235958.jpg", 3, "480x320", "2021-12-31T23:59:58Z", PIXEL, None),
    ("2023 Été à la mer/IMG_0001 #1 100%.jpg", 19, "480x320", "2023-08-02T11:00:00Z", IPHONE_15, (43.6961, 7.2718)),
    ("2023 Été à la mer/IMG_0002.jpg", 26, "480x320", "2023-08-02T11:05:00Z", IPHONE_15, (43.6961, 7.2718)),
    ("2023 Été à la mer/IMG_0003.jpg", 15, "480x320", "2023-08-03T21:30:00Z", IPHONE_15, None),
    ("Camera Roll/20250114_081500.jpg", 16, "480x320", "2025-01-14T08:15:00Z", IPHONE_15, None),
    ("Camera Roll/20250622_203311.jpg", 22, "480x320", "2025-06-22T20:33:11Z", IPHONE_15, None),
    ("Camera Roll/20251031_183000.jpg", 17, "480x320", "2025-10-31T18:30:00Z", PIXEL, None),
    ("Camera Roll/20260301_105958.jpg", 13, "640x480", "2026-03-01T10:59:58Z", IPHONE_15, (55.6761, 12.5683)),
]
LONG_NAME = f"A very long name {'größer und länger ' * 8}und noch ein Stück, bis kurz vor 255 Bytes, mehr geht nicht"
LETTER = "document|Dear Mr Brown,\nThe heating works again. Thank you.\nA. Person"
INVOICE = "pdf|Invoice 2024-03\nOne garden bench: 129.00\nPaid with thanks"
ACCENTS = unicodedata.normalize("NFD", "Café menü")
# path below Documents, modified, recipe
DOCUMENTS: list[tuple[str, str, str]] = [
    ("Grüße aus Köln.txt", "2024-11-11T11:11:11Z", "text|Liebe Grüße aus Köln!\nÄpfel, Öl, Übung, Straße, 12 €\n"),
    ("Letter to the landlord.docx", "2025-02-03T16:20:00Z", LETTER),
    ("Letters/Thank you note.docx", "2022-06-18T09:00:00Z", "document|Thank you for the lovely evening."),
    ("Invoices/Invoice 2024-03.pdf", "2024-03-28T13:37:00Z", INVOICE),
    ("Invoices/Invoice 2025-01.pdf", "2025-01-09T08:05:30Z", "pdf|Invoice 2025-01\nTwo lamps: 58.00"),
    ("Invoices/Budget 2025.csv", "2025-03-01T07:00:00Z", "text|month;in;out\nJanuary;2100;1890\nFebruary;2100;1730\n"),
    ("Odd names/100% sure, #1 + more.txt", "2023-01-01T00:00:00Z", "text|A name with %, # and +.\n"),
    ("Odd names/100%25.txt", "2023-01-01T00:00:01Z", "text|The name really has %25 in it.\n"),
    ("Odd names/C# & F#/Readme.md", "2023-01-01T00:00:02Z", "text|# Notes\n\nA folder with # in its name.\n"),
    ("Odd names/🎉 Party 🎂 list.txt", "2023-01-01T00:00:03Z", "text|Balloons, cake, music\n"),
    (f"Odd names/{ACCENTS}.txt", "2023-01-01T00:00:04Z", "text|The accents of this name are combining characters.\n"),
    (f"Odd names/{LONG_NAME}.txt", "2023-01-01T00:00:05Z", "text|A name of nearly 255 bytes.\n"),
    ("Odd names/日本語のファイル.txt", "2023-01-01T00:00:06Z", "text|こんにちは\n"),
    ("Odd names/.hidden", "2023-01-01T00:00:07Z", "text|A name that begins with a dot.\n"),
    ("empty.txt", "2026-04-01T00:00:00Z", "text|"),
]
SHA_LISTED = ("Letter to the landlord.docx", "Letters/Thank you note.docx")  # sha1 and sha256 too


def build_sample_drive(
    big_file_bytes_per_second: int | None = BIG_FILE_PACE,
    *,
    big_file_bytes: int = BIG_FILE_BYTES,
    dialect: str = "new",
    drive_type: str = "personal",
) -> DemoDrive:
    """The sample drive; a pace of `None` serves its large file as fast as it goes."""
    drive = DemoDrive(dialect, drive_type=drive_type)
    documents = drive.add_folder("/Documents", special="documents", modified="2026-02-19T07:35:51Z")
    drive.add_folder("/Pictures", special="photos", modified="2026-02-19T07:35:52Z")
    drive.add_folder("/Pictures/Camera Roll", special="cameraroll")
    drive.add_folder("/Music", special="music")
    drive.add_folder(f"{documents.path}/Empty folder", modified="2022-02-02T22:22:22Z")
    for path, modified, recipe in DOCUMENTS:
        drive.add_file(f"/Documents/{path}", _sample(recipe), modified=modified, lists_sha=path in SHA_LISTED)
    _add_pictures(drive)
    _add_films_and_music(drive)
    _add_odd_items(drive)
    _add_albums(drive)
    big = "/Music/Recordings/Choir, the whole concert.wav"
    head, modified = wave_header(big_file_bytes), "2025-12-21T21:45:00Z"
    item = drive.add_generated_file(big, big_file_bytes, head=head, modified=modified)
    item.paced_bytes_per_second = big_file_bytes_per_second
    return drive


def _add_pictures(drive: DemoDrive) -> None:
    for path, seed, size, taken, camera, place in PICTURES:
        old = int(taken[:4]) < 2020  # came over from the old back end: old ids, sha1 and sha256 still listed
        drive.add_file(
            f"/Pictures/{path}",
            _sample(f"picture|{seed}|{size}|{_exif_time(taken)}|{camera[0]}|{camera[1]}"),
            modified=taken,
            migrated=old,
            lists_sha=old,
            **_picture_facets(size, taken, camera, place),
        )
    for number, day in enumerate(("2024-05-17", "2024-09-02", "2025-04-30"), start=2):
        name = f"/Pictures/Screenshots/Screenshot {day} 143000.png"
        image = {"height": 200, "width": 320}
        drive.add_file(name, _sample(f"screenshot|{number}"), modified=f"{day}T14:30:00Z", image=image, photo={})
    twin = drive.find("/Pictures/2019 Copenhagen/IMG_1234.JPG")
    if twin.content:
        drive.add_file(
            "/Pictures/For Grandma/The harbour.JPG", twin.content, modified="2019-06-01T18:20:00Z", **twin.facets
        )
    drive.add_file("/Pictures/Icon.bmp", _sample("bitmap|2"), modified="2018-08-08T08:08:08Z", migrated=True)


def _add_films_and_music(drive: DemoDrive) -> None:
    for name, seed, frames, taken in (
        ("Sunset over the bay.avi", 1, 12, "2019-05-05T21:10:00Z"),
        ("Film été 2023.avi", 5, 18, "2023-08-02T12:00:00Z"),
    ):
        film = {"bitrate": 200_000, "duration": frames * 1000 // 6, "fourCC": "MJPG", "frameRate": 6.0}
        film |= {"height": 240, "width": 320}
        photo = {"takenDateTime": taken}
        drive.add_file(f"/Videos/{name}", _sample(f"film|{seed}|{frames}"), modified=taken, video=film, photo=photo)
    for name, notes in (("Morning.wav", "60 64 67 72 67 64 60"), ("Evening.wav", "57 60 64 69 64 60 57")):
        audio = {"title": name.removesuffix(".wav"), "artist": "Example Person", "duration": 1750, "bitrate": 128}
        drive.add_file(f"/Music/{name}", _sample(f"tune|{notes}"), modified="2022-10-10T10:10:10Z", audio=audio)


def _add_odd_items(drive: DemoDrive) -> None:
    drive.add_notebook("/Documents/My Notebook", modified="2026-01-01T10:00:00Z")
    drive.add_vault("/Personal Vault")
    taken = "2025-07-19T17:03:22Z"
    drive.add_live_photo(
        "/Pictures/Camera Roll/IMG_4711.HEIC",
        listed_size=3_039_814,
        served=_sample(f"picture|6|480x320|{_exif_time(taken)}|Apple|iPhone 15"),
        modified=taken,
        **_picture_facets("480x320", taken, IPHONE_15, None),
    )
    _add_live_photos(drive)
    other = DemoDrive(drive_id=OTHER_PERSONS_DRIVE, owner_name="Someone Else", owner_email="someone.else@example.com")
    shared = other.add_folder("/Family", modified="2024-02-17T14:27:26Z")
    for number, taken in enumerate(("2024-12-24T18:00:00Z", "2024-12-25T11:30:00Z"), start=30):
        picture = _sample(f"picture|{number}|320x240|{_exif_time(taken)}|Canon|Canon EOS 80D")
        facets = _picture_facets("320x240", taken, CANON, None)
        other.add_file(f"/Family/Christmas/Photo {number}.jpg", picture, modified=taken, **facets)
    other.add_file("/Family/Recipes.txt", _sample("text|Apple cake: apples, flour, butter, sugar, 4 eggs.\n"))
    other.add_file("/Private diary.txt", _sample("text|Not shared with anybody.\n"))
    drive.add_shortcut("/Family photos", other, shared)


def _add_live_photos(drive: DemoDrive) -> None:
    """Listed with the size that comes: one whose film no program gets, and one that came as two files."""
    for name, taken in (("IMG_5012.HEIC", "2025-08-09T19:45:10Z"), ("IMG_5013.JPG", "2025-08-10T08:02:41Z")):
        identifier = f"C0FFEE00-0000-4000-8000-00000000{name[4:8]}"
        facets = _picture_facets("480x320", taken, IPHONE_15, None)
        path, content = f"/Pictures/Camera Roll/{name}", _sample(f"live|{identifier}|{name[8:]}")
        drive.add_file(path, content, modified=taken, **facets)
    film = {"duration": 2900, "fourCC": "hvc1", "frameRate": 30.0, "height": 1440, "width": 1080}
    drive.add_file(path.replace(".JPG", ".MOV"), _sample(f"live|{identifier}|.MOV"), modified=taken, video=film)


def _add_albums(drive: DemoDrive) -> None:
    """One album in an order and with a cover of its own, and one whose pictures are in several folders."""
    summer = [drive.find(f"/Pictures/2023 Été à la mer/IMG_000{end}") for end in ("3.jpg", "1 #1 100%.jpg", "2.jpg")]
    drive.add_album("Summer by the sea", *summer, cover=summer[1])
    best = ("2019 Copenhagen/IMG_1251.JPG", "2021/PXL_20211231_235958.jpg", "Camera Roll/IMG_5012.HEIC")
    drive.add_album("The best of all", summer[0], *(drive.find(f"/Pictures/{path}") for path in best))


def _picture_facets(size: str, taken: str, camera: Camera, place: tuple[float, float] | None) -> dict[str, Any]:
    width, height = (int(side) for side in size.split("x"))
    make, model, more = camera
    exposure = {"exposureDenominator": 120.0, "exposureNumerator": 1.0, "orientation": 1}
    photo = {"cameraMake": make, "cameraModel": model} | exposure | more | {"takenDateTime": taken}
    facets: dict[str, Any] = {"image": {"height": height, "width": width}, "photo": photo}
    if place:
        facets["location"] = {"altitude": 35.2, "latitude": place[0], "longitude": place[1]}
    return facets


def _sample(recipe: str) -> SampleContent:
    return SampleContent(recipe, make_sample)


def _exif_time(taken: str) -> str:
    return taken.removesuffix("Z").replace("-", ":").replace("T", " ")
