"""Pages of fresh addresses: how those of many files are asked for with few requests.

    a folder, many wanted files ─► its pages, as wide as the service gives them
    small folders, a few wanted ─► their pages together, twenty in one $batch
    single files, or not shown  ─► by id, twenty in one $batch

A page whose addresses have grown too old, or are refused one after another, is read again as a whole.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from onedrive.batch_reply import BatchReply
from onedrive.download_plan import WantedFile
from onedrive.drive_item import SELECT, DriveItem, Kind, NotAnItem, from_graph
from onedrive.errors import ConnectionLost, ServiceRefused, ServiceUnusable
from onedrive.graph import (
    BATCH_SIZE,
    ForeignNextLink,
    GraphSession,
    JsonObject,
    RepeatingPages,
    read_items,
    read_link,
    refusal_from_body,
)
from onedrive.graph_batch import ask_together, refuses_batches

ADDRESS_FIELD = "@microsoft.graph.downloadUrl"
# With `$select` the address comes only under this name (GRAPH_FACTS §2.3).
FIELDS = f"{SELECT},content.downloadUrl"
# The widest page first; where the service refuses it, less; without `$select` the address comes by itself.
PAGE_OPTIONS = (f"?$top=1000&$select={FIELDS}", f"?$top=200&$select={FIELDS}", f"?$select={FIELDS}", "")
PAGE_FILES = 200  # what the widest page is sure to have
MOST_FILES_TOGETHER = 400  # of folders in one batch: their addresses are to be used soon
_BAD_REQUEST = 400
_NOT_READABLE = (ServiceRefused, ServiceUnusable, ConnectionLost, RepeatingPages, ForeignNextLink)


class AddressPage:
    """One page of a folder that was read for its addresses, and can be read again."""

    def __init__(self, path: str, now: Callable[[], float], read: Callable[[str], JsonObject]) -> None:
        self.refusals = 0
        self._path = path
        self._now = now
        self._read = read
        self._lock = threading.Lock()
        self._readings = 0  # since the first
        self._born = 0.0
        self._again: dict[str, tuple[DriveItem, str]] = {}

    def newer(self, item_id: str, known_reading: int) -> tuple[DriveItem, str, float, int] | None:
        """Item, address, birth and number from a later reading than the known one; None when there is none."""
        with self._lock:
            found = self._again.get(item_id) if self._readings > known_reading else None
            return (*found, self._born, self._readings) if found else None

    def read_again(self, known_reading: int) -> None:
        """Read the page again, unless another has done so since the known reading. Raises as `GraphSession.get`."""
        with self._lock:
            if self._readings <= known_reading:
                self._born = self._now()
                self._again = {item.id: (item, address) for item, address in read_files(self._read(self._path))}
                self._readings += 1
                self.refusals = 0


@dataclass(frozen=True)
class Found:
    """What a page or a question by id said of one wanted file at the moment `born`; `refusal`: Graph's no."""

    wanted: WantedFile
    born: float
    item: DriveItem | None = None
    address: str = ""
    page: AddressPage | None = None
    refusal: ServiceRefused | None = None


@dataclass(frozen=True)
class _ReadPage:
    """A page as it came: what was asked, when, and the answer."""

    path: str
    born: float
    page: JsonObject


@dataclass
class _Question:
    """One question: a folder's first page, or one file (then `folder` is '')."""

    rows: list[WantedFile]
    folder: str
    files: int


