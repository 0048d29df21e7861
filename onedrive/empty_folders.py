"""Folders on OneDrive in which nothing is left after a deletion, the innermost first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from onedrive.deletion import FileDeletion, FolderDeletion, count_children
from onedrive.drive_item import DriveItem, Kind, NotAnItem, from_graph
from onedrive.errors import ServiceUnusable
from onedrive.graph import SHORTCUTS_SHOWN, GraphSession, read_items, read_link
from onedrive.items_by_id import Answer, NoAnswer, fetch_all, fetch_items, item_address

_FIXED = ("specialFolder", "remoteItem", "package")
_PAGE = 200


def find_empty_folders(graph: GraphSession, deleted: Sequence[FileDeletion], drive_id: str) -> list[FolderDeletion]:
    """Folders of these files that are empty now, and those above them that held only such folders.

    What is in them is looked at, for a count of 0 proves nothing; one that is too high may count what is not shown,
    as it counts the vault (GRAPH_FACTS §2.3).
    Raises what concerns more than a folder: ConnectionLost, SignInNeeded, Stopped.
    """
    asking = {task.parent_id: task.path.rpartition("/")[0] for task in deleted if task.parent_id}
    seen: dict[str, DriveItem] = {}
    found: dict[str, FolderDeletion] = {}
    while asking:
        answers = fetch_items(graph, [folder_id for folder_id in asking if folder_id not in seen])
        plain = {folder_id: _read_plain_folder(answer, drive_id) for folder_id, answer in answers.items()}
        seen |= {folder_id: item for folder_id, item in plain.items() if item is not None}
        removable = Counter(seen[folder_id].parent_id for folder_id in found)
        looked_into = [
            folder_id
            for folder_id in asking
            if folder_id in seen and folder_id not in found and count_children(seen[folder_id]) <= removable[folder_id]
        ]
        above: dict[str, str] = {}
        for folder_id in _find_empty(graph, looked_into, found):
            path = asking[folder_id]
            found[folder_id] = FolderDeletion(folder_id, drive_id, path, sends_if_match=False, is_empty=_never)
            if parent_id := seen[folder_id].parent_id:
                above[parent_id] = path.rpartition("/")[0]
        asking = above
    return sorted(found.values(), key=lambda folder: (-folder.path.count("/"), folder.path))


def _find_empty(graph: GraphSession, folder_ids: Sequence[str], found: Collection[str]) -> list[str]:
    """Those of the folders that hold nothing but what was `found` empty itself."""
    most = len(found) + 1
    addresses = [f"{item_address(folder_id)}/children?$top={min(most, _PAGE)}&$select=id" for folder_id in folder_ids]
    answers = zip(folder_ids, fetch_all(graph, addresses), strict=True)
    return [folder_id for folder_id, answer in answers if _holds_only(answer, found)]


def _holds_only(answer: Answer, found: Collection[str]) -> bool:
    if isinstance(answer, NoAnswer):
        return False
    try:
        return all(row.get("id") in found for row in read_items(answer)) and not answer.get("@odata.nextLink")
    except ServiceUnusable:
        return False


def is_empty_folder(graph: GraphSession, folder_id: str) -> bool:
    """Ask whether nothing is in a folder now, shortcuts included. Raises ServiceRefused, ServiceUnusable."""
    page = graph.get(f"{item_address(folder_id)}/children?$top=1&$select=id", headers=SHORTCUTS_SHOWN)
    return not read_items(page) and read_link(page, "@odata.nextLink") is None


def _read_plain_folder(answer: Answer, drive_id: str) -> DriveItem | None:
    """A folder that may go at all; None: anything else."""
    if isinstance(answer, NoAnswer) or answer.get("root") is not None:
        return None
    try:
        item = from_graph(answer)
    except NotAnItem:
        return None
    is_plain = item.kind is Kind.FOLDER and item.drive_id == drive_id and not any(f in item.facets for f in _FIXED)
    return item if is_plain else None


def _never(folder_id: str) -> bool:
    """Until somebody can ask, no folder counts as empty."""
    del folder_id
    return False
