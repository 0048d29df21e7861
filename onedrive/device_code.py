"""Signing in with a device code: the person types a short code on a page, on any device; we ask until they have.

The service says how often it may be asked, and `slow_down` when that was too often (RFC 8628 §3.5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from onedrive.errors import ConnectionLost
from onedrive.pause import SharedPause
from onedrive.sign_in_http import SignInBusy
from onedrive.terminal import Progress, Terminal
from onedrive.words import format_duration, printable

SLOWER_SECONDS = 5.0  # RFC 8628: after slow_down, and after a lost connection
STILL_WAITING = ("authorization_pending", "slow_down")

Answer = Mapping[str, object]


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
