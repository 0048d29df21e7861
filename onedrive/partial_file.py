"""PartialFile: the unfinished bytes of one file, hashed as they pass, and what they were begun from.

They grow in `downloads/.partial/` under a name made of drive and item id (ids that differ by case alone stay apart on
case-blind disks). Beside those of a larger file stands a small JSON file that binds them to one content: a later run
goes on only if it fits. Every block is handed to the system at once, so a killed program loses none that it had.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from onedrive.content_hash import BLOCK_BYTES, ContentHash, Digest, digest_file
from onedrive.drive_item import DriveItem
from onedrive.item_errors import NotPlaceable
from onedrive.state_files import disk_errors

SUFFIX = ".part"
ORIGIN_SUFFIX = ".json"
# Smaller ones are fetched anew by the next run: a second file for each would cost more than it saves.
REMEMBERED_FROM_BYTES = 256 * 1024
SYNCED_FROM_BYTES = 1 << 20
BEGINNING_BYTES = 64


class ByteCounter(Protocol):
    """Who is told how many bytes are here; negative when a file is started over."""

    def advance(self, *, size_bytes: int) -> None:
        """So many were fetched."""

    def skip(self, *, size_bytes: int) -> None:
        """So many were here already."""


@dataclass(frozen=True)
class Origin:
    """What a partial was begun from; `total_bytes` and `reply_etag` as the file host said (None, '': it did not)."""

    ctag: str
    etag: str
    listed_size: int | None
    total_bytes: int | None = None
    reply_etag: str = ""

    def is_of(self, item: DriveItem) -> bool:
        """True when the item still has the content that this was begun from."""
        if self.listed_size != item.size:
            return False
        return self.ctag == item.ctag if self.ctag and item.ctag else bool(self.etag) and self.etag == item.etag


class PartialFile:
    """The bytes that are here of one file. Use as a context manager; leaving it keeps them."""

    def __init__(self, folder: Path, item: DriveItem, counter: ByteCounter) -> None:
        name = partial_name(item.drive_id, item.id)
        self.path = folder / (name + SUFFIX)
        self.size_bytes = 0
        self.is_whole = False
        self.content_type = ""
        self.beginning = b""
        self.origin = _origin_of(item)
        self._origin_path = folder / (name + ORIGIN_SUFFIX)
        self._counter = counter
        self._hashes = _hashes_for(item)
        self._file: int | None = None

    def __enter__(self) -> PartialFile:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def open(self, item: DriveItem, check: Callable[[], None]) -> None:
        """Take up the bytes of an earlier run if they belong to the item's content; `check` may raise in between."""
        with self._disk_errors():
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        origin = _read_origin(self._origin_path)
        if origin is None or not origin.is_of(item):
            self.start_over(item)
            return
        self.origin = origin
        self._take_in(check)
        if origin.total_bytes is not None and self.size_bytes > origin.total_bytes:
            self.start_over(item)
        self.is_whole = self.size_bytes == origin.total_bytes

    def start_over(self, item: DriveItem) -> None:
        """Forget all bytes; those that come now are of `item`."""
        with self._disk_errors():
            self._origin_path.unlink(missing_ok=True)
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
        self._counter.skip(size_bytes=-self.size_bytes)
        self.size_bytes, self.is_whole = 0, False
        self.content_type, self.beginning = "", b""
        self.origin, self._hashes = _origin_of(item), _hashes_for(item)

    def remember_reply(self, total_bytes: int | None, reply_etag: str) -> None:
        """Bind the bytes to what the file host said of the content they come from."""
        origin = self.origin
        self.origin = Origin(origin.ctag, origin.etag, origin.listed_size, total_bytes, reply_etag)
        if (total_bytes or 0) >= REMEMBERED_FROM_BYTES and self.origin != origin:
            with self._disk_errors():
                self._origin_path.write_text(json.dumps(asdict(self.origin)), encoding="utf-8")

    def write(self, block: bytes) -> None:
        """Add the next bytes. Raises DiskFull, NotPlaceable (the disk takes no file so large), FolderNotUsable."""
        left = memoryview(block)
        with self._disk_errors():
            while left:
                left = left[os.write(self._descriptor, left) :]
        self._note(block)
        self._counter.advance(size_bytes=len(block))

    def digest(self) -> Digest:
        """Size and hashes of the bytes that are here."""
        return self._hashes.digest()

    def digest_again(self, check: Callable[[], None]) -> Digest:
        """All hashes of the bytes that are here, read from the disk."""
        with self._disk_errors():
            return digest_file(self.path, check, with_sha256=True, with_sha1=True)

    def close(self) -> None:
        """Let go of the file; its bytes stay."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def close_whole(self) -> None:
        """Close, and make the bytes of a larger file outlive a power cut before it gets its final name."""
        if self._file is not None and self.size_bytes >= SYNCED_FROM_BYTES:
            with self._disk_errors():
                os.fsync(self._file)
        self.close()

    def forget_origin(self) -> None:
        """The bytes have gone to their place: nothing is left to go on with."""
        self._origin_path.unlink(missing_ok=True)

    def discard(self) -> None:
        """Throw the bytes away; they are no use to a later run."""
        self.close()
        self._counter.skip(size_bytes=-self.size_bytes)
        self.size_bytes = 0
        self._origin_path.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    @property
    def _descriptor(self) -> int:
        if self._file is None:
            raise ValueError("the partial file is not open")
        return self._file

    def _take_in(self, check: Callable[[], None]) -> None:
        while True:
            check()
            with self._disk_errors():
                block = os.read(self._descriptor, BLOCK_BYTES)
            if not block:
                return
            self._note(block)
            self._counter.skip(size_bytes=len(block))

    def _note(self, block: bytes) -> None:
        if len(self.beginning) < BEGINNING_BYTES:
            self.beginning = (self.beginning + block[:BEGINNING_BYTES])[:BEGINNING_BYTES]
        self._hashes.update(block)
        self.size_bytes += len(block)

    @contextlib.contextmanager
    def _disk_errors(self) -> Iterator[None]:
        with disk_errors(self.path.parent):
            try:
                yield
            except OSError as error:
                if error.errno == errno.EFBIG:
                    raise NotPlaceable("the disk takes no file so large (on FAT the limit is 4 GiB)") from error
                raise


def partial_name(drive_id: str, item_id: str) -> str:
    """What a partial file is called, without its suffix."""
    return hashlib.sha256(f"{drive_id}\0{item_id}".encode("utf-8", "surrogatepass")).hexdigest()[:40]


def sweep_partials(folder: Path) -> None:
    """Remove what a killed run left beside bytes that have reached their place since, and the folder when empty."""
    for origin in folder.glob(f"*{ORIGIN_SUFFIX}"):
        if not origin.with_suffix(SUFFIX).exists():
            origin.unlink(missing_ok=True)
    for partial in folder.glob(f"*{SUFFIX}"):
        if not partial.with_suffix(ORIGIN_SUFFIX).exists():
            partial.unlink(missing_ok=True)  # could not be continued anyway
    with contextlib.suppress(OSError):
        folder.rmdir()


def _origin_of(item: DriveItem) -> Origin:
    return Origin(item.ctag, item.etag, item.size)


def _hashes_for(item: DriveItem) -> ContentHash:
    alone = item.quick_xor_hash is None
    return ContentHash(with_sha256=alone and item.sha256 is not None, with_sha1=alone and item.sha1 is not None)


def _read_origin(path: Path) -> Origin | None:
    try:
        row = json.loads(path.read_bytes())
        origin = Origin(**row)
    except (OSError, ValueError, TypeError):
        return None
    texts, sizes = (origin.ctag, origin.etag, origin.reply_etag), (origin.listed_size, origin.total_bytes)
    is_right = all(isinstance(text, str) for text in texts) and all(
        size is None or isinstance(size, int) for size in sizes
    )
    return origin if is_right else None
