"""Small pictures for the report (`--pictures`): of HEIC, RAW, videos and documents, in a folder of ours beside it.

verification.json ─► which are wanted and not here ─► their addresses, a folder page at a time ─► fetched, kept
                                                   ─► what no page tells, by id, twenty in one request

They are as large as a tile needs (`medium`, 176 pixels; `large` would be ten times as many bytes). Each is asked for
once for each content; where OneDrive has none it is asked again after a week. The report is made whatever happens here.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from onedrive.companions.fetching import fetch_picture
from onedrive.errors import (
    ConnectionLost,
    FileRefused,
    ItemFailed,
    OneDriveError,
    ServiceRefused,
    ServiceUnusable,
    Stopped,
)
from onedrive.graph.batch import fetch_all, item_address
from onedrive.graph.item import normalise_drive_id
from onedrive.graph.pages import PageStream
from onedrive.graph.session import ForeignNextLink, GraphSession, JsonObject, RepeatingPages
from onedrive.home.files import NEW_SUFFIX, disk_errors, forget_file, make_private_folder, once_free, open_own
from onedrive.home.lists import FILE_LIST, read_items
from onedrive.home.verification import read_verification, read_verified_items
from onedrive.net.client import HttpClient
from onedrive.report.pictures import NOTE, PICTURE, PICTURES_FOLDER, list_pictures, picture_key, wants_picture
from onedrive.terminal.progress import Progress
from onedrive.terminal.terminal import Terminal
from onedrive.transfer.addresses import PAGE_FILES
from onedrive.transfer.fetch import Transfer
from onedrive.transfer.queue import DownloadQueue
from onedrive.words import format_count, plural

_SIZE = "medium"
_MOST_BYTES = 1_000_000  # OneDrive may send a larger one that it has already
_ASKED_AGAIN_SECONDS = 7 * 86_400.0  # a film that was uploaded just now gets its picture later
_MOST_LOST_IN_A_ROW = 8
_EXPAND = f"$expand=thumbnails($select={_SIZE})"
_OPTIONS = (f"?$top=1000&$select=id&{_EXPAND}", f"?$select=id&{_EXPAND}", "?$expand=thumbnails")
_BAD_REQUEST = 400
_UNTOLD = (ServiceRefused, ServiceUnusable, RepeatingPages, ForeignNextLink)


@dataclass(frozen=True)
class _Lacking:
    """One item whose picture is not here; `drive_id` is '' for the person's own, `parent_id` where nobody knows it."""

    key: str
    id: str
    drive_id: str
    parent_id: str

    @property
    def folder(self) -> tuple[str, str]:
        """Drive and folder."""
        return self.drive_id, self.parent_id


_Task = tuple[_Lacking, str]  # and the address of its picture, '' where OneDrive has none


def fetch_small_pictures(
    terminal: Terminal, home: Path, graph: GraphSession, http: HttpClient, *, lists: Path, extra_hosts: Sequence[str]
) -> bool:
    """Fetch what the report could show and lacks, and say what came of it; False when it was stopped with Ctrl-C.

    `lists` is where the lists of the last verification are. Nothing but Ctrl-C keeps what follows from being done.
    """
    work, trouble = _PictureRun(home, Transfer(http, graph.pause, extra_hosts=extra_hosts), graph), ""
    try:
        with terminal.progress("Small pictures") as progress:
            work.run(lists, progress)
    except (KeyboardInterrupt, Stopped):
        graph.pause.stop.set()
        terminal.say(f"Stopped. In the report: {work.describe()}.", style="warning")
        return False
    except OneDriveError as error:
        trouble = f"{error.sentence} {error.hint or ''}".rstrip()
    terminal.say(f"In the report: {work.describe()}.")
    if trouble or work.failed:
        reasons = [
            f"Missing: {format_count(number)} ({reason.rstrip('.')})." for reason, number in work.failed.most_common()
        ]
        terminal.say(" ".join(filter(None, [trouble, *reasons, "Choose p to try again."])), style="warning")
    return True


