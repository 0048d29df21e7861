"""PageRows: the rows of a page, as the service shows them, put where they belong, whichever way the page came.

A full listing puts them into its catalogue, an update among its changes; the counts are what the person sees meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeGuard

from onedrive.graph.batch import NoAnswer, fetch_all, fetch_items, item_address
from onedrive.graph.item import MALWARE_REASON, Kind, NotAnItem, normalise_drive_id
from onedrive.graph.session import GraphSession, JsonObject
from onedrive.listing import reasons
from onedrive.listing.catalogue import Catalogue, FolderToList, make_key
from onedrive.listing.item_row import ItemRow, RowReader

_KIND_FACETS = ("file", "folder", "package", "remoteItem")


class Changes:
    """The last word about each item that changed: its row and the key of its folder; None: it is gone.

    Rows are put here as into a `Catalogue`. `excepted` has, by key, what is in no list: the folder's key, the name, the
    reason, and whether it is by nature.
    """

    def __init__(self) -> None:
        self.items: dict[str, tuple[ItemRow, str] | None] = {}
        self.excepted: dict[str, tuple[str, str, str, bool]] = {}

    def put_item(self, row: ItemRow, parent: str, key: str) -> None:
        """A file or folder as it is now."""
        self.items[key] = (row, parent)
        self.excepted.pop(key, None)

    def put_gone(self, key: str) -> None:
        """An item that was deleted."""
        self.items[key] = None
        self.excepted.pop(key, None)

    def put_root(self, key: str) -> None:
        """The drive's own root: nothing about it is listed."""

    def put_child_count(self, key: str, children: int) -> None:
        """What changed is no whole that could be counted."""

    def put_shortcut(self, row: ItemRow, parent: str, key: str) -> None:
        """No shortcut is followed here: what others share is not among the changes."""

    def put_exception(self, parent: str, key: str, name: str, *, reason: str, by_nature: bool) -> None:
        """Something that is not in the lists, or cannot be downloaded."""
        self.excepted[key] = (parent, name, reason, by_nature)

    def add_missing(self, more: Changes) -> None:
        """Take in what is not named yet."""
        self.items = {**more.items, **self.items}
        self.excepted = {**more.excepted, **self.excepted}

    def places(self) -> Iterable[tuple[str, str, str]]:
        """Key, folder's key and name of everything that is somewhere."""
        yield from ((key, item[1], item[0].name) for key, item in self.items.items() if item)
        yield from ((key, parent, name) for key, (parent, name, _, _) in self.excepted.items())


