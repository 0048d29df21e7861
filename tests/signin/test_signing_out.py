"""Option 9: the sign-in goes, everything else stays, and what only the person can undo is said."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.errors import OneDriveError
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.settings import Settings
from onedrive.signin.sign_out import find_sign_in_files, withdraw_at
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import Terminal
from onedrive_authorization import sign_out
from tests.faults.server import FaultyServer
from tests.signin.sign_in_scene import demo_settings, sign_in_alone

KEPT = (".env", "file_list.json", "download_manifest.jsonl", "list_state.json", "token.txt", "my.token.json")


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home, home / "downloads", "app")


def choose_9(settings: Settings, typed: str | None = None) -> str:
    """Choose 9: in the menu, where `typed` is what the person answers, or on the command line."""
    shown = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(typed or ""), stdout=shown, environ={})
    sign_out(terminal, settings, ask_first=typed is not None)
    return shown.getvalue()


def test_the_sign_in_and_its_copies_go_and_all_else_stays(
    demo: FaultyServer, http: HttpClient, pause: SharedPause, home: Path
) -> None:
    settings = demo_settings(demo, home)
    sign_in_alone(demo, http, pause, settings)
    for name in ("token.json.new", "token.damaged-20260101-120000.json", "token.foreign-20260101-120000-2.json"):
        (home / name).write_text("{}")
    for name in KEPT:
        (home / name).write_text("kept")

    shown = choose_9(settings)

    assert {path.name for path in home.iterdir()} == set(KEPT)
    assert "Removed: token.json and 3 older copies." in shown
    assert "Kept: the lists, the record of what is downloaded, and the downloads." in shown


@pytest.mark.parametrize(
    ("authority", "address"),
    [
        ("consumers", "https://account.live.com/consent/Manage"),
        ("organizations", "https://myapps.microsoft.com"),
        ("contoso.com", "https://myapps.microsoft.com"),
        ("common", "https://account.live.com/consent/Manage (work or school: https://myapps.microsoft.com)"),
    ],
)
def test_where_the_consent_is_withdrawn_is_said_for_the_kind_of_account(
    settings: Settings, authority: str, address: str
) -> None:
    (settings.home / "token.json").write_text("{}")

    shown = choose_9(replace(settings, authority=authority))

    assert f"To withdraw that, open {address}\n" in shown
    assert withdraw_at(authority) == address
    assert "Your browser stays signed in at Microsoft" in shown


def test_in_the_demo_no_real_address_is_named(settings: Settings) -> None:
    (settings.home / "token.json").write_text("{}")

    shown = choose_9(replace(settings, demo=True))

    assert "https://" not in shown
    assert not (settings.home / "token.json").exists()


def test_who_is_not_signed_in_is_told_so_and_not_asked(settings: Settings) -> None:
    shown = choose_9(settings, typed="")

    assert shown == "You are not signed in here, so there is nothing to remove.\n"


def test_a_home_that_does_not_exist_has_no_sign_in(settings: Settings) -> None:
    assert find_sign_in_files(settings.home / "nowhere") == []


def test_in_the_menu_zero_goes_back_and_nothing_is_removed(settings: Settings) -> None:
    (settings.home / "token.json").write_text("{}")

    shown = choose_9(settings, typed="x\n\n0\n")

    assert (settings.home / "token.json").exists()
    assert "There is no 'x' here." in shown
    assert shown.endswith("Nothing was removed.\n")


def test_in_the_menu_one_signs_out(settings: Settings) -> None:
    (settings.home / "token.json").write_text("{}")

    choose_9(settings, typed="1\n")

    assert not (settings.home / "token.json").exists()


def test_the_end_of_the_input_removes_nothing(settings: Settings) -> None:
    (settings.home / "token.json").write_text("{}")

    with pytest.raises(EndOfInput):
        choose_9(settings, typed="")

    assert (settings.home / "token.json").exists()


def test_a_file_that_cannot_be_removed_is_named_and_the_others_go(settings: Settings) -> None:
    (settings.home / "token.json").mkdir()  # not even root removes a folder so
    (settings.home / "token.json.new").write_text("{}")

    with pytest.raises(OneDriveError, match=r"could not be removed: token\.json, ") as caught:
        choose_9(settings)

    assert "Remove it by hand" in caught.value.hint
    assert not (settings.home / "token.json.new").exists()
