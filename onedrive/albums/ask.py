"""Asking OneDrive for its albums: a request for each page of them, and one for each page of each album's files.

    bundles, albums only ─► the children of each, some at a time ─► matched to the files of the list ─► albums.json

On accounts that Microsoft has moved, the list of bundles without the filter is stale, so it is never asked for; 503
comes and goes; and members may be known by other ids than in their folders (trap 102).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from onedrive.albums.record import Album, AlbumMember
from onedrive.errors import OneDriveError, ServiceRefused, ServiceUnusable
from onedrive.graph.batch import is_gone, item_address
from onedrive.graph.item import DriveItem, Kind, NotAnItem, from_graph, normalise_drive_id, read_quick_xor
from onedrive.graph.pages import PageStream, RepeatGuard
from onedrive.graph.session import ForeignNextLink, GraphSession, JsonObject, RepeatingPages
from onedrive.graph.traits import FileKind, kind_of
from onedrive.home.database import Database
from onedrive.net.patience import THROTTLED, TRANSIENT
from onedrive.net.workers import Workers, wait_for
from onedrive.words import as_text, split_name

_ONLY_ALBUMS = "bundle/album%20ne%20null"
# The documentation's example has no dollar sign, its text has one.
_ADDRESSES = [f"/me/drive/bundles?{filter_word}={_ONLY_ALBUMS}" for filter_word in ("filter", "$filter")]
_WIDEST = 1000
_FIELDS = "id,name,size,file,folder,parentReference"
_AT_A_TIME = 4
_PHOTO = FileKind.PHOTO
_MOVING = "itemDisabledDueToUserContentMigration"
_NO_ANSWER = (ServiceRefused, ServiceUnusable, RepeatingPages, ForeignNextLink)
_MOST_GIVEN_UP = 3  # each took its minute of asking again; when more do, it is the service and not the album


class AlbumsNotGiven(OneDriveError):
    """OneDrive did not say which albums there are; or, of those that are `named`, which files they have."""

    def __init__(self, cause: OneDriveError, named: str = "") -> None:
        codes = (cause.code, *cause.inner_codes) if isinstance(cause, ServiceRefused) else ()
        is_moving = any(code.lower() == _MOVING.lower() for code in codes)
        why = (
            f"Microsoft is moving this account's albums just now ({cause.raw})"
            if is_moving and isinstance(cause, ServiceRefused)
            else cause.sentence.rstrip(".")
        )
        super().__init__(
            f"{named or 'The albums'} could not be asked for: {why}.",
            "Choose 3 again in some hours: this comes and goes."
            if is_moving
            else cause.hint or "Choose 3 again later.",
        )


@dataclass(frozen=True)
class GivenAlbum:
    """An album as OneDrive gives it; `cover_id` and the members' ids are the service's."""

    id: str
    name: str
    cover_id: str
    members: Sequence[DriveItem] = ()
    refusal: OneDriveError | None = None  # why it does not give its files


def fetch_albums(graph: GraphSession, known: Sequence[Album], report: Callable[[int, int], object]) -> list[GivenAlbum]:
    """All albums with their files in order; `report` hears how many of how many have come.

    Of `known` ones that the service does not name it is asked by their ids: one may be missing in its list only.
    One that refuses is passed over. Raises AlbumsNotGiven where more than albums of their own are in trouble, and what
    concerns more than albums: ConnectionLost, SignInNeeded, Stopped.
    """
    try:
        return _fetch_all(graph, known, report)
    except _NO_ANSWER as error:
        raise AlbumsNotGiven(error) from error


def _fetch_all(graph: GraphSession, known: Sequence[Album], report: Callable[[int, int], object]) -> list[GivenAlbum]:
    albums = [album for row in _read_pages(graph, _ADDRESSES) if (album := _read_album(row))]
    named = {album.id for album in albums}
    albums += [GivenAlbum(album.id, album.name, album.cover) for album in known if album.id not in named]
    workers = Workers(_AT_A_TIME, "albums")
    coming = [workers.submit(_fetch_members, graph, album.id) for album in albums]
    given, given_up = [], 0
    try:
        for album, future in zip(albums, coming, strict=True):
            try:
                members = wait_for(future)
                given.append(replace(album, members=members))
            except _NO_ANSWER as refusal:
                given_up += not isinstance(refusal, ServiceRefused) or refusal.status in TRANSIENT | THROTTLED
                if given_up > _MOST_GIVEN_UP:
                    raise
                if album.id in named or not (isinstance(refusal, ServiceRefused) and is_gone(refusal)):
                    given.append(replace(album, refusal=refusal))
            report(len(given), len(albums))
    finally:
        for future in coming:
            future.cancel()
        workers.close()
    return given


def _read_pages(graph: GraphSession, addresses: Sequence[str]) -> list[JsonObject]:
    rows: list[JsonObject] = []
    guard = RepeatGuard()
    for page in PageStream(graph, addresses):
        guard.check(page)
        rows += page.items
    return list({as_text(row.get("id")): row for row in rows}.values())


def _read_album(row: JsonObject) -> GivenAlbum | None:
    """Without its files; None for something else that was shared together."""
    bundle, album_id, name = row.get("bundle"), as_text(row.get("id")), as_text(row.get("name"))
    album = bundle.get("album") if isinstance(bundle, dict) else None
    if not (album_id and name and isinstance(album, dict)):
        return None
    return GivenAlbum(album_id, name, as_text(album.get("coverImageItemId")))


def _fetch_members(graph: GraphSession, album_id: str) -> list[DriveItem]:
    """The files of an album."""
    address = f"{item_address(album_id)}/children"
    rows = _read_pages(graph, [f"{address}?$top={_WIDEST}&$select={_FIELDS}", address])
    return [item for item in map(_read_member, rows) if item is not None and item.kind is not Kind.FOLDER]


def _read_member(row: JsonObject) -> DriveItem | None:
    try:
        return from_graph(row)
    except NotAnItem:
        return None


def match_albums(
    given: Sequence[GivenAlbum], database: Database, drive_id: str, *, before: Sequence[Album]
) -> tuple[Album, ...]:
    """The albums with the ids of the list's files, by name; `database` is the list's catalogue.

    A file that was in an album `before`, and has left OneDrive since, stays in it at its end: what is here of it is
    still a picture of that album. One that was taken out of the album and is still on OneDrive does not. An album that
    does not give its files keeps those of before.
    """
    every = {member.id: member for album in given for member in album.members}
    ids = find_listed(database, every.values())
    kin = _find_kin(database, {ids[one.id] for one in every.values() if one.id in ids and kind_of(one) is _PHOTO})
    old = {album.id: album for album in before}
    listed = listed_ids(database, (member.id for album in old.values() for member in album.members))
    albums = []
    for album in given:
        last = old.get(album.id)
        if album.refusal:
            known = last or Album(album.id, album.name, album.cover_id, ())
            albums.append(replace(known, name=album.name, is_read=False))
            continue
        members = [AlbumMember(_id_of(member, ids, drive_id), member.name, member.size) for member in album.members]
        named = {member.id for member in members}
        was = last.members if last else ()
        members += [one for one in was if one.id and one.id not in named and one.id not in listed]
        cover = ids.get(album.cover_id) or (album.cover_id if album.cover_id not in every else "")
        of_it = {one for picture in album.members for one in kin.get(ids.get(picture.id, ""), ())}
        albums.append(Album(album.id, album.name, cover, tuple(members), tuple(sorted(of_it))))
    return tuple(sorted(albums, key=lambda one: (one.name.lower(), one.name, one.id)))


def _find_kin(database: Database, pictures: Iterable[str]) -> dict[str, list[str]]:
    """By picture: the other files of its folder that share its name: the film of a Live Photo, a raw file."""
    named: dict[tuple[int, str], list[str]] = defaultdict(list)
    for picture, folder, name in database.rows(
        "SELECT id, folder, name FROM file WHERE id IN (SELECT value FROM json_each(?))", (json.dumps([*pictures]),)
    ):
        named[folder, split_name(name)[0].casefold()].append(picture)
    kin: dict[str, list[str]] = defaultdict(list)
    folders = sorted({folder for folder, _ in named})
    for identity, folder, name in database.rows(
        "SELECT id, folder, name FROM file WHERE folder IN (SELECT value FROM json_each(?))", (json.dumps(folders),)
    ):
        for picture in named.get((folder, split_name(name)[0].casefold()), ()):
            if identity != picture:
                kin[picture].append(identity)
    return kin


def _id_of(member: DriveItem, ids: Mapping[str, str], drive_id: str) -> str:
    """The list's id; of what the list does not have, its own where its folder is on the drive itself."""
    is_of_drive = normalise_drive_id(member.drive_id) == drive_id
    return ids.get(member.id) or (member.id if is_of_drive else "")


