"""The one door to the network: sessions, timeouts, certificates, and the library's errors as sentences.

`HttpClient.send` gives a `Reply` whose body is read by the caller, as blocks or whole. It follows no redirects, and
adds no credentials but the bearer it is given: an auth object of our own stands in the place where requests would
otherwise put those of `~/.netrc`. `fetch` asks file hosts, on urllib3's connections directly, which costs a third of it
and knows no credentials at all. Proxies and CA bundles of the environment apply to both.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from onedrive import VERSION
from onedrive.errors import OneDriveError
from onedrive.net.address import Address, read_address
from onedrive.net.connection import PlainPool, PunctualAdapter, SecurePool
from onedrive.net.hosts import GRAPH_HOST, SIGN_IN_HOST, Traffic, is_file_host
from onedrive.net.reply import Reply, Timeouts, refusal_of_network, translated_errors
from onedrive.net.workers import begin_thread

USER_AGENT = f"NONISV|OneDriveDownloader|OneDriveDownloader/{VERSION}"  # decorated as the throttling guidance asks

_NO_RETRIES = urllib3.Retry(False, redirect=False)


class HttpClient:
    """Connections that are kept alive and shared by the threads of a run.

    `demo_port`: every Microsoft host is then the pretend OneDrive on that loopback port, and no other host exists.
    `traffic` is told of each request and its answer. `system_certificates`: whom this computer trusts is trusted.
    """

    def __init__(
        self,
        *,
        demo_port: int | None = None,
        timeouts: Timeouts | None = None,
        pool_size: int = 16,
        traffic: Traffic | None = None,
        system_certificates: bool = True,
    ) -> None:
        self.timeouts = timeouts or Timeouts()
        self._traffic = traffic or Traffic()
        self._timeout = urllib3.Timeout(connect=self.timeouts.connect_seconds, read=self.timeouts.silence_seconds)
        self.session = _Session(self.timeouts, self._traffic)
        adapter: HTTPAdapter = PunctualAdapter(pool_maxsize=pool_size, trusts_system=system_certificates)
        if demo_port is not None:
            adapter = _LoopbackAdapter(demo_port, pool_size)
        for prefix in ("https://", "http://"):
            self.session.mount(prefix, adapter)
        self._demo_port = demo_port
        self._pool_size = pool_size
        self._pools: dict[str, urllib3.HTTPConnectionPool] = {}
        self._lock = threading.Lock()

    def greet(self, host: str, connections: int) -> None:
        """Begin to connect to a host that is asked in a moment, so that the greeting is over then; never fails."""
        for _ in range(connections):
            begin_thread(lambda: self._greet(f"https://{host}/"), f"greeting {host}")

    def send(
        self,
        method: str,
        url: str,
        *,
        bearer: str | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request and return when the head of the answer is there; redirects are answers too.

        `bearer` is sent to Graph's host only; `json` or `form` is the body. Raises ConnectionLost, HostNotTrusted,
        SettingsError (a proxy or CA bundle of the environment that cannot work).
        """
        address = read_address(url)
        if bearer is not None and not address.is_at(GRAPH_HOST):
            raise OneDriveError(f"A request with your sign-in would have gone to {address.netloc}; it was not sent.")
        with translated_errors(address.host):
            response = self.session.request(
                method,
                str(address),
                headers=dict(headers or {}),
                json=json,
                data=form,
                auth=_Bearer(bearer) if bearer is not None else None,
                allow_redirects=False,
                stream=True,
            )
        return Reply(response.raw, address.host, self.timeouts)

    def fetch(self, address: Address, headers: Mapping[str, str]) -> Reply:
        """GET from a file host, without any credentials; otherwise as `send`."""
        host = address.host
        with translated_errors(host):
            with self._lock:
                pool = self._pools.get(address.netloc)
                if pool is None:
                    pool = self._pools[address.netloc] = self._open_pool(str(address))
            try:
                raw = pool.urlopen(
                    "GET",
                    address.target,
                    headers={"Host": address.netloc, "User-Agent": USER_AGENT, **headers},
                    timeout=self._timeout,
                    retries=_NO_RETRIES,
                    redirect=False,
                    preload_content=False,
                    decode_content=False,
                    enforce_content_length=not isinstance(pool, PlainPool | SecurePool),
                )
            except Exception as error:
                self._traffic.lost("GET", host, error)
                raise
        self._traffic.answered("GET", host, raw.status, raw.headers)
        if (refusal := refusal_of_network(raw.status, host)) is not None:
            raw.close()
            raise refusal
        return Reply(raw, host, self.timeouts)

    def find_proxy(self, url: str) -> str:
        """The address of the proxy through which `url` is asked, as it was set; '' when there is none."""
        if self._demo_port is not None:
            return ""
        proxies = self.session.merge_environment_settings(url, {}, True, None, None)["proxies"]
        return requests.utils.select_proxy(url, proxies) or ""

    def close(self) -> None:
        """Close all connections."""
        self.session.close()
        with self._lock:
            for pool in self._pools.values():
                pool.close()

    def _greet(self, url: str) -> None:
        with contextlib.suppress(Exception):  # whoever asks meets the same, and says it
            if not self.find_proxy(url):
                pool = self._open_pool(url)
                connection: Any = pool._get_conn()
                connection.timeout = self.timeouts.connect_seconds
                connection.connect()
                pool._put_conn(connection)

    def _open_pool(self, url: str) -> urllib3.HTTPConnectionPool:
        """Connections to a host by the proxies and CA bundles of the environment, as requests would open them."""
        adapter: Any = self.session.get_adapter(url)  # an HTTPAdapter: none else is mounted
        settings = self.session.merge_environment_settings(url, {}, True, None, None)
        request = requests.Request("GET", url, auth=_NoCredentials()).prepare()
        pool: urllib3.HTTPConnectionPool = adapter.get_connection_with_tls_context(
            request, settings["verify"], proxies=settings["proxies"]
        )
        adapter.cert_verify(pool, url, settings["verify"], None)
        return pool


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
    """A session with timeouts on every call, also on those that msal makes; `traffic` hears of all of them."""

    def __init__(self, timeouts: Timeouts, traffic: Traffic) -> None:
        super().__init__()
        self._traffic = traffic
        self._timeout = (timeouts.connect_seconds, timeouts.silence_seconds)
        self.auth = _NoCredentials()
        self.headers["User-Agent"] = USER_AGENT
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # nothing here needs any
        if not os.environ.get("REQUESTS_CA_BUNDLE") and not os.environ.get("CURL_CA_BUNDLE"):
            bundle = os.environ.get("SSL_CERT_FILE", "")
            if os.path.isfile(bundle):  # noqa: PTH113 - never raises
                self.verify = bundle

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - passed on as they came
        """As requests' own, with our timeout where the caller set none."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self._timeout
        address = read_address(str(url))
        host = address.host
        try:
            response = super().request(method, str(address), *args, **kwargs)
        except Exception as error:
            self._traffic.lost(str(method), host, error)
            raise
        self._traffic.answered(str(method), host, response.status_code, response.headers)
        if (refusal := refusal_of_network(response.status_code, host)) is not None:
            response.close()
            raise refusal
        return response

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """On a redirect (msal's requests only) nothing is added and nothing is carried over."""
        del response
        prepared_request.headers.pop("Authorization", None)


class _LoopbackAdapter(HTTPAdapter):
    """Sends what is meant for Microsoft's hosts to the pretend OneDrive, with the host named in the Host header."""

    def __init__(self, port: int, pool_size: int) -> None:
        super().__init__()
        self._pool = PlainPool("127.0.0.1", port, maxsize=pool_size)

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *_args: object, **_options: object
    ) -> urllib3.HTTPConnectionPool:
        """Connections to the loopback port; there is no other host."""
        address = read_address(request.url or "")
        if not (address.host in (GRAPH_HOST, SIGN_IN_HOST) or is_file_host(address.host)):
            raise requests.exceptions.ConnectionError("the pretend OneDrive has no such host")
        request.headers["Host"] = address.netloc
        return self._pool

    def cert_verify(self, *_args: object) -> None:
        """Nothing is encrypted here."""

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()
        super().close()
