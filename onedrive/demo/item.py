"""One item of a pretend drive: a file, a folder, or one of the odd ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from onedrive.demo.content import Content
from onedrive.demo.names import collation_key, sort_key

if TYPE_CHECKING:
    from onedrive.demo.drive import DemoDrive

Kind = Literal["root", "folder", "file", "notebook", "vault", "shortcut"]


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
    migrated: bool = False  # came from the old back end: keeps its old id
    lists_sha: bool = False  # sha1 and sha256 are listed beside quickXorHash
    lists_hashes: bool = True
    listed_size: int | None = None  # None: the true size is listed
    listed_content: Content | None = None  # whose hash is listed though other bytes are served (Live Photo)
    unreadable: tuple[int, str] | None = None  # status and code with which a folder refuses to be opened
    lists_facets: bool = True  # False: neither file nor folder facet comes back, as seen with `$select`
    paced_bytes_per_second: int | None = None
    version: int = 1
    content_version: int = 1
    change: int = 0
    bytes_below: int = 0  # of a folder: the sum of the files in it, at any depth
    children: dict[str, DemoItem] = field(default_factory=dict)

    @property
    def is_folder(self) -> bool:
        """Whether it holds other items (a notebook and the vault do too)."""
        return self.kind not in ("file", "shortcut")

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
        """`/Pictures/2023/a.jpg`, from the drive's root; the root itself is `/`."""
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
