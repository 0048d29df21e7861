"""The hashes of bytes as they pass, and of a file on disk."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from onedrive.errors import Stopped
from onedrive.local.hashing import READ_AT_ONCE_BYTES, ContentHash, digest_file

CONTENT = bytes((i * 7 + 3) & 255 for i in range(3_000_001))


def _go_on() -> None:
    """Nobody pressed Ctrl-C."""


def test_bytes_that_pass_hash_as_the_file_on_disk_does(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(CONTENT)
    passing = ContentHash(with_sha256=True, with_sha1=True)
    for begin in range(0, len(CONTENT), 65_537):
        passing.update(CONTENT[begin : begin + 65_537])

    digest = digest_file(path, _go_on, with_sha256=True, with_sha1=True)

    assert digest == passing.digest()
    assert digest.quick_xor_hash == "8xGNSJ9sZAPSJjeZQXS4zSesYGU="
    assert digest.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert digest.sha1 == hashlib.sha1(CONTENT).hexdigest()


def test_sha_hashes_are_left_out_unless_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")

    digest = digest_file(tmp_path / "a", _go_on)

    assert (digest.size_bytes, digest.sha256, digest.sha1) == (1, None, None)


def test_ctrl_c_ends_the_reading(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(2 * READ_AT_ONCE_BYTES))

    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        digest_file(tmp_path / "a", stop)
