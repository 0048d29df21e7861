"""file_list.json, folder_list.json and list_state.json: what option 3 leaves and the other steps read.

The lists are JSON arrays with one item a line, sorted by path, so that `jq`, `grep` and `diff` work on them and they
can be read a line at a time. Any other layout of the same JSON is read too: a person may have edited them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from onedrive.drive_item import DriveItem, NotAnItem, from_json
from onedrive.errors import StateFileBroken
from onedrive.state_files import disk_errors, replace_when_whole, set_aside, write_whole

FILE_LIST = "file_list.json"
FOLDER_LIST = "folder_list.json"
LIST_STATE = "list_state.json"
STATE_VERSION = 1
MOST_LINES_OF_AN_ITEM = 2000
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_HINT = "Mend that place in an editor, or choose 3 to make a new list (this one is kept aside)."


@dataclass(frozen=True)
class ListException:
    """Something of the drive that is not in the lists, or is listed but cannot be downloaded, and why.

    `by_nature`: OneDrive never hands it out (a vault, a notebook); otherwise it failed this time.
    """

    path: str
    id: str
    reason: str
    by_nature: bool


@dataclass(frozen=True)
class ListState:
    """What is known about the lists beside them: when, whose, from where, and what is not in them.

    `listed_at` is ISO 8601 in UTC; `root_path` the folder that was listed ('/' is the whole drive), `root_text` what
    the person typed for it; `fingerprints` name the lists as we wrote them, so that an edited one is known.
    """

    listed_at: str
    account_id: str
    drive_id: str
    root_id: str = ""
    root_path: str = "/"
    root_text: str = "/"
    files: int = 0
    folders: int = 0
    size_bytes: int = 0
    delta_link: str | None = None  # None: the tree was walked, there is nothing to continue from
    exceptions: tuple[ListException, ...] = ()
    fingerprints: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def read_items(path: Path) -> Iterator[DriveItem]:
    """The items of a list, one at a time. Raises StateFileBroken, which names the line and what is wrong there."""
    for line_number, row in _read_rows(path):
        try:
            yield from_json(row)
        except NotAnItem as error:
            raise StateFileBroken(path, f"the item at line {line_number} is no drive item: {error}", _HINT) from error


def write_lists(
    home: Path, files: Iterable[DriveItem], folders: Iterable[DriveItem], make_state: Callable[[], ListState]
) -> ListState:
    """Replace both lists and their state, each in one step and only when both are whole; edited lists are kept aside.

    `make_state` is called when the rows have been read to their end. Raises DiskFull, FolderNotUsable.
    """
    edited = edited_lists(home)
    with ExitStack() as both:
        for name, items in ((FOLDER_LIST, folders), (FILE_LIST, files)):
            _write_rows(both.enter_context(replace_when_whole(home / name)), items)
        state = make_state()
        for name in edited:
            set_aside(home / name, "edited")
    state = _with_fingerprints(state, home)
    write_whole(home / LIST_STATE, _state_text(state))
    return state


def edited_lists(home: Path) -> list[str]:
    """The names of the lists here that are not as option 3 wrote them: a person or another program did."""
    try:
        state = read_list_state(home)
    except StateFileBroken:
        state = None
    known = state.fingerprints if state else {}
    return [name for name in (FILE_LIST, FOLDER_LIST) if (home / name).exists() and not _is_ours(home / name, known)]


def read_list_state(home: Path) -> ListState | None:
    """What list_state.json says; None when there is none. Raises StateFileBroken."""
    path = home / LIST_STATE
    if not path.exists():
        return None
    try:
        with disk_errors(home):
            text = path.read_text(encoding="utf-8")
        return _state_from_json(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StateFileBroken(path, "it is not what option 3 wrote", "Choose 3 to make a new list.") from error


def _write_rows(stream: TextIO, items: Iterable[DriveItem]) -> None:
    separator = "[\n"
    for item in items:
        stream.write(separator + _row_text(item.to_json()))
        separator = ",\n"
    stream.write("[]\n" if separator == "[\n" else "\n]\n")


def _row_text(row: Mapping[str, object]) -> str:
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    if text.isascii():
        return text
    # Half a surrogate pair can stand in a name (GRAPH_FACTS §5.2) but not in UTF-8; as an escape it survives.
    return _LONE_SURROGATE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def _read_rows(path: Path) -> Iterator[tuple[int, object]]:
    """Each value of the array with the number of the line on which it begins."""
    decoder = json.JSONDecoder()
    with disk_errors(path.parent), path.open(encoding="utf-8-sig", newline="\n") as stream:
        lines = _numbered_lines(stream, path)
        text, number = next(((line, n) for n, line in lines if line.strip()), ("", 0))
        if not text:
            raise StateFileBroken(path, "it is empty", _HINT)
        text = text.lstrip()
        if not text.startswith("["):
            raise StateFileBroken(path, 'it is not a list (it does not begin with "[")', _HINT)
        text = text[1:]
        begun_at = number
        while True:
            text = text.lstrip(" \t\r\n,")
            if text.startswith("]"):
                return
            value, end = _decode(decoder, text)
            if end:
                yield begun_at, value
                text = text[end:]
                continue
            if not text:
                number, text = next(lines, (number, ""))
                begun_at = number
                if not text:
                    raise StateFileBroken(path, f"it ends in the middle, at line {number}", _HINT)
                continue
            following = next(lines, None)
            if following is None or following[0] - begun_at > MOST_LINES_OF_AN_ITEM:
                raise StateFileBroken(path, f"what begins at line {begun_at} is not whole, correct JSON", _HINT)
            number, more = following
            text += more


def _decode(decoder: json.JSONDecoder, text: str) -> tuple[object, int]:
    """The JSON value at the start of `text` and where it ends; 0 when it is not whole yet, or none."""
    if not text.rstrip().endswith(("}", "},", "]")):
        return None, 0
    try:
        return decoder.raw_decode(text)
    except ValueError:
        return None, 0


def _numbered_lines(stream: TextIO, path: Path) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        for number, line in enumerate(stream, start=1):
            yield number, line
    except UnicodeDecodeError as error:
        raise StateFileBroken(path, f"after line {number} it is not UTF-8 text", _HINT) from error


def _is_ours(path: Path, known: Mapping[str, Mapping[str, object]]) -> bool:
    fingerprint = known.get(path.name, {})
    with disk_errors(path.parent):
        status = path.stat()
        if status.st_size != fingerprint.get("bytes"):
            return False
        return status.st_mtime_ns == fingerprint.get("mtime_ns") or _sha256(path) == fingerprint.get("sha256")


def _with_fingerprints(state: ListState, home: Path) -> ListState:
    prints: dict[str, Mapping[str, object]] = {}
    for name in (FILE_LIST, FOLDER_LIST):
        status = (home / name).stat()
        prints[name] = {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns, "sha256": _sha256(home / name)}
    return ListState(**{**vars(state), "fingerprints": prints})


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _state_text(state: ListState) -> str:
    row = {"version": STATE_VERSION, **vars(state), "exceptions": [vars(entry) for entry in state.exceptions]}
    return json.dumps(row, indent=1) + "\n"


def _state_from_json(row: dict[str, object]) -> ListState:
    if row.pop("version") != STATE_VERSION:
        raise ValueError("another version")
    exceptions = row.pop("exceptions")
    if not isinstance(exceptions, list):
        raise TypeError("exceptions")
    state = ListState(**row, exceptions=tuple(ListException(**entry) for entry in exceptions))  # type: ignore[arg-type]  # checked below
    texts = (state.listed_at, state.account_id, state.drive_id, state.root_id, state.root_path, state.root_text)
    numbers = (state.files, state.folders, state.size_bytes)
    if not all(isinstance(text, str) for text in texts) or not all(isinstance(number, int) for number in numbers):
        raise TypeError("a field has the wrong type")
    return state
