"""What a service gone bad says of a drive, and what somebody wrote into a listing that waits to go on: a sentence, no
request to others, and the next 3 lists all the same."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from onedrive.errors import ServiceUnusable
from onedrive.graph.item import LARGEST_SIZE
from onedrive.listing.catalogue import IN_PROGRESS
from pretend_onedrive.wire import Reply
from tests.faults.effects import change_json
from tests.faults.line import Fault
from tests.listing.scene import Scene

FOREIGN = [
    "https://evil.example.net/x",
    "https://graph.microsoft.com:444/",
    r"https://evil.example.net\@graph.microsoft.com/",
    "http://graph.microsoft.com/v1.0/me/drive/root/delta",
    "@evil.example.net/",
    "\ud800",
]


def _spoil(scene: Scene, sql: str, value: object) -> None:
    with closing(sqlite3.connect(scene.home / IN_PROGRESS)) as database, database:
        assert database.execute(sql, (value,)).rowcount > 0


@pytest.fixture(autouse=True)
def _files(scene: Scene) -> None:
    scene.given(*(f"/A/{number:02}/{place}.txt" for number in range(8) for place in range(3)))
    scene.narrow_pages(2)


@pytest.mark.parametrize("link", FOREIGN)
def test_a_saved_link_that_leads_away_is_not_followed_and_the_list_is_begun_afresh(scene: Scene, link: str) -> None:
    scene.interrupt(6)
    _spoil(scene, "UPDATE mark SET value = ? WHERE name = 'next_link'", json.dumps(link))

    listed = scene.list()

    assert len(listed.paths) == 24
    assert "points to another computer for its next page; it was not followed. The list is begun afresh." in listed.said
    assert {seen.host for seen in scene.demo.requests} == {"graph.microsoft.com"}


@pytest.mark.parametrize("link", ["https://evil.example.net/x", b"https://graph.microsoft.com/"])
def test_a_folder_whose_saved_link_leads_away_is_listed_afresh(scene: Scene, link: object) -> None:
    scene.interrupt(9, root="/A")
    _spoil(scene, "UPDATE folder SET next_link = ? WHERE next_link IS NOT '' AND name <> ''", link)

    listed = scene.list(root="/A")

    assert len(listed.paths) == 24
    assert not listed.exceptions


@pytest.mark.parametrize("value", ["5", "true", "1e999", '["a"]', '{"a": 1}', "[" * 100_000, "9" * 5_000])
@pytest.mark.parametrize("name", ["next_link", "counts", "begun_at", "header"])
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


@pytest.mark.parametrize(
    "body", ['{"value":' + "[" * 100_000 + "]" * 100_000 + "}", '{"a":' * 9_000 + "1" + "}" * 9_000]
)
def test_pages_as_deep_as_no_drive_are_no_pages(scene: Scene, body: str) -> None:
    _answer_all(scene, body, of="/delta")

    listed = scene.list()

    assert "what it sent is not the JSON that it should be. The folders are listed one by one instead." in listed.said
    assert len(listed.paths) == 24


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
