"""What a person wants of their list, where it is to be put, equal files; and selection.json, which keeps it.

    selection.json ─► Selection ─► narrowed by the flags of one run ─► Chooser: does it want this item, and if not, why?

An empty field leaves everything in. All fields together decide: a file must pass each of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import TypeVar

from onedrive.choosing.globs import check_glob
from onedrive.choosing.name_pattern import check_name_pattern
from onedrive.choosing.ranges import DateRange, read_date_range, read_size_text
from onedrive.errors import StateFileBroken, WrongAnswer, os_reason
from onedrive.graph.item import DriveItem
from onedrive.graph.traits import FileKind, camera_of, day_of, kind_of
from onedrive.home.files import write_whole
from onedrive.words import escape_surrogates, format_bytes, join_words, printable, shorten_middle

DEFAULT_PATTERN = "{year}/{year}-{month}"
_MOST_WORDS = 3
_LONGEST_NAME = 40


class Layout(StrEnum):
    """Which folders the files go into."""

    ONEDRIVE = "onedrive"  # as they are on OneDrive
    DATE = "date"  # by the day on which they were taken
    ALBUM = "album"  # by the albums that they are in


class Duplicates(StrEnum):
    """What happens to files whose content is equal by hash and size."""

    ALL = "all"  # each is downloaded
    LINK = "link"  # one is downloaded, the others are hard links to it
    ONCE = "once"  # one is downloaded, the others are only named in the manifest


class Sidecar(StrEnum):
    """What is written beside each file of what OneDrive knows about it."""

    XMP = "xmp"  # as photo programs read it
    JSON = "json"


@dataclass(frozen=True)
class Selection:
    """What is wanted. Paths are OneDrive's, '/Pictures/2023'; sizes are bytes, both borders included.

    `folders` of which only what is below is wanted (empty: every folder), `without_folders` of which nothing is.
    `include` and `exclude` are globs in gitignore's manner, later ones before earlier ones. `cameras` as 'Apple iPhone
    8'. `albums` are names, of which a file must be in one. `pattern` is the folder of a file in the layout by date,
    `name` the pattern of its name ('': as on OneDrive). `jpeg_twins`: of HEIC and RAW a JPEG is made too. `picasa`:
    each folder gets a `.picasa.ini` that says which albums its pictures are in.
    """

    kinds: frozenset[FileKind] = frozenset()
    folders: tuple[str, ...] = ()
    without_folders: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    min_size: int | None = None
    max_size: int | None = None
    dates: DateRange | None = None
    cameras: tuple[str, ...] = ()
    albums: tuple[str, ...] = ()
    layout: Layout = Layout.ONEDRIVE
    pattern: str = DEFAULT_PATTERN
    duplicates: Duplicates = Duplicates.ALL
    name: str = ""
    sidecar: Sidecar | None = None
    jpeg_twins: bool = False
    picasa: bool = False

    @property
    def wants_all(self) -> bool:
        """True when no file is left out (how it is put here, and what comes beside it, aside)."""
        if self.kinds and self.kinds != frozenset(FileKind):
            return False
        return self == replace(EVERYTHING, kinds=self.kinds, **{name: getattr(self, name) for name in _NOT_WHICH})

    @property
    def wants_companions(self) -> bool:
        """True when something is to be made beside the files."""
        return bool(self.sidecar or self.jpeg_twins or self.picasa or self.layout is Layout.ALBUM)

    @property
    def needs_albums(self) -> bool:
        """True when something of it cannot be done without knowing the albums."""
        return bool(self.albums or self.layout is Layout.ALBUM or self.picasa or self.sidecar)

    def describe(self) -> str:
        """The choice in words that fit before a number of files: 'photos and videos since 2019'; 'everything'."""
        kinds = [kind.value for kind in FileKind if kind in self.kinds]
        parts = [_join(kinds, most=len(kinds)) if 0 < len(kinds) < len(FileKind) else "everything"]
        parts += [f"in {_join(self.folders)}"] if self.folders else []
        parts += [f"without {_join(self.without_folders)}"] if self.without_folders else []
        albums = _join([f"'{name}'" for name in self.albums])
        parts += [f"in the album{'s' * (len(self.albums) > 1)} {albums}"] if albums else []
        parts += [f"named {_join(self.include)}"] if self.include else []
        parts += [f"not named {_join(self.exclude)}"] if self.exclude else []
        parts += [self._describe_sizes()] if self.min_size is not None or self.max_size is not None else []
        parts += [self.dates.describe()] if self.dates else []
        parts += [f"taken with {_join(self.cameras)}"] if self.cameras else []
        return " ".join(parts)

    def _describe_sizes(self) -> str:
        least = None if self.min_size is None else format_bytes(self.min_size)
        most = None if self.max_size is None else format_bytes(self.max_size)
        if least and most:
            return f"of {least}" if self.min_size == self.max_size else f"of {least} to {most}"
        return f"of {least} or more" if least else f"of {most} or less"


EVERYTHING = Selection()
_NOT_WHICH = ("layout", "pattern", "duplicates", "name", "sidecar", "jpeg_twins", "picasa")  # files are wanted, but how


def _join(words: Sequence[str], *, most: int = _MOST_WORDS) -> str:
    """Words with commas and an 'and'; of many only the first, and how many more there are."""
    shown = [shorten_middle(printable(word), _LONGEST_NAME) for word in words]
    return join_words(shown, most=most if len(shown) <= most else most - 1)


NO_DATE = "No date"
NO_CAMERA = "No camera"
DATE_TOKENS = ("year", "month", "day")
TOKENS = (*DATE_TOKENS, "camera", "kind")
_LONGEST_PATTERN = 200
_TOKEN = re.compile(r"\{([^{}]*)\}")
_SEPARATOR = re.compile(r"[/\\\x00-\x1f\x7f-\x9f]+")


class LayoutPattern:
    """Checked once, asked for each file."""

    def __init__(self, pattern: str) -> None:
        """Raises WrongAnswer."""
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
    """The pattern itself, when it makes a folder below downloads. Raises WrongAnswer."""
    text = pattern.strip()
    shown = f"'{printable(text[:60])}'"
    if not text:
        raise WrongAnswer("A pattern must not be empty.")
    if len(text) > _LONGEST_PATTERN:
        raise WrongAnswer(f"The pattern {shown}… is longer than {_LONGEST_PATTERN} characters.")
    if "\\" in text or not text.isprintable():
        raise WrongAnswer(f"The pattern {shown} has a character that no folder takes; put / between folders.")
    if text.startswith(("/", "~")) or re.match(r"[A-Za-z]:", text):
        raise WrongAnswer(
            f"The pattern {shown} must name a folder below downloads: it must not begin with / or a drive."
        )
    unknown = [token for token in _TOKEN.findall(text) if token not in TOKENS]
    if unknown or re.search(r"[{}]", _TOKEN.sub("", text)):
        name = f"no {{{printable(unknown[0])}}}" if unknown else "a brace without its partner"
        known = ", ".join(f"{{{token}}}" for token in TOKENS)
        raise WrongAnswer(f"In the pattern {shown} there is {name}; what can stand there is {known}.")
    parts = [part.strip() for part in text.split("/")]
    if not all(parts):
        raise WrongAnswer(f"The pattern {shown} has an empty folder name.")
    if any(set(part) == {"."} for part in parts):
        raise WrongAnswer(f"The pattern {shown} has a part of dots alone, which is no folder name.")
    return "/".join(parts)


def _as_name(camera: str) -> str:
    """A camera as one folder name; what a file says about itself never makes a folder more."""
    name = _SEPARATOR.sub("-", camera).strip(" .")
    return name[:80].strip(" .")


SELECTION = "selection.json"
_VERSION = 1
_Word = TypeVar("_Word", Layout, Duplicates, Sidecar)
_Value = TypeVar("_Value")
_MOST_QUOTED = 60
_HINT = "Correct it in an editor, or choose 5 to choose again."


class WrongSelection(ValueError):
    """What is wrong with a selection, in words that fit after 'because'."""


def read_selection(home: Path) -> Selection:
    """What selection.json says; EVERYTHING when there is none. Raises StateFileBroken, which names what is wrong."""
    path = home / SELECTION
    try:
        octets = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return EVERYTHING
    except OSError as error:
        reason = "it is a folder" if path.is_dir() else os_reason(error)
        raise StateFileBroken(path, reason, _HINT) from error
    if not octets.strip():
        raise StateFileBroken(path, "it is empty", _HINT)
    try:
        return selection_from_json(json.loads(octets.decode("utf-8-sig"), object_pairs_hook=_without_repeats))
    except WrongSelection as error:
        raise StateFileBroken(path, str(error), _HINT) from error
    except (ValueError, RecursionError) as error:
        place = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise StateFileBroken(path, f"it is not JSON{place}", _HINT) from error


def write_selection(home: Path, selection: Selection) -> None:
    """Replace selection.json in one step. Raises DiskFull, FolderNotUsable."""
    text = json.dumps(selection_to_json(selection), ensure_ascii=False, indent=1) + "\n"
    write_whole(home / SELECTION, escape_surrogates(text))


def selection_to_json(selection: Selection) -> dict[str, object]:
    """The selection as selection.json has it; only what is chosen is written."""
    row: dict[str, object] = {"version": _VERSION}
    texts: dict[str, object] = {
        "kinds": [kind.word for kind in FileKind if kind in selection.kinds],
        "folders": list(selection.folders),
        "without_folders": list(selection.without_folders),
        "include": list(selection.include),
        "exclude": list(selection.exclude),
        "min_size": selection.min_size,
        "max_size": selection.max_size,
        "dates": selection.dates.text if selection.dates else None,
        "cameras": list(selection.cameras),
        "albums": list(selection.albums),
        "layout": selection.layout.value,
        "pattern": selection.pattern,
        "duplicates": selection.duplicates.value,
        "name": selection.name or None,
        "sidecar": selection.sidecar,
        "jpeg_twins": selection.jpeg_twins or None,
        "picasa": selection.picasa or None,
    }
    row.update({key: value for key, value in texts.items() if value not in ([], None)})
    return row


def selection_from_json(row: object) -> Selection:
    """Check a selection, trusting nothing in it. Raises WrongSelection."""
    if not isinstance(row, Mapping):
        raise WrongSelection("it is not a JSON object")
    known = {*vars(EVERYTHING), "version"}
    unknown = [key for key in row if key not in known]
    if unknown:
        raise WrongSelection(f"there is no setting {_quote(unknown[0])} (there are {', '.join(sorted(known))})")
    if row.get("version", _VERSION) != _VERSION:
        raise WrongSelection("it was written by another version of this program")
    size = (int | str, "a number of bytes, or a text such as '10M'")
    days = (int | str, "a text such as '2019-06..2020-03'")
    pattern = (str, f"a text such as {DEFAULT_PATTERN!r}")
    name = (str, "a text such as '{date}_{name}'")
    selection = Selection(
        kinds=frozenset(_texts(row, "kinds", _kind)),
        folders=tuple(_texts(row, "folders", _folder)),
        without_folders=tuple(_texts(row, "without_folders", _folder)),
        include=tuple(_texts(row, "include", check_glob)),
        exclude=tuple(_texts(row, "exclude", check_glob)),
        min_size=_value(row, "min_size", read_size_text, *size),
        max_size=_value(row, "max_size", read_size_text, *size),
        dates=_value(row, "dates", read_date_range, *days),
        cameras=tuple(_texts(row, "cameras", str)),
        albums=tuple(_texts(row, "albums", str)),
        layout=_word(row, "layout", Layout, EVERYTHING.layout),
        pattern=_value(row, "pattern", check_pattern, *pattern) or DEFAULT_PATTERN,
        duplicates=_word(row, "duplicates", Duplicates, EVERYTHING.duplicates),
        name=_value(row, "name", check_name_pattern, *name) or "",
        sidecar=None if row.get("sidecar") is None else _word(row, "sidecar", Sidecar, Sidecar.XMP),
        jpeg_twins=_switch(row, "jpeg_twins"),
        picasa=_switch(row, "picasa"),
    )
    if selection.min_size is not None and selection.max_size is not None and selection.min_size > selection.max_size:
        raise WrongSelection("'min_size' is more than 'max_size', so no file could be wanted")
    return selection


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The object of these pairs; of two settings with one name nobody knows which is meant."""
    row: dict[str, object] = {}
    for key, value in pairs:
        if key in row:
            raise WrongSelection(f"it has the setting {_quote(key)} twice")
        row[key] = value
    return row


