"""Folders as a numbered tree with sizes, to take in and to leave out; and the tree that --tree prints.

Of what is taken in, only that is wanted; what is left out goes before that. One folder is shown at a time, a page at a
time, so that it fits a screen and can be read in order. `choose_items.py` uses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from onedrive.choosing.index import ChosenFiles, ListIndex
from onedrive.choosing.preview import describe_share, name_width
from onedrive.choosing.questions import KEEPS, KEPT
from onedrive.choosing.selection import Selection
from onedrive.errors import WrongAnswer
from onedrive.graph.traits import Share
from onedrive.terminal.terminal import Column, Terminal
from onedrive.words import format_bytes, format_count, plural, printable, shorten_middle


@dataclass
class FolderNode:
    """A folder: what is directly in it and in all folders below, and those folders, the largest first."""

    path: str  # '' is the root
    whole: Share = field(default_factory=Share)
    chosen: Share = field(default_factory=Share)
    folders: list[FolderNode] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The folder's own name; '/' for the root."""
        return self.path.rpartition("/")[2] or "/"

    def find(self, path: str) -> FolderNode | None:
        """The folder at a path, whatever its case; itself or one below."""
        wanted, own = f"{path.lower().rstrip('/')}/", f"{self.path.lower()}/"
        if wanted == own:
            return self
        below = self.folders if wanted.startswith(own) else []
        return next((found for folder in below if (found := folder.find(path))), None)


def build_folder_tree(whole: Mapping[str, Share], chosen: Mapping[str, Share]) -> FolderNode:
    """The root, with every folder in its place; given is what is directly in each, and what is wanted of that."""
    nodes: dict[str, FolderNode] = {"": FolderNode("")}
    for path, share in whole.items():
        wanted = chosen.get(path, Share())
        node = _node(nodes, path)
        while True:
            node.whole.add(share.files, share.size_bytes)
            node.chosen.add(wanted.files, wanted.size_bytes)
            if not node.path:
                break
            node = nodes[node.path.rpartition("/")[0]]
    for node in nodes.values():
        node.folders.sort(key=lambda folder: (-folder.whole.size_bytes, folder.path))
    return nodes[""]


def _node(nodes: dict[str, FolderNode], path: str) -> FolderNode:
    """The folder at a path; it is hung into the one above it when it is new."""
    node = nodes.get(path)
    if node is None:
        node = nodes[path] = FolderNode(path)
        _node(nodes, path.rpartition("/")[0]).folders.append(node)
    return node


DEFAULT_DEPTH = 2
MOST_FOLDERS_SHOWN = 40  # of one folder; the rest is counted


def show_tree(terminal: Terminal, index: ListIndex, chosen: ChosenFiles, *, depth: int = DEFAULT_DEPTH) -> None:
    """The folders with what is wanted of them, to a depth; what has nothing that is wanted is not shown."""
    root = build_folder_tree(index.all_files.folders, chosen.folders)
    width = name_width(terminal, 32)
    rows = [_tree_row(level, node, name, width) for level, node, name in [(0, root, "/"), *_below(root, 1, depth)]]
    columns = [Column("folder"), *(Column(title, "right") for title in ("files", "size", "of all"))]
    terminal.table(columns, rows)


def describe_part(chosen: Share, whole: Share) -> str:
    """How much of a folder is wanted: 'all', 'none', '31%'."""
    if chosen.files == whole.files:
        return "all"
    if not chosen.files:
        return "none"
    part = chosen.size_bytes / whole.size_bytes if whole.size_bytes else chosen.files / whole.files
    return "under 1%" if part < 0.01 else f"{min(part, 0.99):.0%}"


def _below(node: FolderNode, level: int, depth: int) -> Iterator[tuple[int, FolderNode, str]]:
    """The folders of which something is wanted, each with its depth and name, and at last how many more there are."""
    if level > depth:
        return
    wanted = [folder for folder in node.folders if folder.chosen.files]
    for folder in wanted[:MOST_FOLDERS_SHOWN]:
        yield level, folder, folder.name
        yield from _below(folder, level + 1, depth)
    rest = FolderNode("")
    for folder in wanted[MOST_FOLDERS_SHOWN:]:
        rest.whole.add(folder.whole.files, folder.whole.size_bytes)
        rest.chosen.add(folder.chosen.files, folder.chosen.size_bytes)
    if rest.chosen.files:
        yield level, rest, f"and {plural('more folder', len(wanted) - MOST_FOLDERS_SHOWN)}"


def _tree_row(level: int, node: FolderNode, name: str, width: int) -> tuple[str, ...]:
    indent = "  " * level
    shown = indent + shorten_middle(printable(name), max(4, width - len(indent)))
    files, size = format_count(node.chosen.files), format_bytes(node.chosen.size_bytes)
    return shown, files, size, describe_part(node.chosen, node.whole)


PAGE = 12
_HELP = (
    "3 takes folder 3 in, -3 leaves it out, o3 opens it (+ marks those with folders in them). "
    "a: all folders, u: up, n: next page, Enter or 0: done."
)


