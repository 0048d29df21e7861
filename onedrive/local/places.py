"""A place below downloads for every item of a list; deterministic, without collisions, never outside.

Places are written as `Pictures/2023/a.jpg`, on every system. What the manifest recorded goes first, so that a file
keeps its place from run to run (trap 87); a name that is taken already gets a mark made of the item's id.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from onedrive.home.own_places import PROGRAM_FOLDER, is_state_file, parts_below
from onedrive.local.names import MARK_LENGTH, NameRules, marked_name, safe_name

PARTIAL_FOLDER = ".partial"
EARLIER_FOLDER = ".earlier"  # what OneDrive replaced, by the day on which it did; only ever added to
SUMS_FILE = "SHA256SUMS"
MARKER_FILE = ".onedrive-downloads.json"  # by its id the folder is known, wherever it is mounted
TWINS_FOLDER = "JPEG twins"  # what OneDrive makes of HEIC and RAW pictures, where wished
TWINS_NOTE = f"{TWINS_FOLDER}/READ ME.txt"
NAMES_OF_OURS = (PARTIAL_FOLDER, EARLIER_FOLDER, SUMS_FILE, MARKER_FILE, TWINS_FOLDER)
_OURS = "our own"
_MARK = re.compile(r"~([0-9a-f]+)")
_A_FOLDER = "folder "  # and its path: the owner of its name


@dataclass(frozen=True)
class OwnNames:
    """The names at the top of downloads that are the program's own, whatever OneDrive has under them.

    `names` as `_fold` makes them; with `state_files` the home is the downloads folder.
    """

    names: frozenset[str] = frozenset(NAMES_OF_OURS)
    state_files: bool = False

    def holds(self, name: str) -> bool:
        """Whether a name is one of them, in whatever case."""
        return _fold(name) in self.names or (self.state_files and is_state_file(name))


def own_names(home: Path, downloads: Path) -> OwnNames:
    """More than in other folders where the home, or the program itself, is in the downloads folder."""
    names = {_fold(name) for name in NAMES_OF_OURS}
    meets = False
    for inside in (home, PROGRAM_FOLDER):
        parts = parts_below(inside, downloads)
        if parts:
            names.add(_fold(parts[0]))
        meets |= parts == ()
    return OwnNames(frozenset(names), state_files=meets)


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


class LocalPaths:
    """The places that are given out in one run; cheap enough for 100,000 items."""

    def __init__(
        self,
        rules: NameRules,
        recorded_folders: Mapping[str, str] | None = None,
        *,
        own: OwnNames = OwnNames(),
    ) -> None:
        """`recorded_folders`: OneDrive's path of a folder to its place, as `recorded_folder_places` found them."""
        self.rules = rules
        self._own = own
        self._recorded = recorded_folders or {}
        self._folders: dict[str, str] = {"": ""}
        # For each folder: the keys of the names in it, and whose they are.
        self._owners: dict[str, dict[str, str]] = {"": {rules.key(name): _OURS for name in NAMES_OF_OURS}}

    def folder_place(self, path: str) -> str:
        """The place of the folder at OneDrive's `path` ('' or '/' is the root), the same each time it is asked."""
        path = path.rstrip("/")
        known = self._folders.get(path)
        if known is not None:
            return known
        parent, _, name = path.rpartition("/")
        parent_place = self.folder_place(parent)
        owner = _A_FOLDER + path
        place = self._recorded_place(path, parent_place) or self._choose(parent_place, [(name, owner)], owner)[0]
        self._folders[path] = place
        return place

    def folder_places(self) -> set[str]:
        """The places of all folders that were asked for."""
        return set(self._folders.values())

    def is_given(self, place: str) -> bool:
        """True when a place belongs to some item of this run, or is the program's own."""
        return bool(self._owner(place)) or ("/" not in place and self._own.holds(place))

    def is_given_to_file(self, place: str) -> bool:
        """True when a place belongs to some file of this run."""
        owner = self._owner(place)
        return bool(owner) and not owner.startswith(_A_FOLDER)

    def keep(self, folder_path: str, place: str, item_id: str, *, named: str = "", kin: str = "") -> bool:
        """Claim a recorded place for a file again; False when it is not (or no longer) right for this folder.

        `named`: its name must be made of this one, with the mark of `kin` where it has one; '': any that is taken here.
        """
        parent, _, name = place.rpartition("/")
        return (
            parent == self.folder_place(folder_path)
            and self.rules.keeps(name, item_id)
            and (not named or self._is_made_of(name, named, kin or item_id))
            and self._claim(parent, name, item_id)
        )

    def hold(self, place: str, item_id: str) -> bool:
        """Claim a place as it is, for a file that stays where it is recorded; False when it is another's."""
        parent, _, name = place.rpartition("/")
        return self._claim(parent, name, item_id)

    def choose(self, folder_path: str, name: str, item_id: str) -> str:
        """A place for a file that has none yet; ask in the order of ids, so that the list's order does not matter."""
        return self.choose_together(folder_path, [(name, item_id)], item_id)[0]

    def choose_together(self, folder_path: str, names: Sequence[tuple[str, str]], kin: str) -> list[str]:
        """Places in one folder for names and the ids of their files that share a stem: all with a mark, of `kin`'s id,
        or none.
        """
        return self._choose(self.folder_place(folder_path), names, kin)

    def choose_another(self, place: str, item_id: str) -> str:
        """A place beside `place`, for when something stands there that cannot be moved away."""
        folder, _, name = place.rpartition("/")
        return self._marked(folder, name, item_id)

    def _owner(self, place: str) -> str:
        folder, _, name = place.rpartition("/")
        return self._owners.get(self.rules.key(folder), {}).get(self.rules.key(name), "")

    def _recorded_place(self, path: str, parent_place: str) -> str | None:
        place = self._recorded.get(path)
        if place is None:
            return None
        parent, _, name = place.rpartition("/")
        is_right = parent == parent_place and self.rules.keeps(name, path)
        return place if is_right and self._claim(parent, name, _A_FOLDER + path) else None

    def _choose(self, folder: str, names: Sequence[tuple[str, str]], kin: str) -> list[str]:
        wanted = safe = [(safe_name(name, kin, self.rules), owner) for name, owner in names]
        length = MARK_LENGTH
        while not all(self._is_free(folder, name, owner) for name, owner in wanted):
            wanted = [(marked_name(name, kin, self.rules, length), owner) for name, owner in safe]
            length += 1
        return [
            _join(folder, name) if self._claim(folder, name, owner) else self._marked(folder, name, owner)
            for name, owner in wanted
        ]

    def _marked(self, folder: str, name: str, owner: str) -> str:
        mark_length = MARK_LENGTH
        while True:
            marked = marked_name(name, owner, self.rules, mark_length)
            if self._claim(folder, marked, owner):
                return _join(folder, marked)
            mark_length += 1

    def _is_made_of(self, name: str, wanted: str, kin: str) -> bool:
        safe, mark = safe_name(wanted, kin, self.rules), _MARK.findall(name)
        return name == safe or (bool(mark) and name == marked_name(safe, kin, self.rules, len(mark[-1])))

    def _is_free(self, folder: str, name: str, owner: str) -> bool:
        is_ours = not folder and self._own.holds(name)
        return not is_ours and self._owners.get(self.rules.key(folder), {}).get(self.rules.key(name), owner) == owner

    def _claim(self, folder: str, name: str, owner: str) -> bool:
        if not folder and self._own.holds(name):
            return False
        key = self.rules.key(name)
        owners = self._owners.get(self.rules.key(folder))
        if owners is None:
            owners = self._owners[self.rules.key(folder)] = {}
        return owners.setdefault(key, owner) == owner


def recorded_folder_places(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Folders and their places, from recorded pairs of OneDrive's path of a file's folder and the place of that."""
    places: dict[str, str] = {}
    for path, place in pairs:
        while path and path not in places and path.count("/") == place.count("/") + 1:
            places[path] = place
            path, place = path.rpartition("/")[0], place.rpartition("/")[0]
    return places


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
