"""Taking in what the service shows: each row of a page becomes a record of the journal, whichever way it came."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from onedrive.graph.batch import NoAnswer, fetch_all, fetch_items, item_address
from onedrive.graph.item import MALWARE_REASON, Kind, NotAnItem, normalise_drive_id
from onedrive.graph.session import GraphSession, JsonObject
from onedrive.listing import reasons
from onedrive.listing.catalogue import (
    OpenFolder,
    deleted_record,
    exception_record,
    item_record,
    make_key,
    root_record,
    shortcut_record,
)
from onedrive.listing.line import RowText, RowTexts, escape

_TELLING_FACETS = ("file", "folder", "package", "remoteItem")
_LETTERS = {Kind.FILE: "F", Kind.FOLDER: "D", Kind.PACKAGE: "P"}


class ListingIntake:
    """Makes records of rows, and counts what has been seen.

    `drive_id` is the drive that is listed; `follow_shortcuts` decides what becomes of shortcuts to others' folders.
    """

    def __init__(self, graph: GraphSession, drive_id: str, *, keeps_ctag: bool, follow_shortcuts: bool) -> None:
        self.files = self.folders = self.size_bytes = 0
        self._graph = graph
        self._keeps_ctag = keeps_ctag
        self._follow_shortcuts = follow_shortcuts
        self._texts = {"": RowTexts(drive_id, keeps_ctag=keeps_ctag)}

    @property
    def counts(self) -> tuple[int, int, int]:
        """Files, folders and bytes so far."""
        return self.files, self.folders, self.size_bytes

    @counts.setter
    def counts(self, counts: tuple[int, int, int]) -> None:
        self.files, self.folders, self.size_bytes = counts

    def take_delta_page(self, rows: list[JsonObject]) -> str:
        """The records for a page of a whole drive's delta."""
        parts: list[str] = []
        odd: list[JsonObject] = []
        texts = self._texts[""]
        for row in rows:
            if row.get("deleted") is not None or row.get("root") is not None:
                parts.append(_record_without_place(row))
                continue
            try:
                text = texts.of_row(row)
            except NotAnItem as error:
                parts.append(_unreadable(row, "", error))
                continue
            if text.kind is Kind.UNKNOWN or not text.parent_id:
                odd.append(row)
            else:
                self._add(text, text.parent_id, "", parts)
        for text in self._ask_again(odd, "", None, parts):
            self._add(text, text.parent_id, "", parts)
        return "".join(parts)

    def take_folder_page(self, rows: list[JsonObject], folder: OpenFolder) -> tuple[str, list[OpenFolder]]:
        """The records for a page of a folder's children, and those that have children themselves."""
        parts: list[str] = []
        odd: list[JsonObject] = []
        inner: list[OpenFolder] = []
        texts = self._texts.setdefault(folder.drive_id, RowTexts(folder.drive_id, keeps_ctag=self._keeps_ctag))
        for row in rows:
            if row.get("deleted") is not None:
                continue
            try:
                text = texts.of_row(row, parent_id=folder.id)
            except NotAnItem as error:
                parts.append(_unreadable(row, folder.key, error))
                continue
            if text.kind is Kind.UNKNOWN:
                odd.append(row)
            else:
                self._add(text, folder.key, folder.drive_id, parts, inner)
        for text in self._ask_again(odd, folder.drive_id, folder, parts):
            self._add(text, folder.key, folder.drive_id, parts, inner)
        return "".join(parts), inner

    def _add(
        self, text: RowText, parent_key: str, drive_id: str, parts: list[str], inner: list[OpenFolder] | None = None
    ) -> None:
        kind, identity, name, _, _, size_bytes, has_malware, tail = text
        key = make_key(identity, drive_id) if drive_id else identity
        if kind is Kind.FILE:
            self.files += 1
            self.size_bytes += size_bytes
            parts.append(f"F\t{parent_key}\t{key}\t{name}\t{tail}\n")
            if has_malware:
                parts.append(exception_record(parent_key, key, name, reason=MALWARE_REASON, by_nature=True))
        elif kind is Kind.FOLDER or kind is Kind.PACKAGE:
            self.folders += 1
            parts.append(item_record(_LETTERS[kind], parent_key, key, name, tail))
            if kind is Kind.PACKAGE:
                parts.append(exception_record(parent_key, key, name, reason=reasons.NOTEBOOK, by_nature=True))
            if inner is not None:
                inner.append(OpenFolder(key, drive_id, identity, is_package=kind is Kind.PACKAGE))
        elif kind is Kind.SHORTCUT:
            parts.append(self._shortcut(text, parent_key, key))
        else:
            parts.append(exception_record(parent_key, key, name, reason=reasons.UNKNOWN, by_nature=False))

    def _shortcut(self, text: RowText, parent_key: str, key: str) -> str:
        if not self._follow_shortcuts:
            return exception_record(parent_key, key, text.name, reason=reasons.SHORTCUT, by_nature=True)
        return shortcut_record(parent_key, key, text.name, {"tail": text.tail})

    def _ask_again(
        self, rows: list[JsonObject], drive_id: str, folder: OpenFolder | None, parts: list[str]
    ) -> Iterator[RowText]:
        """Rows that do not say what or where they are: the service forgets facets at times (GRAPH_FACTS §2.3)."""
        if not rows:
            return
        ids = [str(row["id"]) for row in rows]
        answers = fetch_items(self._graph, ids, drive_id=drive_id)
        rows = [answer if _is_item(answer) else row for row, answer in zip(rows, map(answers.get, ids), strict=True)]
        for row in self._decide_by_children(rows, drive_id):
            try:
                yield self._texts[drive_id].of_row(row, parent_id=folder.id if folder else "")
            except NotAnItem as error:
                parts.append(_unreadable(row, folder.key if folder else "", error))

    def _decide_by_children(self, rows: list[JsonObject], drive_id: str) -> Iterator[JsonObject]:
        """What still does not say what it is, and has children, is a folder."""
        unknown = [row for row in rows if all(row.get(facet) is None for facet in _TELLING_FACETS)]
        addresses = [f"{item_address(str(row['id']), drive_id)}/children?$top=1&$select=id" for row in unknown]
        folders = [
            row
            for row, answer in zip(unknown, fetch_all(self._graph, addresses), strict=True)
            if not isinstance(answer, NoAnswer) and answer.get("value")
        ]
        for row in rows:
            yield {**row, "folder": {}} if row in folders else row


