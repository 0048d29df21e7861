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
