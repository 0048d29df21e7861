"""token.json read without msal: what it says, and what cannot be used."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from onedrive.errors import StateFileBroken
from onedrive.signin.token_file import TokenFile, Unusable, describe_sign_in

APP_ID = "11111111-2222-3333-4444-555555555555"
Cache = dict[str, dict[str, dict[str, str]]]


def _row(**more: str) -> dict[str, str]:
    return {"secret": "s", "client_id": APP_ID, "home_account_id": "u.t", "environment": "e", **more}


def _cache() -> Cache:
    claims = base64.urlsafe_b64encode(json.dumps({"name": "Ämilie Person"}).encode()).decode().rstrip("=")
    return {
        "AccessToken": {
            "a": _row(secret="short", target="Files.Read", expires_on="100"),
            "b": _row(secret="long", target="https://graph.microsoft.com/Files.Read User.Read", expires_on="200"),
        },
        "RefreshToken": {"r": _row(secret="refresh")},
        "IdToken": {"i": _row(secret=f"head.{claims}.signature")},
        "Account": {"x": {"home_account_id": "u.t", "environment": "e", "username": "person@example.com"}},
    }


def _without(section: str, name: str) -> Cache:
    cache = _cache()
    for row in cache[section].values():
        del row[name]
    return cache


def _write(home: Path, cache: object) -> TokenFile:
    content = cache if isinstance(cache, bytes) else json.dumps(cache).encode()
    (home / "token.json").write_bytes(content)
    return TokenFile(home, APP_ID)


@pytest.mark.parametrize(("text", "renewed_at"), [("1790000000", 1_790_000_000.0), ("soon", None), ("\u0661", None)])
def test_the_token_that_lasts_longest_is_read_and_when_it_was_renewed(
    text: str, renewed_at: float | None, home: Path
) -> None:
    cache = _cache()
    cache["RefreshToken"]["r"]["last_modification_time"] = text

    saved = _write(home, cache).read()

    assert saved
    assert saved.access_token
    assert (saved.access_token.secret, saved.access_token.expires_at) == ("long", 200)
    assert saved.access_token.scopes == {"Files.Read", "User.Read"}
    assert saved.can_renew
    assert saved.person == "Ämilie Person (person@example.com)"
    assert saved.renewed_at == renewed_at
    assert "long" not in repr(saved)


@pytest.mark.parametrize(
    "cache",
    [
        {},
        "text",
        {"access_token": "of another program"},
        {"AccessToken": []},
        {"AccessToken": {"a": "text"}},
        _without("AccessToken", "target"),
        _without("RefreshToken", "secret"),
        {**_cache(), "AccessToken": {"a": _row(target="", expires_on="soon")}},
        b"",
        b'{"AccessToken": {',
        b"\xff\xfe\x00",
        b"[" * 100_000,
    ],
)
def test_what_msal_did_not_write_is_damaged(cache: object, home: Path) -> None:
    with pytest.raises(Unusable) as caught:
        _write(home, cache).read()

    assert caught.value.word == "damaged"


def test_a_folder_in_its_place_is_said(home: Path) -> None:
    (home / "token.json").mkdir()

    with pytest.raises(StateFileBroken, match=r"token\.json cannot be used"):
        TokenFile(home, APP_ID).read()


@pytest.mark.posix("modes")
@pytest.mark.parametrize("content", [b"{", b"{}"])
def test_a_token_file_that_others_could_read_is_closed_to_them(home: Path, content: bytes) -> None:
    file = _write(home, content)
    file.path.chmod(0o644)

    file.read_or_set_aside(lambda _: None)

    assert [stat.S_IMODE(kept.stat().st_mode) for kept in home.iterdir()] == [0o600]


@pytest.mark.posix("links and modes")
@pytest.mark.parametrize("plant", [Path.symlink_to, Path.hardlink_to])
def test_what_a_planted_name_leads_to_keeps_its_mode(
    home: Path, tmp_path: Path, plant: Callable[[Path, Path], None]
) -> None:
    victim = tmp_path / "hosts"
    victim.write_text("for all to read")
    victim.chmod(0o644)
    plant(home / "token.json", victim)

    TokenFile(home, APP_ID).read_or_set_aside(lambda _: None)

    assert stat.S_IMODE(victim.stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("cache", "words"),
    [
        (None, "not signed in"),
        (_cache(), "signed in as Ämilie Person (person@example.com)"),
        ({**_cache(), "IdToken": {}}, "signed in as person@example.com"),
        ({**_cache(), "IdToken": {}, "Account": {}}, "signed in"),
        ({**_cache(), "IdToken": {"i": _row(secret="a.b.c")}}, "signed in as person@example.com"),
        (b"half", "not signed in (token.json is damaged)"),
        (json.dumps(_cache()).replace(APP_ID, "other").encode(), "not signed in (token.json is foreign)"),
    ],
)
def test_the_line_above_the_menu_says_who_is_signed_in(cache: object, words: str, home: Path) -> None:
    if cache is not None:
        _write(home, cache)

    assert describe_sign_in(home, APP_ID) == words
