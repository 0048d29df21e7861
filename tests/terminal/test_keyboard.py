"""Questions at a keyboard: typing, pasting, and the terminal's modes, on a pty."""

from __future__ import annotations

import io
import os
import signal
import threading

import pytest

from onedrive.terminal.input import EndOfInput, is_keyboard
from onedrive.terminal.terminal import Terminal
from tests.person import PATIENCE_SECONDS, Person, wait_for
from tests.terminal.asking import DUMB, LIVE, Asking, asked, sit_down

ADDRESS = "https://localhost:8080/?code=" + "x" * 5_000
BEGIN, END = "\x1b[200~", "\x1b[201~"

ASKING = """
from onedrive.terminal.terminal import Terminal
terminal = Terminal()
try:
    terminal.say(f"answer: {terminal.ask('Number?')!r}")
except KeyboardInterrupt:
    terminal.say("interrupted")
"""
ASKING_IN_A_THREAD = """
import sys, threading
from onedrive.terminal.terminal import Terminal
threading.Thread(target=Terminal().ask, args=["Number?"], daemon=True).start()
input_is_raw = lambda: not termios.tcgetattr(0)[3] & termios.ICANON
while not input_is_raw():
    pass
"""
RAISING = """
from onedrive.terminal.terminal import Terminal
def trouble():
    raise RuntimeError("trouble")
Terminal().ask("Number?", until=trouble)
"""
TALKING = """
import time
from onedrive.terminal.terminal import Terminal
with Terminal().progress("Listing") as progress:
    progress.update("3 files")
    time.sleep(60)
"""


@pytest.mark.parametrize("environ", [LIVE, DUMB])
@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        ("12\x08\x7f3", "3"),
        ("old\x15one two\x17", "one "),
        ("13\x1b[D\x1b[D2", "213"),
        ("\x1bOP\x1b[[A1\x1b[15~\x043", "13"),
        ("Größe 漢字 😀", "Größe 漢字 😀"),
    ],
)
def test_a_line_is_edited_and_shows_behind_its_question(environ: dict[str, str], keys: str, answer: str) -> None:
    with asked("Number?", environ) as (person, terminal, asking):
        person.type(f"{keys}\r")

        assert asking.answer() == answer
        terminal.say("Next.")
        wait_for(lambda: person.rows() == [f"Number? {answer}".rstrip(), "Next."], "the answer and the next line")
        assert "\x1b" not in person.written or environ != DUMB
        assert "\x1b[6n" not in person.written  # a terminal's answer to it would be among the keys


@pytest.mark.parametrize(("environ", "marks"), [(LIVE, ("", "")), (DUMB, (BEGIN, END))])
def test_a_long_paste_arrives_whole_and_the_next_line_after_it(environ: dict[str, str], marks: tuple[str, str]) -> None:
    with asked("Paste the address:", environ, width=60, join_lines=True) as (person, terminal, asking):
        person.type(f"{marks[0]}{ADDRESS[:3000]}\r\n{ADDRESS[3000:]}{marks[1]}\r")
        answer = asking.answer()
        person.type("3\r")

        assert answer == ADDRESS
        assert terminal.ask("Number?") == "3"
        assert environ == DUMB or person.rows()[0] == "Paste the address: " + "x" * 40


def test_a_paste_that_ends_with_its_line_needs_no_enter() -> None:
    with asked("Address:", join_lines=True) as (person, _, asking):
        person.type(f"{BEGIN}one\ntwo\n{END}")

        assert asking.answer() == "onetwo"


@pytest.mark.parametrize("pasted", ["1\r2\r\r3\r", "1\r\n2\r\n\r\n3\r\n", f"{BEGIN}1\r\n2\n\n3\n{END}"])
def test_several_lines_are_an_answer_each(pasted: str) -> None:
    with asked("?", times=4) as (person, _, asking):
        person.type(pasted)

        assert asking.answer() == "1,2,,3"


def test_what_was_typed_before_the_questions_answers_them() -> None:
    with Person() as person:
        terminal = sit_down(person)
        person.type("1\n\n3\r")

        assert [terminal.ask("?") for _ in range(3)] == ["1", "", "3"]


def test_a_long_paste_before_its_question_arrives_whole_while_the_terminal_listens() -> None:
    with Person() as person:
        terminal = sit_down(person)
        with terminal.listening():
            pasting = threading.Thread(target=person.type, args=(f"{ADDRESS}\r",), daemon=True)
            pasting.start()

            assert terminal.ask("Address:", join_lines=True) == ADDRESS
        assert person.is_canonical()


def test_a_question_too_long_for_its_line_is_said_above_it() -> None:
    with asked("Which folder of your OneDrive is to be listed?", width=40) as (person, _, asking):
        person.type("/P\r")

        assert asking.answer() == "/P"
        wait_for(
            lambda: person.rows() == ["Which folder of your OneDrive is to be", "listed?", "> /P"], "the whole question"
        )


@pytest.mark.parametrize("plain", [False, True])
def test_a_needless_question_says_so_and_leaves_the_next_line_alone(plain: bool) -> None:
    came_back = threading.Event()
    with asked("Paste:", plain=plain, until=came_back.is_set) as (person, terminal, asking):
        person.type("half")
        person.sees("Paste: half")
        came_back.set()

        assert asking.answer() == "QuestionWithdrawn"
        person.type("3\r")
        assert terminal.ask("Number?") == "3"
        wait_for(lambda: person.rows()[0] == "Paste: (not needed any more)", "the withdrawn question")


