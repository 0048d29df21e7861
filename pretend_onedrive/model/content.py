"""The bytes of a file: held in memory, made when first needed, or made on the fly from their offset.

Every content knows its size and its hashes without being served; hashes are computed once.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Callable
from typing import Any

from onedrive import quickxorhash

BLOCK_BYTES = 410 * 160  # a whole number of QuickXorHash periods, so that blocks can be XORed as they are


class Content:
    """What every kind of content can do; `size` is in bytes."""

    size: int

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` up to, not including, `stop`."""
        raise NotImplementedError

    def to_json(self) -> dict[str, Any]:
        """How the state file remembers this content."""
        raise NotImplementedError

    @functools.cached_property
    def quick_xor_hash(self) -> str:
        """QuickXorHash in the service's spelling, base64."""
        return _base64(quickxorhash.new(self.read(0, self.size)))

    @functools.cached_property
    def sha1(self) -> str:
        """SHA-1 as the service lists it, hexadecimal in capitals."""
        return hashlib.sha1(self.read(0, self.size)).hexdigest().upper()

    @functools.cached_property
    def sha256(self) -> str:
        """SHA-256 as the service lists it, hexadecimal in capitals."""
        return hashlib.sha256(self.read(0, self.size)).hexdigest().upper()


class BytesContent(Content):
    """Bytes held in memory."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    @property
    def size(self) -> int:  # type: ignore[override]  # of bytes that may not be made yet
        """Size in bytes."""
        return len(self.raw)

    def read(self, start: int, stop: int) -> bytes:
        """A slice of the bytes."""
        return self.raw[start:stop]

    def to_json(self) -> dict[str, Any]:
        """The bytes themselves, in base64."""
        return {"base64": base64.b64encode(self.raw).decode("ascii")}


class SampleContent(BytesContent):
    """Bytes made by a recipe of the sample drive; the state file keeps the recipe's name only."""

    def __init__(self, recipe: str, make: Callable[[str], bytes]) -> None:
        self.recipe = recipe
        self._make = make

    @functools.cached_property
    def raw(self) -> bytes:  # type: ignore[override]  # made when first asked for
        """The bytes."""
        return self._make(self.recipe)

    def to_json(self) -> dict[str, Any]:
        """The name of the recipe."""
        return {"sample": self.recipe}


class GeneratedContent(Content):
    """Bytes made on the fly, the same at the same offset every time, in no memory: a header, then numbered blocks.

    Each block is one fixed stretch of sound-like waves whose first 4 bytes are the block's number, so that blocks
    put in the wrong place are noticed by the hash.
    """

    def __init__(self, size: int, head: bytes = b"") -> None:
        self.size = size
        self.head = head + bytes(-len(head) % 160)

    def read(self, start: int, stop: int) -> bytes:
        """The bytes of this range, made now."""
        stop = min(stop, self.size)
        pieces = [self.head[start:stop]]
        place = max(start, len(self.head))
        while place < stop:
            index, inside = divmod(place - len(self.head), BLOCK_BYTES)
            piece = self._block(index)[inside : inside + stop - place]
            pieces.append(piece)
            place += len(piece)
        return b"".join(pieces)

    def to_json(self) -> dict[str, Any]:
        """Size and header."""
        return {"generated": self.size, "head": base64.b64encode(self.head).decode("ascii")}

    @functools.cached_property
    def quick_xor_hash(self) -> str:
        """The hash without making the bytes: whole blocks are XORed by arithmetic, only the rest is read."""
        whole_blocks = max(0, self.size - len(self.head)) // BLOCK_BYTES
        numbers = functools.reduce(lambda left, right: left ^ right, range(whole_blocks), 0)
        first = numbers.to_bytes(4, "little")
        body = first + (_waves()[4:] if whole_blocks % 2 else bytes(BLOCK_BYTES - 4))
        hashed = quickxorhash.new(self.read(0, len(self.head)))
        if whole_blocks:
            hashed.update(body)
            hashed.length += (whole_blocks - 1) * BLOCK_BYTES
        hashed.update(self.read(hashed.length, self.size))
        return _base64(hashed)

    @staticmethod
    def _block(index: int) -> bytes:
        return index.to_bytes(4, "little") + _waves()[4:]


@functools.cache
def _waves() -> bytes:
    """One block of a quiet 16-bit stereo triangle wave that goes up and down a little."""
    samples = bytearray()
    for place in range(BLOCK_BYTES // 4):
        height = abs(place % 200 - 100) * 40 - 2000
        samples += height.to_bytes(2, "little", signed=True)
        samples += (-height // 2).to_bytes(2, "little", signed=True)
    return bytes(samples)


def _base64(hashed: quickxorhash.QuickXorHash) -> str:
    return base64.b64encode(hashed.digest()).decode("ascii")
