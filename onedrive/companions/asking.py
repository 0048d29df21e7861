"""Asking OneDrive what the list does not keep of some files: their folder's page where that is cheaper, else by id.

A page tells of hundreds and counts as two requests (graph-facts §3.7), so few files of a large folder are asked for by
id, twenty together; so is what no page told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from onedrive.errors import ConnectionLost, ServiceRefused, ServiceUnusable
from onedrive.graph.batch import Answer, NoAnswer, fetch_all, item_address
from onedrive.graph.item import normalise_drive_id
from onedrive.graph.session import ForeignNextLink, GraphSession, JsonObject, RepeatingPages, read_link, read_page
from onedrive.transfer.addresses import PAGE_FILES
from onedrive.words import as_text

Folder = tuple[str, str]  # drive and id, as `AskedFile` has them
_BAD_REQUEST = 400
_MOST_UNWELL = 2  # in a row, each after all patience
_NO_PAGE = (*NoAnswer, ConnectionLost, RepeatingPages, ForeignNextLink)


class AskedFile(NamedTuple):
    """A file that is asked about; `key` is the asker's own word for it.

    `drive_id` is '' for the person's own (`other_drive`), `parent_id` where nobody knows it.
    """

    key: str
    id: str
    drive_id: str
    parent_id: str

    @property
    def folder(self) -> Folder:
        """Drive and folder."""
        return self.drive_id, self.parent_id


def other_drive(drive_id: str, own: str) -> str:
    """The drive as an address needs it: '' for the `own` one."""
    return "" if normalise_drive_id(drive_id) in ("", normalise_drive_id(own)) else drive_id


def ask_about(
    graph: GraphSession,
    files: Iterable[AskedFile],
    sizes: Counter[Folder],
    *,
    of_page: Sequence[str],
    of_item: str,
    tells: Callable[[JsonObject], bool] = lambda _: True,
) -> Iterator[tuple[AskedFile, Answer]]:
    """Each file with what OneDrive says of it, or why it says nothing; `sizes`: how many files a folder has.

    `of_page` stands behind the address of a folder's files (each further one is tried where the service answers 400 to
    that before), `of_item` behind that of a file. `tells`: whether a page's row says what is asked. Raises what
    concerns more than a file: ConnectionLost, SignInNeeded, Stopped.
    """
    untold: dict[Folder, dict[str, AskedFile]] = defaultdict(dict)
    for file in files:
        untold[file.folder][file.id] = file
    asked = [place for place in untold if place[1] and len(untold[place]) >= 2 * -(-sizes[place] // PAGE_FILES)]
    for options in of_page:
        refused = []
        pages = _ask(graph, [f"{item_address(folder, drive)}/children{options}" for drive, folder in asked])
        for place, page in zip(asked, pages, strict=True):
            if isinstance(page, ServiceRefused) and page.status == _BAD_REQUEST:
                refused.append(place)
            for row in _read_rows(graph, page, untold[place]):
                if tells(row):
                    yield untold[place].pop(as_text(row["id"])), row
        asked = refused
    others = [file for waiting in untold.values() for file in waiting.values()]
    answers = _ask(graph, [f"{item_address(file.id, file.drive_id)}{of_item}" for file in others])
    yield from zip(others, answers, strict=True)


def _ask(graph: GraphSession, addresses: Sequence[str]) -> Iterator[Answer]:
    """The answer to each; where the service is not well, that stands for all the rest, which are not asked for."""
    answers, unwell = fetch_all(graph, addresses, expects_absence=True), 0
    for _ in addresses:
        if unwell < _MOST_UNWELL:
            answer = next(answers)
            is_unwell = isinstance(answer, ServiceUnusable) or (isinstance(answer, NoAnswer) and answer.status >= 429)
            unwell = unwell + 1 if is_unwell else 0
        yield answer


def _read_rows(graph: GraphSession, page: Answer, waiting: dict[str, AskedFile]) -> Iterator[JsonObject]:
    """The rows of those files, from this page on, as far as pages can be read and are needed."""
    seen: set[str | None] = {None}
    try:
        while isinstance(page, dict):
            yield from (row for row in read_page(page) if as_text(row.get("id")) in waiting)
            link = read_link(page, "@odata.nextLink")
            if not waiting or link is None or link in seen:
                return
            seen.add(link)
            page = graph.get(link)
    except _NO_PAGE:
        return
