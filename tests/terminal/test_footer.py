from __future__ import annotations

import pytest

from onedrive.terminal.screen import EscapeFooter, Footer, PlainFooter, ReturnFooter
from tests.glass import Glass

WIDTH = 20


@pytest.fixture
def glass() -> Glass:
    return Glass(WIDTH)


@pytest.mark.parametrize("footer", [EscapeFooter(), ReturnFooter()])
def test_a_redrawn_line_leaves_nothing_of_the_one_before(footer: Footer, glass: Glass) -> None:
    glass.write(footer.draw(["long long line"], WIDTH))
    glass.write(footer.draw(["short"], WIDTH))

    assert glass.shown() == ["short"]


@pytest.mark.parametrize("footer", [EscapeFooter(), ReturnFooter()])
def test_an_erased_line_makes_room(footer: Footer, glass: Glass) -> None:
    glass.write(footer.draw(["line"], WIDTH))

    glass.write(footer.erase(WIDTH))

    assert glass.shown() == []
    assert footer.erase(WIDTH) == ""


@pytest.mark.parametrize("footer", [EscapeFooter(), ReturnFooter()])
def test_an_unchanged_line_costs_no_writing(footer: Footer) -> None:
    footer.draw(["same"], WIDTH)

    assert footer.draw(["same"], WIDTH) == ""


@pytest.mark.parametrize("footer", [EscapeFooter(), ReturnFooter(), PlainFooter()])
def test_a_forgotten_line_stays(footer: Footer, glass: Glass) -> None:
    glass.write(footer.draw(["lasting"], WIDTH))

    footer.forget()
    glass.write("\n" + footer.draw(["next"], WIDTH))

    assert glass.shown() == ["lasting", "next"]


def test_several_lines_change_in_place(glass: Glass) -> None:
    footer = EscapeFooter()

    glass.write("above\n" + footer.draw(["one", "two", "three"], WIDTH))
    glass.write(footer.draw(["1", "2"], WIDTH))
    glass.write(footer.draw(["1", "2", "3", "4"], WIDTH))

    assert glass.shown() == ["above", "1", "2", "3", "4"]


def test_lines_that_a_narrower_window_broke_are_erased_whole() -> None:
    footer = EscapeFooter()
    footer.draw(["x" * 18, "y" * 18], WIDTH)
    broken = Glass(10)  # the terminal has put the same text into rows of ten
    broken.write("above\n" + "\n".join(["x" * 18, "y" * 18]))

    broken.write(footer.erase(10))

    assert broken.shown() == ["above"]


def test_without_escape_sequences_the_last_line_is_shown(glass: Glass) -> None:
    footer = ReturnFooter()

    text = footer.draw(["one", "two"], WIDTH)
    glass.write(text)

    assert glass.shown() == ["two"]
    assert "\x1b" not in text


def test_what_the_terminal_wrote_behind_a_line_is_erased_with_it(glass: Glass) -> None:
    footer = ReturnFooter()

    glass.write(footer.draw(["working"], WIDTH) + "^C" + footer.erase(WIDTH))

    assert glass.shown() == []


def test_a_plain_line_is_added_to_and_rubbed_out(glass: Glass) -> None:
    footer = PlainFooter()

    texts = [footer.draw([line], WIDTH) for line in ("Name? ", "Name? a漢", "Name? a", "Name? ab")]
    for text in texts:
        glass.write(text.replace("漢", "##"))

    assert texts == ["Name? ", "a漢", "\b \b\b \b", "b"]
    assert glass.shown() == ["Name? ab"]
    assert footer.erase(WIDTH) == "\n"