def find_listed(database: Database, members: Iterable[DriveItem]) -> dict[str, str]:
    """By the service's id of each member: that of the list's file which it is, for those that are found.

    By id; else by checksum and size, where the name chooses among equal files, and after that the path: their bytes are
    the same. Without a checksum, by name and size where one file alone has both.
    """
    by_id = {member.id: member for member in members}
    found = {identity: identity for identity in listed_ids(database, by_id)}
    lost = [member for identity, member in by_id.items() if identity not in found and member.size]
    taken = set(found.values())
    equal = _files_of_sizes(database, {member.size or 0 for member in lost}) if lost else {}
    for member in lost:
        if chosen := _choose(member, equal.get(member.size or 0, ()), taken):
            found[member.id] = chosen
            taken.add(chosen)
    return found


def _choose(member: DriveItem, files: Sequence[tuple[str, str, str]], taken: set[str]) -> str:
    """Which of the files of its size (id, checksum, name, by path) it is; '' where that cannot be told."""
    checksum = read_quick_xor(member.quick_xor_hash, is_empty=False)
    if checksum:
        same = [file for file in files if file[1] == checksum]
        return min(same, key=lambda file: (file[2] != member.name, file[0] in taken), default=("",))[0]
    named = [identity for identity, _, name in files if name == member.name]
    return named[0] if len(named) == 1 else ""


def listed_ids(database: Database, identities: Iterable[str]) -> set[str]:
    """Those of the ids that the list has."""
    sql = "SELECT id FROM file WHERE id IN (SELECT value FROM json_each(?))"
    return set(chain.from_iterable(database.rows(sql, (json.dumps([*identities]),))))


def _files_of_sizes(database: Database, sizes: Iterable[int]) -> dict[int, list[tuple[str, str, str]]]:
    """By size: id, checksum and name of the list's files, by path."""
    files = defaultdict(list)
    for size, *file in database.rows(
        """SELECT size, file.id, coalesce(hash, ''), file.name FROM file JOIN folder ON number = folder
        WHERE size IN (SELECT value FROM json_each(?)) ORDER BY path || '/' || file.name, file.id""",
        (json.dumps([*sizes]),),
    ):
        files[size].append((file[0], file[1], file[2]))
    return files
