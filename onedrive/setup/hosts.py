"""One request to each host, for option 8: is it reached, trusted, itself, on time, and what helps if not?

`microsoft` sends the requests, all at once, and goes on with what a saved sign-in may ask.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote

from onedrive.errors import CaptivePortal, ConnectionLost, HostNotTrusted, OneDriveError, SettingsError
from onedrive.home.reading import read_object
from onedrive.net.address import NoAddress, read_address
from onedrive.net.client import HttpClient
from onedrive.net.connection import HAS_SYSTEM_STORE
from onedrive.net.hosts import GRAPH_HOST, SIGN_IN_HOST
from onedrive.net.patience import THROTTLED
from onedrive.setup.findings import NETWORK, Finding, Group, describe_proxy
from onedrive.signin.app_values import PERSONAL_AUTHORITIES
from onedrive.words import format_duration

HALF_A_SECOND = 0.5  # a Date header has whole seconds, cut off


@dataclass(frozen=True)
class Probe:
    """What came of a request; `error` says why nothing did, and then the rest is empty.

    `answer` is the JSON object of the body, None when it is none. `skew_seconds`: how far this computer's clock is
    before the server's; None: the server did not say its time.
    """

    host: str
    error: OneDriveError | None = None
    status: int = 0
    answer: Mapping[str, object] | None = field(default=None, repr=False)
    seconds: float = 0.0
    skew_seconds: float | None = None
    leads_to: str = ""  # the host of a redirect
    retry_after: str = ""


def probe(http: HttpClient, url: str, *, bearer: str | None = None) -> Probe:
    """Ask once, without another try; whatever goes wrong is in the result."""
    host = read_address(url).host
    sent_at, began = time.time(), time.monotonic()
    try:
        reply = http.send("GET", url, bearer=bearer, headers={"Accept": "application/json"})
        seconds = time.monotonic() - began
        body = reply.body()
    except OneDriveError as error:
        return Probe(host, error=error)
    return Probe(
        host,
        status=reply.status,
        answer=read_object(body),
        seconds=seconds,
        skew_seconds=_skew(reply.headers.get("Date", ""), sent_at + seconds / 2),
        leads_to=read_host(reply.headers.get("Location", "")),
        retry_after=reply.headers.get("Retry-After", ""),
    )


def _skew(date: str, here: float) -> float | None:
    try:
        return here - (parsedate_to_datetime(date).timestamp() + HALF_A_SECOND)
    except (ValueError, TypeError, OverflowError):
        return None


def read_host(address: str) -> str:
    """The host in an address that a server gave; '' when there is none."""
    try:
        return read_address(address).host
    except NoAddress:
        return ""


FILE_HOST = "my.microsoftpersonalcontent.com"  # of personal accounts; a tenant has its own
SKEW_WORTH_A_NOTE_SECONDS = 60
MOST_SKEW_SECONDS = 300  # from here on sign-ins and certificates fail
_CERTIFICATE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_KINDS = {SIGN_IN_HOST: "sign-in", GRAPH_HOST: "lists"}
_MICROSOFTS = (".microsoft.com", ".microsoftonline.com", ".live.com", ".office.com", ".sharepoint.com")
PORTAL_CURE = (
    "Perhaps this network wants you to sign in first (hotel, airport): open any page in the browser. Else a proxy or "
    "firewall answers in the host's place: whoever runs it must let the host through."
)
REACH_CURE = (
    "Check the internet connection. If it works otherwise, a firewall must let this host through (port 443), or "
    "HTTPS_PROXY must name the proxy."
)
SERVICE_CURE = "This is most often trouble at Microsoft. Wait a few minutes, then choose 8 again."


def addresses(authority: str) -> Mapping[str, str]:
    """Host by host the address that is asked; each answers without a sign-in, and none changes anything.

    The host of a tenant's files is known when somebody is signed in (`look_at_account`).
    """
    tenant = quote(authority, safe="")
    asked = {
        SIGN_IN_HOST: f"https://{SIGN_IN_HOST}/{tenant}/v2.0/.well-known/openid-configuration",
        GRAPH_HOST: f"https://{GRAPH_HOST}/v1.0/me",
    }
    return asked | ({FILE_HOST: f"https://{FILE_HOST}/"} if authority in PERSONAL_AUTHORITIES else {})


def look_at_host(asked: Probe, *, is_demo: bool = False, shown_host: str = "") -> Finding:
    """Whether a host was reached, trusted, and was itself; `shown_host` stands for a name that tells of its owner."""
    host = shown_host or asked.host
    kind = _KINDS.get(asked.host, "file host")
    name, subject = f"host {host}", f"{host} ({kind})"
    if asked.error is not None:
        return _unreached(asked.error, name, subject)
    if asked.status in THROTTLED:
        wait = f", for {asked.retry_after} s" if asked.retry_after.isdecimal() else ""
        return NETWORK.note(name, f"{subject} asks us to wait{wait}", "Every option waits by itself as long as asked.")
    if asked.status >= 500:
        return NETWORK.wrong(name, f"{subject} is out of order at the moment (error {asked.status})", SERVICE_CURE)
    if kind != "file host" and asked.answer is None:
        return NETWORK.wrong(name, f"{subject} sent a page where data should be", PORTAL_CURE)
    if asked.leads_to and not f".{asked.leads_to}".endswith((*_MICROSOFTS, f".{asked.host}")):
        return NETWORK.wrong(name, f"{subject} sends us on to {asked.leads_to}", PORTAL_CURE)
    trusted = "" if is_demo else ", its certificate is trusted"
    return NETWORK.ok(name, f"{subject}: answered in {asked.seconds * 1000:.0f} ms{trusted}")


def late(host: str, seconds: float) -> Finding:
    """A host that has said nothing when there is no more time to wait for it."""
    kind = _KINDS.get(host, "file host")
    return NETWORK.wrong(f"host {host}", f"{host} ({kind}): no answer within {seconds:.0f} s", REACH_CURE)


def find_trouble(asked: Probe, group: Group, name: str, what: str) -> Finding | None:
    """Why Microsoft's answer to a question about `what` says nothing about it; None when it does."""
    if asked.error is not None:
        host = asked.host
        return group.note(name, f"Microsoft could not be asked about {what}: {host} was not reached (see above)")
    if asked.status in THROTTLED:
        return group.note(name, f"Microsoft asks us to wait, so {what} could not be looked at", SERVICE_CURE)
    if asked.status >= 500:
        words = f"Microsoft cannot tell about {what}: it is out of order at the moment (error {asked.status})"
        return group.wrong(name, words, SERVICE_CURE)
    if asked.answer is None:
        return group.wrong(name, f"Microsoft's answer about {what} is a page where data should be", PORTAL_CURE)
    return None


