"""file_list.json, folder_list.json and list_state.json: every file and folder of the drive, as option 3 found them.

Both lists are JSON arrays with one item a line, sorted by path, so that `jq`, `grep` and `diff` work on them and they
can be read a line at a time. Any other layout of the same JSON is read too: a person may have edited them. Listing
writes them (`listing/catalogue.py` has the same as tables), downloading, verifying, renaming and deleting read them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from onedrive.errors import StateFileBroken
from onedrive.graph.item import DriveItem, NotAnItem, from_json, normalise_drive_id
from onedrive.home.files import disk_errors, is_there, replace_when_whole, set_aside, write_whole
from onedrive.home.reading import as_written, check_fields
from onedrive.words import format_duration


def describe_age(state: ListState, now: datetime) -> str:
    """How old the list is, in words: 'made 2 days ago'."""
    try:
        seconds = (now - datetime.fromisoformat(state.listed_at)).total_seconds()
    except (ValueError, TypeError):
        return "of unknown age"
    return "made just now" if seconds < 60 else f"made {format_duration(seconds)} ago"


_AHEAD = timedelta(minutes=5)  # a clock that was set back meanwhile


def is_within(when: str, span: timedelta, now: datetime) -> bool:
    """Whether an ISO 8601 moment is so recent; one that cannot be read, or is still to come, is not."""
    try:
        moment = datetime.fromisoformat(when)
    except ValueError:
        return False
    age = now - (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    return -_AHEAD <= age <= span


FILE_LIST = "file_list.json"
FOLDER_LIST = "folder_list.json"
LIST_STATE = "list_state.json"
LISTS = (FILE_LIST, FOLDER_LIST)
STATE_VERSION = 1
LINE_FORM = 2  # raised when lines are written otherwise than before: what changed is then not merged into old ones


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

    `listed_at` is ISO 8601 in UTC, `whole_at` too: when everything was last asked for, not only what changed ('': not
    known; where a listing was interrupted it is when that began). `drive_id` is normalised; `root_path` is the folder
    that was listed ('/' is the whole drive), `root_text` what the person typed for it; `fingerprints` name the lists as
    we wrote them, so that an edited one is known, `coming` those that were about to be written. `glance` is the drive
    at a glance (`listing/summary.py`). `lacking` names folders, by id, in which OneDrive counts so many more children
    than it shows; `unlisted_bytes` is how much more was used than was listed, at `whole_at` (None: not known). `named`
    are ids of exceptions that a person has been shown (`home/never_given.py`).
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
    fingerprints: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    coming: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    whole_at: str = ""
    lacking: Mapping[str, int] = field(default_factory=dict)
    unlisted_bytes: int | None = None
    named: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """True when all of the drive was listed that any program gets."""
        return self.root_path == "/" and all(entry.by_nature for entry in self.exceptions)

    def covers(self, drive_id: str, path: str) -> bool:
        """True when the list would name a file with this path, if OneDrive had it."""
        is_below = normalise_drive_id(drive_id) == self.drive_id and path.startswith(f"{self.root_path.rstrip('/')}/")
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
    if not is_there(path):
        return None
    with as_written(path, "it is not what option 3 wrote", "Choose 3 to make a new list."):
        return _state_from_json(json.loads(path.read_text(encoding="utf-8")))


def known_list_state(home: Path) -> ListState | None:
    """The same; None also where it cannot be used."""
    try:
        return read_list_state(home)
    except StateFileBroken:
        return None


def write_list_state(home: Path, state: ListState) -> None:
    """Replace list_state.json in one step. Raises DiskFull, FolderNotUsable."""
    row = {"version": STATE_VERSION, **vars(state), "exceptions": [vars(entry) for entry in state.exceptions]}
    write_whole(home / LIST_STATE, json.dumps(row, indent=1) + "\n")


def who_wrote(home: Path, name: str, state: ListState | None) -> Ownership:
    """Whether the list with this name is still as we wrote it; the whole file is read only when its time differs."""
    path = home / name
    if not is_there(path):
        return Ownership.MISSING
    if is_as_it_was(path, state.fingerprints.get(name) if state else None):
        return Ownership.OURS
    return Ownership.UNFINISHED if is_as_it_was(path, state.coming.get(name) if state else None) else Ownership.EDITED


def is_as_it_was(path: Path, fingerprint: Mapping[str, object] | None) -> bool:
    """Whether a file is the one of this fingerprint (None: none is there); it is read only when its time differs."""
    with disk_errors(path.parent):
        if not fingerprint or not path.exists():
            return not fingerprint and not path.exists()
        status = path.stat()
        if status.st_size != fingerprint.get("bytes") or status.st_mtime_ns == fingerprint.get("mtime_ns"):
            return status.st_size == fingerprint.get("bytes")
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == fingerprint.get("sha256")


def edited_lists(home: Path) -> list[str]:
    """The names of the lists here that are not as option 3 wrote them: a person or another program did."""
    state = known_list_state(home)
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
    exceptions, named = row.pop("exceptions"), row.pop("named", [])
    if not isinstance(exceptions, list) or not isinstance(named, list):
        raise TypeError("exceptions")
    state = check_fields(ListState(**row, exceptions=tuple(map(_read_exception, exceptions)), named=tuple(named)))  # type: ignore[arg-type]  # checked
    prints = (*state.fingerprints.values(), *state.coming.values())
    if not all(isinstance(each, dict) for each in prints) or not all(isinstance(name, str) for name in named):
        raise TypeError("fingerprints")
    return replace(state, drive_id=normalise_drive_id(state.drive_id))


def _read_exception(row: dict[str, object]) -> ListException:
    return check_fields(ListException(**row))  # type: ignore[arg-type]  # checked


_LINES_AT_A_TIME = 512
_NO_LIST = 'it is not a list (it does not begin with "[")'
_HINT = "Correct it in an editor, or choose 3 to make a new list (this one is kept aside)."


def read_items(path: Path) -> Iterator[DriveItem]:
    """The items of a list, one at a time. Raises StateFileBroken, which names the place and what is wrong there."""
    for where, row in read_list_rows(path):
        try:
            yield from_json(row)
        except NotAnItem as error:
            raise no_item_at(path, where, error) from error


def no_item_at(path: Path, where: str, error: NotAnItem) -> StateFileBroken:
    """Says that what stands in a list at this place is not a drive item."""
    return StateFileBroken(path, f"{where} is not a drive item: {error}", _HINT)


def read_list_rows(path: Path) -> Iterator[tuple[str, object]]:
    """Each value of a list with the words for its place, 'line 7'; in another layout than ours, 'item 6'.

    Raises StateFileBroken; what is before the damage comes first, as long as each item has its line.
    """
    with disk_errors(path.parent):
        is_folder = path.is_dir()
    if is_folder:
        raise StateFileBroken(path, "it is a folder", f"Rename or move {path}, then choose 3 to make the list.")
    read = 0
    try:
        for line_number, row in _read_lines(path):
            read += 1
            yield f"line {line_number}", row
    except (ValueError, RecursionError):  # another layout, or damage: the whole is read at once
        yield from ((f"item {place + 1}", row) for place, row in enumerate(_read_whole(path)) if place >= read)


def _read_lines(path: Path) -> Iterator[tuple[int, object]]:
    """Each value with its line's number, as long as one stands on each line. Raises ValueError, RecursionError."""
    with disk_errors(path.parent), path.open("rb", buffering=1 << 18) as stream:
        lines = enumerate(stream, start=1)
        if next((line for _, line in lines if line.strip()), b"").strip() not in (b"[", b"\xef\xbb\xbf["):
            raise ValueError
        for line_number, line in lines:
            text = line.strip(b" \t\r\n,")
            if text == b"]":
                return
            if text:
                yield line_number, json.loads(text)
        raise ValueError


