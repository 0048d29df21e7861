"""folders_to_list_again.json: folders that were otherwise than listed, so that the next listing asks for them again.

Option 4 notes what it finds gone or changed (`download/run.py`); what OneDrive never names as changed would else fail
every night. `listing/second_look.py` asks, and what has been seen to is taken off. Best effort: without it a whole
listing finds the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from onedrive.errors import OneDriveError
from onedrive.graph.item import normalise_drive_id
from onedrive.home.files import disk_errors, remove_file, write_whole
from onedrive.home.reading import read_note

RECHECK = "folders_to_list_again.json"
MOST_NOTED = 1000  # where more is otherwise, a whole listing is due anyway

NotedFolder = tuple[str, str]  # drive id (normalised) and item id


def note_folders(home: Path, folders: Iterable[NotedFolder]) -> None:
    """These folders are otherwise than listed; each is kept once. Never fails."""
    new = {(normalise_drive_id(drive_id), folder_id) for drive_id, folder_id in folders if folder_id}
    known = read_noted(home) if new else []
    if more := sorted(new - set(known)):
        keep_noted(home, [*known, *more])


def read_noted(home: Path) -> list[NotedFolder]:
    """The folders to ask for again; none where that cannot be read. Never fails."""
    with suppress(KeyError, TypeError):
        return [(str(row["driveId"]), str(row["id"])) for row in read_note(home / RECHECK).get("folders", ())]
    return []


def keep_noted(home: Path, folders: Iterable[NotedFolder]) -> None:
    """Only these are still to be asked for. Never fails."""
    rows = [{"driveId": drive_id, "id": folder_id} for drive_id, folder_id in folders][:MOST_NOTED]
    with suppress(OneDriveError), disk_errors(home):
        if rows:
            write_whole(home / RECHECK, json.dumps({"version": 1, "folders": rows}, indent=1) + "\n")
        else:
            remove_file(home / RECHECK)
