"""Speaking to Graph: what is asked again, what stops, and that the bearer goes nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from onedrive.errors import ConnectionLost, OneDriveError, ServiceRefused, ServiceUnusable, SignInNeeded
from onedrive.graph.session import (
    BatchReply,
    GraphSession,
    read_page,
    refusal_from_body,
)
from onedrive.net.client import HttpClient
from onedrive.net.patience import MOST_FAULTS, SharedPause
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.wire import Reply
from tests.conftest import FakeClock, FixedToken
from tests.faults.line import Fault
from tests.faults.server import FaultyServer

ROOT = "/me/drive/root"


@pytest.fixture
def five_files(drive: DemoDrive) -> list[str]:
    names = ["a", "b", "c", "d", "e"]
    for name in names:
        drive.add_file(f"/{name}", b"x")
    return names


@pytest.mark.parametrize(
    ("seconds", "how"),
    [(7, {}), (7, {"as_date": True}), (3360, {"code": "accessDenied"})],  # throttling under another name
)
def test_throttling_pauses_as_long_as_the_service_asks(
    graph: GraphSession, demo: FaultyServer, clock: FakeClock, seconds: int, how: dict[str, Any]
) -> None:
    clock.seconds = demo.clock.now()
    demo.throttle_next(seconds=seconds, **how)

    graph.get(ROOT)

    assert clock.waits == [pytest.approx(seconds, abs=1.5 if how.get("as_date") else 0.01)]


def test_throttling_without_retry_after_waits_longer_each_time(
    graph: GraphSession, demo: FaultyServer, clock: FakeClock
) -> None:
    demo.throttle_next(times=3)

    graph.get(ROOT)

    assert len(clock.waits) == 3
    assert clock.waits[0] < clock.waits[1] < clock.waits[2]


@pytest.mark.parametrize(
    "trouble",
    [
        *(partial(FaultyServer.fail_next, status=status) for status in (500, 502, 504, 408)),
        partial(FaultyServer.fail_next, status=503, html=True),
        FaultyServer.reset_next,
        FaultyServer.html_page_next,
        partial(FaultyServer.cut_body_next, after_bytes=20, on="graph"),
    ],
)
def test_passing_trouble_is_asked_again(
    graph: GraphSession, demo: FaultyServer, clock: FakeClock, trouble: Callable[..., None]
) -> None:
    trouble(demo, times=2)

    assert "id" in graph.get(ROOT)
    assert len(clock.waits) == 2


@pytest.mark.parametrize(
    ("trouble", "error", "words"),
    [
        (partial(FaultyServer.fail_next, status=500), ServiceRefused, r"500"),
        (FaultyServer.reset_next, ConnectionLost, r"graph\.microsoft\.com was lost"),
        (FaultyServer.html_page_next, ServiceUnusable, r"(?s)not the JSON.*a web page.*hotel.*Open any page"),
        (
            partial(FaultyServer.fail_next, status=302, html=True),
            ServiceUnusable,
            r"(?s)a web page.*hotel.*Open any page",
        ),
        (partial(FaultyServer.fail_next, status=511, html=True), ConnectionLost, r"(?s)sign in to it.*Open any page"),
    ],
)
def test_trouble_that_stays_is_named_in_the_end(
    graph: GraphSession, demo: FaultyServer, trouble: Callable[..., None], error: type[OneDriveError], words: str
) -> None:
    trouble(demo, times=None)

    with pytest.raises(error) as caught:
        graph.get(ROOT)

    assert re.search(words, f"{caught.value.sentence} {caught.value.hint}")
    assert len(demo.requests) == MOST_FAULTS


def test_a_page_without_items_is_not_an_empty_folder() -> None:
    with pytest.raises(ServiceUnusable):
        read_page({"@odata.context": "x"})


def test_a_revoked_token_is_renewed_once_and_the_same_request_goes_on(
    graph: GraphSession, demo: FaultyServer, tokens: FixedToken
) -> None:
    demo.revoke_access_tokens()

    assert "id" in graph.get(ROOT)
    assert tokens.renewals == 1


class UselessToken(FixedToken):
    """Renewals work, and Graph accepts none of the tokens."""

    def renew_access_token(self, rejected: str) -> str:
        self.renewals += 1
        self.token = f"useless {self.renewals}"
        return self.token


def test_a_token_that_no_renewal_mends_ends_in_a_sign_in(
    http: HttpClient, demo: FaultyServer, pause: SharedPause
) -> None:
    tokens = UselessToken(demo)
    demo.revoke_access_tokens()

    with pytest.raises(SignInNeeded, match="no longer accepts the sign-in"):
        GraphSession(http, tokens, pause).get(ROOT)
    assert tokens.renewals == 1


def test_a_hiccup_of_the_service_about_tokens_costs_no_renewal(
    graph: GraphSession, demo: FaultyServer, tokens: FixedToken
) -> None:
    demo.fail_next(401, times=2)  # "Unable to initialize RPS" (GRAPH_FACTS §3.6)

    assert "id" in graph.get(ROOT)
    assert tokens.renewals == 0


def test_what_graph_refuses_is_said_with_its_codes(graph: GraphSession) -> None:
    with pytest.raises(ServiceRefused) as caught:
        graph.get("/me/drive/items/F09000000CFEA42!s3f1d")

    assert (caught.value.status, caught.value.code) == (404, "itemNotFound")
    assert caught.value.request_id


def test_nested_error_codes_are_found() -> None:
    error: dict[str, object] = {
        "code": "a", "innererror": {"code": "b", "innerError": {"code": "c", "request-id": "r"}}
    }  # fmt: skip

    refusal = refusal_from_body(400, error)

    assert (refusal.code, refusal.inner_codes, refusal.request_id) == ("a", ("b", "c"), "r")


@pytest.mark.parametrize("said", ["Bearer EwSECRET", "x?tempauth=SECRET", "\x1b]0;SECRET\x07", "x" * 5_000])
def test_an_id_of_a_request_is_quoted_as_all_that_the_service_says(said: str) -> None:
    refusal = BatchReply(500, {"Request-Id": said}, {}).refusal

    assert "EwSECRET" not in refusal.sentence
    assert "=SECRET" not in refusal.sentence
    assert "\x1b" not in refusal.sentence
    assert len(refusal.sentence) < 500


def test_a_batch_answers_in_the_order_of_its_questions_and_notes_what_is_refused(
    http: HttpClient, tokens: FixedToken, clock: FakeClock, five_files: list[str]
) -> None:
    noted: list[str] = []
    graph = GraphSession(http, tokens, SharedPause(lambda _: None, clock=clock, note=noted.append))

    replies = graph.batch([f"/me/drive/root:/{name}?$select=id,name" for name in [*five_files, "gone"]])

    assert [reply.body.get("name") for reply in replies[:-1]] == five_files
    assert [reply.status for reply in replies] == [200] * 5 + [404]
    assert len(noted) == 1
    assert noted[0].startswith("GET graph.microsoft.com, in a batch: 404")


@pytest.mark.parametrize("status", [403, 412, 423, 429, 500, 503, None])
def test_what_changes_something_is_sent_once_whatever_comes_back_or_nothing(
    graph: GraphSession, demo: FaultyServer, five_files: list[str], status: int | None
) -> None:
    if status:
        demo.fail_next(status, on="writes", times=None)
        assert graph.send_once("DELETE", f"/me/drive/items/{five_files[0]}").status == status
    else:
        demo.lose_answers()
        with pytest.raises(ConnectionLost):
            graph.send_once("DELETE", f"/me/drive/items/{five_files[0]}")

    assert [seen.method for seen in demo.requests] == ["DELETE"]


def test_what_changes_something_is_not_sent_again_even_when_the_token_is_refused(
    graph: GraphSession, tokens: FixedToken, demo: FaultyServer, drive: DemoDrive, five_files: list[str]
) -> None:
    demo.expire_access_tokens()
    demo.requests.clear()

    reply = graph.send_once("DELETE", f"/me/drive/items/{drive.find(five_files[0]).id}")

    assert [seen.status for seen in demo.requests] == [401]
    assert reply.status == 401
    assert tokens.renewals == 0


def test_the_content_address_is_a_redirect_that_is_not_followed(
    graph: GraphSession, demo: FaultyServer, drive: DemoDrive, five_files: list[str]
) -> None:
    address = graph.read_content_address(f"/me/drive/items/{drive.find('/a').id}/content")

    assert address.startswith("https://my.microsoftpersonalcontent.com/")
    assert {seen.host for seen in demo.requests} == {"graph.microsoft.com"}


def test_credentials_of_netrc_go_to_no_host_and_graph_hears_who_we_are(
    graph: GraphSession, http: HttpClient, demo: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    graph.get(ROOT)
    http.send("GET", "https://my.microsoftpersonalcontent.com/x").close()
    http.session.get("https://login.microsoftonline.com/common/oauth2/v2.0/authorize")

    sent = [seen.headers.get("Authorization") or "" for seen in demo.requests]
    assert sent[0].startswith("Bearer ")
    assert set(sent[1:]) == {""}
    headers = demo.requests[0].headers
    assert (headers.get("User-Agent") or "").startswith("NONISV|")
    assert headers.get("client-request-id")


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b'{"a":' * 50_000, b'{"value": ' + b"9" * 5000 + b"}", b"\xed\xa0\x80", b"\xff\xfe{}"],
    ids=["deep lists", "deep objects", "a number without end", "half a pair", "no text"],
)
def test_json_that_no_reader_takes_is_a_sentence(graph: GraphSession, demo: FaultyServer, body: bytes) -> None:
    demo.fault_line.add(Fault(lambda _request, _answer: Reply(200, {}, body), "graph", times=None))

    with pytest.raises(ServiceUnusable, match="not the JSON"):
        graph.get("/me/drive")