def _read_whole(path: Path) -> list[object]:
    with disk_errors(path.parent):
        content = path.read_bytes()
    try:
        rows = json.loads(content.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        if error.doc.strip() and not error.doc.lstrip().startswith("["):
            raise StateFileBroken(path, _NO_LIST, _HINT) from error
        is_cut = not error.doc[error.pos :].strip()
        line = error.doc.rstrip().count("\n") + 1 if is_cut else error.lineno
        what = f"it ends in the middle, at line {line}" if is_cut else f"line {line} is not correct JSON"
        raise StateFileBroken(path, what if error.doc.strip() else "it is empty", _HINT) from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise StateFileBroken(path, f"line {line} is not UTF-8 text", _HINT) from error
    except RecursionError as error:
        raise StateFileBroken(path, "it is nested too deeply", _HINT) from error
    except ValueError as error:
        raise StateFileBroken(path, "a number in it has thousands of digits", _HINT) from error
    if not isinstance(rows, list):
        raise StateFileBroken(path, _NO_LIST, _HINT)
    return rows


def write_lists(home: Path, files: Iterable[bytes], folders: Iterable[bytes], state: ListState) -> ListState:
    """Write both lists and their state, which is returned with their fingerprints. Raises DiskFull, FolderNotUsable."""
    edited = edited_lists(home)
    coming: dict[str, dict[str, object]] = {}
    with ExitStack() as both:
        for name, lines in ((FOLDER_LIST, folders), (FILE_LIST, files)):
            stream = both.enter_context(replace_when_whole(home / name))
            coming[name] = _write_lines(stream.buffer, lines)
        state = replace(state, coming=coming)
        _announce(home, state)
        for name in edited:
            set_aside(home / name, "edited")
    state = with_times(home, state)
    write_list_state(home, state)
    return state


def _announce(home: Path, state: ListState) -> None:
    """Let the state that is there name the coming lists, so that after a crash they are known as ours."""
    old = known_list_state(home)
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
