"""What is here, what is to be done and what that needs; looked at before the first byte, and after an outage.

list + manifest + disk ─► folders made ─► plan ─► what this disk cannot take is named ─► need
"""

from __future__ import annotations

import contextlib
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from onedrive.albums.record import albums_called
from onedrive.choosing.chooser import DownloadRequest
from onedrive.choosing.selection import Layout
from onedrive.download.brake import Brake
from onedrive.download.moves import edited_copies
from onedrive.download.plan import DownloadPlan, TellSkipped, TwinWay, make_plan
from onedrive.download.sources import look_further
from onedrive.errors import NotPlaceable, StateFileBroken
from onedrive.home.failed import FailedItem
from onedrive.home.files import disk_errors, forget_file, is_there
from onedrive.home.lists import FILE_LIST, FOLDER_LIST, ListState, edited_lists, read_items
from onedrive.home.manifest import MANIFEST, Manifest, ManifestLine, read_manifest
from onedrive.home.reading import read_object
from onedrive.home.verification import ItemClass, VerificationFacts, read_verification, read_verified_items
from onedrive.local.filing import Filing
from onedrive.local.folder import DownloadFolder, UntouchedFolder
from onedrive.local.known_files import ReadProgress
from onedrive.local.places import LocalPaths, own_names
from onedrive.local.proof import CLOCK_GRAIN_SECONDS, LocalFile, is_untouched, is_what_came
from onedrive.local.room import DiskRoom
from onedrive.settings import Settings
from onedrive.transfer.addresses import WantedFile
from onedrive.transfer.partial import ORIGIN_SUFFIX, SUFFIX, partial_name
from onedrive.transfer.parts import GROWING_SUFFIX, PARTS_SUFFIX

Identity = tuple[str, str]  # drive id and item id


@dataclass
class FetchNeed:
    """What is to be fetched; `costs` is what each file will still take of the disk, by drive and item id."""

    files: int = 0
    size_bytes: int = 0
    begun_files: int = 0
    begun_bytes: int = 0
    # Something of their size stands in their place: compared before anything is fetched, and not counted as a cost.
    alike_files: int = 0
    alike_bytes: int = 0
    album_bytes: int = 0  # for further copies in albums, among the costs
    costs: dict[Identity, int] = field(default_factory=dict)

    @property
    def room_bytes(self) -> int:
        """What the disk must have for all of it."""
        return sum(self.costs.values())


def measure_need(
    wanted: Sequence[WantedFile],
    begun: Mapping[str, int],
    look: Callable[[str], LocalFile | None],
    disk: DiskRoom,
) -> FetchNeed:
    """Add up what is wanted; `begun` has the bytes that are here of unfinished files, by the name of their partial."""
    need = FetchNeed(files=len(wanted), size_bytes=sum(row.size_bytes for row in wanted))
    for row in wanted:
        local = look(row.place)
        here_bytes = min(begun.get(partial_name(*row.identity), 0), row.size_bytes) if begun else 0
        if local and local.is_file and row.size_bytes and local.size_bytes == row.size_bytes and not here_bytes:
            need.alike_files += 1
            need.alike_bytes += row.size_bytes
            need.costs[row.identity] = 0
            continue
        need.begun_files += here_bytes > 0
        need.begun_bytes += here_bytes
        need.costs[row.identity] = disk.occupied_bytes(row.size_bytes - here_bytes)
    return need


def choose_fitting(need: FetchNeed, room_bytes: int) -> set[Identity]:
    """The files that fit, as many as possible: those that need least first."""
    chosen: set[Identity] = set()
    left_bytes = room_bytes
    for identity, cost in sorted(need.costs.items(), key=lambda entry: (entry[1], entry[0])):
        if cost > left_bytes:
            break
        left_bytes -= cost
        chosen.add(identity)
    return chosen


