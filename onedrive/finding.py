"""Finding: one thing that option 8 has looked at: in order, worth a note, or wrong and how to cure it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


PROGRAM = Group("Program")
SETTINGS = Group("Settings")
NETWORK = Group("Network")
APP = Group("App registration")
SIGN_IN = Group("Sign-in")
DRIVE = Group("OneDrive")
DISK = Group("Disk")
FILES = Group("Files of the program")
GROUPS = (PROGRAM, SETTINGS, NETWORK, APP, SIGN_IN, DRIVE, DISK, FILES)
