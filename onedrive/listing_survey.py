"""What a journal says, read in two passes: first the folders, the doubles and what is still open, then line by line.

The last occurrence of an item wins (GRAPH_FACTS §2.5). To know in little memory which items occur twice, each key sets
one bit of a large field; a key whose bit is set already is under suspicion, wrongly for a few in a thousand, and only
suspects are remembered until the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from onedrive.folder_paths import FolderPaths
from onedrive.list_line import join_line, sort_key, unescape
from onedrive.list_state import ListException
from onedrive.listing_intake import OpenFolder
from onedrive.listing_journal import KEY_SEPARATOR, ListingJournal, split_key
from onedrive.listing_reasons import LISTED_BY_SHORTCUT, ORPHAN

_BITS = 1 << 26
_MASK = _BITS - 1
ITEMS = (b"F", b"D", b"P")
UNKNOWN_FOLDER = "(folder not shown)"

Record = list[bytes]


@dataclass
class Survey:
    """The first pass. Keys and links are escaped bytes.

    `parents` has every key that is somebody's parent; `open_pages` the folders whose listing has begun or is finished,
    with the link of the next page ('' when finished); `exceptions` by key, and `unreadable` those about a folder
    itself: its listing is closed, so it stays named though the folder is shown again.
    """

    paths: FolderPaths
    parents: dict[bytes, bytes] = field(default_factory=dict)
    top_folders: dict[bytes, bytes] = field(default_factory=dict)
    early_folders: dict[bytes, tuple[bytes, bytes]] = field(default_factory=dict)  # shown before the root was
    suspects: set[int] = field(default_factory=set)
    exceptions: dict[bytes, Record] = field(default_factory=dict)
    unreadable: dict[bytes, Record] = field(default_factory=dict)
    shortcuts: dict[bytes, Record] = field(default_factory=dict)
    open_pages: dict[bytes, bytes] = field(default_factory=dict)
    links: set[bytes] = field(default_factory=set)
    aliases: dict[bytes, tuple[bytes, bytes]] = field(default_factory=dict)
    delta_link: str | None = None
    drive_root: bytes = b""
    is_root_shown: bool = False
    counts: tuple[int, int, int] = (0, 0, 0)

    @property
    def unknown_parents(self) -> list[bytes]:
        """Keys of parents that were never shown themselves."""
        return [key for key in self.parents if key not in self.paths]

    def unfinished(self, *, foreign_only: bool) -> list[tuple[OpenFolder, str | None]]:
        """The folders that are still to be walked, with the link of the page at which to go on."""
        found = []
        for key in self.paths:
            link = self.open_pages.get(key)
            if link == b"" or (foreign_only and KEY_SEPARATOR.encode() not in key):
                continue
            drive_id, identity = split_key(key)
            is_package = key in self.exceptions
            folder = OpenFolder(
                key.decode(),
                drive_id.decode(),
                identity.decode(),
                is_package=is_package,
                is_target=key in self.aliases,
            )
            found.append((folder, unescape(link) if link else None))
        return found

    def next_link(self, folder_key: str) -> str:
        """Where the pages of a folder (of delta: '') go on; '' when that is not known."""
        return unescape(self.open_pages.get(folder_key.encode(), b""))

    def visited_links(self, *, but: str) -> set[str]:
        """The links that have been followed."""
        return {unescape(link) for link in self.links if link} - {but}

    @property
    def childless_top_folders(self) -> dict[bytes, bytes]:
        """Folders in the drive's root without any child: empty, or locked. Their names by key."""
        return {key: name for key, name in self.top_folders.items() if key not in self.parents}


def survey_journal(journal: ListingJournal, root_key: bytes, root_path: bytes) -> Survey:
    """The first pass over a journal; `root_path` is '' for the whole drive."""
    survey = Survey(FolderPaths(root_key, root_path), drive_root=root_key)
    seen_bits = bytearray(_BITS >> 3)
    root_keys = {root_key}
    for line in journal.records():
        kind, rest = line[:1], line[2:]
        if kind in ITEMS:
            parent, key, name = rest.split(b"\t", 3)[:3]
            parent = survey.parents.setdefault(parent, parent)
            if kind != b"F" and key not in survey.aliases:  # what a shortcut leads to stays there
                survey.paths.put(key, parent, name)
                if kind == b"D" and parent in root_keys:
                    survey.top_folders[key] = name
                elif kind == b"D" and not survey.is_root_shown:
                    survey.early_folders[key] = (parent, name)
            if survey.exceptions:
                survey.exceptions.pop(key, None)
        elif kind == b"-":
            key = rest[1:-1]
            _forget(survey, key)
        else:
            _note(survey, kind, rest[:-1].split(b"\t"), root_keys)
            continue
        bit = hash(key) & _MASK
        place, mask = bit >> 3, 1 << (bit & 7)
        if seen_bits[place] & mask:
            survey.suspects.add(bit)
        else:
            seen_bits[place] |= mask
    return survey


