"""What is to be renamed, in which order: collisions and forbidden names are found before anything is sent.

    wishes ─► unchanged ones left out ─► forbidden? taken? ─► waves: what is in one does not depend on the rest of it

A name that another item gives up can be taken in a later wave. Circles, and names that differ by case or accent form
only (trap 93), go by way of a temporary name.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from onedrive.drive_item import DriveItem
from onedrive.onedrive_names import LONGEST_NAME, name_key, why_forbidden
from onedrive.rename_pattern import split_name

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
    return item.path[: -len(item.name) - 1] if item.path.endswith(f"/{item.name}") else item.path.rpartition("/")[0]


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
