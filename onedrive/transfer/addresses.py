"""Fresh addresses and newest metadata for files, just before their bytes are fetched.

A folder page at a time, or by id, whichever costs the service less; what no page shows is asked by id when its turn
comes. Addresses are secrets that live about an hour: they stay in memory, are used within thirty minutes, and renewed
once for each age. `download/run` asks for all files of a plan, `fetch` for an address whenever it needs one.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from onedrive.errors import ConnectionLost, ItemFailed, ItemGone, OneDriveError, ServiceRefused, ServiceUnusable
from onedrive.graph.batch import ask_together, item_address, refuses_batches
from onedrive.graph.item import SELECT, CannotDeliver, DriveItem, Kind, NotAnItem, from_graph, normalise_drive_id
from onedrive.graph.session import (
    BATCH_SIZE,
    BatchReply,
    ForeignNextLink,
    GraphSession,
    JsonObject,
    RepeatingPages,
    read_link,
    read_page,
    refusal_from_body,
)

LONGEST_AGE_SECONDS = 30 * 60.0
MOST_REFUSALS_OF_A_PAGE = 3  # then the whole page is read again instead of one file after the other
ADDRESS_FIELD = "@microsoft.graph.downloadUrl"
# With `$select` the address comes only under this name (graph-facts §2.3).
FIELDS = f"{SELECT},content.downloadUrl"
# The widest page first; where the service refuses it, less; without `$select` the address comes by itself.
PAGE_OPTIONS = (f"?$top=1000&$select={FIELDS}", f"?$top=200&$select={FIELDS}", f"?$select={FIELDS}", "")
PAGE_FILES = 200  # what the widest page is sure to have
MOST_FILES_TOGETHER = 400  # of folders in one batch: their addresses are to be used soon
_DENIED = 403
_BAD_REQUEST = 400
_NOT_READABLE = (ServiceRefused, ServiceUnusable, ConnectionLost, RepeatingPages, ForeignNextLink)


@dataclass(slots=True)
class WantedFile:
    """One file to see to; `place` is below downloads. What else is known of it is asked anew when its turn comes."""

    id: str
    drive_id: str
    parent_id: str
    folder: str  # OneDrive's path of the folder, '' for the root
    name: str
    size_bytes: int
    ctag: str
    etag: str = ""  # kept for moved files and twins only
    into: str = ""  # the folder by the layout, as a path; OneDrive's own where that is the layout
    place: str = ""
    layout: str = ""  # of the place, as the manifest has it
    named: str = ""  # its name here, where a pattern makes one
    kin: str = ""  # the id of the file whose name it shares

    @property
    def path(self) -> str:
        """OneDrive's path."""
        return f"{self.folder}/{self.name}"

    @property
    def identity(self) -> tuple[str, str]:
        """Drive id and item id: what tells all files apart."""
        return self.drive_id, self.id


class AnotherDrive(OneDriveError):
    """The list was made of another OneDrive than the one that is signed in."""

    def __init__(self) -> None:
        super().__init__(
            "The list is of a different OneDrive than the one you are signed in to.",
            "Choose 3 to list this one, or choose 1 to sign in to the other.",
        )