def _kind(word: str) -> FileKind:
    try:
        return FileKind.from_word(word)
    except ValueError:
        words = ", ".join(kind.word for kind in FileKind)
        raise WrongSelection(f"there is no kind {_quote(word)} (there are {words})") from None


def _folder(path: str) -> str:
    if not path.startswith("/"):
        raise WrongAnswer(f"the folder {_quote(path)} does not begin with '/'")
    return path


def _texts(row: Mapping[str, object], key: str, read: Callable[[str], _Value]) -> list[_Value]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
        raise WrongSelection(f"{key!r} is not a list of texts")
    return [_read(key, read, text) for text in value]


def _value(
    row: Mapping[str, object], key: str, read: Callable[[str], _Value], kind: type | UnionType, such: str
) -> _Value | None:
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, kind):
        raise WrongSelection(f"{key!r} is {_quote(value)}, and must be {such}")
    return _read(key, read, str(value))


def _read(key: str, read: Callable[[str], _Value], text: str) -> _Value:
    """What a text means, as where it is typed."""
    try:
        return read(text)
    except WrongAnswer as error:
        raise WrongSelection(f"in {key!r}, {str(error).rstrip('.')}") from None


def _switch(row: Mapping[str, object], key: str) -> bool:
    value = row.get(key, False)
    if not isinstance(value, bool):
        raise WrongSelection(f"{key!r} is {_quote(value)}, and must be true or false")
    return value


def _word(row: Mapping[str, object], key: str, words: type[_Word], otherwise: _Word) -> _Word:
    value = row.get(key, otherwise)
    try:
        return words(str(value))
    except ValueError:
        raise WrongSelection(f"{key!r} is {_quote(value)}, and must be one of {', '.join(words)}") from None


def _quote(value: object) -> str:
    """What stands in the file, short, and with nothing in it that drives a terminal."""
    text = repr(value)
    return text if len(text) <= _MOST_QUOTED else f"{text[:_MOST_QUOTED]}..."
