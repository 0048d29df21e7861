"""Deleting equal files on OneDrive, all but one of each: a deletion as all that option 7 does, and a stricter one.

    groups ─► which one stays ─► the gate of every deletion ─► shown ─► the number ─► ten at a time, with their keepers

The file that stays is asked for in the same moment as the one that goes, and again afterwards: if somebody deleted it
in between, the other is brought back, so that never the last copy of a content goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from onedrive.choosing.chooser import Chooser, needed_albums
from onedrive.choosing.ranges import today_here
from onedrive.choosing.selection import Selection
from onedrive.graph.item import DriveItem
from onedrive.graph.session import BATCH_SIZE
from onedrive.home.verification import ItemClass, VerifiedItem, read_verified_items
from onedrive.listing.list_import import open_catalogue
from onedrive.manage.delete import Deleting
from onedrive.manage.delete_plan import DeletePlan, plan_deletion
from onedrive.manage.deletions import BIN_WORK, EqualFileDeletion, FileDeletion
from onedrive.manage.equal_files import NEVER_EQUAL, KeepRule, choose_keeper, find_members, read_groups
from onedrive.manage.restore import RestoreTask, Restoring
from onedrive.manage.writes import WITNESS_GONE, Kept, Settled, WriteResult, Writing, show_kept
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_bytes, format_count, plural, printable

MOST_GROUPS_SHOWN = 10
_AT_A_TIME = BATCH_SIZE // 2  # each is asked about together with the one that stays


class CleaningUp(Deleting):
    """One clean-up. `lost` are files that were deleted while somebody deleted the equal one that was to stay."""

    title = "Deleting equal files on OneDrive"

    def plan_equal(self, selection: Selection, rule: KeepRule, folder: str = "") -> DeletePlan:
        """What may go of the chosen files because an equal one stays, shown. Raises as `plan`, DatabaseUnusable."""
        self.open_look()
        self.lost: list[FileDeletion] = []
        now, albums = self.now(), needed_albums(self.settings.home, selection)
        chooser = Chooser(selection, today_here(now), albums)
        keepers: dict[str, VerifiedItem] = {}
        with open_catalogue(self.settings.home, self.terminal.say) as database:
            members = find_members(database)
            proofs = {proof.id: proof for proof in read_verified_items(self.settings.home) if proof.id in members}
            without = {proof.id for proof in proofs.values() if proof.item_class in NEVER_EQUAL or proof.film}
            folderless = 0

            def doomed() -> Iterator[DriveItem]:
                nonlocal folderless
                for group in read_groups(database, without):
                    proven = [item for item in group if _is_proven(proofs.get(item.id), item)]
                    keeper = choose_keeper(proven, rule, folder)
                    folderless += keeper is None
                    for item in group if keeper else ():
                        if keeper and item.id != keeper.id and chooser.wants(item):
                            keepers[item.id] = proofs[keeper.id]
                            yield item

            gate = plan_deletion(doomed(), proofs.values(), self.look, drive_id=self.state.drive_id, now=now)
        deletions: list[FileDeletion] = [
            EqualFileDeletion(
                *(task.item_id, task.drive_id, task.path, task.parent_id, task.day, task.proof),
                keeper=keepers[task.item_id],
            )
            for task in gate.deletions
        ]
        plan = DeletePlan(deletions, gate.kept)
        show_clean_up(self.terminal, plan, folderless)
        return plan

    def why_not_now(self, batch: Sequence[FileDeletion]) -> Mapping[str, str]:
        """Besides what every deletion asks: it and the one that stays are equal here, byte for byte."""
        why = dict(super().why_not_now(batch))
        for task in batch:
            if task.item_id not in why and isinstance(task, EqualFileDeletion):
                differs = self.look.why_not_equal(task.proof, task.keeper)
                why |= {task.item_id: differs} if differs else {}
        return why

    def note(self, task: FileDeletion, end: Settled) -> Mapping[str, str]:
        """What lost its keeper meanwhile comes back at once."""
        if end.result is WriteResult.DONE and end.reason == WITNESS_GONE:
            self.lost.append(task)
        return super().note(task, end)

    def send_all(self, writing: Writing, deletions: Sequence[FileDeletion], run_id: str) -> None:
        """Ten at a time; what must come back comes back before anything else goes."""
        rest = list(deletions)

        def batches() -> Iterator[Sequence[FileDeletion]]:
            while rest and not self.lost:
                batch = rest[:_AT_A_TIME]
                del rest[:_AT_A_TIME]
                yield batch

        while rest:
            self.send(writing, batches(), run=run_id)
            if self.lost:
                self._bring_back(writing)

    def _bring_back(self, writing: Writing) -> None:
        lost, self.lost = self.lost, []
        if not writing.facts.is_personal:
            why = f"{WITNESS_GONE}: bring this one back by hand, it is in {BIN_WORK}"
            self.kept += [Kept(task.path, why) for task in lost]
            return
        self.terminal.say(
            f"Somebody else deleted the equal one that was to stay of {plural('file', len(lost))} in the same moment. "
            f"{'It comes' if len(lost) == 1 else 'They come'} back.",
            style="warning",
        )
        restoring = Restoring(self.terminal, self.settings, self.state, self.access)
        restoring.bring_back(writing, [_restore_task(task) for task in lost])
        back = {task.item_id for task in restoring.done}
        self.done = [task for task in self.done if task.item_id not in back]
        self.kept += [Kept(task.path, f"{WITNESS_GONE}, so it was brought back") for task in restoring.done]
        self.kept += [Kept(entry.path, f"{WITNESS_GONE}, and {entry.reason}") for entry in restoring.kept]


def _is_proven(proof: VerifiedItem | None, item: DriveItem) -> bool:
    """Whether a file may be the one that stays: it is here and proven, as it is listed."""
    return (
        proof is not None
        and proof.item_class is ItemClass.PROVEN
        and (proof.hash, proof.etag) == (item.quick_xor_hash, item.etag)
    )


def _restore_task(task: FileDeletion) -> RestoreTask:
    return RestoreTask(
        *(task.item_id, task.drive_id, task.path),
        target=task.path,
        is_folder=False,
        size_bytes=task.size_bytes,
        parent_id="",
        new_name="",
        waits_for="",
    )


def show_clean_up(terminal: Terminal, plan: DeletePlan, folderless: int) -> None:
    """How many and how much room, the groups that free most of it, and what stays and why."""
    say = terminal.say
    groups = group_by_keeper(plan)
    if groups:
        size = format_bytes(sum(task.size_bytes for task in plan.deletions))
        have = "has equal ones" if len(groups) == 1 else "have equal ones"
        say(
            f"{plural('file', len(groups))} {have}: {plural('file', len(plan.deletions))} ({size}) may be deleted on "
            "OneDrive, and one of each stays there.",
            style="heading",
        )
        show_groups(terminal, groups[:MOST_GROUPS_SHOWN])
        if len(groups) > MOST_GROUPS_SHOWN:
            say(f"and {format_count(len(groups) - MOST_GROUPS_SHOWN)} more such files; the ones above free most.")
        say("They go to OneDrive's recycle bin. All files on this computer stay.")
    else:
        say("No file may be deleted because of an equal one.", style="heading")
    if folderless:
        say(f"{plural('group', folderless)} of equal files left alone: none that is proven is where one is to stay.")
    if plan.kept:
        stay = "stays" if len(plan.kept) == 1 else "stay"
        say(f"{plural('file', len(plan.kept))} with an equal one {stay} all the same:")
        show_kept(terminal, plan.kept)


def group_by_keeper(plan: DeletePlan) -> list[list[EqualFileDeletion]]:
    """What goes, together with what has the same keeper; what frees most comes first."""
    groups: dict[str, list[EqualFileDeletion]] = {}
    for task in plan.deletions:
        if isinstance(task, EqualFileDeletion):
            groups.setdefault(task.keeper.id, []).append(task)
    return sorted(groups.values(), key=lambda group: (-sum(task.size_bytes for task in group), group[0].keeper.path))


def show_groups(terminal: Terminal, groups: Sequence[Sequence[EqualFileDeletion]]) -> None:
    """Which file stays, and which go."""
    for group in groups:
        keeper = group[0].keeper
        terminal.say(f"  stays  {printable(keeper.path)} ({format_bytes(keeper.size_bytes)})")
        for task in group:
            terminal.say(f"  goes   {printable(task.path)}")
