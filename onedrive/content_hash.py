"""ContentHash: the hashes of a file's bytes as they pass, and of a file on disk."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from onedrive.quickxorhash import QuickXorHash

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Digest:
    """How many bytes there were and what they hash to: base64, and lower-case hex. None: not computed."""

    size_bytes: int
    quick_xor_hash: str
    sha256: str | None = None
    sha1: str | None = None


class ContentHash:
    """QuickXorHash always, SHA-256 and SHA-1 where they alone can prove something."""

    def __init__(self, *, with_sha256: bool = False, with_sha1: bool = False) -> None:
        self._quick = QuickXorHash()
        self._sha256 = hashlib.sha256() if with_sha256 else None
        self._sha1 = hashlib.sha1(usedforsecurity=False) if with_sha1 else None

    def update(self, block: bytes) -> None:
        """Take in the next bytes."""
        self._quick.update(block)
        if self._sha256:
            self._sha256.update(block)
        if self._sha1:
            self._sha1.update(block)

    def digest(self) -> Digest:
        """What has passed so far."""
        return Digest(
            size_bytes=self._quick.length,
            quick_xor_hash=base64.b64encode(self._quick.digest()).decode("ascii"),
            sha256=self._sha256.hexdigest() if self._sha256 else None,
            sha1=self._sha1.hexdigest() if self._sha1 else None,
        )


def digest_file(path: Path, check: Callable[[], None], *, with_sha256: bool = False, with_sha1: bool = False) -> Digest:
    """The hashes of a file on disk; `check` is called for each block and may raise. Raises OSError."""
    hashes = ContentHash(with_sha256=with_sha256, with_sha1=with_sha1)
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(BLOCK_BYTES):
            check()
            hashes.update(block)
    return hashes.digest()
