"""item_download_errors.json: what could not be downloaded, so that it can be looked at, and tried again alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from onedrive.errors import OneDriveError
from onedrive.home.files import disk_errors, is_there, remove_file, write_whole
from onedrive.home.reading import as_written
from onedrive.words import escape_surrogates

ERRORS_FILE = "item_download_errors.json"


@dataclass(frozen=True, order=True)
class FailedItem:
    """One file, by its path at the time, and why it did not come; or a folder that could not be made."""

    path: str
    id: str
    reason: str
    is_folder: bool = False


def read_failed(home: Path) -> list[FailedItem]:
    """What failed last time; nothing when there is no such file. Raises StateFileBroken."""
    path = home / ERRORS_FILE
    if not is_there(path):
        return []
    hint = "Choose 4: it tries everything that is missing, and writes this file again."
    with as_written(path, "it is not a list of files that failed", hint):
        rows = json.loads(path.read_text(encoding="utf-8-sig"))
        return [FailedItem(str(row["path"]), str(row["id"]), str(row.get("reason", ""))) for row in rows]


def failed_count(home: Path) -> int:
    """How many files could be tried again; 0 as well when that cannot be read. For the menu."""
    try:
        return len({item.id for item in read_failed(home)})
    except OneDriveError:
        return 0


def write_failed(home: Path, failed: Iterable[FailedItem]) -> None:
    """What failed this time; when nothing did, no old file stays to be mistaken for news."""
    rows = [{"id": item.id, "path": item.path, "reason": item.reason} for item in sorted(failed)]
    if not rows:
        with disk_errors(home):
            remove_file(home / ERRORS_FILE)
        return
    text = json.dumps(rows, ensure_ascii=False, indent=1)
    write_whole(home / ERRORS_FILE, escape_surrogates(text) + "\n")
