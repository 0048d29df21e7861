"""Signing in with the browser: show the address, open it, and wait for whichever answer comes first.

The answer arrives at the loopback listener, or the person pastes it. What they paste wrongly gets its own sentence and
the question again, for the same attempt. `d` changes to the device code.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from onedrive.errors import SignInNeeded
from onedrive.net.patience import SharedPause
from onedrive.signin.answer import Kind, PortBusy, RedirectListener, can_listen_at, read_pasted_answer
from onedrive.signin.refusals import Refusal
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import QuestionWithdrawn, Terminal

LONGEST_WAIT_SECONDS = 300.0
LOOK_SECONDS = 0.1
QUESTION = "Address (or d):"

Fields = Mapping[str, str]


class DeviceCodeWanted(Exception):
    """The person would rather sign in with a device code."""


class Refused(Exception):
    """Microsoft said no; `refusal` has the words."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


@dataclass(frozen=True)
class Attempt:
    """One attempt at signing in: `address` is what the browser opens, `state` marks the answer to it."""

    address: str
    state: str


@dataclass(frozen=True)
class Browser:
    """How the person's browser is reached.

    `open_page` opens an address in it and is False when it cannot. `demo_port`: where the pretend OneDrive listens.
    `consents_by_itself`: whoever `open_page` reaches signs in without a person, so that nothing is asked.
    """

    open_page: Callable[[str], bool]
    demo_port: int | None = None
    consents_by_itself: bool = False

    def as_shown(self, address: str) -> str:
        """The address for the browser; in the demo the same path on this computer."""
        if self.demo_port is None:
            return address
        return urlsplit(address)._replace(scheme="http", netloc=f"localhost:{self.demo_port}").geturl()


@dataclass(frozen=True)
class Surroundings:
    """What an attempt needs. `explain` makes words of a refusal; `listener` is None where the answer can only be
    pasted, and `why_not_listening` says why.
    """  # fmt: skip

    terminal: Terminal
    pause: SharedPause
    browser: Browser
    explain: Callable[[Fields], Refusal]
    listener: RedirectListener | None
    why_not_listening: str = ""


def open_listener(
    redirect_uri: str, describe_error: Callable[[Fields], str], *, any_port: bool
) -> tuple[RedirectListener | None, str]:
    """A listener at the redirect address, to be closed by its `with` block; or None and the reason in words."""
    if not can_listen_at(redirect_uri):
        return None, "the redirect address is not an http address on this computer"
    try:
        return RedirectListener(redirect_uri, describe_error, any_port=any_port), ""
    except PortBusy as busy:
        return None, str(busy)


def wait_for_answer(attempt: Attempt, around: Surroundings) -> Fields:
    """Show the address and return the fields of Microsoft's answer, with `code` in them.

    Raises Refused, DeviceCodeWanted, SignInNeeded (nobody answers), Stopped.
    """
    if around.listener:
        around.listener.expect(attempt.state)
    with around.terminal.listening():  # from the moment the address can be seen, its answer may be pasted
        _show_address(attempt, around)
        opened = around.browser.open_page(attempt.address)
        if not around.browser.consents_by_itself:
            _show_what_to_do(around, opened=opened)
            try:
                return _ask(attempt, around)
            except EndOfInput:
                if around.terminal.has_keyboard:
                    raise SignInNeeded(
                        "You left the sign-in before it was finished.", "Choose 1 to try again."
                    ) from None
                if around.listener is None:
                    raise _nobody_answers("Nobody can be asked here, and the browser's answer cannot arrive.") from None
                around.terminal.say("There is no more input; waiting for the browser for up to five minutes.")
    return _wait_for_browser(around)


def _show_address(attempt: Attempt, around: Surroundings) -> None:
    around.terminal.say(
        "The demo's own person signs in at this address:"
        if around.browser.consents_by_itself
        else "To sign in, open this address in a browser:"
    )
    around.terminal.say()
    around.terminal.say(attempt.address)
    around.terminal.say()


def _show_what_to_do(around: Surroundings, *, opened: bool) -> None:
    say = around.terminal.say
    say(
        "Your browser is being asked to open it."
        if opened
        else "No browser could be opened from here; open the address in one on any computer."
    )
    if around.listener:
        say(
            "When you have signed in there, the program continues by itself. If the browser runs on another computer "
            "or its last page does not appear, copy the whole address from its address bar and paste it here."
        )
    else:
        say(
            f"The program cannot take the browser's answer by itself: {around.why_not_listening}. After signing in, "
            "the browser shows a page that cannot be reached, or an empty one. That is right: copy the whole address "
            "from its address bar and paste it here."
        )
    say("Type d and Enter to sign in with a code on any other device instead.", style="quiet")


def _ask(attempt: Attempt, around: Surroundings) -> Fields:
    """Ask until there is an answer to this attempt; the listener's makes the question needless."""
    until = around.listener.has_answer if around.listener else None
    while True:
        try:
            text = around.terminal.ask(QUESTION, until=until, join_lines=True)
        except QuestionWithdrawn:
            if around.listener and around.listener.answer is not None:
                return _accept(around.listener.answer, around)
            continue
        pasted = read_pasted_answer(text, attempt.state)
        if pasted.kind is Kind.ANSWER:
            return pasted.fields
        if pasted.kind is Kind.DEVICE_CODE:
            raise DeviceCodeWanted
        if pasted.kind is Kind.REFUSED:
            refusal = around.explain(pasted.fields)
            if not refusal.may_pass:
                raise Refused(refusal)
            around.terminal.say(f"{refusal.sentence} You can open the same address again.", style="warning")
        else:
            around.terminal.say(pasted.kind.value, style="warning")


def _wait_for_browser(around: Surroundings) -> Fields:
    if around.listener is None:
        raise _nobody_answers(f"The browser's answer cannot arrive: {around.why_not_listening}.")
    clock = around.pause.clock
    deadline = clock.monotonic() + LONGEST_WAIT_SECONDS
    while around.listener.answer is None:
        if clock.monotonic() >= deadline:
            raise _nobody_answers("Nobody signed in within five minutes.")
        around.pause.sleep(LOOK_SECONDS)
    return _accept(around.listener.answer, around)


def _accept(fields: Fields, around: Surroundings) -> Fields:
    if "code" not in fields:
        raise Refused(around.explain(fields))
    return fields


def _nobody_answers(sentence: str) -> SignInNeeded:
    return SignInNeeded(sentence, "Run python start.py 1 where a person can answer, then repeat the command.")


PATIENCE_SECONDS = 1.5  # a browser that has not failed by then is taken to be open
_OPEN = "import sys, webbrowser; sys.exit(0 if webbrowser.open(sys.argv[1]) else 1)"


def open_in_browser(address: str) -> bool:
    """Open the address in the person's browser; False when there is none that could show it."""
    if not address.startswith(("https://", "http://")) or not has_place_for_browser(os.environ, sys.platform):
        return False
    try:
        process = subprocess.Popen(  # noqa: S603 - this Python, and an address that was checked above
            [sys.executable, "-I", "-c", _OPEN, address],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C here is not for the browser
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError:
        return False
    try:
        return process.wait(PATIENCE_SECONDS) == 0
    except subprocess.TimeoutExpired:
        threading.Thread(target=process.wait, daemon=True, name="browser").start()
        return True


def has_place_for_browser(environ: Mapping[str, str], platform: str) -> bool:
    """True where a browser can show itself: a graphical screen, or the one that BROWSER names.

    Without a screen Python would find the browsers of the terminal (w3m, lynx), which cannot run beside us.
    """
    if environ.get("BROWSER") or platform in ("win32", "darwin", "cygwin"):
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
