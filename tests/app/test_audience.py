"""Who else hears of a run: the command of --then, the monitor of --ping, `last_run.json`; none of them spoils a run."""

from __future__ import annotations

import io
import json
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from unittest.mock import patch

import pytest

from onedrive.app.audience import LAST_RUN, Audience
from onedrive.terminal.terminal import Terminal
from tests.sentences import ROOT
from tests.starting import run
from tests.terminal.event_check import check_event

COMMAND = """
import os, sys
with open("heard", "a") as heard:
    heard.write(sys.stdin.read() + os.environ["ONEDRIVE_EXIT_CODE"])
    heard.write(str("MS_OPENGRAPH_CLIENT_SECRET" in os.environ))
sys.exit(5)
"""
SUMMARY = {"exit_code": 4}


def test_the_command_hears_once_how_the_run_went_and_its_own_failure_is_only_said(tmp_path: Path) -> None:
    (tmp_path / "tell.py").write_text(COMMAND)
    command = f'"{sys.executable}" tell.py'
    environ = {"MS_OPENGRAPH_CLIENT_SECRET": "secret"}
    words = ("--demo", "--no-input", "--json", "--then", command)
    (tmp_path / "demo-home/profiles/anna").mkdir(parents=True)
    done = run(tmp_path, *words, "--profile", "anna", "3", environ=environ)

    line, rest = (tmp_path / "heard").read_text().splitlines()
    told = json.loads(line)
    assert (done.returncode, rest) == (4, "4False")
    assert check_event(told) == []
    assert (told["exit_code"], told["profile"]) == (4, "anna")
    assert told["words"].startswith("You are not signed in")
    assert "Run python start.py --profile anna --demo 1" in told["words"]
    assert [(step["option"], step["exit_code"]) for step in told["steps"]] == [(3, 4)]
    assert done.stderr.count("The command of --then ended with exit code 5.") == 1
    events = [json.loads(text) for text in done.stdout.splitlines()]
    assert [event["event"] for event in events][-2:] == ["run_summary", "run_finished"]
    assert events[-2]["steps"] == told["steps"]
    assert not (tmp_path / "demo-home/profiles/anna" / LAST_RUN).exists()  # that is for --every


@pytest.mark.posix("groups of processes")
def test_a_command_that_hangs_is_ended_with_all_that_it_started_and_one_that_cannot_start_is_said(home: Path) -> None:
    said = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(), stdout=said, environ={})

    Audience(terminal, then="sh -c 'sleep 1000 & wait'", then_seconds=0.1, home=home).hear_end(SUMMARY)
    (home / "noexec").write_text("")
    Audience(terminal, then=str(home / "noexec"), home=home / "nowhere").hear_end(SUMMARY)

    assert "took longer than 0 minutes and was ended." in said.getvalue()
    assert "The command of --then could not be started: " in said.getvalue()
    assert json.loads((home / LAST_RUN).read_text())["exit_code"] == 4
    health = [sys.executable, str(ROOT / "tools/container/healthy.py")]
    assert subprocess.run(health, env={**os.environ, "ONEDRIVE_HOME": str(home)}).returncode == 1


class _Monitor(BaseHTTPRequestHandler):
    heard: list[tuple[str, str]] = []  # noqa: RUF012 - of the one test that has a monitor

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self.heard.append((self.path, body))
        self.send_response(404 if "unknown" in self.path else 200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Nobody reads it."""


@pytest.fixture
def monitor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a monitor, whose certificate this computer trusts."""
    from tests.clients.front import make_certificates  # cryptography does not load under Wine

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    monkeypatch.setenv("NO_PROXY", "*")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(make_certificates(tmp_path, tmp_path / "authority.pem", ["localhost"]))
    _Monitor.heard.clear()
    with HTTPServer(("localhost", 0), _Monitor) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"https://localhost:{server.server_port}"
        server.shutdown()


def test_the_monitor_hears_beginning_and_end_and_nothing_but_the_exit_code(monitor: str) -> None:
    said = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(), stdout=said, environ={})
    for exit_code in (0, 3):
        audience = Audience(terminal, ping=f"{monitor}/ping/secret?tag=x")
        audience.hear_beginning()
        audience.hear_end({"exit_code": exit_code, "words": "/Pictures/a.jpg"})

    assert _Monitor.heard == [
        ("/ping/secret/start?tag=x", ""),
        ("/ping/secret?tag=x", "exit_code=0"),
        ("/ping/secret/start?tag=x", ""),
        ("/ping/secret/fail?tag=x", "exit_code=3"),
    ]
    assert said.getvalue() == ""

    Audience(terminal, ping=f"{monitor}/unknown").hear_end({"exit_code": 0})
    Audience(terminal, ping="https://localhost:1/secret").hear_end({"exit_code": 0})
    assert said.getvalue().splitlines() == [
        "The ping was not heard: localhost answered with 404.",
        "The ping was not heard: The connection to localhost was lost: it refused the connection.",
    ]


def test_the_monitor_is_trusted_as_the_settings_say(tmp_path: Path) -> None:
    with patch("onedrive.app.audience.Audience") as audience:
        run(tmp_path, "--ping", "https://localhost/x", "3", environ={"ONEDRIVE_SYSTEM_CERTIFICATES": "no"})

    assert audience.call_args.kwargs["system_certificates"] is False


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--ping", "http://example.com/x", "3"], "begins with https://"),
        (["--ping", "https://anna:secret@example.com/x", "3"], "begins with https://"),
        (["--demo", "--ping", "https://example.com/x", "3"], "nothing leaves this computer"),
        (["--ping", "https://example.com/x", "8"], "--ping does nothing for option 8"),
        (["--then", "no-such-program x", "3"], "there is no program 'no-such-program'"),
        (["--then", "echo 'x", "3"], "a quotation mark that is not closed"),
        (["--then", " ", "3"], "there is no program ''"),
        (["--then", sys.executable], "--then needs the numbers to run"),
    ],
)
def test_what_nobody_could_hear_is_refused_before_anything_is_done(tmp_path: Path, words: list[str], why: str) -> None:
    done = run(tmp_path, *words)

    assert done.returncode == 2
    assert why in done.stdout
    assert "secret@" not in done.stdout
    assert list(tmp_path.iterdir()) == []
