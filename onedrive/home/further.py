"""further_folders.json: folders besides downloads that hold files of the drive, as the person named them.

A copy (--also) has the same tree as downloads; option 4 mends one from the other. A known folder (--known) holds files
wherever they lie in it: what is found there by its content is not fetched. Lost, they only have to be named again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath, PureWindowsPath

from onedrive.home.files import is_there, write_whole
from onedrive.home.reading import as_written

FURTHER_FOLDERS = "further_folders.json"


class FolderUse(StrEnum):
    """What a further folder is."""

    COPY = "copy"
    KNOWN = "known"


@dataclass(frozen=True)
class FurtherFolder:
    """One further folder, by its whole path."""

    path: Path
    use: FolderUse


@dataclass(frozen=True)
class NamedFolders:
    """What the flags of one run say of further folders: --also, --known and --forget."""

    also: Sequence[Path] = ()
    known: Sequence[Path] = ()
    forget: Sequence[Path] = ()


NO_FOLDERS = NamedFolders()


def read_further(home: Path) -> list[FurtherFolder]:
    """What is remembered. Raises StateFileBroken, FolderNotUsable."""
    path = home / FURTHER_FOLDERS
    if not is_there(path):
        return []
    hint = "Move it away, and name the folders again with --also and --known."
    with as_written(path, "it is not what this program wrote", hint):
        rows = json.loads(path.read_text(encoding="utf-8", errors="surrogateescape"))
        return [FurtherFolder(_read_path(row["folder"]), FolderUse(row["use"])) for row in rows]


def _read_path(text: str) -> Path:
    """Raises ValueError and TypeError for what is no whole path, of this system or another one."""
    is_whole = PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute()
    if b"\0" in os.fsencode(text) or not is_whole:
        raise ValueError(text)
    return Path(text)


def add_further(folders: Sequence[FurtherFolder], named: NamedFolders) -> tuple[FurtherFolder, ...]:
    """These folders with what the flags say; the last word counts."""
    by_path = {folder.path: folder for folder in folders}
    for path in named.forget:
        by_path.pop(path.absolute(), None)
    for use, paths in ((FolderUse.COPY, named.also), (FolderUse.KNOWN, named.known)):
        by_path |= {path.absolute(): FurtherFolder(path.absolute(), use) for path in paths}
    return tuple(by_path.values())


def remember_further(home: Path, folders: Sequence[FurtherFolder]) -> None:
    """Write down which there are. Raises DiskFull, FolderNotUsable."""
    if list(folders) != read_further(home):
        rows = [{"folder": str(folder.path), "use": folder.use.value} for folder in folders]
        write_whole(home / FURTHER_FOLDERS, json.dumps(rows, indent=1) + "\n")
