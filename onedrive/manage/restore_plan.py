"""What can be brought back of what option 7 deleted, and where to, by what OneDrive says of its recycle bin.

    a run on record ─► still in the bin? ─► its folder: stands, comes back too, or another ─► its name: free, or new

`restore.py` shows it and carries it out. Nothing is changed here.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeGuard

from onedrive.graph.batch import Answer, fetch_all, is_gone, item_address
from onedrive.graph.item import normalise_drive_id
from onedrive.graph.session import GraphSession, JsonObject
from onedrive.home.records import DELETED, DELETED_ITEMS, RESTORED, read_rows
from onedrive.manage.deletions import GONE_BEFORE
from onedrive.manage.rename_plan import name_key
from onedrive.manage.writes import Kept
from onedrive.net.address import quote_part
from onedrive.words import format_bytes, plural, printable, split_name

NOT_IN_BIN = "it is no longer in OneDrive's recycle bin"
THERE_AGAIN = "it is already back on OneDrive"
_NOT_SAID = "OneDrive did not say whether it is in the recycle bin"
_NAME_NOT_SAID = "OneDrive did not say whether its name is free"
_MOST_NAMES = 20


@dataclass(frozen=True, slots=True)
class DeletedItem:
    """An item that option 7 deleted, as the record has it; `parent_id` is '' where older records do not say it."""

    id: str
    drive_id: str
    path: str
    parent_id: str
    size_bytes: int
    is_folder: bool

    @property
    def name(self) -> str:
        """What it was called."""
        return self.path.rpartition("/")[2]


@dataclass
class DeleteRun:
    """One earlier run of deletions, and what is not back of it, by id; `when` is ISO 8601 in UTC."""

    run: str
    when: str
    items: dict[str, DeletedItem] = field(default_factory=dict)

    def describe(self) -> str:
        """When it was, how many and how much, and one of them."""
        files = [item for item in self.items.values() if not item.is_folder] or list(self.items.values())
        size = format_bytes(sum(item.size_bytes for item in files))
        when, more = self.when[:16].replace("T", " "), " and so on" if len(files) > 1 else ""
        what = plural("folder" if files[0].is_folder else "file", len(files))
        return f"{when} UTC, {what} ({size}): {printable(files[0].path)}{more}"


def read_delete_runs(home: Path, drive_id: str) -> list[DeleteRun]:
    """The runs of which not all is back, the last one first; what was gone before us is none of ours.

    Older records do not say which run a line is of: then a day is one. Raises FolderNotUsable.
    """
    deleted: dict[str, tuple[str, str, DeletedItem]] = {}
    for row in read_rows(home / DELETED_ITEMS):
        texts = {key: str(row.get(key) or "") for key in ("id", "driveId", "path", "parentId", "when", "run")}
        if normalise_drive_id(texts["driveId"]) != drive_id or not (texts["id"] and texts["path"].startswith("/")):
            continue
        if row.get("state") == RESTORED:
            deleted.pop(texts["id"], None)
        elif row.get("state") == DELETED and row.get("reason") != GONE_BEFORE:
            size = row.get("size")
            item = DeletedItem(
                *(texts["id"], drive_id, texts["path"], texts["parentId"]),
                size_bytes=size if isinstance(size, int) else 0,
                is_folder=row.get("kind") == "folder",
            )
            deleted.pop(item.id, None)
            deleted[item.id] = texts["run"] or texts["when"][:10], texts["when"], item
    runs: dict[str, DeleteRun] = {}
    for run, when, item in deleted.values():
        runs.setdefault(run, DeleteRun(run, when)).items[item.id] = item
    return sorted(runs.values(), key=lambda run: run.when, reverse=True)


def choose_deleted(run: DeleteRun, typed: str) -> list[DeletedItem]:
    """The items that are meant: a folder by its path with all in it, names by a pattern, a part of a name; '': all."""
    text = typed.strip().lower()
    if text.startswith("/") and not any(mark in text for mark in "*?["):
        inside = text.rstrip("/") + "/"
        return [item for item in run.items.values() if f"{item.path.lower()}/".startswith(inside)]
    pattern = text if any(mark in text for mark in "*?[") else f"*{text}*"
    pattern = pattern.rpartition("/")[2]
    return [item for item in run.items.values() if not text or fnmatch.fnmatchcase(item.name.lower(), pattern)]


@dataclass(frozen=True)
class ReturnPlace:
    """Where an item comes back to: a folder and its path; `comes_back`: it is itself still to be brought back."""

    id: str
    path: str
    comes_back: bool = False


@dataclass(frozen=True)
class Returning:
    """One item that can be brought back; `name` is what it will be called."""

    item: DeletedItem
    place: ReturnPlace
    name: str

    @property
    def target(self) -> str:
        """The path that it will have."""
        return f"{self.place.path}/{self.name}"


@dataclass
class RestorePlan:
    """What comes back, folders first and those nearest to the root before all; and what cannot, and why.

    `foreign` are the folders that somebody else deleted: they come back with whatever was in them.
    """

    returning: list[Returning] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


def plan_restore(graph: GraphSession, items: Iterable[DeletedItem]) -> RestorePlan:
    """Ask OneDrive where each of the items is, and say what can be done. Raises as `fetch_items`."""
    plan = RestorePlan()
    in_bin = _look_into_bin(graph, items, plan)
    places = _find_places(graph, in_bin, plan)
    waiting = [Returning(item, places[item.parent_id or item.path], item.name) for item in in_bin.values()]
    plan.returning = _find_names(graph, waiting, plan)
    plan.returning.sort(
        key=lambda one: (not one.item.is_folder, one.item.is_folder * one.item.path.count("/"), one.item.path)
    )
    return plan


def bin_address(item_id: str) -> str:
    """Where OneDrive tells of an item also when it is in the recycle bin (driveitem-get; personal drives only)."""
    return f"{item_address(item_id)}?includeDeletedItems=true"


def is_in_bin(answer: Answer) -> bool:
    """Whether OneDrive shows an item in the recycle bin."""
    return isinstance(answer, dict) and answer.get("deleted") is not None


def _look_into_bin(graph: GraphSession, items: Iterable[DeletedItem], plan: RestorePlan) -> dict[str, DeletedItem]:
    """Those that are in the bin, with the folder in which they were; the others are kept."""
    asked = list(items)
    found: dict[str, DeletedItem] = {}
    for item, answer in zip(asked, fetch_all(graph, [bin_address(item.id) for item in asked]), strict=True):
        if is_in_bin(answer):
            found[item.id] = replace(item, parent_id=item.parent_id or _parent_of(answer))
        elif isinstance(answer, dict):
            plan.kept.append(Kept(item.path, THERE_AGAIN))
        else:
            plan.kept.append(Kept(item.path, NOT_IN_BIN if is_gone(answer) else _NOT_SAID))
    return found


def _find_places(
    graph: GraphSession, in_bin: dict[str, DeletedItem], plan: RestorePlan
) -> Mapping[str, ReturnPlace]:  # fmt: skip
    """Where what was in each folder comes back to, by the folder's id; folders that are needed for it join `in_bin`."""
    places: dict[str, ReturnPlace] = {}
    _replace_by_standing(graph, [item for item in in_bin.values() if item.is_folder], in_bin, places, plan)
    lost: dict[str, str] = {}  # folders that are gone for good, and their paths
    while asking := {
        item.parent_id or item.path: item.path.rpartition("/")[0]
        for item in in_bin.values()
        if (item.parent_id or item.path) not in places and (item.parent_id or item.path) not in lost
    }:
        for folder_id, answer in zip(asking, fetch_all(graph, map(item_address, asking)), strict=True):
            path = asking[folder_id]
            if _is_folder(answer):
                above, _, name = path.rpartition("/")
                is_root = answer.get("root") is not None
                places[folder_id] = ReturnPlace(folder_id, "" if is_root else f"{above}/{answer.get('name') or name}")
            elif folder_id in in_bin:
                places[folder_id] = ReturnPlace(folder_id, path, comes_back=True)
        missing = [folder_id for folder_id in asking if folder_id not in places]
        _replace_by_standing(graph, [_folder(folder_id, asking[folder_id]) for folder_id in missing], {}, places, plan)
        missing = [folder_id for folder_id in missing if folder_id not in places]
        for folder_id, answer in zip(missing, fetch_all(graph, map(bin_address, missing)), strict=True):
            path = asking[folder_id]
            if is_in_bin(answer) and isinstance(answer, dict) and answer.get("folder") is not None:
                in_bin[folder_id] = replace(_folder(folder_id, path), parent_id=_parent_of(answer))
                places[folder_id] = ReturnPlace(folder_id, path, comes_back=True)
                plan.foreign.append(path)
            else:
                lost[folder_id] = path
    return places | _find_nearest(graph, lost)


