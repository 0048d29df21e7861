"""The pretend OneDrive as a server: hosts, keep-alive, rude clients, memory, its home, its command line."""

from __future__ import annotations

import gc
import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from pretend_onedrive.__main__ import main
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.model.sample import build_sample_drive
from pretend_onedrive.server import DemoServer
from pretend_onedrive.state import SERVER_FILE, STATE_FILE
from tests.faults.server import FaultyServer
from tests.pretend.demo_asks import GRAPH, Asks, authorize_url, query_of, redeem

TOP = Path(__file__).resolve().parent.parent.parent
ROOT = f"{GRAPH}/me/drive/root/children"
DELTA = f"{GRAPH}/me/drive/root/delta"


def test_it_answers_by_the_host_header_and_tests_are_told_what_arrived(demo: FaultyServer, asks: Asks) -> None:
    demo.clock.advance(1000)

    answered = asks.get(f"{ROOT}?$top=5", Host="graph.microsoft.com:443", Prefer="x")

    seen = demo.requests[-1]
    assert (answered.status, seen.status) == (200, 200)
    assert (seen.method, seen.host, seen.path) == ("GET", "graph.microsoft.com", "/v1.0/me/drive/root/children")
    assert (seen.query, seen.headers["prefer"], "authorization" in seen.headers) == ("$top=5", "x", True)
    assert asks.get("https://GRAPH.Microsoft.com/v1.0/me").status == 401
    assert asks.get("https://other.example/").status == 421
    date = parsedate_to_datetime(answered.headers["date"]).timestamp()
    assert 0 < date - time.time() <= 1000


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
def test_http_is_read_as_it_comes(demo: FaultyServer, request_bytes: bytes, first_line: bytes) -> None:
    with socket.create_connection(("127.0.0.1", demo.port), timeout=5) as connection:
        connection.sendall(request_bytes)
        connection.shutdown(socket.SHUT_WR)
        answered = b"".join(iter(lambda: connection.recv(65536), b""))

    assert answered.partition(b"\r\n")[0] == first_line


