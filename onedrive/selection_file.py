"""selection.json: what option 5 chose, readable and editable; every key and word in it is checked when it is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from onedrive.date_range import DateRange, NotADate, read_date_range
from onedrive.errors import StateFileBroken
from onedrive.file_kind import FileKind
from onedrive.glob_line import NotAGlob, check_glob
from onedrive.layout_pattern import WrongPattern, check_pattern
from onedrive.list_line import to_bytes
from onedrive.selection import EVERYTHING, Duplicates, Layout, Selection
from onedrive.size_text import NotASize, read_size_text
from onedrive.state_files import write_whole

SELECTION = "selection.json"
VERSION = 1
_Word = TypeVar("_Word", Layout, Duplicates)
_MOST_SHOWN = 60
_HINT = "Correct it in an editor, or choose 5 and make the choice anew."


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
        reason = "it is a folder" if path.is_dir() else (error.strerror or type(error).__name__).lower()
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
    write_whole(home / SELECTION, to_bytes(text).decode())  # half a surrogate pair in a folder's name has no UTF-8


def selection_to_json(selection: Selection) -> dict[str, object]:
    """The selection as selection.json has it; only what is chosen is written."""
    row: dict[str, object] = {"version": VERSION}
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
        "layout": selection.layout.value,
        "pattern": selection.pattern,
        "duplicates": selection.duplicates.value,
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
        raise WrongSelection(f"there is no setting {_shown(unknown[0])} (there are {', '.join(sorted(known))})")
    if row.get("version", VERSION) != VERSION:
        raise WrongSelection("it was written by another version of this program")
    selection = Selection(
        kinds=frozenset(_kind(word) for word in _texts(row, "kinds")),
        folders=tuple(_folders(row, "folders")),
        without_folders=tuple(_folders(row, "without_folders")),
        include=tuple(_globs(row, "include")),
        exclude=tuple(_globs(row, "exclude")),
        min_size=_size(row, "min_size"),
        max_size=_size(row, "max_size"),
        dates=_dates(row),
        cameras=tuple(_texts(row, "cameras")),
        layout=_word(row, "layout", Layout, EVERYTHING.layout),
        pattern=_pattern(row),
        duplicates=_word(row, "duplicates", Duplicates, EVERYTHING.duplicates),
    )
    if selection.min_size is not None and selection.max_size is not None and selection.min_size > selection.max_size:
        raise WrongSelection("'min_size' is more than 'max_size', so no file could be wanted")
    return selection


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The object of these pairs; of two settings with one name nobody knows which is meant."""
    row: dict[str, object] = {}
    for key, value in pairs:
        if key in row:
            raise WrongSelection(f"it has the setting {_shown(key)} twice")
        row[key] = value
    return row


def _kind(word: str) -> FileKind:
    try:
        return FileKind.from_word(word)
    except ValueError:
        words = ", ".join(kind.word for kind in FileKind)
        raise WrongSelection(f"there is no kind {_shown(word)} (there are {words})") from None


def _texts(row: Mapping[str, object], key: str) -> list[str]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
        raise WrongSelection(f"{key!r} is not a list of texts")
    return value


def _globs(row: Mapping[str, object], key: str) -> list[str]:
    texts = _texts(row, key)
    try:
        return [check_glob(text) for text in texts]
    except NotAGlob as error:
        raise WrongSelection(f"in {key!r}, {str(error).rstrip('.')}") from None


def _folders(row: Mapping[str, object], key: str) -> list[str]:
    texts = _texts(row, key)
    for text in texts:
        if not text.startswith("/"):
            raise WrongSelection(f"the folder {_shown(text)} in {key!r} does not begin with '/'")
    return texts


def _size(row: Mapping[str, object], key: str) -> int | None:
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise WrongSelection(f"{key!r} is {_shown(value)}, and must be a number of bytes, or a text such as '10M'")
    try:
        return read_size_text(str(value))
    except NotASize as error:
        raise WrongSelection(f"in {key!r}, {str(error).rstrip('.')}") from None


def _dates(row: Mapping[str, object]) -> DateRange | None:
    value = row.get("dates")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise WrongSelection(f"'dates' is {_shown(value)}, and must be a text such as '2019-06..2020-03'")
    try:
        return read_date_range(str(value))
    except NotADate as error:
        raise WrongSelection(f"in 'dates', {str(error).rstrip('.')}") from None


def _pattern(row: Mapping[str, object]) -> str:
    value = row.get("pattern", EVERYTHING.pattern)
    if not isinstance(value, str):
        raise WrongSelection(f"'pattern' is {_shown(value)}, and must be a text such as {EVERYTHING.pattern!r}")
    try:
        return check_pattern(value)
    except WrongPattern as error:
        raise WrongSelection(f"in 'pattern', {str(error).rstrip('.')}") from None


def _word(row: Mapping[str, object], key: str, words: type[_Word], otherwise: _Word) -> _Word:
    value = row.get(key, otherwise)
    try:
        return words(str(value))
    except ValueError:
        raise WrongSelection(f"{key!r} is {_shown(value)}, and must be one of {', '.join(words)}") from None


def _shown(value: object) -> str:
    """What stands in the file, short, and with nothing in it that drives a terminal."""
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
