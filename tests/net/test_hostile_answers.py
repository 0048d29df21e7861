"""Answers that drip, storm, swell or never end cost a limited time and room, and a sentence."""

from __future__ import annotations

import gzip
import itertools
import socket
import struct
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

import pytest
import urllib3

from onedrive.errors import ConnectionLost, OneDriveError
from onedrive.net import reply as reply_module
from onedrive.net.address import read_address
from onedrive.net.client import HttpClient
from onedrive.net.reply import Reply, Timeouts

QUICK = Timeouts(connect_seconds=5, silence_seconds=0.4, body_seconds=0.6)
URL = "https://graph.microsoft.com/v1.0/me"


@contextmanager
def answering(pieces: Iterable[bytes], pause_seconds: float = 0.0) -> Iterator[int]:
    """A server that answers each connection with these pieces, whatever it is asked; gives its port."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    for piece in pieces:
                        connection.sendall(piece)
                        if over.wait(pause_seconds):
                            return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        over.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
    thread.join()


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("pieces", "pause_seconds"),
    [
        (itertools.chain([HEAD], (f"X-{n}: y\r\n".encode() for n in range(90))), 0.05),
        ((bytes([sign]) for sign in HEAD * 9), 0.05),
        (itertools.chain([HEAD + b"X: "], itertools.repeat(b"y", 5000)), 0.05),
        (itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n", 100_000), 0.0),
        (itertools.chain([HEAD], (f"X-{n}: y\r\n".encode() for n in range(100_000))), 0.0),
        (itertools.chain([CHUNKED], itertools.repeat(b"1\r\n \r\n", 5000)), 0.05),
        (itertools.chain([HEAD + b"Content-Length: 90\r\n\r\n"], itertools.repeat(b" ", 90)), 0.05),
    ],
    ids=[
        "headers that drip", "a status line that drips", "a header that drips", "continue for ever", "headers for ever",
        "chunks that drip", "a body that drips",
    ],
)  # fmt: skip
def test_an_answer_without_end_is_given_up(pieces: Iterable[bytes], pause_seconds: float) -> None:
    with answering(pieces, pause_seconds) as port, pytest.raises(OneDriveError, match="connection to graph"):
        HttpClient(demo_port=port, timeouts=QUICK).send("GET", URL).body()


def _in_blocks(reply: Reply) -> bytes:
    """As a file is read."""
    block, came = memoryview(bytearray(1 << 16)), b""
    while filled := reply.fill(block, 0.2):
        came += block[:filled]
    return came


FILE = read_address("https://a.files.1drv.com/y")


@pytest.mark.parametrize(
    ("pieces", "pause_seconds"),
    [
        (itertools.chain([HEAD], (f"X-{n}: y\r\n".encode() for n in range(90))), 0.05),
        (itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n", 100_000), 0.0),
        (itertools.chain([HEAD], (f"X-{n}: y\r\n".encode() for n in range(100_000))), 0.0),
        ([HEAD, b"Content-Length: 6\r\n\r\nhello"], 0.0),
        ([b""], 0.0),
    ],
    ids=["headers that drip", "continue for ever", "headers for ever", "too few bytes", "nothing"],
)
def test_a_file_hosts_answer_without_end_is_given_up_too(pieces: Iterable[bytes], pause_seconds: float) -> None:
    with answering(pieces, pause_seconds) as port, pytest.raises(OneDriveError, match=r"connection to a\.files"):
        _in_blocks(HttpClient(demo_port=port, timeouts=QUICK).fetch(FILE, {}))


@pytest.mark.parametrize("answers_each", [1, 3])
def test_a_connection_that_was_kept_alive_and_is_cut_at_the_next_question_is_made_anew(answers_each: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        for _ in range(answers_each):
                            connection.recv(65536)
                            connection.sendall(HEAD + b"Content-Length: 5\r\n\r\nhello")
                        connection.recv(65536)
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        threading.Thread(target=serve, daemon=True).start()
        client = HttpClient(demo_port=listener.getsockname()[1], timeouts=QUICK)

        assert [_in_blocks(client.fetch(FILE, {})) for _ in range(8)] == [b"hello"] * 8
        listener.shutdown(socket.SHUT_RDWR)


def test_connections_of_the_library_alone_notice_an_answer_that_is_cut_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering([HEAD, b"Content-Length: 6\r\n\r\nhello"]) as port:
        pool = urllib3.HTTPConnectionPool("127.0.0.1", port)  # as through SOCKS
        monkeypatch.setattr(HttpClient, "_open_pool", lambda *_: pool)
        with pytest.raises(ConnectionLost, match="broke off"):
            _in_blocks(HttpClient(timeouts=QUICK).fetch(FILE, {}))


@pytest.mark.parametrize(
    "pieces",
    [
        [HEAD + b"CONTENT-length: 5\r\nX-One:\r\n\r\nhello and what nobody asked for"],
        [HEAD + b"Content-Length:", b"5\r\nConnection: close\r", b"\n\r", b"\nhel", b"lo"],
        [b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 5\r\n\r\nhello"],
        [HEAD + b"X-Long: a\r\n and more\r\nContent-Length: 5\r\n\r\nhello"],
        [HEAD + b"X-Long: " + b"y" * 20_000 + b"\r\nContent-Length: 5\r\n\r\nhello"],
        [b"HTTP/1.0 200 OK\r\n\r\nhe", b"llo"],
        [CHUNKED + b"5\r\nhello\r\n", b"0\r\n\r\n"],
        [HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"hello")],
    ],
    ids=["plain", "in pieces", "after 100", "folded", "a long head", "until it ends", "chunked", "packed"],
)
def test_a_file_hosts_answer_is_read_however_it_is_framed(pieces: list[bytes]) -> None:
    with answering(pieces) as port:
        assert _in_blocks(HttpClient(demo_port=port, timeouts=QUICK).fetch(FILE, {})) == b"hello"


@pytest.mark.parametrize("read", [Reply.body, _in_blocks])
@pytest.mark.parametrize(
    ("begin", "more", "pause_seconds"),
    [
        (b"2\r\n{}\r\n0\r\n", b"X: y\r\n", 0.05),
        (b"2\r\n{}\r\n0\r\n", b"X: y\r\n" * 999, 0.0),
        (b"2\r\n{}\r\n", b"0", 0.05),
        (b"2;", b"x", 0.05),
    ],
    ids=["trailers that drip", "trailers for ever", "a chunk's size that drips", "a chunk's extension that drips"],
)
def test_what_stands_between_chunks_must_come_in_time(
    begin: bytes, more: bytes, pause_seconds: float, read: Callable[[Reply], object]
) -> None:
    pieces = itertools.chain([CHUNKED + begin], itertools.repeat(more, 200 if pause_seconds else 100_000))
    with answering(pieces, pause_seconds) as port, pytest.raises(OneDriveError, match="silent for too long"):
        read(HttpClient(demo_port=port, timeouts=QUICK).send("GET", URL))


@pytest.mark.parametrize("read", [Reply.body, _in_blocks])
def test_what_is_packed_and_never_unpacks_must_come_in_time(read: Callable[[Reply], object]) -> None:
    """The name in the head of a gzip stream may be as long as one likes."""
    named = HEAD + b"Content-Encoding: gzip\r\n\r\n" + b"\x1f\x8b\x08\x08" + bytes(6)
    pieces = itertools.chain([named], itertools.repeat(b"x" * 9999, 100_000))
    with answering(pieces) as port, pytest.raises(OneDriveError, match="silent for too long"):
        read(HttpClient(demo_port=port, timeouts=QUICK).send("GET", URL))


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def _bomb() -> bytes:
    """A gzip stream of 32 MiB of zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(32)) + packer.flush()


