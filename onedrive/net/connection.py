"""Connections that are made and answered in time: one deadline for a whole head, however it drips, and a dead address
of a host that has several costs seconds once.

The libraries' timeouts are for silence: a server that sends a header a minute, or `100 Continue` for ever, keeps them
waiting without end. `client.py` makes its pools of these.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import ssl
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from onedrive.net.answer import read_answer

MOST_INTERIM_ANSWERS = 16
FIRST_TRIES_SECONDS = 2.0  # for an address of several, but the last
HAS_SYSTEM_STORE = sys.platform != "linux"  # there certifi and the variables say all, as everywhere before


class _Punctual(io.RawIOBase):
    """What comes from a socket; until `is_free` all of it must come within the silence that the socket allows."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket) -> None:
        self._raw = raw
        self._connection = connection
        self._silence_seconds = connection.gettimeout()
        self._deadline: float | None = None
        self.is_bound()

    def is_bound(self) -> None:
        """From now on all must come in time together, until `is_free`."""
        self._deadline = None if self._silence_seconds is None else time.monotonic() + self._silence_seconds

    def is_free(self) -> None:
        """From now on only silence counts."""
        if self._deadline is not None:
            self._deadline = None
            with contextlib.suppress(OSError):  # it is closed meanwhile
                self._connection.settimeout(self._silence_seconds)

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, block: Any) -> int | None:  # noqa: ANN401 - a buffer of any kind
        """The next bytes. Raises TimeoutError."""
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("it did not come in time")
            self._connection.settimeout(left)
        return self._raw.readinto(block)  # type: ignore[no-any-return, attr-defined, unused-ignore]

    def fileno(self) -> int:
        """The socket's."""
        return self._raw.fileno()

    def close(self) -> None:
        """Close both."""
        self._raw.close()
        super().close()


