"""Tokens out of token.json: no request while one is valid, one renewal for all when it is not, none sent elsewhere."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from onedrive.errors import ConnectionLost, OneDriveError, ServiceUnusable, SignInNeeded
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.signin.tokens import SignInHttp
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.signin.tokens import TokenEndpoint
from tests.conftest import FakeClock
from tests.faults.effects import redirect
from tests.faults.line import Fault
from tests.faults.server import FaultyServer
from tests.signin.sign_in_scene import Seat, offline


@pytest.fixture
def signed_in(seat: Seat, clock: FakeClock) -> Seat:
    """Somebody who signed in just now; the requests for that are forgotten."""
    seat.sign_in_alone()
    clock.seconds = seat.demo.clock.now()
    clock.waits.clear()
    seat.demo.requests.clear()
    return seat


def test_a_token_is_used_while_it_is_valid_and_renewed_and_saved_when_it_ends_soon(
    signed_in: Seat, clock: FakeClock
) -> None:
    saved = signed_in.saved()
    old = saved.access_token()
    assert saved.access_token() == old
    assert not signed_in.demo.requests
    clock.seconds += 3600 - 299

    new = saved.access_token()

    assert new != old
    assert saved.access_token() == new
    assert signed_in.token_posts() == 1
    assert new in signed_in.token_json.read_text()


def test_a_token_that_was_refused_is_renewed_once_for_all_threads(signed_in: Seat) -> None:
    saved = signed_in.saved()
    refused = saved.access_token()
    start = threading.Barrier(8)

    def renew(_: int) -> str:
        start.wait()
        return saved.renew_access_token(refused)

    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(renew, range(8)))

    assert len(tokens) == 1
    assert refused not in tokens
    assert signed_in.token_posts() == 1


def test_a_run_of_many_hours_renews_each_time_the_token_ends_or_is_revoked(signed_in: Seat, clock: FakeClock) -> None:
    graph = GraphSession(signed_in.http, signed_in.saved(), signed_in.pause)
    for _ in range(4):
        graph.get("/me")
        signed_in.demo.clock.advance(3700)
        clock.seconds += 3700
    graph.get("/me")
    signed_in.demo.revoke_access_tokens()

    assert graph.get("/me/drive")["driveType"] == "personal"
    assert signed_in.token_posts() == 5
    statuses = [seen.status for seen in signed_in.demo.requests if seen.host == "graph.microsoft.com"]
    assert statuses == [200] * 5 + [401, 200]


def test_a_withdrawn_sign_in_stops_clearly_and_is_asked_for_once(signed_in: Seat, clock: FakeClock) -> None:
    signed_in.demo.revoke_refresh_tokens()
    clock.seconds += 3600
    saved = signed_in.saved()

    for _ in range(3):
        with pytest.raises(SignInNeeded) as caught:
            saved.access_token()

    assert caught.value.exit_code == 4
    assert "Choose 1 to sign in again. Lists and downloads stay as they are." in caught.value.hint
    assert signed_in.token_posts() == 1


def test_another_sign_in_meanwhile_is_used_without_a_request(signed_in: Seat) -> None:
    saved = signed_in.saved()
    first = saved.access_token()
    signed_in.sign_in_alone()
    signed_in.demo.requests.clear()

    assert saved.renew_access_token(first) != first
    assert not signed_in.demo.requests


def test_a_renewal_waits_as_long_as_the_service_says_and_is_repeated_after_a_hiccup(
    signed_in: Seat, clock: FakeClock
) -> None:
    saved = signed_in.saved()
    tokens = [saved.access_token()]
    clock.seconds += 3600
    signed_in.demo.throttle_next(seconds=7, on="token")
    tokens.append(saved.access_token())
    assert clock.waits == [7]
    clock.seconds += 3600
    signed_in.demo.reset_next(on="token", times=2)
    signed_in.demo.fail_next(500, on="token")
    tokens.append(saved.access_token())

    assert len(set(tokens)) == 3


def test_while_offline_a_token_with_minutes_left_is_still_used(signed_in: Seat, clock: FakeClock) -> None:
    signed_in.http = offline()
    saved = signed_in.saved()
    token = saved.access_token()
    clock.seconds += 3600 - 240

    assert saved.access_token() == token


def _forget_the_refresh_token(seat: Seat) -> None:
    cache = json.loads(seat.token_json.read_text())
    cache["RefreshToken"] = {}
    seat.token_json.write_text(json.dumps(cache))


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda seat: setattr(seat, "http", offline()), ConnectionLost, "it refused the connection"),
        (
            lambda seat: seat.demo.fail_next(511, on="token", times=None),
            ConnectionLost,
            "wants you to sign in to it first",
        ),
        (_forget_the_refresh_token, SignInNeeded, "cannot be renewed"),
        (lambda seat: seat.token_json.unlink(), SignInNeeded, "You are not signed in"),
    ],
)
def test_what_ends_a_renewal_is_said_in_words(
    wrong: Callable[[Seat], object], error: type[OneDriveError], words: str, signed_in: Seat, clock: FakeClock
) -> None:
    clock.seconds += 3600
    wrong(signed_in)

    with pytest.raises(error, match=words):
        signed_in.saved().access_token()


def test_sharing_that_was_switched_on_later_asks_for_a_new_consent(signed_in: Seat) -> None:
    signed_in.has(shared=True)

    with pytest.raises(SignInNeeded, match=r"not yet allowed.*\(AADSTS65001\)"):
        signed_in.saved().access_token()


@pytest.mark.posix("modes", as_root=False)
def test_a_renewal_that_cannot_be_saved_serves_the_run_all_the_same(signed_in: Seat, clock: FakeClock) -> None:
    clock.seconds += 3600
    signed_in.settings.home.chmod(0o500)
    saved = signed_in.saved()

    token = saved.access_token()

    signed_in.settings.home.chmod(0o700)
    assert saved.access_token() == token
    assert "could not be saved in token.json; this run goes on with it." in signed_in.told[0]


@pytest.mark.parametrize(("kind", "through"), [("personal", "consumers"), ("business", "organizations")])
def test_a_sign_in_through_common_is_renewed_through_the_accounts_own_authority(
    kind: str, through: str, pause: SharedPause, home: Path, clock: FakeClock
) -> None:
    with FaultyServer(DemoDrive(drive_type=kind), auto_consent=True) as demo:
        client = HttpClient(demo_port=demo.port)
        seat = Seat(demo, client, pause, home)
        with seat.keyboard:
            seat.has(authority="common")
            seat.sign_in_alone()
            saved = seat.saved()
            tokens = {saved.access_token()}
            for _ in range(2):
                clock.seconds = demo.clock.now() + 3600
                demo.clock.advance(3600)
                tokens.add(saved.access_token())
        client.close()

    assert len(tokens) == 3
    asked = [seen.path.split("/")[1] for seen in demo.requests if seen.path.endswith("/token")]
    assert asked == ["common", through, through]


def test_where_microsoft_does_not_renew_after_common_the_cure_is_named(seat: Seat, clock: FakeClock) -> None:
    seat.has(authority="common")
    seat.sign_in_alone()
    seat.demo.grants.refresh.clear()

    with pytest.raises(SignInNeeded, match=r"MS_OPENGRAPH_AUTHORITY=common can end .*AADSTS70000") as caught:
        seat.saved().renew_now()

    assert caught.value.hint.startswith("Set MS_OPENGRAPH_AUTHORITY=consumers, then choose 1 to sign in again.")


MALFORMED: list[dict[str, object]] = [
    {"access_token": 123, "refresh_token": 456},
    {"access_token": "two\r\nlines"},
    {"access_token": "\ud800"},
    {"refresh_token": "  "},
    {"id_token": 5},
    {"expires_in": -5},
    {"expires_in": "soon"},
    {"expires_in": math.inf},
    {"refresh_in": 10**400},
    {"scope": 7},
]


@pytest.mark.parametrize("malformed", MALFORMED)
def test_a_malformed_renewal_leaves_the_saved_sign_in_as_it_was(
    malformed: dict[str, object], signed_in: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signed_in.token_json.read_bytes()
    give = TokenEndpoint._tokens  # what no service of ours would say
    with monkeypatch.context() as patch:
        patch.setattr(TokenEndpoint, "_tokens", lambda *how, **more: give(*how, **more) | malformed)
        with pytest.raises(ServiceUnusable, match="did not give a usable answer"):
            signed_in.saved().renew_now()
        assert signed_in.token_json.read_bytes() == before

    signed_in.saved().renew_now()

    assert signed_in.token_json.read_bytes() != before


def test_a_time_that_no_clock_can_show_does_not_stop_the_renewal(
    signed_in: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    give = TokenEndpoint._tokens  # as above
    monkeypatch.setattr(TokenEndpoint, "_tokens", lambda *how, **more: give(*how, **more) | {"expires_in": 10**30})

    signed_in.renew()

    assert "The sign-in is renewed" in signed_in.keyboard.shown
    assert signed_in.saved().access_token()


TOKEN = "https://login.microsoftonline.com/consumers/oauth2/v2.0/token"


@pytest.mark.parametrize("url", ["https://evil.example.com/token", "http://login.microsoftonline.com/common/token"])
def test_nothing_of_the_sign_in_goes_to_another_computer(http: HttpClient, demo: FaultyServer, url: str) -> None:
    with pytest.raises(ServiceUnusable, match="nothing was sent there"):
        SignInHttp(http).post(url, data={"refresh_token": "secret"})

    assert not demo.requests


def test_a_redirect_carries_codes_and_tokens_nowhere(http: HttpClient, demo: FaultyServer) -> None:
    demo.fault_line.add(Fault(redirect(lambda _: "https://my.microsoftpersonalcontent.com/x"), "token"))

    with pytest.raises(ServiceUnusable, match="a page where data should be"):
        SignInHttp(http).post(TOKEN, data={"code": "secret"})

    assert [seen.host for seen in demo.requests] == ["login.microsoftonline.com"]
