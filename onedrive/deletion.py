"""One item that is to be deleted on OneDrive: what must still be true of it in the moment before, and how it went.

A file goes only while it is what was proven to be here: same eTag, same hash, same size. A folder goes only while
nothing is in it. Both go to the recycle bin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from onedrive.batch_reply import BatchReply
from onedrive.drive_item import DriveItem, Kind, NotAnItem, from_graph
from onedrive.errors import ServiceRefused, ServiceUnusable
from onedrive.items_by_id import Answer, is_gone, item_address, says_gone
from onedrive.write_rounds import Settled, WriteRequest, WriteResult, describe_refusal

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
