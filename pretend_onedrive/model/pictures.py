"""Small pictures painted in code: landscapes of flat 8x8 blocks as real JPEG files with EXIF, and moving ones as AVI.

The JPEG is baseline with DC coefficients only (each block is one colour), 4:2:0, with the standard Huffman table for
DC and a table of one code (end of block) for AC. ITU T.81 has the format, CIPA DC-008 the EXIF tags.
"""

from __future__ import annotations

import functools
import math
import random
import struct
from collections.abc import Callable

Colour = tuple[float, float, float]
Paint = Callable[[float, float], Colour]  # place in the picture, each from 0 to 1 -> red, green, blue

_DC_LENGTHS = bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0])
_QUANT = 8  # the DC coefficient is 8 times the block's mean; divided by 8 it is the mean itself


def landscape_jpeg(seed: int, width: int, height: int, *, taken: str = "", make: str = "", model: str = "") -> bytes:
    """A landscape that differs by seed; `taken` is EXIF's `YYYY:MM:DD HH:MM:SS`. Sides are multiples of 16."""
    exif = _exif(width, height, taken, make, model) if taken else b""
    return encode_jpeg(landscape(seed), width, height, exif)


def landscape(seed: int, moment: float = 0.0) -> Paint:
    """A scene: sky, sun or moon, two ranges of hills, water or meadow. `moment` lets the sun move."""
    source = random.Random(seed)
    sky_high, sky_low, hills, ground = _PALETTES[seed % len(_PALETTES)]
    sun_x, sun_y = source.uniform(0.15, 0.85) + moment * 0.3, source.uniform(0.12, 0.3) - moment * 0.05
    waves = [(source.uniform(2, 9), source.uniform(0, 6), source.uniform(0.02, 0.06)) for _ in range(4)]
    shore = source.uniform(0.66, 0.8)
    sun = (255.0, 244.0, 200.0)

    def ridge(x: float, base: float, part: list[tuple[float, float, float]]) -> float:
        return base + sum(size * math.sin(x * speed + start) for speed, start, size in part)

    heights = functools.cache(lambda x: (ridge(x, 0.5, waves[:2]), ridge(x, 0.6, waves[2:])))
    sky = functools.cache(lambda y: _mix(sky_high, sky_low, y / 0.6))
    far_hills = _shade(hills, 25)

    def paint(x: float, y: float) -> Colour:
        far, near = heights(x)
        if y > shore:
            glitter = 18 * math.sin(90 * y + 14 * x + moment * 8)
            return _shade(ground, glitter - 60 * (y - shore))
        if y > near:
            return _shade(hills, -40 + 25 * math.sin(40 * x * y))
        if y > far:
            return far_hills
        if (x - sun_x) ** 2 * 1.8 + (y - sun_y) ** 2 < 0.005:
            return sun
        return sky(y)

    return paint


def written_page(seed: int) -> Paint:
    """A page of text from far away."""
    lengths = [random.Random(seed + line).uniform(0.3, 0.85) for line in range(12)]

    def paint(x: float, y: float) -> Colour:
        line = int(y * 12)
        is_ink = 0.12 < x < lengths[line % 12] and 0 < line < 11 and (y * 12) % 1 < 0.5
        return (120.0, 125.0, 135.0) if is_ink else (252.0, 252.0, 250.0)

    return paint


def encode_jpeg(paint: Paint, width: int, height: int, exif: bytes = b"") -> bytes:
    """The painted picture as JPEG."""
    tables = (
        _segment(0xDB, b"\0" + bytes([_QUANT]) * 64)
        + _segment(0xC0, struct.pack(">BHHB", 8, height, width, 3) + b"\1\x22\0\2\x11\0\3\x11\0")
        + _segment(0xC4, b"\0" + _DC_LENGTHS + bytes(range(12)))
        + _segment(0xC4, b"\x10" + bytes([1, *[0] * 15]) + b"\0")
        + _segment(0xDA, b"\3\1\0\2\0\3\0\0\x3f\0")
    )
    head = _segment(0xE1, exif) if exif else _segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
    bits = _scan(paint, width, height)
    bits += "1" * (-len(bits) % 8)
    body = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    return b"\xff\xd8" + head + tables + body + b"\xff\xd9"


def motion_jpeg_avi(seed: int, width: int, height: int, *, frames: int, frames_per_second: int) -> bytes:
    """A film in which the sun moves: an AVI of JPEG frames, with an index."""
    pictures = [encode_jpeg(landscape(seed, number / frames), width, height) for number in range(frames)]
    largest = max(map(len, pictures))
    microseconds = 1_000_000 // frames_per_second
    main = struct.pack(
        "<10I16x", microseconds, largest * frames_per_second, 0, 0x10, frames, 0, 1, largest, width, height
    )
    stream = b"vidsMJPG" + struct.pack(
        "<I2H8I4H", 0, 0, 0, 0, 1, frames_per_second, 0, frames, largest, 0xFFFFFFFF, 0, 0, 0, width, height
    )
    form = struct.pack("<3I2H4s5I", 40, width, height, 1, 24, b"MJPG", width * height * 3, 0, 0, 0, 0)
    strl = _list(b"strl", riff_chunk(b"strh", stream) + riff_chunk(b"strf", form))
    movie, index = b"", b""
    for picture in pictures:
        index += b"00dc" + struct.pack("<3I", 0x10, 4 + len(movie), len(picture))
        movie += riff_chunk(b"00dc", picture)
    parts = _list(b"hdrl", riff_chunk(b"avih", main) + strl) + _list(b"movi", movie) + riff_chunk(b"idx1", index)
    return riff_chunk(b"RIFF", b"AVI " + parts)


