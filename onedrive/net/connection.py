"""Connections whose answers must begin in time: one deadline for a whole head, however it drips.

The libraries' timeouts are for silence: a server that sends a header a minute, or `100 Continue` for ever, keeps them
waiting without end. `client.py` makes its pools of these.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from typing import Any

import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

MOST_INTERIM_ANSWERS = 16


class _Punctual(io.RawIOBase):
    """What comes from a socket; until `is_free` all of it must come within the silence that the socket allows."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket) -> None:
        self._raw = raw
        self._connection = connection
        self._silence_seconds = connection.gettimeout()
        self._deadline = None if self._silence_seconds is None else time.monotonic() + self._silence_seconds

    def is_free(self) -> None:
        """From now on only silence counts."""
        if self._deadline is not None:
            self._deadline = None
            self._connection.settimeout(self._silence_seconds)

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, block: Any) -> int | None:  # noqa: ANN401 - a buffer of any kind
        """The next bytes. Raises TimeoutError."""
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the head of the answer did not come in time")
            self._connection.settimeout(left)
        return self._raw.readinto(block)  # type: ignore[no-any-return, attr-defined, unused-ignore]

    def fileno(self) -> int:
        """The socket's."""
        return self._raw.fileno()

    def close(self) -> None:
        """Close both."""
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer whose head has one deadline, and few interim answers before it."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(sock, *args, **options)
        self._interim = 0
        self._punctual = _Punctual(self.fp.detach(), sock)
        self.fp = io.BufferedReader(self._punctual)

    def _read_status(self) -> tuple[str, int, str]:
        self._interim += 1
        if self._interim > MOST_INTERIM_ANSWERS:
            raise http.client.HTTPException("there is no end of interim answers")
        return super()._read_status()  # type: ignore[misc, no-any-return]

    def begin(self) -> None:
        """Read the head. Raises TimeoutError, HTTPException."""
        super().begin()
        self._punctual.is_free()


class _PlainConnection(HTTPConnection):
    response_class = _Answer


class _SecureConnection(HTTPSConnection):
    response_class = _Answer


class PlainPool(urllib3.HTTPConnectionPool):
    """Connections without TLS: to a proxy, and to the pretend OneDrive."""

    ConnectionCls = _PlainConnection


class SecurePool(urllib3.HTTPSConnectionPool):
    """Connections with TLS."""

    ConnectionCls = _SecureConnection


class PunctualAdapter(HTTPAdapter):
    """requests' own adapter over such connections, also through proxies."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as requests calls it
        """Make the pools for direct connections."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    def proxy_manager_for(self, proxy: str, **options: Any) -> urllib3.ProxyManager:  # noqa: ANN401
        """The pools through a proxy."""
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
        return manager
