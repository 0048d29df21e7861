"""A person who renames and deletes, for tests: a drive that is listed, downloaded and proven, and option 7 on it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from onedrive.choosing.selection import EVERYTHING, Selection
from onedrive.graph.session import GraphSession
from onedrive.home.lists import FILE_LIST, ListState, read_items, read_list_state
from onedrive.home.manifest import MANIFEST, read_manifest
from onedrive.home.records import DELETED_ITEMS
from onedrive.home.verification import ItemClass
from onedrive.manage.delete import Deleting
from onedrive.manage.rename import Renaming, find_old_names, read_listed, read_rename_runs
from onedrive.manage.restore import Restoring
from onedrive.manage.restore_plan import choose_deleted, read_delete_runs
from onedrive.manage.rounds import WriteRun
from onedrive.manage.writes import WriteAccess
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.terminal.terminal import Terminal
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer
from tests.report.verified import verified, write_verified

_Plan = TypeVar("_Plan")


class WritingToken:
    """A token that may write, renewed when it is refused."""

    def __init__(self, demo: FaultyServer) -> None:
        self._demo = demo
        self.token = self._issue()
        self.renewals = 0

    def access_token(self) -> str:
        return self.token

    def renew_access_token(self, rejected: str) -> str:
        if rejected == self.token:
            self.token = self._issue()
            self.renewals += 1
        return self.token

    def _issue(self) -> str:
        return self._demo.issue_token("Files.ReadWrite User.Read")


class ManagedDrive:
    """The home of a person who has downloaded everything, and what they do with option 7."""

    def __init__(
        self, home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer, pause: SharedPause
    ) -> None:
        self.desk = Desk(home, graph, http, demo)
        self.home = home
        self.graph = graph
        self.drive: DemoDrive = demo.drive
        self.tokens = WritingToken(demo)
        self.write_graph = GraphSession(http, self.tokens, pause)
        self.opened = 0
        self.access = WriteAccess(graph, self.open_write_graph)
        self.said = io.StringIO()
        self._demo = demo

    def open_write_graph(self) -> GraphSession:
        """The second sign-in, without its questions."""
        self.opened += 1
        return self.write_graph

    def download_all(self) -> None:
        """Choose 3 and 4."""
        self.desk.list_drive()
        assert self.desk.download(jobs=2).exit_code == 0

    @property
    def state(self) -> ListState:
        state = read_list_state(self.home)
        assert state
        return state

    def prove(
        self,
        classes: Mapping[str, ItemClass] | None = None,
        *,
        when: datetime | None = None,
        changed: Mapping[str, object] | None = None,
    ) -> None:
        """As if option 6 had been chosen: all is proven but what `classes` names; `changed` replaces facts."""
        text = (when or datetime.now(UTC)).isoformat(timespec="seconds")
        manifest = read_manifest(self.home / MANIFEST)
        items = []
        for item in read_items(self.home / FILE_LIST):
            recorded = manifest.find(item.drive_id, item.id)
            proof = verified(
                item.path,
                (classes or {}).get(item.path, ItemClass.PROVEN),
                id=item.id,
                drive_id=item.drive_id,
                local_path=recorded.local_path if recorded else "",
                size_bytes=item.size or 0,
                etag=item.etag,
                ctag=item.ctag,
                hash=item.quick_xor_hash or "",
                when=text,
            )
            items.append(proof)
        facts = {"when": text, "account_id": self.state.account_id, "drive_id": self.state.drive_id}
        write_verified(self.home, items, **facts | dict(changed or {}))

    def terminal(self, *typed: str) -> Terminal:
        """Somebody who types these lines and then leaves."""
        self.said = io.StringIO()
        text = "".join(line + "\n" for line in typed)
        return Terminal(stdin=io.StringIO(text), stdout=self.said, environ={})

    def delete(self, *typed: str, selection: Selection = EVERYTHING, copies: int = 1) -> bool:
        """Plan, show, and answer the question for the number."""
        deleting = Deleting(self.terminal(*typed), self.desk.settings, self.state, self.access, copies=copies)
        return _carry_out(deleting, deleting.plan(selection))

    def rename(self, wishes: Mapping[str, str], typed: str = "1") -> bool:
        """New names by path; the person agrees unless said otherwise."""
        listed = {item.path: item for item in read_listed(self.desk.settings)}
        renaming = Renaming(self.terminal(typed), self.desk.settings, self.state, self.access)
        return _carry_out(renaming, renaming.plan([(listed[path], name) for path, name in wishes.items()]))

    def undo(self, number: int = 0) -> None:
        """Take a renaming back: the last, or the one with this number before it."""
        run = read_rename_runs(self.home, self.drive.id)[number]
        renaming = Renaming(self.terminal("1"), self.desk.settings, self.state, self.access, undoes=run.run)
        _carry_out(renaming, renaming.plan(*find_old_names(self.graph, run)))

    def bring_back(self, typed: str = "1", which: str = "", number: int = 0) -> bool:
        """Bring back what a deletion took, the last or the one with this number before it: all of it, or `which`."""
        run = read_delete_runs(self.home, self.drive.id)[number]
        restoring = Restoring(self.terminal(typed), self.desk.settings, self.state, self.access)
        return _carry_out(restoring, restoring.plan(self.graph, choose_deleted(run, which)))

    def whole_drive(self) -> dict[str, tuple[str, bytes]]:
        """Every item by its id: its path, and its bytes."""
        return {
            item.id: (item.path, item.content.read(0, item.true_size) if item.content else b"")
            for item in self.drive.root.tree()
        }

    @property
    def shown(self) -> str:
        return self.said.getvalue()

    def record(self, name: str = DELETED_ITEMS) -> list[dict[str, str]]:
        """The lines of a record."""
        path = self.home / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def states(self) -> dict[str, list[str]]:
        """For each path, what the record says of it, in order."""
        found: dict[str, list[str]] = {}
        for row in self.record():
            found.setdefault(row["path"], []).append(row["state"])
        return found

    def online(self) -> list[str]:
        """Paths of the files that are on OneDrive."""
        return sorted(item.path for item in self.drive.files())

    def sent(self, *methods: str) -> list[str]:
        """Requests by method that reached Graph; those inside a batch show as POST."""
        return [seen.path for seen in self._demo.requests if seen.method in methods]


def on_work_drive() -> pytest.MarkDecorator:
    """For a test whose drive is one for work or school."""
    return pytest.mark.parametrize("drive", [DemoDrive(drive_type="business")], ids=["work"])


def _carry_out(run: WriteRun[Any, _Plan], plan: _Plan) -> bool:
    """As option 7 does it, without bringing the list up to date."""
    has_changed = run.run(plan)
    run.say_verdict()
    return has_changed


def add_files(drive: DemoDrive, paths: Iterable[str]) -> None:
    """Files, each with its path as content."""
    for path in paths:
        drive.add_file(path, path.encode())
