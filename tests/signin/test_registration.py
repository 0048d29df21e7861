"""The way to an app id, in five steps: what is typed is looked at at once, then Microsoft is asked; `.env` keeps it."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.errors import SettingsError, SignInNeeded
from onedrive.settings import ENVIRONMENT, Flags, read_settings
from onedrive.signin.browser import Browser
from onedrive.signin.refusals import explain
from onedrive.signin.registration import PORTAL, Registration
from onedrive.terminal.terminal import Terminal
from pretend_onedrive.person import SignInRefusedError
from tests.person import Person
from tests.signin.sign_in_scene import Seat, browser_of, offline

GUID = "11111111-2222-3333-4444-555555555555"
LEFT = "0"


@pytest.fixture
def newcomer(seat: Seat) -> Seat:
    """Somebody without an app id, whose browser comes back from Microsoft's page."""
    seat.has(app_id="", client_secret="")
    seat.has_real_time()
    return seat


def _visit(seat: Seat, opened: list[str]) -> bool:
    """Sign in, with a browser that notes which pages of the portal were opened."""

    def visit(address: str) -> bool:
        if "authorize?" in address:
            return browser_of(seat.demo)(address)
        opened.append(address)
        return True

    return bool(seat.sign_in(visit).exit_code == 0)


def test_five_steps_lead_from_nothing_to_a_sign_in(newcomer: Seat) -> None:
    opened: list[str] = []
    app_id = newcomer.demo.public_app_id
    newcomer.keyboard.type(
        "1", "", "", "", "no id", f"{GUID} {app_id}", f"  Application (client) ID : {app_id} ", "", ""
    )

    assert _visit(newcomer, opened)

    shown = newcomer.keyboard.shown
    steps = [shown.find(f"Step {number} of 5") for number in range(1, 6)]
    assert steps == sorted(steps)
    assert -1 not in steps
    assert opened == [PORTAL, opened[-1]]
    assert opened[-1].endswith(f"/CallAnAPI/appId/{app_id}")
    assert "'Personal accounts only'" in shown
    assert shown.count("That is no app id") == 2
    assert "Signed in as" in shown
    assert [settings.app_id for settings in newcomer.kept] == [app_id]
    env_file = newcomer.settings.env_file
    assert env_file.read_text() == f"MS_OPENGRAPH_APP_ID={app_id}\n"
    if os.name != "nt":
        assert stat.S_IMODE(env_file.stat().st_mode) == 0o600


def test_who_has_an_app_id_enters_it_and_a_password_only_where_the_app_needs_one(newcomer: Seat) -> None:
    demo, opened = newcomer.demo, list[str]()
    newcomer.has(sources={"MS_OPENGRAPH_CLIENT_SECRET": ENVIRONMENT}, app_id="00000000-0000-0000-0000-000000000000")
    newcomer.keyboard.type("3", demo.app_id, "1", "2", GUID, "paste-the-secret-value-here", demo.client_secret)

    assert _visit(newcomer, opened)

    shown = newcomer.keyboard.shown
    assert "This app needs an app password (client secret), and none was given" in shown
    assert "That looks like the Secret ID" in shown
    assert "That is still the placeholder" in shown
    assert demo.client_secret not in shown
    assert "the environment still sets MS_OPENGRAPH_CLIENT_SECRET, and wins next time" in shown
    kept = read_settings(Flags(), {}, newcomer.settings.home)
    assert (kept.app_id, kept.client_secret) == (demo.app_id, demo.client_secret)


@pytest.mark.parametrize(
    ("typed", "app", "told", "authority"),
    [
        (["3", GUID, "1"], "public_app_id", "does not know this app id among personal accounts", ""),
        (["2", "2", "1"], "personal_app_id", "for personal accounts only, and other accounts were to sign in", ""),
        (["3"], "work_app_id", "for work or school accounts only", "organizations"),
    ],
)
def test_what_microsoft_does_not_accept_is_told_and_entered_again_or_changed_in_place(
    typed: list[str], app: str, told: str, authority: str, newcomer: Seat
) -> None:
    app_id = getattr(newcomer.demo, app)
    newcomer.keyboard.type(*typed, app_id, "1", "2", LEFT)
    newcomer.keyboard.hang_up()

    with contextlib.suppress(SettingsError, SignInNeeded, SignInRefusedError):
        _visit(newcomer, [])

    assert told in newcomer.keyboard.shown
    kept = read_settings(Flags(), {}, newcomer.settings.home)
    assert (kept.app_id, kept.authority) == (app_id, authority or "consumers")


