"""What the list does not keep of a file: its description, who made and changed it with what program, and sharing.

Asked a folder in one request where that costs less than by id, twenty requests together. It is no part of a listing,
so that who wishes for no sidecars pays nothing for it. What OneDrive does not give now is asked for again next time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from onedrive.companions.record import pack_facts
from onedrive.errors import ConnectionLost, ServiceUnusable
from onedrive.graph.batch import Answer, NoAnswer, fetch_all, item_address
from onedrive.graph.session import ForeignNextLink, GraphSession, JsonObject, RepeatingPages, read_link, read_page
from onedrive.words import as_text

_SELECT = "$select=id,description,createdBy,lastModifiedBy,shared"
_PAGE = 200  # what every service is said to give in one page
_MOST_UNUSABLE = 2  # in a row, each after all patience
_NO_PAGE = (*NoAnswer, ConnectionLost, RepeatingPages, ForeignNextLink)


def fetch_further_facts(
    graph: GraphSession, drive_id: str, folders: Mapping[str, Sequence[str]], sizes: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    """Item id and facts (as the record has them) of what OneDrive tells of these files, by the id of their folder.

    `drive_id` is '' for the person's own drive; `sizes`: about how many files a folder has. Raises SignInNeeded,
    Stopped.
    """
    pages = [folder for folder, ids in folders.items() if folder and 2 * (1 + sizes[folder] // _PAGE) <= len(ids)]
    told: set[str] = set()
    addresses = [f"{item_address(folder, drive_id)}/children?$top={_PAGE}&{_SELECT}" for folder in pages]
    for folder, page in zip(pages, _ask(graph, addresses), strict=False):
        wanted = set(folders[folder])
        for item_id, facts in _read_pages(graph, page, wanted):
            told.add(item_id)
            yield item_id, facts
    others = [item_id for ids in folders.values() for item_id in ids if item_id not in told]
    for answer in _ask(graph, [f"{item_address(item_id, drive_id)}?{_SELECT}" for item_id in others]):
        if isinstance(answer, dict) and (item_id := as_text(answer.get("id"))):
            yield item_id, _facts_of(answer)


def _ask(graph: GraphSession, addresses: Sequence[str]) -> Iterator[Answer]:
    """As `fetch_all`; no more answers where nothing gets through, or the service is not well."""
    unusable = 0
    with contextlib.suppress(ConnectionLost, *NoAnswer):
        for answer in fetch_all(graph, addresses):
            is_unwell = isinstance(answer, ServiceUnusable) or (isinstance(answer, NoAnswer) and answer.status >= 429)
            unusable = unusable + 1 if is_unwell else 0
            yield answer
            if unusable >= _MOST_UNUSABLE:
                return


def _read_pages(graph: GraphSession, page: Answer, wanted: set[str]) -> Iterator[tuple[str, str]]:
    """The facts of the wanted items of a folder, as far as its pages can be read and are needed."""
    seen: set[str] = set()
    try:
        while isinstance(page, dict):
            for row in read_page(page):
                if (item_id := as_text(row.get("id"))) in wanted:
                    wanted.discard(item_id)
                    yield item_id, _facts_of(row)
            link = read_link(page, "@odata.nextLink")
            if not wanted or link is None or link in seen:
                return
            seen.add(link)
            page = graph.get(link)
    except _NO_PAGE:
        return


def _facts_of(row: JsonObject) -> str:
    """What of it goes into a sidecar, in Graph's words; of people and programs the name alone."""
    facts: dict[str, Any] = {}
    if description := as_text(row.get("description")):
        facts["description"] = description
    for field in ("createdBy", "lastModifiedBy"):
        said = row.get(field)
        names = {who: _name(said.get(who)) for who in ("user", "application")} if isinstance(said, dict) else {}
        if any(names.values()):
            facts[field] = {who: {"displayName": name} for who, name in names.items() if name}
    shared = row.get("shared")
    if isinstance(shared, dict):
        facts["shared"] = {"scope": scope} if (scope := as_text(shared.get("scope"))) else {}
    return pack_facts(facts)


def _name(who: object) -> str:
    return as_text(who.get("displayName")) or as_text(who.get("email")) if isinstance(who, dict) else ""
