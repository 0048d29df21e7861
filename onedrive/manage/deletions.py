"""Deleting items on OneDrive: what must still be true in the moment before, how each went, the folders left empty.

A file goes only while it is what was proven to be here: same eTag, same hash, same size. A folder goes only while
nothing is in it. Both go to the recycle bin. `delete.py` makes a run of them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from onedrive.errors import ServiceRefused, ServiceUnusable
from onedrive.graph.batch import Answer, NoAnswer, fetch_all, fetch_items, is_gone, item_address, says_gone
from onedrive.graph.item import DriveItem, Kind, normalise_drive_id
from onedrive.graph.session import SHORTCUTS_SHOWN, BatchReply, GraphSession
from onedrive.home.files import now_text
from onedrive.home.records import BEGUN, DELETED, DELETED_ITEMS, RESTORED, append_rows, read_last_rows, read_unfinished
from onedrive.home.verification import VerifiedItem
from onedrive.manage.writes import (
    WITNESS_GONE,
    Settled,
    WriteRequest,
    WriteResult,
    WriteTask,
    Writing,
    describe_refusal,
    read_answer,
    why_not_own,
)
from onedrive.words import as_text

CHANGED = "it has changed on OneDrive since it was proven; choose 6 to prove it again"
OTHER_MARK = (
    "its bytes are the proven ones, but OneDrive has marked it as another version since; choose 3, then 6, then 7"
)
BIN_PERSONAL = "the recycle bin of https://onedrive.live.com for 30 days"
BIN_WORK = "the recycle bin of your organisation's OneDrive or SharePoint for 93 days"
GONE_BEFORE = "it was already gone from OneDrive"
AS_IF_DONE = "OneDrive said that it was deleted, but it is still there"
_GONE_FOR_A_MOMENT = "OneDrive said that it was gone, but it is still there"
_PAGE = 200


@dataclass(frozen=True, slots=True)
class _Deletion(WriteTask):
    """What is the same for a file and a folder."""

    never = ("remoteItem", "package")
    states = (BEGUN, DELETED)
    is_checked = True

    @abstractmethod
    def why_not(self, item: DriveItem, graph: GraphSession) -> str:
        """Why it must stay, as OneDrive shows it now; '': it may go."""

    def when_gone(self, *, was_sent: bool) -> Settled:
        """Then all is well."""
        return Settled(WriteResult.DONE, "" if was_sent else GONE_BEFORE)

    def decide(self, item: DriveItem, writing: Writing, *, was_sent: bool) -> WriteRequest | Settled:
        """DELETE it, if it is still what is known of it."""
        del was_sent
        if why := self.why_not(item, writing.graph):
            return Settled(WriteResult.REFUSED, why)
        # Personal drives answer 412 to any If-Match of a DELETE (trap 94).
        return WriteRequest("DELETE", item_address(self.item_id), "" if writing.facts.is_personal else item.etag)

    def settle(self, reply: BatchReply) -> Settled | None:
        """Deleted is what a 204 says (driveitem-delete); other kind words may be those of something in between."""
        if reply.status == 204:
            return Settled(WriteResult.DONE)
        if reply.status == 404 and says_gone(reply.error.get("code")):
            return Settled(WriteResult.DONE, GONE_BEFORE)
        if 200 <= reply.status < 300 or reply.status == 404:
            return None
        return Settled(WriteResult.FAILED, describe_refusal(reply))

    def why_not_so(self, answer: Answer, end: Settled) -> str:
        """It must be seen to be gone; where OneDrive gives no answer, its word is all there is."""
        if is_gone(answer) or isinstance(answer, NoAnswer):
            return ""
        return _GONE_FOR_A_MOMENT if end.reason == GONE_BEFORE else AS_IF_DONE


@dataclass(frozen=True, slots=True)
class FileDeletion(_Deletion):
    """A file that is proven to be here, as it was proven; `day` is its own, None where it has none."""

    parent_id: str
    day: date | None
    proof: VerifiedItem

    @property
    def size_bytes(self) -> int:
        """Its size, here and there."""
        return self.proof.size_bytes

    def why_not(self, item: DriveItem, graph: GraphSession) -> str:
        """It must be what was proven: the same bytes, and no change since."""
        del graph
        proof = self.proof
        has_same_bytes = (
            item.kind is Kind.FILE
            and bool(proof.hash)
            and item.quick_xor_hash == proof.hash
            and item.size == proof.size_bytes
            and (not proof.ctag or not item.ctag or item.ctag == proof.ctag)
        )
        if has_same_bytes and proof.etag and item.etag == proof.etag:
            return ""
        is_in_place = (item.parent_id, item.name) == (self.parent_id, self.path.rpartition("/")[2])
        return OTHER_MARK if has_same_bytes and is_in_place else CHANGED

    def to_json(self) -> dict[str, object]:
        """What the record says of it."""
        return {
            "id": self.item_id,
            "driveId": self.drive_id,
            "path": self.path,
            "parentId": self.parent_id,
            "localPath": self.proof.elsewhere or self.proof.local_path,
            "size": self.proof.size_bytes,
            "quickXorHash": self.proof.hash,
            "eTag": self.proof.etag,
        }


@dataclass(frozen=True, slots=True)
class EqualFileDeletion(FileDeletion):
    """A file that goes because an equal one stays, as that was proven: `keeper`."""

    keeper: VerifiedItem

    @property
    def witness_id(self) -> str:
        """The one that stays."""
        return self.keeper.id

    def why_no_witness(self, answer: Answer) -> str:
        """It must be there with the same bytes, and be this drive's own."""
        item = read_answer(answer)
        # Two ids may lead to one file, and then no equal one stays.
        is_keeper = item is not None and item.id == self.keeper.id
        if item is None or not is_keeper or item.kind is not Kind.FILE or item.drive_id != self.drive_id:
            return WITNESS_GONE
        known = self.keeper
        is_equal = bool(known.hash) and (item.quick_xor_hash, item.size) == (known.hash, known.size_bytes)
        return "" if is_equal else "the equal file that was to stay has changed on OneDrive"

    def to_json(self) -> dict[str, object]:
        """What the record says of it."""
        return {**FileDeletion.to_json(self), "keptId": self.keeper.id, "keptPath": self.keeper.path}


