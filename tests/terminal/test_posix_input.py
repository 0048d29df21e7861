"""Terminal modes, tried with programs of their own on a pty: Ctrl-C, Ctrl-Z, signals, the program's exit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from onedrive.terminal.posix import PosixInput, PosixKeyboard
from tests.person import Person, wait_for

ASKING = """
import sys
from onedrive.terminal.terminal import Terminal
terminal = Terminal()
try:
    terminal.say(f"answer: {terminal.ask('Number?')!r}")
except KeyboardInterrupt:
    terminal.say("interrupted")
"""

ASKING_IN_A_THREAD = """
import threading, time
from onedrive.terminal.terminal import Terminal
terminal = Terminal()
threading.Thread(target=terminal.ask, args=["Number?"], daemon=True).start()
time.sleep(0.3)
"""

RAISING = """
from onedrive.terminal.terminal import Terminal
def trouble():
    raise RuntimeError("trouble")
Terminal().ask("Number?", until=trouble)
"""


def test_ctrl_c_interrupts_the_question_and_gives_the_modes_back() -> None:
    with Person() as person:
        program = person.start(ASKING)
        person.sees("Number?")
        wait_for(lambda: not person.is_canonical(), "the question")
        person.type("half\x03")
        person.sees("interrupted")

        assert program.wait(10) == 0
        assert person.is_canonical()


def test_ctrl_z_gives_the_modes_back_and_the_question_goes_on() -> None:
    with Person() as person:
        program = person.start_as_job(ASKING)
        person.sees("Number?")
        wait_for(lambda: not person.is_canonical(), "the question")
        person.type("12")
        person.sees("12")
        os.kill(program.pid, signal.SIGTSTP)
        wait_for(person.is_canonical, "the modes of before")
        os.kill(program.pid, signal.SIGCONT)
        wait_for(lambda: not person.is_canonical(), "the question again")
        person.type("3\r")
        person.sees("answer: '123'")

        assert program.wait(10) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_the_program_finds_the_modes_given_back(number: int) -> None:
    with Person() as person:
        program = person.start(ASKING)
        person.sees("Number?")
        wait_for(lambda: not person.is_canonical(), "the question")
        program.send_signal(number)

        assert program.wait(10) == -number
        assert person.is_canonical()


@pytest.mark.parametrize("code", [ASKING_IN_A_THREAD, RAISING])
def test_the_program_s_end_gives_the_modes_back(code: str) -> None:
    with Person() as person:
        program = person.start(code)
        person.sees("Number?")
        program.wait(10)

        assert person.is_canonical()


def test_ctrl_d_typed_before_the_question_ends_the_input() -> None:
    with Person() as person:
        person.type("\x04")
        keyboard = PosixKeyboard(person.keyboard.fileno(), "utf-8", marks_pastes=False)
        with keyboard.question():
            typed = keyboard.read(5)

    assert typed in ("\x04", "\x00")


def test_pastes_are_marked_only_while_a_question_is_open() -> None:
    with Person() as person:
        keyboard = PosixKeyboard(person.keyboard.fileno(), "utf-8", marks_pastes=True)
        with keyboard.question():
            person.sees("\x1b[?2004h")
        person.sees("\x1b[?2004l")


def test_a_character_that_comes_in_halves_is_one_character() -> None:
    reading, writing = os.pipe()
    source = PosixInput(reading, "utf-8")
    os.write(writing, "漢".encode()[:2])
    first = source.read(1)
    os.write(writing, "漢".encode()[2:])
    second = source.read(1)
    os.close(writing)
    end = source.read(1)
    os.close(reading)

    assert [first, second, end] == [None, "漢", ""]


def test_answers_come_from_a_pipe_too() -> None:
    program = subprocess.run(
        [sys.executable, "-c", ASKING], input=b"3\r\n", capture_output=True, check=True, timeout=20
    )

    assert program.stdout.replace(b"\r\n", b"\n") == b"Number? \nanswer: '3'\n"
