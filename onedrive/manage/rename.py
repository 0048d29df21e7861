"""Renaming items on OneDrive, and taking it back: what option 7 does; a run of the engine in `rounds.py`.

new names ─► plan, shown ─► the person agrees ─► permission ─► wave after wave, on record ─► the files here follow
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from onedrive.errors import Stopped
from onedrive.graph.batch import fetch_items, item_address
from onedrive.graph.item import DriveItem, Kind, normalise_drive_id
from onedrive.graph.session import BatchReply, GraphSession
from onedrive.home.lists import FILE_LIST, FOLDER_LIST, ListState, read_items
from onedrive.home.manifest import MANIFEST
from onedrive.home.records import read_rows
from onedrive.manage.local_follow import LocalFollow
from onedrive.manage.rename_plan import NewName, RenamePlan, folder_of, make_waves, name_key, plan_renames
from onedrive.manage.rounds import WriteRun, in_batches
from onedrive.manage.writes import (
    Kept,
    Settled,
    WriteAccess,
    WriteRequest,
    WriteResult,
    WriteTask,
    Writing,
    agrees,
    describe_refusal,
    read_answer,
    show_kept,
)
from onedrive.settings import Settings
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_count, plural, printable

_CHANGED_SINCE_LISTED = "it has changed on OneDrive since the list was made"
_NO_LONGER_THERE = "it is no longer on OneDrive"
TAKEN = "the folder already has something whose name OneDrive takes for the same"
RENAMED_ITEMS = "renamed_items.jsonl"
_BEGUN, _DONE = "renaming", "renamed"
MOST_SHOWN = 20
_MOST_STAYED = 10


@dataclass(frozen=True, slots=True)
class RenameTask(WriteTask):
    """One request. `etag` is the one that is known of the item, '' when none is. `final_name` is what the item is to be
    called in the end, `old_name` what it is called now; `item` is as it was before all.
    """  # fmt: skip

    item: DriveItem
    old_name: str
    new_name: str
    final_name: str
    etag: str

    never = ("remoteItem",)
    states = (_BEGUN, _DONE)

    def when_gone(self, *, was_sent: bool) -> Settled:
        """Then there is nothing to rename."""
        del was_sent
        return Settled(WriteResult.REFUSED, _NO_LONGER_THERE)

    def decide(self, item: DriveItem, writing: Writing, *, was_sent: bool) -> WriteRequest | Settled:
        """PATCH its name, if it is still what is known of it; the dates of the file go along (trap 97)."""
        del writing
        if was_sent and item.name == self.new_name:
            return Settled(WriteResult.DONE, item={"eTag": item.etag})
        if item.name != self.old_name or item.parent_id != self.item.parent_id:
            return Settled(WriteResult.REFUSED, "it has another name or place on OneDrive now")
        if self.etag and item.etag != self.etag:
            return Settled(WriteResult.REFUSED, _CHANGED_SINCE_LISTED)
        times = item.facets.get("fileSystemInfo", {})
        kept = {key: times[key] for key in ("createdDateTime", "lastModifiedDateTime") if key in times}
        body: dict[str, object] = {"name": self.new_name, **({"fileSystemInfo": kept} if kept else {})}
        return WriteRequest("PATCH", item_address(self.item_id), item.etag, body)

    def settle(self, reply: BatchReply) -> Settled | None:
        """How it went: renamed is what comes back as the item itself."""
        if 200 <= reply.status < 300:
            is_item = reply.body.get("id") == self.item_id and reply.body.get("name") == self.new_name
            return Settled(WriteResult.DONE, item=reply.body) if is_item else None
        if reply.status == 404:
            return Settled(WriteResult.REFUSED, _NO_LONGER_THERE)
        return Settled(WriteResult.FAILED, TAKEN if reply.status == 409 else describe_refusal(reply))

    def to_json(self) -> dict[str, object]:
        """What the record says of it."""
        return {
            "id": self.item_id,
            "driveId": self.drive_id,
            "path": self.path,
            "oldName": self.old_name,
            "newName": self.new_name,
            "finalName": self.final_name,
        }


class Renaming(WriteRun[RenameTask, RenamePlan]):
    """One run of renames. `undoes` names the run that it takes back."""

    title = "Renaming on OneDrive"
    event_name = "rename_item"
    record_name = RENAMED_ITEMS

    def __init__(
        self, terminal: Terminal, settings: Settings, state: ListState, access: WriteAccess, *, undoes: str = ""
    ) -> None:
        super().__init__(terminal, settings, state, access)
        self._on_record = {"run": datetime.now(UTC).isoformat(timespec="milliseconds")}
        self._on_record |= {"undoes": undoes} if undoes else {}
        self._standing: dict[str, dict[str, str]] = {}
        self._total = 0
        self._now_called: dict[str, tuple[str, str]] = {}  # what each item is called now, and its eTag
        self._renamed: set[str] = set()
        self._failed: set[str] = set()

    def plan(self, wanted: Sequence[NewName], problems: Iterable[Kept] = ()) -> RenamePlan:
        """What is to be renamed, shown with what is not and why."""
        folder_ids = {item.parent_id for item, _ in wanted}
        for item in read_listed(self.settings):
            if item.parent_id in folder_ids:
                self._standing.setdefault(item.parent_id, {})[name_key(item.name)] = item.id
        plan = plan_renames(wanted, self._standing)
        plan.kept = [*problems, *plan.kept]
        show_rename_plan(self.terminal, plan)
        return plan

    def run(self, plan: RenamePlan) -> bool:
        """Rename what was planned, if the person agrees."""
        self._total = len(plan.new_names)
        what = "it" if self._total == 1 else f"these {format_count(self._total)}"
        if not plan.new_names or not agrees(self.terminal, f"Rename {what} on OneDrive"):
            self.terminal.say("Nothing was renamed.")
            return False
        writing = self.access.open(self.state)
        items = [item for item, _ in plan.new_names]
        folders = [item.path for item in items if item.kind is Kind.FOLDER]
        ids = {item.id for item in items}
        with LocalFollow(self.settings.downloads, self.settings.home / MANIFEST, ids, folders) as follow:
            try:
                self.send(writing, self._batches(plan, follow), **self._on_record)
            except (KeyboardInterrupt, Stopped):
                writing.graph.pause.stop.clear()
                self.terminal.say("Stopped. What was not yet renamed keeps its name.", style="warning")
            finally:
                self._report(follow)
        return bool(self._now_called)

    def so_far(self) -> str:
        """How many have their new names."""
        return f"{format_count(len(self._renamed))} of {format_count(self._total)}"

    def note(self, task: RenameTask, end: Settled) -> Mapping[str, str]:
        """Remember also what it is called now."""
        super().note(task, end)
        if end.result is not WriteResult.DONE:
            self._failed.add(task.item_id)
        else:
            self._now_called[task.item_id] = (task.new_name, str(end.item.get("eTag") or ""))
            if task.new_name == task.final_name:
                self._renamed.add(task.item_id)
        return {"old_name": task.old_name, "new_name": task.new_name}

    def _batches(self, plan: RenamePlan, follow: LocalFollow) -> Iterator[Sequence[RenameTask]]:
        """Wave after wave; what was done is followed here before the next are made."""
        final_names = {item.id: name for item, name in plan.new_names}
        for wave in make_waves(plan.new_names, self._standing):
            left = [(item, name) for item, name in wave if item.id not in self._failed]
            for batch in in_batches([self._task(item, name, final_names[item.id]) for item, name in left]):
                done_before = len(self.done)
                yield batch
                for task in self.done[done_before:]:
                    old_path, new_path = (f"{folder_of(task.item)}/{name}" for name in (task.old_name, task.new_name))
                    if task.item.kind is Kind.FOLDER:
                        follow.folder(old_path, new_path)
                    else:
                        follow.file(task.item_id, new_path, etag=self._now_called[task.item_id][1])

    def _task(self, item: DriveItem, new_name: str, final_name: str) -> RenameTask:
        # A folder's eTag may move with what is in it; its name and place are looked at in any case.
        known = item.etag if item.kind is Kind.FILE else ""
        old_name, etag = self._now_called.get(item.id, (item.name, known))
        return RenameTask(item.id, item.drive_id, item.path, item, old_name, new_name, final_name, etag)

    def _report(self, follow: LocalFollow) -> None:
        """How it went there and here."""
        say, renamed = self.terminal.say, len(self._renamed)
        what = plural("item", renamed) if renamed == self._total else self.so_far()
        self.conclude(f"{what} renamed on OneDrive", "4 in this menu undoes it.")
        halfway = [name for item_id, (name, _) in self._now_called.items() if item_id not in self._renamed]
        if halfway:
            say(
                f"{plural('item', len(halfway))} still with a temporary name, such as {printable(halfway[0])}: "
                "use 4 in this menu to give back the old names.",
                style="warning",
            )
        if follow.followed:
            has = "has its new name" if follow.followed == 1 else "have their new names"
            say(f"{plural('file', follow.followed)} on this computer {has} too.")
        for place, why in follow.stayed[:_MOST_STAYED]:
            say(f"  {printable(place)} keeps its name here: {why}. The next download renames it.")
        self.terminal.detail(f"Each rename is on record in {RENAMED_ITEMS}.")


def show_rename_plan(terminal: Terminal, plan: RenamePlan) -> None:
    """Old and new names, the first twenty; then what keeps its name, and why."""
    if plan.new_names:
        terminal.say(f"{plural('item', len(plan.new_names))} to rename on OneDrive:", style="heading")
        shown = plan.new_names[:MOST_SHOWN]
        terminal.table(["Now", "New name"], [(printable(item.path), printable(name)) for item, name in shown])
        if len(plan.new_names) > len(shown):
            terminal.say(f"and {format_count(len(plan.new_names) - len(shown))} more")
    else:
        terminal.say("There is nothing to rename.")
    if plan.unchanged:
        has = "has" if plan.unchanged == 1 else "have"
        terminal.say(f"{plural('item', plan.unchanged)} already {has} that name.")
    if plan.kept:
        terminal.say(f"{plural('item', len(plan.kept))} cannot get the new name:", style="warning")
        show_kept(terminal, plan.kept)


def read_listed(settings: Settings) -> Iterator[DriveItem]:
    """Every folder and file of the lists. Raises StateFileBroken."""
    for name in (FOLDER_LIST, FILE_LIST):
        if (settings.home / name).exists():
            yield from read_items(settings.home / name)


@dataclass
class Renamed:
    """One item of an earlier run: its name before it, and the names that it may have now because of it."""

    path: str
    old_name: str
    names: list[str] = field(default_factory=list)


@dataclass
class RenameRun:
    """One earlier run that can be undone, and its items by id; `when` is ISO 8601 in UTC."""

    run: str
    when: str
    items: dict[str, Renamed] = field(default_factory=dict)

    def describe(self) -> str:
        """When it was, how many, and one of them."""
        first, when = next(iter(self.items.values())), self.when[:16].replace("T", " ")
        names = f"{printable(first.old_name)} -> {printable(first.names[-1])}"
        return f"{when} UTC, {plural('item', len(self.items))}: {names}{' and so on' if len(self.items) > 1 else ''}"


def read_rename_runs(home: Path, drive_id: str) -> list[RenameRun]:
    """The runs that changed a name on this drive and were not undone, the last one first.

    What was begun and has no end counts as well: whether it was done is seen by the name that the item has.
    Raises FolderNotUsable.
    """
    runs: dict[str, RenameRun] = {}
    undone: set[tuple[str, str]] = set()
    for row in read_rows(home / RENAMED_ITEMS):
        texts = {key: str(row.get(key) or "") for key in ("run", "id", "driveId", "path", "oldName", "newName", "when")}
        if row.get("undoes") and row.get("state") == _DONE and row.get("newName") == row.get("finalName"):
            undone.add((str(row["undoes"]), texts["id"]))
        is_here = normalise_drive_id(texts["driveId"]) == drive_id
        if not is_here or not all(texts.values()) or row.get("state") not in (_BEGUN, _DONE):
            continue
        run = runs.setdefault(texts["run"], RenameRun(texts["run"], texts["when"]))
        item = run.items.setdefault(texts["id"], Renamed(texts["path"], texts["oldName"]))
        item.names.append(texts["newName"])
    for run in runs.values():
        run.items = {item_id: item for item_id, item in run.items.items() if (run.run, item_id) not in undone}
    return [run for run in reversed(runs.values()) if run.items]


def find_old_names(graph: GraphSession, run: RenameRun) -> tuple[list[NewName], list[Kept]]:
    """The old names of what is still called as that run left it, and what is not. Raises as GraphSession.get."""
    answers = fetch_items(graph, run.items)
    wanted, kept = list[NewName](), list[Kept]()
    for item_id, renamed in run.items.items():
        item = read_answer(answers[item_id])
        if item is None:
            kept.append(Kept(renamed.path, _NO_LONGER_THERE, renamed.old_name))
            continue
        item = item.with_path(f"{renamed.path[: -len(renamed.old_name) - 1]}/{item.name}")
        if item.name in (*renamed.names, renamed.old_name):
            wanted.append((item, renamed.old_name))
        else:
            kept.append(Kept(item.path, "it has another name on OneDrive now", renamed.old_name))
    return wanted, kept
