"""Signing in with the browser: show the address, open it, and wait for whichever answer comes first.

The answer arrives at the loopback listener, or the person pastes it (`answer` reads both). What they paste wrongly gets
its own sentence and the question again, for the same attempt. `d` changes to the device code, in `attempts`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from onedrive.errors import SignInNeeded, WrongAnswer
from onedrive.net.patience import SharedPause
from onedrive.settings import Settings, environment_for_others
from onedrive.signin.answer import PasteKind, PortBusy, RedirectListener, can_listen_at, read_pasted_answer
from onedrive.signin.refusals import Refused, Situation, explain
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import QuestionWithdrawn, Terminal

LONGEST_SIGN_IN_SECONDS = 300.0
LOOK_SECONDS = 0.1
QUESTION = "Address (or d):"
SHOW_ADDRESS = "a"

Fields = Mapping[str, str]


class DeviceCodeWanted(Exception):
    """The person would rather sign in with a device code."""


@dataclass(frozen=True)
class Browser:
    """How the person's browser is reached.

    `open_page` opens an address in it (where there is a listener, one of ours that leads on) and is False when it
    cannot. `is_here`: it can be seen from where the person sits. `demo_port`: where the pretend OneDrive listens.
    `consents_by_itself`: whoever `open_page` reaches signs in without a person, so that nothing is asked.
    `demo_person` lets the demo's own person sign in at an address; None outside of the demo.
    """

    open_page: Callable[[str], bool]
    demo_port: int | None = None
    consents_by_itself: bool = False
    is_here: bool = True
    demo_person: Callable[[str], bool] | None = None

    def of_demo_person(self) -> Browser:
        """The browser of the demo's own person."""
        return replace(self, open_page=self.demo_person or self.open_page, consents_by_itself=True)

    def as_shown(self, address: str) -> str:
        """The address for the browser; in the demo the same path on this computer."""
        if self.demo_port is None:
            return address
        return urlsplit(address)._replace(scheme="http", netloc=f"localhost:{self.demo_port}").geturl()


def open_listener(settings: Settings) -> tuple[RedirectListener | None, str]:
    """A listener at the return address, to be closed by its `with` block; or None and the reason in words."""
    if not can_listen_at(settings.redirect_uri):
        return None, "the return address (redirect URI) is not an http address on this computer"

    def describe(fields: Fields) -> str:
        return explain(settings, fields, Situation.SIGNING_IN).sentence

    try:
        return RedirectListener(settings.redirect_uri, describe), ""
    except PortBusy as busy:
        return None, str(busy)


