"""What `.partial/` holds, looked at without opening it: files begun in an earlier run, and leftovers."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from onedrive.file_parts import NEW_SUFFIX
from onedrive.partial_file import ORIGIN_SUFFIX, PARTS_SUFFIX, SUFFIX

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


def sweep_partials(folder: Path) -> None:
    """Remove what a killed run left beside bytes that have reached their place since, and the folder when empty."""
    for suffix in (ORIGIN_SUFFIX, PARTS_SUFFIX, PARTS_SUFFIX + NEW_SUFFIX):
        for beside in folder.glob(f"*{suffix}"):
            if not beside.with_suffix(SUFFIX).exists():
                beside.unlink(missing_ok=True)
    for partial in folder.glob(f"*{SUFFIX}"):
        if not partial.with_suffix(ORIGIN_SUFFIX).exists():
            partial.unlink(missing_ok=True)  # could not be continued anyway
    with contextlib.suppress(OSError):
        folder.rmdir()
