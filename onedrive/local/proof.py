"""Are these bytes the file? The rules of proof, as pure functions.

hash agrees ─► proven, whatever size was listed
no hash listed ─► the reply's length and the item's size must agree, or the same bytes come twice
hash differs ─► the metadata is asked again, the file fetched once more; only what graph-facts §3.3 knows to
                differ by design is kept then, and recorded so
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from onedrive.errors import ProofFailed
from onedrive.graph.item import PERSONAL_DRIVE_ID_LENGTH, DriveItem
from onedrive.home.manifest import (
    DIFFERS_BY_DESIGN,
    VERIFIED_BY_HASH,
    VERIFIED_BY_REPEAT,
    VERIFIED_BY_SIZE,
    ManifestLine,
)
from onedrive.local.hashing import Digest

CLOCK_GRAIN_SECONDS = 2  # FAT keeps every other second


@dataclass(frozen=True, slots=True)
class LocalFile:
    """What stands in a place: size in bytes, modified time in seconds since 1970; a folder or a link is no file."""

    size_bytes: int
    modified: int
    is_file: bool = True


def is_same_content(item: DriveItem, recorded: ManifestLine) -> bool:
    """True when what was downloaded is what OneDrive has now."""
    if recorded.verified in (DIFFERS_BY_DESIGN, VERIFIED_BY_REPEAT):
        return recorded.has_etag(item.etag) if item.etag else recorded.has_ctag(item.ctag)
    if recorded.has_ctag(item.ctag) or (not item.ctag and recorded.has_etag(item.etag)):
        return True
    if item.quick_xor_hash:
        return item.quick_xor_hash == recorded.quick_xor_hash
    same_sha256 = recorded.sha256 and recorded.sha256 == item.sha256
    return bool(same_sha256 or (recorded.sha1 and recorded.sha1 == item.sha1))


def has_new_content(item: DriveItem, recorded: ManifestLine) -> bool:
    """True when OneDrive has other content than was downloaded; new metadata alone is none."""
    return not recorded.has_ctag(item.ctag) and not is_same_content(item, recorded)


def is_untouched(local: LocalFile | None, recorded: ManifestLine) -> bool:
    """True when the file on the disk is as we left it."""
    return (
        local is not None
        and local.is_file
        and not recorded.is_damaged
        and local.size_bytes == recorded.size_bytes
        and abs(local.modified - recorded.modified) <= CLOCK_GRAIN_SECONDS
    )


_LIVE_PHOTO = re.compile(r"\.hei[cf]", re.IGNORECASE)
_REWRITTEN_ON_WORK_DRIVES = re.compile(
    r"\.(doc[xm]?|dot[xm]?|xls[xmb]?|xlt[xm]?|ppt[xm]?|pot[xm]?|pps[xm]?|vsdx?|pub|mpp|pdf)", re.IGNORECASE
)
_PAGE = re.compile(r"\.([xs]?html?|mhtml?|aspx?|php|xml|svg|json|url|txt)", re.IGNORECASE)
_QUICK_XOR_HEX_DIGITS = 40


def judge(item: DriveItem, got: Digest) -> str | None:
    """How the bytes are proven, in the manifest's words; None: not yet."""
    agrees = hash_agrees(item, got)
    if agrees is None:
        return VERIFIED_BY_SIZE if got.size_bytes == item.size else None
    return VERIFIED_BY_HASH if agrees else None


def judge_again(item: DriveItem, first: Digest, second: Digest, *, looks_like_page: bool) -> str | None:
    """How the bytes are proven after they were fetched in full a second time; None: they are not."""
    verdict = judge(item, second)
    same_twice = (first.size_bytes, first.quick_xor_hash) == (second.size_bytes, second.quick_xor_hash)
    if verdict or looks_like_page or not same_twice:
        return verdict
    if hash_agrees(item, second) is None:
        # An empty file never has a hash, so whatever comes in its place would do.
        return VERIFIED_BY_REPEAT if item.size != 0 else None
    return DIFFERS_BY_DESIGN if may_differ_by_design(item, second) else None


def hash_agrees(item: DriveItem, got: Digest) -> bool | None:
    """Whether one of the listed hashes agrees; None: none is listed that could be compared."""
    pairs = [
        (_quick_xor_bytes(item.quick_xor_hash), base64.b64decode(got.quick_xor_hash)),
        (item.sha256, got.sha256),
        (item.sha1, got.sha1),
    ]
    compared = [listed == computed for listed, computed in pairs if listed and computed]
    return any(compared) if compared else None


def quick_xor_agrees(listed: str, got: Digest) -> bool:
    """Whether it is the quickXorHash that is listed; not where none is."""
    return _quick_xor_bytes(listed) == base64.b64decode(got.quick_xor_hash)


def may_differ_by_design(item: DriveItem, got: Digest) -> bool:
    """True for what OneDrive is known to serve otherwise than listed (graph-facts §3.3)."""
    suffix = PurePosixPath(item.name).suffix
    if _LIVE_PHOTO.fullmatch(suffix):
        return item.size is not None and 0 < got.size_bytes < item.size
    is_work_drive = len(item.drive_id) > PERSONAL_DRIVE_ID_LENGTH
    return is_work_drive and _REWRITTEN_ON_WORK_DRIVES.fullmatch(suffix) is not None


def looks_like_page(item: DriveItem, content_type: str, beginning: bytes, *, has_other_size: bool) -> bool:
    """True when what comes seems to be an error page or message, and the file is none.

    A file that may be a page itself is believed to be one, unless `has_other_size` than listed and no hash can tell.
    """
    may_be_page = (
        _PAGE.fullmatch(PurePosixPath(item.name).suffix) or "html" in item.mime_type or "json" in item.mime_type
    )
    has_hash = bool(item.quick_xor_hash or item.sha256 or item.sha1)
    if may_be_page and (has_hash or not has_other_size):
        return False
    start = beginning.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    kind = content_type.partition(";")[0].strip().lower()
    says_so = kind in ("text/html", "application/xhtml+xml") or kind.endswith(("/json", "+json"))
    return says_so or start.startswith((b"<!doctype html", b"<html", b'{"error"'))


def why_unproven(item: DriveItem, got: Digest, *, is_page: bool) -> ProofFailed:
    """The error that names what was listed and what came, both times."""
    listed = item.quick_xor_hash or item.sha256 or item.sha1
    came = got.quick_xor_hash if item.quick_xor_hash else got.sha256 or got.sha1 or got.quick_xor_hash
    sizes = f"{item.size if item.size is not None else 'no'} bytes listed, {got.size_bytes} received"
    hashes = f"; hash {listed} listed, {came} received" if listed else ""
    what = "a web page came instead of the file" if is_page else "what OneDrive sends is not what it lists"
    return ProofFailed(f"{what}, also the second time ({sizes}{hashes}); the bytes were not kept")


def _quick_xor_bytes(listed: str | None) -> bytes | None:
    """The listed hash; base64 nearly always, hex was seen (graph-facts §3.3)."""
    if not listed:
        return None
    try:
        if len(listed) == _QUICK_XOR_HEX_DIGITS:
            return bytes.fromhex(listed)
        return base64.b64decode(listed, validate=True)
    except (ValueError, binascii.Error):
        return listed.encode("utf-8", "surrogatepass")  # agrees with nothing
