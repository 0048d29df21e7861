"""Program: what the steps of one run share: terminal, settings, connections, selection, and the demo if there is one.

What may be imported by `start.py` alone (the sign-in, the pretend OneDrive) is handed in as `Outside`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from onedrive.command_line import CommandLine
from onedrive.errors import UsageError
from onedrive.job_so_far import JobSoFar
from onedrive.process import find_free_port, is_at_terminal
from onedrive.selection import Selection
from onedrive.selection_file import SELECTION, read_selection
from onedrive.settings import Settings, read_what_can_be
from onedrive.state_files import disk_errors, make_folder
from onedrive.terminal import Terminal
from onedrive.traffic import Traffic
from onedrive.waiting_options import WaitingOptions

if TYPE_CHECKING:
    from onedrive.graph import GraphSession
    from onedrive.http import HttpClient
    from onedrive.pause import SharedPause
    from onedrive.renewable_tokens import RenewableTokens


Say = Callable[[str], None]


@dataclass(frozen=True)
class Outside:
    """What `start.py` alone may import; each function imports it when it is called.

    `open_tokens` gives the saved sign-in. `demo_app_id` is the registration that the pretend OneDrive knows,
    `start_demo` starts it in a home and returns its port, `consent` lets its own person sign in at an address.
    """

    open_tokens: Callable[[Settings, HttpClient, SharedPause, Say], RenewableTokens]
    demo_app_id: Callable[[], str]
    start_demo: Callable[[Path, ExitStack], int]
    consent: Callable[[int, str], None]


class Program:
    """One run of the program."""

    def __init__(self, command: CommandLine, terminal: Terminal, resources: ExitStack, outside: Outside) -> None:
        self.command = command
        self.terminal = terminal
        self.in_menu = not command.options
        self.waiting = WaitingOptions()
        self.retries_failed = False  # the person chose to try again what failed, and nothing else
        self.job = JobSoFar()  # of the option that waits for a sign-in
        # What could not be read of the settings: only an option that says so may run then.
        self.settings, self.faults = read_what_can_be(command.flags, os.environ, Path.cwd())
        if self.faults and self.in_menu:
            raise self.faults[0]
        self.traffic = Traffic(lambda text: terminal.note(text, style="warning"))
        self._demo_port = command.demo_port
        self._resources = resources
        self._outside = outside
        self._http: HttpClient | None = None
        self._is_at_terminal = is_at_terminal() and terminal.can_ask
        if command.is_demo:
            self._enter_demo()

    @property
    def http(self) -> HttpClient:
        """The connections of this run; made, with the library for them, when first needed."""
        if self._http is None:
            from onedrive.http import HttpClient

            self._http = HttpClient(demo_port=self.demo_port, traffic=self.traffic)
            self._resources.callback(self._http.close)
        return self._http

    def open_http(self, timeout_seconds: float) -> HttpClient:
        """Connections of their own, which are given up sooner; whoever asks for them closes them."""
        from onedrive.http import HttpClient
        from onedrive.reply import Timeouts

        return HttpClient(demo_port=self.demo_port, timeouts=Timeouts(*[timeout_seconds] * 3), traffic=self.traffic)

    @property
    def demo_port(self) -> int | None:
        """The port of the pretend OneDrive, which is started when first needed; None outside the demo."""
        if self.command.is_demo and self._demo_port is None:
            self._demo_port = self._start_demo()
        return self._demo_port

    @property
    def consents_by_itself(self) -> bool:
        """True in the demo when nobody sits at a terminal: then the demo's own person signs in."""
        return self.command.is_demo and not self._is_at_terminal

    def selection(self) -> Selection:
        """What is wanted in this run: selection.json, and the flags that win over it.

        Raises StateFileBroken, and UsageError when the two leave nothing that a file could be.
        """
        with disk_errors(self.settings.home):
            selection = self.command.selection.applied_to(read_selection(self.settings.home))
        least, most = selection.min_size, selection.max_size
        if least is not None and most is not None and least > most:
            raise UsageError(
                f"No file is {least:,} bytes or larger and {most:,} bytes or smaller; one of them is from {SELECTION}.",
                "Give both --min-size and --max-size for this run, or choose 5 to change what is saved.",
            )
        return selection

    def keep_settings(self, settings: Settings) -> None:
        """Go on with settings that the person changed on the way."""
        self.settings = settings

    def make_pause(self) -> SharedPause:
        """A pause for one step; Ctrl-C ends it with the step."""
        from onedrive.pause import SharedPause

        return SharedPause(
            lambda text: self.terminal.say(text, style="warning"),
            note=self.terminal.detail,
            tell_wait=self._tell_wait,
        )

    def open_graph(self) -> GraphSession:
        """A Graph session for one step, with the saved sign-in."""
        from onedrive.graph import GraphSession
        from onedrive.settings import check_app_settings

        check_app_settings(self.settings)
        pause = self.make_pause()
        return GraphSession(
            self.http, self._outside.open_tokens(self.settings, self.http, pause, self.terminal.say), pause
        )

    def open_quiet_tokens(self, http: HttpClient, pause: SharedPause) -> RenewableTokens:
        """The saved sign-in over other connections; what it would say on the way is not said."""
        return self._outside.open_tokens(self.settings, http, pause, lambda _: None)

    def open_page(self, address: str) -> bool:
        """Show an address to whoever signs in; False when there is no browser that could."""
        from onedrive.browser import open_in_browser

        if not self.consents_by_itself:
            return open_in_browser(address)
        threading.Thread(target=self._consent, args=(address,), daemon=True).start()
        if os.environ.get("BROWSER") and self.terminal.can_ask:
            open_in_browser(address)
        return True

    def _tell_wait(self, host: str, seconds: float, until: float) -> None:
        end = datetime.fromtimestamp(until, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        self.terminal.event("waiting", until=end, seconds=round(seconds, 1), who=host)

    def _consent(self, address: str) -> None:
        """Let the demo's own person sign in; what keeps them from it is said."""
        try:
            self._outside.consent(self.demo_port or 0, address)
        except Exception as error:  # a thread has nobody who would show it
            why = (str(error).splitlines() or [type(error).__name__])[0]
            self.terminal.say(f"The demo's own person could not sign in: {why}", style="problem")

    def _enter_demo(self) -> None:
        """Use the app registration of the pretend OneDrive, and say where we are."""
        self.settings = replace(self.settings, app_id=self._outside.demo_app_id(), client_secret="")
        if self.command.demo_port is not None:  # the account of a pretend OneDrive run apart may be one for work
            self.settings = replace(self.settings, authority="common")
        if self._is_at_terminal:
            self.terminal.say("This is the demo: a pretend OneDrive inside the program. Nothing leaves this computer.")
            self.terminal.say(f"Everything it writes is in {self.settings.home}.")
        else:
            self.settings = replace(self.settings, redirect_uri=f"http://localhost:{find_free_port()}")

    def _start_demo(self) -> int:
        make_folder(self.settings.home)
        with disk_errors(self.settings.home):
            return self._outside.start_demo(self.settings.home, self._resources)