def _folder(folder_id: str, path: str) -> DeletedItem:
    return DeletedItem(folder_id, "", path, "", 0, is_folder=True)


def _replace_by_standing(
    graph: GraphSession,
    folders: Sequence[DeletedItem],
    in_bin: dict[str, DeletedItem],
    places: dict[str, ReturnPlace],
    plan: RestorePlan,
) -> None:
    """Where a folder of the same path stands again, it is the place for what was in the one that is gone."""
    answers = fetch_all(graph, [_path_address(folder.path) for folder in folders])
    for folder, answer in zip(folders, answers, strict=True):
        if _is_folder(answer):
            places[folder.id] = ReturnPlace(str(answer.get("id")), folder.path)
            if in_bin.pop(folder.id, None):
                plan.kept.append(Kept(folder.path, "a folder of that name is there again"))


def _find_nearest(graph: GraphSession, lost: Mapping[str, str]) -> dict[str, ReturnPlace]:
    """For folders that are gone for good, the nearest above them that stands; in the end that is the root."""
    above = sorted({"", *(parent for path in lost.values() for parent in _parents(path))}) if lost else []
    answers = zip(above, fetch_all(graph, map(_path_address, above)), strict=True)
    standing = {path: str(answer.get("id")) for path, answer in answers if _is_folder(answer)}
    found: dict[str, ReturnPlace] = {}
    for folder_id, lost_path in lost.items():
        path = next((path for path in _parents(lost_path) if path in standing), "")
        found[folder_id] = ReturnPlace(standing.get(path, "root"), path)
    return found


