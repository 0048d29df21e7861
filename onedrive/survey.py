"""Survey: what is here, what is to be done and what that needs; looked at before the first byte, and after an outage.

list + manifest + disk ─► folders made ─► plan ─► what this disk cannot take is named ─► need
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from onedrive.begun_files import read_begun
from onedrive.disk_room import DiskRoom
from onedrive.download_folder import DownloadFolder
from onedrive.download_plan import DownloadPlan, LocalFile, TwinWay
from onedrive.file_list import read_items
from onedrive.filing import Filing
from onedrive.item_errors import NotPlaceable
from onedrive.job_need import Identity, JobNeed, measure_need
from onedrive.known_damage import mark_known_damage
from onedrive.list_state import FILE_LIST, FOLDER_LIST, ListState, edited_lists
from onedrive.local_moves import edited_copies
from onedrive.local_path import LocalPaths, recorded_folder_places
from onedrive.manifest import MANIFEST, Manifest, read_manifest
from onedrive.plan_maker import TellSkipped, make_plan
from onedrive.settings import Settings
from onedrive.wish import Wish


@dataclass(frozen=True)
class Survey:
    """What was found. `impossible` has path, id and reason of what this computer cannot take.

    `is_rearranged`: files are here that were put into folders by another layout. `makes_copies`: links are wished for,
    and this disk has none.
    """

    plan: DownloadPlan
    manifest: Manifest
    paths: LocalPaths
    disk: DiskRoom
    need: JobNeed
    impossible: list[tuple[str, str, str]]
    filing: Filing
    is_rearranged: bool = False
    makes_copies: bool = False

    def leave_out(self, identities: Collection[Identity]) -> None:
        """Want these files no more, nor those that would be twins of them."""
        if identities:
            plan, drive_and_id = self.plan, set(identities)
            plan.wanted[:] = [row for row in plan.wanted if (row.drive_id, row.id) not in drive_and_id]
            plan.twins[:] = [
                twin
                for twin in plan.twins
                if (twin.row.drive_id, twin.row.id) not in drive_and_id
                and (twin.row.drive_id, twin.original_id) not in drive_and_id
            ]


def take_survey(
    settings: Settings,
    folder: DownloadFolder,
    state: ListState | None,
    wish: Wish,
    *,
    tell_skipped: TellSkipped | None = None,
) -> Survey:
    """Look at the list, the manifest and the disk; makes the folders that are missing.

    `folder` is prepared; `state` is what is known of the list; `tell_skipped` hears of what is here, or left out.
    Raises StateFileBroken, FolderNotUsable, DiskFull, SettingsError.
    """
    manifest = read_manifest(settings.home / MANIFEST)
    mark_known_damage(settings.home, manifest)
    filing = Filing(wish.selection)
    is_rearranged = any(entry.layout != filing.word for entry in manifest.entries())
    folders = recorded_folder_places(manifest.folders_in(filing.word)) if filing.is_onedrives else {}
    paths = LocalPaths(folder.rules, folders)
    # Before files of another layout have moved away, they may stand where a folder belongs.
    make_folder = _make_none if is_rearranged else folder.make_folder
    impossible = _make_folders(settings, make_folder, paths, state, wish) if filing.is_onedrives else []
    plan = make_plan(
        read_items(settings.home / FILE_LIST),
        manifest,
        paths,
        folder.look,
        wish=wish,
        covers=_coverage(settings, state) if wish.only is None else None,
        tell_skipped=tell_skipped,
    )
    largest = max((row.size_bytes for row in plan.wanted), default=0)
    disk = folder.look_at_disk(largest_wanted_bytes=largest)
    impossible += _take_out_impossible(plan, folder, disk)
    makes_copies = _copy_where_links_are_unknown(plan, folder)
    need = _measure(plan, manifest, paths, folder, disk=disk)
    return Survey(plan, manifest, paths, disk, need, impossible, filing, is_rearranged, makes_copies)


def _measure(
    plan: DownloadPlan, manifest: Manifest, paths: LocalPaths, folder: DownloadFolder, *, disk: DiskRoom
) -> JobNeed:
    along = {row.place: old_place for old_place, row in edited_copies(plan, manifest, paths, folder.look)}

    def look(place: str) -> LocalFile | None:
        """What stands there, or will when what a person edited has gone along with a new path."""
        return folder.look(place) or (folder.look(along[place]) if place in along else None)

    need = measure_need(plan.wanted, read_begun(folder.partial), look, disk)
    for twin in plan.twins:
        if twin.way is TwinWay.COPY:
            need.costs[(twin.row.drive_id, twin.row.id)] = disk.occupied_bytes(twin.row.size_bytes)
    return need


def finish_folders(
    settings: Settings, folder: DownloadFolder, survey: Survey, state: ListState | None, wish: Wish
) -> None:
    """Give all folders of the list their times, now that nothing more is put into them; those missing are made first.

    In a layout that is not OneDrive's, the folders are none of the list's.
    """
    if not survey.filing.is_onedrives or not (settings.home / FOLDER_LIST).exists():
        return
    if survey.is_rearranged:
        _make_folders(settings, folder.make_folder, survey.paths, state, wish)
    for item in read_items(settings.home / FOLDER_LIST):
        folder.set_folder_times(survey.paths.folder_place(item.path), item.client_modified, item.client_created)


def _make_folders(
    settings: Settings,
    make_folder: Callable[[str], None],
    paths: LocalPaths,
    state: ListState | None,
    wish: Wish,
) -> list[tuple[str, str, str]]:
    """Make the folders of the list, empty ones too; those that cannot be made are returned with the reason.

    All have their places here; none is made that a choice leaves out, or of whose files it wants only some.

    A folder that could not be listed (the vault, one that failed) is not made: it would look as if it were empty.
    """
    if not (settings.home / FOLDER_LIST).exists():
        return []
    unlisted = {entry.id for entry in state.exceptions} if state else set()
    chooser = wish.folder_chooser()
    failed = []
    for item in read_items(settings.home / FOLDER_LIST):
        place = paths.folder_place(item.path)
        try:
            if chooser and item.id not in unlisted and chooser.wants(item):
                make_folder(place)
        except NotPlaceable as error:
            failed.append((item.path, item.id, error.sentence))
    return failed


def _make_none(place: str) -> None:
    """For as long as no folder is to be made."""


def _copy_where_links_are_unknown(plan: DownloadPlan, folder: DownloadFolder) -> bool:
    """Make copies of the twins that were to be links, where the disk has no links; True when it is so."""
    if not any(twin.way is TwinWay.LINK for twin in plan.twins) or folder.takes_links():
        return False
    plan.twins[:] = [replace(twin, way=TwinWay.COPY) if twin.way is TwinWay.LINK else twin for twin in plan.twins]
    return True


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
