"""The network as msal sees it: our session, whose errors become sentences before msal can hide or remember them.

msal keeps failures in memory, answers later requests with them, and throws away what a server sent (traps 14 to 16).
So whatever is no answer of the sign-in service is raised here: lost connections, overload, the pages of a hotel's net.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from onedrive.errors import ServiceUnusable
from onedrive.http import SIGN_IN_HOST, HttpClient
from onedrive.http_errors import translated_errors
from onedrive.retry import THROTTLED, TRANSIENT


class SignInBusy(ServiceUnusable):
    """The sign-in service is overloaded or out of order; `status` and `headers` say how long to wait."""

    def __init__(self, status: int, headers: Mapping[str, str], reason: str = "") -> None:
        super().__init__(SIGN_IN_HOST, reason or f"it is out of order for the moment (error {status})")
        self.hint = "This is trouble at Microsoft. Wait a few minutes, then choose the same option again."
        self.status = status
        self.headers = headers


class SignInHttp:
    """What msal is given as its `http_client`.

    `refusal` is the last answer that said no: msal drops it when it comes while the application object is made.
    """

    def __init__(self, http: HttpClient) -> None:
        self._session = http.session
        self.refusal: Mapping[str, object] = {}

    def get(self, url: str, **options: Any) -> object:  # noqa: ANN401 - passed on as msal gave it
        """A GET; raises ConnectionLost, HostNotTrusted, SettingsError, ServiceUnusable."""
        return self._send("GET", url, **options)

    def post(self, url: str, **options: Any) -> object:  # noqa: ANN401 - passed on as msal gave it
        """A POST; raises as `get`."""
        return self._send("POST", url, **options)

    def close(self) -> None:
        """The session belongs to the run and stays open."""

    def _send(self, method: str, url: str, **options: Any) -> object:  # noqa: ANN401
        if urlsplit(url).scheme != "https" or urlsplit(url).hostname != SIGN_IN_HOST:
            raise ServiceUnusable(SIGN_IN_HOST, "it sends the sign-in on to another computer; nothing was sent there")
        # A redirect would carry codes and tokens to wherever it leads; the sign-in endpoints never send one.
        with translated_errors(SIGN_IN_HOST):
            response = self._session.request(method, url, **{**options, "allow_redirects": False})
        if response.status_code >= 500 or response.status_code in THROTTLED | TRANSIENT:
            raise SignInBusy(response.status_code, response.headers)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise ServiceUnusable(SIGN_IN_HOST, "it sent a page where data should be")
        if response.status_code >= 400:
            self.refusal = answer
        return response
