"""The stream that everything is written to, words and events alike; its reader may go away."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import TextIO

_OF_DISKS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.ESTALE})


class Output:
    """A stream whose reader may go away (`start.py 3 | head -1`, a closed window): then writing does nothing, silently.

    The work goes on: its results are on disk. `failure` is what a disk said that did not take it all.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self.stream = stream
        self.encoding = getattr(stream, "encoding", None) or "utf-8"
        self.is_closed = stream is None
        self.failure: OSError | None = None

    def write(self, text: str) -> int:
        """Write and flush; what the encoding lacks is written as an escape."""
        if self.is_closed or self.stream is None or not text:
            return 0
        if not text.isascii():
            text = text.encode(self.encoding, "backslashreplace").decode(self.encoding)
        try:
            self.stream.write(text)
            self.stream.flush()
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno in _OF_DISKS:
                self.failure = error
            self._close()
        return len(text)

    def flush(self) -> None:
        """Nothing waits here."""

    def _close(self) -> None:
        """What is left in buffers goes nowhere, so that the program's end is quiet too."""
        self.is_closed = True
        with suppress(OSError, ValueError, AttributeError):
            if self.stream is not None:
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self.stream.fileno())
                os.close(nowhere)
