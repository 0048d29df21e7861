"""The door to the network: what the libraries raise becomes sentences, and the environment is respected."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
import urllib3

from onedrive.errors import ConnectionLost, HostNotTrusted, OneDriveError, ServiceUnusable, SettingsError
from onedrive.net.address import read_address
from onedrive.net.client import HttpClient
from onedrive.net.reply import Timeouts, translated_errors
from tests.faults.server import FaultyServer

QUICK = Timeouts(connect_seconds=1, silence_seconds=0.3, body_seconds=0.5)


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpClient]:
    """A client that would reach real hosts; the tests give it addresses on loopback only."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    client = HttpClient(timeouts=QUICK)
    yield client
    client.close()


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _send(client: HttpClient, url: str) -> None:
    client.send("GET", url)


def _fetch(client: HttpClient, url: str) -> None:
    client.fetch(read_address(url), {})


both_ways = pytest.mark.parametrize("ask", [_send, _fetch])
Ask = Callable[[HttpClient, str], None]


@both_ways
def test_a_refused_connection_is_said_so(real: HttpClient, closed_port: int, ask: Ask) -> None:
    with pytest.raises(ConnectionLost, match="it refused the connection") as caught:
        ask(real, f"https://127.0.0.1:{closed_port}/")

    assert "internet connection" in caught.value.hint


def test_a_name_that_cannot_be_found_is_said_so(real: HttpClient) -> None:
    with pytest.raises(ConnectionLost, match="its name could not be found"):
        real.send("GET", "https://no-such-host.invalid/")


@both_ways
def test_a_proxy_that_does_not_answer_is_said_so(
    real: HttpClient, closed_port: int, monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed_port}")

    with pytest.raises(ConnectionLost, match="the proxy that is set here does not answer"):
        ask(real, "https://graph.microsoft.com/")


@both_ways
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("HTTPS_PROXY", "socks5://127.0.0.1:1", "proxy"),
        ("HTTPS_PROXY", "ftp://127.0.0.1:1", "proxy"),
        ("REQUESTS_CA_BUNDLE", "/no/such/file.pem", "REQUESTS_CA_BUNDLE"),
        ("REQUESTS_CA_BUNDLE", __file__, "holds no certificates"),
    ],
)
def test_what_cannot_be_meant_is_a_setting(
    real: HttpClient, demo: FaultyServer, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str, ask: Ask
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=words):
        ask(real, f"https://127.0.0.1:{demo.port}/")


@both_ways
@pytest.mark.parametrize("url", ["https://[bad/x", "https://graph.microsoft.com:99999/x"])
def test_what_can_be_no_address_is_said_so(real: HttpClient, url: str, ask: Ask) -> None:
    with pytest.raises(ServiceUnusable, match="no valid address"):
        ask(real, url)


@both_ways
def test_in_the_demo_no_other_host_exists(http: HttpClient, ask: Ask) -> None:
    with pytest.raises(ConnectionLost):
        ask(http, "https://example.com/")


def test_ssl_cert_file_is_used_when_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = tmp_path / "company.pem"
    bundle.write_text("")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))

    assert HttpClient().session.verify == str(bundle)


def test_a_certificate_that_is_not_trusted_is_said_with_the_cure() -> None:
    error = requests.exceptions.SSLError(
        urllib3.exceptions.MaxRetryError(None, "/", urllib3.exceptions.SSLError(ssl.SSLCertVerificationError(1, "x")))  # type: ignore[arg-type]  # the pool is not looked at
    )

    with pytest.raises(HostNotTrusted) as caught, translated_errors("graph.microsoft.com"):
        raise error

    assert "REQUESTS_CA_BUNDLE" in caught.value.hint


def test_an_encrypted_connection_that_breaks_is_a_lost_one() -> None:
    with pytest.raises(ConnectionLost, match="it was cut"), translated_errors("graph.microsoft.com"):
        raise requests.exceptions.SSLError(ssl.SSLEOFError(8, "EOF occurred"))


def test_our_own_errors_pass_through() -> None:
    with pytest.raises(OneDriveError, match="mine"), translated_errors("graph.microsoft.com"):
        raise OneDriveError("mine")


@pytest.mark.parametrize("url", ["https://graph.microsoft.com/v1.0/me", "https://my.microsoftpersonalcontent.com/x"])
def test_a_connection_is_used_again(http: HttpClient, demo: FaultyServer, url: str) -> None:
    before = threading.active_count()
    for _ in range(5):
        if "graph" in url:
            http.send("GET", url, bearer=demo.issue_token()).body()
        else:
            assert http.fetch(read_address(url), {}).fill(memoryview(bytearray(100_000)), 1) > 100

    assert threading.active_count() - before <= 1  # the pretend OneDrive has one thread a connection


# --- fetch: the lean way to file hosts --------------------------------------------------------------------------------


def test_fetching_adds_no_credentials_and_says_who_we_are(
    http: HttpClient, demo: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    http.fetch(read_address("https://my.microsoftpersonalcontent.com/x?y=%2fz"), {}).close()

    seen = demo.requests[-1]
    assert "Authorization" not in seen.headers
    assert (seen.headers.get("User-Agent") or "").startswith("NONISV|")
    assert (seen.host, seen.path, seen.query) == ("my.microsoftpersonalcontent.com", "/x", "y=%2Fz")


def test_a_file_host_may_be_silent_as_long_as_any_and_not_as_long_as_a_connection_may_take(demo: FaultyServer) -> None:
    patient_to_connect = HttpClient(demo_port=demo.port, timeouts=Timeouts(connect_seconds=60, silence_seconds=0.1))
    demo.stall_next(2)

    with pytest.raises(ConnectionLost, match="it stayed silent for too long"):
        patient_to_connect.fetch(read_address("https://my.microsoftpersonalcontent.com/x"), {})


def test_the_proxy_of_an_address_is_known(real: HttpClient, http: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert real.find_proxy("https://graph.microsoft.com/") == ""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:8080")

    assert real.find_proxy("https://graph.microsoft.com/") == "http://proxy.example:8080"
    assert http.find_proxy("https://graph.microsoft.com/") == ""  # the demo uses none
    monkeypatch.setenv("NO_PROXY", "graph.microsoft.com")
    assert real.find_proxy("https://graph.microsoft.com/") == ""
