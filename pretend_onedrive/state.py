"""The demo's home: one state file that holds what the pretend OneDrive knows, so that a second start goes on there.

pretend_onedrive.json           drives, codes and tokens; written whole and replaced at once after each change
pretend_onedrive_server.json    the port and key of the server that runs on this home, while one runs
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import os
import secrets
import threading
from pathlib import Path

from pretend_onedrive.model.content import BytesContent, Content, GeneratedContent, SampleContent
from pretend_onedrive.model.dialect import Json, collation_key, read_time, write_time
from pretend_onedrive.model.drive import DemoDrive, DemoItem
from pretend_onedrive.model.sample import make_sample
from pretend_onedrive.signin.tokens import Grants

_CONTENTS = ("content", "listed_content")
_TIMES = ("created", "modified", "client_created", "client_modified")
_OTHERWISE = {"drive", "parent", "remote", "unreadable", "children", "bytes_below", *_CONTENTS, *_TIMES}
_PLAIN = [field.name for field in dataclasses.fields(DemoItem) if field.name not in _OTHERWISE]


def drive_to_json(drive: DemoDrive) -> Json:
    """Everything about one drive, parents before children."""
    plain = ("id", "owner_name", "owner_email", "changes", "next_number", "lists_hashes")
    return {name: getattr(drive, name) for name in plain} | {
        "dialect": drive.dialect.name,
        "items": [_item_to_json(item) for item in drive.root.tree()],
        "tombstones": [_item_to_json(item) for item in drive.tombstones.values()],
        "bundles": [_item_to_json(item) for item in drive.bundles.values()],
    }


def new_drive_from_json(kept: Json) -> DemoDrive:
    """An empty drive with the same id and owner; `load_drive` fills it."""
    names = {"drive_id": kept["id"], "owner_name": kept["owner_name"], "owner_email": kept["owner_email"]}
    return DemoDrive(kept["dialect"], **names)


def load_drive(drive: DemoDrive, kept: Json) -> None:
    """Make the drive what was kept."""
    known = {**drive.tombstones, **drive.items}
    drive.items, drive.tombstones = {}, {}
    for table, kept_items in ((drive.items, kept["items"]), (drive.tombstones, kept["tombstones"])):
        for kept_item in kept_items:
            table[kept_item["id"]] = _load_item(drive, known.get(kept_item["id"]), kept_item)
    bundles = ((one, drive.bundles.get(one["id"])) for one in kept.get("bundles", []))
    drive.bundles = {one["id"]: _load_item(drive, item, one) for one, item in bundles}
    _put_bin_together(drive, kept)
    for item in drive.items.values():
        if item.parent:
            item.parent.children[collation_key(item.name)] = item
        else:
            drive.root = item
    drive.changes, drive.next_number, drive.lists_hashes = kept["changes"], kept["next_number"], kept["lists_hashes"]
    for item in list(drive.items.values()):
        for step in item.lineage():
            if step is not item:
                step.bytes_below += item.counted_size


def _put_bin_together(drive: DemoDrive, kept: Json) -> None:
    """What was deleted together with its folder is in it, in the recycle bin too: it was deleted after it."""
    parents = {one["id"]: drive.tombstones.get(one["parent"]) for one in kept["tombstones"]}
    inside = {item.id: parent for item in drive.tombstones.values() if (parent := parents[item.id])}
    for item in drive.tombstones.values():
        item.parent = item.parent or inside.get(item.id)
        if item.id in inside and item.change > inside[item.id].change:
            inside[item.id].children[collation_key(item.name)] = item
            step: DemoItem | None = inside[item.id]
            while step:
                step.bytes_below += item.counted_size
                step = inside.get(step.id) if step.id in inside and step.change > inside[step.id].change else None


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
    contents = {name: getattr(item, name) for name in _CONTENTS}
    kept |= {name: content.to_json() if content else None for name, content in contents.items()}
    kept["remote"] = [item.remote.drive.id, item.remote.id] if item.remote else None
    return kept


def _load_item(drive: DemoDrive, item: DemoItem | None, kept: Json) -> DemoItem:
    fields: Json = {name: kept[name] for name in _PLAIN if name in kept}  # older homes lack some
    fields |= {name: read_time(kept[name]) for name in _TIMES}
    fields["parent"] = drive.items.get(kept["parent"]) or drive.tombstones.get(kept["parent"])
    fields |= {name: _content(kept[name]) for name in _CONTENTS}
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


STATE_FILE = "pretend_onedrive.json"
SERVER_FILE = "pretend_onedrive_server.json"
_VERSION = 1


class DemoHome:
    """Keeps one drive, what it leads to, and the grants in a folder; `key` opens the door for changes from outside."""

    def __init__(self, folder: Path, drive: DemoDrive, grants: Grants | None = None) -> None:
        self.folder = folder
        self.drive = drive
        self.grants = grants
        self.key = secrets.token_hex(16)
        self._kept_grants: Json | None = None
        self._saved: tuple[int, ...] = ()
        self._drives_text: tuple[tuple[int, ...], str] = ((), "")
        self._lock = threading.Lock()

    def open(self, port: int) -> None:
        """Take over what was kept, and say where the server is."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.load()
        self.save_if_changed()
        _write(self.folder / SERVER_FILE, json.dumps({"port": port, "key": self.key, "pid": os.getpid()}))

    def close(self) -> None:
        """Keep everything, and take the sign off the door if it is still ours."""
        self.save_if_changed()
        running = read_server_file(self.folder)
        if running and running.get("key") == self.key:
            (self.folder / SERVER_FILE).unlink(missing_ok=True)

    def load(self) -> bool:
        """Read the state file; False when there is none that fits. A damaged one is set aside."""
        path = self.folder / STATE_FILE
        try:
            self._take_over(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return False
        except (ValueError, KeyError, TypeError, IndexError):
            with contextlib.suppress(OSError):
                path.replace(path.with_name(path.name + ".damaged"))
            return False
        return True

    def _take_over(self, kept: Json) -> None:
        if kept["version"] != _VERSION or kept["drives"][0]["id"].lower() != self.drive.id.lower():
            raise ValueError("a state of another drive")
        known = self.drive.reachable_drives()
        drives = {one["id"].lower(): known.get(one["id"].lower()) or new_drive_from_json(one) for one in kept["drives"]}
        for one in kept["drives"]:
            load_drive(drives[one["id"].lower()], one)
        link_shortcuts(drives, kept["drives"])
        self._kept_grants = kept["grants"]
        if self.grants and self._kept_grants:
            self.grants.load(self._kept_grants)

    def save_if_changed(self) -> None:
        """Write the state file when something has changed since it was last written."""
        with self._lock:
            drives = tuple(drive.changes for drive in self.drive.reachable_drives().values())
            now = (*drives, self.grants.revision if self.grants else 0)
            if now == self._saved:
                return
            grants = self.grants.to_json() if self.grants else self._kept_grants
            text = f'{{"version":{_VERSION},"grants":{json.dumps(grants)},"drives":{self._drives_as_text(drives)}}}'
            try:
                _write(self.folder / STATE_FILE, text)
            except OSError:
                if not self._saved:
                    raise
                return  # the disk has filled up meanwhile: the service goes on, and keeps it when it can
            self._saved = now

    def _drives_as_text(self, revisions: tuple[int, ...]) -> str:
        """The drives as JSON, made anew only when one has changed."""
        if self._drives_text[0] != revisions:
            drives = self.drive.reachable_drives().values()
            with self.drive.lock:
                self._drives_text = (revisions, json.dumps([drive_to_json(drive) for drive in drives]))
        return self._drives_text[1]


def read_server_file(folder: Path) -> Json | None:
    """Port and key of the server on this home; None when none was started (it may have died since)."""
    try:
        running = json.loads((folder / SERVER_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return running if isinstance(running, dict) else None


def read_kept_drive(folder: Path) -> DemoDrive | None:
    """An empty drive of the kind that the state file holds; None when there is no state file."""
    try:
        kept = json.loads((folder / STATE_FILE).read_text(encoding="utf-8"))
        return new_drive_from_json(kept["drives"][0])
    except (OSError, ValueError, KeyError, IndexError):
        return None


def _write(path: Path, text: str) -> None:
    """Replace the file at once; readable by its owner only."""
    unfinished = path.with_name(path.name + ".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.replace(path)
