"""The pretend download hosts over sockets: ranges, expiry, altered URLs, no Authorization, pacing."""

from __future__ import annotations

import time

import pytest

from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.pretend.demo_asks import Asks

BYTES = bytes(range(256)) * 300
NAME, ESCAPED = "/100% größe.jpg", "/100%25%20gr%C3%B6%C3%9Fe.jpg"


@pytest.fixture(params=["new", "old", "business"])
def drive(request: pytest.FixtureRequest) -> DemoDrive:
    drive = DemoDrive(request.param)
    drive.add_file(NAME, BYTES)
    drive.add_file("/empty.txt", b"")
    return drive


@pytest.fixture
def url(asks: Asks) -> str:
    return asks.url_of(ESCAPED)


def test_the_whole_file_comes_with_its_facts(asks: Asks, url: str, drive: DemoDrive) -> None:
    answered, empty = asks.get(url), asks.get(asks.url_of("/empty.txt"))

    assert (answered.status, answered.body) == (200, BYTES)
    assert answered.headers["etag"].strip('"') == drive.find(NAME).etag.strip('"')
    assert answered.headers["accept-ranges"] == "bytes"
    assert answered.headers["content-type"] == "image/jpeg"
    assert "filename*=UTF-8''100%25%20gr%C3%B6%C3%9Fe.jpg" in answered.headers["content-disposition"]
    assert (empty.status, empty.headers["content-length"]) == (200, "0")
    assert asks.get(asks.url_of("/empty.txt"), Range="bytes=0-").status == 416
    assert asks.send("HEAD", url).status == 405


@pytest.mark.parametrize(
    ("wanted", "status", "start", "stop"),
    [
        ("bytes=0-0", 206, 0, 1),
        ("bytes=70000-", 206, 70000, 76800),
        ("bytes=100-65700", 206, 100, 65701),
        ("bytes=-5", 206, 76795, 76800),
        ("bytes=76799-99999", 206, 76799, 76800),
        *((behind, 416, 0, 0) for behind in ("bytes=76800-", "bytes=99999-100000")),
        *((no_range, 200, 0, 76800) for no_range in ("bytes=1-2,4-5", "lines=1-2", "bytes=-", "bytes=5-3")),
    ],
)
def test_a_range_is_answered_with_206_and_416_behind_the_end(
    asks: Asks, url: str, wanted: str, status: int, start: int, stop: int
) -> None:
    answered = asks.get(url, Range=wanted)

    said = {206: f"bytes {start}-{stop - 1}/76800", 416: "bytes */76800", 200: None}[status]
    assert (answered.status, answered.body) == (status, BYTES[start:stop])
    assert answered.headers.get("content-range") == said


def test_a_range_counts_only_while_the_file_is_the_one_that_the_client_knows(asks: Asks, url: str) -> None:
    known = asks.get(url).headers

    same = [asks.get(url, Range="bytes=0-0", If_Range=known[name]) for name in ("etag", "last-modified")]
    other = asks.get(url, Range="bytes=0-0", If_Range='"another"')

    assert [answered.status for answered in same] == [206, 206]
    assert (other.status, other.body) == (200, BYTES)


def test_any_authorization_is_refused_unless_it_is_overlooked_as_it_once_was(
    asks: Asks, url: str, demo: FaultyServer
) -> None:
    for authorization in ("Bearer x", "Basic eDp5", "anything"):
        answered = asks.get(url, Authorization=authorization)
        assert (answered.status, answered.headers["content-type"][:9]) == (401, "text/html")

    demo.files.refuses_bearer = False

    assert asks.get(url, Authorization="Bearer x").status == 200


def test_urls_live_an_hour_or_until_they_are_expired(asks: Asks, url: str, demo: FaultyServer) -> None:
    demo.clock.advance(3590)
    assert asks.get(url).status == 200
    demo.clock.advance(20)
    assert asks.get(url).status == 401
    asks.token = demo.issue_token()
    fresh = asks.url_of(ESCAPED)
    assert asks.get(fresh).status == 200
    demo.expire_download_urls()
    assert [asks.get(fresh).status, asks.get(asks.url_of(ESCAPED)).status] == [401, 200]


def test_an_altered_url_is_refused_and_more_parameters_do_no_harm(asks: Asks, url: str) -> None:
    path, _, query = url.partition("?")
    altered = [url.replace("tempauth=v1e.", "tempauth=v1e.A"), path + "?" + "&".join(reversed(query.split("&")))]

    for other in altered if query else [url.replace("/y4m", "/y4mA")]:
        assert asks.get(other).status == 401
    assert asks.get(url + ("&" if query else "?") + "AVOverride=1").status == 200


def test_an_old_url_serves_what_is_there_now(asks: Asks, url: str, drive: DemoDrive) -> None:
    before, item = asks.get(url).headers["etag"], drive.find(NAME)
    drive.change_content(item, b"now")

    after = asks.get(url)
    item.facets["malware"] = {}
    infected = asks.get(url)
    drive.delete(item)

    assert after.body == b"now"
    assert after.headers["etag"] != before
    assert (infected.status, "x-virus-infected" in infected.headers) == (403, True)
    assert asks.get(url).status == 404


def test_a_paced_file_takes_its_time_over_all_connections() -> None:
    drive = DemoDrive()
    item = drive.add_generated_file("/big.bin", 200_000, paced_bytes_per_second=1_000_000)
    with FaultyServer(drive) as demo:
        asks = Asks(demo)
        url, began = asks.url_of("/big.bin"), time.monotonic()

        body = asks.get(url).body

    assert item.content is not None
    assert body == item.content.read(0, 200_000)
    assert time.monotonic() - began > 0.15
