"""What tests about signing in share: somebody at a keyboard, a browser that comes back, the settings of a demo app."""

from __future__ import annotations

import http.client
import io
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.settings import Settings
from onedrive.signin.browser import Browser
from onedrive.terminal.terminal import Terminal
from onedrive_authorization import sign_in
from tests.faults.server import FaultyServer

SIGN_IN_HOST = "login.microsoftonline.com"


class Keyboard:
    """A terminal on a pipe: `type` sends what the person types, `shown` is what they have seen."""

    def __init__(self, *, no_input: bool = False) -> None:
        reading, self._writing = os.pipe()
        self._input = os.fdopen(reading, encoding="utf-8")
        self._output = io.StringIO()
        self.terminal = Terminal(stdin=self._input, stdout=self._output, environ={}, no_input=no_input)

    def __enter__(self) -> Keyboard:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hang_up()
        self._input.close()

    def type(self, *lines: str) -> None:
        os.write(self._writing, "".join(line + "\n" for line in lines).encode())

    def hang_up(self) -> None:
        """The end of the pipe."""
        if self._writing >= 0:
            os.close(self._writing)
        self._writing = -1

    @property
    def shown(self) -> str:
        return self._output.getvalue()


def demo_settings(demo: FaultyServer, home: Path) -> Settings:
    """Those of a person whose app has a secret; the listener takes any free port of localhost."""
    return Settings(
        home,
        home / "downloads",
        demo.app_id,
        demo.client_secret,
        redirect_uri="http://localhost",
        env_file=home / ".env",
    )


def browser_of(demo: FaultyServer) -> Callable[[str], bool]:
    """A browser in which the person accepts, and which follows the redirect to the listener."""

    def open_page(address: str) -> bool:
        demo.person.consent(address)
        return True

    return open_page


def answer_address(demo: FaultyServer, address: str) -> str:
    """The address to which the browser is sent after the person accepted, without going there."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection("127.0.0.1", demo.port)
    connection.request("GET", f"{parts.path}?{parts.query}", headers={"Host": parts.netloc})
    location = connection.getresponse().getheader("Location")
    connection.close()
    assert location
    return location


def sign_in_alone(demo: FaultyServer, http: HttpClient, pause: SharedPause, settings: Settings) -> str:
    """Sign in without a person, so that a test can begin with a token.json; returns what was shown."""
    with Keyboard(no_input=True) as keyboard:
        sign_in(
            keyboard.terminal, settings, http, pause, browser=Browser(browser_of(demo), consents_by_itself=True)
        )  # fmt: skip
        return keyboard.shown


def sign_in_requests(demo: FaultyServer) -> list[str]:
    """The paths that were asked for at the sign-in host, in order."""
    return [seen.path for seen in demo.requests if seen.host == SIGN_IN_HOST]
