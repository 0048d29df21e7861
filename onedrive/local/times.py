"""Times as the service writes them, and the modified and created time of files on disks that cannot keep every time."""

from __future__ import annotations

import contextlib
import os
import struct
import sys
from datetime import UTC, datetime
from pathlib import Path

_SECONDS_FROM_1601_TO_1970 = 11_644_473_600
_TICKS_A_SECOND = 10_000_000


def windows_ticks(seconds: int) -> int:
    """A FILETIME: steps of 100 ns since 1601; 0, which Windows takes for 'leave it', for what is before that."""
    return max(0, (seconds + _SECONDS_FROM_1601_TO_1970) * _TICKS_A_SECOND)


if sys.platform == "win32":

    def set_created(path: Path, seconds: int) -> None:
        """Set when it was created, in seconds since 1970; never fails (SetFileTime, fileapi.h)."""
        import ctypes
        from ctypes import wintypes

        kernel = ctypes.WinDLL("kernel32")
        kernel.CreateFileW.restype = wintypes.HANDLE
        kernel.CreateFileW.argtypes = [
            wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p,
            wintypes.DWORD, wintypes.DWORD, wintypes.HANDLE,
        ]  # fmt: skip
        kernel.SetFileTime.argtypes = [wintypes.HANDLE, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
        kernel.CloseHandle.argtypes = [wintypes.HANDLE]
        write_attributes, share_all, open_existing, folders_too = 0x100, 0x7, 3, 0x02000000
        handle = kernel.CreateFileW(str(path), write_attributes, share_all, None, open_existing, folders_too, None)
        if handle == wintypes.HANDLE(-1).value:
            return
        ticks = windows_ticks(seconds)
        created = wintypes.FILETIME(ticks & 0xFFFFFFFF, ticks >> 32)
        with contextlib.suppress(OSError):
            kernel.SetFileTime(handle, ctypes.byref(created), None, None)
        kernel.CloseHandle(handle)

elif sys.platform == "darwin":

    def set_created(path: Path, seconds: int) -> None:
        """Set when it was created, in seconds since 1970; never fails (setattrlist(2), ATTR_CMN_CRTIME)."""
        import ctypes

        created_time_alone = struct.pack("HHIIIII", 5, 0, 0x200, 0, 0, 0, 0)
        moment = struct.pack("@qq", seconds, 0)
        with contextlib.suppress(OSError, AttributeError, ValueError):
            set_attributes = ctypes.CDLL(None).setattrlist
            set_attributes.argtypes = [
                ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint32,
            ]  # fmt: skip
            set_attributes(bytes(path), created_time_alone, moment, len(moment), 0)

else:

    def set_created(path: Path, seconds: int) -> None:
        """Nothing: here no program can set when a file was created."""
        del path, seconds


# 1980 to 2107 is what FAT can keep; other disks take more.
_EARLIEST_EVERYWHERE = int(datetime(1980, 1, 1, 12, tzinfo=UTC).timestamp())
_LATEST_EVERYWHERE = int(datetime(2107, 12, 30, tzinfo=UTC).timestamp())
_FIRST_YEAR_MEANT = 1900  # 0001-01-01 stands for 'not known' (graph-facts §5.2)


def read_time(text: str) -> int | None:
    """Whole seconds since 1970 of a time with 0 to 7 decimals; None when it names no time that is meant."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.year < _FIRST_YEAR_MEANT:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def set_times(path: Path, modified: str, created: str) -> None:
    """Give a file or folder the times that the service names, the created one where the system can; never fails."""
    set_modified(path, modified)
    made = read_time(created)
    if made is not None:
        set_created(path, made)


def set_modified(path: Path, text: str) -> None:
    """Give a file the modified time that the service names, or the nearest that the disk keeps; never fails."""
    seconds = read_time(text)
    if seconds is None:
        return
    for attempt in (seconds, min(max(seconds, _EARLIEST_EVERYWHERE), _LATEST_EVERYWHERE)):
        try:
            os.utime(path, (attempt, attempt))
        except (OSError, OverflowError, ValueError):
            continue
        return
