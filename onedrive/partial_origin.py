"""Origin: what unfinished bytes were begun from, so that they are continued only with the same content."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from onedrive.drive_item import DriveItem


@dataclass(frozen=True)
class Origin:
    """What a partial was begun from; `total_bytes` and `reply_etag` as the file host said (None, '': it did not)."""

    ctag: str
    etag: str
    listed_size: int | None
    total_bytes: int | None = None
    reply_etag: str = ""

    @classmethod
    def of(cls, item: DriveItem) -> Origin:
        """The origin of bytes that are about to come."""
        return cls(item.ctag, item.etag, item.size)

    def is_of(self, item: DriveItem) -> bool:
        """True when the item still has the content that this was begun from."""
        if self.listed_size != item.size:
            return False
        return self.ctag == item.ctag if self.ctag and item.ctag else bool(self.etag) and self.etag == item.etag


def read_origin(path: Path) -> Origin | None:
    """What a run remembered; None when there is nothing to rely on."""
    try:
        row = json.loads(path.read_bytes())
        origin = Origin(**row)
    except (OSError, ValueError, TypeError):
        return None
    texts, sizes = (origin.ctag, origin.etag, origin.reply_etag), (origin.listed_size, origin.total_bytes)
    is_right = all(isinstance(text, str) for text in texts) and all(
        size is None or isinstance(size, int) for size in sizes
    )
    return origin if is_right else None
