"""Delta: everything in the drive, or what changed since a point, page by page; the token holds all there is to know.

A token says: which drive, from which change number on, up to which one the enumeration began, and the place
of the last item shown. Items come in the order root, deleted ones (top-down), then live ones by depth and change, so
that parents come before children. The changes that happen while pages are read come with the next delta.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pretend_onedrive.graph.addresses import ItemAddress
from pretend_onedrive.graph.errors import GraphError, bad_request
from pretend_onedrive.graph.items import Selection, View, keep_visible, show_in_delta, show_tombstone
from pretend_onedrive.graph.pages import PageSizes, expand, next_link, read_token, write_token
from pretend_onedrive.model.drive import DemoDrive, DemoItem
from pretend_onedrive.wire import Request

EVERYTHING = -1
RESYNC_MESSAGE = (
    "Resync required. Replace any local items with the server's version (including deletes) if you're sure that the "
    "service was up to date with your local changes when you last sync'd. Upload any local changes that the server "
    "doesn't know about."
)
START = (-1, 0, 0)
Place = tuple[int, int, int]  # stage (0 root, 1 deleted, 2 live), depth, change number


@dataclass(frozen=True)
class DeltaToken:
    """Where an enumeration stands; `place` is that of the last item shown, START before the first."""

    drive_mark: str
    generation: int
    since: int
    upto: int
    place: Place = START

    def write(self) -> str:
        """As text for a link."""
        return write_token(self.drive_mark, self.generation, self.since, self.upto, *self.place)

    @classmethod
    def read(cls, text: str) -> DeltaToken:
        """Read a token; raises 400 for one that is damaged."""
        mark, generation, since, upto, *place = read_token(text, "siiiiii", "Provided sync token is malformed")
        return cls(mark, generation, since, upto, (place[0], place[1], place[2]))


class ChangeLog:
    """Delta of all drives; `generation` is raised to make every token given out so far worthless (410)."""

    def __init__(self) -> None:
        self.generation = 1
        self._latest: tuple[object, list[tuple[Place, DemoItem]]] = (None, [])  # so that further pages need no sorting

    def list_changes(self, request: Request, address: ItemAddress, view: View, sizes: PageSizes) -> dict[str, Any]:
        """One page of delta."""
        drive, options = address.item.drive, request.options
        if address.item is not drive.root and drive.drive_type == "business":
            raise bad_request("Delta is supported on the root of the drive only")
        text = options.get("token", options.get("$deltatoken", _token_in_brackets(address.action)))
        if text == "latest":
            latest = self._fresh_token(drive, drive.changes)
            return {"@odata.deltaLink": _link(request, latest.write()), "value": []}
        token = self._accept(text, drive, request) if text else self._fresh_token(drive, EVERYTHING)
        if token.place == START:
            token = replace(token, upto=drive.changes)
        return self._page(request, address, view, sizes, token)

    def _page(
        self, request: Request, address: ItemAddress, view: View, sizes: PageSizes, token: DeltaToken
    ) -> dict[str, Any]:
        excludes_parents = (
            "deltaexcludeparent" in request.headers or "deltaexcludeparent" in request.headers.get("Prefer", "").lower()
        )
        placed = self._placed(address.item, token, view, brings_parents=not excludes_parents)
        rest = placed[bisect_right(placed, token.place, key=lambda pair: pair[0]) :]
        size = sizes.choose(request.options)
        shown: dict[str, Any] = {}
        if len(rest) > size:
            further = replace(token, place=rest[size - 1][0])
            shown["@odata.nextLink"] = _link(request, further.write())
        else:
            done = self._fresh_token(address.item.drive, token.upto)
            shown["@odata.deltaLink"] = _link(request, done.write())
        selection = Selection.from_options(request.options)
        shown["value"] = [_show(item, selection, view) | expand(request, item, view) for _, item in rest[:size]]
        return shown

    def _placed(
        self, scope: DemoItem, token: DeltaToken, view: View, *, brings_parents: bool
    ) -> list[tuple[Place, DemoItem]]:
        wanted = (scope.drive.id, scope.id, scope.drive.changes, token.since, view.shows_shortcuts, brings_parents)
        if self._latest[0] != wanted:
            self._latest = (wanted, _place_items(scope, token, view, brings_parents=brings_parents))
        return self._latest[1]

    def _fresh_token(self, drive: DemoDrive, since: int) -> DeltaToken:
        return DeltaToken(_mark(drive), self.generation, since, drive.changes)

    def _accept(self, text: str, drive: DemoDrive, request: Request) -> DeltaToken:
        token = DeltaToken.read(text)
        if token.drive_mark == _mark(drive) and token.generation == self.generation and token.upto <= drive.changes:
            return token
        afresh = _link(request, self._fresh_token(drive, EVERYTHING).write())
        raise GraphError(
            410,
            "resyncRequired",
            RESYNC_MESSAGE,
            inner_code="resyncChangesApplyDifferences",
            headers={"Location": afresh},
        )


def _place_items(
    scope: DemoItem, token: DeltaToken, view: View, *, brings_parents: bool
) -> list[tuple[Place, DemoItem]]:
    """What this enumeration shows, in order; only items at or below `scope`."""
    drive = scope.drive
    live: Iterable[DemoItem] = drive.items.values()
    gone: Iterable[DemoItem] = ()
    if token.since != EVERYTHING:
        changed = [item for item in drive.items.values() if item.change > token.since and item.told]
        gone = [item for item in drive.tombstones.values() if item.change > token.since and item.told]
        found = {id(item): item for item in changed}
        if brings_parents:
            found |= {id(step): step for item in [*changed, *gone] for step in item.lineage() if step.id in drive.items}
        live = found.values()
    if scope is not drive.root:
        live = [item for item in live if item.is_within(scope)]
        gone = [item for item in gone if item.is_within(scope)]
    placed = [((0 if item is scope else 2, item.depth, item.change), item) for item in keep_visible(live, view)]
    placed += [((1, 0, item.change), item) for item in gone]
    return sorted(placed, key=lambda pair: pair[0])


def _show(item: DemoItem, selection: Selection, view: View) -> dict[str, Any]:
    if item.id in item.drive.tombstones:
        return show_tombstone(item)
    return selection.apply(show_in_delta(item, view), item, view)


def _link(request: Request, token: str) -> str:
    return re.sub(r"delta\(token='[^']*'\)", "delta()", next_link(request, token=token))


def _mark(drive: DemoDrive) -> str:
    return drive.root.guid[:8] + drive.id[-4:]


def _token_in_brackets(action: str) -> str | None:
    """The token of `delta(token='…')`."""
    _, found, rest = action.partition("(token='")
    return rest.removesuffix("')") if found else None
