"""UntouchedFolder: a DownloadFolder that is only looked at, for a dry run: nothing in it changes, nothing is made.

What the disk takes is tried in a temporary folder inside, which is gone afterwards, and only where the folder exists.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from onedrive.disk_room import DiskRoom, look_at_disk
from onedrive.download_folder import DownloadFolder, takes_links
from onedrive.errors import OneDriveError
from onedrive.name_rules import NameRules, probe_name_rules, usual_name_rules


class UntouchedFolder(DownloadFolder):
    """The folder `root`, which need not exist and then will not."""

    def prepare(self) -> NameRules:
        """Find out which names the folder takes."""
        self._real_root = os.path.realpath(self.root)
        self.rules = usual_name_rules()
        with self._trial() as trial:
            if trial:
                with contextlib.suppress(OSError, OneDriveError):
                    self.rules = probe_name_rules(trial)
        return self.rules

    def look_at_disk(self, *, largest_wanted_bytes: int) -> DiskRoom:
        """What the disk can take, as far as it can be told without a try."""
        del largest_wanted_bytes
        folders = (self.root, *self.root.absolute().parents)
        return look_at_disk(next((folder for folder in folders if folder.is_dir()), self.root), self.rules)

    def takes_links(self) -> bool:
        """Whether this disk knows hard links; where nothing can be tried, most disks do."""
        with self._trial() as trial:
            return takes_links(trial) if trial else True

    def make_folder(self, place: str) -> None:
        """Make nothing."""

    @contextlib.contextmanager
    def _trial(self) -> Iterator[Path | None]:
        """A temporary folder; None where there is none to be had. The root's own times stay what they are."""
        try:
            before = self.root.stat()
            trial = self.root / f".trial-{os.getpid()}-{time.time_ns()}"
            trial.mkdir()
        except OSError:
            yield None
            return
        try:
            yield trial
        finally:
            with contextlib.suppress(OSError):
                trial.rmdir()
                os.utime(self.root, ns=(before.st_atime_ns, before.st_mtime_ns))
