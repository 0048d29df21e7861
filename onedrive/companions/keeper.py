"""CompanionKeeper gives what is made beside the files its place, and never takes another file's; CompanionTask is what
every maker is given: that keeper, the files that are here, and whatever it needs to make something of them.

nothing stands there ─► put    bytes that we made stand there ─► replaced    anything else ─► it stays: the person's own
a file was moved ─► what belongs to it goes along, edited or not    it was put aside ─► that too

A line is written before the file gets its name, so that a kill between the two leaves no file that nobody knows.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Self

from onedrive.albums.record import Album
from onedrive.choosing.chooser import DownloadRequest
from onedrive.companions.record import COMPANIONS, Companion, CompanionKind, CompanionRecord, owner_of, read_companions
from onedrive.errors import NotPlaceable
from onedrive.graph.item import DriveItem
from onedrive.graph.session import GraphSession
from onedrive.home.failed import FailedItem
from onedrive.home.files import JsonLines, disk_errors, make_private_folder, open_own
from onedrive.home.lists import FILE_LIST, read_items
from onedrive.home.manifest import Manifest, ManifestLine
from onedrive.local.folder import DownloadFolder, local_file
from onedrive.local.names import safe_name
from onedrive.local.places import LocalPaths
from onedrive.local.proof import CLOCK_GRAIN_SECONDS, LocalFile
from onedrive.terminal.progress import Progress
from onedrive.terminal.terminal import Terminal
from onedrive.transfer.fetch import Transfer
from onedrive.transfer.partial import SUFFIX, partial_name


class Made(Enum):
    """What became of one companion in this run, in words that fit after their number."""

    NEW = "made now"
    UPDATED = "brought up to date"
    CURRENT = "as before"
    EDITED = "left with your changes"
    FOREIGN = "not made, because a file of yours has that name"
    IMPOSSIBLE = "not made, because this computer does not take it"


class CompanionKeeper:
    """Sees to the companions of one run. Use as a context manager. `check` may raise, between two files.

    `paths` are the places that belong to files of OneDrive. `counts` is how often what happened, `first` the place of
    the first one of each.
    """

    def __init__(self, home: Path, folder: DownloadFolder, paths: LocalPaths, check: Callable[[], None]) -> None:
        self.counts: Counter[tuple[CompanionKind, Made]] = Counter()
        self.first: dict[tuple[CompanionKind, Made], str] = {}
        self.record: CompanionRecord = read_companions(home)
        make_private_folder(folder.partial)
        self._path = home / COMPANIONS
        self.folder = folder
        self.paths = paths
        self._check = check
        self._lines: JsonLines | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the record."""
        if self._lines:
            self._lines.__exit__(*exception)

    def put(
        self,
        kind: CompanionKind,
        owner: str,
        place: str,
        content: bytes | Path,
        *,
        source: str = "",
        facts: str = "",
        sha256: str = "",
    ) -> Made:
        """Let this content (a Path: a whole file among the unfinished ones) stand in a place for an owner.

        `sha256`: the sum of its bytes, where it is known.
        What was made for it earlier and stands in another place goes there before. Raises DiskFull.
        """
        self._check()
        old = self._come_along(kind, owner, place)
        try:
            made = self._put(Companion(kind, owner, place, sha256=sha256, source=source, facts=facts), content, old)
        except NotPlaceable:
            made = Made.IMPOSSIBLE
        self.note(kind, made, place)
        return made

    def note(self, kind: CompanionKind, made: Made, place: str) -> None:
        """Count one."""
        self.counts[kind, made] += 1
        self.first.setdefault((kind, made), place)

    def needs(self, kind: CompanionKind, owner: str, place: str, source: str) -> bool:
        """Whether something new is to be made of this source; where not, it counts. For what costs more than a look."""
        line, standing = self._come_along(kind, owner, place), self.folder.status(place)
        is_current = line is not None and standing and source and (line.place, line.source) == (place, source)
        if line and standing and is_current and _is_as_left(local_file(standing), line):
            self.note(kind, Made.CURRENT, place)
        elif why_not := self._why_not(kind, place, line, standing):
            self.note(kind, why_not, place)
        else:
            return True
        return False

    def _come_along(self, kind: CompanionKind, owner: str, place: str) -> Companion | None:
        """What was made for an owner earlier, when it has come to the place from another one."""
        line = self.record.find(kind, owner)
        if line and line.place != place:
            self.follow([(line, place)])
        return self.record.find(kind, owner)

    def _why_not(
        self, kind: CompanionKind, place: str, line: Companion | None, standing: os.stat_result | None
    ) -> Made | None:
        """Why nothing new may stand in a place where `standing` is, and a `line` may say what we left."""
        name = place.rpartition("/")[2]
        if self.paths.is_given(place):
            return Made.FOREIGN
        if safe_name(name, "", self.folder.rules) != name:  # under another name no program finds it
            return Made.IMPOSSIBLE
        is_own_place = line is not None and line.place == place
        there = standing and local_file(standing)
        if there is None or (line and is_own_place and (_is_as_left(there, line) or _is_empty(there))):
            return None
        # A picture is not ours for its bytes alone: a person may have put the same one there.
        may_be_ours = there.is_file and (is_own_place or kind is not CompanionKind.ALBUM)
        if may_be_ours and bytes.fromhex(self._sum(self.folder.path(place))) in self.record.made:
            return None
        return Made.EDITED if is_own_place else Made.FOREIGN

    def follow(self, moves: Iterable[tuple[Companion, str]]) -> None:
        """What belongs to a file goes to its new place, edited or not; put aside where something stands there."""
        waiting = list(moves)
        while waiting:
            left = [(line, place) for line, place in waiting if not self._move(line, place)]
            if len(left) == len(waiting):
                break
            waiting = left
        self.put_aside(line for line, _ in waiting)

    def put_aside(self, lines: Iterable[Companion]) -> None:
        """What belongs to a file that was put aside, or to none any more, is kept among the earlier contents."""
        for line in lines:
            with contextlib.suppress(NotPlaceable):  # then it stays where it is
                if (there := self.folder.look(line.place)) and there.is_file:
                    self.folder.put_aside(line.place)
                self._tidy(line.place)
                self.forget(line)

    def forget(self, line: Companion) -> None:
        """What stands there is ours no longer."""
        self._take(replace(line, place=""))

    def _move(self, line: Companion, place: str) -> bool:
        folder = self.folder
        try:
            is_there = folder.look(line.place) is not None
            if is_there and (self.paths.is_given(place) or not folder.move(line.place, place)):
                return False
        except NotPlaceable:
            return False
        self._take(replace(line, place=place if is_there or folder.look(place) is None else ""))
        self._tidy(line.place)
        return True

    def _tidy(self, place: str) -> None:
        self.folder.remove_emptied(place.rpartition("/")[0], but=self.paths.folder_places())

    def _put(self, new: Companion, content: bytes | Path, old: Companion | None) -> Made:
        folder, place = self.folder, new.place
        standing = folder.status(place)
        sha256 = hashlib.sha256(content).hexdigest() if isinstance(content, bytes) else new.sha256 or self._sum(content)
        new = replace(new, sha256=sha256)
        if why_not := self._why_not(new.kind, place, old, standing):
            return why_not
        if standing is not None:
            there = local_file(standing)
            is_so = old and (old.place, old.sha256) == (place, sha256) and _is_as_left(there, old)
            if is_so or self._sum(folder.path(place)) == sha256:
                self._take(replace(new, size_bytes=there.size_bytes, modified=there.modified))
                return Made.CURRENT
        whole = content if isinstance(content, Path) else self._write(content)
        status = whole.stat()
        self._take(replace(new, size_bytes=status.st_size, modified=int(status.st_mtime)))
        if not folder.replace(whole, place, standing):
            return Made.EDITED
        return Made.UPDATED if standing is not None else Made.NEW

    def _sum(self, path: Path) -> str:
        """'' for what cannot be read: none of ours."""
        with contextlib.suppress(OSError), path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
        return ""

    def _write(self, content: bytes) -> Path:
        """A file among the unfinished ones; a later run sweeps up what a kill leaves."""
        path = self.folder.partial / f"{partial_name('', 'companion')}-copy{SUFFIX}"
        with disk_errors(path), os.fdopen(open_own(path), "wb") as stream:
            stream.truncate()
            stream.write(content)
        return path

    def _take(self, line: Companion) -> None:
        """Let a line count; it is written down where it says anything new."""
        known = self.record.find(line.kind, line.owner)
        if known == line or (known is None and not line.place):
            return
        if self._lines is None:
            self._lines = JsonLines(self._path)
        self._lines.write(line.to_row())
        self.record.take(line)


