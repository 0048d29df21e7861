"""LocalLook: is the copy here still what was proven? By what the system says of it, and by its bytes once more."""

from __future__ import annotations

import os
import stat
from datetime import datetime
from pathlib import Path

from onedrive.content_hash import digest_file
from onedrive.download_folder import DownloadFolder
from onedrive.proof import quick_xor_agrees
from onedrive.verification import VerifiedItem

_GRAIN_NS = 2_000_000_000  # FAT keeps every other second, and the verification names whole ones


class LocalLook:
    """Whether the files below `downloads` are still as they were when they were proven."""

    def __init__(self, downloads: Path, *, has_change_times: bool = os.name == "posix") -> None:
        self._folder = DownloadFolder(downloads)
        self._real_root = os.path.realpath(downloads)
        self._has_change_times = has_change_times
        self._inside: dict[str, bool] = {}

    def why_changed(self, proof: VerifiedItem) -> str | None:
        """What is wrong with the local copy, in words; None: it is as it was."""
        if not self._is_inside(proof.local_path.rpartition("/")[0]):
            return "a link leads out of the downloads folder to it"
        try:
            status = os.lstat(self._folder.path(proof.local_path))
        except (OSError, ValueError):
            return "the file here is gone since it was proven"
        if not stat.S_ISREG(status.st_mode) or status.st_size != proof.size_bytes or self._is_younger(status, proof):
            return "the file here has changed since it was proven"
        return None

    def why_not_proven(self, proof: VerifiedItem) -> str | None:
        """The same, and the file is read once more: verification.json may have been edited, or be nearly a day old."""
        try:
            digest = None if self.why_changed(proof) else digest_file(self._folder.path(proof.local_path), _go_on)
        except OSError as error:
            return f"the file here cannot be read: {(error.strerror or type(error).__name__).lower()}"
        if digest and not quick_xor_agrees(proof.hash, digest):
            return "the file here does not have the bytes that OneDrive lists"
        return self.why_changed(proof)

    def _is_younger(self, status: os.stat_result, proof: VerifiedItem) -> bool:
        """True when something was done to the file after it was read; its own time can be set back, the other not."""
        proven_ns = int(datetime.fromisoformat(proof.when).timestamp() * 1e9) + _GRAIN_NS
        if self._has_change_times and status.st_ctime_ns > proven_ns:
            return True
        if proof.modified_ns:
            return status.st_mtime_ns != proof.modified_ns
        return status.st_mtime_ns > proven_ns

    def _is_inside(self, folder: str) -> bool:
        known = self._inside.get(folder)
        if known is None:
            real = os.path.realpath(self._folder.path(folder))
            known = real == self._real_root or real.startswith(self._real_root.rstrip(os.sep) + os.sep)
            self._inside[folder] = known
        return known


def _go_on() -> None:
    """Ctrl-C ends the reading by itself."""
