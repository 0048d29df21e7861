"""Faults of the pretend OneDrive: each does what its name says, as often as it says, and to whom it says."""

from __future__ import annotations

import gzip
import http.client
import time
from collections.abc import Callable

import pytest

from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.pretend.demo_asks import GRAPH, LOGIN, Answered, Asks

ROOT = f"{GRAPH}/me/drive/root/children"
BYTES = bytes(range(256)) * 100
Check = Callable[[Answered], object]


@pytest.fixture
def drive() -> DemoDrive:
    drive = DemoDrive()
    for path in ("/a.bin", "/b.bin"):
        drive.add_file(path, BYTES)
    drive.add_folder("/F")
    return drive


def test_each_kind_of_host_fails_in_its_own_words(demo: FaultyServer, asks: Asks) -> None:
    url = asks.url_of("/a.bin")
    demo.throttle_next(seconds=5, on="files")
    demo.throttle_next(seconds=5, on="token")
    demo.fail_next(503, on="sign_in")
    demo.fail_next(503, html=True)
    demo.fail_next(404, code="syncStateNotFound", inner_code="x", retry_after="2")

    file, token = asks.get(url), asks.post_form(f"{LOGIN}/consumers/oauth2/v2.0/token", a="b")
    page, coded = asks.get(ROOT), asks.get(ROOT)

    assert (file.status, file.headers["retry-after"], file.headers["content-type"][:9]) == (429, "5", "text/html")
    assert (token.status, token.json["error"]) == (429, "temporarily_unavailable")
    assert asks.get(f"{LOGIN}/consumers/v2.0/.well-known/openid-configuration").status == 503
    assert page.headers["content-type"].startswith("text/html")
    assert (coded.error, coded.json["error"]["innerError"]["code"]) == ("syncStateNotFound", "x")


def test_a_fault_for_one_item_leaves_the_others_alone(demo: FaultyServer, asks: Asks) -> None:
    first, second = asks.url_of("/a.bin"), asks.url_of("/b.bin")
    demo.fail_next(500, on="files", path="/b.bin", times=None)
    demo.fail_next(403, path="/F")

    assert [asks.get(url).status for url in (first, second, second)] == [200, 500, 500]
    assert asks.get(f"{GRAPH}/me/drive/root:/F:/children").status == 403
    demo.be_well()
    assert asks.get(second).status == 200
    with pytest.raises(ValueError, match="no kind of host"):
        demo.fail_next(500, on="graf")


@pytest.mark.parametrize(
    ("spoil", "wanted", "check"),
    [
        (lambda demo: demo.short_body_next(100), "", lambda a: a.body == BYTES[:-100] and a.says(len(BYTES) - 100)),
        (lambda demo: demo.html_page_next(on="files"), "", lambda a: a.headers["content-type"][:9] == "text/html"),
        (lambda demo: demo.no_content_length_next(), "", lambda a: a.body == BYTES and a.says(None)),
        (lambda demo: demo.gzip_despite_identity_next(), "", lambda a: gzip.decompress(a.body) == BYTES),
        (lambda demo: demo.refuse_download_urls_next(410), "", lambda a: a.status == 410),
        (
            lambda demo: demo.redirect_files_to("evil.example"),
            "",
            lambda a: (a.status, a.headers["location"][:31]) == (302, "https://evil.example/personal/0"),
        ),
        (
            lambda demo: demo.wrong_content_range_next(),
            "bytes=5-9",
            lambda a: (a.status, a.headers["content-range"]) == (206, "bytes 6-10/25601"),
        ),
        (lambda demo: demo.ignore_range_next(), "bytes=5-9", lambda a: (a.status, a.body) == (200, BYTES)),
        (lambda demo: demo.corrupt_next("/a.bin"), "", lambda a: _changed(a.body) == [12800]),
        (lambda demo: demo.corrupt_next(offset=600), "", lambda a: _changed(a.body) == [600]),
        (lambda demo: demo.corrupt_next(offset=600), "bytes=590-610", lambda a: a.body[10] != BYTES[600]),
        (lambda demo: demo.corrupt_next(offset=600), "bytes=601-700", lambda a: a.body == BYTES[601:701]),
        (lambda demo: demo.drip_next(200_000), "bytes=0-199", lambda a: a.body == BYTES[:200]),
    ],
)
def test_an_answer_of_the_file_host_is_spoiled_once(
    demo: FaultyServer, asks: Asks, spoil: Callable[[FaultyServer], object], wanted: str, check: Check
) -> None:
    url = asks.url_of("/a.bin")
    spoil(demo)

    assert check(asks.get(url, Range=wanted))
    assert asks.get(url).body == BYTES


def _changed(body: bytes) -> list[int]:
    return [place for place, (left, right) in enumerate(zip(body, BYTES, strict=True)) if left != right]


@pytest.mark.parametrize("by_reset", [False, True])
def test_the_connection_ends_before_the_answer_or_within_it(demo: FaultyServer, asks: Asks, by_reset: bool) -> None:
    url = asks.url_of("/a.bin")
    demo.reset_next()
    demo.cut_body_next(1000, by_reset=by_reset)

    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        asks.get(ROOT)
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)) as caught:
        asks.get(url)

    if isinstance(caught.value, http.client.IncompleteRead):
        assert len(caught.value.partial) == 1000
    assert (asks.get(ROOT).status, asks.get(url).status) == (200, 200)


def test_silence_lasts_as_long_as_was_said(demo: FaultyServer, asks: Asks) -> None:
    url = asks.url_of("/a.bin")
    demo.stall_next(0.1)
    demo.stall_next(0.1, after_bytes=500)
    demo.drip_next(250_000)
    for delay in (0.0, 0.0, 0.0, 0.1):
        demo.delay_requests(delay)
        began = time.monotonic()
        assert asks.get(url).body == BYTES
        assert time.monotonic() - began >= 0.1


def test_pages_lie(demo: FaultyServer, asks: Asks) -> None:
    demo.half_page_next()
    with pytest.raises(ValueError, match=r"."):
        _ = asks.get(ROOT).json
    demo.foreign_next_link("evil.example")
    assert asks.get(ROOT).json["@odata.nextLink"].startswith("https://evil.example/")
    demo.empty_pages()
    assert [len(page["value"]) for page in asks.pages(ROOT)] == [0, 3]
    demo.duplicate_items("/")
    assert asks.names(ROOT) == ["a.bin", "a.bin", "b.bin", "b.bin", "F", "F"]
    demo.be_well()
    demo.repeat_next_link()
    first = asks.get(f"{ROOT}?$top=2").json["@odata.nextLink"]
    assert asks.get(first).json["@odata.nextLink"] == first
    assert "@odata.deltaLink" not in asks.get(f"{GRAPH}/me/drive/root/delta").json


def test_milestones_call_at_the_byte_before_the_next_goes_out_and_at_the_page(demo: FaultyServer, asks: Asks) -> None:
    url, called = asks.url_of("/a.bin"), list[object]()
    demo.when_bytes_served(30_000, lambda: called.append(demo.milestones.bytes))
    demo.when_pages_served(2, lambda: called.append("pages"))

    asks.get(url)
    asks.get(ROOT)
    assert called == []
    asks.get(url)
    asks.get(ROOT)
    asks.get(ROOT)

    assert called == [30_000, "pages"]
