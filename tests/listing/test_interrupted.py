"""An interrupted listing: the next one goes on where it stopped, or begins afresh; the old lists stay until then."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from onedrive.errors import DiskFull, ServiceUnusable
from onedrive.graph.item import LARGEST_SIZE
from onedrive.home.database import Database
from onedrive.home.lists import FILE_LIST
from onedrive.listing.catalogue import CATALOGUE, IN_PROGRESS, Catalogue
from onedrive.listing.list_import import open_catalogue
from pretend_onedrive.wire import Reply
from tests.faults.effects import change_json
from tests.faults.line import Fault
from tests.listing.scene import Scene

PROGRAM = """
import sys
from pathlib import Path
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from tests.listing.scene import list_drive

class Token:
    def access_token(self):
        return sys.argv[3]

http = HttpClient(demo_port=int(sys.argv[2]))
list_drive(Path(sys.argv[1]), GraphSession(http, Token(), SharedPause(print)), root=sys.argv[4])
"""
GOES_ON = "The interrupted listing goes on after"


@pytest.fixture(autouse=True)
def _files(scene: Scene) -> None:
    """Seventeen pages of delta; /A is walked in twenty."""
    scene.given(*(f"/A/{number:02}/{place}.txt" for number in range(8) for place in range(3)))
    scene.narrow_pages(2)


@pytest.mark.posix("kill -9")
@pytest.mark.parametrize(
    ("pages", "root", "part", "most"),
    [(9, "/", "/delta", 17 + 3), (11, "/A", "/children", 20 + 8)],
)
def test_a_killed_listing_goes_on_where_it_stopped(scene: Scene, pages: int, root: str, part: str, most: int) -> None:
    """At most the pages that were under way come twice."""
    whole = scene.list("whole", root=root)
    scene.demo.requests.clear()
    process: list[subprocess.Popen[bytes]] = []
    scene.demo.when_pages_served(pages, lambda: process[0].kill())
    words = [sys.executable, "-c", PROGRAM, str(scene.home), str(scene.demo.port), scene.demo.issue_token(), root]
    process.append(subprocess.Popen(words, cwd=Path(__file__).parent.parent.parent, env=dict(os.environ)))
    assert process[0].wait(30) == -signal.SIGKILL
    assert not (scene.home / FILE_LIST).exists()
    asked = scene.asked(part)

    listed = scene.list(root=root)

    assert (listed.files, listed.folders) == (whole.files, whole.folders)
    assert asked + scene.asked(part) <= most
    assert GOES_ON in listed.said


def test_a_lost_network_keeps_what_was_listed_and_the_old_lists(scene: Scene) -> None:
    before = scene.list()
    scene.interrupt(6, full=True)
    scene.drive.spelled = {"owner": {"user": {}}}  # the drive is the same, whatever is said of its owner
    assert (scene.home / FILE_LIST).read_bytes() == before.files
    (scene.home / FILE_LIST).unlink()  # so that everything is listed anew

    listed = scene.list()

    assert listed.files == before.files
    assert GOES_ON in listed.said
    assert scene.asked("/delta") < 15
    assert not (scene.home / IN_PROGRESS).exists()


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_place_that_is_not_valid_any_more_is_begun_afresh(scene: Scene, status: int) -> None:
    scene.interrupt(6)
    scene.demo.fail_next(status, on="graph", path="/", times=2 if status == 404 else 1)

    listed = scene.list()

    assert len(listed.paths) == 24
    assert "The listing starts again from the beginning." in listed.said


def test_a_listing_of_another_folder_does_not_go_on_from_this_one(scene: Scene) -> None:
    scene.interrupt(6)

    listed = scene.list(root="/A/03")

    assert "goes on after" not in listed.said
    assert len(listed.paths) == 3


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda content: content[: len(content) * 2 // 3],
    "garbage": lambda content: content[:-200] + b"\0" * 400,
    "empty": lambda _: b"",
    "another form": lambda content: content.replace(b'"line_form": ', b'"line_form":9', 1),
    "a changed text": lambda content: content.replace(b'"fileSystemInfo"', b'"fileSystemInfO"', 1),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_or_of_another_form_what_was_begun_is_begun_afresh(scene: Scene, damage: str) -> None:
    scene.interrupt(6)
    content = (scene.home / IN_PROGRESS).read_bytes()
    spoilt = DAMAGES[damage](content)
    assert spoilt != content
    (scene.home / IN_PROGRESS).write_bytes(spoilt)

    listed = scene.list()

    assert len(listed.paths) == 24
    assert "goes on after" not in listed.said
    is_said = (
        "sqlite cannot be used: it is damaged. The interrupted listing starts again from the beginning." in listed.said
    )
    assert is_said == (damage not in ("empty", "another form"))


def test_a_walk_that_stood_in_for_delta_goes_on_as_a_walk(scene: Scene) -> None:
    scene.refuse_delta()
    scene.interrupt(9)

    listed = scene.list()

    assert len(listed.paths) == 24
    assert scene.asked("/delta") == 0
    assert GOES_ON in listed.said
    assert scene.asked("/children") < 21 + 8  # the pages that were under way come twice


def test_a_walk_that_was_left_days_ago_is_begun_afresh(scene: Scene) -> None:
    scene.interrupt(6, root="/A")
    os.utime(scene.home / IN_PROGRESS, (0, 0))

    listed = scene.list(root="/A")

    assert "goes on after" not in listed.said
    assert len(listed.paths) == 24


def test_an_update_forgets_a_full_listing_that_was_stopped(scene: Scene) -> None:
    scene.list()
    scene.interrupt(6, full=True)

    assert "Nothing has changed" in scene.list().said
    assert not (scene.home / IN_PROGRESS).exists()


# --- what somebody wrote into it, and a service gone bad --------------------------------------------------------------


FOREIGN = [
    "https://graph.microsoft.com:444/",
    r"https://evil.example.net\@graph.microsoft.com/",
    "@evil.example.net/",
    "\ud800",
]


def _spoil(scene: Scene, sql: str, value: object) -> None:
    with closing(sqlite3.connect(scene.home / IN_PROGRESS)) as database, database:
        assert database.execute(sql, (value,)).rowcount > 0


@pytest.mark.parametrize("link", FOREIGN)
def test_a_saved_link_that_leads_away_is_not_followed_and_the_list_is_begun_afresh(scene: Scene, link: str) -> None:
    scene.interrupt(6)
    _spoil(scene, "UPDATE mark SET value = ? WHERE name = 'next_link'", json.dumps(link))

    listed = scene.list()

    assert len(listed.paths) == 24
    assert "points to another computer for its next page, so it was not followed. The listing starts" in listed.said
    assert {seen.host for seen in scene.demo.requests} == {"graph.microsoft.com"}


@pytest.mark.parametrize("link", ["https://evil.example.net/x", b"https://graph.microsoft.com/"])
def test_a_folder_whose_saved_link_leads_away_is_listed_afresh(scene: Scene, link: object) -> None:
    scene.interrupt(9, root="/A")
    _spoil(scene, "UPDATE folder SET next_link = ? WHERE next_link IS NOT '' AND name <> ''", link)

    listed = scene.list(root="/A")

    assert len(listed.paths) == 24
    assert not listed.exceptions


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("next_link", value) for value in ("5", '{"a": 1}', "[" * 100_000, "9" * 5_000)),
        ("counts", "1e999"), ("counts", '["a"]'), ("begun_at", "5"), ("header", "true"),
    ],
)  # fmt: skip
def test_a_saved_mark_that_no_listing_wrote_makes_the_list_begin_afresh(scene: Scene, name: str, value: str) -> None:
    scene.interrupt(6)
    _spoil(scene, f"UPDATE mark SET value = ? WHERE name = '{name}'", value)

    listed = scene.list()

    assert len(listed.paths) == 24
    assert "goes on after" not in listed.said


def _answer_all(scene: Scene, body: str, *, of: str = "/") -> None:
    """Let the service say this, whatever it is asked at such a place."""
    reply = Reply(200, {"Content-Type": "application/json"}, body.encode())
    scene.demo.fault_line.add(
        Fault(lambda request, answer: reply if of in request.path else answer(), "graph", times=None)
    )


@pytest.mark.parametrize("body", ['{"value":null}', '{"id":["x"],"value":[1,null,[]]}', '{"id":null,"value":"x"}'])
def test_a_drive_without_a_root_is_not_listed(scene: Scene, body: str) -> None:
    _answer_all(scene, body)

    with pytest.raises(ServiceUnusable):
        scene.list()


def test_sizes_that_no_drive_has_are_added_up(scene: Scene) -> None:
    scene.change_pages(lambda page: [row.update(size=LARGEST_SIZE) for row in page["value"] if "file" in row])

    assert scene.list().state.size_bytes == 24 * LARGEST_SIZE


@pytest.mark.parametrize("identity", ["\ud800", "..", "a/b?c#d", "\x1b[31m"])
def test_a_folder_with_an_id_that_is_none_costs_that_folder_at_most(scene: Scene, identity: str) -> None:
    def rename(shown: dict[str, Any]) -> None:
        for row in shown.get("value", []):
            if row.get("name") == "03":
                row["id"] = identity

    scene.demo.fault_line.add(Fault(change_json(rename), "graph", times=None))

    listed = scene.list(root="/A")

    assert len(listed.paths) == 21
    assert "/A/03" in [path for path, *_ in listed.exceptions]


def _begin_on_a_full_disk(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "run_many", _on_a_full_disk)
    with pytest.raises(DiskFull):
        Catalogue.begin(scene.home, {})


def _on_a_full_disk(*_: object) -> None:
    raise DiskFull(Path(IN_PROGRESS))


def _resume_by_a_spoilt_mark(scene: Scene, _: pytest.MonkeyPatch) -> None:
    scene.interrupt(6)
    _spoil(scene, "UPDATE mark SET value = ? WHERE name = 'counts'", "5")
    assert Catalogue.resume(scene.home, {}) is None


def _open_by_a_spoilt_mark(scene: Scene, _: pytest.MonkeyPatch) -> None:
    scene.list()
    with closing(sqlite3.connect(scene.home / CATALOGUE)) as database, database:
        database.execute("UPDATE mark SET value = '5' WHERE name = 'counts'")
    open_catalogue(scene.home, lambda _: None).close()


@pytest.mark.parametrize("refused", [_begin_on_a_full_disk, _resume_by_a_spoilt_mark, _open_by_a_spoilt_mark])
def test_a_database_that_is_refused_is_closed_since_windows_removes_nothing_that_is_open(
    scene: Scene, refused: Callable[[Scene, pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Database] = []
    proper = Database.open

    def open_database(path: Path, **how: Any) -> Database:  # noqa: ANN401 - passed on
        opened.append(proper(path, **how))
        return opened[-1]

    monkeypatch.setattr(Database, "open", open_database)

    refused(scene, monkeypatch)

    assert opened
    for database in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
            database.row("SELECT 1")
