"""Patterns for names, `{date}_{name}` or `IMG_ -> Holiday `: checked once, asked for each file.

Option 7 renames by them on OneDrive, option 4 gives files such names on this disk (`--name`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime

from onedrive.errors import WrongAnswer
from onedrive.graph.item import DriveItem
from onedrive.graph.traits import camera_of, day_of
from onedrive.words import printable, split_name

PATTERN_FIELDS = {
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
LOCAL_FIELDS = [name for name in PATTERN_FIELDS if name != "n"]  # files on a disk come and go: no number stays theirs
_FIELD = re.compile(r"\{(\w+)(?::0?(\d{1,2}))?\}", re.ASCII)
_ARROW = re.compile(r" -> |->")


class WrongPattern(WrongAnswer):
    """What was typed is no pattern."""


class NoNewName(ValueError):
    """A file has not what the pattern asks for; the message says what, in words that fit after a name and a colon."""


# Makes the new name of an item, whose number in the choice is given. Raises NoNewName.
RenamePattern = Callable[[DriveItem, int], str]


def read_rename_pattern(text: str, fields: Collection[str] = PATTERN_FIELDS.keys()) -> RenamePattern:
    """Check what a person typed; `fields`: what may stand in it. Raises WrongPattern."""
    text = text.lstrip()
    if arrow := _ARROW.search(text):
        return _replacement(text[: arrow.start()], text[arrow.end() :])
    text = text.rstrip()
    unknown = [found[1] for found in _FIELD.finditer(text) if found[1] not in fields]
    if unknown:
        raise WrongPattern(f"There is no {{{unknown[0]}}}; there are {_in_braces(fields)}.")
    if not text:
        raise WrongPattern("Type a pattern.")
    if set("{}") & set(_FIELD.sub("", text)):
        raise WrongPattern("A brace stands alone; write fields as {name}.")
    if not _FIELD.search(text):
        raise WrongPattern("That would give every file the same name: put {name} or another field into it.")
    return lambda item, number: _fill(text, item, number)


def _in_braces(fields: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in fields)


_LONGEST_PATTERN = 200


def check_name_pattern(text: str) -> str:
    """The pattern itself, when it can name files on this disk. Raises WrongPattern."""
    text = text.lstrip() if _ARROW.search(text) else text.strip()  # behind an arrow a space counts
    if len(text) > _LONGEST_PATTERN or not text.isprintable():
        raise WrongPattern(f"The pattern {printable(text[:60])!r} is too long, or has a character that no name takes.")
    if "/" in _ARROW.split(text, maxsplit=1)[-1]:
        raise WrongPattern(f"A name has no / in it: --layout makes folders. Here can stand {_in_braces(LOCAL_FIELDS)}.")
    read_rename_pattern(text, LOCAL_FIELDS)
    return text


def make_local_name(pattern: RenamePattern, item: DriveItem, dated_by: DriveItem) -> str:
    """The name of a file on this disk, with its own extension; its own name where the pattern makes none.

    `dated_by`: the file whose day, time and camera it takes.
    """
    extension = split_name(item.name)[1]
    try:
        made = pattern(replace(dated_by, name=item.name), 1)
    except NoNewName:
        return item.name
    bare = made[: len(made) - len(extension)] if extension and made.lower().endswith(extension.lower()) else made
    return bare + extension if bare.strip(" .") else item.name


def _replacement(find: str, replace: str) -> RenamePattern:
    if not find:
        raise WrongPattern("Type what is to be replaced before the arrow.")
    if len(find) > 2 and find.startswith("/") and find.endswith("/"):
        try:
            pattern = re.compile(find[1:-1])
            re.sub(pattern, replace, "")  # a group that does not exist is found when the replacement is read
            pattern.sub(replace, "x")
        except re.error as error:
            raise WrongPattern(f"That is not a usable regular expression: {error}.") from error
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
    if camera := camera_of(item):
        return camera
    raise NoNewName("OneDrive does not say which camera took it")


def _date(item: DriveItem, field: str) -> str:
    if field == "time":
        return _time(item)
    day, _ = day_of(item)
    if day is None:
        raise NoNewName("it has no date")
    return format(day, {"date": "%Y-%m-%d", "year": "%Y", "month": "%m", "day": "%d"}[field])


def _time(item: DriveItem) -> str:
    """As the camera wrote it; else when the file was made, in UTC, as its day is."""
    taken = item.facets.get("photo", {}).get("takenDateTime")
    for text in (taken, item.client_created, item.client_modified):
        try:
            return datetime.fromisoformat(str(text)).strftime("%H-%M-%S")
        except ValueError:
            continue
    raise NoNewName("it has no time")
