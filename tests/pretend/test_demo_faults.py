"""Faults of the pretend OneDrive: each does what its name says, as often as it says, and to whom it says."""

from __future__ import annotations

import gzip
import http.client
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import pytest

from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.pretend.demo_asks import GRAPH, LOGIN, Asks

ROOT = f"{GRAPH}/me/drive/root/children"
BYTES = bytes(range(256)) * 100


@pytest.fixture
def drive() -> DemoDrive:
    drive = DemoDrive()
    drive.add_file("/a.bin", BYTES)
    drive.add_file("/b.bin", BYTES)
    drive.add_folder("/F")
    return drive


@pytest.fixture
def demo(drive: DemoDrive) -> Iterator[FaultyServer]:
    with FaultyServer(drive) as server:
        yield server


@pytest.fixture
def asks(demo: FaultyServer) -> Asks:
    return Asks(demo)


def test_throttling_says_how_long_as_often_as_it_was_told(demo: FaultyServer, asks: Asks) -> None:
    demo.throttle_next(2, seconds=7)

    answers = [asks.get(ROOT) for _ in range(3)]

    assert [answer.status for answer in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "7"
    assert answers[0].error == "activityLimitReached"
    assert answers[0].json["error"]["innerError"]["code"] == "throttledRequest"


def test_throttling_may_say_no_time_or_a_date_or_another_code(demo: FaultyServer, asks: Asks) -> None:
    demo.throttle_next()
    demo.throttle_next(seconds=60, as_date=True)
    demo.throttle_next(seconds=3360, code="accessDenied")
    demo.throttle_next(seconds=1, status=503)

    silent, dated, misnamed, unavailable = (asks.get(ROOT) for _ in range(4))

    assert "retry-after" not in silent.headers
    assert 50 < parsedate_to_datetime(dated.headers["retry-after"]).timestamp() - time.time() < 61
    assert (misnamed.status, misnamed.error) == (429, "accessDenied")
    assert misnamed.json["error"]["message"] == "Too Many Requests"
    assert (unavailable.status, unavailable.headers["retry-after"]) == (503, "1")


def test_the_file_host_throttles_in_html_and_the_token_endpoint_in_its_own_words(
    demo: FaultyServer, asks: Asks
) -> None:
    url = asks.url_of("/a.bin")
    demo.throttle_next(seconds=5, on="files")
    demo.throttle_next(seconds=5, on="token")
    demo.fail_next(503, on="sign_in")

    file, token = asks.get(url), asks.post_form(f"{LOGIN}/consumers/oauth2/v2.0/token", a="b")
    page = asks.get(f"{LOGIN}/consumers/v2.0/.well-known/openid-configuration")

    assert (file.status, file.headers["retry-after"], file.headers["content-type"][:9]) == (429, "5", "text/html")
    assert (token.status, token.json["error"]) == (429, "temporarily_unavailable")
    assert page.status == 503


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 410, 412, 423, 500, 502, 503, 504, 507, 509, 418])
def test_any_status_comes_with_a_body_that_fits(demo: FaultyServer, asks: Asks, status: int) -> None:
    demo.fail_next(status)

    answered = asks.get(ROOT)

    assert answered.status == status
    assert answered.error
    assert asks.get(ROOT).status == 200


def test_a_failure_can_be_html_or_have_a_code_of_ones_own(demo: FaultyServer, asks: Asks) -> None:
    demo.fail_next(503, html=True)
    demo.fail_next(404, code="syncStateNotFound", inner_code="x", retry_after="2")

    page, coded = asks.get(ROOT), asks.get(ROOT)

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


def test_a_fault_at_an_unknown_kind_of_host_is_a_mistake(demo: FaultyServer) -> None:
    with pytest.raises(ValueError, match="no kind of host"):
        demo.fail_next(500, on="graf")


