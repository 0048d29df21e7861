"""Survey: what is here, what is to be done and what that needs; looked at before the first byte, and after an outage.

list + manifest + disk ─► folders made ─► plan ─► what this disk cannot take is named ─► need
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from onedrive.begun_files import read_begun
from onedrive.disk_room import DiskRoom, look_at_disk
from onedrive.download_folder import DownloadFolder
from onedrive.download_plan import DownloadPlan, LocalFile, make_plan
from onedrive.file_list import read_items
from onedrive.item_errors import NotPlaceable
from onedrive.job_need import Identity, JobNeed, measure_need
from onedrive.known_damage import mark_known_damage
from onedrive.list_state import FILE_LIST, FOLDER_LIST, ListState, edited_lists
from onedrive.local_moves import edited_copies
from onedrive.local_path import LocalPaths, recorded_folder_places
from onedrive.manifest import MANIFEST, Manifest, read_manifest
from onedrive.settings import Settings


@dataclass(frozen=True)
class Survey:
    """What was found. `impossible` has path, id and reason of what this computer cannot take."""

    plan: DownloadPlan
    manifest: Manifest
    paths: LocalPaths
    disk: DiskRoom
    need: JobNeed
    impossible: list[tuple[str, str, str]]

    def leave_out(self, identities: Collection[Identity]) -> None:
        """Want these files no more."""
        if identities:
            self.plan.wanted[:] = [row for row in self.plan.wanted if (row.drive_id, row.id) not in identities]


def take_survey(settings: Settings, folder: DownloadFolder, state: ListState | None) -> Survey:
    """Look at the list, the manifest and the disk; makes the folders that are missing.

    `folder` is prepared; `state` is what is known of the list. Raises StateFileBroken, FolderNotUsable, DiskFull.
    """
    manifest = read_manifest(settings.home / MANIFEST)
    mark_known_damage(settings.home, manifest)
    recorded = ((entry.folder, entry.local_path.rpartition("/")[0]) for entry in manifest.entries())
    paths = LocalPaths(folder.rules, recorded_folder_places(recorded))
    impossible = _make_folders(settings, folder, paths, state)
    covers = _coverage(settings, state)
    plan = make_plan(read_items(settings.home / FILE_LIST), manifest, paths, folder.look, covers=covers)
    largest = max((row.size_bytes for row in plan.wanted), default=0)
    disk = look_at_disk(folder.partial, folder.rules, largest_wanted_bytes=largest)
    impossible += _take_out_impossible(plan, folder, disk)
    along = {row.place: old_place for old_place, row in edited_copies(plan, manifest, paths, folder.look)}

    def look(place: str) -> LocalFile | None:
        """What stands there, or will when what a person edited has gone along with a new path."""
        return folder.look(place) or (folder.look(along[place]) if place in along else None)

    need = measure_need(plan.wanted, read_begun(folder.partial), look, disk)
    return Survey(plan, manifest, paths, disk, need, impossible)


def set_folder_times(settings: Settings, folder: DownloadFolder, paths: LocalPaths) -> None:
    """Give all folders of the list their times, now that nothing more is put into them."""
    if (settings.home / FOLDER_LIST).exists():
        for item in read_items(settings.home / FOLDER_LIST):
            folder.set_folder_times(paths.folder_place(item.path), item.client_modified, item.client_created)


def _make_folders(
    settings: Settings, folder: DownloadFolder, paths: LocalPaths, state: ListState | None
) -> list[tuple[str, str, str]]:
    """Make the folders of the list, empty ones too; those that cannot be made are returned with the reason.

    A folder that could not be listed (the vault, one that failed) is not made: it would look as if it were empty.
    """
    if not (settings.home / FOLDER_LIST).exists():
        return []
    unlisted = {entry.id for entry in state.exceptions} if state else set()
    failed = []
    for item in read_items(settings.home / FOLDER_LIST):
        place = paths.folder_place(item.path)
        try:
            if item.id not in unlisted:
                folder.make_folder(place)
        except NotPlaceable as error:
            failed.append((item.path, item.id, error.sentence))
    return failed


def _coverage(settings: Settings, state: ListState | None) -> Callable[[str, str], bool] | None:
    """Says of a drive and a path whether the list would name a file there; None: a person chose what is on it."""
    if state is None or FILE_LIST in edited_lists(settings.home):
        return None
    return state.covers


def _take_out_impossible(plan: DownloadPlan, folder: DownloadFolder, disk: DiskRoom) -> list[tuple[str, str, str]]:
    refused = {}
    for row in plan.wanted:
        reason = disk.refusal(folder.path(row.place), row.size_bytes)
        if reason:
            refused[(row.drive_id, row.id)] = (row.path, row.id, reason)
    if refused:
        plan.wanted[:] = [row for row in plan.wanted if (row.drive_id, row.id) not in refused]
    return list(refused.values())