def look_at_clock(asked: Sequence[Probe]) -> Iterator[Finding]:
    """Whether this computer's clock goes right, by the first server that says its time."""
    skew = next((answer.skew_seconds for answer in asked if answer.skew_seconds is not None), None)
    if skew is None:
        return
    if abs(skew) <= SKEW_WORTH_A_NOTE_SECONDS:
        yield NETWORK.ok("clock", "The clock of this computer agrees with Microsoft's")
        return
    words = f"The clock of this computer is {format_duration(abs(skew))} {'fast' if skew > 0 else 'slow'}"
    tell = NETWORK.wrong if abs(skew) > MOST_SKEW_SECONDS else NETWORK.note
    yield tell("clock", words, "Set it right, best by the network (time servers), then choose 8 again.")


def look_at_proxy(proxy: str, environ: Mapping[str, str], *, trusts_system: bool) -> Iterator[Finding]:
    """Through which proxy Graph is asked ('': none), and whose certificates are trusted."""
    exceptions = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    but = f" (NO_PROXY: {exceptions})" if exceptions else ""
    words = f"Through the proxy {describe_proxy(proxy)}" if proxy else "Without a proxy"
    yield NETWORK.ok("proxy", f"{words}{but}")
    named = dict.fromkeys(environ[name] for name in _CERTIFICATE_VARIABLES if environ.get(name))
    if not named:
        whose = "those of this computer, and those" if trusts_system and HAS_SYSTEM_STORE else "those"
        off = "" if trusts_system else " alone (ONEDRIVE_SYSTEM_CERTIFICATES=0)"
        yield NETWORK.ok("certificates", f"Certificates: {whose} that came with the program's packages{off}")
    for place in named:
        names = ", ".join(name for name in _CERTIFICATE_VARIABLES if environ.get(name) == place)
        if Path(place).exists():
            yield NETWORK.ok(f"certificates {names}", f"Certificates: {place} ({names})")
        else:
            cure = "Correct the variable, or unset it to use the usual certificates."
            yield NETWORK.wrong(f"certificates {names}", f"{names}: there is no {place}", cure)


def _unreached(error: OneDriveError, name: str, subject: str) -> Finding:
    if isinstance(error, HostNotTrusted):
        return NETWORK.wrong(name, f"{subject}: its certificate is not trusted here", error.hint)
    if isinstance(error, ConnectionLost):  # HostNotFound too
        cure = error.hint if isinstance(error, CaptivePortal) or "proxy" in error.reason else REACH_CURE
        return NETWORK.wrong(name, f"{subject}: {error.reason}", cure)
    cure = error.hint if isinstance(error, SettingsError) else PORTAL_CURE
    return NETWORK.wrong(name, f"{subject}: {error.sentence.rstrip('.')}", cure)
