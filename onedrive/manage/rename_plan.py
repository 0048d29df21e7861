"""What is to be renamed, to what, in which order: collisions and forbidden names are found before anything is sent.

    wishes ─► unchanged ones left out ─► forbidden? taken? ─► waves: what is in one does not depend on the rest of it

A name that another item gives up can be taken in a later wave. Circles, and names that differ by case or accent form
only (trap 93), go by way of a temporary name.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from onedrive.graph.item import DriveItem
from onedrive.graph.traits import camera_of, day_of
from onedrive.words import LONE_SURROGATE, split_path

FIELDS = {
    "name": "the name without its extension",
    "ext": "the extension without its dot",
    "n": "1, 2, 3; {n:03} gives 001, 002",
    "date": "the day, 2023-05-06",
    "year": "2023",
    "month": "05",
    "day": "06",
    "time": "when it was taken, 07-08-09",
    "camera": "the camera, Apple iPhone 8",
}
_FIELD = re.compile(r"\{(\w+)(?::0?(\d{1,2}))?\}", re.ASCII)
_ARROW = re.compile(r" -> |->")
_LONGEST_EXTENSION = 20


class WrongPattern(ValueError):
    """What was typed is no pattern; the message says why, in a sentence."""


class NoNewName(ValueError):
    """A file has not what the pattern asks for; the message says what, in words that fit after a name and a colon."""


@dataclass(frozen=True)
class RenamePattern:
    """A pattern that was checked; `make` gives the new name of an item, whose number in the choice is given."""

    text: str
    make: Callable[[DriveItem, int], str]


def read_rename_pattern(text: str) -> RenamePattern:
    """Check what a person typed. Raises WrongPattern."""
    text = text.lstrip()
    arrow = _ARROW.search(text)
    if arrow:
        return RenamePattern(text, _replacement(text[: arrow.start()], text[arrow.end() :]))
    text = text.rstrip()
    unknown = [found[1] for found in _FIELD.finditer(text) if found[1] not in FIELDS]
    if unknown:
        raise WrongPattern(f"There is no {{{unknown[0]}}}; there are {', '.join(f'{{{name}}}' for name in FIELDS)}.")
    if not text:
        raise WrongPattern("Type a pattern.")
    if set("{}") & set(_FIELD.sub("", text)):
        raise WrongPattern("A brace stands alone; write fields as {name}.")
    if not _FIELD.search(text):
        raise WrongPattern("That would give every file the same name: put {name} or {n} into it.")
    return RenamePattern(text, lambda item, number: _fill(text, item, number))


def split_name(name: str) -> tuple[str, str]:
    """The name without its extension, and the extension with its dot ('' when there is none)."""
    stem, dot, extension = name.rpartition(".")
    if not stem or not extension or len(extension) > _LONGEST_EXTENSION or " " in extension:
        return name, ""
    return stem, dot + extension


def _replacement(find: str, replace: str) -> Callable[[DriveItem, int], str]:
    if not find:
        raise WrongPattern("Type what is to be replaced before the arrow.")
    if len(find) > 2 and find.startswith("/") and find.endswith("/"):
        try:
            pattern = re.compile(find[1:-1])
            re.sub(pattern, replace, "")  # a group that does not exist is found when the replacement is read
            pattern.sub(replace, "x")
        except re.error as error:
            raise WrongPattern(f"That is no regular expression that can be used: {error}.") from error
        return lambda item, _number: pattern.sub(replace, item.name)
    return lambda item, _number: item.name.replace(find, replace)


def _fill(text: str, item: DriveItem, number: int) -> str:
    stem, extension = split_name(item.name)

    def value(found: re.Match[str]) -> str:
        field, width = found[1], int(found[2] or 0)
        if field == "n":
            return str(number).zfill(width)
        if field in ("name", "ext"):
            return stem if field == "name" else extension[1:]
        return _camera(item) if field == "camera" else _date(item, field)

    made = _FIELD.sub(value, text)
    return made if "{ext}" in text else made + extension


def _camera(item: DriveItem) -> str:
    camera = camera_of(item)
    if not camera:
        raise NoNewName("OneDrive does not say which camera took it")
    return camera


def _date(item: DriveItem, field: str) -> str:
    if field == "time":
        return _time(item)
    day, _ = day_of(item)
    if day is None:
        raise NoNewName("it has no date")
    return {"date": day.isoformat(), "year": f"{day:%Y}", "month": f"{day:%m}", "day": f"{day:%d}"}[field]


def _time(item: DriveItem) -> str:
    """As the camera wrote it; else when the file was made, in UTC, as its day is."""
    taken = item.facets.get("photo", {}).get("takenDateTime")
    for text in (taken, item.client_created, item.client_modified):
        try:
            return datetime.fromisoformat(str(text)).strftime("%H-%M-%S")
        except ValueError:
            continue
    raise NoNewName("it has no time")


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
        return "there is nothing left of the name"
    if LONE_SURROGATE.search(name):
        return "it has a broken character in it"
    if characters:
        shown = " ".join(character if ord(character) >= 32 else f"\\x{ord(character):02x}" for character in characters)
        return f"OneDrive takes no {shown} in a name"
    if name != name.strip():
        return "OneDrive takes no space at the beginning or end of a name"
    if name.endswith("."):
        return "OneDrive takes no dot at the end of a name"
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


@dataclass(frozen=True, slots=True)
class Renaming:
    """One item and its new name."""

    item: DriveItem
    new_name: str

    @property
    def new_path(self) -> str:
        """Where it will be."""
        return f"{folder_of(self.item)}/{self.new_name}"


@dataclass(frozen=True, slots=True)
class NotRenamed:
    """One item that keeps its name, and why, in words."""

    item: DriveItem
    new_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class RenameStep:
    """One request: the item gets this name, which is its final one or a temporary one."""

    renaming: Renaming
    name: str

    @property
    def is_final(self) -> bool:
        """Whether the item has its new name then."""
        return self.name == self.renaming.new_name


@dataclass
class RenamePlan:
    """What is renamed, what is not and why, and how many have that name already."""

    renamings: list[Renaming] = field(default_factory=list)
    problems: list[NotRenamed] = field(default_factory=list)
    unchanged: int = 0


def plan_renames(wishes: Iterable[tuple[DriveItem, str]], standing: Standing) -> RenamePlan:
    """Sort the wishes; whoever shares a name with another, or stands in its way, keeps the old one."""
    plan = RenamePlan()
    for item, new_name in wishes:
        if new_name == item.name:
            plan.unchanged += 1
        elif why := why_forbidden(new_name, folder_of(item)):
            plan.problems.append(NotRenamed(item, new_name, why))
        else:
            plan.renamings.append(Renaming(item, new_name))
    while found := _collisions(plan.renamings, standing):
        plan.problems += found
        bad = {problem.item.id for problem in found}
        plan.renamings = [renaming for renaming in plan.renamings if renaming.item.id not in bad]
    return plan


def make_waves(renamings: Iterable[Renaming], standing: Standing) -> list[list[RenameStep]]:
    """The requests in an order that works; those of one wave may be sent together."""
    taken = {folder_id: dict(names) for folder_id, names in standing.items()}
    waiting, waves = list(renamings), list[list[RenameStep]]()
    while waiting and len(waves) < MOST_PLAIN_WAVES:
        free = [one for one in waiting if name_key(one.new_name) not in taken.get(one.item.parent_id, {})]
        if not free:
            break
        waves.append([RenameStep(renaming, renaming.new_name) for renaming in free])
        for renaming in free:
            _move(taken, renaming.item, renaming.item.name, renaming.new_name)
        moved = {renaming.item.id for renaming in free}
        waiting = [renaming for renaming in waiting if renaming.item.id not in moved]
    if waiting:
        waves.append([RenameStep(renaming, temporary_name(renaming.item)) for renaming in waiting])
        waves.append([RenameStep(renaming, renaming.new_name) for renaming in waiting])
    return waves


def temporary_name(item: DriveItem) -> str:
    """A name that nothing else has, from which one still sees which file it is."""
    mark = hashlib.sha256(item.id.encode()).hexdigest()[:10]
    stem, extension = split_name(item.name)
    addition = f" (renaming {mark}){extension}"
    return stem[: (LONGEST_NAME - len(addition)) // 2].rstrip() + addition


def folder_of(item: DriveItem) -> str:
    """The path of the folder that an item is in, '' for the root; names may hold a slash."""
    return split_path(item.path, item.name)[0]


def _collisions(renamings: list[Renaming], standing: Standing) -> list[NotRenamed]:
    leaving = {renaming.item.id for renaming in renamings}
    wanted = Counter((renaming.item.parent_id, name_key(renaming.new_name)) for renaming in renamings)
    found = []
    for renaming in renamings:
        key = name_key(renaming.new_name)
        owner = standing.get(renaming.item.parent_id, {}).get(key)
        if wanted[renaming.item.parent_id, key] > 1:
            reason = "several files would get this name"
        elif owner is not None and owner not in leaving:
            reason = "something with that name is in the folder already"
        else:
            continue
        found.append(NotRenamed(renaming.item, renaming.new_name, reason))
    return found


def _move(taken: dict[str, dict[str, str]], item: DriveItem, old: str, new: str) -> None:
    names = taken.setdefault(item.parent_id, {})
    names.pop(name_key(old), None)
    names[name_key(new)] = item.id
