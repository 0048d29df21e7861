"""Deleting items on OneDrive: what must still be true in the moment before, how each went, the folders left empty.

A file goes only while it is what was proven to be here: same eTag, same hash, same size. A folder goes only while
nothing is in it. Both go to the recycle bin.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from onedrive.errors import ServiceRefused, ServiceUnusable
from onedrive.graph.batch import Answer, NoAnswer, fetch_all, fetch_items, is_gone, item_address, says_gone
from onedrive.graph.item import DriveItem, Kind, NotAnItem, from_graph, normalise_drive_id
from onedrive.graph.session import SHORTCUTS_SHOWN, BatchReply, GraphSession, read_items, read_link
from onedrive.home.records import BEGUN, DELETED_ITEMS, ChangeRecord, now_text, read_unfinished
from onedrive.manage.writes import Settled, WriteRequest, WriteResult, WriteTask, describe_refusal

CHANGED = "it has changed on OneDrive since it was proven; option 6 proves it anew"
OTHER_MARK = (
    "its bytes are the proven ones, but OneDrive gives it another version mark than then; choose 3 and 6, then 7 again"
)
STILL_UNCHANGED = "OneDrive says that it has changed (412), and shows it unchanged"
GONE_BEFORE = "it was gone from OneDrive already"
_NEVER = ("specialFolder", "remoteItem", "package")


@dataclass(frozen=True, slots=True)
class FileDeletion:
    """A file that is proven to be here, as it was proven. `sends_if_match`: on work drives; personal ones answer 412
    always (trap 94).
    """  # fmt: skip

    item_id: str
    drive_id: str
    parent_id: str
    path: str
    local_path: str
    size_bytes: int
    hash: str
    etag: str
    ctag: str
    sends_if_match: bool = False

    def decide(self, answer: Answer, *, was_sent: bool) -> WriteRequest | Settled:
        """DELETE it, if it is still what was proven."""
        item = _read(answer, self.drive_id, was_sent=was_sent)
        if isinstance(item, Settled):
            return item
        has_same_bytes = (
            item.kind is Kind.FILE
            and bool(self.hash)
            and item.quick_xor_hash == self.hash
            and item.size == self.size_bytes
            and (not self.ctag or not item.ctag or item.ctag == self.ctag)
        )
        if has_same_bytes and self.etag and item.etag == self.etag:
            return _delete(self.item_id, self.etag if self.sends_if_match else "")
        is_in_place = (item.parent_id, item.name) == (self.parent_id, self.path.rpartition("/")[2])
        return Settled(WriteResult.REFUSED, OTHER_MARK if has_same_bytes and is_in_place else CHANGED)

    def settle(self, reply: BatchReply) -> Settled | None:
        """How it went."""
        return _settle(reply)

    def to_json(self) -> dict[str, object]:
        """What the record says of it."""
        return {
            "id": self.item_id,
            "driveId": self.drive_id,
            "path": self.path,
            "localPath": self.local_path,
            "size": self.size_bytes,
            "quickXorHash": self.hash,
            "eTag": self.etag,
        }


@dataclass(frozen=True, slots=True)
class FolderDeletion:
    """A folder that is to go if nothing is in it; `is_empty` asks OneDrive for what is in it now."""

    item_id: str
    drive_id: str
    path: str
    sends_if_match: bool
    is_empty: Callable[[str], bool]

    def decide(self, answer: Answer, *, was_sent: bool) -> WriteRequest | Settled:
        """DELETE it, if it is a plain folder of this drive and empty now."""
        item = _read(answer, self.drive_id, was_sent=was_sent)
        if isinstance(item, Settled):
            return item
        if item.kind is not Kind.FOLDER:
            return Settled(WriteResult.REFUSED, "it is not a folder any more")
        try:
            is_empty = self.is_empty(self.item_id)
        except (ServiceRefused, ServiceUnusable):
            return Settled(WriteResult.REFUSED, "OneDrive does not show what is in it")
        if not is_empty:
            return Settled(WriteResult.REFUSED, "something is in it")
        if count_children(item):
            return Settled(WriteResult.REFUSED, "OneDrive counts something in it that it does not show")
        return _delete(self.item_id, item.etag if self.sends_if_match else "")

    def settle(self, reply: BatchReply) -> Settled | None:
        """How it went."""
        return _settle(reply)

    def to_json(self) -> dict[str, object]:
        """What the record says of it."""
        return {"id": self.item_id, "driveId": self.drive_id, "path": self.path, "kind": "folder"}


def count_children(folder: DriveItem) -> int:
    """How many items are in a folder by the service's count, which may be too low: 0 where it says nothing."""
    count = folder.facets.get("folder", {}).get("childCount")
    return count if isinstance(count, int) else 0


