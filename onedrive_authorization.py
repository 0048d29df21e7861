"""Options 1 and 2: sign in, keep and renew tokens. The only file that knows msal.

`sign_in` makes an attempt with the browser or with a device code, says why when it fails and offers another, and saves
msal's cache as token.json. `SavedTokens` gives out the saved access token and renews it; msal, which asks the network
as soon as its application object is made, is imported only for that.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from onedrive.errors import ServiceUnusable, SignInNeeded
from onedrive.graph.session import GraphSession, TokenSource
from onedrive.net.client import HttpClient
from onedrive.net.hosts import SIGN_IN_HOST
from onedrive.net.patience import SharedPause
from onedrive.settings import Settings, check_app_settings
from onedrive.signin.account import show_account, show_unexpected_scopes
from onedrive.signin.attempts import Answer, Granted, SigningIn
from onedrive.signin.browser import Browser, Fields, Refused
from onedrive.signin.refusals import Refusal, Situation, explain
from onedrive.signin.sign_out import remove_sign_in
from onedrive.signin.token_file import TokenFile, short_scopes
from onedrive.signin.tokens import RenewableTokens, Renewal, RenewalRefused, SignInHttp
from onedrive.signin.write import WRITE_SCOPES, ask_for_write_access, explain_write_access, open_write_tokens
from onedrive.step_result import ALL_DONE, StepResult
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_clock, format_duration

SECRET_UNWANTED = (700025, 90023)  # AADSTS: this is a public client


def sign_in(
    terminal: Terminal,
    settings: Settings,
    http: HttpClient,
    pause: SharedPause,
    *,
    open_page: Callable[[str], bool],
    demo_port: int | None = None,
    consents_by_itself: bool = False,
    keep_settings: Callable[[Settings], None] | None = None,
) -> StepResult:
    """Option 1: sign in with the browser or a device code, save token.json, and show whose OneDrive it is.

    `open_page` opens an address in the person's browser. `consents_by_itself`: it reaches somebody who signs in
    without a person (the demo's own). `keep_settings` is given the settings with which it worked, when the person
    agreed to change them. Raises SettingsError, SignInNeeded, ConnectionLost, ServiceUnusable, Stopped.
    """
    check_app_settings(settings)
    if not (terminal.can_ask or consents_by_itself):
        raise SignInNeeded(
            "Signing in needs a person, and --no-input forbids asking.",
            "Run python start.py 1 once without --no-input; the sign-in is then kept and renewed by itself.",
        )
    granted = SigningIn(
        terminal,
        settings,
        pause,
        browser=Browser(open_page, demo_port=demo_port, consents_by_itself=consents_by_itself),
        open_application=lambda chosen: _Application(chosen, http),
    ).run()
    _save(terminal, granted)
    if keep_settings and granted.settings != settings:
        keep_settings(granted.settings)
    tokens = SavedTokens(granted.settings, http, pause, say=terminal.say)
    show_account(terminal, GraphSession(http, tokens, pause), settings.home)
    terminal.say("The sign-in is saved in token.json. Choose 3 to list the files.")
    return ALL_DONE


def renew(terminal: Terminal, settings: Settings, http: HttpClient, pause: SharedPause) -> StepResult:
    """Option 2: get a new access token with the saved refresh token, and say until when it holds.

    Raises SettingsError, SignInNeeded, ConnectionLost, ServiceUnusable.
    """
    check_app_settings(settings)
    token = SavedTokens(settings, http, pause, say=terminal.say).renew_now()
    left = format_duration(token.expires_at - pause.clock.now())
    terminal.say(
        f"There is a new access token; it holds until {format_clock(token.expires_at)} ({left}).", style="good"
    )
    terminal.say("It is saved in token.json. Every option renews it by itself when it ends.")
    return ALL_DONE


def sign_in_to_write(
    terminal: Terminal,
    settings: Settings,
    http: HttpClient,
    pause: SharedPause,
    *,
    open_page: Callable[[str], bool],
    demo_port: int | None = None,
    consents_by_itself: bool = False,
) -> TokenSource:
    """A second sign-in with the permission to write, for option 7; kept in memory only.

    Raises WriteAccessMissing (the person or Microsoft said no), SettingsError, ConnectionLost, ServiceUnusable.
    """
    check_app_settings(settings)
    explain_write_access(terminal)
    if not consents_by_itself:
        ask_for_write_access(terminal)
    signing_in = SigningIn(
        terminal,
        settings,
        pause,
        browser=Browser(open_page, demo_port=demo_port, consents_by_itself=consents_by_itself),
        open_application=lambda chosen: _Application(chosen, http, scopes=WRITE_SCOPES),
    )
    return open_write_tokens(
        terminal, pause, signing_in.run, lambda chosen, text: _renew_with_msal(chosen, http, text, scopes=WRITE_SCOPES)
    )


def sign_out(terminal: Terminal, settings: Settings, *, ask_first: bool) -> StepResult:
    """Option 9: remove the saved sign-in, after a question if wanted; lists, manifest and downloads stay."""
    return remove_sign_in(terminal, settings, ask_first=ask_first)


class SavedTokens(RenewableTokens):
    """The sign-in that token.json keeps, for GraphSession; `say` is told what does not stop the work."""

    def __init__(
        self, settings: Settings, http: HttpClient, pause: SharedPause, *, say: Callable[[str], None]
    ) -> None:  # fmt: skip
        super().__init__(
            TokenFile(settings.home, settings.app_id),
            lambda saved: _renew_with_msal(settings, http, saved.text),
            pause,
            scopes=settings.scopes,
            say=say,
        )


def _save(terminal: Terminal, granted: Granted) -> None:
    file = TokenFile(granted.settings.home, granted.settings.app_id)
    if not file.understands(granted.cache_text):
        raise ServiceUnusable(SIGN_IN_HOST, "what it gave does not say whose sign-in it is, so it was not kept")
    file.read_or_set_aside(terminal.say)
    file.save(granted.cache_text)
    show_unexpected_scopes(terminal, short_scopes(str(granted.answer.get("scope") or "")))


class _Application:
    """msal's application object. Making one asks the network, and its failures are remembered in it: one an attempt.

    Raises OneDriveError with a sentence for whatever msal raises, Refused when Microsoft said no meanwhile.
    """

    def __init__(
        self, settings: Settings, http: HttpClient, *, cache_text: str = "", scopes: Sequence[str] = ()
    ) -> None:
        import msal
        from msal.exceptions import MsalError

        _silence_log()
        self._settings = settings
        self._scopes = [*(scopes or settings.scopes)]
        self._http = SignInHttp(http)
        # What msal raises, according to what is wrong with an answer.
        self._failures = (ValueError, LookupError, TypeError, AttributeError, RuntimeError, MsalError)
        self._cache = msal.SerializableTokenCache()
        secret = settings.client_secret
        kind = msal.ConfidentialClientApplication if secret else msal.PublicClientApplication
        with self._in_sentences():
            self._cache.deserialize(cache_text)
            self._msal = kind(
                settings.app_id,
                **({"client_credential": secret} if secret else {}),
                authority=f"https://{SIGN_IN_HOST}/{settings.authority}",
                token_cache=self._cache,
                http_client=self._http,
                instance_discovery=False,
            )

    @property
    def cache_text(self) -> str:
        """msal's cache as token.json keeps it."""
        return str(self._cache.serialize())

    def begin_code_flow(self, redirect_uri: str) -> dict[str, object]:
        """A new attempt with PKCE, state and nonce: `auth_uri` to open, `state` of the answer."""
        with self._in_sentences(), _without_warnings():
            flow: dict[str, object] = self._msal.initiate_auth_code_flow(
                self._scopes, redirect_uri=redirect_uri, prompt="select_account", response_mode="query"
            )
        if urlsplit(str(flow["auth_uri"])).hostname != SIGN_IN_HOST:
            raise ServiceUnusable(SIGN_IN_HOST, "it names a sign-in page on another computer, which is not opened")
        return flow

    def redeem_code(self, flow: Answer, fields: Fields) -> Answer:
        """Tokens for the code in `fields`, or the error in Microsoft's words."""
        with self._in_sentences():
            answer: Answer = self._msal.acquire_token_by_auth_code_flow(dict(flow), dict(fields))
        return answer

    def begin_device_flow(self) -> dict[str, object]:
        """A new device code, or the error in Microsoft's words."""
        with self._in_sentences():
            flow: dict[str, object] = self._msal.initiate_device_flow(scopes=self._scopes)
        if "user_code" in flow:
            if not isinstance(flow.get("verification_uri"), str):
                raise ServiceUnusable(SIGN_IN_HOST, "it gave a code, and no page to enter it at")
            # msal waits in a loop of so many seconds, and with none of them it would ask without end.
            interval = flow.get("interval")
            flow["interval"] = max(1, interval) if isinstance(interval, int) else 5
        return flow

    def poll_device_flow(self, flow: dict[str, object]) -> Answer:
        """Ask once whether the code was entered."""
        with self._in_sentences(), _without_warnings():
            answer: Answer = self._msal.acquire_token_by_device_flow(flow, exit_condition=lambda _: True)
        return answer

    def renew(self) -> Answer | None:
        """New tokens for the account in the cache, or the error; None when there is no account to renew."""
        with self._in_sentences():
            accounts = self._msal.get_accounts()
            if not accounts:
                return None
            answer: Answer | None = self._msal.acquire_token_silent_with_error(
                self._scopes, account=accounts[0], force_refresh=True
            )
        return answer

    @contextlib.contextmanager
    def _in_sentences(self) -> Iterator[None]:
        self._http.refusal = {}
        try:
            yield
        except self._failures as error:
            if self._http.refusal:
                raise Refused(_explain(self._settings, self._http.refusal, Situation.SIGNING_IN)) from error
            raise ServiceUnusable(SIGN_IN_HOST, "its answer has not the form that it should have") from error


def _renew_with_msal(settings: Settings, http: HttpClient, cache_text: str, *, scopes: Sequence[str] = ()) -> Renewal:
    """Ask Microsoft for new tokens. Raises RenewalRefused, SignInNeeded, ConnectionLost, ServiceUnusable."""
    try:
        application = _Application(settings, http, cache_text=cache_text, scopes=scopes)
        answer = application.renew()
        if (
            answer
            and settings.client_secret
            and _explain(settings, answer, Situation.RENEWING).number in SECRET_UNWANTED
        ):
            # The sign-in was made with a device code, which is a public client's way.
            application = _Application(replace(settings, client_secret=""), http, cache_text=cache_text, scopes=scopes)
            answer = application.renew()
    except Refused as refused:
        raise RenewalRefused(refused.refusal) from refused
    if answer is None:
        raise SignInNeeded("The saved sign-in cannot be renewed.", "Choose 1 to sign in again.")
    if "access_token" not in answer:
        raise RenewalRefused(_explain(settings, answer, Situation.RENEWING))
    return Renewal(answer, application.cache_text)


def _explain(settings: Settings, answer: Answer, situation: Situation) -> Refusal:
    return explain(
        answer, authority=settings.authority, redirect_uri=settings.redirect_uri, situation=situation
    )  # fmt: skip


@contextlib.contextmanager
def _without_warnings() -> Iterator[None]:
    """Hide msal's hints to developers (trap 21) from the person."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _silence_log() -> None:
    """What msal logs may hold what a server sent; without a handler of its own it would reach the terminal."""
    logger = logging.getLogger("msal")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
