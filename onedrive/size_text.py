"""Sizes as people write them: '10M', '1.5 GB', '500k', '123', and ranges: '>10M', '<2G', '10M..2G'.

1 kB is 1,000 bytes, as everywhere in the program; who means 1,024 writes KiB, MiB, GiB.
"""

from __future__ import annotations

import re
from decimal import Decimal

from onedrive.drive_item import LARGEST_SIZE

_SIZE = re.compile(r"(\d{1,19}(?:\.\d{1,6})?)\s*(?:([kmgt])(i?)b?|b|bytes?)?", re.IGNORECASE | re.ASCII)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_MOST_SHOWN = 40


class NotASize(ValueError):
    """What was written is no size; the message says why, in a sentence."""


def read_size_text(text: str) -> int:
    """The bytes that a size names. Raises NotASize."""
    written = _SIZE.fullmatch(text.strip())
    if not written:
        raise NotASize(f"{_shown(text)} is no size such as 500k, 10M or 1.5G.")
    number, unit, binary = written.groups(default="")
    size_bytes = int(Decimal(number) * (1024 if binary else 1000) ** _POWERS[unit.lower()])
    if size_bytes > LARGEST_SIZE:
        raise NotASize(f"{_shown(text)} is more than any file has.")
    return size_bytes


def read_size_range(text: str) -> tuple[int | None, int | None]:
    """The least and the most bytes, both included; None: no limit on that side. Raises NotASize."""
    words = text.strip()
    begin, dots, end = words.partition("..")
    if not words.strip("<>=. "):
        least = most = None
    elif dots:
        least = read_size_text(begin) if begin.strip() else None
        most = read_size_text(end) if end.strip() else None
    elif words[:1] == ">":
        least, most = _without_sign(words, beyond=1), None
    elif words[:1] == "<":
        least, most = None, _without_sign(words, beyond=-1)
    else:
        least = most = None
    if least is None and most is None:
        raise NotASize(f"{_shown(text)} is no range such as >10M, <2G or 10M..2G.")
    if least is not None and most is not None and most < least:
        raise NotASize(f"{_shown(text)} ends before it begins.")
    return least, most


def _without_sign(words: str, *, beyond: int) -> int:
    """The border that is still included: '>10' begins at 11, '>=10' at 10."""
    if words[1:2] == "=":
        return read_size_text(words[2:])
    size_bytes = read_size_text(words[1:]) + beyond
    if size_bytes < 0:
        raise NotASize("No file has less than 0 bytes.")
    return size_bytes


def _shown(text: str) -> str:
    return repr(text.strip()[:_MOST_SHOWN])
