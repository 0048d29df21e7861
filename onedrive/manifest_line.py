"""ManifestLine: one finished file as download_manifest.jsonl has it, written and read with every field checked."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
VERIFIED_BY_HASH = "hash"
VERIFIED_BY_SIZE = "size only"
DIFFERS_BY_DESIGN = "differs by design"
VERIFIED_BY_REPEAT = "same bytes twice"  # of another length than listed, and no hash is listed


class DamagedLine(ValueError):
    """A line of the manifest cannot be read."""


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """One finished file, as the manifest has it.

    `path` is OneDrive's, `local_path` is below downloads, with `/`. `size_bytes` and `modified` (whole seconds since
    1970) are those of the file as it was left on the disk. Hashes are ours, of the bytes on disk; None: not computed.
    """

    id: str
    drive_id: str
    ctag: str
    etag: str
    path: str
    local_path: str
    size_bytes: int
    modified: int
    quick_xor_hash: str
    verified: str
    when: str  # ISO 8601 in UTC
    sha256: str | None = None
    sha1: str | None = None
    layout: str = ""  # of its place; '': as on OneDrive
    same_as: str | None = None  # the id of the file with the same content that it is a link to, or a copy of

    def to_json(self) -> str:
        """The line without its end."""
        row: dict[str, object] = {
            "id": self.id,
            "drive_id": self.drive_id,
            "cTag": self.ctag,
            "eTag": self.etag,
            "path": self.path,
            "local_path": self.local_path,
        }
        if self.layout:
            row["layout"] = self.layout
        row |= {
            "size": self.size_bytes,
            "mtime": _time_text(self.modified),
            "quickXorHash": self.quick_xor_hash,
        }
        if self.sha256:
            row["sha256"] = self.sha256
        if self.sha1:
            row["sha1"] = self.sha1
        row |= {"verified": self.verified, "when": self.when}
        if self.same_as:
            row["same_as"] = self.same_as
        return _to_json(row)


@dataclass(frozen=True, slots=True)
class DuplicateLine:
    """A file that is not here, because another with the same content is: what is known of it instead."""

    duplicate_of: str  # id, on the same drive
    id: str
    drive_id: str
    path: str
    size_bytes: int
    quick_xor_hash: str
    when: str = ""

    def to_json(self) -> str:
        """The line without its end; it does not begin with the id, as those of files that are here do."""
        return _to_json(
            {
                "duplicate_of": self.duplicate_of,
                "id": self.id,
                "drive_id": self.drive_id,
                "path": self.path,
                "size": self.size_bytes,
                "quickXorHash": self.quick_xor_hash,
                "when": self.when,
            }
        )


def _to_json(row: Mapping[str, object]) -> str:
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    # Names as people search for them; only half a surrogate pair, which UTF-8 cannot hold, stays an escape.
    return _LONE_SURROGATE.sub(lambda half: f"\\u{ord(half.group()):04x}", text)


def parse_row(raw: bytes) -> Mapping[str, object]:
    """The JSON object of one line. Raises DamagedLine."""
    try:
        row = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise DamagedLine from error
    if not isinstance(row, dict):
        raise DamagedLine
    return row


def line_from_row(row: Mapping[str, object]) -> ManifestLine:
    """Check a row, trusting nothing in it. Raises DamagedLine."""
    identity, path, local_path = _text(row, "id"), _text(row, "path"), _text(row, "local_path")
    quick_xor_hash, size = _text(row, "quickXorHash"), row.get("size")
    if type(size) is not int or size < 0 or not path.startswith("/"):
        raise DamagedLine
    hash_bytes(quick_xor_hash)
    return ManifestLine(
        id=identity,
        drive_id=str(row.get("drive_id") or ""),
        ctag=str(row.get("cTag") or ""),
        etag=str(row.get("eTag") or ""),
        path=path,
        local_path=local_path,
        size_bytes=size,
        modified=_seconds(_text(row, "mtime")),
        quick_xor_hash=quick_xor_hash,
        verified=_text(row, "verified"),
        when=str(row.get("when") or ""),
        sha256=str(row["sha256"]) if row.get("sha256") else None,
        sha1=str(row["sha1"]) if row.get("sha1") else None,
        layout=str(row.get("layout") or ""),
        same_as=str(row["same_as"]) if row.get("same_as") else None,
    )


def duplicate_from_row(row: Mapping[str, object]) -> DuplicateLine:
    """Check a row that names a duplicate. Raises DamagedLine."""
    path, size = _text(row, "path"), row.get("size")
    if type(size) is not int or size < 0 or not path.startswith("/"):
        raise DamagedLine
    return DuplicateLine(
        duplicate_of=_text(row, "duplicate_of"),
        id=_text(row, "id"),
        drive_id=str(row.get("drive_id") or ""),
        path=path,
        size_bytes=size,
        quick_xor_hash=_text(row, "quickXorHash"),
        when=str(row.get("when") or ""),
    )


def _text(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    if isinstance(value, str) and value:
        return value
    raise DamagedLine


def hash_bytes(text: str) -> bytes:
    """The bytes of a hash in base64. Raises DamagedLine."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DamagedLine from error


def _time_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(text: str) -> int:
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError) as error:
        raise DamagedLine from error
