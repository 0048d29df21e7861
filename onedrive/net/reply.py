"""An answer of a server whose body is read as it comes, and the library's errors as sentences."""

from __future__ import annotations

import contextlib
import http.client
import re
import ssl
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests
import urllib3

from onedrive.errors import (
    CaptivePortal,
    ConnectionLost,
    HostNotFound,
    HostNotTrusted,
    OneDriveError,
    ServiceUnusable,
    SettingsError,
)
from onedrive.net.answer import PlainAnswer
from onedrive.net.connection import PunctualAnswer


@contextlib.contextmanager
def translated_errors(host: str) -> Iterator[None]:
    """Turn what the libraries raise while speaking to `host` into our errors, once and here.

    Raises ConnectionLost, HostNotTrusted, SettingsError, and ServiceUnusable for an address that can be none.
    """
    try:
        yield
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException) as error:
        raise _translate(error, host) from error
    except OneDriveError:
        raise
    except ValueError as error:  # requests and urllib3 take addresses apart, also those that a server named
        raise _no_address(host) from error
    except OSError as error:
        # requests looks for the CA bundle before it connects, and raises a plain OSError when there is none.
        if "CA certificate bundle" in str(error) or "TLS key" in str(error):
            raise SettingsError(
                "The certificate file that REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE names does not exist.",
                "Correct the variable, or unset it to use the usual certificates.",
            ) from error
        raise ConnectionLost(host, (error.strerror or "it was cut").lower()) from error


def _translate(error: Exception, host: str) -> OneDriveError:
    """What it means; the first line of the table of which a cause is found says it."""
    chain = list(_causes(error))
    if any(isinstance(cause, ssl.SSLError) and getattr(cause, "library", "") in _OF_CERTIFICATES for cause in chain):
        return SettingsError(
            "The file that REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE names holds no certificates.",
            "It must be a text file in PEM form; correct the variable, or unset it to use the usual certificates.",
        )
    if any(isinstance(cause, _PROXY_ERRORS) for cause in chain):
        return _explain_proxy(host, " ".join(map(str, chain)))
    for kinds, meaning in _MEANINGS:
        if any(isinstance(cause, kinds) for cause in chain):
            return meaning(host)
    system = next((cause.strerror for cause in chain if isinstance(cause, OSError) and cause.strerror), None)
    return ConnectionLost(host, (system or "it was cut").lower())


def _lost(reason: str, hint: str = "") -> Callable[[str], OneDriveError]:
    return lambda host: ConnectionLost(host, reason, hint)


def _no_address(host: str) -> OneDriveError:
    return ServiceUnusable(host, "it named something that is no valid address")


def _proxy_unusable(_host: str) -> OneDriveError:
    return SettingsError(
        "The proxy that HTTPS_PROXY or ALL_PROXY names cannot be used.",
        "Correct the variable (http://host:port), or unset it.",
    )


def proxy_wants_a_name(host: str) -> OneDriveError:
    """407, from the proxy, or from one that looks into what is encrypted and answers in the host's place."""
    return SettingsError(
        f"The proxy wants to know who you are before it lets anything through to {host} (407).",
        "Put name and password into HTTPS_PROXY: http://NAME:PASSWORD@HOST:PORT.",
    )


def refusal_of_network(status: int, host: str) -> OneDriveError | None:
    """What a network says in the place of a host, which never says that itself (RFC 6585, RFC 9110)."""
    if status == 511:
        return CaptivePortal(host)
    return proxy_wants_a_name(host) if status == 407 else None


def _explain_proxy(host: str, words: str) -> OneDriveError:
    """What a proxy said, or that it said nothing."""
    refused = re.search(r"Tunnel connection failed: (\d{3})", words)
    if refused is None:
        return ConnectionLost(
            host,
            "the proxy that is set here does not answer",
            "Check HTTPS_PROXY and NO_PROXY on this computer, or the network; then choose the same option again.",
        )
    if refused[1] == "407":
        return proxy_wants_a_name(host)
    if refused[1] in ("401", "403", "451"):
        return ServiceUnusable(
            host,
            f"the proxy of this network does not let us through to it ({refused[1]})",
            "Whoever keeps the network must allow this host; NO_PROXY names hosts that are asked without the proxy.",
        )
    return ConnectionLost(host, f"the proxy did not let us through ({refused[1]})")