@dataclass(frozen=True)
class BrowserAttempt:
    """One attempt; `listener` is None where the answer can only be pasted, and `why_not_listening` says why."""

    terminal: Terminal
    pause: SharedPause
    settings: Settings
    browser: Browser
    listener: RedirectListener | None
    why_not_listening: str

    def wait_for_answer(self, address: str, state: str) -> Fields:
        """Show the address and return the fields of Microsoft's answer, with `code` in them; `state` marks it.

        Raises Refused, DeviceCodeWanted, SignInNeeded (nobody answers), Stopped.
        """
        if self.listener:
            self.listener.expect(state)
        with self.terminal.listening():  # from the moment the address can be seen, its answer may be pasted
            if self.browser.consents_by_itself:
                self.terminal.say("The demo's own person signs in.")
                self.browser.open_page(address)
            else:
                opened = self.browser.open_page(self.listener.lend(address) if self.listener else address)
                self._show_what_to_do(address, opened=opened)
                try:
                    return self._ask(address, state)
                except EndOfInput:
                    self._check_whether_it_may_still_come()
                    if opened:
                        self._show_address(address)
                    self.terminal.say("There is no more input; waiting for the browser for up to five minutes.")
        if self.listener is None:
            raise _nobody_answers(f"The browser's answer cannot arrive: {self.why_not_listening}.")
        return self._wait_for_browser(self.listener)

    def _check_whether_it_may_still_come(self) -> None:
        """Raise SignInNeeded unless the listener alone may bring the answer, and somebody may want that."""
        if self.terminal.has_keyboard:
            raise SignInNeeded("You left the sign-in before it was finished.", "Choose 1 to try again.") from None
        if self.listener is None:
            raise _nobody_answers("Nobody can be asked here, and the browser's answer cannot arrive.") from None

    def _show_address(self, address: str) -> None:
        say = self.terminal.say
        say("To sign in, open this address in a browser:")
        say()
        say(address)
        say()

    def _show_what_to_do(self, address: str, *, opened: bool) -> None:
        say = self.terminal.say
        if opened:
            say("Your browser is opening Microsoft's sign-in page.")
        else:
            self._show_address(address)
            say("No browser could be opened from here; open the address in one on any computer.")
        say(
            "When you have signed in there, the program continues by itself. If the browser's last page does not "
            "appear, copy the whole address from its address bar and paste it here."
            if self.listener
            else f"The program cannot take the browser's answer by itself: {self.why_not_listening}. After signing "
            "in, the browser shows a page that cannot be reached, or an empty one. That is right: copy the whole "
            "address from its address bar and paste it here."
        )
        if opened:
            say(f"If no page comes up, type {SHOW_ADDRESS} and Enter: then its address is shown.", style="quiet")
        say("Type d and Enter to sign in with a code on any other device instead.", style="quiet")
        if self.browser.demo_person:
            say("Or press Enter: the demo's own person then signs in for you.", style="quiet")

    def _ask(self, address: str, state: str) -> Fields:
        """Ask until there is an answer to this attempt; the listener's makes the question needless."""
        listener = self.listener
        try:
            return self.terminal.ask_until(
                QUESTION,
                lambda text: self._read(text, address, state),
                until=(lambda: listener.answer is not None) if listener else None,
                join_lines=True,
            )
        except QuestionWithdrawn:
            return self._accept(listener.answer if listener and listener.answer else {})

    def _read(self, text: str, address: str, state: str) -> Fields:
        """The fields of an answer that was pasted."""
        if self.browser.demo_person and not text.strip():
            self.browser.demo_person(address)
            raise WrongAnswer("The demo's own person signs in.")
        if text.strip().lower() == SHOW_ADDRESS:
            self._show_address(address)
            raise WrongAnswer
        pasted = read_pasted_answer(text, state)
        if pasted.kind is PasteKind.ANSWER:
            return pasted.fields
        if pasted.kind is PasteKind.DEVICE_CODE:
            raise DeviceCodeWanted
        if pasted.kind is not PasteKind.REFUSED:
            raise WrongAnswer(pasted.kind.value)
        refusal = explain(self.settings, pasted.fields, Situation.SIGNING_IN)
        if not refusal.may_pass:
            raise Refused(refusal)
        raise WrongAnswer(f"{refusal.sentence} You can open the same address again.")

    def _wait_for_browser(self, listener: RedirectListener) -> Fields:
        clock = self.pause.clock
        deadline = clock.monotonic() + LONGEST_SIGN_IN_SECONDS
        while listener.answer is None:
            if clock.monotonic() >= deadline:
                raise _nobody_answers("Nobody signed in within five minutes.")
            self.pause.sleep(LOOK_SECONDS)
        return self._accept(listener.answer)

    def _accept(self, fields: Fields) -> Fields:
        if "code" not in fields:
            raise Refused(explain(self.settings, fields, Situation.SIGNING_IN))
        return fields


def _nobody_answers(sentence: str) -> SignInNeeded:
    return SignInNeeded(sentence, "Choose 1 where a person can answer, then choose the same option again.")


OPENING_SECONDS = 1.5  # a browser that has not failed by then is taken to be open
_OPEN = "import sys, webbrowser; sys.exit(0 if webbrowser.open(sys.argv[1]) else 1)"


def open_in_browser(address: str) -> bool:
    """Open the address in the person's browser; False when there is none that could show it."""
    return address.startswith(("https://", "http://")) and _open(address)


def open_file_in_browser(path: Path) -> bool:
    """Open a page that we have written; False when there is no browser that could show it."""
    return _open(path.absolute().as_uri())


def _open(address: str) -> bool:
    if not has_place_for_browser(os.environ, sys.platform):
        return False
    try:
        process = subprocess.Popen(  # noqa: S603 - this Python, and an address that was checked above
            [sys.executable, "-I", "-c", _OPEN, address],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment_for_others(os.environ),
            start_new_session=True,  # Ctrl-C here is not for the browser
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError:
        return False
    try:
        return process.wait(OPENING_SECONDS) == 0
    except subprocess.TimeoutExpired:
        threading.Thread(target=process.wait, daemon=True, name="browser").start()
        return True


def has_place_for_browser(environ: Mapping[str, str], platform: str) -> bool:
    """True where a browser can show itself to the person: on a graphical screen at hand, or as BROWSER names it.

    Without a screen Python would find the browsers of the terminal (w3m, lynx), which cannot run beside us; over ssh it
    would open where nobody sits.
    """
    if environ.get("BROWSER"):
        return True
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return False
    return platform in ("win32", "darwin", "cygwin") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
