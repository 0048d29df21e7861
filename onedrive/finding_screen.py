"""Findings on the screen: group by group, the state in a word in front, the cure below; fits sixty columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from onedrive.finding import Finding, State
from onedrive.screen import Style
from onedrive.terminal import Terminal
from onedrive.words import wrap_words

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
