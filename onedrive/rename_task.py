"""One item that gets another name on OneDrive: what must still be true of it in the moment before, and how it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from onedrive.batch_reply import BatchReply
from onedrive.drive_item import NotAnItem, from_graph
from onedrive.errors import ServiceRefused, ServiceUnusable
from onedrive.items_by_id import Answer, item_address
from onedrive.write_rounds import Settled, WriteRequest, WriteResult, describe_refusal

CHANGED = "it has changed on OneDrive since the list was made"
TAKEN = "something whose name OneDrive takes for the same is in the folder already"


@dataclass(frozen=True, slots=True)
class RenameTask:
    """One request. `etag` is the one that is known of the item, '' when none is. `final_name` is what the item is to be
    called in the end; `path` is where it was before all.
    """  # fmt: skip

    item_id: str
    drive_id: str
    parent_id: str
    path: str
    old_name: str
    new_name: str
    final_name: str
    etag: str

    def decide(self, answer: Answer, *, was_sent: bool) -> WriteRequest | Settled:
        """PATCH its name, if it is still what is known of it; the dates of the file go along (trap 97)."""
        if isinstance(answer, ServiceRefused) and answer.status == 404:
            return Settled(WriteResult.REFUSED, "it is no longer on OneDrive")
        if isinstance(answer, ServiceRefused | ServiceUnusable):
            return Settled(WriteResult.FAILED, "OneDrive did not say how it is now")
        try:
            item = from_graph(answer)
        except NotAnItem as error:
            return Settled(WriteResult.FAILED, f"OneDrive's answer cannot be used: {error}")
        if was_sent and item.name == self.new_name:
            return Settled(WriteResult.DONE, item=answer)
        if item.drive_id != self.drive_id or "root" in answer or "remoteItem" in item.facets:
            return Settled(WriteResult.REFUSED, "it is not an item of your own drive")
        if "specialFolder" in item.facets:
            return Settled(WriteResult.REFUSED, "it is one of OneDrive's own folders")
        if item.name != self.old_name or item.parent_id != self.parent_id:
            return Settled(WriteResult.REFUSED, "it has another name or place on OneDrive now")
        if self.etag and item.etag != self.etag:
            return Settled(WriteResult.REFUSED, CHANGED)
        times = item.facets.get("fileSystemInfo", {})
        kept = {key: times[key] for key in ("createdDateTime", "lastModifiedDateTime") if key in times}
        body: dict[str, object] = {"name": self.new_name, **({"fileSystemInfo": kept} if kept else {})}
        return WriteRequest("PATCH", item_address(self.item_id), {"If-Match": item.etag} if item.etag else {}, body)

    def settle(self, reply: BatchReply) -> Settled | None:
        """How it went: renamed is what comes back as the item itself."""
        if 200 <= reply.status < 300:
            is_item = reply.body.get("id") == self.item_id and reply.body.get("name") == self.new_name
            return Settled(WriteResult.DONE, item=reply.body) if is_item else None
        if reply.status == 404:
            return Settled(WriteResult.REFUSED, "it is no longer on OneDrive")
        if reply.status == 412:
            return Settled(WriteResult.FAILED, "OneDrive says that it has changed (412), and shows it unchanged")
        return Settled(WriteResult.FAILED, TAKEN if reply.status == 409 else describe_refusal(reply))

    def to_json(self) -> Mapping[str, object]:
        """What the record says of it."""
        return {
            "id": self.item_id,
            "driveId": self.drive_id,
            "path": self.path,
            "oldName": self.old_name,
            "newName": self.new_name,
            "finalName": self.final_name,
        }
