"""What Microsoft says, for option 8: of the hosts and the app, of the saved sign-in, and whose OneDrive it opens.

`NetworkCheck` asks everything at once; its findings are those of `hosts`, `look_at_app` and `look_at_account`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, wait
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from onedrive.errors import ConnectionLost, HostNotTrusted, OneDriveError, SettingsError, Stopped
from onedrive.graph.session import GRAPH_ROOT, refusal_from_body
from onedrive.graph.why_refused import as_of_drive, why_of
from onedrive.net.client import HttpClient
from onedrive.net.hosts import GRAPH_HOST, SIGN_IN_HOST, is_file_host
from onedrive.net.patience import Clock, SharedPause
from onedrive.net.workers import Workers
from onedrive.settings import DEFAULT_AUTHORITY, Settings
from onedrive.setup.configuration import authority_words
from onedrive.setup.findings import APP, DRIVE, Finding, shorten_id
from onedrive.setup.hosts import (
    SERVICE_CURE,
    Probe,
    addresses,
    find_trouble,
    late,
    look_at_clock,
    look_at_host,
    look_at_proxy,
    probe,
    read_host,
)
from onedrive.signin.account import DRIVE_KINDS, is_list_of_another
from onedrive.signin.app_check import ask_about_app, judge_answer
from onedrive.signin.app_values import check_app_settings, check_authority
from onedrive.signin.refusals import Remedy
from onedrive.signin.token_file import TokenFile, Unusable
from onedrive.signin.tokens import RenewableTokens, SignInBusy
from onedrive.words import as_text, format_bytes

OpenTokens = Callable[[HttpClient, SharedPause], RenewableTokens]
LEFT_SECONDS = 60.0  # an access token with less is renewed
NEARLY_FULL = 0.95


class _NoWaiting(Clock):
    """A clock that does not wait: whatever would, is stopped instead."""

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        """Stop at once."""
        del seconds
        stop.set()
        return True


def look_at_account(settings: Settings, http: HttpClient, open_tokens: OpenTokens) -> Iterator[Finding]:
    """Findings about the account behind the saved sign-in; none when there is no usable one.

    An access token that has ended is renewed, as every option would.
    """
    try:
        token = _find_token(settings, http, open_tokens)
    except ConnectionLost as lost:
        yield DRIVE.note("account", f"The sign-in could not be renewed: {lost.host} was not reached (see above)")
    except Stopped:
        yield DRIVE.note("account", "Microsoft asks us to wait, so the sign-in could not be renewed", SERVICE_CURE)
    except ModuleNotFoundError as missing:
        yield DRIVE.note("account", f"The sign-in cannot be renewed without the package {missing.name} (see above)")
    except OneDriveError as error:
        yield DRIVE.failed("account", error)
    else:
        if token:
            yield from _look_with(token, settings, http)


def _find_token(settings: Settings, http: HttpClient, open_tokens: OpenTokens) -> str:
    """A token that is valid now; '' without a sign-in. Raises as RenewableTokens.renew_now."""
    try:
        saved = TokenFile(settings.home, settings.app_id).read()
    except (Unusable, OneDriveError):
        return ""  # told with the sign-in
    if saved is None:
        return ""
    token = saved.access_token
    if token and token.expires_at - time.time() > LEFT_SECONDS:
        return token.secret
    if not saved.can_renew:
        return ""
    return open_tokens(http, SharedPause(lambda _: None, clock=_NoWaiting())).renew_now().secret


def _look_with(token: str, settings: Settings, http: HttpClient) -> Iterator[Finding]:
    person = probe(http, f"{GRAPH_ROOT}/me", bearer=token)
    if trouble := find_trouble(person, DRIVE, "account", "the account") or _find_refusal("account", person):
        yield trouble
        return
    who = person.answer or {}
    # The address alone, which is masked before it is shown.
    address = as_text(who.get("mail")) or as_text(who.get("userPrincipalName")) or "somebody"
    yield DRIVE.ok("account", f"Signed in as {address}")
    drive = probe(http, f"{GRAPH_ROOT}/me/drive", bearer=token)
    if trouble := find_trouble(drive, DRIVE, "drive", "the OneDrive") or _find_refusal("drive", drive):
        yield trouble
        return
    yield from _look_at_drive(drive.answer or {}, who, settings.home)
    yield from _look_at_own_host(drive.answer or {}, settings, http)


def _find_refusal(name: str, asked: Probe) -> Finding | None:
    if asked.status == 401:
        cure = "Choose 2 to renew the sign-in; if that does not help, choose 1."
        return DRIVE.wrong(name, "OneDrive no longer accepts the sign-in", cure)
    if asked.status < 400:
        return None
    error = (asked.answer or {}).get("error")
    refusal = refusal_from_body(asked.status, error if isinstance(error, dict) else {})
    if name == "drive":
        refusal, what = as_of_drive(refusal), "This account has no OneDrive that can be read"
    else:
        what = "OneDrive refused to say whose account it is"
    cure = refusal.hint if name == "drive" or why_of(refusal).is_of_account else "Choose 1 to sign in again."
    return DRIVE.wrong(name, f"{what}: {refusal.why} (error {refusal.raw})", cure)


def _look_at_drive(drive: Mapping[str, object], person: Mapping[str, object], home: Path) -> Iterator[Finding]:
    kind = DRIVE_KINDS.get(as_text(drive.get("driveType")), "OneDrive")
    yield DRIVE.ok("drive", f"Drive: {kind}, id {shorten_id(as_text(drive.get('id')))}")
    quota = drive.get("quota")
    if isinstance(quota, Mapping):
        yield from _look_at_quota(quota)
    if is_list_of_another(home, as_text(person.get("id")), as_text(drive.get("id"))):
        yield DRIVE.note(
            "list of another account",
            "The list in file_list.json was made with another account",
            "Choose 3 to make a new one; what has been downloaded stays.",
        )


def _look_at_quota(quota: Mapping[str, object]) -> Iterator[Finding]:
    used, total = quota.get("used"), quota.get("total")
    if not isinstance(used, int):
        return
    words = f"Space on OneDrive: {format_bytes(used)} used"
    if not isinstance(total, int) or total <= 0:
        yield DRIVE.ok("quota", words)
        return
    words += f" of {format_bytes(total)}"
    if used >= total or quota.get("state") == "exceeded":
        cure = "Downloading still works. Uploads and mail may not: make room, or Microsoft may freeze the account."
        yield DRIVE.note("quota", f"{words}: it is full", cure)
    elif used > NEARLY_FULL * total:
        yield DRIVE.note("quota", f"{words}: it is nearly full", "Downloading still works.")
    else:
        yield DRIVE.ok("quota", words)


def _look_at_own_host(drive: Mapping[str, object], settings: Settings, http: HttpClient) -> Iterator[Finding]:
    """A work account's files come from a host of its tenant, whose name is not shown."""
    host = read_host(as_text(drive.get("webUrl")))
    if as_text(drive.get("driveType")) == "business" and is_file_host(host):
        shown = f"...{host[host.index('.') :]}"
        yield look_at_host(probe(http, f"https://{host}/"), is_demo=settings.demo, shown_host=shown)


