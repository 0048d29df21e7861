"""EventWriter: what happens, as one JSON object a line, for programs that read our output (--json).

Everything that is not plain ASCII is written as an escape: a line means the same in every encoding, drives no terminal,
and half a surrogate pair in a name cannot break it. Addresses are shortened to their host, as in the log.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TextIO

from onedrive.redaction import shorten_addresses

EVENT_VERSION = 1


class EventWriter:
    """Writes whole lines; may be used from any thread. When nobody reads them any more it is silent."""

    def __init__(self, stream: TextIO | None, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._stream = stream
        self._now = now
        self._lock = threading.Lock()
        self._is_closed = stream is None

    def write(self, name: str, fields: dict[str, object]) -> None:
        """One line: version, event and time, then the fields; their values are what JSON has."""
        if self._is_closed or self._stream is None:
            return
        time = self._now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"v": EVENT_VERSION, "event": name, "time": time, **fields}, default=str)
        if "://" in line:
            line = shorten_addresses(line)
        with self._lock:
            try:
                self._stream.write(f"{line}\n")
                self._stream.flush()
            except (OSError, ValueError):
                self._close()

    def _close(self) -> None:
        """Nobody reads any more; what is left in buffers goes nowhere, so that the program's end is quiet too."""
        self._is_closed = True
        with suppress(OSError, ValueError, AttributeError):
            if self._stream is not None:
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)
