"""Does a selection want this item, and if not, why; and what one run of option 4 is to bring.

Each part of a selection is one question about one trait of a file (its kind, folder, name, size, day, camera). They can
be asked for single traits too, so that `ListIndex` asks once for what thousands of files share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from onedrive.albums.record import HOW_TO_LIST, LIST, Album, AlbumUnknown, NoSuchAlbum, albums_called, read_album_list
from onedrive.choosing.globs import NameGlobs
from onedrive.choosing.ranges import today_here
from onedrive.choosing.selection import EVERYTHING, Layout, Selection
from onedrive.errors import StepNeeded
from onedrive.graph.item import DriveItem
from onedrive.graph.traits import FileKind, camera_of, day_of, kind_of
from onedrive.home.further import FurtherFolder


class Chooser:
    """Decides for one selection; `today` is the day that 'last 30 days' is counted from.

    `albums`: those of the drive (`needed_albums`), of which the selection names some; without them nothing is in one.
    """

    def __init__(self, selection: Selection, today: date, albums: Sequence[Album] = ()) -> None:
        self._least, self._most = selection.min_size or 0, selection.max_size
        self.first, self.last = selection.dates.bounds(today) if selection.dates else (None, None)
        self._kinds = selection.kinds
        self._folders = tuple(map(_folder_start, selection.folders)) or ("/",)
        self._without = tuple(map(_folder_start, selection.without_folders))
        self._globs = NameGlobs(selection.include, selection.exclude)
        self._asks_day = selection.dates is not None
        self._asks_album = bool(selection.albums)
        self.album_files = frozenset[str]().union(*(album.files for album in albums_called(albums, selection.albums)))
        self._cameras = frozenset(camera.lower() for camera in selection.cameras)
        asks_folder, asks_size = self._folders != ("/",) or self._without, self._least or self._most is not None
        parts: tuple[tuple[object, str, Callable[[DriveItem], bool]], ...] = (
            (self._asks_album, "in no chosen album", lambda item: item.id in self.album_files),
            (self._kinds, "of another kind", lambda item: self.wants_kind(kind_of(item))),
            (asks_folder, "in another folder", lambda item: self.wants_folder(item.path.rpartition("/")[0])),
            (selection.include or selection.exclude, "by its name", lambda item: self.wants_name(item.path)),
            (asks_size, "by its size", lambda item: self.wants_size(item.size or 0)),
            (self._asks_day, "by its date", lambda item: self.wants_day(day_of(item)[0])),
            (self._cameras, "from another camera", lambda item: self.wants_camera(camera_of(item))),
        )
        self._tests = [(reason, test) for is_asked, reason, test in parts if is_asked]

    def wants(self, item: DriveItem) -> bool:
        """True when the file passes every part of the selection."""
        return self.why_not(item) is None

    def why_not(self, item: DriveItem) -> str | None:
        """Why a file is left out, in words that fit after 'left out'; None: it is wanted."""
        return next((reason for reason, test in self._tests if not test(item)), None)

    def wants_kind(self, kind: FileKind) -> bool:
        """True when files of this kind are wanted."""
        return not self._kinds or kind in self._kinds

    def wants_folder(self, path: str) -> bool:
        """True when files in this folder are wanted; '' is the root. A folder that is left out wins."""
        start = _folder_start(path)
        return start.startswith(self._folders) and not start.startswith(self._without)

    def concerns(self, path: str) -> bool:
        """True when what stands at a path, but is no file (a vault, a shortcut), may hold something that is wanted."""
        if self._asks_album:
            return False
        start = _folder_start(path)
        return self.wants_folder(path) or any(folder.startswith(start) for folder in self._folders)

    def wants_name(self, path: str) -> bool:
        """True when a file at this path is wanted, by its name and its folders' names."""
        return self._globs.admits(path)

    def wants_size(self, size_bytes: int) -> bool:
        """True when files of so many bytes are wanted."""
        return self._least <= size_bytes and (self._most is None or size_bytes <= self._most)

    def wants_day(self, day: date | None) -> bool:
        """True when files of this day are wanted; None: it is not known, and nobody asked for that."""
        if day is None:
            return not self._asks_day
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)

    def wants_camera(self, camera: str) -> bool:
        """True when what this camera took is wanted; '' is no known camera."""
        return not self._cameras or camera.lower() in self._cameras


def _folder_start(path: str) -> str:
    """How the paths of all files below a folder begin, whatever their case."""
    return path.lower().rstrip("/") + "/"


def needed_albums(home: Path, selection: Selection) -> tuple[Album, ...]:
    """All known albums, where files are chosen or put into folders by them; else none, and nothing is read.

    Raises StepNeeded where none are known yet, NoSuchAlbum, AlbumUnknown, StateFileBroken.
    """
    is_by_album = selection.layout is Layout.ALBUM
    if not (is_by_album or selection.albums):
        return ()
    if (listed := read_album_list(home)) is None:
        arranged = "Folders by album need the list of your albums, and there is none yet."
        chosen = "It is not known yet which albums your OneDrive has."
        raise StepNeeded(LIST, arranged if is_by_album else chosen, HOW_TO_LIST)
    for name in selection.albums:
        if not (called := albums_called(listed.albums, [name])):
            raise NoSuchAlbum(name, listed.albums)
        for album in called:
            if album.is_unknown:
                raise AlbumUnknown(album)
    return listed.albums


@dataclass(frozen=True)
class DownloadRequest:
    """The selection in force and what else narrows a run.

    `today` is the day that 'last 30 days' is counted from. `leaves_places`: what is here stays in its place, whatever
    the layout says. `only`: ids of the items that are to be tried again; None: no such limit. `further`: folders in
    which files may be that need not be fetched. `albums`: all of the drive, where something of it needs them.
    """

    selection: Selection = EVERYTHING
    today: date = field(default_factory=today_here)
    leaves_places: bool = False
    only: frozenset[str] | None = None
    further: tuple[FurtherFolder, ...] = ()
    albums: tuple[Album, ...] = ()

    def folder_chooser(self) -> Chooser | None:
        """Who decides about folders that may be empty; None: they come only with the files that are chosen in them."""
        rest = replace(self.selection, folders=(), without_folders=())
        return Chooser(self.selection, self.today) if rest.wants_all else None

    def chooser(self) -> Chooser | None:
        """Who decides about an item; None: nothing is left out."""
        return None if self.selection.wants_all else Chooser(self.selection, self.today, self.albums)
