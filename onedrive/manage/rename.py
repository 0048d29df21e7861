"""Renaming items on OneDrive: what option 7 does, its record, its report, and undoing it.

wishes ─► plan, shown ─► the person agrees ─► permission ─► wave after wave, on record ─► the files here follow
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from onedrive.errors import OneDriveError, ServiceRefused, ServiceUnusable, Stopped
from onedrive.graph.batch import Answer, item_address
from onedrive.graph.item import DriveItem, Kind, NotAnItem, from_graph
from onedrive.graph.session import BatchReply
from onedrive.home.lists import FILE_LIST, FOLDER_LIST, ListState, read_items
from onedrive.home.manifest import MANIFEST
from onedrive.home.records import ChangeRecord, now_text
from onedrive.manage.local_follow import LocalFollow
from onedrive.manage.rename_plan import (
    NotRenamed,
    RenamePlan,
    RenameStep,
    folder_of,
    make_waves,
    name_key,
    plan_renames,
)
from onedrive.manage.writes import (
    Settled,
    WriteAccess,
    WriteRequest,
    WriteResult,
    WriteRounds,
    WriteTask,
    Writing,
    describe_refusal,
    in_batches,
)
from onedrive.settings import Settings
from onedrive.terminal.progress import Progress
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_count, plural, printable

CHANGED = "it has changed on OneDrive since the list was made"
TAKEN = "something whose name OneDrive takes for the same is in the folder already"


@dataclass(frozen=True, slots=True)
class RenameTask:
    """One request. `etag` is the one that is known of the item, '' when none is. `final_name` is what the item is to be
    called in the end; `path` is where it was before all.
    """  # fmt: skip

    item_id: str
    drive_id: str
    parent_id: str
    path: str
    old_name: str
    new_name: str
    final_name: str
    etag: str

    def decide(self, answer: Answer, *, was_sent: bool) -> WriteRequest | Settled:
        """PATCH its name, if it is still what is known of it; the dates of the file go along (trap 97)."""
        if isinstance(answer, ServiceRefused) and answer.status == 404:
            return Settled(WriteResult.REFUSED, "it is no longer on OneDrive")
        if isinstance(answer, ServiceRefused | ServiceUnusable):
            return Settled(WriteResult.FAILED, "OneDrive did not say how it is now")
        try:
            item = from_graph(answer)
        except NotAnItem as error:
            return Settled(WriteResult.FAILED, f"OneDrive's answer cannot be used: {error}")
        if was_sent and item.name == self.new_name:
            return Settled(WriteResult.DONE, item=answer)
        if item.drive_id != self.drive_id or "root" in answer or "remoteItem" in item.facets:
            return Settled(WriteResult.REFUSED, "it is not an item of your own drive")
        if "specialFolder" in item.facets:
            return Settled(WriteResult.REFUSED, "it is one of OneDrive's own folders")
        if item.name != self.old_name or item.parent_id != self.parent_id:
            return Settled(WriteResult.REFUSED, "it has another name or place on OneDrive now")
        if self.etag and item.etag != self.etag:
            return Settled(WriteResult.REFUSED, CHANGED)
        times = item.facets.get("fileSystemInfo", {})
        kept = {key: times[key] for key in ("createdDateTime", "lastModifiedDateTime") if key in times}
        body: dict[str, object] = {"name": self.new_name, **({"fileSystemInfo": kept} if kept else {})}
        return WriteRequest("PATCH", item_address(self.item_id), {"If-Match": item.etag} if item.etag else {}, body)

    def settle(self, reply: BatchReply) -> Settled | None:
        """How it went: renamed is what comes back as the item itself."""
        if 200 <= reply.status < 300:
            is_item = reply.body.get("id") == self.item_id and reply.body.get("name") == self.new_name
            return Settled(WriteResult.DONE, item=reply.body) if is_item else None
        if reply.status == 404:
            return Settled(WriteResult.REFUSED, "it is no longer on OneDrive")
        if reply.status == 412:
            return Settled(WriteResult.FAILED, "OneDrive says that it has changed (412), and shows it unchanged")
        return Settled(WriteResult.FAILED, TAKEN if reply.status == 409 else describe_refusal(reply))

    def to_json(self) -> Mapping[str, object]:
        """What the record says of it."""
        return {
            "id": self.item_id,
            "driveId": self.drive_id,
            "path": self.path,
            "oldName": self.old_name,
            "newName": self.new_name,
            "finalName": self.final_name,
        }


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


MOST_SHOWN = 20
MOST_NAMED = 10


def show_rename_plan(terminal: Terminal, plan: RenamePlan) -> None:
    """Old and new names, the first twenty; then what keeps its name, and why."""
    if plan.renamings:
        terminal.say(f"{plural('item', len(plan.renamings))} to rename on OneDrive:", style="heading")
        shown = plan.renamings[:MOST_SHOWN]
        terminal.table(["Now", "New name"], [(printable(one.item.path), printable(one.new_name)) for one in shown])
        if len(plan.renamings) > len(shown):
            terminal.say(f"and {format_count(len(plan.renamings) - len(shown))} more")
    else:
        terminal.say("There is nothing to rename.")
    if plan.unchanged:
        has = "has" if plan.unchanged == 1 else "have"
        terminal.say(f"{plural('item', plan.unchanged)} {has} that name already.")
    if plan.problems:
        terminal.say(f"{plural('item', len(plan.problems))} cannot get the new name:", style="warning")
        _show_problems(terminal, plan.problems)


def ask_to_rename(terminal: Terminal, number: int) -> bool:
    """True when the person types y. Raises EndOfInput."""
    what = "it" if number == 1 else f"these {format_count(number)}"
    return (terminal.ask(f"Rename {what} on OneDrive? y, or Enter for no:") or "").strip().lower() in ("y", "yes")


def show_rename_outcome(
    terminal: Terminal,
    *,
    renamed: int,
    planned: int,
    failed: Sequence[NotRenamed],
    halfway: Sequence[str],
    followed: int,
    stayed: Sequence[tuple[str, str]],
) -> None:
    """How it went there and here; `halfway` are items that have a temporary name now."""
    of = f" of {format_count(planned)}" if renamed < planned else ""
    terminal.say(
        f"{format_count(renamed)}{of} renamed on OneDrive."
        if of
        else f"{plural('item', renamed)} renamed on OneDrive.",
        style="good" if renamed == planned else "warning",
    )
    if failed:
        _show_problems(terminal, failed)
    if halfway:
        terminal.say(
            f"{plural('item', len(halfway))} still with a temporary name, such as {printable(halfway[0])}: "
            "choose 4, undo, to give back the old names.",
            style="warning",
        )
    if followed:
        has = "has its new name" if followed == 1 else "have their new names"
        terminal.say(f"{plural('file', followed)} on this computer {has} too.")
    for place, why in stayed[:MOST_NAMED]:
        terminal.say(f"  {printable(place)} keeps its name here: {why}. The next download sees to it.")
    terminal.say(f"Each rename is on record in {RENAMED_ITEMS}; 4 in this menu undoes it.")


def _show_problems(terminal: Terminal, problems: Sequence[NotRenamed]) -> None:
    """Each reason with its number, and below it the first items that it keeps."""
    named = 0
    for reason, number in Counter(problem.reason for problem in problems).most_common():
        terminal.say(f"  {format_count(number)}: {reason}")
        shown = [problem for problem in problems if problem.reason == reason][: max(2, MOST_NAMED - named)]
        for problem in shown:
            new = f" -> {printable(problem.new_name)}" if problem.new_name else ""
            terminal.say(f"    {printable(problem.item.path)}{new}")
        named += len(shown)
        if number > len(shown):
            terminal.say(f"    and {format_count(number - len(shown))} more")


class Renaming:
    """One run of renames. `undoes` names the run that it takes back."""

    def __init__(
        self,
        terminal: Terminal,
        settings: Settings,
        state: ListState,
        access: WriteAccess,
        *,
        undoes: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._terminal = terminal
        self._settings = settings
        self._state = state
        self._access = access
        self._undoes = undoes
        self._run_id = now().isoformat(timespec="milliseconds")
        self._standing: dict[str, dict[str, str]] = {}
        self._now_called: dict[str, tuple[str, str]] = {}  # what each item is called now, and its eTag
        self._called_here: dict[str, str] = {}
        self._renamed: dict[str, str] = {}
        self._failed: list[NotRenamed] = []

    @property
    def has_failures(self) -> bool:
        """Whether something of what was planned keeps its old name."""
        return bool(self._failed)

    def plan(self, wishes: Sequence[tuple[DriveItem, str]], problems: Iterable[NotRenamed] = ()) -> RenamePlan:
        """What is to be renamed, shown with what is not and why."""
        self._standing = self._read_standing({item.parent_id for item, _ in wishes})
        plan = plan_renames(wishes, self._standing)
        plan.problems = [*problems, *plan.problems]
        show_rename_plan(self._terminal, plan)
        return plan

    def run(self, plan: RenamePlan) -> bool:
        """Rename what was planned, if the person agrees; True when something was renamed.

        Raises WriteAccessMissing and WriteAccessEnded, ConnectionLost, ServiceUnusable, AnotherRun, DiskFull.
        """
        if not plan.renamings or not ask_to_rename(self._terminal, len(plan.renamings)):
            self._terminal.say("Nothing was renamed.")
            return False
        writing = self._access.open(self._state)
        ids = {renaming.item.id for renaming in plan.renamings}
        folders = [one.item.path for one in plan.renamings if one.item.kind is Kind.FOLDER]
        with LocalFollow(self._settings.downloads, self._settings.home / MANIFEST, ids, folders) as follow:
            try:
                self._rename(writing, plan, follow)
            except (KeyboardInterrupt, Stopped):
                writing.graph.pause.stop.clear()
                self._terminal.say("Stopped. What was not renamed yet keeps its name.", style="warning")
            except OneDriveError:
                self._show_outcome(plan, follow)
                raise
            self._show_outcome(plan, follow)
        return bool(self._now_called)

    def _rename(self, writing: Writing, plan: RenamePlan, follow: LocalFollow) -> None:
        total = format_count(len(plan.renamings))
        failed: set[str] = set()
        with self._terminal.progress("Renaming on OneDrive") as progress:
            record = RenameRecord(
                self._settings.home,
                self._run_id,
                lambda task, end: self._note(progress, total, task, end),
                undoes=self._undoes,
            )
            rounds = WriteRounds(writing.graph, record)
            for wave in make_waves(plan.renamings, self._standing):
                steps = {step.renaming.item.id: step for step in wave if step.renaming.item.id not in failed}
                for batch in in_batches([self._task(step) for step in steps.values()]):
                    for task, end in rounds.carry_out(batch):
                        step = steps[task.item_id]
                        if end.result is WriteResult.DONE:
                            self._follow(step, end, follow)
                        else:
                            failed.add(task.item_id)
                            self._failed.append(NotRenamed(step.renaming.item, step.renaming.new_name, end.reason))

    def _task(self, step: RenameStep) -> RenameTask:
        item = step.renaming.item
        # A folder's eTag may move with what is in it; its name and place are looked at in any case.
        known = item.etag if item.kind is Kind.FILE else ""
        name, etag = self._now_called.get(item.id, (item.name, known))
        return RenameTask(
            item_id=item.id,
            drive_id=item.drive_id,
            parent_id=item.parent_id,
            path=item.path,
            old_name=name,
            new_name=step.name,
            final_name=step.renaming.new_name,
            etag=etag,
        )

    def _note(self, progress: Progress, total: str, task: WriteTask, end: Settled) -> None:
        if not isinstance(task, RenameTask):
            return
        if end.result is WriteResult.DONE:
            self._now_called[task.item_id] = (task.new_name, str(end.item.get("eTag") or ""))
        if end.result is WriteResult.DONE and task.new_name == task.final_name:
            self._renamed[task.item_id] = task.new_name
        progress.update(f"{format_count(len(self._renamed))} of {total}")
        self._terminal.event(
            "rename_item",
            id=task.item_id,
            path=task.path,
            old_name=task.old_name,
            new_name=task.new_name,
            result=end.result.value,
            reason=end.reason,
        )

    def _follow(self, step: RenameStep, end: Settled, follow: LocalFollow) -> None:
        item = step.renaming.item
        folder = folder_of(item)
        if item.kind is Kind.FOLDER:
            follow.folder(f"{folder}/{self._called_here.get(item.id, item.name)}", f"{folder}/{step.name}")
        else:
            follow.file(item.id, f"{folder}/{step.name}", etag=str(end.item.get("eTag") or ""))
        self._called_here[item.id] = step.name

    def _show_outcome(self, plan: RenamePlan, follow: LocalFollow) -> None:
        halfway = [name for item_id, (name, _) in self._now_called.items() if item_id not in self._renamed]
        show_rename_outcome(
            self._terminal,
            renamed=len(self._renamed),
            planned=len(plan.renamings),
            failed=self._failed,
            halfway=halfway,
            followed=follow.followed,
            stayed=follow.stayed,
        )

    def _read_standing(self, folder_ids: set[str]) -> dict[str, dict[str, str]]:
        """What is in these folders by the lists."""
        standing: dict[str, dict[str, str]] = {}
        for item in read_listed(self._settings):
            if item.parent_id in folder_ids:
                standing.setdefault(item.parent_id, {})[name_key(item.name)] = item.id
        return standing


def read_listed(settings: Settings) -> Iterator[DriveItem]:
    """Every folder and file of the lists. Raises StateFileBroken."""
    for name in (FOLDER_LIST, FILE_LIST):
        if (settings.home / name).exists():
            yield from read_items(settings.home / name)
