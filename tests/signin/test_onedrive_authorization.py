"""Options 1 and 2 with msal's real code against the pretend OneDrive, over real sockets."""

from __future__ import annotations

import json
import os
import re
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from onedrive.errors import ConnectionLost, ServiceUnusable, SettingsError, SignInNeeded
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.settings import Settings
from onedrive.signin.browser import QUESTION, Browser
from onedrive.signin.token_file import describe_sign_in
from onedrive.step_result import ALL_DONE
from onedrive.terminal.terminal import Terminal
from onedrive_authorization import renew, sign_in
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.person import SignInRefusedError
from pretend_onedrive.signin import tokens as token_endpoint
from tests.conftest import FakeClock
from tests.faults.server import FaultyServer
from tests.person import Person
from tests.signin.sign_in_scene import Keyboard, answer_address, browser_of, demo_settings, sign_in_alone

NATIVE_CLIENT = "https://login.microsoftonline.com/common/oauth2/nativeclient"


@pytest.fixture
def keyboard() -> Iterator[Keyboard]:
    with Keyboard() as keyboard:
        yield keyboard


@pytest.fixture
def settings(demo: FaultyServer, home: Path) -> Settings:
    return demo_settings(demo, home)


@pytest.fixture
def paste_only(settings: Settings) -> Settings:
    """A redirect address that is not on this computer."""
    return replace(settings, redirect_uri=NATIVE_CLIENT)


@pytest.fixture
def real_pause(said: list[str]) -> SharedPause:
    """One on the real clock, where a browser needs a moment to come back."""
    return SharedPause(said.append)


def _pastes(keyboard: Keyboard, *lines: Callable[[str], str]) -> Callable[[str], bool]:
    """A browser that cannot be opened; instead the person pastes lines made of the sign-in address."""

    def open_page(address: str) -> bool:
        keyboard.type(*(line(address) for line in lines))
        return False

    return open_page