@pytest.mark.parametrize(
    "pieces",
    [
        itertools.chain([CHUNKED], itertools.repeat(_chunk(bytes(1 << 18)), 2000)),
        [HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", _chunk(_bomb()), _chunk(b"")],
    ],
    ids=["chunks for ever", "a gzip bomb"],
)
def test_an_answer_larger_than_any_is_not_taken(pieces: Iterable[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply_module, "LARGEST_BODY_BYTES", 8 << 20)
    patient = Timeouts(5, 5, 60)
    with answering(pieces) as port, pytest.raises(OneDriveError, match="more than any answer should have"):
        HttpClient(demo_port=port, timeouts=patient).send("GET", URL).body()


@pytest.mark.parametrize(
    ("encoding", "body", "words"),
    [("br", b"{}", "damaged"), ("gzip", b"{}", "damaged"), ("gzip", gzip.compress(b"{}", mtime=0), "")],
    ids=["not asked for", "no gzip", "gzip"],
)
def test_only_what_was_asked_for_is_unpacked(encoding: str, body: bytes, words: str) -> None:
    head = HEAD + f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with answering([head, body]) as port:
        reply = HttpClient(demo_port=port, timeouts=QUICK).send("GET", URL)
        if not words:
            assert reply.body() == b"{}"
            return
        with pytest.raises(OneDriveError, match=words):
            reply.body()


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip"])
def test_bytes_that_unpack_to_gigabytes_come_no_faster_than_they_are_taken(encoding: str) -> None:
    """As of a file: urllib3 before 2.6 unpacks all that came at once, in as many layers as there are."""
    bomb = _bomb() if encoding == "gzip" else gzip.compress(_bomb(), mtime=0)
    head = HEAD + f"Content-Encoding: {encoding}\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    with answering([head, bomb]) as port:
        reply = HttpClient(demo_port=port, timeouts=Timeouts(5, 5, 60)).send("GET", URL)
        tracemalloc.start()
        reply.fill(memoryview(bytearray(1 << 16)), 5.0)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        reply.close()

    assert most < 4 << 20


@pytest.mark.parametrize(
    ("status", "words", "cure"),
    [
        ("407 Proxy Authentication Required", "who you are", "NAME:PASSWORD@"),
        ("403 Forbidden", "does not let us through", "keeps the network"),
        ("502 Bad Gateway", "(502)", "internet connection"),
    ],
)
def test_what_a_proxy_says_is_told(monkeypatch: pytest.MonkeyPatch, status: str, words: str, cure: str) -> None:
    for name in ("NO_PROXY", "no_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with answering([f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()]) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        with pytest.raises(OneDriveError) as caught:
            HttpClient(timeouts=QUICK).send("GET", URL)

    assert words in caught.value.sentence
    assert cure in caught.value.hint


def test_a_proxy_that_looks_into_what_is_encrypted_and_wants_a_name_is_told_as_any_proxy() -> None:
    """It answers in the host's place, in a connection that it lets through."""
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    with answering([refusal]) as port, pytest.raises(OneDriveError) as caught:
        HttpClient(demo_port=port, timeouts=QUICK).send("GET", URL)

    assert "who you are" in caught.value.sentence
    assert "NAME:PASSWORD@" in caught.value.hint
