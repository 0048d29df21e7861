"""Access tokens out of token.json, renewed when they end; one for all threads of a run.

Asking for a valid one costs a look at the file's time stamp and no request. A renewal happens once, whoever asks first;
a refusal is remembered until the file changes, so that a hundred waiting requests do not ask Microsoft a hundred times.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from onedrive.errors import ConnectionLost, DiskFull, FolderNotUsable, OneDriveError, ServiceUnusable, SignInNeeded
from onedrive.net.client import HttpClient
from onedrive.net.hosts import SIGN_IN_HOST
from onedrive.net.patience import THROTTLED, TRANSIENT, Attempts, SharedPause
from onedrive.net.reply import translated_errors
from onedrive.signin.refusals import Refusal, Remedy
from onedrive.signin.token_file import TOKEN_FILE, AccessToken, SavedSignIn, short_scopes


class SignInBusy(ServiceUnusable):
    """The sign-in service is overloaded or out of order; `status` and `headers` say how long to wait."""

    def __init__(self, status: int, headers: Mapping[str, str], reason: str = "") -> None:
        super().__init__(SIGN_IN_HOST, reason or f"it is out of order for the moment (error {status})")
        self.hint = "This is trouble at Microsoft. Wait a few minutes, then choose the same option again."
        self.status = status
        self.headers = headers


class SignInHttp:
    """What msal is given as its `http_client`.

    `refusal` is the last answer that said no: msal drops it when it comes while the application object is made.
    """

    def __init__(self, http: HttpClient) -> None:
        self._session = http.session
        self.refusal: Mapping[str, object] = {}

    def get(self, url: str, **options: Any) -> object:  # noqa: ANN401 - passed on as msal gave it
        """A GET; raises ConnectionLost, HostNotTrusted, SettingsError, ServiceUnusable."""
        return self._send("GET", url, **options)

    def post(self, url: str, **options: Any) -> object:  # noqa: ANN401 - passed on as msal gave it
        """A POST; raises as `get`."""
        return self._send("POST", url, **options)

    def close(self) -> None:
        """The session belongs to the run and stays open."""

    def _send(self, method: str, url: str, **options: Any) -> object:  # noqa: ANN401
        if urlsplit(url).scheme != "https" or urlsplit(url).hostname != SIGN_IN_HOST:
            raise ServiceUnusable(SIGN_IN_HOST, "it sends the sign-in on to another computer; nothing was sent there")
        # A redirect would carry codes and tokens to wherever it leads; the sign-in endpoints never send one.
        with translated_errors(SIGN_IN_HOST):
            response = self._session.request(method, url, **{**options, "allow_redirects": False})
        if response.status_code >= 500 or response.status_code in THROTTLED | TRANSIENT:
            raise SignInBusy(response.status_code, response.headers)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise ServiceUnusable(SIGN_IN_HOST, "it sent a page where data should be")
        if response.status_code >= 400:
            self.refusal = answer
        return response


RENEW_WHEN_LEFT_SECONDS = 300.0
RENEW_WHEN_LEFT_SHARE = 0.1  # of a token that does not live an hour
USABLE_WHEN_LEFT_SECONDS = 30.0
# Wider permissions that include a narrower one (Graph permissions reference).
_WIDER = {
    "files.read": {"files.read", "files.read.all", "files.readwrite", "files.readwrite.all"},
    "files.read.all": {"files.read.all", "files.readwrite.all"},
    "files.readwrite": {"files.readwrite", "files.readwrite.all"},
}


@dataclass(frozen=True)
class Renewal:
    """What a renewal brought: Microsoft's answer with a token in it, and msal's cache afterwards."""

    answer: Mapping[str, object] = field(repr=False)
    cache_text: str = field(repr=False)


class RenewalRefused(Exception):
    """Microsoft said no to a renewal; `refusal` has the words."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


class TokenStore(Protocol):
    """Where a sign-in is kept: token.json, or the memory of one option."""

    def stamp(self) -> tuple[int, int, int] | None:
        """Something that changes whenever what is kept does; None: nothing is."""
        ...

    def read(self) -> SavedSignIn | None:
        """What is kept."""
        ...

    def read_or_set_aside(self, say: Callable[[str], None]) -> SavedSignIn | None:
        """What is kept; what cannot be used is put aside, and `say` is told so."""
        ...

    def save(self, text: str) -> None:
        """Keep this cache of msal's instead. Raises DiskFull, FolderNotUsable."""
        ...