def _parents(path: str) -> list[str]:
    """The folders above, the nearest first; '' is the root."""
    found = []
    while path:
        path = path.rpartition("/")[0]
        found.append(path)
    return found


def _find_names(graph: GraphSession, waiting: Sequence[Returning], plan: RestorePlan) -> list[Returning]:
    """Each with a name that is free where it comes back: its own, or a new one."""
    found: list[Returning] = []
    claimed: set[tuple[str, str]] = set()
    for number in range(_MOST_NAMES):
        taken: list[Returning] = []
        tried = [replace(one, name=_restored_name(one.item.name, number)) for one in waiting]
        open_ones = [one for one in tried if not one.place.comes_back]
        addresses = [f"{item_address(one.place.id)}:/{quote_part(one.name)}" for one in open_ones]
        found_there = fetch_all(graph, addresses, expects_absence=True)  # OneDrive refuses a name that is taken
        answers = dict(zip([one.item.id for one in open_ones], found_there, strict=True))
        for one in tried:
            answer, key = answers.get(one.item.id), (one.place.id, name_key(one.name))
            if key in claimed or (isinstance(answer, dict) and not is_gone(answer)):
                taken.append(one)
            elif answer is not None and not is_gone(answer):
                plan.kept.append(Kept(one.item.path, _NAME_NOT_SAID))
            else:
                claimed.add(key)
                found.append(one)
        waiting = taken
        if not waiting:
            break
    plan.kept += [Kept(one.item.path, "there is no free name for it") for one in waiting]
    return found


def _restored_name(name: str, number: int) -> str:
    """`letter.txt`, then `letter (restored).txt`, `letter (restored 2).txt` …"""
    stem, extension = split_name(name)
    mark = ("", " (restored)", f" (restored {number})")[min(number, 2)]
    return f"{stem}{mark}{extension}"


def _path_address(path: str) -> str:
    names = [quote_part(name) for name in path.split("/") if name]
    return "/me/drive/root" + (":/" + "/".join(names) if names else "")


def _parent_of(answer: Answer) -> str:
    parent = answer.get("parentReference") if isinstance(answer, dict) else None
    return str(parent.get("id") or "") if isinstance(parent, dict) else ""


def _is_folder(answer: Answer) -> TypeGuard[JsonObject]:
    return isinstance(answer, dict) and not is_gone(answer) and answer.get("folder") is not None
