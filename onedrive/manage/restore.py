"""Bringing back what option 7 deleted, out of OneDrive's recycle bin; a run of the engine in `rounds.py`.

    a run on record, all of it or some ─► plan, shown ─► the person agrees ─► folders first, on record ─► report

Only personal accounts let a program do that (driveitem-restore); others get the way by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from onedrive.errors import Stopped
from onedrive.graph.batch import Answer, is_gone, item_address, says_gone
from onedrive.graph.drive import fetch_drive_facts
from onedrive.graph.item import DriveItem
from onedrive.graph.session import BatchReply, GraphSession
from onedrive.home.records import DELETED_ITEMS, RESTORED, RESTORING
from onedrive.manage.deletions import BIN_PERSONAL, BIN_WORK
from onedrive.manage.restore_plan import (
    NOT_IN_BIN,
    THERE_AGAIN,
    DeletedItem,
    RestorePlan,
    Returning,
    bin_address,
    is_in_bin,
    plan_restore,
)
from onedrive.manage.rounds import WriteRun, in_batches
from onedrive.manage.writes import (
    Kept,
    Settled,
    WriteRequest,
    WriteResult,
    WriteTask,
    Writing,
    agrees,
    describe_refusal,
    show_kept,
)
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_bytes, format_count, plural, printable

MOST_SHOWN = 20
_NO_WAY = "OneDrive no longer finds it, or the folder that it was in"


@dataclass(frozen=True, slots=True)
class RestoreTask(WriteTask):
    """One item that is to come back; `parent_id` and `new_name` only where it does not come back as it was."""

    target: str
    is_folder: bool
    size_bytes: int
    parent_id: str
    new_name: str
    waits_for: str  # the folder that must be back before; '': none

    never = ()
    states = (RESTORING, RESTORED)
    is_checked = True

    @classmethod
    def of(cls, one: Returning) -> RestoreTask:
        """The task for what was planned."""
        item, place = one.item, one.place
        return cls(
            *(item.id, item.drive_id, item.path),
            target=one.target,
            is_folder=item.is_folder,
            size_bytes=item.size_bytes,
            parent_id="" if place.id == item.parent_id else place.id,
            new_name="" if one.name == item.name else one.name,
            waits_for=place.id if place.comes_back else "",
        )

    @property
    def address(self) -> str:
        """It is in the recycle bin."""
        return bin_address(self.item_id)

    def look(self, answer: Answer, writing: Writing, *, was_sent: bool) -> WriteRequest | Settled:
        """POST, while it is in the bin."""
        del writing
        if is_in_bin(answer):
            parent = {"parentReference": {"id": self.parent_id}} if self.parent_id else {}
            name = {"name": self.new_name} if self.new_name else {}
            return WriteRequest("POST", f"{item_address(self.item_id)}/restore", body={**parent, **name})
        if is_gone(answer):
            return self.when_gone(was_sent=was_sent)
        if not isinstance(answer, dict):
            return Settled(WriteResult.FAILED, "OneDrive did not say how it is now")
        return Settled(WriteResult.DONE, "" if was_sent else THERE_AGAIN)

    def when_gone(self, *, was_sent: bool) -> Settled:
        """Then it cannot come back."""
        del was_sent
        return Settled(WriteResult.REFUSED, NOT_IN_BIN)

    def decide(self, item: DriveItem, writing: Writing, *, was_sent: bool) -> WriteRequest | Settled:
        """It is there."""
        del item, writing
        return Settled(WriteResult.DONE, "" if was_sent else THERE_AGAIN)

    def settle(self, reply: BatchReply) -> Settled | None:
        """Back is what comes as the item itself."""
        if 200 <= reply.status < 300:
            return Settled(WriteResult.DONE, item=reply.body) if reply.body.get("id") == self.item_id else None
        if reply.status == 404 and says_gone(reply.error.get("code")):
            return Settled(WriteResult.FAILED, _NO_WAY)
        if reply.status == 403:
            return Settled(WriteResult.FAILED, "OneDrive does not let a program bring it back")
        return None if reply.status == 404 else Settled(WriteResult.FAILED, describe_refusal(reply))

    def why_not_so(self, answer: Answer, end: Settled) -> str:
        """It must be seen to be there."""
        del end
        return "OneDrive said that it was back, but it is not" if is_gone(answer) else ""

    def to_json(self) -> dict[str, object]:
        """What the record says of it."""
        row: dict[str, object] = {"id": self.item_id, "driveId": self.drive_id, "path": self.path}
        return row | ({"restoredTo": self.target} if self.target != self.path else {})


class Restoring(WriteRun[RestoreTask, RestorePlan]):
    """One run that brings back."""

    title = "Bringing back on OneDrive"
    event_name = "restore_item"
    record_name = DELETED_ITEMS
    _total = 0

    def plan(self, graph: GraphSession, items: Sequence[DeletedItem]) -> RestorePlan:
        """What of these can be brought back, shown with what cannot. Raises as GraphSession.get."""
        if not fetch_drive_facts(graph).is_personal:
            show_way_by_hand(self.terminal, items)
            return RestorePlan()
        plan = plan_restore(graph, items)
        show_restore_plan(self.terminal, plan)
        return plan

    def run(self, plan: RestorePlan) -> bool:
        """Bring back what was planned, if the person agrees."""
        if not plan.returning:
            return False
        self._total = len(plan.returning)
        what = "it" if self._total == 1 else f"these {format_count(self._total)}"
        if not agrees(self.terminal, f"Bring {what} back on OneDrive"):
            self.terminal.say("Nothing was brought back.")
            return False
        writing = self.access.open(self.state)
        try:
            self.bring_back(writing, [RestoreTask.of(one) for one in plan.returning])
        except (KeyboardInterrupt, Stopped):
            writing.graph.pause.stop.clear()
            self.terminal.say("Stopped. What is not back yet is still in the recycle bin.", style="warning")
        finally:
            self._report()
        return bool(self.done)

    def bring_back(self, writing: Writing, tasks: Sequence[RestoreTask]) -> None:
        """Without a question: folders one after the other, then what was in them. Raises as `send`."""
        self._total = self._total or len(tasks)
        self.send(writing, self._batches(tasks))

    def so_far(self) -> str:
        """How many are back of how many."""
        return f"{format_count(len(self.done))} of {format_count(self._total)}"

    def note(self, task: RestoreTask, end: Settled) -> Mapping[str, str]:
        """The event names the place, too."""
        super().note(task, end)
        return {"place": task.target}

    def _batches(self, tasks: Sequence[RestoreTask]) -> Iterator[Sequence[RestoreTask]]:
        """A folder before what is in it; what was in a folder that is not back cannot come back."""
        yield from ([task] for task in self._possible(task for task in tasks if task.is_folder))
        for batch in in_batches([task for task in tasks if not task.is_folder]):
            if possible := list(self._possible(batch)):
                yield possible

    def _possible(self, tasks: Iterable[RestoreTask]) -> Iterator[RestoreTask]:
        for task in tasks:
            if not task.waits_for or any(done.item_id == task.waits_for for done in self.done if done.is_folder):
                yield task
            else:
                self.kept.append(Kept(task.path, "the folder that it was in could not be brought back"))

    def _report(self) -> None:
        what = plural("item", len(self.done)) if len(self.done) == self._total else self.so_far()
        self.conclude(f"{what} brought back on OneDrive", "The files on this computer are as they were.")
        if self.kept:
            self.terminal.say(f"You can look for the rest yourself in {BIN_PERSONAL}.")
        self.terminal.detail(f"Each is on record in {DELETED_ITEMS}.")


def show_restore_plan(terminal: Terminal, plan: RestorePlan) -> None:
    """What comes back, and where that is not as it was; then what cannot, and why."""
    say, returning = terminal.say, plan.returning
    if returning:
        size = format_bytes(sum(one.item.size_bytes for one in returning))
        what = f"{plural('item', len(returning))} ({size})"
        say(f"{what} can be brought back from OneDrive's recycle bin:", style="heading")
        as_before = [one for one in returning if one.target == one.item.path]
        for one in as_before[:MOST_SHOWN]:
            say(f"    {printable(one.item.path)}{' (folder)' if one.item.is_folder else ''}")
        if len(as_before) > MOST_SHOWN:
            say(f"    and {format_count(len(as_before) - MOST_SHOWN)} more, each to its old place")
        changed = [one for one in returning if one.target != one.item.path]
        if changed:
            say("Not to where it was, since the name is taken or the folder is gone:", style="warning")
            rows = [(printable(one.item.path), printable(one.target)) for one in changed[:MOST_SHOWN]]
            terminal.table(["It was", "It will be"], rows)
            if len(changed) > MOST_SHOWN:
                say(f"and {format_count(len(changed) - MOST_SHOWN)} more")
    else:
        say("There is nothing that can be brought back.")
    for path in plan.foreign:
        say(f"The folder {printable(path)} was deleted too; it comes back with what was in it then.", style="warning")
    if plan.kept:
        say(f"{plural('item', len(plan.kept))} cannot be brought back:", style="warning")
        show_kept(terminal, plan.kept)
        if any(entry.reason == NOT_IN_BIN for entry in plan.kept):
            say(f"You can look for it yourself in {BIN_PERSONAL}. A copy on this computer is as it was.")


def show_way_by_hand(terminal: Terminal, items: Sequence[DeletedItem]) -> None:
    """For accounts whose bin no program can reach: where it is, and what is to be sought there."""
    terminal.say(
        "On a work or school account OneDrive lets no program bring back what was deleted, but you can: open "
        f"https://www.onedrive.com, sign in, choose Recycle bin on the left, select these and press Restore. They are "
        f"in {BIN_WORK}; after that, ask your administrator."
    )
    for item in list(items)[:MOST_SHOWN]:
        terminal.say(f"    {printable(item.path)}")
    if len(items) > MOST_SHOWN:
        terminal.say(f"    and {format_count(len(items) - MOST_SHOWN)} more, all named in {DELETED_ITEMS}")