class FreshFile:
    """One wanted file with its newest metadata and an address for its bytes; several threads may fetch parts of it.

    `born`: when that was asked. `page`: the one that it stood on. `refusal`: Graph's no.
    """

    def __init__(
        self,
        urls: FreshUrls,
        wanted: WantedFile,
        *,
        born: float,
        found: tuple[DriveItem, str] | None = None,
        page: _AddressPage | None = None,
        refusal: ServiceRefused | None = None,
    ) -> None:
        self.wanted = wanted
        self._urls = urls
        self._born = born
        self._item: DriveItem | None = found[0] if found else None
        self._address = found[1] if found else ""
        self._page = page
        self._refusal = refusal
        self._reading = 0  # of its page, that the address comes from
        self._lock = threading.RLock()

    @property
    def item(self) -> DriveItem:
        """The file as the service describes it, at the path of the list. Raises ItemFailed and what Graph raises."""
        if self._item is None:
            self.renew()
        if self._item is None:
            raise ItemGone
        return self._item

    def address(self) -> str:
        """A pre-authenticated address, asked anew after thirty minutes. Raises as `item`."""
        with self._lock:
            self._take_from_page()
            if not self._address and self._item is None:
                self.renew()
            elif self._urls.now() - self._born > LONGEST_AGE_SECONDS:
                self._renew_with_page()
            if not self._address:
                self._address = self._urls.ask_content_address(self.wanted)
                self._born = self._urls.now()
            return self._address

    def renew(self, refused: str = "") -> None:
        """Ask for the metadata and an address anew, unless that was done since `refused` was used. Raises as `item`."""
        with self._lock:
            if refused and refused != self._address:
                return
            if self._page and refused:
                self._page.refusals += 1
                if self._page.refusals > MOST_REFUSALS_OF_A_PAGE:
                    self._renew_with_page()
                    return
            self._renew_by_id()

    def _renew_by_id(self) -> None:
        if self._refusal:
            raise self._urls.explain(self._refusal) from self._refusal
        self._item, self._address = self._urls.ask_by_id(self.wanted)
        self._born = self._urls.now()

    def _renew_with_page(self) -> None:
        """Read the page again that the address came from, for all of its files."""
        if self._page:
            with contextlib.suppress(ServiceRefused, ServiceUnusable):
                self._page.read_again(self._reading)
            if self._take_from_page():
                return
        self._renew_by_id()

    def _take_from_page(self) -> bool:
        """Use what the page brought when it was read again for another of its files."""
        newer = self._page.newer(self.wanted.id, self._reading) if self._page else None
        if newer:
            (item, self._address), self._born, self._reading = newer
            self._item = _placed(item, self.wanted)
        return newer is not None


class _AddressPage:
    """One page of a folder that was read for its addresses, and can be read again."""

    def __init__(self, urls: FreshUrls, path: str) -> None:
        self.refusals = 0
        self._urls = urls
        self._path = path
        self._lock = threading.Lock()
        self._readings = 0  # since the first
        self._born = 0.0
        self._again: dict[str, tuple[DriveItem, str]] = {}

    def newer(self, item_id: str, known_reading: int) -> tuple[tuple[DriveItem, str], float, int] | None:
        """Item and address, birth and number of a later reading than the known one; None when there is none."""
        with self._lock:
            found = self._again.get(item_id) if self._readings > known_reading else None
            return (found, self._born, self._readings) if found else None

    def read_again(self, known_reading: int) -> None:
        """Read the page again, unless another has done so since the known reading. Raises as `GraphSession.get`."""
        with self._lock:
            if self._readings <= known_reading:
                self._born = self._urls.now()
                self._again = {item.id: (item, address) for item, address in _read_files(self._urls.get(self._path))}
                self._readings += 1
                self.refusals = 0


@dataclass
class _Question:
    """One question: a folder's first page, or one file (then `folder` is '')."""

    rows: list[WantedFile]
    folder: str
    files: int


