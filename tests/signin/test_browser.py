"""Opening the browser: BROWSER is honoured, nobody waits for it, and nothing of it reaches our lines."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from onedrive.signin.browser import has_place_for_browser, open_in_browser

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
        ({"BROWSER": "firefox"}, "linux", True),
        ({}, "darwin", True),
        ({}, "win32", True),
    ],
)
def test_a_browser_needs_a_screen(environ: dict[str, str], platform: str, has_place: bool) -> None:
    assert has_place_for_browser(environ, platform) is has_place
