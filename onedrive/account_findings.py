"""Whether the saved sign-in opens a OneDrive, whose it is, and how full; of an id only what tells it from another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from onedrive.discretion import shorten_id
from onedrive.errors import ConnectionLost, OneDriveError, Stopped
from onedrive.finding import DRIVE, Finding
from onedrive.graph import GRAPH_ROOT
from onedrive.host_findings import PORTAL_CURE, SERVICE_CURE, look_at_host
from onedrive.host_names import GRAPH_HOST, is_file_host
from onedrive.host_probe import Probe, probe
from onedrive.http import HttpClient
from onedrive.pause import Clock, SharedPause
from onedrive.renewable_tokens import RenewableTokens
from onedrive.retry import THROTTLED
from onedrive.settings import Settings
from onedrive.signed_in_account import DRIVE_KINDS, is_list_of_another
from onedrive.token_file import TokenFile, Unusable
from onedrive.words import format_bytes

OpenTokens = Callable[[HttpClient, SharedPause], RenewableTokens]
LEFT_SECONDS = 60.0  # an access token with less is renewed
NEARLY_FULL = 0.95


class _Impatience(Clock):
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
        return
    except Stopped:
        yield DRIVE.note("account", "Microsoft asks us to wait, so the sign-in could not be renewed", SERVICE_CURE)
        return
    except ModuleNotFoundError as missing:
        yield DRIVE.note("account", f"The sign-in cannot be renewed without the package {missing.name} (see above)")
        return
    except OneDriveError as error:
        yield DRIVE.wrong("account", error.sentence.rstrip("."), error.hint)
        return
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
    return open_tokens(http, SharedPause(lambda _: None, clock=_Impatience())).renew_now().secret


def _look_with(token: str, settings: Settings, http: HttpClient) -> Iterator[Finding]:
    person = probe(http, "GET", f"{GRAPH_ROOT}/me", bearer=token)
    trouble = _trouble("account", person)
    if trouble:
        yield trouble
        return
    yield DRIVE.ok("account", f"Signed in as {_person_words(person.answer or {})}")
    drive = probe(http, "GET", f"{GRAPH_ROOT}/me/drive", bearer=token)
    trouble = _trouble("drive", drive)
    if trouble:
        yield trouble
        return
    yield from _look_at_drive(drive.answer or {}, person.answer or {}, settings.home)
    yield from _look_at_own_host(drive.answer or {}, settings, http)


def _trouble(name: str, asked: Probe) -> Finding | None:
    """What is wrong with an answer of Graph's; None when nothing is."""
    what = "the account" if name == "account" else "the OneDrive"
    if asked.error is not None:
        return DRIVE.note(name, f"Graph could not be asked about {what}: {GRAPH_HOST} was not reached (see above)")
    if asked.status in THROTTLED:
        return DRIVE.note(name, f"OneDrive asks us to wait, so {what} could not be looked at", SERVICE_CURE)
    if asked.status >= 500:
        return DRIVE.wrong(name, f"OneDrive is out of order for the moment (error {asked.status})", SERVICE_CURE)
    if asked.answer is None:
        return DRIVE.wrong(name, f"The answer about {what} is a page where data should be", PORTAL_CURE)
    if asked.status == 401:
        cure = "Choose 2 to renew the sign-in; if that does not help, choose 1."
        return DRIVE.wrong(name, "OneDrive no longer accepts the sign-in", cure)
    if asked.status >= 400 and name == "drive":
        cure = "Open OneDrive once in the browser (https://www.microsoft365.com), or ask your administrator."
        return DRIVE.wrong(name, f"This account has no OneDrive that can be read (error {asked.status})", cure)
    if asked.status >= 400:
        return DRIVE.wrong(name, f"OneDrive refused to say whose account it is (error {asked.status})", "Choose 1.")
    return None


def _person_words(person: Mapping[str, object]) -> str:
    """The address, which is masked before it is shown; no name."""
    return next((text for key in ("mail", "userPrincipalName") if (text := _text(person, key))), "somebody")


def _look_at_drive(drive: Mapping[str, object], person: Mapping[str, object], home: Path) -> Iterator[Finding]:
    kind = DRIVE_KINDS.get(_text(drive, "driveType"), "OneDrive")
    yield DRIVE.ok("drive", f"Drive: {kind}, id {shorten_id(_text(drive, 'id'))}")
    quota = drive.get("quota")
    if isinstance(quota, Mapping):
        yield from _look_at_quota(quota)
    if is_list_of_another(home, _text(person, "id"), _text(drive, "id")):
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
    elif used >= total or quota.get("state") == "exceeded":
        yield DRIVE.note(
            "quota",
            f"{words} of {format_bytes(total)}: it is full",
            "Downloading still works. Uploads and mail may not: make room, or Microsoft may freeze the account.",
        )
    elif used > NEARLY_FULL * total:
        yield DRIVE.note("quota", f"{words} of {format_bytes(total)}: it is nearly full", "Downloading still works.")
    else:
        yield DRIVE.ok("quota", f"{words} of {format_bytes(total)}")


def _look_at_own_host(drive: Mapping[str, object], settings: Settings, http: HttpClient) -> Iterator[Finding]:
    """A work account's files come from a host of its tenant, whose name is not shown."""
    try:
        host = urlsplit(_text(drive, "webUrl")).hostname or ""
    except ValueError:
        return
    if _text(drive, "driveType") == "business" and is_file_host(host):
        shown = f"...{host[host.index('.') :]}"
        yield look_at_host(probe(http, "GET", f"https://{host}/"), is_demo=settings.demo, shown_host=shown)


def _text(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""
