"""What the file host does wrong, and what comes of it: for files in one stream, and for large ones in parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from onedrive.errors import NotEnoughRoom, Stopped
from onedrive.net.client import HttpClient
from onedrive.net.reply import Timeouts
from onedrive.transfer.parts import _GRAIN_BYTES
from pretend_onedrive.model.content import GeneratedContent
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.wire import Reply, Request
from tests.conftest import FakeClock
from tests.desk import Desk
from tests.faults.effects import Answer, reset_before_answer
from tests.faults.line import Fault
from tests.faults.server import FaultyServer

BIG = bytes(range(256)) * 4000  # about 1 MB: remembered for the next run too
LARGE_BYTES = 9_000_000  # comes in parts, as small as `parts` makes them
LARGE = GeneratedContent(LARGE_BYTES).read(0, LARGE_BYTES)
# Fewer bytes than one part has: whichever connection is quickest, some part is asked for after the change.
CHANGE_BYTES = 1_500_000
Spoil = Callable[[FaultyServer], object]
NO_FILES: dict[str, Spoil] = {
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
    "silence before the answer": lambda demo: demo.stall_next(0.8),
    "redirect within the file hosts": lambda demo: demo.redirect_files_to("public.bn.files.1drv.com"),
}
ODD_BYTES: dict[str, Spoil] = {
    "reset in mid-body": lambda demo: demo.cut_body_next(300_000, by_reset=True),
    "body shorter than announced": lambda demo: demo.cut_body_next(300_000),
    "cut again and again": lambda demo: demo.cut_body_next(100_000, times=9),
    "short with agreeing length, once": lambda demo: demo.short_body_next(1000),
    "silence in mid-body": lambda demo: demo.stall_next(0.8, after_bytes=300_000),
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
    "no ranges at all": lambda demo: demo.ignore_range_next(times=None),
    "ranges that are wrong for long": lambda demo: demo.wrong_content_range_next(times=7),
}


def _cut_and(demo: FaultyServer, spoil_the_next: Callable[[], object]) -> None:
    demo.cut_body_next(300_000)
    spoil_the_next()


LASTING_FAULTS: dict[str, tuple[Spoil, str]] = {
    "500 always": (lambda demo: demo.fail_next(500, on="files", times=None, path="/bad.bin"), "error 500"),
    "511 always": (lambda demo: demo.fail_next(511, on="files", times=None, path="/bad.bin"), "sign in to it first"),
    "404 always": (lambda demo: demo.refuse_download_urls_next(404, times=None, path="/bad.bin"), "status 404"),
    "corrupt always": (lambda demo: demo.corrupt_next("/bad.bin", offset=1000, times=None), "not what it lists"),
    "short always": (lambda demo: demo.short_body_next(1000, times=None, path="/bad.bin"), "bytes listed|was lost"),
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


@pytest.fixture
def http(demo: FaultyServer) -> Iterator[HttpClient]:
    timeouts = Timeouts(connect_seconds=2, silence_seconds=0.4, body_seconds=3, slow_seconds=0.6)
    client = HttpClient(demo_port=demo.port, timeouts=timeouts)
    yield client
    client.close()


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts as small as tests need them."""
    monkeypatch.setattr("onedrive.transfer.fetch.PART_BYTES", 2_000_000)
    monkeypatch.setattr("onedrive.transfer.parts.STRETCH_BYTES", 2_000_000)
    monkeypatch.setattr("onedrive.transfer.parts.LEAST_SHARE_BYTES", 300_000)


@pytest.fixture
def large(parts: None, drive: DemoDrive, desk: Desk) -> bytes:
    drive.add_generated_file("/large.mp4", size=LARGE_BYTES)
    desk.list_drive()
    return LARGE


