"""The settings as they arrived: shapes, sources, the port of the redirect address; no secret value."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.settings import Flags, Settings, read_settings
from onedrive.setup.configuration import authority_words, look_at_settings
from onedrive.setup.findings import Finding, State

APP = "8c2d47aa-19f6-4e0b-b3c5-71a9e4d06f22"
SECRET = "abc~DEF.0123456789"


def look(settings: Settings, cwd: Path) -> dict[str, Finding]:
    return {found.name: found for found in look_at_settings(settings, (), cwd)}


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home, home / "downloads", APP, redirect_uri="http://localhost")


def test_where_each_setting_came_from_is_said(home: Path) -> None:
    (home / ".env").write_text(f"MS_OPENGRAPH_APP_ID={APP}\nMS_OPENGRAPH_CLIENT_SECRET={SECRET}\n")
    (home / ".env").chmod(0o600)
    environ = {
        "MS_OPENGRAPH_AUTHORITY": "contoso.com",
        "ONEDRIVE_SHARED": "1",
        "ONEDRIVE_FILE_HOSTS": "a.example b.example",
    }

    found = look(read_settings(Flags(root="/Secret folder"), environ, home), home)

    assert {finding.state for finding in found.values()} <= {State.OK, State.NOTE}
    assert found["app id"].words == f"App id: 8c2d47aa-..., well formed (from {home / '.env'})"
    assert found["client secret"].words == (
        f"Client secret: set, 18 characters, does not look like a Secret ID (from {home / '.env'})"
    )
    assert found["authority"].words == "Authority: one tenant (accounts of that tenant) (from the environment)"
    assert found["file hosts"].words == "2 further file hosts trusted (from the environment)"
    assert found["shared folders"].words.endswith("(from the environment)")
    assert found["settings files"].words == f"Settings file: {home / '.env'}"
    everything = " ".join(finding.words for finding in found.values())
    assert SECRET not in everything
    assert "Secret folder" not in everything
    assert APP not in everything


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_secret_that_others_can_read_is_a_note(home: Path) -> None:
    (home / ".env").write_text(f"MS_OPENGRAPH_CLIENT_SECRET={SECRET}\n")
    (home / ".env").chmod(0o644)

    found = look(read_settings(Flags(), {}, home), home)["permissions of .env"]

    assert found.state is State.NOTE
    assert found.cure == f"Run: chmod 600 {home / '.env'}"


@pytest.mark.parametrize(
    ("change", "name", "words"),
    [
        ({"app_id": ""}, "app id", "is missing"),
        ({"app_id": "x"}, "app id", "is no app id"),
        ({"client_secret": APP}, "client secret", "looks like the Secret ID"),
        ({"authority": "nobody"}, "authority", "must be consumers"),
        ({"redirect_uri": "http://example.com"}, "redirect address", "cannot be used"),
        ({"redirect_uri": "http://[bad"}, "redirect address", "cannot be used"),
    ],
)
def test_a_setting_that_cannot_be_right_is_wrong_with_its_cure(
    settings: Settings, change: dict[str, str], name: str, words: str
) -> None:
    found = look(replace(settings, **change), settings.home)[name]  # type: ignore[arg-type]  # all of them are texts

    assert found.state is State.WRONG
    assert words in found.words
    assert found.cure


def test_a_free_port_is_in_order_and_free_afterwards(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    found = look(replace(settings, redirect_uri=f"http://localhost:{port}"), settings.home)["redirect port"]

    assert found.state is State.OK
    socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.parametrize(
    ("host", "cure"), [("localhost", "the sign-in takes another port"), ("127.0.0.1", "End the other program")]
)
def test_a_port_in_use_is_a_note_with_what_it_means(settings: Settings, host: str, cure: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://{host}:{listener.getsockname()[1]}"
        found = look(replace(settings, redirect_uri=address), settings.home)["redirect port"]

    assert found.state is State.NOTE
    assert "another program uses port" in found.words
    assert cure in found.cure


def test_a_redirect_address_elsewhere_means_pasting(settings: Settings) -> None:
    found = look(replace(settings, redirect_uri="https://example.com/x"), settings.home)["redirect port"]

    assert found.state is State.NOTE
    assert "paste it" in found.cure


def test_the_demo_reads_no_settings_file(settings: Settings) -> None:
    assert "The demo" in look(replace(settings, demo=True), settings.home)["settings files"].words


@pytest.mark.parametrize(("authority", "words"), [("common", "common"), ("contoso.com", "one tenant")])
def test_the_name_of_a_tenant_is_not_shown(authority: str, words: str) -> None:
    assert authority_words(authority) == words
