"""LogFile: what a run said and which requests failed, a line each, in a file that never grows beyond three times 5 MB.

Nobody but its owner may read it. What is written goes through `redact`, though nothing secret should come so far.
"""

from __future__ import annotations

import io
import logging
import os
import re
import time
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from onedrive.errors import UsageError, os_reason
from onedrive.terminal.redaction import redact
from onedrive.terminal.screen import Style

MOST_BYTES = 5_000_000
OLDER_FILES = 2
_LOG_BEGIN = re.compile(rb"\d{4}-\d\d-\d\dT")
_LEVELS: dict[Style, int] = {"warning": logging.WARNING, "problem": logging.ERROR}


class LogFile:
    """One log, kept in order by its owner alone; may be written to from any thread."""

    def __init__(self, path: Path, *, most_bytes: int = MOST_BYTES) -> None:
        """Raises UsageError when the file cannot be written, or is there and is no log."""
        try:
            _refuse_unless_log(path)
            self._handler = _Handler(path, maxBytes=most_bytes, backupCount=OLDER_FILES, encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"The log file {path} cannot be written: {os_reason(error)}.",
                "Name another one with --log-file, in a folder that exists; nothing was done.",
            ) from error
        formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)-7s %(message)s", "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        self._handler.setFormatter(formatter)

    def write(self, text: str, style: Style = "normal") -> None:
        """One line, whatever the text has in it; how it was said makes the level."""
        line = " ".join(redact(text).split())
        line = line.encode("utf-8", "backslashreplace").decode("utf-8")
        level = _LEVELS.get(style, logging.INFO)
        self._handler.handle(logging.LogRecord("onedrive", level, "", 0, line, None, None))

    def close(self) -> None:
        """Nothing is written any more."""
        self._handler.close()


def _refuse_unless_log(path: Path) -> None:
    """Whoever mistypes a name is not to find log lines in their list of files."""
    if not path.exists():
        return
    with path.open("rb") as stream:
        begin = stream.read(len("2026-11-24T"))
    if begin and not _LOG_BEGIN.fullmatch(begin):
        raise UsageError(
            f"{path} is there already, and is no log of this program; nothing was written into it.",
            "Name another file with --log-file.",
        )


class _Handler(RotatingFileHandler):
    """Makes each file readable by its owner only, from the moment it exists; what cannot be written is left out."""

    def _open(self) -> io.TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with suppress(OSError):
            Path(self.baseFilename).chmod(0o600)  # one that was there already
        return io.TextIOWrapper(io.FileIO(descriptor, "a"), encoding="utf-8", write_through=True)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A full disk ends the log, not the work."""
