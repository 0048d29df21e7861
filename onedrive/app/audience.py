"""Who else hears of a run of the numbers: the monitor of --ping, the command of --then, who reads `last_run.json`.

None of them may spoil a run: what goes wrong with them is said, and is never the exit code. They are told how it went,
never a token or the app secret; the monitor hears the exit code alone.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from onedrive.app.run_report import SUMMARY, Summary, exit_code_of
from onedrive.errors import ConnectionLost, OneDriveError, WrongAnswer, os_reason
from onedrive.home.files import write_whole
from onedrive.net.workers import begin_thread
from onedrive.settings import environment_for_others
from onedrive.terminal.events import event_line
from onedrive.terminal.terminal import Terminal

LAST_RUN = "last_run.json"
EXIT_CODE = "ONEDRIVE_EXIT_CODE"
THEN_SECONDS = 3600.0  # copying all that came to another place fits; a command that hangs does not stop the nights
PING_SECONDS = 5.0  # for a connection, and for silence on it
_MOST_PING_SECONDS = 15.0  # whatever names and proxies do, no ping is waited for longer


def check_command(text: str) -> str:
    """A command line for --then as it was written. Raises WrongAnswer where it names no program of this computer."""
    try:
        program = next(iter(_words(text)), "")
    except ValueError:
        raise WrongAnswer(f"{text!r} has a quotation mark that is not closed") from None
    if not program or shutil.which(program) is None:
        raise WrongAnswer(f"there is no program {program!r} here that may be run (write its path, such as ./tell)")
    return text


def _words(text: str) -> list[str]:
    """As a shell takes it apart; no shell runs it. Windows' programs do that themselves: there it stays whole."""
    if sys.platform != "win32":
        return shlex.split(text)
    return [word.strip('"') for word in shlex.split(text, posix=False)]


def check_ping(text: str) -> str:
    """An address for --ping. Raises WrongAnswer unless it is https, to a plain name."""
    from onedrive.net.address import read_address

    try:
        return str(read_address(text.strip()))
    except OneDriveError:
        raise WrongAnswer("it must be a whole address that begins with https://") from None


class Audience:
    """Those that hear of one run, None where nobody asked for them; `home` gets `last_run.json`, for health checks."""

    def __init__(
        self,
        terminal: Terminal,
        *,
        then: str | None = None,
        ping: str | None = None,
        home: Path | None = None,
        system_certificates: bool = True,
        then_seconds: float = THEN_SECONDS,
    ) -> None:
        self._terminal = terminal
        self._home = home
        self._then = then
        self._then_seconds = then_seconds
        self._ping = ping
        self._system_certificates = system_certificates
        self._ping_ended = threading.Event()
        self._ping_ended.set()

    def hear_beginning(self) -> None:
        """The run begins; it does not wait for the monitor."""
        if self._ping is not None:
            self._start_ping("/start", {})

    def hear_end(self, summary: Summary) -> None:
        """The run has ended so. The monitor hears of it before the command, for which it does not wait."""
        exit_code = exit_code_of(summary)
        line = event_line(SUMMARY, summary, datetime.now(UTC)) + "\n"
        if self._home is not None:
            with suppress(OneDriveError):  # a home that cannot be written has ended the run with a sentence already
                write_whole(self._home / LAST_RUN, line)
        if self._ping is not None:
            self._wait_for_ping()
            self._start_ping("/fail" if exit_code else "", {"exit_code": str(exit_code)})
            self._wait_for_ping()
        if self._then is not None:
            self._run_command(self._then, exit_code, line)

    def _run_command(self, command: str, exit_code: int, line: str) -> None:
        """Run the command of --then. Ctrl-C ends it, too."""
        words: str | list[str] = command if sys.platform == "win32" else _words(command)
        environment = environment_for_others(os.environ) | {EXIT_CODE: str(exit_code)}
        output = 2 if self._terminal.has_events else None  # stdout is for the events alone
        self._terminal.detail("The command of --then begins.")
        try:
            process = subprocess.Popen(  # noqa: S603 - what the person told us to run
                words, stdin=subprocess.PIPE, stdout=output, env=environment, start_new_session=True
            )
        except OSError as error:
            self._complain(f"The command of --then could not be started: {os_reason(error)}.")
            return
        try:
            process.communicate(line.encode(), self._then_seconds)
            if process.returncode:
                self._complain(f"The command of --then ended with exit code {process.returncode}.")
        except subprocess.TimeoutExpired:
            self._complain(
                f"The command of --then took longer than {self._then_seconds / 60:.0f} minutes and was ended."
            )
        finally:
            if process.poll() is None:
                _end(process)

    def _start_ping(self, suffix: str, facts: Mapping[str, str]) -> None:
        self._ping_ended = threading.Event()
        if not begin_thread(partial(self._try_to_ping, suffix, facts, self._ping_ended), "ping"):
            self._ping_ended.set()

    def _wait_for_ping(self) -> None:
        self._ping_ended.wait(_MOST_PING_SECONDS)

    def _try_to_ping(self, suffix: str, facts: Mapping[str, str], ended: threading.Event) -> None:
        """In a thread, which has nobody who would show an error; what is wrong is said without the address."""
        try:
            self._send_ping(suffix, facts)
        except OneDriveError as error:
            self._complain(f"The ping was not heard: {error.sentence}")
        except Exception:
            self._complain("The ping could not be sent.")
        ended.set()

    def _send_ping(self, suffix: str, facts: Mapping[str, str]) -> None:
        """Tell the monitor; once more where no answer comes. Raises OneDriveError."""
        from onedrive.net.address import read_address
        from onedrive.net.client import HttpClient
        from onedrive.net.reply import Timeouts

        address = read_address(self._ping or "")
        path, mark, query = address.target.partition("?")
        url = f"https://{address.netloc}{path.rstrip('/')}{suffix}{mark}{query}"
        timeouts = Timeouts(*[PING_SECONDS] * 3)
        with closing(HttpClient(timeouts=timeouts, system_certificates=self._system_certificates)) as http:
            try:
                reply = http.send("POST", url, form=facts)
            except ConnectionLost:
                reply = http.send("POST", url, form=facts)
            reply.close()
        if reply.status >= 300:
            self._complain(f"The ping was not heard: {address.host} answered with {reply.status}.")

    def _complain(self, text: str) -> None:
        tell: Callable[[str], None] = self._terminal.complain if self._terminal.is_quiet else self._warn
        tell(text)

    def _warn(self, text: str) -> None:
        self._terminal.say(text, style="warning")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command, and on POSIX all that it started."""
    with suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
