"""The unfinished bytes of one file: what they were begun from, which parts are here, hashed as they pass.

A small file comes whole through memory, and is written once, when it is proven. A larger one grows in
`downloads/.partial/` under a name made of drive and item id (ids that differ by case alone stay apart on case-blind
disks). Beside it stands a small JSON file that binds it to one content: a later run goes on only if it fits. A file
that comes in parts has a third one (`parts`). Every block is handed to the system at once, so a killed program loses
none that it had. SHA-256 takes bytes in order: those that came before their turn are read back, from the system's
memory mostly, as soon as it has come. `fetch` fills it, `download/job` proves it and puts it in place.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

from onedrive.errors import FolderNotUsable, NotPlaceable, ProofFailed
from onedrive.graph.item import DriveItem
from onedrive.home.files import disk_errors, forget_file, open_own, reach_disk, remove_file
from onedrive.home.reading import check_fields, read_note
from onedrive.local.hashing import READ_AT_ONCE_BYTES, Digest, Sums, digest_file
from onedrive.quickxorhash import QuickXorHash, join
from onedrive.transfer.parts import FilePart, PartsFile, choose_part, fill_gaps, read_at, write_at, write_own


@dataclass(frozen=True)
class Origin:
    """What a partial was begun from; `total_bytes` and `reply_etag` as the file host said (None, '': it did not)."""

    ctag: str
    etag: str
    listed_size: int | None
    total_bytes: int | None = None
    reply_etag: str = ""

    @classmethod
    def of(cls, item: DriveItem) -> Origin:
        """The origin of bytes that are about to come."""
        return cls(item.ctag, item.etag, item.size)

    def is_of(self, item: DriveItem) -> bool:
        """True when the item still has the content that this was begun from."""
        if self.listed_size != item.size:
            return False
        return self.ctag == item.ctag if self.ctag and item.ctag else bool(self.etag) and self.etag == item.etag


def _read_origin(path: Path) -> Origin | None:
    """What a run remembered; None when there is nothing to rely on."""
    try:
        return check_fields(Origin(**read_note(path)))
    except TypeError:
        return None


SUFFIX = ".part"
ORIGIN_SUFFIX = ".json"
# Smaller ones are held in memory, and fetched anew by the next run.
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
        self.parts = [FilePart(0, None)]  # one stream: its size is what the file host says, not what is listed
        self.is_in_parts = False
        self.folder = folder
        self._downloads = folder.parent
        self._parts_file = PartsFile(self.path)
        self._counter = counter
        self._lock = threading.Lock()
        self._file: int | None = None
        self._held: bytearray | None = None  # the bytes of a small file; None: they are on the disk
        self._check: Callable[[], None] = lambda: None
        self._sums = _sums_for(item)
        self._summed_bytes = 0  # so many, in order
        self._is_spoiled = False

    def __enter__(self) -> PartialFile:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def open(self, item: DriveItem, check: Callable[[], None]) -> None:
        """Take up the bytes of an earlier run if they belong to the item's content; `check` may raise in between."""
        self._check = check
        if item.size is not None and item.size < REMEMBERED_FROM_BYTES:
            self._held = bytearray()
            return
        with self._disk_errors():
            self._file = self._open_file()
            present_bytes = os.fstat(self._file).st_size
            origin = _read_origin(self._origin_path) if present_bytes else None
        if origin is None or not origin.is_of(item):
            self._forget_all(item, there_was_any=bool(present_bytes) or origin is not None)
            return
        self.origin = origin
        with self._disk_errors():
            remembered = self._parts_file.read()
            if remembered is not None:
                self.parts, self.is_in_parts = fill_gaps(remembered, present_bytes), True
                self._parts_file.write_all(self.parts)
            else:
                self.parts[0].size_bytes = present_bytes  # from byte 0 on
        for part in self.parts:
            self._take_in(part)
        total = origin.total_bytes
        if total is not None and max([self.size_bytes, *(part.end or 0 for part in self.parts)]) > total:
            self.start_over(item)
        elif total is not None and present_bytes > total:
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
            self._put_on_disk()
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
        self._sum_up(kept)
        whole, all_bytes = FilePart(0, None, sum(part.size_bytes for part in kept)), self.size_bytes
        whole.quick = join(part.quick for part in kept)
        with self._disk_errors():
            os.ftruncate(self._descriptor, whole.size_bytes)
            self._parts_file.remove()
        self.parts, self.is_in_parts = [whole], False
        self._counter.skip(size_bytes=whole.size_bytes - all_bytes)

    def remember_reply(self, total_bytes: int | None, reply_etag: str) -> None:
        """Bind the bytes to what the file host said of the content they come from."""
        before = self.origin
        self.origin = replace(before, total_bytes=total_bytes, reply_etag=reply_etag)
        if (total_bytes or 0) >= REMEMBERED_FROM_BYTES and self.origin != before:
            with self._disk_errors():
                write_own(self._origin_path, json.dumps(asdict(self.origin)).encode())

    def write(self, block: bytes | memoryview, part: FilePart) -> None:
        """Add the next bytes of a part; what goes beyond its end belongs to another.

        Raises DiskFull, NotPlaceable (the disk takes no file so large), FolderNotUsable.
        """
        left = part.bytes_left  # may become less meanwhile, but never less than some megabytes (choose_part)
        block = block if left is None else block[:left]
        if self._held is not None and len(self._held) + len(block) < REMEMBERED_FROM_BYTES:
            self._held += block
            self._note(part, block)
        else:
            with self._disk_errors():
                write_at(self._descriptor, block, part.position)
                self._note(part, block)
                self._parts_file.remember(part)
                self._begin_to_store(part, len(block))
        self._counter.advance(size_bytes=len(block))
        if left == len(block):
            with self._lock:
                self._sum_up(part for part in self.parts if not part.bytes_left)

    def digest(self) -> Digest:
        """Size and hashes of the bytes that are here; parts must be without gap.

        Raises ProofFailed, and throws the bytes away, when what came before its turn was not given back by the disk.
        """
        self._sum_up(self.parts)
        if not self._is_spoiled:
            return self._sums.digest(join(part.quick for part in self.parts))
        self.discard()
        raise ProofFailed(
            "the disk did not give back what was written to it, so it may be failing; the file was not kept, and the "
            "next run fetches it again"
        )

    def digest_again(self, check: Callable[[], None]) -> Digest:
        """All hashes of the bytes that are here, read from the disk."""
        with self._disk_errors():
            self._put_on_disk()
            return digest_file(self.path, check, with_sha256=True, with_sha1=True)

    def close(self) -> None:
        """Let go of the file; its bytes stay, but those that were held in memory."""
        self._held = None
        self._parts_file.close()
        if self._file is not None:
            file, self._file = self._file, None
            os.close(file)

    @property
    def _origin_path(self) -> Path:
        return self.path.with_suffix(ORIGIN_SUFFIX)

    def close_whole(self) -> None:
        """Close, and make the bytes of a larger file outlive a power cut before it gets its final name.

        Raises ProofFailed, and throws the bytes away, when those on the disk are not as many as were hashed.
        """
        with self._disk_errors():
            present_bytes = os.fstat(self._descriptor).st_size
            if present_bytes == self.size_bytes:
                if present_bytes >= SYNCED_FROM_BYTES:
                    reach_disk(self._descriptor)
                self.close()  # a network share may say only now that it is full
        if present_bytes != self.size_bytes:
            came_bytes = self.size_bytes
            self.discard()
            raise ProofFailed(
                f"something else changed it on the disk while it came ({came_bytes} bytes came, {present_bytes} are "
                "there); it was not kept, and the next run fetches it again"
            )

    def forget_origin(self) -> None:
        """The bytes have gone to their place: nothing is left to go on with."""
        if (self.origin.total_bytes or 0) >= REMEMBERED_FROM_BYTES:
            self._parts_file.remove()
            forget_file(self._origin_path)

    def discard(self) -> None:
        """Throw the bytes away; they are no use to a later run. Never fails."""
        self.close()
        self._counter.skip(size_bytes=-self.size_bytes)
        self.parts = self.parts[:1]
        self.parts[0].size_bytes = 0
        self._parts_file.remove()
        forget_file(self._origin_path)
        forget_file(self.path)

    @property
    def _descriptor(self) -> int:
        """Of the file, into which what was held goes first. Raises OSError, NotPlaceable."""
        self._put_on_disk()
        if self._file is None:
            raise ValueError("the partial file is not open")
        return self._file

    def _put_on_disk(self) -> None:
        """From now on nothing is held in memory."""
        if self._held is not None:
            held, self._held = self._held, None
            self._file = self._open_file()
            if os.fstat(self._file).st_size:  # of what could not be put in its place earlier in this run
                os.ftruncate(self._file, 0)
            write_at(self._file, memoryview(held), 0)

    def _open_file(self) -> int:
        with contextlib.suppress(FileExistsError):
            return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            return open_own(self.path)
        except FolderNotUsable as error:
            raise NotPlaceable(
                "something else stands where its unfinished bytes belong, in the folder .partial of the downloads"
            ) from error

    def _take_in(self, part: FilePart) -> None:
        """Hash the bytes of a part that are here already."""
        size_bytes, part.size_bytes = part.size_bytes, 0
        for block in self._read_back(part.start, part.start + size_bytes):
            self._note(part, block)
            self._counter.skip(size_bytes=len(block))

    def _read_back(self, begin: int, end: int) -> Iterator[bytes]:
        """What the disk has there."""
        while begin < end:
            self._check()
            with self._disk_errors():
                block = read_at(self._descriptor, min(end - begin, READ_AT_ONCE_BYTES), begin)
            if not block:
                return
            begin += len(block)
            yield block

    def _note(self, part: FilePart, block: bytes | memoryview) -> None:
        if part.start == 0 and len(self.beginning) < BEGINNING_BYTES:
            self.beginning = (self.beginning + bytes(block[:BEGINNING_BYTES]))[:BEGINNING_BYTES]
        part.quick.update(block)
        if part.start <= self._summed_bytes:
            self._sum_up([part])
            self._sums.update(block)
            self._summed_bytes += len(block)
        else:
            part.early_crc = zlib.crc32(block, part.early_crc)
        part.size_bytes += len(block)

    def _sum_up(self, parts: Iterable[FilePart]) -> None:
        """Read back what came before its turn, where that has come. Nobody else may write to these parts meanwhile."""
        for part in parts:
            if part.start == self._summed_bytes and part.size_bytes:
                crc = 0
                for block in self._read_back(part.start, part.position):
                    crc = zlib.crc32(block, crc)
                    self._sums.update(block)
                self._is_spoiled |= crc != part.early_crc
                self._summed_bytes = part.position

    def _begin_to_store(self, part: FilePart, size_bytes: int) -> None:
        """Let the disk work on what is written, while the rest is on its way: else all of it waits for the end."""
        if part.position // STORED_EACH_BYTES > (part.position - size_bytes) // STORED_EACH_BYTES:
            with contextlib.suppress(OSError, AttributeError):  # not every system, not every disk
                begin = max(part.start, part.position - STORED_EACH_BYTES)
                os.posix_fadvise(self._descriptor, begin, part.position - begin, os.POSIX_FADV_DONTNEED)

    def _forget_all(self, item: DriveItem, *, there_was_any: bool) -> None:
        if self._held is not None:
            self._held.clear()
            self._counter.skip(size_bytes=-self.size_bytes)
        elif there_was_any:
            with self._disk_errors():
                self._parts_file.remove()
                remove_file(self._origin_path)
                os.ftruncate(self._descriptor, 0)
            self._counter.skip(size_bytes=-self.size_bytes)
        self.is_whole, self.is_in_parts = False, False
        self.content_type, self.beginning = "", b""
        self.origin = Origin.of(item)
        # The same object: whoever fetches the file in one stream has it in hand.
        whole = self.parts[0] if self.parts else FilePart(0, None)
        whole.start, whole.end, whole.size_bytes, whole.early_crc, whole.quick = 0, None, 0, 0, QuickXorHash()
        self.parts = [whole]
        self._sums, self._summed_bytes, self._is_spoiled = _sums_for(item), 0, False

    @contextlib.contextmanager
    def _disk_errors(self) -> Iterator[None]:
        with disk_errors(self._downloads):  # nobody knows our folder in them
            try:
                yield
            except OSError as error:
                if error.errno == errno.EFBIG:
                    raise NotPlaceable("the disk cannot hold a file this large (the limit on FAT is 4 GiB)") from error
                raise


def partial_name(drive_id: str, item_id: str) -> str:
    """What a partial file is called, without its suffix."""
    return hashlib.sha256(f"{drive_id}\0{item_id}".encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _sums_for(item: DriveItem) -> Sums:
    """With SHA-256 in any case: it is what a later look compares with."""
    return Sums(with_sha256=True, with_sha1=item.sha1 is not None)
