"""Tokens out of token.json: no request while one is valid, one renewal for all when it is not."""

from __future__ import annotations

import json
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.errors import ConnectionLost, ServiceUnusable, SettingsError, SignInNeeded
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.net.reply import Timeouts
from onedrive.settings import Settings
from onedrive.signin.tokens import SavedTokens
from onedrive_authorization import open_saved_tokens
from tests.conftest import FakeClock
from tests.faults.server import FaultyServer
from tests.signin.sign_in_scene import demo_settings, sign_in_alone, sign_in_requests


@pytest.fixture
def settings(demo: FaultyServer, http: HttpClient, pause: SharedPause, home: Path, clock: FakeClock) -> Settings:
    """Those of somebody who signed in just now; the requests for that are forgotten."""
    settings = demo_settings(demo, home)
    sign_in_alone(demo, http, pause, settings)
    clock.seconds = demo.clock.now()
    clock.waits.clear()
    demo.requests.clear()
    return settings


@pytest.fixture
def saved(settings: Settings, http: HttpClient, pause: SharedPause, told: list[str]) -> SavedTokens:
    return open_saved_tokens(settings, http, pause, say=told.append)


@pytest.fixture
def told() -> list[str]:
    return []


def _token_posts(demo: FaultyServer) -> int:
    return sum(path.endswith("/token") for path in sign_in_requests(demo))


def test_a_valid_token_costs_no_request(demo: FaultyServer, saved: SavedTokens) -> None:
    assert saved.access_token() == saved.access_token()

    assert not demo.requests


def test_a_token_that_ends_soon_is_renewed_and_saved(
    demo: FaultyServer, saved: SavedTokens, settings: Settings, clock: FakeClock
) -> None:
    old = saved.access_token()
    clock.seconds += 3600 - 299

    new = saved.access_token()

    assert new != old
    assert saved.access_token() == new
    assert _token_posts(demo) == 1
    assert new in (settings.home / "token.json").read_text()


def test_a_token_that_was_refused_is_renewed_once_for_all_threads(demo: FaultyServer, saved: SavedTokens) -> None:
    refused = saved.access_token()
    start = threading.Barrier(8)

    def renew(_: int) -> str:
        start.wait()
        return saved.renew_access_token(refused)

    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(renew, range(8)))

    assert len(tokens) == 1
    assert refused not in tokens
    assert _token_posts(demo) == 1


def test_a_token_revoked_early_is_renewed_in_mid_run(
    demo: FaultyServer, saved: SavedTokens, http: HttpClient, pause: SharedPause
) -> None:
    graph = GraphSession(http, saved, pause)
    graph.get("/me")
    demo.revoke_access_tokens()

    assert graph.get("/me/drive")["driveType"] == "personal"
    assert _token_posts(demo) == 1


def test_a_run_of_many_hours_renews_each_time_the_token_ends(
    demo: FaultyServer, saved: SavedTokens, http: HttpClient, pause: SharedPause, clock: FakeClock
) -> None:
    graph = GraphSession(http, saved, pause)
    for _ in range(4):
        graph.get("/me")
        demo.clock.advance(3700)
        clock.seconds += 3700

    graph.get("/me")

    assert _token_posts(demo) == 4
    assert [seen.status for seen in demo.requests if seen.host == "graph.microsoft.com"] == [200] * 5


def test_a_withdrawn_sign_in_stops_clearly_and_is_asked_for_once(
    demo: FaultyServer, saved: SavedTokens, clock: FakeClock
) -> None:
    demo.revoke_refresh_tokens()
    clock.seconds += 3600

    for _ in range(3):
        with pytest.raises(SignInNeeded) as caught:
            saved.access_token()

    assert caught.value.exit_code == 4
    assert "Choose 1 to sign in again. Lists and downloads stay as they are." in caught.value.hint
    assert _token_posts(demo) == 1


def test_another_sign_in_meanwhile_is_used_without_a_request(
    demo: FaultyServer, saved: SavedTokens, settings: Settings, http: HttpClient, pause: SharedPause
) -> None:
    first = saved.access_token()
    sign_in_alone(demo, http, pause, settings)
    demo.requests.clear()

    assert saved.renew_access_token(first) != first
    assert not demo.requests