def _forget(survey: Survey, key: bytes) -> None:
    survey.paths.remove(key)
    for table in (survey.top_folders, survey.early_folders, survey.exceptions, survey.unreadable, survey.shortcuts):
        table.pop(key, None)


def _note(survey: Survey, kind: bytes, fields: Record, root_keys: set[bytes]) -> None:
    """Take in a record that is no item."""
    if kind == b">":
        folder, link, *counts = fields
        survey.open_pages[folder] = link
        survey.links.add(link)
        survey.counts = (int(counts[0]), int(counts[1]), int(counts[2]))
    elif kind == b"X":
        table = survey.exceptions if fields[0] else survey.unreadable
        table[fields[1]] = fields
    elif kind == b"S":
        survey.shortcuts[fields[1]] = fields
    elif kind == b"A":
        survey.paths.put(fields[1], fields[0], fields[2])
        survey.aliases[fields[1]] = (fields[0], fields[2])
    elif kind == b"R":
        root_keys.add(fields[1])
        survey.is_root_shown = True
        survey.top_folders |= {key: name for key, (parent, name) in survey.early_folders.items() if parent == fields[1]}
        survey.early_folders.clear()
        survey.paths.set_drive_root(fields[1])
        survey.drive_root = fields[1]
    elif kind == b"=":
        survey.paths.put_alias(fields[0], fields[1])
    elif kind == b".":
        survey.delta_link = unescape(fields[0])


class PlacedLines:
    """The second pass: every line with its path, and what could not be placed."""

    def __init__(self, journal: ListingJournal, survey: Survey) -> None:
        self.exceptions: list[ListException] = []
        self._journal = journal
        self._survey = survey

    def __iter__(self) -> Iterator[tuple[bytes, bytes, bytes]]:
        """The kind (F, D or P), the sort key, and the line of each item, in no order."""
        suspects, aliases, place = self._survey.suspects, self._survey.aliases, self._place
        held: dict[bytes, int] = {}
        position = self._journal.first_position()
        for record in self._journal.records():
            kind = record[:1]
            if kind in ITEMS:
                _, parent, key, name, tail = record.split(b"\t", 4)
                if aliases and aliases.get(key, (parent, name)) != (parent, name):
                    self._name_double(parent, key, name)
                elif suspects and hash(key) & _MASK in suspects:
                    held[key] = position
                else:
                    yield from place(kind, parent, key, name, tail)
            elif kind == b"-":
                held.pop(record[3:-1], None)
            position += len(record)
        for position in held.values():
            kind, parent, key, name, tail = self._journal.record_at(position).split(b"\t", 4)
            yield from place(kind, parent, key, name, tail)
        named = {**self._survey.exceptions, **self._survey.unreadable}
        self.exceptions += [entry for entry in map(self._read_exception, named.values()) if entry]

    def _name_double(self, parent: bytes, key: bytes, name: bytes) -> None:
        """Something that a shortcut leads to was shown at another place too: it is listed at the shortcut's."""
        paths = self._survey.paths
        folder = paths.path_of(parent)
        if folder is None and paths.is_outside(parent):
            return
        where = unescape(folder + b"/" + name) if folder is not None else f"{UNKNOWN_FOLDER}/{unescape(name)}"
        entry = ListException(where, unescape(split_key(key)[1]), LISTED_BY_SHORTCUT, by_nature=True)
        if entry not in self.exceptions:
            self.exceptions.append(entry)

    def _place(
        self, kind: bytes, parent: bytes, key: bytes, name: bytes, tail: bytes
    ) -> Iterator[tuple[bytes, bytes, bytes]]:
        folder = self._survey.paths.path_of(parent)
        identity = split_key(key)[1]
        if folder is None:
            if not self._survey.paths.is_outside(parent):
                where = f"{UNKNOWN_FOLDER}/{unescape(name)}"
                self.exceptions.append(ListException(where, unescape(identity), ORPHAN, by_nature=False))
            return
        path = folder + b"/" + name
        yield kind, sort_key(path), join_line(identity, name, path, tail[:-1])

    def _read_exception(self, fields: Record) -> ListException | None:
        parent, key, name, text = fields
        said = json.loads(text)
        if not parent:  # about a folder itself
            own = self._survey.paths.path_of(key)
            where = UNKNOWN_FOLDER if own is None else unescape(own) or "/"
            return ListException(where, unescape(split_key(key)[1]), said["reason"], by_nature=said["by_nature"])
        folder = self._survey.paths.path_of(parent)
        if folder is None and self._survey.paths.is_outside(parent):
            return None
        path = unescape(folder + b"/" + name) if folder is not None else f"{UNKNOWN_FOLDER}/{unescape(name)}"
        return ListException(path, unescape(split_key(key)[1]), said["reason"], by_nature=said["by_nature"])
