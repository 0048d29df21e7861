"""Asks Microsoft whether app id and app password are right, without signing anybody in: for options 1 and 8.

A made-up code is redeemed. Microsoft looks at the app first, so that its answer about the code says that the app is
known; nothing comes of it, and it counts as no sign-in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from onedrive.net.client import HttpClient
from onedrive.net.hosts import SIGN_IN_HOST
from onedrive.settings import Settings
from onedrive.signin.refusals import Refusal, error_numbers, explain
from onedrive.signin.tokens import SignInHttp

MADE_UP_CODE = "M.C000_setup-check.2.U.00000000-0000-0000-0000-000000000000"
_MADE_UP_VERIFIER = "setup-check-" + "0" * 40
_CODE_IS_BAD = frozenset({70000, 54005, 70008, 501481, 50148})
_SHAPE_IS_BAD = 9002313


@dataclass(frozen=True)
class AppAnswer:
    """What Microsoft said of the app: `refusal` is None when it knows it; `saw_secret`: it saw the password too."""

    refusal: Refusal | None = None
    saw_secret: bool = True


def ask_about_app(settings: Settings, http: HttpClient) -> Mapping[str, object]:
    """Microsoft's answer to a made-up code. Raises ConnectionLost, SignInBusy, ServiceUnusable, SettingsError."""
    form = {
        "client_id": settings.app_id,
        "grant_type": "authorization_code",
        "code": MADE_UP_CODE,
        "code_verifier": _MADE_UP_VERIFIER,
        "redirect_uri": settings.redirect_uri,
        "scope": " ".join(settings.scopes),
        **({"client_secret": settings.client_secret} if settings.client_secret else {}),
    }
    address = f"https://{SIGN_IN_HOST}/{settings.authority}/oauth2/v2.0/token"
    answer: Mapping[str, object] = json.loads(SignInHttp(http).post(address, data=form).text)
    return answer


def judge_answer(settings: Settings, answer: Mapping[str, object]) -> AppAnswer:
    """What the answer to the made-up code says about the app."""
    numbers = {*error_numbers(answer)}
    if numbers & _CODE_IS_BAD or (not numbers and answer.get("error") == "invalid_grant"):
        return AppAnswer()
    if _SHAPE_IS_BAD in numbers:
        return AppAnswer(saw_secret=False)
    return AppAnswer(explain(settings, answer))
