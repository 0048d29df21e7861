"""NameGlobs: which paths a person's globs let in, in gitignore's manner.

The later line wins over the earlier one, `!` takes back, a trailing slash means folders only, and what is below a
matched folder is matched with it, whatever later lines say about it: as git does, and so tried against git. A file is
let in when the lines to include match it, or there are none, and those to exclude do not.
"""

from __future__ import annotations

from collections.abc import Sequence

from onedrive.glob_line import read_glob_line


class NameGlobs:
    """Compiled once, asked for each file; paths are OneDrive's, '/Pictures/a.jpg'."""

    def __init__(self, include: Sequence[str], exclude: Sequence[str]) -> None:
        self._include = GlobList(include) if include else None
        self._exclude = GlobList(exclude)

    def admits(self, path: str) -> bool:
        """True when a file is matched by what is included (or nothing is named), and not by what is excluded."""
        return (self._include is None or self._include.matches(path)) and not self._exclude.matches(path)


class GlobList:
    """Lines in gitignore's manner; folders are decided once and remembered."""

    def __init__(self, lines: Sequence[str]) -> None:
        read = (read_glob_line(line) for line in lines)
        self._lines = [line for line in read if line is not None][::-1]
        self._folders: dict[str, bool] = {"": False}

    def matches(self, path: str) -> bool:
        """True when the file at this path is matched, or a folder that it is in."""
        folder, _, name = path.strip("/").rpartition("/")
        return self._matches_folder(folder) or self._matches_itself(path.strip("/"), name, is_folder=False)

    def _matches_folder(self, path: str) -> bool:
        known = self._folders.get(path)
        if known is None:
            folder, _, name = path.rpartition("/")
            known = self._matches_folder(folder) or self._matches_itself(path, name, is_folder=True)
            self._folders[path] = known
        return known

    def _matches_itself(self, path: str, name: str, *, is_folder: bool) -> bool:
        for line in self._lines:
            if line.matches(path, name, is_folder=is_folder):
                return not line.is_negative
        return False