@pytest.mark.parametrize("plain", [False, True])
def test_what_is_said_while_the_person_types_comes_out_above(plain: bool) -> None:
    with asked("Paste:", plain=plain) as (person, terminal, asking):
        person.type("half")
        person.sees("Paste: half")
        terminal.say("The browser has come back.")
        wait_for(lambda: person.rows()[-2:] == ["The browser has come back.", "Paste: half"], "the question below")
        person.type(" done\r")

        assert asking.answer() == "half done"


@pytest.mark.parametrize("plain", [False, True])
def test_a_secret_is_not_shown(plain: bool) -> None:
    with asked("Secret:", plain=plain, secret=True, default="unseen") as (person, _, asking):
        person.type("abc\r")

        assert asking.answer() == "abc"
        person.sees("Secret: ***")
        assert not {"abc", "unseen"} & set(person.written.split())


def test_pasted_controls_do_not_reach_the_terminal_or_the_answer() -> None:
    with asked("Name:") as (person, _, asking):
        person.type(f"{BEGIN}a\x1b[2Jb\tc{END}\r")

        assert asking.answer() == "a[2Jb c"


def test_questions_go_to_the_terminal_when_the_output_is_a_file() -> None:
    output = io.StringIO()
    with Person() as person:
        terminal = Terminal(stdin=person.keyboard, stdout=output, environ=LIVE)
        asking = Asking(lambda: terminal.ask("Number?"))
        wait_for(lambda: not person.is_canonical(), "the question")
        person.type("3\r")

        assert asking.answer() == "3"
        person.sees("Number? 3\n")
    assert output.getvalue() == ""


def test_ctrl_d_ends_the_input_also_when_it_was_typed_before_the_question() -> None:
    with Person() as person:
        terminal = sit_down(person)
        person.type("\x04")
        with pytest.raises(EndOfInput):
            terminal.ask("Number?")


def test_ctrl_c_drops_what_was_typed_behind_it() -> None:
    with asked("Number?") as (person, terminal, asking):
        person.type("1\x032\r")
        assert asking.answer() == "KeyboardInterrupt"
        person.type("3\r")

        assert terminal.ask("Number?") == "3"
        assert person.is_canonical()


# --- the terminal's modes, in programs of their own -------------------------------------------------------------------


@pytest.mark.parametrize("environ", [LIVE, DUMB])
def test_a_stopped_question_gives_the_modes_back_and_goes_on(environ: dict[str, str]) -> None:
    with Person() as person:
        program = person.start(ASKING, as_job=True, **environ)
        wait_for(lambda: not person.is_canonical(), "the question")
        person.type("12")
        person.sees("Number? 12")
        person.type("\x1a")
        os.waitpid(program.pid, os.WUNTRACED)
        assert person.is_canonical()
        os.kill(program.pid, signal.SIGCONT)
        wait_for(lambda: not person.is_canonical(), "the question again")
        person.type("3\r")
        person.sees("answer: '123'")

        assert program.wait(PATIENCE_SECONDS) == 0
        assert person.is_canonical()


def test_a_question_takes_the_keys_again_after_a_stop_that_nobody_can_catch() -> None:
    with Person() as person:
        program = person.start(ASKING, as_job=True)
        wait_for(lambda: not person.is_canonical(), "the question")
        os.kill(program.pid, signal.SIGSTOP)
        os.waitpid(program.pid, os.WUNTRACED)
        person.be_canonical()
        os.kill(program.pid, signal.SIGCONT)
        wait_for(lambda: not person.is_canonical(), "the question again")
        person.type("3\r")
        person.sees("answer: '3'")

        assert program.wait(PATIENCE_SECONDS) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_the_program_finds_the_modes_given_back(number: int) -> None:
    with Person() as person:
        program = person.start(ASKING)
        wait_for(lambda: not person.is_canonical(), "the question")
        program.send_signal(number)

        assert program.wait(PATIENCE_SECONDS) == -number
        assert person.is_canonical()
        assert not person.is_cursor_hidden()


@pytest.mark.parametrize(("code", "last"), [(ASKING_IN_A_THREAD, "Number?"), (RAISING, "RuntimeError: trouble")])
def test_the_program_s_end_gives_the_modes_back(code: str, last: str) -> None:
    with Person() as person:
        program = person.start(code)
        person.sees(last)
        program.wait(PATIENCE_SECONDS)

        assert person.is_canonical()


def test_a_progress_that_is_killed_leaves_the_cursor_in_sight() -> None:
    with Person() as person:
        program = person.start(TALKING)
        person.sees("Listing: 3 files")
        program.kill()
        program.wait(PATIENCE_SECONDS)

        assert not person.is_cursor_hidden()


def test_the_device_that_holds_nothing_is_no_keyboard() -> None:
    """Windows says of its NUL that it is a terminal."""
    with open(os.devnull) as nothing:  # noqa: PTH123 - Windows has no path to it
        assert not is_keyboard(nothing)