@dataclass(frozen=True, slots=True)
class FileHere:
    """A file of the list that is here."""

    item: DriveItem
    recorded: ManifestLine

    @property
    def place(self) -> str:
        """Where it is, below downloads."""
        return self.recorded.local_path

    @property
    def owner(self) -> str:
        """What it is called in the record of companions."""
        return owner_of(self.item.drive_id, self.item.id)


@dataclass
class CompanionTask:
    """One run. `drive_id` is the drive of the list; `failed` is what could not be made, in words; it grows."""

    terminal: Terminal
    home: Path
    graph: GraphSession
    make_transfer: Callable[[], Transfer]  # for bytes, as fast and over as many connections as the person allows
    folder: DownloadFolder
    request: DownloadRequest
    manifest: Manifest
    keeper: CompanionKeeper
    progress: Progress
    drive_id: str
    failed: list[FailedItem] = field(default_factory=list)

    @cached_property
    def albums_of(self) -> Mapping[str, Sequence[Album]]:
        """The albums that a file is in, by its id."""
        albums: dict[str, list[Album]] = {}
        for album in self.request.albums:
            for member_id in {member.id for member in album.members} - {""}:
                albums.setdefault(member_id, []).append(album)
        return albums

    def files(self) -> Iterator[FileHere]:
        """The files that are chosen and here, from the list each time. Raises StateFileBroken."""
        chooser = self.request.chooser()
        return (here for here in self.all_files() if chooser is None or chooser.wants(here.item))

    def all_files(self) -> Iterator[FileHere]:
        """The same, also what is no longer chosen."""
        for item in read_items(self.home / FILE_LIST):
            if here := self.find_here(item):
                yield here

    def find_here(self, item: DriveItem) -> FileHere | None:
        """The file of an item, if it is here."""
        recorded = self.manifest.find(item.drive_id, item.id)
        local = self.folder.look(recorded.local_path) if recorded else None
        is_here = recorded and local and local.is_file
        return FileHere(item, recorded) if recorded and is_here else None


def _is_as_left(there: LocalFile, line: Companion) -> bool:
    is_of_its_time = abs(there.modified - line.modified) <= CLOCK_GRAIN_SECONDS
    return there.is_file and there.size_bytes == line.size_bytes and is_of_its_time


def _is_empty(there: LocalFile) -> bool:
    """What a power cut leaves."""
    return there.is_file and not there.size_bytes
