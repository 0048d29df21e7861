"""Is each album whole here? What option 6 found of each of its files; option 6 says it, and the report shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from onedrive.albums.record import Album, AlbumList, AlbumMember
from onedrive.home.lists import ListState
from onedrive.home.verification import GOOD, KEPT_ONCE, ItemClass, VerifiedItem

_HERE = GOOD | {ItemClass.PUT_BACK, ItemClass.ELSEWHERE, ItemClass.ONLY_HERE}
NOT_CHOSEN = "not chosen"
_WHY = {
    ItemClass.LEFT_OUT: NOT_CHOSEN,
    ItemClass.MISSING: "not downloaded",
    ItemClass.AWAY: "on a disk that is not connected",
}
GONE, NOT_LISTED = "no longer on OneDrive", "not in what was listed"
NOT_GIVEN = "unknown (OneDrive did not give the files)"
UNKNOWN = "in no folder that OneDrive shows"


@dataclass(frozen=True)
class CheckedAlbum:
    """An album as it is here.

    `here` files of it are in order, `only_here` of them have left OneDrive since; `lacking` are the others in their
    order, each with why, in words. `rows`: which items of the verification are in it, by their numbers from 0, in the
    order of the album; `cover`: which of them is shown first of it; None: not known.
    """

    album: Album
    here: int
    only_here: int
    lacking: tuple[tuple[AlbumMember, str], ...]
    rows: tuple[int, ...]
    cover: int | None

    @property
    def reasons(self) -> Counter[str]:
        """How many are lacking for which reason."""
        return Counter(why for _, why in self.lacking)


class AlbumCheck:
    """Sees all items of a verification pass, and then says of each album what is here of it.

    `state` is that of the list: if that was of everything, what is not on it has left OneDrive.
    """

    def __init__(self, listed: AlbumList | None, state: ListState | None) -> None:
        self._albums = listed.albums if listed else ()
        self._is_whole_drive = state is None or state.is_whole
        self._wanted = {member.id for album in self._albums for member in album.members if member.id}
        self._found: dict[str, tuple[int, VerifiedItem]] = {}
        self._seen = 0

    def see(self, item: VerifiedItem) -> None:
        """One item passes."""
        if item.id in self._wanted:
            self._found[item.id] = self._seen, item
        self._seen += 1

    def checked(self) -> Iterator[CheckedAlbum]:
        """Each album."""
        for album in self._albums:
            lacking = tuple((member, why) for member in album.members if (why := self._why_lacking(member)))
            found = [self._found[member.id] for member in album.members if member.id in self._found]
            only_here = sum(item.item_class is ItemClass.ONLY_HERE for _, item in found)
            rows = tuple(row for row, _ in found)
            cover, _ = self._found.get(album.cover, (None, None))
            yield CheckedAlbum(album, len(album.members) - len(lacking), only_here, lacking, rows, cover)

    def _why_lacking(self, member: AlbumMember) -> str:
        """Why a file of an album is not here, '' when it is."""
        _, item = self._found.get(member.id, (0, None))
        if item is None:
            return (GONE if self._is_whole_drive else NOT_LISTED) if member.id else UNKNOWN
        is_here = item.item_class in _HERE or item.reason.startswith(KEPT_ONCE)
        return "" if is_here else _WHY.get(item.item_class, item.item_class.value)
