"""FolderTree: the folders of a list with the files and bytes of all below them, the chosen part against the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from onedrive.drive_glance import Share
from onedrive.list_index import FolderShare


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
