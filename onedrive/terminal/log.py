"""LogFile: what a run said and which requests failed, a line each, in a file that never grows beyond three times 5 MB.

Nobody but its owner may read it. What is written goes through `redact`, though nothing secret should come so far.
"""

from __future__ import annotations

import errno
import io
import logging
import os
import re
import stat
import sys
import tempfile
import time
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from onedrive.errors import UsageError, os_reason
from onedrive.terminal.redaction import redact
from onedrive.terminal.screen import Style
from onedrive.words import escape_unseen, without_marks

MOST_BYTES = 5_000_000
OLDER_FILES = 2
_LOG_BEGIN = re.compile(rb"\d{4}-\d\d-\d\dT")
_NOT_ELSEWHERE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # no link, no pipe that would wait
_LEVELS: dict[Style, int] = {"warning": logging.WARNING, "problem": logging.ERROR}


class LogFile:
    """One log, kept in order by its owner alone; may be written to from any thread."""

    def __init__(self, path: Path, *, most_bytes: int = MOST_BYTES) -> None:
        """Raises UsageError when the file cannot be written, or is there and is no log."""
        try:
            for part in (path, *_older(path)):
                _refuse_unless_log(part)
            self._handler = _Handler(path, maxBytes=most_bytes, backupCount=OLDER_FILES, encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"The log file {path} cannot be written: {os_reason(error)}.",
                "Name another with --log-file, in a folder that exists; nothing was done.",
            ) from error
        formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)-7s %(message)s", "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        self._handler.setFormatter(formatter)

    def write(self, text: str, style: Style = "normal") -> None:
        """One line, whatever the text has in it; how it was said makes the level."""
        line = escape_unseen(without_marks(" ".join(redact(text).split())))
        level = _LEVELS.get(style, logging.INFO)
        self._handler.handle(logging.LogRecord("onedrive", level, "", 0, line, None, None))

    @property
    def failure(self) -> OSError | None:
        """Why not all could be written; None: it was."""
        return self._handler.failure

    def close(self) -> None:
        """Nothing is written any more."""
        try:
            self._handler.close()
        except OSError as error:
            self._handler.failure = error


def _older(path: Path) -> list[Path]:
    """What a log that grew too long is renamed to."""
    return [path.with_name(f"{path.name}.{number}") for number in range(1, OLDER_FILES + 1)]


def _refuse_unless_log(path: Path) -> None:
    """Whoever mistypes a name is not to find log lines in their list of files, nor a file of theirs renamed or gone."""
    if not is_log(path):
        raise UsageError(
            f"{path} is there already, and is not a log of this program; nothing was written to it.",
            "Name another file with --log-file.",
        )


def is_log(path: Path) -> bool:
    """Whether nothing stands there, or a plain file of ours that is empty or begins as a log does. Raises OSError.

    A folder is an OSError; links, pipes and devices are no logs, and are not opened.
    """
    try:
        status = path.lstat()
    except FileNotFoundError:
        return True
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1 or not _is_ours(path, status):
        return False
    with path.open("rb") as stream:
        begin = stream.read(len("2026-11-24T"))
    return not begin or _LOG_BEGIN.fullmatch(begin) is not None


def _is_ours(path: Path, status: os.stat_result) -> bool:
    """Whether it has the owner of what we make there: on a share that may be anybody. Raises OSError."""
    if sys.platform == "win32" or status.st_uid == os.geteuid():
        return True
    with tempfile.TemporaryFile(dir=path.parent) as new:
        return os.fstat(new.fileno()).st_uid == status.st_uid


class _Handler(RotatingFileHandler):
    """Makes each file readable by its owner only, from the moment it exists; what cannot be written is left out."""

    failure: OSError | None = None

    def _open(self) -> io.TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | _NOT_ELSEWHERE, 0o600)
        with suppress(OSError, AttributeError):  # one that was there already; Windows has no such thing
            os.fchmod(descriptor, 0o600)
        return io.TextIOWrapper(io.FileIO(descriptor, "a"), encoding="utf-8", write_through=True)

    def doRollover(self) -> None:  # noqa: N802 - logging's name
        """What came to stand meanwhile where an older part belongs is not replaced: then the log ends."""
        if not all(is_log(older) for older in _older(Path(self.baseFilename))):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        super().doRollover()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's names
        """A full disk ends the log, not the work; the run says so at its end."""
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            self.failure = error
