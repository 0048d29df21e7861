"""Options 1 and 2 with msal's real code against the pretend OneDrive, over real sockets."""

from __future__ import annotations

import json
import math
import os
import re
import stat
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.errors import ConnectionLost, OneDriveError, ServiceUnusable, SettingsError, SignInNeeded
from onedrive.signin.browser import QUESTION, Browser
from onedrive.signin.token_file import describe_sign_in
from onedrive.step_result import ALL_DONE
from onedrive.terminal.terminal import Terminal
from onedrive_authorization import sign_in
from pretend_onedrive.person import SignInRefusedError
from pretend_onedrive.signin import tokens as token_endpoint
from pretend_onedrive.wire import json_reply
from tests.conftest import FakeClock
from tests.person import Person
from tests.signin.sign_in_scene import (
    NATIVE_CLIENT,
    Keyboard,
    Seat,
    Visit,
    browser_of,
    no_browser,
    offline,
    query_of,
    stays_away,
)


def test_signing_in_by_the_listener_saves_the_tokens_and_says_whose_drive_it_is(
    seat: Seat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password stranger\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    seat.has_real_time()

    result = seat.sign_in(browser_of(seat.demo))
    seat.keyboard.type("3")

    shown, text = seat.keyboard.shown, seat.token_json.read_text()
    assert result == ALL_DONE
    assert "Signed in as Example Person (person@example.com)." in shown
    assert re.search(r"Drive: personal OneDrive, .* used of .*\.", shown)
    assert "Choose 3" in shown
    assert describe_sign_in(*_home(seat)) == "signed in as Example Person (person@example.com)"
    secrets = [row["secret"] for name in ("AccessToken", "RefreshToken") for row in json.loads(text)[name].values()]
    assert len(secrets) == 2
    assert not any(secret in shown for secret in secrets)
    assert seat.settings.client_secret not in text + shown
    assert not any(seen.headers.get("Authorization", "").startswith("Basic") for seen in seat.demo.requests)
    assert seat.keyboard.terminal.ask("What next?") == "3"  # the paste that was not needed has not taken it
    _is_closed_to_others(seat.token_json)


def _home(seat: Seat) -> tuple[Path, str]:
    return seat.settings.home, seat.settings.app_id


def _is_closed_to_others(path: Path) -> None:
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_pasting_the_address_signs_in_where_nothing_listens(paste_only: Seat) -> None:
    seen: list[str] = []

    def pastes(address: str) -> bool:
        seen.append(address)
        return paste_only.pastes()(address)

    paste_only.has(shared=True)
    paste_only.sign_in(pastes)

    asked, shown = query_of(seen[0]), paste_only.keyboard.shown
    assert {*asked["scope"].split()} >= {"Files.Read", "User.Read", "Files.Read.All", "offline_access"}
    assert "Write" not in asked["scope"]
    assert (asked["code_challenge_method"], asked["prompt"]) == ("S256", "select_account")
    assert len(asked["state"]) >= 16
    assert asked["redirect_uri"] == NATIVE_CLIENT
    assert seen[0] in shown
    assert "the return address (redirect URI) is not an http address on this computer" in shown
    assert "No browser could be opened from here" in shown
    assert "Signed in as" in shown


def test_each_wrong_paste_gets_its_sentence_and_the_question_again(paste_only: Seat) -> None:
    declined = "error=access_denied&error_description=AADSTS65004%3a+no"
    answer = paste_only.answer
    pastes = paste_only.pastes(
        lambda _: "",
        lambda address: address,
        lambda address: re.sub("state=[^&]*", "state=old", answer(address)),
        lambda address: re.sub("code=[^&]*&?", "", answer(address)),
        lambda _: "help",
        lambda address: re.sub("code=[^&]*", declined, answer(address)),
        answer,
    )

    paste_only.sign_in(pastes)

    told = [
        "Nothing was pasted.",
        "That is the address of the sign-in page itself.",
        "That is the answer of an earlier attempt.",
        "That address has no code in it.",
        "That is not an answer from Microsoft's sign-in page.",
        "The sign-in was cancelled on Microsoft's page (AADSTS65004).",
        "Signed in as",
    ]
    places = [paste_only.keyboard.shown.find(sentence) for sentence in told]
    assert -1 not in places
    assert places == sorted(places)


def test_where_the_port_is_busy_another_one_does_and_elsewhere_than_at_localhost_a_paste(seat: Seat) -> None:
    seat.has_real_time()
    with seat.with_busy_port() as port:
        seat.sign_in(browser_of(seat.demo))
        before = seat.keyboard.shown
        seat.has(redirect_uri=f"http://127.0.0.1:{port}")
        seat.demo.apps[seat.settings.app_id].redirect_uris.append("http://127.0.0.1")
        seat.sign_in(seat.pastes())

    assert f"port {port}" not in before
    assert f"another program uses port {port}" in seat.keyboard.shown
    assert seat.keyboard.shown.count("Signed in as") == 2


def test_in_the_demo_the_address_leads_to_this_computer(paste_only: Seat) -> None:
    paste_only.sign_in(paste_only.pastes(), demo_port=paste_only.demo.port)

    assert f"http://localhost:{paste_only.demo.port}/consumers/oauth2/v2.0/authorize?" in paste_only.keyboard.shown
    assert "https://login.microsoftonline.com/consumers" not in paste_only.keyboard.shown


def test_without_input_signing_in_is_refused_at_once(seat: Seat) -> None:
    with Keyboard(no_input=True) as seat.keyboard, pytest.raises(SignInNeeded) as caught:
        seat.sign_in(stays_away)

    assert caught.value.exit_code == 4
    assert "once without --no-input" in caught.value.hint
    assert not seat.demo.requests


def test_at_the_end_of_input_the_browser_may_still_answer(seat: Seat) -> None:
    def come_back_later(address: str) -> bool:
        threading.Timer(0.3, seat.demo.person.consent, [address]).start()
        return True

    seat.has_real_time()
    seat.keyboard.hang_up()
    seat.sign_in(come_back_later)

    assert "waiting for the browser" in seat.keyboard.shown
    assert "Signed in as" in seat.keyboard.shown


@pytest.mark.parametrize("visit", [stays_away, no_browser])
def test_when_nobody_answers_a_person_is_needed(visit: Visit, seat: Seat, clock: FakeClock) -> None:
    seat.keyboard.hang_up()

    with pytest.raises(SignInNeeded, match="Nobody signed in within five minutes"):
        seat.sign_in(visit)
    clock.waits.clear()
    seat.has(redirect_uri=NATIVE_CLIENT)
    with pytest.raises(SignInNeeded, match="Nobody can be asked here"):
        seat.sign_in(visit)

    assert clock.waits == []


def test_ctrl_d_leaves_the_sign_in(seat: Seat, clock: FakeClock) -> None:
    with Person() as person, pytest.raises(SignInNeeded, match=r"^You left the sign-in before it was finished\.$"):
        _sign_in_at(person, seat, "\x04")

    assert clock.waits == []


def test_a_paste_of_six_thousand_characters_arrives_whole_on_a_terminal(paste_only: Seat) -> None:
    def long_answer(address: str) -> str:
        answer = paste_only.answer(address)
        return answer.replace("?", "?session_state=" + "x" * (6000 - len(answer)) + "&") + "\r"

    with Person() as person:
        _sign_in_at(person, paste_only, long_answer)

    assert describe_sign_in(*_home(paste_only)).startswith("signed in as")


def _sign_in_at(person: Person, seat: Seat, keys: str | Callable[[str], str]) -> None:
    """Choose 1 at a terminal; the keys are typed, or made of the address, when the question is there."""

    def visit(address: str) -> bool:
        def type_when_asked() -> None:
            person.sees(QUESTION)
            person.type(keys if isinstance(keys, str) else keys(address))

        threading.Thread(target=type_when_asked, daemon=True).start()
        return False

    terminal = Terminal(stdin=person.keyboard, stdout=person.screen, environ={"TERM": "xterm"})
    sign_in(terminal, seat.settings, seat.http, seat.pause, browser=Browser(visit))


def test_the_device_code_signs_in_from_another_device(seat: Seat, clock: FakeClock) -> None:
    clock.when_waiting = lambda: seat.demo.person.enter_device_code(seat.shown_code)
    seat.has_public_app()
    seat.keyboard.type("d")

    seat.sign_in(no_browser, demo_port=seat.demo.port)

    assert f"http://localhost:{seat.demo.port}/link" in seat.keyboard.shown
    assert "Signed in as" in seat.keyboard.shown
    assert sum(clock.waits) == 5


@pytest.mark.parametrize(
    ("decides", "sentence"),
    [
        (True, "The sign-in was cancelled on Microsoft's page (AADSTS70020)."),
        (False, "The code was not entered in time"),
    ],
)
def test_a_device_code_that_comes_to_nothing_is_said_and_another_way_offered(
    decides: bool, sentence: str, seat: Seat, clock: FakeClock
) -> None:
    if decides:
        clock.when_waiting = lambda: seat.demo.person.enter_device_code(seat.shown_code, decision="decline")
    seat.has_public_app()
    seat.keyboard.type("d", "0")

    with pytest.raises(SignInNeeded):
        seat.sign_in(no_browser)

    assert sentence in seat.keyboard.shown


def test_after_a_code_that_was_declined_another_one_can_be_had(seat: Seat, clock: FakeClock) -> None:
    def decide() -> None:
        is_first = seat.keyboard.shown.count("without spaces") == 1
        seat.demo.person.enter_device_code(seat.shown_code, "decline" if is_first else "accept")

    clock.when_waiting = decide
    seat.has_public_app()
    seat.keyboard.type("d", "2")

    seat.sign_in(no_browser)

    assert seat.keyboard.shown.count("without spaces") == 2
    assert "Signed in as" in seat.keyboard.shown


def test_where_no_browser_and_no_keyboard_is_the_code_is_shown_and_waited_for(seat: Seat, clock: FakeClock) -> None:
    clock.when_waiting = lambda: seat.demo.person.enter_device_code(seat.shown_code)
    seat.has_public_app()
    seat.keyboard.hang_up()

    seat.sign_in(no_browser, is_here=False)

    assert "Signed in as" in seat.keyboard.shown


def test_where_no_browser_is_at_hand_the_code_comes_first_and_the_address_when_asked_for(
    seat: Seat, clock: FakeClock
) -> None:
    clock.when_waiting = lambda: seat.demo.person.enter_device_code(seat.shown_code)
    seat.has_public_app()
    seat.keyboard.type("")
    seat.sign_in(no_browser, is_here=False)
    before = seat.keyboard.shown
    clock.when_waiting = None
    seat.has(redirect_uri=NATIVE_CLIENT)
    seat.keyboard.type("2")
    seat.sign_in(seat.pastes(), is_here=False)

    assert "authorize?" not in before
    assert "Signed in as" in before
    assert "authorize?" in seat.keyboard.shown
    seat.keyboard.type("0")
    with pytest.raises(SignInNeeded, match="You are not signed in"):
        seat.sign_in(no_browser, is_here=False)


@pytest.mark.parametrize("is_here", [True, False])
def test_one_key_lets_the_demos_own_person_sign_in(seat: Seat, *, is_here: bool) -> None:
    def sign_in_for_me(address: str) -> bool:
        threading.Thread(target=seat.demo.person.consent, args=(address,), daemon=True).start()
        return True

    seat.has_real_time()
    seat.keyboard.type("")
    seat.sign_in(stays_away, demo_port=seat.demo.port, is_here=is_here, demo_person=sign_in_for_me)

    assert "Signed in as" in seat.keyboard.shown
    assert "authorize?" not in seat.keyboard.shown


def test_the_address_of_a_page_that_the_browser_was_to_open_is_shown_when_asked_for(seat: Seat) -> None:
    seat.keyboard.type("a")
    seat.keyboard.hang_up()

    with pytest.raises(SignInNeeded):
        seat.sign_in(stays_away)

    before, _, after = seat.keyboard.shown.partition("type a and Enter")
    assert "authorize?" not in before
    assert after.count("authorize?") == 2  # and once more where nobody is left to ask


def test_a_device_code_for_an_app_without_public_flows_names_the_switch_in_the_portal(seat: Seat) -> None:
    seat.keyboard.type("d", "0")

    with pytest.raises(SettingsError) as caught:
        seat.sign_in(no_browser)

    assert caught.value.exit_code == 78
    assert "(AADSTS7000218)" in seat.keyboard.shown
    assert "'Allow public client flows'" in seat.keyboard.shown


def test_a_device_code_that_names_no_pause_is_not_asked_for_without_one(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_endpoint, "DEVICE_POLL_SECONDS", 0)
    monkeypatch.setattr(token_endpoint, "DEVICE_CODE_LIFETIME_SECONDS", 20)
    seat.has_public_app()
    seat.keyboard.type("d", "0")

    with pytest.raises(SignInNeeded):
        seat.sign_in(no_browser)

    assert seat.token_posts() <= 20


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ({"verification_uri": "https://microsoft.com.evil.example.net/devicelogin"}, "no page of Microsoft's"),
        ({"verification_uri": "https://www.microsoft.com:444/link"}, "no page of Microsoft's"),
        ({"verification_uri": "javascript:alert(1)"}, "no page of Microsoft's"),
        ({"verification_uri": 5}, "no page of Microsoft's"),
        ({"expires_in": 10**400}, "has not the form"),
        ({"expires_in": math.inf}, "has not the form"),
    ],
)
def test_a_device_code_with_a_strangers_page_or_a_time_that_is_none_is_not_shown(
    seat: Seat, monkeypatch: pytest.MonkeyPatch, odd: dict[str, object], words: str
) -> None:
    give = token_endpoint.TokenEndpoint.answer_device_code
    monkeypatch.setattr(
        token_endpoint.TokenEndpoint,
        "answer_device_code",
        lambda *asked: json_reply(json.loads(give(*asked).whole_body()) | odd),
    )
    seat.has_public_app()
    seat.keyboard.type("d")

    with pytest.raises(ServiceUnusable, match=words):
        seat.sign_in(no_browser)

    assert "and enter the code" not in seat.keyboard.shown


