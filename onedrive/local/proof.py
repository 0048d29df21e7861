"""Are these bytes the file? The rules of proof, as pure functions.

hash agrees ─► proven, whatever size was listed
a SHA-256 or SHA-1 is listed ─► it decides, and both where both are: QuickXorHash does not see stretches that change
                places at multiples of 160 bytes, and is stale for some documents (graph-facts §3.4)
no hash listed ─► the reply's length and the item's size must agree, or the same bytes come twice
hash differs ─► the metadata is asked again, the file fetched once more; kept are then, and recorded so, what
                graph-facts §3.3 knows to differ by design, and what OneDrive sends twice the same and lists wholly
                otherwise, size and hash
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from onedrive.errors import ProofFailed
from onedrive.graph.item import PERSONAL_DRIVE_ID_LENGTH, DriveItem, read_quick_xor
from onedrive.home.manifest import (
    AS_SENT,
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
    """True when what was downloaded is what OneDrive has now; so too where a person put an earlier content over it."""
    if recorded.verified in (DIFFERS_BY_DESIGN, AS_SENT, VERIFIED_BY_REPEAT):
        return recorded.has_etag(item.etag) if item.etag else recorded.has_ctag(item.ctag)
    if recorded.has_ctag(item.ctag) or (not item.ctag and recorded.has_etag(item.etag)):
        return True
    if recorded.put_back_over and item.quick_xor_hash == recorded.put_back_over:
        return True
    return hash_agrees(item, digest_of(recorded)) is True


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
_SHA256, _SHA1 = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{40}")
_PAGE = re.compile(r"\.([xs]?html?|mhtml?|aspx?|php|xml|svg|json|url|txt)", re.IGNORECASE)


_NOTHING = Digest(0, "")


def judge(item: DriveItem, got: Digest) -> str | None:
    """How the bytes are proven, in the manifest's words; None: not yet."""
    agrees = hash_agrees(item, got)
    if agrees is None:
        return VERIFIED_BY_SIZE if got.size_bytes == item.size else None
    return VERIFIED_BY_HASH if agrees else None


def judge_again(item: DriveItem, first: Digest, second: Digest, *, looks_like_page: bool) -> str | None:
    """How the bytes are proven after they were fetched in full a second time; None: they are not.

    AS_SENT holds only if the file host itself says that the file ends there (`Transfer.ends_at`).
    """
    verdict = judge(item, second)
    if verdict or looks_like_page or not is_same_file(first, second):
        return verdict
    if hash_agrees(item, second) is None:
        # An empty file never has a hash, so whatever comes in its place would do.
        return VERIFIED_BY_REPEAT if item.size != 0 else None
    if may_differ_by_design(item, second):
        return DIFFERS_BY_DESIGN
    lists_another = item.size is not None and item.size != second.size_bytes > 0
    return AS_SENT if lists_another else None


def listed_quick_xor(item: DriveItem) -> str | None:
    """The quickXorHash in base64, as `read_quick_xor`; None where none is listed."""
    return read_quick_xor(item.quick_xor_hash, is_empty=item.size == 0)


def _listed_sums(item: DriveItem) -> tuple[str | None, str | None]:
    """SHA-256 and SHA-1; None for what is not listed, or is none."""
    sha256, sha1 = item.sha256 or "", item.sha1 or ""
    return sha256 if _SHA256.fullmatch(sha256) else None, sha1 if _SHA1.fullmatch(sha1) else None


def lists_hash(item: DriveItem) -> bool:
    """Whether any hash is listed that can prove something."""
    return listed_quick_xor(item) is not None or any(_listed_sums(item))


def hash_agrees(item: DriveItem, got: Digest) -> bool | None:
    """Whether the hashes that are listed agree, as far as they were computed; None: none could be compared.

    A SHA-256 or SHA-1 decides; `wants_more` says whether one is listed that was not computed.
    """
    *decisive, quick_xor = ((listed == came if listed and came else None) for listed, came in _pairs(item, got))
    compared = [agrees for agrees in decisive if agrees is not None]
    return all(compared) if compared else quick_xor


def _pairs(item: DriveItem, got: Digest) -> list[tuple[str | None, str | None]]:
    """What is listed and what came: SHA-256, SHA-1, quickXorHash."""
    sha256, sha1 = _listed_sums(item)
    return [(sha256, got.sha256), (sha1, got.sha1), (listed_quick_xor(item), got.quick_xor_hash)]


def proven_by(item: DriveItem) -> str:
    """Which hash decides, where the bytes are proven; '' where none is listed."""
    names = ("SHA-256", "SHA-1", "QuickXorHash")
    return next((name for name, (listed, _) in zip(names, _pairs(item, _NOTHING), strict=True) if listed), "")


def wants_more(item: DriveItem, got: Digest) -> bool:
    """True when a hash is listed that decides, and was not computed."""
    sha256, sha1 = _listed_sums(item)
    return bool((sha256 and not got.sha256) or (sha1 and not got.sha1))


def is_same_file(one: Digest, other: Digest) -> bool:
    """Whether two digests are of the same bytes, by every hash that both have."""
    return (one.size_bytes, one.quick_xor_hash) == (other.size_bytes, other.quick_xor_hash) and not any(
        here and there and here != there for here, there in ((one.sha256, other.sha256), (one.sha1, other.sha1))
    )


def is_what_came(here: Digest, recorded: ManifestLine) -> bool:
    """Whether these are the bytes that were recorded: by the SHA-256 of then, where one is on record."""
    return is_same_file(here, digest_of(recorded))


def digest_of(recorded: ManifestLine) -> Digest:
    """What is on record of the bytes that came."""
    return Digest(recorded.size_bytes, recorded.quick_xor_hash, recorded.sha256, recorded.sha1)


def quick_xor_agrees(listed: str, got: Digest) -> bool:
    """Whether it is the quickXorHash that is listed; not where none is."""
    return bool(listed) and listed == got.quick_xor_hash


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
    if may_be_page and (lists_hash(item) or not has_other_size):
        return False
    start = beginning.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    kind = content_type.partition(";")[0].strip().lower()
    says_so = kind in ("text/html", "application/xhtml+xml") or kind.endswith(("/json", "+json"))
    return says_so or start.startswith((b"<!doctype html", b"<html", b'{"error"'))


def why_unproven(item: DriveItem, got: Digest, *, is_page: bool) -> ProofFailed:
    """The error that names what was listed and what came, both times."""
    listed, came = next((pair for pair in _pairs(item, got) if all(pair) and pair[0] != pair[1]), (None, None))
    sizes = f"{item.size if item.size is not None else 'no'} bytes listed, {got.size_bytes} received"
    sums = f"; checksum {listed} listed, {came} received" if listed else ""
    what = "a web page came instead of the file" if is_page else "what OneDrive sends is not what it lists"
    return ProofFailed(f"{what}, the second time too ({sizes}{sums}); it was not kept")
