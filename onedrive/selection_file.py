"""selection.json: what option 5 chose, readable and editable; every key and word in it is checked when it is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from onedrive.date_range import DateRange, NotADate, read_date_range
from onedrive.errors import StateFileBroken
from onedrive.file_kind import FileKind
from onedrive.selection import EVERYTHING, Duplicates, Layout, Selection
from onedrive.size_text import NotASize, read_size_text
from onedrive.state_files import disk_errors, write_whole

SELECTION = "selection.json"
VERSION = 1
_Word = TypeVar("_Word", Layout, Duplicates)
_HINT = "Correct it in an editor, or choose 5 and make the choice anew."


class WrongSelection(ValueError):
    """What is wrong with a selection, in words that fit after 'because'."""


def read_selection(home: Path) -> Selection:
    """What selection.json says; EVERYTHING when there is none. Raises StateFileBroken, which names what is wrong."""
    path = home / SELECTION
    if not path.exists():
        return EVERYTHING
    try:
        with disk_errors(home):
            row = json.loads(path.read_text(encoding="utf-8-sig"))
        return selection_from_json(row)
    except WrongSelection as error:
        raise StateFileBroken(path, str(error), _HINT) from error
    except (ValueError, RecursionError) as error:
        raise StateFileBroken(path, "it is not JSON", _HINT) from error


def write_selection(home: Path, selection: Selection) -> None:
    """Replace selection.json in one step. Raises DiskFull, FolderNotUsable."""
    write_whole(home / SELECTION, json.dumps(selection_to_json(selection), ensure_ascii=False, indent=1) + "\n")


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
        raise WrongSelection(f"there is no setting {unknown[0]!r} (there are {', '.join(sorted(known))})")
    if row.get("version", VERSION) != VERSION:
        raise WrongSelection("it was written by another version of this program")
    return Selection(
        kinds=frozenset(_kind(word) for word in _texts(row, "kinds")),
        folders=tuple(_folder(row, "folders")),
        without_folders=tuple(_folder(row, "without_folders")),
        include=tuple(_texts(row, "include")),
        exclude=tuple(_texts(row, "exclude")),
        min_size=_size(row, "min_size"),
        max_size=_size(row, "max_size"),
        dates=_dates(row),
        cameras=tuple(_texts(row, "cameras")),
        layout=_word(row, "layout", Layout, EVERYTHING.layout),
        pattern=_text(row, "pattern", EVERYTHING.pattern),
        duplicates=_word(row, "duplicates", Duplicates, EVERYTHING.duplicates),
    )


def _kind(word: str) -> FileKind:
    try:
        return FileKind.from_word(word)
    except ValueError:
        words = ", ".join(kind.word for kind in FileKind)
        raise WrongSelection(f"there is no kind {word!r} (there are {words})") from None


def _texts(row: Mapping[str, object], key: str) -> list[str]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
        raise WrongSelection(f"{key!r} is not a list of texts")
    return value


def _text(row: Mapping[str, object], key: str, otherwise: str) -> str:
    value = row.get(key, otherwise)
    if not isinstance(value, str) or not value:
        raise WrongSelection(f"{key!r} is not a text")
    return value


def _folder(row: Mapping[str, object], key: str) -> list[str]:
    texts = _texts(row, key)
    for text in texts:
        if not text.startswith("/"):
            raise WrongSelection(f"the folder {text!r} in {key!r} does not begin with '/'")
    return texts


def _size(row: Mapping[str, object], key: str) -> int | None:
    value = row.get(key)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    try:
        return read_size_text(str(value))
    except NotASize as error:
        raise WrongSelection(f"{key!r}: {error}") from None


def _dates(row: Mapping[str, object]) -> DateRange | None:
    value = row.get("dates")
    if value is None:
        return None
    try:
        return read_date_range(str(value))
    except NotADate as error:
        raise WrongSelection(f"'dates': {error}") from None


def _word(row: Mapping[str, object], key: str, words: type[_Word], otherwise: _Word) -> _Word:
    value = row.get(key, otherwise)
    try:
        return words(str(value))
    except ValueError:
        raise WrongSelection(f"{key!r} is {value!r}, and must be one of {', '.join(words)}") from None