def test_signing_in_by_the_listener_saves_the_tokens_and_says_whose_drive_it_is(
    demo: FaultyServer, http: HttpClient, real_pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    result = sign_in(keyboard.terminal, settings, http, real_pause, browser=Browser(browser_of(demo)))

    assert result == ALL_DONE
    assert "Signed in as Example Person (person@example.com)." in keyboard.shown
    assert re.search(r"Drive: personal OneDrive, .* used of .*\.", keyboard.shown)
    assert "Choose 3" in keyboard.shown
    assert describe_sign_in(settings.home, settings.app_id) == "signed in as Example Person (person@example.com)"


def test_token_json_is_for_its_owner_only_and_the_screen_shows_no_token(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings
) -> None:
    shown = sign_in_alone(demo, http, pause, settings)

    path = settings.home / "token.json"
    cache = json.loads(path.read_text())
    secrets = [row["secret"] for name in ("AccessToken", "RefreshToken") for row in cache[name].values()]
    assert len(secrets) == 2
    assert not any(secret in shown for secret in secrets)
    assert settings.client_secret not in path.read_text() + shown
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_answer_of_the_listener_leaves_what_is_typed_for_the_next_question(
    demo: FaultyServer, http: HttpClient, real_pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    sign_in(keyboard.terminal, settings, http, real_pause, browser=Browser(browser_of(demo)))
    keyboard.type("3")

    assert keyboard.terminal.ask("What next?") == "3"


def test_the_sign_in_address_asks_for_reading_only_with_pkce_and_state(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, paste_only: Settings, keyboard: Keyboard
) -> None:
    seen: list[str] = []

    def pastes(address: str) -> bool:
        seen.append(address)
        keyboard.type(answer_address(demo, address))
        return False

    sign_in(keyboard.terminal, replace(paste_only, shared=True), http, pause, browser=Browser(pastes))

    asked = {name: values[0] for name, values in parse_qs(urlsplit(seen[0]).query).items()}
    assert {*asked["scope"].split()} >= {"Files.Read", "User.Read", "Files.Read.All", "offline_access"}
    assert "Write" not in asked["scope"]
    assert (asked["code_challenge_method"], asked["prompt"]) == ("S256", "select_account")
    assert len(asked["state"]) >= 16
    assert asked["redirect_uri"] == NATIVE_CLIENT


def test_pasting_the_address_signs_in_where_nothing_listens(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, paste_only: Settings, keyboard: Keyboard
) -> None:
    pastes = _pastes(keyboard, lambda address: answer_address(demo, address))

    sign_in(keyboard.terminal, paste_only, http, pause, browser=Browser(pastes))

    assert "the redirect address is not an http address on this computer" in keyboard.shown
    assert "No browser could be opened from here" in keyboard.shown
    assert "Signed in as" in keyboard.shown


def test_each_wrong_paste_gets_its_sentence_and_the_question_again(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, paste_only: Settings, keyboard: Keyboard
) -> None:
    declined = "error=access_denied&error_description=AADSTS65004%3a+no"
    pastes = _pastes(
        keyboard,
        lambda _: "",
        lambda address: address,
        lambda address: re.sub("state=[^&]*", "state=old", answer_address(demo, address)),
        lambda address: re.sub("code=[^&]*&?", "", answer_address(demo, address)),
        lambda _: "help",
        lambda address: re.sub("code=[^&]*", declined, answer_address(demo, address)),
        lambda address: answer_address(demo, address),
    )

    sign_in(keyboard.terminal, paste_only, http, pause, browser=Browser(pastes))

    told = [
        "Nothing was pasted.",
        "That is the address of the sign-in page itself.",
        "That is the answer of an earlier attempt.",
        "That address has no code in it.",
        "That is no answer of Microsoft's sign-in page.",
        "The sign-in was cancelled on Microsoft's page (AADSTS65004).",
        "Signed in as",
    ]
    places = [keyboard.shown.find(sentence) for sentence in told]
    assert -1 not in places
    assert places == sorted(places)


def test_a_busy_port_is_said_and_the_paste_still_works(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    pastes = _pastes(keyboard, lambda address: answer_address(demo, address))

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        busy = replace(settings, redirect_uri=f"http://localhost:{port}")
        sign_in(keyboard.terminal, busy, http, pause, browser=Browser(pastes))

    assert f"another program uses port {port}" in keyboard.shown
    assert "Signed in as" in keyboard.shown


def test_the_demos_person_signs_in_without_a_terminal_even_when_the_port_is_busy(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = replace(settings, redirect_uri=f"http://localhost:{taken.getsockname()[1]}")

        shown = sign_in_alone(demo, http, pause, busy)

    assert "Signed in as" in shown


def test_in_the_demo_the_address_leads_to_this_computer(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, paste_only: Settings, keyboard: Keyboard
) -> None:
    pastes = _pastes(keyboard, lambda address: answer_address(demo, address))

    sign_in(keyboard.terminal, paste_only, http, pause, browser=Browser(pastes, demo.port))

    assert f"http://localhost:{demo.port}/consumers/oauth2/v2.0/authorize?" in keyboard.shown
    assert "https://login.microsoftonline.com/consumers" not in keyboard.shown


def test_without_input_signing_in_is_refused_at_once(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings
) -> None:
    def never(address: str) -> bool:
        raise AssertionError(address)

    with Keyboard(no_input=True) as keyboard, pytest.raises(SignInNeeded) as caught:
        sign_in(keyboard.terminal, settings, http, pause, browser=Browser(never))

    assert caught.value.exit_code == 4
    assert "once without --no-input" in caught.value.hint
    assert not demo.requests


def test_at_the_end_of_input_the_browser_may_still_answer(
    demo: FaultyServer, http: HttpClient, real_pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    def come_back_later(address: str) -> bool:
        threading.Timer(0.3, demo.person.consent, [address]).start()
        return True

    keyboard.hang_up()
    sign_in(keyboard.terminal, settings, http, real_pause, browser=Browser(come_back_later))

    assert "waiting for the browser" in keyboard.shown
    assert "Signed in as" in keyboard.shown


@pytest.mark.parametrize("opened", [True, False], ids=["browser stays away", "no browser"])
def test_when_nobody_answers_a_person_is_needed(
    opened: bool, http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    keyboard.hang_up()

    with pytest.raises(SignInNeeded, match="Nobody signed in within five minutes"):
        sign_in(keyboard.terminal, settings, http, pause, browser=Browser(lambda _: opened))


def test_when_nothing_can_be_pasted_and_the_port_is_busy_a_person_is_needed_at_once(
    http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard, clock: FakeClock
) -> None:
    keyboard.hang_up()

    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(SignInNeeded, match="Nobody can be asked here"),
    ):
        busy = replace(settings, redirect_uri=f"http://localhost:{taken.getsockname()[1]}")
        sign_in(keyboard.terminal, busy, http, pause, browser=Browser(lambda _: True))

    assert clock.waits == []


def test_ctrl_d_leaves_the_sign_in(http: HttpClient, pause: SharedPause, settings: Settings, clock: FakeClock) -> None:
    with Person() as person:
        terminal = Terminal(stdin=person.keyboard, stdout=person.screen, environ={"TERM": "xterm"})
        failed: list[BaseException] = []

        def attempt() -> None:
            try:
                sign_in(terminal, settings, http, pause, browser=Browser(lambda _: False))
            except SignInNeeded as error:
                failed.append(error)

        attempting = threading.Thread(target=attempt, daemon=True)
        attempting.start()
        person.sees(QUESTION)
        person.type("\x04")
        attempting.join(10)

    assert [str(error) for error in failed] == ["You left the sign-in before it was finished."]
    assert clock.waits == []


class ClockWithPerson(FakeClock):
    """While the program waits, the person does something, once each time."""

    def __init__(self) -> None:
        super().__init__()
        self.deeds: list[Callable[[], object]] = []

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        if self.deeds:
            self.deeds.pop(0)()
        return super().wait(stop, seconds)


def _shown_code(keyboard: Keyboard) -> str:
    found = re.findall(r"that is (\w+), without spaces", keyboard.shown)
    assert found
    return str(found[-1])


def test_the_device_code_signs_in_from_another_device(
    demo: FaultyServer, http: HttpClient, settings: Settings, keyboard: Keyboard
) -> None:
    clock = ClockWithPerson()
    clock.deeds = [lambda: demo.person.enter_device_code(_shown_code(keyboard))]
    public = replace(settings, app_id=demo.public_app_id, client_secret="")
    keyboard.type("d")

    sign_in(
        keyboard.terminal,
        public,
        http,
        SharedPause(lambda _: None, clock=clock),
        browser=Browser(lambda _: False, demo.port),
    )

    assert f"http://localhost:{demo.port}/link" in keyboard.shown
    assert "Signed in as" in keyboard.shown
    assert sum(clock.waits) == 5


def test_a_declined_device_code_is_said_and_another_way_offered(
    demo: FaultyServer, http: HttpClient, settings: Settings, keyboard: Keyboard
) -> None:
    clock = ClockWithPerson()
    clock.deeds = [lambda: demo.person.enter_device_code(_shown_code(keyboard), decision="decline")]
    public = replace(settings, app_id=demo.public_app_id, client_secret="")
    keyboard.type("d", "0")

    with pytest.raises(SignInNeeded):
        sign_in(
            keyboard.terminal, public, http, SharedPause(lambda _: None, clock=clock), browser=Browser(lambda _: False)
        )  # fmt: skip

    assert "The sign-in was cancelled on Microsoft's page (AADSTS70020)." in keyboard.shown


def test_a_device_code_that_nobody_enters_expires(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    public = replace(settings, app_id=demo.public_app_id, client_secret="")
    keyboard.type("d", "0")

    with pytest.raises(SignInNeeded):
        sign_in(keyboard.terminal, public, http, pause, browser=Browser(lambda _: False))

    assert "The device code was not entered in time" in keyboard.shown


def test_a_device_code_for_an_app_without_public_flows_names_the_switch_in_the_portal(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    keyboard.type("d", "0")

    with pytest.raises(SettingsError) as caught:
        sign_in(keyboard.terminal, settings, http, pause, browser=Browser(lambda _: False))

    assert caught.value.exit_code == 78
    assert "(AADSTS7000218)" in keyboard.shown
    assert "'Allow public client flows'" in keyboard.shown


def test_after_a_declined_sign_in_enter_tries_again_with_a_new_attempt(
    demo: FaultyServer, http: HttpClient, real_pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    demo.sign_in.authorize.auto_consent = False
    addresses: list[str] = []

    def decide(address: str) -> bool:
        addresses.append(address)
        (demo.person.decline if len(addresses) == 1 else demo.person.consent)(address)
        return True

    keyboard.type("")
    sign_in(keyboard.terminal, settings, http, real_pause, browser=Browser(decide))

    first, second = (parse_qs(urlsplit(address).query) for address in addresses)
    assert "The sign-in was cancelled on Microsoft's page (AADSTS65004)." in keyboard.shown
    assert "Signed in as" in keyboard.shown
    assert all(first[name] != second[name] for name in ("state", "code_challenge", "nonce"))


def test_a_code_that_is_too_old_is_explained_and_enter_tries_again(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, paste_only: Settings, keyboard: Keyboard
) -> None:
    attempts: list[str] = []

    def late(address: str) -> bool:
        attempts.append(address)
        keyboard.type(answer_address(demo, address))
        if len(attempts) == 1:
            demo.clock.advance(11 * 60)
            keyboard.type("")
        return False

    sign_in(keyboard.terminal, paste_only, http, pause, browser=Browser(late))

    assert "(AADSTS70008)" in keyboard.shown
    assert "too old" in keyboard.shown
    assert "Signed in as" in keyboard.shown


@pytest.mark.parametrize("typed", [["0"], []], ids=["back", "end of input"])
def test_a_wrong_secret_is_explained_and_ends_as_a_wrong_setting(
    typed: list[str],
    demo: FaultyServer,
    http: HttpClient,
    pause: SharedPause,
    paste_only: Settings,
    keyboard: Keyboard,
) -> None:
    def pastes(address: str) -> bool:
        keyboard.type(answer_address(demo, address), *typed)
        keyboard.hang_up()
        return False

    with pytest.raises(SettingsError) as caught:
        sign_in(
            keyboard.terminal, replace(paste_only, client_secret="wrong~secret"), http, pause, browser=Browser(pastes)
        )

    assert caught.value.exit_code == 78
    assert "copied instead of the Value (AADSTS7000215)." in keyboard.shown
    assert not (paste_only.home / "token.json").exists()


def test_a_wrong_secret_ends_a_sign_in_without_a_person(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings
) -> None:
    with pytest.raises(SettingsError, match="AADSTS7000215"):
        sign_in_alone(demo, http, pause, replace(settings, client_secret="wrong~secret"))


def test_a_secret_for_a_public_app_is_dropped_after_asking_and_env_keeps_it(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, paste_only: Settings, keyboard: Keyboard
) -> None:
    attempts: list[str] = []

    def pastes(address: str) -> bool:
        attempts.append(address)
        keyboard.type(answer_address(demo, address))
        if len(attempts) == 1:
            keyboard.type("1", "1")
        return False

    public = replace(paste_only, app_id=demo.public_app_id)
    kept: list[Settings] = []
    sign_in(keyboard.terminal, public, http, pause, browser=Browser(pastes), keep_settings=kept.append)

    assert "(AADSTS700025)" in keyboard.shown
    assert kept == [replace(public, client_secret="")]
    assert "Signed in as" in keyboard.shown
    assert (paste_only.home / ".env").read_text() == "MS_OPENGRAPH_CLIENT_SECRET=\n"


def test_a_personal_app_asked_by_the_wrong_way_offers_to_switch(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, paste_only: Settings, keyboard: Keyboard
) -> None:
    def pastes(address: str) -> bool:
        try:
            demo.person.consent(address)
            keyboard.type(answer_address(demo, address))
        except SignInRefusedError as shown_in_browser:
            keyboard.type(str(shown_in_browser).split("\r\n")[0], "1", "0")
        return False

    personal = replace(paste_only, app_id=demo.personal_app_id, client_secret="", authority="common")
    sign_in(keyboard.terminal, personal, http, pause, browser=Browser(pastes))

    assert "admits personal accounts only" in keyboard.shown
    assert "Switch to consumers and sign in again?" in keyboard.shown
    assert "Signed in as" in keyboard.shown
    assert not (paste_only.home / ".env").exists()


def test_an_unknown_tenant_is_named(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings
) -> None:  # fmt: skip
    with pytest.raises(SettingsError, match=r"no tenant of the name nowhere\.example \(AADSTS90002\)"):
        sign_in_alone(demo, http, pause, replace(settings, authority="nowhere.example"))


def test_offline_is_said_in_words(pause: SharedPause, settings: Settings, keyboard: Keyboard) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(ConnectionLost, match="it refused the connection"):
        sign_in(keyboard.terminal, settings, HttpClient(demo_port=port), pause, browser=Browser(lambda _: True))


def test_the_page_of_a_hotels_network_is_said_in_words(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    demo.html_page_next(on="sign_in")

    with pytest.raises(ServiceUnusable) as caught:
        sign_in(keyboard.terminal, settings, http, pause, browser=Browser(lambda _: True))

    assert "a page where data should be" in caught.value.sentence
    assert "asks you to sign in first (hotel, airport)" in caught.value.hint


def test_a_sign_in_service_out_of_order_is_said_and_not_remembered(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    demo.fail_next(503, on="token", times=None)

    with pytest.raises(ServiceUnusable, match="error 503"):
        sign_in_alone(demo, http, pause, settings)
    demo.be_well()
    shown = sign_in_alone(demo, http, pause, settings)

    assert "Signed in as" in shown


def test_an_overloaded_sign_in_service_is_asked_again_for_the_same_code(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings, clock: FakeClock
) -> None:
    demo.throttle_next(times=2, seconds=3, on="token")

    shown = sign_in_alone(demo, http, pause, settings)

    assert "Signed in as" in shown
    assert clock.waits[:2] == [3.0, 3.0]


def test_a_device_code_that_names_no_pause_is_not_asked_for_without_one(
    demo: FaultyServer,
    http: HttpClient,
    pause: SharedPause,
    settings: Settings,
    keyboard: Keyboard,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(token_endpoint, "DEVICE_POLL_SECONDS", 0)
    monkeypatch.setattr(token_endpoint, "DEVICE_CODE_LIFETIME_SECONDS", 20)
    keyboard.type("d", "0")

    with pytest.raises(SignInNeeded):
        sign_in(
            keyboard.terminal,
            replace(settings, app_id=demo.public_app_id, client_secret=""),
            http,
            pause,
            browser=Browser(lambda _: False),
        )

    assert len([seen for seen in demo.requests if seen.path.endswith("/token")]) <= 20


@pytest.mark.parametrize("content", ['{"AccessToken": {', ""], ids=["cut in half", "empty"])
def test_a_token_json_that_cannot_be_used_is_put_aside(
    content: str, demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings
) -> None:
    (settings.home / "token.json").write_text(content)

    shown = sign_in_alone(demo, http, pause, settings)

    kept = list(settings.home.glob("token.damaged-*.json"))
    assert [path.read_text() for path in kept] == [content]
    assert f"so it was put aside as {kept[0].name}." in shown
    assert describe_sign_in(settings.home, settings.app_id).startswith("signed in as")


def test_the_sign_in_of_another_app_is_put_aside(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings
) -> None:
    sign_in_alone(demo, http, pause, replace(settings, app_id=demo.public_app_id, client_secret=""))

    shown = sign_in_alone(demo, http, pause, settings)

    assert "token.json belongs to another app id, so it was put aside as token.foreign-" in shown


def test_another_account_than_the_lists_is_said(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings
) -> None:
    (settings.home / "list_state.json").write_text('{"account_id": "another", "drive_id": "0123456789abcdef"}')

    shown = sign_in_alone(demo, http, pause, settings)

    assert "The list in file_list.json was made with another account. Choose 3" in shown


def test_an_earlier_wider_consent_is_said_with_how_to_withdraw_it(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings
) -> None:
    demo.earlier_consent("Files.ReadWrite")

    shown = sign_in_alone(demo, http, pause, settings)

    assert "more than was asked for (Files.ReadWrite)" in shown
    assert "https://account.live.com/consent/Manage" in shown


def test_a_work_account_signs_in_with_its_authority(http: HttpClient, pause: SharedPause, home: Path) -> None:
    with FaultyServer(DemoDrive(drive_type="business"), auto_consent=True) as demo:
        client = HttpClient(demo_port=demo.port)

        shown = sign_in_alone(demo, client, pause, replace(demo_settings(demo, home), authority="organizations"))

    assert "Drive: OneDrive for work or school" in shown


def test_the_default_line_of_netrc_reaches_no_host(
    demo: FaultyServer,
    http: HttpClient,
    pause: SharedPause,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password stranger\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    sign_in_alone(demo, http, pause, settings)

    sent = [seen.headers.get("Authorization", "") for seen in demo.requests]
    assert not any(value.startswith("Basic") for value in sent)


@pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal is a thing of Unix")
def test_a_paste_of_six_thousand_characters_arrives_whole_on_a_terminal(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, paste_only: Settings
) -> None:
    import pty

    master, slave = pty.openpty()
    seen = bytearray()
    reader = threading.Thread(target=_read_into, args=(seen, master), daemon=True)
    reader.start()

    def paste(address: str) -> bool:
        answer = answer_address(demo, address)
        text = answer.replace("?", "?session_state=" + "x" * (6000 - len(answer)) + "&") + "\r"
        threading.Thread(target=_type_when_asked, args=(seen, master, text.encode()), daemon=True).start()
        return False

    with os.fdopen(slave, encoding="utf-8") as keys, os.fdopen(os.dup(slave), "w", encoding="utf-8") as screen:
        terminal = Terminal(stdin=keys, stdout=screen, environ={"TERM": "xterm"})
        sign_in(terminal, paste_only, http, pause, browser=Browser(paste))
    reader.join(5)
    os.close(master)

    assert describe_sign_in(paste_only.home, paste_only.app_id).startswith("signed in as")


def _read_into(seen: bytearray, descriptor: int) -> None:
    try:
        while block := os.read(descriptor, 65536):
            seen.extend(block)
    except OSError:
        return


def _type_when_asked(seen: bytearray, descriptor: int, content: bytes) -> None:
    while QUESTION.encode() not in seen:
        time.sleep(0.01)
    while content:
        content = content[os.write(descriptor, content) :]


def test_a_wrong_setting_is_said_before_any_request(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    wrong = replace(settings, app_id="")

    with pytest.raises(SettingsError):
        sign_in(keyboard.terminal, wrong, http, pause, browser=Browser(lambda _: True))
    with pytest.raises(SettingsError):
        renew(keyboard.terminal, wrong, http, pause)

    assert not demo.requests


def test_renewing_gets_a_new_token_and_says_until_when_it_holds(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    sign_in_alone(demo, http, pause, settings)
    before = (settings.home / "token.json").read_text()

    result = renew(keyboard.terminal, settings, http, pause)

    assert result == ALL_DONE
    assert re.search(r"it holds until \d\d:\d\d:\d\d \(1 h\)", keyboard.shown)
    assert (settings.home / "token.json").read_text() != before
    if os.name != "nt":
        assert stat.S_IMODE((settings.home / "token.json").stat().st_mode) == 0o600


def test_renewing_without_a_sign_in_says_what_to_do(
    http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    with pytest.raises(SignInNeeded) as caught:
        renew(keyboard.terminal, settings, http, pause)

    assert (caught.value.sentence, caught.value.hint) == ("You are not signed in.", "Choose 1 to sign in.")


def test_renewing_a_sign_in_that_was_withdrawn_says_so(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    sign_in_alone(demo, http, pause, settings)
    demo.revoke_refresh_tokens()

    with pytest.raises(SignInNeeded, match=r"no longer valid.*\(AADSTS50173\)"):
        renew(keyboard.terminal, settings, http, pause)


def test_a_sign_in_made_with_a_device_code_renews_with_and_without_the_secret(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings, keyboard: Keyboard
) -> None:
    public = replace(settings, app_id=demo.public_app_id, client_secret="")
    sign_in_alone(demo, http, pause, public)

    renew(keyboard.terminal, replace(public, client_secret="given~later"), http, pause)

    assert "There is a new access token" in keyboard.shown


def test_importing_the_step_imports_no_msal() -> None:
    check = "import sys, onedrive_authorization; sys.exit('msal' in sys.modules)"

    assert (
        subprocess.run([sys.executable, "-c", check], cwd=Path(__file__).parent.parent.parent, check=False).returncode
        == 0
    )
