"""What is really in a folder, whatever links stand on the way; and the rename by which nothing gets out of it.

`folder.py` asks for every place of a list, so what is known of a folder is remembered; before a file gets its name the
folder that is really there then is looked at once more.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from onedrive.errors import NotPlaceable
from onedrive.home.files import once_free
from onedrive.local.names import long_windows_path, plain_windows_path


class LeadsOut(NotPlaceable):
    """A link on the way to a place leads out of the downloads folder."""

    def __init__(self) -> None:
        super().__init__("its folder here is a link that leads out of the downloads folder")


class Inside:
    """The folder `root`; nothing leads out of it before it is `known`."""

    def __init__(self, root: Path) -> None:
        self._root_text = str(root)
        self._real_root = ""
        self._leads_out = {"": False}
        self._checked: dict[Path, tuple[int, int]] = {}  # device and number of folders that were seen to be in here

    def know(self) -> None:
        """Remember where the folder really is."""
        self._real_root = os.path.realpath(self._root_text)

    def text(self, place: str) -> str:
        """The path of a place as the system wants it; text, because this is asked for every file of a list."""
        if os.sep == "/":
            return f"{self._root_text}/{place}"
        return long_windows_path(os.path.join(self._root_text, *place.split("/")))  # noqa: PTH118 - as above

    def leads_out(self, folder: str) -> bool:
        """True when a link on the way to the folder at a place leads out; asked of the system once a folder."""
        unknown = []
        while folder not in self._leads_out:
            unknown.append(folder)
            folder = folder.rpartition("/")[0]
        is_out = self._leads_out[folder]
        for inner in reversed(unknown):
            is_out = self._leads_out[inner] = self._look_whether_out(inner, is_above_out=is_out)
        return is_out

    def _look_whether_out(self, folder: str, *, is_above_out: bool) -> bool:
        """In a folder that is in here, only a link leads out: so no way is looked at from its beginning each time."""
        if not self._real_root or (os.sep == "/" and not is_above_out and self._is_plain(folder)):
            return False
        return not self._holds(self.text(folder))

    def _is_plain(self, folder: str) -> bool:
        """A folder, or nothing yet; False for a link, and where nobody can tell."""
        if folder.rpartition("/")[2] in (".", ".."):
            return False
        try:
            return not stat.S_ISLNK(os.lstat(self.text(folder)).st_mode)
        except FileNotFoundError:
            return True
        except (OSError, ValueError):
            return False

    def check(self, path: Path) -> None:
        """Look where a path really leads now. Raises LeadsOut."""
        if not self._holds(path):
            raise LeadsOut

    def replace(self, source: Path, target: Path) -> None:
        """Give a file its name, in the folder that is really there now. Raises LeadsOut, OSError."""
        if os.rename not in os.supports_dir_fd:
            self.check(target.parent)
            once_free(lambda: source.replace(target))
            return
        folder = os.open(target.parent, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            opened = os.fstat(folder)
            if self._checked.get(target.parent) != (opened.st_dev, opened.st_ino):
                if not self._is_told_in_here(folder) and not self._is_here(target.parent, opened):
                    raise LeadsOut
                self._checked[target.parent] = opened.st_dev, opened.st_ino
            os.rename(source, target.name, dst_dir_fd=folder)
        finally:
            os.close(folder)

    def _is_told_in_here(self, folder: int) -> bool:
        """True when the system itself says that an open folder is in here; one question, however deep it is."""
        try:
            real = os.readlink(f"/proc/self/fd/{folder}")  # noqa: PTH115 - as above
        except OSError:  # not Linux, or a path that is too long for it: look all the way
            return False
        return f"{real}/".startswith(f"{self._real_root.rstrip('/')}/")

    def _is_here(self, folder: Path, opened: os.stat_result) -> bool:
        real = os.path.realpath(folder)
        return self._holds(real) and os.path.samestat(opened, os.lstat(real))

    def _holds(self, path: str | Path) -> bool:
        with contextlib.suppress(ValueError):  # another drive of Windows; a NUL
            root = plain_windows_path(self._real_root)
            return os.path.commonpath([plain_windows_path(os.path.realpath(path)), root]) == root
        return False
