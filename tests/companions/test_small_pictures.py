"""`--pictures`: small pictures beside the report, each fetched once, whatever goes wrong on the way."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from onedrive.errors import StepNeeded, Stopped
from onedrive.home.lists import FILE_LIST, read_items
from onedrive.home.verification import REPORT
from onedrive.report.pictures import PICTURES_FOLDER
from pretend_onedrive.graph.errors import GraphError
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.wire import Reply, Request
from tests.desk import Desk
from tests.faults import effects
from tests.faults.effects import Answer
from tests.faults.line import Fault
from tests.faults.server import FaultyServer
from tests.report.page_reader import PageReader
from tests.report.verified import verified, write_verified

FILES = ("a.HEIC", "b.heic", "c.MOV", "d.cr2", "e.docx", "plain.jpg", "notes.txt", "odd.pef2.heic")


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.given(*(f"/Pictures/{name}" for name in FILES), "/Far/x.mp4", here=True)
    return desk


def shown(desk: Desk) -> dict[str, object]:
    """What stands for each item's picture in the report, where something does."""
    rows = PageReader(desk.home / REPORT).json("rows")
    return {row[0]: row[8] for _, group in rows for row in group if len(row) > 8}


def kept(desk: Desk) -> list[Path]:
    folder = desk.home / PICTURES_FOLDER
    return sorted(folder.iterdir()) if folder.exists() else []


def asked_for_pictures(demo: FaultyServer) -> int:
    """How many requests to Graph were about pictures."""
    return sum("thumbnails" in unquote(seen.path + seen.query) or "$batch" in seen.path for seen in demo.requests)


def fetched(demo: FaultyServer) -> int:
    return sum(seen.path.startswith("/transform/") for seen in demo.requests)


def test_small_pictures_are_fetched_once_for_each_content(desk: Desk, demo: FaultyServer, drive: DemoDrive) -> None:
    drive.find("/Pictures/d.cr2").facets["malware"] = {}  # has none
    desk.verify(write_report=desk.write_report)
    assert (shown(desk), kept(desk), asked_for_pictures(demo)) == ({}, [], 0)

    desk.forget_requests()
    desk.verify(pictures=True)
    first = shown(desk)

    assert set(first) == {"a.HEIC", "b.heic", "c.MOV", "d.cr2", "e.docx", "odd.pef2.heic", "x.mp4"}
    assert first.pop("d.cr2") == 1
    assert {path.name for path in kept(desk) if path.suffix == ".jpg"} == {f"{key}.jpg" for key in first.values()}
    assert all(path.read_bytes()[:3] == b"\xff\xd8\xff" for path in kept(desk) if path.suffix == ".jpg")
    assert (desk.home / PICTURES_FOLDER).stat().st_mode & 0o077 == 0 == kept(desk)[0].stat().st_mode & 0o077
    assert (asked_for_pictures(demo), fetched(demo)) == (2, 6)
    assert not any(seen.headers.get("Authorization") for seen in demo.requests if seen.path.startswith("/transform/"))
    assert (
        "In the report: small pictures of 6 of 7 files that a browser cannot show; OneDrive has none of 1."
        in desk.said.getvalue()
    )

    drive.change_content(drive.find("/Pictures/a.HEIC"), b"another content")
    drive.delete(drive.find("/Far/x.mp4"))
    (desk.downloads / "Far/x.mp4").unlink()
    desk.list_drive()
    desk.download()
    desk.forget_requests()
    desk.verify(pictures=True)

    assert shown(desk)["a.HEIC"] != first["a.HEIC"]
    assert len(kept(desk)) == 6
    assert fetched(demo) == 1


def test_pictures_of_many_files_cost_a_request_for_hundreds(desk: Desk, demo: FaultyServer, drive: DemoDrive) -> None:
    demo.graph.page_sizes.largest = 200
    for number in range(402):
        drive.add_file(f"/Many/{number}.{'txt' if number % 40 else 'heic'}", b"x")
        if number < 50:
            drive.add_file(f"/Apart/{number % 25}/apart {number}.heic", b"y")
    desk.list_drive()
    items = [item for item in read_items(desk.home / FILE_LIST) if re.match("/(Many|Apart)/.*heic", item.path)]
    write_verified(desk.home, [verified(item.path, id=item.id, drive_id=item.drive_id) for item in items])

    desk.add_pictures()

    assert len(shown(desk)) == 61
    assert len(desk.requests("graph.microsoft.com")) == 2 + 1  # the first pages, together; what Many has further


def test_whatever_goes_wrong_the_report_is_made_and_says_so(desk: Desk, demo: FaultyServer, drive: DemoDrive) -> None:
    demo.when_pages_served(3, demo.expire_download_urls)  # addresses that were given out just now
    demo.throttle_next(seconds=7, on="files")
    demo.html_page_next(on="files", path="/Pictures/b.heic", times=None)
    demo.fail_next(500, on="files", path="/Pictures/c.MOV", times=None)
    demo.reset_next(on="files", path="/Pictures/d.cr2", times=1)
    too_large = effects._spoil(lambda reply: setattr(reply, "body", reply.whole_body() + bytes(1_000_000)))
    demo.fault_line.add(Fault(too_large, "files", "/Pictures/e.docx", None))

    assert desk.verify(pictures=True).exit_code == 0

    assert {name for name, key in shown(desk).items() if key != 1} == {"a.HEIC", "d.cr2", "odd.pef2.heic", "x.mp4"}
    said = re.sub(r"\s+", " ", desk.said.getvalue())
    assert "4 of 7 files" in said
    assert "what came is no picture" in said
    assert "larger than it could be" in said
    assert "Choose p to try again." in said
    demo.be_well()
    desk.add_pictures()
    assert len(shown(desk)) == 7


def test_ctrl_c_ends_the_pictures_alone(desk: Desk, demo: FaultyServer) -> None:
    with pytest.raises(StepNeeded):
        desk.add_pictures()

    def stop(_request: Request, answer: Answer) -> Reply:
        desk.stop()
        return answer()

    demo.fault_line.add(Fault(stop, "files"))

    with pytest.raises(Stopped):
        desk.verify(pictures=True)

    assert (desk.home / REPORT).exists()
    assert "Everything" in desk.said.getvalue()
    desk.verify(pictures=True)
    assert len(shown(desk)) == 7


@pytest.mark.parametrize(("refused", "status", "most"), [("expand", 501, 3), ("thumbnails(", 400, 4)])
def test_a_service_that_does_not_take_the_question_is_asked_otherwise(
    desk: Desk, demo: FaultyServer, refused: str, status: int, most: int
) -> None:
    def refuse(request: Request, answer: Answer) -> Reply:
        is_refused = refused in unquote(request.query)  # as work drives do, or one that takes no options within
        return GraphError(status, "notSupported", "").to_reply(request) if is_refused else answer()

    for on in ("graph", "batch"):
        demo.fault_line.add(Fault(refuse, on, times=None))

    desk.verify(pictures=True)

    assert len(shown(desk)) == 7
    assert asked_for_pictures(demo) <= most
