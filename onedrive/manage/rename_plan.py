"""What is to be renamed, to what, in which order: collisions and forbidden names are found before anything is sent.

    new names ─► unchanged ones left out ─► forbidden? taken? ─► waves: what is in one does not depend on the rest of it

A name that another item gives up can be taken in a later wave. Circles, and names that differ by case or accent form
only (trap 93), go by way of a temporary name.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from onedrive.graph.item import DriveItem
from onedrive.manage.writes import Kept
from onedrive.words import LONE_SURROGATE, split_name

FORBIDDEN_CHARACTERS = '"*:<>?/\\|'
LONGEST_NAME = 255
LONGEST_PATH = 400
_RESERVED = frozenset(
    {".lock", "con", "prn", "aux", "nul", "desktop.ini"}
    | {f"{device}{digit}" for device in ("com", "lpt") for digit in range(10)}
)
_SAME_AS = str.maketrans({"æ": "ae", "œ": "oe"})


def name_key(name: str) -> str:
    """Two names with the same key cannot be in one folder: case, width, accent form and ae/æ do not count."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(_SAME_AS)
    return unicodedata.normalize("NFKC", folded)


def why_forbidden(name: str, folder: str) -> str | None:
    """Why OneDrive does not take this name in the folder with this path ('' is the root); None: it does."""
    characters = sorted({c for c in name if c in FORBIDDEN_CHARACTERS or ord(c) < 32 or ord(c) == 127})
    lowered = name.lower()
    if not name.strip(". "):
        return "nothing is left of the name"
    if LONE_SURROGATE.search(name):
        return "it contains a broken character"
    if characters:
        shown = " ".join(character if ord(character) >= 32 else f"\\x{ord(character):02x}" for character in characters)
        return f"OneDrive does not allow {shown} in a name"
    if name != name.strip():
        return "OneDrive does not allow a space at the beginning or end of a name"
    if name.endswith("."):
        return "OneDrive does not allow a dot at the end of a name"
    if lowered in _RESERVED or lowered.startswith("~$") or "_vti_" in lowered:
        return "OneDrive keeps this name for itself"
    if _length(name) > LONGEST_NAME:
        return f"it has more than {LONGEST_NAME} characters"
    if _length(f"{folder}/{name}") > LONGEST_PATH:
        return f"the whole path has more than {LONGEST_PATH} characters"
    return None


def _length(text: str) -> int:
    """Characters as the service counts them: an emoji is two."""
    return len(text) + sum(character > "\uffff" for character in text)


MOST_PLAIN_WAVES = 3  # a longer chain costs fewer requests by way of temporary names
# For each folder, by its id: what stands in it, by the key of its name.
Standing = Mapping[str, Mapping[str, str]]
NewName = tuple[DriveItem, str]


@dataclass
class RenamePlan:
    """Which items get which names, what is kept and why, and how many have that name already."""

    new_names: list[NewName] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    unchanged: int = 0


def plan_renames(wanted: Iterable[NewName], standing: Standing) -> RenamePlan:
    """Sort what is wanted; whoever shares a name with another, or stands in its way, keeps the old one."""
    plan = RenamePlan()
    for item, new_name in wanted:
        if new_name == item.name:
            plan.unchanged += 1
        elif why := why_forbidden(new_name, folder_of(item)):
            plan.kept.append(Kept(item.path, why, new_name))
        else:
            plan.new_names.append((item, new_name))
    while found := _collisions(plan.new_names, standing):
        plan.kept += [Kept(item.path, found[item.id], name) for item, name in plan.new_names if item.id in found]
        plan.new_names = [(item, name) for item, name in plan.new_names if item.id not in found]
    return plan


def _collisions(new_names: Sequence[NewName], standing: Standing) -> dict[str, str]:
    """By id, why items cannot have their names."""
    leaving = {item.id for item, _ in new_names}
    wanted = Counter((item.parent_id, name_key(name)) for item, name in new_names)
    found = {}
    for item, name in new_names:
        owner = standing.get(item.parent_id, {}).get(name_key(name))
        if wanted[item.parent_id, name_key(name)] > 1:
            found[item.id] = "several files would get this name"
        elif owner is not None and owner not in leaving:
            found[item.id] = "the folder already has something with that name"
    return found


def make_waves(new_names: Iterable[NewName], standing: Standing) -> list[list[NewName]]:
    """The requests in an order that works, each an item and its next name; those of one wave may be sent together."""
    taken = {folder_id: dict(names) for folder_id, names in standing.items()}
    waiting, waves = list(new_names), list[list[NewName]]()
    while waiting and len(waves) < MOST_PLAIN_WAVES:
        free = [(item, name) for item, name in waiting if name_key(name) not in taken.get(item.parent_id, {})]
        if not free:
            break
        waves.append(free)
        for item, name in free:
            names = taken.setdefault(item.parent_id, {})
            names.pop(name_key(item.name), None)
            names[name_key(name)] = item.id
        moved = {item.id for item, _ in free}
        waiting = [(item, name) for item, name in waiting if item.id not in moved]
    if waiting:
        waves += [[(item, temporary_name(item)) for item, _ in waiting], waiting]
    return waves


def temporary_name(item: DriveItem) -> str:
    """A name that nothing else has, from which one still sees which file it is."""
    mark = hashlib.sha256(item.id.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    stem, extension = split_name(item.name)
    addition = f" (renaming {mark}){extension}"
    return stem[: (LONGEST_NAME - len(addition)) // 2].rstrip() + addition


def folder_of(item: DriveItem) -> str:
    """The path of the folder that an item is in, '' for the root; names may hold a slash."""
    return item.path[: -len(item.name) - 1] if item.path.endswith(f"/{item.name}") else item.path.rpartition("/")[0]
