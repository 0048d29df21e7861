"""The tree of a drive: every item below a folder with its path, and what could not be seen of it.

The folders are listed by id, several at a time; every page is followed. A folder that cannot be read becomes a
`ListException`, never an empty folder; only what concerns the whole drive (no network, no sign-in) stops the walk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from urllib.parse import quote

from onedrive.drive_item import (
    MALWARE_REASON,
    SELECT,
    DriveItem,
    Kind,
    NotAnItem,
    from_graph,
    normalise_drive_id,
)
from onedrive.errors import ServiceRefused, ServiceUnusable
from onedrive.file_list import ListException
from onedrive.graph import SHORTCUTS_SHOWN, GraphSession, JsonObject, RepeatingPages, read_items
from onedrive.root_folder import RootFolder, children_address

FOLDERS_AT_A_TIME = 4
PAGE_SIZE = 500
_POLL_SECONDS = 0.2  # how long Ctrl-C may have to wait on systems whose waits it does not interrupt

VAULT_REASON = (
    "the Personal Vault is locked for every program; unlock it on onedrive.com and move the files out to get them"
)
NOTEBOOK_REASON = (
    "a OneNote notebook cannot be downloaded as one piece; its sections are listed as files, "
    "and OneNote itself can export the whole"
)
SHORTCUT_REASON = "a shortcut to what someone else shares; set ONEDRIVE_SHARED=1 to list and download it too"
SHORTCUT_BROKEN_REASON = "a shortcut that leads nowhere any more"
UNKNOWN_REASON = "OneDrive does not say whether it is a file or a folder"
REPEATING_REASON = "not wholly listed: OneDrive sent the same page of this folder again and again"


@dataclass(frozen=True)
class TreeCounts:
    """How much has been seen so far; bytes are those of the files."""

    files: int = 0
    folders: int = 0
    size_bytes: int = 0


@dataclass(frozen=True)
class DriveTree:
    """What a walk has seen; both lists are sorted by path. `exceptions` are sorted too."""

    files: list[DriveItem]
    folders: list[DriveItem]
    exceptions: list[ListException]
    counts: TreeCounts


def walk_tree(
    graph: GraphSession,
    root: RootFolder,
    *,
    follow_shortcuts: bool,
    report: Callable[[TreeCounts], None],
) -> DriveTree:
    """Every item below `root`, as `from_graph` reads it, with its path from the drive's root.

    `report` is called from this thread as folders come in. Raises ConnectionLost, SignInNeeded, Stopped.
    """
    walk = _Walk(graph, root, follow_shortcuts=follow_shortcuts)
    start = DriveItem(id=root.id, name="", kind=Kind.FOLDER, path=root.path, drive_id=root.drive_id)
    with ThreadPoolExecutor(FOLDERS_AT_A_TIME, thread_name_prefix="list") as pool:
        try:
            _drain(pool, walk, start, report)
        except BaseException:
            graph.pause.stop.set()
            raise
    return walk.finish()


def _drain(pool: ThreadPoolExecutor, walk: _Walk, start: DriveItem, report: Callable[[TreeCounts], None]) -> None:
    open_folders: set[Future[list[DriveItem]]] = {pool.submit(walk.list_folder, start)}
    while open_folders:
        done, open_folders = wait(open_folders, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            open_folders |= {pool.submit(walk.list_folder, folder) for folder in future.result()}
        report(walk.counts)


class _Walk:
    """What one walk has seen; the threads that list folders add to it."""

    def __init__(self, graph: GraphSession, root: RootFolder, *, follow_shortcuts: bool) -> None:
        self.counts = TreeCounts()
        self._graph = graph
        self._root = root
        self._follow_shortcuts = follow_shortcuts
        self._lock = threading.Lock()
        self._seen: set[tuple[str, str]] = {_identity(root.drive_id, root.id)}
        self._files: list[DriveItem] = []
        self._folders: list[DriveItem] = []
        self._exceptions: list[ListException] = []

    def finish(self) -> DriveTree:
        """All that was seen, in order."""
        for items in (self._files, self._folders):
            items.sort(key=lambda item: (item.path, item.id))
        self._exceptions.sort(key=lambda entry: (entry.path, entry.id))
        return DriveTree(self._files, self._folders, self._exceptions, self.counts)

    def list_folder(self, folder: DriveItem) -> list[DriveItem]:
        """Take in the children of a folder; returns the folders among them, which are to be listed next."""
        address = f"{children_address(folder, self._root.drive_id)}?$top={PAGE_SIZE}&$select={SELECT}"
        inner: list[DriveItem] = []
        try:
            for page in self._graph.pages(address, headers=SHORTCUTS_SHOWN):
                for row in read_items(page):
                    inner += self._take(row, folder)
        except RepeatingPages:
            self._except(folder, REPEATING_REASON, by_nature=False)
        except (ServiceRefused, ServiceUnusable) as error:
            if folder.id == self._root.id:
                raise
            self._except(folder, *_why_unreadable(error, folder))
        return inner

    def _take(self, row: JsonObject, folder: DriveItem) -> list[DriveItem]:
        """Decide what one row of a page is. Returns it when its children are to be listed."""
        if "deleted" in row:
            return []
        try:
            item = from_graph(row)
            if item.kind is Kind.UNKNOWN:
                item = self._ask_again(item, folder)
        except NotAnItem as error:
            self._except(folder, f"it holds something that cannot be listed: {error}", by_nature=False)
            return []
        path = f"{folder.path.rstrip('/')}/{item.name}"
        item = replace(
            item, path=path, drive_id=item.drive_id or folder.drive_id, parent_id=item.parent_id or folder.id
        )
        if not self._is_new(item.drive_id, item.id):
            return []
        return self._add(item)

    def _add(self, item: DriveItem) -> list[DriveItem]:
        """Put an item where it belongs. Returns it, or what its shortcut leads to, when that has children."""
        match item.kind:
            case Kind.FILE:
                if item.has_malware:
                    self._except(item, MALWARE_REASON, by_nature=True)
                self._count_file(item)
                return []
            case Kind.FOLDER:
                self._count_folder(item)
                return [item]
            case Kind.PACKAGE:
                self._except(item, NOTEBOOK_REASON, by_nature=True)
                self._count_folder(item)
                return [item]
            case Kind.SHORTCUT:
                return self._follow(item)
            case Kind.UNKNOWN:
                self._except(item, UNKNOWN_REASON, by_nature=False)
                return []

    def _follow(self, shortcut: DriveItem) -> list[DriveItem]:
        """List what a shortcut leads to, on its own drive and once only (circles are stopped, trap 33)."""
        if not self._follow_shortcuts:
            self._except(shortcut, SHORTCUT_REASON, by_nature=True)
            return []
        target = _shortcut_target(shortcut)
        if target is None:
            self._except(shortcut, SHORTCUT_BROKEN_REASON, by_nature=True)
            return []
        if not self._is_new(target.drive_id, target.id):
            self._except(shortcut, "a shortcut to a folder that is listed already", by_nature=True)
            return []
        if target.kind is Kind.FILE:
            return self._follow_to_file(shortcut, target)
        self._count_folder(shortcut)
        return [target]

    def _follow_to_file(self, shortcut: DriveItem, target: DriveItem) -> list[DriveItem]:
        address = f"/drives/{quote(target.drive_id, safe='!')}/items/{quote(target.id, safe='!')}?$select={SELECT}"
        try:
            found = from_graph(self._graph.get(address))
        except (ServiceRefused, NotAnItem):
            self._except(shortcut, SHORTCUT_BROKEN_REASON, by_nature=True)
            return []
        self._count_file(replace(found, path=shortcut.path, drive_id=found.drive_id or target.drive_id))
        return []

    def _ask_again(self, item: DriveItem, folder: DriveItem) -> DriveItem:
        """An item that came without any facet: the service forgets them at times (GRAPH_FACTS §2.3)."""
        address = children_address(replace(item, drive_id=folder.drive_id), self._root.drive_id)
        try:
            return from_graph(self._graph.get(address.removesuffix("/children")))
        except ServiceRefused:
            return item

    def _is_new(self, drive_id: str, item_id: str) -> bool:
        with self._lock:
            before = len(self._seen)
            self._seen.add(_identity(drive_id, item_id))
            return len(self._seen) > before

    def _count_file(self, item: DriveItem) -> None:
        with self._lock:
            self._files.append(item)
            counts = self.counts
            self.counts = replace(counts, files=counts.files + 1, size_bytes=counts.size_bytes + (item.size or 0))

    def _count_folder(self, item: DriveItem) -> None:
        with self._lock:
            self._folders.append(item)
            self.counts = replace(self.counts, folders=self.counts.folders + 1)

    def _except(self, item: DriveItem, reason: str, by_nature: bool) -> None:
        with self._lock:
            self._exceptions.append(ListException(item.path, item.id, reason, by_nature=by_nature))


def _why_unreadable(error: ServiceRefused | ServiceUnusable, folder: DriveItem) -> tuple[str, bool]:
    """The reason in words why a folder could not be read, and whether OneDrive never shows it to anyone."""
    if isinstance(error, ServiceUnusable):
        return f"not listed: {error.reason}", False
    looks_locked = "invalidResourceId" in error.inner_codes or "ObjectHandle is Invalid" in error.message
    if error.status == 400 and looks_locked:
        return VAULT_REASON, True
    if folder.kind is Kind.PACKAGE:
        return "a OneNote notebook whose sections OneDrive does not show; OneNote itself can export it", True
    known = {
        403: "not listed: OneDrive does not allow this account to read it",
        404: "not listed: it was moved or deleted while the list was made",
    }
    return known.get(error.status, f"not listed: OneDrive answered {error.status} {error.code}".rstrip()), False


def _shortcut_target(shortcut: DriveItem) -> DriveItem | None:
    """The item on the other drive that a shortcut stands for, at the shortcut's own path; None when it names none."""
    remote = shortcut.facets["remoteItem"]
    parent = remote.get("parentReference")
    drive_id = parent.get("driveId") if isinstance(parent, Mapping) else None
    item_id = remote.get("id")
    if not isinstance(drive_id, str) or not isinstance(item_id, str):
        return None
    kind = Kind.FILE if "file" in remote else Kind.FOLDER
    return DriveItem(
        id=item_id, name=shortcut.name, kind=kind, path=shortcut.path, drive_id=normalise_drive_id(drive_id)
    )


def _identity(drive_id: str, item_id: str) -> tuple[str, str]:
    return normalise_drive_id(drive_id), item_id
