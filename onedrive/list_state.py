"""list_state.json: what is known about the lists beside it, and whether they are still as option 3 wrote them.

It is written before the lists are replaced (then it names the coming ones too) and after, so that a crash between never
leaves a deltaLink that is newer than the lists.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from onedrive.drive_item import normalise_drive_id
from onedrive.errors import StateFileBroken
from onedrive.state_files import disk_errors, write_whole

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
