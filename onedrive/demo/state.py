"""The demo's home: one state file that holds what the pretend OneDrive knows, so that a second start goes on there.

pretend_onedrive.json           drives, codes and tokens; written whole and replaced at once after each change
pretend_onedrive_server.json    the port and key of the server that runs on this home, while one runs
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import threading
from pathlib import Path
from typing import Any

from onedrive.demo.drive import DemoDrive
from onedrive.demo.drive_json import drive_to_json, link_shortcuts, load_drive, new_drive_from_json
from onedrive.demo.grants import Grants

STATE_FILE = "pretend_onedrive.json"
SERVER_FILE = "pretend_onedrive_server.json"
VERSION = 1


class DemoHome:
    """Keeps one drive, what it leads to, and the grants in a folder; `key` opens the door for changes from outside."""

    def __init__(self, folder: Path, drive: DemoDrive, grants: Grants | None = None) -> None:
        self.folder = folder
        self.drive = drive
        self.grants = grants
        self.key = secrets.token_hex(16)
        self._kept_grants: dict[str, Any] | None = None
        self._saved: tuple[int, ...] = ()
        self._drives_text: tuple[tuple[int, ...], str] = ((), "")
        self._lock = threading.Lock()

    def open(self, port: int) -> None:
        """Take over what was kept, and say where the server is."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.load()
        self.save_if_changed()
        _write(self.folder / SERVER_FILE, json.dumps({"port": port, "key": self.key, "pid": os.getpid()}))

    def close(self) -> None:
        """Keep everything, and take the sign off the door if it is still ours."""
        self.save_if_changed()
        running = read_server_file(self.folder)
        if running and running.get("key") == self.key:
            (self.folder / SERVER_FILE).unlink(missing_ok=True)

    def load(self) -> bool:
        """Read the state file; False when there is none that fits. A damaged one is set aside."""
        path = self.folder / STATE_FILE
        try:
            self._take_over(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return False
        except (ValueError, KeyError, TypeError, IndexError):
            with contextlib.suppress(OSError):
                path.replace(path.with_name(path.name + ".damaged"))
            return False
        return True

    def _take_over(self, kept: dict[str, Any]) -> None:
        if kept["version"] != VERSION or kept["drives"][0]["id"].lower() != self.drive.id.lower():
            raise ValueError("a state of another drive")
        self._load_drives(kept["drives"])
        self._kept_grants = kept["grants"]
        if self.grants and self._kept_grants:
            self.grants.load(self._kept_grants)

    def save_if_changed(self) -> None:
        """Write the state file when something has changed since it was last written."""
        with self._lock:
            drives = self._drive_revisions()
            now = (*drives, self.grants.revision if self.grants else 0)
            if now == self._saved:
                return
            grants = self.grants.to_json() if self.grants else self._kept_grants
            text = f'{{"version":{VERSION},"grants":{json.dumps(grants)},"drives":{self._drives_as_text(drives)}}}'
            try:
                _write(self.folder / STATE_FILE, text)
            except OSError:
                if not self._saved:
                    raise
                return  # the disk has filled up meanwhile: the service goes on, and keeps it when it can
            self._saved = now

    def _drive_revisions(self) -> tuple[int, ...]:
        return tuple(drive.changes for drive in self.drive.reachable_drives().values())

    def _drives_as_text(self, revisions: tuple[int, ...]) -> str:
        """The drives as JSON, made anew only when one has changed."""
        if self._drives_text[0] != revisions:
            drives = self.drive.reachable_drives().values()
            with self.drive.lock:
                self._drives_text = (revisions, json.dumps([drive_to_json(drive) for drive in drives]))
        return self._drives_text[1]

    def _load_drives(self, kept_drives: list[dict[str, Any]]) -> None:
        known = self.drive.reachable_drives()
        drives = {
            kept["id"].lower(): known.get(kept["id"].lower()) or new_drive_from_json(kept) for kept in kept_drives
        }
        for kept in kept_drives:
            load_drive(drives[kept["id"].lower()], kept)
        link_shortcuts(drives, kept_drives)


def read_server_file(folder: Path) -> dict[str, Any] | None:
    """Port and key of the server on this home; None when none was started (it may have died since)."""
    try:
        running = json.loads((folder / SERVER_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return running if isinstance(running, dict) else None


def read_kept_drive(folder: Path) -> DemoDrive | None:
    """An empty drive of the kind that the state file holds; None when there is no state file."""
    try:
        kept = json.loads((folder / STATE_FILE).read_text(encoding="utf-8"))
        return new_drive_from_json(kept["drives"][0])
    except (OSError, ValueError, KeyError, IndexError):
        return None


def _write(path: Path, text: str) -> None:
    """Replace the file at once; readable by its owner only."""
    unfinished = path.with_name(path.name + ".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.replace(path)