def mark_known_damage(home: Path, manifest: Manifest) -> None:
    """Mark in the manifest what was found damaged and has not been fetched since."""
    try:
        facts = read_verification(home)
        if facts is None or not facts.counts.get(ItemClass.DAMAGED, (0, 0))[0]:
            return
        damaged = {
            (item.drive_id, item.id) for item in read_verified_items(home) if item.item_class is ItemClass.DAMAGED
        }  # fmt: skip
    except StateFileBroken:
        return  # then nothing is known; option 6 makes a new one
    for drive_id, item_id in damaged - _recorded_since(home, facts):
        manifest.mark_damaged(drive_id, item_id)


def mark_mistaken(manifest: Manifest, lost: Sequence[ManifestLine], folder: DownloadFolder) -> bool:
    """Mark in the manifest where another file stands in a recorded place, and size and time do not tell; True for any.

    A run that was killed may have moved one of the `lost` there. Only what could be one of them is read.
    """
    if not lost or isinstance(folder, UntouchedFolder):
        return False
    lost_by_size: dict[int, list[ManifestLine]] = {}
    for line in lost:
        lost_by_size.setdefault(line.size_bytes, []).append(line)
    found = [line for line in manifest.entries() if _is_mistaken(line, lost_by_size.get(line.size_bytes, ()), folder)]
    for line in found:
        manifest.mark_damaged(line.drive_id, line.id)
    return bool(found)


def _is_mistaken(line: ManifestLine, lost: Sequence[ManifestLine], folder: DownloadFolder) -> bool:
    alike = [other for other in lost if abs(other.modified - line.modified) <= 2 * CLOCK_GRAIN_SECONDS]
    may_be = any(other.quick_xor_hash != line.quick_xor_hash for other in alike)
    if not may_be or not is_untouched(folder.look(line.local_path), line):
        return False
    with contextlib.suppress(NotPlaceable):
        here = folder.digest(line.local_path, lambda: None, with_sha256=True, with_sha1=False)
        return not is_what_came(here, line)
    return False


def _recorded_since(home: Path, facts: VerificationFacts) -> set[tuple[str, str]]:
    """What the manifest says after the place where it ended when the verification was made."""
    path = home / MANIFEST
    if not is_there(path):
        return set()
    found = set()
    with disk_errors(path), path.open("rb") as stream:
        if path.stat().st_size >= facts.manifest_bytes:  # otherwise it is another one: all of it is later
            stream.seek(facts.manifest_bytes)
        for line in stream:
            if row := read_object(line):
                found.add((str(row.get("drive_id") or ""), str(row.get("id") or "")))
    return found


_UNIT_OF_ST_BLOCKS = 512


def read_begun(folder: Path) -> dict[str, int]:
    """The bytes that are here of files that a run can go on with, by the name of their partial without its suffix."""
    begun = {}
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if entry.name.endswith(SUFFIX) and (folder / entry.name).with_suffix(ORIGIN_SUFFIX).exists():
                status = entry.stat()
                # A file that comes in parts has holes, which are not here.
                kept = getattr(status, "st_blocks", 0) * _UNIT_OF_ST_BLOCKS
                begun[entry.name.removesuffix(SUFFIX)] = min(status.st_size, kept) if kept else status.st_size
    return begun


_OURS = re.compile(
    rf"[0-9a-f]{{40}}(?:-copy|-twin)?({re.escape(SUFFIX)}|{re.escape(ORIGIN_SUFFIX)}|{re.escape(PARTS_SUFFIX)}(?:{GROWING_SUFFIX})?)"
)


def sweep_partials(folder: Path) -> None:
    """Remove what a killed run left beside bytes that have reached their place since, and the folder when empty."""
    with contextlib.suppress(OSError):
        for entry in [*folder.iterdir()]:
            ours = _OURS.fullmatch(entry.name)  # what a person put there stays
            if ours is None:
                continue
            needed = ORIGIN_SUFFIX if ours[1] == SUFFIX else SUFFIX  # without it nothing could be continued
            if not entry.with_suffix(needed).exists():
                forget_file(entry)
        folder.rmdir()


