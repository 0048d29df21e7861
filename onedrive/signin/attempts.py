"""Signing in, attempt after attempt: with the browser, with a device code, and what to do after a refusal.

`SigningIn.run` ends when Microsoft has given tokens; the application object that asks for them is handed in, a new one
for each attempt: a code and what belongs to it is used once, and msal's objects remember failures (trap 14).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from onedrive.errors import ConnectionLost
from onedrive.net.patience import Attempts, SharedPause
from onedrive.settings import Settings
from onedrive.signin.app_questions import ask_to_switch
from onedrive.signin.browser import (
    Attempt,
    Browser,
    DeviceCodeWanted,
    Fields,
    Refused,
    Surroundings,
    open_listener,
    wait_for_answer,
)
from onedrive.signin.refusals import Refusal, Situation, explain
from onedrive.signin.tokens import SignInBusy
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.progress import Progress
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_duration, printable

Answer = Mapping[str, object]


class Application(Protocol):
    """The app registration at Microsoft, as an attempt to sign in needs it. Raises Refused and OneDriveError."""

    @property
    def cache_text(self) -> str:
        """What has been given so far, as token.json keeps it."""
        ...

    def begin_code_flow(self, redirect_uri: str) -> Mapping[str, object]:
        """A new attempt with PKCE, state and nonce: `auth_uri` to open, `state` of the answer."""
        ...

    def redeem_code(self, flow: Answer, fields: Fields) -> Answer:
        """Tokens for the code in `fields`, or the error in Microsoft's words."""
        ...

    def begin_device_flow(self) -> dict[str, object]:
        """A new device code, or the error in Microsoft's words."""
        ...

    def poll_device_flow(self, flow: dict[str, object]) -> Answer:
        """Ask once whether the code was entered."""
        ...


@dataclass(frozen=True)
class Granted:
    """What a sign-in brought: Microsoft's answer, the cache for token.json, and the settings with which it worked."""

    settings: Settings
    answer: Answer = field(repr=False)
    cache_text: str = field(repr=False)


class SigningIn:
    """One run of option 1: attempts until one succeeds or the person gives up."""

    def __init__(
        self,
        terminal: Terminal,
        settings: Settings,
        pause: SharedPause,
        *,
        browser: Browser,
        open_application: Callable[[Settings], Application],
    ) -> None:
        self._terminal = terminal
        self._settings = settings
        self._pause = pause
        self._browser = browser
        self._open_application = open_application

    def run(self) -> Granted:
        """Attempt until Microsoft gives tokens. Raises SignInNeeded or SettingsError when the person gives up or
        nobody can be asked, ConnectionLost, ServiceUnusable, Stopped.
        """
        way = self._by_browser
        while True:
            try:
                return way()
            except DeviceCodeWanted:
                way = self._by_device_code
            except Refused as refused:
                way = self._choose_next(refused.refusal)

    def _by_browser(self) -> Granted:
        settings, browser = self._settings, self._browser
        listener, why_not = open_listener(
            settings.redirect_uri, lambda fields: self._explain(fields).sentence, any_port=browser.consents_by_itself
        )
        with listener or contextlib.nullcontext():
            application = self._open_application(settings)
            flow = application.begin_code_flow(listener.redirect_uri if listener else settings.redirect_uri)
            attempt = Attempt(browser.as_shown(str(flow["auth_uri"])), str(flow["state"]))
            around = Surroundings(self._terminal, self._pause, browser, self._explain, listener, why_not)
            fields = wait_for_answer(attempt, around)
        answer = self._repeat_while_busy(lambda: application.redeem_code(flow, fields))
        return self._granted(application, answer, Situation.SIGNING_IN)

    def _repeat_while_busy(self, redeem: Callable[[], Answer]) -> Answer:
        """The answer for a code; an overloaded service is asked again, since the code stays good for ten minutes."""
        attempts = Attempts(self._pause)
        while True:
            self._pause.wait_while_paused()
            try:
                return redeem()
            except SignInBusy as busy:
                if not attempts.may_repeat_after_status(busy.status, busy.headers, busy.host):
                    raise

    def _by_device_code(self) -> Granted:
        application = self._open_application(replace(self._settings, client_secret=""))
        flow = application.begin_device_flow()
        if "user_code" not in flow:
            raise Refused(self._explain(flow, Situation.DEVICE_CODE))
        code = DeviceCode(
            user_code=str(flow["user_code"]),
            address=self._browser.as_shown(str(flow["verification_uri"])),
            expires_in_seconds=_seconds(flow.get("expires_in"), 900),
            interval_seconds=_seconds(flow.get("interval"), 5),
        )
        answer = wait_for_device_code(
            code, lambda: application.poll_device_flow(flow), terminal=self._terminal, pause=self._pause
        )
        return self._granted(application, answer, Situation.DEVICE_CODE)

    def _granted(self, application: Application, answer: Answer, situation: Situation) -> Granted:
        if "access_token" not in answer:
            raise Refused(self._explain(answer, situation))
        return Granted(self._settings, answer, application.cache_text)

    def _choose_next(self, refusal: Refusal) -> Callable[[], Granted]:
        """Say why the attempt failed, and let the person choose another way. Raises when there is none."""
        if self._browser.consents_by_itself or not self._terminal.can_ask:
            raise refusal.to_error()
        self._terminal.say(f"{refusal.sentence} {refusal.hint}", style="problem")
        given_up = type(refusal.to_error())("You are not signed in.", "Choose 1 to try again.")
        try:
            changed = ask_to_switch(self._terminal, self._settings, refusal.remedy)
            if changed:
                self._settings = changed
                return self._by_browser
            answer = self._ask_what_next()
        except EndOfInput:
            raise given_up from None
        if answer == "0":
            raise given_up
        return self._by_device_code if answer else self._by_browser

    def _ask_what_next(self) -> str:
        """ "" for the browser, "d" for a device code, "0" for back."""
        while True:
            question = "Enter: try again with the browser; d: with a device code; 0: back:"
            answer = (self._terminal.ask(question, join_lines=True) or "").strip().lower()
            if answer in ("", "d", "0"):
                return answer
            self._terminal.say(
                "That attempt has ended, and its code with it. Press Enter for a new one; its address comes then."
                if len(answer) > 1
                else "Press Enter, or type d or 0.",
                style="warning",
            )

    def _explain(self, answer: Answer, situation: Situation = Situation.SIGNING_IN) -> Refusal:
        settings = self._settings
        return explain(answer, authority=settings.authority, redirect_uri=settings.redirect_uri, situation=situation)


