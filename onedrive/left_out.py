"""Why a file is not here by the person's own choice: an edited list, a selection, equal files kept once."""

from __future__ import annotations

from collections.abc import Callable

from onedrive.current_list import why_not_named
from onedrive.drive_item import DriveItem
from onedrive.local_reading import LocalReading
from onedrive.manifest import Manifest
from onedrive.selection import Duplicates
from onedrive.wish import Wish


def why_left_out(
    wish: Wish, named: frozenset[tuple[str, str]] | None, manifest: Manifest, reading: LocalReading
) -> Callable[[DriveItem], str | None]:
    """Says of a file why it is left out; None: it is not. To be asked when all has been read.

    `named` is what an edited list names, None: nobody edited it.
    """
    chooser, why_not = wish.chooser(), why_not_named(named)
    once = wish.selection.duplicates is Duplicates.ONCE

    def why(item: DriveItem) -> str | None:
        chosen = why_not(item) or (chooser.why_not(item) if chooser else None)
        return chosen or (_kept_as(item, manifest, reading) if once else None)

    return why


def _kept_as(item: DriveItem, manifest: Manifest, reading: LocalReading) -> str | None:
    """Which file is kept for one whose content is the same; None: it is kept itself, or that one is not as it was."""
    twin = manifest.find_duplicate(item.drive_id, item.id)
    kept = manifest.find(twin.drive_id, twin.duplicate_of) if twin else None
    if kept is None or not reading.holds(kept.local_path, item):
        return None
    return f"the same content is kept once, as {kept.path}"