_PALETTES: list[tuple[Colour, Colour, Colour, Colour]] = [
    ((60, 120, 210), (190, 220, 245), (70, 120, 60), (120, 170, 80)),  # a summer's day
    ((40, 40, 90), (240, 130, 60), (60, 40, 60), (50, 60, 110)),  # evening by the sea
    ((150, 170, 190), (220, 225, 230), (110, 120, 130), (235, 240, 245)),  # winter
    ((20, 25, 60), (70, 80, 120), (25, 30, 45), (30, 50, 80)),  # night
    ((90, 150, 200), (250, 220, 180), (180, 110, 50), (200, 160, 80)),  # autumn
    ((80, 170, 220), (200, 235, 240), (200, 170, 110), (40, 140, 170)),  # a beach
    ((230, 150, 170), (250, 210, 190), (90, 70, 110), (140, 110, 130)),  # morning
]


def _scan(paint: Paint, width: int, height: int) -> str:
    """The entropy-coded part as a string of 0 and 1: 16x16 units of four Y, one Cb, one Cr."""
    codes = _dc_codes()
    parts: list[str] = []
    last_y = last_cb = last_cr = 0
    for top in range(0, height, 16):
        for left in range(0, width, 16):
            colours = [
                paint((left + dx) / width, (top + dy) / height) for dy in (4, 12) for dx in (4, 12)
            ]  # at the middle of each block
            for red, green, blue in colours:
                luma = round(0.299 * red + 0.587 * green + 0.114 * blue) - 128
                parts.append(codes[luma - last_y])
                last_y = luma
            red, green, blue = colours[0]
            cb = round(-0.1687 * red - 0.3313 * green + 0.5 * blue)
            cr = round(0.5 * red - 0.4187 * green - 0.0813 * blue)
            parts += (codes[cb - last_cb], codes[cr - last_cr])
            last_cb, last_cr = cb, cr
    return "".join(parts)


@functools.cache
def _dc_codes() -> dict[int, str]:
    """The code of each difference, with the end of the block behind it."""
    lengths = [size for size, count in enumerate(_DC_LENGTHS, start=1) for _ in range(count)]
    codes: list[str] = []
    code = 0
    for place, length in enumerate(lengths):
        code = 0 if place == 0 else (code + 1) << (length - lengths[place - 1])
        codes.append(f"{code:0{length}b}")
    table = {0: codes[0] + "0"}
    for difference in range(1, 512):
        size = difference.bit_length()
        table[difference] = f"{codes[size]}{difference:0{size}b}0"
        table[-difference] = f"{codes[size]}{(1 << size) - 1 - difference:0{size}b}0"
    return table


def _exif(width: int, height: int, taken: str, make: str, model: str) -> bytes:
    """APP1 with Make, Model, DateTimeOriginal and size, in little-endian TIFF."""
    stamp = taken.encode("ascii")
    camera: list[tuple[int, bytes | int]] = [(0x010F, make.encode()), (0x0110, model.encode()), (0x0112, 1)]
    camera.append((0x0132, stamp))
    picture: list[tuple[int, bytes | int]] = [(0x9003, stamp), (0x9004, stamp), (0xA002, width), (0xA003, height)]
    first_size = len(_directory([*camera, (0x8769, 0)], 8))
    first = _directory([*camera, (0x8769, 8 + first_size)], 8)
    return b"Exif\0\0II*\0\x08\0\0\0" + first + _directory(picture, 8 + first_size)


def _directory(tags: list[tuple[int, bytes | int]], offset: int) -> bytes:
    """An image file directory; long values stand behind its entries."""
    entries = struct.pack("<H", len(tags))
    behind = b""
    for tag, value in tags:
        if isinstance(value, int):
            entries += struct.pack("<2H2I", tag, 4, 1, value)
            continue
        text = value + b"\0"
        if len(text) <= 4:
            entries += struct.pack("<2HI4s", tag, 2, len(text), text)
        else:
            place = offset + 2 + 12 * len(tags) + 4 + len(behind)
            entries += struct.pack("<2H2I", tag, 2, len(text), place)
            behind += text + b"\0" * (len(text) % 2)
    return entries + bytes(4) + behind


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def riff_chunk(name: bytes, body: bytes) -> bytes:
    """A part of a file in Microsoft's RIFF form (AVI, WAV)."""
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _list(name: bytes, body: bytes) -> bytes:
    return riff_chunk(b"LIST", name + body)


def _shade(colour: Colour, by: float) -> Colour:
    red, green, blue = colour
    return min(255.0, max(0.0, red + by)), min(255.0, max(0.0, green + by)), min(255.0, max(0.0, blue + by))


def _mix(first: Colour, second: Colour, part: float) -> Colour:
    part = min(1.0, max(0.0, part))
    red, green, blue = (here + (there - here) * part for here, there in zip(first, second, strict=True))
    return red, green, blue