def _seconds(value: object, otherwise: int) -> float:
    return float(value) if isinstance(value, int) and value > 0 else float(otherwise)


SLOWER_SECONDS = 5.0  # RFC 8628: after slow_down, and after a lost connection
STILL_WAITING = ("authorization_pending", "slow_down")


@dataclass(frozen=True)
class DeviceCode:
    """What the person types, where, and how long it holds; `address` is as the person's browser can open it."""

    user_code: str
    address: str
    expires_in_seconds: float
    interval_seconds: float


def wait_for_device_code(
    code: DeviceCode, poll: Callable[[], Answer], *, terminal: Terminal, pause: SharedPause
) -> Answer:
    """Show the code, ask the service by `poll` until it has an answer, and return that: tokens or an error.

    Raises Stopped, and what `poll` raises, but lost connections and an overloaded service until the code expires.
    """
    _show(code, terminal)
    clock = pause.clock
    deadline = clock.monotonic() + code.expires_in_seconds
    interval = code.interval_seconds
    with terminal.progress("Waiting for the code to be entered") as progress:
        while _count_down(min(clock.monotonic() + interval, deadline), deadline, progress, pause):
            try:
                answer = poll()
            except (ConnectionLost, SignInBusy) as error:
                progress.say(f"{error.sentence} Asking again.", style="warning")
                interval += SLOWER_SECONDS
                continue
            if answer.get("error") not in STILL_WAITING:
                return answer
            if answer.get("error") == "slow_down":
                interval += SLOWER_SECONDS
    return {"error": "expired_token"}


def _count_down(until: float, deadline: float, progress: Progress, pause: SharedPause) -> bool:
    """Show each second how much time is left, until it is time to ask again; False when the code has expired."""
    now = pause.clock.monotonic()
    while now < until:
        progress.update(f"{format_duration(deadline - now)} left; Ctrl-C goes back")
        pause.sleep(min(1.0, until - now))
        now = pause.clock.monotonic()
    return now < deadline


def _show(code: DeviceCode, terminal: Terminal) -> None:
    terminal.say("On any device with a browser, open")
    terminal.say()
    terminal.say(f"    {printable(code.address)}", style="heading")
    terminal.say()
    terminal.say("and enter the code")
    terminal.say()
    terminal.say_unlogged(f"    {'  '.join(printable(code.user_code))}", style="heading")
    terminal.say()
    terminal.say_unlogged(f"(that is {printable(code.user_code)}, without spaces)", style="quiet")