def _read(answer: Answer, drive_id: str, *, was_sent: bool) -> DriveItem | Settled:
    """The item as it is now, if it may be deleted at all."""
    if is_gone(answer):
        return Settled(WriteResult.DONE, "" if was_sent else GONE_BEFORE)
    if isinstance(answer, ServiceRefused | ServiceUnusable):
        return Settled(WriteResult.FAILED, "OneDrive did not say how it is now")
    try:
        item = from_graph(answer)
    except NotAnItem as error:
        return Settled(WriteResult.FAILED, f"OneDrive's answer cannot be used: {error}")
    if not item.drive_id:
        return Settled(WriteResult.REFUSED, "OneDrive did not say on which drive it is")
    if item.drive_id != drive_id:
        return Settled(WriteResult.REFUSED, "it is on another drive")
    if answer.get("root") is not None or any(facet in item.facets for facet in _NEVER):
        return Settled(WriteResult.REFUSED, "it is one of OneDrive's own or somebody else's")
    return item


def _delete(item_id: str, etag: str) -> WriteRequest:
    return WriteRequest("DELETE", item_address(item_id), {"If-Match": etag} if etag else {})


def _settle(reply: BatchReply) -> Settled | None:
    """Deleted is what a 204 says (driveitem-delete); other kind words may be those of something in between."""
    if reply.status == 204:
        return Settled(WriteResult.DONE)
    if reply.status == 404 and says_gone(reply.error.get("code")):
        return Settled(WriteResult.DONE, GONE_BEFORE)
    if 200 <= reply.status < 300 or reply.status == 404:
        return None
    return Settled(WriteResult.FAILED, STILL_UNCHANGED if reply.status == 412 else describe_refusal(reply))


_STATES = {WriteResult.DONE: "deleted", WriteResult.REFUSED: "refused", WriteResult.FAILED: "failed"}


class DeletionRecord:
    """The record of a home; `tell` hears how each item went, once that is on the disk."""

    def __init__(self, home: Path, tell: Callable[[WriteTask, Settled], None]) -> None:
        self._record = ChangeRecord(home / DELETED_ITEMS)
        self._tell = tell

    def begin(self, tasks: Sequence[WriteTask]) -> None:
        """These are about to be deleted."""
        self._record.append([{"state": BEGUN, **_row(task), "when": now_text()} for task in tasks])

    def end(self, settled: Sequence[tuple[WriteTask, Settled]]) -> None:
        """This is how they went."""
        rows = []
        for task, end in settled:
            row = {"state": _STATES.get(end.result, "failed"), **_row(task)}
            rows.append({**row, **({"reason": end.reason} if end.reason else {}), "when": now_text()})
        self._record.append(rows)
        for task, end in settled:
            self._tell(task, end)


@dataclass(frozen=True)
class Unfinished:
    """How the deletions went that an earlier run left open; `unknown` could not be asked about."""

    deleted: int = 0
    still_there: int = 0
    unknown: int = 0


def complete_record(home: Path, graph: GraphSession, drive_id: str) -> Unfinished:
    """Ask OneDrive what became of the deletions that are open on this drive, and write that down.

    Raises as GraphSession.get, DiskFull.
    """
    rows = [row for row in read_unfinished(home) if normalise_drive_id(str(row.get("driveId"))) == drive_id]
    answers = fetch_items(graph, [str(row.get("id")) for row in rows]) if rows else {}
    ended: list[Mapping[str, object]] = []
    deleted = 0
    for row in rows:
        answer = answers[str(row.get("id"))]
        gone = is_gone(answer)
        if isinstance(answer, NoAnswer) and not gone:
            continue
        reason = "seen when OneDrive was asked afterwards" if gone else "the program ended before OneDrive did it"
        ended.append({**row, "state": "deleted" if gone else "failed", "reason": reason, "when": now_text()})
        deleted += gone
    if ended:
        ChangeRecord(home / DELETED_ITEMS).append(ended)
    return Unfinished(deleted, len(ended) - deleted, len(rows) - len(ended))


