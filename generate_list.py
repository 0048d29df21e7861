"""Option 3: list every folder and file of the drive, or of one folder, into file_list.json.

which folder? ─► the tree, several folders at a time ─► both lists and their state, each in one step ─► summary
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from onedrive.drive_item import DriveItem
from onedrive.drive_tree import DriveTree, TreeCounts, walk_tree
from onedrive.errors import StateFileBroken
from onedrive.file_kind import FileKind, kind_of
from onedrive.file_list import FILE_LIST, ListException, ListState, edited_lists, read_list_state, write_lists
from onedrive.graph import GraphSession
from onedrive.root_folder import NoSuchFolder, RootFolder, find_root_folder, same_drive
from onedrive.settings import Settings
from onedrive.state_files import make_folder
from onedrive.step_result import ALL_DONE, SOME_FAILED, StepResult
from onedrive.terminal import Column, Terminal
from onedrive.words import format_bytes, format_count, plural, printable

MOST_EXCEPTIONS_SHOWN = 12


def generate_list(terminal: Terminal, settings: Settings, graph: GraphSession, *, ask_folder: bool) -> StepResult:
    """Write file_list.json, folder_list.json and list_state.json anew; the old ones stay until these are whole.

    `ask_folder`: the person is asked which folder (in the menu); otherwise the set one, or that of last time.
    Raises OneDriveError; the exit code is 3 when some folder could not be read.
    """
    make_folder(settings.home)
    drive = _read_drive(graph)
    root = _choose_root(terminal, settings, graph, ask_folder=ask_folder)
    if not same_drive(root.drive_id or drive.id, drive.id):
        raise NoSuchFolder("That folder is on someone else's drive.", "Name a folder of your own OneDrive.")
    terminal.say(
        f"Listing {_describe_root(root)}. Ctrl-C stops it; the list of last time stays until the new one is whole."
    )
    with terminal.progress("Listing") as progress:
        tree = walk_tree(
            graph,
            root,
            follow_shortcuts=settings.shared,
            report=lambda counts: progress.update(_describe_counts(counts)),
        )
    _keep_edited(terminal, settings)
    write_lists(settings.home, tree.files, tree.folders, lambda: _make_state(drive, root, tree))
    _show_summary(terminal, settings, tree)
    return SOME_FAILED if any(not entry.by_nature for entry in tree.exceptions) else ALL_DONE


@dataclass(frozen=True)
class _Drive:
    id: str
    owner_id: str


def _read_drive(graph: GraphSession) -> _Drive:
    answer = graph.get("/me/drive?$select=id,driveType,owner")
    owner = answer.get("owner")
    user = owner.get("user") if isinstance(owner, dict) else None
    owner_id = user.get("id") if isinstance(user, dict) else None
    return _Drive(id=str(answer.get("id") or ""), owner_id=owner_id if isinstance(owner_id, str) else "")


def _choose_root(terminal: Terminal, settings: Settings, graph: GraphSession, *, ask_folder: bool) -> RootFolder:
    """The folder to list; a person who names one that does not exist hears which do, and is asked again."""
    default = settings.root_folder or _root_of_last_time(terminal, settings)
    if not (ask_folder and terminal.can_ask):
        return find_root_folder(graph, default)
    while True:
        typed = terminal.ask("Which folder? / is everything, /Pictures/2023 one folder.", default=printable(default))
        try:
            return find_root_folder(graph, default if typed is None or typed == printable(default) else typed)
        except NoSuchFolder as error:
            terminal.say(error.sentence, style="problem")
            terminal.say(error.hint)
            default = "/"


def _root_of_last_time(terminal: Terminal, settings: Settings) -> str:
    try:
        state = read_list_state(settings.home)
    except StateFileBroken as error:
        terminal.say(f"{error.sentence} A new one is made.", style="warning")
        return "/"
    return state.root_text if state else "/"


def _keep_edited(terminal: Terminal, settings: Settings) -> None:
    edited = edited_lists(settings.home)
    if edited:
        terminal.say(f"{' and '.join(edited)} had been edited; the edited version is kept beside the new one.")


def _make_state(drive: _Drive, root: RootFolder, tree: DriveTree) -> ListState:
    return ListState(
        listed_at=datetime.now(UTC).isoformat(timespec="seconds"),
        account_id=drive.owner_id,
        drive_id=drive.id,
        root_id=root.id,
        root_path=root.path,
        root_text=root.text,
        files=tree.counts.files,
        folders=tree.counts.folders,
        size_bytes=tree.counts.size_bytes,
        exceptions=tuple(tree.exceptions),
    )


def _show_summary(terminal: Terminal, settings: Settings, tree: DriveTree) -> None:
    terminal.say(f"Listed {_describe_counts(tree.counts)}.", style="good")
    if tree.files:
        _show_kinds(terminal, tree.files)
    _show_exceptions(terminal, tree.exceptions)
    terminal.say(f"The list is in {settings.home / FILE_LIST}. Choose 4 to download what it names.")


def _show_kinds(terminal: Terminal, files: list[DriveItem]) -> None:
    counts: Counter[FileKind] = Counter()
    sizes: Counter[FileKind] = Counter()
    for item in files:
        kind = kind_of(item)
        counts[kind] += 1
        sizes[kind] += item.size or 0
    rows = [(kind.value, format_count(counts[kind]), format_bytes(sizes[kind])) for kind in FileKind if counts[kind]]
    rows.append(("together", format_count(len(files)), format_bytes(sum(sizes.values()))))
    terminal.table([Column("kind"), Column("files", "right"), Column("size", "right")], rows)


def _show_exceptions(terminal: Terminal, exceptions: list[ListException]) -> None:
    """What could not be listed, and what is listed but can never be downloaded, each with its reason."""
    groups = (
        ("could not be listed this time:", [entry for entry in exceptions if not entry.by_nature]),
        ("cannot be downloaded, by OneDrive's nature:", [entry for entry in exceptions if entry.by_nature]),
    )
    for title, entries in groups:
        if entries:
            terminal.say(f"{plural('item', len(entries))} {title}", style="warning")
        for entry in entries[:MOST_EXCEPTIONS_SHOWN]:
            terminal.say(f"  {printable(entry.path)}: {entry.reason}.")
        if len(entries) > MOST_EXCEPTIONS_SHOWN:
            terminal.say(
                f"  and {format_count(len(entries) - MOST_EXCEPTIONS_SHOWN)} more; list_state.json names them all."
            )


def _describe_root(root: RootFolder) -> str:
    return "the whole OneDrive" if root.is_whole_drive else f"the folder {printable(root.path)}"


def _describe_counts(counts: TreeCounts) -> str:
    return f"{plural('file', counts.files)} in {plural('folder', counts.folders)}, {format_bytes(counts.size_bytes)}"
