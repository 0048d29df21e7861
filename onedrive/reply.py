"""Reply: an answer of a server whose head is here, and whose body is read as it comes."""

from __future__ import annotations

import contextlib
import http.client
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from onedrive.errors import ConnectionLost
from onedrive.http_errors import translated_errors

READ_BYTES = 256 * 1024
RECORD_BYTES = 16 * 1024  # what TLS hands over at once, at most


class RawReply(Protocol):
    """The part of urllib3's answer that is used here."""

    status: int

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields; case does not count."""
        ...

    def read1(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        """What is there of the body now."""
        ...

    def close(self) -> None:
        """End the connection."""

    def release_conn(self) -> None:
        """Keep the connection for another request."""


@dataclass(frozen=True)
class Timeouts:
    """How long silence may last, in seconds; there is no limit for a whole download (trap 54)."""

    connect_seconds: float = 15.0
    silence_seconds: float = 60.0
    body_seconds: float = 180.0  # for a whole JSON reply: a dripping one is asked for again
    # A download that brings fewer bytes a second than this for so long is cut and continued.
    slow_seconds: float = 60.0
    least_bytes_per_second: float = 1000.0


class Reply:
    """An answer whose head has arrived; the body is read with `blocks` or `body`, or given up with `close`."""

    def __init__(self, raw: RawReply, host: str, timeouts: Timeouts) -> None:
        self._raw = raw
        self._timeouts = timeouts
        self._plain: http.client.HTTPResponse | None = _plain_body(raw)
        self._broken: ConnectionLost | None = None
        self.host = host
        self.status: int = raw.status
        self.headers: Mapping[str, str] = raw.headers

    def blocks(self) -> Iterator[bytes]:
        """The body as it arrives, unpacked, at most READ_BYTES at a time; each block at once, however small.

        Raises ConnectionLost when it breaks off, is silent for too long, or is shorter than its Content-Length.
        """
        with translated_errors(self.host), contextlib.closing(self._raw):
            while block := self._raw.read1(READ_BYTES, decode_content=True):
                yield block

    def fill(self, block: memoryview, seconds: float) -> int:
        """Put the next bytes of the body into `block` and return how many; 0: the body has ended, whole by its length.

        Returns when the block is full, when `seconds` have passed since its first byte, or when no more will come.
        Raises ConnectionLost as `blocks`, though never before every byte that came was handed over.
        """
        if self._broken:
            raise self._broken
        filled, deadline = 0, 0.0
        try:
            with translated_errors(self.host):
                while filled < len(block) and (piece := self._read_some(len(block) - filled)):
                    block[filled : filled + len(piece)] = piece
                    filled += len(piece)
                    now = time.monotonic()
                    deadline = deadline or now + seconds
                    if now >= deadline:
                        break
        except ConnectionLost as error:
            self._raw.close()
            if not filled:
                raise
            self._broken = error
        return filled

    def body(self, *, peek: Callable[[bytes], None] | None = None) -> bytes:
        """The whole body, unpacked; `peek` is shown its first block as soon as that is here.

        Raises ConnectionLost, also when it drips for longer than a reply should take.
        """
        deadline = time.monotonic() + self._timeouts.body_seconds
        parts: list[bytes] = []
        for block in self.blocks():
            if peek is not None and not parts:
                peek(block)
            parts.append(block)
            if time.monotonic() > deadline:
                raise ConnectionLost(self.host, "the answer came too slowly")
        return b"".join(parts)

    def close(self) -> None:
        """Give up what is left of the body, and the connection with it; one that is read to its end is kept alive."""
        self._raw.close()

    def _read_some(self, most_bytes: int) -> bytes:
        """What is there now, at most so much; b"": the body has ended."""
        plain = self._plain
        if plain is None:
            return self._raw.read1(most_bytes, decode_content=True)
        if plain.isclosed():
            return b""
        piece = plain.read1(min(most_bytes, RECORD_BYTES))
        if plain.length:
            if not piece:
                raise ConnectionLost(self.host, "the answer broke off")
        elif plain.length == 0 or not piece:
            plain.close()
            self._raw.release_conn()
        return piece


def _plain_body(raw: RawReply) -> http.client.HTTPResponse | None:
    """The answer below urllib3's, for reading without its overhead; None when the body is chunked or packed."""
    below = getattr(raw, "_original_response", None)
    is_packed = raw.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity")
    return below if isinstance(below, http.client.HTTPResponse) and not below.chunked and not is_packed else None
