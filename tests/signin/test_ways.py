"""Ways to sign in: opening the browser, which nobody waits for, and waiting for a device code, asked for as told."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from onedrive.errors import ConnectionLost, Stopped
from onedrive.net.patience import SharedPause
from onedrive.settings import Settings
from onedrive.signin.attempts import DeviceFlow, wait_for_device_code
from onedrive.signin.browser import has_place_for_browser, open_in_browser
from onedrive.signin.tokens import Granted, SignInBusy
from onedrive.terminal.terminal import Terminal
from tests.conftest import FakeClock

ADDRESS = "http://localhost:8080/?a=b&c=d%20e"
unix = pytest.mark.posix("shell of POSIX")


@unix
@pytest.mark.parametrize("stays_open", [False, True])
def test_the_browser_that_the_environment_names_gets_the_address_and_is_not_waited_for(
    stays_open: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    browser, is_open, seen = tmp_path / "browser", tmp_path / "open", tmp_path / "seen"
    wait = f"while [ -e {is_open} ]; do sleep 0.05; done"
    browser.write_text(f'#!/bin/sh\necho noise; echo "$1$MS_OPENGRAPH_CLIENT_SECRET" > {seen}\n{wait}\n')
    browser.chmod(0o755)
    if stays_open:
        is_open.touch()
        monkeypatch.setattr("onedrive.signin.browser.OPENING_SECONDS", 0.3)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    monkeypatch.setenv("MS_OPENGRAPH_CLIENT_SECRET", "not for a browser")

    assert open_in_browser(ADDRESS)

    is_open.unlink(missing_ok=True)
    assert stays_open or seen.read_text() == ADDRESS + "\n"
    assert capfd.readouterr() == ("", "")


@unix
def test_no_browser_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", "/nowhere/browser")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)

    assert not open_in_browser(ADDRESS)


def test_only_web_addresses_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", sys.executable)

    assert not open_in_browser("file:///etc/passwd")


@pytest.mark.parametrize(
    ("environ", "platform", "has_place"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "freebsd14", True),
        ({"BROWSER": "firefox", "SSH_TTY": "/dev/pts/1"}, "linux", True),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "192.0.2.1 5 192.0.2.2 22"}, "linux", False),
        ({"SSH_TTY": "/dev/ttys001"}, "darwin", False),
        ({}, "darwin", True),
        ({}, "win32", True),
    ],
)
def test_a_browser_needs_a_screen(environ: dict[str, str], platform: str, has_place: bool) -> None:
    assert has_place_for_browser(environ, platform) is has_place


PENDING, SLOWER = "authorization_pending", "slow_down"
GIVEN = Granted(Settings(Path("home"), Path("home")), {"access_token": "t"}, "")


def _wait(pause: SharedPause, *answers: Granted | str | Exception) -> tuple[Granted | None, str, list[float]]:
    """What was granted, what was shown, and after how many seconds the service was asked."""
    waiting, asked_at, began = iter(answers), list[float](), pause.clock.monotonic()

    def poll() -> Granted | str:
        asked_at.append(round(pause.clock.monotonic() - began))
        answer = next(waiting, PENDING)
        if isinstance(answer, Exception):
            raise answer
        return answer

    output = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(), stdout=output, environ={})
    flow = DeviceFlow(
        "ABC12DEF", "https://www.microsoft.com/link", expires_in_seconds=900, interval_seconds=5, poll=poll
    )
    return wait_for_device_code(flow, terminal=terminal, pause=pause), output.getvalue(), asked_at


def test_the_code_is_shown_large_and_the_service_is_asked_as_often_as_it_says(pause: SharedPause) -> None:
    answer, shown, asked_at = _wait(pause, PENDING, SLOWER, PENDING, GIVEN)

    assert answer == GIVEN
    assert asked_at == [5, 10, 20, 30]
    assert "    https://www.microsoft.com/link\n" in shown
    assert "    A  B  C  1  2  D  E  F\n" in shown
    assert "ABC12DEF" in shown


def test_a_lost_connection_or_an_overloaded_service_ends_nothing(pause: SharedPause) -> None:
    answer, shown, asked_at = _wait(pause, ConnectionLost("host", "it was cut"), SignInBusy(503, {}), GIVEN)

    assert answer == GIVEN
    assert "it was cut. Asking again." in shown
    assert asked_at == [5, 15, 30]


def test_after_its_time_the_code_has_expired_and_ctrl_c_ends_the_waiting(pause: SharedPause, clock: FakeClock) -> None:
    answer, _, _ = _wait(pause)

    assert answer is None
    assert sum(clock.waits) == pytest.approx(900)
    pause.stop.set()
    with pytest.raises(Stopped):
        _wait(pause)
