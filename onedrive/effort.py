"""Effort: how much trouble one file, or one part of it, has made, and whether it is worth another try."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

from onedrive.connections import Connections
from onedrive.errors import ConnectionLost, HostNotFound
from onedrive.http import Reply, Timeouts
from onedrive.item_errors import FileHostFailed, FileRefused
from onedrive.pause import SharedPause
from onedrive.retry import TRANSIENT, Attempts

_MOST_NOT_FOUND = 3  # times that a host is looked for while others answer
_NOTEWORTHY_BYTES = 64 * 1024  # less than this between two losses is no progress


class Effort:
    """How much trouble there has been so far; whoever makes an effort has a turn, and leaves it while it waits.

    `file` tells one file's trouble from another's: what one file alone meets says nothing about the connections.
    """

    def __init__(self, pause: SharedPause, connections: Connections, file: Hashable) -> None:
        self.attempts = Attempts(pause, set_aside=connections.set_aside)
        self.refusals = 0  # of addresses, since one worked
        self.pages = 0
        self.is_stuck = False  # the last loss came without any progress
        self._pause = pause
        self._connections = connections
        self._file = file
        self._is_known = False  # as troubled, since it last got further
        self._most_bytes = 0
        self._not_found = 0  # times in a row
        self._answered_before = 0

    def refused(self, reply: Reply) -> None:
        """An address was refused: a fresh one is worth one try. Raises FileRefused when it was one."""
        self.refusals += 1
        if self.refusals > 1:
            raise FileRefused(reply.host, reply.status)

    def fault(self, reply: Reply, reason: str) -> None:
        """Give the reply up and wait a little. Raises FileHostFailed when what may pass does not."""
        reply.close()
        self._tell_connections()
        if not self.attempts.may_repeat(f"{reply.host} {reason}"):
            raise FileHostFailed(reply.host, reason)

    def failed(self, reply: Reply) -> None:
        """Give the reply up and wait as its status asks for. Raises FileHostFailed when that status is final."""
        reply.close()
        if reply.status in TRANSIENT and "Retry-After" not in reply.headers:
            self._tell_connections()  # what throttles the whole run is seen by `Connections` itself
        if not self.attempts.may_repeat_after_status(reply.status, reply.headers, reply.host):
            raise FileHostFailed(reply.host, f"answered with error {reply.status}")

    def lost(self, error: ConnectionLost, size_bytes: int) -> None:
        """Wait a little; raises the error when the connection was lost too often without getting further.

        Raises FileHostFailed for a host that only this file is sent to and that does not exist.
        """
        self._give_up_a_name_that_is_not_known(error)
        self.is_stuck = size_bytes < self._most_bytes + _NOTEWORTHY_BYTES
        if not self.is_stuck:
            self._is_known = False
            self.attempts = Attempts(self._pause, set_aside=self._connections.set_aside)
        self._tell_connections()
        self._most_bytes = max(self._most_bytes, size_bytes)
        if not self.attempts.may_repeat_after_loss(error):
            raise error

    def _give_up_a_name_that_is_not_known(self, error: ConnectionLost) -> None:
        """Others were answered while a host was looked for that never answered in this run: it is not the network."""
        if not isinstance(error, HostNotFound) or error.host in self._connections.hosts_answering:
            self._not_found = 0
            return
        self._not_found += 1
        if self._not_found == 1:
            self._answered_before = self._connections.requests_answered
        if self._not_found >= _MOST_NOT_FOUND and self._connections.requests_answered > self._answered_before:
            raise FileHostFailed(error.host, "could not be found, while other files came")

    def _tell_connections(self) -> None:
        """A file that fails again and again is no news to them."""
        if not self._is_known:
            self._is_known = True
            self._connections.trouble(self._file)


class SpeedWatch:
    """Notices a connection that drips."""

    def __init__(self, timeouts: Timeouts, clock: Callable[[], float] = time.monotonic) -> None:
        self._timeouts = timeouts
        self._clock = clock
        self._since = clock()
        self._size_bytes = 0

    def saw(self, size_bytes: int, host: str) -> None:
        """So many bytes came now. Raises ConnectionLost when they have come too slowly for too long."""
        self._size_bytes += size_bytes
        seconds = self._clock() - self._since
        if seconds < self._timeouts.slow_seconds:
            return
        if self._size_bytes < self._timeouts.least_bytes_per_second * seconds:
            raise ConnectionLost(host, "it sent next to nothing for too long")
        self._since, self._size_bytes = self._clock(), 0

    def waited(self, seconds: float) -> None:
        """We ourselves took no bytes for so long."""
        self._since += seconds