class FolderPicker:
    """One round of picking; the selection changes with each answer."""

    def __init__(self, terminal: Terminal, index: ListIndex, selection: Selection) -> None:
        self._terminal = terminal
        self._index = index
        self._open = ""
        self._page = 0
        self._change(selection)

    def ask(self) -> Selection:
        """Show, ask and change until the person is done. Raises EndOfInput."""
        is_done = False
        while not is_done:
            self._show()
            is_done = self._terminal.ask_until("Folder:", self._obey)
        return self._selection

    def _show(self) -> None:
        node = self._node
        pages = max(1, -(-len(node.folders) // PAGE))
        self._page %= pages
        start = self._page * PAGE
        where = printable(node.path or "/") + (f", page {self._page + 1} of {pages}" if pages > 1 else "")
        share = self._index.choose(self._selection).share
        self._terminal.say(f"Your choice is {describe_share(self._selection, share, self._index.whole)}.")
        self._terminal.say(f"Folders in {where}:")
        width = name_width(self._terminal, 38)
        rows = [
            (
                str(number),
                shorten_middle(printable(folder.name), width) + (" +" if folder.folders else ""),
                format_count(folder.whole.files),
                format_bytes(folder.whole.size_bytes),
                describe_part(folder.chosen, folder.whole),
            )
            for number, folder in enumerate(node.folders[start : start + PAGE], start + 1)
        ]
        if rows:
            titles = (Column("folder"), Column("files", "right"), Column("size", "right"), Column("wanted"))
            self._terminal.table([Column("", "right"), *titles], rows)
        else:
            self._terminal.say("There are no folders in it.")
        self._terminal.say(_HELP)

    def _obey(self, typed: str) -> bool:
        """Do what was typed; True when the person is done. Raises WrongAnswer."""
        word = typed.strip().lower()
        if word in KEEPS:
            return True
        if word == "a":
            self._change(replace(self._selection, folders=(), without_folders=()))
        elif word == "n":
            self._page += 1
        elif word == "u":
            self._open, self._page = self._open.rpartition("/")[0], 0
        else:
            self._obey_number(typed.strip())
        return False

    def _obey_number(self, typed: str) -> None:
        sign = typed[0].lower() if typed[0] in "-+oO" else ""
        text = typed[len(sign) :].strip()
        folder = self._find(text)
        if folder is None:
            what = f"no folder {printable(text[:60])!r} here" if text else "a number missing"
            raise WrongAnswer(f"There is {what}. {_HELP}")
        if sign == "o":
            if not folder.folders:
                raise WrongAnswer(f"There are no folders in {printable(folder.path)}.")
            self._open, self._page = folder.path, 0
        elif sign == "-" or self._leaves_out(folder):
            self._change(leave_out(self._selection, folder.path))
        else:
            self._change(take_in(self._selection, folder.path))

    def _leaves_out(self, folder: FolderNode) -> bool:
        """Whether a folder that was to be taken in, though all are in, is to be left out instead.

        Raises WrongAnswer when the person wants neither.
        """
        if self._selection.folders or folder.chosen.files < folder.whole.files:
            return False
        name = shorten_middle(printable(folder.path), 40)
        self._terminal.say(f"{name} is in already, like every folder that you did not leave out. What do you want?")
        choices = {"1": f"Only {name}, and no other folder", "2": f"Every folder but {name}"} | KEPT
        answer = self._terminal.pick("Your choice:", choices)
        if answer == "0":
            raise WrongAnswer
        return answer == "2"

    def _find(self, text: str) -> FolderNode | None:
        """The folder of a number on any page, or of a path."""
        if text.startswith("/"):
            return next((found for folder in self._root.folders if (found := folder.find(text))), None)
        folders = self._node.folders
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
        return folders[number - 1] if 1 <= number <= len(folders) else None

    @property
    def _node(self) -> FolderNode:
        return self._root.find(self._open) or self._root

    def _change(self, selection: Selection) -> None:
        self._selection = selection
        only_folders = Selection(folders=selection.folders, without_folders=selection.without_folders)
        chosen = self._index.choose(only_folders).folders
        self._root = build_folder_tree(self._index.all_files.folders, chosen)


def take_in(selection: Selection, path: str) -> Selection:
    """Want what is below a folder: what was left out of it comes back, or else only it and the others taken in."""
    without = tuple(other for other in selection.without_folders if not _is_in(path, other) and not _is_in(other, path))
    if without != selection.without_folders and _is_wanted(replace(selection, without_folders=without), path):
        return replace(selection, without_folders=without)
    folders = tuple(other for other in selection.folders if not _is_in(other, path))
    if not folders or not any(_is_in(path, other) for other in folders):
        folders = (*folders, path)
    return replace(selection, folders=folders, without_folders=without)


def leave_out(selection: Selection, path: str) -> Selection:
    """Want nothing of what is below a folder."""
    folders = tuple(other for other in selection.folders if not _is_in(other, path))
    without = tuple(other for other in selection.without_folders if not _is_in(other, path))
    left = replace(selection, folders=folders, without_folders=without)
    is_gone = not _is_wanted(left, path) or any(_is_in(path, other) for other in without)
    return left if is_gone else replace(left, without_folders=(*without, path))


def _is_wanted(selection: Selection, path: str) -> bool:
    return not selection.folders or any(_is_in(path, other) for other in selection.folders)


def _is_in(path: str, other: str) -> bool:
    """True when a folder is the other one, or below it."""
    return f"{path.lower().rstrip('/')}/".startswith(f"{other.lower().rstrip('/')}/")
