"""`token.json`: msal's cache on disk, as far as it can be used without msal; or in the system's key store instead.

The valid access token, the person's name and whether the sign-in can be renewed are read straight from the JSON, so
that nothing heavy is imported and no request is made. A file that is damaged or belongs to another app id is put aside.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from onedrive.errors import FolderNotUsable, StateFileBroken, os_reason
from onedrive.home.files import is_there, make_folder, open_plain, remove_file, set_aside, write_whole
from onedrive.signin.key_store import KeyStore

TOKEN_FILE = "token.json"  # noqa: S105 - the name of a file
PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"  # of every personal account (graph-facts §1.1)
# What msal needs to find in each row of a section; without it the file is damaged.
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "AccessToken": ("secret", "client_id", "target", "expires_on", "home_account_id", "environment"),
    "RefreshToken": ("secret", "client_id", "home_account_id", "environment"),
    "IdToken": ("secret", "home_account_id"),
    "Account": ("home_account_id", "environment"),
    "AppMetadata": (),
}

_LATEST = 32_503_680_000.0  # the year 3000: what is later is no time that a clock could show
_VISIBLE = re.compile(r"[!-~]+")

Row = Mapping[str, object]


@dataclass(frozen=True)
class AccessToken:
    """An access token as it was saved; `expires_at` is seconds since 1970, `lasts_seconds` from its birth to then."""

    secret: str = field(repr=False)
    scopes: frozenset[str]
    expires_at: float
    lasts_seconds: float = 3600.0


@dataclass(frozen=True)
class SavedSignIn:
    """What token.json holds for one app id: `text` is msal's cache, the rest is read from it.

    `access_token` is the one that lasts longest, None when there is none. `name` and `username` may be ''.
    `renewed_at` is when Microsoft last gave a refresh token, in seconds since 1970; None: not known. `tenant` is where
    the account is at home, '' where that is not known.
    """

    text: str = field(repr=False)
    access_token: AccessToken | None
    can_renew: bool
    name: str
    username: str
    renewed_at: float | None = None
    tenant: str = ""

    @property
    def person(self) -> str:
        """Who signed in, in words."""
        return f"{self.name} ({self.username})" if self.name and self.username else self.name or self.username


class Unusable(Exception):
    """token.json cannot be used; the message says why in a sentence without its full stop, `word` in one word."""

    def __init__(self, word: str, reason: str) -> None:
        super().__init__(reason)
        self.word = word


class TokenFile:
    """The token.json of a home, for one app id."""

    def __init__(self, home: Path, app_id: str) -> None:
        self.path = home / TOKEN_FILE
        self._app_id = app_id
        self._store = KeyStore(home)

    def read(self) -> SavedSignIn | None:
        """What is saved, None when there is nothing. Raises Unusable, StateFileBroken (it may not be read)."""
        content = self._read()
        return None if content is None else understand_cache(content, self._app_id)

    def _read(self) -> bytes | None:
        if self._store.is_used and not is_there(self.path):
            return self._store.read()
        if self._store.is_used:  # a move was killed: what it has left counts until the store gives a sign-in
            with contextlib.suppress(StateFileBroken, Unusable, OSError):
                if (kept := self._store.read()) and understand_cache(kept, self._app_id):
                    remove_file(self.path)
                    return kept
        try:
            with contextlib.suppress(OSError, FolderNotUsable):  # not ours to change: reading will say what is wrong
                _close_to_others(self.path)
            return self.path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            reason = os_reason(error)
            raise StateFileBroken(self.path, reason, "Change its permissions or move it away.") from error

    def move_to_key_store(self) -> None:
        """Keep the sign-in in the system's key store from now on. Raises FolderNotUsable, StateFileBroken."""
        if not self._store.is_used:
            content = self._read()
            make_folder(self.path.parent, mode=0o700)
            self._store.begin(content.decode("utf-8", "replace") if content else None)
            remove_file(self.path)

    def move_out_of_key_store(self) -> None:
        """Keep the sign-in in token.json from now on. Raises FolderNotUsable, StateFileBroken, DiskFull."""
        if self._store.is_used:
            if content := self._store.read():
                write_whole(self.path, content.decode(), mode=0o600)
            self._store.remove()

    def read_or_set_aside(self, say: Callable[[str], None]) -> SavedSignIn | None:
        """What is saved; a file that cannot be used is put aside, and `say` is told so.

        Raises StateFileBroken (it may not be read), FolderNotUsable.
        """
        try:
            return self.read()
        except Unusable as unusable:
            if self._store.is_used:
                say(f"{unusable}, in the key store.")
                return None
            aside = set_aside(self.path, unusable.word)
            say(f"{unusable}, so it was put aside as {aside.name}.")
            return None

    def save(self, text: str) -> None:
        """Replace the file in one step; nobody but its owner may read it. Raises FolderNotUsable, DiskFull."""
        if self._store.is_used:
            self._store.save(text)
            return
        make_folder(self.path.parent, mode=0o700)
        write_whole(self.path, text, mode=0o600)

    def stamp(self) -> tuple[int, int, int] | None:
        """Something that changes whenever the file does; None: there is none."""
        try:
            status = (self._store.path if self._store.is_used else self.path).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino


def _close_to_others(path: Path) -> None:
    """A token file that was copied or unpacked may have come with permissions for everybody."""
    if os.name != "posix":
        return
    descriptor = open_plain(path, os.O_RDONLY)  # a link, or another name of a file, may be somebody's trap
    try:
        status = os.fstat(descriptor)
        if status.st_mode & 0o077 and status.st_nlink <= 1:
            os.fchmod(descriptor, status.st_mode & 0o600)
    finally:
        os.close(descriptor)


def describe_sign_in(home: Path, app_id: str) -> str:
    """Who is signed in, for the line above the menu; reads one small file, asks no key store, and changes nothing."""
    if KeyStore(home).is_used:
        return "the sign-in is in this system's key store"
    try:
        saved = TokenFile(home, app_id).read()
    except Unusable as unusable:
        return f"not signed in ({TOKEN_FILE} is {unusable.word})"
    except StateFileBroken as broken:
        return f"not signed in ({broken.sentence.rstrip('.')})"
    if saved is None or not (saved.can_renew or saved.access_token):
        return "not signed in"
    return f"signed in as {saved.person}" if saved.person else "signed in"


def understand_cache(content: bytes, app_id: str) -> SavedSignIn:
    """What msal's cache says of the sign-in for an app id. Raises Unusable."""
    try:
        text = content.decode("utf-8")
        cache = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unusable("damaged", f"{TOKEN_FILE} is damaged and cannot be read") from error
    if not isinstance(cache, dict) or not all(_is_section(cache.get(name, {}), _NEEDED[name]) for name in _NEEDED):
        raise Unusable("damaged", f"{TOKEN_FILE} is not what this program saved there")
    tokens = [*_rows(cache, "AccessToken"), *_rows(cache, "RefreshToken")]
    if not tokens:
        raise Unusable("damaged", f"{TOKEN_FILE} holds no sign-in")
    if all(_is_foreign(row, app_id) for row in tokens):
        raise Unusable("foreign", f"{TOKEN_FILE} belongs to another app id")
    access_tokens = [_access_token(row) for row in _rows(cache, "AccessToken") if not _is_foreign(row, app_id)]
    return SavedSignIn(
        text=text,
        access_token=max(access_tokens, key=lambda token: token.expires_at, default=None),
        can_renew=any(not _is_foreign(row, app_id) for row in _rows(cache, "RefreshToken")),
        name=next((name for row in _rows(cache, "IdToken") if (name := _name_in(str(row["secret"])))), ""),
        username=next((str(row["username"]) for row in _rows(cache, "Account") if row.get("username")), ""),
        tenant=next((str(row["home_account_id"]).rpartition(".")[2] for row in _rows(cache, "Account")), ""),
        renewed_at=max(
            (float(text) for row in _rows(cache, "RefreshToken") if (text := _renewal_time(row))), default=None
        ),
    )


def authority_to_renew(authority: str, cache_text: str, app_id: str) -> str:
    """The authority through which the sign-in of msal's cache is renewed, when it was made through `authority`.

    After `common` it is that of the account: Microsoft refuses to renew a personal account's through `common` (trap
    100). What token.json knows of the account decides, so that this holds for sign-ins that are already there.
    """
    tenant = ""
    if authority == "common":
        with contextlib.suppress(Unusable):
            tenant = understand_cache(cache_text.encode(), app_id).tenant
    if not tenant:
        return authority
    return "consumers" if tenant.lower() == PERSONAL_TENANT else "organizations"


def _renewal_time(row: Row) -> str:
    """When msal put a refresh token there, in digits; '' when the row does not say."""
    text = str(row.get("last_modification_time", ""))
    return text if text.isascii() and text.isdecimal() else ""


def is_token(text: object) -> bool:
    """Whether this can be a token: visible ASCII, as a header takes it."""
    return isinstance(text, str) and _VISIBLE.fullmatch(text) is not None


def _is_section(section: object, needed: tuple[str, ...]) -> bool:
    return isinstance(section, dict) and all(
        isinstance(row, dict)
        and all(isinstance(row.get(name), str) for name in needed)
        and ("secret" not in needed or is_token(row["secret"]))
        and ("expires_on" not in needed or str(row["expires_on"]).isdecimal())
        for row in section.values()
    )


def _rows(cache: Mapping[str, Mapping[str, Row]], section: str) -> list[Row]:
    return [*cache.get(section, {}).values()]


def _is_foreign(row: Row, app_id: str) -> bool:
    return str(row["client_id"]).lower() != app_id.lower()


def _access_token(row: Row) -> AccessToken:
    expires_at, born_at = min(float(str(row["expires_on"])), _LATEST), str(row.get("cached_at"))
    lasts_seconds = expires_at - float(born_at) if born_at.isdecimal() else AccessToken.lasts_seconds
    return AccessToken(str(row["secret"]), short_scopes(str(row["target"])), expires_at, lasts_seconds)


def short_scopes(text: str) -> frozenset[str]:
    """Scopes by their last part; they come short or as addresses, in any order (graph-facts §1.2)."""
    return frozenset(scope.rpartition("/")[2] for scope in text.split())


def _name_in(id_token: str) -> str:
    """The person's name in an id token, '' when it cannot be read; nothing depends on it."""
    try:
        middle = id_token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError, RecursionError):
        return ""
    name = claims.get("name") if isinstance(claims, dict) else None
    return name if isinstance(name, str) else ""