class PageRows:
    """Puts the rows of pages into `found`, and counts them.

    `drive_id` is the drive that is listed; `follow_shortcuts` decides what becomes of shortcuts to others' folders.
    """

    def __init__(
        self,
        graph: GraphSession,
        found: Catalogue | Changes,
        drive_id: str,
        *,
        keeps_ctag: bool,
        follow_shortcuts: bool,
    ) -> None:
        self.counts = (0, 0, 0)  # files, folders and bytes so far
        self._graph = graph
        self._found = found
        self._keeps_ctag = keeps_ctag
        self._follow_shortcuts = follow_shortcuts
        self._readers = {"": RowReader(drive_id, keeps_ctag=keeps_ctag)}

    def take_delta_page(self, rows: list[JsonObject]) -> None:
        """A page of a whole drive's delta."""
        odd: list[JsonObject] = []
        reader = self._readers[""]
        for row in rows:
            if row.get("deleted") is not None or row.get("root") is not None:
                self._put_without_place(row)
                continue
            try:
                item = reader.read(row)
            except NotAnItem as error:
                self._put_unreadable(row, "", error)
                continue
            if item.kind is Kind.UNKNOWN or not item.parent_id:
                odd.append(row)
            else:
                self._put(item, item.parent_id, item.id)
                if item.kind is Kind.FOLDER:
                    self._put_child_count(row, item.id)
        for item in self._ask_again(odd, None):
            self._put(item, item.parent_id, item.id)

    def take_folder_page(self, rows: list[JsonObject], folder: FolderToList) -> list[FolderToList]:
        """A page of a folder's children; returns those that have children themselves."""
        odd: list[JsonObject] = []
        items: list[ItemRow] = []
        reader = self._reader(folder.drive_id)
        for row in rows:
            if row.get("deleted") is not None:
                continue
            try:
                item = reader.read(row, parent_id=folder.id)
            except NotAnItem as error:
                self._put_unreadable(row, folder.key, error)
                continue
            if item.kind is Kind.UNKNOWN:
                odd.append(row)
            else:
                items.append(item)
        inner = []
        for item in [*items, *self._ask_again(odd, folder)]:
            key = make_key(item.id, folder.drive_id)
            self._put(item, folder.key, key)
            if item.kind in (Kind.FOLDER, Kind.PACKAGE):
                inner.append(FolderToList(key, folder.drive_id, item.id, is_package=item.kind is Kind.PACKAGE))
        return inner

    def count_folder(self) -> None:
        """One more folder, which no page showed as such."""
        files, folders, size_bytes = self.counts
        self.counts = (files, folders + 1, size_bytes)

    def _reader(self, drive_id: str) -> RowReader:
        if drive_id not in self._readers:
            self._readers[drive_id] = RowReader(drive_id, keeps_ctag=self._keeps_ctag)
        return self._readers[drive_id]

    def _put(self, row: ItemRow, parent: str, key: str) -> None:
        kind = row.kind
        if kind is Kind.FILE:
            files, folders, size_bytes = self.counts
            self.counts = (files + 1, folders, size_bytes + row.size_bytes)
            self._found.put_item(row, parent, key)
            if row.has_malware:
                self._found.put_exception(parent, key, row.name, reason=MALWARE_REASON, by_nature=True)
        elif kind is Kind.FOLDER or kind is Kind.PACKAGE:
            self.count_folder()
            self._found.put_item(row, parent, key)
            if kind is Kind.PACKAGE:
                self._found.put_exception(parent, key, row.name, reason=reasons.NOTEBOOK, by_nature=True)
        elif kind is Kind.UNKNOWN:
            self._found.put_exception(parent, key, row.name, reason=reasons.UNKNOWN, by_nature=False)
        elif self._follow_shortcuts:
            self._found.put_shortcut(row, parent, key)
        else:
            self._found.put_exception(parent, key, row.name, reason=reasons.SHORTCUT, by_nature=True)

    def _ask_again(self, rows: list[JsonObject], folder: FolderToList | None) -> Iterator[ItemRow]:
        """Rows that do not say what or where they are: the service forgets facets at times (graph-facts §2.3)."""
        if not rows:
            return
        drive_id = folder.drive_id if folder else ""
        ids = [str(row["id"]) for row in rows]
        answers = fetch_items(self._graph, ids, drive_id=drive_id)
        rows = [answer if _is_item(answer) else row for row, answer in zip(rows, map(answers.get, ids), strict=True)]
        for row in self._decide_by_children(rows, drive_id):
            try:
                yield self._reader(drive_id).read(row, parent_id=folder.id if folder else "")
            except NotAnItem as error:
                self._put_unreadable(row, folder.key if folder else "", error)

    def _decide_by_children(self, rows: list[JsonObject], drive_id: str) -> Iterator[JsonObject]:
        """What still does not say what it is, and has children, is a folder."""
        unknown = [row for row in rows if all(row.get(facet) is None for facet in _KIND_FACETS)]
        addresses = [f"{item_address(str(row['id']), drive_id)}/children?$top=1&$select=id" for row in unknown]
        folders = [
            row
            for row, answer in zip(unknown, fetch_all(self._graph, addresses), strict=True)
            if not isinstance(answer, NoAnswer) and answer.get("value")
        ]
        for row in rows:
            yield {**row, "folder": {}} if row in folders else row

    def _put_without_place(self, row: JsonObject) -> None:
        """The drive's root, or something deleted: nothing but the id is said about it."""
        key = row.get("id")
        if not isinstance(key, str) or not key:
            return
        if row.get("deleted") is not None:
            self._found.put_gone(key)
        else:
            self._found.put_root(key)
            self._put_child_count(row, key)

    def _put_child_count(self, row: JsonObject, key: str) -> None:
        folder = row.get("folder")
        children = folder.get("childCount") if isinstance(folder, dict) else None
        if type(children) is int and children > 0:
            self._found.put_child_count(key, children)

    def _put_unreadable(self, row: JsonObject, parent: str, error: NotAnItem) -> None:
        """A row that is no item, with as much of its place as the row tells."""
        identity, name, reference = row.get("id"), row.get("name"), row.get("parentReference")
        named = reference.get("id") if isinstance(reference, dict) else None
        self._found.put_exception(
            parent or (named if isinstance(named, str) and named else "?"),
            identity if isinstance(identity, str) and identity else f"?{id(row)}",
            name if isinstance(name, str) and name else "(without a name)",
            reason=f"it cannot be listed: {error}",
            by_nature=False,
        )


def _is_item(answer: object) -> TypeGuard[JsonObject]:
    return isinstance(answer, dict) and bool(answer.get("id")) and bool(answer.get("name"))


def shortcut_target(remote: object) -> tuple[str, str, bool] | None:
    """Drive id, item id, and whether it is a file, of what a `remoteItem` facet names; None when it names none."""
    if not isinstance(remote, dict):
        return None
    parent, item_id = remote.get("parentReference"), remote.get("id")
    drive_id = parent.get("driveId") if isinstance(parent, dict) else None
    if not isinstance(drive_id, str) or not isinstance(item_id, str) or not drive_id or not item_id:
        return None
    return normalise_drive_id(drive_id), item_id, remote.get("file") is not None
