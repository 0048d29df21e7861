"""What programs that read along are told of a download."""

from __future__ import annotations

import json

from onedrive.choosing.selection import Duplicates, Selection
from onedrive.graph.traits import FileKind
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk


def _told(desk: Desk, name: str) -> list[dict[str, object]]:
    return [event for event in desk.events if event["event"] == name]


def test_selection_plan_items_and_summary_are_told_in_that_order(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/a.jpg", b"a" * 1000)
    drive.add_file("/twin.jpg", b"a" * 1000)
    drive.add_file("/left out.txt", b"text")
    drive.add_file("/virus.jpg", b"v", malware={})
    lost = drive.add_file("/lost.jpg", b"l")
    desk.list_drive()
    drive.delete(lost)
    photos = Selection(kinds=frozenset({FileKind.PHOTO}), duplicates=Duplicates.LINK)

    assert desk.download(selection=photos, with_events=True).exit_code == 3
    names = [event["event"] for event in desk.events]
    assert names == ["selection", "plan", *["item"] * 4, "summary"]
    (selection,), (plan,), (summary,) = (_told(desk, name) for name in ("selection", "plan", "summary"))
    assert (selection["files"], selection["listed_files"], selection["duplicates"]) == (4, 5, "link")
    assert selection["description"] == "photos"
    assert (plan["files"], plan["size_bytes"], plan["twins"], plan["left_out_files"]) == (2, 1001, 1, 1)
    results = {event["path"]: event["result"] for event in _told(desk, "item")}
    assert results == {"/a.jpg": "fetched", "/twin.jpg": "linked", "/virus.jpg": "unavailable", "/lost.jpg": "failed"}
    fetched = next(event for event in _told(desk, "item") if event["result"] == "fetched")
    assert fetched | {"id": ""} == {
        "event": "item",
        "result": "fetched",
        "id": "",
        "path": "/a.jpg",
        "place": "a.jpg",
        "size_bytes": 1000,
        "verified": "hash",
        "reason": "",
        "earlier": "",
    }
    assert (summary["fetched"], summary["linked"], summary["failed"], summary["unavailable"]) == (1, 1, 1, 1)
    assert (summary["fetched_bytes"], summary["saved_bytes"]) == (1000, 1000)
    assert json.dumps(desk.events)


def test_items_of_all_ways_have_a_word(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/moved.txt", b"m")
    drive.add_file("/adopted.txt", b"a")
    desk.list_drive()
    desk.download()
    drive.rename(drive.find("/moved.txt"), "moved on.txt")
    (desk.downloads / "adopted.txt").touch()
    desk.list_drive()

    desk.download(with_events=True)

    assert {event["path"]: event["result"] for event in _told(desk, "item")} == {
        "/moved on.txt": "moved",
        "/adopted.txt": "adopted",
    }
