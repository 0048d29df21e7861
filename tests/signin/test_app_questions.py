"""Asking for the app's two values, and for what a refusal suggests to change; `.env` keeps the answers."""

from __future__ import annotations

import io
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.errors import SettingsError
from onedrive.settings import ENVIRONMENT, Flags, Settings, read_settings
from onedrive.signin.app_questions import ask_for_app_settings, ask_to_switch
from onedrive.signin.refusals import Remedy
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import Terminal

APP_ID = "11111111-2222-3333-4444-555555555555"
SECRET = "abc8Q~value"


def _terminal(*typed: str, no_input: bool = False) -> tuple[Terminal, io.StringIO]:
    output = io.StringIO()
    typing = io.StringIO("".join(line + "\n" for line in typed))
    return Terminal(stdin=typing, stdout=output, environ={}, no_input=no_input), output


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home, home / "downloads", env_file=home / ".env")


def test_missing_values_are_asked_for_and_kept(settings: Settings) -> None:
    terminal, output = _terminal("no id", APP_ID, APP_ID, SECRET)

    asked = ask_for_app_settings(terminal, settings)

    assert (asked.app_id, asked.client_secret) == (APP_ID, SECRET)
    kept = read_settings(Flags(), {}, settings.home)
    assert (kept.app_id, kept.client_secret) == (APP_ID, SECRET)
    assert "MS_OPENGRAPH_APP_ID is no app id" in output.getvalue()
    assert "MS_OPENGRAPH_CLIENT_SECRET looks like the Secret ID" in output.getvalue()
    assert SECRET not in output.getvalue()
    if os.name != "nt":
        assert stat.S_IMODE((settings.home / ".env").stat().st_mode) == 0o600


def test_an_app_without_a_secret_gets_an_empty_one_and_settings_that_can_be_right_are_not_asked_for(
    settings: Settings,
) -> None:
    terminal, output = _terminal(APP_ID, "")

    right = ask_for_app_settings(terminal, replace(settings, client_secret="'x'"))
    shown = output.getvalue()

    assert right.client_secret == ""
    assert ask_for_app_settings(terminal, right) is right
    assert output.getvalue() == shown


@pytest.mark.parametrize(
    ("typed", "no_input"), [([""], False), ([], False), ([], True)], ids=["empty line", "end of input", "--no-input"]
)
def test_who_gives_no_answer_hears_what_is_missing(typed: list[str], no_input: bool, settings: Settings) -> None:
    terminal, output = _terminal(*typed, no_input=no_input)

    with pytest.raises(SettingsError, match="MS_OPENGRAPH_APP_ID is missing"):
        ask_for_app_settings(terminal, settings)

    assert not (settings.home / ".env").exists()
    assert not (no_input and output.getvalue())


def test_another_wrong_setting_is_not_asked_for(settings: Settings) -> None:
    terminal, _ = _terminal(APP_ID, SECRET)

    with pytest.raises(SettingsError, match="MS_OPENGRAPH_AUTHORITY"):
        ask_for_app_settings(terminal, replace(settings, app_id=APP_ID, authority="everybody"))


def test_a_variable_of_the_environment_that_will_win_is_named(settings: Settings) -> None:
    terminal, output = _terminal(APP_ID, SECRET)

    ask_for_app_settings(terminal, replace(settings, sources={"MS_OPENGRAPH_APP_ID": ENVIRONMENT}))

    assert "The environment still sets MS_OPENGRAPH_APP_ID and wins next time" in output.getvalue()


@pytest.mark.parametrize(
    ("remedy", "secret", "authority", "kept"),
    [
        (Remedy.DROP_SECRET, "", "common", "MS_OPENGRAPH_CLIENT_SECRET=\n"),
        (Remedy.USE_CONSUMERS, SECRET, "consumers", "MS_OPENGRAPH_AUTHORITY=consumers\n"),
        (Remedy.USE_ORGANIZATIONS, SECRET, "organizations", "MS_OPENGRAPH_AUTHORITY=organizations\n"),
    ],
)
def test_what_a_refusal_suggests_is_changed_and_kept_after_asking(
    remedy: Remedy, secret: str, authority: str, kept: str, settings: Settings
) -> None:
    terminal, _ = _terminal("", "1")
    before = replace(settings, app_id=APP_ID, client_secret=SECRET, authority="common")

    after = ask_to_switch(terminal, before, remedy)

    assert after == replace(before, client_secret=secret, authority=authority)
    assert settings.env_file.read_text() == kept


@pytest.mark.parametrize(
    ("remedy", "secret"),
    [
        (Remedy.DROP_SECRET, SECRET),  # the person says no
        (Remedy.DROP_SECRET, ""),  # the rest is so already, and not asked
        (Remedy.USE_CONSUMERS, ""),
        (Remedy.TRY_AGAIN, ""),
        (Remedy.SETTING, ""),
    ],
)
def test_who_says_no_or_has_nothing_to_change_keeps_the_settings(
    remedy: Remedy, secret: str, settings: Settings
) -> None:
    terminal, output = _terminal("q" if secret else "1", "1")

    assert ask_to_switch(terminal, replace(settings, client_secret=secret), remedy) is None
    assert bool(output.getvalue()) is bool(secret)


def test_the_end_of_input_is_passed_on(settings: Settings) -> None:
    terminal, _ = _terminal()

    with pytest.raises(EndOfInput):
        ask_to_switch(terminal, replace(settings, client_secret=SECRET), Remedy.DROP_SECRET)