def _ranges(demo: FaultyServer) -> list[tuple[int, int]]:
    found = (re.fullmatch(r"bytes=(\d+)-(\d+)", seen.headers.get("Range") or "") for seen in demo.requests)
    return sorted((int(match[1]), int(match[2]) + 1) for match in found if match)


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        *((fault, "in one stream") for fault in NO_FILES | ODD_BYTES),
        *((fault, "no hashes listed") for fault in ODD_BYTES if not fault.startswith("corrupt")),  # nobody can see that
        *((fault, "in parts") for fault in ODD_BYTES),
        *(
            (fault, "in parts")
            for fault in ("429 with seconds", "500", "404 for the address", "reset before the answer")
        ),
    ],
)
def test_a_passing_fault_of_the_file_host_spoils_nothing(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, parts: None, fault: str, what: str
) -> None:
    content = LARGE if what == "in parts" else BIG
    if what == "in parts":
        drive.add_generated_file("/a.bin", size=LARGE_BYTES)
    else:
        drive.add_file("/a.bin", content)
    demo.withhold_hashes(withheld=what == "no hashes listed")
    desk.list_drive()
    (NO_FILES | ODD_BYTES)[fault](demo)

    result = desk.download()

    assert (result.exit_code, desk.errors(), desk.partials()) == (0, {}, [])
    assert desk.files() == {"a.bin": content}
    assert not any("Authorization" in seen.headers for seen in demo.requests if seen.host != "graph.microsoft.com")


@pytest.mark.parametrize(
    ("fault", "size_bytes"),
    [
        *((fault, 1_000_000) for fault in LASTING_FAULTS),
        *(
            (fault, LARGE_BYTES)
            for fault in ("500 always", "corrupt always", "short always", "a page always", "cut always")
        ),
    ],
)
def test_a_lasting_fault_is_named_stops_no_other_file_and_what_came_is_kept(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, parts: None, fault: str, size_bytes: int
) -> None:
    drive.add_generated_file("/bad.bin", size=size_bytes)
    desk.given({"/a.bin": BIG, "/c.bin": b"c"})
    spoil, words = LASTING_FAULTS[fault]
    spoil(demo)

    result = desk.download()
    errors, came = desk.errors(), desk.files()
    demo.be_well()
    after = desk.download()

    assert (result.exit_code, list(errors)) == (3, ["/bad.bin"])
    assert re.search(words, errors["/bad.bin"])
    assert came == {"a.bin": BIG, "c.bin": b"c"}  # what is wrong never stands under the final name
    assert (after.exit_code, desk.errors(), desk.partials()) == (0, {}, [])
    assert desk.files()["bad.bin"] == GeneratedContent(size_bytes).read(0, size_bytes)


def test_an_error_page_never_becomes_a_file_though_no_hash_is_listed(demo: FaultyServer, desk: Desk) -> None:
    demo.withhold_hashes()
    desk.given({"/a.bin": BIG})
    demo.html_page_next(on="files", times=None)

    assert (desk.download().exit_code, desk.files()) == (3, {})
    assert "web page" in desk.errors()["/a.bin"]


def test_a_web_page_that_is_the_file_is_downloaded(drive: DemoDrive, desk: Desk) -> None:
    page = b"<!DOCTYPE html><html></html>"
    for name in ("page.html", "saved page", "feed.json"):
        drive.add_file(f"/{name}", page + name.encode(), mime_type="text/html")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.files() == {name: page + name.encode() for name in ("feed.json", "page.html", "saved page")}


def test_a_wrong_listed_size_does_not_matter_where_the_hash_agrees(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, large: bytes
) -> None:
    drive.add_file("/a.jpg", BIG)
    demo.wrong_listed_size("/a.jpg", 12)
    for wrong in (LARGE_BYTES - 700_000, LARGE_BYTES + 5_000_000):
        demo.wrong_listed_size("/large.mp4", wrong)
        drive.touch(drive.find("/large.mp4"))
        desk.list_drive()

        assert desk.download().exit_code == 0
        assert desk.files() == {"large.mp4": large, "a.jpg": BIG}
        assert desk.verified() == {"/large.mp4": "hash", "/a.jpg": "hash"}
        (desk.downloads / "large.mp4").unlink()


def test_a_wrong_listed_size_without_hash_is_settled_by_the_same_bytes_coming_twice(
    drive: DemoDrive, demo: FaultyServer, desk: Desk
) -> None:
    drive.add_file("/a.jpg", BIG)
    demo.withhold_hashes()
    demo.wrong_listed_size("/a.jpg", 12)
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.verified() == {"/a.jpg": "same bytes twice"}
    assert desk.fetched() == 2
    assert (
        "1 file came twice with the same bytes, and OneDrive lists another length and no checksum to "
        "compare: /a.jpg." in " ".join(desk.said.getvalue().split())
    )
    desk.download()
    assert desk.fetched() == 2
    drive.touch(drive.find("/a.jpg"))
    desk.list_drive()
    desk.download()
    assert desk.fetched() == 2