def test_after_a_declined_sign_in_enter_tries_again_with_a_new_attempt(seat: Seat) -> None:
    seat.demo.sign_in.authorize.auto_consent = False
    addresses: list[str] = []

    def decide(address: str) -> bool:
        addresses.append(address)
        (seat.demo.person.decline if len(addresses) == 1 else seat.demo.person.consent)(address)
        return True

    seat.has_real_time()
    seat.keyboard.type("")
    seat.sign_in(decide)

    first, second = map(query_of, addresses)
    assert "The sign-in was cancelled on Microsoft's page (AADSTS65004)." in seat.keyboard.shown
    assert "Signed in as" in seat.keyboard.shown
    assert all(first[name] != second[name] for name in ("state", "code_challenge", "nonce"))


def test_a_wrong_password_is_entered_again_in_place_and_kept_once_microsoft_accepts_it(paste_only: Seat) -> None:
    addresses: list[str] = []

    def visit(address: str) -> bool:
        addresses.append(address)
        if "authorize?" in address:
            again = (
                ["1", "", "", "0" * 8 + "-1111" * 3 + "-" + "0" * 12, f' "{paste_only.demo.client_secret}" ']
                if len(addresses) == 1
                else []
            )
            paste_only.keyboard.type(paste_only.answer(address), *again)
        return True

    paste_only.has(client_secret="wrong~secret")
    paste_only.sign_in(visit)

    shown = paste_only.keyboard.shown
    assert "copied instead of the Value (AADSTS7000215)." in shown
    assert addresses[1].endswith(f"/Credentials/appId/{paste_only.demo.app_id}")
    assert "Signed in as" in shown
    assert paste_only.demo.client_secret not in shown
    kept = f"MS_OPENGRAPH_CLIENT_SECRET={paste_only.demo.client_secret}\n"
    assert (paste_only.settings.home / ".env").read_text() == kept
    assert [settings.client_secret for settings in paste_only.kept] == [paste_only.demo.client_secret]


