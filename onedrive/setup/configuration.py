"""The settings and the saved sign-in, for option 8: their shapes, where each came from, what cannot be right."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from onedrive.errors import SettingsError, StateFileBroken
from onedrive.settings import (
    APP_ID,
    AUTHORITY,
    CLIENT_SECRET,
    DOWNLOADS,
    ENV_FILE,
    FILE_HOSTS,
    HOME,
    REDIRECT_URI,
    ROOT_FOLDER,
    SHARED,
    Settings,
)
from onedrive.setup.findings import SETTINGS, SIGN_IN, Finding
from onedrive.signin.answer import PortBusy, RedirectListener, can_listen_at
from onedrive.signin.app_values import ACCOUNTS, check_app_id, check_authority, check_client_secret, check_redirect_uri
from onedrive.signin.key_store import KEY_STORE, KeyStore
from onedrive.signin.sign_out import find_sign_in_files, withdraw_at
from onedrive.signin.token_file import TOKEN_FILE, SavedSignIn, TokenFile, Unusable
from onedrive.words import format_ago, format_clock, format_duration, join_words, plural


def look_at_settings(settings: Settings, faults: Sequence[SettingsError], cwd: Path) -> Iterator[Finding]:
    """Findings about the settings; `faults` are those with which they could not be read at all."""
    for number, fault in enumerate(faults, start=1):
        yield SETTINGS.failed(f"unreadable setting {number}", fault)
    yield from _look_at_env_files(settings, cwd)
    secret, authority, address = settings.client_secret, settings.authority, settings.redirect_uri
    of_the_app = "none, as is right for an app without a password"
    if secret:
        of_the_app = f"set, {plural('character', len(secret))}, does not look like a Secret ID"
    who = ACCOUNTS.get(authority, "the accounts of one organisation")
    checks: tuple[tuple[str, str, Callable[[], None], str], ...] = (
        ("app id", APP_ID, lambda: check_app_id(settings.app_id), f"App id: {settings.app_id[:8]}-..., well formed"),
        (
            "client secret",
            CLIENT_SECRET,
            lambda: check_client_secret(secret),
            f"App password (client secret): {of_the_app}",
        ),
        ("authority", AUTHORITY, lambda: check_authority(authority), f"Who may sign in: {who}"),
        (
            "redirect address",
            REDIRECT_URI,
            lambda: check_redirect_uri(address, authority),
            f"Return address (redirect URI): {address}",
        ),
    )
    for name, variable, check, words in checks:
        try:
            check()
        except SettingsError as error:
            yield SETTINGS.failed(name, error)
        else:
            yield SETTINGS.ok(name, words + _source(settings, variable))
            if variable == REDIRECT_URI:
                yield _look_at_redirect(address)
    hosts = len(settings.file_hosts)
    for name, variable, is_set, words in (
        ("folders", HOME, True, f"Home: {settings.home}"),
        ("downloads", DOWNLOADS, True, f"Downloads: {settings.downloads}"),
        ("root folder", ROOT_FOLDER, bool(settings.root_folder), "A folder to list is set"),
        ("shared folders", SHARED, settings.shared, "Folders that others share are listed"),
        ("file hosts", FILE_HOSTS, hosts > 0, f"{plural('further file host', hosts)} trusted"),
    ):
        if is_set:
            yield SETTINGS.ok(name, words + _source(settings, variable))


def authority_words(authority: str) -> str:
    """The authority, without the name of an organisation."""
    return authority if authority in ACCOUNTS else "one organisation"


def _look_at_env_files(settings: Settings, cwd: Path) -> Iterator[Finding]:
    for number, remark in enumerate(settings.remarks, start=1):
        yield SETTINGS.note(f"setting that may be meant otherwise {number}", remark.rstrip("."), "Correct it.")
    if settings.demo:
        yield SETTINGS.ok("settings files", "The demo reads no settings file and has an app id of its own")
        return
    places = dict.fromkeys(folder / ENV_FILE for folder in (cwd, settings.shared_home, settings.home))
    there = [path for path in places if os.path.isfile(path)]  # noqa: PTH113 - never raises
    found = f"Settings file: {join_words(list(map(str, there)))}"
    yield SETTINGS.ok("settings files", found if there else "There is no .env here; the environment alone was read")
    for path in there:
        if settings.sources.get(CLIENT_SECRET) == str(path) and (_read_mode(path) or 0) & 0o077:
            words = f"{path} holds the app password (client secret), and other people on this computer can read it"
            yield SETTINGS.note("permissions of .env", words, f"Run: chmod 600 {path}")


def _look_at_redirect(address: str) -> Finding:
    """Whether the browser can come back to us after the sign-in; the port is let go of at once."""
    if not can_listen_at(address):
        words = "The return address is not on this computer, so the program cannot wait for the browser there"
        cure = "At the sign-in, copy the address from the browser's address bar and paste it here."
        return SETTINGS.note("redirect port", words, cure)
    try:
        with RedirectListener(address, lambda _: "") as listener:
            other = "; the port is taken, and the sign-in uses another, as Microsoft allows for localhost"
            is_other = ":" in urlsplit(address).netloc and listener.redirect_uri != address
            return SETTINGS.ok("redirect port", f"The browser can come back to that address{other if is_other else ''}")
    except PortBusy as busy:
        cure = "End the other program; or, at the sign-in, paste the address from the browser's address bar."
        return SETTINGS.note("redirect port", f"The browser cannot come back to the return address: {busy}", cure)


def _source(settings: Settings, name: str) -> str:
    """Where a setting came from, in words that fit after it."""
    source = settings.sources.get(name)
    return f" (from {source})" if source else ""


IDLE_DAYS = 90  # a refresh token that is not used for so long ends (Microsoft, refresh tokens)
_SOON_DAYS = 14
_DAY_SECONDS = 86_400


def read_token_mode(home: Path) -> int | None:
    """Who may read token.json, before it is opened (which closes it to others); None: not known."""
    return _read_mode(home / TOKEN_FILE)


def _read_mode(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode) if os.name == "posix" else None
    except OSError:
        return None


def look_at_sign_in(settings: Settings, mode_before: int | None, *, now: float) -> Iterator[Finding]:
    """Findings about token.json; `mode_before` is what `read_token_mode` said at the start."""
    try:
        saved = TokenFile(settings.home, settings.app_id).read()
    except Unusable as unusable:
        yield SIGN_IN.wrong("sign-in", f"Not signed in: {unusable}", "Choose 1 to sign in; the file is then put aside.")
        return
    except StateFileBroken as broken:
        yield SIGN_IN.failed("sign-in", broken, "Not signed in: ")
        return
    if saved is None:
        yield SIGN_IN.note("sign-in", "Not signed in", "Choose 1 to sign in.")
    else:
        if KeyStore(settings.home).is_used:
            yield SIGN_IN.ok("key store", "The sign-in is kept in this system's key store")
        else:
            yield from _look_at_token_mode(settings.home, mode_before)
        yield from _look_at_times(saved, now)
        yield from _look_at_scopes(saved, settings)
    copies = [path.name for path in find_sign_in_files(settings.home) if path.name not in (TOKEN_FILE, KEY_STORE)]
    if copies:
        words = f"Older copies of a sign-in are kept here: {', '.join(copies)}"
        cure = "Remove them by hand, or choose 9, which removes the sign-in and all copies."
        yield SIGN_IN.note("older sign-ins", words, cure)


def _look_at_token_mode(home: Path, before: int | None) -> Iterator[Finding]:
    after, name = read_token_mode(home), "permissions of token.json"
    if before is None or after is None:
        return
    if after & 0o077:
        words = "Other people on this computer can read token.json, and with it your OneDrive"
        yield SIGN_IN.wrong(name, words, f"Run: chmod 600 {home / TOKEN_FILE}")
    elif before & 0o077:
        words = "Other people on this computer could read token.json; it has just been closed to them"
        cure = "If you do not trust them, withdraw the permission (option 9 says where) and sign in again."
        yield SIGN_IN.note(name, words, cure)
    else:
        yield SIGN_IN.ok(name, "token.json can be read by you alone")


def _look_at_times(saved: SavedSignIn, now: float) -> Iterator[Finding]:
    token = saved.access_token
    if token and token.expires_at > now:
        left = format_duration(token.expires_at - now)
        yield SIGN_IN.ok("access token", f"The sign-in holds until {format_clock(token.expires_at)} ({left})")
    elif saved.can_renew:
        yield SIGN_IN.ok("access token", "The sign-in has ended; the next option renews it by itself")
    else:
        yield SIGN_IN.wrong("access token", "The sign-in has ended and cannot be renewed", "Choose 1 to sign in again.")
    if saved.can_renew:
        yield _judge_refresh_token(saved.renewed_at, now)


def _judge_refresh_token(renewed_at: float | None, now: float) -> Finding:
    name = "refresh token"
    if renewed_at is None:
        return SIGN_IN.ok(name, "It can be renewed; when it last was is not known")
    ends_at = renewed_at + IDLE_DAYS * _DAY_SECONDS
    words = f"It was renewed {format_ago(now - renewed_at)}"
    if ends_at <= now:
        words += f", and was not used for {IDLE_DAYS} days since, so it can no longer be"
        return SIGN_IN.wrong(name, words, "Choose 1 to sign in.")
    words += f", and can be until {time.strftime('%Y-%m-%d', time.localtime(ends_at))}, longer with each use"
    if ends_at - now < _SOON_DAYS * _DAY_SECONDS:
        return SIGN_IN.note(name, words, "Choose 2 to renew it.")
    return SIGN_IN.ok(name, words)


def _look_at_scopes(saved: SavedSignIn, settings: Settings) -> Iterator[Finding]:
    scopes = saved.access_token.scopes if saved.access_token else frozenset()
    if not scopes:
        return
    allowed = {scope.lower() for scope in scopes}
    words = f"Permissions: {', '.join(sorted(scopes))}"
    if not any(scope.startswith("files.read") for scope in allowed):
        cure = "Add Files.Read at your app's API permissions (docs/app-registration.md), then choose 1 again."
        yield SIGN_IN.wrong("permissions", f"{words}; the one to read files is missing", cure)
    elif any("write" in scope for scope in allowed):
        words += "; more than reading needs, because you once allowed it"
        cure = f"Only option 7 needs to write. To withdraw it: {withdraw_at(settings.authority)} - then choose 1 again."
        yield SIGN_IN.note("permissions", words, cure)
    elif settings.shared and not any(scope.endswith(".all") for scope in allowed):
        words += "; the one for what others share with you is missing"
        yield SIGN_IN.note("permissions", words, "Choose 1 to sign in again and allow Files.Read.All.")
    else:
        yield SIGN_IN.ok("permissions", words)
