"""The process that the program runs in: its terminal, its libraries' chatter, its end."""

from __future__ import annotations

import logging
import os
import socket
import sys
import warnings
from typing import NoReturn


def is_at_terminal() -> bool:
    """Whether somebody sits before it: both input and output are a terminal. A service may start us without either."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def keep_libraries_quiet() -> None:
    """What libraries log or warn about is not for the person at the menu."""
    logging.getLogger().addHandler(logging.NullHandler())
    if not sys.warnoptions:
        warnings.simplefilter("ignore")


def find_free_port() -> int:
    """A port of this computer on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def leave(code: int) -> NoReturn:
    """Leave with the exit code, also when whoever read our output has gone, or never was there."""
    for descriptor, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
    sys.exit(code)
