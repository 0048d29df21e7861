"""The pretend OneDrive as a server: hosts, keep-alive, rude clients, what it saw, its home, its command line."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from pretend_onedrive.__main__ import main
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.model.sample import build_sample_drive
from pretend_onedrive.state import SERVER_FILE, STATE_FILE
from tests.faults.server import FaultyServer
from tests.pretend.demo_asks import GRAPH, LOGIN, Asks

TOP = Path(__file__).resolve().parent.parent.parent
ROOT = f"{GRAPH}/me/drive/root/children"


def raw(demo: FaultyServer, request: bytes) -> bytes:
    """Everything that comes back to these bytes before the server ends the connection."""
    with socket.create_connection(("127.0.0.1", demo.port), timeout=5) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_one_connection_serves_many_requests() -> None:
    with FaultyServer(DemoDrive()) as demo:
        connection = http.client.HTTPConnection("127.0.0.1", demo.port, timeout=5)
        headers = {"Host": "graph.microsoft.com", "Authorization": f"Bearer {demo.issue_token()}"}
        for _ in range(3):
            connection.request("GET", "/v1.0/me", headers=headers)
            reply = connection.getresponse()
            reply.read()
            assert (reply.status, connection.sock is not None) == (200, True)
        connection.close()


def test_it_answers_by_the_host_header_with_or_without_port() -> None:
    with FaultyServer(DemoDrive()) as demo:
        asks = Asks(demo)

        assert asks.get("https://graph.microsoft.com/v1.0/me", Host="graph.microsoft.com:443").status == 200
        assert asks.get("https://GRAPH.Microsoft.com/v1.0/me").status == 401
        assert asks.get("https://other.example/").status == 421


@pytest.mark.parametrize(
    ("request_bytes", "first_line"),
    [
        (b"nonsense\r\n\r\n", b"HTTP/1.1 400 Bad Request"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"HTTP/1.1 400 Bad Request"),
        (b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"HTTP/1.1 400 Bad Request"),
        (b"\r\nGET /link HTTP/1.0\r\nHost: localhost\r\n\r\n", b"HTTP/1.1 200 OK"),
        (b"GET http://localhost/link HTTP/1.1\r\nHost: other\r\n\r\n", b"HTTP/1.1 200 OK"),
        (b"GET /link?u=http://x/y HTTP/1.1\r\nHost: localhost\r\n\r\n", b"HTTP/1.1 200 OK"),
        (
            b"POST /link HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
            b"HTTP/1.1 100 Continue",
        ),
        (
            b"POST /link HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
            b"HTTP/1.1 200 OK",
        ),
        (b"HEAD /link HTTP/1.1\r\nHost: localhost\r\n\r\n", b"HTTP/1.1 200 OK"),
        (b"", b""),
    ],
)
def test_http_is_read_as_it_comes(request_bytes: bytes, first_line: bytes) -> None:
    with FaultyServer(DemoDrive()) as demo:
        assert raw(demo, request_bytes).partition(b"\r\n")[0] == first_line


def test_rude_clients_leave_no_trace(capfd: pytest.CaptureFixture[str]) -> None:
    drive = DemoDrive()
    drive.add_generated_file("/big.bin", 20_000_000)
    with FaultyServer(drive) as demo:
        asks = Asks(demo)
        url = asks.url_of("/big.bin")
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", demo.port)) as connection:
                connection.sendall(
                    f"GET {url.partition('.com')[2]} HTTP/1.1\r\nHost: my.microsoftpersonalcontent.com\r\n\r\n".encode()
                )
                connection.recv(1000)

        assert asks.get(ROOT).status == 200

    assert capfd.readouterr() == ("", "")


def test_a_mistake_in_the_demo_shows_as_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultyServer(DemoDrive()) as demo:
        monkeypatch.setattr(demo.graph, "answer", lambda _request: 1 / 0)

        assert Asks(demo).get(ROOT).status == 500


def test_it_remembers_what_arrived() -> None:
    with FaultyServer(DemoDrive()) as demo:
        asks = Asks(demo)
        asks.get(f"{ROOT}?$top=5", Prefer="x")

        seen = demo.requests[-1]

    assert (seen.method, seen.host, seen.path) == ("GET", "graph.microsoft.com", "/v1.0/me/drive/root/children")
    assert (seen.query, seen.status, seen.headers["prefer"]) == ("$top=5", 200, "x")
    assert "authorization" in seen.headers


def test_a_second_start_goes_on_where_the_first_stopped(tmp_path: Path) -> None:
    drive = build_sample_drive()
    with FaultyServer(drive, tmp_path) as demo:
        asks = Asks(demo, "Files.ReadWrite Files.Read.All")
        link = asks.pages(f"{GRAPH}/me/drive/root/delta")[-1]["@odata.deltaLink"]
        moved = drive.find("/Videos")
        asks.send("PATCH", f"{GRAPH}/me/drive/items/{moved.id}", b'{"name":"Films"}')
        drive.add_file("/kept.txt", b"kept bytes")
        drive.delete(drive.find("/Documents/Letters"))
        url = asks.url_of("/kept.txt")
        before = {item.path: (item.id, item.etag, item.size, item.quick_xor_hash) for item in drive.root.tree()}

    again = build_sample_drive()
    with FaultyServer(again, tmp_path) as demo:
        asks.port = demo.port
        changed = [item.get("name") for item in asks.items(link)]
        assert asks.get(url).body == b"kept bytes"
        shared = again.find("/Family photos").remote

    assert changed == ["root", None, None, "Documents", "Films", "kept.txt"]
    assert {item.path: (item.id, item.etag, item.size, item.quick_xor_hash) for item in again.root.tree()} == before
    assert shared is not None
    assert shared.path == "/Family"
    assert (tmp_path / STATE_FILE).stat().st_mode & 0o77 == 0
    assert not (tmp_path / SERVER_FILE).exists()


def test_sign_in_survives_a_restart(tmp_path: Path) -> None:
    with FaultyServer(DemoDrive(), tmp_path, auto_consent=True) as demo:
        code = demo.person.consent(
            f"{LOGIN}/consumers/oauth2/v2.0/authorize?client_id={demo.public_app_id}&response_type=code"
            "&redirect_uri=http://localhost&scope=Files.Read%20offline_access"
        ).partition("code=")[2]
    with FaultyServer(DemoDrive(), tmp_path) as demo:
        answered = Asks(demo).post_form(
            f"{LOGIN}/consumers/oauth2/v2.0/token",
            client_id=demo.public_app_id,
            grant_type="authorization_code",
            code=code,
            redirect_uri="http://localhost",
        )

    assert answered.status == 200


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"version": 1}', '{"version": 99, "drives": [{"id": "x"}]}'])
def test_a_damaged_state_is_set_aside_and_the_given_drive_serves(tmp_path: Path, damaged: str) -> None:
    (tmp_path / STATE_FILE).write_text(damaged)
    drive = DemoDrive()
    drive.add_file("/a.txt", b"")

    with FaultyServer(drive, tmp_path) as demo:
        assert Asks(demo).names(ROOT) == ["a.txt"]

    assert (tmp_path / f"{STATE_FILE}.damaged").read_text() == damaged


def change(home: Path, *words: str) -> int:
    return main(["change", "--home", str(home), *words])


def test_the_drive_of_a_home_is_edited_without_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.bin").write_bytes(b"from a file")
    home = tmp_path / "home"

    codes = [
        change(home, "add", "/New/a.txt", "--text", "hi"),
        change(home, "rename", "/New/a.txt", "b.txt"),
        change(home, "move", "/New/b.txt", "/Documents"),
        change(home, "edit", "/Documents/b.txt"),
        change(home, "add", "/c.bin", "--from", str(tmp_path / "x.bin")),
        change(home, "delete", "/Music"),
        change(home, "add", "/Empty/"),
    ]
    drive = DemoDrive()
    with FaultyServer(drive, home):
        assert drive.find("/Documents/b.txt").content.read(0, 99) == b"hiEdited from outside.\n"  # type: ignore[union-attr]  # a file has content
        assert drive.find("/c.bin").size == 11
        assert drive.find("/Empty").is_folder
        assert drive.root.child("Music") is None

    assert codes == [0] * 7
    assert capsys.readouterr().out.splitlines()[1] == "Renamed /New/a.txt to b.txt."


def test_the_drive_of_a_running_server_is_edited(tmp_path: Path) -> None:
    with FaultyServer(DemoDrive(), tmp_path) as demo:
        asks = Asks(demo)
        link = asks.pages(f"{GRAPH}/me/drive/root/delta")[-1]["@odata.deltaLink"]

        assert change(tmp_path, "add", "/new.txt") == 0

        assert [item["name"] for item in asks.items(link)] == ["root", "new.txt"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["delete", "/nope"], "There is no /nope on the pretend drive."),
        (["add", "/a.txt"], "/a.txt is there already."),
        (["edit", "/F"], "/F is not a file."),
        (["delete", "/"], "That cannot be done: the root cannot be deleted."),
        (["edit", "/a.txt", "--from", "/nope"], "No such file"),
    ],
)
@pytest.mark.parametrize("runs", [True, False])
def test_an_impossible_change_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str, runs: bool
) -> None:
    drive = DemoDrive()
    drive.add_file("/a.txt", b"")
    drive.add_folder("/F")
    server = FaultyServer(drive, tmp_path)
    with server:
        if runs:
            assert change(tmp_path, *words) == 1
    if not runs:
        assert change(tmp_path, *words) == 1

    assert said in capsys.readouterr().err


def test_a_sign_on_the_door_of_a_server_that_died_is_overlooked(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free_port = listener.getsockname()[1]
    (tmp_path / SERVER_FILE).write_text(json.dumps({"port": free_port, "key": "x"}))

    assert change(tmp_path, "add", "/a.txt") == 0


def test_strangers_cannot_change_the_drive(tmp_path: Path) -> None:
    with FaultyServer(DemoDrive(), tmp_path) as demo:
        body = json.dumps({"action": "add", "path": "/x"}).encode()

        answered = Asks(demo).send("POST", "http://localhost/_demo/change", body, {"X-Demo-Key": "guess"})

    assert answered.status == 403


def test_run_alone_it_prints_one_line_of_json_and_ends_at_sigterm(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pretend_onedrive", "--home", str(tmp_path), "--auto-consent", "--pace", "0"]
    process = subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None

    told = json.loads(process.stdout.readline())
    connection = http.client.HTTPConnection("127.0.0.1", told["port"], timeout=5)
    connection.request("GET", "/v1.0/me", headers={"Host": "graph.microsoft.com"})
    status = connection.getresponse().status
    connection.close()
    os.kill(process.pid, signal.SIGTERM)
    rest, errors = process.communicate(timeout=10)

    assert told["drive_id"] == "0f09000000cfea42"
    assert {"app_id", "client_secret", "public_app_id", "personal_app_id", "port"} <= set(told)
    assert status == 401
    assert (rest, errors, process.returncode) == ("", "", 0)


def test_a_busy_port_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        assert main(["--port", str(port), "--empty"]) == 1

    assert f"Port {port} cannot be used" in capsys.readouterr().err


def test_the_date_of_an_answer_is_that_of_the_services_clock(demo: FaultyServer) -> None:
    demo.clock.advance(1000)
    connection = http.client.HTTPConnection("127.0.0.1", demo.port)

    connection.request("GET", "/v1.0/me", headers={"Host": "graph.microsoft.com"})

    date = parsedate_to_datetime(connection.getresponse().headers["Date"]).timestamp()
    connection.close()
    assert date - time.time() == pytest.approx(1000, abs=2)
