"""Large files that come in parts over several connections, and what the file host does wrong meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from onedrive.errors import Stopped
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.reply import Timeouts
from pretend_onedrive.model.content import GeneratedContent
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.wire import Reply, Request
from tests.conftest import FakeClock
from tests.desk import Desk
from tests.faults.effects import Answer
from tests.faults.line import Fault
from tests.faults.server import FaultyServer
from tests.transfer.test_transfer import LASTING_FAULTS, PASSING_FAULTS, Spoil

SIZE = 9_000_000
# Fewer bytes than one part has: whichever connection is quickest, some part is asked for after the change.
CHANGE_BYTES = 1_500_000
LASTING: dict[str, tuple[Spoil, str]] = {
    **LASTING_FAULTS,
    "corrupt always": (lambda demo: demo.corrupt_next("/bad.bin", offset=1000, times=None), "not what it lists"),
    "short always": (lambda demo: demo.short_body_next(1000, times=None, path="/bad.bin"), "was lost"),
}


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts as small as tests need them."""
    for module in ("partial", "fetch"):
        monkeypatch.setattr(f"onedrive.transfer.{module}.PART_BYTES", 2_000_000)
    monkeypatch.setattr("onedrive.transfer.partial.LEAST_SHARE_BYTES", 300_000)


@pytest.fixture
def http(demo: FaultyServer) -> Iterator[HttpClient]:
    timeouts = Timeouts(connect_seconds=2, silence_seconds=0.4, body_seconds=3, slow_seconds=0.5)
    client = HttpClient(demo_port=demo.port, timeouts=timeouts)
    yield client
    client.close()


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer) -> Desk:
    return Desk(home, graph, http, demo)


@pytest.fixture
def big(drive: DemoDrive, desk: Desk) -> bytes:
    drive.add_generated_file("/big.mp4", size=SIZE)
    desk.list_drive()
    return GeneratedContent(SIZE).read(0, SIZE)


def _ranges(demo: FaultyServer) -> list[tuple[int, int]]:
    found = (re.fullmatch(r"bytes=(\d+)-(\d+)", seen.headers.get("Range") or "") for seen in demo.requests)
    return sorted((int(match[1]), int(match[2]) + 1) for match in found if match)


def test_one_large_file_comes_over_several_connections_each_byte_once(
    demo: FaultyServer, desk: Desk, big: bytes, drive: DemoDrive
) -> None:
    drive.find("/big.mp4").paced_bytes_per_second = 20_000_000

    assert desk.download().exit_code == 0
    assert desk.files() == {"big.mp4": big}
    assert desk.verified() == {"/big.mp4": "hash"}
    assert desk.partials() == []
    ranges = _ranges(demo)
    assert len(ranges) > 4
    assert ranges[0][0] == 0
    assert demo.milestones.bytes < SIZE + len(ranges) * 600_000


@pytest.mark.parametrize("fault", PASSING_FAULTS)
def test_a_passing_fault_spoils_no_part(demo: FaultyServer, desk: Desk, big: bytes, fault: str) -> None:
    PASSING_FAULTS[fault](demo)

    result = desk.download()

    assert desk.errors() == {}
    assert (result.exit_code, desk.files()) == (0, {"big.mp4": big})
    assert desk.partials() == []
    assert not any("Authorization" in seen.headers for seen in demo.requests if seen.host != "graph.microsoft.com")


@pytest.mark.parametrize("fault", LASTING)
def test_a_lasting_fault_is_named_and_what_came_is_kept(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, fault: str
) -> None:
    drive.add_generated_file("/bad.bin", size=SIZE)
    drive.add_file("/good.bin", b"good")
    desk.list_drive()
    spoil, words = LASTING[fault]
    spoil(demo)

    result = desk.download()
    errors = desk.errors()
    demo.be_well()
    after = desk.download()

    assert result.exit_code == 3
    assert list(errors) == ["/bad.bin"]
    assert words in errors["/bad.bin"]
    assert (after.exit_code, desk.errors(), desk.partials()) == (0, {}, [])
    assert desk.files()["bad.bin"] == GeneratedContent(SIZE).read(0, SIZE)


def test_a_server_that_knows_no_ranges_gives_the_file_in_one_stream(demo: FaultyServer, desk: Desk, big: bytes) -> None:
    demo.ignore_range_next(times=None)

    assert desk.download().exit_code == 0
    assert desk.files() == {"big.mp4": big}


def test_ranges_that_are_always_wrong_end_in_one_stream(demo: FaultyServer, desk: Desk, big: bytes) -> None:
    demo.wrong_content_range_next(times=7)

    assert desk.download().exit_code == 0
    assert desk.files() == {"big.mp4": big}


