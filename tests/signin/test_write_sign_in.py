"""The permission to write: asked for with words, kept in memory, and gone with it; token.json stays as it is."""

from __future__ import annotations

import time

import pytest

from onedrive.errors import SettingsError, WriteAccessEnded, WriteAccessMissing
from onedrive.graph.session import GraphSession, TokenSource
from tests.conftest import FakeClock
from tests.signin.sign_in_scene import Seat, browser_of, no_browser, query_of


def _open_writing(seat: Seat) -> TokenSource:
    """With the demo's own person at the browser."""
    return seat.sign_in_to_write(browser_of(seat.demo), consents_by_itself=True)


def _may_write(seat: Seat, token: str) -> bool:
    return "Files.ReadWrite" in seat.demo.grants.access[token].scopes


def test_the_token_may_write_and_no_file_comes_of_it_even_when_it_is_renewed(seat: Seat, clock: FakeClock) -> None:
    seat.sign_in_alone()
    before = {path.name: path.read_bytes() for path in seat.settings.home.iterdir()}

    tokens = _open_writing(seat)
    first = tokens.access_token()
    clock.seconds = time.time() + 3590  # msal counts by the real clock
    second = tokens.access_token()

    assert second != first
    assert _may_write(seat, first)
    assert _may_write(seat, second)
    assert {path.name: path.read_bytes() for path in seat.settings.home.iterdir()} == before
    assert first not in seat.keyboard.shown


@pytest.mark.parametrize("typed", [["what?", "0"], []])
def test_the_person_reads_what_it_may_do_and_how_to_withdraw_it_before_anything_is_opened(
    seat: Seat, typed: list[str]
) -> None:
    def never(address: str) -> bool:
        raise AssertionError(address)

    seat.keyboard.type(*typed)
    seat.keyboard.hang_up()
    with pytest.raises(WriteAccessMissing) as caught:
        seat.sign_in_to_write(never)

    shown = seat.keyboard.shown
    assert "change, rename and delete files in your OneDrive, for as long as this option runs" in shown
    assert "Everything else works without it" in shown
    assert "Delegated permissions, Files.ReadWrite" in shown
    assert "https://account.live.com/consent/Manage" in shown
    assert "Nothing was changed" in caught.value.sentence


def test_a_person_can_paste_the_answer(paste_only: Seat) -> None:
    def pastes(address: str) -> bool:
        asked = query_of(address)
        assert asked["code_challenge_method"] == "S256"
        assert "Files.ReadWrite" in asked["scope"]
        return paste_only.pastes()(address)

    paste_only.keyboard.type("")
    tokens = paste_only.sign_in_to_write(pastes)

    assert _may_write(paste_only, tokens.access_token())


@pytest.mark.parametrize("has_secret", [False, True])
def test_a_device_code_gives_the_permission_too_and_renews(has_secret: bool, seat: Seat, clock: FakeClock) -> None:
    def enters_the_code() -> None:
        seat.demo.person.enter_device_code(seat.shown_code)
        clock.when_waiting = None

    clock.when_waiting = enters_the_code
    if has_secret:
        seat.demo.apps[seat.settings.app_id].allows_public_flows = True
    else:
        seat.has_public_app()
    seat.keyboard.type("", "d")

    tokens = seat.sign_in_to_write(no_browser, demo_port=seat.demo.port)
    first = tokens.access_token()
    second = tokens.renew_access_token(first)

    assert first != second
    assert _may_write(seat, first)
    assert _may_write(seat, second)


def test_a_person_who_declines_changes_nothing_and_is_not_sent_to_option_1(seat: Seat) -> None:
    def declines(address: str) -> bool:
        seat.demo.person.decline(address)
        return True

    seat.demo.sign_in.authorize.auto_consent = False
    with pytest.raises(WriteAccessMissing) as caught:
        seat.sign_in_to_write(declines, consents_by_itself=True)

    assert "Choose the same option again" in caught.value.hint
    assert "Choose 1" not in caught.value.sentence + caught.value.hint


def test_without_the_permission_in_the_answer_the_registration_is_named(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seat.demo.sign_in.tokens, "_scopes_to_give", lambda _form, _grant: ["User.Read"])

    with pytest.raises(WriteAccessMissing, match=r"did not give the permission to change files") as caught:
        _open_writing(seat)

    assert "API permissions" in caught.value.hint


def test_a_revoked_sign_in_ends_the_permission_and_says_that_option_7_asks_anew(seat: Seat) -> None:
    tokens = _open_writing(seat)
    seat.demo.revoke_access_tokens()
    seat.demo.revoke_refresh_tokens()

    with pytest.raises(WriteAccessEnded, match="permission to change things"):
        GraphSession(seat.http, tokens, seat.pause).get("/me/drive/items/x")


def test_a_setting_that_cannot_work_is_named_before_the_question(seat: Seat) -> None:
    seat.has(app_id="")

    with pytest.raises(SettingsError):
        seat.sign_in_to_write(no_browser)

    assert seat.keyboard.shown == ""