@pytest.mark.parametrize("typed", [["0"], []], ids=["back", "end of input"])
def test_a_wrong_secret_is_explained_and_ends_as_a_wrong_setting(typed: list[str], paste_only: Seat) -> None:
    def pastes(address: str) -> bool:
        paste_only.keyboard.type(paste_only.answer(address), *typed)
        paste_only.keyboard.hang_up()
        return False

    paste_only.has(client_secret="wrong~secret")
    with pytest.raises(SettingsError) as caught:
        paste_only.sign_in(pastes)

    assert caught.value.exit_code == 78
    assert "copied instead of the Value (AADSTS7000215)." in paste_only.keyboard.shown
    assert not paste_only.token_json.exists()


def test_a_secret_for_a_public_app_is_dropped_after_asking_and_env_keeps_it(paste_only: Seat) -> None:
    attempts: list[str] = []

    def pastes(address: str) -> bool:
        attempts.append(address)
        paste_only.keyboard.type(paste_only.answer(address), *(["1"] if len(attempts) == 1 else []))
        return False

    paste_only.has(app_id=paste_only.demo.public_app_id)
    paste_only.sign_in(pastes)

    assert "(AADSTS700025)" in paste_only.keyboard.shown
    assert paste_only.kept == [replace(paste_only.settings, client_secret="")]
    assert "Signed in as" in paste_only.keyboard.shown
    assert (paste_only.settings.home / ".env").read_text() == "MS_OPENGRAPH_CLIENT_SECRET=\n"