def test_a_refused_change_is_not_carried_out(demo: FaultyServer, drive: DemoDrive) -> None:
    writes = Asks(demo, "Files.ReadWrite")
    demo.throttle_next(seconds=1)

    assert writes.send("DELETE", f"{GRAPH}/me/drive/items/{drive.find('/a.bin').id}").status == 429
    assert drive.find("/a.bin").parent is drive.root


def test_the_connection_is_reset_before_the_answer(demo: FaultyServer, asks: Asks) -> None:
    demo.reset_next()

    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        asks.get(ROOT)
    assert asks.get(ROOT).status == 200


@pytest.mark.parametrize("by_reset", [False, True])
def test_the_body_is_cut(demo: FaultyServer, asks: Asks, by_reset: bool) -> None:
    url = asks.url_of("/a.bin")
    demo.cut_body_next(1000, by_reset=by_reset)

    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)) as caught:
        asks.get(url)
    if isinstance(caught.value, http.client.IncompleteRead):
        assert len(caught.value.partial) == 1000


def test_half_a_page_is_whole_http(demo: FaultyServer, asks: Asks) -> None:
    demo.half_page_next()

    answered = asks.get(ROOT)

    assert answered.status == 200
    assert len(answered.body) == int(answered.headers["content-length"])
    with pytest.raises(ValueError, match=r"."):
        _ = answered.json


def test_an_html_page_comes_with_200(demo: FaultyServer, asks: Asks) -> None:
    demo.html_page_next(on="files")

    answered = asks.get(asks.url_of("/a.bin"))

    assert (answered.status, answered.headers["content-type"][:9]) == (200, "text/html")


def test_a_short_body_agrees_with_its_length(demo: FaultyServer, asks: Asks) -> None:
    demo.short_body_next(100)

    answered = asks.get(asks.url_of("/a.bin"))

    assert answered.body == BYTES[:-100]
    assert int(answered.headers["content-length"]) == len(BYTES) - 100


@pytest.mark.parametrize("after_bytes", [0, 500])
def test_a_stall_is_silence_for_a_while(demo: FaultyServer, asks: Asks, after_bytes: int) -> None:
    url = asks.url_of("/a.bin")
    demo.stall_next(0.2, after_bytes=after_bytes)
    began = time.monotonic()

    assert asks.get(url).body == BYTES
    assert time.monotonic() - began >= 0.2


def test_dripping_sends_a_few_bytes_at_a_time(demo: FaultyServer, asks: Asks) -> None:
    url = asks.url_of("/a.bin")
    demo.drip_next(1000)
    began = time.monotonic()

    asks.get(url, Range="bytes=0-199")

    assert 0.15 < time.monotonic() - began < 1


def test_one_byte_is_corrupt_once_or_always_wherever_the_range_begins(demo: FaultyServer, asks: Asks) -> None:
    url = asks.url_of("/a.bin")
    demo.corrupt_next("/a.bin")
    spoiled = asks.get(url).body
    assert sum(left != right for left, right in zip(spoiled, BYTES, strict=True)) == 1
    assert asks.get(url).body == BYTES

    demo.corrupt_next("/a.bin", offset=600, times=None)

    assert asks.get(url).body[600] != BYTES[600]
    assert asks.get(url, Range="bytes=590-610").body[10] != BYTES[600]
    assert asks.get(url, Range="bytes=601-700").body == BYTES[601:701]


def test_ranges_are_answered_wrongly(demo: FaultyServer, asks: Asks) -> None:
    url = asks.url_of("/a.bin")
    demo.wrong_content_range_next()
    demo.ignore_range_next()

    wrong, whole = asks.get(url, Range="bytes=5-9"), asks.get(url, Range="bytes=5-9")

    assert (wrong.status, wrong.headers["content-range"]) == (206, "bytes 6-10/25601")
    assert (whole.status, whole.body) == (200, BYTES)


def test_gzip_comes_though_it_was_not_asked_for(demo: FaultyServer, asks: Asks) -> None:
    url = asks.url_of("/a.bin")
    demo.gzip_despite_identity_next()

    answered = asks.get(url, Accept_Encoding="identity")

    assert answered.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answered.body) == BYTES


