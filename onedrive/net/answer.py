"""A file host's answer: its head is read in one piece, its bytes go straight into the caller's block. Small files come
at half the cost so, and large ones through fewer hands.

Only what is plain is read here: HTTP/1.1, a length, nothing packed or chunked. Any other answer is left to the library,
with the bytes that have come.
"""

from __future__ import annotations

import http.client
import re
import socket
import time
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

_HEAD_BYTES = 16 * 1024  # what TLS hands over at once; a longer head is no plain one
_STATUS_LINE = re.compile(r"HTTP/1\.1 ([2-5]\d\d)(?: .*)?", re.ASCII)
_LENGTH = re.compile(r"\d{1,18}", re.ASCII)
_HAS_NO_BODY = (204, 304)


class Connection(Protocol):
    """What is asked of urllib3's connection."""

    sock: Any  # a socket, or what stands for one in TLS within TLS

    def close(self) -> None:
        """Close it; urllib3 opens it again."""


class Headers(Mapping[str, str]):
    """Names in small letters, asked for in any."""

    def __init__(self, lines: list[str]) -> None:
        """Raises ValueError where a line is none of a header, or goes on the one before."""
        self._values: dict[str, str] = {}
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon or name != name.strip():
                raise ValueError(line)
            name, value = name.lower(), value.strip()
            self._values[name] = f"{self._values[name]}, {value}" if name in self._values else value

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class PlainAnswer:
    """Stands in the place of urllib3's answer, which sets some of these."""

    version_string = "HTTP/1.1"
    retries: object = None
    _connection: Connection | None = None
    _pool: Any = None

    def __init__(self, connection: Connection, status: int, headers: Headers, length: int, begun: memoryview) -> None:
        self.status = status
        self.headers = headers
        self.length_remaining = length
        self._sock = connection.sock
        self._begun = begun  # what came with the head
        self._is_last = "close" in headers.get("Connection", "").lower() or len(begun) > length

    def read_into(self, block: memoryview) -> int:
        """Put the next bytes into a block; 0: there are no more, though `length_remaining` may say otherwise."""
        most = min(len(block), self.length_remaining)
        if self._begun:
            got = min(most, len(self._begun))
            block[:got] = self._begun[:got]
            self._begun = self._begun[got:]
        else:
            got = self._sock.recv_into(block[:most]) if most else 0
        self.length_remaining -= got
        if not self.length_remaining:
            self._end(closes=self._is_last)
        return got

    def close(self) -> None:
        """Give up what is left, and the connection with it; one that is read to its end is kept alive."""
        self._end(closes=self._is_last or self.length_remaining > 0)

    def _end(self, *, closes: bool) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            if closes:
                connection.close()
            self._pool._put_conn(connection)


def read_answer(connection: Connection) -> PlainAnswer | bytes:
    """The answer whose head comes next, what came of it where it is no plain one. Raises OSError, HTTPException."""
    head, end = _read_head(connection.sock)
    try:
        status_line, *lines = bytes(head[:end]).decode("latin-1").split("\r\n")
        headers, found = Headers(lines), _STATUS_LINE.fullmatch(status_line)
        length = headers.get("Content-Length", "")
        is_plain = headers.get("Content-Encoding", "identity").lower() == "identity"
    except ValueError:
        return bytes(head)
    if end < 0 or not found or not is_plain or not _LENGTH.fullmatch(length) or "Transfer-Encoding" in headers:
        return bytes(head)
    status = int(found[1])
    return PlainAnswer(connection, status, headers, 0 if status in _HAS_NO_BODY else int(length), head[end + 4 :])


def _read_head(sock: socket.socket) -> tuple[memoryview, int]:
    """What came until the end of the head, and where that is (-1: it is too long); all of it has one deadline."""
    block, filled, end = bytearray(_HEAD_BYTES), 0, -1
    silence_seconds, began = sock.gettimeout(), time.monotonic()
    while end < 0 and filled < len(block):
        if filled and silence_seconds is not None:
            if (left := began + silence_seconds - time.monotonic()) <= 0:
                raise TimeoutError("it did not come in time")
            sock.settimeout(left)
        got = sock.recv_into(memoryview(block)[filled:])
        if not got:
            raise http.client.RemoteDisconnected("it ended before its answer")
        end = block.find(b"\r\n\r\n", max(0, filled - 3), filled := filled + got)
    sock.settimeout(silence_seconds)
    return memoryview(block)[:filled], end
