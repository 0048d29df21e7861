"""The files of the sample drive, each made by a recipe: a line of text that names the maker and what it needs.

    picture|7|640x480|2019:05:04 12:11:12|Apple|iPhone 8
    text|grüße

The state file keeps the recipe instead of the bytes; the same recipe makes the same bytes on every computer.
"""

from __future__ import annotations

import io
import math
import struct
import zipfile
import zlib
from collections.abc import Callable

from onedrive.demo.pictures import landscape, landscape_jpeg, motion_jpeg_avi

SAMPLES_PER_SECOND = 44100


def make_sample(recipe: str) -> bytes:
    """The bytes that a recipe makes; raises KeyError for a maker that does not exist (any more)."""
    maker, _, rest = recipe.partition("|")
    return _MAKERS[maker](rest)


def wave_header(size_bytes: int) -> bytes:
    """The first 160 bytes of a WAV file (16-bit stereo) that is `size_bytes` long in all."""
    form = struct.pack("<2H2I2H", 1, 2, SAMPLES_PER_SECOND, SAMPLES_PER_SECOND * 4, 4, 16)
    filler = 160 - 12 - (8 + len(form)) - 8 - 8
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"JUNK" + struct.pack("<I", filler) + bytes(filler)
    return (
        b"RIFF" + struct.pack("<I", size_bytes - 8) + b"WAVE" + chunks + b"data" + struct.pack("<I", size_bytes - 160)
    )


def _picture(rest: str) -> bytes:
    number, size, taken, make, model = rest.split("|")
    width, height = (int(side) for side in size.split("x"))
    return landscape_jpeg(int(number), width, height, taken=taken, make=make, model=model)


def _film(rest: str) -> bytes:
    number, frames = (int(part) for part in rest.split("|"))
    return motion_jpeg_avi(number, 320, 240, frames=frames, frames_per_second=6)


def _screenshot(rest: str) -> bytes:
    """A PNG of a window with lines of text, in a palette of four colours; not compressed, so the same everywhere."""
    width, height = 320, 200
    seed = int(rest)
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        is_line = y > 30 and y % 14 < 7
        length = 60 + (y // 14 * 37 * seed) % 220
        rows += bytes(
            2 if y < 20 else 1 if is_line and 20 <= x < length else 3 if x % 319 == 0 else 0 for x in range(width)
        )
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
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(samples)) + bytes(samples)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


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


def _text(rest: str) -> bytes:
    return rest.encode("utf-8")


def _bitmap(rest: str) -> bytes:
    """A small uncompressed BMP icon."""
    paint = landscape(int(rest))
    rows = b"".join(
        bytes(int(part) for x in range(32) for part in reversed(paint(x / 32, 1 - y / 32))) for y in range(32)
    )
    return (
        b"BM"
        + struct.pack("<3I", 54 + len(rows), 0, 54)
        + struct.pack("<3I2H6I", 40, 32, 32, 1, 24, 0, len(rows), 0, 0, 0, 0)
        + rows
    )


_MAKERS: dict[str, Callable[[str], bytes]] = {
    "picture": _picture,
    "film": _film,
    "screenshot": _screenshot,
    "tune": _tune,
    "pdf": _pdf,
    "document": _document,
    "text": _text,
    "bitmap": _bitmap,
}
