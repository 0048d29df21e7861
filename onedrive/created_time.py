"""The created time of a file or folder, on the systems where a program can set it: Windows and macOS.

Linux keeps such a time on most disks, but lets no program set it; there nothing is done.
"""

from __future__ import annotations

import contextlib
import struct
import sys
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
