"""ContentHash: the hashes of a file's bytes as they pass, also of parts that come apart, and of a file on disk."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from onedrive import quickxorhash
from onedrive.quickxorhash import Buffer, QuickXorHash

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Digest:
    """How many bytes there were and what they hash to: base64, and lower-case hex. None: not computed."""

    size_bytes: int
    quick_xor_hash: str
    sha256: str | None = None
    sha1: str | None = None


class ContentHash:
    """QuickXorHash always, SHA-256 and SHA-1 where they alone can prove something; those cannot be put together.

    `start`: which byte of the file is the first.
    """

    def __init__(self, start: int = 0, *, with_sha256: bool = False, with_sha1: bool = False) -> None:
        self._quick = QuickXorHash(start)
        self._sha256 = hashlib.sha256() if with_sha256 else None
        self._sha1 = hashlib.sha1(usedforsecurity=False) if with_sha1 else None

    def update(self, block: Buffer) -> None:
        """Take in the next bytes."""
        self._quick.update(block)
        if self._sha256:
            self._sha256.update(block)
        if self._sha1:
            self._sha1.update(block)

    def digest(self) -> Digest:
        """What has passed so far, from byte 0 of the file."""
        return Digest(
            size_bytes=self._quick.length,
            quick_xor_hash=_base64(self._quick),
            sha256=self._sha256.hexdigest() if self._sha256 else None,
            sha1=self._sha1.hexdigest() if self._sha1 else None,
        )

    @staticmethod
    def of_parts(parts: Sequence[ContentHash]) -> ContentHash:
        """The hash of parts that follow one another from byte 0. Raises ValueError on a gap."""
        if len(parts) == 1:
            return parts[0]
        whole = ContentHash()
        whole._quick = quickxorhash.join(part._quick for part in parts)
        return whole


def digest_file(path: Path, check: Callable[[], None], *, with_sha256: bool = False, with_sha1: bool = False) -> Digest:
    """The hashes of a file on disk; `check` is called for each block and may raise. Raises OSError."""
    hashes = ContentHash(with_sha256=with_sha256, with_sha1=with_sha1)
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(BLOCK_BYTES):
            check()
            hashes.update(block)
    return hashes.digest()


def _base64(quick: QuickXorHash) -> str:
    return base64.b64encode(quick.digest()).decode("ascii")
