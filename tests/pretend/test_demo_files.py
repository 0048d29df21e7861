"""The pretend download hosts over sockets: ranges, expiry, altered URLs, no Authorization, pacing."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.pretend.demo_asks import Asks

BYTES = bytes(range(256)) * 300


@pytest.fixture(params=["new", "old", "business"])
def drive(request: pytest.FixtureRequest) -> DemoDrive:
    kind = request.param
    drive = DemoDrive("old" if kind == "old" else "new", drive_type="business" if kind == "business" else "personal")
    drive.add_file("/100% größe.jpg", BYTES)
    drive.add_file("/empty.txt", b"")
    return drive


@pytest.fixture
def demo(drive: DemoDrive) -> Iterator[FaultyServer]:
    with FaultyServer(drive) as server:
        yield server


@pytest.fixture
def asks(demo: FaultyServer) -> Asks:
    return Asks(demo)


@pytest.fixture
def url(asks: Asks) -> str:
    return asks.url_of("/100%25%20gr%C3%B6%C3%9Fe.jpg")


def test_the_whole_file_comes_with_its_facts(asks: Asks, url: str, drive: DemoDrive) -> None:
    answered = asks.get(url)

    assert (answered.status, answered.body) == (200, BYTES)
    assert answered.headers["etag"].strip('"') == drive.find("/100% größe.jpg").etag.strip('"')
    assert answered.headers["accept-ranges"] == "bytes"
    assert answered.headers["content-type"] == "image/jpeg"
    assert "filename*=UTF-8''100%25%20gr%C3%B6%C3%9Fe.jpg" in answered.headers["content-disposition"]


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=70000-", 70000, 76800),
        ("bytes=100-65700", 100, 65701),
        ("bytes=-5", 76795, 76800),
        ("bytes=76799-99999", 76799, 76800),
    ],
)
def test_a_range_is_answered_with_206(asks: Asks, url: str, wanted: str, start: int, stop: int) -> None:
    answered = asks.get(url, Range=wanted)

    assert (answered.status, answered.body) == (206, BYTES[start:stop])
    assert answered.headers["content-range"] == f"bytes {start}-{stop - 1}/76800"


@pytest.mark.parametrize("wanted", ["bytes=76800-", "bytes=99999-100000"])
def test_a_range_behind_the_end_is_answered_with_416(asks: Asks, url: str, wanted: str) -> None:
    answered = asks.get(url, Range=wanted)

    assert (answered.status, answered.headers["content-range"]) == (416, "bytes */76800")


@pytest.mark.parametrize("wanted", ["bytes=1-2,4-5", "lines=1-2", "bytes=-", "bytes=5-3"])
def test_what_is_no_single_range_gets_the_whole_file(asks: Asks, url: str, wanted: str) -> None:
    assert asks.get(url, Range=wanted).status == 200


def test_an_empty_file_has_no_bytes_and_no_range(asks: Asks) -> None:
    url = asks.url_of("/empty.txt")

    assert (asks.get(url).status, asks.get(url).headers["content-length"]) == (200, "0")
    assert asks.get(url, Range="bytes=0-").status == 416


@pytest.mark.parametrize("authorization", ["Bearer x", "Basic eDp5", "anything"])
def test_any_authorization_is_refused(asks: Asks, url: str, authorization: str) -> None:
    answered = asks.get(url, Authorization=authorization)

    assert answered.status == 401
    assert answered.headers["content-type"].startswith("text/html")


def test_an_authorization_may_be_overlooked_as_it_once_was(asks: Asks, url: str, demo: FaultyServer) -> None:
    demo.files.refuses_bearer = False

    assert asks.get(url, Authorization="Bearer x").status == 200


def test_urls_live_an_hour(asks: Asks, url: str, demo: FaultyServer) -> None:
    demo.clock.advance(3590)
    assert asks.get(url).status == 200

    demo.clock.advance(20)

    assert asks.get(url).status == 401


def test_expired_urls_are_refused_and_new_ones_work(asks: Asks, url: str, demo: FaultyServer) -> None:
    demo.expire_download_urls()

    assert asks.get(url).status == 401
    assert asks.get(asks.url_of("/100%25%20gr%C3%B6%C3%9Fe.jpg")).status == 200


def test_an_altered_url_is_refused(asks: Asks, url: str) -> None:
    path, _, query = url.partition("?")
    altered = [url.replace("tempauth=v1e.", "tempauth=v1e.A"), path + "?" + "&".join(reversed(query.split("&")))]

    for other in altered if query else [url.replace("/y4m", "/y4mA")]:
        assert asks.get(other).status == 401


def test_more_parameters_at_the_end_do_no_harm(asks: Asks, url: str) -> None:
    assert asks.get(url + ("&" if "?" in url else "?") + "AVOverride=1").status == 200


def test_a_deleted_file_is_not_found(asks: Asks, url: str, drive: DemoDrive) -> None:
    drive.delete(drive.find("/100% größe.jpg"))

    assert asks.get(url).status == 404


def test_an_old_url_serves_the_bytes_of_now_under_a_new_etag(asks: Asks, url: str, drive: DemoDrive) -> None:
    before = asks.get(url).headers["etag"]
    drive.change_content(drive.find("/100% größe.jpg"), b"now")

    after = asks.get(url)

    assert after.body == b"now"
    assert after.headers["etag"] != before


def test_a_file_with_malware_is_refused(asks: Asks, url: str, drive: DemoDrive) -> None:
    drive.find("/100% größe.jpg").facets["malware"] = {}

    answered = asks.get(url)

    assert answered.status == 403
    assert "x-virus-infected" in answered.headers


def test_head_is_not_promised(asks: Asks, url: str) -> None:
    assert asks.send("HEAD", url).status == 405


def test_a_live_photo_serves_other_bytes_than_listed(asks: Asks, drive: DemoDrive) -> None:
    drive.add_live_photo("/IMG.heic", listed_size=900, served=b"short")

    answered = asks.get(asks.url_of("/IMG.heic"))

    assert answered.headers["content-length"] == "5"
    assert asks.graph("/me/drive/root:/IMG.heic")["size"] == 900


def test_a_paced_file_takes_its_time_over_all_connections() -> None:
    drive = DemoDrive()
    drive.add_generated_file("/big.bin", 200_000, paced_bytes_per_second=1_000_000)
    with FaultyServer(drive) as demo:
        asks = Asks(demo)
        url, began = asks.url_of("/big.bin"), time.monotonic()

        body = asks.get(url).body

        assert body == drive.find("/big.bin").content.read(0, 200_000)  # type: ignore[union-attr]  # a file has content
        assert 0.15 < time.monotonic() - began < 2
