"""Options 1, 2 and 9, and the sign-in of option 7: sign in, keep and renew tokens. The only file that knows msal.

`sign_in` makes an attempt with the browser or with a device code, says why when it fails and offers another, and saves
msal's cache as token.json (`onedrive.signin.attempts`). `open_saved_tokens` gives out the saved access token and renews
it; msal, which asks the network as soon as its application object is made, is imported only for that.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from onedrive.errors import ServiceUnusable, SignInNeeded, WriteAccessMissing
from onedrive.graph.session import GraphSession, TokenSource
from onedrive.net.client import HttpClient
from onedrive.net.hosts import SIGN_IN_HOST
from onedrive.net.patience import SharedPause
from onedrive.settings import Settings
from onedrive.signin.account import show_account, show_unexpected_scopes
from onedrive.signin.app_values import check_app_settings
from onedrive.signin.attempts import CodeFlow, DeviceFlow, SigningIn
from onedrive.signin.browser import Browser, Fields
from onedrive.signin.refusals import Refused, Remedy, Situation, explain
from onedrive.signin.registration import Registration
from onedrive.signin.sign_out import WITHDRAW, sign_out
from onedrive.signin.token_file import TokenFile, authority_to_renew
from onedrive.signin.tokens import Granted, SavedTokens, SignInHttp, WriteTokens, is_page_of_microsoft
from onedrive.step_result import ALL_DONE, StepResult
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import BACK, Terminal
from onedrive.words import format_clock, format_duration

__all__ = ["open_saved_tokens", "renew", "sign_in", "sign_in_to_write", "sign_out"]


def sign_in(
    terminal: Terminal,
    settings: Settings,
    http: HttpClient,
    pause: SharedPause,
    *,
    browser: Browser,
    keep_settings: Callable[[Settings], None] | None = None,
) -> StepResult:
    """Option 1: sign in with the browser or a device code, save token.json, and show whose OneDrive it is.

    Without an app id it leads to one first. `keep_settings` is given the settings when they changed. Raises
    SettingsError, SignInNeeded, ConnectionLost, ServiceUnusable, Stopped.
    """
    given, settings = settings, Registration(terminal, http, browser).complete(settings)
    if keep_settings and settings != given:
        keep_settings(settings)
    if not (terminal.can_ask or browser.consents_by_itself):
        raise SignInNeeded(
            "Signing in needs a person, and --no-input forbids asking.",
            "Choose 1 once without --no-input; the sign-in is then kept and renewed by itself.",
        )
    granted = _attempts(terminal, settings, http, pause, browser=browser).run()
    saved = granted.understood()
    file = TokenFile(granted.settings.home, granted.settings.app_id)
    file.read_or_set_aside(terminal.say)
    file.save(saved.text)
    show_unexpected_scopes(terminal, granted.scopes)
    if keep_settings and granted.settings != settings:
        keep_settings(granted.settings)
    tokens = open_saved_tokens(granted.settings, http, pause, say=terminal.say)
    show_account(terminal, GraphSession(http, tokens, pause), settings.home)
    return ALL_DONE


def renew(terminal: Terminal, settings: Settings, http: HttpClient, pause: SharedPause) -> StepResult:
    """Option 2: renew the saved sign-in, and say until when it holds.

    Raises SettingsError, SignInNeeded, ConnectionLost, ServiceUnusable.
    """
    check_app_settings(settings)
    token = open_saved_tokens(settings, http, pause, say=terminal.say).renew_now()
    left = format_duration(token.expires_at - pause.clock.now())
    terminal.say(
        f"The sign-in is renewed: it holds until {format_clock(token.expires_at)} ({left}). Nothing else need be done: "
        "every option renews it when it ends.",
        style="good",
    )
    return ALL_DONE


def sign_in_to_write(
    terminal: Terminal, settings: Settings, http: HttpClient, pause: SharedPause, *, browser: Browser
) -> TokenSource:
    """A second sign-in with the permission to write, for option 7; kept in memory only.

    Raises WriteAccessMissing (the person or Microsoft said no), SettingsError, ConnectionLost, ServiceUnusable.
    """
    check_app_settings(settings)
    terminal.say(
        "To do this, Microsoft will ask you to sign in once more, now with the permission to change files "
        "(Files.ReadWrite). This lets the program change, rename and delete files in your OneDrive, for as long as "
        "this option runs. It is kept in memory only, and gone when you leave the option."
    )
    terminal.say(
        "Everything else works without it. Your app registration must list it: API permissions, Add a permission, "
        "Microsoft Graph, Delegated permissions, Files.ReadWrite."
    )
    terminal.say(f"Microsoft remembers that you agreed. To withdraw that afterwards: {WITHDRAW}.")
    if not (browser.consents_by_itself or _agrees_to_write(terminal)):
        raise WriteAccessMissing("You gave no permission to change files.", _TRY_AGAIN)
    try:
        granted = _attempts(terminal, settings, http, pause, browser=browser, scopes=_WRITE_SCOPES).run()
    except SignInNeeded as error:
        raise WriteAccessMissing(error.sentence, _TRY_AGAIN) from error
    scopes = {scope.lower() for scope in granted.scopes}
    if scopes and not scopes & {"files.readwrite", "files.readwrite.all"}:
        raise WriteAccessMissing(
            "Microsoft did not give the permission to change files (Files.ReadWrite).",
            "Add it at your app's API permissions (docs/rename-delete.md), then choose 7 again.",
        )
    return WriteTokens(
        granted.understood(),
        lambda cache_text: _renew_with_msal(granted.settings, http, cache_text, scopes=_WRITE_SCOPES),
        pause,
        scopes=[*_WRITE_SCOPES],
    )


_WRITE_SCOPES = ("Files.ReadWrite", "User.Read")
_TRY_AGAIN = "Choose the same option again to try once more. Everything else works without this permission."


def _agrees_to_write(terminal: Terminal) -> bool:
    try:
        return terminal.pick("Your choice:", {"1": "Sign in for this", BACK: "Back"}, default="1") != BACK
    except EndOfInput:
        return False


def open_saved_tokens(
    settings: Settings, http: HttpClient, pause: SharedPause, *, say: Callable[[str], None]
) -> SavedTokens:  # fmt: skip
    """The sign-in that token.json keeps, for GraphSession; `say` is told what does not stop the work."""
    return SavedTokens(
        TokenFile(settings.home, settings.app_id),
        lambda cache_text: _renew_with_msal(settings, http, cache_text),
        pause,
        scopes=settings.scopes,
        say=say,
    )


def _attempts(
    terminal: Terminal,
    settings: Settings,
    http: HttpClient,
    pause: SharedPause,
    *,
    browser: Browser,
    scopes: Sequence[str] = (),
) -> SigningIn:
    return SigningIn(
        terminal,
        settings,
        pause,
        browser=browser,
        registration=Registration(terminal, http, browser),
        begin_code_flow=lambda chosen, address: _Application(chosen, http, scopes=scopes).begin_code_flow(address),
        begin_device_flow=lambda chosen: _Application(chosen, http, scopes=scopes).begin_device_flow(),
    )


class _Application:
    """msal's application object. Making one asks the network, and its failures are remembered in it: one an attempt.

    Raises OneDriveError with a sentence for whatever msal raises, Refused when Microsoft said no.
    """

    def __init__(
        self,
        settings: Settings,
        http: HttpClient,
        *,
        cache_text: str = "",
        scopes: Sequence[str] = (),
        authority: str = "",  # '': that of the settings
    ) -> None:
        import msal
        from msal.exceptions import MsalError

        # What msal logs may hold what a server sent; without a handler of its own it would reach the terminal.
        logger = logging.getLogger("msal")
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
        self._settings = settings
        self._authority = authority or settings.authority
        self._scopes = [*(scopes or settings.scopes)]
        self._http = SignInHttp(http)
        # What msal raises, according to what is wrong with an answer.
        self._failures = (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, RuntimeError, MsalError)
        self._cache = msal.SerializableTokenCache()
        secret = settings.client_secret
        kind = msal.ConfidentialClientApplication if secret else msal.PublicClientApplication
        with self._in_sentences():
            self._cache.deserialize(cache_text)
            self._msal = kind(
                settings.app_id,
                **({"client_credential": secret} if secret else {}),
                authority=f"https://{SIGN_IN_HOST}/{self._authority}",
                token_cache=self._cache,
                http_client=self._http,
                instance_discovery=False,
            )

    def begin_code_flow(self, redirect_uri: str) -> CodeFlow:
        """A new attempt with the browser."""
        with self._in_sentences():
            flow: dict[str, object] = self._msal.initiate_auth_code_flow(
                self._scopes, redirect_uri=redirect_uri, prompt="select_account", response_mode="query"
            )

        def redeem(fields: Fields) -> Granted:
            with self._in_sentences():
                answer = self._msal.acquire_token_by_auth_code_flow(dict(flow), dict(fields))
            return self._granted(answer, Situation.SIGNING_IN)

        return CodeFlow(str(flow["auth_uri"]), str(flow["state"]), redeem)

    def begin_device_flow(self) -> DeviceFlow:
        """A new device code."""
        with self._in_sentences():
            flow: dict[str, object] = self._msal.initiate_device_flow(scopes=self._scopes)
        if "user_code" not in flow:
            raise Refused(explain(self._settings, flow, Situation.DEVICE_CODE))
        if not is_page_of_microsoft(flow.get("verification_uri")):
            raise ServiceUnusable(SIGN_IN_HOST, "it gave a code, and no page of Microsoft's to enter it at")
        # msal waits in a loop of so many seconds, and with none of them it would ask without end.
        flow["interval"] = _seconds(flow.get("interval"), 5)

        def poll() -> Granted | str:
            with self._in_sentences():
                answer = self._msal.acquire_token_by_device_flow(flow, exit_condition=lambda _: True)
            waits = answer.get("error") in ("authorization_pending", "slow_down")
            return str(answer["error"]) if waits else self._granted(answer, Situation.DEVICE_CODE)

        return DeviceFlow(
            user_code=str(flow["user_code"]),
            address=str(flow["verification_uri"]),
            expires_in_seconds=_seconds(flow.get("expires_in"), 900),
            interval_seconds=_seconds(flow.get("interval"), 5),
            poll=poll,
        )

    def renew(self) -> Granted | None:
        """New tokens for the account in the cache; None when there is no account to renew."""
        with self._in_sentences():
            accounts = self._msal.get_accounts()
            if not accounts:
                return None
            answer = self._msal.acquire_token_silent_with_error(
                self._scopes, account=accounts[0], force_refresh=True
            )  # fmt: skip
        is_other = self._authority == "consumers" != self._settings.authority
        situation = Situation.RENEWING_AFTER_COMMON if is_other else Situation.RENEWING
        return self._granted(answer, situation) if answer else None

    def _granted(self, answer: Mapping[str, object], situation: Situation) -> Granted:
        if "access_token" not in answer:
            raise Refused(explain(self._settings, answer, situation))
        return Granted(self._settings, answer, str(self._cache.serialize()))

    @contextlib.contextmanager
    def _in_sentences(self) -> Iterator[None]:
        """msal's failures become ours, and its hints to developers (trap 21) are hidden from the person."""
        self._http.refusal = {}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except self._failures as error:
            if self._http.refusal:
                raise Refused(explain(self._settings, self._http.refusal, Situation.SIGNING_IN)) from error
            raise ServiceUnusable(SIGN_IN_HOST, "its answer has not the form that it should have") from error


_MOST_SECONDS = 24 * 3600  # a code lives for minutes


def _seconds(value: object, otherwise: int) -> int:
    return min(value, _MOST_SECONDS) if isinstance(value, int) and value > 0 else otherwise


def _renew_with_msal(settings: Settings, http: HttpClient, cache_text: str, *, scopes: Sequence[str] = ()) -> Granted:
    """Ask Microsoft for new tokens. Raises Refused, SignInNeeded, ConnectionLost, ServiceUnusable."""
    authority = authority_to_renew(settings.authority, cache_text, settings.app_id)

    def renew_with(settings: Settings) -> Granted | None:
        return _Application(settings, http, cache_text=cache_text, scopes=scopes, authority=authority).renew()

    try:
        granted = renew_with(settings)
    except Refused as refused:
        if refused.refusal.remedy is not Remedy.DROP_SECRET or not settings.client_secret:
            raise
        # The sign-in was made with a device code, which is a public client's way.
        granted = renew_with(replace(settings, client_secret=""))
    if granted is None:
        raise SignInNeeded("The saved sign-in cannot be renewed.", "Choose 1 to sign in again.")
    return granted
