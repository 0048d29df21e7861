r"""RenamePattern: new names made of a file's old one, its date, its camera and a number; or a replacement in the name.

`{date}_{name}` gives 2023-05-06_IMG_1234.jpg, `Holiday {n:03}` Holiday 001.jpg; the extension stays unless {ext} is
written. `IMG_ -> Holiday ` replaces a piece of the name, `/IMG_(\d+)/ -> Holiday \1` what a regular expression finds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from onedrive.chooser import camera_of
from onedrive.drive_item import DriveItem
from onedrive.item_date import day_of

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
