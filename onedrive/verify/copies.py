"""FurtherCopy: the downloads a second time, in another folder (--also), and the state of each item there.

where the files are here ─► what stands there in the copy ─► read ─► compared with OneDrive's hash and what is here

A copy is only read, so it may be on a disk that takes nothing. `verify_downloads.py` makes one of each folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

from onedrive.home.files import is_folder
from onedrive.home.verification import BAD, GOOD, GOOD_COPIES, CopyState, ItemClass, VerifiedItem
from onedrive.local.folder import ReadOnlyFolder
from onedrive.local.hashing import FileTask, ReadCounter, choose_processes, read_files
from onedrive.local.proof import quick_xor_agrees
from onedrive.terminal.terminal import Column, Terminal
from onedrive.verify.judgement import FoundFile, found_file
from onedrive.verify.local_copy import LocalCopy
from onedrive.verify.verdict import MOST_OF_A_CLASS, Verdict
from onedrive.words import format_count, join_words, plural, printable

_BELONG_HERE = GOOD | BAD


class FurtherCopy:
    """One further copy. `states` counts the items, `bad` has path and state of the first that are not good."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.is_there = False
        self.is_on_same_disk = False
        self.states: Counter[CopyState] = Counter()
        self.bad: list[tuple[str, CopyState]] = []
        self._folder = ReadOnlyFolder(root)
        self._found: dict[str, FoundFile] = {}  # by place
        self._links: set[str] = set()
        self._to_read: list[str] = []

    def look(self, here: LocalCopy) -> None:
        """See what stands in the places of the downloads' files. Raises StateFileBroken."""
        self._folder.prepare()
        with suppress(OSError):
            self.is_on_same_disk = self.root.stat().st_dev == here.folder.root.stat().st_dev
        is_empty = True
        for item in here.current.files():
            is_empty = False
            place = here.place(item)
            status = self._folder.status(place) if place and place not in self._found else None
            if status is None:
                continue
            found = self._found[place] = found_file(status)
            same = here.found.get(place)
            if self.is_on_same_disk and same and same.inode == found.inode != 0:  # some disks number none
                self._links.add(place)
            elif found.is_file and here.way.reads(item.id):
                self._to_read.append(place)
        # A disk that is not there leaves an empty folder, or none.
        self.is_there = bool(self._found) or (is_empty and is_folder(self.root))
        self._to_read.sort(key=lambda place: -self._found[place].size_bytes)

    @property
    def to_read(self) -> tuple[int, int]:
        """Files and bytes that are to be read."""
        return len(self._to_read), sum(self._found[place].size_bytes for place in self._to_read)

    def read(self, counter: ReadCounter) -> None:
        """Read what must be."""
        with closing(read_files(self._tasks(), counter, processes=choose_processes(*self.to_read))) as came:
            for got in came:
                self._found[got.place].take(got)

    def state(self, item: VerifiedItem, here: FoundFile | None) -> CopyState:
        """The state of an item whose file in the downloads is `here`."""
        found = self._found.get(item.local_path)
        if not self.is_there or found is None:
            return CopyState.MISSING if self.is_there else CopyState.ABSENT
        if item.local_path in self._links:
            return CopyState.LINK
        if found.error:
            return CopyState.UNREADABLE
        if not found.is_read:
            sizes = {item.size_bytes, here.size_bytes if here and here.is_good else item.size_bytes}
            return CopyState.NOT_READ if found.is_file and found.size_bytes in sizes else CopyState.WRONG
        has_right_sum = not (here and here.is_good and here.sha256) or here.sha256 == found.sha256
        if quick_xor_agrees(item.hash, found.digest):
            return CopyState.PROVEN if has_right_sum else CopyState.WRONG
        is_same = here is not None and here.is_good and here.is_read and here.quick_xor == found.quick_xor
        is_same = is_same and has_right_sum
        if not is_same:
            return CopyState.WRONG
        return CopyState.PROVEN if item.item_class is ItemClass.PROVEN else CopyState.ALIKE

    def count(self, item: VerifiedItem, state: CopyState) -> None:
        """Count one item."""
        self.states[state] += 1
        if state not in GOOD_COPIES and len(self.bad) < MOST_OF_A_CLASS:
            self.bad.append((item.path, state))

    @property
    def number_bad(self) -> int:
        """How many items are not good there."""
        return sum(number for state, number in self.states.items() if state not in GOOD_COPIES)

    def _tasks(self) -> Iterator[FileTask]:
        for place in self._to_read:
            yield FileTask(place, str(self._folder.path(place)), self._found[place].size_bytes, with_sha256=True)


