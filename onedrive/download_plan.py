"""What is to be done for each file of the list, decided before any request.

    list ─► recorded, unchanged, still there: nothing to do
         ─► recorded, only its path is new: moved on this disk
         ─► everything else is wanted: a slim row, so that 100,000 of them fit into little memory

`choose_action` decides again for one file with its newest metadata, just before its bytes would be fetched.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from onedrive.drive_item import DriveItem, Kind
from onedrive.local_path import LocalPaths
from onedrive.manifest import Manifest, Recorded
from onedrive.manifest_line import DIFFERS_BY_DESIGN, VERIFIED_BY_REPEAT

CLOCK_GRAIN_SECONDS = 2  # FAT keeps every other second


class Action(StrEnum):
    """What to do for one file."""

    FETCH = "fetch it"
    SKIP = "it is there already"
    ADOPT = "something of its size is there: hash it, and fetch only if it is something else"
    MOVE = "it is here under its old path: move it"
    REFUSE = "OneDrive never hands it out"


@dataclass(frozen=True, slots=True)
class LocalFile:
    """What stands in a place: size in bytes, modified time in seconds since 1970; a folder or a link is no file."""

    size_bytes: int
    modified: int
    is_file: bool = True


@dataclass(slots=True)
class WantedFile:
    """One file to see to; `place` is below downloads. What else is known of it is asked anew when its turn comes."""

    id: str
    drive_id: str
    parent_id: str
    folder: str  # OneDrive's path of the folder, '' for the root
    name: str
    size_bytes: int
    ctag: str
    etag: str = ""  # kept for moved files only
    place: str = ""

    @property
    def path(self) -> str:
        """OneDrive's path."""
        return f"{self.folder}/{self.name}"


@dataclass
class DownloadPlan:
    """All that is to be done; `unavailable` has path, id and reason of files that OneDrive never hands out."""

    wanted: list[WantedFile] = field(default_factory=list)
    moved: list[WantedFile] = field(default_factory=list)
    # Those of `wanted` whose older version is here under a path that OneDrive has no longer.
    outdated: list[WantedFile] = field(default_factory=list)
    # Paths of files that are here and were listed once, and are no longer on OneDrive.
    gone: list[str] = field(default_factory=list)
    unavailable: list[tuple[str, str, str]] = field(default_factory=list)
    there: int = 0
    there_bytes: int = 0
    # Files of the list in each folder, by the folder's id: says how many pages it has.
    listed_in: dict[str, int] = field(default_factory=dict)

    def by_folder(self) -> Iterator[list[WantedFile]]:
        """The wanted files, a folder at a time, in the order of the list."""
        folders: dict[tuple[str, str], list[WantedFile]] = {}
        for row in self.wanted:
            folders.setdefault((row.drive_id, row.parent_id), []).append(row)
        yield from folders.values()


def make_plan(
    items: Iterable[DriveItem],
    manifest: Manifest,
    paths: LocalPaths,
    look: Callable[[str], LocalFile | None],
    *,
    covers: Callable[[str, str], bool] | None = None,
) -> DownloadPlan:
    """Sort the items of the list by what is to be done; `look` says what stands in a place.

    `covers` says for a drive id and a path whether the list would name a file there; None: that is not known, and
    nothing is taken for deleted.
    """
    plan = DownloadPlan()
    seen: dict[str, set[str]] = {}
    for item in items:
        ids = seen.setdefault(item.drive_id, set())
        if item.id not in ids:
            ids.add(item.id)
            plan.listed_in[item.parent_id] = plan.listed_in.get(item.parent_id, 0) + 1
            _sort_in(plan, item, manifest=manifest, paths=paths, look=look)
    for row in sorted([*plan.moved, *plan.wanted], key=lambda row: (row.folder, row.id)):
        row.place = row.place or paths.choose(row.folder, row.name, row.id)
    if covers is not None:
        plan.gone = [
            recorded.path
            for drive_id, item_id, recorded in manifest.items()
            if item_id not in seen.get(drive_id, ())
            and covers(drive_id, recorded.path)
            and not paths.is_given(recorded.local_path)
            and look(recorded.local_path) is not None
        ]
    return plan


