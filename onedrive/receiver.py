"""Receiver: one connection's share of a download: ask a file host, take the bytes as they come, notice a drip.

Bytes are gathered into blocks that suit the hash and the disk, but never held back for longer than a moment, so that
a killed program loses next to nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from onedrive.connections import Connections
from onedrive.effort import SpeedWatch
from onedrive.file_host import open_address
from onedrive.http import HttpClient, Reply
from onedrive.pause import SharedPause
from onedrive.rate_limit import Limit

HELD_BACK_SECONDS = 0.2


class Receiver:
    """Shared by the threads of a run; each has a block of its own."""

    def __init__(
        self,
        http: HttpClient,
        pause: SharedPause,
        *,
        connections: Connections,
        limit: Limit,
        extra_hosts: Sequence[str],
    ) -> None:
        self._http = http
        self._pause = pause
        self._connections = connections
        self._limit = limit
        self._extra_hosts = extra_hosts
        self._of_thread = threading.local()

    def open(self, address: str, first_byte: int, end: int | None = None) -> Reply:
        """Ask for bytes. Raises as `open_address`."""
        reply = open_address(self._http, address, first_byte=first_byte, end=end, extra_hosts=self._extra_hosts)
        self._connections.answered(reply.host)
        return reply

    def receive(self, reply: Reply, write: Callable[[memoryview], None], bytes_left: Callable[[], int | None]) -> None:
        """Hand the body to `write`, block by block, until it ends or `bytes_left` says 0 (None: until it ends).

        Raises ConnectionLost (broken off, silent, too slow), Stopped, and what `write` raises.
        """
        watch = SpeedWatch(self._http.timeouts)
        block = self._block()
        while (left := bytes_left()) != 0:
            filled = reply.fill(block if left is None else block[:left], HELD_BACK_SECONDS)
            if not filled:
                return
            self._pause.check()  # after Ctrl-C nothing is written any more
            write(block[:filled])
            self._connections.count(filled)
            watch.saw(filled, reply.host)
            watch.waited(self._limit.take(filled))

    def _block(self) -> memoryview:
        block: memoryview | None = getattr(self._of_thread, "block", None)
        if block is None:
            block = self._of_thread.block = memoryview(bytearray(self._limit.block_bytes))
        return block