@dataclass(frozen=True)
class PreparedDownload:
    """What was found. `impossible` is what this computer cannot take.

    `is_rearranged`: files are here that were put into folders by another layout. `makes_copies`: links are wished for,
    and this disk has none.
    """

    plan: DownloadPlan
    manifest: Manifest
    paths: LocalPaths
    disk: DiskRoom
    need: FetchNeed
    impossible: list[FailedItem]
    filing: Filing
    is_rearranged: bool = False
    makes_copies: bool = False

    def leave_out(self, identities: Collection[Identity]) -> int:
        """Want these files no more, nor those that would be twins of them: so many."""
        plan, out = self.plan, set(identities)
        before = len(plan.wanted) + len(plan.twins)
        if identities:
            plan.wanted[:] = [row for row in plan.wanted if row.identity not in out]
            plan.twins[:] = [
                twin
                for twin in plan.twins
                if out.isdisjoint({twin.row.identity, (twin.row.drive_id, twin.original.id)})
            ]
        return before - len(plan.wanted) - len(plan.twins)


def prepare_download(
    settings: Settings,
    folder: DownloadFolder,
    state: ListState | None,
    request: DownloadRequest,
    *,
    brake: Brake,
    tell_skipped: TellSkipped | None = None,
    progress: ReadProgress | None = None,
) -> PreparedDownload:
    """Look at the list, the manifest and the disk; makes the folders that are missing.

    `folder` is prepared; `state` is what is known of the list; `brake` takes out what must not be replaced;
    `tell_skipped` hears of what is here, or left out; `progress` hears how much of known folders is read.
    Raises StateFileBroken, FolderNotUsable, DiskFull, SettingsError.
    """
    manifest = read_manifest(settings.home / MANIFEST)
    mark_known_damage(settings.home, manifest)
    filing = Filing(request.selection, request.albums, manifest)
    is_rearranged = not filing.is_onedrives or filing.has_names or any(entry.layout for entry in manifest.entries())
    # Before files of another layout have moved away, they may stand where a folder belongs.
    make_folder = folder.make_folder if not is_rearranged else lambda _: None
    places = frozenset(entry.local_path for entry in manifest.entries() if not entry.local_path.isascii())
    # Where a person chose what is on the list, nothing that is not on it is taken for deleted.
    is_whole = state is not None and request.only is None and FILE_LIST not in edited_lists(settings.home)

    def sort_in() -> tuple[LocalPaths, list[FailedItem], DownloadPlan]:
        paths = LocalPaths(folder.rules, filing.recorded_folders(manifest), own=own_names(settings.home, folder.root))
        impossible = _make_folders(settings, make_folder, paths, state, request) if filing.is_onedrives else []
        covers = state.covers if state and is_whole else None
        items, skipped = read_items(settings.home / FILE_LIST), tell_skipped
        plan = make_plan(
            items, manifest, paths, folder.look, request=request, filing=filing, covers=covers, tell_skipped=skipped
        )
        return paths, impossible, plan

    with folder.giving_spellings_back(places):
        paths, impossible, plan = sort_in()
        if mark_mistaken(manifest, plan.lost, folder):
            paths, impossible, plan = sort_in()
    brake.hold_in(plan, manifest)
    if plan.wanted and (request.further or request.selection.layout is Layout.ALBUM):
        look_further(settings.home, plan, manifest, folder, request.further, progress)
    largest = max((row.size_bytes for row in plan.wanted), default=0)
    disk = folder.look_at_disk(largest_wanted_bytes=largest)
    impossible += _take_out_impossible(plan, folder, disk)
    makes_copies = _copy_where_links_are_unknown(plan, folder)
    need = _measure(plan, manifest, paths, folder, disk)
    if request.selection.layout is Layout.ALBUM and plan.wanted and not folder.takes_links():
        _add_album_copies(need, plan, request, disk)
    return PreparedDownload(plan, manifest, paths, disk, need, impossible, filing, is_rearranged, makes_copies)


