"""The demo's person: visits a sign-in address as their browser would, presses a button, and goes where that leads."""

from __future__ import annotations

import http.client
import re
from html import unescape
from urllib.parse import urlencode, urljoin, urlsplit

MICROSOFT_HOSTS = ("login.microsoftonline.com", "login.microsoft.com", "www.microsoft.com", "microsoft.com")
MOST_STEPS = 10
_FORM = re.compile(r'<form method="post"(?: action="([^"]*)")?>(.*?)</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
_ERROR = re.compile(r"<p id='error'>(.*?)</p>", re.DOTALL)


class SignInRefusedError(Exception):
    """The sign-in page shows an error instead of asking; the text is Microsoft's, with the AADSTS number."""


class Person:
    """Somebody at a browser; Microsoft's hosts are reached at the pretend service's port."""

    def __init__(self, port: int) -> None:
        self.port = port

    def consent(self, url: str) -> str:
        """Press Accept; returns the last address in the bar, whether or not a page came up there."""
        return self._visit(url, "accept")

    def decline(self, url: str) -> str:
        """Press Cancel; returns the last address in the bar."""
        return self._visit(url, "decline")

    def enter_device_code(self, user_code: str, decision: str = "accept") -> str:
        """Type the code at the device page and press a button; returns the page."""
        body = urlencode({"user_code": user_code, "decision": decision})
        return self._ask("POST", f"http://localhost:{self.port}/link", body)[2]

    def _visit(self, url: str, decision: str) -> str:
        method, body = "GET", ""
        for _ in range(MOST_STEPS):
            try:
                status, location, page = self._ask(method, url, body)
            except OSError:
                return url  # nobody listens there: the address stays in the bar
            if status in (301, 302, 303, 307) and location:
                method, body, url = "GET", "", urljoin(url, location)
                continue
            refused, form = _ERROR.search(page), _FORM.search(page)
            if refused:
                raise SignInRefusedError(unescape(refused[1]))
            if not form or not self._is_ours(url):
                return url
            method, fields = "POST", {unescape(name): unescape(value) for name, value in _HIDDEN.findall(form[2])}
            body = urlencode(fields or {"decision": decision})
            url = urljoin(url, unescape(form[1])) if form[1] else url
        return url

    def _is_ours(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.hostname in MICROSOFT_HOSTS or parts.port == self.port

    def _ask(self, method: str, url: str, body: str) -> tuple[int, str | None, str]:
        parts = urlsplit(url)
        ours = parts.hostname in MICROSOFT_HOSTS
        host, port = ("127.0.0.1", self.port) if ours else (parts.hostname or "", parts.port or 80)
        connection = http.client.HTTPConnection(host, port, timeout=30)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            headers = {"Host": parts.netloc, "Connection": "close"}
            if body:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(method, target, body.encode() if body else None, headers)
            reply = connection.getresponse()
            return reply.status, reply.getheader("Location"), reply.read().decode("utf-8", "replace")
        finally:
            connection.close()
