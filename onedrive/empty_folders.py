"""Folders on OneDrive in which nothing is left after a deletion, the innermost first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from onedrive.deletion import FileDeletion, FolderDeletion
from onedrive.drive_item import DriveItem, Kind, NotAnItem, from_graph
from onedrive.graph import SHORTCUTS_SHOWN, GraphSession, read_items, read_link
from onedrive.items_by_id import Answer, NoAnswer, fetch_items, item_address

_FIXED = ("specialFolder", "remoteItem", "package")


def find_empty_folders(graph: GraphSession, deleted: Sequence[FileDeletion], drive_id: str) -> list[FolderDeletion]:
    """Folders of these files that are empty now, and those above them that held only such folders.

    Raises what concerns more than a folder: ConnectionLost, SignInNeeded, Stopped.
    """
    asking = {task.parent_id: task.path.rpartition("/")[0] for task in deleted if task.parent_id}
    seen: dict[str, tuple[str, DriveItem, int]] = {}
    found: list[FolderDeletion] = []
    removable = Counter[str]()
    while asking:
        answers = fetch_items(graph, [folder_id for folder_id in asking if folder_id not in seen])
        for folder_id, answer in answers.items():
            plain = _read_plain_folder(answer, drive_id)
            if plain is not None:
                seen[folder_id] = (asking[folder_id], *plain)
        empty = [
            (folder_id, *seen[folder_id][:2])
            for folder_id in asking
            if folder_id in seen and seen[folder_id][2] <= removable[folder_id]
        ]
        asking = {}
        known = {folder.item_id for folder in found}
        for folder_id, path, item in empty:
            if folder_id in known:
                continue
            found.append(FolderDeletion(folder_id, drive_id, path, sends_if_match=False, is_empty=_never))
            removable[item.parent_id] += 1
            if item.parent_id:
                asking[item.parent_id] = path.rpartition("/")[0]
    return sorted(found, key=lambda folder: (-folder.path.count("/"), folder.path))


def is_empty_folder(graph: GraphSession, folder_id: str) -> bool:
    """Ask whether nothing is in a folder now, shortcuts included. Raises ServiceRefused, ServiceUnusable."""
    page = graph.get(f"{item_address(folder_id)}/children?$top=1&$select=id", headers=SHORTCUTS_SHOWN)
    return not read_items(page) and read_link(page, "@odata.nextLink") is None


def _read_plain_folder(answer: Answer, drive_id: str) -> tuple[DriveItem, int] | None:
    """A folder that may go at all, and how many items are in it; None: anything else."""
    if isinstance(answer, NoAnswer) or answer.get("root") is not None:
        return None
    try:
        item = from_graph(answer)
    except NotAnItem:
        return None
    count = item.facets.get("folder", {}).get("childCount")
    is_plain = item.kind is Kind.FOLDER and item.drive_id == drive_id and not any(f in item.facets for f in _FIXED)
    return (item, count) if is_plain and isinstance(count, int) else None


def _never(folder_id: str) -> bool:
    """Until somebody can ask, no folder counts as empty."""
    del folder_id
    return False
