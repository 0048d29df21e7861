"""Folders as a numbered tree with sizes, to take in and to leave out; and the tree that --tree prints.

Of what is taken in, only that is wanted; what is left out goes before that. One folder is shown at a time, a page at a
time, so that it fits a screen and can be read in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from onedrive.choosing.index import FolderShare, ListIndex, Mask
from onedrive.choosing.questions import describe_share
from onedrive.choosing.selection import Selection
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

    def walk(self, depth: int) -> Iterator[tuple[int, FolderNode]]:
        """The folders below to a depth, each with how deep it is, a folder before those in it."""
        if depth > 0:
            for folder in self.folders:
                yield 1, folder
                yield from ((level + 1, node) for level, node in folder.walk(depth - 1))


def build_folder_tree(shares: Iterable[FolderShare]) -> FolderNode:
    """The root, with every folder in its place."""
    nodes: dict[str, FolderNode] = {"": FolderNode("")}
    for share in shares:
        path = share.path
        while True:
            node = _node(nodes, path)
            node.whole.add(share.whole.files, share.whole.size_bytes)
            node.chosen.add(share.chosen.files, share.chosen.size_bytes)
            if not path:
                break
            path = path.rpartition("/")[0]
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
MOST_FOLDERS = 40  # of one folder; the rest is counted


def show_tree(terminal: Terminal, index: ListIndex, mask: Mask, *, depth: int = DEFAULT_DEPTH) -> None:
    """The folders with what is wanted of them, to a depth; what has nothing that is wanted is not shown."""
    root = build_folder_tree(index.folders(mask))
    width = max(20, min(terminal.width, 100 if terminal.is_live else 60) - 32)
    rows = [_row(level, node, name, width) for level, node, name in _lines(root, depth)]
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


def _lines(root: FolderNode, depth: int) -> Iterator[tuple[int, FolderNode, str]]:
    """What is shown: each folder of which something is wanted, at its depth, and at last how many more there are."""
    yield 0, root, "/"
    yield from _inner_lines(root, 1, depth)


def _inner_lines(node: FolderNode, level: int, depth: int) -> Iterator[tuple[int, FolderNode, str]]:
    if level > depth:
        return
    wanted = [folder for folder in node.folders if folder.chosen.files]
    for folder in wanted[:MOST_FOLDERS]:
        yield level, folder, folder.name
        yield from _inner_lines(folder, level + 1, depth)
    rest = FolderNode("")
    for folder in wanted[MOST_FOLDERS:]:
        rest.whole.add(folder.whole.files, folder.whole.size_bytes)
        rest.chosen.add(folder.chosen.files, folder.chosen.size_bytes)
    if rest.chosen.files:
        yield level, rest, f"and {plural('folder', len(wanted) - MOST_FOLDERS)} more"


def _row(level: int, node: FolderNode, name: str, width: int) -> tuple[str, ...]:
    indent = "  " * level
    shown = indent + shorten_middle(printable(name), max(4, width - len(indent)))
    files, size = format_count(node.chosen.files), format_bytes(node.chosen.size_bytes)
    return shown, files, size, describe_part(node.chosen, node.whole)


PAGE = 12
_HELP = (
    "3 takes folder 3 in, -3 leaves it out, o3 opens it (+: there are folders in it). "
    "a: all folders. u: up. n: next page. Enter: done."
)


class FolderPicker:
    """One round of picking; the selection changes with each answer."""

    def __init__(self, terminal: Terminal, index: ListIndex, selection: Selection, today: date) -> None:
        self._terminal = terminal
        self._index = index
        self._selection = selection
        self._today = today
        self._root = self._tree()
        self._open = ""
        self._page = 0

    def ask(self) -> Selection:
        """Show, ask and change until the person is done. Raises EndOfInput."""
        while True:
            self._show()
            while True:
                typed = (self._terminal.ask("Folder:") or "").strip()
                if not typed:
                    return self._selection
                sentence = self._obey(typed)
                if sentence is None:
                    break
                self._terminal.say(sentence)

    def _show(self) -> None:
        node = self._node()
        pages = max(1, -(-len(node.folders) // PAGE))
        self._page %= pages
        start = self._page * PAGE
        where = printable(node.path or "/") + (f", page {self._page + 1} of {pages}" if pages > 1 else "")
        chosen = self._index.share(self._index.wanted(self._selection, self._today))
        self._terminal.say(f"Your choice is {describe_share(self._selection, chosen, self._index.whole)}.")
        self._terminal.say(f"Folders in {where}:")
        width = max(16, min(self._terminal.width, 100 if self._terminal.is_live else 60) - 38)
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

    def _obey(self, typed: str) -> str | None:
        """Do what was typed; a sentence when it cannot be done."""
        word = typed.lower()
        if word == "a":
            self._change(replace(self._selection, folders=(), without_folders=()))
        elif word == "n":
            self._page += 1
        elif word == "u":
            self._open, self._page = self._open.rpartition("/")[0], 0
        else:
            return self._obey_number(typed)
        return None

    def _obey_number(self, typed: str) -> str | None:
        sign = typed[:1].lower() if typed[:1] in "-+oO" else ""
        text = typed[len(sign) :].strip()
        folder = self._find(text)
        if folder is None:
            what = f"no folder {printable(text[:60])!r} here" if text else "a number missing"
            return f"There is {what}. {_HELP}"
        if sign == "o":
            if not folder.folders:
                return f"There are no folders in {printable(folder.path)}."
            self._open, self._page = folder.path, 0
        elif sign == "-":
            self._change(leave_out(self._selection, folder.path))
        else:
            self._change(take_in(self._selection, folder.path))
        return None

    def _find(self, text: str) -> FolderNode | None:
        """The folder of a number on any page, or of a path."""
        if text.startswith("/"):
            wanted = text.rstrip("/").lower()
            deep = max(1, wanted.count("/"))
            return next((node for _, node in self._root.walk(deep) if node.path.lower() == wanted), None)
        folders = self._node().folders
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
        return folders[number - 1] if 1 <= number <= len(folders) else None

    def _node(self) -> FolderNode:
        if not self._open:
            return self._root
        deep = self._open.count("/")
        return next((node for _, node in self._root.walk(deep) if node.path == self._open), self._root)

    def _change(self, selection: Selection) -> None:
        self._selection = selection
        self._root = self._tree()

    def _tree(self) -> FolderNode:
        only_folders = Selection(folders=self._selection.folders, without_folders=self._selection.without_folders)
        return build_folder_tree(self._index.folders(self._index.wanted(only_folders, self._today)))


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
