"""renamed_items.jsonl: what was renamed on OneDrive; a line before each request and a line after it; undo reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from onedrive.change_record import ChangeRecord, now_text
from onedrive.rename_task import RenameTask
from onedrive.write_rounds import Settled, WriteResult, WriteTask

RENAMED_ITEMS = "renamed_items.jsonl"
BEGUN = "renaming"
_STATES = {WriteResult.DONE: "renamed", WriteResult.REFUSED: "refused", WriteResult.FAILED: "failed"}


class RenameRecord:
    """The record of one run of renames; `tell` hears how each request went, once that is on the disk."""

    def __init__(self, home: Path, run: str, tell: Callable[[WriteTask, Settled], None], *, undoes: str = "") -> None:
        self._record = ChangeRecord(home / RENAMED_ITEMS)
        self._run = {"run": run, **({"undoes": undoes} if undoes else {})}
        self._tell = tell

    def begin(self, tasks: Sequence[WriteTask]) -> None:
        """These are about to be renamed."""
        self._record.append([{"state": BEGUN, **self._run, **_row(task), "when": now_text()} for task in tasks])

    def end(self, settled: Sequence[tuple[WriteTask, Settled]]) -> None:
        """This is how they went."""
        rows = []
        for task, end in settled:
            row = {"state": _STATES.get(end.result, "failed"), **self._run, **_row(task)}
            if end.result is WriteResult.DONE:
                row["eTag"] = str(end.item.get("eTag") or "")
            rows.append({**row, **({"reason": end.reason} if end.reason else {}), "when": now_text()})
        self._record.append(rows)
        for task, end in settled:
            self._tell(task, end)


@dataclass
class Renamed:
    """One item of an earlier run: its name before it, and the names that it may have now because of it."""

    id: str
    drive_id: str
    path: str
    old_name: str
    names: list[str] = field(default_factory=list)


@dataclass
class RenameRun:
    """One earlier run that can be undone; `when` is ISO 8601 in UTC."""

    run: str
    when: str
    items: dict[str, Renamed] = field(default_factory=dict)

    @property
    def example(self) -> tuple[str, str]:
        """One of its items, by its old and its new name."""
        first = next(iter(self.items.values()))
        return first.old_name, first.names[-1]


def read_rename_runs(home: Path, drive_id: str) -> list[RenameRun]:
    """The runs that changed a name on this drive and were not undone, the last one first.

    What was begun and has no end counts as well: whether it was done is seen by the name that the item has.
    Raises FolderNotUsable.
    """
    runs: dict[str, RenameRun] = {}
    undone: set[str] = set()
    for row in ChangeRecord(home / RENAMED_ITEMS).rows():
        texts = {key: str(row.get(key) or "") for key in ("run", "id", "driveId", "path", "oldName", "newName", "when")}
        is_final = row.get("newName") == row.get("finalName")
        if row.get("undoes") and row.get("state") == _STATES[WriteResult.DONE] and is_final:
            undone.add(f"{row['undoes']} {texts['id']}")
        if texts["driveId"] != drive_id or not all(texts.values()) or row.get("state") not in (BEGUN, "renamed"):
            continue
        run = runs.setdefault(texts["run"], RenameRun(texts["run"], texts["when"]))
        item = run.items.setdefault(texts["id"], Renamed(texts["id"], drive_id, texts["path"], texts["oldName"]))
        item.names.append(texts["newName"])
    for run in runs.values():
        run.items = {key: item for key, item in run.items.items() if f"{run.run} {key}" not in undone}
    return [run for run in reversed(runs.values()) if run.items]


def _row(task: WriteTask) -> dict[str, object]:
    if not isinstance(task, RenameTask):
        raise TypeError("only renames are recorded here")
    return dict(task.to_json())