def _row(task: WriteTask) -> dict[str, object]:
    if not isinstance(task, FileDeletion | FolderDeletion):
        raise TypeError("only deletions are recorded here")
    return task.to_json()


_FIXED = ("specialFolder", "remoteItem", "package")
_PAGE = 200


def find_empty_folders(graph: GraphSession, deleted: Sequence[FileDeletion], drive_id: str) -> list[FolderDeletion]:
    """Folders of these files that are empty now, and those above them that held only such folders.

    What is in them is looked at, for a count of 0 proves nothing; one that is too high may count what is not shown,
    as it counts the vault (GRAPH_FACTS §2.3).
    Raises what concerns more than a folder: ConnectionLost, SignInNeeded, Stopped.
    """
    asking = {task.parent_id: task.path.rpartition("/")[0] for task in deleted if task.parent_id}
    seen: dict[str, DriveItem] = {}
    found: dict[str, FolderDeletion] = {}
    while asking:
        answers = fetch_items(graph, [folder_id for folder_id in asking if folder_id not in seen])
        plain = {folder_id: _read_plain_folder(answer, drive_id) for folder_id, answer in answers.items()}
        seen |= {folder_id: item for folder_id, item in plain.items() if item is not None}
        removable = Counter(seen[folder_id].parent_id for folder_id in found)
        looked_into = [
            folder_id
            for folder_id in asking
            if folder_id in seen and folder_id not in found and count_children(seen[folder_id]) <= removable[folder_id]
        ]
        above: dict[str, str] = {}
        for folder_id in _find_empty(graph, looked_into, found):
            path = asking[folder_id]
            found[folder_id] = FolderDeletion(folder_id, drive_id, path, sends_if_match=False, is_empty=_never)
            if parent_id := seen[folder_id].parent_id:
                above[parent_id] = path.rpartition("/")[0]
        asking = above
    return sorted(found.values(), key=lambda folder: (-folder.path.count("/"), folder.path))


def _find_empty(graph: GraphSession, folder_ids: Sequence[str], found: Collection[str]) -> list[str]:
    """Those of the folders that hold nothing but what was `found` empty itself."""
    most = len(found) + 1
    addresses = [f"{item_address(folder_id)}/children?$top={min(most, _PAGE)}&$select=id" for folder_id in folder_ids]
    answers = zip(folder_ids, fetch_all(graph, addresses), strict=True)
    return [folder_id for folder_id, answer in answers if _holds_only(answer, found)]


def _holds_only(answer: Answer, found: Collection[str]) -> bool:
    if isinstance(answer, NoAnswer):
        return False
    try:
        return all(row.get("id") in found for row in read_items(answer)) and not answer.get("@odata.nextLink")
    except ServiceUnusable:
        return False


def is_empty_folder(graph: GraphSession, folder_id: str) -> bool:
    """Ask whether nothing is in a folder now, shortcuts included. Raises ServiceRefused, ServiceUnusable."""
    page = graph.get(f"{item_address(folder_id)}/children?$top=1&$select=id", headers=SHORTCUTS_SHOWN)
    return not read_items(page) and read_link(page, "@odata.nextLink") is None


def _read_plain_folder(answer: Answer, drive_id: str) -> DriveItem | None:
    """A folder that may go at all; None: anything else."""
    if isinstance(answer, NoAnswer) or answer.get("root") is not None:
        return None
    try:
        item = from_graph(answer)
    except NotAnItem:
        return None
    is_plain = item.kind is Kind.FOLDER and item.drive_id == drive_id and not any(f in item.facets for f in _FIXED)
    return item if is_plain else None


def _never(folder_id: str) -> bool:
    """Until somebody can ask, no folder counts as empty."""
    del folder_id
    return False
