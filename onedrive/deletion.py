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
from onedrive.items_by_id import Answer, item_address
from onedrive.write_rounds import Settled, WriteRequest, WriteResult, describe_refusal

CHANGED = "it has changed on OneDrive since it was proven; option 6 proves it anew"
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
        is_same = (
            item.kind is Kind.FILE
            and bool(self.etag)
            and item.etag == self.etag
            and bool(self.hash)
            and item.quick_xor_hash == self.hash
            and item.size == self.size_bytes
            and (not self.ctag or not item.ctag or item.ctag == self.ctag)
        )
        if not is_same:
            return Settled(WriteResult.REFUSED, CHANGED)
        return _delete(self.item_id, self.etag if self.sends_if_match else "")

    def settle(self, reply: BatchReply) -> Settled:
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
        return _delete(self.item_id, item.etag if self.sends_if_match else "")

    def settle(self, reply: BatchReply) -> Settled:
        """How it went."""
        return _settle(reply)

    def to_json(self) -> dict[str, object]:
        """What the record says of it."""
        return {"id": self.item_id, "driveId": self.drive_id, "path": self.path, "kind": "folder"}


Deletion = FileDeletion | FolderDeletion


def _read(answer: Answer, drive_id: str, *, was_sent: bool) -> DriveItem | Settled:
    """The item as it is now, if it may be deleted at all."""
    if isinstance(answer, ServiceRefused) and answer.status == 404:
        return Settled(WriteResult.DONE, "" if was_sent else GONE_BEFORE)
    if isinstance(answer, ServiceRefused | ServiceUnusable):
        return Settled(WriteResult.FAILED, "OneDrive did not say how it is now")
    if answer.get("deleted") is not None:
        return Settled(WriteResult.DONE, "" if was_sent else GONE_BEFORE)
    try:
        item = from_graph(answer)
    except NotAnItem as error:
        return Settled(WriteResult.FAILED, f"OneDrive's answer cannot be used: {error}")
    if item.drive_id != drive_id:
        return Settled(WriteResult.REFUSED, "it is on another drive")
    if answer.get("root") is not None or any(facet in item.facets for facet in _NEVER):
        return Settled(WriteResult.REFUSED, "it is one of OneDrive's own or somebody else's")
    return item


def _delete(item_id: str, etag: str) -> WriteRequest:
    return WriteRequest("DELETE", item_address(item_id), {"If-Match": etag} if etag else {})


def _settle(reply: BatchReply) -> Settled:
    if 200 <= reply.status < 300:
        return Settled(WriteResult.DONE)
    if reply.status == 404:
        return Settled(WriteResult.DONE, GONE_BEFORE)
    if reply.status == 412:
        return Settled(WriteResult.REFUSED, CHANGED)
    return Settled(WriteResult.FAILED, describe_refusal(reply))
