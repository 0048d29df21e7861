"""The settings as they arrived: their shapes, where each came from, what cannot be right; nothing that is secret."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from onedrive.errors import SettingsError
from onedrive.finding import SETTINGS, Finding, State
from onedrive.redirect_listener import PortBusy, RedirectListener, can_listen_at
from onedrive.setting_rules import (
    APP_ID,
    AUTHORITY,
    CLIENT_SECRET,
    FILE_HOSTS,
    REDIRECT_URI,
    check_app_id,
    check_authority,
    check_client_secret,
    check_redirect_uri,
)
from onedrive.settings import DOWNLOADS, ENV_FILE, ENVIRONMENT, HOME, ROOT_FOLDER, SHARED, Settings
from onedrive.words import plural

_KNOWN_AUTHORITIES = {
    "consumers": "personal accounts",
    "organizations": "work or school accounts",
    "common": "personal, work and school accounts",
}


def look_at_settings(settings: Settings, faults: Sequence[SettingsError], cwd: Path) -> Iterator[Finding]:
    """Findings about the settings; `faults` are those with which they could not be read at all."""
    for number, fault in enumerate(faults, start=1):
        yield SETTINGS.wrong(f"unreadable setting {number}", fault.sentence.rstrip("."), fault.hint)
    yield from _look_at_env_files(settings, cwd)
    yield _checked("app id", lambda: check_app_id(settings.app_id), lambda: _app_id_words(settings))
    yield _checked(
        "client secret", lambda: check_client_secret(settings.client_secret), lambda: _secret_words(settings)
    )
    yield _checked("authority", lambda: check_authority(settings.authority), lambda: _authority_words(settings))
    yield from _look_at_redirect(settings)
    yield SETTINGS.ok("folders", f"Home: {settings.home}{_source(settings, HOME)}")
    yield SETTINGS.ok("downloads", f"Downloads: {settings.downloads}{_source(settings, DOWNLOADS)}")
    yield from _look_at_the_rest(settings)


def authority_words(authority: str) -> str:
    """Who may sign in, without the name of a tenant."""
    return authority if authority in _KNOWN_AUTHORITIES else "one tenant"


def _checked(name: str, check: Callable[[], None], describe: Callable[[], str]) -> Finding:
    try:
        check()
    except SettingsError as error:
        return SETTINGS.wrong(name, error.sentence.rstrip("."), error.hint)
    return SETTINGS.ok(name, describe())


def _look_at_env_files(settings: Settings, cwd: Path) -> Iterator[Finding]:
    paths = [] if settings.demo else list(dict.fromkeys([cwd / ENV_FILE, settings.home / ENV_FILE]))
    there = [path for path in paths if path.is_file()]
    if settings.demo:
        yield SETTINGS.ok("settings files", "The demo reads no settings file and has an app id of its own")
    elif there:
        yield SETTINGS.ok("settings files", f"Settings file: {' and '.join(map(str, there))}")
    else:
        yield SETTINGS.ok("settings files", "There is no .env here; the environment alone was read")
    for path in there:
        if os.name == "posix" and settings.sources.get(CLIENT_SECRET) == str(path) and _is_open_to_others(path):
            yield SETTINGS.note(
                "permissions of .env",
                f"{path} holds the client secret, and other people on this computer can read it",
                f"Run: chmod 600 {path}",
            )


def _is_open_to_others(path: Path) -> bool:
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
    except OSError:
        return False


def _app_id_words(settings: Settings) -> str:
    return f"App id: {settings.app_id[:8]}-..., well formed{_source(settings, APP_ID)}"


def _secret_words(settings: Settings) -> str:
    if not settings.client_secret:
        return "Client secret: none, as is right for a public client"
    length = plural("character", len(settings.client_secret))
    return f"Client secret: set, {length}, does not look like a Secret ID{_source(settings, CLIENT_SECRET)}"


def _authority_words(settings: Settings) -> str:
    kind = _KNOWN_AUTHORITIES.get(settings.authority, "accounts of that tenant")
    return f"Authority: {authority_words(settings.authority)} ({kind}){_source(settings, AUTHORITY)}"


def _look_at_redirect(settings: Settings) -> Iterator[Finding]:
    address = settings.redirect_uri
    found = _checked(
        "redirect address",
        lambda: check_redirect_uri(address, settings.authority),
        lambda: f"Redirect address: {address}{_source(settings, REDIRECT_URI)}",
    )
    yield found
    if found.state is State.WRONG:
        return
    if can_listen_at(address):
        yield _try_port(address)
    else:
        yield SETTINGS.note(
            "redirect port",
            "The redirect address is not on this computer, so the program cannot wait there",
            "At the sign-in, copy the address out of the browser's bar and paste it here.",
        )


def _try_port(address: str) -> Finding:
    """Whether the browser can come back to us after the sign-in; the port is let go of at once."""
    try:
        with RedirectListener(address, lambda _: ""):
            return SETTINGS.ok("redirect port", "The port of the redirect address is free: the browser can come back")
    except PortBusy as busy:
        if "//localhost" in address:
            cure = "Nothing need be done: the sign-in takes another port, which Microsoft allows for localhost."
        else:
            cure = "End the other program; or, at the sign-in, paste the address out of the browser's bar."
        return SETTINGS.note("redirect port", f"The browser cannot come back to the redirect address: {busy}", cure)


def _look_at_the_rest(settings: Settings) -> Iterator[Finding]:
    if settings.root_folder:
        yield SETTINGS.ok("root folder", f"A folder to list is set{_source(settings, ROOT_FOLDER)}")
    if settings.shared:
        yield SETTINGS.ok("shared folders", f"Folders that others share are listed{_source(settings, SHARED)}")
    if settings.file_hosts:
        count = plural("further file host", len(settings.file_hosts))
        yield SETTINGS.ok("file hosts", f"{count} trusted{_source(settings, FILE_HOSTS)}")


def _source(settings: Settings, name: str) -> str:
    """Where a setting came from, in words that fit after it."""
    source = settings.sources.get(name)
    if source is None:
        return ""
    return f" (from {'the environment' if source == ENVIRONMENT else source})"
