"""A pretend drive as JSON for the state file, and back. Items keep their identity: one that is there is updated."""

from __future__ import annotations

import base64
from typing import Any

from onedrive.demo.content import BytesContent, Content, GeneratedContent, SampleContent
from onedrive.demo.dialect import read_time, write_time
from onedrive.demo.drive import DemoDrive
from onedrive.demo.item import DemoItem
from onedrive.demo.names import collation_key
from onedrive.demo.sample_files import make_sample

Json = dict[str, Any]
_PLAIN = (
    *(
        "kind",
        "id",
        "guid",
        "number",
        "name",
        "mime_type",
        "facets",
        "migrated",
        "lists_sha",
        "lists_hashes",
        "listed_size",
    ),
    *("lists_facets", "paced_bytes_per_second", "version", "content_version", "change"),
)
_TIMES = ("created", "modified", "client_created", "client_modified")


def drive_to_json(drive: DemoDrive) -> Json:
    """Everything about one drive, parents before children."""
    return {
        "id": drive.id,
        "dialect": drive.dialect.name,
        "owner_name": drive.owner_name,
        "owner_email": drive.owner_email,
        "changes": drive.changes,
        "next_number": drive.next_number,
        "lists_hashes": drive.lists_hashes,
        "items": [_item_to_json(item) for item in drive.root.tree()],
        "tombstones": [_item_to_json(item) for item in drive.tombstones.values()],
    }


def new_drive_from_json(kept: Json) -> DemoDrive:
    """An empty drive with the same id and owner; `load_drive` fills it."""
    business = kept["dialect"] == "business"
    return DemoDrive(
        kept["dialect"],
        drive_type="business" if business else "personal",
        drive_id=kept["id"],
        owner_name=kept["owner_name"],
        owner_email=kept["owner_email"],
    )


def load_drive(drive: DemoDrive, kept: Json) -> None:
    """Make the drive what was kept."""
    known = {**drive.tombstones, **drive.items}
    drive.items, drive.tombstones = {}, {}
    for kept_item in kept["items"]:
        item = _load_item(drive, known.get(kept_item["id"]), kept_item)
        drive.items[item.id] = item
        if item.parent:
            item.parent.children[collation_key(item.name)] = item
        else:
            drive.root = item
    for kept_item in kept["tombstones"]:
        item = _load_item(drive, known.get(kept_item["id"]), kept_item)
        drive.tombstones[item.id] = item
    drive.changes, drive.next_number, drive.lists_hashes = kept["changes"], kept["next_number"], kept["lists_hashes"]
    for item in list(drive.items.values()):
        for step in item.lineage():
            if step is not item:
                step.bytes_below += item.counted_size


def link_shortcuts(drives: dict[str, DemoDrive], kept_drives: list[Json]) -> None:
    """Let shortcuts point to the items of the other drives again."""
    for kept in kept_drives:
        drive = drives[kept["id"].lower()]
        for kept_item in kept["items"]:
            if kept_item.get("remote"):
                other = drives[kept_item["remote"][0].lower()]
                drive.items[kept_item["id"]].remote = other.items.get(kept_item["remote"][1])
                drive.linked_drives[other.id.lower()] = other


def _item_to_json(item: DemoItem) -> Json:
    kept: Json = {name: getattr(item, name) for name in _PLAIN}
    kept |= {name: write_time(getattr(item, name), "microseconds") for name in _TIMES}
    kept["parent"] = item.parent.id if item.parent else None
    kept["unreadable"] = list(item.unreadable) if item.unreadable else None
    kept["content"] = item.content.to_json() if item.content else None
    kept["listed_content"] = item.listed_content.to_json() if item.listed_content else None
    kept["remote"] = [item.remote.drive.id, item.remote.id] if item.remote else None
    return kept


def _load_item(drive: DemoDrive, item: DemoItem | None, kept: Json) -> DemoItem:
    fields: Json = {name: kept[name] for name in _PLAIN} | {name: read_time(kept[name]) for name in _TIMES}
    parent = drive.items.get(kept["parent"]) or drive.tombstones.get(kept["parent"])
    fields |= {
        "parent": parent,
        "content": _content(kept["content"]),
        "listed_content": _content(kept["listed_content"]),
    }
    fields["unreadable"] = tuple(kept["unreadable"]) if kept["unreadable"] else None
    if item is None:
        return DemoItem(drive=drive, **fields)
    for name, value in fields.items():
        setattr(item, name, value)
    item.children, item.bytes_below = {}, 0
    return item


def _content(kept: Json | None) -> Content | None:
    if kept is None:
        return None
    if "sample" in kept:
        return SampleContent(kept["sample"], make_sample)
    if "generated" in kept:
        return GeneratedContent(kept["generated"], base64.b64decode(kept["head"]))
    return BytesContent(base64.b64decode(kept["base64"]))
