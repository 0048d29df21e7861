"""Outage: the network went away in the middle of the work; wait for it, say so, and let the work go on.

A laptop that slept, another network, a router that was restarted: what has come is kept, and going on costs nothing.
The patience ends half an hour after the last byte, since by then a person should look. A run that has not received
anything yet does not wait: then more is wrong than a short outage.
"""

from __future__ import annotations

from collections.abc import Callable

from onedrive.errors import OneDriveError
from onedrive.pause import SharedPause
from onedrive.words import format_clock, format_duration

PATIENCE_SECONDS = 30 * 60.0
FIRST_WAIT_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 60.0


class Outage:
    """`is_reachable` asks whether anything answers; `say` tells the person."""

    def __init__(self, pause: SharedPause, is_reachable: Callable[[], bool], say: Callable[[str], None]) -> None:
        self._pause = pause
        self._is_reachable = is_reachable
        self._say = say
        self._received_bytes = 0
        self._patient_until = 0.0
        self._wait_seconds = FIRST_WAIT_SECONDS

    def wait(self, error: OneDriveError, received_bytes: int) -> None:
        """Return when the network is back. `received_bytes`: all that came in this run so far.

        Raises the error when nothing came yet, or nothing for half an hour; Stopped after Ctrl-C.
        """
        clock = self._pause.clock
        has_come_further = received_bytes > self._received_bytes
        if has_come_further:
            self._received_bytes = received_bytes
            self._patient_until = clock.monotonic() + PATIENCE_SECONDS
            self._wait_seconds = FIRST_WAIT_SECONDS
        began = clock.monotonic()
        if began >= self._patient_until:
            raise error
        if has_come_further:  # otherwise it is the same outage still, and all has been said
            until = format_clock(clock.now() + self._patient_until - began)
            self._say(f"{error.sentence} What came is kept; the work goes on by itself when the connection is back.")
            self._say(f"Trying again until {until}. Ctrl-C stops it.")
        while True:
            self._pause.sleep(min(self._wait_seconds, max(self._patient_until - clock.monotonic(), 1.0)))
            self._wait_seconds = min(self._wait_seconds * 2, LONGEST_WAIT_SECONDS)
            if self._is_reachable():
                break
            if clock.monotonic() >= self._patient_until:
                raise error
        if has_come_further:
            self._say(f"The connection is back after {format_duration(clock.monotonic() - began)}; going on.")