class FreshUrls:
    """Asks Graph for addresses; shared by the threads of a run. `own_drive_id` is the drive that the list is of."""

    def __init__(self, graph: GraphSession, own_drive_id: str) -> None:
        self.get = graph.get
        self.now = graph.pause.clock.monotonic
        self._graph = graph
        self._own_drive_id = normalise_drive_id(own_drive_id)
        self._lock = threading.Lock()
        self._drive_is_checked = not own_drive_id
        self._options = 0  # which of PAGE_OPTIONS the service takes

    def of_folders(self, folders: Iterable[tuple[Sequence[WantedFile], int]]) -> Iterator[FreshFile]:
        """Every wanted file, found or not, folder by folder, with as few requests as may be, as they are needed.

        `folders`: the wanted files of one folder, and how many files it has. Raises SignInNeeded, Stopped.
        """
        waiting: list[_Question] = []
        most = 1  # the first question alone: bytes shall flow soon
        for rows, listed_files in folders:
            for question in _questions(rows, listed_files):
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

    def ask_by_id(self, wanted: WantedFile) -> tuple[DriveItem, str]:
        """The item and its address ('' when none is given). Raises ItemGone, CannotDeliver and as GraphSession.get."""
        path = self._item_path(wanted, wanted.id)
        try:
            try:
                row = self.get(f"{path}?$select={FIELDS}")
            except ServiceRefused as error:
                if error.status != _BAD_REQUEST:
                    raise
                row = self.get(path)  # without `$select` the address comes by itself
        except ServiceRefused as error:
            raise self.explain(error) from error
        item, address = _read_file(row)
        if item is None or item.kind is not Kind.FILE or item.has_malware:
            raise CannotDeliver(item.kind if item else Kind.UNKNOWN)
        return _placed(item, wanted), address

    def ask_content_address(self, wanted: WantedFile) -> str:
        """The address behind the item's `/content`. Raises as `ask_by_id`."""
        try:
            return self._graph.read_content_address(f"{self._item_path(wanted, wanted.id)}/content")
        except ServiceRefused as error:
            raise self.explain(error) from error

    def check_service(self) -> None:
        """Ask Graph for next to nothing. Raises ConnectionLost or ServiceUnusable when it is not there at all."""
        with contextlib.suppress(ServiceRefused):
            self.get("/me/drive?$select=id")

    def explain(self, error: ServiceRefused) -> OneDriveError:
        """Graph's refusal of one item in words. Raises AnotherDrive when the whole list cannot fit."""
        if "malwareDetected" in (error.code, *error.inner_codes):
            return CannotDeliver(Kind.FILE)
        if error.status == 404:
            self._check_drive()
            return ItemGone()
        if error.status == _DENIED:
            return ItemFailed(
                f"OneDrive does not let this account download it ({error.status} {error.code}); "
                "its owner may have blocked downloads"
            )
        if error.status == 423:
            return ItemFailed(
                "someone has it open or checked out, so OneDrive keeps it locked; the next run tries again"
            )
        return ItemFailed(f"OneDrive refused it ({error.status} {error.code}); the next run tries again")

    def _check_drive(self) -> None:
        """Once a run: a missing item may mean that the list is of another account's drive."""
        with self._lock:
            if self._drive_is_checked:
                return
            drive_id = self.get("/me/drive?$select=id").get("id")
            if isinstance(drive_id, str) and normalise_drive_id(drive_id) != self._own_drive_id:
                raise AnotherDrive
            self._drive_is_checked = True

    def _item_path(self, row: WantedFile, item_id: str) -> str:
        is_own = not row.drive_id or normalise_drive_id(row.drive_id) == self._own_drive_id
        return item_address(item_id, "" if is_own else row.drive_id)

    def _ask_all(self, questions: list[_Question]) -> Iterator[FreshFile]:
        """Ask; what the folders' pages do not show is asked by id."""
        missing: list[WantedFile] = []
        if len(questions) > 1 and all(question.files <= PAGE_FILES for question in questions):
            yield from self._ask_together(questions, missing)
        else:
            for question in questions:
                if question.folder:
                    yield from self._walk(question, missing)
                else:
                    missing += question.rows
        for begin in range(0, len(missing), BATCH_SIZE):
            rows = missing[begin : begin + BATCH_SIZE]
            if len(rows) == 1:
                yield FreshFile(self, rows[0], born=self.now())  # its job asks
            else:
                yield from self._ask_together([_Question([row], "", 1) for row in rows], [])

    def _ask_together(self, questions: list[_Question], missing: list[WantedFile]) -> Iterator[FreshFile]:
        paths, born = [self._path(question, self._options) for question in questions], self.now()
        try:
            replies = ask_together(self._graph, paths)
        except ServiceRefused as error:
            if not refuses_batches(error):
                raise
            replies = [BatchReply(_BAD_REQUEST, {}, {}) for _ in questions]
        asked = {question.rows[0].id for question in questions if not question.folder}
        for question, path, reply in zip(questions, paths, replies, strict=True):
            if not question.folder:
                yield self._found_by_id(question.rows[0], born, reply, asked - {question.rows[0].id})
            elif reply.status == 200 and "value" in reply.body:
                yield from self._walk(question, missing, (path, born, reply.body))
            elif reply.status == _BAD_REQUEST:
                yield from self._walk(question, missing)
            else:
                missing += question.rows

    def _found_by_id(self, wanted: WantedFile, born: float, reply: BatchReply, others: set[str]) -> FreshFile:
        """What came for one file; about one of the `others` it is no answer (an id alone may be spelled otherwise)."""
        item, address = _read_file(reply.body) if reply.status == 200 else (None, "")
        if item and item.kind is Kind.FILE and not item.has_malware and item.id not in others:
            return FreshFile(self, wanted, born=born, found=(_placed(item, wanted), address))
        error = reply.body.get("error")
        if reply.status in (403, 404, 423) and isinstance(error, dict):
            return FreshFile(self, wanted, born=born, refusal=refusal_from_body(reply.status, error))
        return FreshFile(self, wanted, born=born)  # its job asks again, and says what is wrong

    def _walk(
        self, question: _Question, missing: list[WantedFile], first: tuple[str, float, JsonObject] | None = None
    ) -> Iterator[FreshFile]:
        """The folder's pages, as far as they are needed; what they do not show is added to `missing`."""
        waiting = {row.id: row for row in question.rows}
        try:
            for path, born, page in self._pages(first or self._first_page(question)):
                address_page = _AddressPage(self, path)
                for item, address in _read_files(page):
                    wanted = waiting.pop(item.id, None)
                    if wanted:
                        found = (_placed(item, wanted), address)
                        yield FreshFile(self, wanted, born=born, found=found, page=address_page)
                if not waiting:
                    return
        except _NOT_READABLE:
            pass  # its files may still be had by id; each says itself if not
        missing += waiting.values()

    def _pages(self, first: tuple[str, float, JsonObject]) -> Iterator[tuple[str, float, JsonObject]]:
        """Path, moment of asking and answer of each page."""
        seen: set[str] = set()
        path, _, page = first
        yield first
        while (link := read_link(page, "@odata.nextLink")) is not None:
            seen.add(path)
            if link in seen:
                raise RepeatingPages
            path, born = link, self.now()
            page = self.get(link)
            yield path, born, page

    def _first_page(self, question: _Question) -> tuple[str, float, JsonObject]:
        """With the widest options that are taken; remembered only when others help where the first did not."""
        for options in range(self._options, len(PAGE_OPTIONS)):
            path, born = self._path(question, options), self.now()
            try:
                page = self.get(path)
            except ServiceRefused as error:
                if error.status != _BAD_REQUEST or options == len(PAGE_OPTIONS) - 1:
                    raise
            else:
                self._options = options
                return path, born, page
        raise AssertionError("there are always options")

    def _path(self, question: _Question, options: int) -> str:
        row = question.rows[0]
        if not question.folder:
            return f"{self._item_path(row, row.id)}?$select={FIELDS}"
        return f"{self._item_path(row, question.folder)}/children{PAGE_OPTIONS[options]}"


