"""A dry run: what option 4 would do, as a table; nothing on the disk is changed, and nothing is asked of OneDrive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from onedrive.download.plan import TwinWay
from onedrive.download.prepare import PreparedDownload
from onedrive.download.summary import (
    describe_left_out,
    describe_missing_room,
    describe_need,
    describe_twins_ahead,
    tell_plan,
)
from onedrive.errors import NotEnoughRoom
from onedrive.graph.item import DriveItem
from onedrive.local.folder import DownloadFolder
from onedrive.local.proof import is_untouched
from onedrive.step_result import ALL_DONE, StepResult
from onedrive.terminal.terminal import Column, Terminal
from onedrive.transfer.addresses import WantedFile
from onedrive.words import format_bytes, plural, printable, shorten_middle

MOST_ROWS = 40  # of each action
WIDEST_CELL = 60  # one long name must not make all lines long
_TWIN_ACTIONS = {TwinWay.LINK: "link", TwinWay.COPY: "copy", TwinWay.NAME: "name"}


class PlanTable:
    """The rows that are shown, and the count of all; each row is an event for programs too."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._counts: Counter[str] = Counter()
        self._sizes: Counter[str] = Counter()
        self._rows: dict[str, list[tuple[str, str, str, str]]] = {}

    def add(self, action: str, item_id: str, path: str, *, place: str = "", size_bytes: int = 0, reason: str) -> None:
        """One thing that would be done, or not."""
        self._counts[action] += 1
        self._sizes[action] += size_bytes
        rows = self._rows.setdefault(action, [])
        if len(rows) < MOST_ROWS:
            shown, why = (shorten_middle(printable(text), WIDEST_CELL) for text in (path, reason))
            rows.append((action.replace("_", " "), format_bytes(size_bytes), shown, why))
        self._tell(action, item_id, path, place, size_bytes, reason)

    def tell_skipped(self, item: DriveItem, action: str, place: str, why: str) -> None:
        """A file for which nothing would be done; for a person those are only counted."""
        self._tell(action, item.id, item.path, place, item.size or 0, why)

    def _tell(self, action: str, item_id: str, path: str, place: str, size_bytes: int, reason: str) -> None:
        fields = {"id": item_id, "path": path, "place": place, "size_bytes": size_bytes, "reason": reason}
        self._terminal.event("plan_item", action=action, **fields)

    def show(self) -> None:
        """The table, and how many there are of each action."""
        rows = [row for rows in self._rows.values() for row in rows]
        if rows:
            columns: list[Column | str] = ["Action", Column("Size", align="right"), "Path", "Why"]
            self._terminal.table(columns, rows)
        for action, count in self._counts.items():
            more = f"; the first {MOST_ROWS} are shown" if count > MOST_ROWS else ""
            size = format_bytes(self._sizes[action])
            self._terminal.say(f"{action.replace('_', ' ')}: {plural('file', count)}, {size}{more}.")


def show_dry_run(
    terminal: Terminal, prepared: PreparedDownload, folder: DownloadFolder, table: PlanTable
) -> StepResult:
    """Say what would be done; the exit code is 5 when there would not be room."""
    plan, need, disk = prepared.plan, prepared.need, prepared.disk
    _fill(table, prepared, folder)
    table.show()
    for line in [*describe_need(plan, need, disk), *describe_twins_ahead(prepared)]:
        terminal.say(line)
    if not need.files:
        here = plural("file", plan.there + len(plan.moved))
        terminal.say(f"Nothing would be downloaded. Here already: {here}.")
    if plan.left_out:
        terminal.say(f"{describe_left_out(plan)}.")
    tell_plan(terminal, prepared)
    has_room = disk.room_bytes is None or need.room_bytes <= disk.room_bytes
    missing = "" if has_room else describe_missing_room(need, disk)
    if missing:
        terminal.say(missing, style="problem")
    terminal.say("This was a dry run: nothing was changed. Without --dry-run, option 4 does it.")
    if has_room:
        return ALL_DONE
    return StepResult(
        exit_code=NotEnoughRoom.exit_code, failure=f"{missing} Make room there, or choose another disk with --to."
    )


def _fill(table: PlanTable, prepared: PreparedDownload, folder: DownloadFolder) -> None:
    plan = prepared.plan
    for row in plan.wanted:
        for action, reason in _of_wanted(row, prepared, folder):
            table.add(action, row.id, row.path, place=row.place, size_bytes=row.size_bytes, reason=reason)
    for row in plan.moved:
        why = "the layout" if row.identity in plan.relaid else "OneDrive has it elsewhere"
        table.add("move", row.id, row.path, place=row.place, size_bytes=row.size_bytes, reason=f"{why}: {row.place}")
    for line in plan.aside:
        why = "OneDrive has it no longer"
        table.add("aside", line.id, line.path, place=line.local_path, size_bytes=line.size_bytes, reason=why)
    for twin in plan.twins:
        row = twin.row
        reason = f"the same content as {twin.original.path}"
        table.add(_TWIN_ACTIONS[twin.way], row.id, row.path, place=row.place, size_bytes=row.size_bytes, reason=reason)
    for action, entries in (("unavailable", plan.unavailable), ("impossible", prepared.impossible)):
        for item in entries:
            table.add(action, item.id, item.path, reason=item.reason)


def _of_wanted(row: WantedFile, prepared: PreparedDownload, folder: DownloadFolder) -> Iterator[tuple[str, str]]:
    """What would be done for a wanted file, and why."""
    local, recorded = folder.look(row.place), prepared.manifest.find(*row.identity)
    if local is None:
        yield "fetch", _and_whither("it is here no more" if recorded else "not here yet", row)
    elif recorded and recorded.local_path == row.place and is_untouched(local, recorded):
        yield "fetch", "OneDrive has a newer version"
    elif local.is_file and local.size_bytes == row.size_bytes:
        yield "compare", "something of its size is there; fetched only if it differs"
    else:
        yield "fetch", "something else stands in its place"
        if local.is_file:
            yield "keep_beside", f"{row.place} is not as it was downloaded: it is kept under another name"


def _and_whither(reason: str, row: WantedFile) -> str:
    """The reason, and the place where it is not the one that the path on OneDrive tells."""
    return reason if row.place == row.path.lstrip("/") else f"{reason}; to {row.place}"
