"""DownloadPlan: what is to be done for each file of the list; `plan_maker` fills it before any request.

A file that is wanted is a slim row, so that 100,000 of them fit into little memory. `choose_action` decides for one
file, and again with its newest metadata just before its bytes would be fetched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from onedrive.drive_item import DriveItem, Kind
from onedrive.manifest import Recorded
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
    etag: str = ""  # kept for moved files and twins only
    into: str = ""  # the folder by the layout, as a path; OneDrive's own where that is the layout
    place: str = ""
    layout: str = ""  # of the place, as the manifest has it

    @property
    def path(self) -> str:
        """OneDrive's path."""
        return f"{self.folder}/{self.name}"


class TwinWay(StrEnum):
    """What becomes of a file whose content another one has."""

    LINK = "a hard link to it"
    COPY = "a copy of it"
    NAME = "only named in the manifest"


@dataclass(frozen=True, slots=True)
class Twin:
    """A file with the content of another one, the original, whose bytes it needs not fetch.

    What is known of the original says later whether it still has that content; its drive is the row's. `modified` and
    `created` are the file's own times, as the service writes them.
    """

    row: WantedFile
    way: TwinWay
    original_id: str
    original_path: str
    original_ctag: str
    original_etag: str
    quick_xor_hash: str
    modified: str = ""
    created: str = ""


@dataclass
class DownloadPlan:
    """All that is to be done; `unavailable` has path, id and reason of files that OneDrive never hands out."""

    wanted: list[WantedFile] = field(default_factory=list)
    moved: list[WantedFile] = field(default_factory=list)
    # Drive and id of those of `moved` whose path on OneDrive is the old one: it is the layout that moves them.
    relaid: set[tuple[str, str]] = field(default_factory=set)
    twins: list[Twin] = field(default_factory=list)
    # Those of `wanted` whose older version is here under a path that OneDrive has no longer.
    outdated: list[WantedFile] = field(default_factory=list)
    # Paths of files that are here and were listed once, and are no longer on OneDrive.
    gone: list[str] = field(default_factory=list)
    unavailable: list[tuple[str, str, str]] = field(default_factory=list)
    there: int = 0
    there_bytes: int = 0
    # All files of the list, and those of them that a person's choice leaves out, by the reason.
    listed: int = 0
    listed_bytes: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    left_out_bytes: int = 0
    # Of those that are tried again: which are on the list, and for which nothing is to be done any more.
    found: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    # Files of the list in each folder, by the folder's id: says how many pages it has.
    listed_in: dict[str, int] = field(default_factory=dict)

    @property
    def chosen(self) -> int:
        """How many files are wanted by choice, here or not."""
        return self.listed - self.left_out.total()

    @property
    def chosen_bytes(self) -> int:
        """Their bytes as listed."""
        return self.listed_bytes - self.left_out_bytes

    def by_folder(self) -> Iterator[list[WantedFile]]:
        """The wanted files, a folder at a time, in the order of the list."""
        folders: dict[tuple[str, str], list[WantedFile]] = {}
        for row in self.wanted:
            folders.setdefault((row.drive_id, row.parent_id), []).append(row)
        yield from folders.values()


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