def test_what_is_listed_wholly_otherwise_and_comes_twice_the_same_is_kept_as_onedrive_sends_it(
    drive: DemoDrive, demo: FaultyServer, desk: Desk
) -> None:
    for name in ("larger.HEIC", "cut.jpg"):
        drive.add_live_photo(f"/{name}", listed_size=40_000, served=b"p" * 50_000)
    demo.short_body_next(1000, times=None, path="/cut.jpg")  # something in between: asked for more, the host has it
    desk.list_drive()

    assert desk.download().exit_code == 3
    assert (desk.verified(), list(desk.errors())) == ({"/larger.HEIC": "as OneDrive sends it"}, ["/cut.jpg"])
    assert "as OneDrive sends it" in desk.said.getvalue()
    demo.be_well()
    desk.list_drive()
    desk.download()
    desk.forget_requests()
    desk.download()
    desk.verify()

    assert desk.fetched() == 0
    assert desk.classes() == {"/larger.HEIC": "as OneDrive sends it", "/cut.jpg": "as OneDrive sends it"}


def test_a_live_photo_is_kept_as_it_comes_and_fetched_again_only_when_its_etag_changes(
    drive: DemoDrive, desk: Desk
) -> None:
    photo = drive.add_live_photo("/IMG_1.HEIC", listed_size=90_000, served=b"p" * 50_000)
    desk.list_drive()

    assert (desk.download(with_events=True).exit_code, desk.files()) == (0, {"IMG_1.HEIC": b"p" * 50_000})
    assert "1 downloaded and checked (50.0 kB" in desk.said.getvalue()  # what came, not what is listed
    assert desk.events[-1]["fetched_bytes"] == 50_000
    assert desk.verified() == {"/IMG_1.HEIC": "differs by design"}
    for touched in (False, True):
        if touched:
            drive.touch(photo)
        desk.list_drive()
        assert desk.download().exit_code == 0
        assert desk.fetched() == (2 if touched else 0)
    assert desk.files() == {"IMG_1.HEIC": b"p" * 50_000}


def test_throttling_pauses_everything_for_as_long_as_asked(
    demo: FaultyServer, desk: Desk, clock: FakeClock, said: list[str]
) -> None:
    desk.given("/a.bin")
    demo.throttle_next(seconds=30, on="files")

    desk.download()

    assert 30 in clock.waits
    assert "asks us to wait until" in said[0]


def test_one_large_file_comes_over_several_connections_each_byte_once(
    demo: FaultyServer, desk: Desk, large: bytes, drive: DemoDrive
) -> None:
    drive.find("/large.mp4").paced_bytes_per_second = 20_000_000

    assert desk.download().exit_code == 0
    assert desk.files() == {"large.mp4": large}
    ranges = _ranges(demo)
    assert len(ranges) > 4
    assert ranges[0][0] == 0
    assert demo.milestones.bytes < LARGE_BYTES + len(ranges) * 600_000


@pytest.mark.parametrize("addresses", ["addresses stay good", "addresses expire"])
def test_a_change_in_mid_download_never_mixes_two_versions_and_the_new_one_comes_in_parts_again(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, large: bytes, addresses: str
) -> None:
    after: list[int] = []

    def change() -> None:
        after.append(len(demo.requests))
        drive.change_content(drive.find("/large.mp4"), large[::-1])
        if addresses == "addresses expire":
            demo.expire_download_urls()

    demo.when_bytes_served(CHANGE_BYTES, change)
    drive.find("/large.mp4").paced_bytes_per_second = 20_000_000

    assert desk.download(jobs=2).exit_code == 0
    assert desk.files() == {"large.mp4": large[::-1]}
    later = [seen.headers.get("Range") or "none" for seen in demo.requests[after[0] :] if "graph" not in seen.host]
    assert all(re.fullmatch(r"bytes=\d+-\d+", asked) for asked in later)
    assert desk.fetched() < 60


