"""The settings and the saved sign-in, for option 8: their shapes, where each came from, what cannot be right."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from onedrive.errors import SettingsError, StateFileBroken
from onedrive.settings import (
    APP_ID,
    AUTHORITY,
    CLIENT_SECRET,
    DOWNLOADS,
    ENV_FILE,
    ENVIRONMENT,
    FILE_HOSTS,
    HOME,
    REDIRECT_URI,
    ROOT_FOLDER,
    SHARED,
    Settings,
    check_app_id,
    check_authority,
    check_client_secret,
    check_redirect_uri,
)
from onedrive.setup.findings import SETTINGS, SIGN_IN, Finding, State
from onedrive.signin.answer import PortBusy, RedirectListener, can_listen_at
from onedrive.signin.sign_out import find_sign_in_files, withdraw_at
from onedrive.signin.token_file import TOKEN_FILE, SavedSignIn, TokenFile, Unusable
from onedrive.words import format_clock, format_duration, plural

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


IDLE_DAYS = 90  # a refresh token that is not used for so long ends (Microsoft, refresh tokens)
_SOON_DAYS = 14
_DAY_SECONDS = 86_400


def read_mode(home: Path) -> int | None:
    """Who may read token.json, before it is opened (which closes it to others); None: not known."""
    try:
        return stat.S_IMODE((home / TOKEN_FILE).stat().st_mode) if os.name == "posix" else None
    except OSError:
        return None


def look_at_sign_in(settings: Settings, mode_before: int | None, *, now: float) -> Iterator[Finding]:
    """Findings about token.json; `mode_before` is what `read_mode` said at the start."""
    file = TokenFile(settings.home, settings.app_id)
    try:
        saved = file.read()
    except Unusable as unusable:
        yield SIGN_IN.wrong("sign-in", f"Not signed in: {unusable}", "Choose 1 to sign in; the file is then put aside.")
        return
    except StateFileBroken as broken:
        yield SIGN_IN.wrong("sign-in", f"Not signed in: {broken.sentence.rstrip('.')}", broken.hint)
        return
    if saved is None:
        yield SIGN_IN.note("sign-in", "Not signed in", "Choose 1 to sign in.")
    else:
        yield from _look_at_permissions_of_the_file(settings.home, mode_before)
        yield from _look_at_times(saved, now)
        yield from _look_at_scopes(saved, settings)
    yield from _look_at_copies(settings.home)


def _look_at_permissions_of_the_file(home: Path, before: int | None) -> Iterator[Finding]:
    after = read_mode(home)
    if before is None or after is None:
        return
    if after & 0o077:
        yield SIGN_IN.wrong(
            "permissions of token.json",
            "Other people on this computer can read token.json, and with it your OneDrive",
            f"Run: chmod 600 {home / TOKEN_FILE}",
        )
    elif before & 0o077:
        yield SIGN_IN.note(
            "permissions of token.json",
            "Other people on this computer could read token.json; it has just been closed to them",
            "If you do not trust them, withdraw the permission (option 9 says where) and sign in again.",
        )
    else:
        yield SIGN_IN.ok("permissions of token.json", "token.json can be read by you alone")


def _look_at_times(saved: SavedSignIn, now: float) -> Iterator[Finding]:
    token = saved.access_token
    if token and token.expires_at > now:
        left = format_duration(token.expires_at - now)
        yield SIGN_IN.ok("access token", f"Access token: until {format_clock(token.expires_at)} ({left})")
    elif saved.can_renew:
        yield SIGN_IN.ok("access token", "Access token: ended; the next option renews it by itself")
    else:
        yield SIGN_IN.wrong("access token", "The sign-in has ended and cannot be renewed", "Choose 1 to sign in again.")
    if saved.can_renew:
        yield _judge_refresh_token(saved.renewed_at, now)


def _judge_refresh_token(renewed_at: float | None, now: float) -> Finding:
    name = "refresh token"
    if renewed_at is None:
        return SIGN_IN.ok(name, "Refresh token: there, of unknown age")
    ends_at = renewed_at + IDLE_DAYS * _DAY_SECONDS
    ends = time.strftime("%Y-%m-%d", time.localtime(ends_at))
    words = f"Refresh token: renewed {_ago(now - renewed_at)}, "
    if ends_at <= now:
        return SIGN_IN.wrong(
            name, f"{words}not used for {IDLE_DAYS} days since, so it has ended", "Choose 1 to sign in."
        )
    words += f"ends on {ends} if it is not used before"
    if ends_at - now < _SOON_DAYS * _DAY_SECONDS:
        return SIGN_IN.note(name, words, "Choose 2 to renew it.")
    return SIGN_IN.ok(name, words)


def _look_at_scopes(saved: SavedSignIn, settings: Settings) -> Iterator[Finding]:
    scopes = saved.access_token.scopes if saved.access_token else frozenset()
    if not scopes:
        return
    allowed = {scope.lower() for scope in scopes}
    shown = ", ".join(sorted(scopes))
    if not any(scope.startswith("files.read") for scope in allowed):
        yield SIGN_IN.wrong(
            "permissions",
            f"Permissions: {shown}; the one to read files is missing",
            "Add Files.Read at your app's API permissions (README, 'Getting your own app id'), then choose 1 again.",
        )
    elif any("write" in scope for scope in allowed):
        yield SIGN_IN.note(
            "permissions",
            f"Permissions: {shown}; more than reading needs, because you once allowed it",
            f"Only option 7 needs to write. To withdraw it: {withdraw_at(settings.authority)} - then choose 1 again.",
        )
    elif settings.shared and not any(scope.endswith(".all") for scope in allowed):
        yield SIGN_IN.note(
            "permissions",
            f"Permissions: {shown}; the one for what others share with you is missing",
            "Choose 1 to sign in again and allow Files.Read.All.",
        )
    else:
        yield SIGN_IN.ok("permissions", f"Permissions: {shown}")


def _look_at_copies(home: Path) -> Iterator[Finding]:
    copies = [path.name for path in find_sign_in_files(home) if path.name != TOKEN_FILE]
    if copies:
        yield SIGN_IN.note(
            "older sign-ins",
            f"Older copies of a sign-in are kept here: {', '.join(copies)}",
            "Remove them by hand, or choose 9, which removes the sign-in and all copies.",
        )


def _ago(seconds: float) -> str:
    return "just now" if seconds < 60 else f"{format_duration(seconds)} ago"
