"""A desk for tests: a person's home with the program in it."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from download_list import USUAL_WISHES, DownloadWishes, download, plan_download, put_back
from generate_list import generate_list
from onedrive.choosing.selection import EVERYTHING, Selection
from onedrive.graph.session import GraphSession
from onedrive.home.further import NamedFolders
from onedrive.home.manifest import MANIFEST, read_lines
from onedrive.home.verification import GOOD, read_verified_items
from onedrive.net.client import HttpClient
from onedrive.report.page import write_report
from onedrive.settings import Settings
from onedrive.step_result import StepResult
from onedrive.terminal.events import EventWriter
from onedrive.terminal.terminal import Terminal
from tests.faults.server import FaultyServer
from verify_downloads import add_pictures, verify

NAMES_NOT_FILES = (".partial", ".earlier", ".onedrive-downloads.json")


class _ToldTerminal(Terminal):
    """A terminal whose events somebody reads."""

    @property
    def has_events(self) -> bool:
        return True

    @cached_property
    def events(self) -> list[dict[str, object]]:
        return []

    def event(self, name: str, /, **fields: object) -> None:
        self.events.append({"event": name, **fields})


class Desk:
    """A person's home with the program in it: lists, downloads, and reads what was said."""

    def __init__(
        self, home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer, *, shared: bool = False
    ) -> None:
        self.settings = Settings(home=home, downloads=home / "downloads", no_input=True, shared=shared)
        self.home = home
        self.downloads = home / "downloads"
        self.said = io.StringIO()
        self.events: list[dict[str, object]] = []
        self._graph = graph
        self._http = http
        self._demo = demo

    def given(self, *files: str | dict[str, bytes], here: bool = False) -> None:
        """Such files are on OneDrive (a path alone holds its own name) and on the list, with `here` also downloaded."""
        for entry in files:
            for path, content in ({entry: entry.encode()} if isinstance(entry, str) else entry).items():
                self._demo.drive.add_file(path, content)
        self.list_drive()
        if here:
            self.download()
            self.forget_requests()

    def list_drive(self, *, albums: bool = False) -> None:
        """Choose 3, with `albums` as --albums does."""
        self._graph.pause.stop.clear()
        terminal = Terminal(stdin=io.StringIO(), stdout=io.StringIO(), no_input=True, environ={})
        generate_list(terminal, self.settings, self._graph, ask_folder=False, albums=albums)
        self._demo.requests.clear()

    def download(
        self,
        *,
        typed: str | None = None,
        selection: Selection = EVERYTHING,
        dry_run: bool = False,
        retry_failed: bool = False,
        with_events: bool = False,
        jobs: int | None = None,
        limit_rate: float | None = None,
        wishes: DownloadWishes = USUAL_WISHES,
        **folders: Sequence[Path],
    ) -> StepResult:
        """Choose 4; with `typed` there is a person who answers, without it there is none."""
        terminal = self._sit_down(typed, _ToldTerminal if with_events else Terminal)
        if isinstance(terminal, _ToldTerminal):
            self.events = terminal.events
        wishes = replace(wishes, named=NamedFolders(**folders))
        if dry_run:
            return plan_download(terminal, self.settings, selection=selection, retry_failed=retry_failed, wishes=wishes)
        return download(
            terminal,
            self.settings,
            self._graph,
            self._http,
            selection=selection,
            retry_failed=retry_failed,
            wishes=wishes,
            jobs=jobs,
            limit_rate=limit_rate,
        )

    def put_back(
        self, pattern: str | None, *, as_of: str = "", typed: str | None = None, dry_run: bool = False
    ) -> StepResult:
        """Choose 4 with --put-back, or the menu's line for it."""
        terminal = self._sit_down(typed)
        day = date.fromisoformat(as_of) if as_of else None
        return put_back(terminal, self.settings, pattern, as_of=day, dry_run=dry_run)

    def verify(
        self,
        *,
        typed: str | None = None,
        events: io.StringIO | None = None,
        also: Sequence[Path] = (),
        known: Sequence[Path] = (),
        forget: Sequence[Path] = (),
        pictures: bool = False,
        **how: Any,  # noqa: ANN401  # passed on
    ) -> StepResult:
        """Choose 6; with `typed` there is a person who answers, with `events` a program that hears them.

        With `pictures` the report is written too.
        """
        if pictures:
            how |= {"pictures_by": self._http, "write_report": self.write_report}
        terminal = self._sit_down(typed, events=EventWriter(events) if events else None)
        named = NamedFolders(also, known, forget)
        return verify(terminal, self.settings, self._graph, offers_fetching=typed is not None, named=named, **how)

    def add_pictures(self) -> StepResult:
        """Choose p."""
        return add_pictures(
            self._sit_down(None), self.settings, self._graph, self._http, write_report=self.write_report
        )

    def write_report(self) -> Path:
        """The report of the last verification."""
        return write_report(self.home, self.downloads)

    def _sit_down(
        self, typed: str | None, kind: type[Terminal] = Terminal, *, events: EventWriter | None = None
    ) -> Terminal:
        """A terminal for one step, at which somebody types this; None: nobody is there."""
        self._graph.pause.stop.clear()  # the program makes a new pause for each step
        self.said, self.events = io.StringIO(), []
        keyboard = io.StringIO(typed or "")
        return kind(stdin=keyboard, stdout=self.said, no_input=typed is None, environ={}, events=events)

    def classes(self) -> dict[str, str]:
        """What option 6 found: the class of each item, by its path on OneDrive, else by its place."""
        return {item.path or item.local_path: item.item_class.value for item in read_verified_items(self.home)}

    def odd(self) -> dict[str, str]:
        """The class of each item that is not good."""
        good = {item_class.value for item_class in GOOD}
        return {path: word for path, word in self.classes().items() if word not in good}

    def to(self, folder: Path) -> None:
        """Put the files there: --to."""
        self.settings = replace(self.settings, downloads=folder)
        self.downloads = folder

    def stop(self) -> None:
        """Ctrl-C, as the threads see it."""
        self._graph.pause.stop.set()

    def files(self) -> dict[str, bytes]:
        """What is below downloads, by place."""
        return {
            path.relative_to(self.downloads).as_posix(): path.read_bytes()
            for path in sorted(self.downloads.rglob("*"))
            if path.is_file() and path.relative_to(self.downloads).parts[0] not in NAMES_NOT_FILES
        }

    def earlier(self) -> dict[str, bytes]:
        """Earlier contents that are kept, by the place that they had; whichever day it is."""
        kept = sorted((self.downloads / ".earlier").glob("*/**/*"))
        return {
            "/".join(path.relative_to(self.downloads).parts[2:]): path.read_bytes() for path in kept if path.is_file()
        }

    def partials(self) -> list[str]:
        """What is left of unfinished files."""
        folder = self.downloads / ".partial"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def errors(self) -> dict[str, str]:
        """Path and reason of what failed."""
        path = self.home / "item_download_errors.json"
        return {row["path"]: row["reason"] for row in json.loads(path.read_text())} if path.exists() else {}

    def verified(self) -> dict[str, str]:
        """How each file was proven, by its last line in the manifest."""
        return {line.path: line.verified for line in read_lines(self.home / MANIFEST) if line}

    def requests(self, host_ending: str) -> list[str]:
        """Paths that were asked for at such hosts."""
        return [seen.path for seen in self._demo.requests if seen.host.endswith(host_ending)]

    def fetched(self) -> int:
        """How many requests for bytes there were since the last listing."""
        return len(self.requests(".microsoftpersonalcontent.com"))

    def forget_requests(self) -> None:
        """Count from here."""
        self._demo.requests.clear()
