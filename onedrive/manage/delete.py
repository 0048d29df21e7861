"""Deleting: what option 7 does to delete on OneDrive what is proven to be here.

choose ─► plan, shown with what is refused ─► the person types the number ─► permission ─► twenty at a time, on record
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from onedrive.choosing.chooser import Chooser
from onedrive.choosing.ranges import today_here
from onedrive.choosing.selection import Selection
from onedrive.errors import OneDriveError, Stopped
from onedrive.home.lists import FILE_LIST, ListState, read_items
from onedrive.home.records import DELETED_ITEMS, describe_unfinished_deletes
from onedrive.home.verification import read_verification, read_verified_items
from onedrive.manage.delete_plan import DeletePlan, NotDeleted, check_verification, plan_deletion
from onedrive.manage.deletions import (
    DeletionRecord,
    FileDeletion,
    FolderDeletion,
    complete_record,
    find_empty_folders,
    is_empty_folder,
)
from onedrive.manage.writes import Settled, WriteAccess, WriteResult, WriteRounds, WriteTask, Writing, in_batches
from onedrive.settings import Settings
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.progress import Progress
from onedrive.terminal.terminal import Column, Terminal
from onedrive.words import format_bytes, format_count, plural, printable

MOST_NAMED = 10
_BIN_PERSONAL = "the recycle bin of https://onedrive.live.com for 30 days"
_BIN_WORK = "the recycle bin of your organisation's OneDrive or SharePoint for 93 days"


def show_delete_plan(terminal: Terminal, plan: DeletePlan) -> None:
    """How many and how much, the oldest, newest and largest; then what stays, and why."""
    number = len(plan.deletions)
    terminal.say(
        f"{plural('file', number)} ({format_bytes(plan.size_bytes)}) may be deleted on OneDrive: proven to be here, "
        "read from the disk within the last day."
        if number
        else "None of these files may be deleted on OneDrive.",
        style="heading",
    )
    if plan.oldest and plan.newest and plan.largest:
        largest = plan.largest
        rows = [
            ("Oldest", str(plan.oldest[0]), printable(plan.oldest[1])),
            ("Newest", str(plan.newest[0]), printable(plan.newest[1])),
            ("Largest", format_bytes(largest.size_bytes), printable(largest.path)),
        ]
        terminal.table(["", Column("", "right"), "File"], rows)
        terminal.say("They go to OneDrive's recycle bin. The files on this computer stay as they are.")
    if plan.refused:
        stay = "stays" if len(plan.refused) == 1 else "stay"
        terminal.say(f"{plural('file', len(plan.refused))} of your choice {stay} on OneDrive:")
        _show_reasons(terminal, plan.refused)


def ask_for_number(terminal: Terminal, number: int, noun: str = "file") -> bool:
    """True when the person types how many go; anything else is a no. Raises EndOfInput."""
    typed = terminal.ask(
        f"To delete {'it' if number == 1 else 'them'} on OneDrive, type the number of {noun}s, "
        f"{format_count(number)}; anything else deletes nothing:"
    )
    return (typed or "").strip() in (str(number), format_count(number))


def show_bin(terminal: Terminal, *, is_personal: bool) -> None:
    """Where what was deleted is, for how long, and what that means for the space."""
    terminal.say(
        f"What was deleted is in {_BIN_PERSONAL if is_personal else _BIN_WORK}. Until then you can bring it back there "
        "(select it, then Restore). The space is freed only when it leaves the bin: empty the bin to have it at once."
    )


def show_outcome(terminal: Terminal, deleted: Sequence[int], failed: Sequence[NotDeleted], *, record: str) -> None:
    """How many are deleted (their sizes), and what is not, with the reason."""
    words = f"{plural('file', len(deleted))} ({format_bytes(sum(deleted))}) deleted on OneDrive."
    terminal.say(words, style="good" if deleted else "warning")
    if failed:
        terminal.say(f"{plural('file', len(failed))} not deleted:", style="warning")
        _show_reasons(terminal, failed)
    terminal.say(f"Each is on record in {record}; the files on this computer are as they were.")


def _show_reasons(terminal: Terminal, entries: Sequence[NotDeleted]) -> None:
    """Each reason with its number, and below it the first files that it keeps."""
    named = 0
    for reason, number in Counter(entry.reason for entry in entries).most_common():
        terminal.say(f"  {format_count(number)}: {reason}")
        shown = [entry for entry in entries if entry.reason == reason][: max(2, MOST_NAMED - named)]
        for entry in shown:
            terminal.say(f"    {printable(entry.path)}")
        named += len(shown)
        if number > len(shown):
            terminal.say(f"    and {format_count(number - len(shown))} more")


class Deleting:
    """One deletion. `now` is the time by which a proof is young enough."""

    def __init__(
        self,
        terminal: Terminal,
        settings: Settings,
        state: ListState,
        access: WriteAccess,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._terminal = terminal
        self._settings = settings
        self._state = state
        self._access = access
        self._now = now
        self._done: list[FileDeletion] = []
        self._failed: list[NotDeleted] = []
        self._is_told = False

    @property
    def has_failures(self) -> bool:
        """Whether something of what was planned stays on OneDrive."""
        return bool(self._failed)

    def check(self) -> None:
        """See that what is here was verified, before anybody is asked anything. Raises StepNeeded, StateFileBroken."""
        facts = read_verification(self._settings.home)
        check_verification(facts, self._state, self._settings.downloads, self._now())

    def plan(self, selection: Selection) -> DeletePlan:
        """What may be deleted of these files, shown with what may not."""
        self.check()
        home, now = self._settings.home, self._now()
        chooser = Chooser(selection, today_here(now))
        chosen = (item for item in read_items(home / FILE_LIST) if chooser.wants(item))
        plan = plan_deletion(
            chosen, read_verified_items(home), self._settings.downloads, drive_id=self._state.drive_id, now=now
        )
        show_delete_plan(self._terminal, plan)
        return plan

    def run(self, plan: DeletePlan) -> bool:
        """Delete what was planned, if the person types its number; True when something was deleted.

        Raises WriteAccessMissing and WriteAccessEnded, ConnectionLost, ServiceUnusable, DiskFull, EndOfInput.
        """
        if not plan.deletions or not ask_for_number(self._terminal, len(plan.deletions)):
            self._terminal.say("Nothing was deleted.")
            return False
        writing = self._access.open(self._state)
        try:
            self._delete(writing, plan)
            show_outcome(self._terminal, self._sizes(), self._failed, record=DELETED_ITEMS)
            self._is_told = True
            self._offer_empty_folders(writing)
        except (KeyboardInterrupt, Stopped):
            self._stop(writing)
        except OneDriveError:
            self._tell_so_far()
            raise
        finally:
            if self._done:
                show_bin(self._terminal, is_personal=writing.facts.is_personal)
        return bool(self._done)

    def _delete(self, writing: Writing, plan: DeletePlan) -> None:
        tasks = [replace(task, sends_if_match=not writing.facts.is_personal) for task in plan.deletions]
        total = format_count(len(tasks))
        with self._terminal.progress("Deleting on OneDrive") as progress:
            record = DeletionRecord(self._settings.home, lambda task, end: self._note(progress, total, task, end))
            rounds = WriteRounds(writing.graph, record)
            for batch in in_batches(tasks):
                self.check()  # a proof may have grown too old while OneDrive let us wait
                progress.update(f"{self._so_far(total)}; reading the next ones once more")
                refused = {task.item_id: why for task in batch if (why := plan.why_not_now(task))}
                ended = [
                    (task, Settled(WriteResult.REFUSED, refused[task.item_id]))
                    for task in batch
                    if task.item_id in refused
                ]
                if ended:
                    record.end(ended)
                rounds.carry_out([task for task in batch if task.item_id not in refused])

    def _note(self, progress: Progress, total: str, task: WriteTask, end: Settled) -> None:
        if not isinstance(task, FileDeletion):
            return
        if end.result is WriteResult.DONE:
            self._done.append(task)
        else:
            self._failed.append(NotDeleted(task.path, end.reason))
        progress.update(self._so_far(total))
        self._tell_event(task.item_id, task.path, end)

    def _so_far(self, total: str) -> str:
        return f"{format_count(len(self._done))} of {total} files"

    def _tell_event(self, item_id: str, path: str, end: Settled) -> None:
        self._terminal.event("delete_item", id=item_id, path=path, result=end.result.value, reason=end.reason)

    def _stop(self, writing: Writing) -> None:
        """Ctrl-C: what was under way is asked about, so that the record is whole."""
        writing.graph.pause.stop.clear()
        self._complete(writing)
        self._terminal.say("Stopped. What was not deleted yet stays.", style="warning")
        if not self._is_told:
            show_outcome(self._terminal, self._sizes(), self._failed, record=DELETED_ITEMS)

    def _tell_so_far(self) -> None:
        self._terminal.say(
            f"{plural('file', len(self._done))} deleted on OneDrive so far; each is on record in {DELETED_ITEMS}.",
            style="warning",
        )
        if unfinished := describe_unfinished_deletes(self._settings.home):
            self._terminal.say(unfinished, style="warning")

    def _complete(self, writing: Writing) -> None:
        try:
            unfinished = complete_record(self._settings.home, writing.graph, writing.facts.drive_id)
        except OneDriveError as error:
            self._terminal.say(f"{error.sentence} What was under way is asked about when you choose 7 again.")
            return
        if unfinished.deleted:
            were = "was under way is" if unfinished.deleted == 1 else "were under way are"
            self._terminal.say(f"{plural('file', unfinished.deleted)} that {were} deleted, too.")

    def _offer_empty_folders(self, writing: Writing) -> None:
        """Folders that this emptied go only when the person says so, and each only while nothing is in it."""
        folders = find_empty_folders(writing.graph, self._done, writing.facts.drive_id) if self._done else []
        if not folders:
            return
        number = len(folders)
        for folder in folders[:10]:
            self._terminal.say(f"    {printable(folder.path)}")
        if number > 10:
            self._terminal.say(f"    and {number - 10} more")
        those = "the folder that is empty now" if number == 1 else f"the {number} folders that are empty now"
        try:
            typed = self._terminal.ask(f"Remove {those} on OneDrive? Type {number} to remove, Enter to keep:")
        except EndOfInput:
            typed = ""
        if (typed or "").strip() != str(number):
            self._terminal.say("The folders stay.")
            return
        self._remove_folders(writing, folders)

    def _remove_folders(self, writing: Writing, folders: Iterable[FolderDeletion]) -> None:
        removed, kept = 0, list[NotDeleted]()

        def note(task: WriteTask, end: Settled) -> None:
            nonlocal removed
            removed += end.result is WriteResult.DONE
            if isinstance(task, FolderDeletion):
                self._tell_event(task.item_id, task.path, end)
                if end.result is not WriteResult.DONE:
                    kept.append(NotDeleted(task.path, end.reason))

        rounds = WriteRounds(writing.graph, DeletionRecord(self._settings.home, note))
        for folder in folders:
            asked = replace(
                folder,
                sends_if_match=not writing.facts.is_personal,
                is_empty=lambda item_id: is_empty_folder(writing.graph, item_id),
            )
            rounds.carry_out([asked])
        self._terminal.say(f"{plural('empty folder', removed)} removed on OneDrive.", style="good")
        for entry in kept:
            self._terminal.say(f"  {printable(entry.path)} stays: {entry.reason}.", style="warning")

    def _sizes(self) -> list[int]:
        return [deletion.size_bytes for deletion in self._done]
