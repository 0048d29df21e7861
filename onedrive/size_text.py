"""Sizes as people write them: '10M', '1.5 GB', '500k', '123'. 1 kB is 1,000 bytes, as everywhere in the program."""

from __future__ import annotations

import re
from decimal import Decimal

_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*([kmgt]?)b?(?:ytes?)?", re.IGNORECASE | re.ASCII)
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


class NotASize(ValueError):
    """What was written is no size; the message says why, in a sentence."""


def read_size_text(text: str) -> int:
    """The bytes that a size names. Raises NotASize."""
    written = _SIZE.fullmatch(text.strip())
    if not written:
        raise NotASize(f"{text.strip()!r} is no size such as 500k, 10M or 1.5G.")
    return int(Decimal(written[1]) * _UNITS[written[2].lower()])
