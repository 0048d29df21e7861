"""The lists on disk: every file and every folder of the drive.

Both lists are JSON arrays with one item a line, sorted by path, so that `jq`, `grep` and `diff` work on them and they
can be read a line at a time. Any other layout of the same JSON is read too: a person may have edited them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO

from onedrive.drive_item import DriveItem, NotAnItem, from_json
from onedrive.errors import StateFileBroken
from onedrive.list_state import (
    FILE_LIST,
    FOLDER_LIST,
    ListState,
    edited_lists,
    read_list_state,
    with_times,
    write_list_state,
)
from onedrive.state_files import disk_errors, replace_when_whole, set_aside

MOST_LINES_OF_AN_ITEM = 2000
_LINES_AT_A_TIME = 512
_GAP = re.compile(r"[ \t\r\n,]*")
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
    decoder = json.JSONDecoder()
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
        position = 1  # the text stays whole: all items may stand on one line
        begun_at = number
        while True:
            position = _GAP.match(text, position).end()  # type: ignore[union-attr]  # it matches nothing too
            if text.startswith("]", position):
                return
            value, end = _decode(decoder, text, position)
            if end:
                yield begun_at, value
                position = end
                continue
            if position == len(text):
                number, text = next(lines, (number, ""))
                begun_at, position = number, 0
                if not text:
                    raise StateFileBroken(path, f"it ends in the middle, at line {number}", _HINT)
                continue
            following = next(lines, None)
            if following is None or following[0] - begun_at > MOST_LINES_OF_AN_ITEM:
                raise StateFileBroken(path, f"what begins at line {begun_at} is not whole, correct JSON", _HINT)
            number, more = following
            text, position = text[position:] + more, 0


def _decode(decoder: json.JSONDecoder, text: str, position: int) -> tuple[object, int]:
    """The JSON value that begins at `position` and where it ends; 0 when it is not whole yet, or none."""
    if not text[-_LONGEST_END:].rstrip().endswith(("}", "},", "]")):
        return None, 0
    try:
        return decoder.raw_decode(text, position)
    except ValueError:
        return None, 0


def _numbered_lines(stream: TextIO, path: Path) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        for number, line in enumerate(stream, start=1):
            yield number, line
    except UnicodeDecodeError as error:
        raise StateFileBroken(path, f"after line {number} it is not UTF-8 text", _HINT) from error
