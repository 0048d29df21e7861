"""Deleting: what option 7 does to delete on OneDrive what is proven to be here; a run of the engine in `rounds.py`.

choose ─► plan, shown with what stays ─► the person types the number ─► permission ─► twenty at a time, on record
       ─► report ─► the folders that are empty now, if the person says so
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from onedrive.choosing.chooser import Chooser, needed_albums
from onedrive.choosing.ranges import today_here
from onedrive.choosing.selection import Selection
from onedrive.errors import OneDriveError, StepNeeded, Stopped
from onedrive.graph.item import PERSONAL_DRIVE_ID_LENGTH
from onedrive.home.lists import FILE_LIST, ListState, read_items
from onedrive.home.records import DELETED_ITEMS, describe_unfinished_deletes
from onedrive.home.verification import ItemClass, read_verification, read_verified_items
from onedrive.manage.delete_plan import DeletePlan, LocalLook, check_verification, plan_deletion
from onedrive.manage.deletions import (
    BIN_PERSONAL,
    BIN_WORK,
    FileDeletion,
    FolderDeletion,
    complete_record,
    find_empty_folders,
)
from onedrive.manage.rounds import WriteRun, in_batches
from onedrive.manage.writes import WriteAccess, Writing, show_kept
from onedrive.settings import Settings
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import Column, Terminal
from onedrive.words import format_bytes, format_count, plural, printable

_MOST_FOLDERS_NAMED = 10
_WITH_5 = ", with 5 in this menu or"


class Deleting(WriteRun[FileDeletion, DeletePlan]):
    """One deletion. `now` is the time by which a proof is young enough.

    `copies`: in so many places each file must be proven; the further ones are those of the last verification (--also).
    """

    title = "Deleting on OneDrive"
    event_name = "delete_item"
    record_name = DELETED_ITEMS

    def __init__(
        self,
        terminal: Terminal,
        settings: Settings,
        state: ListState,
        access: WriteAccess,
        *,
        copies: int = 1,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(terminal, settings, state, access)
        self.now = now
        self._copies = copies
        self.look = LocalLook(settings.downloads)
        self._total = 0

    def check(self) -> Sequence[str]:
        """See that what is here was verified, before anybody is asked anything; the folders of the further copies.

        Raises StepNeeded, StateFileBroken.
        """
        facts = read_verification(self.settings.home)
        check_verification(facts, self.state, self.settings.downloads, self.now())
        return list(facts.copies) if facts else []

    def plan(self, selection: Selection) -> DeletePlan:
        """What may be deleted of these files, shown with what may not."""
        self.open_look()
        home, now = self.settings.home, self.now()
        chooser = Chooser(selection, today_here(now), needed_albums(home, selection))
        chosen = (item for item in read_items(home / FILE_LIST) if chooser.wants(item))
        proofs = read_verified_items(home)
        plan = plan_deletion(chosen, proofs, self.look, drive_id=self.state.drive_id, now=now)
        show_delete_plan(self.terminal, plan, self.settings.downloads, copies=self._copies)
        return plan

    def open_look(self) -> None:
        """See what is needed for a proof, and where the copies are. Raises as `check`."""
        further = self.check()
        if self._copies > 1 + len(further):
            raise StepNeeded(
                6,
                f"The last verification was of {plural('place', 1 + len(further))}, and you ask for "
                f"{plural('proven copy', self._copies, many='proven copies')} of each file.",
                "Verify each further copy first: python start.py 6 --also and the folder of the copy.",
            )
        self.look = LocalLook(self.settings.downloads, copies=further, needed=self._copies)

    def run(self, plan: DeletePlan) -> bool:
        """Delete what was planned, if the person types its number."""
        self._total = len(plan.deletions)
        if not plan.deletions or not ask_for_number(self.terminal, self._total):
            self.terminal.say("Nothing was deleted.")
            return False
        writing = self.access.open(self.state)
        is_told = False
        run_id = datetime.now(UTC).isoformat(timespec="milliseconds")
        try:
            self.send_all(writing, plan.deletions, run_id)
            self._report()
            is_told = True
            folders = find_empty_folders(writing.graph, self.done, writing.facts.drive_id) if self.done else []
            if folders:
                self.terminal.say(f"{plural('file', len(self.done))} deleted. Now empty on OneDrive:")
                removing = RemovingEmptyFolders(self.terminal, self.settings, self.state, self.access, run_id)
                removing.run(folders)
        except (KeyboardInterrupt, Stopped):
            writing.graph.pause.stop.clear()
            self._complete(writing)
            self.terminal.say("Stopped. What was not yet deleted stays.", style="warning")
            if not is_told:
                self._report()
        except OneDriveError:
            words = (
                f"{plural('file', len(self.done))} deleted on OneDrive so far; each is on record in {DELETED_ITEMS}."
            )
            self.terminal.say(words, style="warning")
            if unfinished := describe_unfinished_deletes(self.settings.home):
                self.terminal.say(unfinished, style="warning")
            raise
        finally:
            if self.done:
                self.terminal.say(
                    f"What was deleted is in {BIN_PERSONAL if writing.facts.is_personal else BIN_WORK}. As long as it "
                    f"is there you can bring it back{_WITH_5 if writing.facts.is_personal else ''} on the web (select "
                    "it, then Restore). It takes up space until it leaves the bin; empty the bin to free it at once."
                )
        return bool(self.done)

    def send_all(self, writing: Writing, deletions: Sequence[FileDeletion], run_id: str) -> None:
        """Batch after batch. Raises as `send`."""
        self.send(writing, in_batches(deletions), run=run_id)

    def so_far(self) -> str:
        """How many are deleted of how many."""
        return f"{format_count(len(self.done))} of {format_count(self._total)} files"

    def why_not_now(self, batch: Sequence[FileDeletion]) -> Mapping[str, str]:
        """The proof may have grown too old while OneDrive let us wait; and each file here is read once more."""
        self.check()
        return {task.item_id: why for task in batch if (why := self.look.why_not_proven(task.proof))}

    def why_touched(self, tasks: Sequence[FileDeletion]) -> Mapping[str, str]:
        """Since it was read OneDrive may have let us wait for hours."""
        self.check()
        return {task.item_id: why for task in tasks if (why := self.look.why_touched(task.proof))}

    def _report(self) -> None:
        size_bytes = sum(deletion.size_bytes for deletion in self.done)
        words = f"{plural('file', len(self.done))} ({format_bytes(size_bytes)}) deleted on OneDrive"
        self.conclude(words, "The files on this computer are as they were.")
        self.terminal.detail(f"Each is on record in {DELETED_ITEMS}.")

    def _complete(self, writing: Writing) -> None:
        """After Ctrl-C: what was under way is asked about, so that the record is whole."""
        try:
            unfinished = complete_record(self.settings.home, writing.graph, writing.facts.drive_id)
        except OneDriveError as error:
            self.terminal.say(f"{error.sentence} Choose 7 again later: it asks OneDrive what became of the rest.")
            return
        if unfinished.deleted:
            was = "was" if unfinished.deleted == 1 else "were"
            self.terminal.say(f"{plural('file', unfinished.deleted)} under way {was} deleted too.")


class RemovingEmptyFolders(WriteRun[FolderDeletion, Sequence[FolderDeletion]]):
    """The folders that a deletion emptied: they go only when the person says so, each only while nothing is in it."""

    title = "Removing empty folders on OneDrive"
    event_name = Deleting.event_name
    record_name = Deleting.record_name

    def __init__(
        self, terminal: Terminal, settings: Settings, state: ListState, access: WriteAccess, run_id: str = ""
    ) -> None:
        super().__init__(terminal, settings, state, access)
        self._run_id = run_id

    def run(self, plan: Sequence[FolderDeletion]) -> bool:
        """Remove these folders, if the person types their number. Raises as `Deleting.run`."""
        number = len(plan)
        for folder in plan[:_MOST_FOLDERS_NAMED]:
            self.terminal.say(f"    {printable(folder.path)}")
        if number > _MOST_FOLDERS_NAMED:
            self.terminal.say(f"    and {number - _MOST_FOLDERS_NAMED} more")
        these = "this folder" if number == 1 else f"these {number} folders"
        try:
            typed = self.terminal.ask(f"Remove {these} on OneDrive? Type {number} to remove, Enter to keep:")
        except EndOfInput:
            typed = ""
        if typed.strip() != str(number):
            self.terminal.say("The folders stay.")
            return False
        batches = ([folder] for folder in plan)  # a folder after those that are in it
        self.send(self.access.open(self.state), batches, run=self._run_id)
        self.terminal.say(f"{plural('empty folder', len(self.done))} removed on OneDrive.", style="good")
        for entry in self.kept:
            self.terminal.say(f"  {printable(entry.path)} stays: {entry.reason}.", style="warning")
        return bool(self.done)

    def so_far(self) -> str:
        """How many are gone."""
        return plural("empty folder", len(self.done))


def show_delete_plan(terminal: Terminal, plan: DeletePlan, downloads: Path, *, copies: int = 1) -> None:
    """How many and how much, the oldest, newest and largest; then what stays, and why."""
    here = "on this disk" if copies == 1 else f"in {format_count(copies)} places"
    size_bytes = sum(deletion.size_bytes for deletion in plan.deletions)
    terminal.say(
        f"{plural('file', len(plan.deletions))} ({format_bytes(size_bytes)}) may be deleted on OneDrive: they are "
        f"proven to be {here}, with every byte read within the last day."
        if plan.deletions
        else "None of these files may be deleted on OneDrive.",
        style="heading",
    )
    dated = [(deletion.day, deletion.path) for deletion in plan.deletions if deletion.day]
    if dated:
        largest = max(plan.deletions, key=lambda deletion: deletion.size_bytes)
        (oldest, first), (newest, last) = min(dated, key=lambda pair: pair[0]), max(dated, key=lambda pair: pair[0])
        rows = [
            ("Oldest", str(oldest), printable(first)),
            ("Newest", str(newest), printable(last)),
            ("Largest", format_bytes(largest.size_bytes), printable(largest.path)),
        ]
        terminal.table(["", Column("", "right"), "File"], rows)
        terminal.say("They go to OneDrive's recycle bin. The files on this computer stay.")
    if elsewhere := sum(deletion.proof.item_class is ItemClass.ELSEWHERE for deletion in plan.deletions):
        are = "is" if elsewhere == 1 else "are"
        terminal.say(f"{plural('file', elsewhere)} of them {are} in known folders (--known), not in downloads.")
    if plan.deletions and copies == 1:
        days = 30 if len(plan.deletions[0].drive_id) <= PERSONAL_DRIVE_ID_LENGTH else 93
        where = "in that one place" if elsewhere else "on this disk"
        terminal.say(
            f"After {days} days in the bin these files exist only {where}. To have a second copy first: copy the "
            f"folder {printable(str(downloads))} to another disk and verify that copy too (option 6, with --also and "
            "its folder); then this option asks in how many places a file must be proven.",
            style="warning",
        )
    if plan.kept:
        stay = "stays" if len(plan.kept) == 1 else "stay"
        terminal.say(f"{plural('file', len(plan.kept))} that you chose {stay} on OneDrive:")
        show_kept(terminal, plan.kept)


def ask_for_number(terminal: Terminal, number: int) -> bool:
    """True when the person types how many go; anything else is a no. Raises EndOfInput."""
    typed = terminal.ask(
        f"To delete {'it' if number == 1 else 'them'} on OneDrive, type the number of files, "
        f"{format_count(number)}; Enter: delete nothing:"
    )
    return typed.strip() in (str(number), format_count(number))
