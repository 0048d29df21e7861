"""The settings of the app registration: what cannot be right is named with its place in the portal."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.errors import SettingsError
from onedrive.settings import PLACEHOLDER_APP_ID, PLACEHOLDER_SECRET, Settings, check_app_settings

APP_ID = "11111111-2222-3333-4444-555555555555"


def _settings(
    app_id: str = APP_ID,
    secret: str = "abc8Q~value",
    authority: str = "consumers",
    redirect_uri: str = "http://localhost:8080",
) -> Settings:
    nowhere = Path("nowhere")
    return Settings(nowhere, nowhere, app_id, secret, authority, redirect_uri)


@pytest.mark.parametrize(
    ("settings", "variable", "words"),
    [
        (_settings(app_id=""), "MS_OPENGRAPH_APP_ID", "is missing"),
        (_settings(app_id=f" {APP_ID}"), "MS_OPENGRAPH_APP_ID", "spaces around"),
        (_settings(app_id=f'"{APP_ID}"'), "MS_OPENGRAPH_APP_ID", "quotation marks around"),
        (_settings(app_id=f"\u201c{APP_ID}\u201d"), "MS_OPENGRAPH_APP_ID", "quotation marks around"),
        (_settings(app_id="person@example.com"), "MS_OPENGRAPH_APP_ID", "no app id"),
        (_settings(app_id=APP_ID[:-1]), "MS_OPENGRAPH_APP_ID", "no app id"),
        (_settings(app_id=PLACEHOLDER_APP_ID), "MS_OPENGRAPH_APP_ID", "placeholder"),
        (_settings(secret=APP_ID.upper()), "MS_OPENGRAPH_CLIENT_SECRET", "Secret ID"),
        (_settings(secret="'abc8Q~value'"), "MS_OPENGRAPH_CLIENT_SECRET", "quotation marks around"),
        (_settings(secret="abc8Q~value "), "MS_OPENGRAPH_CLIENT_SECRET", "spaces around"),
        (_settings(secret="abc8Q ~value"), "MS_OPENGRAPH_CLIENT_SECRET", "a space or line break inside"),
        (_settings(secret=PLACEHOLDER_SECRET), "MS_OPENGRAPH_CLIENT_SECRET", "placeholder"),
        (_settings(secret=PLACEHOLDER_APP_ID), "MS_OPENGRAPH_CLIENT_SECRET", "placeholder"),
        (_settings(authority="everybody"), "MS_OPENGRAPH_AUTHORITY", "must be consumers"),
        (_settings(authority="https://login.microsoftonline.us/common"), "MS_OPENGRAPH_AUTHORITY", "must be consumers"),
        (_settings(redirect_uri="http://example.com"), "MS_OPENGRAPH_REDIRECT_URI", "http is allowed for localhost"),
        (_settings(redirect_uri="http://[::1]:8080"), "MS_OPENGRAPH_REDIRECT_URI", "does not support [::1]"),
        (_settings(redirect_uri="localhost:8080"), "MS_OPENGRAPH_REDIRECT_URI", "no web address"),
        (_settings(redirect_uri="http://localhost:99999"), "MS_OPENGRAPH_REDIRECT_URI", "no web address"),
        (_settings(redirect_uri="http://localhost:0"), "MS_OPENGRAPH_REDIRECT_URI", "port is 0"),
        (_settings(redirect_uri="http://localhost/a(b)"), "MS_OPENGRAPH_REDIRECT_URI", "is allowed in it"),
        (_settings(redirect_uri="https://*.example.com/"), "MS_OPENGRAPH_REDIRECT_URI", "is allowed in it"),
        (_settings(redirect_uri="http://localhost/?a=b"), "MS_OPENGRAPH_REDIRECT_URI", "no ? in it"),
        (_settings(redirect_uri="http://localhost/#a"), "MS_OPENGRAPH_REDIRECT_URI", "a # in it"),
        (_settings(redirect_uri="http://me@localhost/"), "MS_OPENGRAPH_REDIRECT_URI", "a user name"),
        (_settings(redirect_uri="http://localhost/a b"), "MS_OPENGRAPH_REDIRECT_URI", "a space in it"),
        (_settings(redirect_uri="http://localhost/ä"), "MS_OPENGRAPH_REDIRECT_URI", "ASCII"),
        (_settings(redirect_uri="http://localhost/" + "a" * 256), "MS_OPENGRAPH_REDIRECT_URI", "longer than 256"),
    ],
)
def test_a_wrong_setting_is_named_with_its_place_in_the_portal(settings: Settings, variable: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check_app_settings(settings)

    assert caught.value.exit_code == 78
    assert caught.value.sentence.startswith(variable)
    assert words in caught.value.sentence
    assert "entra.microsoft.com > App registrations" in caught.value.hint
    assert not settings.client_secret or settings.client_secret not in caught.value.sentence + caught.value.hint


@pytest.mark.parametrize(
    "settings",
    [
        _settings(),
        _settings(secret=""),
        _settings(secret="old/[style]:with?=@.#$signs"),
        _settings(app_id=APP_ID.upper()),
        _settings(authority="common"),
        _settings(authority=APP_ID),
        _settings(authority="contoso.onmicrosoft.com"),
        _settings(redirect_uri="http://localhost"),
        _settings(redirect_uri="http://127.0.0.1:5000/back/"),
        _settings(redirect_uri="https://login.microsoftonline.com/common/oauth2/nativeclient"),
        _settings(redirect_uri="https://example.com/?a=b", authority="organizations"),
    ],
)
def test_settings_that_can_be_right_pass(settings: Settings) -> None:
    check_app_settings(settings)
