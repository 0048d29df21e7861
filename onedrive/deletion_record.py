"""deleted_items.jsonl: what was deleted on OneDrive; a line before each deletion and a line after it.

A 'deleting' without its end is a program that was cut off: nobody knows yet whether OneDrive did it, and it is asked
before anything else is deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from onedrive.change_record import ChangeRecord, now_text
from onedrive.deletion import FileDeletion, FolderDeletion
from onedrive.drive_item import normalise_drive_id
from onedrive.graph import GraphSession
from onedrive.items_by_id import NoAnswer, fetch_items, is_gone
from onedrive.open_deletions import BEGUN, DELETED_ITEMS, read_unfinished
from onedrive.write_rounds import Settled, WriteResult, WriteTask

_STATES = {WriteResult.DONE: "deleted", WriteResult.REFUSED: "refused", WriteResult.FAILED: "failed"}


class DeletionRecord:
    """The record of a home; `tell` hears how each item went, once that is on the disk."""

    def __init__(self, home: Path, tell: Callable[[WriteTask, Settled], None]) -> None:
        self._record = ChangeRecord(home / DELETED_ITEMS)
        self._tell = tell

    def begin(self, tasks: Sequence[WriteTask]) -> None:
        """These are about to be deleted."""
        self._record.append([{"state": BEGUN, **_row(task), "when": now_text()} for task in tasks])

    def end(self, settled: Sequence[tuple[WriteTask, Settled]]) -> None:
        """This is how they went."""
        rows = []
        for task, end in settled:
            row = {"state": _STATES.get(end.result, "failed"), **_row(task)}
            rows.append({**row, **({"reason": end.reason} if end.reason else {}), "when": now_text()})
        self._record.append(rows)
        for task, end in settled:
            self._tell(task, end)


@dataclass(frozen=True)
class Unfinished:
    """How the deletions went that an earlier run left open; `unknown` could not be asked about."""

    deleted: int = 0
    still_there: int = 0
    unknown: int = 0


def complete_record(home: Path, graph: GraphSession, drive_id: str) -> Unfinished:
    """Ask OneDrive what became of the deletions that are open on this drive, and write that down.

    Raises as GraphSession.get, DiskFull.
    """
    rows = [row for row in read_unfinished(home) if normalise_drive_id(str(row.get("driveId"))) == drive_id]
    answers = fetch_items(graph, [str(row.get("id")) for row in rows]) if rows else {}
    ended: list[Mapping[str, object]] = []
    deleted = 0
    for row in rows:
        answer = answers[str(row.get("id"))]
        gone = is_gone(answer)
        if isinstance(answer, NoAnswer) and not gone:
            continue
        reason = "seen when OneDrive was asked afterwards" if gone else "the program ended before OneDrive did it"
        ended.append({**row, "state": "deleted" if gone else "failed", "reason": reason, "when": now_text()})
        deleted += gone
    if ended:
        ChangeRecord(home / DELETED_ITEMS).append(ended)
    return Unfinished(deleted, len(ended) - deleted, len(rows) - len(ended))


def _row(task: WriteTask) -> dict[str, object]:
    if not isinstance(task, FileDeletion | FolderDeletion):
        raise TypeError("only deletions are recorded here")
    return task.to_json()