class RenewableTokens:
    """A `TokenSource` over a kept sign-in. `renew` asks Microsoft with the saved sign-in; `say` is told what went wrong
    without stopping the work. `scopes` are what the tokens must allow.
    """  # fmt: skip

    def __init__(
        self,
        file: TokenStore,
        renew: Callable[[SavedSignIn], Renewal],
        pause: SharedPause,
        *,
        scopes: list[str],
        say: Callable[[str], None],
    ) -> None:
        self._file = file
        self._renew = renew
        self._pause = pause
        self._scopes = [scope.lower() for scope in scopes if scope.lower() in _WIDER]
        self._say = say
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._saved: SavedSignIn | None = None
        self._token: AccessToken | None = None
        self._renewed: AccessToken | None = None  # taken as it is, whatever it allows: a second renewal gives no more
        self._refusal: Refusal | None = None

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
                return self._renew_patiently(saved).secret
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
            return self._renew_patiently(saved).secret

    def renew_now(self) -> AccessToken:
        """A new token at once; asked again while Microsoft is overloaded, not when the net is gone. Raises likewise."""
        with self._lock:
            return self._renew_patiently(self._look(), attempts_when_lost=False)

    def _look(self) -> SavedSignIn:
        """What token.json holds now; another option or program may have replaced it."""
        stamp = self._file.stamp()
        if stamp is None or stamp != self._stamp:
            self._saved = self._file.read_or_set_aside(self._say)
            self._token = self._saved.access_token if self._saved else None
            self._renewed = self._refusal = None
            self._stamp = self._file.stamp()
        if self._saved is None:
            raise SignInNeeded("You are not signed in.", "Choose 1 to sign in.")
        return self._saved

    def _holds(self, token: AccessToken) -> bool:
        """Whether the token lives long enough to be used without a thought."""
        return self._left(token) >= min(RENEW_WHEN_LEFT_SECONDS, RENEW_WHEN_LEFT_SHARE * token.lasts_seconds)

    def _left(self, token: AccessToken) -> float:
        return token.expires_at - self._pause.clock.now()

    def _allows_enough(self, token: AccessToken) -> bool:
        allowed = {scope.lower() for scope in token.scopes}
        return token is self._renewed or all(_WIDER[scope] & allowed for scope in self._scopes)

    def _renew_patiently(self, saved: SavedSignIn, *, attempts_when_lost: bool = True) -> AccessToken:
        attempts = Attempts(self._pause)
        while True:
            self._pause.wait_while_paused()
            try:
                return self._renew_once(saved)
            except SignInBusy as busy:
                if not attempts.may_repeat_after_status(busy.status, busy.headers, busy.host):
                    raise
            except ConnectionLost as lost:
                if not attempts_when_lost or not attempts.may_repeat_after_loss(lost):
                    raise

    def _renew_once(self, saved: SavedSignIn) -> AccessToken:
        if self._refusal:
            raise self._refusal.to_error()
        if not saved.can_renew:
            raise SignInNeeded("The saved sign-in has ended and cannot be renewed.", "Choose 1 to sign in again.")
        try:
            renewal = self._renew(saved)
        except RenewalRefused as refused:
            if refused.refusal.remedy is Remedy.LATER:
                raise SignInBusy(503, {}, refused.refusal.sentence.rstrip(".")) from refused
            self._refusal = refused.refusal
            raise self._refusal.to_error() from refused
        self._token = self._renewed = self._read(renewal.answer)
        self._keep(renewal.cache_text)
        return self._token

    def _read(self, answer: Mapping[str, object]) -> AccessToken:
        expires_in = answer.get("expires_in")
        lasts_seconds = float(expires_in) if isinstance(expires_in, int) else 0.0
        return AccessToken(
            secret=str(answer.get("access_token")),
            scopes=short_scopes(str(answer.get("scope") or "")),
            expires_at=self._pause.clock.now() + lasts_seconds,
            lasts_seconds=lasts_seconds,
        )

    def _keep(self, cache_text: str) -> None:
        try:
            self._file.save(cache_text)
            self._saved = self._file.read()
        except (DiskFull, FolderNotUsable) as error:
            self._say(unsaved_sentence(error))
        self._stamp = self._file.stamp()


def unsaved_sentence(error: OneDriveError) -> str:
    """What to say when a renewed sign-in could not be saved; the old one on disk stays valid for renewals."""
    return f"{error.sentence} The renewed sign-in could not be saved in {TOKEN_FILE}; this run goes on with it."
