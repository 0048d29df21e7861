"""The menu on the screen."""

from __future__ import annotations

import io

import pytest

from onedrive.app.menu import read_choice, show_menu
from onedrive.errors import OneDriveError
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import Terminal, show_error

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


def test_letters_stand_beside_the_numbers_and_can_be_chosen() -> None:
    terminal, shown = _terminal("x\n9\n R \n")

    show_menu(terminal, "no list yet", LABELS, {"r": "Try the 6 failed ones again"})
    choice = read_choice(terminal, LABELS, {"r": "Try the 6 failed ones again"})

    assert choice == "r"
    assert "  4  Download\n  r  Try the 6 failed ones again\n  0  Quit\n" in shown.getvalue()
    assert "There is no option 'x'. Type one of them (1, 4, r, or 0 to quit) and Enter." in shown.getvalue()


def test_a_letter_that_is_not_offered_is_no_choice() -> None:
    terminal, shown = _terminal("r\n1\n")

    assert read_choice(terminal, LABELS) == 1
    assert "There is no option 'r'. Type one number (1, 4, or 0 to quit) and Enter." in shown.getvalue()
