"""file_list.json, folder_list.json and list_state.json: every file and folder of the drive, as option 3 found them.

Both lists are JSON arrays with one item a line, sorted by path, so that `jq`, `grep` and `diff` work on them and they
can be read a line at a time. Any other layout of the same JSON is read too: a person may have edited them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO

from onedrive.errors import StateFileBroken
from onedrive.graph.item import DriveItem, NotAnItem, from_json, normalise_drive_id
from onedrive.home.files import disk_errors, replace_when_whole, set_aside, write_whole
from onedrive.words import format_duration


def describe_age(state: ListState, now: datetime) -> str:
    """How old the list is, in words: 'made 2 days ago'."""
    try:
        seconds = (now - datetime.fromisoformat(state.listed_at)).total_seconds()
    except (ValueError, TypeError):
        return "of unknown age"
    return "made just now" if seconds < 60 else f"made {format_duration(seconds)} ago"


FILE_LIST = "file_list.json"
FOLDER_LIST = "folder_list.json"
LIST_STATE = "list_state.json"
LISTS = (FILE_LIST, FOLDER_LIST)
STATE_VERSION = 1
LINE_FORM = 2  # raised when lines are written otherwise than before: what changed is then not merged into old ones

Fingerprints = Mapping[str, Mapping[str, object]]


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
    """What is known about the lists: when, whose, from where, and what is not in them.

    `listed_at` is ISO 8601 in UTC; `root_path` the folder that was listed ('/' is the whole drive), `root_text` what
    the person typed for it; `fingerprints` name the lists as we wrote them, so that an edited one is known, `coming`
    those that were about to be written. `glance` is the drive at a glance, as drive_summary keeps it.
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
    delta_link: str | None = None  # None: the tree was walked, or something failed; then everything is listed next time
    shared: bool = False  # shortcuts to others' folders were followed
    line_form: int = LINE_FORM
    exceptions: tuple[ListException, ...] = ()
    glance: Mapping[str, object] = field(default_factory=dict)
    fingerprints: Fingerprints = field(default_factory=dict)
    coming: Fingerprints = field(default_factory=dict)

    def covers(self, drive_id: str, path: str) -> bool:
        """True when the list would name a file with this path, if OneDrive had it."""
        is_below = normalise_drive_id(drive_id) == normalise_drive_id(self.drive_id) and path.startswith(
            f"{self.root_path.rstrip('/')}/"
        )
        return is_below and not any(path == gap.path or path.startswith(f"{gap.path}/") for gap in self.exceptions)


class Ownership(Enum):
    """Whose work a list is."""

    OURS = "as option 3 wrote it"
    UNFINISHED = "as option 3 was about to write it when it was stopped"
    EDITED = "changed by a person or another program"
    MISSING = "not there"


