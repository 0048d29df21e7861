"""Option 9: the sign-in goes, everything else stays, and what only the person can undo is said."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.errors import OneDriveError
from onedrive.settings import Settings
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import Terminal
from onedrive_authorization import sign_out
from tests.signin.sign_in_scene import Seat

KEPT = (".env", "file_list.json", "download_manifest.jsonl", "list_state.json", "token.txt", "my.token.json")


@pytest.fixture
def token_json(home: Path) -> Path:
    path = home / "token.json"
    path.write_text("{}")
    return path


def choose_9(home: Path, typed: str | None = None, **changed: object) -> str:
    """Choose 9: in the menu, where `typed` is what the person answers, or on the command line."""
    shown = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(typed or ""), stdout=shown, environ={})
    settings = replace(Settings(home, home / "downloads", "app"), **changed)  # type: ignore[arg-type]  # any settings
    sign_out(terminal, settings, ask_first=typed is not None)
    return shown.getvalue()


def test_the_sign_in_and_its_copies_go_and_all_else_stays(seat: Seat, home: Path) -> None:
    seat.sign_in_alone()
    for name in ("token.json.new", "token.damaged-20260101-120000.json", "token.foreign-20260101-120000-2.json"):
        (home / name).write_text("{}")
    for name in KEPT:
        (home / name).write_text("kept")

    shown = choose_9(home)

    assert {path.name for path in home.iterdir()} == set(KEPT)
    assert "Removed: token.json and 3 older copies." in shown
    assert "Kept: the lists, the downloads and their record, and the app id in your settings." in shown


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
    token_json: Path, authority: str, address: str
) -> None:
    shown = choose_9(token_json.parent, authority=authority)

    assert f"To withdraw that, open {address}\n" in shown
    assert "Your browser stays signed in at Microsoft" in shown


def test_in_the_demo_no_real_address_is_named(token_json: Path) -> None:
    assert "https://" not in choose_9(token_json.parent, demo=True)
    assert not token_json.exists()


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_who_is_not_signed_in_is_told_so_and_not_asked(home: Path, folder: str) -> None:
    shown = choose_9(home / folder, typed="")

    assert shown == "You are not signed in here, so there is nothing to remove.\n"


def test_in_the_menu_zero_goes_back_one_signs_out_and_the_end_of_input_removes_nothing(token_json: Path) -> None:
    home = token_json.parent

    shown = choose_9(home, typed="x\n\n0\n")

    assert "There is no 'x' here." in shown
    assert shown.endswith("Nothing was removed.\n")
    with pytest.raises(EndOfInput):
        choose_9(home, typed="")
    assert token_json.exists()
    choose_9(home, typed="1\n")
    assert not token_json.exists()


def test_a_file_that_cannot_be_removed_is_named_and_the_others_go(home: Path) -> None:
    (home / "token.json").mkdir()  # not even root removes a folder so
    (home / "token.json.new").write_text("{}")

    with pytest.raises(OneDriveError, match=r"could not be removed: token\.json, ") as caught:
        choose_9(home)

    assert "Remove it by hand" in caught.value.hint
    assert not (home / "token.json.new").exists()