_NAME = "app id and secret"


def look_at_app(settings: Settings, http: HttpClient) -> Finding:
    """Ask Microsoft about the app id and the password; without a request when the settings cannot be right."""
    try:
        check_app_settings(settings)
    except SettingsError:
        return APP.note(_NAME, "Microsoft was not asked about the app: the settings above come first")
    try:
        answer = ask_about_app(settings, http)
    except SignInBusy as busy:
        asked = Probe(busy.host, status=busy.status)
    except (ConnectionLost, SettingsError, HostNotTrusted) as error:
        asked = Probe(SIGN_IN_HOST, error=error)
    except OneDriveError:
        asked = Probe(SIGN_IN_HOST)
    else:
        return judge_app(settings, answer)
    return find_trouble(asked, APP, _NAME, "the app") or APP.note(_NAME, "Microsoft did not answer about the app")


def judge_app(settings: Settings, answer: Mapping[str, object]) -> Finding:
    """What Microsoft's answer about the app says, without the name of an organisation."""
    judged = judge_answer(replace(settings, authority=authority_words(settings.authority)), answer)
    if refusal := judged.refusal:
        tell = APP.note if refusal.remedy is Remedy.LATER else APP.wrong
        return tell(_NAME, refusal.sentence.rstrip("."), refusal.hint)
    if not judged.saw_secret:
        later = "; whether the app password is right shows at the next sign-in" if settings.client_secret else ""
        return APP.ok(_NAME, f"Microsoft knows the app id{later}")
    accepted = "accepts the app password" if settings.client_secret else "wants no app password"
    return APP.ok(_NAME, f"Microsoft knows the app id and {accepted}")


_POLL_SECONDS = 0.2

_T = TypeVar("_T")


class NetworkCheck:
    """Asks from when it is made, and closes `http` after its findings, which wait for what is not there yet, at most
    until the patience ends.
    """  # fmt: skip

    def __init__(
        self,
        settings: Settings,
        http: HttpClient,
        open_tokens: OpenTokens,
        *,
        patience_seconds: float,
    ) -> None:
        self._is_demo = settings.demo
        self._trusts_system = settings.system_certificates
        self._http = http
        self._patience_seconds = patience_seconds
        self._deadline = time.monotonic() + patience_seconds
        asks = addresses(_usable_authority(settings))
        workers = Workers(len(asks) + 2, "setup check")
        self._probes = {host: workers.submit(probe, http, address) for host, address in asks.items()}
        self._app = workers.submit(look_at_app, settings, http)
        self._account = workers.submit(lambda: list(look_at_account(settings, http, open_tokens)))
        workers.close()

    def findings(self, environ: Mapping[str, str]) -> Iterator[Finding]:
        """What was found: the way to Microsoft, the hosts, the clock, the app, the account."""
        try:
            yield from self._findings(environ)
        finally:
            self._http.close()

    def _findings(self, environ: Mapping[str, str]) -> Iterator[Finding]:
        yield from look_at_proxy(self._find_proxy(), environ, trusts_system=self._trusts_system)
        asked = {host: self._wait_for(future) for host, future in self._probes.items()}
        for host, found in asked.items():
            yield look_at_host(found, is_demo=self._is_demo) if found else late(host, self._patience_seconds)
        # Graph's time first: hardly anything answers in its place.
        yield from look_at_clock([found for host in (GRAPH_HOST, *asked) if (found := asked[host])])
        yield self._wait_for(self._app) or APP.note(_NAME, "Microsoft did not answer about the app in time")
        account = self._wait_for(self._account)
        if account is None:
            account = [DRIVE.note("account", "OneDrive did not answer about the account in time")]
        yield from account

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