_OF_CERTIFICATES = ("X509", "PEM")  # OpenSSL's libraries that read files of certificates
_of_requests, _of_urllib3 = requests.exceptions, urllib3.exceptions
_PROXY_ERRORS = (_of_requests.ProxyError, _of_urllib3.ProxyError)
_MEANINGS: tuple[tuple[tuple[type[BaseException], ...], Callable[[str], OneDriveError]], ...] = (
    ((ssl.SSLCertVerificationError,), HostNotTrusted),
    ((_of_requests.InvalidProxyURL, _of_requests.InvalidSchema, _of_urllib3.ProxySchemeUnknown), _proxy_unusable),
    ((_of_requests.InvalidURL, _of_urllib3.LocationParseError), _no_address),
    ((_of_urllib3.NameResolutionError,), HostNotFound),
    ((_of_requests.ConnectTimeout,), _lost("it could not be reached in time")),
    ((_of_urllib3.ReadTimeoutError, TimeoutError), _lost("it stayed silent for too long")),
    ((ConnectionRefusedError,), _lost("it refused the connection")),
    ((_of_urllib3.IncompleteRead,), _lost("the answer broke off")),
    (
        (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError, http.client.RemoteDisconnected),
        _lost("it was cut"),
    ),
    ((_of_urllib3.DecodeError, _of_requests.ContentDecodingError), _lost("the answer was damaged")),
    ((ssl.SSLError,), _lost("the encryption failed")),
)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all errors that it wraps; the libraries hide them in arguments and in `reason`."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]


READ_BYTES = 256 * 1024
_PLAIN = "identity"
_UNPACKED = ("gzip", "x-gzip", "deflate")
LARGEST_BODY_BYTES = 64 * 1024 * 1024  # a page of a thousand items is about 2 MB


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
    """An answer whose head has arrived; the body is read with `fill` or `body`, or given up with `close`."""

    def __init__(self, raw: urllib3.BaseHTTPResponse | PlainAnswer, host: str, timeouts: Timeouts) -> None:
        self._raw: Any = raw
        self._timeouts = timeouts
        self._plain = raw if isinstance(raw, PlainAnswer) else None
        self._broken: ConnectionLost | None = None
        is_packed = _encoding(raw.headers) in _UNPACKED
        self._unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32) if is_packed else None
        below = getattr(raw, "_original_response", None)
        self._in_time = below.in_time if isinstance(below, PunctualAnswer) else contextlib.nullcontext
        self.host = host
        self.status: int = raw.status
        self.headers: Mapping[str, str] = raw.headers

    def fill(self, block: memoryview, seconds: float) -> int:
        """Put the next bytes of the body into `block` and return how many; 0: the body has ended, whole by its length.

        Returns when the block is full, when `seconds` have passed since its first byte, or when no more will come.
        Raises ConnectionLost when it breaks off, is silent for too long, or is shorter than its Content-Length, though
        never before every byte that came was handed over.
        """
        if self._broken:
            raise self._broken
        filled, deadline = 0, 0.0
        try:
            with translated_errors(self.host):
                while filled < len(block) and (got := self._read_into(block[filled:])):
                    filled += got
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

        Raises ConnectionLost as `fill`, also when it drips for longer than a reply should take; ServiceUnusable when
        it is larger than any reply that is meant.
        """
        deadline = time.monotonic() + self._timeouts.body_seconds
        parts: list[bytes] = []
        left = LARGEST_BODY_BYTES
        with translated_errors(self.host), contextlib.closing(self._raw):
            encoding = _encoding(self.headers)
            if encoding not in _UNPACKED and encoding != _PLAIN:
                raise urllib3.exceptions.DecodeError(f"nobody asked for {encoding}")
            while block := self._unpack_some(left + 1):
                left -= len(block)
                if left < 0:
                    raise ServiceUnusable(self.host, "it sent more than any answer should have")
                if block:
                    if peek is not None and not parts:
                        peek(block)
                    parts.append(block)
                if time.monotonic() > deadline:
                    raise ConnectionLost(self.host, "the answer came too slowly")
        return b"".join(parts)

    def close(self) -> None:
        """Give up what is left of the body, and the connection with it; one that is read to its end is kept alive."""
        self._raw.close()

    def _read_into(self, block: memoryview) -> int:
        """What is there now, as much as fits; 0: the body has ended."""
        if self._plain is not None:
            got = self._plain.read_into(block)
            if not got and self._plain.length_remaining:
                raise ConnectionLost(self.host, "the answer broke off")
            return got
        piece = self._unpack_some(len(block))
        block[: len(piece)] = piece
        return len(piece)

    def _unpack_some(self, most_bytes: int) -> bytes:
        """The same of a body that is chunked or packed, which unpacks to no more than is taken.

        What is packed in a way that nobody asked for, or in several, comes as it is. What follows the end is left.
        """
        with self._in_time():
            unpacker = self._unpacker
            while unpacker and not unpacker.eof:
                packed = unpacker.unconsumed_tail or self._raw.read1(READ_BYTES, decode_content=False)
                try:
                    block = unpacker.decompress(packed, most_bytes)
                except zlib.error as error:
                    raise urllib3.exceptions.DecodeError(str(error)) from error
                if block or not packed:
                    return block
            return b"" if unpacker else self._raw.read1(min(most_bytes, READ_BYTES), decode_content=False)


def _encoding(headers: Mapping[str, str]) -> str:
    return headers.get("Content-Encoding", "").strip().lower() or _PLAIN
