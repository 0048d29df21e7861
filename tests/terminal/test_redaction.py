"""The second net below the log: nothing that opens anything, and sentences stay readable."""

from __future__ import annotations

import pytest

from onedrive.terminal.redaction import quote_service, redact, shorten_addresses

JWT = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiIwMDAwMDAwMyJ9.c2lnbmF0dXJl_-A"
ACCESS = "EwCYA8l6BAAUs5+HQn0XWHvjWRCgWAIcGbAfnVYAAXw/Lk3" + "aZ9+/" * 60
REFRESH = "M.C507_BAY.0.U.-Cq3dkk!o0NbYfQkVvz1lS*9PzUoTgqz$$"
CODE = "M.C545_BL2.2.U.7f1ec1b4-08b1-6d0c-3a3a-0a1a2b3c4d5e"
SECRET = "4kX8Q~dP2sXw.abcDEF0123456789-_ghIJKLmno"


@pytest.mark.parametrize(
    "text",
    [
        f"GET https://graph.microsoft.com/v1.0/me/drive?access_token={JWT}",
        f"Location: https://my.microsoftpersonalcontent.com/personal/x/_layouts/15/download.aspx?tempauth={JWT}",
        f"the address https://public.bn.files.1drv.com/y4m{ACCESS[:60]}?tempauth=v1.{JWT} did not answer",
        f"https://user:{SECRET}@example.com/secret-path",
        f"Authorization: Bearer {ACCESS}",
        f"bearer {JWT}",
        f"http://localhost:8080/?code={CODE}&state=WAJVl0dMSVe0N9Q6aZnaVQ",
        f"pasted code={CODE}&client_info=1",
        f"{{'access_token': '{ACCESS}', 'refresh_token': '{REFRESH}'}}",
        f'"client_secret": "{SECRET}"',
        f"the secret {SECRET} is wrong",
        f"invalid_grant: {REFRESH} has expired",
        f"user_code: ABCD1234 device_code={ACCESS[:40]}",
        f"Set-Cookie: ESTSAUTH={ACCESS}; path=/",
        f"{JWT}",
        f"{ACCESS}",
        f"HTTPS://LOGIN.MICROSOFTONLINE.COM/consumers/oauth2/v2.0/authorize?code_challenge={ACCESS[:43]}",
        f"password=hunter2-{SECRET}",
        f"redirected to https%3A%2F%2Fx.sharepoint.com%2Fsecret-path%3Ftempauth%3D{ACCESS[:30]}ABCD1234",
        "x?tempauth%3dABCD1234",
        "continue at ?code%3DABCD1234%26state%3DWAJVl0dMSVe0",
        "Bearer%20ABCD1234",
    ],
)
def test_nothing_that_opens_anything_is_left(text: str) -> None:
    left = redact(text)

    for secret in (JWT, JWT.split(".")[1], ACCESS, ACCESS[:40], REFRESH, CODE, SECRET, "ABCD1234", "hunter2", "WAJVl0"):
        assert secret not in left
    assert "://" not in left
    assert "tempauth=ey" not in left
    assert "%3A%2F%2F" not in left
    assert "secret-path" not in left


@pytest.mark.parametrize(
    "text",
    [
        "Downloaded 44 of 45 files, 11.5 MB of 83.4 MB.",
        "/Pictures/2019 Copenhagen/IMG_20190601_123456_a-rather-long-name-without-any-space.jpg (3.0 MB)",
        "GET graph.microsoft.com: 429, request-id a81c4f93-f510-4ae4-aae5-4f5b661f844a, client-request-id 4379044c",
        "OneDrive refused the request (404 itemNotFound: The resource could not be found).",
        "The run ended with exit code 3.",
        "F09000000CFEA42!s7160c0c8884c1f0fa2338776dd68fb96",
        "The state: finished. The code is explained in the README.",
        "C:\\Users\\me\\Pictures\\a.jpg",
        "Choose 4 to try them again; 'bearer' is a word.",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("see https://entra.microsoft.com now", "see entra.microsoft.com now"),
        ("at http://localhost:8080/?code=x.", "at localhost/..."),
        ('"https://a.b/c" and https://d.e/f', '"a.b/..." and d.e/...'),
        ("https://", "an address"),
        ("no address: //x", "no address: //x"),
    ],
)
def test_an_address_is_its_host_alone(text: str, left: str) -> None:
    assert shorten_addresses(text) == left


def test_what_a_service_says_of_itself_is_quoted_without_secrets_escapes_and_floods() -> None:
    said = quote_service(
        f"No\x1b[2J at https://x.sharepoint.com/d?tempauth={JWT}\n with Bearer {ACCESS} and tempauth hush "
        + "x " * 5000
    )

    assert said.startswith(r"No\x1b[2J at x.sharepoint.com/... with Bearer (left out) and tempauth (left out) x x")
    assert len(said) < 320
    assert quote_service(None) == quote_service(7) == ""
