"""Speech: how a run speaks: to a person, to a program, or hardly at all; heard before the command line is understood.

What is wrong with a command line must be said in the manner that it asks for, so these flags are looked for by their
spelling alone.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from onedrive.event_writer import EventWriter
from onedrive.terminal import Terminal


@dataclass(frozen=True)
class Speech:
    """The flags about speaking, as `flag_parser` names them."""

    no_input: bool = False
    quiet: bool = False
    verbose: bool = False
    json: bool = False
    plain: bool = False


def hear_speech(arguments: Sequence[str]) -> Speech:
    """How the command line asks us to speak, whatever else is in it."""
    return Speech(**{name: f"--{name.replace('_', '-')}" in arguments for name in vars(Speech())})


def open_terminal(speech: Speech) -> Terminal:
    """The terminal of the run: with --json events have stdout alone, and words go to stderr; --quiet asks nothing."""
    is_shared = speech.json and sys.stdout is not None and sys.stdout.isatty()  # events and words on one screen
    return Terminal(
        stdout=sys.stderr if speech.json else None,
        no_input=speech.no_input or speech.quiet,
        plain=speech.plain or is_shared,
        events=EventWriter(sys.stdout) if speech.json else None,
        quiet=speech.quiet or (speech.json and sys.stderr is None),  # words are never among the events
        verbose=speech.verbose,
    )
