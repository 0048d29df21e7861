"""Deletions that were begun and have no end on record: the program was cut off in the middle of them.

Read from the end of one file, quickly, because the start of the menu tells of them.
"""

from __future__ import annotations

from pathlib import Path

from onedrive.change_record import ChangeRecord
from onedrive.errors import OneDriveError
from onedrive.words import plural

DELETED_ITEMS = "deleted_items.jsonl"
BEGUN = "deleting"


def describe_unfinished_deletes(home: Path) -> str | None:
    """A sentence for the start of the menu when the program ended in the middle of deleting; None: nothing is open.

    Reads the end of one file and asks nobody.
    """
    try:
        number = len(read_unfinished(home))
    except OneDriveError:
        return None
    if not number:
        return None
    return (
        f"The program ended in the middle of deleting on OneDrive: for {plural('item', number)} it is not known yet "
        f"whether OneDrive did it. Choose 7: it asks OneDrive, and completes {DELETED_ITEMS}."
    )


def read_unfinished(home: Path) -> list[dict[str, object]]:
    """The lines of deletions that were begun and not ended. Raises FolderNotUsable."""
    waiting: dict[tuple[str, str], dict[str, object]] = {}
    for row in ChangeRecord(home / DELETED_ITEMS).last_rows():
        key = str(row.get("driveId")), str(row.get("id"))
        if row.get("state") == BEGUN:
            waiting[key] = row
        else:
            waiting.pop(key, None)
    return list(waiting.values())
