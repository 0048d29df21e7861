"""Opening the person's browser without ever waiting for it.

Python's `webbrowser` decides which one (BROWSER is honoured), in a process of its own: a browser that runs in the
terminal, or a command that takes long, neither holds us up nor writes into our lines.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping

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