def test_without_a_network_nothing_is_kept(newcomer: Seat) -> None:
    newcomer.http = offline()
    newcomer.keyboard.type("3", newcomer.demo.public_app_id, "1", LEFT, LEFT)

    with pytest.raises(SettingsError, match="There is no app id yet"):
        _visit(newcomer, [])

    assert newcomer.keyboard.shown.count("it refused the connection") == 2
    assert not newcomer.settings.env_file.exists()


@pytest.mark.parametrize(
    "typed",
    [[LEFT], [], ["1", LEFT, LEFT], ["3", "q", LEFT], ["1", "2", "1", LEFT, LEFT, LEFT, LEFT]],
    ids=["back", "end of input", "from step 2", "from the app id", "from step 4"],
)
def test_who_goes_back_keeps_nothing_and_is_told_how_to_go_on(typed: list[str], newcomer: Seat) -> None:
    newcomer.keyboard.type(*typed)
    newcomer.keyboard.hang_up()

    with pytest.raises(SettingsError, match="There is no app id yet") as caught:
        _visit(newcomer, [])

    assert caught.value.hint == "Choose 1 to go on."
    assert not newcomer.settings.env_file.exists()


def test_without_a_browser_the_address_is_shown_and_a_near_miss_in_env_is_named(newcomer: Seat, home: Path) -> None:
    newcomer.has(remarks=(f"{home / '.env.txt'} is not read",))
    newcomer.keyboard.type("2", "1", LEFT, LEFT, LEFT)

    with pytest.raises(SettingsError):
        newcomer.sign_in(lambda _: False, is_here=False)

    assert f"    {PORTAL}\n" in newcomer.keyboard.shown
    assert "Open this page" not in newcomer.keyboard.shown
    assert "'Multiple Entra ID tenants'" in newcomer.keyboard.shown
    assert ".env.txt is not read" in newcomer.keyboard.shown


@pytest.mark.parametrize(
    ("wrong", "typed"),
    [({"app_id": "hello"}, []), ({"client_secret": "'x'"}, ["1", "2"])],
)
def test_a_value_that_cannot_be_right_is_entered_again_in_place(
    seat: Seat, wrong: dict[str, str], typed: list[str]
) -> None:
    seat.has_real_time()
    right = seat.demo.app_id if "app_id" in wrong else seat.demo.client_secret
    seat.has(**wrong)
    seat.keyboard.type(*typed, right)

    assert _visit(seat, [])

    assert [(settings.app_id, settings.client_secret) for settings in seat.kept] == [
        (seat.demo.app_id, seat.demo.client_secret)
    ]


@pytest.mark.posix("terminal of POSIX")
def test_the_app_password_is_not_shown_while_it_is_typed(seat: Seat) -> None:
    needed = explain(seat.settings, {"error_codes": [7000218]})
    with Person() as person:

        def type_when_asked() -> None:
            person.sees("Your choice:")
            person.type("2\r")
            person.sees("App password")
            person.type(f"{seat.demo.client_secret}\r")

        threading.Thread(target=type_when_asked, daemon=True).start()
        terminal = Terminal(stdin=person.keyboard, stdout=person.screen, environ={"TERM": "xterm"})
        changed = Registration(terminal, seat.http, Browser(lambda _: True)).correct(
            replace(seat.settings, client_secret=""), needed
        )
        person.sees("Microsoft knows this app")

        assert seat.demo.client_secret not in person.written
    assert changed == seat.settings


def test_a_password_left_as_the_placeholder_is_dropped_where_the_app_needs_none(seat: Seat) -> None:
    seat.has_real_time()
    seat.has_public_app()
    seat.has(client_secret="paste-the-secret-value-here")

    assert _visit(seat, [])

    assert seat.settings.env_file.read_text() == "MS_OPENGRAPH_CLIENT_SECRET=\n"
    assert "Signed in as" in seat.keyboard.shown


def test_another_wrong_setting_is_not_asked_for(newcomer: Seat) -> None:
    newcomer.has(app_id=GUID, authority="everybody")

    with pytest.raises(SettingsError, match="MS_OPENGRAPH_AUTHORITY"):
        _visit(newcomer, [])
