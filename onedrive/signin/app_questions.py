"""Questions about the app registration: the two values that are needed, and what a refusal suggests to change.

Answers go to `.env`, so that they are asked for once. Where nobody can be asked, the settings stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from onedrive.errors import SettingsError, WrongAnswer
from onedrive.settings import (
    APP_ID,
    AUTHORITY,
    CLIENT_SECRET,
    ENVIRONMENT,
    Settings,
    check_app_id,
    check_app_settings,
    check_client_secret,
    portal_place,
    write_env_file,
)
from onedrive.signin.refusals import Remedy
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import BACK, Terminal


def ask_for_app_settings(terminal: Terminal, settings: Settings) -> Settings:
    """The settings with an app id and a secret that can be right, asked for and written to `.env` when they are not.

    Raises SettingsError where nobody can be asked, or when the person gives no answer or another setting is wrong.
    """
    try:
        check_app_settings(settings)
    except SettingsError as problem:
        if not terminal.can_ask or settings.demo or not _is_about_the_two_values(settings):
            raise
        terminal.say(f"{problem.sentence} {problem.hint}", style="warning")
        return _ask_for_both(terminal, settings, problem)
    return settings


def ask_to_switch(terminal: Terminal, settings: Settings, remedy: Remedy) -> Settings | None:
    """The settings changed as a refusal suggests, if the person agrees; None when they do not or nothing would change.

    Offers to write the change to `.env`. Raises EndOfInput.
    """
    if remedy is Remedy.DROP_SECRET and settings.client_secret:
        changed, variable, value = replace(settings, client_secret=""), CLIENT_SECRET, ""
        question = "Leave the client secret out and sign in again?"
    elif remedy in _AUTHORITIES and settings.authority != _AUTHORITIES[remedy]:
        changed, variable, value = replace(settings, authority=_AUTHORITIES[remedy]), AUTHORITY, _AUTHORITIES[remedy]
        question = f"Switch to {value} and sign in again?"
    else:
        return None
    if not _says_yes(terminal, question):
        return None
    if _says_yes(terminal, f"Write {variable}={value} to {settings.env_file}, so that it stays so?"):
        _keep(terminal, settings, {variable: value})
    return changed


_AUTHORITIES = {Remedy.USE_CONSUMERS: "consumers", Remedy.USE_ORGANIZATIONS: "organizations"}


def _is_about_the_two_values(settings: Settings) -> bool:
    try:
        check_app_id(settings.app_id)
        check_client_secret(settings.client_secret)
    except SettingsError:
        return True
    return False


def _ask_for_both(terminal: Terminal, settings: Settings, problem: SettingsError) -> Settings:
    terminal.say("You can enter the two values of your app registration now; an empty line stops.")
    app_id_question = f"Application (client) ID, from {portal_place(APP_ID)}:"
    secret_question = f"Client secret (the Value), from {portal_place(CLIENT_SECRET)}; empty for an app without one:"
    try:
        app_id = terminal.ask_until(app_id_question, lambda typed: typed.strip() and _checked(typed, check_app_id))
        if not app_id:
            raise problem
        secret = terminal.ask_until(secret_question, lambda typed: _checked(typed, check_client_secret), secret=True)
    except EndOfInput:
        raise problem from None
    _keep(terminal, settings, {APP_ID: app_id, CLIENT_SECRET: secret})
    changed = replace(settings, app_id=app_id, client_secret=secret)
    check_app_settings(changed)
    return changed


def _checked(typed: str, check: Callable[[str], None]) -> str:
    try:
        check(typed.strip())
    except SettingsError as problem:
        raise WrongAnswer(problem.sentence) from problem
    return typed.strip()


def _keep(terminal: Terminal, settings: Settings, values: dict[str, str]) -> None:
    write_env_file(settings.env_file, values)
    terminal.say(f"Written to {settings.env_file}; only you can read that file.", style="good")
    overruled = [name for name in values if settings.sources.get(name) == ENVIRONMENT]
    if overruled:
        terminal.say(
            f"The environment still sets {' and '.join(overruled)} and wins next time: remove it there.",
            style="warning",
        )


def _says_yes(terminal: Terminal, question: str) -> bool:
    terminal.say(question)
    return terminal.pick("Your choice:", {"1": "Yes", BACK: "No"}, default="1") == "1"