def read_list_state(home: Path) -> ListState | None:
    """What list_state.json says; None when there is none. Raises StateFileBroken."""
    path = home / LIST_STATE
    if not path.exists():
        return None
    try:
        with disk_errors(home):
            text = path.read_text(encoding="utf-8")
        return _state_from_json(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StateFileBroken(path, "it is not what option 3 wrote", "Choose 3 to make a new list.") from error


def write_list_state(home: Path, state: ListState) -> None:
    """Replace list_state.json in one step. Raises DiskFull, FolderNotUsable."""
    row = {"version": STATE_VERSION, **vars(state), "exceptions": [vars(entry) for entry in state.exceptions]}
    write_whole(home / LIST_STATE, json.dumps(row, indent=1) + "\n")


def who_wrote(home: Path, name: str, state: ListState | None) -> Ownership:
    """Whether the list with this name is still as we wrote it; the whole file is read only when its time differs."""
    path = home / name
    with disk_errors(home):
        if not path.exists():
            return Ownership.MISSING
        status = path.stat()
        ours = state.fingerprints.get(name, {}) if state else {}
        coming = state.coming.get(name, {}) if state else {}
        if status.st_size == ours.get("bytes") and status.st_mtime_ns == ours.get("mtime_ns"):
            return Ownership.OURS
        if status.st_size not in (ours.get("bytes"), coming.get("bytes")):
            return Ownership.EDITED
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest == ours.get("sha256"):
        return Ownership.OURS
    return Ownership.UNFINISHED if digest == coming.get("sha256") else Ownership.EDITED


def edited_lists(home: Path) -> list[str]:
    """The names of the lists here that are not as option 3 wrote them: a person or another program did."""
    try:
        state = read_list_state(home)
    except StateFileBroken:
        state = None
    return [name for name in LISTS if who_wrote(home, name, state) is Ownership.EDITED]


def with_times(home: Path, state: ListState) -> ListState:
    """The state after the coming lists have taken their places, with the times of the files."""
    prints = {}
    for name, fingerprint in state.coming.items():
        with disk_errors(home):
            prints[name] = {**fingerprint, "mtime_ns": (home / name).stat().st_mtime_ns}
    return replace(state, fingerprints=prints, coming={})


def _state_from_json(row: dict[str, object]) -> ListState:
    if row.pop("version") != STATE_VERSION:
        raise ValueError("another version")
    row.setdefault("line_form", 1)
    exceptions = row.pop("exceptions")
    if not isinstance(exceptions, list):
        raise TypeError("exceptions")
    state = ListState(**row, exceptions=tuple(map(_read_exception, exceptions)))  # type: ignore[arg-type]  # checked below
    kinds: dict[type, tuple[object, ...]] = {
        str: (state.listed_at, state.account_id, state.drive_id, state.root_id, state.root_path, state.root_text),
        int: (state.files, state.folders, state.size_bytes, state.line_form),
        bool: (state.shared,),
        dict: (state.glance, *_check_prints(state.fingerprints), *_check_prints(state.coming)),
    }
    is_right = all(type(value) is kind for kind, values in kinds.items() for value in values)
    if not is_right or not isinstance(state.delta_link, str | None):
        raise TypeError("a field has the wrong type")
    return state


def _check_prints(prints: object) -> list[object]:
    """What must be dicts: the fingerprints, and each of them; their own fields are only ever compared."""
    return [prints, *(prints.values() if isinstance(prints, dict) else ())]


def _read_exception(row: dict[str, object]) -> ListException:
    entry = ListException(**row)  # type: ignore[arg-type]  # checked below
    texts = (entry.path, entry.id, entry.reason)
    if not all(isinstance(text, str) for text in texts) or not isinstance(entry.by_nature, bool):
        raise TypeError("an exception has a field of the wrong type")
    return entry


MOST_LINES_OF_AN_ITEM = 2000
_LINES_AT_A_TIME = 512
_GAP = re.compile(r"[ \t\r\n,]*")
_MOST_UNTRIED_LINES = 64
_LONGEST_END = 100  # characters after which no space is looked for behind the last brace
_HINT = "Mend that place in an editor, or choose 3 to make a new list (this one is kept aside)."


def read_items(path: Path) -> Iterator[DriveItem]:
    """The items of a list, one at a time. Raises StateFileBroken, which names the line and what is wrong there."""
    for line_number, row in _read_rows(path):
        try:
            yield from_json(row)
        except NotAnItem as error:
            raise StateFileBroken(path, f"the item at line {line_number} is no drive item: {error}", _HINT) from error


def write_lists(
    home: Path, files: Iterable[bytes], folders: Iterable[bytes], make_state: Callable[[], ListState]
) -> ListState:
    """Write both lists and their state; the lines are read to their end, then `make_state` is called.

    Raises DiskFull, FolderNotUsable.
    """
    edited = edited_lists(home)
    coming: dict[str, dict[str, object]] = {}
    with ExitStack() as both:
        for name, lines in ((FOLDER_LIST, folders), (FILE_LIST, files)):
            stream = both.enter_context(replace_when_whole(home / name))
            coming[name] = _write_lines(stream.buffer, lines)
        state = replace(make_state(), coming=coming)
        _announce(home, state)
        for name in edited:
            set_aside(home / name, "edited")
    state = with_times(home, state)
    write_list_state(home, state)
    return state


def _announce(home: Path, state: ListState) -> None:
    """Let the state that is there name the coming lists, so that after a crash they are known as ours."""
    try:
        old = read_list_state(home)
    except StateFileBroken:
        old = None
    if old is None:
        old = replace(state, delta_link=None, fingerprints={})
    write_list_state(home, replace(old, coming=state.coming))


def _write_lines(stream: BinaryIO, lines: Iterable[bytes]) -> dict[str, object]:
    """Write a JSON array, one line an item; returns its fingerprint."""
    digest = hashlib.sha256()
    size_bytes = 0
    rest = iter(lines)
    start = b"[\n"
    while some := list(islice(rest, _LINES_AT_A_TIME)):
        block = start + b",\n".join(some)
        start = b",\n"
        stream.write(block)
        digest.update(block)
        size_bytes += len(block)
    end = b"[]\n" if start == b"[\n" else b"\n]\n"
    stream.write(end)
    digest.update(end)
    return {"bytes": size_bytes + len(end), "sha256": digest.hexdigest()}


def _read_rows(path: Path) -> Iterator[tuple[int, object]]:
    """Each value of the array with the number of the line on which it begins."""
    if path.is_dir():
        raise StateFileBroken(path, "it is a folder", f"Rename or move {path}, then choose 3 to make the list.")
    with disk_errors(path.parent), path.open(encoding="utf-8-sig", newline="\n") as stream:
        lines = _numbered_lines(stream, path)
        text, number = next(((line, n) for n, line in lines if line.strip()), ("", 0))
        if not text:
            raise StateFileBroken(path, "it is empty", _HINT)
        text = text.lstrip()
        if not text.startswith("["):
            raise StateFileBroken(path, 'it is not a list (it does not begin with "[")', _HINT)
        yield from _ArrayText(path, lines, text, number).rows()


class _ArrayText:
    """The text of a JSON array as it comes, a line at a time; knows on which line it is.

    A try to decode costs as much as the text is long, so an item of many lines is tried where a line closes something
    and stands no further in than the item began, and now and then elsewhere.
    """

    def __init__(self, path: Path, lines: Iterator[tuple[int, str]], text: str, number: int) -> None:
        self._path = path
        self._lines = lines
        self._decoder = json.JSONDecoder()
        self._text = text  # stays whole while its items are read: all of them may stand on one line
        self._position = 1
        self._number = number  # of the line at the position
        self._last_number = number  # of the last line that came
        self._column: int | None = None  # where in its line the value begins; None: not looked up yet
        self._untried_lines = 0
        self._is_worth_a_try = True

    def rows(self) -> Iterator[tuple[int, object]]:
        """Each value with the number of the line on which it begins. Raises StateFileBroken."""
        while True:
            self._move_to(_GAP.match(self._text, self._position).end())  # type: ignore[union-attr]  # matches nothing too
            if self._text.startswith("]", self._position):
                return
            value, end = self._decode() if self._is_worth_a_try else (None, 0)
            if end:
                yield self._number, value
                self._move_to(end)
            elif self._position == len(self._text):
                self._take_line()
            else:
                self._add_line()

    def _move_to(self, position: int) -> None:
        if position > self._position:
            self._number += self._text.count("\n", self._position, position)
            self._position = position
            self._column = None
            self._is_worth_a_try = True

    def _decode(self) -> tuple[object, int]:
        """The value at the position and where it ends; 0 when it is not whole yet, or none."""
        if not self._text[-_LONGEST_END:].rstrip().endswith(("}", "},", "]")):
            return None, 0
        self._untried_lines = 0
        try:
            return self._decoder.raw_decode(self._text, self._position)
        except ValueError:
            return None, 0

    def _take_line(self) -> None:
        """All of the text is read: go on with the next line."""
        number, self._text = next(self._lines, (0, ""))
        if not self._text:
            raise StateFileBroken(self._path, f"it ends in the middle, at line {self._last_number}", _HINT)
        self._number = self._last_number = number
        self._position, self._column, self._is_worth_a_try = 0, None, True

    def _add_line(self) -> None:
        """The value at the position is not whole: add the next line to it."""
        line_number, line = next(self._lines, (0, ""))
        if not line and not self._is_worth_a_try:
            self._is_worth_a_try = True
        elif not line or line_number - self._number > MOST_LINES_OF_AN_ITEM:
            reason = f"what begins at line {self._number} is not whole, correct JSON"
            raise StateFileBroken(self._path, reason, _HINT)
        else:
            if self._column is None:
                self._column = self._position - self._text.rfind("\n", 0, self._position) - 1
            self._text, self._position, self._last_number = self._text[self._position :] + line, 0, line_number
            self._untried_lines += 1
            closes = len(line) - len(line.lstrip()) <= self._column
            self._is_worth_a_try = closes or self._untried_lines >= _MOST_UNTRIED_LINES


def _numbered_lines(stream: TextIO, path: Path) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        for number, line in enumerate(stream, start=1):
            yield number, line
    except UnicodeDecodeError as error:
        raise StateFileBroken(path, f"after line {number} it is not UTF-8 text", _HINT) from error