def test_a_stall_of_one_part_holds_up_no_other(demo: FaultyServer, desk: Desk, big: bytes) -> None:
    demo.stall_next(1.5, after_bytes=200_000)

    assert desk.download().exit_code == 0
    assert desk.files() == {"big.mp4": big}


def test_a_change_in_mid_download_never_mixes_two_versions(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, big: bytes
) -> None:
    other = bytes(reversed(big))
    demo.when_bytes_served(CHANGE_BYTES, lambda: drive.change_content(drive.find("/big.mp4"), other))
    demo.when_bytes_served(CHANGE_BYTES, demo.expire_download_urls)
    drive.find("/big.mp4").paced_bytes_per_second = 20_000_000

    assert desk.download().exit_code == 0
    assert desk.files() == {"big.mp4": other}


@pytest.mark.parametrize("addresses", ["addresses stay good", "addresses expire"])
def test_the_new_version_of_a_changed_file_comes_in_parts_again(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, big: bytes, addresses: str
) -> None:
    other = big[::-1]
    after: list[int] = []

    def change() -> None:
        after.append(len(demo.requests))
        drive.change_content(drive.find("/big.mp4"), other)
        if addresses == "addresses expire":
            demo.expire_download_urls()

    demo.when_bytes_served(CHANGE_BYTES, change)
    drive.find("/big.mp4").paced_bytes_per_second = 20_000_000

    assert desk.download().exit_code == 0
    assert desk.files() == {"big.mp4": other}
    later = [seen.headers.get("Range") or "none" for seen in demo.requests[after[0] :] if "graph" not in seen.host]
    assert all(re.fullmatch(r"bytes=\d+-\d+", asked) for asked in later)
    assert desk.fetched() < 60


@pytest.mark.parametrize("kept_bytes", [0, 1000, 100_000])
def test_answers_that_are_always_shorter_than_asked_are_counted_and_spaced_out(
    demo: FaultyServer, desk: Desk, big: bytes, clock: FakeClock, kept_bytes: int
) -> None:
    def shorten(_request: Request, answer: Answer) -> Reply:
        reply = answer()
        if reply.status == 206:
            first, last, total = map(int, re.findall(r"\d+", reply.headers["Content-Range"]))
            if last >= SIZE - 1_000_000:
                reply.body = reply.whole_body()[:kept_bytes]
                reply.headers["Content-Range"] = f"bytes {first}-{max(first, first + kept_bytes - 1)}/{total}"
        return reply

    demo.fault_line.add(Fault(shorten, "files", "/big.mp4", None))

    result = desk.download()

    assert desk.fetched() < 80
    assert desk.fetched() <= len(clock.waits) + 20
    if kept_bytes < 100_000:
        assert (result.exit_code, list(desk.errors())) == (3, ["/big.mp4"])
    else:
        assert (result.exit_code, desk.files()) == (0, {"big.mp4": big})


def test_a_wrong_listed_size_does_not_matter(drive: DemoDrive, demo: FaultyServer, desk: Desk, big: bytes) -> None:
    for wrong in (SIZE - 700_000, SIZE + 5_000_000):
        demo.wrong_listed_size("/big.mp4", wrong)
        desk.list_drive()
        drive.touch(drive.find("/big.mp4"))

        assert desk.download().exit_code == 0
        assert desk.files() == {"big.mp4": big}
        (desk.downloads / "big.mp4").unlink()


def test_ctrl_c_keeps_every_part_and_the_next_run_fetches_the_rest(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, big: bytes
) -> None:
    drive.find("/big.mp4").paced_bytes_per_second = 20_000_000
    demo.when_bytes_served(5_000_000, desk.stop)

    with pytest.raises(Stopped):
        desk.download()
    served_before = demo.milestones.bytes
    here = sum(
        int(line.split()[2])
        for path in desk.downloads.glob(".partial/*.parts")
        for line in path.read_text().splitlines()
    )
    drive.find("/big.mp4").paced_bytes_per_second = None
    result = desk.download()

    assert here > 3_000_000
    assert (result.exit_code, desk.files(), desk.partials()) == (0, {"big.mp4": big}, [])
    assert demo.milestones.bytes - served_before <= SIZE - here + 16 * 600_000


def test_a_file_without_quick_xor_hash_comes_in_one_stream(demo: FaultyServer, desk: Desk, big: bytes) -> None:
    demo.withhold_hashes()
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.files() == {"big.mp4": big}
    assert _ranges(demo) == []
