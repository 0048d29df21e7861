"""One thing that option 8 has looked at, how findings are shown, and what of a secret may be.

`computer`, `configuration`, `hosts` and `microsoft` make findings; `check_setup.py` puts them in order and shows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from onedrive.errors import OneDriveError
from onedrive.terminal.terminal import Style, Terminal
from onedrive.words import escape_unseen, wrap_words


class State(StrEnum):
    """How a finding is. A note asks for nothing; what is wrong keeps an option from its work."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """What was found. `name` is for programs and stays the same; `words` begin with what was looked at."""

    group: str
    name: str
    state: State
    words: str
    cure: str = ""


@dataclass(frozen=True)
class Group:
    """A heading under which findings stand together."""

    title: str

    def ok(self, name: str, words: str) -> Finding:
        """This is in order."""
        return Finding(self.title, name, State.OK, words)

    def note(self, name: str, words: str, cure: str = "") -> Finding:
        """This is good to know."""
        return Finding(self.title, name, State.NOTE, words, cure)

    def wrong(self, name: str, words: str, cure: str) -> Finding:
        """This needs the person."""
        return Finding(self.title, name, State.WRONG, words, cure)

    def failed(self, name: str, error: OneDriveError, before: str = "") -> Finding:
        """This needs the person, for the reason and with the hint of the error."""
        return self.wrong(name, before + error.sentence.rstrip("."), error.hint)


PROGRAM = Group("Program")
SETTINGS = Group("Settings")
NETWORK = Group("Network")
APP = Group("App registration")
SIGN_IN = Group("Sign-in")
DRIVE = Group("OneDrive")
DISK = Group("Disk")
FILES = Group("Files of the program")
GROUPS = (PROGRAM, SETTINGS, NETWORK, APP, SIGN_IN, DRIVE, DISK, FILES)


_STYLES: dict[State, Style] = {State.OK: "normal", State.NOTE: "warning", State.WRONG: "problem"}
_STATE_WIDTH = 9
_CURE_INDENT = 11


def show_findings(terminal: Terminal, findings: Sequence[Finding]) -> None:
    """Show all of them; they are ordered by group. A cure that the next finding has as well is shown there only.

    In a terminal, short findings that are in order share a line, to be nearly one screen; elsewhere each has its own.
    """
    group = ""
    shown = _side_by_side(findings, terminal.width - _STATE_WIDTH) if terminal.is_live else findings
    for finding, after in zip(shown, [*shown[1:], None], strict=True):
        if finding.group != group:
            group = finding.group
            if not terminal.is_live:
                terminal.say()
            terminal.say(group, style="heading")
        word = finding.state.value.upper()
        _show(terminal, f"  {word:{_STATE_WIDTH - 2}}", finding.words, style=_STYLES[finding.state])
        if finding.cure and (after is None or (after.group, after.cure) != (finding.group, finding.cure)):
            _show(terminal, " " * _CURE_INDENT, finding.cure, style="normal")


def _side_by_side(findings: Sequence[Finding], width: int) -> list[Finding]:
    """The findings; those of a group that are in order and follow one another share a line where they fit into it."""
    shown: list[Finding] = []
    for finding in findings:
        before = shown[-1] if shown else None
        is_alike = before and (before.group, before.state, finding.state) == (finding.group, State.OK, State.OK)
        words = f"{before.words} \u00b7 {finding.words}" if before else ""
        if before and is_alike and len(words) <= width:
            shown[-1] = replace(before, words=words)
        else:
            shown.append(finding)
    return shown


def _show(terminal: Terminal, start: str, text: str, *, style: Style) -> None:
    """A text whose further lines stand below its first word; a single line where lines are not wrapped."""
    lines = wrap_words(text, max(20, terminal.width - len(start))) if terminal.is_live else [text]
    for number, line in enumerate(lines):
        terminal.say((start if number == 0 else " " * len(start)) + line, style=style)


HIDDEN = "(hidden)"
_EMAIL = re.compile(r"([A-Za-z0-9])[A-Za-z0-9._%+'-]*@((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})")
_USER_OF_AN_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*://)[^/@\s]+@", re.IGNORECASE)
_SHORTEST_SECRET = 6  # shorter ones would be found everywhere


class Mask:
    """Makes texts fit to be shown to anybody, in a bug report say; `folder` is the person's own home folder."""

    def __init__(self, folder: Path, secrets: Iterable[str] = ()) -> None:
        self._folder = str(folder)
        self._person = folder.name
        self._secrets = sorted({s for s in secrets if len(s) >= _SHORTEST_SECRET}, key=len, reverse=True)

    def finding(self, finding: Finding) -> Finding:
        """The finding with both of its texts masked."""
        return replace(finding, words=self.text(finding.words), cure=self.text(finding.cure))

    def text(self, text: str) -> str:
        """The text without secrets, e-mail addresses and the person's name in paths, and with nothing unseen in it."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        text = escape_unseen(text)
        if len(self._folder) > 1:
            text = re.sub(rf"(?<![\w/\\.-]){re.escape(self._folder)}(?![\w-])", "~", text)
        if len(self._person) > 1:
            text = re.sub(rf"(?<=[/\\]){re.escape(self._person)}(?![\w-])", "...", text)
        return _EMAIL.sub(r"\1...@\2", _USER_OF_AN_ADDRESS.sub(r"\1", text))


def shorten_id(identity: str) -> str:
    """The beginning of an id: enough to tell two apart."""
    return f"{identity[:4]}..." if len(identity) > 6 else "..."


def describe_proxy(address: str) -> str:
    """The address of a proxy, without the name and password in it."""
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host:
        return "an address that can be none"
    shown = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
    return f"{shown} (with a name and password, not shown)" if parts.username or parts.password else shown


def find_proxy_secrets(address: str) -> list[str]:
    """The password in a proxy's address, if there is one."""
    try:
        password = urlsplit(address).password
    except ValueError:
        return [address]
    return [password] if password else []
