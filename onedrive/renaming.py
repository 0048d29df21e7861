"""Renaming: what option 7 does to rename on OneDrive, and to undo that.

wishes ─► plan, shown ─► the person agrees ─► permission ─► wave after wave, on record ─► the files here follow
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from onedrive.drive_item import DriveItem, Kind
from onedrive.errors import OneDriveError, Stopped
from onedrive.file_list import read_items
from onedrive.list_state import FILE_LIST, FOLDER_LIST, ListState
from onedrive.local_follow import LocalFollow
from onedrive.manifest import MANIFEST
from onedrive.onedrive_names import name_key
from onedrive.rename_plan import NotRenamed, RenamePlan, RenameStep, folder_of, make_waves, plan_renames
from onedrive.rename_record import RenameRecord
from onedrive.rename_report import ask_to_rename, show_rename_outcome, show_rename_plan
from onedrive.rename_task import RenameTask
from onedrive.settings import Settings
from onedrive.terminal import Progress, Terminal
from onedrive.words import format_count
from onedrive.write_access import WriteAccess, Writing
from onedrive.write_rounds import Settled, WriteResult, WriteRounds, WriteTask, in_batches


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
