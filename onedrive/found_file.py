"""FoundFile: what stands in a place below downloads, and what was read of it."""

from __future__ import annotations

import base64
import os
import stat
from dataclasses import dataclass

from onedrive.content_hash import Digest
from onedrive.download_plan import LocalFile
from onedrive.hash_worker import FileHash

FILE, FOLDER, LINK, OTHER = "a file", "a folder", "a link", "something that is no file"
_NANOSECONDS = 1_000_000_000


@dataclass(slots=True)
class FoundFile:
    """What stands in a place; `kind` says in words what it is.

    Hashes are raw, b'' while they are not known. `is_read`: they are of bytes that were read for this verification;
    otherwise they are what is remembered. `error` is why it could not be read.
    `is_good`: it was found to be what OneDrive lists.
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
        self.remember(got.quick_xor, got.sha256 or (self.sha256 if self.quick_xor == got.quick_xor else b""))
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
