"""albums.json: the albums of a OneDrive as option 3 found them, each with its cover and its files in their order.

    asked for by `refresh.py` ─► albums.json ─► chosen by name (`albums_called`), arranged by, shown in the report

Only who wants something of albums reads it. Lost or damaged, option 3 with --albums makes it anew.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onedrive.errors import OneDriveError, StateFileBroken
from onedrive.home.files import is_there, write_whole
from onedrive.home.reading import as_written, check_fields
from onedrive.words import join_words, printable, shorten_middle

ALBUMS = "albums.json"
LIST = 3
HOW_TO_LIST = "python start.py --albums 3 lists them; so does 'Albums' in option 5."
_VERSION = 1
_MOST_NAMED = 5
_LONGEST_SHOWN = 40


@dataclass(frozen=True)
class AlbumMember:
    """A file of an album.

    `id` is that of the list's file; '' where the list had none that is it: then the rest is all that is known. Who has
    the list may find that the file has left OneDrive since: it stays in the album here. `size_bytes`: None: not said.
    """

    id: str
    name: str
    size_bytes: int | None = None


@dataclass(frozen=True)
class Album:
    """An album; `cover` is the id of the list's file ('': none, or not in the list), `members` are in their order.

    Names are the person's own: two albums may share one, and it may hold any character. `kin`: the ids of files that
    share their name with a picture of it, in that one's folder: the film of a Live Photo, a raw file. `is_read`: False:
    OneDrive did not give its files when it was asked last, so they are those of before, none where it never gave them.
    """

    id: str
    name: str
    cover: str
    members: tuple[AlbumMember, ...]
    kin: tuple[str, ...] = ()
    is_read: bool = True

    @property
    def files(self) -> frozenset[str]:
        """The ids of all files that come with it."""
        return frozenset([*(member.id for member in self.members), *self.kin]) - {""}

    @property
    def is_unknown(self) -> bool:
        """True when nobody knows what is in it."""
        return not (self.is_read or self.members)


@dataclass(frozen=True)
class AlbumList:
    """All albums of a drive, by name; `listed_at` is ISO 8601 in UTC, `drive_id` normalised."""

    drive_id: str
    listed_at: str
    albums: tuple[Album, ...]


def shown_name(name: str) -> str:
    """An album's name in a sentence."""
    return f"'{shorten_middle(printable(name), _LONGEST_SHOWN)}'"


class NoSuchAlbum(OneDriveError):
    """An album that is to be chosen is none of those that are known."""

    def __init__(self, name: str, known: Sequence[Album]) -> None:
        names = join_words([shown_name(album.name) for album in known], most=_MOST_NAMED)
        there = f"It has {names or 'no albums'}."
        super().__init__(
            f"Your OneDrive has no album {shown_name(name)}, or no longer. {there}",
            "It may have been renamed: choose 5 to choose again, or list the albums anew "
            "(python start.py --albums 3) if it is new.",
        )


class AlbumUnknown(OneDriveError):
    """An album is to be chosen, and OneDrive has never given its files."""

    def __init__(self, album: Album) -> None:
        super().__init__(
            f"Which files are in the album {shown_name(album.name)} is not known: OneDrive did not give them.",
            "List the albums anew (python start.py --albums 3), or choose 5 to choose without it.",
        )


def read_album_list(home: Path) -> AlbumList | None:
    """What albums.json says; None when there is none. Raises StateFileBroken."""
    path = home / ALBUMS
    if not is_there(path):
        return None
    with as_written(path, "it is not what option 3 wrote", HOW_TO_LIST):
        row = json.loads(path.read_text(encoding="utf-8"))
        if row.pop("version") != _VERSION:
            raise ValueError("another version")
        return check_fields(AlbumList(**{**row, "albums": tuple(map(_read_album, row["albums"]))}))


def known_albums(
    home: Path, drive_id: str, complain: Callable[[StateFileBroken], object] = lambda _: None
) -> AlbumList | None:
    """What albums.json says of this drive; None where it says nothing, or is damaged, of which `complain` hears."""
    try:
        listed = read_album_list(home)
    except StateFileBroken as error:
        complain(error)
        return None
    return listed if listed and listed.drive_id == drive_id else None


def read_albums(home: Path) -> tuple[Album, ...]:
    """The albums in albums.json, by name; none where it is not there. Raises StateFileBroken."""
    listed = read_album_list(home)
    return listed.albums if listed else ()


def albums_called(albums: Iterable[Album], names: Sequence[str]) -> tuple[Album, ...]:
    """Those of the albums that have one of these names, as it is or as it is shown."""
    wanted = set(map(_alike, names))
    return tuple(album for album in albums if wanted & {_alike(album.name), _alike(printable(album.name))})


def write_album_list(home: Path, listed: AlbumList) -> None:
    """Replace albums.json in one step, one album a line. Raises DiskFull, FolderNotUsable."""
    head = json.dumps({"version": _VERSION, "drive_id": listed.drive_id, "listed_at": listed.listed_at})
    lines = ",\n".join(json.dumps(_album_to_json(album)) for album in listed.albums)
    write_whole(home / ALBUMS, f'{head[:-1]}, "albums": [\n{lines}\n]}}\n')


def _album_to_json(album: Album) -> dict[str, object]:
    return {**vars(album), "members": [vars(member) for member in album.members]}


def _read_album(row: Mapping[str, Any]) -> Album:
    members = tuple(check_fields(AlbumMember(**member)) for member in row["members"])
    kin = tuple(check_fields(AlbumMember(item_id, "")).id for item_id in row.get("kin", ()))
    return check_fields(Album(**{**row, "members": members, "kin": kin}))


def _alike(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().lower()