def test_a_throttled_renewal_waits_as_long_as_the_service_says(
    demo: FaultyServer, saved: SavedTokens, clock: FakeClock
) -> None:
    old = saved.access_token()
    clock.seconds += 3600
    demo.throttle_next(seconds=7, on="token")

    assert saved.access_token() != old
    assert clock.waits == [7]


def test_a_renewal_that_meets_a_hiccup_is_repeated(demo: FaultyServer, saved: SavedTokens, clock: FakeClock) -> None:
    old = saved.access_token()
    clock.seconds += 3600
    demo.reset_next(on="token", times=2)
    demo.fail_next(500, on="token")

    assert saved.access_token() != old


def test_while_offline_a_token_with_minutes_left_is_still_used(
    demo: FaultyServer, settings: Settings, pause: SharedPause, clock: FakeClock
) -> None:
    saved = open_saved_tokens(settings, _offline(), pause, say=print)
    token = saved.access_token()
    clock.seconds += 3600 - 240

    assert saved.access_token() == token


def test_offline_with_an_ended_token_is_said_in_words(
    settings: Settings, pause: SharedPause, clock: FakeClock
) -> None:  # fmt: skip
    clock.seconds += 3600

    with pytest.raises(ConnectionLost):
        open_saved_tokens(settings, _offline(), pause, say=print).access_token()


def test_the_page_of_a_hotels_network_in_mid_run_is_said_in_words(
    demo: FaultyServer, saved: SavedTokens, clock: FakeClock
) -> None:
    clock.seconds += 3600
    demo.html_page_next(on="token")

    with pytest.raises(ServiceUnusable, match="a page where data should be"):
        saved.access_token()


def test_sharing_that_was_switched_on_later_asks_for_a_new_consent(
    settings: Settings, http: HttpClient, pause: SharedPause
) -> None:
    saved = open_saved_tokens(replace(settings, shared=True), http, pause, say=print)

    with pytest.raises(SignInNeeded, match=r"not yet allowed.*\(AADSTS65001\)"):
        saved.access_token()


def test_a_secret_that_is_wrong_meanwhile_is_a_wrong_setting(
    settings: Settings, http: HttpClient, pause: SharedPause, clock: FakeClock
) -> None:
    clock.seconds += 3600
    saved = open_saved_tokens(replace(settings, client_secret="wrong~secret"), http, pause, say=print)

    with pytest.raises(SettingsError, match="AADSTS7000215"):
        saved.access_token()


def test_nobody_is_signed_in_without_a_file(
    http: HttpClient, pause: SharedPause, demo: FaultyServer, home: Path
) -> None:
    with pytest.raises(SignInNeeded, match="You are not signed in"):
        open_saved_tokens(demo_settings(demo, home), http, pause, say=print).access_token()


def test_a_damaged_file_is_put_aside_with_a_sentence(saved: SavedTokens, settings: Settings, told: list[str]) -> None:
    path = settings.home / "token.json"
    path.write_text(path.read_text()[:100])

    with pytest.raises(SignInNeeded):
        saved.access_token()

    assert "token.json is damaged" in told[0]
    assert list(settings.home.glob("token.damaged-*.json"))


def test_a_sign_in_without_a_refresh_token_cannot_be_renewed(
    demo: FaultyServer, saved: SavedTokens, settings: Settings, clock: FakeClock
) -> None:
    path = settings.home / "token.json"
    cache = json.loads(path.read_text())
    cache["RefreshToken"] = {}
    path.write_text(json.dumps(cache))
    clock.seconds += 3600

    with pytest.raises(SignInNeeded, match="cannot be renewed"):
        saved.access_token()


@pytest.mark.skipif(os.name == "nt" or os.getuid() == 0, reason="whoever may write everywhere is refused nothing")
def test_a_renewal_that_cannot_be_saved_serves_the_run_all_the_same(
    saved: SavedTokens, settings: Settings, clock: FakeClock, told: list[str]
) -> None:
    clock.seconds += 3600
    settings.home.chmod(0o500)

    token = saved.access_token()

    settings.home.chmod(0o700)
    assert saved.access_token() == token
    assert "could not be saved in token.json; this run goes on with it." in told[0]


def _offline() -> HttpClient:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return HttpClient(demo_port=port, timeouts=Timeouts(connect_seconds=1))
