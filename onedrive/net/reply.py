"""An answer of a server whose body is read as it comes, and the library's errors as sentences."""

from __future__ import annotations

import contextlib
import http.client
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import requests
import urllib3

from onedrive.errors import ConnectionLost, HostNotFound, HostNotTrusted, OneDriveError, ServiceUnusable, SettingsError


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
        raise ServiceUnusable(host, "it named an address that can be none") from error
    except OSError as error:
        # requests looks for the CA bundle before it connects, and raises a plain OSError when there is none.
        if "CA certificate bundle" in str(error) or "TLS key" in str(error):
            raise SettingsError(
                "The certificate file that REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE names does not exist.",
                "Correct the variable, or unset it to use the usual certificates.",
            ) from error
        raise ConnectionLost(host, (error.strerror or type(error).__name__).lower()) from error


def _translate(error: Exception, host: str) -> OneDriveError:
    chain = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in chain):
        return HostNotTrusted(host)
    if any(isinstance(cause, (requests.exceptions.ProxyError, urllib3.exceptions.ProxyError)) for cause in chain):
        return ConnectionLost(
            host,
            "the proxy did not let us through",
            "Check the proxy settings (HTTPS_PROXY, NO_PROXY) of this computer, then choose the same option again.",
        )
    if any(
        isinstance(cause, ssl.SSLError) and getattr(cause, "library", "") in _OF_CERTIFICATE_FILES for cause in chain
    ):
        return SettingsError(
            "The file that REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE names holds no certificates.",
            "It must be a text file in PEM form; correct the variable, or unset it to use the usual certificates.",
        )
    if any(isinstance(cause, _PROXY_UNUSABLE) for cause in chain):
        return SettingsError(
            "The proxy that HTTPS_PROXY or ALL_PROXY names cannot be used.",
            "Correct the variable (http://host:port), or unset it.",
        )
    if any(
        isinstance(cause, (requests.exceptions.InvalidURL, urllib3.exceptions.LocationParseError)) for cause in chain
    ):
        return ServiceUnusable(host, "it named an address that can be none")
    if any(isinstance(cause, urllib3.exceptions.NameResolutionError) for cause in chain):
        return HostNotFound(host)
    return ConnectionLost(host, _reason(chain))


_OF_CERTIFICATE_FILES = ("X509", "PEM")  # OpenSSL's libraries that read such files
_PROXY_UNUSABLE = (
    requests.exceptions.InvalidProxyURL,
    requests.exceptions.InvalidSchema,
    urllib3.exceptions.ProxySchemeUnknown,
)
_REASONS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (requests.exceptions.ConnectTimeout, "it could not be reached in time"),
    ((urllib3.exceptions.ReadTimeoutError, TimeoutError), "it stayed silent for too long"),
    (ConnectionRefusedError, "it refused the connection"),
    (urllib3.exceptions.IncompleteRead, "the answer broke off"),
    ((ConnectionResetError, BrokenPipeError, ssl.SSLEOFError, http.client.RemoteDisconnected), "it was cut"),
    ((urllib3.exceptions.DecodeError, requests.exceptions.ContentDecodingError), "the answer was damaged"),
    (ssl.SSLError, "the encryption failed"),
)


def _reason(chain: list[BaseException]) -> str:
    """Why the connection was lost, in words; the innermost cause that we know says it."""
    for kinds, words in _REASONS:
        if any(isinstance(cause, kinds) for cause in chain):
            return words
    system = next((cause.strerror for cause in chain if isinstance(cause, OSError) and cause.strerror), None)
    return (system or "it was cut").lower()


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
