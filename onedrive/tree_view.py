"""The chosen tree as lines: each folder with what is wanted of it.

folder           files      size   of all
/                4,210   31.0 GB      35%
  Pictures       4,000   30.1 GB      all
"""

from __future__ import annotations

from collections.abc import Iterator

from onedrive.drive_glance import Share
from onedrive.folder_tree import FolderNode, build_folder_tree
from onedrive.list_index import ListIndex, Mask
from onedrive.terminal import Column, Terminal
from onedrive.words import format_bytes, format_count, plural, printable, shorten_middle

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