class _Replayed(io.RawIOBase):
    """A socket whose first bytes have been read already."""

    def __init__(self, sock: Any, begun: bytes) -> None:  # noqa: ANN401 - as in Connection
        self._raw = sock.makefile("rb", buffering=0)
        self._begun = begun
        self.gettimeout, self.settimeout = sock.gettimeout, sock.settimeout

    def makefile(self, _mode: str) -> io.BufferedReader:
        """As of a socket."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, block: Any) -> int | None:  # noqa: ANN401 - a buffer of any kind
        """The next bytes."""
        if not self._begun:
            return self._raw.readinto(block)  # type: ignore[no-any-return]
        got = min(len(block), len(self._begun))
        block[:got], self._begun = self._begun[:got], self._begun[got:]
        return got

    def close(self) -> None:
        """Close both."""
        self._raw.close()
        super().close()


class PunctualAnswer(http.client.HTTPResponse):
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

    @contextlib.contextmanager
    def in_time(self) -> Iterator[None]:
        """What is read within the block has one deadline too: the lines between chunks, which may drip for ever."""
        self._punctual.is_bound()
        try:
            yield
        finally:
            self._punctual.is_free()


class Addresses:
    """The addresses of one host, those that answered before the others; shared by the connections of a pool.

    IPv6 that swallows packets costs the time-out once so, and not with each connection.
    """

    def __init__(self) -> None:
        self._answers: dict[str, bool] = {}

    def find(self, host: str, port: int) -> list[str]:
        """In the order to try them. Raises OSError."""
        found = dict.fromkeys(str(place[0]) for *_, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        return sorted(found, key=lambda address: -self._answers.get(address, 0.5))

    def note(self, address: str, *, answers: bool) -> None:
        """One was tried."""
        self._answers[address] = answers


class _PlainConnection(HTTPConnection):
    response_class = PunctualAnswer

    def __init__(self, *args: Any, addresses: Addresses, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **options)
        self._addresses = addresses

    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        body: Any = None,  # noqa: ANN401 - passed on as they came
        headers: Mapping[str, str] | None = None,
        *,
        enforce_content_length: bool = True,
        **options: Any,  # noqa: ANN401
    ) -> None:
        """As the library's; without `enforce_content_length` the caller sees to that, and gets a plain answer."""
        self._is_plain = not enforce_content_length
        if not self._is_plain:
            super().request(method, url, body, headers, **options)
            return
        lines = [f"{method} {url} HTTP/1.1", *(f"{name}: {value}" for name, value in (headers or {}).items())]
        self._asked = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self._may_be_cut = self.sock is not None and self.proxy is None  # it was kept alive since its last answer
        self._connect_seconds = self.timeout
        self.send(self._asked)

    def getresponse(self) -> Any:  # noqa: ANN401 - the library's answer, or what stands in its place
        """The answer to what was asked last. Raises OSError, HTTPException."""
        if not self._is_plain:
            return super().getresponse()
        if self.sock.gettimeout() != self.timeout:
            self.sock.settimeout(self.timeout)
        try:
            answer = read_answer(self)
        except (ConnectionError, ssl.SSLEOFError):  # RemoteDisconnected too
            if not self._may_be_cut:
                raise
            self._ask_anew()
            answer = read_answer(self)
        return self._read_with_library(answer) if isinstance(answer, bytes) else answer

    def _ask_anew(self) -> None:
        """The same on a new connection: servers, and what stands between, cut those that are kept alive at any time."""
        silence_seconds, self._may_be_cut = self.timeout, False
        self.close()
        self.timeout = self._connect_seconds
        self.connect()
        self.timeout = silence_seconds
        self.sock.settimeout(silence_seconds)
        self.send(self._asked)

    def _read_with_library(self, begun: bytes) -> urllib3.HTTPResponse:
        below = PunctualAnswer(_Replayed(self.sock, begun), method="GET")  # type: ignore[arg-type]  # it asks no more
        below.begin()
        if below.will_close:
            self.close()  # for all others: this answer has it still
        return urllib3.HTTPResponse(
            body=below,
            headers=urllib3.HTTPHeaderDict(below.headers.items()),
            status=below.status,
            preload_content=False,
            decode_content=False,
            original_response=below,
            request_method="GET",
        )

    def _new_conn(self) -> socket.socket:
        """Try one address after the other: all but the last for a short time only."""
        host, timeout = self._dns_host, self.timeout
        try:
            addresses = self._addresses.find(host, self.port)
        except (OSError, UnicodeError):
            addresses = []  # the library says what is wrong
        if len(addresses) < 2 or not isinstance(timeout, int | float):
            return super()._new_conn()
        try:
            for address in addresses:
                is_last = address == addresses[-1]
                self._dns_host = address
                self.timeout = timeout if is_last else min(timeout, FIRST_TRIES_SECONDS)
                try:
                    connection = super()._new_conn()
                except (ConnectTimeoutError, NewConnectionError):
                    self._addresses.note(address, answers=False)
                    if is_last:
                        raise
                else:
                    self._addresses.note(address, answers=True)
                    connection.settimeout(timeout)
                    return connection
        finally:
            self._dns_host, self.timeout = host, timeout
        raise AssertionError("the last address returns or raises")


class _SecureConnection(_PlainConnection, HTTPSConnection):
    """The same with TLS; `trusts_system`: whom this computer trusts is trusted too, beside the usual certificates."""

    def __init__(self, *args: Any, trusts_system: bool = False, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **options)
        if trusts_system:
            import truststore

            # One for each connection: truststore lets a context greet one host at a time.
            self.ssl_context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class PlainPool(urllib3.HTTPConnectionPool):
    """Connections without TLS: to a proxy, and to the pretend OneDrive."""

    ConnectionCls = _PlainConnection

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **options)
        self.conn_kw["addresses"] = Addresses()


class SecurePool(urllib3.HTTPSConnectionPool):
    """Connections with TLS."""

    ConnectionCls = _SecureConnection

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **options)
        self.conn_kw["addresses"] = Addresses()


class PunctualAdapter(HTTPAdapter):
    """requests' own adapter over such connections, also through proxies.

    `trusts_system`: where no variable names certificates, those of this computer count beside the usual ones.
    """

    def __init__(self, *, pool_maxsize: int, trusts_system: bool) -> None:
        super().__init__(pool_maxsize=pool_maxsize)
        self._trusts_system = trusts_system

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as requests calls it
        """Make the pools for direct connections."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    def proxy_manager_for(self, proxy: str, **options: Any) -> urllib3.ProxyManager:  # noqa: ANN401
        """The pools through a proxy."""
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):  # those have pools of their own, which lead through them
            manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ANN401
        """As requests' own, which names the usual certificates or those of a variable."""
        super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call, unused-ignore]  # stubs lack it
        if isinstance(conn, SecurePool):
            conn.conn_kw["trusts_system"] = self._trusts_system and HAS_SYSTEM_STORE and verify is True