class AddressPages:
    """Asks Graph for the addresses of many files; `path_of` is the path of an item by row and id."""

    def __init__(
        self, graph: GraphSession, path_of: Callable[[WantedFile, str], str], now: Callable[[], float]
    ) -> None:
        self._graph = graph
        self._path_of = path_of
        self._now = now
        self._options = 0  # which of PAGE_OPTIONS the service takes

    def of_folders(self, folders: Iterable[tuple[Sequence[WantedFile], int]]) -> Iterator[Found]:
        """Every wanted file, found or not, folder by folder, as they are needed.

        `folders`: the wanted files of one folder, and how many files it has. Raises SignInNeeded, Stopped.
        """
        waiting: list[_Question] = []
        most = 1  # the first question alone: bytes shall flow soon
        for rows, listed_files in folders:
            for question in self._questions(rows, listed_files):
                if question.files > PAGE_FILES:
                    yield from self._ask_all(waiting)
                    waiting = []
                    yield from self._ask_all([question])
                    continue
                waiting.append(question)
                if len(waiting) >= most or sum(asked.files for asked in waiting) >= MOST_FILES_TOGETHER:
                    yield from self._ask_all(waiting)
                    waiting, most = [], BATCH_SIZE
        yield from self._ask_all(waiting)

    def _questions(self, rows: Sequence[WantedFile], listed_files: int) -> Iterator[_Question]:
        """By page where that costs the service less than by id: a page counts twice (GRAPH_FACTS §3.7)."""
        pages = max(1, -(-listed_files // PAGE_FILES))
        if rows[0].parent_id and len(rows) >= 2 * pages:
            yield _Question(list(rows), rows[0].parent_id, max(listed_files, len(rows)))
        else:
            for row in rows:
                yield _Question([row], "", 1)

    def _ask_all(self, questions: list[_Question]) -> Iterator[Found]:
        """Ask; what the folders' pages do not show is asked by id."""
        missing: list[WantedFile] = []
        folders = [question for question in questions if question.folder]
        if len(questions) > 1 and all(question.files <= PAGE_FILES for question in questions):
            yield from self._ask_together(questions, missing)
        else:
            for question in folders:
                yield from self._walk(question, missing)
            missing += [question.rows[0] for question in questions if not question.folder]
        for begin in range(0, len(missing), BATCH_SIZE):
            yield from self._ask_by_id(missing[begin : begin + BATCH_SIZE])

    def _ask_together(self, questions: list[_Question], missing: list[WantedFile]) -> Iterator[Found]:
        paths, born = [self._path(question) for question in questions], self._now()
        try:
            replies = ask_together(self._graph, paths)
        except ServiceRefused as error:
            if not refuses_batches(error):
                raise
            replies = [BatchReply(_BAD_REQUEST, {}, {}) for _ in questions]
        for question, path, reply in zip(questions, paths, replies, strict=True):
            if not question.folder:
                yield _found_by_id(question.rows[0], born, reply)
            elif reply.status == 200 and "value" in reply.body:
                yield from self._walk(question, missing, first=_ReadPage(path, born, reply.body))
            elif reply.status == _BAD_REQUEST:
                yield from self._walk(question, missing)
            else:
                missing += question.rows

    def _ask_by_id(self, rows: list[WantedFile]) -> Iterator[Found]:
        if len(rows) == 1:
            yield Found(rows[0], self._now())  # its job asks
        elif rows:
            yield from self._ask_together([_Question([row], "", 1) for row in rows], [])

    def _walk(self, question: _Question, missing: list[WantedFile], first: _ReadPage | None = None) -> Iterator[Found]:
        """The folder's pages, as far as they are needed; what they do not show is added to `missing`."""
        waiting = {row.id: row for row in question.rows}
        try:
            for read in self._pages(question, first):
                address_page = AddressPage(read.path, self._now, self._graph.get)
                for item, address in read_files(read.page):
                    wanted = waiting.pop(item.id, None)
                    if wanted:
                        yield Found(wanted, read.born, placed(item, wanted), address, address_page)
                if not waiting:
                    return
        except _NOT_READABLE:
            pass  # its files may still be had by id; each says itself if not
        missing += waiting.values()

    def _pages(self, question: _Question, first: _ReadPage | None) -> Iterator[_ReadPage]:
        seen: set[str] = set()
        read = first or self._first_page(question)
        while True:
            yield read
            seen.add(read.path)
            link = read_link(read.page, "@odata.nextLink")
            if link is None:
                return
            if link in seen:
                raise RepeatingPages
            read = _ReadPage(link, self._now(), self._graph.get(link))

    def _first_page(self, question: _Question) -> _ReadPage:
        """With the widest options that are taken; remembered only when others help where the first did not."""
        for options in range(self._options, len(PAGE_OPTIONS)):
            path, born = self._path(question, options), self._now()
            try:
                page = self._graph.get(path)
            except ServiceRefused as error:
                if error.status != _BAD_REQUEST or options == len(PAGE_OPTIONS) - 1:
                    raise
            else:
                self._options = options
                return _ReadPage(path, born, page)
        raise AssertionError("there are always options")

    def _path(self, question: _Question, options: int | None = None) -> str:
        row = question.rows[0]
        if not question.folder:
            return f"{self._path_of(row, row.id)}?$select={FIELDS}"
        chosen = PAGE_OPTIONS[self._options if options is None else options]
        return f"{self._path_of(row, question.folder)}/children{chosen}"


def read_files(page: JsonObject) -> Iterator[tuple[DriveItem, str]]:
    """The files of a page with their addresses ('' where none came). Raises ServiceUnusable."""
    for row in read_items(page):
        item, address = read_file(row)
        if item and item.kind is Kind.FILE:
            yield item, address


def read_file(row: JsonObject) -> tuple[DriveItem | None, str]:
    """An item, None when it is none, and its address."""
    address = row.get(ADDRESS_FIELD)
    try:
        return from_graph(row), address if isinstance(address, str) else ""
    except NotAnItem:
        return None, ""


def placed(item: DriveItem, wanted: WantedFile) -> DriveItem:
    """The item at the path of the list, on the drive of the list."""
    return replace(item, path=wanted.path, drive_id=wanted.drive_id or item.drive_id)


def _found_by_id(wanted: WantedFile, born: float, reply: BatchReply) -> Found:
    if reply.status == 200:
        item, address = read_file(reply.body)
        if item and item.kind is Kind.FILE and not item.has_malware:
            return Found(wanted, born, placed(item, wanted), address)
    error = reply.body.get("error")
    if reply.status in (403, 404, 423) and isinstance(error, dict):
        return Found(wanted, born, refusal=refusal_from_body(reply.status, error))
    return Found(wanted, born)  # its job asks again, and says what is wrong
