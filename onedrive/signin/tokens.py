"""Access tokens of a kept sign-in, renewed when they end; one for all threads of a run.

Asking for a valid one costs a look at the file's time stamp and no request. A renewal happens once, whoever asks first;
a refusal is remembered until the file changes, so that a hundred waiting requests do not ask Microsoft a hundred times.
`SavedTokens` are those of token.json, for every option; `WriteTokens` live in memory as long as option 7 runs.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from onedrive.errors import (
    ConnectionLost,
    DiskFull,
    FolderNotUsable,
    ServiceUnusable,
    SettingsError,
    SignInNeeded,
    WriteAccessEnded,
)
from onedrive.net.address import HTTPS_PORT, Address, NoAddress, read_address
from onedrive.net.client import HttpClient
from onedrive.net.hosts import SIGN_IN_HOST
from onedrive.net.patience import THROTTLED, TRANSIENT, MayPass, SharedPause, ask_patiently, losses_are_final
from onedrive.net.reply import Reply, translated_errors
from onedrive.settings import Settings
from onedrive.signin.refusals import Refusal, Refused, Remedy
from onedrive.signin.token_file import (
    TOKEN_FILE,
    AccessToken,
    SavedSignIn,
    TokenFile,
    Unusable,
    is_token,
    short_scopes,
    understand_cache,
)
from onedrive.words import as_text


class SignInBusy(ServiceUnusable):
    """The sign-in service is overloaded or out of order; `status` and `headers` say how long to wait."""

    def __init__(self, status: int, headers: Mapping[str, str], reason: str = "") -> None:
        super().__init__(SIGN_IN_HOST, reason or f"it is out of order at the moment (error {status})")
        self.hint = "The trouble is at Microsoft. Wait a few minutes, then choose the same option again."
        self.status = status
        self.headers = headers


class SignInHttp:
    """What msal is given as its `http_client`.

    `refusal` is the last answer that said no: msal drops it when it comes while the application object is made.
    """

    def __init__(self, http: HttpClient) -> None:
        self._session = http.session
        self._timeouts = http.timeouts
        self.refusal: Mapping[str, object] = {}

    def get(self, url: str, **options: Any) -> MsalAnswer:  # noqa: ANN401 - passed on as msal gave it
        """A GET; raises ConnectionLost, HostNotTrusted, SettingsError, ServiceUnusable."""
        return self._send("GET", url, **options)

    def post(self, url: str, **options: Any) -> MsalAnswer:  # noqa: ANN401 - passed on as msal gave it
        """A POST; raises as `get`."""
        return self._send("POST", url, **options)

    def close(self) -> None:
        """The session belongs to the run and stays open."""

    def _send(self, method: str, url: str, **options: Any) -> MsalAnswer:  # noqa: ANN401
        address = read_address(url)
        if not is_sign_in_endpoint(address, method):
            raise ServiceUnusable(SIGN_IN_HOST, "it sends the sign-in on to another computer; nothing was sent there")
        # A redirect would carry codes and tokens to wherever it leads; the sign-in endpoints never send one.
        with translated_errors(SIGN_IN_HOST):
            response = self._session.request(
                method, str(address), **{**options, "allow_redirects": False, "stream": True}
            )  # fmt: skip
        content = Reply(response.raw, SIGN_IN_HOST, self._timeouts).body()
        if response.status_code >= 500 or response.status_code in THROTTLED | TRANSIENT:
            raise SignInBusy(response.status_code, response.headers)
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise ServiceUnusable(SIGN_IN_HOST, "it sent a page where data should be")
        for name, value in answer.items():
            if name.endswith("authorization_endpoint") or name == "token_endpoint":
                _check_endpoint(value)
        if response.status_code >= 400:
            self.refusal = answer
        return MsalAnswer(response.status_code, content.decode("utf-8", "replace"), response.headers)


@dataclass(frozen=True)
class MsalAnswer:
    """An answer in the form that msal reads."""

    status_code: int
    text: str = field(repr=False)
    headers: Mapping[str, str]

    def raise_for_status(self) -> None:
        """As msal expects it. Raises ServiceUnusable."""
        if self.status_code >= 400:
            raise ServiceUnusable(SIGN_IN_HOST, f"it answered with error {self.status_code}")


_ENDPOINTS = {
    "GET": re.compile(r"/[\w.-]+/v2\.0/\.well-known/openid-configuration", re.ASCII),
    "POST": re.compile(r"/[\w.-]+/oauth2/v2\.0/(?:token|devicecode)", re.ASCII),
    "a browser": re.compile(r"/[\w.-]+/oauth2/v2\.0/authorize", re.ASCII),
}


def is_sign_in_endpoint(address: Address, method: str) -> bool:
    """Whether Microsoft's sign-in is asked there in this way (msal's two, or 'a browser'), whatever discovery says."""
    return address.is_at(SIGN_IN_HOST) and bool(_ENDPOINTS[method].fullmatch(address.path))


_MICROSOFTS = (".microsoft.com", ".microsoftonline.com", ".live.com", ".aka.ms", ".microsoftonline.us")


def is_page_of_microsoft(address: object) -> bool:
    """Whether a person may be sent there to enter a code (graph-facts §1.6)."""
    with contextlib.suppress(NoAddress):
        place = read_address(as_text(address))
        return place.port == HTTPS_PORT and f".{place.host}".endswith(_MICROSOFTS)
    return False


def _check_endpoint(value: object) -> None:
    """Raise ServiceUnusable unless what discovery names is one of the places that are known."""
    with contextlib.suppress(NoAddress):
        address = read_address(str(value))
        if any(is_sign_in_endpoint(address, method) for method in ("POST", "a browser")):
            return
    raise ServiceUnusable(SIGN_IN_HOST, "it names a sign-in page on another computer, which is not opened")


@contextlib.contextmanager
def busy_may_pass() -> Iterator[None]:
    """Within the block an overloaded sign-in service is what `ask_patiently` waits for."""
    try:
        yield
    except SignInBusy as busy:
        raise MayPass(busy, busy.host, status=busy.status, headers=busy.headers) from busy


@dataclass(frozen=True)
class Granted:
    """What a sign-in or a renewal brought: the settings with which it worked, Microsoft's answer with a token in it,
    and msal's cache afterwards.
    """

    settings: Settings
    answer: Mapping[str, object] = field(repr=False)
    cache_text: str = field(repr=False)

    @property
    def scopes(self) -> frozenset[str]:
        """What Microsoft allowed, in short; empty when it did not say."""
        return short_scopes(str(self.answer.get("scope") or ""))

    @property
    def lasts_seconds(self) -> float:
        """How long the access token holds; 0: it cannot be told."""
        given = self.answer.get("expires_in", DEFAULT_LIFETIME_SECONDS)
        text = str(given) if isinstance(given, int | str) and not isinstance(given, bool) else ""
        return min(float(text), LONGEST_LIFETIME_SECONDS) if text.isascii() and text.isdecimal() else 0.0

    def understood(self) -> SavedSignIn:
        """The sign-in as it can be used and kept. Raises ServiceUnusable when it is not what a sign-in is."""
        saved = None
        with contextlib.suppress(Unusable, UnicodeEncodeError):
            saved = understand_cache(self.cache_text.encode(), self.settings.app_id)
        is_sound = is_token(self.answer.get("access_token")) and self.lasts_seconds > 0
        if saved is None or saved.access_token is None or not is_sound:
            reason = "the sign-in that it gave cannot be used; it was not kept, and the saved one stays as it is"
            raise ServiceUnusable(SIGN_IN_HOST, reason)
        return saved


DEFAULT_LIFETIME_SECONDS = 3600  # where Microsoft does not say
LONGEST_LIFETIME_SECONDS = 366 * 86400.0


RENEW_WHEN_LEFT_SECONDS = 300.0
RENEW_WHEN_LEFT_SHARE = 0.1  # of a token that does not live an hour
USABLE_WHEN_LEFT_SECONDS = 30.0
# Wider permissions that include a narrower one (Graph permissions reference).
_WIDER = {
    "files.read": {"files.read", "files.read.all", "files.readwrite", "files.readwrite.all"},
    "files.read.all": {"files.read.all", "files.readwrite.all"},
    "files.readwrite": {"files.readwrite", "files.readwrite.all"},
}


class RenewableTokens:
    """A `TokenSource` over a sign-in in memory. `renew` asks Microsoft with msal's cache and raises Refused; `scopes`
    are what the tokens must allow.
    """  # fmt: skip

    def __init__(
        self,
        saved: SavedSignIn | None,
        renew: Callable[[str], Granted],
        pause: SharedPause,
        *,
        scopes: list[str],
    ) -> None:
        self._renew = renew
        self._pause = pause
        self._scopes = [scope.lower() for scope in scopes if scope.lower() in _WIDER]
        self._lock = threading.Lock()
        self._begin_with(saved)

    def access_token(self) -> str:
        """A token that holds for some minutes at least, renewed if need be.

        Raises SignInNeeded, SettingsError, ConnectionLost, ServiceUnusable, Stopped.
        """
        with self._lock:
            saved = self._look()
            token = self._token
            if token and self._holds(token) and self._allows_enough(token):
                return token.secret
            try:
                return ask_patiently(self._pause, lambda: self._renew_once(saved)).secret
            except (ConnectionLost, ServiceUnusable):
                if token and self._left(token) >= USABLE_WHEN_LEFT_SECONDS and self._allows_enough(token):
                    return token.secret
                raise

    def renew_access_token(self, rejected: str) -> str:
        """Another token than `rejected`; one renewal serves all threads whose token was rejected. Raises likewise."""
        with self._lock:
            saved = self._look()
            token = self._token
            if token and token.secret != rejected and self._holds(token):
                return token.secret
            return ask_patiently(self._pause, lambda: self._renew_once(saved)).secret

    def renew_now(self) -> AccessToken:
        """A new token at once; asked again while Microsoft is overloaded, not when the net is gone. Raises likewise."""

        def unless_lost() -> AccessToken:
            with losses_are_final():
                return self._renew_once(saved)

        with self._lock:
            saved = self._look()
            return ask_patiently(self._pause, unless_lost)

    def _begin_with(self, saved: SavedSignIn | None) -> None:
        self._saved = saved
        self._token = saved.access_token if saved else None
        self._renewed: AccessToken | None = None  # taken as it is, whatever it allows: a second renewal gives no more
        self._refusal: Refusal | None = None

    def _look(self) -> SavedSignIn:
        if self._saved is None:
            raise SignInNeeded("You are not signed in.", "Choose 1 to sign in.")
        return self._saved

    def _keep(self, saved: SavedSignIn) -> None:
        self._saved = saved

    def _holds(self, token: AccessToken) -> bool:
        """Whether the token lives long enough to be used without a thought."""
        return self._left(token) >= min(RENEW_WHEN_LEFT_SECONDS, RENEW_WHEN_LEFT_SHARE * token.lasts_seconds)

    def _left(self, token: AccessToken) -> float:
        return token.expires_at - self._pause.clock.now()

    def _allows_enough(self, token: AccessToken) -> bool:
        allowed = {scope.lower() for scope in token.scopes}
        return token is self._renewed or all(_WIDER[scope] & allowed for scope in self._scopes)

    def _renew_once(self, saved: SavedSignIn) -> AccessToken:
        if self._refusal:
            raise self._refusal.to_error()
        if not saved.can_renew:
            raise SignInNeeded("The saved sign-in has ended and cannot be renewed.", "Choose 1 to sign in again.")
        with busy_may_pass():
            try:
                granted = self._renew(saved.text)
            except Refused as refused:
                if refused.refusal.remedy is Remedy.LATER:
                    raise SignInBusy(503, {}, refused.refusal.sentence.rstrip(".")) from refused
                self._refusal = refused.refusal
                raise self._refusal.to_error() from refused
        kept = granted.understood()  # before it takes the place of what can be renewed
        self._token = self._renewed = AccessToken(
            secret=str(granted.answer.get("access_token")),
            scopes=granted.scopes,
            expires_at=self._pause.clock.now() + granted.lasts_seconds,
            lasts_seconds=granted.lasts_seconds,
        )
        self._keep(kept)
        return self._token


class SavedTokens(RenewableTokens):
    """The sign-in that token.json keeps; `say` is told what went wrong without stopping the work."""

    def __init__(
        self,
        file: TokenFile,
        renew: Callable[[str], Granted],
        pause: SharedPause,
        *,
        scopes: list[str],
        say: Callable[[str], None],
    ) -> None:
        super().__init__(None, renew, pause, scopes=scopes)
        self._file = file
        self._say = say
        self._stamp: tuple[int, int, int] | None = None

    def _look(self) -> SavedSignIn:
        """What token.json holds now; another option or program may have replaced it."""
        stamp = self._file.stamp()
        if stamp is None or stamp != self._stamp:
            self._begin_with(self._file.read_or_set_aside(self._say))
            self._stamp = self._file.stamp()
        return super()._look()

    def _keep(self, saved: SavedSignIn) -> None:
        """A file that cannot be written stays as it was, and can still be renewed; the run goes on in memory."""
        super()._keep(saved)
        try:
            self._file.save(saved.text)
        except (DiskFull, FolderNotUsable) as error:
            unsaved = f"The renewed sign-in could not be saved in {TOKEN_FILE}; this run goes on with it."
            self._say(f"{error.sentence} {unsaved}")
        self._stamp = self._file.stamp()


class WriteTokens(RenewableTokens):
    """The permission to write, in memory; when it ends, option 7 is what helps, not option 1."""

    def _renew_once(self, saved: SavedSignIn) -> AccessToken:
        try:
            return super()._renew_once(saved)
        except (SignInNeeded, SettingsError) as error:
            raise WriteAccessEnded(error.sentence) from error