@dataclass(frozen=True, slots=True)
class FolderDeletion(_Deletion):
    """A folder that is to go if nothing is in it."""

    def why_not(self, item: DriveItem, graph: GraphSession) -> str:
        """It must be a plain folder, and OneDrive must show and count nothing in it now, shortcuts included."""
        if item.kind is not Kind.FOLDER:
            return "it is no longer a folder"
        try:
            page = graph.get(f"{item_address(self.item_id)}/children?$top=1&$select=id", headers=SHORTCUTS_SHOWN)
            is_empty = _holds_only(page, ())
        except (ServiceRefused, ServiceUnusable):
            return "OneDrive does not show what is in it"
        if not is_empty:
            return "something is in it"
        return "OneDrive counts something in it that it does not show" if _count_children(item) else ""

    def to_json(self) -> dict[str, object]:
        """What the record says of it."""
        return {"id": self.item_id, "driveId": self.drive_id, "path": self.path, "kind": "folder"}


def _count_children(folder: DriveItem) -> int:
    """How many items are in a folder by the service's count, which may be too low: 0 where it says nothing.

    What is no count is taken for one item.
    """
    count = folder.facets.get("folder", {}).get("childCount")
    return 0 if count is None else count if type(count) is int and count >= 0 else 1


@dataclass(frozen=True)
class Unfinished:
    """How that went which an earlier run left open, of both kinds; `unknown` could not be asked about."""

    deleted: int = 0
    still_there: int = 0
    restored: int = 0
    still_gone: int = 0
    unknown: int = 0