def test_rude_clients_leave_no_trace_and_a_mistake_shows_as_an_answer(
    demo: FaultyServer, drive: DemoDrive, asks: Asks, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    drive.add_generated_file("/big.bin", 20_000_000)
    address = asks.url_of("/big.bin").partition(".com")[2]
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", demo.port)) as connection:
            lines = f"GET {address} HTTP/1.1\r\nHost: my.microsoftpersonalcontent.com\r\n\r\n"
            connection.sendall(lines.encode())
            connection.recv(1000)

    assert asks.get(ROOT).status == 200
    monkeypatch.setattr(demo.graph, "answer", lambda _request: 1 / 0)
    assert asks.get(ROOT).status == 500
    assert capfd.readouterr() == ("", "")


def test_where_no_thread_is_to_be_had_a_connection_ends_and_the_next_is_served(
    demo: FaultyServer, asks: Asks, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", _no_thread)
        with socket.create_connection(("127.0.0.1", demo.port)) as connection:
            connection.settimeout(10)
            assert connection.recv(1) == b""

    assert asks.get(ROOT).status == 200


def _no_thread(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_its_memory_does_not_grow_with_the_requests_it_has_answered(drive: DemoDrive) -> None:
    def ask(times: int) -> None:
        for _ in range(times):
            connection.request("GET", "/v1.0/me/drive/root/children", headers=headers)
            assert connection.getresponse().read()
        gc.collect()

    with DemoServer(drive) as demo:
        headers = {"Host": "graph.microsoft.com", "Authorization": f"Bearer {demo.issue_token()}"}
        connection = http.client.HTTPConnection("127.0.0.1", demo.port, timeout=30)
        tracemalloc.start()
        ask(20)
        before, _ = tracemalloc.get_traced_memory()
        ask(100)
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        one_connection = connection.sock is not None
        for _ in range(10):
            demo.issue_token()
            demo.clock.advance(86_400)
        connection.close()

    assert one_connection
    assert grown < 100 * 500  # bytes; a request that is kept takes more than a thousand
    assert len(demo.grants.access) <= 3


def test_a_second_start_goes_on_where_the_first_stopped(tmp_path: Path) -> None:
    def facts(drive: DemoDrive) -> dict[str, tuple[object, ...]]:
        return {item.path: (item.id, item.etag, item.size, item.quick_xor_hash) for item in drive.root.tree()}

    drive, again = build_sample_drive(), DemoDrive()
    with FaultyServer(drive, tmp_path) as demo:
        asks = Asks(demo, "Files.ReadWrite Files.Read.All")
        link = asks.pages(DELTA)[-1]["@odata.deltaLink"]
        asks.send("PATCH", f"{GRAPH}/me/drive/items/{drive.find('/Videos').id}", b'{"name":"Films"}')
        drive.add_file("/kept.txt", b"kept bytes")
        drive.delete(drive.find("/Documents/Letters"))
        url = asks.url_of("/kept.txt")
        code = query_of(demo.person.consent(authorize_url(demo)))["code"]
    with FaultyServer(again, tmp_path) as demo:
        asks.port = demo.port
        changed = [item.get("name") for item in asks.items(link)]
        assert asks.get(url).body == b"kept bytes"
        assert redeem(demo, asks, code=code).status == 200
        shared = again.find("/Family photos").remote

    assert changed == ["root", None, None, "Documents", "Films", "kept.txt"]
    assert facts(again) == facts(drive)
    assert shared is not None
    assert shared.path == "/Family"
    assert (tmp_path / STATE_FILE).stat().st_mode & 0o77 == 0
    assert not (tmp_path / SERVER_FILE).exists()


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"version": 1}', '{"version": 99, "drives": [{"id": "x"}]}'])
def test_a_damaged_state_is_set_aside_and_the_given_drive_serves(
    tmp_path: Path, drive: DemoDrive, damaged: str
) -> None:
    (tmp_path / STATE_FILE).write_text(damaged)

    with FaultyServer(drive, tmp_path) as demo:
        assert "Pictures" in Asks(demo).names(ROOT)

    assert (tmp_path / f"{STATE_FILE}.damaged").read_text() == damaged


def change(home: Path, *words: str) -> int:
    return main(["change", "--home", str(home), *words])


def test_the_drive_of_a_home_is_edited_without_a_server(
    tmp_path: Path, drive: DemoDrive, capsys: pytest.CaptureFixture[str]
) -> None:
    drive.add_album("Summer", drive.files()[0])
    drive.add_album("Best")
    with FaultyServer(drive, tmp_path):
        pass
    (tmp_path / "x.bin").write_bytes(b"from a file")
    (tmp_path / SERVER_FILE).write_text(json.dumps({"port": 9, "key": "x"}))  # of a server that died

    codes = [
        change(tmp_path, "add", "/New/a.txt", "--text", "hi"),
        change(tmp_path, "rename", "/New/a.txt", "b.txt"),
        change(tmp_path, "move", "/New/b.txt", "/Pictures"),
        change(tmp_path, "edit", "/Pictures/b.txt"),
        change(tmp_path, "add", "/c.bin", "--from", str(tmp_path / "x.bin")),
        change(tmp_path, "delete", "/Notes"),
        change(tmp_path, "add", "/Empty/"),
        change(tmp_path, "rename", "Summer", "Sommer 2024"),
        change(tmp_path, "delete", "Best"),
        change(tmp_path / "another home", "delete", "/Music"),  # begins with the drive of the demo
    ]
    kept = DemoDrive()
    with FaultyServer(kept, tmp_path) as demo:
        edited = Asks(demo).get(Asks(demo).url_of("/Pictures/b.txt")).body

    assert codes == [0] * 10
    assert [album.name for album in kept.bundles.values()] == ["Sommer 2024"]
    assert edited == b"hiEdited from outside.\n"
    assert (kept.find("/c.bin").size, kept.find("/Empty").is_folder, kept.root.child("Notes")) == (11, True, None)
    assert capsys.readouterr().out.splitlines()[1] == "Renamed /New/a.txt to b.txt."


def test_a_mass_change_leaves_no_file_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drive = DemoDrive()
    for number in range(60):
        drive.add_file(f"/{number:02}.txt", b"good")
    with FaultyServer(drive, tmp_path):
        assert change(tmp_path, "--encrypt", "50") == 0
    for wrong in ((), ("--encrypt", "50", "delete", "/00.txt")):
        with pytest.raises(SystemExit):
            change(tmp_path, *wrong)

    assert capsys.readouterr().out == "Encrypted 50 files.\n"
    assert sum(item.content is not None and item.content.read(0, 9) == b"good" for item in drive.files()) == 10
    assert sum(item.name.endswith(".locked") for item in drive.files()) == 25


@pytest.mark.parametrize("runs", [True, False])
def test_an_impossible_change_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], drive: DemoDrive, runs: bool
) -> None:
    def refuse_all() -> None:
        for words, said in (
            (["delete", "/nope"], "There is no /nope on the pretend drive."),
            (["add", "/Pictures/2023/P1.jpg"], "/Pictures/2023/P1.jpg is there already."),
            (["edit", "/Pictures"], "/Pictures is not a file."),
            (["delete", "/"], "That cannot be done: the root cannot be deleted."),
            (["edit", "/Pictures/2023/p1.jpg", "--from", "/nope"], "No such file"),
        ):
            assert change(tmp_path, *words) == 1
            assert said in capsys.readouterr().err

    with FaultyServer(drive, tmp_path) as demo:
        link = Asks(demo).pages(DELTA)[-1]["@odata.deltaLink"]
        assert change(tmp_path, "add", "/new.txt") == 0  # a running server makes it
        assert [item["name"] for item in Asks(demo).items(link)] == ["root", "new.txt"]
        stranger = Asks(demo).send("POST", "http://localhost/_demo/change", b"{}", {"X-Demo-Key": "guess"})
        assert stranger.status == 403
        if runs:
            refuse_all()
    if not runs:
        refuse_all()


def test_run_alone_it_prints_one_line_of_json_and_ends_at_sigterm(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pretend_onedrive", "--home", str(tmp_path), "--auto-consent", "--pace", "0"]
    process = subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None

    told = json.loads(process.stdout.readline())
    connection = http.client.HTTPConnection("127.0.0.1", told["port"], timeout=5)
    connection.request("GET", "/v1.0/me", headers={"Host": "graph.microsoft.com"})
    status = connection.getresponse().status
    connection.close()
    process.send_signal(signal.SIGTERM)
    rest, errors = process.communicate(timeout=10)

    assert told["drive_id"] == "0f09000000cfea42"
    assert {"app_id", "client_secret", "public_app_id", "personal_app_id", "port"} <= set(told)
    assert (status, rest, errors, process.returncode) == (401, "", "", 0)


def test_a_busy_port_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        assert main(["--port", str(port), "--empty"]) == 1

    assert f"Port {port} cannot be used" in capsys.readouterr().err