@pytest.mark.parametrize("kept_bytes", [0, 1000, 100_000])
def test_answers_that_are_always_shorter_than_asked_are_counted_and_spaced_out(
    demo: FaultyServer, desk: Desk, large: bytes, clock: FakeClock, kept_bytes: int
) -> None:
    def shorten(_request: Request, answer: Answer) -> Reply:
        reply = answer()
        if reply.status == 206:
            first, last, total = map(int, re.findall(r"\d+", reply.headers["Content-Range"]))
            if last >= LARGE_BYTES - 1_000_000:
                reply.body = reply.whole_body()[:kept_bytes]
                reply.headers["Content-Range"] = f"bytes {first}-{max(first, first + kept_bytes - 1)}/{total}"
        return reply

    demo.fault_line.add(Fault(shorten, "files", "/large.mp4", None))

    result = desk.download()

    assert desk.fetched() < 80
    assert desk.fetched() <= len(clock.waits) + 20
    if kept_bytes < 100_000:
        assert (result.exit_code, list(desk.errors())) == (3, ["/large.mp4"])
    else:
        assert (result.exit_code, desk.files()) == (0, {"large.mp4": large})


def test_an_address_that_is_answered_no_more_is_renewed(demo: FaultyServer, desk: Desk) -> None:
    def answer_no_more(request: Request, answer: Answer) -> Reply:
        is_renewed = sum(seen.host == "graph.microsoft.com" for seen in demo.requests) > 1
        return answer() if is_renewed else reset_before_answer(request, answer)

    desk.given({"/a.bin": BIG})
    demo.fault_line.add(Fault(answer_no_more, "files", times=None))

    assert desk.download().exit_code == 0
    assert desk.files() == {"a.bin": BIG}
    assert desk.fetched() == 3  # a connection that was kept alive is tried anew first


@pytest.mark.parametrize("shown_by", ["the hash and the ETag", "the metadata alone"])
def test_a_change_in_mid_download_never_mixes_two_versions(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, shown_by: str
) -> None:
    is_hidden = shown_by == "the metadata alone"

    def say_no_version(_request: Request, answer: Answer) -> Reply:
        reply = answer()
        reply.headers.pop("ETag", None)
        return reply

    def change() -> None:
        drive.change_content(drive.find("/a.bin"), BIG[::-1])
        if is_hidden:
            demo.expire_download_urls()

    demo.withhold_hashes(withheld=is_hidden)
    desk.given({"/a.bin": BIG})
    demo.cut_body_next(600_000)
    if is_hidden:
        demo.fault_line.add(Fault(say_no_version, "files", times=None))
    demo.when_bytes_served(500_000, change)

    assert desk.download().exit_code == 0
    assert desk.files() == {"a.bin": BIG[::-1]}


def test_another_range_than_was_asked_for_never_gets_into_a_file_though_no_hash_tells(
    drive: DemoDrive, demo: FaultyServer, desk: Desk
) -> None:
    def skip_some(_request: Request, answer: Answer) -> Reply:
        reply = answer()
        if reply.status == 206:
            first, last, total = map(int, re.findall(r"\d+", reply.headers["Content-Range"]))
            reply.body = reply.whole_body()[1000:]
            reply.headers["Content-Range"] = f"bytes {first + 1000}-{last}/{total}"
        return reply

    drive.add_file("/a.bin", BIG)
    demo.withhold_hashes()
    desk.list_drive()
    demo.cut_body_next(300_000)
    demo.fault_line.add(Fault(skip_some, "files", "/a.bin", 1))

    assert desk.download().exit_code == 0
    assert desk.files() == {"a.bin": BIG}


def test_parts_that_are_sent_in_each_others_place_are_noticed(
    demo: FaultyServer, drive: DemoDrive, desk: Desk, large: bytes
) -> None:
    """Contents alone are exchanged, every header is right; QuickXorHash would not see it in steps of 160 bytes."""
    part = 2_000_000 // _GRAIN_BYTES * _GRAIN_BYTES  # what a first and a second part have here
    instead = {0: part, part: 0}

    def send_another_part(_request: Request, answer: Answer) -> Reply:
        reply = answer()
        first, last, _ = map(int, re.findall(r"\d+", reply.headers["Content-Range"]))
        if (other := instead.pop(first, None)) is not None:
            reply.pieces, reply.body = None, large[other : other + last + 1 - first]
        return reply

    large = bytes(reversed(large))  # with other blocks than the sample's, which are all alike but for their numbers
    drive.change_content(drive.find("/large.mp4"), large)
    desk.list_drive()
    demo.fault_line.add(Fault(send_another_part, "files", "/large.mp4", None))

    assert desk.download(jobs=1).exit_code == 0
    assert instead == {}
    assert desk.files() == {"large.mp4": large}


