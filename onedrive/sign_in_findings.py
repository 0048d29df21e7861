"""The saved sign-in as token.json has it: who can read the file, what it allows, and how long it holds."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from onedrive.errors import StateFileBroken
from onedrive.finding import SIGN_IN, Finding
from onedrive.settings import Settings
from onedrive.signing_out import find_sign_in_files, withdraw_at
from onedrive.token_file import TOKEN_FILE, SavedSignIn, TokenFile, Unusable
from onedrive.words import format_clock, format_duration

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
