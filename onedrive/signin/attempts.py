"""Signing in, attempt after attempt: with the browser, with a device code, and what to do after a refusal.

`SigningIn.run` ends when Microsoft has given tokens. How Microsoft is asked is handed in by `onedrive_authorization`,
anew for each attempt: a code and what belongs to it is used once, and msal's objects remember failures (trap 14).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from onedrive.errors import ConnectionLost, SignInNeeded
from onedrive.net.patience import SharedPause, ask_patiently, losses_are_final
from onedrive.settings import Settings
from onedrive.signin.browser import Browser, BrowserAttempt, DeviceCodeWanted, Fields, open_listener
from onedrive.signin.refusals import Refusal, Refused, Situation, explain
from onedrive.signin.registration import Registration, pick_one
from onedrive.signin.tokens import Granted, SignInBusy, busy_may_pass
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.progress import NOBODY, Progress
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_duration, printable


@dataclass(frozen=True)
class CodeFlow:
    """An attempt with PKCE, state and nonce: `address` is to be opened, `state` marks its answer.

    `redeem` gives tokens for the fields of that answer. Raises Refused, SignInBusy and what the network raises.
    """

    address: str
    state: str
    redeem: Callable[[Fields], Granted]


@dataclass(frozen=True)
class DeviceFlow:
    """What the person types, where, and how long it holds; `poll` asks once and gives tokens, or why not yet."""

    user_code: str
    address: str
    expires_in_seconds: float
    interval_seconds: float
    poll: Callable[[], Granted | str]


Way = Callable[[], Granted]


class SigningIn:
    """One run of option 1: attempts until one succeeds or the person gives up.

    `begin_code_flow` is given the settings and the redirect address, `begin_device_flow` the settings.
    """

    def __init__(
        self,
        terminal: Terminal,
        settings: Settings,
        pause: SharedPause,
        *,
        browser: Browser,
        registration: Registration,
        begin_code_flow: Callable[[Settings, str], CodeFlow],
        begin_device_flow: Callable[[Settings], DeviceFlow],
    ) -> None:
        self._terminal = terminal
        self._settings = settings
        self._pause = pause
        self._browser = browser
        self._registration = registration
        self._begin_code_flow = begin_code_flow
        self._begin_device_flow = begin_device_flow

    def run(self) -> Granted:
        """Attempt until Microsoft gives tokens. Raises SignInNeeded or SettingsError when the person gives up or
        nobody can be asked, ConnectionLost, ServiceUnusable, Stopped.
        """
        way = self._choose_first()
        while True:
            try:
                return way()
            except DeviceCodeWanted:
                way = self._by_device_code
            except Refused as refused:
                way = self._choose_next(refused.refusal)

    def _choose_first(self) -> Way:
        """The browser where one can be seen; else the code, which is short, before the address, which is long."""
        browser = self._browser
        if browser.is_here or browser.consents_by_itself or not self._terminal.can_ask:
            return self._by_browser
        self._terminal.say("No browser can be opened here. How do you want to sign in?")
        ways: list[tuple[str, Way]] = [("Let the demo's own person sign in", self._by_demo_person)]
        ways = ways if browser.demo_person else []
        ways.append(("With a code, on a phone or another computer", self._by_device_code))
        ways.append(("With an address for a browser elsewhere", self._by_browser))
        try:
            picked = pick_one(self._terminal, [label for label, _ in ways])
        except EndOfInput:
            return self._by_device_code  # it needs no keyboard: in a container whoever reads the log enters the code
        if picked is None:
            raise SignInNeeded("You are not signed in.", "Choose 1 to sign in.")
        return ways[picked][1]

    def _by_demo_person(self) -> Granted:
        self._browser = self._browser.of_demo_person()
        return self._by_browser()

    def _by_browser(self) -> Granted:
        settings, browser = self._settings, self._browser
        listener, why_not = open_listener(settings)
        with listener or contextlib.nullcontext():
            flow = self._begin_code_flow(settings, listener.redirect_uri if listener else settings.redirect_uri)
            attempt = BrowserAttempt(self._terminal, self._pause, settings, browser, listener, why_not)
            fields = attempt.wait_for_answer(browser.as_shown(flow.address), flow.state)

        def redeem() -> Granted:
            with losses_are_final(), busy_may_pass():  # while it is overloaded: the code stays good for ten minutes
                return flow.redeem(fields)

        return ask_patiently(self._pause, redeem)

    def _by_device_code(self) -> Granted:
        settings = replace(self._settings, client_secret="")
        flow = self._begin_device_flow(settings)
        flow = replace(flow, address=self._browser.as_shown(flow.address))
        granted = wait_for_device_code(flow, terminal=self._terminal, pause=self._pause)
        if granted is None:
            raise Refused(explain(settings, {"error": "expired_token"}, Situation.DEVICE_CODE))
        return replace(granted, settings=self._settings)

    def _choose_next(self, refusal: Refusal) -> Way:
        """Say why the attempt failed, and let the person choose another way. Raises when there is none."""
        if self._browser.consents_by_itself or not self._terminal.can_ask:
            raise refusal.to_error()
        self._terminal.say(f"{refusal.sentence} {refusal.hint}", style="problem")
        ways: list[tuple[str, Way]] = []
        if correction := self._registration.describe_correction(refusal):
            ways.append((correction, lambda: self._by_correction(refusal)))
        again = "Try again with the browser" if self._browser.is_here else "Sign in with an address"
        ways += [(again, self._by_browser), ("Sign in with a code", self._by_device_code)]
        with contextlib.suppress(EndOfInput):
            if (picked := pick_one(self._terminal, [label for label, _ in ways])) is not None:
                return ways[picked][1]
        raise type(refusal.to_error())("You are not signed in.", "Choose 1 to try again.")

    def _by_correction(self, refusal: Refusal) -> Granted:
        changed = self._registration.correct(self._settings, refusal)
        if changed is None:
            raise Refused(refusal)
        self._settings = changed
        return self._by_browser()


SLOWER_SECONDS = 5.0  # RFC 8628: after slow_down, and after a lost connection


def wait_for_device_code(flow: DeviceFlow, *, terminal: Terminal, pause: SharedPause) -> Granted | None:
    """Show the code, and ask the service until it has an answer; None: nobody entered the code in time.

    Raises Stopped, and what `poll` raises, but lost connections and an overloaded service until the code expires.
    """
    _show(flow, terminal)
    clock = pause.clock
    deadline = clock.monotonic() + flow.expires_in_seconds
    interval = flow.interval_seconds
    with terminal.progress("Waiting for the code to be entered", waits_for=NOBODY) as progress:
        while _count_down(min(clock.monotonic() + interval, deadline), deadline, progress, pause):
            try:
                answer = flow.poll()
            except (ConnectionLost, SignInBusy) as error:
                progress.say(f"{error.sentence} Asking again.", style="warning")
                answer = "slow_down"
            if isinstance(answer, Granted):
                return answer
            if answer == "slow_down":
                interval += SLOWER_SECONDS
    return None


def _count_down(until: float, deadline: float, progress: Progress, pause: SharedPause) -> bool:
    """Show each second how much time is left, until it is time to ask again; False when the code has expired."""
    now = pause.clock.monotonic()
    while now < until:
        progress.update(f"{format_duration(deadline - now)} left; Ctrl-C goes back")
        pause.sleep(min(1.0, until - now))
        now = pause.clock.monotonic()
    return now < deadline


def _show(flow: DeviceFlow, terminal: Terminal) -> None:
    terminal.say("On any device with a browser, open")
    terminal.say()
    terminal.say(f"    {printable(flow.address)}", style="heading")
    terminal.say()
    terminal.say("and enter the code")
    terminal.say()
    terminal.say_unlogged(f"    {'  '.join(printable(flow.user_code))}", style="heading")
    terminal.say()
    terminal.say_unlogged(f"(that is {printable(flow.user_code)}, without spaces)", style="quiet")
