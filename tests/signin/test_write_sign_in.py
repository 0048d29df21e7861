"""The permission to write: asked for with words, kept in memory, and gone with it; token.json stays as it is."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.errors import SettingsError, WriteAccessEnded, WriteAccessMissing
from onedrive.graph.session import GraphSession, TokenSource
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.settings import Settings
from onedrive.signin.browser import Browser
from onedrive.signin.write import ask_for_write_access
from onedrive.terminal.terminal import Terminal
from onedrive_authorization import sign_in_to_write
from tests.conftest import FakeClock
from tests.faults.server import FaultyServer
from tests.signin.sign_in_scene import Keyboard, answer_address, browser_of, demo_settings, sign_in_alone

NATIVE_CLIENT = "https://login.microsoftonline.com/common/oauth2/nativeclient"


@pytest.fixture
def keyboard() -> Iterator[Keyboard]:
    with Keyboard() as keyboard:
        yield keyboard


@pytest.fixture
def settings(demo: FaultyServer, home: Path) -> Settings:
    return demo_settings(demo, home)


def open_writing(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> TokenSource:
    """With the demo's own person at the browser."""
    return sign_in_to_write(
        keyboard.terminal, settings, http, pause, browser=Browser(browser_of(demo), consents_by_itself=True)
    )


def scopes_of(demo: FaultyServer, token: str) -> set[str]:
    return set(demo.grants.access[token].scopes)


def test_the_token_may_write_and_no_file_comes_of_it(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    sign_in_alone(demo, http, pause, settings)
    before = {path.name: path.read_bytes() for path in settings.home.iterdir()}

    tokens = open_writing(demo, http, pause, settings, keyboard)

    assert "Files.ReadWrite" in scopes_of(demo, tokens.access_token())
    assert {path.name: path.read_bytes() for path in settings.home.iterdir()} == before
    assert tokens.access_token() not in keyboard.shown


def test_the_person_reads_what_it_may_do_and_how_to_withdraw_it_before_anything_is_opened(
    http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    keyboard.type("0")
    opened: list[str] = []

    def open_page(address: str) -> bool:
        opened.append(address)
        return True

    with pytest.raises(WriteAccessMissing) as caught:
        sign_in_to_write(keyboard.terminal, settings, http, pause, browser=Browser(open_page))

    assert "change, rename and delete files in your OneDrive, for as long as this option runs" in keyboard.shown
    assert "Everything else works without it" in keyboard.shown
    assert "Delegated permissions, Files.ReadWrite" in keyboard.shown
    assert "https://account.live.com/consent/Manage" in keyboard.shown
    assert "Nothing was changed" in caught.value.sentence
    assert not opened


def test_a_person_can_paste_the_answer(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    keyboard.type("")

    def pastes(address: str) -> bool:
        assert "code_challenge_method=S256" in address
        assert "Files.ReadWrite" in address
        keyboard.type(answer_address(demo, address))
        return False

    demo.sign_in.authorize.auto_consent = True
    paste_only = replace(settings, redirect_uri=NATIVE_CLIENT)
    tokens = sign_in_to_write(keyboard.terminal, paste_only, http, pause, browser=Browser(pastes))

    assert "Files.ReadWrite" in scopes_of(demo, tokens.access_token())


@pytest.mark.parametrize("secret", ["", "kept"])
def test_a_device_code_gives_the_permission_too_and_renews(
    demo: FaultyServer,
    http: HttpClient,
    clock: FakeClock,
    pause: SharedPause,
    settings: Settings,
    keyboard: Keyboard,
    secret: str,
) -> None:
    def enters_the_code() -> None:
        [code] = set(re.findall(r"that is (\w+), without spaces", keyboard.shown))
        demo.person.enter_device_code(code)
        clock.when_waiting = None

    clock.when_waiting = enters_the_code
    app = replace(settings, app_id=demo.public_app_id, client_secret="")
    if secret:
        demo.apps[settings.app_id].allows_public_flows = True
        app = settings
    keyboard.type("", "d")

    tokens = sign_in_to_write(keyboard.terminal, app, http, pause, browser=Browser(lambda _address: False, demo.port))
    first = tokens.access_token()
    second = tokens.renew_access_token(first)

    assert first != second
    assert "Files.ReadWrite" in scopes_of(demo, first) & scopes_of(demo, second)


def test_a_person_who_declines_changes_nothing_and_is_not_sent_to_option_1(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    demo.sign_in.authorize.auto_consent = False

    def declines(address: str) -> bool:
        demo.person.decline(address)
        return True

    with pytest.raises(WriteAccessMissing) as caught:
        sign_in_to_write(keyboard.terminal, settings, http, pause, browser=Browser(declines, consents_by_itself=True))

    assert "Choose the same again" in caught.value.hint
    assert "Choose 1" not in caught.value.sentence + caught.value.hint


def test_without_the_permission_in_the_answer_the_registration_is_named(
    demo: FaultyServer,
    http: HttpClient,
    pause: SharedPause,
    settings: Settings,
    keyboard: Keyboard,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(demo.sign_in.tokens, "_scopes_to_give", lambda _form, _grant: ["User.Read"])

    with pytest.raises(WriteAccessMissing, match=r"did not give the permission to change files") as caught:
        open_writing(demo, http, pause, settings, keyboard)

    assert "API permissions" in caught.value.hint


def test_an_ended_token_is_renewed_from_memory_with_the_permission_to_write(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, clock: FakeClock, settings: Settings, keyboard: Keyboard
) -> None:
    tokens = open_writing(demo, http, pause, settings, keyboard)
    first = tokens.access_token()
    clock.seconds = time.time() + 3590  # msal counts by the real clock

    second = tokens.access_token()

    assert second != first
    assert "Files.ReadWrite" in scopes_of(demo, second)
    assert not (settings.home / "token.json").exists()


def test_a_revoked_sign_in_ends_the_permission_and_says_that_option_7_asks_anew(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    tokens = open_writing(demo, http, pause, settings, keyboard)
    demo.revoke_access_tokens()
    demo.revoke_refresh_tokens()

    with pytest.raises(WriteAccessEnded, match="permission to change things"):
        GraphSession(http, tokens, pause).send_once("DELETE", "/me/drive/items/x")


def test_a_setting_that_cannot_work_is_named_before_the_question(
    http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    with pytest.raises(SettingsError):
        sign_in_to_write(
            keyboard.terminal, replace(settings, app_id=""), http, pause, browser=Browser(lambda _address: False)
        )  # fmt: skip

    assert keyboard.shown == ""


def _asked(typed: str) -> tuple[Terminal, io.StringIO]:
    said = io.StringIO()
    return Terminal(stdin=io.StringIO(typed), stdout=said, environ={}), said


@pytest.mark.parametrize("typed", ["\n", " 1 \n", "what?\n\n"])
def test_enter_or_yes_agrees_and_what_is_neither_is_asked_again(typed: str) -> None:
    terminal, said = _asked(typed)

    ask_for_write_access(terminal)

    assert said.getvalue().count("There is no 'what?' here.") == typed.count("what?")


@pytest.mark.parametrize("typed", ["0\n", "q\n", ""])
def test_no_is_no(typed: str) -> None:
    terminal, _ = _asked(typed)

    with pytest.raises(WriteAccessMissing):
        ask_for_write_access(terminal)
