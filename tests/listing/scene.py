"""A drive, the service that shows it, and a home in which it is listed; and what a listing gave."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from generate_list import generate_list
from onedrive.errors import ConnectionLost
from onedrive.graph.session import GraphSession
from onedrive.home.lists import FILE_LIST, FOLDER_LIST, LIST_STATE, ListState, read_list_state
from onedrive.settings import Settings
from onedrive.step_result import StepResult
from onedrive.terminal.terminal import Terminal
from pretend_onedrive.graph.addresses import ItemAddress
from pretend_onedrive.graph.errors import GraphError
from pretend_onedrive.graph.items import View
from pretend_onedrive.graph.pages import PageSizes
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.wire import Request
from tests.faults.server import FaultyServer


@dataclass(frozen=True)
class Listed:
    """The lists in a home after option 3, and what was said."""

    result: StepResult
    said: str
    files: bytes
    folders: bytes
    state: ListState

    @property
    def paths(self) -> list[str]:
        """Of the files."""
        return [row["path"] for row in json.loads(self.files)]

    @property
    def folder_paths(self) -> list[str]:
        """Of the folders."""
        return [row["path"] for row in json.loads(self.folders)]

    @property
    def exceptions(self) -> list[tuple[str, str, bool]]:
        """Path, reason, and whether it is by nature."""
        return [(entry.path, entry.reason, entry.by_nature) for entry in self.state.exceptions]


def list_drive(
    home: Path,
    graph: GraphSession,
    *,
    root: str = "",
    shared: bool = False,
    full: bool = False,
    albums: bool = False,
    typed: str | None = None,
) -> Listed:
    """Choose 3 in this home, and read what it left; with `typed` in the menu, where a person answers."""
    graph.pause.stop.clear()  # the program makes a new pause for each step
    output = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(typed or ""), stdout=output, no_input=typed is None, environ={})
    settings = Settings(home=home, downloads=home / "downloads", root_folder=root, shared=shared)
    result = generate_list(terminal, settings, graph, ask_folder=typed is not None, full=full, albums=albums)
    state = read_list_state(home)
    assert state is not None
    return Listed(result, output.getvalue(), (home / FILE_LIST).read_bytes(), (home / FOLDER_LIST).read_bytes(), state)


@dataclass
class Scene:
    """Where a test plays: what is on the drive is changed there, and the service is spoiled."""

    drive: DemoDrive
    demo: FaultyServer
    graph: GraphSession
    home: Path

    def list(self, beside: str = "", **how: Any) -> Listed:  # noqa: ANN401 - passed on
        """Choose 3 in the home, or in a fresh one beside it."""
        self.demo.requests.clear()
        return list_drive(self.home / beside, self.graph, **how)

    def given(self, *paths: str) -> None:
        """Such files are on the drive, of one byte each."""
        for path in paths:
            self.drive.add_file(path, b"x")

    def interrupt(self, pages: int, **how: Any) -> None:  # noqa: ANN401 - passed on
        """List until the network goes away, after so many pages; then it is back."""
        self.demo.when_pages_served(pages, lambda: self.demo.reset_next(times=None))
        with pytest.raises(ConnectionLost):
            self.list(**how)
        self.demo.be_well()

    def change_state(self, **fields: object) -> None:
        """Change what is known about the lists of last time."""
        state = json.loads((self.home / LIST_STATE).read_text())
        (self.home / LIST_STATE).write_text(json.dumps(state | fields))

    def asked(self, part: str) -> int:
        """How many requests of the last listing had this in their path."""
        return sum(part in seen.path for seen in self.demo.requests)

    def narrow_pages(self, items: int) -> None:
        """Pages of at most so many items."""
        self.demo.graph.page_sizes.largest = items

    def refuse_delta(self, status: int = 501, code: str = "notSupported", *, after_pages: int = 0) -> None:
        """Delta works for so many pages and is refused from then on."""
        pages = 0

        def change(_page: dict[str, Any]) -> None:
            nonlocal pages
            pages += 1
            if pages > after_pages:
                raise GraphError(status, code, "refused by the test")

        self.change_pages(change)

    def change_pages(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Let `change(page)` spoil each page of delta before it is sent."""
        log = self.demo.graph.change_log
        proper = log.list_changes

        def list_changes(request: Request, address: ItemAddress, view: View, sizes: PageSizes) -> dict[str, Any]:
            page = proper(request, address, view, sizes)
            change(page)
            return page

        log.list_changes = list_changes  # type: ignore[method-assign]  # a service that is not well

    def change_row(self, name: str, **fields: object) -> None:
        """Let delta show an item with these fields."""
        self.change_pages(lambda page: [row.update(fields) for row in page["value"] if row.get("name") == name])

    def hide(self, *paths: str) -> None:
        """Let delta not show what stands there now."""
        hidden: Collection[str] = {self.drive.find(path).id for path in paths}
        self.change_pages(lambda page: page.update(value=[row for row in page["value"] if row["id"] not in hidden]))
