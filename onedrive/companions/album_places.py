"""A file in several albums, in the layout by album: in the folder of one it is, in those of the others a link to it.

Where the disk knows no links it is a copy. What is no longer wished goes, once it is seen to be the same as the file.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable

from onedrive.albums.record import albums_called
from onedrive.choosing.selection import Layout
from onedrive.companions.keeper import CompanionKeeper, CompanionTask, FileHere, Made
from onedrive.companions.record import Companion, CompanionKind, owner_of
from onedrive.errors import NotPlaceable
from onedrive.home.files import forget_file
from onedrive.home.lists import FILE_LIST, read_items
from onedrive.home.manifest import Manifest
from onedrive.local.filing import BY_ALBUM, Filing
from onedrive.local.names import MARK_LENGTH, marked_name, safe_name
from onedrive.local.proof import is_untouched, is_what_came
from onedrive.local.room import Reserve
from onedrive.local.times import set_times
from onedrive.terminal.progress import DISK
from onedrive.transfer.partial import SUFFIX, partial_name


def make_album_places(task: CompanionTask) -> None:
    """Let each file stand in all its albums, and in no other; what is not chosen, or not on OneDrive, stays as it is.

    Raises DiskFull, NotEnoughRoom, StateFileBroken.
    """
    keeper, selection, chooser = task.keeper, task.request.selection, task.request.chooser()
    chosen_albums, reserve = {album.id for album in albums_called(task.request.albums, selection.albums)}, Reserve()
    task.progress.update("sorting into albums", waits_for=DISK)
    wished: set[str] = set()
    taken: set[str] = set()
    gone = {line.owner.rpartition("/")[0] for line in _entries(keeper)}  # from OneDrive, once all items are seen
    items = read_items(task.home / FILE_LIST)
    for filed in Filing(selection, task.request.albums, task.manifest).file(items):
        gone.discard(owner_of(filed.item.drive_id, filed.item.id))
        here = task.find_here(filed.item) if filed.further else None
        if here is None or not here.recorded.layout.startswith(BY_ALBUM):
            continue
        is_chosen = chooser is None or chooser.wants(here.item)
        for album_id, folder in filed.further:
            owner = f"{here.owner}/{album_id}"
            wished.add(owner)
            is_wished = not chosen_albums or album_id in chosen_albums
            if is_chosen and (is_wished or keeper.record.find(CompanionKind.ALBUM, owner)):
                place = _choose_place(keeper, keeper.paths.folder_place(folder), filed.name, here.item.id, taken)
                _make_one(task, here, owner, place, reserve)
    if selection.layout is Layout.ALBUM:
        wished.update(
            f"{owner}/{album.id}" for owner in gone for album in task.albums_of.get(owner.rpartition("/")[2], ())
        )
    unwished = [line for line in _entries(keeper) if line.owner not in wished]
    give_up(keeper, task.manifest, unwished)


def _entries(keeper: CompanionKeeper) -> list[Companion]:
    return [line for line in keeper.record.entries() if line.kind is CompanionKind.ALBUM]


def give_up(keeper: CompanionKeeper, manifest: Manifest, lines: Iterable[Companion]) -> None:
    """Take what is ours away: a further name or copy of a file is removed, all else put aside; never a file itself."""
    folder, lines = keeper.folder, list(lines)
    key = folder.rules.key
    files = {key(entry.local_path): entry for entry in manifest.entries()} if lines else {}
    for line in lines:
        if (entry := files.get(key(line.place))) and is_untouched(folder.look(line.place), entry):
            keeper.forget(line)  # it has come there in a run that was killed
            continue
        if line.kind is CompanionKind.ALBUM:
            drive_id, item_id, _ = line.owner.split("/", 2)
            if recorded := manifest.find(drive_id, item_id):
                with contextlib.suppress(NotPlaceable):  # then it stays where it is
                    folder.remove_second(line.place, recorded.local_path)
        keeper.put_aside([line])


def _choose_place(keeper: CompanionKeeper, folder: str, name: str, item_id: str, taken: set[str]) -> str:
    """A place in an album's folder that no file of OneDrive has, and none of these."""
    rules = keeper.paths.rules
    safe = safe_name(name, item_id, rules)
    marked = (marked_name(safe, item_id, rules, length) for length in itertools.count(MARK_LENGTH))
    for wanted in itertools.chain([safe], marked):
        place = f"{folder}/{wanted}"
        if not keeper.paths.is_given(place) and rules.key(place) not in taken:
            break
    taken.add(rules.key(place))
    return place


def _make_one(task: CompanionTask, here: FileHere, owner: str, place: str, reserve: Reserve) -> None:
    keeper, folder, recorded, kind = task.keeper, task.folder, here.recorded, CompanionKind.ALBUM
    source = recorded.quick_xor_hash
    if not keeper.needs(kind, owner, place, source) or not is_untouched(folder.look(here.place), recorded):
        return
    name = f"{partial_name(here.item.drive_id, here.item.id)}-twin{SUFFIX}"
    try:
        whole = folder.link(here.place, name)
        if whole is None:
            reserve.take(recorded.size_bytes, folder.partial)
            whole, digest = folder.copy(here.place, name, task.graph.pause.check)
            if not is_what_came(digest, recorded):
                forget_file(whole)
                return
            set_times(whole, here.item.client_modified, here.item.client_created)
    except NotPlaceable:
        keeper.note(kind, Made.IMPOSSIBLE, place)
        return
    keeper.put(kind, owner, place, whole, source=source, sha256=recorded.sha256 or "")
    forget_file(whole)  # two names of one file do not replace each other
