"""`.picasa.ini` in each folder that has pictures of albums, as Picasa wrote it: which albums these are in.

[Picasa] name=…            the album whose folder it is, in the layout by album
[.album:TOKEN] name=…      each album that a file here is in
[a.jpg] albums=TOKEN,…     each of those files, in the order of the album

The form is Picasa's own, as Franz Buchinger described it ('.picasa.ini file structure', public domain): CRLF, UTF-8.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from onedrive.albums.record import Album
from onedrive.choosing.selection import Layout
from onedrive.companions.keeper import CompanionTask
from onedrive.companions.record import CompanionKind
from onedrive.local.filing import name_album_folders
from onedrive.terminal.progress import DISK

PICASA_INI = ".picasa.ini"


@dataclass
class _Folder:
    """The album files in one folder: their names here and their ids; and the album whose folder it is."""

    files: list[tuple[str, str]] = field(default_factory=list)
    album: Album | None = None


def make_picasa_files(task: CompanionTask) -> None:
    """Write those that are wished; put aside those that are not any more. Raises DiskFull, StateFileBroken."""
    keeper = task.keeper
    task.progress.update(f"writing {PICASA_INI}", waits_for=DISK)
    wished = _find_folders(task) if task.request.selection.picasa else {}
    for place, folder in sorted(wished.items()):
        ini = f"{place}/{PICASA_INI}" if place else PICASA_INI
        content = make_ini(folder.files, task.albums_of, folder.album).encode(errors="replace")
        keeper.put(CompanionKind.PICASA, place, ini, content)
    keeper.put_aside(
        [line for line in keeper.record.entries() if line.kind is CompanionKind.PICASA and line.owner not in wished]
    )


def _find_folders(task: CompanionTask) -> dict[str, _Folder]:
    """By place: the folders with files that are in albums."""
    folders: dict[str, _Folder] = defaultdict(_Folder)
    places = [(here.place, here.item.id) for here in task.all_files() if here.item.id in task.albums_of]
    places += [
        (line.place, line.owner.split("/")[1])
        for line in task.keeper.record.entries()
        if line.kind is CompanionKind.ALBUM
    ]
    for place, item_id in places:
        folder, _, name = place.rpartition("/")
        folders[folder].files.append((name, item_id))
    if task.request.selection.layout is Layout.ALBUM:
        for album, path in name_album_folders(task.request.albums):
            if folder_of_album := folders.get(task.keeper.paths.folder_place(path)):
                folder_of_album.album = album
    return folders


def make_ini(files: Iterable[tuple[str, str]], albums_of: Mapping[str, Sequence[Album]], album: Album | None) -> str:
    """The file of one folder, of its files' names and ids; `album`: the one whose folder it is."""
    order = {member.id: number for number, member in enumerate(album.members)} if album else {}
    last = len(order)
    listed = sorted(files, key=lambda file: (order.get(file[1], last), file[0]))
    albums = {each.id: each for _, item_id in listed for each in albums_of.get(item_id, ())}
    lines = ["[Picasa]", f"name={_on_one_line(album.name)}"] if album else []
    lines += ["[encoding]", "utf8=1"]
    for each in albums.values():
        lines += [f"[.album:{_token(each)}]", f"name={_on_one_line(each.name)}", f"token={_token(each)}"]
    for name, item_id in listed:
        if name == _on_one_line(name):  # a line break cannot be written
            lines += [f"[{name}]", f"albums={','.join(map(_token, albums_of.get(item_id, ())))}"]
    return "".join(f"{line}\r\n" for line in lines)


def _token(album: Album) -> str:
    """32 digits, as Picasa's own; the same in every folder and after each renaming."""
    return hashlib.sha256(album.id.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _on_one_line(name: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", name)
