"""What tests about the setup check share: a person's setup, and what option 8 says about it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from check_setup import check_setup
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.net.reply import Timeouts
from onedrive.settings import Settings
from onedrive.signin.tokens import RenewableTokens
from onedrive.terminal.terminal import Terminal
from onedrive_authorization import open_saved_tokens
from tests.faults.server import FaultyServer


class EventTerminal(Terminal):
    """A terminal that keeps what it tells programs."""

    def __init__(self, stdout: io.StringIO) -> None:
        super().__init__(stdin=io.StringIO(), stdout=stdout, environ={}, no_input=True)
        self.events: list[Mapping[str, object]] = []

    def event(self, name: str, /, **fields: object) -> None:
        self.events.append({"event": name, **fields})


@dataclass(frozen=True)
class Checked:
    """What option 8 said: the text, one event a finding, the exit code."""

    text: str
    events: Sequence[Mapping[str, object]] = field(repr=False)
    exit_code: int
    failure: str  # what a quiet run says

    def state(self, name: str) -> str:
        """`ok`, `note` or `wrong`."""
        return str(self._find(name)["state"])

    def words(self, name: str) -> str:
        return str(self._find(name)["words"])

    def cure(self, name: str) -> str:
        return str(self._find(name)["cure"])

    @property
    def wrong(self) -> list[str]:
        """The names of what is wrong."""
        return [str(event["name"]) for event in self.events if event["state"] == "wrong"]

    @property
    def names(self) -> list[str]:
        return [str(event["name"]) for event in self.events]

    def _find(self, name: str) -> Mapping[str, object]:
        found = [event for event in self.events if event["name"] == name]
        assert len(found) == 1, f"{name}: {[(event['name'], event['words']) for event in self.events]}"
        return found[0]


def check(
    settings: Settings,
    demo: FaultyServer | None,
    *,
    environ: Mapping[str, str] | None = None,
    patience_seconds: float = 5.0,
    open_http: Callable[[float], HttpClient] | None = None,
) -> Checked:
    """Choose 8; without a `demo` the way to the real hosts is taken, which tests must have blocked."""
    port = demo.port if demo else None
    shown = io.StringIO()
    terminal = EventTerminal(shown)

    def open_quick(seconds: float) -> HttpClient:
        timeouts = Timeouts(*[min(seconds, 2)] * 3)
        return HttpClient(demo_port=port, timeouts=timeouts, system_certificates=settings.system_certificates)

    def open_tokens(http: HttpClient, pause: SharedPause) -> RenewableTokens:
        return open_saved_tokens(settings, http, pause, say=lambda _: None)

    result = check_setup(
        terminal,
        settings,
        (),
        open_http=open_http or open_quick,
        open_tokens=open_tokens,
        environ=environ or {},
        patience_seconds=patience_seconds,
    )
    return Checked(shown.getvalue(), terminal.events, result.exit_code, result.failure)
