"""DiskRoom: what the disk that holds the downloads can take: how many bytes, how large a file, how long a path.

Tried, not guessed from names: the same system has disks of many kinds. What the system does not say is None, and then
nothing is refused for it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from onedrive.errors import FolderNotUsable, NotEnoughRoom
from onedrive.home.files import forget_file, open_own, reach_disk
from onedrive.local.names import NameRules
from onedrive.words import format_bytes

NO_FSYNC = "This disk cannot promise that files survive a power cut (it does not support fsync)"
AFTER_POWER_CUT = "Downloading works. After a power cut, choose 6: it finds files that are not whole."
RESERVE_BYTES = 200_000_000  # stays free: a full disk troubles the whole computer
LARGEST_ON_FAT_BYTES = (1 << 32) - 1
_CHECKED_EACH_BYTES = 16 << 20
_USUAL_BLOCK_BYTES = 4096
_PROBE_FILE = "size-probe"
_LONGEST_PATH_ON_WINDOWS = 32_000  # with the prefix that lifts the limit of 260


@dataclass(frozen=True)
class DiskRoom:
    """What a disk can take; None: not known, so not limited as far as we know."""

    free_bytes: int | None = None
    block_bytes: int = _USUAL_BLOCK_BYTES
    largest_file_bytes: int | None = None
    longest_path_bytes: int | None = None
    survives_power_cut: bool = True  # what was written and synced

    @property
    def room_bytes(self) -> int | None:
        """What may be filled; the reserve is left."""
        return None if self.free_bytes is None else max(0, self.free_bytes - RESERVE_BYTES)

    def occupied_bytes(self, size_bytes: int) -> int:
        """What a file of that size takes: whole blocks."""
        return -(-size_bytes // self.block_bytes) * self.block_bytes

    def refusal(self, path: Path, size_bytes: int) -> str:
        """Why a file of that size cannot stand there, in words that fit after its name; '' when it can."""
        if self.largest_file_bytes is not None and size_bytes > self.largest_file_bytes:
            return (
                "this disk cannot hold files of 4 GiB or more (it is formatted as FAT32); choose another disk with "
                "--to, or format it as exFAT"
            )
        text = str(path)
        longest = self.longest_path_bytes
        if longest is not None and len(text) * 4 > longest and len(text.encode("utf-8", "surrogatepass")) >= longest:
            return "its path is too long for this computer; choose a folder with a shorter path (--to)"
        return ""


class Reserve:
    """Sees, while bytes come, that the disk keeps what is to stay free; for all threads of a run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._unchecked_bytes = 0

    def take(self, size_bytes: int, folder: Path) -> None:
        """So many bytes are about to be written there. Raises NotEnoughRoom."""
        with self._lock:
            self._unchecked_bytes += size_bytes
            if self._unchecked_bytes < _CHECKED_EACH_BYTES:
                return
            self._unchecked_bytes = 0
        free_bytes = _free_bytes(folder)
        if free_bytes is not None and free_bytes < RESERVE_BYTES:
            raise NotEnoughRoom(
                f"The disk that holds {folder.parent} has only {format_bytes(free_bytes)} left; the last "
                f"{format_bytes(RESERVE_BYTES)} are never filled.",
                "Something else fills it too, or more came than was listed. Make room there, or choose another disk "
                "with --to; then choose 4: finished files are kept.",
            )


def look_at_disk(folder: Path, rules: NameRules, *, largest_wanted_bytes: int | None = None) -> DiskRoom:
    """What the disk of `folder` can take; nothing is tried where no size is wanted.

    The limit of FAT is tried only when a file would meet it.
    """
    may_be_fat = (largest_wanted_bytes or 0) > LARGEST_ON_FAT_BYTES and ":" in rules.refused_characters
    return DiskRoom(
        free_bytes=_free_bytes(folder),
        block_bytes=_block_bytes(folder),
        largest_file_bytes=LARGEST_ON_FAT_BYTES if may_be_fat and not _takes_large_files(folder) else None,
        longest_path_bytes=_longest_path_bytes(folder),
        survives_power_cut=largest_wanted_bytes is None or _survives_power_cut(folder),
    )


def _survives_power_cut(folder: Path) -> bool:
    with contextlib.suppress(OSError), tempfile.TemporaryFile(dir=folder) as file:
        return reach_disk(file.fileno())
    return True  # what is wrong is said where something is written


def _free_bytes(folder: Path) -> int | None:
    with contextlib.suppress(OSError):
        usage = shutil.disk_usage(folder)
        return usage.free if usage.total > 0 else None  # some network drives say 0 of everything: nobody knows
    return None


if sys.platform == "win32":

    def _block_bytes(folder: Path) -> int:
        del folder
        return _USUAL_BLOCK_BYTES

    def _longest_path_bytes(folder: Path) -> int | None:
        del folder
        return _LONGEST_PATH_ON_WINDOWS

    def _takes_large_files(folder: Path) -> bool:
        """By the name of the file system: growing a file there would write all its zeros."""
        import ctypes

        name = ctypes.create_unicode_buffer(64)
        found = ctypes.windll.kernel32.GetVolumeInformationW(
            f"{folder.resolve().anchor}", None, 0, None, None, None, name, len(name)
        )
        return not found or name.value.upper() not in ("FAT", "FAT32")

else:

    def _block_bytes(folder: Path) -> int:
        with contextlib.suppress(OSError):
            return os.statvfs(folder).f_frsize or _USUAL_BLOCK_BYTES
        return _USUAL_BLOCK_BYTES

    def _longest_path_bytes(folder: Path) -> int | None:
        with contextlib.suppress(OSError, ValueError):
            longest = os.pathconf(folder, "PC_PATH_MAX")
            return longest if longest > 0 else None
        return None

    def _takes_large_files(folder: Path) -> bool:
        """Grow an empty file over the limit, without writing a byte; only FAT says that it would be too large."""
        probe = folder / _PROBE_FILE
        try:
            with os.fdopen(open_own(probe), "wb") as stream:
                stream.truncate(LARGEST_ON_FAT_BYTES + 1)
        except OSError as error:
            return error.errno != errno.EFBIG
        except FolderNotUsable:
            return True
        finally:
            forget_file(probe)
        return True
