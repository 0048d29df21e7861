"""Asks the pretend OneDrive over real sockets as any program would, for tests of the pretend OneDrive itself."""

from __future__ import annotations

import base64
import gzip
import hashlib
import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from pretend_onedrive.server import DemoServer

GRAPH = "https://graph.microsoft.com/v1.0"
LOGIN = "https://login.microsoftonline.com"


@dataclass(frozen=True)
class Answered:
    """What came back; header names are in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401  # whatever the JSON holds
        raw = gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body
        return json.loads(raw)

    def says(self, length: int | None) -> bool:
        """Whether Content-Length is this; None: there is none."""
        return self.headers.get("content-length") == (None if length is None else str(length))

    @property
    def error(self) -> str:
        """Graph's error code."""
        return str(self.json["error"]["code"])


class Asks:
    """Sends requests for Microsoft's URLs to the demo's port; Graph gets a bearer, other hosts get none."""

    def __init__(self, demo: DemoServer, scope: str = "Files.Read User.Read") -> None:
        self.port = demo.port
        self.token = demo.issue_token(scope)

    def get(self, url: str, **headers: str) -> Answered:
        return self.send("GET", url, headers=headers)

    def graph(self, path: str, **headers: str) -> Any:  # noqa: ANN401  # whatever the JSON holds
        """A good Graph reply's JSON; names of headers are written with underscores."""
        answered = self.get(GRAPH + path, **headers)
        assert answered.status == 200, (path, answered)
        return answered.json

    def pages(self, url: str, **headers: str) -> list[Any]:
        """All pages of a listing."""
        pages: list[Any] = []
        link: str | None = url
        while link:
            answered = self.get(link, **headers)
            assert answered.status == 200, (link, answered)
            pages.append(answered.json)
            link = pages[-1].get("@odata.nextLink")
        return pages

    def items(self, url: str, **headers: str) -> list[Any]:
        """All items of a listing."""
        return [item for page in self.pages(url, **headers) for item in page["value"]]

    def names(self, url: str, **headers: str) -> list[str]:
        """The names in a listing."""
        return [item.get("name", "") for item in self.items(url, **headers)]

    def post_form(self, url: str, **fields: str) -> Answered:
        return self.send("POST", url, urlencode(fields).encode(), {"Content-Type": "application/x-www-form-urlencoded"})

    def send(self, method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answered:
        parts = urlsplit(url)
        sent = {"Host": parts.netloc}
        if parts.netloc == "graph.microsoft.com":
            sent["Authorization"] = f"Bearer {self.token}"
        sent |= {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, body, {name: value for name, value in sent.items() if value})
            reply = connection.getresponse()
            fields = {name.lower(): value for name, value in reply.getheaders()}
            return Answered(reply.status, fields, reply.read())
        finally:
            connection.close()

    def url_of(self, path: str) -> str:
        """A fresh download URL of the file at `path`."""
        shown = self.graph(f"/me/drive/root:{path}?$select=id,content.downloadUrl")
        return str(shown["@microsoft.graph.downloadUrl"])


def query_of(url: str) -> dict[str, str]:
    """The query of a URL, each name once."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


REDIRECT = "http://localhost:8400"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


def authorize_url(demo: DemoServer, tenant: str = "consumers", **changed: str) -> str:
    """The address at which the person signs in."""
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


def redeem(demo: DemoServer, asks: Asks, tenant: str = "consumers", **changed: str) -> Answered:
    """What the token endpoint says to a code, or to what `changed` makes of the request."""
    fields = {
        "client_id": demo.app_id,
        "client_secret": demo.client_secret,
        "grant_type": "authorization_code",
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    } | changed
    return asks.post_form(f"{LOGIN}/{tenant}/oauth2/v2.0/token", **{n: v for n, v in fields.items() if v})