def _measure(
    plan: DownloadPlan, manifest: Manifest, paths: LocalPaths, folder: DownloadFolder, disk: DiskRoom
) -> FetchNeed:
    along = {row.place: old_place for old_place, row in edited_copies(plan, manifest, paths, folder.look)}

    def look(place: str) -> LocalFile | None:
        """What stands there, or will when what a person edited has gone along with a new path."""
        return folder.look(place) or (folder.look(along[place]) if place in along else None)

    need = measure_need(plan.wanted, read_begun(folder.partial), look, disk)
    for twin in plan.twins:
        if twin.way is TwinWay.COPY:
            need.costs[twin.row.identity] = disk.occupied_bytes(twin.row.size_bytes)
    return need


def _add_album_copies(need: FetchNeed, plan: DownloadPlan, request: DownloadRequest, disk: DiskRoom) -> None:
    """Count what wanted files that are in several albums take once more in each."""
    albums = albums_called(request.albums, request.selection.albums) or request.albums
    times = Counter(member_id for album in albums for member_id in {member.id for member in album.members} - {""})
    for row in plan.wanted:
        if (further := (times[row.id] or times[row.kin]) - 1) > 0:
            size_bytes = further * disk.occupied_bytes(row.size_bytes)
            need.album_bytes += size_bytes
            need.costs[row.identity] += size_bytes


def finish_folders(
    settings: Settings,
    folder: DownloadFolder,
    prepared: PreparedDownload,
    state: ListState | None,
    request: DownloadRequest,
) -> None:
    """Give all folders of the list their times, now that nothing more is put into them; those missing are made first.

    In a layout that is not OneDrive's, the folders are none of the list's.
    """
    if not prepared.filing.is_onedrives or not (settings.home / FOLDER_LIST).exists():
        return
    if prepared.is_rearranged:
        _make_folders(settings, folder.make_folder, prepared.paths, state, request)
    for item in read_items(settings.home / FOLDER_LIST):
        folder.set_folder_times(prepared.paths.folder_place(item.path), item.client_modified, item.client_created)


def _make_folders(
    settings: Settings,
    make_folder: Callable[[str], None],
    paths: LocalPaths,
    state: ListState | None,
    request: DownloadRequest,
) -> list[FailedItem]:
    """Make the folders of the list, empty ones too; those that cannot be made are returned with the reason.

    All have their places here; none is made that a choice leaves out, or of whose files it wants only some.

    A folder that could not be listed (the vault, one that failed) is not made: it would look as if it were empty.
    """
    if not (settings.home / FOLDER_LIST).exists():
        return []
    unlisted = {entry.id for entry in state.exceptions} if state else set()
    chooser = request.folder_chooser()
    failed = []
    for item in read_items(settings.home / FOLDER_LIST):
        place = paths.folder_place(item.path)
        try:
            if chooser and item.id not in unlisted and chooser.wants(item):
                make_folder(place)
        except NotPlaceable as error:
            failed.append(FailedItem(item.path, item.id, error.sentence, is_folder=True))
    return failed


def _copy_where_links_are_unknown(plan: DownloadPlan, folder: DownloadFolder) -> bool:
    """Make copies of the twins that were to be links, where the disk has no links; True when it is so."""
    if not any(twin.way is TwinWay.LINK for twin in plan.twins) or folder.takes_links():
        return False
    plan.twins[:] = [replace(twin, way=TwinWay.COPY) if twin.way is TwinWay.LINK else twin for twin in plan.twins]
    return True


def _take_out_impossible(plan: DownloadPlan, folder: DownloadFolder, disk: DiskRoom) -> list[FailedItem]:
    refused = {}
    for row in plan.wanted:
        reason = disk.refusal(folder.path(row.place), row.size_bytes)
        if reason:
            refused[row.identity] = FailedItem(row.path, row.id, reason)
    if refused:
        plan.wanted[:] = [row for row in plan.wanted if row.identity not in refused]
    return list(refused.values())
