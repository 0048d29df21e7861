"""DemoDrive: the model of a OneDrive, with no sockets. Items by id and path, and every change by number.

    drive = DemoDrive()
    photo = drive.add_file("/Pictures/2023/a.jpg", b"...", photo={"takenDateTime": "2023-05-06T07:08:09Z"})
    drive.rename(photo, "b.jpg")

Every change gets the next number and is stamped on the item (`item.change`), so that what changed since any moment
can be told (`graph/delta.py`). Deleted items stay known as tombstones.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from pretend_onedrive.model.content import BytesContent, Content, GeneratedContent
from pretend_onedrive.model.dialect import DIALECTS, collation_key, mime_type_of, read_time, sort_key

Kind = Literal["root", "folder", "file", "notebook", "vault", "shortcut", "bundle"]


@dataclass(eq=False, kw_only=True)
class DemoItem:
    """A drive item as the service knows it.

    `version` and `content_version` are the counters behind eTag and cTag; `change` is the number of the drive's
    change that touched it last. `created`/`modified` are the service's times, `client_…` those of fileSystemInfo.
    """

    drive: DemoDrive
    kind: Kind
    id: str
    guid: str
    number: int
    name: str
    parent: DemoItem | None
    created: datetime
    modified: datetime
    client_created: datetime
    client_modified: datetime
    content: Content | None = None
    mime_type: str | None = None
    facets: dict[str, Any] = field(default_factory=dict)
    remote: DemoItem | None = None  # what a shortcut points to, on another drive
    members: list[str] = field(default_factory=list)  # of a bundle: the ids of its files, in its order
    migrated: bool = False  # came from the old back end: keeps its old id
    lists_sha: bool = False  # sha1 and sha256 are listed beside quickXorHash
    lists_hashes: bool = True
    listed_size: int | None = None  # None: the true size is listed
    listed_content: Content | None = None  # whose hash is listed though other bytes are served (Live Photo)
    unreadable: tuple[int, str] | None = None  # status and code with which a folder refuses to be opened
    told: bool = (
        True  # False: what changes of it is never among the changes; only a whole delta shows it (or that it is gone)
    )
    lists_facets: bool = True  # False: neither file nor folder facet comes back, as seen with `$select`
    paced_bytes_per_second: int | None = None
    version: int = 1
    content_version: int = 1
    change: int = 0
    purged: bool = False  # of a deleted item: it has left the recycle bin
    bytes_below: int = 0  # of a folder: the sum of the files in it, at any depth
    children: dict[str, DemoItem] = field(default_factory=dict)

    @property
    def is_folder(self) -> bool:
        """Whether it holds other items (a notebook and the vault do too)."""
        return self.kind not in ("file", "shortcut", "bundle")

    @property
    def size(self) -> int:
        """The size that the service lists, in bytes."""
        if self.listed_size is not None:
            return self.listed_size
        return self.bytes_below if self.is_folder else self.true_size

    @property
    def true_size(self) -> int:
        """The number of bytes that are served."""
        return self.content.size if self.content else 0

    @property
    def counted_size(self) -> int:
        """The bytes that folders and the quota count: what a Live Photo is listed with, not what is served."""
        return self.listed_content.size if self.listed_content else self.true_size

    @property
    def bytes_in_all(self) -> int:
        """What the item adds to the sums of the folders above it."""
        return self.bytes_below if self.is_folder else self.counted_size

    @property
    def path(self) -> str:
        """`/Pictures/2023/a.jpg`, from the drive's root; the root itself is `/`. A bundle is in no folder."""
        if self.kind == "bundle":
            return f"bundles/{self.name}"
        return "/" + "/".join(step.name for step in reversed(list(self.lineage())) if step.parent)

    @property
    def depth(self) -> int:
        """Steps from the root."""
        return sum(1 for _ in self.lineage()) - 1

    @property
    def etag(self) -> str:
        """Changes with every change of the item."""
        return self.drive.dialect.etag(self)

    @property
    def ctag(self) -> str:
        """Changes with the content only."""
        return self.drive.dialect.ctag(self)

    @property
    def quick_xor_hash(self) -> str | None:
        """The hash that is listed; None where there is none (no file, nothing in it, withheld)."""
        shown = self.listed_content or self.content
        lists = self.lists_hashes and self.drive.lists_hashes
        return shown.quick_xor_hash if shown and shown.size and lists else None

    def lineage(self) -> Iterator[DemoItem]:
        """The item, its parent, and so on up to the root."""
        step: DemoItem | None = self
        while step:
            yield step
            step = step.parent

    def is_within(self, folder: DemoItem) -> bool:
        """Whether `folder` is this item or one above it."""
        return any(step is folder for step in self.lineage())

    def sorted_children(self) -> list[DemoItem]:
        """What is in it, by name."""
        return sorted(self.children.values(), key=lambda child: sort_key(child.name))

    def child(self, name: str) -> DemoItem | None:
        """The item of that name in it, compared as the service compares names."""
        return self.children.get(collation_key(name))

    def check_free(self, name: str, besides: DemoItem | None = None) -> None:
        """Raise ValueError where nothing can be put, FileExistsError when another item has the name."""
        if not self.is_folder or self.kind == "vault":
            raise ValueError(f"{self.path} is not a folder that takes items")
        if besides and self.is_within(besides):
            raise ValueError(f"{self.path} is within {besides.path}")
        standing = self.child(name)
        if standing and standing is not besides:
            raise FileExistsError(f"{self.path.rstrip('/')}/{name}")

    def tree(self) -> Iterator[DemoItem]:
        """The item and all below it, parents first."""
        waiting = [self]
        while waiting:
            item = waiting.pop()
            yield item
            waiting.extend(reversed(item.sorted_children()))

    def __repr__(self) -> str:
        return f"<DemoItem {self.kind} {re.escape(self.path)!r}>"


