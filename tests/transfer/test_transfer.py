"""What the file host does wrong, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.reply import Timeouts
from pretend_onedrive.model.drive import DemoDrive
from tests.conftest import FakeClock
from tests.desk import Desk
from tests.faults.server import FaultyServer


@pytest.fixture
def http(demo: FaultyServer) -> Iterator[HttpClient]:
    timeouts = Timeouts(connect_seconds=2, silence_seconds=0.4, body_seconds=3, slow_seconds=0.5)
    client = HttpClient(demo_port=demo.port, timeouts=timeouts)
    yield client
    client.close()


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer) -> Desk:
    return Desk(home, graph, http, demo)


BIG = bytes(range(256)) * 4000  # about 1 MB: remembered for the next run too
Spoil = Callable[[FaultyServer], object]
PASSING_FAULTS: dict[str, Spoil] = {
    "429 with seconds": lambda demo: demo.throttle_next(times=2, seconds=7, on="files"),
    "429 with a date": lambda demo: demo.throttle_next(seconds=7, as_date=True, on="files"),
    "429 without Retry-After": lambda demo: demo.throttle_next(times=2, on="files"),
    "503 with Retry-After": lambda demo: demo.throttle_next(seconds=7, status=503, on="files"),
    "503 without": lambda demo: demo.fail_next(503, on="files", html=True),
    "500": lambda demo: demo.fail_next(500, on="files", times=3),
    "502": lambda demo: demo.fail_next(502, on="files"),
    "504": lambda demo: demo.fail_next(504, on="files"),
    "401 for the address": lambda demo: demo.refuse_download_urls_next(401),
    "403 for the address": lambda demo: demo.refuse_download_urls_next(403),
    "404 for the address": lambda demo: demo.refuse_download_urls_next(404),
    "410 for the address": lambda demo: demo.refuse_download_urls_next(410),
    "reset before the answer": lambda demo: demo.reset_next(on="files", times=3),
    "reset in mid-body": lambda demo: demo.cut_body_next(300_000, by_reset=True),
    "body shorter than announced": lambda demo: demo.cut_body_next(300_000),
    "cut again and again": lambda demo: demo.cut_body_next(100_000, times=9),
    "short with agreeing length, once": lambda demo: demo.short_body_next(1000),
    "silence before the answer": lambda demo: demo.stall_next(1.2),
    "silence in mid-body": lambda demo: demo.stall_next(1.2, after_bytes=300_000),
    "a few bytes a second": lambda demo: demo.drip_next(20),
    "corrupt byte, once": lambda demo: demo.corrupt_next(),
    "a page with status 200, once": lambda demo: demo.html_page_next(on="files"),
    "pages with status 200": lambda demo: demo.html_page_next(on="files", times=3),
    "gzip though identity was asked": lambda demo: demo.gzip_despite_identity_next(),
    "gzip always": lambda demo: demo.gzip_despite_identity_next(times=None),
    "no Content-Length": lambda demo: demo.no_content_length_next(),
    "cut, then a wrong Content-Range": lambda demo: _cut_and(demo, demo.wrong_content_range_next),
    "cut, then 200 to a Range": lambda demo: _cut_and(demo, demo.ignore_range_next),
    "cut, then no Content-Length": lambda demo: _cut_and(demo, demo.no_content_length_next),
    "redirect within the file hosts": lambda demo: demo.redirect_files_to("public.bn.files.1drv.com"),
}


def _cut_and(demo: FaultyServer, spoil_the_next: Callable[[], object]) -> None:
    demo.cut_body_next(300_000)
    spoil_the_next()


@pytest.mark.parametrize("fault", PASSING_FAULTS)
@pytest.mark.parametrize("hashes", ["hashes listed", "none listed"])
def test_a_passing_fault_of_the_file_host_spoils_nothing(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, fault: str, hashes: str
) -> None:
    if hashes == "none listed" and fault.startswith("corrupt"):
        pytest.skip("nobody can see that")
    drive.add_file("/big.bin", BIG)
    demo.withhold_hashes(withheld=hashes == "none listed")
    desk.list_drive()
    PASSING_FAULTS[fault](demo)

    result = desk.download()

    assert desk.errors() == {}
    assert result.exit_code == 0
    assert desk.files() == {"big.bin": BIG}
    assert not any("Authorization" in seen.headers for seen in demo.requests if seen.host != "graph.microsoft.com")
    assert desk.partials() == []


LASTING_FAULTS: dict[str, tuple[Spoil, str]] = {
    "500 always": (lambda demo: demo.fail_next(500, on="files", times=None, path="/bad.bin"), "error 500"),
    "404 always": (lambda demo: demo.refuse_download_urls_next(404, times=None, path="/bad.bin"), "status 404"),
    "corrupt always": (lambda demo: demo.corrupt_next("/bad.bin", times=None), "not what it lists"),
    "short always": (lambda demo: demo.short_body_next(1000, times=None, path="/bad.bin"), "bytes listed"),
    "a page always": (lambda demo: demo.html_page_next(on="files", times=None, path="/bad.bin"), "web page"),
    "reset always": (lambda demo: demo.reset_next(on="files", times=None, path="/bad.bin"), "was lost"),
    "foreign host": (
        lambda demo: demo.redirect_files_to("files.example.com", times=None, path="/bad.bin"),
        "files.example.com",
    ),
    "circle": (
        lambda demo: demo.redirect_files_to("public.bn.files.1drv.com", times=None, path="/bad.bin"),
        "in a circle",
    ),
    "cut always": (lambda demo: demo.cut_body_next(0, times=None, path="/bad.bin"), "was lost"),
}


@pytest.mark.parametrize("fault", LASTING_FAULTS)
def test_a_lasting_fault_is_named_and_stops_no_other_file(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, fault: str
) -> None:
    for name in ("a.bin", "bad.bin", "c.bin"):
        drive.add_file(f"/{name}", BIG + name.encode())
    desk.list_drive()
    spoil, words = LASTING_FAULTS[fault]
    spoil(demo)

    result = desk.download()
    errors = desk.errors()
    demo.be_well()
    after = desk.download()

    assert result.exit_code == 3
    assert list(errors) == ["/bad.bin"]
    assert words in errors["/bad.bin"]
    assert after.exit_code == 0
    assert desk.errors() == {}
    assert desk.files() == {name: BIG + name.encode() for name in ("a.bin", "bad.bin", "c.bin")}
    assert desk.partials() == []


def test_bytes_that_are_wrong_never_stand_under_the_final_name(
    drive: DemoDrive, demo: FaultyServer, desk: Desk
) -> None:
    drive.add_file("/a.bin", BIG)
    desk.list_drive()
    demo.corrupt_next(times=None)

    desk.download()

    assert desk.files() == {}
    reason = desk.errors()["/a.bin"]
    assert drive.find("/a.bin").quick_xor_hash is not None
    assert str(drive.find("/a.bin").quick_xor_hash) in reason
    assert reason.count("hash ") == 1


def test_an_error_page_never_becomes_a_file_though_no_hash_is_listed(
    drive: DemoDrive, demo: FaultyServer, desk: Desk
) -> None:
    drive.add_file("/a.bin", BIG)
    demo.withhold_hashes()
    desk.list_drive()
    demo.html_page_next(on="files", times=None)

    result = desk.download()

    assert (result.exit_code, desk.files()) == (3, {})
    assert "web page" in desk.errors()["/a.bin"]


def test_a_web_page_that_is_the_file_is_downloaded(drive: DemoDrive, desk: Desk) -> None:
    page = b"<!DOCTYPE html><html></html>"
    for name in ("page.html", "saved page", "feed.json"):
        drive.add_file(f"/{name}", page + name.encode(), mime_type="text/html")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.files() == {name: page + name.encode() for name in ("feed.json", "page.html", "saved page")}


def test_a_wrong_listed_size_does_not_matter_where_the_hash_agrees(
    drive: DemoDrive, demo: FaultyServer, desk: Desk
) -> None:
    drive.add_file("/a.jpg", BIG)
    demo.wrong_listed_size("/a.jpg", 12)
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.verified() == {"/a.jpg": "hash"}
    desk.download()
    assert desk.fetched() == 1


def test_a_wrong_listed_size_without_hash_is_settled_by_the_same_bytes_coming_twice(
    drive: DemoDrive, demo: FaultyServer, desk: Desk
) -> None:
    photo = drive.add_file("/a.jpg", BIG)
    demo.withhold_hashes()
    demo.wrong_listed_size("/a.jpg", 12)
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.verified() == {"/a.jpg": "same bytes twice"}
    assert desk.fetched() == 2
    assert (
        "1 file came with another length than OneDrive lists, twice the same, and OneDrive lists no hash to compare: "
        "/a.jpg." in " ".join(desk.said.getvalue().split())
    )

    desk.download()
    assert desk.fetched() == 2
    desk.list_drive()
    desk.download()
    assert desk.fetched() == 0
    drive.touch(photo)
    desk.list_drive()
    desk.download()
    assert desk.fetched() == 2


def test_a_live_photo_is_kept_as_it_comes_and_fetched_again_only_when_its_etag_changes(
    drive: DemoDrive, desk: Desk
) -> None:
    photo = drive.add_live_photo("/IMG_1.HEIC", listed_size=90_000, served=b"p" * 50_000)
    desk.list_drive()

    result = desk.download()
    fetched = desk.fetched()
    again = desk.download()

    assert (result.exit_code, again.exit_code) == (0, 0)
    assert desk.files() == {"IMG_1.HEIC": b"p" * 50_000}
    assert desk.verified() == {"/IMG_1.HEIC": "differs by design"}
    assert (fetched, desk.fetched()) == (2, 2)
    drive.touch(photo)
    desk.list_drive()
    desk.download()
    assert desk.fetched() == 2
    assert desk.files() == {"IMG_1.HEIC": b"p" * 50_000}


def test_a_photo_that_is_larger_than_listed_is_no_live_photo(drive: DemoDrive, desk: Desk) -> None:
    drive.add_live_photo("/IMG_1.HEIC", listed_size=40_000, served=b"p" * 50_000)
    desk.list_drive()

    assert desk.download().exit_code == 3
    assert desk.files() == {}


def test_throttling_pauses_everything_for_as_long_as_asked(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, clock: FakeClock, said: list[str]
) -> None:
    drive.add_file("/a.bin", b"a")
    desk.list_drive()
    demo.throttle_next(seconds=30, on="files")

    desk.download()

    assert 30 in clock.waits
    assert "asks us to wait until" in said[0]
