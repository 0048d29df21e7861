"""CurrentList: the drive as it is now, which a verification is made against; and what a person chose of it by hand.

The lists in the home are brought up to date. A person's edited list is a choice and stays as it is: then the drive is
listed into a folder of its own in the home, and what the edited list does not name is left out by choice.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from onedrive.change_report import ChangeReport
from onedrive.drive_item import DriveItem
from onedrive.errors import NoListYet, OneDriveError, StateFileBroken
from onedrive.file_list import read_items
from onedrive.graph import GraphSession
from onedrive.list_refresh import ListRefresh
from onedrive.list_state import FILE_LIST, FOLDER_LIST, LIST_STATE, ListState, edited_lists, read_list_state
from onedrive.listing_plan import DriveFacts, fetch_drive_facts, is_same_drive
from onedrive.settings import Settings
from onedrive.state_files import make_folder
from onedrive.terminal import Terminal

CURRENT_FOLDER = "list-for-verifying"
LIST = 3


@dataclass(frozen=True)
class CurrentList:
    """Lists that are up to date, in the folder `home`.

    `report` is what was different from the list before, None when all was listed anew. `named` has drive and id of what
    a person's edited list names; None: nobody edited it.
    """

    home: Path
    state: ListState
    report: ChangeReport | None
    named: frozenset[tuple[str, str]] | None = None

    def files(self) -> Iterator[DriveItem]:
        """The files of the drive."""
        return read_items(self.home / FILE_LIST)

    def folders(self) -> Iterator[DriveItem]:
        """The folders of the drive."""
        return read_items(self.home / FOLDER_LIST)


def fetch_current_list(terminal: Terminal, settings: Settings, graph: GraphSession) -> CurrentList:
    """Bring the lists up to date, those of the folder that was listed last.

    Raises NoListYet, OneDriveError when another account is signed in than the list is of, and what a listing raises.
    """
    home = settings.home
    if not (home / FILE_LIST).exists():
        raise NoListYet("what should be here")
    facts = _check_account(home, graph)
    aside = home / CURRENT_FOLDER
    if FILE_LIST in edited_lists(home):
        named = _read_named(home)
        terminal.say(_why_aside(home))
        make_folder(aside)
        return _refresh(terminal, settings, graph, aside, facts=facts, named=named)
    shutil.rmtree(aside, ignore_errors=True)  # of a time when the list was edited
    return _refresh(terminal, settings, graph, home, facts=facts)


def _why_aside(home: Path) -> str:
    if _read_state(home) is None:
        why = (
            f"Who wrote {FILE_LIST} cannot be told ({LIST_STATE} is missing or damaged; option {LIST} makes a new one)"
        )
    else:
        why = f"{FILE_LIST} was edited"
    return f"{why}: it counts as your choice and stays as it is. OneDrive is asked beside it what there is now."


def _refresh(
    terminal: Terminal,
    settings: Settings,
    graph: GraphSession,
    home: Path,
    *,
    facts: DriveFacts,
    named: frozenset[tuple[str, str]] | None = None,
) -> CurrentList:
    refresh = ListRefresh(terminal, home, graph, shared=settings.shared, facts=facts)
    last = _read_state(settings.home)
    text = settings.root_folder or (last.root_text if last else "/")
    root = refresh.find(text) if settings.root_folder else refresh.find_last(text)
    refreshed = refresh.run(root, text)
    return CurrentList(home, refreshed.state, refreshed.report if named is None else None, named)


def _check_account(home: Path, graph: GraphSession) -> DriveFacts:
    """Whose drive it is; another account's list is not to be replaced by a verification."""
    state = _read_state(home)
    facts = fetch_drive_facts(graph)
    if state is not None and not is_same_drive(state, facts):
        raise OneDriveError(
            "The list here is of another account than the one that is signed in now.",
            "Sign in to the other one with 1, or give each account its own --home.",
        )
    return facts


def _read_state(home: Path) -> ListState | None:
    try:
        return read_list_state(home)
    except StateFileBroken:
        return None  # the refresh says so


def _read_named(home: Path) -> frozenset[tuple[str, str]]:
    return frozenset((item.drive_id, item.id) for item in read_items(home / FILE_LIST))


def why_not_named(named: frozenset[tuple[str, str]] | None) -> Callable[[DriveItem], str | None]:
    """Says of a file why a person's edited list leaves it out; None: it does not."""

    def why_not(item: DriveItem) -> str | None:
        is_left_out = named is not None and (item.drive_id, item.id) not in named
        return "your edited list does not name it" if is_left_out else None

    return why_not
