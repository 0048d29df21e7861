from __future__ import annotations

import io
import os
import threading

import pytest

from onedrive.terminal.screen import Screen
from tests.glass import Glass
from tests.person import Person

ORDINARY = {"TERM": "xterm-256color"}


class Window(io.StringIO):
    """A terminal window's stream in memory."""

    def isatty(self) -> bool:
        return True

    def rows(self) -> list[str]:
        glass = Glass(80)
        glass.write(self.getvalue())
        return glass.shown()


def window_screen(**environ: str) -> tuple[Screen, Window]:
    window = Window()
    return Screen(window, {**ORDINARY, **environ}, plain=False), window


@pytest.mark.parametrize(
    ("environ", "plain", "is_live", "has_escapes"),
    [
        (ORDINARY, False, True, True),
        ({**ORDINARY, "NO_COLOR": "1"}, False, True, False),
        ({**ORDINARY, "NO_COLOR": ""}, False, True, True),
        ({"TERM": "dumb"}, False, False, False),
        ({}, False, False, False),
        (ORDINARY, True, False, False),
    ],
)
def test_what_a_terminal_can_do(environ: dict[str, str], plain: bool, is_live: bool, has_escapes: bool) -> None:
    screen = Screen(Window(), environ, plain=plain)

    assert (screen.is_live, screen.has_escapes) == (is_live, has_escapes)


def test_a_file_gets_plain_lines_whatever_the_terminal_is() -> None:
    file = io.StringIO()
    screen = Screen(file, ORDINARY, plain=False)

    screen.print("word " * 40 + "end", "problem")

    assert file.getvalue() == "word " * 40 + "end\n"
    assert screen.width == 80


def test_styles_colour_each_line() -> None:
    screen, window = window_screen()

    screen.print("one\ntwo", "warning")

    assert window.getvalue() == "\x1b[33mone\x1b[0m\n\x1b[33mtwo\x1b[0m\n"


def test_no_color_means_no_escape_sequence_at_all() -> None:
    screen, window = window_screen(NO_COLOR="1")

    with screen.footer() as footer:
        footer.show(["working"])
        screen.print("problem", "problem")
        footer.show(["done"])

    assert "\x1b" not in window.getvalue()
    assert window.rows() == ["problem"]


def test_controls_from_outside_do_not_reach_the_terminal() -> None:
    screen, window = window_screen()

    screen.print("name\x1b[2J\x07\x9b1A [red]x[/red] :smile:")

    assert window.getvalue() == "name[2J1A [red]x[/red] :smile:\n"


def test_a_lasting_line_comes_out_above_the_footer() -> None:
    screen, window = window_screen()

    with screen.footer() as footer:
        footer.show(["bar", "file"])
        screen.print("lasting")
        during = window.rows()

    assert during == ["lasting", "bar", "file"]
    assert window.rows() == ["lasting"]


def test_the_newest_footer_hides_the_older_one_until_it_ends() -> None:
    screen, window = window_screen()

    with screen.footer() as older:
        older.show(["bar"])
        with screen.footer() as newer:
            newer.show(["question?"])
            older.show(["bar 2"])
            during = window.rows()
            newer.leave(["question? yes"])
        after = window.rows()

    assert during == ["question?"]
    assert after == ["question? yes", "bar 2"]
    assert window.rows() == ["question? yes"]


def test_a_footer_that_is_hidden_leaves_nothing() -> None:
    screen, window = window_screen()

    with screen.footer() as older, screen.footer() as newer:
        newer.show(["question?"])
        older.leave(["bar"])
        during = window.rows()

    assert during == ["question?"]


def test_a_footer_starts_again_below_what_others_wrote() -> None:
    screen, window = window_screen()

    with screen.footer() as footer:
        footer.show(["question?"])
        window.write("[1]+ Stopped")
        footer.restart()
        footer.show(["question?"])
        during = window.rows()

    assert during == ["question?[1]+ Stopped", "question?"]


def test_lines_from_many_threads_stay_whole() -> None:
    screen, window = window_screen()

    def work(name: str) -> None:
        for _ in range(50):
            screen.print(name * 60)

    with screen.footer() as footer:
        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for i in range(50):
            footer.show([f"bar {i}"])
        for thread in threads:
            thread.join()

    assert sorted(window.rows()) == sorted(name * 60 for name in "abcd" for _ in range(50))


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_what_an_encoding_lacks_is_shown_as_escapes(encoding: str) -> None:
    octets = io.BytesIO()
    screen = Screen(io.TextIOWrapper(octets, encoding=encoding, newline="\n"), {}, plain=False)

    screen.print("Größe 漢 \ud83d")

    expected = "Größe 漢 \ud83d\n".encode(encoding, "backslashreplace")
    assert octets.getvalue() == expected
    assert screen.can_show("e")
    assert screen.can_show("漢") == (encoding == "utf-8")


def test_printing_ends_silently_when_nobody_reads() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        screen = Screen(stream, {}, plain=False)
        screen.print("one")
        os.close(reading)
        screen.print("two")
        screen.print("three")

        assert screen.is_closed


def test_a_missing_or_closed_output_is_no_trouble() -> None:
    closed = io.StringIO()
    closed.close()

    for stream in (None, closed):
        screen = Screen(stream, ORDINARY, plain=False)
        screen.print("nothing")

        assert screen.is_closed
        assert not screen.is_live


def test_the_width_is_that_of_the_window_now() -> None:
    with Person(width=50, height=10) as person:
        screen = Screen(person.screen, ORDINARY, plain=False)

        assert screen.width == 50
        assert screen.footer_width == 45
        assert screen.most_footer_lines == 8

        screen.print("word " * 12 + "https://localhost:8080/?code=" + "x" * 60)
        person.sees("xxx\n")

    assert person.written.split("\n")[:3] == [
        "word word word word word word word word word word",
        "word word",
        "https://localhost:8080/?code=" + "x" * 60,
    ]