@pytest.mark.parametrize("frame", ["chunked", "by its end", "a length that lies"])
@pytest.mark.parametrize("listed", [3, LARGE_BYTES])
def test_a_download_without_end_writes_little_more_than_is_listed(
    demo: FaultyServer,
    drive: DemoDrive,
    desk: Desk,
    parts: None,
    monkeypatch: pytest.MonkeyPatch,
    frame: str,
    listed: int,
) -> None:
    monkeypatch.setattr("onedrive.transfer.fetch.MARGIN_BYTES", 1_000_000)

    def never_ends(_request: Request, answer: Answer) -> Reply:
        reply = answer()
        reply.status, reply.length = 200, None
        reply.headers.pop("Content-Range", None)
        reply.pieces = iter(lambda: bytes(65_536), b"")
        reply.delivery.says_length = False
        if frame == "chunked":
            reply.headers["Transfer-Encoding"] = "chunked"
            reply.pieces = iter(lambda: b"10000\r\n" + bytes(65_536) + b"\r\n", b"")
        elif frame == "a length that lies":
            reply.headers["Content-Length"] = str(1 << 50)
        return reply

    drive.add_generated_file("/endless.bin", size=listed)
    desk.given("/a.txt")
    demo.fault_line.add(Fault(never_ends, "files", "/endless.bin", None))

    assert desk.download().exit_code == 3
    assert desk.files() == {"a.txt": b"/a.txt"}
    assert f"more than the file can hold ({listed} bytes are listed)" in desk.errors()["/endless.bin"]
    assert sum(path.stat().st_size for path in desk.downloads.glob(".partial/*")) < 2000
    assert demo.milestones.bytes < 2 * listed + 20_000_000  # much of it is on its way only


def test_what_nothing_can_go_on_with_is_swept_before_the_room_is_looked_at(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.given("/a.txt")
    left = desk.downloads / ".partial" / f"{'0' * 40}.part"
    left.parent.mkdir(parents=True)
    left.write_bytes(bytes(1000))
    monkeypatch.setattr("onedrive.local.room._free_bytes", lambda _folder: 0 if left.exists() else 1 << 40)

    assert desk.download().exit_code == 0
    assert desk.partials() == []


def test_where_no_size_is_listed_the_reserve_of_the_disk_holds(
    demo: FaultyServer, desk: Desk, large: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onedrive.local.room._CHECKED_EACH_BYTES", 1_000_000)
    free = iter([300_000_000, 250_000_000, 199_000_000])
    monkeypatch.setattr("onedrive.local.room._free_bytes", lambda _folder: next(free, 199_000_000))

    with pytest.raises(NotEnoughRoom, match="199 MB left; the last 200 MB are never filled"):
        desk.download(jobs=2)

    assert desk.files() == {}
    assert demo.milestones.bytes < LARGE_BYTES


def test_ctrl_c_keeps_every_part_and_the_next_run_fetches_the_rest(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, large: bytes
) -> None:
    drive.find("/large.mp4").paced_bytes_per_second = 20_000_000
    demo.when_bytes_served(5_000_000, desk.stop)

    with pytest.raises(Stopped):
        desk.download()
    served_before = demo.milestones.bytes
    here = sum(
        int(line.split()[2])
        for path in desk.downloads.glob(".partial/*.parts")
        for line in path.read_text().splitlines()
    )
    drive.find("/large.mp4").paced_bytes_per_second = None
    result = desk.download()

    assert here > 1_000_000  # what was served and is not here was still on its way
    assert (result.exit_code, desk.files(), desk.partials()) == (0, {"large.mp4": large}, [])
    assert demo.milestones.bytes - served_before <= LARGE_BYTES - here + 16 * 600_000


def test_a_file_without_quick_xor_hash_comes_in_one_stream(demo: FaultyServer, desk: Desk, large: bytes) -> None:
    demo.withhold_hashes()
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.files() == {"large.mp4": large}
    assert _ranges(demo) == []