def test_without_a_length_the_connection_ends_the_body(demo: FaultyServer, asks: Asks) -> None:
    url = asks.url_of("/a.bin")
    demo.no_content_length_next()

    answered = asks.get(url)

    assert answered.body == BYTES
    assert "content-length" not in answered.headers


def test_files_are_redirected_elsewhere(demo: FaultyServer, asks: Asks) -> None:
    url = asks.url_of("/a.bin")
    demo.redirect_files_to("evil.example")

    answered = asks.get(url)

    assert answered.status == 302
    assert answered.headers["location"].startswith("https://evil.example/personal/")


def test_urls_are_refused_with_another_status(demo: FaultyServer, asks: Asks) -> None:
    url = asks.url_of("/a.bin")
    demo.refuse_download_urls_next(410)

    assert asks.get(url).status == 410


def test_the_next_link_repeats_for_ever(demo: FaultyServer, asks: Asks) -> None:
    demo.repeat_next_link()

    first = asks.get(f"{ROOT}?$top=2").json
    second = asks.get(first["@odata.nextLink"]).json

    assert first["@odata.nextLink"] == second["@odata.nextLink"]
    assert "@odata.deltaLink" not in asks.get(f"{GRAPH}/me/drive/root/delta").json


def test_the_next_link_leads_to_a_foreign_host(demo: FaultyServer, asks: Asks) -> None:
    demo.foreign_next_link("evil.example")

    assert asks.get(ROOT).json["@odata.nextLink"].startswith("https://evil.example/")


def test_items_come_twice(demo: FaultyServer, asks: Asks) -> None:
    demo.duplicate_items("/")

    assert asks.names(ROOT) == ["a.bin", "a.bin", "b.bin", "b.bin", "F", "F"]


def test_a_page_is_empty_and_the_rest_comes_later(demo: FaultyServer, asks: Asks) -> None:
    demo.empty_pages()

    pages = asks.pages(ROOT)

    assert [len(page["value"]) for page in pages] == [0, 3]


def test_the_drive_lists_what_is_not_so(demo: FaultyServer, asks: Asks) -> None:
    demo.wrong_listed_size("/a.bin", 7)
    demo.lose_facets("/F")
    demo.unreadable_folder("/F")

    shown = {item["name"]: item for item in asks.items(f"{ROOT}?$select=name,size,folder,file,id")}

    assert shown["a.bin"]["size"] == 7
    assert not {"folder", "file"} & set(shown["F"])
    assert asks.get(f"{GRAPH}/me/drive/items/{shown['F']['id']}/children").error == "accessDenied"
    demo.withhold_hashes()
    assert all(item["file"]["hashes"] == {} for item in asks.items(ROOT) if "file" in item)


def test_milestones_call_at_the_byte_and_at_the_page(demo: FaultyServer, asks: Asks) -> None:
    url, called = asks.url_of("/a.bin"), list[str]()
    demo.when_bytes_served(30_000, lambda: called.append("bytes"))
    demo.when_pages_served(2, lambda: called.append("pages"))

    asks.get(url)
    asks.get(ROOT)
    assert called == []
    asks.get(url)
    asks.get(ROOT)
    asks.get(ROOT)

    assert called == ["bytes", "pages"]


def test_a_milestone_is_reached_before_the_next_byte_goes_out(demo: FaultyServer, asks: Asks) -> None:
    url, sent = asks.url_of("/a.bin"), list[int]()
    demo.when_bytes_served(10_000, lambda: sent.append(demo.milestones.bytes))

    asks.get(url)

    assert sent == [10_000]


def test_every_request_is_delayed(demo: FaultyServer, asks: Asks) -> None:
    demo.delay_requests(0.1)
    began = time.monotonic()

    asks.get(ROOT)

    assert time.monotonic() - began >= 0.1
