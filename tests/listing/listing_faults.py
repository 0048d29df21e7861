"""What a service may do to a listing, beyond what the pretend OneDrive offers as controls."""

from __future__ import annotations

from typing import Any

from pretend_onedrive.graph.addresses import ItemAddress
from pretend_onedrive.graph.errors import GraphError
from pretend_onedrive.graph.items import View
from pretend_onedrive.graph.pages import PageSizes
from pretend_onedrive.wire import Request
from tests.faults.server import FaultyServer


def refuse_delta(demo: FaultyServer, status: int = 501, code: str = "notSupported", *, after_pages: int = 0) -> None:
    """Delta works for so many pages and is refused from then on."""
    log = demo.graph.change_log
    proper = log.list_changes
    pages = 0

    def list_changes(request: Request, address: ItemAddress, view: View, sizes: PageSizes) -> dict[str, Any]:
        nonlocal pages
        pages += 1
        if pages > after_pages:
            raise GraphError(status, code, "refused by the test")
        return proper(request, address, view, sizes)

    log.list_changes = list_changes  # type: ignore[method-assign]  # a service that is not well


def change_delta_pages(demo: FaultyServer, change: Any) -> None:  # noqa: ANN401 - a function of a page
    """Let `change(page)` spoil each page of delta before it is sent."""
    log = demo.graph.change_log
    proper = log.list_changes

    def list_changes(request: Request, address: ItemAddress, view: View, sizes: PageSizes) -> dict[str, Any]:
        page = proper(request, address, view, sizes)
        change(page)
        return page

    log.list_changes = list_changes  # type: ignore[method-assign]  # a service that is not well


def narrow_pages(demo: FaultyServer, items: int) -> None:
    """Pages of at most so many items."""
    demo.graph.page_sizes.largest = items


def delta_requests(demo: FaultyServer) -> int:
    """How many requests for delta have arrived."""
    return sum("/delta" in seen.path for seen in demo.requests)
