"""Small pictures for the report (`--pictures`): of HEIC, RAW, videos and documents, in a folder of ours beside it.

verification.json ─► which are wanted and not here ─► their addresses, a folder page at a time ─► fetched, kept
                                                   ─► what no page tells, by id, twenty in one request

They are as large as a tile needs (`medium`, 176 pixels; `large` would be ten times as many bytes). Each is asked for
once for each content; where OneDrive has none it is asked again after a week. The report is made whatever happens here.
"""

from __future__ import annotations

import io
import os
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from onedrive.companions.asking import AskedFile, Folder, ask_about, other_drive
from onedrive.companions.fetching import JPEG, NO_PICTURE, PNG, fetch_made
from onedrive.errors import ConnectionLost, FileRefused, ItemFailed, OneDriveError, Stopped
from onedrive.graph.session import GraphSession, JsonObject
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
from onedrive.words import as_text, format_count, plural

_SIZE = "medium"
_MOST_BYTES = 1_000_000  # OneDrive may send a larger one that it has already
_ASKED_AGAIN_SECONDS = 7 * 86_400.0  # a film that was uploaded just now gets its picture later
_MOST_LOST_IN_A_ROW = 8
_EXPAND = f"$expand=thumbnails($select={_SIZE})"
_OPTIONS = (f"?$top={PAGE_FILES}&$select=id&{_EXPAND}", f"?$select=id&{_EXPAND}", "?$expand=thumbnails")


_Task = tuple[AskedFile, str]  # and the address of its picture, '' where OneDrive has none


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
        self._refused: dict[AskedFile, str] = {}  # and why; another address may do
        self._lost_in_a_row = 0
        self._files_in: Counter[Folder] = Counter()

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

    def _fetch(self, waiting: Sequence[AskedFile], progress: Progress) -> None:
        self._refused = {}
        turns, stop = self._transfer.connections, self._graph.pause.stop
        queue = DownloadQueue[_Task](lambda task: self._see_to(task, progress), turns=turns, stop=stop)
        queue.run(self._find_addresses(waiting))

    def _find_lacking(self, lists: Path) -> list[AskedFile]:
        """What is to be asked for; what belongs to no item any more is taken away."""
        facts = read_verification(self._home)
        own = facts.drive_id if facts else ""
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
            self._files_in[other_drive(item.drive_id, own), item.parent_id] += 1
            if (item.drive_id, item.id) in parents:
                parents[item.drive_id, item.id] = item.parent_id
        return [
            AskedFile(key, item_id, other_drive(drive_id, own), parents[drive_id, item_id])
            for (drive_id, item_id), key in lacking.items()
        ]

    def _find_addresses(self, waiting: Iterable[AskedFile]) -> Iterator[_Task]:
        """What there is to do of all that OneDrive tells; what it does not tell has failed."""
        of_item = f"/thumbnails?$select={_SIZE}"
        asked = ask_about(self._graph, waiting, self._files_in, of_page=_OPTIONS, of_item=of_item, tells=_has_sets)
        for file, answer in asked:
            if isinstance(answer, dict):
                yield file, _address_in(answer.get("thumbnails", answer.get("value")))
            else:
                with self._lock:
                    self.failed[answer.sentence] += 1

    def _see_to(self, task: _Task, progress: Progress) -> None:
        row, address = task
        content, refused, failed = b"", "", ""
        try:
            content = self._fetch_picture(address) if address else b""
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

    def _fetch_picture(self, address: str) -> bytes:
        content = io.BytesIO()
        fetch_made(self._transfer, address, content, most_bytes=_MOST_BYTES)
        if not content.getvalue().startswith((JPEG, PNG)):
            raise ItemFailed(NO_PICTURE)
        return content.getvalue()

    def _keep(self, name: str, content: bytes) -> None:
        growing = self._folder / f"{name}{NEW_SUFFIX}"
        with disk_errors(self._folder):
            with os.fdopen(open_own(growing, 0o600), "wb") as stream:
                stream.truncate()
                stream.write(content)
            once_free(lambda: growing.replace(self._folder / name))


def _is_old(path: Path) -> bool:
    with disk_errors(path):
        return time.time() - path.stat().st_mtime > _ASKED_AGAIN_SECONDS


def _has_sets(item: JsonObject) -> bool:
    return isinstance(item.get("thumbnails"), list)


def _address_in(sets: object) -> str:
    """The address in an item's thumbnail sets, '' where there is none."""
    first = sets[0] if isinstance(sets, list) and sets and isinstance(sets[0], dict) else {}
    picture = first.get(_SIZE)
    return as_text(picture.get("url")) if isinstance(picture, dict) else ""
