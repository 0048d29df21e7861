"""Everything that the setup check asks the network, side by side, and given up after some seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, wait
from typing import TypeVar

from onedrive.account_findings import OpenTokens, look_at_account
from onedrive.app_findings import look_at_app
from onedrive.errors import SettingsError
from onedrive.finding import APP, DRIVE, Finding
from onedrive.host_findings import addresses, late, look_at_clock, look_at_host, look_at_proxy
from onedrive.host_names import GRAPH_HOST
from onedrive.host_probe import probe
from onedrive.http import HttpClient
from onedrive.setting_rules import DEFAULT_AUTHORITY, check_authority
from onedrive.settings import Settings
from onedrive.workers import Workers

PATIENCE_SECONDS = 9.0  # for all of it
HOST_SECONDS = 4.0  # for a connection, and for silence on it
_POLL_SECONDS = 0.2

_T = TypeVar("_T")


class NetworkCheck:
    """Asks from when it is made; `findings` waits for what is not there yet, at most until the patience ends."""

    def __init__(
        self,
        settings: Settings,
        http: HttpClient,
        open_tokens: OpenTokens,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._is_demo = settings.demo
        self._http = http
        self._patience_seconds = patience_seconds
        self._deadline = time.monotonic() + patience_seconds
        asks = addresses(_usable_authority(settings))
        workers = Workers(len(asks) + 2, "setup check")
        self._probes = {host: workers.submit(probe, http, "GET", address) for host, address in asks.items()}
        self._app = workers.submit(look_at_app, settings, http)
        self._account = workers.submit(lambda: list(look_at_account(settings, http, open_tokens)))
        workers.close()

    def findings(self, environ: Mapping[str, str]) -> Iterator[Finding]:
        """What was found: the way to Microsoft, the hosts, the clock, the app, the account."""
        yield from look_at_proxy(self._find_proxy(), environ)
        asked = {host: self._wait_for(future) for host, future in self._probes.items()}
        for host, found in asked.items():
            yield look_at_host(found, is_demo=self._is_demo) if found else late(host, self._patience_seconds)
        # Graph's time first: hardly anything answers in its place.
        yield from look_at_clock([found for host in (GRAPH_HOST, *asked) if (found := asked[host])])
        yield self._wait_for(self._app) or APP.note(
            "app id and secret", "Microsoft did not answer about the app in time"
        )
        account = self._wait_for(self._account)
        yield from (
            [DRIVE.note("account", "OneDrive did not answer about the account in time")] if account is None else account
        )

    def _find_proxy(self) -> str:
        try:
            return self._http.find_proxy(f"https://{GRAPH_HOST}/")
        except ValueError:  # told with the hosts
            return ""

    def _wait_for(self, future: Future[_T]) -> _T | None:
        """The result, None when it does not come in time. Short waits: Ctrl-C ends them on every system."""
        while not future.done() and time.monotonic() < self._deadline:
            wait([future], timeout=_POLL_SECONDS)
        return future.result() if future.done() else None


def _usable_authority(settings: Settings) -> str:
    try:
        check_authority(settings.authority)
    except SettingsError:
        return DEFAULT_AUTHORITY
    return settings.authority