def complete_record(home: Path, graph: GraphSession, drive_id: str) -> Unfinished:
    """Ask OneDrive what became of what is open on this drive, and write that down.

    Raises as GraphSession.get, DiskFull.
    """
    rows = [row for row in read_unfinished(home) if normalise_drive_id(str(row.get("driveId"))) == drive_id]
    asked = [*(str(row.get("id")) for row in rows), *(str(row["keptId"]) for row in rows if row.get("keptId"))]
    answers = fetch_items(graph, asked) if rows else {}
    ended: list[Mapping[str, object]] = []
    counts = Counter[tuple[bool, bool]]()
    for row in rows:
        answer = answers[str(row.get("id"))]
        gone, was_deleting = is_gone(answer), row.get("state") == BEGUN
        if isinstance(answer, NoAnswer) and not gone:
            continue
        is_done = gone == was_deleting
        state = (DELETED if was_deleting else RESTORED) if is_done else "failed"
        reason = "seen when OneDrive was asked afterwards" if is_done else "the program ended before OneDrive did it"
        if was_deleting and gone and row.get("keptId") and is_gone(answers[str(row["keptId"])]):
            reason = WITNESS_GONE
        ended.append({**row, "state": state, "reason": reason, "when": now_text()})
        counts[was_deleting, is_done] += 1
    if ended:
        append_rows(home / DELETED_ITEMS, ended)
    both = (True, False)
    deleted, still_there, restored, still_gone = (counts[kind, is_done] for kind in both for is_done in both)
    return Unfinished(deleted, still_there, restored, still_gone, len(rows) - len(ended))


def count_lost(home: Path) -> int:
    """How many files were deleted because of an equal one that is gone as well, and are not back. As `read_rows`."""
    lost: set[object] = set()
    for row in read_last_rows(home / DELETED_ITEMS):
        if row.get("state") == DELETED and row.get("reason") == WITNESS_GONE:
            lost.add(row.get("id"))
        elif row.get("state") == RESTORED:
            lost.discard(row.get("id"))
    return len(lost)


def find_empty_folders(graph: GraphSession, deleted: Sequence[FileDeletion], drive_id: str) -> list[FolderDeletion]:
    """Folders of these files that are empty now, and those above them that held only such folders.

    What is in them is looked at, for a count of 0 proves nothing; one that is too high may count what is not shown,
    as it counts the vault (graph-facts §2.3).
    Raises what concerns more than a folder: ConnectionLost, SignInNeeded, Stopped.
    """
    asking = {task.parent_id: task.path.rpartition("/")[0] for task in deleted if task.parent_id}
    seen: dict[str, DriveItem] = {}
    found: dict[str, FolderDeletion] = {}
    while asking:
        answers = fetch_items(graph, [folder_id for folder_id in asking if folder_id not in seen])
        for folder_id, answer in answers.items():
            item = _read_plain_folder(answer, drive_id)
            if item is not None:
                seen[folder_id] = item
        removable = Counter(seen[folder_id].parent_id for folder_id in found)
        looked_into = [
            folder_id
            for folder_id in asking
            if folder_id in seen and folder_id not in found and _count_children(seen[folder_id]) <= removable[folder_id]
        ]
        above: dict[str, str] = {}
        for folder_id in _find_empty(graph, looked_into, found):
            path = asking[folder_id]
            found[folder_id] = FolderDeletion(folder_id, drive_id, path)
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
    """Whether this is the only page, and on it are only such; what is no item of a page may be anything."""
    if isinstance(answer, NoAnswer) or answer.get("@odata.nextLink"):
        return False
    rows = answer.get("value")
    return isinstance(rows, list) and all(isinstance(row, dict) and as_text(row.get("id")) in found for row in rows)


def _read_plain_folder(answer: Answer, drive_id: str) -> DriveItem | None:
    """A folder that may go at all; None: anything else."""
    item = read_answer(answer)
    if item is None or item.kind is not Kind.FOLDER or not isinstance(answer, dict):
        return None
    return None if why_not_own(item, answer, drive_id, FolderDeletion.never) else item
