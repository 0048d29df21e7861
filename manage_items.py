"""Option 7: rename or delete on OneDrive, only what is proven to be here.

    what an earlier run left open is asked about ─► a small menu ─► the part that was chosen ─► lists brought up to date

Permission to write is asked for when something is really to be sent; it ends with this option.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from onedrive.choosing.chooser import Chooser, needed_albums
from onedrive.choosing.ranges import today_here
from onedrive.choosing.selection import EVERYTHING, Selection
from onedrive.errors import DownloadsAway, NoListYet, OneDriveError, StepNeeded, WriteAccessEnded
from onedrive.graph.drive import fetch_drive_facts
from onedrive.graph.session import GraphSession
from onedrive.graph.traits import day_of
from onedrive.home.files import is_there
from onedrive.home.lists import FILE_LIST, FOLDER_LIST, ListState, edited_lists, read_items, read_list_state
from onedrive.home.records import read_unfinished
from onedrive.listing.refresh import ListRefresh
from onedrive.local.marker import require_downloads
from onedrive.manage.clean_up import MOST_GROUPS_SHOWN, CleaningUp, group_by_keeper, show_groups
from onedrive.manage.delete import Deleting
from onedrive.manage.deletions import complete_record, count_lost
from onedrive.manage.equal_files import KeepRule
from onedrive.manage.questions import (
    ask_for_copies,
    ask_for_deleted,
    ask_for_item,
    ask_for_name,
    ask_for_pattern,
    ask_for_run,
    ask_what_stays,
    ask_which_files,
    make_new_names,
)
from onedrive.manage.rename import Renaming, find_old_names, read_listed, read_rename_runs
from onedrive.manage.rename_plan import NewName
from onedrive.manage.restore import Restoring
from onedrive.manage.restore_plan import DeletedItem, read_delete_runs
from onedrive.manage.rounds import WriteRun
from onedrive.manage.writes import Kept, WriteAccess
from onedrive.settings import Settings
from onedrive.step_result import SOME_FAILED, StepResult
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import BACK, Terminal, show_error
from onedrive.words import format_count, plural, printable

_MENU = {
    "1": "Rename one file or folder",
    "2": "Rename many files by a pattern",
    "3": "Delete what is proven to be here",
    "4": "Undo a rename",
    "5": "Bring back what 3 or 6 deleted",
    "6": "Delete equal files, all but one of each",
    BACK: "Back",
}
MANAGE = 7
_Plan = TypeVar("_Plan")


class PersonNeeded(OneDriveError):
    """Nothing is renamed or deleted without a person at a keyboard."""

    exit_code = 4

    def __init__(self) -> None:
        super().__init__(
            "Renaming and deleting on OneDrive needs a person at a keyboard, and there is none.",
            "Run python start.py 7 in a terminal. A trial run (--dry-run) shows without one what could be deleted.",
        )


def manage_items(
    terminal: Terminal,
    settings: Settings,
    graph: GraphSession,
    *,
    open_write_graph: Callable[[], GraphSession],
    selection: Selection = EVERYTHING,
    dry_run: bool = False,
    copies: int | None = None,
) -> StepResult:
    """Rename or delete on OneDrive. `selection` is the saved choice, with the flags of this run; the person may choose
    otherwise. `dry_run`: all of it is shown, and nothing is sent. `copies`: in so many places must be proven what is
    deleted; None: the person is asked, where the last verification knows of further copies.

    Raises PersonNeeded, NoListYet, DownloadsAway, StepNeeded (verify first), StateFileBroken, and what GraphSession.get
    raises.
    """
    if not dry_run and not (terminal.can_ask and terminal.has_keyboard):
        raise PersonNeeded
    state = read_list_state(settings.home)
    if state is None or not is_there(settings.home / FILE_LIST):
        raise NoListYet("what there is on OneDrive")
    if not require_downloads(terminal, settings, MANAGE):
        return StepResult(exit_code=DownloadsAway.exit_code)
    access = WriteAccess(graph, open_write_graph)
    managing = _Managing(terminal, settings, graph, state, access, selection, dry_run, copies)
    if not (terminal.can_ask and terminal.has_keyboard):  # a dry run that nobody watches
        managing.show_deletable()
        return StepResult()
    managing.complete_earlier()
    return managing.run()


@dataclass
class _Managing:
    """One run of option 7."""

    terminal: Terminal
    settings: Settings
    graph: GraphSession
    state: ListState
    access: WriteAccess
    selection: Selection
    dry_run: bool
    copies: int | None
    exit_code: int = 0

    def run(self) -> StepResult:
        """The small menu, until the person goes back."""
        actions = {
            "1": self._rename_one,
            "2": self._rename_many,
            "3": self._delete,
            "4": self._undo,
            "5": self._restore,
            "6": self._clean_up,
        }
        while True:
            try:
                self.terminal.say()
                typed = self.terminal.pick("Rename or delete, your choice:", _MENU)
                if typed == BACK:
                    return StepResult(self.exit_code)
                actions[typed]()
            except EndOfInput:
                return StepResult(self.exit_code)
            except StepNeeded:
                raise
            except OneDriveError as error:
                if isinstance(error, WriteAccessEnded):
                    self.access.forget()
                self.exit_code = error.exit_code
                show_error(self.terminal, error)

    def complete_earlier(self) -> None:
        """Ask what became of what an earlier run left open, and tell what needs the person."""
        if self.dry_run:
            return
        if read_unfinished(self.settings.home):
            self._complete_record()
        if lost := count_lost(self.settings.home):
            was, its = ("was", "its equal one is") if lost == 1 else ("were", "their equal ones are")
            self.terminal.say(
                f"{plural('file', lost)} {was} deleted on OneDrive, and {its} gone too. Use 5 in this menu to bring "
                "back what should not be lost.",
                style="warning",
            )

    def _complete_record(self) -> None:
        done = complete_record(self.settings.home, self.graph, fetch_drive_facts(self.graph).drive_id)
        if done.restored or done.still_gone:
            self.terminal.say(
                "An earlier run ended in the middle of bringing back what was deleted. OneDrive says that "
                f"{plural('item', done.restored)} came back and {done.still_gone} did not. The record is now complete; "
                "5 in this menu brings back the rest."
            )
        if done.deleted or done.still_there:
            self.terminal.say(
                "An earlier run ended in the middle of deleting. OneDrive says that "
                f"{plural('item', done.deleted)} went and {done.still_there} did not. The record is now complete."
            )
        if done.unknown:
            self.terminal.say(f"OneDrive gave no answer about {plural('item', done.unknown)}; choose 7 again later.")

    def show_deletable(self) -> None:
        """What could be deleted of the saved choice, and brought back; nobody is asked, and nothing is sent."""
        deleting = self._deleting(self.copies or 1)
        self._carry_out(deleting, deleting.plan(self.selection))
        cleaning = self._cleaning()
        self._carry_out(cleaning, cleaning.plan_equal(self.selection, KeepRule.OLDEST))
        if runs := read_delete_runs(self.settings.home, self.state.drive_id):
            self.terminal.say(f"The last deletion: {runs[0].describe()}")
            self._bring_back(list(runs[0].items.values()))

    def _rename_one(self) -> None:
        item = ask_for_item(self.terminal, lambda: read_listed(self.settings))
        if item is None:
            return
        self.terminal.say(f"It is {printable(item.path)}")
        if name := ask_for_name(self.terminal, item):
            self._rename([(item, name)])

    def _rename_many(self) -> None:
        selection = self._ask_which()
        if selection is None:
            return
        chooser = Chooser(selection, today_here(), needed_albums(self.settings.home, selection))
        chosen = (item for item in read_items(self.settings.home / FILE_LIST) if chooser.wants(item))
        items = sorted(chosen, key=lambda item: (day_of(item)[0] or date.max, item.path))  # the oldest first
        if not items:
            self.terminal.say("No file in the list matches that.")
            return
        self.terminal.say(f"{plural('file', len(items))} chosen, from {printable(items[0].path)} on.")
        if pattern := ask_for_pattern(self.terminal, items[0]):
            self._rename(*make_new_names(pattern, items))

    def _undo(self) -> None:
        run = ask_for_run(self.terminal, read_rename_runs(self.settings.home, self.state.drive_id), "rename")
        if run is not None:
            self._rename(*find_old_names(self.graph, run), undoes=run.run)

    def _restore(self) -> None:
        run = ask_for_run(self.terminal, read_delete_runs(self.settings.home, self.state.drive_id), "deletion")
        chosen = ask_for_deleted(self.terminal, run) if run else None
        if chosen:
            self._bring_back(chosen)

    def _bring_back(self, chosen: Sequence[DeletedItem]) -> None:
        restoring = Restoring(self.terminal, self.settings, self.state, self.access)
        self._carry_out(restoring, restoring.plan(self.graph, chosen))

    def _rename(self, wanted: Sequence[NewName], problems: Sequence[Kept] = (), *, undoes: str = "") -> None:
        renaming = Renaming(self.terminal, self.settings, self.state, self.access, undoes=undoes)
        self._carry_out(renaming, renaming.plan(wanted, problems))

    def _delete(self) -> None:
        further = self._deleting(1).check()
        selection = self._ask_which()
        if selection is not None:
            copies = self.copies or ask_for_copies(self.terminal, further)
            deleting = self._deleting(copies)
            self._carry_out(deleting, deleting.plan(selection))

    def _deleting(self, copies: int) -> Deleting:
        return Deleting(self.terminal, self.settings, self.state, self.access, copies=copies)

    def _clean_up(self) -> None:
        cleaning = self._cleaning()
        cleaning.check()
        self.terminal.say("Of files with the same bytes one stays on OneDrive. First: which files may be deleted?")
        selection = self._ask_which()
        what_stays = ask_what_stays(self.terminal, self._folder_paths()) if selection is not None else None
        if selection is None or what_stays is None:
            return
        plan = cleaning.plan_equal(selection, *what_stays)
        groups = group_by_keeper(plan)
        if len(groups) > MOST_GROUPS_SHOWN:
            choices = {"1": f"See all {format_count(len(groups))} first", "2": "Go on without", BACK: "Back"}
            typed = self.terminal.pick("Your choice:", choices, default="2")
            if typed == BACK:
                return
            if typed == "1":
                show_groups(self.terminal, groups)
        self._carry_out(cleaning, plan)

    def _cleaning(self) -> CleaningUp:
        return CleaningUp(self.terminal, self.settings, self.state, self.access, copies=self.copies or 1)

    def _folder_paths(self) -> Iterator[str]:
        return (item.path for item in read_items(self.settings.home / FOLDER_LIST))

    def _ask_which(self) -> Selection | None:
        return ask_which_files(self.terminal, self.selection, self._folder_paths())

    def _carry_out(self, run: WriteRun[Any, _Plan], plan: _Plan) -> None:
        if self.dry_run:
            self.terminal.say("This was a trial run (--dry-run): nothing was sent.")
            return
        has_changed = run.run(plan)
        if run.kept:
            self.exit_code = max(self.exit_code, SOME_FAILED.exit_code)
        if has_changed or run.kept:  # what is not as it was listed is seen better with a new list
            self._refresh()
        run.say_verdict()

    def _refresh(self) -> None:
        """Bring the lists up to date with what was changed; when that fails now, option 3 does it later."""
        if FILE_LIST in edited_lists(self.settings.home):
            self.terminal.say(
                f"You edited {FILE_LIST}, so it stays as it is. Choose 3 for a list of what there is now."
            )
            return
        refresh = ListRefresh(self.terminal, self.settings.home, self.graph, shared=self.settings.shared)
        try:
            text = refresh.last_text
            self.state = refresh.run(refresh.find_last(text), text).state
        except OneDriveError as error:
            self.graph.pause.stop.clear()  # a listing that fails sets it, for its threads
            self.terminal.say(f"The list could not be brought up to date: {error.sentence}", style="warning")
            self.terminal.say("Choose 3 to try that again.")
        else:
            self.terminal.detail("The list is up to date with that.")
