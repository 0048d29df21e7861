"""`$batch` of the pretend Graph: limits, inner answers of each kind, dependence, inner faults."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.pretend.demo_asks import GRAPH, Answered, Asks


@pytest.fixture
def drive() -> DemoDrive:
    drive = DemoDrive()
    drive.add_file("/a.txt", b"abc")
    return drive


@pytest.fixture
def demo(drive: DemoDrive) -> Iterator[FaultyServer]:
    with FaultyServer(drive) as server:
        yield server


def send(asks: Asks, wishes: object) -> Answered:
    headers = {"Content-Type": "application/json"}
    return asks.send("POST", f"{GRAPH}/$batch", json.dumps({"requests": wishes}).encode(), headers)


def get(name: str, url: str, **more: object) -> dict[str, Any]:
    return {"id": name, "method": "GET", "url": url, **more}


def replies(answered: Answered) -> dict[str, Any]:
    assert answered.status == 200
    return {reply["id"]: reply for reply in answered.json["responses"]}


def test_each_request_gets_its_own_answer(demo: FaultyServer, drive: DemoDrive) -> None:
    item = drive.find("/a.txt")
    wishes = [
        get("1", f"/me/drive/items/{item.id}?$select=id,content.downloadUrl"),
        get("2", "me/drive/items/nonsense"),
        get("3", f"/me/drive/items/{item.id}/content"),
        get("4", "/me/drive/root:/a.txt", headers={"If-None-Match": item.etag}),
    ]

    answered = send(Asks(demo), wishes)
    found = replies(answered)

    assert {name: reply["status"] for name, reply in found.items()} == {"1": 200, "2": 404, "3": 302, "4": 304}
    assert found["1"]["body"]["@microsoft.graph.downloadUrl"].startswith("https://my.microsoftpersonalcontent.com/")
    assert found["2"]["body"]["error"]["code"] == "itemNotFound"
    assert found["3"]["headers"]["Location"].startswith("https://my.microsoftpersonalcontent.com/")
    assert [reply["id"] for reply in answered.json["responses"]] != ["1", "2", "3", "4"]


def test_items_can_be_changed_in_a_batch(demo: FaultyServer, drive: DemoDrive) -> None:
    item = drive.find("/a.txt")
    wish = {
        "id": "x",
        "method": "PATCH",
        "url": f"/me/drive/items/{item.id}",
        "headers": {"Content-Type": "application/json"},
        "body": {"name": "b.txt"},
    }

    assert replies(send(Asks(demo, "Files.ReadWrite"), [wish]))["x"]["status"] == 200
    assert drive.find("/b.txt") is item


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ([get("1", "/me"), get("1", "/me")], "Request Id 1 has to be unique in a batch."),
        ([get(str(number), "/me") for number in range(21)], "exceeds the maximum value of 20"),
        ([], "Invalid batch payload format."),
        ([{"id": "1"}], "Invalid batch payload format."),
        ([{"id": 1, "method": "GET", "url": "/me"}], "Invalid batch payload format."),
        ("nonsense", "Invalid batch payload format."),
        (
            [get("1", "/me"), {"id": "2", "method": "PATCH", "url": "/me/drive/items/x", "body": {"name": "b"}}],
            "Write request with id '2' does not contain a Content-Type header.",
        ),
    ],
)
def test_a_batch_that_is_none_is_refused(demo: FaultyServer, wishes: object, message: str) -> None:
    answered = send(Asks(demo), wishes)

    assert (answered.status, answered.error) == (400, "BadRequest")
    assert message in answered.json["error"]["message"]


def test_what_depends_on_a_failure_fails(demo: FaultyServer) -> None:
    found = replies(send(Asks(demo), [get("1", "/me/drive/items/no"), get("2", "/me", dependsOn=["1"])]))

    assert found["2"]["status"] == 424


def test_one_request_inside_is_throttled(demo: FaultyServer) -> None:
    demo.throttle_next(seconds=9, on="batch")

    found = replies(send(Asks(demo), [get("1", "/me/drive"), get("2", "/me/drive")]))

    assert (found["1"]["status"], found["1"]["headers"]["Retry-After"]) == (429, "9")
    assert found["2"]["status"] == 200


def test_an_answer_that_is_no_json_comes_as_base64(demo: FaultyServer) -> None:
    demo.html_page_next(on="batch")

    found = replies(send(Asks(demo), [get("1", "/me/drive")]))

    assert b"<html>" in base64.b64decode(found["1"]["body"])


def test_a_batch_needs_a_token_and_post(demo: FaultyServer) -> None:
    asks = Asks(demo)

    assert asks.get(f"{GRAPH}/$batch").status == 405
    asks.token = "nonsense"
    assert send(asks, [get("1", "/me")]).status == 401
