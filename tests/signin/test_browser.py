"""Opening the browser: BROWSER is honoured, nobody waits for it, and nothing of it reaches our lines."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from onedrive.signin.browser import has_place_for_browser, open_in_browser

ADDRESS = "http://localhost:8080/?a=b&c=d%20e"
unix = pytest.mark.skipif(os.name == "nt", reason="the stand-in for a browser is a shell script")


def _browser(tmp_path: Path, script: str) -> str:
    path = tmp_path / "browser"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return f"{path} %s"


@unix
def test_the_browser_that_the_environment_names_gets_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("BROWSER", _browser(tmp_path, f'echo noise; echo "$1" > {tmp_path}/seen'))

    assert open_in_browser(ADDRESS)

    assert (tmp_path / "seen").read_text() == ADDRESS + "\n"


@unix
def test_a_browser_that_stays_open_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("onedrive.signin.browser.OPENING_SECONDS", 0.3)
    monkeypatch.setenv("BROWSER", _browser(tmp_path, "echo noise; exec sleep 3"))
    began = time.monotonic()

    assert open_in_browser(ADDRESS)

    assert time.monotonic() - began < 2
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
