"""The one door to the network: sessions, timeouts, certificates, and the library's errors as sentences.

`HttpClient.send` gives a `Reply` whose body is read by the caller, as blocks or whole. It follows no redirects, and
adds no credentials but the bearer it is given: an auth object of our own stands in the place where requests would
otherwise put those of `~/.netrc`. Proxies and CA bundles of the environment apply.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from onedrive import VERSION
from onedrive.errors import ConnectionLost, HostNotTrusted, OneDriveError, SettingsError

GRAPH_HOST = "graph.microsoft.com"
SIGN_IN_HOST = "login.microsoftonline.com"
# Where pre-authenticated download URLs lead (GRAPH_FACTS §3.1).
FILE_HOST_ENDINGS = (
    ".1drv.com",
    ".livefilestore.com",
    ".microsoftpersonalcontent.com",
    ".sharepoint.com",
    ".sharepoint.us",
    ".sharepoint.cn",
    ".sharepoint-mil.us",
    ".svc.ms",
)
USER_AGENT = f"NONISV|OneDriveDownloader|OneDriveDownloader/{VERSION}"  # decorated as the throttling guidance asks
READ_BYTES = 256 * 1024


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

    def __init__(self, response: requests.Response, host: str, timeouts: Timeouts) -> None:
        self._response = response
        self._timeouts = timeouts
        self.host = host
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers

    def blocks(self, *, decoded: bool = True) -> Iterator[bytes]:
        """The body as it arrives, at most READ_BYTES at a time; each block at once, however small.

        `decoded`: a gzip body is unpacked. Raises ConnectionLost when it breaks off, is silent for too long, or
        is shorter than its Content-Length.
        """
        with translated_errors(self.host), contextlib.closing(self._response):
            while block := self._response.raw.read1(READ_BYTES, decode_content=decoded):
                yield block

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
        """Give up the body and the connection with it."""
        self._response.close()


class HttpClient:
    """Connections that are kept alive and shared by the threads of a run.

    `demo_port`: every Microsoft host is then the pretend OneDrive on that loopback port, and no other host exists.
    """

    def __init__(self, *, demo_port: int | None = None, timeouts: Timeouts | None = None, pool_size: int = 16) -> None:
        self.timeouts = timeouts or Timeouts()
        self.session = _open_session(self.timeouts, demo_port, pool_size)

    def send(
        self,
        method: str,
        url: str,
        *,
        bearer: str | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
    ) -> Reply:
        """Send one request and return when the head of the answer is there; redirects are answers too.

        `bearer` is sent to Graph's host only. Raises ConnectionLost, HostNotTrusted, SettingsError (a proxy or CA
        bundle of the environment that cannot work).
        """
        host = urlsplit(url).hostname or ""
        if bearer is not None and host != GRAPH_HOST:
            raise OneDriveError(f"A request with your sign-in would have gone to {host}; it was not sent.")
        with translated_errors(host):
            response = self.session.request(
                method,
                url,
                headers=dict(headers or {}),
                json=json,
                auth=_Bearer(bearer) if bearer is not None else None,
                allow_redirects=False,
                stream=True,
            )
        return Reply(response, host, self.timeouts)

    def close(self) -> None:
        """Close all connections."""
        self.session.close()


def is_file_host(host: str) -> bool:
    """True for the hosts that serve the bytes of files for OneDrive."""
    return host.lower().endswith(FILE_HOST_ENDINGS)


@contextlib.contextmanager
def translated_errors(host: str) -> Iterator[None]:
    """Turn what the libraries raise while speaking to `host` into our errors, once and here."""
    try:
        yield
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException) as error:
        raise _translate(error, host) from error
    except OneDriveError:
        raise
    except OSError as error:
        # requests looks for the CA bundle before it connects, and raises a plain OSError when there is none.
        if "CA certificate bundle" in str(error) or "TLS key" in str(error):
            raise SettingsError(
                "The certificate file that REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE names does not exist.",
                "Correct the variable, or unset it to use the usual certificates.",
            ) from error
        raise ConnectionLost(host, (error.strerror or type(error).__name__).lower()) from error


class _Bearer(AuthBase):
    """Sets the bearer token, and is an auth object so that `~/.netrc` cannot replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _NoCredentials(AuthBase):
    """Adds nothing; without it requests would add what `~/.netrc` has for the host."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _Session(requests.Session):
    """A session with timeouts on every call, also on those that msal makes."""

    def __init__(self, timeouts: Timeouts) -> None:
        super().__init__()
        self._timeout = (timeouts.connect_seconds, timeouts.silence_seconds)
        self.auth = _NoCredentials()
        self.headers["User-Agent"] = USER_AGENT
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # nothing here needs any
        if not os.environ.get("REQUESTS_CA_BUNDLE") and not os.environ.get("CURL_CA_BUNDLE"):
            bundle = os.environ.get("SSL_CERT_FILE", "")
            if bundle and Path(bundle).is_file():
                self.verify = bundle

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - passed on as they came
        """As requests' own, with our timeout where the caller set none."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self._timeout
        return super().request(method, url, *args, **kwargs)

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """On a redirect (msal's requests only) nothing is added and nothing is carried over."""
        del response
        prepared_request.headers.pop("Authorization", None)


class _LoopbackAdapter(HTTPAdapter):
    """Sends what is meant for Microsoft's hosts to the pretend OneDrive, with the host named in the Host header."""

    def __init__(self, port: int, pool_size: int) -> None:
        super().__init__(pool_maxsize=pool_size)
        self._port = port

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]  # noqa: ANN401
        """As requests' own, to the loopback port."""
        address = request.url or ""
        parts = urlsplit(address)
        host = parts.hostname or ""
        if parts.scheme != "https" or not (host in (GRAPH_HOST, SIGN_IN_HOST) or is_file_host(host)):
            raise requests.exceptions.ConnectionError("the pretend OneDrive has no such host", request=request)
        request.headers["Host"] = parts.netloc
        request.url = f"http://127.0.0.1:{self._port}" + address[len(f"https://{parts.netloc}") :]
        kwargs["proxies"] = {}
        try:
            response = super().send(request, **kwargs)
        finally:
            request.url = address
        response.url = address
        return response


def _open_session(timeouts: Timeouts, demo_port: int | None, pool_size: int) -> requests.Session:
    session = _Session(timeouts)
    if demo_port is None:
        session.mount("https://", HTTPAdapter(pool_maxsize=pool_size))
    else:
        for prefix in ("https://", "http://"):
            session.mount(prefix, _LoopbackAdapter(demo_port, pool_size))
    return session


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
    if isinstance(error, (requests.exceptions.InvalidProxyURL, requests.exceptions.InvalidSchema)):
        return SettingsError(
            "The proxy that HTTPS_PROXY or ALL_PROXY names cannot be used.",
            "Correct the variable (http://host:port), or unset it.",
        )
    return ConnectionLost(host, _reason(chain))


_REASONS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (urllib3.exceptions.NameResolutionError, "its name could not be found"),
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