def _questions(rows: Sequence[WantedFile], listed_files: int) -> Iterator[_Question]:
    """By page where that costs the service less than by id: a page counts twice (graph-facts §3.7)."""
    pages = max(1, -(-listed_files // PAGE_FILES))
    if rows[0].parent_id and len(rows) >= 2 * pages:
        yield _Question(list(rows), rows[0].parent_id, max(listed_files, len(rows)))
    else:
        for row in rows:
            yield _Question([row], "", 1)


def _read_files(page: JsonObject) -> Iterator[tuple[DriveItem, str]]:
    """The files of a page with their addresses ('' where none came). Raises ServiceUnusable."""
    for row in read_page(page):
        item, address = _read_file(row)
        if item and item.kind is Kind.FILE:
            yield item, address


def _read_file(row: JsonObject) -> tuple[DriveItem | None, str]:
    """An item, None when it is none, and its address."""
    address = row.get(ADDRESS_FIELD)
    try:
        return from_graph(row), address if isinstance(address, str) else ""
    except NotAnItem:
        return None, ""


def _placed(item: DriveItem, wanted: WantedFile) -> DriveItem:
    """The item at the path of the list, on the drive of the list."""
    return replace(item, path=wanted.path, drive_id=wanted.drive_id or item.drive_id)