def _is_item(answer: object) -> TypeGuard[JsonObject]:
    return isinstance(answer, dict) and bool(answer.get("id")) and bool(answer.get("name"))


def _record_without_place(row: JsonObject) -> str:
    """A record for the drive's root, or for something deleted: nothing but the id is said about it."""
    identity = row.get("id")
    if not isinstance(identity, str) or not identity:
        return ""
    key = escape(identity).decode()
    return deleted_record(key) if row.get("deleted") is not None else root_record(key)


def _unreadable(row: JsonObject, parent_key: str, error: NotAnItem) -> str:
    """A record for a row that is no item, with as much of its place as the row tells."""
    identity, name, parent = row.get("id"), row.get("name"), row.get("parentReference")
    key = escape(identity).decode() if isinstance(identity, str) and identity else f"?{id(row)}"
    shown = escape(name).decode() if isinstance(name, str) and name else "(without a name)"
    parent_id = parent.get("id") if isinstance(parent, dict) else None
    if not parent_key:
        parent_key = escape(parent_id).decode() if isinstance(parent_id, str) and parent_id else "?"
    reason = f"it cannot be listed: {error}"
    return exception_record(parent_key, key, shown, reason=reason, by_nature=False)


def shortcut_target(remote: object) -> tuple[str, str, bool] | None:
    """Drive id, item id, and whether it is a file, of what a `remoteItem` facet names; None when it names none."""
    if not isinstance(remote, dict):
        return None
    parent, item_id = remote.get("parentReference"), remote.get("id")
    drive_id = parent.get("driveId") if isinstance(parent, dict) else None
    if not isinstance(drive_id, str) or not isinstance(item_id, str) or not drive_id or not item_id:
        return None
    return normalise_drive_id(drive_id), item_id, remote.get("file") is not None