def choose_action(item: DriveItem, local: LocalFile | None, recorded: Recorded | None, place: str) -> Action:
    """What to do for a file whose place is `place`, where `local` stands now (None: nothing)."""
    if item.kind is not Kind.FILE or item.has_malware:
        return Action.REFUSE
    same = recorded is not None and is_same_content(item, recorded)
    if local is None:
        return Action.MOVE if same and recorded and recorded.local_path != place else Action.FETCH
    if not local.is_file:
        return Action.FETCH
    if recorded is not None and recorded.local_path == place:
        if is_untouched(local, recorded):
            return Action.SKIP if same else Action.FETCH
        if recorded.is_damaged and not item.quick_xor_hash:
            return Action.FETCH  # size and time would speak for it, and must not
        if same and local.size_bytes == recorded.size_bytes:
            return Action.ADOPT
    return Action.ADOPT if local.size_bytes == item.size else Action.FETCH


def is_same_content(item: DriveItem, recorded: Recorded) -> bool:
    """True when what was downloaded is what OneDrive has now."""
    if recorded.verified in (DIFFERS_BY_DESIGN, VERIFIED_BY_REPEAT):
        return recorded.has_etag(item.etag) if item.etag else recorded.has_ctag(item.ctag)
    if recorded.has_ctag(item.ctag) or (not item.ctag and recorded.has_etag(item.etag)):
        return True
    if item.quick_xor_hash:
        return item.quick_xor_hash == recorded.quick_xor_hash
    sha256, sha1 = recorded.shas or (None, None)
    return bool((sha256 and sha256 == item.sha256) or (sha1 and sha1 == item.sha1))


def is_untouched(local: LocalFile | None, recorded: Recorded) -> bool:
    """True when the file on the disk is as we left it."""
    return (
        local is not None
        and local.is_file
        and not recorded.is_damaged
        and local.size_bytes == recorded.size_bytes
        and abs(local.modified - recorded.modified) <= CLOCK_GRAIN_SECONDS
    )


def _sort_in(
    plan: DownloadPlan,
    item: DriveItem,
    *,
    manifest: Manifest,
    paths: LocalPaths,
    look: Callable[[str], LocalFile | None],
) -> None:
    recorded = manifest.find(item.drive_id, item.id)
    folder, name = _folder_and_name(item)
    place = ""
    if recorded and recorded.path == item.path and paths.keep(folder, recorded.local_path, item.id):
        place = recorded.local_path
    # Without a recorded place nothing is looked up yet: which place is free is known at the end of the list.
    action = choose_action(item, look(place) if place else None, recorded, place)
    if action is Action.REFUSE:
        why = "OneDrive found malware in it" if item.has_malware else "it is not a file"
        plan.unavailable.append((item.path, item.id, why))
    elif action is Action.SKIP and recorded:
        plan.there += 1
        plan.there_bytes += recorded.size_bytes
    else:
        row = WantedFile(
            id=item.id,
            drive_id=sys.intern(item.drive_id),
            parent_id=sys.intern(item.parent_id),
            folder=sys.intern(folder),
            name=name,
            size_bytes=item.size or 0,
            ctag=item.ctag,
            place=place,
        )
        # An old copy that is gone or edited cannot be moved: then the file is to be fetched, and counted so.
        if action is Action.MOVE and recorded and is_untouched(look(recorded.local_path), recorded):
            row.etag = item.etag
            plan.moved.append(row)
        else:
            plan.wanted.append(row)
            if recorded and not place:
                plan.outdated.append(row)


def _folder_and_name(item: DriveItem) -> tuple[str, str]:
    """The parts of the item's path; a name that holds a slash itself stays in one piece."""
    if item.path.endswith(f"/{item.name}"):
        return item.path[: -len(item.name) - 1], item.name
    folder, _, name = item.path.rpartition("/")
    return folder, name
