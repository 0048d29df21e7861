"""The menu on the screen."""

from __future__ import annotations

import io

import pytest

from onedrive.errors import OneDriveError
from onedrive.menu import read_choice, show_error, show_menu
from onedrive.terminal import EndOfInput, Terminal

LABELS = {1: "Sign in", 4: "Download"}


def _terminal(typed: str) -> tuple[Terminal, io.StringIO]:
    shown = io.StringIO()
    return Terminal(stdin=io.StringIO(typed), stdout=shown, environ={}), shown


def test_the_menu_has_its_state_its_numbers_and_quit() -> None:
    terminal, shown = _terminal("")

    show_menu(terminal, "no list yet", LABELS)

    assert shown.getvalue() == "\nno list yet\n  1  Sign in\n  4  Download\n  0  Quit\n"


@pytest.mark.parametrize(("typed", "number"), [("4\n", 4), ("0\n", 0), ("7\n1\n", 1), ("\n x \n4\n", 4)])
def test_a_choice_is_asked_until_it_is_one(typed: str, number: int) -> None:
    terminal, _ = _terminal(typed)

    assert read_choice(terminal, LABELS) == number


def test_the_end_of_the_input_is_no_choice() -> None:
    terminal, _ = _terminal("7\n")

    with pytest.raises(EndOfInput):
        read_choice(terminal, LABELS)


def test_an_error_is_shown_with_its_hint() -> None:
    terminal, shown = _terminal("")

    show_error(terminal, OneDriveError("It broke.", "Mend it."))

    assert shown.getvalue() == "It broke.\nMend it.\n"
