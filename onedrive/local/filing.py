"""Filing: which folder here a file goes into, and under which name; by the layout and the pattern that are chosen.

    as on OneDrive, by date, by album ─► the folder    a pattern ─► the name    both ─► the word for it in the manifest

Files of one folder that share their name with a picture (the film of a Live Photo, a raw file) go along with it.
`places.py` makes of that a place that nobody else has.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from onedrive.albums.record import Album, albums_called
from onedrive.choosing.name_pattern import make_local_name, read_rename_pattern
from onedrive.choosing.selection import Layout, LayoutPattern, Selection
from onedrive.errors import SettingsError, WrongAnswer
from onedrive.graph.item import DriveItem
from onedrive.graph.traits import FileKind, kind_of
from onedrive.home.manifest import Manifest, ManifestLine
from onedrive.local.names import REPLACEMENT
from onedrive.local.places import recorded_folder_places
from onedrive.words import split_name, split_path

ALBUMS_FOLDER = "Albums"
# The words in the manifest: of the layout, with a second one where the name is another than OneDrive's.
AS_ON_ONEDRIVE, BY_DATE, BY_ALBUM, NAMED = "", "date", "album", "named"
IN_FOLDERS_OF_ONEDRIVE = (AS_ON_ONEDRIVE, NAMED)
_NO_FOLDER = re.compile(r"[/\x00-\x1f\x7f-\x9f]+")


class FiledItem(NamedTuple):
    """A file, and where it belongs.

    `into`: the folder, '/2019/2019-06', '' for the topmost; `further`: ids and folders of other albums that have it.
    `kin`: the id of the file whose name it shares, its own where there is none. `word` as the manifest has it.
    """

    item: DriveItem
    into: str
    name: str
    word: str
    kin: str
    further: tuple[tuple[str, str], ...] = ()

    @property
    def pattern_name(self) -> str:
        """The name that a pattern made; '' where it is OneDrive's."""
        return self.name if self.word.endswith(NAMED) else ""

    def is_as_recorded(self, recorded: ManifestLine) -> bool:
        """True when the recorded place may be right: given out in this layout, for the item as it is called now."""
        if recorded.layout != self.word:
            return False
        has_its_name = recorded.path.rpartition("/")[2] == self.item.name
        return recorded.path == self.item.path or (has_its_name and self.word not in IN_FOLDERS_OF_ONEDRIVE)


class Filing:
    """One layout, with its names."""

    def __init__(self, selection: Selection, albums: Sequence[Album] = (), manifest: Manifest | None = None) -> None:
        """`albums`: for the layout by album; of several, a file stays in that where `manifest` has it, or goes into the
        first, a chosen one before others. Raises SettingsError for a pattern that makes no folder or name.
        """
        self.layout = selection.layout
        self._manifest = manifest
        try:
            self._pattern = LayoutPattern(selection.pattern) if self.layout is Layout.DATE else None
            self._name = read_rename_pattern(selection.name) if selection.name else None
        except WrongAnswer as error:
            raise SettingsError(str(error), "Choose 5 to set another pattern.") from error
        chosen = {album.id for album in albums_called(albums, selection.albums)}
        self._albums = _folders_of_members(albums, chosen) if self.layout is Layout.ALBUM else {}

    @property
    def is_onedrives(self) -> bool:
        """Whether the folders are those of OneDrive."""
        return self.layout is Layout.ONEDRIVE

    @property
    def has_names(self) -> bool:
        """Whether files get other names than on OneDrive."""
        return self._name is not None

    def recorded_folders(self, manifest: Manifest) -> dict[str, str]:
        """OneDrive's path of each folder that has a recorded place here; none where all folders are of dates."""
        is_by_date = self.layout is Layout.DATE
        return {} if is_by_date else recorded_folder_places(manifest.folders_in(IN_FOLDERS_OF_ONEDRIVE))

    def file(self, items: Iterable[DriveItem]) -> Iterator[FiledItem]:
        """Where each file belongs; in the order of a list, a picture and what shares its name are neighbours."""
        if self._name is None and not self._albums:
            for item in items:
                yield self._file(item, item)
            return
        for _, neighbours in itertools.groupby(items, key=_neighbourhood):
            together = list(neighbours)
            pictures = self._find_pictures(together) if len(together) > 1 else {}
            for item in together:
                yield self._file(item, pictures.get(_stem(item), item))

    def _choose_folder(self, item: DriveItem, folders: Sequence[tuple[str, str]]) -> tuple[str, str]:
        recorded = self._manifest.find(item.drive_id, item.id) if self._manifest and len(folders) > 1 else None
        here = f"/{recorded.local_path.rpartition('/')[0]}" if recorded else ""
        return next((folder for folder in folders if folder[1] == here), folders[0])

    def _find_pictures(self, items: Iterable[DriveItem]) -> dict[str, DriveItem]:
        """By the name without extension: the picture that others go along with, one in an album or with a day first."""

        def worth(item: DriveItem) -> tuple[bool, bool, str]:
            return item.id in self._albums, "takenDateTime" in item.facets.get("photo", {}), item.name

        pictures = sorted((item for item in items if kind_of(item) is FileKind.PHOTO), key=worth)
        return {_stem(item): item for item in pictures}

    def _file(self, item: DriveItem, picture: DriveItem) -> FiledItem:
        folder, name = split_path(item.path, item.name)
        into, word = folder, AS_ON_ONEDRIVE
        further: tuple[tuple[str, str], ...] = ()
        if self._pattern is not None:
            into, word = f"/{self._pattern.folder_for(picture)}", BY_DATE
        elif folders := self._albums.get(item.id) or self._albums.get(picture.id):
            first = self._choose_folder(item, folders)
            into, word, further = first[1], BY_ALBUM, tuple(other for other in folders if other is not first)
        local = make_local_name(self._name, item, picture) if self._name else name
        word = word if local == name else f"{word} {NAMED}".lstrip()
        return FiledItem(item, into, local, word, picture.id, further)


def _neighbourhood(item: DriveItem) -> tuple[str, str]:
    folder, name = split_path(item.path, item.name)
    return folder, name.partition(".")[0].casefold()


def _stem(item: DriveItem) -> str:
    return split_name(item.name)[0].casefold()


def _folders_of_members(albums: Iterable[Album], chosen: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Id and folder of each album that a file is in, by the file's id; those that are chosen first."""
    folders: dict[str, list[tuple[str, str]]] = {}
    for album, folder in sorted(name_album_folders(albums), key=lambda named: named[0].id not in chosen):
        for item_id in album.files:
            folders.setdefault(item_id, []).append((album.id, folder))
    return folders


def name_album_folders(albums: Iterable[Album]) -> Iterator[tuple[Album, str]]:
    """Each album with its folder, by name; two of one name have two folders."""
    taken: set[str] = set()
    for album in sorted(albums, key=lambda album: (_fold(album.name), album.id)):
        plain = _NO_FOLDER.sub(REPLACEMENT, album.name.strip()) or "Album"
        names = itertools.chain([plain], (f"{plain} ({number})" for number in itertools.count(2)))
        name = next(name for name in names if _fold(name) not in taken)
        taken.add(_fold(name))
        yield album, f"/{ALBUMS_FOLDER}/{name}"


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip()).casefold()
