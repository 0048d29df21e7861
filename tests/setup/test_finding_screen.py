"""Findings on the screen: groups, words in front, cures below and only once, all in sixty columns."""

from __future__ import annotations

import io

from onedrive.setup.findings import NETWORK, PROGRAM, Finding, show_findings
from onedrive.terminal.terminal import Terminal
from tests.person import Person

LONG = "a rather long text about what was found, which does not fit into one line of sixty columns, nor into two"


def show(*findings: Finding) -> list[str]:
    shown = io.StringIO()
    show_findings(Terminal(stdout=shown, stdin=io.StringIO(), environ={}), findings)
    return shown.getvalue().splitlines()


def test_groups_states_and_cures_have_their_places() -> None:
    rows = show(PROGRAM.ok("a", "good"), PROGRAM.note("b", "so so"), NETWORK.wrong("c", "bad", "Mend it."))

    assert rows == [
        *("", "Program", "  OK     good", "  NOTE   so so"),
        *("", "Network", "  WRONG  bad", "           Mend it."),
    ]


def test_a_cure_of_several_findings_stands_below_the_last() -> None:
    rows = show(NETWORK.wrong("a", "one", "Mend it."), NETWORK.wrong("b", "two", "Mend it."))

    assert rows[2:] == ["  WRONG  one", "  WRONG  two", "           Mend it."]


def test_outside_of_a_terminal_a_text_is_one_line() -> None:
    assert show(PROGRAM.ok("a", LONG))[-1] == f"  OK     {LONG}"


def test_in_a_terminal_further_lines_stand_below_the_first_word() -> None:
    with Person(width=60) as person:
        terminal = Terminal(stdin=person.keyboard, stdout=person.screen, environ={"TERM": "xterm"})

        show_findings(terminal, [PROGRAM.wrong("a", LONG, LONG)])

        person.screen.flush()
        person.sees("two\x1b[0m") if "\x1b[0m" in person.written else person.sees("two")
        rows = [row for row in person.rows() if row]
        assert max(map(len, rows)) <= 60
        assert rows[0] == "Program"
        assert rows[1].startswith("  WRONG  a rather")
        assert rows[2].startswith("         ")
        assert rows[-1].startswith("           ")


def test_in_a_terminal_what_is_in_order_stands_side_by_side_and_nothing_else_does() -> None:
    found = [
        *(PROGRAM.ok("a", "one"), PROGRAM.ok("b", "two"), PROGRAM.note("c", "three"), PROGRAM.note("d", "four")),
        *(PROGRAM.ok("e", LONG[:40]), PROGRAM.ok("f", "five"), NETWORK.ok("g", "six")),
    ]
    with Person(width=60) as person:
        terminal = Terminal(stdin=person.keyboard, stdout=person.screen, environ={"TERM": "xterm"})

        show_findings(terminal, found)

        person.screen.flush()
        person.sees("six")
        rows = [row.rstrip() for row in person.rows() if row]
    assert rows == [
        *("Program", "  OK     one \u00b7 two", "  NOTE   three", "  NOTE   four", f"  OK     {LONG[:40]} \u00b7 five"),
        *("Network", "  OK     six"),
    ]
