"""HTTP/1.1 on the wire: reading a request from a connection and writing a reply to it."""

from __future__ import annotations

import gzip
import json
import socket
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from http.client import HTTPMessage, responses
from io import BufferedReader
from typing import Any
from urllib.parse import parse_qsl

PIECE_BYTES = 64 * 1024
LONGEST_HEADER_BYTES = 64 * 1024
Headers = HTTPMessage  # the case of names does not count


@dataclass
class Request:
    """One request as it came: `path` and `query` are still percent-encoded, `host` has no port."""

    method: str
    host: str
    path: str
    query: str
    headers: Headers
    body: bytes = b""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def options(self) -> dict[str, str]:
        """The query options, decoded; names are case-sensitive."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass
class Delivery:
    """How a reply is put on the wire: whole and at once, unless said otherwise."""

    pace: Callable[[int], float] | None = None  # bytes about to go -> seconds to wait first
    piece_bytes: int = PIECE_BYTES
    says_length: bool = True  # False: the end of the connection is the end of the body
    closes: bool = False  # whatever the client asked

    def send(self, connection: socket.socket, request: Request, reply: Reply, wait: Callable[[float], object]) -> bool:
        """Send the reply; True when the connection may be used for another request. `wait(seconds)` is for paces."""
        keeps = self.says_length and not self.closes and "close" not in request.headers.get("Connection", "").lower()
        has_body = request.method != "HEAD" and reply.status not in (204, 304)
        head = _head(reply, keeps=keeps)
        for piece in self.pieces(reply, wait) if has_body else ():
            connection.sendall(head + piece)
            head = b""
        if head:
            connection.sendall(head)
        return keeps

    def pieces(self, reply: Reply, wait: Callable[[float], object]) -> Iterator[bytes]:
        """The body as it goes out, piece by piece, each when its time has come."""
        for long_piece in iter([reply.body]) if reply.pieces is None else reply.pieces:
            for begin in range(0, len(long_piece), self.piece_bytes):
                piece = long_piece[begin : begin + self.piece_bytes]
                if self.pace:
                    wait(self.pace(len(piece)))
                yield piece


@dataclass
class Reply:
    """A reply: `body` is bytes, or `pieces` makes them while they are sent and `length` says how many they are."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    pieces: Iterator[bytes] | None = None
    length: int | None = None
    delivery: Delivery = field(default_factory=Delivery)
    bytes_of_files: bool = False  # what is sent are bytes of a file of the drive

    @property
    def content_length(self) -> int:
        """Number of bytes of the body."""
        return len(self.body) if self.length is None else self.length

    def whole_body(self) -> bytes:
        """All bytes of the body, in memory."""
        if self.pieces is not None:
            self.body, self.pieces, self.length = b"".join(self.pieces), None, None
        return self.body


def json_reply(shown: Any, status: int = 200, *, content_type: str = "application/json") -> Reply:  # noqa: ANN401  # any JSON
    """A reply with JSON in it."""
    body = json.dumps(shown, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return Reply(status, {"Content-Type": content_type}, body)


def html_reply(page: str, status: int = 200) -> Reply:
    """A reply with a page for people in it."""
    return Reply(status, {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}, page.encode())


def compress(reply: Reply) -> Reply:
    """The same reply as gzip."""
    packed = gzip.compress(reply.whole_body(), compresslevel=1, mtime=0)
    reply.body = packed
    reply.headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return reply


class BadRequestError(Exception):
    """What came is not HTTP."""


def read_request(stream: BufferedReader, connection: socket.socket) -> Request | None:
    """The next request of the connection; None when the client has closed it."""
    line = stream.readline(LONGEST_HEADER_BYTES)
    while line in (b"\r\n", b"\n"):
        line = stream.readline(LONGEST_HEADER_BYTES)
    if not line:
        return None
    parts = line.decode("latin-1").split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadRequestError(line)
    method, target, version = parts
    headers = _read_headers(stream)
    if version == "HTTP/1.0" and "connection" not in headers:
        headers["Connection"] = "close"
    if headers.get("Expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    host = headers.get("Host", "")
    if target.startswith(("http://", "https://")):  # the absolute form, as sent to proxies
        host, _, target = target.partition("://")[2].partition("/")
        target = "/" + target
    path, _, query = target.partition("#")[0].partition("?")
    return Request(method, _without_port(host), path, query, headers, _read_body(stream, headers))


def _read_headers(stream: BufferedReader) -> Headers:
    headers = Headers()
    while (line := stream.readline(LONGEST_HEADER_BYTES)) not in (b"\r\n", b"\n", b""):
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not name.strip():
            raise BadRequestError(line)
        headers[name] = value.strip()
    return headers


def _read_body(stream: BufferedReader, headers: Headers) -> bytes:
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        body = b""
        while size := int(stream.readline(100).split(b";")[0] or b"0", 16):
            body += stream.read(size)
            stream.readline(10)
        while stream.readline(LONGEST_HEADER_BYTES) not in (b"\r\n", b"\n", b""):
            pass
        return body
    length = headers.get("Content-Length", "0")
    if not length.isdigit():
        raise BadRequestError(length)
    return stream.read(int(length))


def _without_port(host: str) -> str:
    name, _, port = host.rpartition(":")
    return (name if name and port.isdigit() else host).lower()


def _head(reply: Reply, *, keeps: bool) -> bytes:
    fields = {"Date": formatdate(usegmt=True), **reply.headers}
    if reply.status not in (204, 304) and reply.delivery.says_length:
        fields.setdefault("Content-Length", str(reply.content_length))
    fields["Connection"] = "keep-alive" if keeps else "close"
    phrase = responses.get(reply.status, "Bandwidth Limit Exceeded")  # 509
    lines = [f"HTTP/1.1 {reply.status} {phrase}", *(f"{name}: {value}" for name, value in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
