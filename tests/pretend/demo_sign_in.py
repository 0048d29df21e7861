"""The steps of a sign-in at the pretend Microsoft, for tests: the address, the code, the token request."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import urlencode

from tests.faults.server import FaultyServer
from tests.pretend.demo_asks import LOGIN, Answered, Asks, query_of

REDIRECT = "http://localhost:8400"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


def authorize_url(demo: FaultyServer, tenant: str = "consumers", **changed: str) -> str:
    asked = {
        "client_id": demo.app_id,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": "Files.Read offline_access openid",
        "state": "st4te",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | changed
    return f"{LOGIN}/{tenant}/oauth2/v2.0/authorize?" + urlencode({n: v for n, v in asked.items() if v})


def code(demo: FaultyServer, **changed: str) -> str:
    return query_of(demo.person.consent(authorize_url(demo, **changed)))["code"]


def redeem(demo: FaultyServer, asks: Asks, tenant: str = "consumers", **changed: str) -> Answered:
    fields = {
        "client_id": demo.app_id,
        "client_secret": demo.client_secret,
        "grant_type": "authorization_code",
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    } | changed
    return asks.post_form(f"{LOGIN}/{tenant}/oauth2/v2.0/token", **{n: v for n, v in fields.items() if v})
