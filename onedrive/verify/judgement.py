"""Is what stands here the file that OneDrive lists? One item, decided from what was listed, recorded, found and read.

the listed hash agrees ─► proven
other bytes than then, by the SHA-256 of when it came ─► damaged: QuickXorHash does not see all
as we left it          ─► by design, or the same size where no hash is listed; otherwise OneDrive has changed it since
neither                ─► damaged
"""

from __future__ import annotations

import base64
import os
import stat
from dataclasses import dataclass

from onedrive.graph.item import DriveItem
from onedrive.home.manifest import AS_SENT, DIFFERS_BY_DESIGN, PUT_BACK, VERIFIED_BY_REPEAT, ManifestLine
from onedrive.home.verification import ItemClass
from onedrive.local.hashing import Digest, FileHash
from onedrive.local.known_files import KnownFile
from onedrive.local.proof import (
    CLOCK_GRAIN_SECONDS,
    LocalFile,
    hash_agrees,
    is_same_content,
    is_untouched,
    is_what_came,
    may_differ_by_design,
)

FILE, FOLDER, LINK, OTHER = "a file", "a folder", "a link", "something that is not a file"
_NANOSECONDS = 1_000_000_000


@dataclass(slots=True)
class FoundFile:
    """What stands in a place; `kind` says in words what it is.

    Hashes are raw, b'' while they are not known. `is_read`: they are of bytes that were read for this verification;
    otherwise they are what is remembered. `error` is why it could not be read.
    `is_good`: it was found to be what OneDrive lists. `wants_sha1`: OneDrive lists one.
    `has_changed_places`: it has the remembered quickXorHash, size and time, and not the remembered SHA-256.
    `read_at`: when it was read, in seconds since 1970, where that was before this verification began.
    `ctime_ns`: when anything about it was changed last, its time included (on Windows: when it was made).
    """

    size_bytes: int
    mtime_ns: int
    inode: int
    kind: str
    is_read: bool = False
    quick_xor: bytes = b""
    sha256: bytes = b""
    sha1: bytes = b""
    error: str = ""
    is_good: bool = False
    wants_sha1: bool = False
    has_changed_places: bool = False
    read_at: int = 0
    ctime_ns: int = 0

    @property
    def is_file(self) -> bool:
        """Whether it is a plain file."""
        return self.kind == FILE

    @property
    def local(self) -> LocalFile:
        """The same as option 4 sees it."""
        return LocalFile(self.size_bytes, self.mtime_ns // _NANOSECONDS, self.is_file)

    @property
    def digest(self) -> Digest:
        """The hashes as they are compared with what OneDrive lists."""
        return Digest(
            self.size_bytes,
            base64.b64encode(self.quick_xor).decode("ascii"),
            self.sha256.hex() or None,
            self.sha1.hex() or None,
        )

    def take(self, got: FileHash) -> None:
        """Note what was read; a sum that is remembered stays as long as the bytes are the ones it was made of."""
        if got.error:
            self.error = got.error
            return
        if got.size_bytes != self.size_bytes:
            self.error = "it changed while it was being read"
        known = self.sha256 if self.quick_xor == got.quick_xor else b""
        self.has_changed_places = bool(known and got.sha256 and known != got.sha256)
        self.remember(got.quick_xor, got.sha256 or known)
        self.sha1 = got.sha1
        self.is_read, self.read_at = True, 0

    def remember(self, quick_xor: bytes, sha256: bytes) -> None:
        """Note hashes; equal ones are kept only once in memory."""
        if quick_xor != self.quick_xor:
            self.quick_xor = quick_xor
        self.sha256 = sha256


def found_file(status: os.stat_result) -> FoundFile:
    """What the system says of a place, a link not followed."""
    kinds = {stat.S_IFREG: FILE, stat.S_IFDIR: FOLDER, stat.S_IFLNK: LINK}
    kind = kinds.get(stat.S_IFMT(status.st_mode), OTHER)
    return FoundFile(status.st_size, status.st_mtime_ns, status.st_ino, kind, ctime_ns=status.st_ctime_ns)


Judgement = tuple[ItemClass, str]

MOVED = "it now belongs in another place; choose 4 to move it there"
NEVER_HERE = "it was not downloaded yet"
GONE = "it was downloaded, and is no longer there"
NEWER = "OneDrive has a newer version than the one here"
CHANGED_SILENTLY = "its bytes have changed, though its size and time have not; the disk may be failing"
CHANGED_PLACES = "parts of it have changed places since it came, though size, time and checksum (QuickXorHash) have not"
CHANGED_HERE = "it was changed here after it was downloaded"
UNKNOWN_BYTES = "what is here is not what OneDrive lists, and there is no record of where it came from"
UNKNOWN_BY_DESIGN = (
    "there is no record of it, and OneDrive sends other bytes of such files than it lists, so only another download "
    "can tell"
)
BY_DESIGN = "OneDrive sends other bytes than it lists, the same ones twice; these are here"
SENT_SO = "OneDrive sends another size and checksum than it lists, the same bytes twice; these are here"
LIVE_UNREADABLE = "it does not show whether a film belongs to it"
BY_REPEAT = "OneDrive lists another size and no checksum; the same bytes came twice, and these are here"
BY_THE_PERSON = "it is an earlier content; OneDrive has another one"
FORBIDDEN = "it cannot be read here (permission denied)"  # 4 cannot either
UNRECORDED_TRUST = "its size and time are as listed; there is no record of it"


def may_trust(size_bytes: int | None, modified: int | None, recorded: ManifestLine | None, found: FoundFile) -> bool:
    """True when size and time alone speak for a file: they are as we left it, or without a record as listed."""
    if recorded is not None:
        return is_untouched(found.local, recorded)
    return (
        found.size_bytes == size_bytes
        and modified is not None
        and abs(found.local.modified - modified) <= CLOCK_GRAIN_SECONDS
    )


def judge_missing(recorded: ManifestLine | None, found: FoundFile | None) -> Judgement:
    """Nothing stands in the place, or no file does."""
    if found is not None:
        return ItemClass.MISSING, f"{found.kind} stands in its place"
    return ItemClass.MISSING, GONE if recorded else NEVER_HERE


def judge_elsewhere(known: KnownFile) -> Judgement:
    """Nothing stands in the place, and a known folder has the content, or had it. The reason of the one is its path."""
    if known.is_away:
        return ItemClass.AWAY, f"it was there on {known.day}, and cannot be read now: {known.path}"
    return ItemClass.ELSEWHERE, str(known.path)


def judge_file(item: DriveItem, recorded: ManifestLine | None, found: FoundFile) -> Judgement:
    """A file stands in the place. A good one has a reason only where its class does not say all."""
    if found.error:
        return ItemClass.DAMAGED, f"it cannot be read here ({found.error})"
    if not found.is_read:
        return _judge_trusted(item, recorded)
    if _has_changed_places(recorded, found):
        return ItemClass.DAMAGED, CHANGED_PLACES
    agrees = hash_agrees(item, found.digest)
    if agrees:
        return ItemClass.PROVEN, ""
    if recorded is None:
        return _judge_unrecorded(item, found, agrees=agrees)
    return _judge_recorded(item, recorded, found, agrees=agrees)


def _has_changed_places(recorded: ManifestLine | None, found: FoundFile) -> bool:
    """QuickXorHash does not see it; the SHA-256 of when it came, or of an earlier verification, does."""
    if recorded is None or recorded.quick_xor != found.quick_xor:
        return found.has_changed_places
    return found.has_changed_places or not is_what_came(found.digest, recorded)


def _judge_recorded(item: DriveItem, recorded: ManifestLine, found: FoundFile, *, agrees: bool | None) -> Judgement:
    if (found.size_bytes, found.quick_xor) != (recorded.size_bytes, recorded.quick_xor):
        return ItemClass.DAMAGED, _what_happened(item, recorded, found)
    if not is_same_content(item, recorded):
        return ItemClass.CHANGED, NEWER
    if recorded.verified == PUT_BACK:
        return ItemClass.PUT_BACK, BY_THE_PERSON
    if recorded.verified == DIFFERS_BY_DESIGN:
        return ItemClass.BY_DESIGN, BY_DESIGN
    if recorded.verified == AS_SENT:
        return ItemClass.AS_SENT, SENT_SO
    if agrees is False:
        return ItemClass.CHANGED, NEWER
    return ItemClass.SAME_SIZE, BY_REPEAT if recorded.verified == VERIFIED_BY_REPEAT else ""


def _judge_trusted(item: DriveItem, recorded: ManifestLine | None) -> Judgement:
    if recorded is None:
        return ItemClass.TRUSTED, UNRECORDED_TRUST
    if not is_same_content(item, recorded):
        return ItemClass.CHANGED, NEWER
    if recorded.verified == PUT_BACK and recorded.quick_xor_hash != item.quick_xor_hash:
        return ItemClass.PUT_BACK, BY_THE_PERSON
    return ItemClass.TRUSTED, ""


def _judge_unrecorded(item: DriveItem, found: FoundFile, *, agrees: bool | None) -> Judgement:
    if agrees is None and found.size_bytes == item.size:
        return ItemClass.SAME_SIZE, ""
    if agrees is False and may_differ_by_design(item, found.digest):
        return ItemClass.DAMAGED, UNKNOWN_BY_DESIGN
    return ItemClass.DAMAGED, UNKNOWN_BYTES


def _what_happened(item: DriveItem, recorded: ManifestLine, found: FoundFile) -> str:
    if found.size_bytes < recorded.size_bytes:
        reason = f"it is shorter than what was downloaded: {found.size_bytes:,} of {recorded.size_bytes:,} bytes"
    elif is_untouched(found.local, recorded):
        reason = CHANGED_SILENTLY
    else:
        reason = CHANGED_HERE
    return reason if is_same_content(item, recorded) else f"{reason}; OneDrive has a newer version too"
