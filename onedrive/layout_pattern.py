"""LayoutPattern: the folder of a file in the layout by date: '{year}/{year}-{month}' makes '2019/2019-06'.

Only `check_pattern` looks at what a person wrote; the folders that come out still go through `local_path`, which makes
their names safe for the disk.
"""

from __future__ import annotations

import re
from datetime import date

from onedrive.chooser import camera_of
from onedrive.drive_item import DriveItem
from onedrive.file_kind import FileKind, kind_of
from onedrive.item_date import day_of
from onedrive.words import printable

NO_DATE = "No date"
NO_CAMERA = "No camera"
DATE_TOKENS = ("year", "month", "day")
TOKENS = (*DATE_TOKENS, "camera", "kind")
LONGEST_PATTERN = 200
_TOKEN = re.compile(r"\{([^{}]*)\}")
_SEPARATOR = re.compile(r"[/\\\x00-\x1f\x7f-\x9f]+")


class WrongPattern(ValueError):
    """A pattern that makes no folder; the message says why, in a sentence."""


class LayoutPattern:
    """Checked once, asked for each file."""

    def __init__(self, pattern: str) -> None:
        """Raises WrongPattern."""
        self.text = check_pattern(pattern)
        self._needs_day = any(token in DATE_TOKENS for token in _TOKEN.findall(self.text))

    def folder_for(self, item: DriveItem) -> str:
        """The folder below downloads, '2019/2019-06'; the same for the same item each time."""
        day, _ = day_of(item)
        return self.folder(day, kind_of(item), camera_of(item))

    def folder(self, day: date | None, kind: FileKind, camera: str) -> str:
        """The folder for what is known of a file; `camera` is '' when none is known."""
        if self._needs_day and day is None:
            return NO_DATE
        words = {"camera": _as_name(camera) or NO_CAMERA, "kind": kind.value.capitalize()}
        if day is not None:
            words |= {"year": f"{day.year:04}", "month": f"{day.month:02}", "day": f"{day.day:02}"}
        return _TOKEN.sub(lambda found: words[found[1]], self.text)


def check_pattern(pattern: str) -> str:
    """The pattern itself, when it makes a folder below downloads. Raises WrongPattern."""
    text = pattern.strip()
    shown = f"'{printable(text[:60])}'"
    if not text:
        raise WrongPattern("A pattern must not be empty.")
    if len(text) > LONGEST_PATTERN:
        raise WrongPattern(f"The pattern {shown}… is longer than {LONGEST_PATTERN} characters.")
    if "\\" in text or not text.isprintable():
        raise WrongPattern(f"The pattern {shown} has a character that no folder takes; put / between folders.")
    if text.startswith(("/", "~")) or re.match(r"[A-Za-z]:", text):
        raise WrongPattern(f"The pattern {shown} must name a folder below downloads: it begins without / and drive.")
    unknown = [token for token in _TOKEN.findall(text) if token not in TOKENS]
    if unknown or re.search(r"[{}]", _TOKEN.sub("", text)):
        name = f"no {{{printable(unknown[0])}}}" if unknown else "a brace without its partner"
        known = ", ".join(f"{{{token}}}" for token in TOKENS)
        raise WrongPattern(f"In the pattern {shown} there is {name}; what can stand there is {known}.")
    parts = [part.strip() for part in text.split("/")]
    if not all(parts):
        raise WrongPattern(f"The pattern {shown} has an empty folder name.")
    if any(set(part) == {"."} for part in parts):
        raise WrongPattern(f"The pattern {shown} has a part of dots alone, which is no folder name.")
    return "/".join(parts)


def _as_name(camera: str) -> str:
    """A camera as one folder name; what a file says about itself never makes a folder more."""
    name = _SEPARATOR.sub("-", camera).strip(" .")
    return name[:80].strip(" .")