def test_a_personal_app_asked_by_the_wrong_way_offers_to_switch(paste_only: Seat) -> None:
    def pastes(address: str) -> bool:
        try:
            paste_only.demo.person.consent(address)
            paste_only.keyboard.type(paste_only.answer(address))
        except SignInRefusedError as shown_in_browser:
            paste_only.keyboard.type(str(shown_in_browser).split("\r\n")[0], "1")
        return False

    paste_only.has(app_id=paste_only.demo.personal_app_id, client_secret="", authority="common")
    paste_only.sign_in(pastes)

    assert "for personal accounts only" in paste_only.keyboard.shown
    assert "  1  Go on with personal accounts" in paste_only.keyboard.shown
    assert "Signed in as" in paste_only.keyboard.shown
    assert (paste_only.settings.home / ".env").read_text() == "MS_OPENGRAPH_AUTHORITY=consumers\n"


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda seat: seat.has(app_id=""), SettingsError, r"no app id yet \(MS_OPENGRAPH_APP_ID\)"),
        (lambda seat: seat.has(client_secret="wrong~secret"), SettingsError, "AADSTS7000215"),
        (
            lambda seat: seat.has(authority="nowhere.example"),
            SettingsError,
            r"does not know the organisation .* \(AADSTS90002\)",
        ),
        (lambda seat: setattr(seat, "http", offline()), ConnectionLost, "it refused the connection"),
        (
            lambda seat: seat.demo.html_page_next(on="sign_in"),
            ServiceUnusable,
            r"(?s)a page where data should be.*asks you to sign in first \(hotel, airport\)",
        ),
        (lambda seat: seat.demo.fail_next(503, on="token", times=None), ServiceUnusable, "error 503"),
    ],
)
def test_what_ends_a_sign_in_is_said_in_words_and_not_remembered(
    wrong: Callable[[Seat], object], error: type[OneDriveError], words: str, seat: Seat
) -> None:
    settings, http = seat.settings, seat.http
    wrong(seat)

    with pytest.raises(error) as caught:
        seat.sign_in_alone()

    assert re.search(words, f"{caught.value.sentence} {caught.value.hint}")
    assert not seat.token_json.exists()
    assert seat.settings.app_id or not seat.demo.requests
    seat.settings, seat.http = settings, http
    seat.demo.be_well()
    assert "Signed in as" in seat.sign_in_alone()


