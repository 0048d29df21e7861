"""PartialFile: the unfinished bytes of one file, hashed as they pass, and what they were begun from.

They grow in `downloads/.partial/` under a name made of drive and item id (ids that differ by case alone stay apart on
case-blind disks). Beside those of a larger file stands a small JSON file that binds them to one content: a later run
goes on only if it fits. A file that comes in parts has a third one (`file_parts`). Every block is handed to the system
at once, so a killed program loses none that it had.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from onedrive.content_hash import BLOCK_BYTES, ContentHash, Digest, digest_file
from onedrive.drive_item import DriveItem
from onedrive.file_parts import FilePart, PartsFile, choose_part, fill_gaps, write_at
from onedrive.item_errors import NotPlaceable, ProofFailed
from onedrive.partial_origin import Origin, read_origin
from onedrive.state_files import disk_errors

SUFFIX = ".part"
ORIGIN_SUFFIX = ".json"
PARTS_SUFFIX = ".parts"
# Smaller ones are fetched anew by the next run: a second file for each would cost more than it saves.
REMEMBERED_FROM_BYTES = 256 * 1024
SYNCED_FROM_BYTES = 1 << 20
BEGINNING_BYTES = 64
STORED_EACH_BYTES = 8 << 20


class ByteCounter(Protocol):
    """Who is told how many bytes are here; negative when a file is started over."""

    def advance(self, *, size_bytes: int) -> None:
        """So many were fetched."""

    def skip(self, *, size_bytes: int) -> None:
        """So many were here already."""


class PartialFile:
    """The bytes that are here of one file. Use as a context manager; leaving it keeps them."""

    def __init__(self, folder: Path, item: DriveItem, counter: ByteCounter) -> None:
        name = partial_name(item.drive_id, item.id)
        self.path = folder / (name + SUFFIX)
        self.is_whole = False
        self.content_type = ""
        self.beginning = b""
        self.origin = Origin.of(item)
        self.parts = [_whole_part(item)]
        self.is_in_parts = False
        self._origin_path = folder / (name + ORIGIN_SUFFIX)
        self._parts_file = PartsFile(folder / (name + PARTS_SUFFIX))
        self._counter = counter
        self._lock = threading.Lock()
        self._file: int | None = None

    def __enter__(self) -> PartialFile:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def open(self, item: DriveItem, check: Callable[[], None]) -> None:
        """Take up the bytes of an earlier run if they belong to the item's content; `check` may raise in between."""
        with self._disk_errors():
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
            present_bytes = os.fstat(self._file).st_size
            origin = read_origin(self._origin_path) if present_bytes else None
        if origin is None or not origin.is_of(item):
            self._forget_all(item, there_was_any=bool(present_bytes) or origin is not None)
            return
        self.origin = origin
        self._remember_parts(item, present_bytes)
        for part in self.parts:
            self._take_in(part, check)
        total = origin.total_bytes
        if total is not None and max([self.size_bytes, *(part.end or 0 for part in self.parts)]) > total:
            self.start_over(item)
        if total is not None and present_bytes > total:
            with self._disk_errors():
                os.ftruncate(self._descriptor, total)  # nobody of us wrote what follows
        self.is_whole = self.size_bytes == total

    @property
    def size_bytes(self) -> int:
        """How many bytes are here."""
        return self.parts[0].size_bytes if len(self.parts) == 1 else sum(part.size_bytes for part in self.parts)

    def start_over(self, item: DriveItem) -> None:
        """Forget all bytes; those that come now are of `item`. No part may be in anyone's hands."""
        self._forget_all(item, there_was_any=True)

    def begin_parts(self) -> None:
        """From now on the file is filled part by part, maybe by several threads."""
        with self._lock, self._disk_errors():
            if not self.is_in_parts:
                here = self.parts[0]
                here.end = here.position
                self.parts = [here] if here.size_bytes else []
                self.is_in_parts = True
                self._parts_file.write_all(self.parts)

    def next_part(self, total_bytes: int) -> FilePart | None:
        """Take the part that is most in need; None: nothing is left to share."""
        with self._lock, self._disk_errors():
            part = choose_part(self.parts, total_bytes)
            if part:
                part.is_taken = True
                place = self.parts.index(part)
                if place:
                    self._parts_file.remember(self.parts[place - 1])  # it may end earlier now
                self._parts_file.remember(part)
            return part

    def give_back(self, part: FilePart) -> None:
        """Nobody fills this part any more."""
        with self._lock:
            part.is_taken = False

    def keep_beginning(self) -> None:
        """Go on as one stream: keep what is here without a gap from byte 0, forget the rest."""
        kept: list[FilePart] = []
        for part in self.parts:
            kept.append(part)
            if part.bytes_left:
                break
        size_bytes, all_bytes = sum(part.size_bytes for part in kept), self.size_bytes
        with self._disk_errors():
            os.ftruncate(self._descriptor, size_bytes)
            self._parts_file.remove()
        whole = FilePart(0, None, ContentHash.of_parts([part.hashes for part in kept]), size_bytes)
        self.parts, self.is_in_parts = [whole], False
        self._counter.skip(size_bytes=size_bytes - all_bytes)

    def remember_reply(self, total_bytes: int | None, reply_etag: str) -> None:
        """Bind the bytes to what the file host said of the content they come from."""
        origin = self.origin
        self.origin = Origin(origin.ctag, origin.etag, origin.listed_size, total_bytes, reply_etag)
        if (total_bytes or 0) >= REMEMBERED_FROM_BYTES and self.origin != origin:
            with self._disk_errors():
                self._origin_path.write_text(json.dumps(asdict(self.origin)), encoding="utf-8")

    def write(self, block: bytes | memoryview, part: FilePart | None = None) -> None:
        """Add the next bytes, of a part where there are parts; what goes beyond its end belongs to another.

        Raises DiskFull, NotPlaceable (the disk takes no file so large), FolderNotUsable.
        """
        part = part or self.parts[0]
        left = part.bytes_left  # may become less meanwhile, but never less than some megabytes (choose_part)
        block = block if left is None else block[:left]
        with self._disk_errors():
            write_at(self._descriptor, block, part.position)
            self._note(part, block)
            self._parts_file.remember(part)
            self._begin_to_store(part, len(block))
        self._counter.advance(size_bytes=len(block))

    def digest(self) -> Digest:
        """Size and hashes of the bytes that are here; parts must be without gap."""
        return ContentHash.of_parts([part.hashes for part in self.parts]).digest()

    def digest_again(self, check: Callable[[], None]) -> Digest:
        """All hashes of the bytes that are here, read from the disk."""
        with self._disk_errors():
            return digest_file(self.path, check, with_sha256=True, with_sha1=True)

    def close(self) -> None:
        """Let go of the file; its bytes stay."""
        self._parts_file.close()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def close_whole(self) -> None:
        """Close, and make the bytes of a larger file outlive a power cut before it gets its final name.

        Raises ProofFailed, and throws the bytes away, when those on the disk are not as many as were hashed.
        """
        with self._disk_errors():
            present_bytes = os.fstat(self._descriptor).st_size
            if present_bytes == self.size_bytes >= SYNCED_FROM_BYTES:
                os.fsync(self._descriptor)
        if present_bytes != self.size_bytes:
            came_bytes = self.size_bytes
            self.discard()
            raise ProofFailed(
                f"something else changed it on the disk while it came ({came_bytes} bytes came, {present_bytes} are "
                "there); the bytes were not kept, the next run fetches it again"
            )
        self.close()

    def forget_origin(self) -> None:
        """The bytes have gone to their place: nothing is left to go on with."""
        if (self.origin.total_bytes or 0) >= REMEMBERED_FROM_BYTES:
            self._parts_file.remove()
            self._origin_path.unlink(missing_ok=True)

    def discard(self) -> None:
        """Throw the bytes away; they are no use to a later run."""
        self.close()
        self._counter.skip(size_bytes=-self.size_bytes)
        self.parts = self.parts[:1]
        self.parts[0].size_bytes = 0
        self._parts_file.remove()
        self._origin_path.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    @property
    def _descriptor(self) -> int:
        if self._file is None:
            raise ValueError("the partial file is not open")
        return self._file

    def _remember_parts(self, item: DriveItem, present_bytes: int) -> None:
        """What an earlier run left: in parts, or from byte 0 on."""
        with self._disk_errors():
            remembered = self._parts_file.read()
            if remembered is None:
                self.parts = [_whole_part(item)]
                self.parts[0].size_bytes = present_bytes
            else:
                self.parts, self.is_in_parts = fill_gaps(remembered, present_bytes), True
                self._parts_file.write_all(self.parts)

    def _take_in(self, part: FilePart, check: Callable[[], None]) -> None:
        """Hash the bytes of a part that are here already."""
        left = part.size_bytes
        part.size_bytes = 0
        os.lseek(self._descriptor, part.start, os.SEEK_SET)
        while left > 0:
            check()
            with self._disk_errors():
                block = os.read(self._descriptor, min(left, BLOCK_BYTES))
            if not block:
                return
            left -= len(block)
            self._note(part, block)
            self._counter.skip(size_bytes=len(block))

    def _note(self, part: FilePart, block: bytes | memoryview) -> None:
        if part.start == 0 and len(self.beginning) < BEGINNING_BYTES:
            self.beginning = (self.beginning + bytes(block[:BEGINNING_BYTES]))[:BEGINNING_BYTES]
        part.hashes.update(block)
        part.size_bytes += len(block)

    def _begin_to_store(self, part: FilePart, size_bytes: int) -> None:
        """Let the disk work on what is written, while the rest is on its way: else all of it waits for the end."""
        if part.position // STORED_EACH_BYTES > (part.position - size_bytes) // STORED_EACH_BYTES:
            with contextlib.suppress(OSError, AttributeError):  # not every system, not every disk
                begin = max(part.start, part.position - 2 * STORED_EACH_BYTES)
                os.posix_fadvise(self._descriptor, begin, part.position - begin, os.POSIX_FADV_DONTNEED)

    def _forget_all(self, item: DriveItem, *, there_was_any: bool) -> None:
        if there_was_any:
            with self._disk_errors():
                self._parts_file.remove()
                self._origin_path.unlink(missing_ok=True)
                os.ftruncate(self._descriptor, 0)
            self._counter.skip(size_bytes=-self.size_bytes)
        self.is_whole, self.is_in_parts = False, False
        self.content_type, self.beginning = "", b""
        self.origin, self.parts = Origin.of(item), [_whole_part(item)]

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


def _whole_part(item: DriveItem) -> FilePart:
    """A file that comes in one stream: its size is what the file host says, not what is listed."""
    with_sha256, with_sha1 = needs_sha(item)
    return FilePart(0, None, ContentHash(with_sha256=with_sha256, with_sha1=with_sha1))


def needs_sha(item: DriveItem) -> tuple[bool, bool]:
    """Whether SHA-256 and SHA-1 must be computed, because no quickXorHash is listed; they need the bytes in order."""
    alone = item.quick_xor_hash is None
    return alone and item.sha256 is not None, alone and item.sha1 is not None
