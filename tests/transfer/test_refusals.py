"""What the file host says when it refuses is read and named; where it refuses everything, it is not asked for ever."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pretend_onedrive.wire import Reply, json_reply
from tests.desk import Desk
from tests.faults.effects import Effect
from tests.faults.line import Fault
from tests.faults.server import FaultyServer


def _says(status: int, said: dict[str, Any]) -> Effect:
    def effect(_request: object, _answer: object) -> Reply:
        return json_reply(said, status)

    return effect


def _error(code: str, *inner: str) -> dict[str, Any]:
    nested: dict[str, Any] = {"code": code, "message": ""}
    if inner:
        nested["innerError"] = _error(*inner)["error"]
    return {"error": nested}


@pytest.mark.parametrize(
    ("status", "body", "words", "asked"),
    [
        (403, _error("malwareDetected"), "OneDrive found malware in it and does not hand it out", 1),
        (403, _error("accessDenied", "virusInfected", "malwareDetected"), "OneDrive found malware in it", 1),
        (
            423,
            _error("resourceLocked"),
            "someone has it open or checked out, .* keeps it locked .423 resourceLocked.",
            1,
        ),
        (423, {}, "keeps it locked .status 423.", 1),
        (403, _error("accessDenied"), "does not let this account download it .403 accessDenied.", 2),
        (403, {"odata.error": {"code": "-2147024891, System.UnauthorizedAccessException"}}, "403 -2147024891, Sys", 2),
        (403, {"error": {"code": "\x1b[31m https://x"}}, "refused to hand it out .status 403.", 2),
        (402, _error("paymentRequired"), "refused to hand it out .402 paymentRequired.", 1),
        (451, {}, "refused to hand it out .status 451.", 1),
        (404, {"error": "itemNotFound"}, "refused to hand it out .status 404.", 2),
    ],
)
def test_the_reason_is_named_with_its_code(
    demo: FaultyServer, desk: Desk, status: int, body: dict[str, Any], words: str, asked: int
) -> None:
    desk.given("/a.txt", "/b.txt")
    demo.fault_line.add(Fault(_says(status, body), "files", "/a.txt", None))

    desk.download()

    assert desk.fetched() == asked + 1
    assert re.search(words, desk.errors().get("/a.txt", desk.said.getvalue()))
    assert "/a.txt" in desk.said.getvalue()
    assert not re.search(r"\b(402|403|404|423|451)\b", desk.said.getvalue())  # codes are in the file and the log
    assert desk.files() == {"b.txt": b"/b.txt"}


def test_where_every_file_is_refused_in_one_way_most_are_not_asked_for_and_each_is_named(
    demo: FaultyServer, desk: Desk
) -> None:
    paths = [f"/{folder}/{number:03}.jpg" for folder in "abc" for number in range(60)]
    desk.given(*paths)
    demo.fault_line.add(Fault(_says(403, _error("accessDenied", "driveLocked")), "files", None, None))

    assert desk.download().exit_code == 3
    assert desk.fetched() < 90
    assert sorted(desk.errors()) == paths
    assert all("403 accessDenied" in reason for reason in desk.errors().values())
    not_asked = [why for why in desk.errors().values() if "files in a row were refused in the same way" in why]
    assert len(not_asked) > 100
    demo.be_well()
    assert desk.download().exit_code == 0
    assert len(desk.files()) == 180


@pytest.mark.parametrize("status", [400, 402, 418, 451])
def test_also_where_a_refusal_is_an_unusual_one(demo: FaultyServer, desk: Desk, status: int) -> None:
    desk.given(*(f"/a/{number:03}.jpg" for number in range(60)))
    demo.fault_line.add(Fault(_says(status, {}), "files", None, None))

    assert desk.download().exit_code == 3
    assert desk.fetched() < 30
    assert len(desk.errors()) == 60


def test_when_a_file_comes_again_all_are_asked_for_again(demo: FaultyServer, desk: Desk) -> None:
    desk.given(*(f"/{number:03}.jpg" for number in range(150)))
    demo.fault_line.add(Fault(_says(403, _error("accessDenied")), "files", None, 17))

    desk.download(jobs=1)

    assert 50 < len(desk.files()) < 150
    assert desk.download().exit_code == 0


def test_a_folder_that_is_refused_keeps_no_other_folder_back(demo: FaultyServer, desk: Desk) -> None:
    refused = [f"/a/{number:02}.jpg" for number in range(60)]
    desk.given(*refused, *(f"/b/{number}.jpg" for number in range(30)))
    for path in refused:
        demo.fault_line.add(Fault(_says(403, _error("accessDenied")), "files", path, None))

    desk.download(jobs=1)

    assert sorted(desk.errors()) == refused
    assert len(desk.files()) == 30
    assert desk.fetched() < 60
