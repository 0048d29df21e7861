"""LocalFollow: what was renamed on OneDrive gets its new name here too, with its line in the manifest.

Only a file that is as it was downloaded is renamed, and only to a place where nothing stands; whatever stays behind is
seen to by the next download, which knows it by its id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from onedrive.errors import NotPlaceable
from onedrive.home.lock import DownloadsLock
from onedrive.home.manifest import ManifestLine, ManifestWriter, read_lines
from onedrive.local.earlier import is_kept_earlier
from onedrive.local.filing import IN_FOLDERS_OF_ONEDRIVE, NAMED
from onedrive.local.folder import DownloadFolder
from onedrive.local.names import safe_name
from onedrive.local.places import own_names
from onedrive.local.proof import CLOCK_GRAIN_SECONDS


class LocalFollow:
    """Follows the renames of one run; `ids` and `folders` (paths) are what they concern. Use as a context manager."""

    def __init__(self, downloads: Path, manifest: Path, ids: Collection[str], folders: Collection[str]) -> None:
        self.followed = 0
        self.stayed: list[tuple[str, str]] = []  # the places of files that keep their name here, and why
        self._folder = DownloadFolder(downloads)
        self._own = own_names(manifest.parent, downloads)
        self._manifest = manifest
        self._lines: dict[str, ManifestLine] = {}
        self._writer: ManifestWriter | None = None
        self._resources = ExitStack()
        prefixes = tuple(f"{folder}/" for folder in folders)
        places: dict[str, str] = {}
        for line in read_lines(manifest):
            if line is not None:
                places[line.id] = line.local_path
                self._lines.pop(line.id, None)
                if line.id in ids or line.path.startswith(prefixes):
                    self._lines[line.id] = line
        self._shared = Counter(places.values())

    def __enter__(self) -> Self:
        """Raises AnotherRun when something is being downloaded into the folder, FolderNotUsable, DiskFull."""
        root, partial = self._folder.root, self._folder.partial
        if self._lines and root.is_dir():
            self._resources.enter_context(DownloadsLock(root, partial, "renaming on OneDrive"))
            self._folder.prepare()
            self._writer = self._resources.enter_context(ManifestWriter(self._manifest))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def file(self, item_id: str, new_path: str, *, etag: str) -> None:
        """Let the copy of a file follow to its new name."""
        line = self._lines.get(item_id)
        if line is None or self._writer is None or self._folder.look(line.local_path) is None:
            return  # it is not here: then there is nothing that could follow
        why = "it was changed here" if not self._is_untouched(line) else ""
        if self._shared[line.local_path] > 1:
            why = "it stands for several files"
        if line.layout.endswith(NAMED):
            why = why or "a pattern made it"
        place = self._place_beside(line.local_path, new_path, item_id)
        why = why or self._move(line.local_path, place)
        if why:
            self.stayed.append((line.local_path, why))
            return
        self._write(replace(line, path=new_path, place=place, etag=etag or line.etag))
        self.followed += 1

    def folder(self, old_path: str, new_path: str) -> None:
        """Let the copy of a folder follow, with all that is in it."""
        below = f"{old_path}/"
        inside = [line for line in self._lines.values() if line.path.startswith(below) and not is_kept_earlier(line)]
        places = {self._folder_place(line, old_path) for line in inside}
        if not inside or self._writer is None or places == {None}:
            return  # nothing of it is here, or files are put in another order here
        old_place = next(iter(places)) if len(places) == 1 else None
        if old_place is None:
            self.stayed.append((old_path[1:], "its files are in several folders here"))
            return
        new_place = self._place_beside(old_place, new_path, old_path)
        if why := self._move(old_place, new_place):
            self.stayed.append((old_place, why))
            return
        for line in inside:
            rest = line.local_path[len(old_place) :]
            self._write(replace(line, path=new_path + line.path[len(old_path) :], place=new_place + rest))
        self.followed += len(inside)

    def _folder_place(self, line: ManifestLine, old_path: str) -> str | None:
        """Where the folder is here, seen from one of its files; None where files are put in another order."""
        if line.layout not in IN_FOLDERS_OF_ONEDRIVE:
            return None
        depth = old_path.count("/")
        parts = line.local_path.split("/")
        name = old_path.rpartition("/")[2]
        is_as_there = len(parts) == line.path.count("/") and parts[depth - 1] == self._safe(name, f"folder {old_path}")
        return "/".join(parts[:depth]) if is_as_there else None

    def _place_beside(self, place: str, new_path: str, owner: str) -> str:
        folder = place.rpartition("/")[0]
        name = self._safe(new_path.rpartition("/")[2], owner)
        return f"{folder}/{name}" if folder else name

    def _safe(self, name: str, owner: str) -> str:
        return safe_name(name, owner, self._folder.rules)

    def _is_untouched(self, line: ManifestLine) -> bool:
        local = self._folder.look(line.local_path)
        return (
            local is not None
            and local.is_file
            and local.size_bytes == line.size_bytes
            and abs(local.modified - line.modified) <= CLOCK_GRAIN_SECONDS
        )

    def _move(self, old_place: str, new_place: str) -> str:
        """Why it could not be moved, in words; '' when it was."""
        if old_place == new_place:
            return ""
        if "/" not in new_place and self._own.holds(new_place):
            return "its new name is one that the program itself uses there"
        try:
            return "" if self._folder.move(old_place, new_place) else "something else stands in its new place"
        except NotPlaceable as error:
            return str(error)

    def _write(self, line: ManifestLine) -> None:
        self._lines[line.id] = line
        if self._writer:
            self._writer.append(line)
