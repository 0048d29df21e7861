"""What tests about signing in share: somebody at a keyboard, a browser that comes back, and `Seat`, which has all."""

from __future__ import annotations

import http.client
import io
import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from onedrive.graph.session import TokenSource
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.net.reply import Timeouts
from onedrive.settings import Settings
from onedrive.signin.browser import Browser
from onedrive.signin.tokens import SavedTokens
from onedrive.step_result import StepResult
from onedrive.terminal.terminal import Terminal
from onedrive_authorization import open_saved_tokens, renew, sign_in, sign_in_to_write
from tests.faults.server import FaultyServer

NATIVE_CLIENT = "https://login.microsoftonline.com/common/oauth2/nativeclient"
Visit = Callable[[str], bool]


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


def led_on_from(address: str) -> str:
    """Where a browser comes from the address that it was started with."""
    parts = urlsplit(address)
    if not parts.path.startswith("/open-"):
        return address
    connection = http.client.HTTPConnection("127.0.0.1", parts.port)
    connection.request("GET", parts.path)
    location = connection.getresponse().getheader("Location")
    connection.close()
    return location or ""


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


def query_of(address: str) -> dict[str, str]:
    """The query of an address, each name once."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def stays_away(address: str) -> bool:
    """A browser that opens, and in which nobody does anything."""
    return True


def no_browser(address: str) -> bool:
    """A browser that cannot be opened."""
    return False


def offline() -> HttpClient:
    """A client that reaches nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return HttpClient(demo_port=port, timeouts=Timeouts(connect_seconds=1))


class Seat:
    """Where somebody signs in: their settings, keyboard and browser, options 1 and 2, the sign-in of option 7."""

    def __init__(self, demo: FaultyServer, http: HttpClient, pause: SharedPause, home: Path) -> None:
        self.demo, self.http, self.pause = demo, http, pause
        self.settings = demo_settings(demo, home)
        self.keyboard = Keyboard()
        self.token_json = home / "token.json"
        self.told: list[str] = []  # what did not stop the work
        self.kept: list[Settings] = []  # which changed on the way

    def has(self, **settings: Any) -> None:  # noqa: ANN401  # any setting
        """The settings are these instead."""
        self.settings = replace(self.settings, **settings)

    def has_public_app(self) -> None:
        """The app is one that may use device codes and has no secret."""
        self.has(app_id=self.demo.public_app_id, client_secret="")

    def has_real_time(self) -> None:
        """Waiting takes time, where a browser needs a moment to come back."""
        self.pause = SharedPause(self.told.append)

    @contextmanager
    def with_busy_port(self) -> Iterator[int]:
        """Another program listens at the redirect address."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = int(taken.getsockname()[1])
            self.has(redirect_uri=f"http://localhost:{port}")
            yield port

    def sign_in(self, visit: Visit, *, demo_port: int | None = None, **browser: Any) -> StepResult:  # noqa: ANN401
        """Choose 1; `visit` gets the address for the browser, `browser` is what else a Browser is made of."""
        return sign_in(
            self.keyboard.terminal,
            self.settings,
            self.http,
            self.pause,
            browser=Browser(lambda address: visit(led_on_from(address)), demo_port, **browser),
            keep_settings=self.kept.append,
        )

    def sign_in_alone(self) -> str:
        """Sign in without a person; returns what was shown."""
        return sign_in_alone(self.demo, self.http, self.pause, self.settings)

    def renew(self) -> StepResult:
        """Choose 2."""
        return renew(self.keyboard.terminal, self.settings, self.http, self.pause)

    def sign_in_to_write(
        self, visit: Visit, *, demo_port: int | None = None, consents_by_itself: bool = False
    ) -> TokenSource:  # fmt: skip
        """What option 7 asks for."""
        browser = Browser(lambda address: visit(led_on_from(address)), demo_port, consents_by_itself=consents_by_itself)
        return sign_in_to_write(self.keyboard.terminal, self.settings, self.http, self.pause, browser=browser)

    def saved(self) -> SavedTokens:
        """The sign-in of token.json, as every step opens it."""
        return open_saved_tokens(self.settings, self.http, self.pause, say=self.told.append)

    def pastes(self, *lines: Callable[[str], str]) -> Visit:
        """A browser that cannot be opened; instead the person pastes lines made of the address, or the answer."""

        def visit(address: str) -> bool:
            self.keyboard.type(*(line(address) for line in lines or (self.answer,)))
            return False

        return visit

    def answer(self, address: str) -> str:
        """The address of the answer to a sign-in address."""
        return answer_address(self.demo, address)

    @property
    def shown_code(self) -> str:
        """The device code on the screen."""
        return str(re.findall(r"that is (\w+), without spaces", self.keyboard.shown)[-1])

    def token_posts(self) -> int:
        """How often tokens were asked for."""
        return sum(seen.path.endswith("/token") for seen in self.demo.requests)
