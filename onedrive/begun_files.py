"""Which files were begun in an earlier run, and how many of their bytes are here; looked at without opening them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from onedrive.partial_file import ORIGIN_SUFFIX, SUFFIX

_UNIT_OF_ST_BLOCKS = 512


def read_begun(folder: Path) -> dict[str, int]:
    """The bytes that are here of files that a run can go on with, by the name of their partial without its suffix."""
    begun = {}
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if entry.name.endswith(SUFFIX) and (folder / entry.name).with_suffix(ORIGIN_SUFFIX).exists():
                status = entry.stat()
                # A file that comes in parts has holes, which are not here.
                kept = getattr(status, "st_blocks", 0) * _UNIT_OF_ST_BLOCKS
                begun[entry.name.removesuffix(SUFFIX)] = min(status.st_size, kept) if kept else status.st_size
    return begun
