"""FolderCheck: whether the folders of the drive are here too, the empty ones among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from onedrive.current_list import CurrentList
from onedrive.download_folder import DownloadFolder
from onedrive.drive_item import DriveItem
from onedrive.found_file import FOLDER, found_file
from onedrive.local_path import LocalPaths


@dataclass
class FolderCheck:
    """The folders of the drive that belong here: how many, and path and reason of those that are not here.

    `unlisted` counts those that nobody can list (the vault, a notebook): they are named elsewhere.
    """

    number: int = 0
    missing: list[tuple[str, str]] = field(default_factory=list)
    unlisted: int = 0


def check_folders(
    current: CurrentList, folder: DownloadFolder, paths: LocalPaths, belongs_here: Callable[[DriveItem], bool]
) -> FolderCheck:
    """Look for the folders of the list that belong here; those that nobody can list do not. Raises StateFileBroken."""
    check = FolderCheck()
    unlisted = {entry.id for entry in current.state.exceptions}
    for item in current.folders():
        if not belongs_here(item):
            continue
        if item.id in unlisted:
            check.unlisted += 1
            continue
        check.number += 1
        if reason := _why_not_here(folder, paths.folder_place(item.path)):
            check.missing.append((item.path, reason))
    return check


def _why_not_here(folder: DownloadFolder, place: str) -> str:
    """'' when a folder stands there, or a link to one."""
    status = folder.status(place)
    if status is None:
        return "it is not here"
    kind = found_file(status).kind
    return "" if kind == FOLDER or folder.path(place).is_dir() else f"{kind} stands in its place"