PERSON_DRIVE_ID = "0f09000000cfea42"
WORK_DRIVE_ID = "b!7Jp1xQm2hUqkT0sVd3wZ9aLr5YyC8eNfGbX4oPiK6uHtMvRjEzDlQnSgWcA1B2F3"
LONG_AGO = "2026-02-19T07:35:51Z"


class DemoDrive:
    """One drive: personal in the new dialect unless said otherwise.

    `dialect` is "new" or "old" (personal) or "business"; `drive_type="business"` means the last one too.
    """

    def __init__(
        self,
        dialect: str = "new",
        *,
        drive_type: str = "personal",
        drive_id: str | None = None,
        owner_name: str = "Example Person",
        owner_email: str = "person@example.com",
    ) -> None:
        self.dialect = DIALECTS["business" if drive_type == "business" else dialect]
        self.drive_type = self.dialect.drive_type
        self.id = drive_id or (WORK_DRIVE_ID if self.drive_type == "business" else PERSON_DRIVE_ID)
        self.owner_name = owner_name
        self.owner_email = owner_email
        self.created = read_time("2026-02-16T05:06:27Z")
        self.quota_bytes = 5 * 1024**3
        self.unlisted_bytes = 0  # what counts as used and is in no file: earlier versions, the recycle bin
        self.lists_hashes = True
        self.spelled: dict[str, Any] = {}  # what its own record shows otherwise: its owner, its id
        self.tells_case_apart_when_renaming = True  # False: another case alone is refused as the same name
        self.lock = threading.RLock()
        self.clock: Callable[[], float] = time.time
        self.changes = 0  # the number of the latest change
        self.items: dict[str, DemoItem] = {}
        self.tombstones: dict[str, DemoItem] = {}
        self.bundles: dict[str, DemoItem] = {}  # albums, and what else groups files outside the tree
        self.linked_drives: dict[str, DemoDrive] = {}  # drives of other people that shortcuts point to
        self.next_number = 101
        self.root = self._new_root()

    def add_folder(self, path: str, *, special: str | None = None, modified: str | None = None) -> DemoItem:
        """The folder at `path`, made with its parents where missing; `special` is its English alias ("photos")."""
        with self.lock:
            folder = self.root
            for name in _split(path):
                folder = folder.child(name) or self._add(folder, name, "folder", modified=modified)
            if special:
                folder.facets["specialFolder"] = {"name": special}
            return folder

    def add_file(
        self,
        path: str,
        content: bytes | Content,
        *,
        modified: str | None = None,
        created: str | None = None,
        mime_type: str | None = None,
        migrated: bool = False,
        lists_sha: bool = False,
        **facets: dict[str, Any] | None,
    ) -> DemoItem:
        """A file with bytes; parents are made. Further names are facets: `photo={…}`, `image={…}`, `malware={}`."""
        with self.lock:
            folder, name = self._place_for(path)
            item = self._add(folder, name, "file", created=created, modified=modified, migrated=migrated)
            item.mime_type = mime_type or mime_type_of(name)
            item.lists_sha = lists_sha
            item.facets.update({facet: value for facet, value in facets.items() if value is not None})
            self._set_content(item, content)
            return item

    def add_generated_file(
        self,
        path: str,
        size: int,
        *,
        head: bytes = b"",
        paced_bytes_per_second: int | None = None,
        modified: str | None = None,
    ) -> DemoItem:
        """A file of `size` bytes made on the fly, served no faster than the pace (None: as fast as it goes)."""
        item = self.add_file(path, GeneratedContent(size, head), modified=modified)
        item.paced_bytes_per_second = paced_bytes_per_second
        return item

    def add_notebook(self, path: str, *, modified: str | None = None) -> DemoItem:
        """A OneNote notebook: a package without content of its own, with two section files in it."""
        with self.lock:
            folder, name = self._place_for(path)
            notebook = self._add(folder, name, "notebook", modified=modified)
            for section in ("Notes.one", "Open Notebook.onetoc2"):
                item = self._add(notebook, section, "file", modified=modified)
                item.mime_type, item.lists_hashes = "application/msonenote", False
                self._set_content(item, f"pretend OneNote section {path}/{section}\n".encode() * 20)
            notebook.listed_size = 523344
            return notebook

    def add_vault(self, path: str = "/Personal Vault") -> DemoItem:
        """The Personal Vault: listed as a plain folder, and refusing to be opened."""
        with self.lock:
            folder, name = self._place_for(path)
            vault = self._add(folder, name, "vault")
            vault.unreadable = (400, "vault")
            return vault

    def add_shortcut(self, path: str, other_drive: DemoDrive, other_folder: DemoItem) -> DemoItem:
        """A shortcut to a folder (or file) that another person shares."""
        with self.lock:
            folder, name = self._place_for(path)
            shortcut = self._add(folder, name, "shortcut")
            shortcut.remote = other_folder
            self.linked_drives[other_drive.id.lower()] = other_drive
            return shortcut

    def add_album(self, name: str, *files: DemoItem, cover: DemoItem | None = None) -> DemoItem:
        """An album of these files, in this order."""
        shown = cover or (files[0] if files else None)
        return self.add_bundle(name, *files, album={"coverImageItemId": shown.id} if shown else {})

    def add_bundle(self, name: str, *files: DemoItem, **facets: dict[str, Any]) -> DemoItem:
        """Files that were shared together; with `album={…}` it is an album."""
        with self.lock:
            bundle = self._add(None, name, "bundle")
            bundle.members, bundle.facets = [file.id for file in files], facets
            return bundle

    def members_of(self, bundle: DemoItem) -> list[DemoItem]:
        """The files of a bundle that are still on the drive, in its order."""
        return [self.items[member] for member in bundle.members if member in self.items]

    def add_live_photo(self, path: str, *, listed_size: int, served: bytes | Content, **more: Any) -> DemoItem:  # noqa: ANN401  # passed on
        """A Live Photo: the bytes that are served are fewer than listed, and their hash differs, by design."""
        item = self.add_file(path, served, **more)
        with self.lock:
            item.listed_size = listed_size
            item.listed_content = GeneratedContent(listed_size)
            if item.parent:
                self._count_bytes(item.parent, listed_size - item.true_size)
        return item

    def find(self, path: str) -> DemoItem:
        """The item at `path`; raises KeyError."""
        with self.lock:
            item: DemoItem | None = self.root
            for name in _split(path):
                item = item.child(name) if item else None
            if item is None:
                raise KeyError(path)
            return item

    def special_folders(self) -> list[DemoItem]:
        """The folders with an English alias."""
        return [item for item in self.items.values() if "specialFolder" in item.facets]

    def files(self) -> list[DemoItem]:
        """All files of the drive, notebooks' sections included."""
        return [item for item in self.root.tree() if item.kind == "file"]

    def reachable_drives(self) -> dict[str, DemoDrive]:
        """This drive and all that its shortcuts lead to, by id in small letters."""
        found: dict[str, DemoDrive] = {}
        waiting = [self]
        while waiting:
            drive = waiting.pop()
            if drive.id.lower() not in found:
                found[drive.id.lower()] = drive
                waiting.extend(drive.linked_drives.values())
        return found

    def rename(self, item: DemoItem, name: str) -> None:
        """Give the item another name in its folder."""
        self.place(item, item.parent, name)

    def move(self, item: DemoItem, folder: DemoItem) -> None:
        """Put the item into another folder of this drive."""
        self.place(item, folder, item.name)

    def place(self, item: DemoItem, folder: DemoItem | None, name: str) -> None:
        """Put the item into this folder under this name, as one change."""
        with self.lock:
            if item.parent is None or folder is None:
                raise ValueError("the root stays where it is")
            folder.check_free(name, besides=item)
            del item.parent.children[collation_key(item.name)]
            self._count_bytes(item.parent, -item.bytes_in_all)
            item.name, item.parent = name, folder
            folder.children[collation_key(name)] = item
            self._count_bytes(folder, item.bytes_in_all)
            self.touch(item)
            item.client_modified = item.modified

    def change_content(self, item: DemoItem, content: bytes | Content) -> None:
        """Give a file other bytes; its hash, size, eTag and cTag follow."""
        with self.lock:
            self._set_content(item, content)
            item.content_version += 1
            item.client_modified = self.now()
            self.touch(item)

    def delete(self, item: DemoItem) -> None:
        """Remove the item and all below it; each leaves a tombstone."""
        with self.lock:
            parent = item.parent
            if parent is None:
                raise ValueError("the root cannot be deleted")
            self._count_bytes(parent, -item.bytes_in_all)
            del parent.children[collation_key(item.name)]
            for gone in item.tree():
                self.changes += 1
                gone.change = self.changes
                self.items.pop(gone.id, None)
                self.tombstones[gone.id] = gone
            parent.modified = self.now()

    def restore(self, item: DemoItem, folder: DemoItem | None, name: str) -> None:
        """Take the item out of the recycle bin with all that was deleted with it; ids stay.

        Raises KeyError when it or the folder is not there, and as `DemoItem.check_free`.
        """
        with self.lock:
            if folder is None or folder.id not in self.items or item.id not in self.tombstones or item.purged:
                raise KeyError(item.path)
            folder.check_free(name)
            if item.parent and item.parent.child(item.name) is item:  # its folder was deleted with it
                del item.parent.children[collation_key(item.name)]
                self._count_bytes(item.parent, -item.bytes_in_all)
            item.name, item.parent = name, folder
            folder.children[collation_key(name)] = item
            self._count_bytes(folder, item.bytes_in_all)
            for back in item.tree():
                del self.tombstones[back.id]
                self.items[back.id] = back
                self.touch(back)

    def empty_bin(self) -> None:
        """Let everything leave the recycle bin."""
        with self.lock:
            self.changes += 1  # so that it is kept
            for item in self.tombstones.values():
                item.purged = True

    def touch(self, item: DemoItem) -> None:
        """Note that the item changed: next change number, new eTag, the service's modified time."""
        with self.lock:
            self.changes += 1
            item.change = self.changes
            item.version += 1
            item.modified = self.now()

    def now(self) -> datetime:
        """The present by the drive's clock, in whole seconds."""
        return datetime.fromtimestamp(int(self.clock()), UTC)

    def _new_root(self) -> DemoItem:
        root_id, guid = self.dialect.root_id(self.id)
        names: dict[str, Any] = {"id": root_id, "guid": guid, "number": 101, "name": "root"}
        self.items[root_id] = DemoItem(drive=self, kind="root", parent=None, **names, **_times(self.created))
        return self.items[root_id]

    def _add(
        self,
        folder: DemoItem | None,
        name: str,
        kind: Kind,
        *,
        created: str | None = None,
        modified: str | None = None,
        migrated: bool = False,
    ) -> DemoItem:
        """A new item in this folder; a bundle, which is in none, without one."""
        if folder:
            folder.check_free(name)
        self.next_number += 1
        guid = hashlib.sha256(f"{self.id}/{self.next_number}".encode()).hexdigest()[:32]
        client_modified = read_time(modified or LONG_AGO)
        client_created = read_time(created) if created else client_modified
        self.changes += 1
        item_id = self.dialect.item_id(self.id, guid, self.next_number, migrated=migrated)
        names: dict[str, Any] = {"id": item_id, "guid": guid, "number": self.next_number, "name": name}
        times = _times(client_created, client_modified)
        item = DemoItem(drive=self, kind=kind, parent=folder, migrated=migrated, change=self.changes, **names, **times)
        if folder:
            folder.children[collation_key(name)] = item
        (self.items if folder else self.bundles)[item.id] = item
        return item

    def _place_for(self, path: str) -> tuple[DemoItem, str]:
        *folders, name = _split(path)
        return self.add_folder("/" + "/".join(folders)), name

    def _set_content(self, item: DemoItem, content: bytes | Content) -> None:
        before = item.counted_size
        item.content = BytesContent(content) if isinstance(content, bytes) else content
        item.listed_size = item.listed_content = None
        if item.parent:
            self._count_bytes(item.parent, item.counted_size - before)

    @staticmethod
    def _count_bytes(folder: DemoItem, size_bytes: int) -> None:
        for step in folder.lineage():
            step.bytes_below += size_bytes


def _times(created: datetime, modified: datetime | None = None) -> dict[str, Any]:
    """The service's times and the client's, which are the same at first."""
    modified = modified or created
    return {"created": created, "modified": modified, "client_created": created, "client_modified": modified}


def _split(path: str) -> list[str]:
    return [name for name in path.split("/") if name]