class _PictureRun:
    """One run; told by several threads."""

    def __init__(self, home: Path, transfer: Transfer, graph: GraphSession) -> None:
        self.failed: Counter[str] = Counter()  # by reason
        self._home = home
        self._folder = home / PICTURES_FOLDER
        self._transfer = transfer
        self._graph = graph
        self._lock = threading.Lock()
        self._wanted = self._here = self._none = 0
        self._refused: dict[_Lacking, str] = {}  # and why; another address may do
        self._lost_in_a_row = 0
        self._files_in: Counter[tuple[str, str]] = Counter()  # by drive and folder

    def describe(self) -> str:
        """How many of those that are wanted are here, and of how many there is none."""
        if not self._wanted:
            return "no small pictures, since a browser shows every picture here from the file itself"
        none = f"; OneDrive has none of {format_count(self._none)}" if self._none else ""
        of = "" if self._here == self._wanted else f"{format_count(self._here)} of "
        return f"small pictures of {of}{plural('file', self._wanted)} that a browser cannot show{none}"

    def run(self, lists: Path, progress: Progress) -> None:
        """Fetch them. Raises OneDriveError for what ends it, Stopped, KeyboardInterrupt."""
        waiting = self._find_lacking(lists)
        progress.set_total(files=len(waiting), size_bytes=0)
        if waiting:
            make_private_folder(self._folder)
            self._fetch(waiting, progress)
        if waiting := list(self._refused):
            self._fetch(waiting, progress)  # once more, with addresses that are new
        self.failed.update(self._refused.values())

    def _fetch(self, waiting: Sequence[_Lacking], progress: Progress) -> None:
        self._refused = {}
        turns, stop = self._transfer.connections, self._graph.pause.stop
        queue = DownloadQueue[_Task](lambda task: self._see_to(task, progress), turns=turns, stop=stop)
        queue.run(self._find_addresses(waiting))

    def _find_lacking(self, lists: Path) -> list[_Lacking]:
        """What is to be asked for; what belongs to no item any more is taken away."""
        facts = read_verification(self._home)
        own = normalise_drive_id(facts.drive_id) if facts else ""
        items = filter(wants_picture, read_verified_items(self._home))
        wanted = {picture_key(item): (item.drive_id, item.id) for item in items}
        there = set()
        for path, key, ending in list_pictures(self._home):
            if key not in wanted or ending not in (PICTURE, NOTE) or (ending == NOTE and _is_old(path)):
                forget_file(path)
            else:
                there.add(key)
                self._none += ending == NOTE
        self._wanted, self._here = len(wanted), len(there) - self._none
        lacking = {identity: key for key, identity in wanted.items() if key not in there}
        parents = dict.fromkeys(lacking, "")
        for item in read_items(lists / FILE_LIST) if lacking else ():
            self._files_in[_known_as(item.drive_id, own), item.parent_id] += 1
            if (item.drive_id, item.id) in parents:
                parents[item.drive_id, item.id] = item.parent_id
        return [
            _Lacking(key, item_id, _known_as(drive_id, own), parents[drive_id, item_id])
            for (drive_id, item_id), key in lacking.items()
        ]

    def _find_addresses(self, waiting: Sequence[_Lacking]) -> Iterator[_Task]:
        """What there is to do of all that OneDrive tells; what it does not tell has failed.

        A page counts twice (graph-facts §3.7), so few items of a large folder are asked for by id.
        """
        folders: defaultdict[tuple[str, str], list[_Lacking]] = defaultdict(list)
        for row in waiting:
            folders[row.folder].append(row)
        pages = {place: -(-self._files_in[place] // PAGE_FILES) for place in folders}
        by_page = {place for place, rows in folders.items() if place[1] and len(rows) >= 2 * pages[place]}
        untold = [row for row in waiting if row.folder not in by_page]
        narrow = [place for place in by_page if pages[place] == 1]
        for options in _OPTIONS:
            answers = fetch_all(self._graph, (f"{_children_of(place)}{options}" for place in narrow))
            asked, narrow = narrow, []
            for place, answer in zip(asked, answers, strict=True):
                if isinstance(answer, ServiceRefused) and answer.status == _BAD_REQUEST and options != _OPTIONS[-1]:
                    narrow.append(place)  # to be asked otherwise
                    continue
                found = answer.get("value") if isinstance(answer, dict) else None
                yield from _match(folders[place], found if isinstance(found, list) else [], untold)
        for place in by_page:
            if pages[place] > 1:
                yield from _match(folders[place], self._read_pages(place), untold)
        by_id = fetch_all(
            self._graph,
            (f"{item_address(row.id, row.drive_id)}/thumbnails?$select={_SIZE}" for row in untold),
            expects_absence=True,
        )
        for row, answer in zip(untold, by_id, strict=True):
            if isinstance(answer, dict):
                yield row, _address_in(answer.get("value")) or ""
            else:
                with self._lock:
                    self.failed[answer.sentence] += 1

    def _read_pages(self, place: tuple[str, str]) -> Iterator[JsonObject]:
        try:
            for page in PageStream(self._graph, [_children_of(place) + options for options in _OPTIONS]):
                yield from page.items
        except _UNTOLD:
            return  # by id they may be told

    def _see_to(self, task: _Task, progress: Progress) -> None:
        row, address = task
        content, refused, failed = b"", "", ""
        try:
            content = fetch_picture(self._transfer, address, most_bytes=_MOST_BYTES) if address else b""
        except (FileRefused, ConnectionLost) as error:
            refused = error.sentence
            if isinstance(error, ConnectionLost) and self._lost_in_a_row >= _MOST_LOST_IN_A_ROW:
                raise
        except ItemFailed as error:
            failed = error.sentence
        if not (refused or failed):
            self._keep(f"{row.key}{PICTURE if address else NOTE}", content)
        with self._lock:
            self._lost_in_a_row = self._lost_in_a_row + 1 if refused else 0
            self._here += bool(content)
            self._none += not (address or refused or failed)
            if refused:
                self._refused[row] = refused
            if failed:
                self.failed[failed] += 1
        progress.advance(files=not refused)

    def _keep(self, name: str, content: bytes) -> None:
        growing = self._folder / f"{name}{NEW_SUFFIX}"
        with disk_errors(self._folder):
            with os.fdopen(open_own(growing, 0o600), "wb") as stream:
                stream.truncate()
                stream.write(content)
            once_free(lambda: growing.replace(self._folder / name))


def _known_as(drive_id: str, own: str) -> str:
    return "" if normalise_drive_id(drive_id) == own else drive_id


def _is_old(path: Path) -> bool:
    with disk_errors(path):
        return time.time() - path.stat().st_mtime > _ASKED_AGAIN_SECONDS


def _children_of(place: tuple[str, str]) -> str:
    drive_id, parent_id = place
    return f"{item_address(parent_id, drive_id)}/children"


def _match(rows: Sequence[_Lacking], found: Iterable[object], untold: list[_Lacking]) -> Iterator[_Task]:
    """The rows whose pictures are told of, as they come; the others are added to `untold`."""
    waiting = {row.id: row for row in rows}
    for item in found:
        row = waiting.pop(str(item.get("id")), None) if isinstance(item, dict) else None
        address = _address_in(item.get("thumbnails")) if row and isinstance(item, dict) else None
        if row and address is not None:
            yield row, address
        elif row:
            untold.append(row)
        if not waiting:
            return
    untold += waiting.values()


def _address_in(sets: object) -> str | None:
    """The address in an item's thumbnail sets, '' where there is none; None: nothing is said of them."""
    if not isinstance(sets, list):
        return None
    first = sets[0] if sets and isinstance(sets[0], dict) else {}
    picture = first.get(_SIZE)
    url = picture.get("url") if isinstance(picture, dict) else ""
    return url if isinstance(url, str) else ""