def note_copies(item: VerifiedItem, copies: Sequence[FurtherCopy], here: FoundFile | None) -> VerifiedItem:
    """The item with its state in each copy, counted; what does not belong here counts only where it is proven."""
    states = tuple(copy.state(item, here) for copy in copies)
    belongs = item.item_class in _BELONG_HERE
    if not belongs and CopyState.PROVEN not in states:
        return item
    for copy, state in zip(copies, states, strict=True):
        if belongs or state is CopyState.PROVEN:
            copy.count(item, state)
    return replace(item, copies=states)


def judge_copies(verdict: Verdict, copies: Sequence[FurtherCopy]) -> Verdict:
    """The verdict with a sentence about each copy; it is good only if all of them are."""
    words = [verdict.words, *map(_describe, copies)]
    is_bad = any(copy.number_bad or not copy.is_there for copy in copies)
    is_good = verdict.is_good and not is_bad
    return replace(verdict, words=" ".join(words), is_good=is_good, is_wrong=verdict.is_wrong or is_bad)


def show_copies(terminal: Terminal, copies: Sequence[FurtherCopy]) -> None:
    """How many items are in which state in each copy, and the first that are not good."""
    states = [state for state in CopyState if any(copy.states[state] for copy in copies)]
    if states:
        columns = [Column("copy"), *(Column(state.value, "right") for state in states)]
        rows = [[_name(copy), *(format_count(copy.states[state]) for state in states)] for copy in copies]
        terminal.table(columns, rows)
    for copy in copies:
        if copy.is_there and copy.number_bad:
            terminal.say(f"{plural('item', copy.number_bad)} not good in {_name(copy)}:", style="problem")
            for path, state in copy.bad:
                terminal.say(f"  {printable(path)}: {state.value}.")
            if copy.number_bad > len(copy.bad):
                more = format_count(copy.number_bad - len(copy.bad))
                terminal.say(f"  and {more} more; verification.json names them all.")
        if copy.is_there and copy.is_on_same_disk:
            terminal.say(f"{_name(copy)} is on the same disk as the downloads: when that disk fails, both are gone.")


def _name(copy: FurtherCopy) -> str:
    return printable(str(copy.root))


def _describe(copy: FurtherCopy) -> str:
    name, states = _name(copy), copy.states
    if not copy.is_there:
        if not is_folder(copy.root):
            return f"The copy {name} is not there: connect its disk, then choose 6 again."
        return (
            f"The copy {name} holds none of these files in their places: connect its disk, or name the very folder "
            "that is the copy of downloads, then choose 6 again."
        )
    if not copy.number_bad:
        files = states.total()
        how = "" if states[CopyState.ALIKE] else ", by size alone" if states[CopyState.NOT_READ] else ", proven"
        return f"The copy {name} has {'it' if files == 1 else f'all {format_count(files)}'} too{how}."
    parts: list[str] = []
    for state in (CopyState.WRONG, CopyState.UNREADABLE, CopyState.MISSING, CopyState.LINK):
        if number := states[state]:
            what = format_count(number) if parts else plural("file", number)
            parts.append(f"{what} {'is' if number == 1 else 'are'} {state.value}")
    it = "it" if copy.number_bad == 1 else "them"
    return f"In the copy {name} {join_words(parts)}; run python start.py 4 --also {name} to mend {it} from here."