def test_an_overloaded_sign_in_service_is_asked_again_for_the_same_code(seat: Seat, clock: FakeClock) -> None:
    seat.demo.throttle_next(times=2, seconds=3, on="token")

    assert "Signed in as" in seat.sign_in_alone()
    assert clock.waits[:2] == [3.0, 3.0]


def test_a_token_json_that_cannot_be_used_is_put_aside(seat: Seat) -> None:
    content = '{"AccessToken": {'
    seat.token_json.write_text(content)

    shown = seat.sign_in_alone()

    kept = list(seat.settings.home.glob("token.damaged-*.json"))
    assert [path.read_text() for path in kept] == [content]
    assert f"token.json is damaged and cannot be read, so it was put aside as {kept[0].name}." in shown
    assert describe_sign_in(*_home(seat)).startswith("signed in as")


def test_another_account_than_the_lists_and_an_earlier_wider_consent_are_said(seat: Seat) -> None:
    (seat.settings.home / "list_state.json").write_text('{"account_id": "another", "drive_id": "0123456789abcdef"}')
    seat.demo.earlier_consent("Files.ReadWrite")

    shown = seat.sign_in_alone()

    assert "The list in file_list.json was made with another account" in shown
    assert "more than was asked for (Files.ReadWrite)" in shown
    assert "https://account.live.com/consent/Manage" in shown


def test_renewing_gets_a_new_token_and_says_until_when_it_holds(seat: Seat) -> None:
    seat.sign_in_alone()
    before = seat.token_json.read_text()

    result = seat.renew()

    assert result == ALL_DONE
    assert re.search(r"it holds until \d\d:\d\d:\d\d \(1 h\)", seat.keyboard.shown)
    assert seat.token_json.read_text() != before
    _is_closed_to_others(seat.token_json)


def test_a_sign_in_that_cannot_be_renewed_is_said_with_what_to_do(seat: Seat) -> None:
    with pytest.raises(SignInNeeded) as caught:
        seat.renew()
    seat.sign_in_alone()
    seat.demo.revoke_refresh_tokens()
    with pytest.raises(SignInNeeded, match=r"no longer valid.*\(AADSTS50173\)"):
        seat.renew()
    seat.has(app_id="")
    with pytest.raises(SettingsError):
        seat.renew()

    assert (caught.value.sentence, caught.value.hint) == ("You are not signed in.", "Choose 1 to sign in.")


def test_a_sign_in_made_with_a_device_code_renews_with_and_without_the_secret(seat: Seat) -> None:
    seat.has_public_app()
    seat.sign_in_alone()

    seat.has(client_secret="given~later")
    seat.renew()

    assert "The sign-in is renewed" in seat.keyboard.shown
