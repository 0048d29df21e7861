"""Keeping the computer awake while bytes flow, where the system has a plain way to ask for that.

It is a courtesy: where there is no way, or it is refused, nothing is said and the work goes on. The system forgets the
request by itself when this program ends, in whatever way.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence

from onedrive.settings import environment_for_others

_WHY = "OneDrive downloader: files are being downloaded"


def command_that_keeps_awake(platform: str, pid: int) -> Sequence[str]:
    """What to run beside this program; it ends when its input does, or with this program. () where there is none."""
    if platform == "darwin":
        return ("caffeinate", "-i", "-w", str(pid))
    if platform.startswith("linux"):
        inhibit = ("systemd-inhibit", "--what=sleep:idle", "--mode=block", "--who=OneDrive downloader")
        return (*inhibit, f"--why={_WHY}", "cat")
    return ()


if sys.platform == "win32":

    @contextlib.contextmanager
    def staying_awake() -> Iterator[None]:
        """Ask the system not to sleep until the block ends (SetThreadExecutionState, winbase.h)."""
        import ctypes

        continuous, system_required = 0x80000000, 0x00000001
        set_state = ctypes.windll.kernel32.SetThreadExecutionState
        set_state.argtypes = [ctypes.c_uint]
        set_state(continuous | system_required)
        try:
            yield
        finally:
            set_state(continuous)

else:

    @contextlib.contextmanager
    def staying_awake() -> Iterator[None]:
        """Ask the system not to sleep until the block ends."""
        helper = _start(command_that_keeps_awake(sys.platform, os.getpid()))
        try:
            yield
        finally:
            if helper is not None:
                _end(helper)


def _start(command: Sequence[str]) -> subprocess.Popen[bytes] | None:
    found = shutil.which(command[0]) if command else None
    if found is None:
        return None
    try:
        # A session of its own: Ctrl-C is not for it, and it has no terminal on which to ask for a password.
        return subprocess.Popen(  # noqa: S603 - the words are all ours
            [found, *command[1:]],
            env=environment_for_others(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return None


def _end(helper: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if helper.stdin is not None:
            helper.stdin.close()
    with contextlib.suppress(OSError):
        helper.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        helper.wait(2)
